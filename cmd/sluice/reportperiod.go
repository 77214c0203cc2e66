package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/internal/tca"
	"github.com/sluice-sor/sluice/serve/report"
)

// periodFlags are those flags of `sluice report` that sum parents up by days.
type periodFlags struct {
	from, to, by, client, symbol, strategy string
	csv                                    bool

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
	f.BoolVar(&p.csv, "csv", false, "print comma-separated values, amounts in micro-dollars")
}

// check reads the flags; one says that something else is asked for.
func (p *periodFlags) check(c *cobra.Command, f *reportFlags, one bool) (err error) {
	for _, name := range []string{"from", "to", "by", "client", "symbol", "strategy", "csv"} {
		if !c.Flags().Changed(name) {
			continue
		}
		if p.wanted = true; one {
			return fmt.Errorf("--%s sums parents up: it does not go with PARENT, --decision or --child", name)
		}
	}
	if p.csv && f.json {
		return errors.New("give --json or --csv, not both")
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

// run prints the sums.
func (p *periodFlags) run(c *cobra.Command, asJSON bool, st *store.Store) error {
	r, err := report.ReadPeriod(c.Context(), st, p.filter, p.group)
	if err != nil {
		return err
	}
	switch {
	case p.csv:
		return csv.NewWriter(c.OutOrStdout()).WriteAll(r.Table())
	case asJSON:
		return json.NewEncoder(c.OutOrStdout()).Encode(r)
	}
	_, err = fmt.Fprint(c.OutOrStdout(), r.Text())
	return err
}
