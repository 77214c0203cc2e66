package router

import "github.com/sluice-sor/sluice/internal/market"

// ownImpact is how far our own trading holds the symbol's mid up now (down where negative), in bps: a mid less this is the
// mid that teaches (FIT-05). Exactly 0 where we have not traded.
func (e *Engine) ownImpact(s *symbolState) float64 {
	if s.ADV <= 0 {
		return 0
	}
	b := s.own.At(int64(e.now))
	kernel := e.learner.kernel(&e.cfg)
	return float64(s.DayVolBps * kernel.Of(&b))
}

// leaveFootprint remembers what took displayed liquidity. What rested and was met moved nothing itself: who met it did. An
// execution of an earlier day, or one that a person books much later, moved a mid that is forgotten.
func (e *Engine) leaveFootprint(p *parentState, x *execution) {
	if s := p.symbol; s.ADV > 0 && x.Liquidity == market.Removed && e.venues[x.Key.Venue].Type.Displayed() {
		s.own.Trade(int64(e.now), float64(p.Terms.Side.Sign()), float64(x.Qty)/float64(s.ADV))
	}
}
