package router

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// replaceAtVenue answers a replace as a lawful venue does.
func (w *world) replaceAtVenue(c *event.ReplaceChild) {
	w.toVenues = append(w.toVenues, asks(c))
	if w.silent[c.Venue] {
		return
	}
	v := w.children[c.Child]
	if v.done {
		w.todo = append(w.todo, &event.CancelRejected{Child: c.Child, Request: c.Request, Reason: 0, Status: '2'})
		return
	}
	v.Qty, v.Limit = max(c.Qty, v.Cum), c.Limit
	v.Leaves = v.Qty - v.Cum
	v.done = v.Leaves == 0
	w.todo = append(w.todo, &event.ChildReplaced{Child: c.Child, Request: c.Request, Qty: v.Qty, Limit: v.Limit, Cum: v.Cum, Leaves: v.Leaves})
}

// asks is a request to a venue in short: its message, the request that 11 names, the one that 41 names, and 38 at 44 of a
// replace. A question has only 11.
func asks(cmd event.Body) string {
	named := func(id string) uint32 {
		_, _, request, err := event.ParseClOrdID(id)
		if err != nil {
			panic(err)
		}
		return request
	}
	switch c := cmd.(type) {
	case *event.ReplaceChild:
		return fmt.Sprintf("G %d<%d %d@%v", named(c.ClOrdID), named(c.OrigClOrdID), c.Qty, c.Limit)
	case *event.CancelChild:
		return fmt.Sprintf("F %d<%d", named(c.ClOrdID), named(c.OrigClOrdID))
	case *event.QueryChild:
		return fmt.Sprintf("H %d", named(c.ClOrdID))
	}
	return ""
}

// The venue's answers about child 1, by hand.
func (w *world) accepts(request uint32, qty market.Qty, px market.Price) {
	v := w.children[1]
	v.Qty, v.Limit, v.Leaves = qty, px, qty-v.Cum
	v.done = v.Leaves == 0
	w.apply(&event.ChildReplaced{Child: 1, Request: request, Qty: qty, Limit: px, Cum: v.Cum, Leaves: v.Leaves})
}

func (w *world) refuses(request uint32, reason uint16, unknown bool) {
	w.apply(&event.CancelRejected{Child: 1, Request: request, Reason: reason, Unknown: unknown, Status: '1'})
}

func (w *world) limitTo(id string, px market.Price) {
	t := w.e.parents[1].Terms
	t.Limit = px
	w.apply(&event.ParentReplaceRequested{Client: "EMS", ClOrdID: id, OrigClOrdID: "P", Terms: t})
}

func (w *world) down() { w.apply(&event.VenueDown{Venue: venueLitX, Reason: "test"}) }
func (w *world) up()   { w.apply(&event.VenueUp{Venue: venueLitX}) }

