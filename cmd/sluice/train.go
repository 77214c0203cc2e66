package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/models/registry"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/train"
)

// training is the flags of `sluice train`.
type training struct {
	modelFlags
	when          span
	days          int
	family        string
	seed          uint64
	all, dryRun   bool
	fresh, timer  bool
	nightly       string
	waive         []string
	actor, reason string
	trees         int
}

func newTrain() *cobra.Command {
	var t training
	c := &cobra.Command{
		Use:   "train -c FILE",
		Short: "Fit a model to what the router recorded, judge it, and publish it to the registry if it passes",
		Long: "Train asks the router that runs with FILE for a training cut: what it learned up to there is the training set, what it\n" +
			"learns after it is kept on top of the new model, so that each outcome counts once. It waits until the store has reached\n" +
			"the cut, reads it, fits on the first 80 % of the rows and validates on the last 20 %. If every gate passes it fits again on\n" +
			"all rows, signs the model, and publishes it; `sluice models promote` then makes a router take it. A gate that fails\n" +
			"publishes nothing, says by how much, and the exit status is 1. Where no router runs, the last cut of the store is taken.\n\n" +
			"A training that was interrupted goes on where it was when it is started again with the same flags within\n" +
			"twelve hours. One runs at a time.\n\n" +
			"Gates: " + strings.Join(train.GateNames(), ", ") + ". A person may answer for one that does not pass with --waive and\n" +
			"--reason; both stand in the model card.",
		Example: "  sluice train -c desk.toml\n" +
			"  sluice train -c desk.toml --days 20 --nightly 22:30\n" +
			"  sluice train -c demo-data/demo.toml --waive policy,drift --reason 'a demo is short'\n" +
			"  sluice train --example-timer -c /etc/sluice/desk.toml",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := t.check(); err != nil {
				return usageError{err}
			}
			if t.timer {
				return exampleTimer(c.OutOrStdout(), t.path)
			}
			if t.nightly != "" {
				return t.everyNight(c)
			}
			return t.once(c)
		},
	}
	t.flags(c)
	return c
}

func (t *training) flags(c *cobra.Command) {
	t.modelFlags.flags(c)
	t.when.flags(c)
	f := c.Flags()
	f.IntVar(&t.days, "days", 0, "only decisions of the last so many days before the cut, or before now with --all; 0 = all that the store holds")
	f.StringVar(&t.family, "family", train.Auto, strings.Join(train.Families(), ", ")+": heads on the features or on a learned map of them; auto takes the map where it is better")
	f.Uint64Var(&t.seed, "seed", 1, "of networks and forests; the same data and seed give the same bytes")
	f.BoolVar(&t.all, "all", false, "train on everything the store holds and ask no router for a cut; a router whose own outcomes are among it refuses the model, they would count twice")
	f.BoolVar(&t.dryRun, "dry-run", false, "publish nothing, print the report; with a running router it asks for no cut and takes what the store holds")
	f.BoolVar(&t.fresh, "fresh", false, "begin anew although an interrupted training could go on")
	f.StringVar(&t.nightly, "nightly", "", "train every day at this local time, HH:MM, until it is interrupted")
	f.StringSliceVar(&t.waive, "waive", nil, "gates to let the model pass though they do not")
	f.StringVar(&t.actor, "actor", me(), "who trains, and answers for what is waived")
	f.StringVar(&t.reason, "reason", "", "why gates are waived")
	f.IntVar(&t.trees, "trees", 0, "markouts that golearn's trees see; 0 is 4,000, some 20 s; -1 tries none")
	f.BoolVar(&t.timer, "example-timer", false, "print a systemd timer and a cron line that train every night")
}

// check says everything that is wrong with the flags.
func (t *training) check() error {
	var all []error
	if t.days < 0 || t.days > 0 && t.when.from != "" {
		all = append(all, fmt.Errorf("--days is %d: give a number of days, and not --from with it", t.days))
	}
	if t.nightly != "" {
		if _, err := time.Parse("15:04", t.nightly); err != nil {
			all = append(all, fmt.Errorf("--nightly is %q: give a time of day such as 22:30", t.nightly))
		}
	}
	if len(t.waive) > 0 && strings.TrimSpace(t.reason) == "" {
		all = append(all, errors.New("--waive needs --reason: it stands in the model card"))
	}
	if _, err := t.when.filter(); err != nil {
		all = append(all, err)
	}
	c := train.Config{Source: train.FromStore(nil, train.Options{}), Dir: "x", Family: t.family, Waive: t.waive, Waiver: "x"}
	return errors.Join(append(all, c.Validate())...)
}

