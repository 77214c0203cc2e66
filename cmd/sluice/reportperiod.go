package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/internal/tca"
	"github.com/sluice-sor/sluice/serve/report"
	"github.com/sluice-sor/sluice/serve/report/webpage"
)

// periodFlags are those flags of `sluice report` that sum parents up by days.
type periodFlags struct {
	from, to, by, client, symbol, strategy string
	rule605                                string
	csv, rule606                           bool

	wanted bool // one of them was given
	filter report.Filter
	group  tca.Dimension
}

func (p *periodFlags) add(f *pflag.FlagSet) {
	f.StringVar(&p.from, "from", "", "only parents received on this trading day or later (2006-01-02)")
	f.StringVar(&p.to, "to", "", "only parents received on this trading day or before")
	f.StringVar(&p.by, "by", "", "sum up by venue, style, symbol, client, strategy or day")
	f.StringVar(&p.client, "client", "", "only parents of this client")
	f.StringVar(&p.symbol, "symbol", "", "only parents in this symbol")
	f.StringVar(&p.strategy, "strategy", "", "only parents of this strategy: immediate, pov, vwap or block")
	f.StringVar(&p.rule605, "rule605", "", "execution quality by venue, symbol, order type and size in the manner of amended Rule 605; =monthly: the records of the\nfiles of before the amendment")
	f.Lookup("rule605").NoOptDefVal = amended
	f.BoolVar(&p.rule606, "rule606", false, "routing of orders by venue in the manner of Rule 606(a), and their handling as in 606(b)(3)")
	f.BoolVar(&p.csv, "csv", false, "print comma-separated values, amounts in micro-dollars")
}

// check reads the flags; one says that something else is asked for.
func (p *periodFlags) check(c *cobra.Command, f *reportFlags, one bool) (err error) {
	for _, name := range []string{"from", "to", "by", "client", "symbol", "strategy", "csv", "rule605", "rule606"} {
		if !c.Flags().Changed(name) {
			continue
		}
		if p.wanted = true; one {
			return fmt.Errorf("--%s sums parents up: it does not go with PARENT, --decision or --child", name)
		}
	}
	if p.csv && f.json || f.html != "" && (p.csv || f.json) {
		return errors.New("give one of --json, --csv and --html")
	}
	if f.html != "" && (p.rule605 != "" || p.rule606 || f.decision != 0 || f.child != "") {
		return errors.New("--html is of a PARENT or of sums: not of --rule605, --rule606, --decision or --child")
	}
	p.wanted = p.wanted || f.html != "" && !one
	if p.rule605 != "" && p.rule606 || (p.rule605 != "" || p.rule606) && p.by != "" {
		return errors.New("give one of --rule605, --rule606 and --by")
	}
	if p.rule605 != "" && p.rule605 != amended && p.rule605 != monthly {
		return fmt.Errorf("--rule605=%s: use %s, which is the default, or %s", p.rule605, amended, monthly)
	}
	p.filter = report.Filter{Client: p.client, Symbol: market.Symbol(p.symbol), Strategy: p.strategy}
	var wrong []error
	for _, d := range []struct {
		flag, text string
		to         *market.Date
	}{{"--from", p.from, &p.filter.From}, {"--to", p.to, &p.filter.To}} {
		if d.text == "" {
			continue
		}
		if *d.to, err = market.ParseDate(d.text); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", d.flag, err))
		}
	}
	if p.filter.From != 0 && p.filter.To != 0 && p.filter.To < p.filter.From {
		wrong = append(wrong, fmt.Errorf("--to %v is before --from %v", p.filter.To, p.filter.From))
	}
	if p.by != "" {
		if p.group, err = tca.ParseDimension(p.by); err != nil {
			wrong = append(wrong, fmt.Errorf("--by: %w", err))
		}
	}
	if p.strategy != "" {
		if _, err := order.ParseStrategy(p.strategy); err != nil {
			wrong = append(wrong, fmt.Errorf("--strategy: %w", err))
		}
	}
	return errors.Join(wrong...)
}

// The forms of --rule605.
const (
	amended = "amended"
	monthly = "monthly"
)

// run prints what was asked for.
func (p *periodFlags) run(c *cobra.Command, f *reportFlags, st *store.Store) error {
	switch {
	case p.rule605 == monthly:
		lines, err := report.ReadMonthly(c.Context(), st, p.filter, market.Minute)
		for _, line := range lines {
			if err == nil {
				_, err = fmt.Fprintln(c.OutOrStdout(), line)
			}
		}
		return err
	case p.rule605 != "":
		d, err := report.ReadQuality(c.Context(), st, p.filter)
		return p.disclose(c, f.json, d, err)
	case p.rule606:
		d, err := report.ReadRouting(c.Context(), st, p.filter)
		return p.disclose(c, f.json, d, err)
	}
	return p.sums(c, f, st)
}

// disclose prints tables.
func (p *periodFlags) disclose(c *cobra.Command, asJSON bool, d *report.Disclosure, err error) error {
	switch {
	case err != nil:
		return err
	case p.csv:
		for i, t := range d.Tables {
			if i > 0 {
				if _, err := fmt.Fprintln(c.OutOrStdout()); err != nil { // an empty line between tables
					return err
				}
			}
			if err := csv.NewWriter(c.OutOrStdout()).WriteAll(t.CSV()); err != nil {
				return err
			}
		}
		return nil
	case asJSON:
		return json.NewEncoder(c.OutOrStdout()).Encode(d)
	}
	_, err = fmt.Fprint(c.OutOrStdout(), d.Text())
	return err
}

// sums prints the sums of parents.
func (p *periodFlags) sums(c *cobra.Command, f *reportFlags, st *store.Store) error {
	r, err := report.ReadPeriod(c.Context(), st, p.filter, p.group)
	if err != nil {
		return err
	}
	switch {
	case f.html != "":
		return writeHTML(c, f.html, func(w io.Writer) error { return webpage.Period(w, r) })
	case p.csv:
		return csv.NewWriter(c.OutOrStdout()).WriteAll(r.Table())
	case f.json:
		return json.NewEncoder(c.OutOrStdout()).Encode(r)
	}
	_, err = fmt.Fprint(c.OutOrStdout(), r.Text())
	return err
}
