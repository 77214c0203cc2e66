package sim

import (
	"math"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// withScouts adds somebody who hunts for large orders at some venues.
func withScouts(venues ...int) func(*Flow) {
	return func(f *Flow) {
		f.ScoutHits, f.ScoutTake, f.ScoutMax, f.ScoutHold, f.ScoutLarge, f.ScoutLag = 3, 2000, 20_000, 20, 4, market.Millisecond
		for _, i := range venues {
			f.Venues[i].ScoutRate = 1
		}
	}
}

// interval gives the mean of x and the half width of its 95 % interval (normal).
func interval(x []float64) (mean, half float64) {
	square := 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		square += (v - mean) * (v - mean) / float64(len(x)-1)
	}
	return mean, 1.96 * math.Sqrt(square/float64(len(x)))
}

// bought is how a client's buying went, in bps; more is worse.
type bought struct {
	shortfall float64 // against the mid at its start, what it did not get marked to the ask at the end
	regret    float64 // what it paid above the mid a minute after each fill, by shares
}

// buying runs a client that wants want shares and works them by act, called every second.
func buying(t *testing.T, seed uint64, tune func(*Flow), want market.Qty, seconds int, act func(m *Market, second int, left market.Qty)) (b bought) {
	cfg, flow := single(seed)
	flow.Volatility, flow.JumpsPerHour = 0.25, 0 // a quiet day shows what a run of few seeds can
	tune(&flow)
	type fill struct {
		second int
		q      market.Qty
		px     market.Price
	}
	var fills []fill
	var got market.Qty
	var mids []float64
	cfg.OnReport = func(r *Report) {
		if r.Kind == Filled {
			fills = append(fills, fill{len(mids), r.LastQty, r.LastPx})
			got += r.LastQty
		}
	}
	m := populated(t, cfg, flow)
	m.RunUntil(market.Time(market.Minute))
	start, end := float64(m.NBBO("ACME").Mid()), 0.0
	for s := range seconds + 60 {
		if s < seconds {
			act(m, s, want-got)
			end = float64(m.NBBO("ACME").Ask)
		}
		m.RunUntil(m.Now().Add(market.Second))
		mids = append(mids, float64(m.NBBO("ACME").Mid()))
	}
	for _, f := range fills {
		if f.second+59 < len(mids) {
			b.regret += (float64(f.px) - mids[f.second+59]) * float64(f.q) / float64(max(got, 1)) / start * 1e4
		}
		b.shortfall += (float64(f.px) - start) * float64(f.q) / float64(want) / start * 1e4
	}
	b.shortfall += (end - start) * float64(want-got) / float64(want) / start * 1e4
	return b
}

// extra gives what scouts make a way of buying cost more, seed by seed.
func extra(t *testing.T, scouts, without func(*Flow), seeds int, want market.Qty, seconds int, act func(m *Market, second int, left market.Qty)) (shortfall, regret []float64) {
	for seed := range uint64(seeds) {
		x, y := buying(t, seed+1, scouts, want, seconds, act), buying(t, seed+1, without, want, seconds, act)
		shortfall, regret = append(shortfall, x.shortfall-y.shortfall), append(regret, x.regret-y.regret)
	}
	return shortfall, regret
}

// restDark rests all that is wanted in one pool.
func restDark(least market.Qty) func(*Market, int, market.Qty) {
	return func(m *Market, second int, left market.Qty) {
		if second == 0 {
			m.Submit(5, Order{Client: "c", ClOrdID: "block", Symbol: "ACME", Side: market.Buy, Type: order.Midpoint, Qty: left, MinQty: least})
		}
	}
}

