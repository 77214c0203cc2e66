package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/control"
	"github.com/sluice-sor/sluice/serve/words"
)

// decision is the flags of every command that decides something in a running router.
type decision struct {
	path   string
	asJSON bool
	two    bool // it takes two people, who prove who they are
	credential
	control.Request
}

func (d *decision) flags(c *cobra.Command) {
	c.Flags().StringVarP(&d.path, "config", "c", "", "configuration file of the running router")
	c.Flags().StringVar(&d.Actor, "actor", "", "who decides")
	c.Flags().StringVar(&d.Reason, "reason", "", "why, and who said so")
	c.Flags().BoolVar(&d.asJSON, "json", false, "print JSON")
}

// call sends the request to the router that runs with the configuration's journal, and prints the answer.
func (d *decision) call(c *cobra.Command) error {
	file, err := load(d.path)
	if err != nil {
		return err
	}
	if d.two {
		d.Second = d.second
		if d.Credential, err = d.credential.read(c, file, d.Actor); err != nil {
			return err
		}
	}
	a, err := control.Call(c.Context(), file.Router.JournalDir, &d.Request)
	if err != nil {
		return err
	}
	return d.printAnswer(c, file, a)
}

func newResolve() *cobra.Command {
	d := decision{}
	outcome := map[string]*bool{"canceled": new(bool), "filled": new(bool), "never-sent": new(bool), "working": new(bool)}
	c := &cobra.Command{
		Use:   "resolve [CHILD] -c FILE",
		Short: "List the orders in doubt at their venues, and decide on one",
		Long: "Resolve speaks with the running router. Without CHILD it lists the child orders of which only the venue, or you after a\n" +
			"call to it, can say what became of them; their shares stay reserved until then. With CHILD and one outcome it decides:\n" +
			"what the venue filled in all is --cum, and --price is what the shares traded at that no report ever named. They are\n" +
			"booked and reported to the client like any fill; if the venue's own reports of them come later, they are taken as the\n" +
			"same shares. An orphan is an order at a venue that this router does not know; with --orphan it is looked into and holds\n" +
			"nothing back any more. It answers once the decision is durable.",
		Example: "  sluice resolve -c desk.toml\n" +
			"  sluice resolve 4711 --canceled --cum 300 --price 49.25 --actor ann --reason 'desk of LITX by phone' -c desk.toml\n" +
			"  sluice resolve 4711 --never-sent --actor ann --reason 'not in their book' -c desk.toml\n" +
			"  sluice resolve --orphan 2 --dk --actor ann --reason 'no order of ours, LITX agrees' -c desk.toml",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			for name, set := range outcome {
				if *set {
					d.Outcome = name
				}
			}
			if c.Flags().Changed("orphan") {
				if len(args) > 0 || d.Outcome != "" {
					return usageError{errors.New("decide on a child or on an orphan, not on both")}
				}
				d.Do = control.DoResolve
				return d.call(c)
			}
			if len(args) == 0 {
				if d.Outcome != "" {
					return usageError{errors.New("say which child: `sluice resolve -c FILE` lists those in doubt")}
				}
				d.Do = control.DoList
				return d.call(c)
			}
			id, err := orderNumber(args[0], "child")
			if err != nil {
				return err
			}
			if d.Outcome == "" {
				return usageError{errors.New("say what became of it: --canceled, --filled, --never-sent or --working")}
			}
			if d.Outcome == "canceled" && !c.Flags().Changed("cum") {
				return usageError{errors.New("--canceled needs --cum: what the venue filled in all, 0 for nothing")}
			}
			d.Do, d.Child = control.DoResolve, order.ChildID(id)
			return d.call(c)
		},
	}
	d.flags(c)
	c.Flags().BoolVar(outcome["canceled"], "canceled", false, "the venue has it no more; it filled --cum")
	c.Flags().BoolVar(outcome["filled"], "filled", false, "the venue filled it whole")
	c.Flags().BoolVar(outcome["never-sent"], "never-sent", false, "the venue never had it")
	c.Flags().BoolVar(outcome["working"], "working", false, "it works at the venue; it filled --cum, or what is booked")
	c.Flags().Int64Var(&d.Cum, "cum", 0, "shares the venue filled of it in all")
	c.Flags().StringVar(&d.Price, "price", "", "price in dollars of the shares that were never reported")
	c.Flags().Uint64Var(&d.Orphan, "orphan", 0, "decide on this orphan: it is looked into")
	c.Flags().BoolVar(&d.DK, "dk", false, "with --orphan: tell the venue that its executions are not known here (35=Q)")
	c.MarkFlagsMutuallyExclusive("canceled", "filled", "never-sent", "working")
	return c
}

