package experiment

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"
)

// Power is what many experiments come to, of which it is known whether the arms differ: how often each way to read them is
// wrong, how often it finds a difference, and after how many orders.
type Power struct {
	Of       string    `json:"of"` // the orders
	Alpha    float64   `json:"alpha"`
	Effect   float64   `json:"effect_bps"` // where the arms differ
	Units    int       `json:"units"`      // of the largest experiment
	Every    int       `json:"look_every"`
	Days     bool      `json:"units_are_symbol_days,omitempty"`
	Nothing  int       `json:"experiments_without_difference"`
	Planted  int       `json:"experiments_with_difference"`
	Readings []Reading `json:"readings"`
}

// Reading is what one way to read them does.
type Reading struct {
	Name   string  `json:"name"`
	Valid  bool    `json:"valid"` // alarms falsely in alpha of experiments at most
	Alarms int     `json:"false_alarms"`
	Found  int     `json:"found"`
	Median float64 `json:"median_stop"` // units, where a difference is; one that is not found has all its units
}

// way is one way to read an experiment whose stops are S.
type way[S any] struct {
	name string
	once bool
	at   func(*S) int
}

// readings are the ways to read, in the order of the table.
func readings() []way[Stops] {
	return []way[Stops]{
		{"t-test, as if each look were the only one", false, func(s *Stops) int { return s.TTest }},
		{"confidence sequence", false, func(s *Stops) int { return s.Sequence }},
		{"confidence sequence with covariates", false, func(s *Stops) int { return s.Adjusted }},
		{"one look at the end, with covariates", true, func(s *Stops) int { return s.Once }},
	}
}

// dayReadings are those of a switchback.
func dayReadings() []way[DayStops] {
	return []way[DayStops]{
		{"t-test over orders, at the end", true, func(s *DayStops) int { return s.Orders }},
		{"by symbol-days, each look the only one", false, func(s *DayStops) int { return s.Looked }},
		{"by symbol-days, one look at the end", true, func(s *DayStops) int { return s.Once }},
	}
}

// NewPower sums experiments up: those in which nothing differs, and those in which the treatment costs effect more.
func NewPower(of string, d *Design, effect float64, every, units int, nothing, planted []Stops) *Power {
	p := &Power{Of: of, Alpha: d.Alpha, Effect: effect, Units: units, Every: every, Nothing: len(nothing), Planted: len(planted)}
	sumUp(p, readings(), nothing, planted)
	return p
}

// NewDayPower sums switchbacks up; their units are symbol-days.
func NewDayPower(of string, d *Design, effect float64, every, units int, nothing, planted []DayStops) *Power {
	p := &Power{Of: of, Alpha: d.Alpha, Effect: effect, Units: units, Every: every, Days: true, Nothing: len(nothing), Planted: len(planted)}
	sumUp(p, dayReadings(), nothing, planted)
	return p
}

func sumUp[S any](p *Power, ways []way[S], nothing, planted []S) {
	for _, way := range ways {
		r := Reading{Name: way.name}
		for i := range nothing {
			if way.at(&nothing[i]) > 0 {
				r.Alarms++
			}
		}
		// Wrong where so many alarms would come less than once in a thousand times, if each came with alpha.
		r.Valid = distuv.Binomial{N: float64(len(nothing)), P: p.Alpha}.Survival(float64(r.Alarms)-1) >= .001
		var stops []int
		for i := range planted {
			at := way.at(&planted[i])
			if at > 0 {
				r.Found++
			} else {
				at = p.Units
			}
			if way.once {
				at = p.Units // whatever it finds, it was fixed before
			}
			stops = append(stops, at)
		}
		if n := len(stops); n > 0 {
			slices.Sort(stops)
			r.Median = float64(stops[(n-1)/2]+stops[n/2]) / 2
		}
		p.Readings = append(p.Readings, r)
	}
}

// Text is the table for a terminal.
func (p *Power) Text() string {
	var b strings.Builder
	looks := fmt.Sprintf("looked at every %d units from %d to %d on", p.Every, Least, p.Units)
	if p.Days {
		looks = fmt.Sprintf("a unit is a symbol-day; looked at every %d units to %d on", p.Every, p.Units)
	}
	fmt.Fprintf(&b, "%s\n%s, alpha %.4g %%\n", p.Of, looks, 100*p.Alpha)
	fmt.Fprintf(&b, "%-43s │ %-22s │ %s\n", "", "nothing differs:", fmt.Sprintf("treatment costs %+.3g bps: found in, after (median),", p.Effect))
	fmt.Fprintf(&b, "%-43s │ %-22s │ %s\n", "read by", fmt.Sprintf("alarms in %d", p.Nothing), fmt.Sprintf("of %-6d            units       units spared", p.Planted))
	for i := range p.Readings {
		r := &p.Readings[i]
		alarms := fmt.Sprintf("%6d  %5.1f %%", r.Alarms, 100*float64(r.Alarms)/float64(max(1, p.Nothing)))
		if !r.Valid {
			alarms += "  wrong"
		}
		fmt.Fprintf(&b, "%-43s │ %-22s │ %6d  %5.1f %%  %9.0f  %11s\n", r.Name, alarms, r.Found, 100*float64(r.Found)/float64(max(1, p.Planted)), r.Median, p.spared(r))
	}
	return b.String()
}

// spared is how much sooner a reading may be relied on than one look at the end; a wrong one spares nothing.
func (p *Power) spared(r *Reading) string {
	if !r.Valid {
		return "none: wrong"
	}
	return fmt.Sprintf("%.0f %%", 100*(1-r.Median/float64(max(1, p.Units))))
}
