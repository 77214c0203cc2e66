package risk

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// A wire is the truth at the venues: what one parent's children filled and may still fill there.
type wire struct {
	random   *rand.Rand
	gate     *LastGate
	asked    market.Qty
	children []*atVenue
	delayed  []event.Body // executions on their way to us
	execs    int
	sent     int
}

// atVenue is one child as its venue has it.
type atVenue struct {
	id       order.ChildID
	qty, cum market.Qty
	gone     bool
	replaces []event.ReplaceChild // not yet answered, in order
	requests uint32
	fills    []event.ChildExecuted
}

// reach is the most the parent can come to have: what filled, and all that the venues hold.
func (w *wire) reach() (sum market.Qty) {
	for _, c := range w.children {
		if c.gone {
			sum += c.cum
		} else {
			sum += max(c.qty, c.cum)
		}
	}
	return sum
}

// allocate sends a child of any size, whatever happened before: this allocator keeps no count at all.
func (w *wire) allocate() {
	w.sent++
	s := send(order.ChildID(w.sent), market.Qty(1+w.random.Int64N(int64(w.asked)/2+1)))
	if !w.gate.Check(s).Passed() {
		w.gate.Observe(&event.ChildDenied{Child: s.Child.ID})
		w.gate.Rearm(1) // and its operators always think that all is well
		return
	}
	w.children = append(w.children, &atVenue{id: s.Child.ID, qty: s.Child.Qty})
}

func (w *wire) replace(c *atVenue) {
	c.requests++
	r := event.ReplaceChild{CancelChild: event.CancelChild{Child: c.id, Request: c.requests, Symbol: "AMZN", Qty: market.Qty(1 + w.random.Int64N(int64(w.asked)))}, Limit: 100 * market.Dollar}
	if w.gate.CheckReplace(&r).Passed() {
		c.replaces = append(c.replaces, r)
		return
	}
	w.gate.Rearm(1)
}

// answer is the venue's answer to the oldest replace.
func (w *wire) answer(c *atVenue) {
	r := c.replaces[0]
	c.replaces = c.replaces[1:]
	if r.Qty < c.cum || w.random.IntN(3) == 0 {
		w.gate.Observe(&event.CancelRejected{Child: c.id, Request: r.Request})
		return
	}
	c.qty = r.Qty
	w.gate.Observe(&event.ChildReplaced{Child: c.id, Request: r.Request, Qty: r.Qty, Cum: c.cum, Leaves: c.qty - c.cum})
}

// fill is a trade, whose report may be late.
func (w *wire) fill(c *atVenue) {
	q := market.Qty(1 + w.random.Int64N(int64(c.qty-c.cum)))
	c.cum += q
	w.execs++
	f := event.ChildExecuted{Child: c.id, ExecID: fmt.Sprint(w.execs), Qty: q, Px: 100 * market.Dollar, Cum: c.cum, Leaves: c.qty - c.cum}
	c.fills = append(c.fills, f)
	w.delayed = append(w.delayed, &f)
}

// deliver hands a report on: any of those under way, now and then without taking it off the list, so that it comes twice.
func (w *wire) deliver() {
	i := w.random.IntN(len(w.delayed))
	w.gate.Observe(w.delayed[i])
	if w.random.IntN(5) > 0 {
		w.delayed = append(w.delayed[:i], w.delayed[i+1:]...)
	}
}

// end takes a child out of its book; the venue's figure includes what we do not know of yet.
func (w *wire) end(c *atVenue) {
	c.gone = true
	if c.cum == 0 && w.random.IntN(2) == 0 {
		w.gate.Observe(&event.ChildRejected{Child: c.id})
		return
	}
	w.gate.Observe(&event.ChildDone{Child: c.id, What: order.WasCanceled, Cum: c.cum})
}

// bust takes a fill back, perhaps before its report came.
func (w *wire) bust(c *atVenue) {
	i := w.random.IntN(len(c.fills))
	f := c.fills[i]
	c.fills = append(c.fills[:i], c.fills[i+1:]...)
	c.cum -= f.Qty
	w.gate.Observe(&event.ExecutionBusted{Child: c.id, ExecID: "b" + f.ExecID, RefExecID: f.ExecID})
}

func (w *wire) step() {
	if len(w.children) == 0 || w.random.IntN(4) == 0 {
		w.allocate()
		return
	}
	c := w.children[w.random.IntN(len(w.children))]
	switch w.random.IntN(7) {
	case 0:
		if !c.gone {
			w.replace(c)
		}
	case 1:
		if !c.gone && len(c.replaces) > 0 {
			w.answer(c)
		}
	case 2, 3:
		if !c.gone && c.qty > c.cum {
			w.fill(c)
		}
	case 4:
		if len(w.delayed) > 0 {
			w.deliver()
		}
	case 5:
		if !c.gone {
			w.end(c)
		}
	case 6:
		if len(c.fills) > 0 && w.random.IntN(10) == 0 {
			w.bust(c)
		}
	}
}

// TestLastGateAdversary is TEST-11: an allocator that ignores every fill, against venues that fill, cancel, replace, bust
// and report late or twice. In 10^5 children and more, not one share is on the wire beyond what the client asked for.
func TestLastGateAdversary(t *testing.T) {
	tried, passed := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		for parent := range uint64(20) {
			w := &wire{random: rand.New(rand.NewPCG(seed, parent)), gate: lastGate(), asked: 1_000}
			for w.sent < 60 {
				w.step()
				if got := w.reach(); got > w.asked {
					t.Fatalf("child %d: the venues hold and filled %d of %d ordered", w.sent, got, w.asked)
				}
				if taken, _ := w.gate.Taken(1); taken < w.reach() {
					t.Fatalf("child %d: the gate counts %d, the venues %d", w.sent, taken, w.reach())
				}
			}
			tried, passed = tried+w.sent, passed+len(w.children)
		}
	})
	if t.Logf("%d children tried, %d passed", tried, passed); tried < 100_000 && !testing.Short() {
		t.Errorf("%d children tried, want 100000: raise -rapid.checks", tried)
	}
}

// TestLastGateHonest: an allocator that counts well is never refused and gets the whole order done.
func TestLastGateHonest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := lastGate()
		left := market.Qty(1_000)
		for id := order.ChildID(1); left > 0; id++ {
			q := market.Qty(rapid.Int64Range(1, int64(left)).Draw(t, "qty"))
			if r := g.Check(send(id, q)); !r.Passed() {
				t.Fatalf("child of %d with %d left: %v", q, left, r)
			}
			got := market.Qty(rapid.Int64Range(0, int64(q)).Draw(t, "filled"))
			if got > 0 {
				g.Observe(&event.ChildExecuted{Child: id, ExecID: fmt.Sprint(id), Qty: got, Cum: got, Leaves: q - got})
			}
			if got < q {
				g.Observe(&event.ChildDone{Child: id, What: order.WasExpired, Cum: got})
			}
			left -= got
		}
		if r := g.Check(send(1<<40, 1)); r.Rule != "RISK-01" {
			t.Fatalf("one share more: %v", r)
		}
	})
}

func BenchmarkLastGate(b *testing.B) {
	g := lastGate()
	s := send(1, 1)
	done := &event.ChildDone{What: order.WasCanceled}
	b.ReportAllocs()
	for b.Loop() {
		s.Child.ID++
		done.Child = s.Child.ID
		if r := g.Check(s); !r.Passed() {
			b.Fatal(r)
		}
		g.Observe(done)
	}
}
