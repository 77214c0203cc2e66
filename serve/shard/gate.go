package shard

import (
	"sync"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
)

// lastGate is stage B of the pre-trade controls at the send point (RISK-01). The engine's goroutine shows it every event
// and command in the order of the journal; the releaser's asks it about each intent just before it leaves. The gate may
// so know more than the intent's place in the journal says, never less: a halt or a late fill takes effect on what
// still waits for durability.
type lastGate struct {
	mu      sync.Mutex
	gate    *risk.LastGate
	refused map[order.ChildID]bool // never handed out; the releaser's
	skipped map[string]string      // by the ClOrdID of a replace that was not handed out: the one it followed; the releaser's
}

func newLastGate(venues []market.Venue) *lastGate {
	return &lastGate{gate: risk.NewLastGate(venues), refused: map[order.ChildID]bool{}, skipped: map[string]string{}}
}

// observe shows the gate a record in the journal's order; replayed says that intents are counted too, because what the
// gate once let pass is not asked again after a restart.
func (g *lastGate) observe(body event.Body, replayed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch body.(type) {
	case *event.SendChild, *event.ReplaceChild:
		if !replayed {
			return // counted by check
		}
	}
	g.gate.Observe(body)
}

// check judges an intent at the send point.
func (g *lastGate) check(c *event.SendChild) risk.Refusal {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.gate.Check(c)
}

// checkReplace judges a replace at the send point.
func (g *lastGate) checkReplace(c *event.ReplaceChild) risk.Refusal {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.gate.CheckReplace(c)
}

// leaves judges at the exit of a session's queue.
func (g *lastGate) leaves(child order.ChildID, request uint32, venue market.VenueID) risk.Refusal {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.gate.Leaves(child, request, venue)
}

// followed gives the ClOrdID that a request must name: a replace that never left is passed over in the chain (ER-04).
func (g *lastGate) followed(orig string) string {
	for {
		before, skipped := g.skipped[orig]
		if !skipped {
			return orig
		}
		orig = before
	}
}
