package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/models"
	"github.com/sluice-sor/sluice/models/registry"
	"github.com/sluice-sor/sluice/serve/config"
)

func newModelsDiff() *cobra.Command {
	var m modelFlags
	var most int
	c := &cobra.Command{
		Use:   "diff MODEL [MODEL] -c FILE",
		Short: "Compare two versions; with one, it and the champion",
		Long: "Diff shows what the second version has otherwise than the first: metrics, arms, the coefficients that moved most in standard\n" +
			"errors of the first, and how far apart their predictions lie at the probes of both.",
		Example: "  sluice models diff 3f2a -c desk.toml\n  sluice models diff champion rollback-target -c desk.toml --json",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				args = []string{registry.Champion, args[0]}
			}
			return m.with(c.Context(), func(_ *config.File, r *registry.Registry) error {
				var ids [2]string
				var both [2]*models.Model
				for i, name := range args {
					var err error
					if ids[i], err = r.Resolve(c.Context(), name); err != nil {
						return err
					}
					if ids[i] == registry.Builtin {
						return fmt.Errorf("%s is the built-in prior, which has no artifact: name two versions", name)
					}
					if both[i], _, err = r.Model(c.Context(), ids[i]); err != nil {
						return err
					}
				}
				d := compared{From: ids[0], To: ids[1], Difference: models.Compare(both[0], both[1])}
				d.Shifts = d.Shifts[:min(most, len(d.Shifts))]
				d.Metrics = bothMetrics(&both[0].Header, &both[1].Header)
				return m.print(c, &d, d.text)
			})
		},
	}
	m.flags(c)
	c.Flags().IntVar(&most, "most", 20, "at most so many coefficients")
	return c
}

// compared is what `sluice models diff` prints.
type compared struct {
	From    string       `json:"from"`
	To      string       `json:"to"`
	Metrics []metricPair `json:"metrics"`
	*models.Difference
}

// metricPair is one metric in two versions; nil where one has none.
type metricPair struct {
	Name     string
	From, To *models.Metric
}

func bothMetrics(a, b *models.Header) []metricPair {
	pairs := []metricPair{}
	for i := range a.Metrics {
		pairs = append(pairs, metricPair{a.Metrics[i].Name, &a.Metrics[i], nil})
	}
	for i := range b.Metrics {
		m := &b.Metrics[i]
		at := slices.IndexFunc(pairs, func(p metricPair) bool { return p.Name == m.Name })
		if at < 0 {
			at, pairs = len(pairs), append(pairs, metricPair{Name: m.Name})
		}
		pairs[at].To = m
	}
	return pairs
}

func metricText(m *models.Metric) string {
	if m == nil {
		return "-"
	}
	return fmt.Sprintf("%.5g [%.5g, %.5g]", m.Value, m.Low, m.High)
}

func (d *compared) text(w io.Writer) error {
	fmt.Fprintf(w, "from %s to %s: %d arms in both\n", d.From, d.To, d.Arms)
	if len(d.Gone)+len(d.New) > 0 {
		fmt.Fprintf(w, "gone: %s\nnew:  %s\n", orDash(strings.Join(d.Gone, ", ")), orDash(strings.Join(d.New, ", ")))
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	if len(d.Metrics) > 0 {
		fmt.Fprintln(t, "\nMETRIC\tFROM\tTO")
		for _, m := range d.Metrics {
			fmt.Fprintf(t, "%s\t%s\t%s\n", m.Name, metricText(m.From), metricText(m.To))
		}
	}
	if len(d.Gaps) > 0 {
		fmt.Fprintln(t, "\nPREDICTION\tMEAN GAP\tLARGEST")
		for _, g := range d.Gaps {
			fmt.Fprintf(t, "%s\t%.4g\t%.4g\n", g.Output, g.Mean, g.Most)
		}
	}
	if !d.SamePhi {
		fmt.Fprintln(t, "\ntheir features are not the same: coefficients cannot be compared")
	}
	if len(d.Shifts) > 0 {
		fmt.Fprintln(t, "\nARM\tHEAD\tFEATURE\tFROM\tTO\tSTANDARD ERRORS")
		for _, s := range d.Shifts {
			fmt.Fprintf(t, "%s\t%s\t%s\t%.4g\t%.4g\t%+.1f\n", s.Arm, s.Head, s.Feature, s.From, s.To, s.Sigmas)
		}
	}
	return t.Flush()
}
