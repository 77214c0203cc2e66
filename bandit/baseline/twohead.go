package baseline

import (
	"errors"
	"fmt"
	"math"

	"github.com/sluice-sor/sluice/bandit"
)

// TwoHeadConfig describes a TwoHead.
type TwoHeadConfig struct {
	Arms     int
	Dim      int     // features of the fill head
	Toxic    int     // features of the toxicity head: the first so many of them
	Width    float64 // v ≥ 0, in units of the posterior's sd; .3 is usual
	Discount float64 // g in (0, 1] a decision
	Every    int     // decisions between two applications
	Plain    bool    // w = 1 in the toxicity head instead of Student weights
}

// TwoHead is Thompson sampling with the heads of package bandit: it draws a fill probability and a toxicity per arm
// and joins them by the cost identity (Chapelle, Li 2011, for logistic models; Agrawal, Goyal 2013, for linear ones):
//
//	ã ~ N(φᵀθ̂_fill, v²s²),  t̃ ~ N(φᵀθ̂_tox, v²σ²φᵀA⁻¹φ)
//	score = σ(ã)·(Filled + t̃) + (1 − σ(ã))·Unfilled
//
// As for LinTS the draws are of the products, not of θ. Features beyond ±4 are clipped, as bandit's heads want them.
type TwoHead struct {
	config TwoHeadConfig
	fill   []*bandit.FillHead
	tox    []*bandit.ToxicityHead
	data   int
	phi    []float64 // scratch
}

// NewTwoHead gives the policy; the error names everything that is wrong.
func NewTwoHead(c TwoHeadConfig) (*TwoHead, error) {
	if c.Arms < 1 || c.Toxic < 1 || c.Toxic > c.Dim || !(c.Width >= 0) || !(c.Discount > 0 && c.Discount <= 1) || c.Every < 1 {
		return nil, fmt.Errorf("baseline: two-head Thompson sampling %+v: give at least one arm, 1 to Dim features of toxicity, Width 0 or more, Discount in (0, 1], Every 1 or more", c)
	}
	t := &TwoHead{config: c, phi: make([]float64, c.Dim)}
	never := bandit.Memory{Tau: math.Inf(1)}
	for range c.Arms {
		f, err1 := bandit.NewFillHead(bandit.Isotropic(c.Dim, 0), never)
		x, err2 := bandit.NewToxicityHead(bandit.Isotropic(c.Toxic, .5), never, c.Plain)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("baseline: two-head Thompson sampling: %w", err)
		}
		t.fill, t.tox = append(t.fill, f), append(t.tox, x)
	}
	return t, nil
}

// clip copies φ within bandit's bounds.
func (t *TwoHead) clip(phi []float64) []float64 {
	for i, v := range phi {
		t.phi[i] = min(4, max(-4, v))
	}
	return t.phi
}

// Score draws the cost of each option, with draws 2·Arm and 2·Arm+1 of the key.
func (t *TwoHead) Score(dst []float64, options []Option, key bandit.Key) []float64 {
	dst = resize(dst, len(options))
	for i := range options {
		o := &options[i]
		phi, at := t.clip(o.Phi), uint64(2*o.Arm)
		f := t.fill[o.Arm].Predict(phi)
		x := t.tox[o.Arm]
		p := bandit.Sigmoid(f.A + t.config.Width*f.SD*normal(key, at))
		tox := x.Predict(phi[:t.config.Toxic]).Mean + t.config.Width*x.MeanSE(phi[:t.config.Toxic])*normal(key, at+1)
		dst[i] = p*(o.Filled+tox) + (1-p)*o.Unfilled
	}
	return dst
}

// Distribution is certain given the draws; the law without them has no closed form.
func (t *TwoHead) Distribution(dst, scores []float64) []float64 { return certain(dst, scores) }

// Learn takes the outcome of an option that was chosen.
func (t *TwoHead) Learn(o Option, out Outcome) {
	phi := t.clip(o.Phi)
	f := t.fill[o.Arm]
	f.Update(bandit.FillDatum{Phi: phi, Prediction: f.Predict(phi), Y: out.Share})
	if out.Share > 0 {
		x, phi := t.tox[o.Arm], phi[:t.config.Toxic]
		x.Update(bandit.ToxicityDatum{Phi: phi, Prediction: x.Predict(phi), Z: out.Toxicity})
	}
	if t.data++; t.config.Discount < 1 && t.data%t.config.Every == 0 {
		g := math.Pow(t.config.Discount, float64(t.config.Every))
		for k := range t.fill {
			t.fill[k].Keep(g)
			t.tox[k].Keep(g)
		}
	}
}
