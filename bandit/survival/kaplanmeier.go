package survival

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// An Observation is one time, seen to its end or censored: the end is somewhere later.
type Observation struct {
	Time  float64 // ≥ 0, in any unit
	Event bool    // the end was seen; false: censored
}

// A Step is a time at which an end was seen.
type Step struct {
	Time     float64
	AtRisk   int     // observations not ended or censored before
	Events   int     // ends at this time
	Survival float64 // share that lasts longer
	SE       float64 // Greenwood's; 0 where nothing is left
}

// A Curve is an estimate of survival: 1 before its first step, constant between steps.
type Curve struct {
	Steps []Step
	Last  float64 // the largest time observed; beyond it the curve says nothing
}

// KaplanMeier estimates the share that lasts longer than any time. Where ends and censorings coincide the censored
// are taken to have lasted longer. The error tells every observation that is no time.
func KaplanMeier(observed []Observation) (*Curve, error) {
	sorted, err := inOrder(observed)
	if err != nil {
		return nil, err
	}
	c := &Curve{Last: sorted[len(sorted)-1].Time}
	survival, greenwood, risk := 1.0, 0.0, len(sorted)
	for i := 0; i < len(sorted); {
		t, j, events := sorted[i].Time, i, 0
		for ; j < len(sorted) && sorted[j].Time == t; j++ {
			if sorted[j].Event {
				events++
			}
		}
		if events > 0 {
			n, d := float64(risk), float64(events)
			survival *= 1 - d/n
			greenwood += d / (n * (n - d))
			se := 0.0
			if events < risk {
				se = survival * math.Sqrt(greenwood)
			}
			c.Steps = append(c.Steps, Step{Time: t, AtRisk: risk, Events: events, Survival: survival, SE: se})
		}
		risk -= j - i
		i = j
	}
	return c, nil
}

// At is the share that lasts longer than t, and its standard error.
func (c *Curve) At(t float64) (survival, se float64) {
	i, _ := slices.BinarySearchFunc(c.Steps, t, func(s Step, t float64) int {
		if s.Time <= t {
			return -1
		}
		return 1
	})
	if i == 0 {
		return 1, 0
	}
	return c.Steps[i-1].Survival, c.Steps[i-1].SE
}

// Interval is the interval of the survival at t with z standard errors on the scale of ln(−ln S), which stays within
// [0, 1] (Kalbfleisch and Prentice 1980).
func (c *Curve) Interval(t, z float64) (lower, upper float64) {
	s, se := c.At(t)
	if s <= 0 || s >= 1 {
		return s, s
	}
	half := z * se / (s * -math.Log(s))
	return math.Pow(s, math.Exp(half)), math.Pow(s, math.Exp(-half))
}

// Quantile is the first time by which at least the share q has ended; ok is false if so many never were seen to end.
func (c *Curve) Quantile(q float64) (t float64, ok bool) {
	for _, s := range c.Steps {
		if s.Survival <= 1-q {
			return s.Time, true
		}
	}
	return 0, false
}

// inOrder checks observations and gives them by time.
func inOrder(observed []Observation) ([]Observation, error) {
	if len(observed) == 0 {
		return nil, errors.New("survival: no observations: give at least one")
	}
	var errs []error
	for i, o := range observed {
		if !(o.Time >= 0) || math.IsInf(o.Time, 0) {
			errs = append(errs, fmt.Errorf("survival: observation %d: time %v: give a finite time of 0 or more", i, o.Time))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	sorted := slices.Clone(observed)
	slices.SortStableFunc(sorted, func(a, b Observation) int { return cmp.Compare(a.Time, b.Time) })
	return sorted, nil
}
