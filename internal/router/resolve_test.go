package router

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// doubtful is resting at a venue that answers no status requests and whose session broke and came back: child 1 of 1,000
// shares is in doubt, and nothing but a person can tell.
func doubtful(t *testing.T) *world {
	cfg := testConfig()
	cfg.Tactics.PostClip = 10_000
	cfg.Venues[venueLitX].Caps &^= market.CapStatus
	w := newWorld(t, cfg)
	w.autoFill = false
	w.parent("P", order.Terms{Side: market.Buy, Qty: 1000, Type: order.Limit, Limit: 49 * market.Dollar, Directed: "LX"})
	w.settle()
	w.doubt()
	if len(w.ids) != 1 || !w.e.children[1].InDoubt || !w.alerted(event.Page, "REC-04", "until a person decides") {
		t.Fatalf("children %+v, alerts %+v; want one in doubt and a page", w.sent(), w.alerts)
	}
	return w
}

func (w *world) doubt() {
	w.apply(&event.VenueDown{Venue: venueLitX, Reason: "reset"})
	w.apply(&event.VenueUp{Venue: venueLitX})
	w.run(10 * market.Second)
	w.reports = nil
}

func (w *world) resolve(o event.Resolution, cum market.Qty, px market.Price) {
	w.apply(&event.ChildResolved{Child: 1, Outcome: o, Cum: cum, Px: px, Actor: "ann", Reason: "by phone"})
}

func (w *world) answer() event.AnswerPerson { return w.answers[len(w.answers)-1] }

// real is the venue's own report of a fill of child 1.
func (w *world) real(id string, q, cum market.Qty, px market.Price) {
	w.apply(&event.ChildExecuted{Child: 1, ExecID: id, VenueOrderID: "V1", Qty: q, Px: px, Cum: cum, Leaves: 1000 - cum})
}

