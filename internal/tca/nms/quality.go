package nms

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/internal/market"
)

// bucket is a class of times to execution: at most so long, from the class before.
type bucket struct {
	below int64
	name  string
}

// buckets are the classes; the last one has no end.
var buckets = [...]bucket{{100 * market.Microsecond, "under_100us"}, {market.Millisecond, "100us_to_1ms"}, {10 * market.Millisecond, "1ms_to_10ms"},
	{100 * market.Millisecond, "10ms_to_100ms"}, {market.Second, "100ms_to_1s"}, {10 * market.Second, "1s_to_10s"},
	{30 * market.Second, "10s_to_30s"}, {5 * market.Minute, "30s_to_5m"}, {1<<63 - 1, "5m_and_more"}}

// realizedAt are the horizons of the realized spread in the rule; the router measures markouts at some of them.
var realizedAt = [...]struct {
	ns   int64
	name string
}{{50 * market.Millisecond, "50ms"}, {100 * market.Millisecond, "100ms"}, {market.Second, "1s"}, {10 * market.Second, "10s"}, {15 * market.Second, "15s"},
	{market.Minute, "1m"}, {5 * market.Minute, "5m"}}

// quality is one row's sums.
type quality struct {
	venue    string
	symbol   market.Symbol
	kind     Kind
	size     Size
	orders   int64
	shares   market.Qty
	canceled market.Qty
	open     market.Qty
	here     market.Qty
	away     market.Qty
	in       [len(buckets)]market.Qty
	time     weighted
	spread   weighted // effective
	quoted   weighted
	realized [len(realizedAt)]weighted

	improved     weighted // amounts
	improvedTime weighted
	atTime       weighted // its shares are those executed at the quote
	outside      weighted
	outsideTime  weighted
	shown        market.Qty // what the orders could have taken at the quote: min(shares, displayed)
	beyond       market.Qty // executed at the quote or better, beyond what was displayed there
}

// Quality collects the table in the manner of amended Rule 605.
type Quality struct {
	place    map[qualityKey]int
	rows     []*quality
	totals   Totals
	excluded []Excluded
}

type qualityKey struct {
	venue  string
	symbol market.Symbol
	kind   Kind
	size   Size
}

// NewQuality gives an empty table.
func NewQuality() *Quality { return &Quality{place: map[qualityKey]int{}} }

// Add counts an order.
func (q *Quality) Add(o *Order) {
	filled := o.Filled()
	q.totals.add(o, filled)
	if why := o.covered(); why != "" {
		exclude(&q.excluded, why, o, filled)
		return
	}
	key := qualityKey{o.Venue, o.Symbol, o.kind(), o.size()}
	at, ok := q.place[key]
	if !ok {
		at = len(q.rows)
		q.place[key] = at
		q.rows = append(q.rows, &quality{venue: key.venue, symbol: key.symbol, kind: key.kind, size: key.size})
	}
	q.rows[at].add(o, filled)
}

func (t *Totals) add(o *Order, filled market.Qty) {
	t.Orders++
	t.Shares += o.Qty
	t.Filled += filled
	for i := range o.Fills {
		t.Fee += o.Fills[i].Fee
	}
}

func exclude(list *[]Excluded, why string, o *Order, filled market.Qty) {
	for i := range *list {
		if x := &(*list)[i]; x.Why == why {
			x.Orders++
			x.Shares += o.Qty
			x.Filled += filled
			return
		}
	}
	*list = append(*list, Excluded{why, 1, o.Qty, filled})
}

func (r *quality) add(o *Order, filled market.Qty) {
	r.orders++
	r.shares += o.Qty
	if rest := max(0, o.Qty-filled); o.Done {
		r.canceled += rest
	} else {
		r.open += rest
	}
	far := o.far()
	shown := min(o.Qty, far.Size)
	r.shown += shown
	inside := market.Qty(0) // executed at the quote or better
	for i := range o.Fills {
		f := &o.Fills[i]
		r.fill(o, f)
		if r.kind.Marketable() && !o.worse(f.Px, far.Price) {
			inside += f.Qty
		}
	}
	r.beyond += max(0, inside-shown)
}

