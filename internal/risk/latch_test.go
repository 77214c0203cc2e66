package risk

import "testing"

// TestLastGateLatch holds that a breach stops the parent itself, not the one child: what would fit is refused too, until
// people found out why and armed it again (RISK-12).
func TestLastGateLatch(t *testing.T) {
	g := lastGate()
	expect(t, "more than was ordered", g.Check(send(1, 1_001)), "RISK-01")
	expect(t, "what would fit, of a parent that is stopped", g.Check(send(2, 100)), "RISK-01")
	g.Rearm(1)
	expect(t, "what fits, armed again", g.Check(send(3, 100)), "")
}
