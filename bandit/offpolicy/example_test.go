package offpolicy_test

import (
	"fmt"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/bandit/offpolicy"
)

// A log of an even choice between two venues that cost 1 and 2 bps: what would always going to the first have cost?
func Example() {
	var rows []offpolicy.Row
	for n := range uint64(1000) {
		key := bandit.NewKey(1, n, 1)
		r := offpolicy.Row{Parent: n, Propensity: .5, Outcome: 2 + key.Uniform(1) - .5}
		if bandit.Sample([]float64{.5, .5}, key.Uniform(0)) == 0 {
			r.Target, r.Outcome = 1, r.Outcome-1
		}
		rows = append(rows, r)
	}
	report, err := offpolicy.Evaluate(rows, offpolicy.DefaultConfig())
	if err != nil {
		panic(err)
	}
	snips := report.By[offpolicy.SNIPS]
	fmt.Printf("%v: %.2f ± %.2f bps, %.0f effective rows, evaluable: %v\n", offpolicy.SNIPS, snips.Value, snips.Radius, report.ESS, report.Evaluable())

	few, err := offpolicy.Evaluate(rows[:100], offpolicy.DefaultConfig())
	if err != nil {
		panic(err)
	}
	fmt.Println(few.Refusals[0])
	// Output:
	// SNIPS: 1.01 ± 0.04 bps, 495 effective rows, evaluable: true
	// effective sample size 49.00 is below 200: log more, or a policy nearer to the target
}

// Two policies on the same decisions: the difference is known better than either.
func ExampleContrast() {
	var first, second []offpolicy.Row
	for n := range uint64(1000) {
		key := bandit.NewKey(2, n, 1)
		a := offpolicy.Row{Parent: n, Propensity: .5, Outcome: 2 + key.Uniform(1) - .5}
		b := a
		if bandit.Sample([]float64{.5, .5}, key.Uniform(0)) == 0 { // the first venue, 1 bps cheaper
			a.Outcome--
			b.Outcome--
			a.Target, b.Target = .9, .1
		} else {
			a.Target, b.Target = .1, .9
		}
		first, second = append(first, a), append(second, b)
	}
	by, err := offpolicy.Contrast(first, second, offpolicy.DefaultConfig())
	if err != nil {
		panic(err)
	}
	fmt.Printf("nine tenths to the first rather than to the second venue: %+.2f ± %.2f bps\n", by[offpolicy.SNIPS].Value, by[offpolicy.SNIPS].Radius)
	// Output:
	// nine tenths to the first rather than to the second venue: -0.79 ± 0.05 bps
}
