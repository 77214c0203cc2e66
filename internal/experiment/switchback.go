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

func (x *symbolDay) compare(y *symbolDay) int {
	if c := strings.Compare(x.symbol, y.symbol); c != 0 {
		return c
	}
	return int(x.date) - int(y.date)
}

// AnalyzeSwitchback reads rows that were assigned by symbol-day. It is to be read once, at an end that was fixed before.
//
// The interval is by Student's t from the cluster-robust variance of the difference of means in its bias-reduced form (CR2: Bell,
// McCaffrey 2002; for two arms, with p_g a symbol-day's share of its arm's orders and ȳ_g its mean),
//
//	V_a = Σ_g p_g²/(1−p_g)·(ȳ_g − ȳ_a)²,   V = V_0 + V_1
//
// with the degrees of freedom that V has where symbol-days vary alike (Imbens, Kolesár 2016), joined by Welch's formula. Of symbol-days
// with as many orders each that is the usual G/(G−1) and G−1; where a few symbols have most of the orders it is fewer, and the
// interval wider, for it rests on fewer than it counts.
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
	var days symbolDays
	for i := range rows {
		if err := days.see(d, &rows[i]); err != nil {
			return nil, err
		}
	}
	x := days.read()
	if !x.told() {
		return nil, fmt.Errorf("experiment %q: %d symbol-days of the control and %d of the treatment: two of each at least tell how much they differ", d.Name, x.days[0], x.days[1])
	}
	r := &Switchback{Design: *d, Parents: len(rows), WashedOut: days.washed, Days: x.days, Effect: x.effect(d.Alpha)}
	for a := range r.Arms {
		r.Arms[a] = ArmMean{Units: int64(x.days[a]), Mean: x.means[a]}
	}
	return r, nil
}

// CountDays gives the number of symbol-days of rows, without what is washed out.
func CountDays(d *Design, rows []Row) int {
	var days symbolDays
	for i := range rows {
		if _, found := days.find(&rows[i]); !found {
			r := rows[i]
			r.Arm = Control
			_ = days.see(d, &r) // of one arm each
		}
	}
	return len(days.all)
}

// symbolDays gathers rows. The zero value has none.
type symbolDays struct {
	all    []symbolDay // by symbol and date
	washed int
}

// find gives the place of a row's symbol-day, and whether it is there.
func (s *symbolDays) find(row *Row) (int, bool) {
	key := symbolDay{symbol: row.Symbol, date: row.Date}
	return slices.BinarySearchFunc(s.all, &key, func(x symbolDay, y *symbolDay) int { return x.compare(y) })
}

// see counts a row.
func (s *symbolDays) see(d *Design, row *Row) error {
	if row.SinceNs < d.WashOutNs {
		s.washed++
		return nil
	}
	k, found := s.find(row)
	if !found {
		s.all = slices.Insert(s.all, k, symbolDay{symbol: row.Symbol, date: row.Date, arm: row.Arm})
	}
	x := &s.all[k]
	if x.arm != row.Arm {
		return errors.New("experiment: " + row.Symbol + fmt.Sprintf(" has rows of both arms on %d: a symbol-day has one", row.Date))
	}
	x.n++
	x.sum += row.Y
	return nil
}

// dayReading is what symbol-days say so far, by arm.
type dayReading struct {
	days      [2]int
	means     [2]float64 // over orders
	variances [2]float64 // of the means
	nu        [2]float64 // degrees of freedom of the variances
}

// told reports whether there are enough symbol-days to tell how much they differ.
func (r *dayReading) told() bool { return r.days[0] >= 2 && r.days[1] >= 2 }

func (s *symbolDays) read() (r dayReading) {
	var sum, n [2]float64
	for i := range s.all {
		x := &s.all[i]
		sum[x.arm] += x.sum
		n[x.arm] += x.n
		r.days[x.arm]++
	}
	if !r.told() {
		return r
	}
	for a := range r.means {
		r.means[a] = sum[a] / n[a]
		r.variances[a], r.nu[a] = s.variance(Arm(a), n[a], r.means[a])
	}
	return r
}

// variance is V of an arm, and its degrees of freedom (tr B)²/tr B² with B = Σ_g c_g·(δ_g − p)(δ_g − p)ᵀ and c_g = p_g²/(1−p_g), for
// V is the quadratic form of B in the means of the symbol-days. O(their number).
func (s *symbolDays) variance(arm Arm, n, mean float64) (v, nu float64) {
	var p2, c0, c1, c2, trace, own float64
	for i := range s.all {
		if x := &s.all[i]; x.arm == arm {
			p2 += x.n / n * x.n / n
		}
	}
	for i := range s.all {
		x := &s.all[i]
		if x.arm != arm {
			continue
		}
		p := x.n / n
		c := p * p / (1 - p)
		e := x.sum/x.n - mean
		v += c * e * e
		c0, c1, c2 = c0+c, c1+c*p, c2+c*p*p
		trace += c * (1 - 2*p + p2)
		own += c * c * (1 + 2*(p2-2*p))
	}
	return v, trace * trace / (own + p2*p2*c0*c0 + 2*c2*c0 + 2*c1*c1 - 4*p2*c1*c0)
}

// effect is the difference of the means with its interval.
func (r *dayReading) effect(alpha float64) Interval {
	mean, v := r.means[1]-r.means[0], r.variances[0]+r.variances[1]
	if v == 0 {
		return Interval{mean, mean, mean}
	}
	nu := v * v / (r.variances[0]*r.variances[0]/r.nu[0] + r.variances[1]*r.variances[1]/r.nu[1])
	h := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: nu}.Quantile(1-alpha/2) * math.Sqrt(v)
	return Interval{mean, mean - h, mean + h}
}

// Interference is how much the arms disturb each other: the effect by symbol-days less the effect by parents, from two
// experiments with independent orders. Where it is not 0 the experiment by parents does not tell what shipping would save.
func Interference(parents, days Interval, alpha float64) Interval {
	z := distuv.UnitNormal.Quantile(1 - alpha/2)
	se := func(i Interval) float64 { return (i.Hi - i.Lo) / 2 / z }
	mean, h := days.Mean-parents.Mean, z*math.Hypot(se(parents), se(days))
	return Interval{mean, mean - h, mean + h}
}
