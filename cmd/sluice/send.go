package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/serve/send"
)

// sendFlags are the texts of an order on the command line.
type sendFlags struct {
	path, side, limit, tif, strategy, objective, urgency string
	maxPct, minQty                                       int64
	symbols                                              []string
	qtys                                                 []int64
	basket                                               string
	basketOf                                             int
}

func newSend() *cobra.Command {
	var f sendFlags
	var o send.Options
	c := &cobra.Command{
		Use:   "send -c FILE --symbol ABC --side buy --qty 1000",
		Short: "Send a parent order, or a list, over FIX like a desk's EMS, and print its reports",
		Long: "Send logs on as one of the file's [[client]] entries, sends one order and prints every ExecutionReport until it is done, with\n" +
			"the parent's number as the router's other commands take it. The exit status is 0 if it was filled, at least in part.\n\n" +
			"Several symbols are as many orders, of one --qty for all or one for each. With --basket they are a list (7007): nothing of it\n" +
			"is worked before all its orders have come, and with any warning it waits for one decision (`sluice basket`). --basket-of says\n" +
			"how many it has (7008), left out as many as are sent here; a list that lacks some is withdrawn after a while.",
		Example: "  sluice send -c desk.toml --symbol AMZN --side buy --qty 5000\n" +
			"  sluice send -c desk.toml --symbol AMZN --side sell --qty 300000 --strategy block --objective impact --for 10m\n" +
			"  sluice send -c desk.toml --symbol AMZN,IBM,AIG --side buy --qty 5000,2000,9000 --basket rebalance",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var err error
			if o.Orders, err = f.orders(); err != nil {
				return usageError{err}
			}
			o.Basket, o.BasketOf = f.basket, f.basketOf
			switch said := c.Flags().Changed("basket-of"); {
			case said && o.BasketOf < len(o.Orders):
				return usageError{fmt.Errorf("--basket-of is %d, and %d orders are sent here: leave it out, or give how many the whole list has", o.BasketOf, len(o.Orders))}
			case !said && o.Basket != "":
				o.BasketOf = len(o.Orders)
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
	l.StringSliceVar(&f.symbols, "symbol", nil, "symbol (55); several, with commas, are as many orders")
	l.StringVar(&f.side, "side", "", "buy, sell or short (54)")
	l.Int64SliceVar(&f.qtys, "qty", nil, "shares (38), of each order or one for all")
	l.StringVar(&f.basket, "basket", "", "name of the list that the orders are of (7007)")
	l.IntVar(&f.basketOf, "basket-of", 0, "how many orders the list has (7008); left out: as many as are sent here")
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

// orders reads the orders; the error names the flag.
func (f *sendFlags) orders() ([]order.Terms, error) {
	t, err := f.terms()
	if err != nil {
		return nil, err
	}
	switch {
	case len(f.symbols) == 0 || len(f.qtys) == 0:
		return nil, errors.New("--symbol and a positive --qty are needed")
	case len(f.qtys) > 1 && len(f.qtys) != len(f.symbols):
		return nil, fmt.Errorf("--qty has %d quantities for %d symbols: give one for all, or one for each", len(f.qtys), len(f.symbols))
	case f.basket == "" && f.basketOf != 0:
		return nil, errors.New("--basket-of needs the list's name: --basket")
	}
	var out []order.Terms
	for i, symbol := range f.symbols {
		t.Symbol, t.Qty = market.Symbol(symbol), market.Qty(f.qtys[min(i, len(f.qtys)-1)])
		if symbol == "" || t.Qty <= 0 {
			return nil, errors.New("--symbol and a positive --qty are needed")
		}
		out = append(out, t)
	}
	return out, nil
}

// terms reads what all orders have in common.
func (f *sendFlags) terms() (t order.Terms, err error) {
	t = order.Terms{Type: order.Market, MaxPctBps: f.maxPct * 100, MinQty: market.Qty(f.minQty)}
	sides := map[string]market.Side{"buy": market.Buy, "sell": market.Sell, "short": market.SellShort}
	tifs := map[string]order.TIF{"day": order.Day, "ioc": order.IOC, "gtc": order.GTC}
	var ok bool
	if t.Side, ok = sides[f.side]; !ok {
		return t, fmt.Errorf("--side is %q: give buy, sell or short", f.side)
	}
	if t.TIF, ok = tifs[f.tif]; !ok {
		return t, fmt.Errorf("--tif is %q: give day, ioc or gtc", f.tif)
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
