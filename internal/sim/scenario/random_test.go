package scenario

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/sim"
)

// TestRandomIsValid: the markets of a thousand seeds can be made and populated, their changes happen without complaint, their
// work is possible, and they differ.
func TestRandomIsValid(t *testing.T) {
	kinds := map[Kind]int{}
	types := map[market.VenueType]int{}
	seeds := uint64(1000)
	if testing.Short() {
		seeds = 200
	}
	for seed := range seeds {
		s := Random(seed)
		if !reflect.DeepEqual(s, Random(seed)) {
			t.Fatalf("seed %d gives two scenarios", seed)
		}
		for i := range s.Venues {
			v, f := &s.Venues[i], &s.Flow.Venues[i]
			types[v.Type]++
			h := &v.History
			if h.FillRatePct < 0.5 || h.FillRatePct > 100 || h.LatencyUs < 50 || h.Impact < 1 || h.Impact > 10 || h.VolumeShare <= 0 || h.VolumeShare > 0.5 {
				t.Errorf("seed %d: the desk believes %+v of %s", seed, *h, v.Name)
			}
			if v.Type == market.Dark && f.BlockRate <= 0 || v.Type.Displayed() && f.Makers == 0 {
				t.Errorf("seed %d: nobody trades at %s", seed, v.Name)
			}
		}
		w := s.Work(seed)
		for range 20 {
			if p, ok := w.Next(); !ok || p.Terms.Qty < 100 || p.Terms.Qty > s.Symbols[0].ADV/50 {
				t.Fatalf("seed %d: parent %+v", seed, p)
			}
		}
		m, start := runs(t, s, seed, nil)
		for _, c := range s.Dated(seed) {
			kinds[c.Kind]++
			c.happen(m, s)
		}
		if seed < 20 {
			m.RunUntil(start.Add(10 * market.Second))
			for i := range s.Symbols {
				if q := m.NBBO(s.Symbols[i].Symbol); q.Bid <= 0 || q.Ask <= q.Bid {
					t.Errorf("seed %d: %s quotes %v %v", seed, s.Symbols[i].Symbol, q.Bid, q.Ask)
				}
			}
		}
	}
	if kinds[Agents] < int(seeds/10) || kinds[Fees] < int(seeds/40) || kinds[Links] < int(seeds/40) || len(types) != 5 {
		t.Errorf("changes %v, venue types %v: want all of them", kinds, types)
	}
}

// TestRandomTrades: what trades in some random markets is near the daily volume that their instruments state.
func TestRandomTrades(t *testing.T) {
	seeds := uint64(12)
	if testing.Short() {
		seeds = 4
	}
	for seed := range seeds {
		s := Random(seed)
		s.Session, s.Changes = 0, nil
		shares := map[market.Symbol]market.Qty{}
		m, start := runs(t, s, seed, func(cfg *sim.Config) { cfg.OnTrade = func(tr *sim.Trade) { shares[tr.Symbol] += tr.Qty } })
		m.RunUntil(start.Add(20 * market.Minute))
		for i := range s.Symbols {
			in := &s.Symbols[i]
			ratio := float64(shares[in.Symbol]) * 19.5 / float64(in.ADV)
			t.Logf("%s %s: %d shares a day stated, %.2f of it trade", s.Name, in.Symbol, in.ADV, ratio)
			if ratio < 0.3 || ratio > 6 {
				t.Errorf("%s %s: %.2f of the stated volume trades", s.Name, in.Symbol, ratio)
			}
		}
	}
}

// TestRanges: every range is a range, and its name is drawn by Random.
func TestRanges(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Ranges() {
		if r.Lo >= r.Hi || r.Log && r.Lo <= 0 || seen[r.Name] {
			t.Errorf("%+v", r)
		}
		seen[r.Name] = true
		d := &draws{rand.New(rand.NewPCG(1, 2)), nil}
		for _, o := range Ranges() {
			if o.Name != r.Name {
				d.ranges = append(d.ranges, o)
			}
		}
		if !missed(d, r.Name) {
			t.Errorf("Random never draws %s", r.Name)
		}
	}
}

// missed reports whether drawing a scenario without a range fails for want of it, for some seed.
func missed(d *draws, name string) (is bool) {
	defer func() {
		if x := recover(); x != nil {
			is = strings.Contains(fmt.Sprint(x), name)
		}
	}()
	for range 200 {
		s := new(Scenario)
		d.draw(s)
	}
	return false
}
