package estimate

import (
	"math"

	"github.com/sluice-sor/sluice/internal/router"
)

// The parts of the cost, in the order in which they are shown.
const (
	spread = iota
	fee
	toxicity
	impact
	leakage
	opportunity
	partCount
)

var partNames = [partCount]string{"spread", "fee", "toxicity", "impact", "leakage", "opportunity"}

// bill adds the stages up.
type bill struct {
	left   float64 // of the order
	stages []filled
	means  [partCount]float64
	vars   [partCount]float64
	net    float64
	all    float64 // variance of the sum
}

func (b *bill) take(f filled) {
	b.left = max(0, b.left-f.share)
	b.stages = append(b.stages, f)
	b.means[spread] += f.share * f.spread
	b.means[fee] += f.share * f.fee
	b.means[toxicity] += f.share * f.tox
	b.means[leakage] += f.leak
	b.net += f.share * f.net
}

// close adds what is of the order as a whole, and the variances: a stage that fills more takes from the last one, or from what
// stays unfilled.
func (b *bill) close(o *router.Outlook, advShare float64) {
	scale := o.VolBps * math.Sqrt(advShare)
	b.means[impact], b.vars[impact] = o.ImpactY*scale, square(o.ImpactSD*scale)
	b.means[opportunity] = b.left * o.OppBps
	b.net += b.left * o.OppBps
	var rest filled
	restCost := o.OppBps
	if n := len(b.stages); n > 0 && b.left == 0 {
		rest = b.stages[n-1]
		restCost = rest.spread + rest.fee + rest.tox
	}
	b.all = b.vars[impact]
	for i := range b.stages {
		f := &b.stages[i]
		tox := square(f.share * f.toxSE)
		b.vars[spread] += square(f.se * (f.spread - rest.spread))
		b.vars[fee] += square(f.se * (f.fee - rest.fee))
		b.vars[toxicity] += square(f.se*(f.tox-rest.tox)) + tox
		if b.left > 0 {
			b.vars[opportunity] += square(f.se * o.OppBps)
		}
		b.all += square(f.se*(f.spread+f.fee+f.tox-restCost)) + tox
	}
}

func square(x float64) float64 { return x * x }

func (b *bill) mean() (sum float64) {
	for _, m := range b.means {
		sum += m
	}
	return sum
}

func (b *bill) sd() float64 { return math.Sqrt(b.all) }

func (b *bill) parts() []Part {
	out := make([]Part, partCount)
	for i := range out {
		out[i] = Part{partNames[i], around(b.means[i], math.Sqrt(b.vars[i]))}
	}
	return out
}
