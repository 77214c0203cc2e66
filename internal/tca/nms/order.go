package nms

import (
	"math"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/tca"
)

// Order is one child order as its venue got it.
type Order struct {
	Child    order.ChildID
	At       market.VenueID
	Venue    string // its name
	Symbol   market.Symbol
	Side     market.Side
	Type     order.Type
	TIF      order.TIF
	Limit    market.Price // 0 = none
	Qty      market.Qty
	Lot      market.Qty   // round lot, 0 = 100
	Quote    market.Quote // the national best bid and offer when it was received
	Received market.Time
	Done     bool
	Rejected bool // by the venue: it was never received for execution
	Fills    []Fill
}

// Fill is one surviving execution of an order.
type Fill struct {
	At        market.Time
	Qty       market.Qty
	Px        market.Price
	Mid       market.Price // at the execution, 0 = not known
	Liquidity market.Liquidity
	Fee       market.Money // the venue's charge, negative is a rebate
	Away      bool         // routed out by the venue that got the order
	After     []Mid        // by horizon
}

// Mid is the midpoint a horizon after an execution.
type Mid struct {
	HorizonNs int64
	Px        market.Price
}

// Filled is the shares that were executed.
func (o *Order) Filled() (q market.Qty) {
	for i := range o.Fills {
		q += o.Fills[i].Qty
	}
	return q
}

// Orders gives the children of a parent that were sent, in the order of their records. lot is the symbol's round lot.
func Orders(in *tca.Input, lot market.Qty) []Order {
	decisions := make(map[uint64]*event.RecordDecision, len(in.Decisions))
	for _, d := range in.Decisions {
		decisions[d.Decision] = d
	}
	place := make(map[order.ChildID]int, len(in.Children))
	var out []Order
	for _, record := range in.Children {
		c := &record.Child
		if c.State == order.NeverSent {
			continue
		}
		place[c.ID] = len(out)
		at := c.WireAt
		if at == 0 {
			at = c.DecidedAt
		}
		o := Order{Child: c.ID, At: c.Venue, Venue: in.Venues.Of(c.Venue), Symbol: c.Symbol, Side: c.Side, Type: c.Type, TIF: c.TIF,
			Limit: c.Limit, Qty: c.Qty, Lot: lot, Received: at, Done: c.State.Done(), Rejected: c.State == order.Rejected}
		if d := decisions[c.Decision]; d != nil {
			o.Quote = d.Quote
			if limit, ok := planned(d, c); ok {
				o.Limit = limit
			}
		}
		out = append(out, o)
	}
	after := mids(in)
	last := lastOfEach(in.Executions)
	for _, x := range last {
		at, ok := place[x.Exec.Child]
		if !ok || x.Exec.Busted || x.Exec.Qty <= 0 {
			continue
		}
		f := Fill{At: x.Exec.At, Qty: x.Exec.Qty, Px: x.Exec.Px, Mid: x.Mid, Liquidity: x.Exec.Liquidity, Fee: x.Exec.Fee,
			Away: x.Exec.Liquidity == market.RoutedOut}
		for _, m := range after[fillKey{x.ExecID, x.Exec.Child}] {
			if x.Mid > 0 {
				f.After = append(f.After, Mid{m.HorizonNs, moved(x.Mid, x.Side, m.Value)})
			}
		}
		out[at].Fills = append(out[at].Fills, f)
	}
	return out
}

// planned gives the limit that a child was first sent with, where replaces may have changed it since.
func planned(d *event.RecordDecision, c *order.Child) (market.Price, bool) {
	if i := int(d.Chosen); c.Requests > 0 && i >= 0 && i < len(d.Plans) {
		for _, s := range d.Plans[i].Shares {
			if s.Venue == c.Venue && s.Style == c.Style && s.Limit > 0 {
				return s.Limit, true
			}
		}
	}
	return 0, false
}

// moved gives the midpoint that a markout says: signed bps of the mid at the fill, positive in our favor.
func moved(mid market.Price, s market.Side, bps float64) market.Price {
	return mid + market.Price(s.Sign())*market.Price(math.Round(float64(mid)*bps/1e4))
}

type fillKey struct {
	report uint64
	child  order.ChildID
}

// mids gives the markouts of each fill; of two for a horizon the last counts.
func mids(in *tca.Input) map[fillKey][]*event.RecordOutcome {
	out := map[fillKey][]*event.RecordOutcome{}
	for _, o := range in.Outcomes {
		if o.What != event.OutcomeMarkout || !(math.Abs(o.Value) < 1e4) {
			continue
		}
		key, known := fillKey{o.ExecID, o.Child}, false
		for i, m := range out[key] {
			if m.HorizonNs == o.HorizonNs {
				out[key][i], known = o, true
			}
		}
		if !known {
			out[key] = append(out[key], o)
		}
	}
	return out
}

// lastOfEach keeps the last record of every execution, in the order of their first ones.
func lastOfEach(records []*event.RecordExecution) []*event.RecordExecution {
	place := make(map[order.ExecKey]int, len(records))
	var out []*event.RecordExecution
	for _, x := range records {
		if at, ok := place[x.Exec.Key]; ok {
			out[at] = x
			continue
		}
		place[x.Exec.Key] = len(out)
		out = append(out, x)
	}
	return out
}
