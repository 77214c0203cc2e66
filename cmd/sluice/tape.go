package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/serve/tape"
	"github.com/sluice-sor/sluice/serve/venues"
)

// newTape is the nightly audit of what decisions saw (MD-04).
func newTape() *cobra.Command {
	var quotes, trades, symbol, date, zone string
	var within time.Duration
	var asJSON bool
	o := tape.Options{}
	c := &cobra.Command{
		Use:   "tape JOURNAL --quotes FILE --trades FILE --symbol S --date YYYY-MM-DD",
		Short: "Hold the market snapshots of a day's decisions against the recorded tape",
		Long: "Tape reads the journal without locking it, and the day's tape of one symbol: zip files with ms, prices in ten-thousandths, sizes\n" +
			"and exchange, as `sluice simulate` replays them. The best bid and offer by which a decision was made must have stood on the tape\n" +
			"within --within of it. One that the tape had before is stale, one that it never had deviates; with any the exit status is 1.\n" +
			"Meant for every night; a router that sees only some of the exchanges deviates where others had the best price.",
		Example: "  sluice tape data/journal --quotes aig_quote.zip --trades aig_trade.zip --symbol AIG --date 2013-10-07\n  sluice tape data/journal --quotes q.zip --trades t.zip --symbol AIG --date 2013-10-07 --within 1s --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			at, err := time.Parse("2006-01-02", date)
			if err != nil {
				return usageError{fmt.Errorf("--date is %q: give YYYY-MM-DD", date)}
			}
			if symbol == "" || quotes == "" || trades == "" || within < 0 {
				return usageError{errors.New("give --symbol, --quotes and --trades, and a --within of 0 or more")}
			}
			if o.Zone, err = time.LoadLocation(zone); err != nil {
				return usageError{fmt.Errorf("--zone: %w", err)}
			}
			o.Symbol, o.Within = market.Symbol(symbol), int64(within)
			o.Date = market.Date(at.Year()*10_000 + int(at.Month())*100 + at.Day())
			t, err := venues.ReadTape(quotes, trades)
			if err != nil {
				return err
			}
			r, err := tape.Audit(c.Context(), args[0], t, o)
			if err != nil {
				return err
			}
			if asJSON {
				err = json.NewEncoder(c.OutOrStdout()).Encode(r)
			} else {
				_, err = fmt.Fprint(c.OutOrStdout(), r.Text())
			}
			if err == nil && r.Decisions == 0 {
				_, err = fmt.Fprintf(c.ErrOrStderr(), "nothing was held against the tape: the journal has no decision about %s on %s\n", symbol, date)
			}
			if err == nil && r.Bad() {
				err = fmt.Errorf("%d of %d decisions about %s were made on a market that was not there (MD-04)", r.Stale+r.Deviating, r.Decisions, symbol)
			}
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&quotes, "quotes", "", "zip file of the day's quotes")
	f.StringVar(&trades, "trades", "", "zip file of the day's trades")
	f.StringVar(&symbol, "symbol", "", "the tape's symbol")
	f.StringVar(&date, "date", "", "the tape's day, YYYY-MM-DD")
	f.StringVar(&zone, "zone", "America/New_York", "whose midnight the tape counts from")
	f.DurationVar(&within, "within", 250*time.Millisecond, "how far a snapshot may be from the tape")
	f.IntVar(&o.Most, "most", 20, "show so many examples, the worst first")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