// TestReplaces holds what a venue is asked when a resting child of 1,000 at 49 must change, and what the client is told.
// The venue answers by hand.
func TestReplaces(t *testing.T) {
	const px = 49 * market.Dollar
	const lower = px - 10_000
	for _, c := range []struct {
		rule  string
		do    func(w *world)
		asked []string
		said  []string
	}{
		{"ER-07: a reduction takes back part of a resting child, which keeps its place", func(w *world) { w.replace("R", 600); w.accepts(1, 600, px) },
			[]string{"G 1<0 600@49.00"}, []string{"E/E R<P 1000=0+1000", "5/0 R<P 600=0+600"}},
		{"ER-06: 38 is the total, what is filled included", func(w *world) { w.trade("1", 300); w.replace("R", 700); w.accepts(1, 700, px) },
			[]string{"G 1<0 700@49.00"}, []string{"F/1 P< 1000=300+700", "E/E R<P 1000=300+700", "5/1 R<P 700=300+400"}},
		{"ER-07: what must go whole is canceled", func(w *world) { w.trade("1", 300); w.replace("R", 300) },
			[]string{"F 1<0"}, []string{"F/1 P< 1000=300+700", "E/E R<P 1000=300+700"}},
		{"a tighter limit reprices what is priced wrong", func(w *world) { w.limitTo("R", lower); w.accepts(1, 1000, lower) },
			[]string{"G 1<0 1000@48.99"}, []string{"E/E R<P 1000=0+1000", "5/0 R<P 1000=0+1000"}},
		{"a wider limit is in force at once and moves the child after it", func(w *world) {
			w.limitTo("R", px+10_000)
			w.run(3 * market.Second)
		}, []string{"G 1<0 1000@49.01", "H 0"}, []string{"5/0 R<P 1000=0+1000"}},
		{"RACE-03: a fill below the new quantity while it is pending", func(w *world) { w.replace("R", 600); w.trade("1", 200); w.accepts(1, 600, px) },
			[]string{"G 1<0 600@49.00"}, []string{"E/E R<P 1000=0+1000", "F/E P< 1000=200+800", "5/1 R<P 600=200+400"}},
		{"RACE-03, matrix C.3.c: fills pass the new quantity, which is amended", func(w *world) { w.replace("R", 600); w.trade("1", 700); w.accepts(1, 700, px) },
			[]string{"G 1<0 600@49.00"}, []string{"E/E R<P 1000=0+1000", "F/E P< 1000=700+300", "5/2 R<P 700=700+0"}},
		{"RACE-03: fills pass the new quantity, which is refused; the rest is canceled", func(w *world) { w.replace("R", 600); w.trade("1", 700); w.refuses(1, 0, false) },
			[]string{"G 1<0 600@49.00", "H 0", "F 2<0"}, []string{"E/E R<P 1000=0+1000", "F/E P< 1000=700+300"}},
		{"RACE-03: the child fills whole while it is pending", func(w *world) { w.replace("R", 600); w.trade("1", 1000); w.refuses(1, 0, false) },
			[]string{"G 1<0 600@49.00"}, []string{"E/E R<P 1000=0+1000", "F/E P< 1000=1000+0", "5/2 R<P 1000=1000+0"}},
		{"DEF-03: after a 9 the next 41 is the last accepted, and the child is canceled", func(w *world) { w.replace("R", 600); w.refuses(1, 99, false) },
			[]string{"G 1<0 600@49.00", "H 0", "F 2<0"}, []string{"E/E R<P 1000=0+1000"}},
		{"ER-04: the id advances on accept", func(w *world) { w.replace("R", 600); w.accepts(1, 600, px); w.cancel("C") },
			[]string{"G 1<0 600@49.00", "F 2<1"}, []string{"E/E R<P 1000=0+1000", "5/0 R<P 600=0+600", "6/6 C<R 600=0+600"}},
		{"ER-04, PACE-05: a cancel does not wait for a pending replace, which it names", func(w *world) { w.replace("R", 600); w.cancel("C") },
			[]string{"G 1<0 600@49.00", "F 2<1"}, []string{"E/E R<P 1000=0+1000", "6/6 C<P 1000=0+1000", "9/0 R<P 102=0"}},
		{"a cancel that followed a refused replace is sent again with the last accepted id, once", func(w *world) {
			w.replace("R", 600)
			w.cancel("C")
			w.refuses(1, 99, false)
			w.refuses(2, 1, true)
			w.refuses(3, 1, true)
		}, []string{"G 1<0 600@49.00", "F 2<1", "H 0", "F 3<0"}, []string{"E/E R<P 1000=0+1000", "6/6 C<P 1000=0+1000", "9/0 R<P 102=0"}},
		{"a status from before the replace, and its acceptance lost: a cancel that names in vain the order as it was names the replace next", func(w *world) {
			w.replace("R", 600)
			w.apply(&event.ChildStatus{Child: 1, Status: '0', Qty: 1000, Limit: px, Leaves: 1000})
			w.refuses(2, 1, true)
			w.run(3 * market.Second)
		}, []string{"G 1<0 600@49.00", "F 2<0", "H 0", "F 3<1", "H 0"}, []string{"E/E R<P 1000=0+1000"}},
		{"of two replaces the earlier is in force, as a status says: the next cancel names it", func(w *world) {
			w.replace("R", 600)
			w.apply(&event.ChildDenied{Child: 1, Request: 1, Reason: "NOT_CONNECTED"}) // it had left all the same
			w.run(3 * market.Second)
			w.refuses(2, 1, true)
			w.refuses(3, 1, true)
			w.apply(&event.ChildStatus{Child: 1, Status: '0', Request: 1, Qty: 600, Limit: px, Leaves: 600})
			w.run(3 * market.Second)
		}, []string{"G 1<0 600@49.00", "G 2<0 600@49.00", "H 0", "F 3<0", "F 4<1"}, []string{"E/E R<P 1000=0+1000"}},
		{"ER-05, DEF-14: a newer wish waits for the answer and goes out alone", func(w *world) {
			w.limitTo("R", px+10_000)
			w.run(3 * market.Second)
			t := w.e.parents[1].Terms
			t.Limit, t.Qty = px-20_000, 400
			w.apply(&event.ParentReplaceRequested{Client: "EMS", ClOrdID: "S", OrigClOrdID: "R", Terms: t})
			w.accepts(1, 1000, px+10_000)
			w.accepts(2, 400, px-20_000)
		}, []string{"G 1<0 1000@49.01", "H 0", "G 2<1 400@48.98"}, []string{"5/0 R<P 1000=0+1000", "E/E S<R 1000=0+1000", "5/0 S<R 400=0+400"}},
		{"DEF-08: an acceptance that comes again restores nothing", func(w *world) {
			w.replace("R", 600)
			w.accepts(1, 600, px)
			w.apply(&event.ChildAccepted{Child: 1, VenueOrderID: "OLD"})
			w.replace("S", 400)
			w.accepts(2, 400, px)
			w.accepts(1, 600, px)
			w.apply(&event.ChildAccepted{Child: 1, VenueOrderID: "OLD"})
			if c := w.e.children[1]; c.Qty != 400 || c.AcceptedReq != 2 || c.VenueOrderID != "V1" {
				w.t.Errorf("child is %+v", c.Child)
			}
		}, []string{"G 1<0 600@49.00", "G 2<1 400@49.00"},
			[]string{"E/E R<P 1000=0+1000", "5/0 R<P 600=0+600", "E/E S<R 600=0+600", "5/0 S<R 400=0+400"}},
		{"an amendment that is not the one asked for is not asked for again", func(w *world) { w.replace("R", 600); w.accepts(1, 900, px) },
			[]string{"G 1<0 600@49.00", "F 2<1"}, []string{"E/E R<P 1000=0+1000"}},
		{"a request that never left is asked for again when its wait is over", func(w *world) {
			w.replace("R", 600)
			w.apply(&event.ChildDenied{Child: 1, Request: 1, Reason: "NOT_CONNECTED"})
			w.run(3 * market.Second)
		}, []string{"G 1<0 600@49.00", "G 2<0 600@49.00"}, []string{"E/E R<P 1000=0+1000"}},
		{"DEF-16: a request that can never leave is not asked for for ever: the child is withdrawn", func(w *world) {
			w.replace("R", 600)
			for n := uint32(1); n <= 2; n++ {
				w.apply(&event.ChildDenied{Child: 1, Request: n, Reason: "its terms are not known"})
				w.run(3 * market.Second)
			}
			w.apply(&event.ChildDone{Child: 1, What: order.WasCanceled, Request: 3})
		}, []string{"G 1<0 600@49.00", "G 2<0 600@49.00", "F 3<0", "H 0"}, []string{"E/E R<P 1000=0+1000", "5/0 R<P 600=0+600"}},
		{"ER-10, 378=3: a post that its venue slid is not asked back", func(w *world) {
			w.apply(&event.ChildReplaced{Child: 1, Qty: 1000, Limit: lower, Leaves: 1000, Reason: 3})
			w.run(5 * market.Second)
		}, nil, nil},
		{"RISK-01: the last gate refuses it", func(w *world) {
			w.replace("R", 600)
			w.apply(&event.ChildDenied{Child: 1, Request: 1, Reason: LastGateRefused + "RISK-01: 600 shares"})
			if p := w.e.parents[1]; p.Hold != order.HoldStop {
				w.t.Errorf("hold %v", p.Hold)
			}
		}, []string{"G 1<0 600@49.00", "F 2<0"}, []string{"E/E R<P 1000=0+1000"}},
		{"a venue that is back is asked, and says that the replace holds", func(w *world) {
			w.replace("R", 600)
			w.down()
			w.up()
			w.apply(&event.ChildStatus{Child: 1, Status: '0', Request: 1, Leaves: 600})
		}, []string{"G 1<0 600@49.00", "H 0"}, []string{"E/E R<P 1000=0+1000", "5/0 R<P 600=0+600"}},
		{"a silent venue is asked, and its figures say that the replace holds", func(w *world) {
			w.replace("R", 600)
			w.run(3 * market.Second)
			w.apply(&event.ChildStatus{Child: 1, Status: '0', Leaves: 600})
		}, []string{"G 1<0 600@49.00", "H 0"}, []string{"E/E R<P 1000=0+1000", "5/0 R<P 600=0+600"}},
		{"a silent venue is asked, and its figures say that the replace never came", func(w *world) {
			w.replace("R", 600)
			w.run(3 * market.Second)
			w.apply(&event.ChildStatus{Child: 1, Status: '0', Leaves: 1000})
		}, []string{"G 1<0 600@49.00", "H 0", "F 2<0"}, []string{"E/E R<P 1000=0+1000"}},
		{"a silent venue has amended it to what is filled", func(w *world) {
			w.replace("R", 600)
			w.trade("1", 700)
			w.run(3 * market.Second)
			w.apply(&event.ChildStatus{Child: 1, Status: '2', Cum: 700})
		}, []string{"G 1<0 600@49.00", "H 0"}, []string{"E/E R<P 1000=0+1000", "F/E P< 1000=700+300", "5/2 R<P 700=700+0"}},
		{"a venue that has not decided yet is asked again", func(w *world) {
			w.replace("R", 600)
			w.run(3 * market.Second)
			w.apply(&event.ChildStatus{Child: 1, Status: 'E', Leaves: 1000})
			w.run(2 * market.Second)
		}, []string{"G 1<0 600@49.00", "H 0", "H 0"}, []string{"E/E R<P 1000=0+1000"}},
		{"a status that leaves it open makes the child be canceled, by either id", func(w *world) {
			w.limitTo("R", lower)
			w.run(3 * market.Second)
			w.apply(&event.ChildStatus{Child: 1, Status: '0', Leaves: 1000})
			w.refuses(2, 1, true)
			w.apply(&event.ChildDone{Child: 1, What: order.WasCanceled, Request: 3})
		}, []string{"G 1<0 1000@48.99", "H 0", "F 2<1", "F 3<0"}, []string{"E/E R<P 1000=0+1000", "5/0 R<P 1000=0+1000"}},
		{"REC-04: a venue may know the order by either id: it says unknown to both, twice", func(w *world) {
			w.replace("R", 600)
			for range 4 {
				w.run(2100 * market.Millisecond)
				w.apply(&event.ChildStatus{Child: 1, Unknown: true})
			}
			if w.alerted(event.Page, "REC-04", "has not answered") {
				w.t.Error("a person was paged for a venue that answers each question")
			}
		}, []string{"G 1<0 600@49.00", "H 0", "H 1", "H 0", "H 1"}, []string{"E/E R<P 1000=0+1000", "5/0 R<P 600=0+600"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := resting(t)
			w.silent[venueLitX] = true
			c.do(w)
			if diff := cmp.Diff(c.asked, w.toVenues); diff != "" {
				t.Errorf("the venue was asked (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(c.said, w.said()); diff != "" {
				t.Errorf("the client was told (-want +got)\n%s", diff)
			}
		})
	}
}

// TestReplaceIsJudgedAgain is RISK-03, RISK-09 and KILL-07: a replace that waits for its children to make room is judged by the use
// and the halts of when it is accepted, because other orders come meanwhile. The order goes on as it was, or ends filled.
func TestReplaceIsJudgedAgain(t *testing.T) {
	const lower = 48 * market.Dollar
	other := func(w *world, qty market.Qty) {
		w.parent("Q", order.Terms{Side: market.Buy, Qty: qty, Type: order.Limit, Limit: 49 * market.Dollar, Directed: "LY"})
	}
	for _, c := range []struct {
		name string
		do   func(w *world)
		said string
	}{
		{"there is room still", func(w *world) { other(w, 90); w.accepts(1, 1000, lower) }, "5/0 R<P 1900=0+1900"},
		{"another order took the room", func(w *world) { other(w, 900); w.accepts(1, 1000, lower) }, "9/0 R<P 102=2"},
		{"a halt came", func(w *world) {
			w.apply(&event.Halted{Client: "EMS", Actor: "ann", Reason: "drill"})
			w.apply(&event.ChildDone{Child: 1, What: order.WasCanceled})
		}, "9/0 R<P 102=2"},
		{"it filled, and there is room", func(w *world) { other(w, 90); w.trade("1", 1000) }, "5/1 R<P 1900=1000+900"},
		{"it filled, and there is none", func(w *world) { other(w, 900); w.trade("1", 1000) }, "9/2 R<P 102=2"},
		{"the limits of now", func(w *world) {
			limits := w.e.cfg.Limits.Clone()
			limits.MaxParentQty = 1500
			text, err := json.Marshal(limits)
			if err != nil {
				w.t.Fatal(err)
			}
			w.apply(&event.LimitsChanged{Version: "2", Limits: text, Actor: "ann", Reason: "a quiet day"})
			w.accepts(1, 1000, lower)
		}, "9/0 R<P 102=2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := testConfig()
			cfg.Tactics.PostClip, cfg.Limits.MaxClientMoney = 10_000, 105_000*market.Dollar
			w := newWorld(t, cfg)
			w.autoFill = false
			w.parent("P", order.Terms{Side: market.Buy, Qty: 1000, Type: order.Limit, Limit: 49 * market.Dollar, Directed: "LX"})
			w.settle()
			w.silent[venueLitX] = true
			terms := w.e.parents[1].Terms
			terms.Qty, terms.Limit = 1900, lower
			w.apply(&event.ParentReplaceRequested{Client: "EMS", ClOrdID: "R", OrigClOrdID: "P", Terms: terms})
			if p := w.e.parents[1]; p.ask.kind != replaceRequest {
				t.Fatalf("the replace does not wait: %v", w.said())
			}
			if c.do(w); !slices.Contains(w.said(), c.said) {
				t.Errorf("the client was told %q; want %q among it", w.said(), c.said)
			}
			open, executed := w.e.gate.Used("EMS", w.now)
			if used, _ := open.Add(executed).Money(); used > w.e.cfg.Limits.MaxClientMoney {
				t.Errorf("%s open and %s executed", open.Dollars(), executed.Dollars())
			}
		})
	}
}

