package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/serve/control"
	"github.com/sluice-sor/sluice/serve/words"
)

// newLadder shows the degrade ladder, and is where a person steps on it (OPS-04).
func newLadder() *cobra.Command {
	d := decision{}
	c := &cobra.Command{
		Use:   "ladder -c FILE",
		Short: "Show on which rung of the degrade ladder the router stands, and why; lift what waits for a person",
		Long: "Ladder speaks with the running router. The rungs: 0 learned; 1 frozen, the learner's share is held; 2 static; 3 passive, no\n" +
			"new orders, or no new children either, and what works is managed; 4 everything is halted. The router goes to rung 3 by\n" +
			"itself when the journal's disk is full or slow (and back), when invariants stop three orders within a minute, when the\n" +
			"system's clock steps by more than a second, and when the risk monitor is silent; those three wait for a person, also\n" +
			"across restarts. A database, page or metrics that are down change nothing.",
		Example: "  sluice ladder -c desk.toml\n  sluice ladder lift --actor ann --reason 'LITX sends sane fills again' -c desk.toml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			d.Do = control.DoLadder
			return d.call(c)
		},
	}
	c.Flags().StringVarP(&d.path, "config", "c", "", "configuration file of the running router")
	c.Flags().BoolVar(&d.asJSON, "json", false, "print JSON")
	c.AddCommand(ladderStep("brake", "Take no new orders until somebody lifts it; what works goes on", control.DoBrake),
		ladderStep("lift", "End what only a person ends: orders are taken again", control.DoLift), newBeat())
	return c
}

func ladderStep(verb, short, do string) *cobra.Command {
	d := decision{}
	c := &cobra.Command{
		Use:     verb + " -c FILE",
		Short:   short,
		Example: "  sluice ladder " + verb + " --actor ann --reason 'seen with the desk' -c desk.toml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			d.Do = do
			return d.call(c)
		},
	}
	d.flags(c)
	return c
}

// newBeat is how a risk monitor in any language says that it lives.
func newBeat() *cobra.Command {
	d := decision{}
	var every time.Duration
	c := &cobra.Command{
		Use:   "beat -c FILE",
		Short: "Give the risk monitor's sign of life, once or every so often",
		Long: "Beat is for a risk monitor that the router waits for (router.risk_monitor = true): while its checks pass it lets beat run, or\n" +
			"calls it every second. After 3 s without one no new child is sent, after 30 s everything is halted and withdrawn.",
		Example: "  sluice ladder beat -c desk.toml\n  sluice ladder beat --every 1s -c desk.toml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			d.Do = control.DoBeat
			for {
				if err := d.call(c); err != nil || every <= 0 {
					return err
				}
				select {
				case <-c.Context().Done():
					return nil
				case <-time.After(every):
				}
			}
		},
	}
	c.Flags().StringVarP(&d.path, "config", "c", "", "configuration file of the running router")
	c.Flags().DurationVar(&every, "every", 0, "go on, with this much time between two; 0 is once")
	return c
}

// drainLook is how often a drain looks what works.
const drainLook = 500 * time.Millisecond

// newDrain takes no new orders and waits for those that work (OPS-07).
func newDrain() *cobra.Command {
	d := decision{}
	var within time.Duration
	c := &cobra.Command{
		Use:   "drain -c FILE",
		Short: "Take no new orders, let those that work end, cancel what is left at a deadline; then stop or upgrade",
		Long: "Drain speaks with the running router: it takes no new orders (refusals name OPS-04), waits until every parent order is done,\n" +
			"and cancels those that still work when --within has passed; 0 cancels at once. Then nothing works, and SIGTERM ends the\n" +
			"router. The next start still takes no orders until `sluice ladder lift`, so that an upgrade can be looked at first.",
		Example: "  sluice drain --within 10m --actor ann --reason 'upgrade to 1.4' -c desk.toml && systemctl restart sluice\n" +
			"  sluice ladder lift --actor ann --reason 'upgraded, self-test passed' -c desk.toml",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return d.drain(c, within) },
	}
	d.flags(c)
	c.Flags().DurationVar(&within, "within", 10*time.Minute, "how long orders may work on before they are canceled")
	return c
}

func (d *decision) drain(c *cobra.Command, within time.Duration) error {
	file, err := load(d.path)
	if err != nil {
		return err
	}
	ask := func(r control.Request) (*control.Answer, error) {
		r.Actor, r.Reason = d.Actor, d.Reason
		return control.Call(c.Context(), file.Router.JournalDir, &r)
	}
	if _, err := ask(control.Request{Do: control.DoBrake}); err != nil {
		return err
	}
	deadline := time.Now().Add(within)
	canceled := map[uint64]bool{}
	for passive := false; ; {
		a, err := ask(control.Request{Do: control.DoLadder})
		if err != nil {
			return err
		}
		l := a.Ladder
		passive = passive || l.Level >= 3
		if passive && len(l.Working) == 0 {
			_, err := fmt.Fprintf(c.OutOrStdout(), "drained: nothing works, %s %s canceled; stop the router now\n", words.Count(len(canceled), "order", "orders"), words.Verb(len(canceled), "was", "were"))
			return err
		}
		if passive && !time.Now().Before(deadline) {
			for _, p := range l.Working {
				if canceled[uint64(p)] {
					continue
				}
				canceled[uint64(p)] = true
				if _, err := ask(control.Request{Do: control.DoCancel, Parent: p}); err != nil {
					fmt.Fprintf(c.ErrOrStderr(), "parent %d: %v\n", p, err) // it may just have ended; else it stays in the list
				}
			}
		}
		if err := pause(c.Context(), drainLook); err != nil {
			return fmt.Errorf("%s still %s, and no new ones are taken: %w", words.Count(len(l.Working), "order", "orders"), words.Verb(len(l.Working), "works", "work"), err)
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
