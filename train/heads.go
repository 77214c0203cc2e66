package train

import (
	"context"
	"math"
	"runtime"
	"sync"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/models"
	"github.com/sluice-sor/sluice/train/fit"
)

// A HeadFit is what the rows of one group, an arm or a kind, say of its heads.
type HeadFit struct {
	Rows    int64
	Tried   int64   // rows that say something of any fill
	Rate    float64 // of them, the share that filled
	Marks   [bandit.NumHorizons]int64
	Lives   int64
	Answers int64
	Latency float64 // mean of answers, seconds
	Sizes   bandit.SizePrior
	Sends   int64 // rows behind Sizes
	Fill    fit.Result
	Hazard  fit.Result // empty: nothing rested
	Tox     [bandit.NumHorizons]fit.Result
	Noise   [bandit.NumHorizons]float64 // bps²
}

// priors are the penalties of a group's fits.
type priors struct{ fill, tox, hazard bandit.Prior }

// A headTask fits the heads of all groups in shared passes over rows first to last.
type headTask struct {
	x           *Extract
	first, last int64
	group       func(arm int) int
	keys        []ArmKey
	priors      []priors
	phi         *mapping
	start       []HeadFit // where the fits begin, by group; nil: at the penalties
	sizeTau     float64   // nanoseconds of age by which H1 counts e times less
	progress    func(pass int)
}

// groupFit is a group's estimators; nil where they are done or have nothing to do.
type groupFit struct {
	HeadFit
	key     ArmKey
	sizes   fit.Sizes
	curve   bandit.Curve
	answers float64
	filled  float64
	fill    *fit.Logistic
	hazard  *fit.Logistic
	tox     [bandit.NumHorizons]*fit.Huber
	began   bool      // the estimators are there
	bins    []fit.Bin // room for those of one life
}

// run takes one pass for what is counted, then pass after pass until every estimator is done.
func (t *headTask) run(ctx context.Context) ([]HeadFit, error) {
	groups := make([]*groupFit, len(t.keys))
	for i := range groups {
		groups[i] = &groupFit{key: t.keys[i], sizes: fit.Sizes{Tau: t.sizeTau}}
		groups[i].curve = sizeCurve(bandit.DefaultSizePrior(), .5)
	}
	if err := t.pass(ctx, groups, func(g *groupFit, e *entry, _ []float64) { g.count(e, t.x.To) }); err != nil {
		return nil, err
	}
	for i, g := range groups {
		var start *HeadFit
		if t.start != nil {
			start = &t.start[i]
		}
		g.begin(&t.priors[i], start)
	}
	for pass := 1; ; pass++ {
		if t.progress != nil {
			t.progress(pass)
		}
		if err := t.pass(ctx, groups, (*groupFit).add); err != nil {
			return nil, err
		}
		left := 0
		for _, g := range groups {
			n, err := g.end()
			if err != nil {
				return nil, err
			}
			left += n
		}
		if left == 0 {
			break
		}
	}
	out := make([]HeadFit, len(groups))
	for i, g := range groups {
		out[i] = g.HeadFit
	}
	return out, nil
}

// pass gives every row of the range to its group. Workers share it by group, so that each group's rows come to its sums in the
// order of time, however many there are.
func (t *headTask) pass(ctx context.Context, groups []*groupFit, fn func(g *groupFit, e *entry, phi []float64)) error {
	workers := min(len(groups), runtime.GOMAXPROCS(0))
	maps := make([]*mapping, workers)
	for w := range maps {
		maps[w] = t.phi.clone()
	}
	return t.x.batches(ctx, t.first, t.last, func(batch []entry) {
		var wait sync.WaitGroup
		for w := range workers {
			wait.Go(func() {
				for i := range batch {
					e := &batch[i]
					if g := t.group(int(e.Arm)); g >= 0 && g%workers == w && groups[g].wants(e) {
						fn(groups[g], e, maps[w].of(e))
					}
				}
			})
		}
		wait.Wait()
	})
}

// batches gives fn the rows from first to before last in pieces, and reads the next while fn works on one.
func (x *Extract) batches(ctx context.Context, first, last int64, fn func([]entry)) error {
	const size = 2048
	free, full := make(chan []entry, 2), make(chan []entry)
	free <- make([]entry, 0, size)
	free <- make([]entry, 0, size)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	failed := make(chan error, 1)
	go func() {
		defer close(full)
		batch := <-free
		err := x.scan(ctx, first, last, func(room []byte) {
			batch = batch[:len(batch)+1]
			if batch[len(batch)-1].get(room); len(batch) == size {
				full <- batch
				batch = (<-free)[:0]
			}
		})
		if err == nil && len(batch) > 0 {
			full <- batch
		}
		failed <- err
	}()
	for batch := range full {
		fn(batch)
		free <- batch
	}
	return <-failed
}

// datum is the row's look at liquidity.
func (g *groupFit) datum(e *entry) bandit.SizeDatum {
	d := bandit.SizeDatum{Curve: g.curve, Sent: int(e.Sent), Filled: int(e.Got), MinQty: int(e.MinQty), Canceled: e.has(early)}
	d.Curve.Taken = int(e.Taken)
	return d
}

