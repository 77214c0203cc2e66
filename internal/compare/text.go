package compare

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/sluice-sor/sluice/internal/experiment"
)

// Write prints the report for a terminal.
func (r *Report) Write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Simulated market %s: %s\n", r.Scenario, r.About)
	fmt.Fprintf(&b, "%d parents on each of the seeds %d to %d; bps of arrival value, cost is positive, 95 %% intervals over %s\n\n",
		r.Parents, r.Seed, r.Seed+uint64(r.Seeds)-1, r.Over)
	r.story(&b)
	r.table(&b)
	fmt.Fprintf(&b, "\nstatic − oracle: %s bps\n", r.GapBps)
	for _, p := range r.Pairs {
		fmt.Fprintf(&b, "%s − %s: %s bps, paired by parent\n", p.First, p.Second, p.Costs)
	}
	b.WriteString(r.words() + "\n")
	r.curves(&b)
	r.change(&b)
	r.perVenue(&b)
	for _, n := range r.Notes {
		fmt.Fprintln(&b, n)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// words says what the learner and the models are worth against static, and against each other, as one would to a trader; empty
// without them, or where one seed tells no interval.
func (r *Report) words() string {
	if r.Seeds < 2 {
		return ""
	}
	var b strings.Builder
	say := func(i Interval, first, second string) {
		x := experiment.Interval{Mean: i.Mean, Lo: i.Lo, Hi: i.Hi}
		b.WriteString("In this simulated market " + x.Words(first, second, .95, " over "+r.Over) + "\n")
	}
	if s := r.Policies[Learner]; s != nil {
		say(s.VsStatic, called(Learner), Static)
	}
	for _, name := range r.Names {
		if !IsPolicy(name) {
			say(r.Policies[name].VsStatic, called(name), Static)
		}
	}
	for _, p := range r.Pairs {
		say(p.Costs, called(p.First), called(p.Second))
	}
	return b.String()
}

// called is a policy's name within a sentence.
func called(name string) string {
	switch {
	case name == Learner:
		return "the learner"
	case IsPolicy(name):
		return name
	}
	return "model " + name
}

// String gives mean and interval.
func (i Interval) String() string { return fmt.Sprintf("%+.3f [%+.3f, %+.3f]", i.Mean, i.Lo, i.Hi) }

func percent(i Interval) string {
	return fmt.Sprintf("%.0f %% [%.0f, %.0f]", 100*i.Mean, 100*i.Lo, 100*i.Hi)
}

func columns(b *strings.Builder) *tabwriter.Writer {
	return tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
}

func (r *Report) table(b *strings.Builder) {
	t := columns(b)
	fmt.Fprintln(t, "policy\tshortfall\tspread\tfees\timpact\ttiming\topportunity\tfilled\ttime\tmarkout\tagainst static\tgap closed\t")
	for _, name := range r.Names {
		s := r.Policies[name]
		gap := "-"
		if g, ok := r.GapClosed[name]; ok {
			gap = percent(g)
		}
		fmt.Fprintf(t, "%s\t%+.3f\t%+.3f\t%+.3f\t%+.3f\t%+.3f\t%+.3f\t%.1f %%\t%.1f s\t%+.2f\t%s\t%s\t\n", name, s.IS.Mean, s.Spread, s.Fees,
			s.Impact, s.Timing, s.Opportunity, 100*s.FillRate, s.Seconds, s.Markout, s.VsStatic, gap)
	}
	t.Flush()
}

// curves shows how early learning comes: the share of the gap closed in each stretch of parents.
func (r *Report) curves(b *strings.Builder) {
	fmt.Fprintln(b, "gap closed, by stretches of parents (the last of each)")
	t := columns(b)
	fmt.Fprint(t, "policy\t")
	for _, p := range r.Policies[Static].Curve {
		fmt.Fprintf(t, "%d\t", p.Parents)
	}
	fmt.Fprintln(t)
	for _, name := range r.Names {
		if name == Static || name == Oracle {
			continue
		}
		fmt.Fprintf(t, "%s\t", name)
		for _, p := range r.Policies[name].Curve {
			if p.GapClosed == nil {
				fmt.Fprint(t, "-\t")
				continue
			}
			fmt.Fprintf(t, "%.0f %%\t", 100*p.GapClosed.Mean)
		}
		fmt.Fprintln(t)
	}
	t.Flush()
	fmt.Fprintln(b)
}

// perVenue shows where each policy's shares were filled, and what they met there.
func (r *Report) perVenue(b *strings.Builder) {
	fmt.Fprintln(b, "share of the policy's fills by venue, and the markout met there (bps, in our favor positive)")
	t := columns(b)
	fmt.Fprint(t, "venue\ttype\t")
	for _, name := range r.Names {
		fmt.Fprintf(t, "%s\t", name)
	}
	fmt.Fprintln(t)
	for v, name := range r.Venues {
		fmt.Fprintf(t, "%s\t%s\t", name.Name, name.Type)
		for _, p := range r.Names {
			x := &r.Policies[p].Venues[v]
			fmt.Fprintf(t, "%.1f %% %+.2f\t", 100*x.Share, x.Markout)
		}
		fmt.Fprintln(t)
	}
	t.Flush()
	fmt.Fprintln(b)
}
