package fit

import (
	"fmt"
	"math"
)

// An Order is a finished parent order as the impact fit sees it (FIT-04).
type Order struct {
	Excess float64 // shortfall less the known parts, bps; may be negative
	Vol    float64 // σ_D, bps
	Share  float64 // Q/V
	Days   float64 // T, trading days
	Bounce float64 // how exactly a single price is known, bps
}

func (o *Order) valid() bool {
	return !math.IsNaN(o.Excess) && !math.IsInf(o.Excess, 0) && o.Vol > 0 && o.Share > 0 && o.Share <= 1 && o.Days >= 0 && o.Bounce >= 0 &&
		o.Days*o.Vol*o.Vol+o.Bounce*o.Bounce > 0
}

// sd is the noise of Excess: of the average of a random walk over T, and of a price.
func (o *Order) sd() float64 { return sqrt(o.Vol*o.Vol*o.Days/3 + o.Bounce*o.Bounce) }

// An Impact is a fit of the square-root law I = Y·σ_D·√(Q/V) to one bucket of liquidity.
type Impact struct {
	Y, SD float64 // SD by the sandwich of Huber's ψ: no model of the noise's shape
	Rows  int
	// The exponent, were it free: a diagnostic. The served one is ½ by decision, because even 50,000 orders leave ±.006.
	Delta, DeltaSD float64
	FreeY, FreeYSD float64
	R2             float64 // share of the weighted squares that the law explains
}

// FitImpact fits Y by Huber's M-estimate, residuals in units of their own noise, and beside it the exponent δ of
// Y·σ_D·(Q/V)^δ by Gauss-Newton on the same loss. It fails on fewer than 2 orders or on orders out of range, which it names.
// O(n) a step; the orders are in memory, a parent being rare.
func FitImpact(orders []Order) (Impact, error) { //nolint:revive // "Fit" is what it does, and Impact what it gives
	f := Impact{Rows: len(orders)}
	if len(orders) < 2 {
		return f, fmt.Errorf("fit: %d orders say nothing of impact: give 2 at least", len(orders))
	}
	for i := range orders {
		if !orders[i].valid() {
			return f, fmt.Errorf("fit: order %d (excess %v bps, volatility %v bps, share %v, %v days) is out of range", i, orders[i].Excess, orders[i].Vol, orders[i].Share, orders[i].Days)
		}
	}
	f.Y, f.SD = fixedExponent(orders)
	before, after := 0.0, 0.0
	for i := range orders {
		o := &orders[i]
		x, y := o.Vol*sqrt(o.Share)/o.sd(), o.Excess/o.sd()
		before += y * y
		after += (y - f.Y*x) * (y - f.Y*x)
	}
	f.R2 = 1 - after/before
	f.free(orders)
	return f, nil
}

// fixedExponent is a regression through the origin of y = excess/sd on x = σ√(Q/V)/sd.
func fixedExponent(orders []Order) (y, sd float64) {
	scale := 0.0
	for range MostSteps {
		var xx, xy float64
		sizes := new(Sketch)
		for i := range orders {
			o := &orders[i]
			x, z := o.Vol*sqrt(o.Share)/o.sd(), o.Excess/o.sd()
			e := z - y*x
			u := huberWeight(e, scale)
			xx, xy = xx+u*x*x, xy+u*x*z
			sizes.Add(e, 1)
		}
		next, s := xy/xx, madToSD*sizes.Quantile(.5)
		still := math.Abs(next-y) < 1e-9*max(1, math.Abs(y)) && math.Abs(s-scale) < 1e-9*s
		y, scale = next, s
		if still {
			break
		}
	}
	var meat, bread float64
	for i := range orders {
		o := &orders[i]
		x, e := o.Vol*sqrt(o.Share)/o.sd(), o.Excess/o.sd()
		e -= y * x
		psi := huberWeight(e, scale) * e
		meat += psi * psi * x * x
		if math.Abs(e) <= HuberK*scale || scale == 0 {
			bread += x * x
		}
	}
	return y, sqrt(meat) / bread
}

func huberWeight(e, scale float64) float64 {
	if limit := HuberK * scale; scale > 0 && math.Abs(e) > limit {
		return limit / math.Abs(e)
	}
	return 1
}

// free fits Y and δ together, in the coordinates ln Y and δ, with Q/V in units of its weighted geometric mean, which makes
// the two nearly independent.
func (f *Impact) free(orders []Order) {
	centre, total := 0.0, 0.0
	for i := range orders {
		o := &orders[i]
		w := o.Vol * o.Vol * o.Share / (o.sd() * o.sd())
		centre, total = centre+w*math.Log(o.Share), total+w
	}
	centre /= total
	level, delta := max(f.Y, .01)*math.Exp(centre/2), .5 // impact at the centre in units of σ_D
	scale := 0.0
	var a, b, c, meatA, meatB, meatC float64
	for range MostSteps {
		var ga, gb float64
		a, b, c, meatA, meatB, meatC = 0, 0, 0, 0, 0, 0
		sizes := new(Sketch)
		for i := range orders {
			o := &orders[i]
			l := math.Log(o.Share) - centre
			unit := o.Vol * math.Exp(delta*l) / o.sd()
			e := o.Excess/o.sd() - level*unit
			u, ja, jb := huberWeight(e, scale), unit, level*unit*l
			a, b, c = a+u*ja*ja, b+u*ja*jb, c+u*jb*jb
			ga, gb = ga+u*e*ja, gb+u*e*jb
			meatA, meatB, meatC = meatA+u*u*e*e*ja*ja, meatB+u*u*e*e*ja*jb, meatC+u*u*e*e*jb*jb
			sizes.Add(e, 1)
		}
		det := a*c - b*b
		if !(det > 0) {
			return
		}
		da, db := (c*ga-b*gb)/det, (a*gb-b*ga)/det
		db = min(.2, max(-.2, db))
		level, delta = max(level/3, level+da), min(2, max(-1, delta+db))
		scale = madToSD * sizes.Quantile(.5)
		if math.Abs(da) < 1e-8*level && math.Abs(db) < 1e-8 {
			break
		}
	}
	det := a*c - b*b
	// (JᵀUJ)⁻¹·meat·(JᵀUJ)⁻¹, its diagonal; and of Y = level·e^(−δ·centre) by the delta method
	va := (c*c*meatA - 2*b*c*meatB + b*b*meatC) / (det * det)
	vb := (b*b*meatA - 2*a*b*meatB + a*a*meatC) / (det * det)
	vab := (-b*c*meatA + (a*c+b*b)*meatB - a*b*meatC) / (det * det)
	f.Delta, f.DeltaSD = delta, sqrt(vb)
	f.FreeY = level * math.Exp(-delta*centre)
	f.FreeYSD = f.FreeY * sqrt(va/(level*level)-2*centre*vab/level+centre*centre*vb)
}

// Almgren is the model of Almgren, Thum, Hauptmann and Li (Risk, July 2005), fitted by them to Citigroup's orders in US
// shares: γ = .314, η = .142, exponents ¼ and ⅗. X/V is the order's share of a day's volume, Θ/V shares outstanding over
// it, T the order's length in days, vol the daily volatility in the unit that the costs come in.
//
//	permanent I = γ·σ·(X/V)·(Θ/V)^¼,   cost J = I/2 + K with temporary K = η·σ·(X/(V·T))^⅗
func Almgren(share, outstanding, days, vol float64) (permanent, cost float64) {
	const gamma, eta = .314, .142
	permanent = gamma * vol * share * math.Pow(outstanding, .25)
	return permanent, permanent/2 + eta*vol*math.Pow(share/days, .6)
}
