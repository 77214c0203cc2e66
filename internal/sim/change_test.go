package sim

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
)

// quiet gives the demo's market with a recorder of its quotes and trades, after prepare changed its flow.
func quiet(t *testing.T, prepare func(f *Flow)) (*Market, *strings.Builder) {
	t.Helper()
	log := new(strings.Builder)
	cfg, flow := Balanced(5, 1000, 0)
	cfg.OnTrade = func(tr *Trade) { fmt.Fprintf(log, "%+v\n", *tr) }
	cfg.OnBook = func(v market.VenueID, s market.Symbol, b *market.Book) {
		fmt.Fprintf(log, "%d %s %v %v\n", v, s, b.BestBid(), b.BestAsk())
	}
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if prepare != nil {
		prepare(&flow)
	}
	if err := m.Populate(flow); err != nil {
		t.Fatal(err)
	}
	return m, log
}

func change(t *testing.T, m *Market, edit func(f *Flow)) {
	t.Helper()
	if err := m.Change(edit); err != nil {
		t.Fatal(err)
	}
}

// TestChangeOfNothing: a change that changes nothing is not felt.
func TestChangeOfNothing(t *testing.T) {
	a, la := quiet(t, nil)
	b, lb := quiet(t, nil)
	b.At(b.Now().Add(20*market.Second), func() { change(t, b, func(*Flow) {}) })
	a.RunUntil(market.Time(40 * market.Second))
	b.RunUntil(market.Time(40 * market.Second))
	if la.String() != lb.String() || la.Len() < 10_000 {
		t.Errorf("logs of %d and %d bytes differ", la.Len(), lb.Len())
	}
}

// TestChangeWakes: agents with a rate of 0 are nobody, and come when a change gives them one; back at 0 they sleep again.
func TestChangeWakes(t *testing.T) {
	trades := map[market.VenueID]int{}
	all := 0
	m, _ := quiet(t, func(f *Flow) {
		f.TakerRate, f.HuntRate = 0, 0
		for i := range f.Venues {
			vf := &f.Venues[i]
			vf.BlockRate, vf.PingRate, vf.NoiseRate = 0, 0, 0
		}
	})
	m.cfg.OnTrade = func(tr *Trade) { trades[tr.Venue]++; all++ }
	run := func(d int64) int {
		n := all
		m.RunUntil(m.now.Add(d))
		return all - n
	}
	if n := run(market.Minute); n != 0 {
		t.Fatalf("%d trades although nobody trades", n)
	}
	change(t, m, func(f *Flow) { f.TakerRate, f.Venues[5].BlockRate, f.Venues[5].PingRate = 2, 0.5, 2 })
	if n := run(market.Minute); trades[0] == 0 || trades[5] == 0 || trades[6] != 0 {
		t.Errorf("%d trades after the change, by venue %v: want some at 0 and 5, none at 6", n, trades)
	}
	change(t, m, func(f *Flow) { f.TakerRate, f.Venues[5].BlockRate, f.Venues[5].PingRate = 0, 0, 0 })
	if n := run(market.Minute); n != 0 {
		t.Errorf("%d trades after the takers left", n)
	}
	change(t, m, func(f *Flow) { f.TakerRate = 2 })
	if n := run(market.Minute); n < 100 {
		t.Errorf("%d trades after the takers came back, want about 360", n)
	}
}

// TestChangeRates: a rate that grows is felt at once and once, not by a second chain of events beside the first.
func TestChangeRates(t *testing.T) {
	all := 0
	m, _ := quiet(t, func(f *Flow) { f.TakerRate, f.HuntRate = 1e-4, 0 })
	m.cfg.OnTrade = func(tr *Trade) { all++ }
	for i := range 20 {
		change(t, m, func(f *Flow) { f.TakerRate = 1 + float64(i%2) })
	}
	change(t, m, func(f *Flow) { f.TakerRate = 1 })
	m.cfg.OnTrade = nil
	takers, makers := 0, 0
	for _, a := range m.agents() {
		switch a.agent.(type) {
		case *taker:
			takers++
		case *maker:
			makers++
		}
	}
	if takers != 3 || makers != 33 {
		t.Errorf("%d takers and %d makers are scheduled, want 3 and 33", takers, makers)
	}
}

