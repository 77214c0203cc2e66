package evaluate

import (
	"fmt"
	"math"
	"slices"

	"github.com/sluice-sor/sluice/bandit"
)

// A SafetyKind is what is wrong with the learner or its world when a safety run begins (learning text, section 6).
type SafetyKind int

// The kinds.
const (
	Cold           SafetyKind = iota // it knows nothing; all venues change half-way
	PoisonedPrior                    // its first data came from a world whose venues were in the wrong order; its anchor is neutral
	PoisonedAnchor                   // the anchor of its forgetting has the venues in the wrong order, with precision 200
	Flip                             // half-way the venues change places, the best becomes the worst, and the fees of lit venues change sign
)

// SafetyKinds are all of them, in the order of the table.
func SafetyKinds() []SafetyKind { return []SafetyKind{Cold, PoisonedPrior, PoisonedAnchor, Flip} }

// String is the kind's name in the table.
func (k SafetyKind) String() string {
	return [...]string{"cold start", "poisoned prior", "poisoned anchor", "flip"}[k]
}

// anchorPrecision is that of every coefficient of a poisoned anchor.
const anchorPrecision = 200

// poisonRows are the orders of a world in the wrong order that a poisoned learner begins with.
const poisonRows = 5000

// A safetyWorld is a cost world with a static venue to be measured against and what poisons a learner of it.
type safetyWorld struct {
	CostWorld
	static int
	kind   SafetyKind
	wrong  [venues]int // the venue whose truth a poisoned learner believes of each
	first  *regime
	after  [venues]Venue // the venues of the second half
}

// newSafetyWorld draws a world of the kind. The static venue is the one that a desk would have found: the best on
// average, over all rows in hindsight where all venues change anyhow, over the first half where it is the change that
// is measured.
func newSafetyWorld(kind SafetyKind, seed uint64, rows int) *safetyWorld {
	w := &safetyWorld{kind: kind, first: newRegime(newDraws(seed, 0, drawRegime), Switch)}
	w.CostWorld = *GenerateCosts(Switch, seed, rows)
	w.after = w.Venues
	order := w.ranked(w.Rows[:rows/2])
	for i, k := range order {
		w.wrong[k] = order[venues-1-i]
	}
	w.static = w.fixed()
	if kind == Flip {
		w.flip(seed)
		w.static = order[0]
	}
	w.Name = fmt.Sprintf("%v:%d", kind, seed)
	return w
}

// ranked gives the venues by their mean cost over rows, the best first.
func (w *safetyWorld) ranked(rows []CostRow) []int {
	var sum [venues]float64
	order := make([]int, venues)
	for k := range order {
		order[k] = k
		for t := range rows {
			sum[k] += rows[t].mean[k]
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case sum[a] < sum[b]:
			return -1
		case sum[a] > sum[b]:
			return 1
		}
		return 0
	})
	return order
}

// flip draws the second half anew: every venue has the truth of its place in the wrong order, and lit venues the
// opposite fee, which all policies know at once (LRN-01).
func (w *safetyWorld) flip(seed uint64) {
	g := *w.first
	for k, from := range w.wrong {
		g.a[k], g.m[k], g.b[k], g.n[k] = w.first.a[from], w.first.m[from], w.first.b[from], w.first.n[from]
		if w.after[k].Capture < 0 {
			w.after[k].Fee = -w.after[k].Fee
		}
	}
	world := &CostWorld{Venues: w.after}
	for t := len(w.Rows) / 2; t < len(w.Rows); t++ {
		w.Rows[t].outcome(newDraws(seed, t, drawNoise), world, &g, Switch)
	}
}

// venue is what is known of venue k at row t.
func (w *safetyWorld) venue(t, k int) *Venue {
	if half(t, len(w.Rows)) == 1 {
		return &w.after[k]
	}
	return &w.Venues[k]
}

// anchors are the priors of a venue's heads: neutral, or its opposite's truth held with precision 200.
func (w *safetyWorld) anchors(k int) (fill, tox bandit.Prior) {
	set := defaultCostSettings()
	if w.kind != PoisonedAnchor {
		return set.prior(safeFill, safeFill, 0), set.prior(safeToxic, safeToxic, .5)
	}
	g, from := w.first, w.wrong[k]
	means, sure := make([]float64, safeFill), make([]float64, safeFill)
	means[0], means[safeFill-1] = g.a[from], 1.5
	copy(means[1:], g.b[from][:])
	for i := range sure {
		sure[i] = anchorPrecision
	}
	fill = bandit.Diagonal(means, sure)
	copy(means[1:], g.n[from][:])
	means[0] = g.m[from]
	return fill, bandit.Diagonal(means[:safeToxic], sure[:safeToxic])
}

// realized is the cost of venue k in row t, and what is seen of it.
func (w *safetyWorld) realized(t, k int) (cost float64, filled bool, tox float64) {
	r := &w.Rows[t]
	if !r.filled[k] {
		return r.Opp, false, 0
	}
	v := w.venue(t, k)
	return v.Fee - v.Capture*r.Half + r.tox[k], true, r.tox[k]
}

// excess is what choosing venue k in row t is expected to cost above the static venue, in bps.
func (w *safetyWorld) excess(t, k int) float64 { return w.Rows[t].mean[k] - w.Rows[t].mean[w.static] }

// running is an account of excess: the worst it ever was since the start, and the worst rise from any moment.
type running struct{ sum, least, worst, rise float64 }

func (r *running) add(x float64) {
	r.sum += x
	r.least = math.Min(r.least, r.sum)
	r.worst = math.Max(r.worst, r.sum)
	r.rise = math.Max(r.rise, r.sum-r.least)
}
