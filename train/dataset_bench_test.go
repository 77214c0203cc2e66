package train

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/sluice-sor/sluice/features"
	"github.com/sluice-sor/sluice/internal/pgtest"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/train/workload"
)

func filled(t testing.TB, target string, decisions int) *Dataset {
	t.Helper()
	st, err := store.Open(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := workload.Fill(t.Context(), st, workload.Config{Decisions: decisions, Seed: 1, Days: 5}, nil); err != nil {
		t.Fatal(err)
	}
	d, err := NewDataset(t.Context(), st, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// BenchmarkDataset reads a store of 20,000 decisions as rows, from the first to the last.
func BenchmarkDataset(b *testing.B) {
	const decisions = 20_000
	bench := func(b *testing.B, target string) {
		d := filled(b, target, decisions)
		b.ReportAllocs()
		for b.Loop() {
			n, err := d.Rows(b.Context(), func(*Row) error { return nil })
			if err != nil || n.Rows != decisions {
				b.Fatal(n, err)
			}
		}
		b.ReportMetric(float64(b.N)*decisions/b.Elapsed().Seconds(), "rows/s")
	}
	b.Run("sqlite", func(b *testing.B) { bench(b, filepath.Join(b.TempDir(), "bench.db")) })
	b.Run("postgres", func(b *testing.B) { bench(b, pgtest.Schema(b, pgtest.DSN(b))) })
}

// BenchmarkFill fills a store with synthetic work.
func BenchmarkFill(b *testing.B) {
	const decisions = 2000
	for b.Loop() {
		filled(b, filepath.Join(b.TempDir(), "fill.db"), decisions)
	}
	b.ReportMetric(float64(b.N)*decisions/b.Elapsed().Seconds(), "decisions/s")
}

// TestWorkload: synthetic work comes out of a store as it went in: every child is a row with all its labels, and fills and
// toxicity have the rates of the truth.
func TestWorkload(t *testing.T) {
	const decisions = 4000
	d := filled(t, filepath.Join(t.TempDir(), "work.db"), decisions)
	w := workload.NewWorld(1)
	type sums struct{ fills, want, variance, tox, noise float64 }
	all := map[string]*sums{}
	n, err := d.Rows(t.Context(), func(r *Row) error {
		for i := range w.Arms {
			a := &w.Arms[i]
			if w.Venues[a.Venue].Name != r.Venue || a.Style != r.Style {
				continue
			}
			s := all[r.Venue+r.Style.String()]
			if s == nil {
				s = new(sums)
				all[r.Venue+r.Style.String()] = s
			}
			p := a.P(r.Phi[:])
			s.want, s.variance = s.want+p, s.variance+p*(1-p)
			if r.Got > 0 {
				s.fills++
			}
			if bps, _, ok := r.Toxicity(1); ok {
				want := 0.
				for j := range features.Dim {
					want += a.Tox[j] * r.Phi[j]
				}
				s.tox, s.noise = s.tox+bps-want, s.noise+a.Noise[1]*a.Noise[1]
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n.Decisions != decisions || n.Rows != decisions || n.Fills != decisions || n.Answers != decisions || n.Draws != decisions || n.Marks < 4000 || n.Lives < 2000 || n.Shadows < 500 {
		t.Errorf("%+v", n)
	}
	if len(all) != len(w.Arms) {
		t.Errorf("%d arms had rows, want %d", len(all), len(w.Arms))
	}
	for name, s := range all {
		if math.Abs(s.fills-s.want) > 4.5*math.Sqrt(s.variance) || math.Abs(s.tox) > 4.5*math.Sqrt(s.noise) {
			t.Errorf("%s: %v fills, want %.1f ± %.1f; toxicity is off by %.1f ± %.1f in all", name, s.fills, s.want, math.Sqrt(s.variance), s.tox, math.Sqrt(s.noise))
		}
	}
	parents := 0
	if _, err := d.Parents(t.Context(), func(*ParentRow) error { parents++; return nil }); err != nil || parents < decisions/8*9/10 {
		t.Errorf("%d parents, error %v", parents, err)
	}
}
