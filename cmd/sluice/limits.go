package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/control"
	"github.com/sluice-sor/sluice/serve/report"
)

// newLimits shows the limits and their documents, puts them in force, and reports their use (RISK-16).
func newLimits() *cobra.Command {
	var path string
	var asJSON bool
	c := &cobra.Command{
		Use:   "limits -c FILE",
		Short: "Show the limits that hold now, with owner, rationale and window; apply them; report their use",
		Long: "Limits are [limits] of the configuration and, over it, the documents that limits.files names. A document has a version, who\n" +
			"approved it, and [[limit]]s:\n\n" +
			"  version = \"2026-11-28\"\n  approved_by = \"carol\"\n\n  [[limit]]\n  name = \"max_client_usd\"      # a key of [limits]\n" +
			"  client = \"EMS1\"              # or class = \"thin\"; without either, for all\n  value = \"8000000\"\n  owner = \"ann\"\n" +
			"  rationale = \"index rebalance, agreed with credit\"\n  from = \"2026-11-28T14:30:00Z\"\n  until = \"2026-11-28T21:00:00Z\"  # a raise with an end reverts by itself\n\n" +
			"and [[class]]es of symbols and [[list]]s (restricted, easy-to-borrow) with their day.",
		Example: "  sluice limits -c desk.toml\n  sluice limits -c desk.toml --json\n  sluice limits apply --actor ann --second carol --reason 'raise for the rebalance' -c desk.toml\n  sluice limits report -c desk.toml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			file, err := load(path)
			if err != nil {
				return err
			}
			shown := showLimits(file, market.Time(time.Now().UnixNano()))
			if asJSON {
				return json.NewEncoder(c.OutOrStdout()).Encode(shown)
			}
			return shown.print(c.OutOrStdout())
		},
	}
	c.Flags().StringVarP(&path, "config", "c", "", "configuration file")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.AddCommand(newLimitsApply(), newLimitsReport())
	return c
}

func newLimitsApply() *cobra.Command {
	d := decision{}
	c := &cobra.Command{
		Use:   "apply -c FILE",
		Short: "Put the limits of the file in force in the running router",
		Long: "Apply reads the configuration and its documents anew and gives their limits to the running router. They pass the self-test\n" +
			"first. Wider limits need a second person: --second names them, and where the router has users they run `sluice approve`\n" +
			"with the number that this prints. Narrower ones are in force at once.",
		Example: "  sluice limits apply --actor ann --second carol --reason 'raise for the rebalance' -c desk.toml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			file, err := load(d.path)
			if err != nil {
				return err
			}
			limits := file.LimitsAt(market.Time(time.Now().UnixNano()))
			d.Do, d.Limits, d.two = control.DoLimits, &limits, true
			return d.call(c)
		},
	}
	d.flags(c)
	d.secondFlag(c)
	return c
}

func newLimitsReport() *cobra.Command {
	var f reportFlags
	var days int
	c := &cobra.Command{
		Use:   "report -c FILE",
		Short: "Report how much of each limit was used: one of more than 20 times its largest use is unreasonably wide",
		Long: "Report reads the store and compares the limits of an order's size, hard and soft, of a client's minute, and of a client's and the\n" +
			"firm's day, gross and net, with the largest use of them within --days. It is meant for every night. What was refused, or withdrawn\n" +
			"from its basket before a person let it go on, used nothing; what its client canceled did, until then. A hard limit that there is\n" +
			"not is flagged as well, a soft one is not. The exit status is 1 when a limit is flagged.",
		Example: "  sluice limits report -c desk.toml\n  sluice limits report --days 30 --json -c desk.toml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			file, err := load(f.path)
			if err != nil {
				return err
			}
			st, err := f.open(c.Context())
			if err != nil {
				return err
			}
			defer st.Close()
			now := time.Now()
			uses, err := report.LimitUse(c.Context(), st, file.LimitsAt(market.Time(now.UnixNano())), now.AddDate(0, 0, -days), now)
			if err != nil {
				return err
			}
			if f.json {
				err = json.NewEncoder(c.OutOrStdout()).Encode(uses)
			} else {
				err = printUses(c.OutOrStdout(), uses)
			}
			for _, u := range uses {
				if u.Wide && err == nil {
					err = fmt.Errorf("limits are wider than %d times their largest use in %d days: narrow them, or keep the rationale (RISK-16)", report.WideBeyond, days)
				}
			}
			return err
		},
	}
	c.Flags().StringVarP(&f.path, "config", "c", "", "configuration file")
	c.Flags().StringVar(&f.store, "store", "", "store instead of the configuration's: a file, or postgres://…")
	c.Flags().IntVar(&days, "days", 30, "how far back")
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	return c
}

