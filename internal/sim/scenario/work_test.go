package scenario

import (
	"math"
	"reflect"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

func balanced(t testing.TB) *Scenario {
	t.Helper()
	for _, s := range shipped(t) {
		if s.Name == "balanced" {
			return s
		}
	}
	t.Fatal("there is no scenarios/balanced.toml")
	return nil
}

// TestWork draws the balanced market's work: in order, within its bounds, the same for a seed and another for another.
func TestWork(t *testing.T) {
	s := balanced(t)
	const n = 10_000
	a, b, other := s.Work(3), s.Work(3), s.Work(4)
	var last Parent
	var logs, buys float64
	kinds := map[order.Strategy]int{}
	differs := false
	for i := 1; i <= n; i++ {
		p, ok := a.Next()
		q, _ := b.Next()
		o, _ := other.Next()
		if !ok || !reflect.DeepEqual(p, q) {
			t.Fatalf("parent %d: %+v and %+v of one seed", i, p, q)
		}
		differs = differs || !reflect.DeepEqual(p, o)
		if p.N != i || p.At < last.At || p.At < s.Warm {
			t.Fatalf("parent %d has number %d and time %d after %d", i, p.N, p.At, last.At)
		}
		if p.Terms.Qty%100 != 0 || p.Terms.Qty < 100 || p.Terms.Qty > 125_000 {
			t.Fatalf("parent %d has %d shares", i, p.Terms.Qty)
		}
		if p.Terms.Strategy == order.VWAP && p.Horizon < 60*market.Second || p.Terms.Strategy == order.POV && p.Terms.MaxPctBps < 1000 {
			t.Fatalf("parent %d: %+v", i, p)
		}
		if p.Terms.Strategy == order.Immediate {
			logs += math.Log(float64(p.Terms.Qty))
		}
		if p.Terms.Side == market.Buy {
			buys++
		}
		kinds[p.Terms.Strategy]++
		last = p
	}
	if !differs {
		t.Error("two seeds give the same work")
	}
	if h := float64(last.At) / float64(market.Hour); h < 15 || h > 22 {
		t.Errorf("%d parents take %.1f hours, want 15 to 22", n, h)
	}
	if median := math.Exp(logs / float64(kinds[order.Immediate])); median < 1300 || median > 1700 {
		t.Errorf("geometric mean size %.0f, want about 1500", median)
	}
	if share := buys / n; share < 0.46 || share > 0.54 {
		t.Errorf("%.3f of the parents buy, want about half", share)
	}
	for k, want := range map[order.Strategy]float64{order.Immediate: 0.60, order.VWAP: 0.20, order.POV: 0.08, order.Block: 0.12} {
		if got := float64(kinds[k]) / n; math.Abs(got-want) > 0.02 {
			t.Errorf("%.3f of the parents are %v, want %.2f", got, k, want)
		}
	}
}

func TestWorkEnds(t *testing.T) {
	s := balanced(t)
	s.Parents.Count = 7
	w := s.Work(1)
	n := 0
	for _, ok := w.Next(); ok; _, ok = w.Next() {
		n++
	}
	s.Parents.Count, s.Parents.Until = 0, s.Warm+10*market.Minute
	w = s.Work(1)
	last := int64(0)
	for p, ok := w.Next(); ok; p, ok = w.Next() {
		last = p.At
	}
	if n != 7 || last == 0 || last > s.Parents.Until {
		t.Errorf("count 7 gives %d parents; the last before %d is at %d", n, s.Parents.Until, last)
	}
}

// TestSizes: the forms of distributions against their formulas.
func TestSizes(t *testing.T) {
	in := &market.Instrument{Symbol: "S", Lot: 1, ADV: 1_000_000}
	s := &Scenario{Symbols: []market.Instrument{*in}, Parents: Parents{Every: market.Second, Fixed: true, Buy: 1,
		Mix: []Mix{{Weight: 1, Factor: 1, Objectives: make([]order.Objective, 1), Urgencies: make([]order.Urgency, 1)}}}}
	above := func(z Size, x market.Qty) float64 {
		s.Parents.Size = z
		w, n := s.Work(5), 0
		for range 20_000 {
			if p, _ := w.Next(); p.Terms.Qty >= x {
				n++
			}
		}
		return float64(n) / 20_000
	}
	for _, tc := range []struct {
		name string
		z    Size
		x    market.Qty
		want float64
	}{
		{"lognormal, its median", Size{Base: 5000, Shape: 1}, 5000, 0.5},
		{"lognormal, one sigma up", Size{Base: 5000, Shape: 1}, 13_591, 0.1587},
		{"pareto, its least", Size{Spread: Pareto, Base: 1000, Shape: 1.5}, 1000, 1},
		{"pareto, twice its least", Size{Spread: Pareto, Base: 1000, Shape: 1.5}, 2000, math.Pow(2, -1.5)},
		{"fixed share of the volume", Size{Spread: Constant, ADV: 0.01}, 10_000, 1},
		{"fixed share of the volume, not more", Size{Spread: Constant, ADV: 0.01}, 10_001, 0},
		{"bounded by the volume", Size{Base: 5000, Shape: 1, MaxADV: 0.005}, 5001, 0},
		{"bounded above", Size{Base: 5000, Shape: 1, Most: 6000}, 6001, 0},
		{"bounded below", Size{Base: 5000, Shape: 1, Least: 4000}, 4000, 1},
	} {
		if got := above(tc.z, tc.x); math.Abs(got-tc.want) > 0.012 {
			t.Errorf("%s: %.4f at or above %d, want %.4f", tc.name, got, tc.x, tc.want)
		}
	}
}

func TestTermsAt(t *testing.T) {
	in := &market.Instrument{Symbol: "S", Tick: 10_000, Lot: 100, PriorClose: 20 * market.Dollar}
	p := Parent{LimitBps: 10, Horizon: market.Minute, Terms: order.Terms{Type: order.Limit, Side: market.Buy}}
	for _, tc := range []struct {
		side market.Side
		mid  market.Price
		want market.Price
	}{
		{market.Buy, 50_005_000, 50_050_000}, {market.Sell, 50_005_000, 49_960_000}, {market.Buy, 0, 20_020_000},
	} {
		p.Terms.Side = tc.side
		if got := p.TermsAt(1000, tc.mid, in); got.Limit != tc.want || got.End != market.Time(1000+market.Minute) {
			t.Errorf("%v at mid %v: limit %v end %d, want %v", tc.side, tc.mid, got.Limit, got.End, tc.want)
		}
	}
	p.Terms.Type, p.Horizon = order.Market, 0
	if got := p.TermsAt(1000, 50_005_000, in); got.Limit != 0 || got.End != 0 {
		t.Errorf("a market order without horizon has limit %v and end %d", got.Limit, got.End)
	}
}