func (r *quality) fill(o *Order, f *Fill) {
	sign := o.Side.Sign()
	if f.Away {
		r.away += f.Qty
	} else {
		r.here += f.Qty
	}
	took := max(0, f.At.Sub(o.Received))
	for i := range buckets {
		if took < buckets[i].below {
			r.in[i] += f.Qty
			break
		}
	}
	r.time.add(took, f.Qty)
	r.spread.add(spreadOf(sign, f.Px, o.Quote), f.Qty)
	r.quoted.add(int64(o.Quote.Ask-o.Quote.Bid), f.Qty)
	for i := range realizedAt {
		for _, m := range f.After {
			if m.HorizonNs == realizedAt[i].ns {
				r.realized[i].add(2*sign*int64(f.Px-m.Px), f.Qty)
			}
		}
	}
	if !r.kind.Marketable() {
		return
	}
	switch better := sign * int64(o.far().Price-f.Px); {
	case better > 0:
		r.improved.add(better, f.Qty)
		r.improvedTime.add(took, f.Qty)
	case better == 0:
		r.atTime.add(took, f.Qty)
	default:
		r.outside.add(-better, f.Qty)
		r.outsideTime.add(took, f.Qty)
	}
}

// spreadOf is twice the signed distance from the midpoint; the midpoint of an odd quote is exact that way.
func spreadOf(sign int64, px market.Price, q market.Quote) int64 {
	return sign * (2*int64(px) - int64(q.Bid) - int64(q.Ask))
}

// qualityColumn is one column.
type qualityColumn struct {
	name, brief string // brief is its head on a terminal, empty = not there
	of          func(*quality) Cell
}

func qualityColumns() []qualityColumn {
	const dollar, second, places = int64(market.Dollar), market.Second, 4
	shares := func(name, brief string, of func(*quality) market.Qty) qualityColumn {
		return qualityColumn{name, brief, func(r *quality) Cell { return count(of(r)) }}
	}
	taken := func(c qualityColumn) qualityColumn { // of marketable orders only
		of := c.of
		c.of = func(r *quality) Cell {
			if !r.kind.Marketable() {
				return Cell{Number: true}
			}
			return of(r)
		}
		return c
	}
	list := []qualityColumn{
		{"venue", "venue", func(r *quality) Cell { return name(r.venue) }},
		{"symbol", "symbol", func(r *quality) Cell { return name(string(r.symbol)) }},
		{"order_type", "order type", func(r *quality) Cell { return name(r.kind.String()) }},
		{"order_size", "size", func(r *quality) Cell { return name(r.size.String()) }},
		{"orders", "orders", func(r *quality) Cell { return count(r.orders) }},
		shares("order_shares", "shares", func(r *quality) market.Qty { return r.shares }),
		shares("canceled_shares", "canceled", func(r *quality) market.Qty { return r.canceled }),
		shares("open_shares", "", func(r *quality) market.Qty { return r.open }),
		shares("executed_here_shares", "executed", func(r *quality) market.Qty { return r.here }),
		shares("executed_away_shares", "", func(r *quality) market.Qty { return r.away }),
	}
	for i := range buckets {
		list = append(list, shares("executed_"+buckets[i].name+"_shares", "", func(r *quality) market.Qty { return r.in[i] }))
	}
	list = append(list,
		qualityColumn{"avg_time_s", "time s", func(r *quality) Cell { return r.time.avg(second, 6) }},
		qualityColumn{"avg_quoted_spread_usd", "quoted $", func(r *quality) Cell { return r.quoted.avg(dollar, places) }},
		qualityColumn{"avg_effective_spread_usd", "effective $", func(r *quality) Cell { return r.spread.avg(dollar, places) }},
		qualityColumn{"effective_over_quoted", "E/Q", effectiveOverQuoted})
	for i := range realizedAt {
		short := ""
		if ns := realizedAt[i].ns; ns == market.Second || ns == market.Minute {
			short = "realized " + realizedAt[i].name + " $"
		}
		list = append(list, qualityColumn{"avg_realized_spread_" + realizedAt[i].name + "_usd", short, func(r *quality) Cell { return r.realized[i].avg(dollar, places) }})
	}
	return append(list,
		taken(shares("improved_shares", "improved", func(r *quality) market.Qty { return r.improved.shares })),
		taken(qualityColumn{"avg_improvement_usd", "by $", func(r *quality) Cell { return r.improved.avg(dollar, places) }}),
		taken(qualityColumn{"avg_improved_time_s", "", func(r *quality) Cell { return r.improvedTime.avg(second, 6) }}),
		taken(shares("at_quote_shares", "at quote", func(r *quality) market.Qty { return r.atTime.shares })),
		taken(qualityColumn{"avg_at_quote_time_s", "", func(r *quality) Cell { return r.atTime.avg(second, 6) }}),
		taken(shares("outside_shares", "outside", func(r *quality) market.Qty { return r.outside.shares })),
		taken(qualityColumn{"avg_outside_usd", "", func(r *quality) Cell { return r.outside.avg(dollar, places) }}),
		taken(qualityColumn{"avg_outside_time_s", "", func(r *quality) Cell { return r.outsideTime.avg(second, 6) }}),
		taken(shares("at_or_better_shares", "", func(r *quality) market.Qty { return r.improved.shares + r.atTime.shares })),
		taken(shares("displayed_shares", "", func(r *quality) market.Qty { return r.shown })),
		taken(shares("size_improved_shares", "", func(r *quality) market.Qty { return r.beyond })))
}

