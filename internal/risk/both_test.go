package risk

import (
	"slices"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// BenchmarkGateBoth is what every child passes on its way out (MET-11): stage A, with every check, and stage B, which counts it
// at the send point. Each is timed by itself; the clock costs what it costs in the baseline.
func BenchmarkGateBoth(b *testing.B) {
	l := DefaultLimits()
	g, last := NewGate(l, instruments()), lastGate()
	p, c := parent(1, terms()), child()
	s := send(1, 1)
	done := &event.ChildDone{What: order.WasCanceled}
	quantiles(b, func() {
		if r := g.Child(p, 100, 3, c, quote); !r.Passed() {
			b.Fatal(r)
		}
		s.Child.ID++
		if r := last.Check(s); !r.Passed() {
			b.Fatal(r)
		}
	}, func() {
		done.Child = s.Child.ID
		last.Observe(done)
	})
}

// BenchmarkGateBaseline is the least that any check before the wire does: find the order, compare what it may still have,
// and book what goes out.
func BenchmarkGateBaseline(b *testing.B) {
	left := map[order.ParentID]*market.Qty{}
	for id := range order.ParentID(1000) {
		q := market.Qty(1)
		left[id] = &q
	}
	next := order.ParentID(0)
	quantiles(b, func() {
		next = (next + 1) % 1000
		q := left[next]
		if q == nil || *q < 1 {
			b.Fatal("an order of one share has none left")
		}
		*q--
	}, func() { *left[next]++ })
}

// quantiles times f, not after, and reports the median and what all but one in a hundred are below.
func quantiles(b *testing.B, f, after func()) {
	b.ReportAllocs()
	took := make([]time.Duration, 0, max(b.N, 1)+1<<20)
	for b.Loop() {
		start := time.Now()
		f()
		took = append(took, time.Since(start))
		after()
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "p50-ns")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "p99-ns")
}
