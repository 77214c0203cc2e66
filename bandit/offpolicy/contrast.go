package offpolicy

import "fmt"

// Contrast gives what the target costs more than base, by every estimator: rows of the same decisions in the same order, which
// differ in Target, Value and Hole only. The errors of both go together, so that the interval of the difference is far
// narrower than those of its two parts would make it. Whether either may be evaluated, Evaluate says. It fails where
// Evaluate would, and on rows that are not of the same decisions. Cost O(rows).
func Contrast(target, base []Row, c Config) (by [NumEstimators]Estimate, err error) {
	if err := c.Validate(); err != nil {
		return by, err
	}
	if len(target) != len(base) {
		return by, fmt.Errorf("offpolicy: %d rows against %d: give both policies on the same decisions", len(target), len(base))
	}
	for i := range target {
		a, b := &target[i], &base[i]
		if a.Parent != b.Parent || a.Void != b.Void || !a.Void && (a.Propensity != b.Propensity || a.Outcome != b.Outcome) {
			return by, fmt.Errorf("offpolicy: row %d is of two decisions: give both policies on the same ones, in the same order", i)
		}
	}
	var reports [2]Report
	var s [2]sums
	for i, rows := range [2][]Row{target, base} {
		if s[i], err = reports[i].sum(rows); err != nil {
			return by, err
		}
	}
	parents := cluster(target)
	for e := range by {
		value, misses := estimate(target, &parents, Estimator(e), &s[0], c)
		other, more := estimate(base, &parents, Estimator(e), &s[1], c)
		for i := range misses {
			misses[i] -= more[i]
		}
		by[e] = interval(value-other, misses, s[0].n, c)
	}
	return by, nil
}