// Until a replace is answered the larger of both quantities is reserved, also while its venue is away and after a restart
// (RACE-04).
func TestPendingReplaceReservesTheLargerQuantity(t *testing.T) {
	w := resting(t)
	w.silent[venueLitX] = true
	p, c := w.e.parents[1], w.e.children[1]
	w.replace("R", 600)
	for what, do := range []func(){func() {}, w.down, func() { w.configured(w.e.cfg); w.apply(&event.Recovered{}) }} {
		if do(); p.exposure() != 1000 || !c.PendingReplace {
			t.Errorf("step %d: %d reserved, pending %v; want 1000 until the venue answers", what, p.exposure(), c.PendingReplace)
		}
	}
	up := order.Child{State: order.New, Qty: 500, Leaves: 400, Cum: 100, PendingReplace: true, ReplaceQty: 800}
	if up.Exposure() != 700 {
		t.Errorf("a replace from 500 to 800 with 100 filled exposes %d; want 700", up.Exposure())
	}
}

// posting is a world with a scheduled order whose one child rests at the bid of LX.
func posting(t *testing.T, caps market.Caps) *world {
	cfg := testConfig()
	cfg.Venues[venueLitX].Caps = caps
	w := newWorld(t, cfg)
	w.autoFill = false
	w.parent("P", order.Terms{Side: market.Buy, Qty: 400, Strategy: order.Block, Directed: "LX"})
	w.run(200 * market.Millisecond)
	if len(w.ids) != 1 || w.children[1].Style != order.StylePost || w.children[1].Limit != 50*market.Dollar {
		t.Fatalf("children %+v; want a post at 50", w.sent())
	}
	return w
}

