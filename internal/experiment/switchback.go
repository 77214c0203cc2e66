package experiment

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"
)

// Switchback is the reading of a design whose units are symbol-days (ABT-07).
type Switchback struct {
	Design    Design     `json:"design"`
	Parents   int        `json:"parents"`
	WashedOut int        `json:"washed_out"` // parents left out because they came too soon after the open
	Days      [2]int     `json:"symbol_days"`
	Arms      [2]ArmMean `json:"arms"`
	Effect    Interval   `json:"effect"` // difference of the means over parents, cluster-robust by symbol-day
}

// symbolDay is one unit's parents.
type symbolDay struct {
	symbol string
	date   int32
	arm    Arm
	n      float64
	sum    float64
}

// AnalyzeSwitchback reads rows that were assigned by symbol-day. It is to be read once, at an end that was fixed before. The
// interval is by Student's t with as many degrees of freedom as there are symbol-days but two, from the cluster-robust variance of
// the difference of means with the usual small-sample factor G/(G−1).
func AnalyzeSwitchback(d *Design, rows []Row) (*Switchback, error) {
	if err := d.Validate(); err != nil {
		return nil, err
	}
	if d.Unit != SymbolDays {
		return nil, fmt.Errorf("experiment %q: its units are %q: a switchback is read by %q", d.Name, d.Unit, SymbolDays)
	}
	if err := check(rows); err != nil {
		return nil, err
	}
	r := &Switchback{Design: *d, Parents: len(rows)}
	days, err := r.days(d, rows)
	if err != nil {
		return nil, err
	}
	var sum, n [2]float64
	for i := range days {
		x := &days[i]
		sum[x.arm] += x.sum
		n[x.arm] += x.n
		r.Days[x.arm]++
	}
	if r.Days[0] < 2 || r.Days[1] < 2 {
		return nil, fmt.Errorf("experiment %q: %d symbol-days of the control and %d of the treatment: two of each at least tell how much they differ", d.Name, r.Days[0], r.Days[1])
	}
	for a := range r.Arms {
		r.Arms[a] = ArmMean{Units: int64(r.Days[a]), Mean: sum[a] / n[a]}
	}
	variance := 0.0
	for i := range days {
		x := &days[i]
		g := float64(r.Days[x.arm])
		e := (x.sum - x.n*r.Arms[x.arm].Mean) / n[x.arm]
		variance += e * e * g / (g - 1)
	}
	r.Effect.Mean = r.Arms[1].Mean - r.Arms[0].Mean
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(len(days) - 2)}.Quantile(1 - d.Alpha/2)
	h := t * math.Sqrt(variance)
	r.Effect.Lo, r.Effect.Hi = r.Effect.Mean-h, r.Effect.Mean+h
	return r, nil
}

// days gathers rows by symbol-day.
func (r *Switchback) days(d *Design, rows []Row) (days []symbolDay, err error) {
	compare := func(x symbolDay, y symbolDay) int {
		if c := strings.Compare(x.symbol, y.symbol); c != 0 {
			return c
		}
		return int(x.date) - int(y.date)
	}
	for i := range rows {
		row := &rows[i]
		if row.SinceNs < d.WashOutNs {
			r.WashedOut++
			continue
		}
		key := symbolDay{symbol: row.Symbol, date: row.Date, arm: row.Arm}
		k, found := slices.BinarySearchFunc(days, key, compare)
		if !found {
			days = slices.Insert(days, k, key)
		}
		if days[k].arm != row.Arm {
			return nil, errors.New("experiment: " + row.Symbol + fmt.Sprintf(" has rows of both arms on %d: a symbol-day has one", row.Date))
		}
		days[k].n++
		days[k].sum += row.Y
	}
	return days, nil
}

// Interference is how much the arms disturb each other: the effect by symbol-days less the effect by parents, from two
// experiments with independent orders. Where it is not 0 the experiment by parents does not tell what shipping would save.
func Interference(parents, days Interval, alpha float64) Interval {
	z := distuv.UnitNormal.Quantile(1 - alpha/2)
	se := func(i Interval) float64 { return (i.Hi - i.Lo) / 2 / z }
	mean, h := days.Mean-parents.Mean, z*math.Hypot(se(parents), se(days))
	return Interval{mean, mean - h, mean + h}
}
