package baseline

import (
	"fmt"

	"gonum.org/v1/gonum/mathext"

	"github.com/sluice-sor/sluice/bandit"
)

// BinThompsonConfig describes a BinThompson.
type BinThompsonConfig struct {
	Pools    int
	Starts   []int   // first lot of each size bin, increasing from 1
	Discount float64 // g in (0, 1] an order; the paper has 1
}

// BinThompson is Thompson sampling over pool × size bin, like the combinatorial bandit DP-CMAB of Bernasconi,
// Martino, Vittori, Trovò and Restelli (ICAIF 2022), re-implemented from the paper:
//
//	bin with first lot L: success if L ≤ f,  failure if f < L and f < v,  nothing else;  Beta(1+successes, 1+failures)
//	draw each bin, cumulative minimum over the bins of a pool, greedy on the result
type BinThompson struct {
	config    BinThompsonConfig
	won, lost [][]float64
	draws     []float64 // of one split, by pool and bin
	binOf     []int     // by lot
}

// NewBinThompson gives the policy before any look.
func NewBinThompson(c BinThompsonConfig) (*BinThompson, error) {
	if c.Pools < 1 || len(c.Starts) == 0 || !(c.Discount > 0 && c.Discount <= 1) {
		return nil, fmt.Errorf("baseline: bin Thompson sampling %+v: give at least one pool and one bin, and Discount in (0, 1]", c)
	}
	b := &BinThompson{config: c, binOf: []int{0}}
	for i, s := range c.Starts {
		if i == 0 && s != 1 || i > 0 && s <= c.Starts[i-1] {
			return nil, fmt.Errorf("baseline: bin Thompson sampling: bin %d starts at lot %d: start at 1 and increase", i, s)
		}
		for i > 0 && len(b.binOf) < s {
			b.binOf = append(b.binOf, i-1)
		}
	}
	b.binOf = append(b.binOf, len(c.Starts)-1)
	for range c.Pools {
		b.won, b.lost = append(b.won, make([]float64, len(c.Starts))), append(b.lost, make([]float64, len(c.Starts)))
	}
	return b, nil
}

// Split draws a tail for each pool, with draw pool·bins+bin of the key, and is greedy on them.
func (b *BinThompson) Split(dst []int, lots int, caps []int, key bandit.Key) []int {
	bins := len(b.config.Starts)
	b.draws = resize(b.draws, b.config.Pools*bins)
	for i := range b.won {
		least := 1.0
		for j := range bins {
			if b.config.Starts[j] > lots {
				break
			}
			at := i*bins + j
			u := key.Uniform(uint64(at)) + 0x1p-54
			least = min(least, mathext.InvRegIncBeta(1+b.won[i][j], 1+b.lost[i][j], u))
			b.draws[at] = least
		}
	}
	return greedy(dst, b.config.Pools, lots, caps, func(pool, lot int) float64 {
		return b.draws[pool*bins+b.binOf[min(lot, len(b.binOf)-1)]]
	})
}

// Learn takes one look per pool that lots were sent to.
func (b *BinThompson) Learn(_ int, sent, filled []int) {
	for i, v := range sent {
		if g := b.config.Discount; g < 1 {
			scale(b.won[i], g)
			scale(b.lost[i], g)
		}
		for j, start := range b.config.Starts {
			switch {
			case v > 0 && start <= filled[i]:
				b.won[i][j]++
			case v > 0 && filled[i] < v:
				b.lost[i][j]++
			}
		}
	}
}
