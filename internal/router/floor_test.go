package router

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// floors is desk with other caps of venue LX.
func floors(t *testing.T, more, less market.Caps) *world {
	w := desk(t)
	cfg := w.e.cfg
	cfg.Venues[venueLitX].Caps = cfg.Venues[venueLitX].Caps&^less | more
	w.configured(cfg)
	return w
}

// TestHaltMassCancels: KILL-01 (2), DEF-15. A halt asks a venue that can to withdraw all at once, and each order by itself
// too; an order is gone only when its own report says so.
func TestHaltMassCancels(t *testing.T) {
	for _, c := range []struct {
		name string
		halt event.Halted
		more market.Caps
		want []event.Body
	}{
		{"everything", event.Halted{}, market.CapMassCancel, []event.Body{&event.CancelVenue{Venue: venueLitX, Request: 1, ClOrdID: event.ClOrdID(77, 0, 1), Scope: '7', Why: "halted"}}},
		{"a symbol", event.Halted{Symbol: "ABC"}, market.CapMassCancel, []event.Body{&event.CancelVenue{Venue: venueLitX, Request: 1, ClOrdID: event.ClOrdID(77, 0, 1), Scope: '1', Symbol: "ABC", Why: "halted"}}},
		{"a symbol without orders", event.Halted{Symbol: "XYZ"}, market.CapMassCancel, nil},
		{"another venue", event.Halted{Venue: "LY"}, market.CapMassCancel, nil},
		{"one client: the venue knows only our session", event.Halted{Client: "EMS"}, market.CapMassCancel, nil},
		{"a venue that has none", event.Halted{}, 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := floors(t, c.more, 0)
			w.silent[venueLitX] = true
			c.halt.Actor, c.halt.Reason = "ann", "drill"
			w.apply(&c.halt)
			if diff := cmp.Diff(c.want, w.floors); diff != "" {
				t.Errorf("the venues were asked (-want +got)\n%s", diff)
			}
			if len(c.want) == 0 {
				return
			}
			w.apply(&event.VenueMassCanceled{Venue: venueLitX, Request: 1, Response: c.want[0].(*event.CancelVenue).Scope, Affected: 3})
			for _, child := range w.e.children {
				if child.State.Done() || !child.PendingCancel {
					t.Errorf("child %d is %v, cancel pending %v, after the venue's r alone", child.ID, child.State, child.PendingCancel)
				}
			}
			w.apply(&event.ChildDone{Child: 1, What: order.WasCanceled, Reason: 0})
			if !w.e.children[1].State.Done() {
				t.Error("its own report did not end the child")
			}
			if w.apply(&event.VenueMassCanceled{Venue: venueLitX, Response: '0', Text: "not now"}); !w.alerted(event.Warn, "KILL-01", "not now") {
				t.Errorf("a refusal: %+v", w.alerts)
			}
		})
	}
}

// TestVenueBackIsAskedAtOnce: REC-04, REC-05. A venue that came back is asked about all orders in doubt in one question
// where it can; whoever it does not name is asked about alone, and nothing is free before the venue said so, whatever it
// promised to cancel when a session ends.
func TestVenueBackIsAskedAtOnce(t *testing.T) {
	w := floors(t, market.CapMassStatus|market.CapCancelOnDisconnect, 0)
	w.silent[venueLitX] = true
	w.queries = 0
	w.apply(&event.VenueDown{Venue: venueLitX, Reason: "reset"})
	w.apply(&event.VenueUp{Venue: venueLitX})
	want := []event.Body{&event.QueryVenue{Venue: venueLitX, ReqID: event.ClOrdID(77, 0, 1)}}
	if diff := cmp.Diff(want, w.floors); diff != "" || w.queries != 0 {
		t.Fatalf("%d single questions; the venue was asked (-want +got)\n%s", w.queries, diff)
	}
	w.apply(&event.ChildStatus{Child: 1, Status: '0', Leaves: 1000})
	w.apply(&event.ChildDone{Child: 2, What: order.WasCanceled, Reason: 12})
	c := w.e.children
	if c[1].InDoubt || !c[2].State.Done() || !c[3].InDoubt || w.e.parents[3].exposure() != 1000 {
		t.Errorf("children %v %v, %v, %v with %d reserved", c[1].State, c[1].InDoubt, c[2].State, c[3].InDoubt, w.e.parents[3].exposure())
	}
	if w.run(10 * market.Second); w.queries == 0 {
		t.Error("the order that the venue did not name was not asked about alone")
	}
}

// TestOneInDoubtIsAskedAlone: with a single order in doubt the question is about it, unless the venue answers no such one.
func TestOneInDoubtIsAskedAlone(t *testing.T) {
	for _, c := range []struct {
		less            market.Caps
		queries, floors int
	}{{0, 1, 0}, {market.CapStatus, 0, 1}} {
		w := floors(t, market.CapMassStatus, c.less)
		w.apply(&event.ChildDone{Child: 2, What: order.WasExpired})
		w.apply(&event.ChildDone{Child: 3, What: order.WasExpired})
		w.apply(&event.ParentSteered{Parent: 2, Steer: event.SteerCancel, Actor: "ann"})
		w.apply(&event.ParentSteered{Parent: 3, Steer: event.SteerCancel, Actor: "ann"})
		w.settle()
		w.silent[venueLitX], w.queries, w.floors = true, 0, nil
		w.apply(&event.VenueDown{Venue: venueLitX, Reason: "reset"})
		w.apply(&event.VenueUp{Venue: venueLitX})
		if w.queries != c.queries || len(w.floors) != c.floors {
			t.Errorf("without %b: %d questions about one, %d about all; want %d and %d", c.less, w.queries, len(w.floors), c.queries, c.floors)
		}
	}
}

// TestHaltOfAnAlgorithmMassCancelsNothing: a venue knows only our session, and would withdraw the orders of every algorithm.
func TestHaltOfAnAlgorithmMassCancelsNothing(t *testing.T) {
	w := floors(t, market.CapMassCancel, 0)
	w.silent[venueLitX] = true
	w.apply(&event.Halted{Algorithm: "block", Actor: "ann", Reason: "drill"})
	for _, f := range w.floors {
		t.Errorf("a halt of blocks, of which there are none, asks the venue: %+v", f)
	}
}