// trained is what one training came to, as --json prints it.
type trained struct {
	Model     string       `json:"model,omitempty"` // id in the registry
	Published bool         `json:"published"`
	Family    string       `json:"family"`
	Rows      int64        `json:"rows"`
	Instance  uint32       `json:"instance,omitempty"`
	Epoch     uint32       `json:"epoch"`
	Seq       uint64       `json:"seq,omitempty"`
	DataHash  string       `json:"data_hash"`
	Champion  string       `json:"compared_with"`
	Gates     []train.Gate `json:"gates"`
	Card      string       `json:"card"` // its file; plots are beside it
	Seconds   float64      `json:"seconds"`
	Bytes     int          `json:"bytes,omitempty"`
}

// once trains.
func (t *training) once(c *cobra.Command) error {
	return t.with(c.Context(), func(f *config.File, r *registry.Registry) error {
		began := time.Now()
		st, err := existingStore(c.Context(), f.Router.StoreTarget())
		if err != nil {
			return err
		}
		out, result, err := t.run(c.Context(), f, r, st)
		if err = errors.Join(err, st.Close()); err != nil {
			return err
		}
		out.Seconds = time.Since(began).Seconds()
		if err := t.print(c, out, func(w io.Writer) error { return out.text(w, t, result) }); err != nil {
			return err
		}
		if result.Refused() {
			return fmt.Errorf("nothing is published: %s", failures(result.Report))
		}
		return nil
	})
}

// failures names the gates that were in the way.
func failures(r *train.Report) string {
	var words []string
	for _, g := range r.Failed() {
		words = append(words, fmt.Sprintf("%s: %s: %s", g.Name, g.Verdict, g.Words))
	}
	return strings.Join(words, "; ")
}

func (t *training) run(ctx context.Context, f *config.File, r *registry.Registry, st *store.Store) (*trained, *train.Result, error) {
	dir := trainingDir(f)
	held, err := train.LockDir(dir) // before the set is chosen and kept: that of a training that runs must stay
	if err != nil {
		return nil, nil, err
	}
	defer held.Release()
	set, err := t.set(ctx, f, st, dir)
	if err != nil {
		return nil, nil, err
	}
	cfg := train.Config{Source: train.FromStore(st, set.options()), Dir: dir, Held: held, Key: set.key(f), Family: t.family, Seed: t.seed, Waive: t.waive,
		Waiver: t.actor + ": " + t.reason, Challenged: t.trees, Commit: build(), Instance: set.Instance, Epoch: set.Epoch, Seq: set.Seq}
	if cfg.Champion, cfg.ChampionID, err = champion(ctx, r); err != nil {
		return nil, nil, err
	}
	done := showTraining(&cfg)
	result, err := train.Run(ctx, cfg)
	done()
	if err != nil {
		if ctx.Err() == nil { // it was not interrupted: the same set would fail again
			err = errors.Join(err, set.forget(dir))
		}
		return nil, nil, err
	}
	out := &trained{Family: result.Report.Family, Rows: result.Report.Rows, Instance: set.Instance, Epoch: set.Epoch, Seq: set.Seq, DataHash: result.Report.DataHash,
		Champion: result.Report.Champion, Gates: result.Report.Gates, Bytes: len(result.Artifact)}
	name := "refused"
	if t.dryRun {
		name = "dry-run"
	}
	if !result.Refused() && !t.dryRun {
		signer, err := registry.OpenSigner(f.Models.SigningKey, f.Models.TrustedDir)
		if err != nil {
			return nil, nil, err
		}
		m, err := r.Publish(ctx, result.Artifact, signer, t.actor)
		if err != nil {
			return nil, nil, err
		}
		out.Model, out.Published, name = m.ID, true, m.ID
	}
	out.Card, err = writeCard(filepath.Join(dir, "cards", name), result)
	return out, result, errors.Join(err, set.forget(dir))
}

