package train

import (
	"context"
	"math"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/store"
)

// session is what a day's volatility is spread over, nanoseconds.
const session = float64(6*market.Hour + 30*market.Minute)

// Parents gives fn every finished order that says something of the impact, in the order of arrival, and how many there were.
// Of an order that was told again, after a bust or a late fill, the last record counts.
func (d *Dataset) Parents(ctx context.Context, fn func(*ParentRow) error) (rows int, err error) {
	f := store.ToldFilter{Instance: d.options.Instance, From: d.options.From, To: d.options.To, Upto: d.options.Cut}
	err = d.store.EachParent(ctx, f, func(p *store.JudgedParent) error {
		row, ok := d.parentRow(p)
		if !ok {
			return nil
		}
		rows++
		return fn(&row)
	})
	return rows, err
}

// parentRow is a parent's row; false where it says nothing. What the learner did not take because learning was frozen counts:
// an order of which nothing is left has nothing filled.
func (d *Dataset) parentRow(p *store.JudgedParent) (r ParentRow, ok bool) {
	if p.Impact == nil {
		return r, false
	}
	o, b := p.Impact.Body, &p.Body.Parent
	e := d.engineAt(p.Instance, p.Impact.Seq)
	in := e.symbols[b.Terms.Symbol]
	if in == nil || in.ADV <= 0 || !(in.DayVolBps > 0) || o.Got <= 0 || b.Arrival <= 0 || math.IsNaN(o.Value) || math.IsInf(o.Value, 0) || o.Refused == event.RefusedBusted || o.Refused == event.RefusedControl {
		return r, false
	}
	r = ParentRow{Instance: p.Instance, Seq: p.Impact.Seq, Parent: uint64(b.ID), At: int64(b.Received), Symbol: string(b.Terms.Symbol), Side: int(b.Terms.Side.Sign()),
		Bucket: in.LiquidityBucket(), Vol: in.DayVolBps, Share: float64(o.Got) / float64(in.ADV), Days: float64(o.HorizonNs) / session, Z: o.Value}
	r.Bounce = float64(market.Bps(b.Arrival+max(b.ArrivalNBBO.Spread()/2, 1), b.Arrival))
	r.Excess = r.Z * r.Vol * math.Sqrt(r.Share)
	return r, true
}
