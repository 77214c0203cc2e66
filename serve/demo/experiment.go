package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/experiment"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/serve/config"
)

// An experiment on live flow counts overlapping orders of one client, symbol and side as one unit (ABT-01), so its demo
// sends them one after another, each when the one before it is done. experimentMost bounds how long that may take.
const experimentMost = 4 * time.Minute

// experimentName is that of the demo's experiment in its store.
const experimentName = "demo"

// beginExperiment registers the design before the first order.
func (d *desk) beginExperiment(ctx context.Context) error {
	design := experiment.Default(experimentName)
	design.Tune = float64(max(experiment.Least, d.o.Parents))
	text, err := json.Marshal(&design)
	if err != nil {
		return err
	}
	a, err := d.router.Shard().Ask(ctx, &event.ExperimentSteered{Design: text, Actor: "demo", Reason: "static against the learner"})
	switch {
	case err != nil:
		return err
	case a.Refused:
		return fmt.Errorf("demo: no experiment: %s", a.Text)
	}
	return nil
}

// flow is one client, symbol and side: the orders that would overlap.
type flow struct {
	symbol market.Symbol
	side   market.Side
	last   string // ClOrdID; empty before the first
}

// flows are those of the demo's one client.
func flows(file *config.File) (out []flow) {
	for i := range file.Instruments {
		for _, side := range [...]market.Side{market.Buy, market.Sell} {
			out = append(out, flow{symbol: file.Instruments[i].Symbol, side: side})
		}
	}
	return out
}

// tradeApart sends orders to be done at once, one at a time in each flow, until all are sent or it has taken too long.
func (d *desk) tradeApart(ctx context.Context) error {
	all, deadline := flows(d.file), time.Now().Add(experimentMost)
	parents := apart(script(d.o.Seed, d.o.Parents, d.file))
	for sent := 0; sent < len(parents) && time.Now().Before(deadline); {
		for i := range all {
			f := &all[i]
			if sent == len(parents) || f.last != "" && !d.book.isDone(f.last) {
				continue
			}
			terms := parents[sent].terms(time.Now())
			terms.Symbol, terms.Side = f.symbol, f.side
			id, err := d.ems.Send(terms)
			if err != nil {
				return fmt.Errorf("parent %d: %w", sent+1, err)
			}
			d.book.sent(id)
			f.last = id
			sent++
		}
		d.progress()
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// apart makes a script's parents orders that are worked at once: long ones would leave few units.
func apart(parents []parent) []parent {
	for i := range parents {
		p := &parents[i]
		p.Strategy, p.MaxPctBps, p.horizon, p.TIF = order.Immediate, 0, 0, order.Day
		p.Qty = min(p.Qty, 4_000)
	}
	return parents
}