// TestScoutsMakeLeakageCost: the fills of a large resting dark order are regretted more where scouts probe, in a pool where nothing else large
// rests; the same with a minimum quantity above their probe does not.
func TestScoutsMakeLeakageCost(t *testing.T) {
	seeds := 60
	if testing.Short() {
		seeds = 30
	}
	quiet := func(f *Flow) { f.Venues[5].BlockRate, f.Venues[5].PingRate = 0, 0.3 }
	scouts := func(f *Flow) {
		quiet(f)
		withScouts(5)(f)
	}
	_, open := extra(t, scouts, quiet, seeds, 20_000, 240, restDark(0))
	_, closed := extra(t, scouts, quiet, seeds, 20_000, 240, restDark(200))
	var less []float64
	for i := range open {
		less = append(less, open[i]-closed[i])
	}
	cost, half := interval(open)
	save, halfSave := interval(less)
	t.Logf("scouts add %+.2f ± %.2f bps to the markout of 20,000 shares at the midpoint; a minimum of 200 saves %.2f ± %.2f of it", cost, half, save, halfSave)
	if cost-half <= 0 {
		t.Errorf("scouts add %+.2f ± %.2f bps to a large dark order, want more than 0", cost, half)
	}
	if save-halfSave <= 0 {
		t.Errorf("a minimum quantity saves %.2f ± %.2f bps, want more than 0", save, halfSave)
	}
}

// showLit keeps 20,000 displayed at the best bid of one lit venue, priced anew every ten seconds.
func showLit(m *Market, second int, left market.Qty) {
	if second%10 == 0 && left > 0 {
		m.CancelAll(0, "c")
		m.Submit(0, Order{Client: "c", ClOrdID: itoa(second), Symbol: "ACME", Side: market.Buy, Type: order.Limit, Qty: min(left, 20_000), Limit: m.NBBO("ACME").Bid})
	}
}

// hideSmall works small midpoint orders over the pools and a lit venue, each with a minimum above the scouts' probe.
func hideSmall(m *Market, second int, left market.Qty) {
	venues := []market.VenueID{5, 6, 7, 0, 3}
	if second%2 != 0 {
		return
	}
	for i, v := range venues {
		m.CancelAll(v, "c")
		if q := min(left, 500); q >= 200 {
			left -= q
			m.Submit(v, Order{Client: "c", ClOrdID: itoa(second*10 + i), Symbol: "ACME", Side: market.Buy, Type: order.Midpoint, Qty: q, MinQty: 200})
		}
	}
}

// TestShowingLargeCosts: in a crowd of scouts that look often, where makers heed what is displayed, small hidden orders beat
// one large displayed order, and the crowd is what the displayed order's fills are regretted for.
func TestShowingLargeCosts(t *testing.T) {
	seeds := uint64(80)
	if testing.Short() {
		seeds = 30
	}
	crowd := func(f *Flow) {
		withScouts(0, 1, 2, 3, 4)(f)
		f.LeanQueue, f.ScoutTake = 4, 4000
		for i := range 5 {
			f.Venues[i].ScoutRate = 10
		}
	}
	var worse, regret []float64
	for seed := range seeds {
		shown, hidden := buying(t, seed+1, crowd, 20_000, 240, showLit), buying(t, seed+1, crowd, 20_000, 240, hideSmall)
		alone := buying(t, seed+1, func(*Flow) {}, 20_000, 240, showLit)
		worse, regret = append(worse, shown.shortfall-hidden.shortfall), append(regret, shown.regret-alone.regret)
	}
	cost, half := interval(worse)
	later, halfLater := interval(regret)
	t.Logf("20,000 displayed in a crowd: shortfall %+.2f ± %.2f bps against small hidden orders, markout worse by %.2f ± %.2f than without the crowd", cost, half, later, halfLater)
	if cost-half <= 0 {
		t.Errorf("displaying costs %+.2f ± %.2f bps more than hiding, want above 0", cost, half)
	}
	if !testing.Short() && later-halfLater <= 0 {
		t.Errorf("the crowd worsens its markout by %+.2f ± %.2f bps, want above 0", later, halfLater)
	}
}
