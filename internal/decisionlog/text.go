package decisionlog

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/sluice-sor/sluice/bandit/offpolicy"
)

// WriteText writes values as a table, after what the log has.
func WriteText(out io.Writer, name string, values []Value, s Summary) error {
	if _, err := fmt.Fprintf(out, "%s: %s\n\n", name, s); err != nil {
		return err
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "policy\tSNDR\t±\tSNIPS\t±\tDR\tDM\t− done\t±\t− static\t±\tESS\tlargest\tapplies\t")
	for i := range values {
		fmt.Fprintln(t, values[i].line())
	}
	if err := t.Flush(); err != nil {
		return err
	}
	var notes strings.Builder
	for i := range values {
		if v := &values[i]; !v.Evaluable {
			fmt.Fprintf(&notes, "%s is not evaluable: %s\n", v.Policy, strings.Join(v.Refusals, "; "))
		}
	}
	if notes.Len() > 0 {
		notes.WriteString("\n")
	}
	_, err := fmt.Fprintf(out, "\n%sExpected cost in bps of the shares wanted, mean over decisions, lower is better; ± is half of the 95 %% interval, clustered by\n"+
		"parents, for one look at the log (--json also has what holds for any number of looks). Differences to what was done and to the static\n"+
		"plan are by SNDR on the same decisions. Applies: where a policy that is bound to venues had a choice.\n", notes.String())
	return err
}

// String is the summary in one sentence.
func (s Summary) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d draws between plans, of %d parents", s.Draws, s.Parents)
	if s.From != 0 {
		fmt.Fprintf(&b, ", %s to %s", s.From.UTC().Format("2006-01-02 15:04"), s.To.UTC().Format("2006-01-02 15:04 MST"))
	}
	if s.Draws > 0 {
		fmt.Fprintf(&b, ", mean cost %.4f bps", s.MeanBps)
	}
	fmt.Fprintf(&b, "\nleft out: %d with one plan or none, %d with a plan that was certain, %d whose cost is not known yet, %d void", s.NoChoice, s.Fixed, s.Pending, s.Void)
	if total := s.Draws + s.Void; total > 0 {
		fmt.Fprintf(&b, " (%.2f %%)", 100*float64(s.Void)/float64(total))
	}
	if total := s.Draws + s.Unsent; s.Unsent > 0 {
		fmt.Fprintf(&b, ", %d of which a child never left (%.2f %%; it was withdrawn while it waited to be sent, or the last gate refused it)",
			s.Unsent, 100*float64(s.Unsent)/float64(total))
	}
	var reasons []string
	for why, n := range s.Reasons {
		reasons = append(reasons, fmt.Sprintf("%d: %s", n, why))
	}
	slices.Sort(reasons)
	for _, r := range reasons {
		b.WriteString("\n  " + r)
	}
	return b.String()
}

// line is the value's row of the table.
func (v *Value) line() string {
	if !v.Evaluable {
		return v.Policy + "\tnot evaluable\t\t\t\t\t\t\t\t\t\t" + v.weights()
	}
	cell := func(of map[string]Interval, e offpolicy.Estimator, halves ...func(Interval) float64) string {
		x, known := of[e.String()]
		if !known {
			return strings.Repeat("–\t", 1+len(halves))
		}
		out := fmt.Sprintf("%.4f\t", x.Value)
		for _, half := range halves {
			out += fmt.Sprintf("%.4f\t", half(x))
		}
		return out
	}
	half := func(x Interval) float64 { return (x.High - x.Low) / 2 }
	return v.Policy + "\t" + cell(v.Estimates, offpolicy.SNDR, half) + cell(v.Estimates, offpolicy.SNIPS, half) + cell(v.Estimates, offpolicy.DR) +
		cell(v.Estimates, offpolicy.DM) + cell(v.MinusDone, offpolicy.SNDR, half) + cell(v.MinusStatic, offpolicy.SNDR, half) + v.weights()
}

// weights are the cells that say how much the figures have to go by.
func (v *Value) weights() string {
	return fmt.Sprintf("%.0f\t%.2f %%\t%.0f %%\t", v.ESS, 100*v.Largest, 100*v.Applies)
}
