package train

import (
	"context"
	"math"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/models"
	"github.com/sluice-sor/sluice/train/fit"
)

// An ImpactFit is the square-root law by bucket of liquidity, as fitted and as served (FIT-04).
type ImpactFit struct {
	Orders   int
	Journals []uint32     // that they are of, ascending
	Buckets  []fit.Impact // as fitted; Rows 0: no orders
	All      fit.Impact   // of all buckets together, for the exponent
	Served   models.Impact
	Curve    []ImpactPoint // of all orders, by size
}

// An ImpactPoint is the orders of one size: what they cost in units of σ_D, and what the law says.
type ImpactPoint struct {
	Share          float64 // geometric mean of Q/V
	Cost, SE, Says float64
	N              int
}

// fitImpacts fits Y to the finished orders of every bucket. A served Y is the fit shrunk towards the buckets' mean (FTR-03), with
// the cold prior's deviation of .2 where a bucket has no orders, and never more certain than ±.05: live orders must be able to
// move it.
func fitImpacts(ctx context.Context, s Source) (*ImpactFit, error) {
	var orders [market.LiquidityBuckets][]fit.Order
	f := &ImpactFit{Buckets: make([]fit.Impact, market.LiquidityBuckets)}
	err := s.Parents(ctx, func(p *ParentRow) error {
		if p.Bucket < 0 || p.Bucket >= len(orders) || !(p.Share > 0 && p.Share <= 1) || !(p.Vol > 0) {
			return nil
		}
		f.Journals = withJournal(f.Journals, p.Instance)
		// a price is known to half a spread at best, and to a tenth of a basis point in any case
		orders[p.Bucket] = append(orders[p.Bucket], fit.Order{Excess: p.Excess, Vol: p.Vol, Share: p.Share, Days: max(0, p.Days), Bounce: max(.1, p.Bounce)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	var known []bandit.PooledArm
	var all []fit.Order
	for b := range orders {
		f.Orders += len(orders[b])
		all = append(all, orders[b]...)
		if len(orders[b]) < leastOrders {
			f.Buckets[b].Rows = len(orders[b])
			continue
		}
		if f.Buckets[b], err = fit.FitImpact(orders[b]); err != nil {
			return nil, err
		}
		known = append(known, bandit.PooledArm{Arm: b, Estimate: f.Buckets[b].Y, SE: max(1e-6, f.Buckets[b].SD)})
	}
	if len(known) == 0 {
		return f, nil // none served: the live factor stays as it is
	}
	if f.All, err = fit.FitImpact(all); err != nil {
		return nil, err
	}
	f.serve(known)
	f.Curve = impactCurve(all, f.All.Y)
	return f, nil
}

// leastOrders is how many finished orders a bucket needs to be fitted.
const leastOrders = 30

func (f *ImpactFit) serve(known []bandit.PooledArm) {
	prior := bandit.DefaultImpactPrior()
	pooled := bandit.PoolEffects(known, prior.SD)
	spread := max(.05, pooled.Tau)
	f.Served.Y, f.Served.SD = make([]float64, market.LiquidityBuckets), make([]float64, market.LiquidityBuckets)
	for b := range f.Served.Y {
		f.Served.Y[b], f.Served.SD[b] = pooled.Mean, math.Hypot(prior.SD, pooled.SE)
	}
	for _, k := range known {
		w := spread * spread / (spread*spread + k.SE*k.SE)
		f.Served.Y[k.Arm] = pooled.Mean + w*(k.Estimate-pooled.Mean)
		f.Served.SD[k.Arm] = max(.05, math.Sqrt(w)*k.SE)
	}
	for b := range f.Served.Y { // within what may serve
		f.Served.Y[b] = min(3, max(.1, f.Served.Y[b]))
		f.Served.SD[b] = min(3, f.Served.SD[b])
	}
}

// impactCurve is the orders in ten bins of size.
func impactCurve(orders []fit.Order, y float64) []ImpactPoint {
	low, high := math.Inf(1), math.Inf(-1)
	for i := range orders {
		l := math.Log(orders[i].Share)
		low, high = min(low, l), max(high, l)
	}
	const bins = 10
	type sum struct{ n, log, w, wy, wx float64 }
	var sums [bins]sum
	for i := range orders {
		o := &orders[i]
		l := math.Log(o.Share)
		s := &sums[min(bins-1, int((l-low)/max(1e-9, high-low)*bins))]
		w := o.Vol * o.Vol / (o.Vol*o.Vol*o.Days/3 + o.Bounce*o.Bounce) // over the variance of the cost in units of σ_D
		cost := min(50, max(-50, o.Excess/o.Vol))
		s.n, s.log, s.w, s.wy, s.wx = s.n+1, s.log+l, s.w+w, s.wy+w*cost, s.wx+w*math.Sqrt(o.Share)
	}
	var out []ImpactPoint
	for _, s := range sums {
		if s.n >= 3 {
			out = append(out, ImpactPoint{Share: math.Exp(s.log / s.n), Cost: s.wy / s.w, SE: 1 / math.Sqrt(s.w), Says: y * s.wx / s.w, N: int(s.n)})
		}
	}
	return out
}
