package baseline

import "github.com/sluice-sor/sluice/bandit"

// An Option is one arm of a decision.
type Option struct {
	Arm      int       // from 0
	Phi      []float64 // features, the first usually 1; read, not kept
	Filled   float64   // known part of the cost of what fills: spread and fee, bps
	Unfilled float64   // cost of what does not fill, bps
}

// An Outcome is what became of the chosen option.
type Outcome struct {
	Share    float64 // of what was sent, what filled: 0 to 1
	Toxicity float64 // of the fill, bps; not read where Share is 0
}

// Cost is the realized cost of an option, bps of what was sent: Share·(Filled + Toxicity) + (1−Share)·Unfilled.
func (o Option) Cost(out Outcome) float64 {
	if out.Share == 0 {
		return o.Unfilled
	}
	return out.Share*(o.Filled+out.Toxicity) + (1-out.Share)*o.Unfilled
}

// A Chooser is a policy that chooses one of several arms. One goroutine owns it.
type Chooser interface {
	// Score writes one index per option into dst (reused when long enough): the estimated cost less what the policy
	// grants to uncertainty, bps, lower is better. A policy that samples draws from key, at counters below Pick.
	Score(dst []float64, options []Option, key bandit.Key) []float64
	// Distribution writes the probability of each option given its score. It is the propensity, except for a policy
	// that sampled the scores: then it is the propensity given those draws.
	Distribution(dst, scores []float64) []float64
	// Learn takes the outcome of an option that was chosen.
	Learn(o Option, out Outcome)
}

// Pick is the counter of a decision's key from which the draw that picks the option comes; scores use lower ones.
const Pick = 1 << 20

// best is the index of the lowest score, the first of equal ones.
func best(scores []float64) int {
	b := 0
	for i, v := range scores {
		if v < scores[b] {
			b = i
		}
	}
	return b
}

// certain puts all probability on the best score.
func certain(dst, scores []float64) []float64 {
	dst = resize(dst, len(scores))
	if len(scores) > 0 {
		dst[best(scores)] = 1
	}
	return dst
}

// resize gives a zeroed slice of n, in dst's memory when it is enough.
func resize[T int | float64](dst []T, n int) []T {
	if cap(dst) < n {
		return make([]T, n)
	}
	dst = dst[:n]
	clear(dst)
	return dst
}