// TestChildResolved: what a person decides is booked once, told to the client as a fill, and frees the rest; what the venue
// says of the same shares later is the same shares (REC-04, INV-01, INV-02).
func TestChildResolved(t *testing.T) {
	const px = 49 * market.Dollar
	for _, c := range []struct {
		name  string
		do    func(w *world)
		want  []string
		state order.State
		hold  order.Hold
	}{
		{"canceled with some filled", func(w *world) { w.resolve(event.ResolvedCanceled, 300, px) },
			[]string{"F/1 P< 1000=300+700"}, order.Canceled, order.HoldNone},
		{"canceled with nothing filled", func(w *world) { w.resolve(event.ResolvedCanceled, 0, 0) },
			nil, order.Canceled, order.HoldNone},
		{"filled", func(w *world) { w.resolve(event.ResolvedFilled, 0, px) },
			[]string{"F/2 P< 1000=1000+0"}, order.Filled, order.HoldNone},
		{"working, with a fill we missed", func(w *world) { w.resolve(event.ResolvedWorking, 200, px) },
			[]string{"F/1 P< 1000=200+800"}, order.PartiallyFilled, order.HoldNone},
		{"working, and it goes on", func(w *world) { w.resolve(event.ResolvedWorking, 0, 0); w.real("1", 100, 100, px) },
			[]string{"F/1 P< 1000=100+900"}, order.PartiallyFilled, order.HoldNone},
		{"working, with a fill we missed, and then a new one", func(w *world) { w.resolve(event.ResolvedWorking, 200, px); w.real("2", 100, 300, px) },
			[]string{"F/1 P< 1000=200+800", "F/1 P< 1000=300+700"}, order.PartiallyFilled, order.HoldNone},
		{"the client's cancel ends with it", func(w *world) { w.cancel("C"); w.resolve(event.ResolvedCanceled, 300, px) },
			[]string{"6/6 C<P 1000=0+1000", "F/6 P< 1000=300+700", "4/4 C<P 1000=300+0"}, order.Canceled, order.HoldCancel},
		{"the venue reports the same shares later", func(w *world) {
			w.resolve(event.ResolvedCanceled, 300, px)
			w.real("1", 100, 100, px)
			w.real("2", 200, 300, px)
			w.real("1", 100, 100, px)
		}, []string{"F/1 P< 1000=300+700"}, order.Canceled, order.HoldNone},
		{"at another price: the venue's stands", func(w *world) {
			w.resolve(event.ResolvedCanceled, 300, px)
			w.real("1", 300, 300, px-market.Dollar)
		}, []string{"F/1 P< 1000=300+700", "G/1 P< 1000=300+700"}, order.Canceled, order.HoldNone},
		{"the venue reports more than was said", func(w *world) {
			w.resolve(event.ResolvedCanceled, 300, px)
			w.real("1", 300, 300, px)
			w.real("2", 100, 400, px)
		}, []string{"F/1 P< 1000=300+700", "F/1 P< 1000=400+600"}, order.Canceled, order.HoldStop},
		{"the venue reports more at once", func(w *world) {
			w.resolve(event.ResolvedCanceled, 300, px)
			w.real("1", 400, 400, px)
		}, []string{"F/1 P< 1000=300+700", "G/1 P< 1000=400+600"}, order.Canceled, order.HoldStop},
		{"a bust of all that was booked by hand", func(w *world) {
			w.resolve(event.ResolvedCanceled, 300, px)
			w.real("1", 300, 300, px)
			w.apply(&event.ExecutionBusted{Child: 1, ExecID: "2", RefExecID: "1"})
		}, []string{"F/1 P< 1000=300+700", "H/0 P< 1000=0+1000"}, order.Canceled, order.HoldNone},
		{"a bust of a part of it", func(w *world) {
			w.resolve(event.ResolvedCanceled, 300, px)
			w.real("1", 100, 100, px)
			w.apply(&event.ExecutionBusted{Child: 1, ExecID: "2", RefExecID: "1"})
		}, []string{"F/1 P< 1000=300+700"}, order.Canceled, order.HoldFrozen},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := doubtful(t)
			c.do(w)
			if diff := cmp.Diff(c.want, w.said()); diff != "" {
				t.Errorf("the client was told (-want +got)\n%s", diff)
			}
			child, p := w.e.children[1], w.e.parents[1]
			if child.State != c.state || child.InDoubt || p.Hold != c.hold {
				t.Errorf("the child is %v, in doubt %v, the order holds %v; want %v, certain, %v", child.State, child.InDoubt, p.Hold, c.state, c.hold)
			}
			if w.answer().Refused {
				t.Errorf("answered %+v", w.answer())
			}
		})
	}
}

// TestNeverSentResolved: an order that its venue never acknowledged may be said never to have been there.
func TestNeverSentResolved(t *testing.T) {
	cfg := testConfig()
	cfg.Venues[venueLitX].Caps &^= market.CapStatus
	w := newWorld(t, cfg)
	w.silent[venueLitX] = true
	w.parent("P", order.Terms{Side: market.Buy, Qty: 100, Type: order.Limit, Limit: 49 * market.Dollar, Directed: "LX"})
	w.doubt()
	w.silent[venueLitX] = false
	w.resolve(event.ResolvedNeverSent, 0, 0)
	if c := w.e.children[1]; c.State != order.NeverSent || !strings.Contains(c.Reason, "ann: by phone") {
		t.Fatalf("the child is %v: %s; answered %+v", c.State, c.Reason, w.answer())
	}
	w.run(market.Minute)
	if len(w.ids) < 2 {
		t.Error("its shares were not routed again")
	}
}

