package train

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/internal/order"
)

// walked is a market in which our takes push the mid by a known kernel, and nothing else is known of its walk.
type walked struct {
	memory
	kernel bandit.Kernel
}

func (w *walked) Each(_ context.Context, _ int64, fn func(*DecisionRow, []Row) error) error {
	rnd := rand.New(rand.NewPCG(4, 4))
	const vol, adv, steps = 150.0, 1e6, 20 // looks are multiples of 50 ms: 20 to a second
	var own bandit.Footprint
	mid, n := 0.0, 40_000
	levels := make([]float64, 0, n+200*steps)
	at := func(step int) int64 { return 1_772_463_600_000_000_000 + int64(step)*50_000_000 }
	trades := map[int][2]float64{} // side and share
	for s := range cap(levels) {
		b := own.At(at(s))
		levels = append(levels, mid+vol*w.kernel.Of(&b))
		mid += vol * math.Sqrt(.05/23400) * rnd.NormFloat64()
		if s < n && s%7 == 0 {
			side, share := float64(1-2*rnd.IntN(2)), 1e-3*rnd.ExpFloat64()
			trades[s] = [2]float64{side, share}
			own.Trade(at(s), side, share)
		}
	}
	d := &DecisionRow{}
	for s := range n {
		tr, ok := trades[s]
		if !ok {
			continue
		}
		r := Row{Instance: 1, At: at(s), Venue: "LITX", Kind: "lit", Symbol: "A", Style: order.StyleTake, Takes: true, Side: int(tr[0]), Vol: vol, ADV: adv, Lot: 100}
		for h := range bandit.Horizon(bandit.NumHorizons) {
			end := s + max(1, int(h.Nanos()/50_000_000))
			r.Marks = append(r.Marks, Mark{Horizon: h, Exec: uint64(s + 1), Qty: int64(math.Round(tr[1] * adv)), At: at(s), Due: at(end), Bps: -tr[0] * (levels[end] - levels[s])})
		}
		if err := fn(d, []Row{r}); err != nil {
			return err
		}
	}
	return nil
}

// FIT-05: the kernel that pushed the mids comes back, within what the market's walk leaves.
func TestKernel(t *testing.T) {
	w := &walked{kernel: bandit.Kernel{C: [bandit.KernelTerms]float64{.6, 0, .4, 0}}}
	gather := func(s Source) *KernelResult {
		var g kernelGather
		if err := s.Each(context.Background(), 0, func(_ *DecisionRow, rows []Row) error {
			for i := range rows {
				g.add(&rows[i])
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return g.result()
	}
	k := gather(w)
	t.Logf("%d moves, C = %.3f, explains %.3f", k.Moves, k.C, k.Explained)
	for j, want := range w.kernel.C {
		if math.Abs(k.C[j]-want) > .15 {
			t.Errorf("C[%d] is %.3f, want %v", j, k.C[j], want)
		}
	}
	if few := gather(&memory{seed: 1, rows: 50}); few.C != [bandit.KernelTerms]float64{} {
		t.Errorf("a kernel of next to nothing is %+v", few)
	}
}

// FIT-07: folds keep days whole where there are enough, and purge the cuts where there are not.
func TestFolds(t *testing.T) {
	const day = int64(24 * 3600 * 1e9)
	var at []int64
	for i := range 10 {
		for range 3 {
			at = append(at, int64(i)*day+int64(len(at)))
		}
	}
	fold, _ := folds(&Extract{Days: make([]Day, 10)}, at)
	for i := range at {
		if want := i / 3 % 5; fold[i] != want {
			t.Errorf("row %d of day %d is in fold %d, want %d", i, i/3, fold[i], want)
		}
	}
	at = at[:0]
	for i := range 1000 {
		at = append(at, int64(i)*1e9)
	}
	fold, _ = folds(&Extract{Days: make([]Day, 1)}, at)
	purged := 0
	for i := range at {
		switch {
		case fold[i] < 0:
			purged++
		case fold[i] != i*5/1000:
			t.Fatalf("row %d is in fold %d", i, fold[i])
		}
	}
	if purged < 4*15 || purged > 4*25 { // a fiftieth of the window before each of four cuts
		t.Errorf("%d of 1,000 rows are purged", purged)
	}
}

// FIT-08: a venue whose sends are followed by dearer mids leaks; one too rarely left out has no figure.
func TestLeaks(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 8))
	const leak = .4 // bps of each lot left, for each lot sent
	s := &drawn{n: 12_000, fn: func(i int) (*DecisionRow, []Row) {
		d := &DecisionRow{Instance: 1, Parent: uint64(i), Decision: uint64(i), At: int64(i) * 1e9, Want: 1000, Known: true, Static: 0}
		var phi [dim]float64
		phi[0] = 1
		for j := 1; j < dim; j++ {
			phi[j] = min(4, max(-4, rnd.NormFloat64()))
		}
		for _, v := range []string{"DARKA", "DARKB"} {
			d.Venues = append(d.Venues, VenueRow{Venue: v, Kind: "dark", Style: order.StyleDark, Phi: phi, FillProb: .1})
			d.Plans = append(d.Plans, Plan{Name: v, Prob: .5, Shares: []Share{{Venue: v, Kind: "dark", Style: order.StyleDark, Qty: 200}}})
		}
		d.Chosen = rnd.IntN(2)
		got := 0
		if rnd.Float64() < .1 {
			got = 1
		}
		against := .4 * rnd.NormFloat64()
		if d.Chosen == 0 && got == 0 {
			against += leak * 2 / 10 // two lots sent, ten left
		}
		v := d.Venues[d.Chosen]
		r := Row{Instance: 1, Parent: d.Parent, At: d.At, Venue: v.Venue, Kind: "dark", Style: v.Style, Lot: 100, HasFill: true, Sent: 2, Got: got, Phi: phi,
			Marks: []Mark{{Horizon: bandit.Horizon10s, Shadow: got == 0, Qty: int64(100 * got), Bps: -against}}}
		return d, []Row{r}
	}}
	var g leakGather
	err := s.Each(context.Background(), 0, func(d *DecisionRow, rows []Row) error { g.take(d, rows); return nil })
	if err != nil {
		t.Fatal(err)
	}
	leaks, err := g.result()
	if err != nil {
		t.Fatal(err)
	}
	if len(leaks) != 2 || leaks[0].Refused != "" {
		t.Fatalf("%+v", leaks)
	}
	a := leaks[0]
	t.Logf("λ of DARKA %.3f ± %.3f (shrunk %.3f), of DARKB %.3f ± %.3f", a.Raw, a.SE, a.Lambda, leaks[1].Raw, leaks[1].SE)
	// idle at A means sent to B, which does not leak
	if math.Abs(a.Raw-leak) > 4*a.SE || !(a.Raw > leaks[1].Raw+4*a.SE) {
		t.Errorf("λ of the venue that leaks is %.3f ± %.3f, want %v", a.Raw, a.SE, leak)
	}
}

// drawn is a source of given decisions.
type drawn struct {
	memory
	n  int
	fn func(i int) (*DecisionRow, []Row)
}

func (s *drawn) Each(_ context.Context, _ int64, fn func(*DecisionRow, []Row) error) error {
	for i := range s.n {
		d, rows := s.fn(i)
		if err := fn(d, rows); err != nil {
			return err
		}
	}
	return nil
}