func newHalt() *cobra.Command {
	d := decision{}
	c := &cobra.Command{
		Use:   "halt [PARENT] -c FILE",
		Short: "Stop new orders in a scope, or of one parent, and withdraw what works there",
		Long: "Halt speaks with the running router. With PARENT it pauses that order. Without, it halts a scope: everything, or what\n" +
			"--client, --symbol, --venue and --algorithm name together. It answers once the halt is durable; an order counts as gone only when\n" +
			"its venue said so.\n\n" +
			"Everything is also halted by the page, by the signal USR1 (`kill -USR1 PID`, which needs neither page nor socket), and by a mass cancel\n" +
			"(35=q) of a client with kill_switch = true.",
		Example: "  sluice halt --venue LITX --actor ann --reason 'rejects everything' -c desk.toml\n  sluice halt 33 --actor ann --reason 'client called' -c desk.toml",
		Args:    cobra.MaximumNArgs(1),
		RunE:    func(c *cobra.Command, args []string) error { return d.ofScope(c, args, control.DoHalt) },
	}
	d.flags(c)
	d.scopeFlags(c)
	c.AddCommand(newHaltStatus())
	return c
}

// newHaltStatus shows how far the halts in force have come (KILL-04).
func newHaltStatus() *cobra.Command {
	d := decision{}
	c := &cobra.Command{
		Use:     "status -c FILE",
		Short:   "Show every halt in force and how far it is from flat",
		Long:    "Status counts the orders in each halt's scope: not asked for yet, cancel on its way, confirmed gone, unknown. Only when all are\nconfirmed it says flat; venues with something left are shown with their desk's number.",
		Example: "  sluice halt status -c desk.toml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			d.Do = control.DoHalts
			return d.call(c)
		},
	}
	c.Flags().StringVarP(&d.path, "config", "c", "", "configuration file of the running router")
	c.Flags().BoolVar(&d.asJSON, "json", false, "print JSON")
	return c
}

func printHalts(w io.Writer, file *config.File, halts []control.Halt) error {
	if len(halts) == 0 {
		_, err := fmt.Fprintln(w, "nothing is halted")
		return err
	}
	for i := range halts {
		h := &halts[i]
		scope := strings.Join(strings.Fields(h.Client+" "+h.Symbol+" "+h.Venue+" "+h.Algorithm), " ")
		if scope == "" {
			scope = "everything"
		}
		state := "NOT FLAT"
		if h.Flat {
			state = "flat"
		}
		if _, err := fmt.Fprintf(w, "%s since %s by %s (%s): %s: of %d orders %d confirmed gone, %d cancels sent, %d not asked, %d unknown\n", scope,
			time.Unix(0, h.SinceNs).UTC().Format(time.RFC3339), h.Actor, h.Reason, state, h.Total, h.Confirmed, h.Sent, h.Open, h.Unknown); err != nil {
			return err
		}
		for _, v := range h.Venues {
			if _, err := fmt.Fprintf(w, "  %s: desk %s\n", v, file.Desk(v)); err != nil {
				return err
			}
		}
	}
	return nil
}

func newResume() *cobra.Command {
	d := decision{}
	c := &cobra.Command{
		Use:   "resume [PARENT] -c FILE",
		Short: "Lift a halt of exactly this scope, or let one stopped or paused parent go on",
		Long: "Resume speaks with the running router. With PARENT it lets one order go on; one that a rule stopped, or whose reports\n" +
			"contradict each other, takes two people too (RISK-12). Without, it lifts the halt of exactly the\n" +
			"scope with which it was set, and that takes two people (KILL-03): where the router has users, --actor proves who they are\n" +
			"and gets a number that another one approves with `sluice approve`; where it has none yet, --second names the other one.\n" +
			"The reason has 20 characters or more.",
		Example: "  sluice resume --venue LITX --actor ann --second bob --reason 'fixed, says their desk' -c desk.toml\n" +
			"  sluice resume 33 --actor ann --reason 'the client called' -c desk.toml\n" +
			"  sluice resume 34 --actor ann --second bob --reason 'both looked at its books' -c desk.toml",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			d.two = len(args) == 0 || d.second+d.passwordFile+d.tokenFile != ""
			return d.ofScope(c, args, control.DoResume)
		},
	}
	d.flags(c)
	d.scopeFlags(c)
	d.secondFlag(c)
	return c
}

func newCancel() *cobra.Command {
	d := decision{}
	c := &cobra.Command{
		Use:     "cancel PARENT -c FILE",
		Short:   "Withdraw a parent order for good",
		Example: "  sluice cancel 33 --actor ann --reason 'client asked by phone' -c desk.toml",
		Args:    cobra.ExactArgs(1),
		RunE:    func(c *cobra.Command, args []string) error { return d.ofScope(c, args, control.DoCancel) },
	}
	d.flags(c)
	return c
}

