package router

import (
	"math"
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// rulesToday gives the dated rules that hold on the trading day (RULE-01).
func (e *Engine) rulesToday() *market.Rules {
	if day := e.learner.dayDate(); day != e.rulesOf || e.rules.Version == "" {
		e.rules, e.rulesOf = market.RulesOn(e.cfg.Regimes, day), day
	}
	return &e.rules
}

// rebound gives the gate the band of a symbol as it stands now, where a rule has one (RISK-04).
func (e *Engine) rebound(s *symbolState) {
	rule := e.rulesToday().Band
	if rule == nil {
		if s.band.Day != 0 { // it held yesterday
			s.band = market.BandReference{}
			e.gate.Band(s.Symbol, 0, 0)
		}
		return
	}
	untilClose := int64(math.MaxInt64)
	if !e.cfg.Hours.AlwaysOpen() {
		if !e.cfg.Hours.IsOpen(e.now) { // bands hold in the regular session
			e.gate.Band(s.Symbol, 0, 0)
			return
		}
		untilClose = e.cfg.Hours.Day(e.now).Close.Sub(e.now)
	}
	low, high := rule.Around(s.Symbol, s.PriorClose, s.band.Of(e.learner.dayDate(), e.now), untilClose)
	e.gate.Band(s.Symbol, low, high)
}

// protected gives the best displayed level that a taker on side finds at a venue, and whether it binds: a venue that
// displays, with a book that may enter a decision. Blind says that there is a quote whose price is not known now: its book
// is too old, has a gap, or is crossed.
func (e *Engine) protected(s *symbolState, v *venueState, side market.Side) (l market.Level, binds, blind bool) {
	if !v.Type.Displayed() || !s.cons.Has[v.ID] || s.cons.Books[v.ID].Halted {
		return l, false, false
	}
	if !s.cons.Usable(v.ID, e.now, v.QuoteMs*market.Millisecond) {
		return l, false, true
	}
	if far := s.cons.Books[v.ID].Far(side); len(far) > 0 {
		return far[0], true, false
	}
	return l, false, false
}

// withinRule is RULE-02: no share of a sweep trades through a protected quote, unless the same sweep takes the whole of
// every better one (as intermarket sweep orders). What would is taken back to the price of the best quote that is left
// over, or out. While a venue's quote is not known nothing is swept past the best that is. It changes shares in place and
// gives those that stay.
func (e *Engine) withinRule(s *symbolState, side market.Side, shares []event.Share) []event.Share {
	for {
		bound, best := e.bounds(s, side, shares)
		changed := false
		shares = slices.DeleteFunc(shares, func(h event.Share) bool {
			worst := bound
			if best > 0 && !e.venues[h.Venue].Caps.Has(market.CapISO) && (worst == 0 || side.Worse(worst, best)) {
				worst = best // it cannot be told that others are swept too
			}
			out := worst > 0 && side.Worse(e.venues[h.Venue].bestTake(s, side), worst)
			changed = changed || out
			return out
		})
		for i := range shares {
			h := &shares[i]
			worst := bound
			if best > 0 && !e.venues[h.Venue].Caps.Has(market.CapISO) && (worst == 0 || side.Worse(worst, best)) {
				worst = best
			}
			if worst > 0 && (h.Limit <= 0 || side.Worse(h.Limit, worst)) {
				h.Limit = worst
				if q := s.cons.Books[h.Venue].Takeable(side, worst); q < h.Qty {
					h.Qty, changed = q, true
				}
			}
		}
		if !changed {
			return shares
		}
	}
}

// bounds gives the best quote that the shares do not take whole, beyond which nothing may trade, and the best of all;
// 0 where there is none.
func (e *Engine) bounds(s *symbolState, side market.Side, shares []event.Share) (bound, best market.Price) {
	blindness := false
	better := func(p *market.Price, q market.Price) {
		if *p == 0 || side.Worse(*p, q) {
			*p = q
		}
	}
	for i := range e.venues {
		v := &e.venues[i]
		l, binds, blind := e.protected(s, v, side)
		blindness = blindness || blind
		if !binds {
			continue
		}
		better(&best, l.Price)
		swept := slices.ContainsFunc(shares, func(h event.Share) bool { return h.Venue == v.ID && h.Qty >= l.Size })
		if !swept {
			better(&bound, l.Price)
		}
	}
	if blindness && best > 0 {
		better(&bound, best)
	}
	return bound, best
}

// sweeps reports whether a share goes out as an intermarket sweep order: somewhere else a better price is displayed, which
// the same sweep takes.
func (e *Engine) sweeps(s *symbolState, side market.Side, h *event.Share) bool {
	for i := range e.venues {
		v := &e.venues[i]
		if l, binds, _ := e.protected(s, v, side); binds && v.ID != h.Venue && side.Worse(h.Limit, l.Price) {
			return true
		}
	}
	return false
}

// sendSweep sends a sweep under a rule against trading through: first every share is judged, then what the others may do
// without those that were refused, and only then the first goes out (RULE-02).
func (e *Engine) sendSweep(p *parentState, plan *event.PlanView, d *event.RecordDecision) int {
	before := len(p.children)
	judged := plan.Shares[:0]
	exposure := p.exposure() + e.held(p)
	for i := range plan.Shares {
		s := plan.Shares[i]
		c := e.newChild(p, &s, d)
		r := e.gate.Child(&p.Parent, exposure, before+len(judged), &c.Child, p.symbol.quote)
		why := ""
		if r.Passed() {
			why = e.beyondRate(p, &s, &c.Child)
		} else {
			why = r.Rule + ": " + r.Text
		}
		if why != "" {
			e.vetoed(p, c, d, why)
			continue
		}
		exposure += s.Qty
		judged = append(judged, s)
	}
	kept := e.withinRule(p.symbol, p.Terms.Side, judged)
	d.Void = d.Void || len(kept) < len(plan.Shares)
	plan.Shares = kept
	sent, strayed := 0, false
	for i := range plan.Shares {
		s := &plan.Shares[i]
		if !e.distinct(p, s, &strayed) {
			d.Void, d.Vetoed = true, "RISK-07: the same child was sent too often without a fill"
			e.stop(p, nil, "RISK-07", "the same child was sent too often without a fill or a change: a person must look")
			return sent
		}
		c := e.newChild(p, s, d)
		c.ISO = e.sweeps(p.symbol, p.Terms.Side, s)
		e.send(p, c)
		sent++
	}
	return sent
}
