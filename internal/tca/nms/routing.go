package nms

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Section is the order types that Rule 606(a) tells apart.
type Section uint8

// The sections.
const (
	SectionMarket Section = iota
	SectionMarketable
	SectionNonMarketable
	SectionOther // pegs that are not marketable
	sectionEnd
)

var sectionNames = [...]string{"market", "marketable_limit", "non_marketable_limit", "other"}

// section classifies an order; one that had no two-sided quote counts by its type alone.
func (o *Order) section() Section {
	px, limited := o.price()
	far := o.far().Price
	switch {
	case !limited:
		return SectionMarket
	case o.Type != order.Limit && !(far > 0 && px > 0 && !o.worse(far, px)):
		return SectionOther
	case far > 0 && !o.worse(far, px):
		return SectionMarketable
	}
	return SectionNonMarketable
}

// paid is shares and what they cost, less rebates.
type paid struct {
	shares market.Qty
	fee    market.Money
}

func (p *paid) add(f *Fill) {
	p.shares += f.Qty
	p.fee += f.Fee
}

// per100 is the net charge for 100 shares in dollars; what was paid to us is negative.
func (p *paid) per100() Cell {
	return decimals(int64(p.fee)*100, int64(p.shares)*int64(market.Dollar), 4)
}

// route is one venue's row.
type route struct {
	venue    string
	orders   int64
	of       [sectionEnd]int64
	paid     [sectionEnd]paid
	rejected int64
	ioc      market.Qty
	shares   market.Qty
	fills    int64
	all      paid

	mid, near, far, unknown paid // by price against the mid at the execution
	adding, taking          paid
	rest                    weighted // time from receipt to the executions that added liquidity
}

// Routing collects the tables in the manner of Rules 606(a) and 606(b)(3).
type Routing struct {
	place  map[string]int
	rows   []*route
	totals Totals
}

// NewRouting gives empty tables.
func NewRouting() *Routing { return &Routing{place: map[string]int{}} }

// Add counts an order, rejected ones with the others: they were routed.
func (q *Routing) Add(o *Order) {
	filled := o.Filled()
	q.totals.add(o, filled)
	at, ok := q.place[o.Venue]
	if !ok {
		at = len(q.rows)
		q.place[o.Venue] = at
		q.rows = append(q.rows, &route{venue: o.Venue})
	}
	r := q.rows[at]
	r.orders++
	r.shares += o.Qty
	if o.Rejected {
		r.rejected++
	}
	if o.immediate() {
		r.ioc += o.Qty
	}
	s := o.section()
	r.of[s]++
	for i := range o.Fills {
		f := &o.Fills[i]
		r.fills++
		r.all.add(f)
		r.paid[s].add(f)
		r.priced(o, f).add(f)
		switch f.Liquidity {
		case market.Added, market.AddedHidden, market.AddedMid:
			r.adding.add(f)
			r.rest.add(max(0, f.At.Sub(o.Received)), f.Qty)
		case market.Removed, market.RemovedMid:
			r.taking.add(f)
		case market.RoutedOut, market.Auction: // neither added nor taken
		}
	}
}

// priced gives where the execution was against the midpoint.
func (r *route) priced(o *Order, f *Fill) *paid {
	switch {
	case f.Mid <= 0:
		return &r.unknown
	case f.Px == f.Mid:
		return &r.mid
	case o.worse(f.Px, f.Mid):
		return &r.far
	}
	return &r.near
}

// routeColumn is one column; all is the sums over venues.
type routeColumn struct {
	name, brief string
	of          func(r, all *route) Cell
}

// share is a percentage with two decimals.
func share[T ~int64](part, whole T) Cell { return decimals(int64(part)*100, int64(whole), 2) }

func dollarsOf(m market.Money) Cell { return decimals(int64(m), int64(market.Dollar), 2) }

// routingColumns are those of the table by venue in the manner of Rule 606(a).
func routingColumns() []routeColumn {
	list := []routeColumn{
		{"venue", "venue", func(r, _ *route) Cell { return name(r.venue) }},
		{"orders", "orders", func(r, _ *route) Cell { return count(r.orders) }},
		{"orders_pct", "of all %", func(r, all *route) Cell { return share(r.orders, all.orders) }},
	}
	for s := range sectionEnd {
		list = append(list, routeColumn{sectionNames[s] + "_orders_pct", "", func(r, all *route) Cell { return share(r.of[s], all.of[s]) }})
	}
	list = append(list,
		routeColumn{"net_paid_usd", "net paid $", func(r, _ *route) Cell { return dollarsOf(r.all.fee) }},
		routeColumn{"net_paid_per_100_shares_usd", "per 100 $", func(r, _ *route) Cell { return r.all.per100() }})
	for s := range sectionEnd {
		list = append(list,
			routeColumn{sectionNames[s] + "_net_paid_usd", "", func(r, _ *route) Cell { return dollarsOf(r.paid[s].fee) }},
			routeColumn{sectionNames[s] + "_net_paid_per_100_shares_usd", "", func(r, _ *route) Cell { return r.paid[s].per100() }})
	}
	return list
}

