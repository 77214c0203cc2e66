package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/models"
	"github.com/sluice-sor/sluice/models/registry"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/swap"
)

func newModelsList() *cobra.Command {
	var m modelFlags
	c := &cobra.Command{
		Use:     "list -c FILE",
		Short:   "List all versions, the latest first, with the aliases they have",
		Example: "  sluice models list -c demo-data/demo.toml\n  sluice models list -c desk.toml --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return m.with(c.Context(), func(_ *config.File, r *registry.Registry) error {
				entries, err := r.List(c.Context())
				if err != nil {
					return err
				}
				a, err := r.Aliases(c.Context())
				if err != nil {
					return err
				}
				list := struct {
					Aliases  registry.Aliases `json:"aliases"`
					Versions []registry.Entry `json:"versions"`
				}{a, entries}
				return m.print(c, list, func(w io.Writer) error { return printVersions(w, entries, &a) })
			})
		},
	}
	m.flags(c)
	return c
}

func printVersions(w io.Writer, entries []registry.Entry, a *registry.Aliases) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "MODEL\tALIAS\tFAMILY\tPUBLISHED\tDATA TO\tPARENT\tBY")
	for i := range entries {
		e := &entries[i]
		if e.Manifest == nil {
			fmt.Fprintf(t, "%s\t%s\t-\t-\t-\t-\t%s\n", e.ID, orDash(strings.Join(e.Aliases, ",")), e.Problem)
			continue
		}
		by := e.By
		if e.Problem != "" {
			by += ": " + e.Problem
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", e.ID, orDash(strings.Join(e.Aliases, ",")), e.Family,
			e.Published.Format("2006-01-02 15:04"), day(e.To), orDash(e.Parent), by)
	}
	fmt.Fprintf(t, "%s\t%s\tprior\t-\t-\t-\tpart of the program\n", registry.Builtin, orDash(strings.Join(a.Of(registry.Builtin), ",")))
	return t.Flush()
}

// shown is a version as `sluice models show` prints it.
type shown struct {
	*registry.Manifest
	Aliases []string        `json:"aliases"`
	Header  *models.Header  `json:"header"`
	Arms    []string        `json:"arms"`
	Kinds   []string        `json:"kinds"`
	Dim     int             `json:"features"`
	Map     bool            `json:"feature_map"`
	Cost    bool            `json:"cost_network"`
	Probes  int             `json:"probes"`
	Ledger  []registry.Line `json:"ledger"` // what is about it
}

func newModelsShow() *cobra.Command {
	return oneModel("show MODEL -c FILE", "Show a version: where it comes from, its figures, its card, and what became of it", "",
		"  sluice models show champion -c desk.toml\n  sluice models show 3f2a -c desk.toml --json",
		func(c *cobra.Command, m *modelFlags, r *registry.Registry, id string) error {
			model, data, err := r.Model(c.Context(), id)
			if err != nil {
				return err
			}
			_, manifest, err := r.Load(c.Context(), id)
			if err != nil {
				return err
			}
			lines, err := r.Ledger(c.Context())
			if err != nil {
				return err
			}
			a := registry.AliasesOf(lines)
			s := shown{Manifest: manifest, Aliases: a.Of(id), Header: &model.Header, Dim: model.Dim(), Map: model.Map != nil,
				Cost: model.Cost != nil, Probes: len(model.Probes), Arms: []string{}, Kinds: []string{}, Ledger: []registry.Line{}}
			for i := range model.Arms {
				s.Arms = append(s.Arms, model.Arms[i].String())
			}
			for i := range model.Kinds {
				s.Kinds = append(s.Kinds, model.Kinds[i].String())
			}
			for _, l := range lines {
				if l.Model == id {
					s.Ledger = append(s.Ledger, l)
				}
			}
			return m.print(c, &s, func(w io.Writer) error { return s.text(w, len(data)) })
		})
}

func (s *shown) text(w io.Writer, size int) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	h := s.Header
	fmt.Fprintf(t, "model\t%s  %s\n", s.ID, strings.Join(s.Aliases, ", "))
	fmt.Fprintf(t, "family\t%s, %d features", h.Family, s.Dim)
	if s.Map {
		fmt.Fprint(t, " of a map")
	}
	if s.Cost {
		fmt.Fprint(t, ", with a cost network")
	}
	fmt.Fprintf(t, "\narms\t%s\nkinds\t%s\n", strings.Join(s.Arms, ", "), orDash(strings.Join(s.Kinds, ", ")))
	fmt.Fprintf(t, "data\t%s to %s, cut %d of journal %d at %d, hash %s\n", day(h.From), day(h.To), h.Epoch, h.Instance, h.Seq, orDash(h.DataHash))
	if len(h.Journals) > 0 {
		fmt.Fprintf(t, "journals\t%s\n", strings.Trim(fmt.Sprint(h.Journals), "[]"))
	}
	fmt.Fprintf(t, "trained\tseed %d, code %s, compared with %s, schema %s\n", h.Seed, orDash(h.Commit), orDash(h.Parent), h.Schema)
	fmt.Fprintf(t, "artifact\t%d bytes, %d probes, SHA-256 %s\n", size, s.Probes, s.SHA256)
	fmt.Fprintf(t, "published\t%s by %s, signed by key %s\n", s.Published.Format(time.RFC3339), s.By, s.Key)
	for _, m := range h.Metrics {
		fmt.Fprintf(t, "%s\t%.6g  [%.6g, %.6g]\n", m.Name, m.Value, m.Low, m.High)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if err := printLedger(w, s.Ledger); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\n", strings.TrimSpace(h.Card))
	return err
}

