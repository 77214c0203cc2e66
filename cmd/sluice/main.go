// Command sluice is the adaptive smart order router, its simulated venues, an EMS in a command, and the tools around
// them. `sluice --help` lists the commands; each has an example.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // sessions need time zones also where the system has none

	"github.com/spf13/cobra"
)

// Exit statuses.
const (
	exitFailed = 1
	exitUsage  = 2
)

// usageError is a mistake of the command line, not of the work.
type usageError struct{ error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, "sluice:", err)
	var usage usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "sluice",
		Short: "An adaptive smart order router for institutional trading desks",
		Long: "Sluice takes parent orders over FIX, splits them over lit, inverted, dark and internal venues, learns from every\n" +
			"execution report which venue is good for what, and returns one reconciled result.",
		SilenceUsage: true, SilenceErrors: true,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; see %s --help", err, c.CommandPath())}
	})
	root.AddCommand(newCalibrate(), newDemo(), newDoctor(), newRoute(), newVenues(), newSend(), newDropCopy(), newScore(), newReplay(), newTape(), newReport(), newReconcile(),
		newResolve(), newHalt(), newResume(), newApprove(), newBasket(), newLimits(), newControl(), newCancel(), newLearning(), newLadder(), newDrain(), newTrain(), newCompare(), newSimulate(), newEvaluate(), newExport(), newStore(), newModels(), newExperiment())
	root.AddCommand(newUsers(), newAudit(), newSteer(), newAttest())
	checkUsage(root)
	return root
}

// checkUsage makes wrong arguments of a command and of those below it mistakes of usage.
func checkUsage(c *cobra.Command) {
	if args := c.Args; args != nil {
		c.Args = func(c *cobra.Command, a []string) error {
			if err := args(c, a); err != nil {
				return usageError{fmt.Errorf("%w; see %s --help", err, c.CommandPath())}
			}
			return nil
		}
	}
	for _, below := range c.Commands() {
		checkUsage(below)
	}
}
