package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/models/registry"
	"github.com/sluice-sor/sluice/serve/access"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/control"
)

// moved is a move of an alias and what the router here made of it.
type moved struct {
	modelFlags
	actor, second, reason string
	wait                  time.Duration
	share                 float64
}

// move is one command that moves an alias.
type move struct {
	use, short, long, example string
	args                      cobra.PositionalArgs
	what                      string // of registry.Decision
}

func (v *move) command(more func(*cobra.Command, *moved)) *cobra.Command {
	var m moved
	c := &cobra.Command{
		Use: v.use, Short: v.short, Long: v.long, Example: v.example, Args: v.args,
		RunE: func(c *cobra.Command, args []string) error {
			return m.with(c.Context(), func(f *config.File, r *registry.Registry) error {
				id := ""
				if len(args) > 0 {
					var err error
					if id, err = r.Resolve(c.Context(), args[0]); err != nil {
						return err
					}
				}
				d := registry.Decision{What: v.what, Model: id, Share: m.share}
				if v.what == registry.Canary && d.Share == 0 {
					d.Share = f.Models.CanaryShare
				}
				if v.what == registry.Promote {
					if err := m.agreed(f); err != nil {
						return err
					}
				}
				began := time.Now()
				line, err := r.Decide(c.Context(), d, registry.Who{Actor: m.actor, Reason: m.reason})
				if err != nil {
					return err
				}
				return m.follow(c, f, r, &line, d, began)
			})
		},
	}
	m.flags(c)
	c.Flags().StringVar(&m.actor, "actor", me(), "who decides")
	c.Flags().StringVar(&m.reason, "reason", "", "why; the ledger keeps it")
	c.Flags().DurationVar(&m.wait, "wait", 10*time.Second, "how long to wait for the router that runs here to follow; 0s = not at all")
	if more != nil {
		more(c, &m)
	}
	return c
}

// agreed holds that two people promote, as on the page (SEC-04).
func (m *moved) agreed(f *config.File) error {
	limits := f.LimitsAt(market.Time(time.Now().UnixNano()))
	if !limits.TwoPersons {
		return nil
	}
	if u, err := access.Load(f.Router.UsersFile); err == nil && len(u.Users) > 0 {
		return fmt.Errorf("nothing was promoted: %s has users, so promote on the page or over the API, where a second person approves (SEC-04)", f.Router.UsersFile)
	} else if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if why := risk.NewGate(limits, nil).TwoPersons(m.actor, m.second, m.reason); why != "" {
		return fmt.Errorf("nothing was promoted: %s (SEC-04)", why)
	}
	m.actor += ", approved by " + m.second
	return nil
}

// follow waits for the router that runs here, and says what it did.
func (m *moved) follow(c *cobra.Command, f *config.File, r *registry.Registry, line *registry.Line, d registry.Decision, began time.Time) error {
	answer := struct {
		Line   *registry.Line `json:"line"`
		Router *registry.Line `json:"router,omitempty"`
		After  float64        `json:"after_ms,omitempty"`
	}{Line: line}
	running := m.wait > 0 && control.Running(f.Router.JournalDir)
	if running {
		ctx, cancel := context.WithTimeout(c.Context(), m.wait)
		defer cancel()
		said, err := r.Followed(ctx, d, line, f.Router.Name)
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		if said != nil {
			answer.Router, answer.After = said, float64(time.Since(began).Milliseconds())
		}
	}
	err := m.print(c, &answer, func(w io.Writer) error {
		fmt.Fprintf(w, "%s %s: line %d of the ledger\n", line.What, line.Model, line.Seq)
		switch {
		case answer.Router != nil:
			fmt.Fprintf(w, "router %s: %s after %.0f ms\n", answer.Router.Router, answer.Router.Word(line.Model), answer.After)
		case running:
			fmt.Fprintf(w, "router %s has not followed within %v: look at its page or its log\n", f.Router.Name, m.wait)
		default:
			fmt.Fprintf(w, "no router runs here with %s: one follows when it starts\n", f.Path)
		}
		return nil
	})
	if err == nil && answer.Router != nil && answer.Router.What == registry.Refused {
		return fmt.Errorf("the router refused %s: %s", line.Model, answer.Router.Reason)
	}
	return err
}

func newModelsPromote() *cobra.Command {
	v := move{
		use: "promote MODEL -c FILE", short: "Let a version serve; the one before stays ready for a rollback",
		long: "Promote checks the version as the router does and makes it the champion. A running router swaps it in between two\n" +
			"decisions: what it learned since the version's data were cut stays learned, once. It goes on predicting with the one\n" +
			"before, and returns to it by itself when the new one does worse; no shadow or canary takes that one's place before 2,000\n" +
			"outcomes were compared or a day has passed.\n\n" +
			"It takes two people and a reason of 20 characters or more, as long as limits.two_persons says so: --second names who agrees.\n" +
			"Where the router has users, promote on its page or over its API, where the second approves.",
		example: "  sluice models promote 3f2a --second bob --reason 'its card and gates were read' -c demo-data/demo.toml\n  sluice models promote challenger -c desk.toml --actor ann --second bob --reason '2,000 parents, better by .2 bps'",
		args:    cobra.ExactArgs(1), what: registry.Promote,
	}
	return v.command(func(c *cobra.Command, m *moved) {
		c.Flags().StringVar(&m.second, "second", "", "`name` of who agrees")
	})
}

func newModelsShadow() *cobra.Command {
	v := move{
		use: "shadow MODEL -c FILE", short: "Let a version predict beside the champion, and decide nothing",
		long: "There is room for one version beside the champion, and whatever stood there leaves. The predecessor of a champion that was just\n" +
			"promoted does not: a router refuses until it has compared the two on 2,000 outcomes or for a day, and says until when.",
		example: "  sluice models shadow 3f2a -c desk.toml --reason 'a day of shadow before the canary'",
		args:    cobra.ExactArgs(1), what: registry.Shadow,
	}
	return v.command(nil)
}

func newModelsCanary() *cobra.Command {
	v := move{
		use: "canary MODEL -c FILE", short: "Let a version decide for a share of the parents, drawn by parent",
		long: "There is room for one version beside the champion, and whatever stood there leaves. The predecessor of a champion that was just\n" +
			"promoted does not: a router refuses until it has compared the two on 2,000 outcomes or for a day, and says until when.",
		example: "  sluice models canary 3f2a -c desk.toml\n  sluice models canary 3f2a --share 0.05 -c desk.toml",
		args:    cobra.ExactArgs(1), what: registry.Canary,
	}
	return v.command(func(c *cobra.Command, m *moved) {
		c.Flags().Float64Var(&m.share, "share", 0, "share of the parents, above 0 and below 1; 0 = models.canary_share of the file")
	})
}

func newModelsRollback() *cobra.Command {
	v := move{
		use: "rollback -c FILE", short: "Let the version before serve again",
		long: "Rollback makes the rollback target the champion again; a second one returns to the built-in prior. What was learned\n" +
			"meanwhile stays learned. The version that is left stays in the registry.",
		example: "  sluice models rollback -c desk.toml --actor ann --reason 'rejects at LITX doubled'",
		args:    cobra.NoArgs, what: registry.Rollback,
	}
	return v.command(nil)
}