func printUses(w io.Writer, uses []report.Use) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "limit\tof\tvalue\tlargest use\ton\ttimes\t")
	for _, u := range uses {
		mark := ""
		if u.Wide {
			mark = "TOO WIDE"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%.1f\t%s\n", u.Limit, u.Of, u.Value, u.Largest, u.Day, u.Times, mark)
	}
	return t.Flush()
}

// limitsShown is what holds, what waits or is over, and what the self-test has against it.
type limitsShown struct {
	Version string              `json:"version"`
	Limits  []config.LimitValue `json:"limits"`
	Others  []string            `json:"not_in_force"`
	Finds   []string            `json:"self_test"`
}

func showLimits(file *config.File, at market.Time) limitsShown {
	limits := file.LimitsAt(at)
	shown := limitsShown{Version: limits.Version, Limits: file.LimitValues(at), Others: []string{}, Finds: []string{}}
	for i := range file.LimitFiles {
		d := &file.LimitFiles[i]
		for j := range d.Limits {
			e := &d.Limits[j]
			state := "over since " + stamp(e.Until)
			if e.From > at {
				state = "from " + stamp(e.From)
			}
			if !e.At(at) {
				shown.Others = append(shown.Others, fmt.Sprintf("%v = %s of %s, %s: %s", e, e.Value, d.Version, state, e.Rationale))
			}
		}
	}
	for _, f := range router.SelfTest(limits, file.MarketVenues(), risk.Gates{}) {
		shown.Finds = append(shown.Finds, fmt.Sprint(f))
	}
	return shown
}

func (s *limitsShown) print(w io.Writer) error {
	fmt.Fprintf(w, "version %s\n", s.Version)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "limit\tof\tvalue\tfrom\towner\tapproved by\tuntil\trationale")
	for i := range s.Limits {
		v := &s.Limits[i]
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", v.Limit, orDash(v.Of), v.Value, v.From, orDash(v.Owner), orDash(v.Approved), orDash(v.Until), orDash(v.Rationale))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, o := range s.Others {
		fmt.Fprintln(w, "not in force: "+o)
	}
	for _, f := range s.Finds {
		fmt.Fprintln(w, "the self-test finds: "+f)
	}
	return nil
}

func stamp(t market.Time) string { return time.Unix(0, int64(t)).UTC().Format(time.RFC3339) }

// newControl turns a control of the gate off for a while, or on again (RISK-13).
func newControl() *cobra.Command {
	c := &cobra.Command{
		Use:   "control off|on RULE -c FILE",
		Short: "Turn one control of the gate off for at most 15 minutes, by two persons, or on again",
		Long: "Control speaks with the running router. A control that is off goes on again by itself, and meanwhile one new order in ten is\n" +
			"taken. Conservation of quantities, the kill switch and the lists are never off. The second person is --second or, where the\n" +
			"router has users, runs `sluice approve` with the number that this prints.",
		Example: "  sluice control off RISK-04 --for 10m --actor ann --second bob --reason 'the feed of LITX is wrong, they agree' -c desk.toml\n  sluice control on RISK-04 --actor ann --reason mended -c desk.toml",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(controlDecision("off"), controlDecision("on"))
	return c
}

func controlDecision(verb string) *cobra.Command {
	d := decision{}
	short, example := "Turn a control on again, which one person may", "  sluice control on RISK-04 --actor ann --reason 'the feed of LITX is right again' -c desk.toml"
	if verb == "off" {
		short = "Turn a control off, which takes two persons"
		example = "  sluice control off RISK-04 --for 10m --actor ann --second bob --reason 'the feed of LITX is wrong, they agree' -c desk.toml"
	}
	c := &cobra.Command{
		Use:     verb + " RULE -c FILE",
		Short:   short,
		Example: example,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			d.Do, d.Control, d.two = control.DoControl, args[0], true
			return d.call(c)
		},
	}
	d.flags(c)
	d.secondFlag(c)
	if verb == "off" {
		c.Flags().DurationVar((*time.Duration)(&d.OffFor), "for", 15*time.Minute, "how long, at most 15m")
	}
	return c
}
