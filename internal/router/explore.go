package router

import (
	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// exploreDay is the day of a client's exploration, as the gate counts days.
const exploreDay = 24 * market.Hour

// The exploration budget (Learning.ExploreBudgetBps, b) bounds what exploring is expected to cost, by the learner's own
// figures at the decision: x = m·Σ_j π_L(j)·(μ_j − μ_min), bps of what the decision wants to place. It holds twice.
//
//   - Of a parent: Σ x·want ≤ b·quantity. Whoever sends one order is not asked for more than whoever sends a hundred.
//   - Of a client's day: Σ x·want·mid ≤ b·(traded today + open now). With orders that trade this follows from the first;
//     a client who cancels most of what it sends pays by what it trades, not by what it sent.
//
// What is left is spread over the shares that are left: a decision may spend left/leaves for each share that it wants.
// So the first wave of a parent cannot spend all, waves that fill nothing and come again spend less each time, and no
// order of decisions exceeds the budget: x·want ≤ left·want/leaves ≤ left. A cut mix has exact propensities like any other,
// and the weight of what is learned from it does not change (PLN-04, LRN-03).

// allowed is what a decision of parent p may spend on exploration, bps of want.
func (e *Engine) allowed(p *parentState, want market.Qty) float64 {
	b, mid := e.cfg.Learning.ExploreBudgetBps, p.symbol.quote.Mid()
	leaves := float64(max(p.Leaves(), want))
	if mid <= 0 || leaves <= 0 {
		return 0
	}
	own := (float64(b*float64(p.Terms.Qty)) - p.explored) / leaves

	open, traded := e.gate.Used(p.Client, e.now)
	working := max(dollars(open), float64(float64(want)*mid.Dollars()))
	day := (float64(b*(dollars(open)+dollars(traded))) - e.exploredToday(p.Client)) / working
	return max(0, min(own, day))
}

// dollars is a notional as a figure.
func dollars(n market.Notional) float64 {
	hi, lo := n.Parts()
	return (float64(float64(hi)*(1<<64)) + float64(lo)) / float64(market.Dollar)
}

// exploredToday is what exploring with a client's orders was expected to cost today, bps·dollars.
func (e *Engine) exploredToday(client string) float64 {
	if c := e.client(client); c.exploredOn == int64(e.now)/exploreDay {
		return c.explored
	}
	return 0
}

// spend books what a decision that sent something was expected to cost by exploring.
func (e *Engine) spend(p *parentState, d *event.RecordDecision) {
	if d.ExploreBps <= 0 {
		return
	}
	bps := float64(d.ExploreBps * float64(d.Want))
	p.explored += bps
	today := e.exploredToday(p.Client)
	c := e.client(p.Client)
	c.exploredOn, c.explored = int64(e.now)/exploreDay, today+float64(bps*d.Quote.Mid().Dollars())
}

// mix is how the plans of a decision are drawn. A client that opted out gets the cheapest plan and no other (MOP-25), and the
// static one while a hard limit holds the learner (SAF-04); a decision for which no model says figures (RISK-17), a directed order, an
// order of a static control (ABT-01), and everything with learning off, is static.
func (e *Engine) mix(p *parentState, plans []bandit.Plan, d *event.RecordDecision) bandit.Mix {
	l := &e.learner
	switch {
	case e.plans.blind || l.off || p.control || p.directed >= 0 || p.Terms.NoExplore && l.loss.held:
		return bandit.Mix{}
	case p.Terms.NoExplore:
		return bandit.Mix{Gamma: bandit.Greedy, Share: 1}
	}
	mix := l.explore.Mix(l.shareNow())
	d.AllowedBps = e.allowed(p, d.Want)
	mix, d.Thrifty = mix.Within(plans, d.AllowedBps)
	return mix
}
