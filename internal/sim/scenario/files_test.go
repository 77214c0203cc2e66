package scenario

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/sim"
)

// routes are the files of the folder that are configurations of a router and no scenarios.
var routes = map[string]bool{"replay-amzn.toml": true, "replay-tape.toml": true}

// shipped reads every scenario of the repository.
func shipped(t testing.TB) []*Scenario {
	t.Helper()
	files, err := filepath.Glob("../../../scenarios/*.toml")
	if err != nil {
		t.Fatal(err)
	}
	var all []*Scenario
	for _, f := range files {
		if routes[filepath.Base(f)] {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Parse(filepath.ToSlash(f), b)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		all = append(all, s)
	}
	return all
}

// runs makes the market of a seed, with cfg's callbacks as set gives them.
func runs(t testing.TB, s *Scenario, seed uint64, set func(cfg *sim.Config), recorded ...*sim.Lobster) (*sim.Market, market.Time) {
	t.Helper()
	start := s.Start(seed)
	cfg := s.Config(seed, start)
	if set != nil {
		set(&cfg)
	}
	m, err := sim.New(cfg)
	if err != nil {
		t.Fatalf("%s: %v", s.Name, err)
	}
	if err := s.Populate(m, seed, recorded...); err != nil {
		t.Fatal(err)
	}
	return m, start
}

// TestShippedFilesRun runs each file's market until it is warm: every displayed venue quotes and every symbol trades.
func TestShippedFilesRun(t *testing.T) {
	all := shipped(t)
	if len(all) < 2 {
		t.Fatalf("%d scenarios, want at least balanced and null", len(all))
	}
	for _, s := range all {
		if len(s.Recordings) > 0 {
			continue
		}
		shares := map[market.Symbol]market.Qty{}
		quoted := make([]bool, len(s.Venues))
		m, start := runs(t, s, s.Seed, func(cfg *sim.Config) {
			cfg.OnTrade = func(tr *sim.Trade) { shares[tr.Symbol] += tr.Qty }
			cfg.OnBook = func(v market.VenueID, _ market.Symbol, b *market.Book) {
				quoted[v] = quoted[v] || b.BestBid().Price > 0 && b.BestAsk().Price > b.BestBid().Price
			}
		})
		m.RunUntil(start.Add(s.Warm))
		for i := range s.Venues {
			if v := &s.Venues[i]; v.Type.Displayed() && !quoted[i] {
				t.Errorf("%s: %s never quoted within %d s", s.Name, v.Name, s.Warm/market.Second)
			}
		}
		for i := range s.Symbols {
			in := &s.Symbols[i]
			if q := m.NBBO(in.Symbol); shares[in.Symbol] == 0 || q.Bid <= 0 || q.Ask <= q.Bid {
				t.Errorf("%s: %s traded %d shares, quote %v %v", s.Name, in.Symbol, shares[in.Symbol], q.Bid, q.Ask)
			}
		}
	}
}
