package router

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// explorers are the clients of the random worlds; the last has opted out.
var explorers = []string{"AAA", "BBB", "OUT"}

// explorerWorld is a world whose learner explores as dearly as it may, with a budget.
func explorerWorld(t testing.TB, budget float64, seed uint64) *world {
	cfg := eager()
	cfg.Seed = seed
	cfg.Learning.ExploreBudgetBps, cfg.Learning.Gamma0 = budget, .1
	cfg.Clients = []ClientPolicy{{Name: "OUT", NoExplore: true}}
	w := newWorld(t, cfg)
	w.rng = rand.New(rand.NewPCG(seed, 3))
	w.hidden[venueDarkA], w.hidden[venueDarkC] = 40_000, 1<<40
	return w
}

// wander lets a random client do a random thing.
func (w *world) wander(i int) {
	client := explorers[w.rng.IntN(len(explorers))]
	id := fmt.Sprint("W", i)
	terms := order.Terms{Symbol: "ABC", Type: order.Market, Side: market.Sell, Qty: market.Qty(100 * (1 + w.rng.IntN(300))), Strategy: order.Block, Objective: order.Objective(w.rng.IntN(4)),
		End: w.now.Add(market.Minute)}
	if w.rng.IntN(2) == 0 {
		terms.Side, terms.Strategy = market.Buy, order.Immediate
	}
	terms.NoExplore = w.rng.IntN(10) == 0
	w.apply(&event.ParentReceived{Client: client, ClOrdID: id, Terms: terms})
	w.run(int64(w.rng.IntN(20)) * market.Second)
	if w.rng.IntN(2) == 0 {
		w.apply(&event.ParentCancelRequested{Client: client, ClOrdID: id + "X", OrigClOrdID: id})
	}
	w.run(int64(w.rng.IntN(30)) * market.Second)
}

// used is a client's value of today, dollars.
func (w *world) used(client string) float64 {
	open, traded := w.e.gate.Used(client, w.now)
	return dollars(open) + dollars(traded)
}

// TestExploreBudgetIsKept: over random worlds no parent's exploration, and no client's day of it, is expected to cost more than
// the budget; what the decisions record is what the parents were charged, and their propensities are those of the recorded
// mix (PLN-04).
func TestExploreBudgetIsKept(t *testing.T) {
	cut, spent := 0, 0.0
	for seed := range uint64(12) {
		budget := []float64{0, .01, .05, .4}[seed%4]
		w := explorerWorld(t, budget, seed+1)
		day := map[string]float64{}
		parents := map[order.ParentID]float64{}
		owner := map[order.ParentID]string{}
		for i := range 40 {
			before := map[string]float64{}
			for _, c := range explorers {
				day[c] = w.e.exploredToday(c)
				before[c] = w.used(c)
			}
			n := len(w.decided)
			w.wander(i)
			for _, d := range w.decided[n:] {
				owner[d.Parent] = w.e.parents[d.Parent].Client
				if d.Thrifty {
					cut++
				}
				if d.ExploreBps > d.AllowedBps || budget == 0 && d.ExploreBps != 0 {
					t.Fatalf("seed %d: decision %d spends %v of %v", seed, d.Decision, d.ExploreBps, d.AllowedBps)
				}
				parents[d.Parent] += d.ExploreBps * float64(d.Want)
				exact(t, &d)
			}
			for _, c := range explorers {
				// What is open when it is spent lies between what it was before and what it can become by the one order of this turn.
				most := before[c] + 30_100*51
				if now := w.e.exploredToday(c); now > day[c] && now > budget*most {
					t.Fatalf("seed %d: client %s spent %v of %v", seed, c, now, budget*most)
				}
			}
		}
		for id, p := range w.e.parents {
			if p.explored > budget*float64(p.Terms.Qty)*(1+1e-9) {
				t.Errorf("seed %d: parent %d of %d spent %v bps·shares, the budget is %v a share", seed, id, p.Terms.Qty, p.explored, budget)
			}
			if math.Abs(parents[id]-p.explored) > 1e-9*(1+p.explored) {
				t.Errorf("seed %d: parent %d was charged %v, its decisions say %v", seed, id, p.explored, parents[id])
			}
			if (owner[id] == "OUT" || p.Terms.NoExplore) && p.explored != 0 {
				t.Errorf("seed %d: parent %d of %s, who opted out, was explored with: %v", seed, id, owner[id], p.explored)
			}
			spent += p.explored
		}
	}
	if cut < 100 || spent == 0 {
		t.Errorf("%d decisions were cut, %v spent: the budgets never mattered", cut, spent)
	}
}

