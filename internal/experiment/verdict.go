package experiment

import "fmt"

// Verdict is what the rule of the design says (ABT-06).
type Verdict string

// The verdicts.
const (
	GoOn    Verdict = "go on"   // nothing is decided
	Ship    Verdict = "ship"    // the treatment costs less
	Harm    Verdict = "harm"    // it costs more: stop it
	Futile  Verdict = "futile"  // whatever the difference is, it does not matter
	Over    Verdict = "over"    // the units are used up, undecided
	Blocked Verdict = "blocked" // the arms have not the share that they were assigned: nothing may be read
)

// decide applies the rule to an interval of treatment minus control.
func (d *Design) decide(n int64, i Interval, r *Ratio) (Verdict, string) {
	text := func(v Verdict, format string, a ...any) (Verdict, string) { return v, fmt.Sprintf(format, a...) }
	switch {
	case r.Broken() || d.Most > 0 && n >= d.Most && r.P(d.Share) < ratioLeast:
		return text(Blocked, "%d units have the treatment and %d the control, assigned was a share of %v: the odds against chance are %.3g; "+
			"find what chose before anything is read", r.Treated, r.Control, d.Share, r.E())
	case n < Least:
		return text(GoOn, "%d units: nothing is read below %d", n, Least)
	case i.Hi < 0:
		return text(Ship, "%s costs %.3f bps less than %s, at least %.3f", d.Treatment, -i.Mean, d.Control, -i.Hi)
	case i.Lo > 0:
		return text(Harm, "%s costs %.3f bps more than %s, at least %.3f: stop it", d.Treatment, i.Mean, d.Control, i.Lo)
	case i.Lo > -d.Futile && i.Hi < d.Futile:
		return text(Futile, "the difference lies within ±%v bps, which does not matter", d.Futile)
	case d.Most > 0 && n >= d.Most:
		return text(Over, "%d units are used up and the interval [%.3f, %.3f] holds both signs", n, i.Lo, i.Hi)
	}
	return text(GoOn, "the interval [%.3f, %.3f] bps holds both signs", i.Lo, i.Hi)
}
