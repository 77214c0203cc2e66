package compare

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/internal/sim"
)

func proto(t *testing.T, seed uint64, n int, tune func(*router.Config), belief ...[]byte) *ledger {
	start := market.Time(1_700_000_000 * market.Second)
	cfg, flow := sim.Balanced(seed, start, 0)
	rc := router.DefaultConfig()
	rc.Seed = seed
	hist := []market.History{{400, 95, 7, .3}, {500, 95, 7, .2}, {500, 90, 6, .1}, {200, 95, 8, .2}, {400, 85, 5, .1}, {900, 40, 2, .05}, {1000, 45, 2, .05}, {1000, 30, 2, .05}, {100, 20, 1, .02}}
	for i := range cfg.Venues {
		cfg.Venues[i].History = hist[i]
		rc.Venues = append(rc.Venues, cfg.Venues[i].Venue)
	}
	rc.Instruments = cfg.Symbols
	tune(&rc)
	d, err := newDesk(cfg, rc)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.market.Populate(flow); err != nil {
		t.Fatal(err)
	}
	for _, b := range belief {
		if err := d.engine.Believe(b); err != nil {
			t.Fatal(err)
		}
	}
	l := newLedger(d)
	d.run(start.Add(30 * market.Second))
	rnd := rand.New(rand.NewPCG(seed, 5))
	at := d.market.Now()
	for i := range n {
		at = at.Add(int64(rnd.ExpFloat64() * 6.67 * float64(market.Second)))
		d.run(at)
		sym := cfg.Symbols[rnd.IntN(3)]
		tm := order.Terms{Symbol: sym.Symbol, Side: market.Side(1 + rnd.IntN(2)), Type: order.Market, Strategy: order.Block, Capacity: 'A',
			Qty: market.Qty(min(200, max(1, math.Exp(3+rnd.NormFloat64()*.9)))) * 100}
		tm.End = at.Add(market.Second * int64(30+rnd.IntN(60)))
		l.expect(order.ParentID(i+1), &tm)
		d.parent(fmt.Sprint("P", i+1), &tm)
	}
	d.run(at.Add(3 * market.Minute))
	t.Log(d.alerts, len(l.open), d.market.Stats())
	return l
}


func show(t *testing.T, p string, l, base *ledger) {
	var sum Parts
	var fill, qty float64
	for i := range l.byID {
		o := &l.byID[i]
		sum.Spread += o.Spread
		sum.Fees += o.Fees
		sum.Impact += o.Impact
		sum.Timing += o.Timing
		sum.Opportunity += o.Opportunity
		fill += float64(o.Filled)
		qty += float64(o.Qty)
	}
	k := float64(len(l.byID))
	d, dd := 0.0, 0.0
	for i := range l.byID {
		x := l.byID[i].Total() - base.byID[i].Total()
		d += x
		dd += x * x
	}
	d /= k
	se := math.Sqrt((dd/k - d*d) / k)
	t.Logf("%-8s is %.3f spread %.3f fees %.3f impact %.3f timing %.3f opp %.3f fill %.3f markout %.3f diff %.3f +- %.3f", p, sum.Total()/k, sum.Spread/k, sum.Fees/k, sum.Impact/k, sum.Timing/k, sum.Opportunity/k, fill/qty, l.markSum/float64(l.marks), d, se)
	for i, v := range l.venues {
		t.Logf("   %d sent %d filled %d (%.2f) fees %v mk %.3f est fill %.3f tox %.3f", i, v.Sent, v.Filled, float64(v.Filled)/float64(max(1, v.Sent)), v.Fees, v.MarkoutSum/float64(max(1, v.Markouts)), v.FillProb, v.ToxBps)
	}
}

func TestProto(t *testing.T) {
	off := func(rc *router.Config) { rc.Learning.Off = true }
	explore := func(rc *router.Config) { rc.Learning.Start, rc.Learning.StaticMin, rc.Learning.Floor = 1, 0, 1 }
	mixed := func(rc *router.Config) { rc.Learning.Start, rc.Learning.StaticMin, rc.Learning.Floor, rc.Learning.Gamma0 = 1, 0, .2, 1e7 }
	greedy := func(rc *router.Config) {
		rc.Learning.Start, rc.Learning.StaticMin, rc.Learning.Floor, rc.Learning.Gamma0, rc.Learning.Frozen = 1, 0, 0, 1e6, true
	}
	st := proto(t, 3, 6000, off)
	show(t, "static", st, st)
	a := proto(t, 1003, 8000, explore)
	b := proto(t, 1004, 8000, mixed, a.desk.engine.Posterior(nil))
	show(t, "mixed", b, b)
	o := proto(t, 3, 6000, greedy, b.desk.engine.Posterior(nil))
	show(t, "oracle", o, st)
	f := proto(t, 3, 6000, func(rc *router.Config) { rc.Learning.Start = .95 })
	show(t, "learner", f, st)
	_ = time.Now
}
