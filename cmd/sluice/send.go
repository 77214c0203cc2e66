package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/serve/send"
)

// sendFlags are the texts of an order on the command line.
type sendFlags struct {
	path, side, limit, tif, strategy, objective, urgency string
	qty, maxPct, minQty                                  int64
	symbol                                               string
}

func newSend() *cobra.Command {
	var f sendFlags
	var o send.Options
	c := &cobra.Command{
		Use:   "send -c FILE --symbol ABC --side buy --qty 1000",
		Short: "Send a parent order over FIX like a desk's EMS, and print its reports",
		Long: "Send logs on as one of the file's [[client]] entries, sends one order and prints every ExecutionReport until it is done.\n" +
			"The exit status is 0 if it was filled, at least in part.",
		Example: "  sluice send -c desk.toml --symbol AMZN --side buy --qty 5000\n" +
			"  sluice send -c desk.toml --symbol AMZN --side sell --qty 300000 --strategy block --objective impact --for 10m",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var err error
			if o.Terms, err = f.terms(); err != nil {
				return usageError{err}
			}
			if o.File, err = load(f.path); err != nil {
				return err
			}
			o.Out, o.Log = c.OutOrStdout(), logger(false)
			return send.Run(c.Context(), o)
		},
	}
	l := c.Flags()
	l.StringVarP(&f.path, "config", "c", "", "configuration file")
	l.StringVar(&o.Client, "client", "", "name of the [[client]] to be; default: the first")
	l.StringVar(&f.symbol, "symbol", "", "symbol (55)")
	l.StringVar(&f.side, "side", "", "buy, sell or short (54)")
	l.Int64Var(&f.qty, "qty", 0, "shares (38)")
	l.StringVar(&f.limit, "limit", "", "limit price (44); default: a market order")
	l.StringVar(&f.tif, "tif", "day", "day, ioc or gtc (59)")
	l.StringVar(&f.strategy, "strategy", "immediate", "immediate, pov, vwap or block (847)")
	l.StringVar(&f.objective, "objective", "balanced", "balanced, speed, impact or cost (7001)")
	l.StringVar(&f.urgency, "urgency", "normal", "low, normal or high (7002)")
	l.Int64Var(&f.maxPct, "max-pct", 0, "largest share of market volume, percent (849)")
	l.Int64Var(&f.minQty, "min-qty", 0, "smallest execution, shares (110)")
	l.DurationVar(&o.For, "for", 0, "work the order for this long, then end it")
	l.DurationVar(&o.CancelAfter, "cancel-after", 0, "cancel the order after this long")
	l.DurationVar(&o.Wait, "wait", 0, "stop watching after this long; the order goes on as the client's policy says")
	l.BoolVar(&o.JSON, "json", false, "print each report as a line of JSON")
	tlsFlags(l, &o.TLS)
	return c
}

// terms reads the order; the error names the flag.
func (f *sendFlags) terms() (t order.Terms, err error) {
	t = order.Terms{Symbol: market.Symbol(f.symbol), Qty: market.Qty(f.qty), Type: order.Market, MaxPctBps: f.maxPct * 100, MinQty: market.Qty(f.minQty)}
	sides := map[string]market.Side{"buy": market.Buy, "sell": market.Sell, "short": market.SellShort}
	tifs := map[string]order.TIF{"day": order.Day, "ioc": order.IOC, "gtc": order.GTC}
	var ok bool
	if t.Side, ok = sides[f.side]; !ok {
		return t, fmt.Errorf("--side is %q: give buy, sell or short", f.side)
	}
	if t.TIF, ok = tifs[f.tif]; !ok {
		return t, fmt.Errorf("--tif is %q: give day, ioc or gtc", f.tif)
	}
	if f.symbol == "" || f.qty <= 0 {
		return t, fmt.Errorf("--symbol and a positive --qty are needed")
	}
	if f.limit != "" {
		t.Type = order.Limit
		if t.Limit, err = market.ParsePrice(f.limit); err != nil || t.Limit <= 0 {
			return t, fmt.Errorf("--limit is %q: give a positive price such as 48.51", f.limit)
		}
	}
	if t.Strategy, err = order.ParseStrategy(f.strategy); err != nil {
		return t, fmt.Errorf("--strategy: %w", err)
	}
	if t.Objective, err = order.ParseObjective(f.objective); err != nil {
		return t, fmt.Errorf("--objective: %w", err)
	}
	if t.Urgency, err = order.ParseUrgency(f.urgency); err != nil {
		return t, fmt.Errorf("--urgency: %w", err)
	}
	return t, nil
}
