package router

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// directed sends n orders to one venue.
func (w *world) directedTo(venue string, from, n int) {
	for i := range n {
		w.parent(fmt.Sprint("P", from+i), order.Terms{Side: market.Buy, Qty: 100, Type: order.Limit, Limit: 49 * market.Dollar, Directed: venue})
	}
}

// TestSessionBehindGetsNoMore (PACE-02, PACE-05): a session that sends nothing gets a few orders, then none, with the reason in
// the decision, and none of those that wait is withdrawn, asked about or in doubt; when it sends again the rest follows.
func TestSessionBehindGetsNoMore(t *testing.T) {
	w := newWorld(t, testConfig())
	w.unsent[venueLitX] = true
	const orders = 300
	w.directedTo("LX", 0, orders)
	w.run(market.Second)
	sent := len(w.ids)
	if sent < lineFew || sent > 60 {
		t.Fatalf("%d orders were sent to a session that sends nothing; want a few", sent)
	}
	if got := w.e.venues[venueLitX].line.waiting; got != sent {
		t.Errorf("%d orders are in the line, want %d", got, sent)
	}
	var why string
	for _, d := range w.decided {
		if d.Stage == event.StageHold {
			why = d.Venues[venueLitX].Excluded
		}
	}
	if want := fmt.Sprintf("its session is %d orders behind", sent); why != want {
		t.Errorf("the orders are held because %q, want %q", why, want)
	}
	held := 0
	for _, d := range w.decided {
		if d.Stage == event.StageHold {
			held++
		}
	}
	if held != orders-sent {
		t.Errorf("%d records say that an order waits, want one of each of %d", held, orders-sent)
	}
	w.run(5 * market.Second)
	if len(w.ids) != sent || len(w.toVenues) != 0 || w.queries != 0 {
		t.Errorf("%d orders, %q and %d questions while nothing leaves; want %d and none", len(w.ids), w.toVenues, w.queries, sent)
	}
	w.unsent[venueLitX] = false
	for _, id := range slices.Clone(w.ids) {
		w.now = w.now.Add(market.Millisecond)
		w.apply(&event.ChildSent{Child: id})
		w.apply(&event.ChildAccepted{Child: id, VenueOrderID: fmt.Sprint("V", id)})
	}
	w.run(2 * market.Second)
	if len(w.ids) != orders || w.e.venues[venueLitX].line.waiting != 0 {
		t.Errorf("%d of %d orders were sent, %d wait in the line", len(w.ids), orders, w.e.venues[venueLitX].line.waiting)
	}
}

// TestLineGoesAround: an order that may go elsewhere goes there, at once.
func TestLineGoesAround(t *testing.T) {
	w := newWorld(t, testConfig())
	w.unsent[venueLitX] = true
	w.directedTo("LX", 0, 100)
	w.run(200 * market.Millisecond)
	before := len(w.ids)
	w.parent("FREE", order.Terms{Side: market.Buy, Qty: 1000, Type: order.Market, Strategy: order.Immediate, Urgency: order.High})
	if len(w.ids) == before {
		t.Fatal("nothing was sent")
	}
	for _, id := range w.ids[before:] {
		if w.children[id].Venue == venueLitX {
			t.Errorf("child %d was sent to the session that is behind", id)
		}
	}
}

// TestLinePace: how many may wait follows how fast the session sends; the throttle is never asked for.
func TestLinePace(t *testing.T) {
	for _, c := range []struct {
		name        string
		gap         int64
		least, most int
	}{
		{"50 a second", 20 * market.Millisecond, lineFew, lineFew},
		{"1,000 a second", market.Millisecond, 40, 60},
		{"300 in a row behind each commit of 100 ms", 0, lineMost, lineMost},
		{"20,000 a second", 50 * market.Microsecond, lineMost, lineMost},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVenueState(&market.Venue{})
			e := &Engine{venues: []venueState{v}}
			l := &e.venues[0].line
			for i := range 100 { // a warm session: two wait, one leaves
				a, b := &childState{}, &childState{}
				e.joinLine(a)
				e.joinLine(b)
				if e.now = e.now.Add(c.gap); c.gap == 0 && i%30 == 0 {
					e.now = e.now.Add(100 * market.Millisecond)
				}
				e.leaveLine(a, true)
				e.now = e.now.Add(c.gap)
				e.leaveLine(b, true)
			}
			n := 0
			for ; n < 1000 && !l.behind(e.now); n++ {
				e.joinLine(&childState{})
			}
			if n < c.least || n > c.most {
				t.Errorf("%d may wait, want %d to %d", n, c.least, c.most)
			}
			if !strings.Contains(l.reason(), fmt.Sprint(n)) {
				t.Errorf("the reason is %q", l.reason())
			}
		})
	}
}

