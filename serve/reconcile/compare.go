package reconcile

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/store"
)

// Break is one execution on which the accounts do not agree. A side without it has no trade.
type Break struct {
	Key
	Told   string            `json:"told,omitempty"` // the client's ExecID (17)
	Trades map[string]*Trade `json:"trades"`         // by side
	Wrong  string            `json:"wrong"`
}

// Total is what one account, symbol and direction sums to on each side.
type Total struct {
	Account string                `json:"account"`
	Symbol  market.Symbol         `json:"symbol"`
	Side    string                `json:"side"`
	Shares  map[string]market.Qty `json:"shares"`   // by side
	Dollars map[string]string     `json:"notional"` // by side, dollars and cents to the micro-dollar
	sums    [sides]market.Notional
	qty     [sides]market.Qty
}

// comparison holds the four accounts of one day side by side.
type comparison struct {
	books  *Books
	date   market.Date
	rows   map[Key]*[sides]*Trade
	whose  map[Key]*Booking
	venues *VenueBooks     // nil if no file was given
	copied map[string]bool // clients of which a drop copy tells
}

func newComparison(b *Books, date market.Date, v *VenueBooks) *comparison {
	c := &comparison{books: b, date: date, venues: v, rows: map[Key]*[sides]*Trade{}, whose: map[Key]*Booking{}, copied: map[string]bool{}}
	for k, x := range b.Bookings {
		if x.Date != date {
			continue
		}
		c.put(k, Journal, x.Trade)
		c.whose[k] = x
		if t := b.told.clients.trades[x.Told]; t != nil {
			c.put(k, Client, *t)
		}
		if t := b.told.copies.trades[x.Told]; t != nil {
			c.put(k, DropCopy, *t)
			c.copied[b.Owners[x.Parent].Client] = true
		}
	}
	if v != nil {
		for k, t := range v.Trades {
			c.put(k, Venue, *t)
		}
		c.matchManual()
	}
	return c
}

// matchManual holds what people booked in place of lost reports against what the venues' files have of the same order and
// nobody else does: the parts have other ExecIDs there, and their sum counts.
func (c *comparison) matchManual() {
	for _, k := range slices.SortedFunc(maps.Keys(c.whose), Key.compare) {
		if !event.IsManual(k.ExecID) {
			continue
		}
		var parts []Key
		var sum Trade
		var value market.Notional
		for other, row := range c.rows {
			if other.Venue == k.Venue && other.ClOrdID == k.ClOrdID && row[Journal] == nil && row[Venue] != nil {
				parts = append(parts, other)
				sum.Qty += row[Venue].Qty
				value = value.Add(market.NotionalOf(row[Venue].Px, row[Venue].Qty))
			}
		}
		if sum.Qty == 0 {
			continue
		}
		sum.Px = value.Avg(sum.Qty)
		c.put(k, Venue, sum)
		for _, part := range parts {
			delete(c.rows, part)
		}
	}
}

func (c *comparison) put(k Key, s Side, t Trade) {
	row := c.rows[k]
	if row == nil {
		row = new([sides]*Trade)
		c.rows[k] = row
	}
	row[s] = &t
}

// readStore adds the store's rows of the day.
func (c *comparison) readStore(ctx context.Context, st *store.Store) error {
	rows, err := st.ExecutionsOn(ctx, c.books.Instance, c.date)
	if err != nil {
		return err
	}
	for i := range rows {
		if rows[i].Seq > c.books.Last { // written while the journal was read
			continue
		}
		x := booking(c.books.Instance, c.books.Venues, rows[i].Body)
		c.put(x.Key, Store, x.Trade)
		if c.whose[x.Key] == nil {
			c.whose[x.Key] = &x
		}
	}
	return nil
}