// TestAcknowledgedAfterNeverSent: a venue that acknowledges what counted as never sent has the order after all. It counts
// again, is withdrawn, the parent stops and people are told, whether the parent still works or not.
func TestAcknowledgedAfterNeverSent(t *testing.T) {
	for _, done := range []bool{false, true} {
		cfg := testConfig()
		cfg.Tactics.PostClip = 10_000
		cfg.Venues[venueLitX].Caps |= market.CapStatus
		w := newWorld(t, cfg)
		w.autoFill, w.silent[venueLitX] = false, true
		w.parent("P", order.Terms{Side: market.Buy, Qty: 1000, Type: order.Limit, Limit: 49 * market.Dollar, Directed: "LX"})
		p, c := w.e.parents[1], w.e.children[1]
		if done {
			w.cancel("F")
		}
		for range 2 {
			w.run(10 * market.Second)
			w.apply(&event.ChildStatus{Child: 1, Unknown: true, Status: '8'})
		}
		if c.State != order.NeverSent || p.State.Done() != done {
			t.Fatalf("child %v, parent %v; want it given up after two answers", c.State, p.State)
		}
		w.toVenues = nil
		w.apply(&event.ChildAccepted{Child: 1, VenueOrderID: "V1"})
		if !w.alerted(event.Page, "REC-04", "counted as never sent") || c.State != order.New || p.exposure() < 1000 || len(w.toVenues) == 0 || w.toVenues[0][0] != 'F' {
			t.Errorf("done %v: child %v, %d reserved, asked %v, alerts %+v", done, c.State, p.exposure(), w.toVenues, w.alerts)
		}
		w.apply(&event.ChildDone{Child: 1, What: order.WasCanceled})
		if w.run(market.Minute); c.Live() || !done && p.Hold != order.HoldStop {
			t.Errorf("done %v: child %v, hold %v; want it withdrawn and the parent stopped", done, c.State, p.Hold)
		}
	}
}

