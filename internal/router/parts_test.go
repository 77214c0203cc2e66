package router

import (
	"fmt"
	"math"
	"testing"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

func near(got, want float64) bool { return math.Abs(got-want) <= 1e-9*(1+math.Abs(want)) }

// addsUp holds the cost identity over what a decision recorded (learning text 1.1): the parts of every venue and of every plan
// sum to their expected cost, and a plan that sends a venue what its view is of costs what the view says, and the rest
// of what was wanted costs as much as finishing later. It gives what is wrong.
func addsUp(d *event.RecordDecision) string {
	for i := range d.Venues {
		v := &d.Venues[i]
		switch {
		case v.Excluded != "" && (v.Size != 0 || v.Parts != event.CostParts{} || v.ExpectBps != 0 || v.ExpectSd != 0):
			return fmt.Sprintf("decision %d left venue %d out and expects %+v of it", d.Decision, v.Venue, *v)
		case v.Excluded != "":
			continue
		case v.Size <= 0 || v.ExpectSd < 0:
			return fmt.Sprintf("decision %d considered %d shares at venue %d, sd %v", d.Decision, v.Size, v.Venue, v.ExpectSd)
		case !near(v.Parts.Sum(), v.ExpectBps):
			return fmt.Sprintf("decision %d, venue %d: %+v sum to %v, not %v", d.Decision, v.Venue, v.Parts, v.Parts.Sum(), v.ExpectBps)
		}
		filled := min(1, v.ExpectQty/float64(v.Size))
		if want := filled*v.CostBps + (1-filled)*d.OppBps + v.Parts.Leakage; !near(v.ExpectBps, want) {
			return fmt.Sprintf("decision %d, venue %d: %v a share, but %v of it costs %v and the rest %v", d.Decision, v.Venue, v.ExpectBps, filled, v.CostBps, d.OppBps)
		}
	}
	for i := range d.Plans {
		p := &d.Plans[i]
		if !near(p.Parts.Sum(), p.CostBps) {
			return fmt.Sprintf("decision %d, plan %s: %+v sum to %v, not %v", d.Decision, p.Name, p.Parts, p.Parts.Sum(), p.CostBps)
		}
		sum, left, whole := 0.0, d.Want, true
		for _, s := range p.Shares {
			v := &d.Venues[s.Venue]
			whole = whole && s.Qty == v.Size
			sum += float64(s.Qty) * v.ExpectBps
			left -= s.Qty
		}
		if want := (sum + float64(left)*d.OppBps) / float64(d.Want); whole && !near(p.CostBps, want) {
			return fmt.Sprintf("decision %d, plan %s costs %v, its venues and the rest %v", d.Decision, p.Name, p.CostBps, want)
		}
	}
	return ""
}

// TestPartsAddUp: over orders of every kind, with and without fills, the identity holds in each stage's decisions.
func TestPartsAddUp(t *testing.T) {
	stages := map[event.Stage]int{}
	for _, terms := range []order.Terms{
		{Side: market.Buy, Qty: 30_000},
		{Side: market.Sell, Qty: 300_000, Strategy: order.Block, Objective: order.MinImpact, Urgency: order.Low},
		{Side: market.Buy, Qty: 4_030, Objective: order.Speed, Urgency: order.High},
		{Side: market.Sell, Qty: 9_000, MinQty: 500, Objective: order.MinCost},
		{Side: market.Buy, Qty: 30},
	} {
		w := newWorld(t, testConfig())
		for v := venueInternal; v <= venueDarkC; v++ {
			w.hidden[v] = 2_500
		}
		terms.End = w.now.Add(20 * market.Minute)
		w.parent("P1", terms)
		w.run(20 * market.Minute)
		for i := range w.decided {
			d := &w.decided[i]
			if text := addsUp(d); text != "" {
				t.Error(text)
			}
			if len(d.Plans) > 0 {
				stages[d.Stage]++
			}
		}
	}
	for s := event.StageInternal; s <= event.StageSweep; s++ {
		if stages[s] == 0 {
			t.Errorf("no decision of the stage %v was looked at: %v", s, stages)
		}
	}
}

// TestPartsSigns: a sweep pays the spread, the fee and the impact, a post earns the spread and a rebate, the midpoint has no spread.
func TestPartsSigns(t *testing.T) {
	cfg := testConfig()
	cfg.Limits.NoSelfCross = false // the one posts where the other sweeps
	w := newWorld(t, cfg)
	w.parent("P1", order.Terms{Side: market.Sell, Qty: 300_000, Strategy: order.Block, Objective: order.MinImpact, End: w.now.Add(90 * market.Minute)})
	w.run(5 * market.Minute)
	w.parent("P2", order.Terms{Side: market.Buy, Qty: 300_000, Urgency: order.High, Objective: order.Speed})
	w.run(5 * market.Minute)
	seen := map[order.Style]bool{}
	for _, d := range w.decided {
		for _, v := range d.Venues {
			if v.Excluded != "" {
				continue
			}
			seen[v.Style] = true
			p, maker := v.Parts, v.Venue == venueInverted // which pays takers and charges who posts
			bad := p.Opportunity <= 0 || p.Leakage != 0
			switch v.Style {
			case order.StyleDark, order.StyleInternal:
				bad = bad || p.Spread != 0 || p.Fee < 0 || p.Impact != 0
			case order.StylePost:
				bad = bad || p.Spread >= 0 || (p.Fee < 0) == maker || p.Impact <= 0
			case order.StyleSweep:
				bad = bad || p.Spread <= 0 || (p.Fee > 0) == maker || p.Impact <= 0
			}
			if bad {
				t.Errorf("decision %d, %v at venue %d: %+v", d.Decision, v.Style, v.Venue, p)
			}
		}
	}
	for _, s := range []order.Style{order.StyleDark, order.StyleInternal, order.StylePost, order.StyleSweep} {
		if !seen[s] {
			t.Errorf("nothing was considered for %v", s)
		}
	}
}

// priced is an engine in lots of 100, a displayed candidate of it and a dark one, 1,000 shares each.
func priced(t *testing.T) (e *Engine, lit, dark candidate) {
	t.Helper()
	w := newWorld(t, testConfig())
	e = w.e
	e.plans.lot, e.plans.slot = 100, e.learner.slot
	lit = candidate{venue: &e.venues[venueLitX], style: order.StylePost, cap: 1000, edge: -1, fee: -.4, impact: .3, tox: .5, cost: -.6}
	lit.view.fill = bandit.FillPrediction{A: -.5, P: bandit.Sigmoid(-.5), SD: .4, Mean: .38}
	dark = candidate{venue: &e.venues[venueDarkA], style: order.StyleDark, cap: 1000, fee: .2, tox: .9, cost: 1.1}
	dark.view.fill = lit.view.fill
	dark.view.curve = e.learner.bandit.Size(armOf(venueDarkA, order.StyleDark)).Curve(.38)
	return e, lit, dark
}

// TestExpectSd: the standard error is the delta method's, against differences of the expected cost itself.
func TestExpectSd(t *testing.T) {
	e, lit, dark := priced(t)
	for name, c := range map[string]candidate{"lit": lit, "dark": dark} {
		const opp, step = 7., 1e-6
		expect := func(c candidate, sd float64) event.VenueView {
			c.expectN = 0
			v := event.VenueView{ToxSd: sd}
			e.expectations(&c, opp, &v)
			return v
		}
		at := expect(c, .25)
		moved := c
		moved.view.fill.Mean += step
		moved.view.curve.First += step
		fill := (expect(moved, 0).ExpectBps - at.ExpectBps) / step * c.view.fill.SE()
		moved = c
		moved.tox, moved.cost = c.tox+step, c.cost+step
		tox := (expect(moved, 0).ExpectBps - at.ExpectBps) / step * .25
		size := 0.0
		if c.style == order.StyleDark {
			size = (c.cost - opp) * e.learner.bandit.Size(armOf(venueDarkA, order.StyleDark)).ExpectedSD(&c.view.curve, new(bandit.Stairs), 10) / 10
		}
		if want := math.Sqrt(fill*fill + tox*tox + size*size); math.Abs(at.ExpectSd-want) > 1e-5 {
			t.Errorf("%s: sd %v, want %v", name, at.ExpectSd, want)
		}
	}
	dark.view.curve = e.learner.bandit.Size(armOf(venueDarkA, order.StyleDark)).After(10)
	v := event.VenueView{}
	e.expectations(&dark, 7, &v)
	if want := (7 - dark.cost) * e.learner.bandit.Size(armOf(venueDarkA, order.StyleDark)).ExpectedSD(&dark.view.curve, new(bandit.Stairs), 10) / 10; !near(v.ExpectSd, want) {
		t.Errorf("after a full fill the sd is %v, want the size's alone: %v", v.ExpectSd, want)
	}
}

// TestLeakage: λ is charged for every lot sent, filled or not, in venues and plans alike.
func TestLeakage(t *testing.T) {
	e, lit, dark := priced(t)
	var without, with event.VenueView
	e.expectations(&dark, 7, &without)
	dark.leak = .05
	e.expectations(&dark, 7, &with)
	if with.Parts.Leakage != .05 || !near(with.ExpectBps-without.ExpectBps, .05) || !near(with.Parts.Sum(), with.ExpectBps) {
		t.Errorf("λ = .05 a lot sent: %+v and %v a share, without it %v", with.Parts, with.ExpectBps, without.ExpectBps)
	}
	e.plans.cands = append(e.plans.cands[:0], lit, dark)
	plan := event.PlanView{Shares: []event.Share{{Venue: venueLitX, Qty: 500}, {Venue: venueDarkA, Qty: 300}}}
	cost := e.planCost(&plan, 2000, 7)
	if want := .05 * 3 / 20; !near(plan.Parts.Leakage, want) || !near(plan.Parts.Sum(), cost) {
		t.Errorf("a plan that sends 3 of 20 lots there leaks %v, want %v; %+v sum to %v", plan.Parts.Leakage, want, plan.Parts, cost)
	}
}