// A post that the quote left follows it by a replace where its venue can, else by a cancel and a new child.
func TestPostFollowsTheQuote(t *testing.T) {
	w := posting(t, market.CapReplace|market.CapStatus)
	w.quote(50*market.Dollar+20_000, 50*market.Dollar+40_000)
	w.run(4 * market.Second)
	if diff := cmp.Diff([]string{"G 1<0 400@50.02"}, w.toVenues); diff != "" || len(w.ids) != 1 {
		t.Errorf("%d children, the venue was asked (-want +got)\n%s", len(w.ids), diff)
	}
	w = posting(t, market.CapStatus)
	w.quote(50*market.Dollar+20_000, 50*market.Dollar+40_000)
	w.run(4 * market.Second)
	if diff := cmp.Diff([]string{"F 1<0"}, w.toVenues); diff != "" || len(w.ids) != 2 || w.children[2].Limit != 50*market.Dollar+20_000 {
		t.Errorf("%d children, the venue was asked (-want +got)\n%s", len(w.ids), diff)
	}
}

// A child that left the price of its decision is no "did not fill": its outcome is told when it leaves, as cut short, and
// what it fills elsewhere belongs to no decision. One that was made smaller speaks for what was left of it.
func TestOutcomeOfAReplacedChild(t *testing.T) {
	fills := func(w *world) (out []event.RecordOutcome) {
		for _, o := range w.outcomes {
			if o.What == event.OutcomeFill || o.What == event.OutcomeRevised {
				out = append(out, event.RecordOutcome{What: o.What, Sent: o.Sent, Got: o.Got, Censored: o.Censored, Refused: o.Refused})
			}
		}
		return out
	}
	w := posting(t, market.CapReplace|market.CapStatus)
	w.fill(1, 100, 50*market.Dollar)
	w.quote(50*market.Dollar+20_000, 50*market.Dollar+40_000)
	w.run(4 * market.Second)
	w.fill(1, 300, 50*market.Dollar+20_000)
	w.settle()
	w.apply(&event.ExecutionBusted{Child: 1, ExecID: "B", RefExecID: "X2"})
	want := []event.RecordOutcome{{What: event.OutcomeFill, Sent: 400, Got: 100, Censored: true}, {What: event.OutcomeRevised, Sent: 400, Got: 100}}
	if diff := cmp.Diff(want, fills(w)); diff != "" {
		t.Errorf("repriced (-want +got)\n%s", diff)
	}
	w = resting(t)
	w.replace("R", 600)
	w.settle()
	w.run(5 * market.Second)
	w.trade("1", 600)
	if diff := cmp.Diff([]event.RecordOutcome{{What: event.OutcomeFill, Sent: 600, Got: 600, Censored: true}}, fills(w)); diff != "" {
		t.Errorf("reduced and filled (-want +got)\n%s", diff)
	}
}

