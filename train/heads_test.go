package train

import (
	"context"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/internal/order"
)

// memory is a truth as a source: every pass draws the same world anew.
type memory struct {
	seed    uint64
	rows    int
	parents int
	draws   int
	lost    int64 // rows that it counts and does not give
	left    int64 // rows that it counts, and knows to have left out once it was read from the start
	read    bool  // it was
	change  func(*Row)
}

func (m *memory) Each(_ context.Context, from int64, fn func(*DecisionRow, []Row) error) (err error) {
	w := newTruth(m.seed)
	m.read = m.read || from == 0
	d := new(DecisionRow)
	room := make([]Row, 1)
	w.rows(m.rows, func(r *Row) {
		if err != nil || r.At < from {
			return
		}
		if m.change != nil {
			m.change(r)
		}
		room[0] = *r
		*d = DecisionRow{Instance: r.Instance, Parent: r.Parent, Decision: r.Decision, At: r.At, OppBps: 4, Chosen: -1, Static: -1,
			Venues: append(d.Venues[:0], VenueRow{Venue: r.Venue, Kind: r.Kind, Style: r.Style, Takes: r.Takes, Phi: r.Phi, FillProb: .5, CostBps: 1})}
		err = fn(d, room)
	})
	if err != nil {
		return err
	}
	return m.eachDraw(from, func(d *DecisionRow, _ []float64) error { return fn(d, nil) })
}

// eachDraw gives the draws, after the rows, of a router that knows the fills and holds all toxicity for 0, with what each plan
// costs on average.
func (m *memory) eachDraw(from int64, fn func(*DecisionRow, []float64) error) (err error) {
	w := newTruth(m.seed)
	w.rng = rand.New(rand.NewPCG(m.seed, 99))
	w.start += int64(m.rows) * w.gap
	w.decisions(m.draws, func(d *DecisionRow, costs []float64) {
		if err != nil || d.At < from {
			return
		}
		d.Static, d.OppBps, d.Epsilon, d.M = 0, 5, 0, 1
		for j := range d.Plans {
			v := &d.Venues[j]
			v.CostBps, v.ToxBps = 2, 0
			v.ExpectBps = 5 - 3*v.FillProb
			d.Plans[j].CostBps = v.ExpectBps
			if a := &w.arms[j]; a.kind == "dark" { // judged after ten seconds
				dearer := v.FillProb * (along(&a.tox[bandit.Horizon10s], &v.Phi) - along(&a.tox[bandit.Horizon1s], &v.Phi))
				if costs[j] += dearer; j == d.Chosen {
					d.Realized += dearer
				}
			}
		}
		err = fn(d, costs)
	})
	return err
}

func (m *memory) Parents(_ context.Context, fn func(*ParentRow) error) (err error) {
	newTruth(m.seed).parents(m.parents, func(p *ParentRow) {
		if err == nil {
			err = fn(p)
		}
	})
	return err
}

func (m *memory) Taught(ctx context.Context) (n, blind int64, err error) {
	again := *m
	err = again.Each(ctx, 0, func(_ *DecisionRow, rows []Row) error {
		for i := range rows {
			if rows[i].HasFill {
				n++
			}
		}
		return nil
	})
	if m.read {
		blind = m.left
	}
	return n + m.lost + m.left, blind, err
}

func extractOf(t testing.TB, m *memory) *Extract {
	t.Helper()
	x, err := writeExtract(context.Background(), filepath.Join(t.TempDir(), "rows"), m, nil)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// An entry is as wide as it says, and what is read is what was written.
func TestExtract(t *testing.T) {
	m := &memory{seed: 1, rows: 3000}
	x := extractOf(t, m)
	var want []entry
	var table armTable
	_ = m.Each(context.Background(), 0, func(d *DecisionRow, rows []Row) error {
		for i := range rows {
			r := &rows[i]
			key := ArmKey{r.Venue, r.Kind, r.Takes}
			arm, err := table.index(key)
			if err != nil {
				return err
			}
			var e entry
			e.take(r, d, arm, key)
			want = append(want, e)
		}
		return nil
	})
	same := func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
	n := int64(0)
	err := x.each(context.Background(), 0, x.Rows, func(i int64, e *entry) {
		w := &want[i]
		a, b := *e, *w
		for h := range a.Tox {
			if !same(a.Tox[h], b.Tox[h]) {
				t.Fatalf("row %d: toxicity %v, want %v", i, a.Tox[h], b.Tox[h])
			}
			a.Tox[h], b.Tox[h] = 0, 0
		}
		for _, p := range [][2]*float64{{&a.Shadow, &b.Shadow}, {&a.Answer, &b.Answer}, {&a.LiveFill, &b.LiveFill}, {&a.LiveTox, &b.LiveTox}, {&a.Cost, &b.Cost}} {
			if !same(*p[0], *p[1]) {
				t.Fatalf("row %d: %v, want %v", i, *p[0], *p[1])
			}
			*p[0], *p[1] = 0, 0
		}
		if a != b {
			t.Fatalf("row %d: read\n%+v, written\n%+v", i, a, b)
		}
		n++
	})
	if err != nil || n != int64(len(want)) || n != x.Rows {
		t.Fatalf("%d rows of %d, %d written: %v", n, x.Rows, len(want), err)
	}
	if again := extractOf(t, m); again.Hash != x.Hash {
		t.Error("the same source has two hashes")
	}
}

// FIT-01: with rows enough the heads come back as the world has them.
func TestHeadsFindTheTruth(t *testing.T) {
	n := 60_000
	if testing.Short() {
		n = 24_000
	}
	x := extractOf(t, &memory{seed: 2, rows: n})
	h, err := fitHeads(context.Background(), x, x.Rows, newMapping(nil), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := newTruth(2)
	z, count := 0.0, 0
	see := func(what string, got, want, se float64) {
		z += (got - want) * (got - want) / (se * se)
		if count++; math.Abs(got-want) > 5*se+.02 {
			t.Errorf("%s is %.3f ± %.3f, want %.3f", what, got, se, want)
		}
	}
	for i := range w.arms {
		a := &w.arms[i]
		arm, f := -1, (*HeadFit)(nil)
		for j, k := range x.Arms {
			if k.Venue == a.venue && k.Takes == a.style.Takes() {
				arm, f = j, &h.Fits[j]
			}
		}
		if arm < 0 {
			t.Fatalf("no arm for %s", a.venue)
		}
		got := &h.Arms[arm]
		for j := range dim {
			se := 1 / math.Sqrt(f.Fill.Hessian[j*dim+j])
			see(x.Arms[arm].String()+" H0", got.Fill.Mean[j], a.fill[j], se)
			se = math.Sqrt(got.Noise[1] / f.Tox[1].Hessian[j*dim+j])
			see(x.Arms[arm].String()+" H3", got.Toxicity[1].Mean[j], a.tox[1][j], se)
		}
		if a.style == order.StylePost {
			d := bandit.HazardBins + dim - 1
			for j := bandit.HazardBins; j < d; j++ {
				see(x.Arms[arm].String()+" H2", got.Hazard.Mean[j], a.slopes[j-bandit.HazardBins+1], 1/math.Sqrt(f.Hazard.Hessian[j*d+j]))
			}
		}
		if x.Arms[arm].sizes() != (len(got.SizeA) > 0) {
			t.Errorf("%v: sizes %v", x.Arms[arm], got.SizeA)
		}
	}
	if z /= float64(count); z > 1.6 {
		t.Errorf("the mean square of %d errors is %.2f standard errors", count, z)
	}
	t.Logf("%d coefficients, mean square error %.2f standard errors; kinds: %v", count, z, x.Kinds)
}
