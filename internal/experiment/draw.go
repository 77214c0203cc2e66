package experiment

import (
	"math"
	"slices"
	"strconv"
)

// Source gives standard normal and standard exponential draws; *rand.Rand is one.
type Source interface {
	NormFloat64() float64
	ExpFloat64() float64
}

// Drawn is a world of orders to try an experiment on: costs with heavy tails, of which one covariate explains a part (learning
// text, section 10).
type Drawn struct {
	Mean   float64 // bps
	SD     float64 // of the cost, bps
	R2     float64 // share of the variance that the covariate explains
	Effect float64 // treatment less control, bps

	// Of a switchback: so many symbols on so many days, and which share of what the covariate leaves is common to a symbol's day. The
	// k-th symbol has 1/k of the first one's orders, as a few of a desk's symbols have most of its orders.
	Symbols, Days int
	Common        float64
}

// Rows draws n orders, each a unit of its own, with the arms that the design gives them. The noise has Student's distribution
// with four degrees of freedom:
//
//	Y = mean + effect·A + sd·(√R²·x + √(1−R²)·t₄/√2),   x standard normal
//
// The same source gives the same orders and arms, whatever the effect. Where the design's units are symbol-days, a part of the noise is
// the day's: √Common·u + √(1−Common)·t₄/√2 with a standard normal u of each symbol-day.
func (w *Drawn) Rows(d *Design, rnd Source, n int) []Row {
	if d.Unit == SymbolDays {
		return w.dayRows(d, rnd, n)
	}
	rows, x := make([]Row, n), make([]float64, n)
	for i := range rows {
		x[i] = rnd.NormFloat64()
		noise := heavy(rnd)
		arm := d.Arm("", strconv.Itoa(i))
		rows[i] = Row{Cluster: uint64(i), Arm: arm, X: x[i : i+1 : i+1], Y: w.Mean + w.Effect*float64(arm) + w.SD*(math.Sqrt(w.R2)*x[i]+math.Sqrt(1-w.R2)*noise)}
	}
	return rows
}

// heavy draws Student's distribution with four degrees of freedom, scaled to variance 1.
func heavy(rnd Source) float64 {
	quarter := (rnd.ExpFloat64() + rnd.ExpFloat64()) / 2 // χ²₄ is twice the sum of two exponentials
	return rnd.NormFloat64() / math.Sqrt(2*quarter)
}

// firstDay is the date of the first drawn day; the others only count on from it.
const firstDay = 20260000

// dayRows draws n orders over symbol-days, day after day.
func (w *Drawn) dayRows(d *Design, rnd Source, n int) []Row {
	type unit struct {
		symbol string
		arm    Arm
		common float64
	}
	units := make([]unit, w.Symbols*w.Days)
	for i := range units {
		u := &units[i]
		u.symbol = "S" + strconv.Itoa(i%w.Symbols+1)
		u.arm, u.common = d.ArmOfDay(u.symbol, firstDay+int32(i/w.Symbols)), rnd.NormFloat64()
	}
	upTo, sum := make([]float64, w.Symbols), 0.0
	for k := range upTo {
		sum += 1 / float64(k+1)
		upTo[k] = sum
	}
	rows := make([]Row, n)
	for i := range rows {
		day := i * w.Days / n
		symbol, _ := slices.BinarySearch(upTo, sum*math.Exp(-rnd.ExpFloat64())) // e^−exponential is uniform
		u := &units[day*w.Symbols+min(symbol, w.Symbols-1)]
		noise := math.Sqrt(w.Common)*u.common + math.Sqrt(1-w.Common)*heavy(rnd)
		rows[i] = Row{Cluster: uint64(i), Arm: u.arm, Symbol: u.symbol, Date: firstDay + int32(day), SinceNs: d.WashOutNs,
			Y: w.Mean + w.Effect*float64(u.arm) + w.SD*(math.Sqrt(w.R2)*rnd.NormFloat64()+math.Sqrt(1-w.R2)*noise)}
	}
	return rows
}

// Redrawn gives the rows the arms that the design draws for their clusters, or their symbol-days, and adds the effect to what the treated cost. It is the
// same orders in another experiment, where nothing differs between the arms that they were worked under. The rows given stay.
func Redrawn(d *Design, rows []Row, effect float64) []Row {
	out := make([]Row, len(rows))
	for i, r := range rows {
		if d.Unit == SymbolDays {
			r.Arm = d.ArmOfDay(r.Symbol, r.Date)
		} else {
			r.Arm = d.Arm("", strconv.FormatUint(r.Cluster, 10))
		}
		r.Y += effect * float64(r.Arm)
		out[i] = r
	}
	return out
}