// A client that gives its resting limit order a better price sees it follow at once, by a replace where the venue can, else
// by a cancel and a new child (matrix 4.2 D9).
func TestPostFollowsTheClientsLimit(t *testing.T) {
	for _, c := range []struct {
		caps     market.Caps
		asked    string
		children int
	}{{market.CapReplace | market.CapStatus, "G 1<0 1000@49.10", 1}, {market.CapStatus, "F 1<0", 2}} {
		cfg := testConfig()
		cfg.Venues[venueLitX].Caps, cfg.Tactics.PostClip = c.caps, 10_000
		w := newWorld(t, cfg)
		w.autoFill = false
		w.parent("P", order.Terms{Side: market.Buy, Qty: 1000, Type: order.Limit, Limit: 49 * market.Dollar, Directed: "LX"})
		w.settle()
		w.limitTo("R", 49*market.Dollar+100_000)
		if len(w.toVenues) != 1 || w.toVenues[0] != c.asked || w.last().ExecType != '5' {
			t.Errorf("the venue was asked %v, want %s at once; last report %+v", w.toVenues, c.asked, w.last())
		}
		if w.run(5 * market.Second); len(w.toVenues) != 1 || len(w.ids) != c.children || w.e.parents[1].exposure() != 1000 {
			t.Errorf("%d children, asked %v; want %d, and nothing more asked", len(w.ids), w.toVenues, c.children)
		}
		if last := w.e.children[w.ids[len(w.ids)-1]]; last.Limit != 49*market.Dollar+100_000 {
			t.Errorf("it rests at %v, want 49.10", last.Limit)
		}
	}
}

// While only cancels are sent, a post stays where it is when the quote moves, and what a client's amendment forbids is
// withdrawn, not replaced (JRN-10).
func TestNoReplaceWhileOnlyCancelsAreSent(t *testing.T) {
	w := posting(t, market.CapReplace|market.CapStatus)
	w.apply(&event.Degraded{Level: event.DegradedChildren, Reason: "disk"})
	w.quote(50*market.Dollar+20_000, 50*market.Dollar+40_000)
	if w.run(4 * market.Second); len(w.toVenues) != 0 || len(w.ids) != 1 {
		t.Errorf("the venue was asked %v, %d children; want the post to stay", w.toVenues, len(w.ids))
	}
	terms := w.e.parents[1].Terms
	terms.Qty = 200
	w.apply(&event.ParentReplaceRequested{Client: "EMS", ClOrdID: "R", OrigClOrdID: "P", Terms: terms})
	if w.settle(); len(w.toVenues) != 1 || w.toVenues[0] != "F 1<0" || w.last().ExecType != '5' {
		t.Errorf("the venue was asked %v, last report %+v; want a cancel and the amendment in force", w.toVenues, w.last())
	}
}
