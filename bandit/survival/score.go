package survival

import (
	"errors"
	"fmt"
	"math"
)

// BrierAt is the mean squared error of predicted survival beyond t, 0 at best, ¼ for those who always say ½. predicted[i] is the
// model's P(T_i > t). A row that was censored before t says nothing of its own; those that were seen stand for it, by the
// inverse of the Kaplan-Meier estimate G of lasting uncensored:
//
//	(1/n)·Σ [ S_i²·1{T_i ≤ t, event}/G(T_i−) + (1−S_i)²·1{T_i > t}/G(t) ]
//
// It fails where nobody is left at t, for there G is 0 and the score is not defined.
func BrierAt(t float64, observed []Observation, predicted []float64) (float64, error) {
	if len(observed) != len(predicted) {
		return 0, fmt.Errorf("survival: %d observations and %d predictions: give one each", len(observed), len(predicted))
	}
	sorted, err := inOrder(observed)
	if err != nil {
		return 0, err
	}
	if !(t >= 0) || t >= sorted[len(sorted)-1].Time {
		return 0, fmt.Errorf("survival: Brier score at %v: give a time from 0 to below %v, the last that was observed", t, sorted[len(sorted)-1].Time)
	}
	var errs []error
	for i, s := range predicted {
		if !(s >= 0 && s <= 1) {
			errs = append(errs, fmt.Errorf("survival: prediction %d is %v: give a probability", i, s))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return 0, err
	}
	censoring := uncensored(sorted)
	now, _ := censoring.At(t)
	sum := 0.0
	for i, o := range observed {
		switch s := predicted[i]; {
		case o.Time > t:
			sum += (1 - s) * (1 - s) / now
		case o.Event:
			g, _ := censoring.At(math.Nextafter(o.Time, -1)) // just before: the censored of the same time lasted longer
			sum += s * s / g
		}
	}
	return sum / float64(len(observed)), nil
}

// uncensored is the Kaplan-Meier estimate of lasting uncensored; who ended at a time is not at risk of being censored
// at it.
func uncensored(sorted []Observation) *Curve {
	c, g := &Curve{Last: sorted[len(sorted)-1].Time}, 1.0
	for i := 0; i < len(sorted); {
		t, j, ended := sorted[i].Time, i, 0
		for ; j < len(sorted) && sorted[j].Time == t; j++ {
			if sorted[j].Event {
				ended++
			}
		}
		risk, lost := len(sorted)-i-ended, j-i-ended
		if lost > 0 {
			g *= 1 - float64(lost)/float64(risk)
			c.Steps = append(c.Steps, Step{Time: t, AtRisk: risk, Events: lost, Survival: g})
		}
		i = j
	}
	return c
}

// A Prediction is what a model said of the time that was then observed: the density, or the probability of the bin, of
// an end there, and the probability of lasting longer.
type Prediction struct{ Density, Survival float64 }

// LogScore is the mean right-censored log-likelihood, in nats an observation; more is better. An end scores the
// logarithm of its density, a censored observation that of its survival. It is −Inf if a model held what happened for
// impossible.
func LogScore(observed []Observation, predicted []Prediction) (float64, error) {
	if len(observed) != len(predicted) {
		return 0, fmt.Errorf("survival: %d observations and %d predictions: give one each", len(observed), len(predicted))
	}
	if _, err := inOrder(observed); err != nil {
		return 0, err
	}
	sum := 0.0
	for i, p := range predicted {
		if !(p.Density >= 0) || math.IsInf(p.Density, 0) || !(p.Survival >= 0 && p.Survival <= 1) {
			return 0, fmt.Errorf("survival: prediction %d has density %v and survival %v: give a density of 0 or more and a probability", i, p.Density, p.Survival)
		}
		if observed[i].Event {
			sum += math.Log(p.Density)
		} else {
			sum += math.Log(p.Survival)
		}
	}
	return sum / float64(len(observed)), nil
}