// handlingColumns are those of the table in the manner of Rule 606(b)(3).
func handlingColumns() []routeColumn {
	shares := func(name, brief string, of func(*route) market.Qty) routeColumn {
		return routeColumn{name, brief, func(r, _ *route) Cell { return count(of(r)) }}
	}
	return []routeColumn{
		{"venue", "venue", func(r, _ *route) Cell { return name(r.venue) }},
		{"orders", "orders", func(r, _ *route) Cell { return count(r.orders) }},
		{"rejected_orders", "", func(r, _ *route) Cell { return count(r.rejected) }},
		shares("routed_shares", "shares", func(r *route) market.Qty { return r.shares }),
		shares("routed_ioc_shares", "IOC", func(r *route) market.Qty { return r.ioc }),
		{"avg_order_shares", "average", func(r, _ *route) Cell { return decimals(int64(r.shares), r.orders, 1) }},
		shares("executed_shares", "executed", func(r *route) market.Qty { return r.all.shares }),
		{"fill_rate_pct", "rate %", func(r, _ *route) Cell { return share(r.all.shares, r.shares) }},
		{"avg_fill_shares", "a fill", func(r, _ *route) Cell { return decimals(int64(r.all.shares), r.fills, 1) }},
		{"net_paid_per_100_shares_usd", "per 100 $", func(r, _ *route) Cell { return r.all.per100() }},
		shares("midpoint_shares", "", func(r *route) market.Qty { return r.mid.shares }),
		{"midpoint_pct", "mid %", func(r, _ *route) Cell { return share(r.mid.shares, r.all.shares) }},
		shares("near_side_shares", "", func(r *route) market.Qty { return r.near.shares }),
		{"near_side_pct", "near %", func(r, _ *route) Cell { return share(r.near.shares, r.all.shares) }},
		shares("far_side_shares", "", func(r *route) market.Qty { return r.far.shares }),
		{"far_side_pct", "far %", func(r, _ *route) Cell { return share(r.far.shares, r.all.shares) }},
		shares("no_mid_shares", "", func(r *route) market.Qty { return r.unknown.shares }),
		shares("providing_shares", "", func(r *route) market.Qty { return r.adding.shares }),
		{"providing_pct", "providing %", func(r, _ *route) Cell { return share(r.adding.shares, r.all.shares) }},
		{"providing_avg_time_s", "after s", func(r, _ *route) Cell { return r.rest.avg(market.Second, 3) }},
		{"providing_net_paid_per_100_shares_usd", "", func(r, _ *route) Cell { return r.adding.per100() }},
		shares("removing_shares", "", func(r *route) market.Qty { return r.taking.shares }),
		{"removing_pct", "", func(r, _ *route) Cell { return share(r.taking.shares, r.all.shares) }},
		{"removing_net_paid_per_100_shares_usd", "", func(r, _ *route) Cell { return r.taking.per100() }},
	}
}

// Tables gives the shares of orders and the payments by venue, as Rule 606(a) has them, and the handling of orders by venue, as
// Rule 606(b)(3) has it; the venues with the most orders first. control is what the parents' reconciliations add up to; an error says
// what does not agree, and then there are no tables (BX-02).
func (q *Routing) Tables(control Totals) (orders, handling *Table, err error) {
	rows := slices.Clone(q.rows)
	slices.SortFunc(rows, func(a, b *route) int {
		return cmp.Or(cmp.Compare(b.orders, a.orders), cmp.Compare(a.venue, b.venue))
	})
	var all route
	var sum Totals
	for _, r := range rows {
		all.orders += r.orders
		for s := range sectionEnd {
			all.of[s] += r.of[s]
		}
		sum.Orders += r.orders
		sum.Shares += r.shares
		sum.Filled += r.mid.shares + r.near.shares + r.far.shares + r.unknown.shares
		if by := r.paid[0].shares + r.paid[1].shares + r.paid[2].shares + r.paid[3].shares; by != r.all.shares {
			return nil, nil, fmt.Errorf("%s: %d shares executed by order type, %d in all", r.venue, by, r.all.shares)
		}
	}
	table := func(title, about string, columns []routeColumn) *Table {
		t := &Table{Name: title, About: about, Excluded: []Excluded{}, Totals: q.totals}
		for i, c := range columns {
			t.Columns = append(t.Columns, c.name)
			if c.brief != "" {
				t.brief = append(t.brief, brief{c.brief, i})
			}
		}
		for _, r := range rows {
			var row []Cell
			for _, c := range columns {
				row = append(row, c.of(r, &all))
			}
			t.Rows = append(t.Rows, row)
		}
		return t
	}
	orders = table("routing of orders in the manner of Rule 606(a)",
		"Child orders by venue, as shares of all of their type, and what was paid there less what was received: received is negative.", routingColumns())
	handling = table("handling of orders in the manner of Rule 606(b)(3)",
		"Child orders by venue: what was routed, what was executed and where against the midpoint, what provided liquidity.", handlingColumns())
	return orders, handling, orders.agree(sum, control)
}
