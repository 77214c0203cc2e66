package bandit

import (
	"errors"
	"fmt"
)

// RivalConfig says how a head is watched by rivals.
type RivalConfig struct {
	Spans  []int   // data after which each rival starts anew, each ≥ 1; several scales find early and late what is large and small
	Margin float64 // log predictive density, in nats, by which a rival must lead to replace the head, > 0
}

// DefaultRivals has three rivals of 100, 400 and 1,600 data and a margin of 10 nats, by the measured regret over
// worlds with and without a change.
func DefaultRivals() RivalConfig { return RivalConfig{Spans: []int{100, 400, 1600}, Margin: 10} }

// Validate names every figure that is out of range.
func (c RivalConfig) Validate() error {
	var errs []error
	for i, n := range c.Spans {
		if n < 1 {
			errs = append(errs, fmt.Errorf("bandit: rivals: span %d is %d data: give 1 or more", i, n))
		}
	}
	if !(c.Margin > 0) || !finite(c.Margin) {
		errs = append(errs, fmt.Errorf("bandit: rivals: Margin is %v nats: give more than 0", c.Margin))
	}
	return errors.Join(errs...)
}

// rivals watch a head for a change of the world by predicting beside it. A rival is a head of
// the same prior that began later. Each datum is scored before it is learned:
//
//	lead += ln p_rival(y|φ) − ln p_head(y|φ)
//
// A rival whose lead reaches the margin replaces the head; one that has seen its span of data starts anew. If the head
// is right, e^lead is a nonnegative martingale that starts at 1, so a rival replaces it wrongly with probability of at
// most e^−margin from each start (Ville 1939); the heads' densities are approximations, so that this is a guide. Against
// CUSUM, which asks whether errors are large, rivals ask whether something else would have made smaller ones: they
// find changes that leave the size of the errors alone, and name the knowledge to go on with.
//
// Rivals predict when the datum arrives, not when its decision was made; the head's prediction is the decision's.
type rivals[H ager] struct {
	config RivalConfig
	fresh  func() H
	now    int64 // bucket
	of     []rival[H]
}

// ager is a head that forgets by buckets.
type ager interface{ Advance(bucket int64) }

type rival[H ager] struct {
	head H
	data int
	lead float64
}

func newRivals[H ager](config RivalConfig, fresh func() H) (rivals[H], error) {
	r := rivals[H]{config: config, fresh: fresh, of: make([]rival[H], len(config.Spans))}
	r.config.Spans = append([]int(nil), config.Spans...)
	if err := config.Validate(); err != nil {
		return r, err
	}
	r.Restart()
	return r, nil
}

// Restart begins all rivals anew, as after a change that was found elsewhere.
func (r *rivals[H]) Restart() {
	for i := range r.of {
		r.begin(i)
	}
}

func (r *rivals[H]) begin(i int) {
	r.of[i] = rival[H]{head: r.fresh()}
	r.of[i].head.Advance(r.now)
}

// Advance ages the rivals to the given bucket, as the head is aged.
func (r *rivals[H]) Advance(bucket int64) {
	r.now = max(r.now, bucket)
	for i := range r.of {
		r.of[i].head.Advance(bucket)
	}
}

// observe lets every rival gain on the head and gives the one that replaces it.
func (r *rivals[H]) observe(gain func(H) float64) (winner H, ok bool) {
	most := r.config.Margin
	for i := range r.of {
		v := &r.of[i]
		v.lead += gain(v.head)
		v.data++
		if v.lead >= most {
			winner, most, ok = v.head, v.lead, true
		}
	}
	if ok {
		r.Restart()
		return winner, true
	}
	for i := range r.of {
		if r.of[i].data >= r.config.Spans[i] {
			r.begin(i)
		}
	}
	return winner, false
}

// FillRivals watch one FillHead. One goroutine owns them.
type FillRivals struct{ rivals[*FillHead] }

// NewFillRivals gives rivals for a head of that prior and memory.
func NewFillRivals(prior Prior, memory Memory, config RivalConfig) (*FillRivals, error) {
	if _, err := NewFillHead(prior, memory); err != nil {
		return nil, err
	}
	r, err := newRivals(config, func() *FillHead { return fresh(NewFillHead(prior, memory)) })
	if err != nil {
		return nil, err
	}
	return &FillRivals{r}, nil
}

// Observe scores and learns one datum that the head learns too, and gives the rival that is to replace the head from now
// on, if there is one: all rivals have then begun anew. The cost is a prediction and an update a rival. A datum that the
// heads refuse changes nothing.
func (r *FillRivals) Observe(d FillDatum) (*FillHead, bool) {
	base := d.Prediction.LogDensity(d.Y)
	return r.observe(func(h *FillHead) float64 {
		own := d
		own.Prediction = h.Predict(d.Phi)
		if h.Update(own) != Applied {
			return 0
		}
		return own.Prediction.LogDensity(d.Y) - base
	})
}

// LogDensity is the log predictive density of an outcome: y·ln p̄ + (1−y)·ln(1−p̄).
func (p FillPrediction) LogDensity(y float64) float64 {
	const least = 1e-9
	return float64(y*Log(max(least, p.Mean))) + float64((1-y)*Log(max(least, 1-p.Mean)))
}

// ToxicityRivals watch one ToxicityHead. One goroutine owns them.
type ToxicityRivals struct{ rivals[*ToxicityHead] }

// NewToxicityRivals gives rivals for a head of that prior, memory and weighting.
func NewToxicityRivals(prior Prior, memory Memory, config RivalConfig, plain bool) (*ToxicityRivals, error) {
	if _, err := NewToxicityHead(prior, memory, plain); err != nil {
		return nil, err
	}
	r, err := newRivals(config, func() *ToxicityHead { return fresh(NewToxicityHead(prior, memory, plain)) })
	if err != nil {
		return nil, err
	}
	return &ToxicityRivals{r}, nil
}

// Observe is as for FillRivals. The densities are Student-t₄ with the head's noise for all: a rival that has met an
// outlier and a head that has not would otherwise differ in the width of their noise alone.
func (r *ToxicityRivals) Observe(d ToxicityDatum) (*ToxicityHead, bool) {
	base := d.Prediction.LogDensity(d.Z)
	return r.observe(func(h *ToxicityHead) float64 {
		own := d
		own.Prediction = h.Predict(d.Phi)
		if h.Update(own) != Applied {
			return 0
		}
		seen := own.Prediction
		seen.SD *= sqrt(d.Prediction.Noise / seen.Noise)
		return seen.LogDensity(d.Z) - base
	})
}

// LogDensity is the log predictive density of an outcome: that of Student-t₄ with the prediction's mean and scale, up to a constant.
func (p ToxicityPrediction) LogDensity(z float64) float64 {
	sd := max(p.SD, sqrt(minNoise))
	e := (winsorise(z) - p.Mean) / sd
	return -float64((studentNu+1)/2.0*Log(1+float64(float64(e*e)/studentNu))) - Log(sd)
}

// fresh unwraps a constructor whose arguments were tried before.
func fresh[H any](h H, err error) H {
	if err != nil {
		panic("bandit: a prior that was valid is not: " + err.Error())
	}
	return h
}