// TestFilledAfterNeverSent is REC-04 and INV-01: a venue that fills a part of what counted as never sent, or as gone because
// it twice knew no such order, or that knows it all of a sudden, still has the rest. It counts again, is withdrawn, and the
// parent stops. A last report of which nothing is left changes no more than the books (RACE-02).
func TestFilledAfterNeverSent(t *testing.T) {
	part := &event.ChildExecuted{Child: 1, ExecID: "X", VenueOrderID: "V1", Qty: 100, Px: 49 * market.Dollar, Cum: 100, Leaves: 900, Status: '1'}
	all := &event.ChildExecuted{Child: 1, ExecID: "X", VenueOrderID: "V1", Qty: 1000, Px: 49 * market.Dollar, Cum: 1000, Status: '2'}
	gone := &event.ChildExecuted{Child: 1, ExecID: "X", VenueOrderID: "V1", Qty: 100, Px: 49 * market.Dollar, Cum: 100, Status: '4'}
	for _, c := range []struct {
		name   string
		acked  bool
		report event.Body
		lives  bool
		left   market.Qty
	}{
		{"a part fills of what was never acknowledged", false, part, true, 900},
		{"a part fills of what was", true, part, true, 900},
		{"its status comes after all", false, &event.ChildStatus{Child: 1, VenueOrderID: "V1", Status: '0', Leaves: 1000}, true, 1000},
		{"all of it fills", false, all, false, 0},
		{"a part fills and the rest is canceled", true, gone, false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := resting(t)
			if !c.acked {
				cfg := testConfig()
				cfg.Tactics.PostClip = 10_000
				w = newWorld(t, cfg)
				w.autoFill, w.silent[venueLitX] = false, true
				w.parent("P", order.Terms{Side: market.Buy, Qty: 1000, Type: order.Limit, Limit: 49 * market.Dollar, Directed: "LX"})
				w.settle()
			}
			w.silent[venueLitX] = true
			w.cancel("F") // so that nothing takes its place
			w.down()
			w.up()
			for range 2 {
				w.run(10 * market.Second)
				w.apply(&event.ChildStatus{Child: 1, Unknown: true})
			}
			child, p := w.e.children[1], w.e.parents[1]
			if !child.State.Done() || !p.State.Done() {
				t.Fatalf("the child is %v, its order %v; want both given up", child.State, p.State)
			}
			w.toVenues = nil
			w.apply(c.report)
			if child.Live() != c.lives || p.exposure() != c.left || w.alerted(event.Page, "REC-04", "it is withdrawn") != c.lives {
				t.Errorf("the child is %v, %d reserved, alerts %+v", child.State, p.exposure(), w.alerts)
			}
			if asked := len(w.toVenues) == 1 && w.toVenues[0][0] == 'F'; asked != c.lives {
				t.Errorf("its venue is asked %v", w.toVenues)
			}
			if child.VenueOrderID != "V1" {
				t.Errorf("it is withdrawn by the venue's OrderID %q", child.VenueOrderID)
			}
			if _, err := Restore(w.e.AppendSnapshot(nil)); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestLateFillOfWhatEnded is RACE-02: a fill of an order that its venue's report ended is late, also where the venue had said before
// that it does not know the order, or says afterwards that it ended: nothing works any more, and nothing is reserved.
func TestLateFillOfWhatEnded(t *testing.T) {
	unknown := &event.ChildStatus{Child: 1, Unknown: true}
	done := &event.ChildDone{Child: 1, What: order.WasCanceled}
	for _, c := range []struct {
		name    string
		replace bool
		reports []event.Body
	}{
		{"a replace was under way, and one of its names is unknown twice", true, []event.Body{unknown, unknown, done}},
		{"unknown twice, and canceled after that", false, []event.Body{unknown, unknown, done}},
		{"unknown twice, and canceled by a status after that", false, []event.Body{unknown, unknown, &event.ChildStatus{Child: 1, Status: '4'}}},
	} {
		w := resting(t)
		w.silent[venueLitX] = true
		if c.replace {
			w.replace("R", 600)
		}
		w.cancel("F") // so that nothing takes its place
		w.down()
		w.up()
		for _, r := range c.reports {
			w.run(10 * market.Second)
			w.apply(r)
		}
		if child := w.e.children[1]; child.State != order.Canceled {
			t.Fatalf("%s: the child is %v", c.name, child.State)
		}
		w.apply(&event.ChildExecuted{Child: 1, ExecID: "X", VenueOrderID: "V1", Qty: 100, Px: 49 * market.Dollar, Cum: 100, Leaves: 900, Status: '1'})
		if child, p := w.e.children[1], w.e.parents[1]; child.Live() || p.exposure() != 0 || !w.alerted(event.Warn, "RACE-02", "") {
			t.Errorf("%s: the child is %v, %d reserved, alerts %+v", c.name, child.State, p.exposure(), w.alerts)
		}
	}
}

// TestResolvedQuantityIsFree: what a decision frees is routed again, and no share too many.
func TestResolvedQuantityIsFree(t *testing.T) {
	w := doubtful(t)
	w.resolve(event.ResolvedCanceled, 300, 49*market.Dollar)
	w.run(market.Minute)
	p := w.e.parents[1]
	if len(w.ids) != 2 || p.exposure() != 700 {
		t.Errorf("%d children with %d shares at venues; want a second one of 700", len(w.ids), p.exposure())
	}
}

// TestResolutionsThatCannotBeTrue change nothing and say why.
func TestResolutionsThatCannotBeTrue(t *testing.T) {
	const px = 49 * market.Dollar
	word := func(child order.ChildID, o event.Resolution, cum market.Qty, px market.Price) *event.ChildResolved {
		return &event.ChildResolved{Child: child, Outcome: o, Cum: cum, Px: px, Actor: "ann", Reason: "by phone"}
	}
	anonymous := word(1, event.ResolvedCanceled, 0, 0)
	anonymous.Actor = ""
	for _, c := range []struct {
		word *event.ChildResolved
		want string
	}{
		{word(9, event.ResolvedCanceled, 0, 0), "unknown"},
		{anonymous, "name of who takes it"},
		{word(1, 0, 0, 0), "no outcome"},
		{word(1, 9, 0, 0), "no outcome"},
		{word(1, event.ResolvedNeverSent, 0, 0), "was sent"},
		{word(1, event.ResolvedFilled, 900, px), "not filled with 900"},
		{word(1, event.ResolvedCanceled, 99, px), "100 filled by its venue's own reports"},
		{word(1, event.ResolvedCanceled, -1, px), "filled by its venue's own reports"},
		{word(1, event.ResolvedWorking, -1, px), "filled by its venue's own reports"},
		{word(1, event.ResolvedCanceled, 1001, px), "1001 cannot be filled"},
		{word(1, event.ResolvedWorking, 1000, px), "say filled"},
		{word(1, event.ResolvedCanceled, 101, 0), "give the price"},
		{word(1, event.ResolvedFilled, 0, px+1), "beyond its limit"},
	} {
		w := doubtful(t)
		w.real("1", 100, 100, px)
		w.doubt()
		before := *w.e.children[1]
		w.apply(c.word)
		if a := w.answer(); !a.Refused || !strings.Contains(a.Text, c.want) {
			t.Errorf("%+v: answered %+v, want a refusal that says %q", c.word, a, c.want)
		}
		if after := *w.e.children[1]; after.Child != before.Child || len(w.reports) > 0 {
			t.Errorf("%+v changed the child or told the client: %+v, %v", c.word, after.Child, w.said())
		}
	}
	w := doubtful(t)
	w.resolve(event.ResolvedWorking, 0, 0)
	if w.resolve(event.ResolvedWorking, 0, 0); !strings.Contains(w.answer().Text, "not in doubt") {
		t.Errorf("a child that is not in doubt: %+v", w.answer())
	}
	w.apply(&event.ChildDone{Child: 1, What: order.WasCanceled})
	if w.resolve(event.ResolvedCanceled, 0, 0); !strings.Contains(w.answer().Text, "already") {
		t.Errorf("a child that ended: %+v", w.answer())
	}
}

// TestDoubts lists what a person must look at, with what the venue said.
func TestDoubts(t *testing.T) {
	w := doubtful(t)
	w.apply(&event.ChildStatus{Child: 1, Status: '1', Cum: 200, Leaves: 800})
	all := w.e.Doubts()
	if len(all) != 1 {
		t.Fatalf("%d in doubt, want 1", len(all))
	}
	d := all[0]
	if d.Child.ID != 1 || d.ClOrdID != event.ClOrdID(77, 1, 0) || d.Since == 0 || d.Since >= w.now || !strings.Contains(d.Said, "200 filled, of which 200 never came; it answers no status requests") {
		t.Errorf("in doubt %+v", d)
	}
	w.resolve(event.ResolvedCanceled, 200, 49*market.Dollar)
	if all := w.e.Doubts(); len(all) != 0 {
		t.Errorf("still in doubt %+v", all)
	}
}

// A child whose doubt was lifted and that comes in doubt again is paged again: the person who was told before knows that it
// was settled (REC-04).
func TestDoubtIsPagedEachTime(t *testing.T) {
	for name, lift := range map[string]event.Body{
		"an unasked status": &event.ChildStatus{Child: 1, Status: '0', Leaves: 1000},
		"a late ack":        &event.ChildAccepted{Child: 1, VenueOrderID: "V1"},
	} {
		cfg := testConfig()
		cfg.Tactics.PostClip = 10_000
		cfg.Venues[venueLitX].Caps &^= market.CapStatus
		w := newWorld(t, cfg)
		w.autoFill, w.silent[venueLitX] = false, true
		w.parent("P", order.Terms{Side: market.Buy, Qty: 1000, Type: order.Limit, Limit: 49 * market.Dollar, Directed: "LX"})
		w.doubt()
		if w.apply(lift); w.e.children[1].InDoubt {
			t.Fatalf("%s: the child is still in doubt", name)
		}
		w.alerts = nil
		if w.doubt(); !w.e.children[1].InDoubt || !w.alerted(event.Page, "REC-04", "until a person decides") {
			t.Errorf("%s: in doubt %v, alerts %+v; want another page", name, w.e.children[1].InDoubt, w.alerts)
		}
	}
}
