package experiment

import (
	"fmt"
	"strings"
)

// Text is the result for a terminal, with the wrong test that people would make beside the right one.
func (r *Result) Text() string {
	var b strings.Builder
	d := &r.Design
	fmt.Fprintf(&b, "%-26s %10s %12s %12s\n", "", "units", "cost, bps", "spread, bps")
	for a, name := range [2]string{"control: " + d.Control, "treatment: " + d.Treatment} {
		m := &r.Arms[a]
		fmt.Fprintf(&b, "%-26s %10d %+12.3f %12.3f\n", name, m.Units, m.Mean, m.SD)
	}
	line := func(what string, i Interval, about string) {
		if r.Units >= Least {
			fmt.Fprintf(&b, "%-26s %+.3f [%+.3f, %+.3f]  %s\n", what, i.Mean, i.Lo, i.Hi, about)
		}
	}
	always := fmt.Sprintf("%.4g %%, however often one looks", 100*(1-d.Alpha))
	b.WriteString("treatment minus control, bps; below 0 the treatment costs less\n")
	line("with covariates", r.Effect, fmt.Sprintf("%s; covariates explain %.0f %% of the variance", always, 100*r.Explains))
	line("without", r.Plain, always)
	if d.Winsor > 0 {
		line("outermost costs pulled in", r.Pulled, fmt.Sprintf("%s; %.3g %% at each end", always, 100*d.Winsor))
	}
	line("looked at once", r.Once, "right only if this is the one look")
	fmt.Fprintf(&b, "%-26s p = %.3g, wrong as soon as one looks twice; always valid: p = %.3g\n", "t-test", r.TTest, r.SPRT)
	fmt.Fprintf(&b, "%-26s %.4f assigned, %.4f found; odds against chance %.3g\n", "share of the treatment", d.Share, r.share(), r.Ratio)
	fmt.Fprintf(&b, "%s: %s\n", r.Verdict, r.Because)
	if r.Units >= Least && r.Verdict != Blocked {
		b.WriteString(r.Effect.Words(d.Treatment, d.Control, 1-d.Alpha, ", however often one looks,") + "\n")
	}
	return b.String()
}

func (r *Result) share() float64 {
	n := r.Arms[0].Units + r.Arms[1].Units
	return float64(r.Arms[1].Units) / float64(max(1, n))
}

// Text is the reading for a terminal.
func (r *Switchback) Text() string {
	var b strings.Builder
	for a, name := range [2]string{"control: " + r.Design.Control, "treatment: " + r.Design.Treatment} {
		fmt.Fprintf(&b, "%-26s %6d symbol-days %+12.3f bps\n", name, r.Days[a], r.Arms[a].Mean)
	}
	fmt.Fprintf(&b, "treatment minus control    %+.3f [%+.3f, %+.3f] bps, %.4g %%, by symbol-days, to be read once; %d orders near the open left out\n",
		r.Effect.Mean, r.Effect.Lo, r.Effect.Hi, 100*(1-r.Design.Alpha), r.WashedOut)
	b.WriteString(r.Effect.Words(r.Design.Treatment, r.Design.Control, 1-r.Design.Alpha, " of one look") + "\n")
	return b.String()
}
