package router

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// benchWorld is an engine with n venues, four of them dark, one an internalizer, the rest displayed.
func benchWorld(b *testing.B, n int) *world {
	cfg := testConfig()
	base := cfg.Venues
	cfg.Venues = nil
	for i := range n {
		v := base[i%len(base)]
		v.Name = fmt.Sprintf("V%d", i)
		v.ID = market.VenueID(i)
		cfg.Venues = append(cfg.Venues, v)
	}
	cfg.Limits.MaxRepeats = 0
	return newWorld(b, cfg)
}

// BenchmarkDecision is one decision over all venues of a stage: features, predictions, plans, propensities, sampling and
// the record, without sending. BEN-10 asks for a p50 of at most 20 µs and a p99 of at most 60 µs at twelve venues and ten
// plans, and no allocations. The collector's pauses and the machine's other work are in the p99.
func BenchmarkDecision(b *testing.B) {
	for _, n := range []int{5, 12} {
		for _, stage := range []event.Stage{event.StageDark, event.StageSweep} {
			b.Run(fmt.Sprintf("venues=%d/%v", n, stage), func(b *testing.B) {
				w := benchWorld(b, n)
				w.autoFill = false
				w.apply(&event.ParentReceived{Client: "EMS", ClOrdID: "P1", Terms: order.Terms{Symbol: "ABC", Side: market.Buy,
					Qty: 100_000, Type: order.Limit, Limit: 49 * market.Dollar, Strategy: order.Block}})
				p := w.e.parents[1]
				p.children = nil
				p.Terms.Limit = 60 * market.Dollar
				w.e.plans.lot = 100
				took, plans := make([]time.Duration, b.N), 0
				b.ReportAllocs()
				b.ResetTimer()
				for i := range b.N {
					began := time.Now()
					w.e.cmds.reset()
					d := w.e.cmds.addDecision()
					w.e.lastDecision++
					d.Decision = w.e.lastDecision
					w.e.gather(p, stage, 15_000, d)
					w.e.propose(p, stage, 15_000, d)
					if w.e.choose(p, d) == nil {
						b.Fatal("no plan")
					}
					took[i], plans = time.Since(began), len(d.Plans)
				}
				b.StopTimer()
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2]), "p50-ns")
				b.ReportMetric(float64(took[len(took)*99/100]), "p99-ns")
				b.ReportMetric(float64(plans), "plans")
			})
		}
	}
}

// BenchmarkBook is one venue's new book through the engine.
func BenchmarkBook(b *testing.B) {
	w := benchWorld(b, 12)
	body := &event.BookChanged{Venue: 4, Symbol: "ABC", Bids: []market.Level{{Price: 50 * market.Dollar, Size: 100}}, Asks: []market.Level{{Price: 50*market.Dollar + 10_000, Size: 100}}}
	b.ReportAllocs()
	for b.Loop() {
		w.seq++
		w.now += 1000
		w.e.Apply(event.Event{Seq: w.seq, At: w.now, Body: body})
	}
}

// BenchmarkFill is one partial fill of a resting child through the engine: booking, the client's report, records, four
// markout timers and the parent's next look.
func BenchmarkFill(b *testing.B) {
	w := benchWorld(b, 12)
	w.autoFill = false
	w.parent("P1", order.Terms{Side: market.Buy, Qty: 500_000, Type: order.Limit, Limit: 49 * market.Dollar})
	w.settle()
	c := w.e.parents[1].children[0]
	ids := make([]string, 1000)
	for i := range ids {
		ids[i] = fmt.Sprint("E", i)
	}
	body := &event.ChildExecuted{Child: c.ID, VenueOrderID: "V", Qty: 1, Px: 49 * market.Dollar}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if i%len(ids) == 0 { // a fresh order of the same size
			b.StopTimer()
			c.execs, c.Cum, c.Leaves, c.Qty = c.execs[:0], 0, 100_000, 100_000
			w.e.parents[1].Cum = 0
			w.e.timers.heap = w.e.timers.heap[:0]
			b.StartTimer()
		}
		w.seq++
		w.now += 1000
		body.ExecID, body.Cum, body.Leaves = ids[i%len(ids)], c.Cum+1, c.Leaves-1
		w.e.Apply(event.Event{Seq: w.seq, At: w.now, Body: body})
	}
}

// BenchmarkParent is a new parent from its arrival to its first children: checks, the internalizer's decision and its
// commands.
func BenchmarkParent(b *testing.B) {
	w := benchWorld(b, 12)
	w.autoFill = false
	ids := make([]string, b.N)
	for i := range ids {
		ids[i] = fmt.Sprint("B", i)
	}
	terms := order.Terms{Symbol: "ABC", Side: market.Buy, Qty: 1000, Type: order.Market}
	w.e.cfg.Limits.MaxBasketMoney, w.e.cfg.Limits.MaxClientMoney, w.e.cfg.Limits.MaxFirmMoney = 0, 0, 0
	w.e.gate.SetLimits(w.e.cfg.Limits, w.e.cfg.Instruments)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		w.seq++
		w.now += 1000
		sent := 0
		for _, cmd := range w.e.Apply(event.Event{Seq: w.seq, At: w.now, Body: &event.ParentReceived{Client: "EMS", ClOrdID: ids[i], Terms: terms}}) {
			if cmd.Kind() == event.KindSendChild {
				sent++
			}
		}
		if sent == 0 {
			b.Fatal("no child was sent")
		}
	}
}
