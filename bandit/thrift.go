package bandit

// Greedy is the γ from which on the learner's part of a distribution is the cheapest plan alone, the lowest index on ties:
// no exploration at all. Inverse-gap weighting itself would share the mass among plans of equal cost for ever.
const Greedy = 1e12

// Extra is what the distribution's exploration is expected to cost over the cheapest plan, in the plans' unit, bps of what
// the decision places: m·Σ_j π_L(j)·(μ_j − μ_min). What the static plan costs beyond it with the rest of the flow, 1−m, is no
// exploration: it is the control that the safety floor keeps (SAF-01). The plans are those of Compute.
func (d *Distribution) Extra(plans []Plan) float64 {
	sum := 0.0
	for j := range plans {
		sum += float64(d.Learned[j] * (plans[j].Cost - plans[d.Best].Cost))
	}
	return float64(d.Mix.Share * sum)
}

// Within gives the mix nearest to m whose exploration is expected to cost bps at most (Distribution.Extra), and whether it
// is another one. The floor comes down until it takes half of that at most, then γ goes up until the whole fits: the floor
// spends on plans that are known to be bad, the weights on those that are nearly as good as the best, so the weights are
// the better use of what is left. With nothing left the mix is greedy. Propensities remain exact: whatever mix comes out is
// computed with and logged like any other (PLN-04).
func (m Mix) Within(plans []Plan, bps float64) (Mix, bool) {
	gaps := gapsOf(plans)
	if float64(m.Share*gaps.cost(m.Gamma, m.Floor)) <= bps {
		return m, false
	}
	if !(bps > 0) {
		return Mix{Gamma: Greedy, Share: m.Share}, true
	}
	const slack = 1 - 1e-9 // for the rounding of Extra
	left := float64(bps / m.Share * slack)
	if floor := float64(m.Floor * gaps.mean()); floor > left/2 {
		m.Floor = left / 2 / gaps.mean()
	}
	left = (left - float64(m.Floor*gaps.mean())) / (1 - m.Floor)
	m.Gamma = gaps.gammaFor(m.Gamma, left)
	return m, true
}

// gaps are the plans' costs over the cheapest one.
type gaps struct {
	plans []Plan
	least float64
}

func gapsOf(plans []Plan) gaps {
	g := gaps{plans, plans[0].Cost}
	for j := range plans {
		g.least = min(g.least, plans[j].Cost)
	}
	return g
}

// mean is what the floor costs: it spreads evenly.
func (g gaps) mean() float64 {
	sum := 0.0
	for j := range g.plans {
		sum += g.plans[j].Cost - g.least
	}
	return sum / float64(len(g.plans))
}

// weights is what inverse-gap weighting at γ costs: Σ gap/(J + γ·gap).
func (g gaps) weights(gamma float64) float64 {
	if gamma >= Greedy {
		return 0
	}
	n, sum := float64(len(g.plans)), 0.0
	for j := range g.plans {
		gap := g.plans[j].Cost - g.least
		sum += gap / (n + float64(gamma*gap))
	}
	return sum
}

// cost is Σ π_L·gap.
func (g gaps) cost(gamma, floor float64) float64 {
	return float64((1-floor)*g.weights(gamma)) + float64(floor*g.mean())
}

// gammaFor is the smallest γ from the given one on, to a part in a million, whose weights cost left at most.
func (g gaps) gammaFor(gamma, left float64) float64 {
	if g.weights(gamma) <= left {
		return gamma
	}
	low, high := gamma, max(gamma, 1)
	for g.weights(high) > left { // it is below J/γ, so this ends, at Greedy at the latest
		low, high = high, min(Greedy, 2*high)
	}
	for high-low > high*1e-6 {
		if mid := (low + high) / 2; g.weights(mid) > left {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}