// strangers adds what was told of executions that the journal does not have on any day.
func (c *comparison) strangers(s Side, t *tellings, who string) (out []Break) {
	known := map[string]bool{}
	for _, x := range c.books.Bookings {
		known[x.Told] = true
	}
	for _, id := range slices.Sorted(maps.Keys(t.trades)) {
		if !known[id] {
			out = append(out, Break{Told: id, Trades: map[string]*Trade{s.String(): t.trades[id]},
				Wrong: fmt.Sprintf("%s was told execution %s of order %s, which the journal does not have", who, id, t.order[id])})
		}
	}
	if c.books.First == 1 { // else the sums of older orders are not whole
		out = append(out, t.miscounted(who)...)
	}
	for _, id := range t.differs {
		out = append(out, Break{Told: id, Trades: map[string]*Trade{}, Wrong: fmt.Sprintf("%s was told execution %s twice, with different content", who, id)})
	}
	return out
}

// breaks gives every execution on which two sides differ, in the order of keys.
func (c *comparison) breaks() (out []Break) {
	for _, k := range slices.SortedFunc(maps.Keys(c.rows), Key.compare) {
		wrong := c.judge(k)
		if wrong == "" {
			continue
		}
		b := Break{Key: k, Trades: map[string]*Trade{}, Wrong: wrong}
		if x := c.whose[k]; x != nil {
			b.Told = x.Told
		}
		for s, t := range c.rows[k] {
			if t != nil {
				b.Trades[Side(s).String()] = t
			}
		}
		out = append(out, b)
	}
	out = append(out, c.strangers(Client, &c.books.told.clients, "a client")...)
	return append(out, c.strangers(DropCopy, &c.books.told.copies, "a drop copy")...)
}

// judge says what is wrong with one execution, empty if every side that must have it has it alike.
func (c *comparison) judge(k Key) string {
	row := c.rows[k]
	ours := row[Journal]
	if ours == nil {
		if row[Store] != nil {
			return "the store has it, the journal does not: is it the store of this journal?"
		}
		return "the venue has it, the journal does not: ask the venue for its report, a missed one is booked by `sluice resolve`"
	}
	for s := Store; s < sides; s++ {
		if !c.speaks(s, k) {
			continue
		}
		switch t := row[s]; {
		case t == nil && ours.Qty == 0: // a busted one may be gone from an account that keeps survivors only
		case t == nil:
			return absent[s]
		case *t != *ours && (t.Qty != 0 || ours.Qty != 0):
			return fmt.Sprintf("the journal has %d at %v, the %v %d at %v", ours.Qty, ours.Px, s, t.Qty, t.Px)
		}
	}
	return ""
}

// speaks reports whether a side has an account of an execution at all: a drop copy and the venues' files are as the desk
// has them.
func (c *comparison) speaks(s Side, k Key) bool {
	switch s {
	case Venue:
		return c.venues != nil && c.venues.Venues[k.Venue]
	case DropCopy:
		return c.copied[c.books.Owners[c.whose[k].Parent].Client]
	case Journal, Store, Client: // always
	}
	return true
}

var absent = [sides]string{
	Store:    "the store does not have it: let its projection catch up, or rebuild it from the journal",
	Client:   "no session of the client has taken its report: the client was away, or its report is lost",
	DropCopy: "no drop copy session has taken its report: its reader is away",
	Venue:    "the venue's file does not have it",
}

// totals sums each account, symbol and direction over the surviving executions. What only a venue has is under the account "?".
func (c *comparison) totals() []*Total {
	type group struct {
		account string
		symbol  market.Symbol
		side    market.Side
	}
	sums := map[group]*Total{}
	for k, row := range c.rows {
		g := group{account: "?"}
		if x := c.whose[k]; x != nil {
			g = group{c.books.Owners[x.Parent].Account, x.Symbol, x.Side}
		}
		t := sums[g]
		if t == nil {
			t = &Total{Account: g.account, Symbol: g.symbol, Side: "?", Shares: map[string]market.Qty{}, Dollars: map[string]string{}}
			if g.side != 0 {
				t.Side = g.side.String()
			}
			sums[g] = t
		}
		for s, trade := range row {
			if trade != nil {
				t.qty[s] += trade.Qty
				t.sums[s] = t.sums[s].Add(market.NotionalOf(trade.Px, trade.Qty))
			}
		}
	}
	return slices.SortedFunc(maps.Values(sums), func(a, b *Total) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Symbol, b.Symbol), cmp.Compare(a.Side, b.Side))
	})
}