// effectiveOverQuoted is the ratio of the averages; a locked market has no quoted spread to compare with.
func effectiveOverQuoted(r *quality) Cell {
	if r.quoted.sum.Sign() == 0 {
		return Cell{Number: true}
	}
	return Cell{fraction(&r.spread.sum, &r.quoted.sum, 4), true}
}

// Table gives the rows by venue, symbol, order type and size. control is what the parents' reconciliations add up to; an error
// says what does not agree, and then there is no table (BX-02).
func (q *Quality) Table(control Totals) (*Table, error) {
	t := &Table{Name: "execution quality in the manner of amended Rule 605", Excluded: q.excluded, Totals: q.totals,
		About: "By venue, symbol, order type and size, of the child orders that venues got; averages are weighted by shares, dollars a share."}
	if t.Excluded == nil {
		t.Excluded = []Excluded{}
	}
	rows := slices.Clone(q.rows)
	slices.SortFunc(rows, func(a, b *quality) int {
		return cmp.Or(cmp.Compare(a.venue, b.venue), cmp.Compare(a.symbol, b.symbol), cmp.Compare(a.kind, b.kind), cmp.Compare(a.size, b.size))
	})
	for i, c := range qualityColumns() {
		t.Columns = append(t.Columns, c.name)
		if c.brief != "" {
			t.brief = append(t.brief, brief{c.brief, i})
		}
	}
	var sum Totals
	for _, r := range rows {
		var row []Cell
		for _, c := range qualityColumns() {
			row = append(row, c.of(r))
		}
		t.Rows = append(t.Rows, row)
		sum.Orders += r.orders
		sum.Shares += r.shares
		sum.Filled += r.here + r.away
		if got := r.canceled + r.open + r.here + r.away; got < r.shares {
			return nil, fmt.Errorf("%s at %s: %d shares are canceled, open or executed, of %d", r.kind, r.venue, got, r.shares)
		}
	}
	return t, t.agree(sum, control)
}

// agree compares the rows, and what is in none, with the control.
func (t *Table) agree(rows, control Totals) error {
	for i := range t.Excluded {
		x := &t.Excluded[i]
		rows.Orders += x.Orders
		rows.Shares += x.Shares
		rows.Filled += x.Filled
	}
	rows.Fee = t.Totals.Fee
	for _, x := range [...]struct {
		what     string
		has, had int64
	}{{"orders", rows.Orders, control.Orders}, {"shares sent", int64(rows.Shares), int64(control.Shares)},
		{"shares executed", int64(rows.Filled), int64(control.Filled)}, {"micro-dollars of fees", int64(rows.Fee), int64(control.Fee)}} {
		if x.has != x.had {
			return fmt.Errorf("the table has %d %s, the parents' reconciliations %d", x.has, x.what, x.had)
		}
	}
	return nil
}
