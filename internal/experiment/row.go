package experiment

import (
	"fmt"
	"math"
	"slices"
)

// MaxCovariates bounds a row's X.
const MaxCovariates = 16

// Row is one parent order that ended.
type Row struct {
	Cluster uint64 // orders of one cluster count as one unit
	Arm     Arm
	Y       float64   // cost, bps of arrival value, with fees and the clean-up of what stayed unfilled
	X       []float64 // known before the assignment; of one length in all rows
	Symbol  string    // switchback: with Date it is the unit
	Date    int32     // yyyymmdd
	SinceNs int64     // switchback: since the open, at arrival
}

// unit is what was assigned as one: the mean of its rows.
type unit struct {
	arm Arm
	y   float64
	x   []float64
}

// check refuses what would spoil every figure after it.
func check(rows []Row) error {
	for i := range rows {
		r := &rows[i]
		switch {
		case r.Arm > Treatment:
			return fmt.Errorf("experiment: row %d has arm %d: 0 is the control, 1 the treatment", i, r.Arm)
		case len(r.X) != len(rows[0].X) || len(r.X) > MaxCovariates:
			return fmt.Errorf("experiment: row %d has %d covariates, the first %d: give all as many, at most %d", i, len(r.X), len(rows[0].X), MaxCovariates)
		case !finite(r.Y) || slices.ContainsFunc(r.X, func(x float64) bool { return !finite(x) }):
			return fmt.Errorf("experiment: row %d holds a figure that is not finite", i)
		}
	}
	return nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// units gives the rows by cluster, in the order in which each cluster's last row came: only then is it known.
func units(rows []Row) ([]unit, error) {
	type sum struct {
		unit
		n, last int
	}
	var of []sum
	at := make(map[uint64]int, len(rows))
	for i := range rows {
		r := &rows[i]
		k, ok := at[r.Cluster]
		if !ok {
			k = len(of)
			at[r.Cluster] = k
			of = append(of, sum{unit: unit{arm: r.Arm, x: make([]float64, len(r.X))}})
		}
		s := &of[k]
		if s.arm != r.Arm {
			return nil, fmt.Errorf("experiment: cluster %d has rows of both arms: overlapping orders must share one", r.Cluster)
		}
		s.n, s.last = s.n+1, i
		s.y += r.Y
		for j, x := range r.X {
			s.x[j] += x
		}
	}
	slices.SortFunc(of, func(a, b sum) int { return a.last - b.last })
	out := make([]unit, len(of))
	for i := range of {
		n := float64(of[i].n)
		out[i] = of[i].unit
		out[i].y /= n
		for j := range out[i].x {
			out[i].x[j] /= n
		}
	}
	return out, nil
}

// Costs gives what each unit cost: the mean of its rows, bps.
func Costs(rows []Row) ([]float64, error) {
	all, err := units(rows)
	if err != nil {
		return nil, err
	}
	y := make([]float64, len(all))
	for i := range all {
		y[i] = all[i].y
	}
	return y, nil
}
