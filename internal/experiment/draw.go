package experiment

import (
	"math"
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
}

// Rows draws n orders, each a unit of its own, with the arms that the design gives them. The noise has Student's distribution
// with four degrees of freedom:
//
//	Y = mean + effect·A + sd·(√R²·x + √(1−R²)·t₄/√2),   x standard normal
//
// The same source gives the same orders and arms, whatever the effect.
func (w *Drawn) Rows(d *Design, rnd Source, n int) []Row {
	rows, x := make([]Row, n), make([]float64, n)
	for i := range rows {
		x[i] = rnd.NormFloat64()
		quarter := (rnd.ExpFloat64() + rnd.ExpFloat64()) / 2 // χ²₄ is twice the sum of two exponentials
		noise := rnd.NormFloat64() / math.Sqrt(2*quarter)
		arm := d.Arm("", strconv.Itoa(i))
		rows[i] = Row{Cluster: uint64(i), Arm: arm, X: x[i : i+1 : i+1], Y: w.Mean + w.Effect*float64(arm) + w.SD*(math.Sqrt(w.R2)*x[i]+math.Sqrt(1-w.R2)*noise)}
	}
	return rows
}

// Redrawn gives the rows the arms that the design draws for their clusters, and adds the effect to what the treated cost. It is the
// same orders in another experiment, where nothing differs between the arms that they were worked under. The rows given stay.
func Redrawn(d *Design, rows []Row, effect float64) []Row {
	out := make([]Row, len(rows))
	for i, r := range rows {
		r.Arm = d.Arm("", strconv.FormatUint(r.Cluster, 10))
		r.Y += effect * float64(r.Arm)
		out[i] = r
	}
	return out
}
