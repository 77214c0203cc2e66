package calibrate

import (
	"math"

	"github.com/sluice-sor/sluice/internal/market"
)

// blockPool is the mean trade from which a dark pool counts as one for blocks.
const blockPool = 5000

// dark measures the fills of dark pools by size, over pools but for those that are for blocks.
func (r *Report) dark(t *tape) {
	size := make([]ratio, len(t.venues))
	for s := range t.syms {
		for i := range t.syms[s].trades {
			tr := &t.syms[s].trades[i]
			size[tr.Venue].add(float64(tr.Qty), 1)
		}
	}
	ordinary := make([]bool, len(t.venues))
	var blocks []ratio
	pools := 0
	for v := range t.venues {
		switch {
		case t.venues[v].Type != market.Dark || size[v].below == 0:
		case size[v].top/size[v].below >= blockPool:
			blocks = append(blocks, size[v])
		default:
			ordinary[v] = true
			pools++
		}
	}
	if pools == 0 {
		r.absent(darkHundred, "no ordinary dark pool in this scenario")
		return
	}
	hundred, mean := make([]ratio, t.units()), make([]ratio, t.units())
	for s := range t.syms {
		for i := range t.syms[s].trades {
			if tr := &t.syms[s].trades[i]; ordinary[tr.Venue] {
				hundred[t.unit(s, tr.At)].add(indicator(tr.Qty == 100), 1)
				mean[t.unit(s, tr.At)].add(float64(tr.Qty), 1)
			}
		}
	}
	r.add(darkHundred, scaled(ratioOf(hundred), 100))
	r.add(darkMean, ratioOf(mean))
	if len(blocks) == 0 {
		r.absent(darkBlock, "no block pool in this scenario")
		return
	}
	r.add(darkBlock, ratioOf(blocks))
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func sqrt(x float64) float64 {
	if x < 0 {
		return math.NaN()
	}
	return math.Sqrt(x)
}