// TestChangeMakers: makers go with their quotes, and others come.
func TestChangeMakers(t *testing.T) {
	m, _ := quiet(t, func(f *Flow) {
		for i := range f.Venues {
			f.Venues[i].NoiseRate = 0
		}
	})
	m.RunUntil(market.Time(5 * market.Second))
	count := func() (n int) {
		for _, b := range m.venues[0].books {
			b.each(func(*ord) { n++ })
		}
		return n
	}
	if n := count(); n < 60 {
		t.Fatalf("%d orders rest, want three makers' quotes in three symbols", n)
	}
	change(t, m, func(f *Flow) { f.Venues[0].MakerDepth = 1 })
	if n := count(); n > 18 {
		t.Errorf("%d orders rest after the depth fell to 1, want at most 18", n)
	}
	change(t, m, func(f *Flow) { f.Venues[0].Makers = 0 })
	m.RunUntil(m.now.Add(5 * market.Second))
	if n := count(); n != 0 {
		t.Errorf("%d orders rest after the makers left", n)
	}
	change(t, m, func(f *Flow) { f.Venues[0].Makers = 1 })
	m.RunUntil(m.now.Add(5 * market.Second))
	if n := count(); n < 3 || n > 6 {
		t.Errorf("%d orders rest after one maker came back, want 3 to 6", n)
	}
}

// TestChangeVolatility: the fundamental moves more from then on.
func TestChangeVolatility(t *testing.T) {
	m, _ := quiet(t, func(f *Flow) { f.JumpsPerHour = 0 })
	moves := func() (sum float64) {
		for range 200 {
			was := m.outlooks[0].at(m.now)
			m.RunUntil(m.now.Add(market.Second / 10))
			d := m.outlooks[0].at(m.now)/was - 1
			sum += d * d
		}
		return sum
	}
	before := moves()
	change(t, m, func(f *Flow) { f.Volatility = 5 })
	if after := moves(); after < 8*before || after > 80*before {
		t.Errorf("variance went from %.3g to %.3g, want about 25 times", before, after)
	}
}

func TestChangeRefuses(t *testing.T) {
	m, _ := quiet(t, nil)
	for name, edit := range map[string]func(f *Flow){
		"another venue":    func(f *Flow) { f.Venues[0].Venue = 3 },
		"no venue":         func(f *Flow) { f.Venues = nil },
		"depth":            func(f *Flow) { f.Venues[0].MakerDepth = 99 },
		"blocks of nobody": func(f *Flow) { f.Venues[0].MakerEdge, f.Venues[5].BlockMax = 9, 0 },
	} {
		if err := m.Change(edit); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if m.flow.Venues[0].MakerEdge != 1 || m.flow.Venues[5].BlockMax == 0 {
		t.Error("a change that was refused left something")
	}
	empty, err := New(m.cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := empty.Change(func(*Flow) {}); err == nil {
		t.Error("a change before Populate: no error")
	}
	if m.SetOrderLatency(0, Latency{Base: -1}) == nil || m.SetFeedLatency(0, Latency{TailProb: 2}) == nil {
		t.Error("an impossible latency: no error")
	}
}

// TestSetLatency: a request, and a quote, take the new delay.
func TestSetLatency(t *testing.T) {
	m, _ := quiet(t, nil)
	var at market.Time
	var late int64
	m.cfg.OnReport = func(r *Report) { at = m.now }
	if err := errors.Join(m.SetOrderLatency(0, Latency{Base: market.Second}), m.SetFeedLatency(0, Latency{Base: 2 * market.Second})); err != nil {
		t.Fatal(err)
	}
	m.cfg.OnBook = func(v market.VenueID, _ market.Symbol, b *market.Book) {
		if v == 0 {
			late = b.Received.Sub(b.VenueTime)
		}
	}
	start := m.now
	m.Status(0, StatusRequest{Client: "c", ClOrdID: "1"})
	m.RunUntil(start.Add(3 * market.Second))
	if got := at.Sub(start); got != 2*market.Second || late < 2*market.Second {
		t.Errorf("the answer came after %d ns and a quote after %d ns, want 2 s each", got, late)
	}
}

// TestChangeBringsTheRest: metaorders, the arbitrageur and scouts come by a change, once, and sleep after another.
func TestChangeBringsTheRest(t *testing.T) {
	m, _ := quiet(t, nil)
	count := func() (metas, scouts, arbs int) {
		for _, a := range m.agents() {
			switch a.agent.(type) {
			case *metaorders:
				metas++
			case *scout:
				scouts++
			}
		}
		for _, a := range m.arbs {
			if a != nil {
				arbs++
			}
		}
		return metas, scouts, arbs
	}
	for range 2 {
		change(t, m, everybody)
		m.RunUntil(m.now.Add(20 * market.Second))
		if metas, scouts, arbs := count(); metas != 3 || scouts != 24 || arbs != 3 {
			t.Errorf("%d metaorder flows, %d scouts, %d arbitrageurs, want 3, 24 and 3", metas, scouts, arbs)
		}
	}
	change(t, m, func(f *Flow) {
		f.MetaRate, f.ArbMax = 0, 0
		for i := range f.Venues {
			f.Venues[i].ScoutRate = 0
		}
	})
	m.RunUntil(m.now.Add(10 * market.Minute))
	for _, a := range m.arbs {
		if a.own.q != 0 {
			t.Errorf("an arbitrageur that left still owns %d", a.own.q)
		}
	}
}