// trainingDir is where trainings work: beside the registry's directory, or beside the journal where that is a database.
func trainingDir(f *config.File) string {
	if strings.Contains(f.Models.Registry, "://") {
		return filepath.Join(filepath.Dir(f.Router.JournalDir), "training")
	}
	return filepath.Join(filepath.Dir(f.Models.Registry), "training")
}

// writeCard writes the card and its plots, and gives the card's path.
func writeCard(dir string, r *train.Result) (string, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", fmt.Errorf("the model card: %w", err)
	}
	path := filepath.Join(dir, "card.md")
	errs := []error{os.WriteFile(path, []byte(r.Report.Card()), 0o640)} //nolint:gosec // others may read a card
	for _, p := range r.Plots {
		errs = append(errs, os.WriteFile(filepath.Join(dir, p.Name), p.Data, 0o640)) //nolint:gosec // others may read a card
	}
	if err := errors.Join(errs...); err != nil {
		return "", fmt.Errorf("the model card: %w", err)
	}
	return path, nil
}

func (o *trained) text(w io.Writer, t *training, r *train.Result) error {
	fmt.Fprintf(w, "%d rows, family %s, compared with %s, %.1f s\n\n", o.Rows, o.Family, o.Champion, o.Seconds)
	for _, g := range o.Gates {
		mark := "    " + string(g.Verdict)
		if g.Verdict != train.Pass {
			mark = "!   " + string(g.Verdict)
		}
		if g.Waived != "" {
			mark += ", waived"
		}
		fmt.Fprintf(w, "%-26s %-20s %s\n", mark, g.Name, g.Words)
	}
	fmt.Fprintf(w, "\ncard: %s\n", o.Card)
	switch {
	case o.Published:
		fmt.Fprintf(w, "published %s, %d bytes: `sluice models promote %s --second NAME --reason WHY -c %s` lets it serve\n", o.Model, o.Bytes, o.Model, t.path)
	case !r.Refused():
		fmt.Fprintln(w, "a dry run: nothing is published")
	}
	return nil
}

// showTraining draws a line on a terminal that says what is being done; the function it gives takes it away.
func showTraining(c *train.Config) func() {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return func() {}
	}
	bar := progressbar.NewOptions64(-1, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetElapsedTime(true), progressbar.OptionClearOnFinish())
	c.Progress = func(what string, n int64) {
		bar.Describe(what)
		_ = bar.Set64(n) // a line that cannot be drawn must not stop the work
	}
	return func() { _ = bar.Finish() }
}

// everyNight trains at the same local time each day until it is interrupted. A training that fails is told and the next night
// tried again.
func (t *training) everyNight(c *cobra.Command) error {
	at, err := time.Parse("15:04", t.nightly)
	if err != nil {
		return err
	}
	nights(c.Context(), at.Hour(), at.Minute(), func() {
		if err := t.once(c); err != nil && c.Context().Err() == nil {
			if t.asJSON {
				_ = json.NewEncoder(c.OutOrStdout()).Encode(map[string]string{"error": err.Error()}) // the next line tells it too
			}
			fmt.Fprintln(os.Stderr, "sluice: training:", err)
		}
	})
	return nil
}

// nights does something at the same local time each day until ctx ends. A night that lasts beyond the next one's time takes its place.
func nights(ctx context.Context, hour, minute int, do func()) {
	for ctx.Err() == nil {
		next := nextAt(time.Now(), hour, minute)
		fmt.Fprintf(os.Stderr, "sluice: the next training begins in %v\n", time.Until(next).Round(time.Second))
		for left := time.Until(next); left > 0; left = time.Until(next) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(min(left, 10*time.Minute)): // the clock may be set meanwhile, or the machine sleep
			}
		}
		do()
	}
}

// nextAt is the first time after now at which the local clock shows the hour and minute.
func nextAt(now time.Time, hour, minute int) time.Time {
	next := time.Date(now.Year(), now.Month(), now.Day(), hour, minute, 0, 0, now.Location())
	if !next.After(now) {
		next = time.Date(now.Year(), now.Month(), now.Day()+1, hour, minute, 0, 0, now.Location())
	}
	return next
}
