package train

import (
	"context"
	"math"

	"github.com/sluice-sor/sluice/bandit"
)

// A Paired is how much better one model's log density is than another's on the same rows, nats a row, with the radius of a
// confidence sequence (ABT-03).
type Paired struct {
	N          int64
	Mean       float64 // of the candidate
	Other      float64 // of the model it is compared with
	Difference float64
	Radius     float64 // +Inf below 200 rows, where it may not be read
	m2         float64
}

// alpha and design are those of every interval here: 95 %, narrowest at 5,000 rows.
const (
	alpha  = .05
	design = 5000
)

func (p *Paired) add(candidate, other float64) {
	p.N++
	n := float64(p.N)
	p.Mean += (candidate - p.Mean) / n
	p.Other += (other - p.Other) / n
	d := candidate - other
	delta := d - p.Difference
	p.Difference += delta / n
	p.m2 += delta * (d - p.Difference)
}

func (p *Paired) close() {
	p.Radius = math.Inf(1)
	if p.N >= 200 {
		p.Radius = bandit.Radius(math.Sqrt(p.m2/float64(p.N-1)), p.N, alpha, design)
	}
}

// Calibration compares probabilities with what came, in bins of the probability.
type Calibration struct {
	Bins  []CalibrationBin
	N     int64
	ECE   float64 // Σ n_b/n·|mean p − mean y|
	Noise float64 // what ECE would be on average if every probability were true
	Luck  float64 // and in one case of twenty at least
	Brier float64
}

// A CalibrationBin has the rows whose probability lies in it.
type CalibrationBin struct {
	N    int64
	P, Y float64 // means
	sum  float64 // Σ p(1−p)
}

// calibrationEdges are finer where hazards lie.
var calibrationEdges = [...]float64{.001, .002, .005, .01, .02, .05, .1, .15, .2, .25, .3, .35, .4, .45, .5, .55, .6, .65, .7, .75, .8, .85, .9, .95, 1}

func (c *Calibration) add(p, y float64) {
	if c.Bins == nil {
		c.Bins = make([]CalibrationBin, len(calibrationEdges))
	}
	b := 0
	for b < len(calibrationEdges)-1 && p > calibrationEdges[b] {
		b++
	}
	bin := &c.Bins[b]
	bin.N++
	bin.P += p
	bin.Y += y
	bin.sum += p * (1 - p)
	c.Brier += (p - y) * (p - y)
	c.N++
}

func (c *Calibration) close() {
	for i := range c.Bins {
		b := &c.Bins[i]
		if b.N == 0 {
			continue
		}
		n := float64(b.N)
		b.P, b.Y = b.P/n, b.Y/n
		c.ECE += n / float64(c.N) * math.Abs(b.P-b.Y)
		c.Noise += n / float64(c.N) * math.Sqrt(2/math.Pi*b.sum) / n // mean size of a normal error
	}
	variance := 0.0
	for _, b := range c.Bins {
		share := float64(b.N) / float64(c.N)
		variance += share * share * b.sum / max(1, float64(b.N)*float64(b.N)) * (1 - 2/math.Pi)
	}
	c.Luck = c.Noise + 1.645*math.Sqrt(variance)
	c.Brier /= float64(max(1, c.N))
}

// Excess is how much of the error bad luck does not explain.
func (c *Calibration) Excess() float64 { return max(0, c.ECE-c.Luck) }

// Coverage is how often an interval held what came.
type Coverage struct{ Hit, N int64 }

// Share is the rate, with its 95 % interval by Wilson (1927).
func (c *Coverage) Share() (rate, low, high float64) {
	if c.N == 0 {
		return math.NaN(), 0, 1
	}
	const z = 1.96
	n := float64(c.N)
	rate = float64(c.Hit) / n
	centre, half := rate+z*z/(2*n), z*math.Sqrt(rate*(1-rate)/n+z*z/(4*n*n))
	return rate, (centre - half) / (1 + z*z/n), (centre + half) / (1 + z*z/n)
}

