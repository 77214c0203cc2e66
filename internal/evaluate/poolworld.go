package evaluate

import (
	"math"

	"github.com/sluice-sor/sluice/bandit"
)

// The shape of a pool world: an order split over six dark pools.
const (
	pools        = 6
	poolContexts = 2
	maxSize      = 128
)

// A PoolWorld is a recorded allocation problem: every row is an order, and the liquidity each pool had for it.
type PoolWorld struct {
	Name  string
	tails [][pools]tail // by regime
	Rows  []PoolRow
}

// tail is T(u) = P(liquidity ≥ u | any), u from 0 to maxSize.
type tail [maxSize + 2]float64

// powerTail is the tail of P(k) ∝ k^−β on 1 … maxSize.
func powerTail(beta float64) (t tail) {
	for k := maxSize; k >= 1; k-- {
		t[k] = t[k+1] + math.Pow(float64(k), -beta)
	}
	for k := maxSize; k >= 1; k-- {
		t[k] /= t[1]
	}
	t[0] = 1
	return t
}

// A PoolRow is one order.
type PoolRow struct {
	PoolSight
	regime    int
	any       [pools]float64 // true probability of any liquidity
	liquidity [pools]int
}

// A PoolSight is what a policy may see of an order before it splits it.
type PoolSight struct {
	X    [poolContexts]float64
	Lots int
}

// A poolPolicy splits orders. It learns what filled of what it sent.
type poolPolicy interface {
	split(s *PoolSight, key bandit.Key) []int
	learn(filled []int)
}

// share runs a policy through the world in order and gives its part of the oracle's expected volume.
func (w *PoolWorld) share(p poolPolicy, seed uint64) Halves {
	var got, best [2]float64
	filled := make([]int, pools)
	for t := range w.Rows {
		r := &w.Rows[t]
		sent := p.split(&r.PoolSight, bandit.NewKey(seed, uint64(t), purpose))
		h := half(t, len(w.Rows))
		got[h] += w.volume(r, sent)
		best[h] += w.oracle(r)
		for i, v := range sent {
			filled[i] = min(v, r.liquidity[i])
		}
		p.learn(filled)
	}
	return means(got, best)
}

// volume is the expected fill of a split.
func (w *PoolWorld) volume(r *PoolRow, sent []int) float64 {
	sum := 0.0
	for i, v := range sent {
		t := &w.tails[r.regime][i]
		for u := 1; u <= min(v, maxSize); u++ {
			sum += r.any[i] * t[u]
		}
	}
	return sum
}

// oracle is the volume of the best split, greedy on the truth.
func (w *PoolWorld) oracle(r *PoolRow) float64 {
	var given [pools]int
	sum := 0.0
	for range r.Lots {
		best, gain := 0, -1.0
		for i, n := range given {
			if g := r.any[i] * w.tails[r.regime][i][min(n, maxSize)+1]; g > gain {
				best, gain = i, g
			}
		}
		given[best]++
		sum += gain
	}
	return sum
}
