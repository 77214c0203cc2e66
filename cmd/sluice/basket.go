package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/serve/control"
)

// newBasket is where a person decides once on all warnings of a basket (RISK-20).
func newBasket() *cobra.Command {
	d := decision{}
	c := &cobra.Command{
		Use:   "basket -c FILE",
		Short: "List the baskets that wait for one decision on their warnings; confirm one, or deny it",
		Long: "Basket speaks with the running router. Orders beyond a soft limit (soft_collar_bps, soft_parent_usd, soft_basket_usd) and lists\n" +
			"with any warning wait, and nothing of them is sent. What one client named as a list (7007, 7008) is one basket; else what it sent\n" +
			"within 5 seconds of the first that waits, with what was refused of it in the minute before: one summary, the worst first, and one decision with a reason, by somebody of the role risk. What a hard limit\n" +
			"refused stays refused; what nobody confirms within a quarter of an hour is withdrawn.",
		Example: "  sluice basket -c desk.toml\n  sluice basket confirm 3 --actor ann --reason 'the rebalance, the client confirms by phone' -c desk.toml\n" +
			"  sluice basket deny 3 --actor ann --reason 'a zero too many' -c desk.toml",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			d.Do = control.DoBaskets
			return d.call(c)
		},
	}
	c.Flags().StringVarP(&d.path, "config", "c", "", "configuration file of the running router")
	c.Flags().BoolVar(&d.asJSON, "json", false, "print JSON")
	c.AddCommand(basketDecision("confirm", "Let what waits of a basket go on", control.DoConfirm), basketDecision("deny", "Withdraw what waits of a basket", control.DoRefuse))
	return c
}

func basketDecision(verb, short, do string) *cobra.Command {
	d := decision{}
	c := &cobra.Command{
		Use:     verb + " BASKET -c FILE",
		Short:   short,
		Example: "  sluice basket " + verb + " 3 --actor ann --reason 'seen with the client' -c desk.toml",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := orderNumber(args[0], "basket")
			if err != nil {
				return err
			}
			d.Do, d.Basket, d.two = do, id, do == control.DoConfirm
			return d.call(c)
		},
	}
	d.flags(c)
	if do == control.DoConfirm {
		d.credential.flags(c)
	}
	return c
}

func printBaskets(w io.Writer, list []control.Basket, now time.Time) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, "no basket waits for a decision")
		return err
	}
	for i := range list {
		if _, err := io.WriteString(w, list[i].Text(now)); err != nil {
			return err
		}
	}
	return nil
}
