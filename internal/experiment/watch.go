package experiment

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/sluice-sor/sluice/bandit"
)

// Stops is after how many units each way to read an experiment first says that the arms differ; 0 is never. The first three look
// again and again, as people do; Once looks at the end only.
type Stops struct {
	TTest    int // the t-test at every look, as if each were the only one
	Sequence int // the confidence sequence
	Adjusted int // the confidence sequence with covariates: the one that decides
	Once     int // the plain interval with covariates, at the end
}

// Watch looks at an experiment at Least units and after each every units more, and tells when each way to read it would have
// stopped it. The rows are in the order in which they ended.
func Watch(d *Design, rows []Row, every int) (Stops, error) {
	if err := d.Validate(); err != nil {
		return Stops{}, err
	}
	if err := check(rows); err != nil {
		return Stops{}, err
	}
	all, err := units(rows)
	if err != nil {
		return Stops{}, err
	}
	return watch(d, all, every), nil
}

// moments are those of a series so far.
type moments struct{ n, sum, squares float64 }

func (m *moments) see(x float64)     { m.n, m.sum, m.squares = m.n+1, m.sum+x, m.squares+x*x }
func (m *moments) mean() float64     { return m.sum / m.n }
func (m *moments) variance() float64 { return max(0, (m.squares-m.sum*m.sum/m.n)/(m.n-1)) }

// excludes reports whether the confidence sequence leaves 0 out.
func (m *moments) excludes(d *Design) bool {
	return math.Abs(m.mean()) > bandit.Radius(math.Sqrt(m.variance()), int64(m.n), d.Alpha, d.Tune)
}

func watch(d *Design, all []unit, every int) (s Stops) {
	psi, plain := adjusted(all, d.Share), adjusted(without(all), d.Share)
	z := distuv.UnitNormal.Quantile(1 - d.Alpha/2)
	var a, p moments
	var y [2]moments
	for i := range psi {
		a.see(psi[i])
		p.see(plain[i])
		y[all[i].arm].see(all[i].y)
		n := i + 1
		if n < Least || (n-Least)%every != 0 {
			continue
		}
		stop(&s.Adjusted, n, a.excludes(d))
		stop(&s.Sequence, n, p.excludes(d))
		se := math.Sqrt(y[0].variance()/y[0].n + y[1].variance()/y[1].n)
		stop(&s.TTest, n, math.Abs(y[1].mean()-y[0].mean()) > z*se)
	}
	if n := len(all); n >= Least {
		stop(&s.Once, n, math.Abs(a.mean()) > z*math.Sqrt(a.variance()/a.n))
	}
	return s
}

// stop notes the first n at which a reading says that the arms differ.
func stop(at *int, n int, differ bool) {
	if *at == 0 && differ {
		*at = n
	}
}

// DayStops is after how many symbol-days each way to read a switchback first says that the arms differ; 0 is never.
type DayStops struct {
	Orders int // the t-test at the end, as if each order had its own arm
	Looked int // by symbol-days, again and again, each time as if it were the only look
	Once   int // by symbol-days, at the end: the reading of AnalyzeSwitchback
}

// WatchDays looks at a switchback after each every symbol-days that begin, as people do, and at its end. One without two symbol-days
// of each arm says nothing.
func WatchDays(d *Design, rows []Row, every int) (DayStops, error) {
	if err := d.Validate(); err != nil {
		return DayStops{}, err
	}
	if err := check(rows); err != nil {
		return DayStops{}, err
	}
	var s DayStops
	var days symbolDays
	var y [2]moments
	for i := range rows {
		r := &rows[i]
		if _, ok := days.find(r); !ok && len(days.all) > 0 && len(days.all)%every == 0 {
			stop(&s.Looked, len(days.all), days.differ(d)) // before the next begins
		}
		if err := days.see(d, r); err != nil {
			return DayStops{}, err
		}
		if r.SinceNs >= d.WashOutNs {
			y[r.Arm].see(r.Y)
		}
	}
	n := len(days.all)
	stop(&s.Once, n, days.differ(d))
	stop(&s.Looked, n, s.Once > 0)
	se := math.Sqrt(y[0].variance()/y[0].n + y[1].variance()/y[1].n)
	stop(&s.Orders, n, math.Abs(y[1].mean()-y[0].mean()) > distuv.UnitNormal.Quantile(1-d.Alpha/2)*se)
	return s, nil
}

// differ reports whether the arms do, by the interval of these symbol-days.
func (s *symbolDays) differ(d *Design) bool {
	r := s.read()
	if !r.told() {
		return false
	}
	i := r.effect(d.Alpha)
	return i.Lo > 0 || i.Hi < 0
}
