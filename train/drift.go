package train

import (
	"context"
	"math"

	"github.com/sluice-sor/sluice/features"
)

// PSI is the population stability index of one feature between the rows fitted to and those validated on: Σ (q−p)·ln(q/p) over
// bins of half a standard deviation. Above .25 the two are different populations (MOP-21).
type PSI struct {
	Feature string
	Value   float64
	Exempt  string // why it counts for nothing
}

const psiBins = 16

type histogram [dim][psiBins]float64

func (h *histogram) add(e *entry) {
	for i, v := range e.Phi {
		b := int((v + features.Clip) / (2 * features.Clip) * psiBins)
		h[i][min(psiBins-1, max(0, b))]++
	}
}

// drift compares the features of the two parts.
func drift(ctx context.Context, x *Extract, fitEnd, testStart int64) ([]PSI, error) {
	var parts [2]histogram
	var counts [2]float64
	for k, r := range [2][2]int64{{0, fitEnd}, {testStart, x.Rows}} {
		if err := x.each(ctx, r[0], r[1], func(_ int64, e *entry) { parts[k].add(e); counts[k]++ }); err != nil {
			return nil, err
		}
	}
	schema := features.Default()
	out := make([]PSI, dim)
	for i := range out {
		out[i].Feature = schema.Columns[i].Name
		if i == features.DayLinear || i == features.DaySquare {
			out[i].Exempt = "the clock: the latest part of a window is another time of day unless it is days long"
			if len(x.Days) >= 10 {
				out[i].Exempt = ""
			}
		}
		for b := range psiBins {
			// half a row more in each bin, so that an empty one is no infinity
			p, q := (parts[0][i][b]+.5)/(counts[0]+.5*psiBins), (parts[1][i][b]+.5)/(counts[1]+.5*psiBins)
			out[i].Value += (q - p) * math.Log(q/p)
		}
	}
	return out, nil
}
