package train

import (
	"context"
	"fmt"
	"math"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/models"
	"github.com/sluice-sor/sluice/train/fit"
)

func wrap(key ArmKey, err error) error { return fmt.Errorf("train: %v: %w", key, err) }

// Heads are the fitted heads of all arms and kinds, as an artifact has them.
type Heads struct {
	Arms, Kinds []models.Arm
	Fits        []HeadFit // of the arms, before they were shrunk
	Pooled      []HeadFit // of the kinds
	Spread      []Spread  // of the kinds, how their venues differ
}

// Spread is how the venues of a kind differ in a head's intercept.
type Spread struct{ Fill, Toxicity fit.Kind }

// fitHeads fits every kind as one, then every arm with its kind's slopes as a penalty, and shrinks the arms' intercepts towards
// the kind's by what their differences show (FTR-03). The fits begin where those of start ended, on other rows and the same
// features; nil is a start from nothing.
func fitHeads(ctx context.Context, x *Extract, last int64, phi *mapping, start *Heads, progress func(string, int)) (*Heads, error) {
	const nanosADay = 24 * 3600 * 1e9
	h := &Heads{}
	d := phi.dim()
	task := headTask{x: x, last: last, phi: phi, sizeTau: 14 * nanosADay} // ten trading days (DRF-02)
	task.keys, task.group = x.Kinds, func(arm int) int { return x.Of[arm] }
	for _, k := range x.Kinds {
		task.priors = append(task.priors, k.cold(d))
	}
	note := func(what string) func(int) {
		if progress == nil {
			return nil
		}
		return func(pass int) { progress(what, pass) }
	}
	if task.progress = note("kinds of venue"); start != nil {
		task.start = start.Pooled
	}
	var err error
	if h.Pooled, err = task.run(ctx); err != nil {
		return nil, err
	}
	task.keys, task.group, task.priors = x.Arms, func(arm int) int { return arm }, nil
	for i := range x.Arms {
		task.priors = append(task.priors, h.Pooled[x.Of[i]].penalty(x.Kinds[x.Of[i]].cold(d)))
	}
	if task.progress = note("venues"); start != nil {
		task.start = start.Fits
	}
	if h.Fits, err = task.run(ctx); err != nil {
		return nil, err
	}
	h.Arms, h.Kinds, h.Spread = make([]models.Arm, len(x.Arms)), make([]models.Arm, len(x.Kinds)), make([]Spread, len(x.Kinds))
	for k := range x.Kinds {
		if err := h.assemble(x, k, task.priors, d); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// penalty moves a cold prior to the kind's fit, with intercepts that hardly hold: those are shrunk afterwards.
func (f *HeadFit) penalty(cold priors) priors {
	const loose = .25
	move := func(p bandit.Prior, r *fit.Result, lead int) bandit.Prior {
		if len(r.Theta) == 0 {
			return p
		}
		n := len(p.Mean)
		p.Mean = append([]float64(nil), r.Theta...)
		for i := range lead {
			p.Precision[i*n+i] = loose
		}
		return p
	}
	cold.fill = move(cold.fill, &f.Fill, 1)
	cold.hazard = move(cold.hazard, &f.Hazard, bandit.HazardBins)
	for h := bandit.NumHorizons - 1; h >= 0; h-- { // horizons share the penalty of the one that has data and is nearest to the fill
		if len(f.Tox[h].Theta) > 0 {
			cold.tox = move(cold.tox, &f.Tox[h], 1)
		}
	}
	return cold
}

// assemble makes the arms of one kind, and the kind's own.
func (h *Heads) assemble(x *Extract, k int, p []priors, d int) error {
	var of []int
	for i := range x.Arms {
		if x.Of[i] == k {
			of = append(of, i)
			h.Arms[i] = models.Arm{Venue: x.Arms[i].Venue, Kind: x.Arms[i].Kind, Takes: x.Arms[i].Takes, Rows: h.Fits[i].Rows}
		}
	}
	kind, pooled := &h.Kinds[k], &h.Pooled[k]
	*kind = models.Arm{Kind: x.Kinds[k].Kind, Takes: x.Kinds[k].Takes, Rows: pooled.Rows}
	cold := x.Kinds[k].cold(d)
	s := &h.Spread[k]
	var err error
	s.Fill, err = h.shrink(of, kind, &kind.Fill, 1, cold.fill, func(i int) (*fit.Result, bandit.Prior, float64, *models.Gaussian) {
		return &h.Fits[i].Fill, p[i].fill, 1, &h.Arms[i].Fill
	})
	if err != nil {
		return wrap(x.Kinds[k], err)
	}
	if pooled.Lives > 0 {
		if _, err = h.shrink(of, kind, &kind.Hazard, bandit.HazardBins, cold.hazard, func(i int) (*fit.Result, bandit.Prior, float64, *models.Gaussian) {
			return &h.Fits[i].Hazard, p[i].hazard, 1, &h.Arms[i].Hazard
		}); err != nil {
			return wrap(x.Kinds[k], err)
		}
	}
	for b := range bandit.NumHorizons {
		if pooled.Marks[b] == 0 {
			continue
		}
		kind.Noise[b] = pooled.Noise[b]
		for _, i := range of {
			h.Arms[i].Noise[b] = blend(h.Fits[i].Noise[b], float64(h.Fits[i].Marks[b]), pooled.Noise[b])
		}
		spread, err := h.shrink(of, kind, &kind.Toxicity[b], 1, cold.tox, func(i int) (*fit.Result, bandit.Prior, float64, *models.Gaussian) {
			return &h.Fits[i].Tox[b], p[i].tox, h.Arms[i].Noise[b], &h.Arms[i].Toxicity[b]
		})
		if err != nil {
			return wrap(x.Kinds[k], err)
		}
		if bandit.Horizon(b) == x.Kinds[k].decide() {
			s.Toxicity = spread
		}
	}
	h.rest(x, of, kind, pooled)
	return nil
}

// rest fills what needs no shrinking: sizes and answer times.
func (h *Heads) rest(x *Extract, of []int, kind *models.Arm, pooled *HeadFit) {
	mean := pooled.Latency
	if pooled.Answers == 0 {
		mean = 1e-3
	}
	kind.Latency = max(1e-6, mean)
	for _, i := range of {
		a, f := &h.Arms[i], &h.Fits[i]
		a.Latency = max(1e-6, (2*mean+f.Latency*float64(f.Answers))/(2+float64(f.Answers))) // the Gamma of H5 is worth two answers
		if x.Arms[i].sizes() {
			a.SizeA, a.SizeB = append([]float64(nil), f.Sizes.A[:]...), append([]float64(nil), f.Sizes.B[:]...)
		}
	}
}

// blend takes a kind's variance for as much as 50 rows of one's own.
func blend(own, n, kind float64) float64 { return (n*own + 50*kind) / (n + 50) }

// shrink moves the intercepts of one head of the arms of a kind, and writes the arms' and the kind's Gaussians.
func (h *Heads) shrink(of []int, kind *models.Arm, pooled *models.Gaussian, lead int, cold bandit.Prior,
	head func(i int) (*fit.Result, bandit.Prior, float64, *models.Gaussian),
) (fit.Kind, error) {
	var members []fit.Member
	var known []int
	for _, i := range of {
		r, p, noise, _ := head(i)
		if len(r.Theta) == 0 || r.Rows == 0 {
			continue
		}
		info := append([]float64(nil), p.Precision...)
		for j := range info {
			info[j] += r.Hessian[j]
		}
		members = append(members, fit.Member{Theta: append([]float64(nil), r.Theta...), Information: info, Noise: noise})
		known = append(known, i)
	}
	if len(members) == 0 {
		*pooled = models.Gaussian{Mean: cold.Mean, Precision: cold.Precision}
		for _, i := range of {
			_, _, _, out := head(i)
			*out = *pooled
		}
		return fit.Kind{}, nil
	}
	k, err := fit.Shrink(members, lead, math.Sqrt(members[0].Noise))
	if err != nil {
		return k, err
	}
	*pooled = hint(&k, cold, lead, members[0].Noise)
	for j, i := range known {
		r, _, _, out := head(i)
		precision, err := fit.Temper(members[j].Information, r.Mass)
		if err != nil {
			return k, wrap(ArmKey{Venue: h.Arms[i].Venue, Kind: kind.Kind, Takes: kind.Takes}, err)
		}
		*out = models.Gaussian{Mean: members[j].Theta, Precision: precision}
	}
	for _, i := range of {
		if _, _, _, out := head(i); out.Empty() {
			*out = *pooled
		}
	}
	return k, nil
}

// hint is a kind's Gaussian for a venue that nothing is known of: the mean of its venues, intercepts as certain as these are
// alike, at most four times a cold prior, slopes as in a cold prior (as bandit.Pool has it).
func hint(k *fit.Kind, cold bandit.Prior, lead int, noise float64) models.Gaussian {
	const most = 4
	d := len(k.Mean)
	g := models.Gaussian{Mean: append([]float64(nil), k.Mean...), Precision: append([]float64(nil), cold.Precision...)}
	if variance := k.Tau*k.Tau + k.SE*k.SE; variance > 0 {
		for i := range lead {
			own := cold.Precision[i*d+i]
			g.Precision[i*d+i] = min(most*own, max(own, noise/variance))
		}
	}
	return g
}