func newSteer() *cobra.Command {
	d := decision{}
	var share float64
	c := &cobra.Command{
		Use:   "steer PARENT -c FILE",
		Short: "Give a parent order another urgency, a tighter limit or a lower share of the volume",
		Long: "Steer changes what is given and leaves the rest. A limit and a share narrow what the client allows and never widen it; 0\n" +
			"is the client's own again.",
		Example: "  sluice steer 33 --urgency high --actor ann --reason 'client called' -c desk.toml\n  sluice steer 33 --limit 49.25 --max-pct 10 --actor ann --reason 'news at two' -c desk.toml",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("max-pct") {
				d.MaxPct = &share
			}
			if err := d.checkTerms(); err != nil {
				return usageError{err}
			}
			return d.ofScope(c, args, control.DoSteer)
		},
	}
	d.flags(c)
	c.Flags().StringVar(&d.Urgency, "urgency", "", "low, normal or high")
	c.Flags().StringVar(&d.LimitUSD, "limit", "", "dollars, no worse than the client's limit; 0 = the client's own again")
	c.Flags().Float64Var(&share, "max-pct", 0, "percent of the market's volume, no more than the client's; 0 = the client's own again")
	return c
}

// checkTerms says what is wrong with the terms of a steer, by the names of its flags.
func (d *decision) checkTerms() error {
	var errs []error
	if d.Urgency+d.LimitUSD == "" && d.MaxPct == nil {
		errs = append(errs, errors.New("nothing is to change: give --urgency, --limit or --max-pct"))
	}
	if _, err := order.ParseUrgency(d.Urgency); d.Urgency != "" && err != nil {
		errs = append(errs, fmt.Errorf("--urgency: %w", err))
	}
	if px, err := market.ParsePrice(d.LimitUSD); d.LimitUSD != "" && (err != nil || px < 0) {
		errs = append(errs, fmt.Errorf("--limit is %q: want dollars, or 0 for the client's own", d.LimitUSD))
	}
	if d.MaxPct != nil && !(*d.MaxPct >= 0 && *d.MaxPct <= 100) {
		errs = append(errs, fmt.Errorf("--max-pct is %v: want percent of the volume, or 0 for the client's own", *d.MaxPct))
	}
	return errors.Join(errs...)
}

func (d *decision) scopeFlags(c *cobra.Command) {
	c.Flags().StringVar(&d.Client, "client", "", "only this client's orders")
	c.Flags().StringVar(&d.Symbol, "symbol", "", "only orders in this symbol")
	c.Flags().StringVar(&d.Venue, "venue", "", "only orders at this venue")
	c.Flags().StringVar(&d.Algorithm, "algorithm", "", "only orders of this strategy, such as block")
}

// ofScope calls for one parent, or for the scope of the flags.
func (d *decision) ofScope(c *cobra.Command, args []string, do string) error {
	d.Do = do
	if len(args) > 0 {
		if d.Client+d.Symbol+d.Venue+d.Algorithm != "" {
			return usageError{errors.New("name a parent, or a scope, not both")}
		}
		id, err := orderNumber(args[0], "parent")
		if err != nil {
			return err
		}
		d.Parent = order.ParentID(id)
	}
	return d.call(c)
}

func orderNumber(s, what string) (uint64, error) {
	id, err := strconv.ParseUint(s, 10, 64)
	if err != nil || id == 0 {
		return 0, usageError{fmt.Errorf("%q is no %s's number", s, what)}
	}
	return id, nil
}

// printDoubts lists what is in doubt.
func printDoubts(w io.Writer, a *control.Answer, now time.Time) error {
	if len(a.Children)+len(a.Orphans) == 0 {
		_, err := fmt.Fprintln(w, "nothing is in doubt")
		return err
	}
	for i := range a.Children {
		d := &a.Children[i]
		since := now.Sub(time.Unix(0, d.SinceNs)).Truncate(time.Second)
		if _, err := fmt.Fprintf(w, "child %d of parent %d: %s %d %s at %s, %d booked; 11=%s 37=%s; in doubt for %v; the venue said: %s\n",
			d.Child, d.Parent, d.Side, d.Qty, d.Symbol, d.Venue, d.Cum, d.ClOrdID, d.VenueOrderID, since, d.Said); err != nil {
			return err
		}
	}
	for i := range a.Orphans {
		o := &a.Orphans[i]
		since := now.Sub(time.Unix(0, o.SinceNs)).Truncate(time.Second)
		if _, err := fmt.Fprintf(w, "orphan %d: %s %d %s at %s, %d filled, %d open, price %s; 11=%s 37=%s 17=%s; %s, there for %v %s\n",
			o.Orphan, o.Side, o.Qty, o.Symbol, o.Venue, o.Cum, o.Leaves, o.Price, o.ClOrdID, o.VenueOrderID, o.ExecID, words.Count(o.Reports, "report", "reports"), since, o.Said); err != nil {
			return err
		}
	}
	return nil
}