// exact recomputes a decision's law from what it recorded.
func exact(t *testing.T, d *event.RecordDecision) {
	t.Helper()
	if len(d.Plans) == 0 || d.Chosen < 0 {
		return
	}
	plans := make([]bandit.Plan, len(d.Plans))
	for j := range d.Plans {
		plans[j] = bandit.Plan{Cost: d.Plans[j].CostBps, Static: j == int(d.Static)}
	}
	var dist bandit.Distribution
	if err := dist.Compute(plans, bandit.Mix{Gamma: d.Gamma, Floor: d.Epsilon, Share: d.M}); err != nil {
		t.Fatal(err)
	}
	for j := range d.Plans {
		if math.Abs(d.Plans[j].Prob-dist.P[j]) > 1e-12 { // of equal plans another one's cost may be recorded, of another rounding
			t.Fatalf("decision %d: plan %d has probability %v, by its mix %v", d.Decision, j, d.Plans[j].Prob, dist.P[j])
		}
	}
	if x := dist.Extra(plans); d.Stage != event.StageHold && math.Abs(d.ExploreBps-x) > 1e-12 {
		t.Fatalf("decision %d: exploration costs %v, recorded %v", d.Decision, x, d.ExploreBps)
	}
}

// TestOptOutDrawsTheGreedyPlan: with a client's opt-out, or an order's, every decision is the cheapest plan with probability
// one, however eagerly the learner explores with others (MOP-25).
func TestOptOutDrawsTheGreedyPlan(t *testing.T) {
	w := explorerWorld(t, 100, 7)
	explored := 0
	for i := range 60 {
		w.wander(i)
	}
	for _, d := range w.decided {
		p := w.e.parents[d.Parent]
		if d.Chosen < 0 || len(d.Plans) < 2 {
			continue
		}
		best := 0
		for j := range d.Plans {
			if d.Plans[j].CostBps < d.Plans[best].CostBps {
				best = j
			}
		}
		if !p.Terms.NoExplore {
			if int(d.Chosen) != best {
				explored++
			}
			continue
		}
		if int(d.Chosen) != best || d.Plans[best].Prob != 1 || d.ExploreBps != 0 {
			t.Fatalf("decision %d of client %s drew plan %d with %v, the cheapest is %d; it spent %v", d.Decision, p.Client, d.Chosen, d.Plans[best].Prob, best, d.ExploreBps)
		}
	}
	if explored < 10 {
		t.Errorf("others were explored with %d times: nothing shows that opting out matters", explored)
	}
}

// TestExploreBudgetOfADay: a client's day is used up by what its canceled orders explored, begins anew the next day, and
// survives a snapshot.
func TestExploreBudgetOfADay(t *testing.T) {
	w := explorerWorld(t, .05, 5)
	w.now = market.Time(1_700_000_000 * market.Second / exploreDay * exploreDay).Add(exploreDay + 14*market.Hour)
	w.quote(50*market.Dollar, 50*market.Dollar+10_000)
	w.autoFill = false
	churn := func(n int) (spent float64) {
		for range n {
			id := fmt.Sprint("D", w.seq)
			w.parent(id, order.Terms{Side: market.Sell, Qty: 20_000, Strategy: order.Block, End: w.now.Add(10 * market.Minute)})
			w.run(200 * market.Millisecond)
			w.apply(&event.ParentCancelRequested{Client: "EMS", ClOrdID: id + "X", OrigClOrdID: id})
			w.run(market.Second)
			w.quote(50*market.Dollar, 50*market.Dollar+10_000)
		}
		for _, p := range w.e.parents {
			spent += p.explored
		}
		return spent
	}
	// All that is open at once is one order: what a hundred of them explore is its budget, not theirs.
	first, all := churn(1), churn(100)
	if one := .05 * 20_000.; first == 0 || all > one*1.001 {
		t.Errorf("the first order explored for %v bps·shares, a hundred canceled ones for %v; want no more than one order's %v", first, all, one)
	}
	today := w.e.exploredToday("EMS")
	again := restored(t, w.e)
	if got := again.exploredToday("EMS"); got != today || today == 0 {
		t.Errorf("a restored engine says %v, want %v", got, today)
	}
	if !bytes.Equal(again.AppendSnapshot(nil), w.e.AppendSnapshot(nil)) {
		t.Error("the snapshot of a restored engine differs")
	}
	w.now = w.now.Add(exploreDay)
	w.quote(50*market.Dollar, 50*market.Dollar+10_000)
	if got := w.e.exploredToday("EMS"); got != 0 {
		t.Errorf("the next day begins with %v", got)
	}
	if churn(1); w.e.exploredToday("EMS") == 0 {
		t.Error("nothing is explored the next day")
	}
}
