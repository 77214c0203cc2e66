package main

import (
	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/serve/control"
)

// newLearning shows the hard limit around the learner, and is where a person holds or releases it (SAF-04).
func newLearning() *cobra.Command {
	d := decision{}
	c := &cobra.Command{
		Use:   "learning -c FILE",
		Short: "Show how much of the flow follows the learner and what that cost today; hold it, or release a hold",
		Long: "Learning speaks with the running router. It shows the share of flow that follows the learner and what that flow cost over\n" +
			"the static plan today, as far as randomized decisions tell. When the loss passes learning.day_loss_bps the router holds the\n" +
			"share at 5 % and pages; the hold survives restarts and new days, and only `sluice learning release` ends it.",
		Example: "  sluice learning -c desk.toml\n  sluice learning release --actor ann --second bob --reason 'LITX fixed its feed at last' -c desk.toml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			d.Do = control.DoLearning
			return d.call(c)
		},
	}
	c.Flags().StringVarP(&d.path, "config", "c", "", "configuration file of the running router")
	c.Flags().BoolVar(&d.asJSON, "json", false, "print JSON")
	c.AddCommand(learningDecision("hold", "Hold the learner's share of flow at 5 % until somebody releases it", control.DoHoldLearning),
		learningDecision("release", "End a hold: the learner's share of flow is what it was before, and the day's loss begins anew", control.DoReleaseLearning))
	return c
}

func learningDecision(verb, short, do string) *cobra.Command {
	d := decision{}
	c := &cobra.Command{
		Use:     verb + " -c FILE",
		Short:   short,
		Example: "  sluice learning " + verb + " --actor ann --reason 'seen with the desk' -c desk.toml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			d.Do, d.two = do, do == control.DoReleaseLearning
			return d.call(c)
		},
	}
	d.flags(c)
	if do == control.DoReleaseLearning {
		d.secondFlag(c)
		c.Example = "  sluice learning release --actor ann --second bob --reason 'LITX fixed its feed at last' -c desk.toml"
		c.Long = "Release ends a hold. It takes two people, as `sluice resume` does, and a reason of 20 characters or more."
	}
	return c
}