// A Validation is a frozen model's record on rows that it has not seen, beside that of another.
type Validation struct {
	Rows          int64
	Fill, Tox     Paired // H0 and H3
	LiveFill      Paired // H0 against what the router held when it decided, learning as it went; a diagnostic
	FillBins      Calibration
	HazardBins    Calibration
	Inside        Coverage // of the 90 % interval of H3, at the arms' horizons
	Selection     float64  // E[tox | fill] − E[shadow markout | no fill], bps (LRN-04)
	toxed, ghosts mean
	arms          []ArmKey
}

type mean struct{ n, sum float64 }

func (m *mean) add(x float64) { m.n, m.sum = m.n+1, m.sum+x }

func (m *mean) value() float64 {
	if m.n == 0 {
		return math.NaN()
	}
	return m.sum / m.n
}

// validate scores a candidate and another model on rows first to last.
func validate(ctx context.Context, x *Extract, first, last int64, candidate, other *predictor) (*Validation, error) {
	v := &Validation{arms: x.Arms}
	curves := make([]bandit.Curve, len(x.Arms)) // of no-fills under MinQty; the same for both models
	for i := range curves {
		curves[i] = sizeCurve(bandit.DefaultSizePrior(), .5)
	}
	psi := make([]float64, len(candidate.arms[0].hazard.mean))
	err := x.each(ctx, first, last, func(_ int64, e *entry) {
		v.Rows++
		here, there := candidate.phi.of(e), other.phi.of(e)
		arm := int(e.Arm)
		if e.has(hasFill) && e.Sent > 0 {
			d := bandit.SizeDatum{Curve: curves[arm], Sent: int(e.Sent), Filled: int(e.Got), MinQty: int(e.MinQty), Canceled: e.has(early)}
			d.Curve.Taken = int(e.Taken)
			if y, ok := d.Tries(); ok {
				v.filled(y, candidate.fill(arm, here), other.fill(arm, there), e.LiveFill)
			}
		}
		v.marked(e, candidate, other, here, there)
		if e.has(hasLife) {
			v.lived(e, &candidate.arms[arm].hazard, here, psi)
		}
	})
	if err != nil {
		return nil, err
	}
	for _, p := range []*Paired{&v.Fill, &v.Tox, &v.LiveFill} {
		p.close()
	}
	v.FillBins.close()
	v.HazardBins.close()
	v.Selection = v.toxed.value() - v.ghosts.value()
	return v, nil
}

// bernoulli is the log density of y, which may be a probability itself.
func bernoulli(y, p float64) float64 {
	p = min(1-1e-9, max(1e-9, p))
	return y*math.Log(p) + (1-y)*math.Log1p(-p)
}

func (v *Validation) filled(y, p, other, live float64) {
	v.Fill.add(bernoulli(y, p), bernoulli(y, other))
	if !math.IsNaN(live) {
		v.LiveFill.add(bernoulli(y, p), bernoulli(y, live))
	}
	v.FillBins.add(p, y)
}

func (v *Validation) marked(e *entry, candidate, other *predictor, here, there []float64) {
	h := v.arms[e.Arm].decide()
	if z := e.Tox[h]; !math.IsNaN(z) {
		m, s2 := candidate.toxicity(int(e.Arm), h, here)
		n, t2 := other.toxicity(int(e.Arm), h, there)
		v.Tox.add(logT4(z, m, s2), logT4(z, n, t2))
		v.Inside.N++
		const z90 = 1.6448536269514722
		if math.Abs(z-m) <= z90*math.Sqrt(s2) {
			v.Inside.Hit++
		}
		v.toxed.add(z)
	}
	if !math.IsNaN(e.Shadow) {
		v.ghosts.add(e.Shadow)
	}
}

// lived scores every bin of a life that was in view.
func (v *Validation) lived(e *entry, hazard *gaussian, phi, psi []float64) {
	copy(psi[bandit.HazardBins:], phi[1:])
	for b := range bandit.HazardBins {
		if y, logShare, ok := e.Life.Bin(b); ok {
			psi[b] = 1
			v.HazardBins.add(hazard.probability(psi, logShare), y)
			psi[b] = 0
		}
	}
}

// mostLives is how many lives the survival diagnostics look at, the first of the part.
const mostLives = 20_000
