package survival_test

import (
	"fmt"

	"github.com/sluice-sor/sluice/bandit/survival"
)

// Seconds that resting orders waited for their first fill; those that were canceled are censored.
func waits() []survival.Observation {
	return []survival.Observation{{Time: .4, Event: true}, {Time: 1.1, Event: true}, {Time: 2, Event: false}, {Time: 2.5, Event: true},
		{Time: 5, Event: false}, {Time: 7, Event: true}, {Time: 30, Event: false}}
}

func ExampleKaplanMeier() {
	curve, err := survival.KaplanMeier(waits())
	if err != nil {
		panic(err)
	}
	s, se := curve.At(3)
	lower, upper := curve.Interval(3, 1.96)
	median, ok := curve.Quantile(.5)
	fmt.Printf("unfilled after 3 s: %.3f ± %.3f (%.2f to %.2f); half are filled by %v s (%v)\n", s, se, lower, upper, median, ok)
	// Output: unfilled after 3 s: 0.536 ± 0.201 (0.13 to 0.83); half are filled by 7 s (true)
}

func ExampleCox() {
	var rows []survival.Row
	for i, o := range waits() {
		queue := []float64{2, 1, 4, 3, 8, 2, 9}[i] // lots ahead
		rows = append(rows, survival.Row{Observation: o, X: []float64{queue}})
	}
	fit, err := survival.Cox(rows, survival.Efron)
	if err != nil {
		panic(err)
	}
	fmt.Printf("a lot ahead changes the log hazard of a fill by %.3f ± %.3f; concordance %.2f\n", fit.Coef[0], fit.SE[0], fit.Concordance)
	// Output: a lot ahead changes the log hazard of a fill by -0.718 ± 0.584; concordance 0.83
}

func ExampleBrierAt() {
	unfilled := []float64{.2, .3, .6, .5, .9, .6, .95} // a model's P(T > 3 s) of each order
	score, err := survival.BrierAt(3, waits(), unfilled)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.4f\n", score)
	// Output: 0.0940
}

func ExampleLogScore() {
	score, err := survival.LogScore(
		[]survival.Observation{{Time: .4, Event: true}, {Time: 2, Event: false}},
		[]survival.Prediction{{Density: .5}, {Survival: .6}})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.4f nats an observation\n", score)
	// Output: -0.6020 nats an observation
}