// count takes what needs no iteration: rates, counts of sizes, answers.
func (g *groupFit) count(e *entry, until int64) {
	g.Rows++
	if e.has(hasFill) && e.Sent > 0 {
		d := g.datum(e)
		if y, ok := d.Tries(); ok {
			g.Tried++
			g.filled += y
		}
		if g.key.sizes() {
			ended, survived := d.Counts()
			g.sizes.Add(&ended, &survived, float64(until-e.At))
		}
	}
	if e.has(hasLife) {
		g.Lives++
	}
	for h, z := range e.Tox {
		if !math.IsNaN(z) {
			g.Marks[h]++
		}
	}
	if !math.IsNaN(e.Answer) {
		g.Answers++
		g.answers += e.Answer
	}
}

// sizeCurve is the curve of a prior of sizes where any fill has probability p.
func sizeCurve(prior bandit.SizePrior, p float64) bandit.Curve {
	h, err := bandit.NewSizeHead(prior, bandit.DefaultMemory())
	if err != nil {
		panic("train: " + err.Error()) // counts on a valid prior are one
	}
	return h.Curve(p)
}

// begin makes the estimators once the counts are there; start is where they begin, nil at their penalties.
func (g *groupFit) begin(p *priors, start *HeadFit) {
	g.Rate = .5
	if g.Tried > 0 {
		g.Rate = g.filled / float64(g.Tried)
	}
	if g.Answers > 0 {
		g.Latency = g.answers / float64(g.Answers)
	}
	g.Sizes, g.Sends = g.sizes.Prior(bandit.DefaultSizePrior()), g.sizes.Rows()
	g.curve = sizeCurve(g.Sizes, g.Rate)
	g.fill = fit.NewLogistic(p.fill)
	if g.Lives > 0 {
		g.hazard = fit.NewLogistic(p.hazard)
	}
	for h := range g.tox {
		if g.Marks[h] > 0 {
			g.tox[h] = fit.NewHuber(p.tox)
		}
	}
	if g.began = true; start == nil {
		return
	}
	g.fill.Start(start.Fill.Theta)
	if g.hazard != nil {
		g.hazard.Start(start.Hazard.Theta)
	}
	for h, t := range g.tox {
		if t != nil {
			t.Start(start.Tox[h].Theta, start.Tox[h].Objective)
		}
	}
}

// wants reports whether a row says anything to an estimator that is not done: a feature map is dear.
func (g *groupFit) wants(e *entry) bool {
	if !g.began || g.fill != nil && e.has(hasFill) || g.hazard != nil && e.has(hasLife) {
		return true
	}
	for h, t := range g.tox {
		if t != nil && !math.IsNaN(e.Tox[h]) {
			return true
		}
	}
	return false
}

// add gives one row to the estimators that are not done.
func (g *groupFit) add(e *entry, phi []float64) {
	if g.fill != nil && e.has(hasFill) && e.Sent > 0 {
		d := g.datum(e)
		if y, ok := d.Tries(); ok {
			g.fill.Add(phi, y, 0, 1)
		}
	}
	if g.hazard != nil && e.has(hasLife) {
		g.bins = g.bins[:0]
		for b := range bandit.HazardBins {
			if y, logShare, ok := e.Life.Bin(b); ok {
				g.bins = append(g.bins, fit.Bin{At: b, Y: y, Offset: logShare})
			}
		}
		g.hazard.AddBins(g.bins, phi[1:])
	}
	for h, t := range g.tox {
		if t != nil && !math.IsNaN(e.Tox[h]) {
			t.Add(phi, e.Tox[h], 1)
		}
	}
}

// end ends a pass and gives how many estimators want another.
func (g *groupFit) end() (left int, err error) {
	for _, f := range [2]struct {
		of   **fit.Logistic
		into *fit.Result
	}{{&g.fill, &g.Fill}, {&g.hazard, &g.Hazard}} {
		switch {
		case *f.of == nil:
		case !(*f.of).End():
			left++
		default:
			if *f.into, err = (*f.of).Result(); err != nil {
				return 0, wrap(g.key, err)
			}
			*f.of = nil
		}
	}
	for h, t := range g.tox {
		switch {
		case t == nil:
		case !t.End():
			left++
		default:
			if g.Tox[h], err = t.Result(); err != nil {
				return 0, wrap(g.key, err)
			}
			g.Noise[h], g.tox[h] = servedNoise(t), nil
		}
	}
	return left, nil
}

// servedNoise is the variance whose central 90 %, were it a normal one, holds nine tenths of the residuals: what an interval of
// the served head says is then true, whatever the tails are.
func servedNoise(h *fit.Huber) float64 {
	const z90 = 1.6448536269514722
	sd := h.Within(.9) / z90
	return min(1e4, max(1e-4, sd*sd))
}

// A mapping turns a row's features into those of the heads.
type mapping struct {
	net          *models.Network // nil: they are the same
	out, scratch []float64
}

func newMapping(net *models.Network) *mapping {
	m := &mapping{net: net}
	if net != nil {
		m.out, m.scratch = make([]float64, net.Out()), make([]float64, net.Scratch())
	}
	return m
}

func (m *mapping) clone() *mapping { return newMapping(m.net) }

// dim is the number of features that it gives.
func (m *mapping) dim() int {
	if m.net == nil {
		return dim
	}
	return m.net.Out()
}

// of is valid until the next call.
func (m *mapping) of(e *entry) []float64 {
	if m.net == nil {
		return e.Phi[:]
	}
	model := models.Model{Map: m.net}
	return model.Phi(m.out, m.scratch, &e.Phi)
}
