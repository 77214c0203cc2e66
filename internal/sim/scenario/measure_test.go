package scenario

import (
	"reflect"
	"strconv"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/sim"
)

// seen is what a client that pings every dark venue with small midpoint orders sees of one.
type seen struct {
	sent, filled, rejected int
	markout                float64 // after 5 s, bps, in the client's favor positive
}

// fillRate gives the share of pings that filled.
func (s *seen) fillRate() float64 { return float64(s.filled) / float64(max(s.sent, 1)) }

// mean gives the mean markout of fills.
func (s *seen) mean() float64 { return s.markout / float64(max(s.filled, 1)) }

type mark struct {
	at   market.Time
	v    market.VenueID
	sym  market.Symbol
	side market.Side
	px   market.Price
}

// pinged runs a market from one time after its start to another and pings each dark venue and LITX once a second.
func pinged(t *testing.T, s *Scenario, seed uint64, from, to int64) []seen {
	t.Helper()
	out := make([]seen, len(s.Venues))
	var marks []mark
	m, start := runs(t, s, seed, func(cfg *sim.Config) {
		cfg.OnReport = func(r *sim.Report) {
			switch r.Kind {
			case sim.Filled:
				out[r.Venue].filled++
				marks = append(marks, mark{r.At.Add(5 * market.Second), r.Venue, r.Symbol, r.Side, r.LastPx})
			case sim.Rejected:
				out[r.Venue].rejected++
			}
		}
	})
	m.RunUntil(start.Add(from))
	for i := 0; m.Now() < start.Add(to); i++ {
		m.RunUntil(m.Now().Add(market.Second))
		for len(marks) > 0 && marks[0].at <= m.Now() {
			k := marks[0]
			marks = marks[1:]
			if mid := m.NBBO(k.sym).Mid(); mid > 0 {
				out[k.v].markout += float64(k.side.Sign()) * market.Bps(mid, k.px)
			}
		}
		for v := range s.Venues {
			if s.Venues[v].Type.Displayed() && s.Venues[v].Name != "LITX" {
				continue
			}
			out[v].sent++
			m.Submit(market.VenueID(v), sim.Order{Client: "c", ClOrdID: strconv.Itoa(i), Symbol: s.Symbols[i/2%len(s.Symbols)].Symbol,
				Side: market.Side(1 + i%2), Type: order.Midpoint, TIF: order.IOC, Qty: 200})
		}
	}
	return out
}

func named(t *testing.T, name string) *Scenario {
	t.Helper()
	for _, s := range shipped(t) {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("there is no scenarios/%s.toml", name)
	return nil
}

// lookFor gives how long a statistical test looks, in market time.
func lookFor() int64 {
	if testing.Short() {
		return 20 * market.Minute
	}
	return market.Hour
}

// TestToxicDark: the informed pool fills most often, and its fills are regretted; the others' are not.
func TestToxicDark(t *testing.T) {
	s := named(t, "toxic-dark")
	trap, _ := s.index("DARKB")
	o := pinged(t, s, 1, s.Warm, lookFor())
	for v := range o {
		if s.Venues[v].Type.Displayed() {
			continue
		}
		t.Logf("%s fills %.3f of the pings, markout %+.2f bps", s.Venues[v].Name, o[v].fillRate(), o[v].mean())
		if market.VenueID(v) != trap && (o[v].fillRate() > o[trap].fillRate()-0.05 || o[v].mean() < o[trap].mean()+0.7) {
			t.Errorf("%s is not far from the trap: fills %.3f of %.3f, markout %+.2f of %+.2f bps", s.Venues[v].Name,
				o[v].fillRate(), o[trap].fillRate(), o[v].mean(), o[trap].mean())
		}
	}
	if o[trap].mean() > -1.2 {
		t.Errorf("a fill in the informed pool costs %+.2f bps, want more than 1.2", o[trap].mean())
	}
}

// soon lets changes at a parent come at a time instead.
func soon(s *Scenario, at int64) {
	for i := range s.Changes {
		s.Changes[i].AtParent, s.Changes[i].When = 0, at
	}
}

// TestShift: the good pool is good before and toxic after.
func TestShift(t *testing.T) {
	s := named(t, "shift")
	good, _ := s.index("DARKA")
	before := pinged(t, s, 1, s.Warm, lookFor())[good]
	soon(s, market.Minute)
	after := pinged(t, s, 1, s.Warm+market.Minute, lookFor())[good]
	t.Logf("fills %.3f and %.3f, markout %+.2f and %+.2f bps", before.fillRate(), after.fillRate(), before.mean(), after.mean())
	if before.mean() < -0.6 || after.mean() > before.mean()-0.8 || after.fillRate() < before.fillRate() {
		t.Errorf("markout %+.2f bps before and %+.2f after, fills %.3f and %.3f: want it to turn toxic and look no worse",
			before.mean(), after.mean(), before.fillRate(), after.fillRate())
	}
}

// TestDrought: every pool fills a fraction of what it did.
func TestDrought(t *testing.T) {
	s := named(t, "drought")
	before := pinged(t, s, 1, s.Warm, lookFor())
	soon(s, s.Warm)
	after := pinged(t, s, 1, s.Warm+5*market.Minute, lookFor())
	for v := range s.Venues {
		if !s.Venues[v].Type.Displayed() && after[v].fillRate() > before[v].fillRate()/2 {
			t.Errorf("%s fills %.3f of the pings before and %.3f after", s.Venues[v].Name, before[v].fillRate(), after[v].fillRate())
		}
	}
}

// TestOutage: after the stall the venue rejects for a quarter of an hour, and then no longer.
func TestOutage(t *testing.T) {
	s := named(t, "outage")
	v, _ := s.index("LITX")
	o := pinged(t, s, 1, market.Hour-10*market.Second, market.Hour+20*market.Minute)[v]
	if o.rejected < 14*60 || o.rejected > 16*60 {
		t.Errorf("%d of %d pings are rejected, want those of the quarter of an hour and of the stall", o.rejected, o.sent)
	}
}

// TestNull: venues of a type are equal in all but their names, and all fees are equal.
func TestNull(t *testing.T) {
	s := named(t, "null")
	first := map[market.VenueType]int{}
	for i := range s.Venues {
		k, ok := first[s.Venues[i].Type]
		if !ok {
			first[s.Venues[i].Type] = i
			continue
		}
		a, b, fa, fb := s.Venues[k], s.Venues[i], s.Flow.Venues[k], s.Flow.Venues[i]
		a.ID, a.Name, a.MIC, fa.Venue = b.ID, b.Name, b.MIC, fb.Venue
		if !reflect.DeepEqual(a, b) || fa != fb {
			t.Errorf("%s differs from %s", b.Name, s.Venues[k].Name)
		}
		if !reflect.DeepEqual(b.Fees, s.Venues[0].Fees) {
			t.Errorf("the fees of %s differ from the first venue's", b.Name)
		}
	}
	if len(first) != 2 || len(s.Venues) < 4 || len(s.Changes) > 0 {
		t.Errorf("%d venues of %d types, %d changes", len(s.Venues), len(first), len(s.Changes))
	}
}

// TestBlock: there is one parent, the sell of 300,000.
func TestBlock(t *testing.T) {
	w := named(t, "block").Work(9)
	p, _ := w.Next()
	_, more := w.Next()
	x := &p.Terms
	if more || x.Side != market.Sell || x.Qty != 300_000 || x.Strategy != order.Block || x.Objective != order.MinImpact || p.Horizon != 2*market.Hour {
		t.Errorf("parent %+v, more %v", p, more)
	}
}
