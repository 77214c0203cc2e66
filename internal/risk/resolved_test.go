package risk

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// TestLastGateResolved: a person's decision frees what a child in doubt held, once the engine took it and only within what
// can be true; what the venue reports afterwards of shares booked by hand is not counted twice (REC-04).
func TestLastGateResolved(t *testing.T) {
	decide := func(outcome event.Resolution, cum market.Qty, refused bool) []event.Body {
		return []event.Body{&event.ChildResolved{Child: 1, Outcome: outcome, Cum: cum, Px: 100 * market.Dollar, Actor: "desk", Reason: "by phone"},
			&event.AnswerPerson{Refused: refused}}
	}
	fill := func(id string, q, cum market.Qty) *event.ChildExecuted {
		return &event.ChildExecuted{Child: 1, ExecID: id, Qty: q, Cum: cum}
	}
	for _, tc := range []struct {
		name  string
		do    [][]event.Body
		taken market.Qty
	}{
		{"canceled with some", [][]event.Body{decide(event.ResolvedCanceled, 300, false)}, 300},
		{"filled", [][]event.Body{decide(event.ResolvedFilled, 0, false)}, 600},
		{"never sent", [][]event.Body{decide(event.ResolvedNeverSent, 0, false)}, 0},
		{"working keeps all", [][]event.Body{decide(event.ResolvedWorking, 200, false)}, 600},
		{"refused by the engine", [][]event.Body{decide(event.ResolvedCanceled, 0, true)}, 600},
		{"less than the venue reported", [][]event.Body{{fill("A", 400, 400)}, decide(event.ResolvedCanceled, 300, false)}, 600},
		{"more than the order", [][]event.Body{decide(event.ResolvedCanceled, 601, false)}, 600},
		{"the venue reports them later", [][]event.Body{decide(event.ResolvedCanceled, 300, false), {fill("A", 100, 100), fill("B", 200, 300), fill("A", 100, 100)}}, 300},
		{"the venue reports more", [][]event.Body{decide(event.ResolvedCanceled, 300, false), {fill("A", 100, 100), fill("B", 250, 350)}}, 350},
		{"new fills of one that works", [][]event.Body{decide(event.ResolvedWorking, 200, false), {fill("C", 100, 300)}, decide(event.ResolvedCanceled, 300, false)}, 300},
	} {
		g := lastGate()
		expect(t, tc.name, g.Check(send(1, 600)), "")
		for _, step := range tc.do {
			for _, b := range step {
				g.Observe(b)
			}
		}
		if taken, _ := g.Taken(1); taken != tc.taken {
			t.Errorf("%s: %d taken, want %d", tc.name, taken, tc.taken)
		}
		expect(t, tc.name+": the rest", g.Check(send(2, 1000-tc.taken)), "")
		expect(t, tc.name+": one more", g.Check(send(3, 1)), "RISK-01")
	}
}