// verified is one version as `sluice models verify` found it.
type verified struct {
	ID      string  `json:"id"`
	OK      bool    `json:"ok"`
	Problem string  `json:"problem,omitempty"`
	Predict float64 `json:"predict_us,omitempty"` // one prediction here, microseconds
}

func newModelsVerify() *cobra.Command {
	var m modelFlags
	c := &cobra.Command{
		Use:   "verify [MODEL...] -c FILE",
		Short: "Check versions as the router does before it takes one; without MODEL, all",
		Long: "Verify reads each version whole and checks its bytes against its manifest, its signature against the trusted keys, its\n" +
			"schema against this build's, every figure against its bounds, and its probes; then it times predictions. The exit status\n" +
			"is 1 when a version fails.",
		Example: "  sluice models verify -c desk.toml\n  sluice models verify champion 3f2a -c desk.toml --json",
		RunE: func(c *cobra.Command, args []string) error {
			return m.with(c.Context(), func(_ *config.File, r *registry.Registry) error { return verify(c, &m, r, args) })
		},
	}
	m.flags(c)
	return c
}

func verify(c *cobra.Command, m *modelFlags, r *registry.Registry, names []string) error {
	var ids []string
	for _, name := range names {
		id, err := r.Resolve(c.Context(), name)
		if err != nil {
			return err
		}
		if id != registry.Builtin {
			ids = append(ids, id)
		}
	}
	if len(names) == 0 {
		entries, err := r.List(c.Context())
		if err != nil {
			return err
		}
		for _, e := range entries {
			ids = append(ids, e.ID)
		}
	}
	all, failed := []verified{}, 0
	for _, id := range ids {
		v := verified{ID: id}
		model, _, err := r.Model(c.Context(), id)
		if err == nil {
			var each time.Duration
			each, err = swap.Warm(model)
			v.Predict = float64(each) / 1e3
		}
		if v.OK = err == nil; err != nil {
			v.Problem, failed = err.Error(), failed+1
		}
		all = append(all, v)
	}
	err := m.print(c, all, func(w io.Writer) error {
		for _, v := range all {
			if v.OK {
				fmt.Fprintf(w, "ok    %s  %.2f µs a prediction\n", v.ID, v.Predict)
			} else {
				fmt.Fprintf(w, "fail  %s  %s\n", v.ID, v.Problem)
			}
		}
		return nil
	})
	if err == nil && failed > 0 {
		return fmt.Errorf("%d of %d versions may not serve", failed, len(all))
	}
	return err
}

func newModelsLedger() *cobra.Command {
	var m modelFlags
	var at string
	var last int
	c := &cobra.Command{
		Use:   "ledger -c FILE",
		Short: "Show who decided what and what the routers did; or which model was live at a time",
		Example: "  sluice models ledger -c desk.toml --last 20\n" +
			"  sluice models ledger -c desk.toml --at 2026-03-02T14:30:00Z",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if last < 1 {
				return usageError{errors.New("--last is less than 1: give how many lines")}
			}
			when, err := moment("--at", at)
			if err != nil {
				return usageError{err}
			}
			return m.with(c.Context(), func(_ *config.File, r *registry.Registry) error {
				lines, err := r.Ledger(c.Context())
				if err != nil {
					return err
				}
				if at != "" {
					lines = liveAt(lines, when.UTC())
				}
				lines = lines[max(0, len(lines)-last):]
				return m.print(c, lines, func(w io.Writer) error { return printLedger(w, lines) })
			})
		},
	}
	m.flags(c)
	c.Flags().StringVar(&at, "at", "", "show what each router served at this UTC day or time, who wanted it and why (MOP-02)")
	c.Flags().IntVar(&last, "last", 100, "at most so many lines, the newest")
	return c
}

// liveAt gives the line by which each router served at a time.
func liveAt(lines []registry.Line, at time.Time) []registry.Line {
	live := []registry.Line{}
	seen := map[string]bool{}
	for i := range lines {
		name := lines[i].Router
		if name == "" || seen[name] {
			continue
		}
		seen[name] = true
		if l := registry.Live(lines, name, at); l != nil {
			live = append(live, *l)
		}
	}
	return live
}

func printLedger(w io.Writer, lines []registry.Line) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "LINE\tTIME\tWHAT\tMODEL\tWHO\tWHY")
	for i := range lines {
		l := &lines[i]
		who := l.Actor
		if l.Router != "" {
			who = "router " + l.Router
			if l.Actor != "" {
				who += " for " + l.Actor
			}
		}
		what := l.What
		if l.Share > 0 {
			what = fmt.Sprintf("%s %.4g %%", what, 100*l.Share)
		}
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\n", l.Seq, l.At.Format("2006-01-02 15:04:05.000"), what, orDash(l.Model), orDash(who), firstLine(l.Reason))
	}
	return t.Flush()
}
