package sim

import (
	"math"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
)

// single gives the demo's market in one symbol.
func single(seed uint64) (Config, Flow) {
	cfg, flow := Balanced(seed, 0, 0)
	cfg.Symbols = cfg.Symbols[:1]
	return cfg, flow
}

// withMetas adds other large parents to a flow, about as much as the natural takers trade.
func withMetas(f *Flow) {
	f.MetaRate, f.MetaMin, f.MetaMax, f.MetaPiece, f.MetaShare = 0.02, 2000, 200_000, 300, 0.2
	f.MetaPassive, f.MetaHidden = 0.3, 0.5
	f.Venues[5].MetaWeight, f.Venues[7].MetaWeight = 2, 1
}

func populated(t testing.TB, cfg Config, flow Flow) *Market {
	t.Helper()
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Populate(flow); err != nil {
		t.Fatal(err)
	}
	return m
}

// signs gives the sides of takes in their order, one for each instant.
func signs(t *testing.T, seed uint64, tune func(*Flow), d int64) []float64 {
	cfg, flow := single(seed)
	flow.HuntRate = 0 // the informed follow the fundamental, which is another matter
	flow.Venues = flow.Venues[:2]
	tune(&flow)
	var all []float64
	var last market.Time
	cfg.OnTrade = func(tr *Trade) {
		if tr.Taker != 0 && tr.At != last {
			last = tr.At
			all = append(all, float64(tr.Taker.Sign()))
		}
	}
	populated(t, cfg, flow).RunUntil(market.Time(d))
	return all
}

// correlation gives the mean autocorrelation of x over lags from..to.
func correlation(x []float64, from, to int) float64 {
	mean := 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	sum, n, square := 0.0, 0, 0.0
	for _, v := range x {
		square += (v - mean) * (v - mean) / float64(len(x))
	}
	for lag := from; lag <= to; lag++ {
		for i := lag; i < len(x); i++ {
			sum += (x[i] - mean) * (x[i-lag] - mean)
			n++
		}
	}
	return sum / float64(n) / square
}

// mostlyMetas makes nearly all takes pieces of large parents, one or two at a time.
func mostlyMetas(f *Flow) {
	f.TakerRate = 0.05
	f.MetaRate, f.MetaMin, f.MetaMax, f.MetaPiece, f.MetaShare = 0.06, 2000, 600_000, 300, 3
}

// TestMetaordersGiveLongMemory: order signs correlate as a power of the lag, with an exponent below 1, where without
// metaorders the correlation is gone after some twenty trades (Lillo, Mike and Farmer 2005; exponent near 1/2).
func TestMetaordersGiveLongMemory(t *testing.T) {
	hours, seeds := int64(5), uint64(3)
	if testing.Short() {
		seeds = 1
	}
	var with, without [4]float64
	bins := [4][2]int{{8, 12}, {25, 40}, {80, 120}, {250, 400}}
	for seed := range seeds {
		x, y := signs(t, seed+1, mostlyMetas, hours*market.Hour), signs(t, seed+1, func(*Flow) {}, hours*market.Hour)
		for i, b := range bins {
			with[i] += correlation(x, b[0], b[1]) / float64(seeds)
			without[i] += correlation(y, b[0], b[1]) / float64(seeds)
		}
	}
	slope := math.Log(with[2]/with[0]) / math.Log(10)
	t.Logf("sign autocorrelation at lags 10, 32, 100, 320: %.3f with metaorders, exponent %.2f; %.3f without", with, -slope, without)
	if with[2] < 0.03 || without[2] > 0.02 {
		t.Errorf("at lag 100 %.3f with metaorders and %.3f without, want memory with them alone", with[2], without[2])
	}
	if slope < -1 || slope > -0.1 {
		t.Errorf("decays with exponent %.2f, want a power between .1 and 1", -slope)
	}
}

// TestMetaorderKeepsItsSide: a parent's hidden part, its passive pieces and its takes are all of one side and together no
// more than its size.
func TestMetaorderKeepsItsSide(t *testing.T) {
	cfg, flow := single(3)
	withMetas(&flow)
	flow.MetaHidden = 1
	m := populated(t, cfg, flow)
	var a *metaorders
	for _, e := range m.queue.heap {
		if x, ok := e.do.(*metaorders); ok {
			a = x
		}
	}
	hidden, passive := 0, 0
	for range 3600 {
		m.RunUntil(m.now.Add(market.Second))
		for i := range a.slot {
			p := &a.slot[i]
			if p.hidden.resting {
				hidden++
			}
			if p.rest.resting {
				passive++
			}
			if p.pieces == 0 && (p.hidden.resting || p.rest.resting) {
				t.Fatalf("slot %d ended and still rests: %+v", i, p)
			}
			if p.hidden.resting && p.hidden.buy != p.buy || p.rest.resting && p.rest.buy != p.buy || p.left < -2*flow.MetaPiece {
				t.Fatalf("slot %d: %+v", i, p)
			}
		}
	}
	if hidden == 0 || passive == 0 {
		t.Errorf("%d looks saw a hidden part and %d a passive piece, want some of both", hidden, passive)
	}
}
