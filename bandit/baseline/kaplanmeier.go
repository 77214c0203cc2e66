package baseline

import (
	"fmt"

	"github.com/sluice-sor/sluice/bandit"
)

// KaplanMeierConfig describes a KaplanMeier.
type KaplanMeierConfig struct {
	Pools    int
	MaxSize  int     // largest liquidity that is told apart, lots
	Least    float64 // n_min: a unit is believed while so many looks reached it; 1 for none, 3 to 8 are good
	Discount float64 // g in (0, 1] an order; the paper has 1
}

// KaplanMeier splits greedily on the product-limit estimate of each pool's censored liquidity (Kaplan, Meier 1958;
// Ganchev, Kearns, Nevmyvaka, Wortman Vaughan 2009, figures 1 and 2):
//
//	N_s = #{f ≥ s, v > s},  D_s = #{f = s, v > s},  T̂(s) = P(liquidity ≥ s) = Π_{u<s} (1 − D_u/N_u)
//
// It believes units 1 … c, as long as N ≥ n_min, and is optimistic about one more: T̂(c+1) = T̂(c); beyond it expects
// nothing. Lots that nobody wants are divided evenly.
type KaplanMeier struct {
	config KaplanMeierConfig
	seen   [][]float64 // N, by pool and s from 0
	ended  [][]float64 // D
	tails  [][]float64 // T̂, by pool and unit from 0
}

// NewKaplanMeier gives the policy before any look.
func NewKaplanMeier(c KaplanMeierConfig) (*KaplanMeier, error) {
	if c.Pools < 1 || c.MaxSize < 1 || !(c.Least > 0) || !(c.Discount > 0 && c.Discount <= 1) {
		return nil, fmt.Errorf("baseline: Kaplan-Meier %+v: give at least one pool, MaxSize 1 or more, Least above 0 and Discount in (0, 1]", c)
	}
	k := &KaplanMeier{config: c}
	for i := range c.Pools {
		k.seen = append(k.seen, make([]float64, c.MaxSize+1))
		k.ended = append(k.ended, make([]float64, c.MaxSize+1))
		k.tails = append(k.tails, make([]float64, c.MaxSize+2))
		k.refresh(i)
	}
	return k, nil
}

// Tail is the pool's T̂(u), the one optimistic unit included.
func (k *KaplanMeier) Tail(pool, u int) float64 {
	if u >= len(k.tails[pool]) {
		return 0
	}
	return k.tails[pool][u]
}

// Split is greedy on the tails.
func (k *KaplanMeier) Split(dst []int, lots int, caps []int, _ bandit.Key) []int {
	return greedy(dst, k.config.Pools, lots, caps, k.Tail)
}

// Learn takes one look per pool that lots were sent to. Cost O(pools·MaxSize).
func (k *KaplanMeier) Learn(_ int, sent, filled []int) {
	for i, v := range sent {
		if g := k.config.Discount; g < 1 {
			scale(k.seen[i], g)
			scale(k.ended[i], g)
		}
		for s := 0; s < v && s <= filled[i] && s <= k.config.MaxSize; s++ {
			k.seen[i][s]++
		}
		if f := filled[i]; f < v && f <= k.config.MaxSize {
			k.ended[i][f]++
		}
		k.refresh(i)
	}
}

// refresh computes the tail of a pool.
func (k *KaplanMeier) refresh(i int) {
	t := k.tails[i]
	clear(t)
	t[0] = 1
	for u := 1; u < len(t); u++ {
		if n := k.seen[i][u-1]; n >= k.config.Least {
			t[u] = t[u-1] * (1 - k.ended[i][u-1]/n)
			continue
		}
		t[u] = t[u-1]
		return
	}
}

func scale(x []float64, g float64) {
	for i := range x {
		x[i] *= g
	}
}
