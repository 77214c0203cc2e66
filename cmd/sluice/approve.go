package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/control"
)

// newApprove is where the second of two people decides.
func newApprove() *cobra.Command {
	d := decision{}
	var deny bool
	c := &cobra.Command{
		Use:   "approve [NUMBER] -c FILE",
		Short: "List what waits for a second person, approve one, or drop it",
		Long: "Approve speaks with the running router. Lifting a halt, releasing the learner, promoting a model on the page, widening a limit and\n" +
			"turning a control off take two people: one asks, with role risk or model, and gets a number; another one with role admin\n" +
			"approves it within a quarter of an hour.\n" +
			"Nobody approves their own; --deny drops it, which who asked may do too. What waits when the router restarts is dropped.\n" +
			"Where the router has no users yet, the one command names both: sluice resume … --actor ann --second bob.",
		Example: "  sluice approve -c desk.toml\n  sluice approve 812 --actor bob --reason 'LITX is fixed, I called them too' -c desk.toml\n" +
			"  sluice approve 812 --deny --actor bob --reason 'not before the close' -c desk.toml",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				d.Do = control.DoApprovals
				return d.call(c)
			}
			id, err := orderNumber(args[0], "approval")
			if err != nil {
				return err
			}
			d.Approval, d.Do, d.two = id, control.DoApprove, true
			if deny {
				d.Do = control.DoDeny
			}
			return d.call(c)
		},
	}
	d.flags(c)
	d.credential.flags(c)
	c.Flags().BoolVar(&deny, "deny", false, "drop it: nothing is done")
	return c
}

// printWaiting lists what waits for a second person.
func printWaiting(w io.Writer, list []control.Waiting, now time.Time) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, "nothing waits for a second person")
		return err
	}
	for i := range list {
		x := &list[i]
		if _, err := fmt.Fprintf(w, "%d: %s, asked by %s %v ago, void in %v: %s\n", x.ID, strings.TrimSpace(x.Do+" "+x.Of), x.Actor,
			now.Sub(x.Since).Truncate(time.Second), x.Until.Sub(now).Truncate(time.Second), x.Reason); err != nil {
			return err
		}
	}
	return nil
}

// printAnswer prints what the router answered.
func (d *decision) printAnswer(c *cobra.Command, file *config.File, a *control.Answer) error {
	w := c.OutOrStdout()
	switch {
	case d.asJSON:
		return json.NewEncoder(w).Encode(a)
	case d.Do == control.DoList:
		return printDoubts(w, a, time.Now())
	case d.Do == control.DoApprovals:
		return printWaiting(w, a.Approvals, time.Now())
	case d.Do == control.DoHalts:
		return printHalts(w, file, a.Halts)
	case d.Do == control.DoBaskets:
		return printBaskets(w, a.Baskets, time.Now())
	case a.Ladder != nil:
		_, err := fmt.Fprintln(w, a.Ladder.Text())
		return err
	case a.Learning != nil:
		_, err := fmt.Fprintln(w, a.Learning.Text(time.Now()))
		return err
	}
	_, err := fmt.Fprintln(w, a.Text)
	return err
}
