package evaluate

import "github.com/sluice-sor/sluice/bandit"

// The shape of a cost world (SOR-CB-8): one order, one of eight venues.
const (
	contexts = 6
	venues   = 8
)

// A Venue is what is known of a venue without learning.
type Venue struct {
	Type    string
	Fee     float64 // bps, negative a rebate
	Capture float64 // +1 earns the half-spread, −1 pays it, 0 trades at the midpoint
}

// A CostWorld is a recorded bandit problem: every row is an order, and what each venue would have done with it. Costs
// are in bps of the arrival mid, lower is better.
type CostWorld struct {
	Name   string
	Venues [venues]Venue
	Centre float64 // of the displayed shares
	Rows   []CostRow
}

// A CostRow is one order.
type CostRow struct {
	Sight
	filled [venues]bool
	tox    [venues]float64 // had it filled
	mean   [venues]float64 // true expected cost
}

// A Sight is what a policy may see of an order before it chooses.
type Sight struct {
	X         [contexts]float64
	Q         [venues]float64 // displayed shares
	Half, Opp float64         // half-spread, cost of no fill
}

// A costPolicy chooses venues. It learns the outcome of the venue it chose and of no other.
type costPolicy interface {
	choose(s *Sight, key bandit.Key) int
	learn(filled bool, tox float64)
}

// purpose keeps the draws of a policy's decisions apart from a generator's.
const purpose = 1

// regret runs a policy through the world in order and gives the mean expected cost above the best venue's.
func (w *CostWorld) regret(p costPolicy, seed uint64) Halves {
	var sum [2]float64
	n := len(w.Rows)
	for t := range w.Rows {
		r := &w.Rows[t]
		k := p.choose(&r.Sight, bandit.NewKey(seed, uint64(t), purpose))
		least := r.mean[0]
		for _, m := range r.mean {
			least = min(least, m)
		}
		sum[half(t, n)] += r.mean[k] - least
		p.learn(r.filled[k], r.tox[k])
	}
	return means(sum, [2]float64{float64(n / 2), float64(n - n/2)})
}

// half is the half of the rows that row t is in.
func half(t, n int) int {
	if t < n/2 {
		return 0
	}
	return 1
}

// fixed is the venue that is best on average, in hindsight.
func (w *CostWorld) fixed() int {
	var sum [venues]float64
	for t := range w.Rows {
		for k, m := range w.Rows[t].mean {
			sum[k] += m
		}
	}
	best := 0
	for k, v := range sum {
		if v < sum[best] {
			best = k
		}
	}
	return best
}