// TestRestBeginsOnTheWire: the time that a child may rest runs from when it left, not while it waits in its session's line.
func TestRestBeginsOnTheWire(t *testing.T) {
	w := newWorld(t, testConfig())
	w.hidden = map[market.VenueID]market.Qty{}
	w.unsent[venueInternal] = true
	w.parent("P", order.Terms{Side: market.Buy, Qty: 1000, Type: order.Limit, Limit: 51 * market.Dollar, Directed: "INT"})
	if len(w.ids) != 1 {
		t.Fatalf("%d children, want 1 at the internalizer", len(w.ids))
	}
	wait := w.e.cfg.Tactics.InternalWait
	w.run(3 * wait)
	if len(w.toVenues) != 0 {
		t.Fatalf("%q although the order has not left", w.toVenues)
	}
	w.apply(&event.ChildSent{Child: w.ids[0]})
	w.apply(&event.ChildAccepted{Child: w.ids[0], VenueOrderID: "V"})
	w.unsent[venueInternal] = false
	if w.run(wait / 2); len(w.toVenues) != 0 {
		t.Errorf("%q after half of its time", w.toVenues)
	}
	if w.run(wait); len(w.toVenues) != 1 {
		t.Errorf("%q after its time, want one cancel", w.toVenues)
	}
}

// TestUnsentIsTakenOutInTheEnd: a child that does not leave for very long is taken out of our queue. Its venue is not asked: it would say
// that it does not know it, and the order could still leave after that (REC-04).
func TestUnsentIsTakenOutInTheEnd(t *testing.T) {
	w := newWorld(t, testConfig())
	w.unsent[venueLitX] = true
	w.directedTo("LX", 0, 1)
	w.run(unsentWait*w.e.cfg.Tactics.AckTimeout - market.Second)
	if w.queries != 0 {
		t.Fatalf("%d questions about an order that has not left", w.queries)
	}
	asked := len(w.toVenues)
	if w.run(market.Second + 100*market.Millisecond); w.queries != 0 || len(w.toVenues) == asked || !strings.HasPrefix(w.toVenues[asked], "F") {
		t.Errorf("%d questions, asked %v; want none and a cancel, which takes it out of our queue", w.queries, w.toVenues[asked:])
	}
	if c := w.e.children[w.ids[0]]; c != nil && !c.State.Done() {
		t.Errorf("it is %v", c.State)
	}
}

// TestLineEndsWithItsSession: what waited when the session went down counts no longer, however it comes back.
func TestLineEndsWithItsSession(t *testing.T) {
	w := newWorld(t, testConfig())
	w.unsent[venueLitX] = true
	w.directedTo("LX", 0, 20)
	waiting := w.e.venues[venueLitX].line.waiting
	w.apply(&event.VenueDown{Venue: venueLitX, Reason: "test"})
	for _, id := range slices.Clone(w.ids) {
		w.apply(&event.ChildDenied{Child: id, Reason: "not connected"})
	}
	w.apply(&event.VenueUp{Venue: venueLitX})
	if got := w.e.venues[venueLitX].line.waiting; waiting < lineFew || got > lineFew {
		t.Errorf("%d waited before the session went down, %d after it is back", waiting, got)
	}
}

// TestImmediateWaitsForItsLine: an order that is immediate or canceled is not ended untried because sessions are behind for a moment
// (PACE-02, FIX-05); it does not wait for long either.
func TestImmediateWaitsForItsLine(t *testing.T) {
	for _, comes := range []bool{true, false} {
		w := newWorld(t, testConfig())
		w.unsent[venueLitX] = true
		w.directedTo("LX", 0, 300)
		w.apply(&event.ParentReceived{Client: "EMS", ClOrdID: "now", Terms: order.Terms{Symbol: "ABC", Side: market.Buy, Qty: 100, Type: order.Limit, Limit: 51 * market.Dollar,
			TIF: order.IOC, Directed: "LX"}})
		p := w.e.parents[w.e.lastParent]
		if p.State.Done() || p.childCount > 0 {
			t.Fatalf("it is %v with %d children at once (%s)", p.State, p.childCount, p.Reason)
		}
		w.run(300 * market.Millisecond)
		if comes {
			w.unsent[venueLitX] = false
			w.e.venues[venueLitX].line = line{}
		}
		w.run(market.Second)
		if !p.State.Done() || (p.childCount > 0) != comes {
			t.Errorf("the session sends again %t: it is %v with %d children", comes, p.State, p.childCount)
		}
	}
}
