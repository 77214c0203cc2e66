package sim

import (
	"fmt"
	"strconv"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// name identifies a ClOrdID at a venue.
type name struct{ client, clOrdID string }

// venue is one venue: its books, its clients' orders and its links.
type venue struct {
	m      *Market
	spec   VenueSpec
	index  int
	prefix string
	books  []matcher // by symbol index

	named   map[name]*clientOrder // every ClOrdID ever used, cancels' too (nil order)
	parties map[string]int32
	orders  []*clientOrder // in order of arrival
	execs   []execution    // execution x is at x−1

	in, out         stream
	lastIn, lastOut market.Time
	stalled         market.Time // requests wait until then
	refusing        string      // not empty: every new order is rejected with this text
}

// request is a client's message on its way to a venue.
type request struct {
	v    *venue
	kind Kind // Accepted for a new order, Canceled, Replaced, Status
	o    Order
	c    CancelRequest
	r    ReplaceRequest
	s    StatusRequest
}

func (v *venue) post(rq *request) {
	rq.v = v
	at := v.m.now.Add(v.spec.Order.draw(v.in))
	v.lastIn = max(v.lastIn, at)
	v.m.schedule(v.lastIn, rq, 0)
}

func (rq *request) run(m *Market, _ int64) {
	v := rq.v
	if m.now < v.stalled {
		m.schedule(v.stalled, rq, 0)
		return
	}
	m.stats.Requests++
	switch rq.kind {
	case Accepted:
		v.submit(&rq.o)
	case Canceled:
		v.cancel(rq.c)
	case Replaced:
		v.replace(rq.r)
	case Status:
		v.status(rq.s)
	}
}

func (v *venue) submit(o *Order) {
	if _, used := v.named[name{o.Client, o.ClOrdID}]; used {
		v.rejectUnknown(o, ReasonDuplicate, "ClOrdID was used before")
		return
	}
	b := v.book(o.Symbol)
	if b == nil {
		v.named[name{o.Client, o.ClOrdID}] = nil
		v.rejectUnknown(o, ReasonUnknownSymbol, fmt.Sprintf("%s does not trade %q", v.spec.Name, o.Symbol))
		return
	}
	c := v.newOrder(o, b)
	why, text := v.judge(o, c)
	if why == ReasonNone {
		why = b.refuse(&c.ord)
	}
	if why != ReasonNone {
		c.refuse(why, text)
		return
	}
	c.state = order.New
	v.send(c.report(Accepted))
	if c.expiry > 0 {
		v.m.schedule(c.expiry, c, 0)
	}
	b.enter(&c.ord)
	c.tellSlide()
}

func (v *venue) newOrder(o *Order, b matcher) *clientOrder {
	c := &clientOrder{v: v, book: b, owner: o.Client, clOrdID: o.ClOrdID, sent: o.Side, state: order.PendingNew, arrived: v.m.now}
	v.orders = append(v.orders, c)
	v.named[name{o.Client, o.ClOrdID}] = c
	c.orderID = v.prefix + strconv.Itoa(len(v.orders))
	c.ord = ord{client: c, buy: o.Side.IsBuy(), typ: o.Type, tif: o.TIF, qty: o.Qty, leaves: max(o.Qty, 0), limit: o.Limit,
		minQty: o.MinQty, display: o.Display, offset: o.Offset, beyond: o.Discretion, postOnly: o.PostOnly, party: v.party(o.Client)}
	c.hidden = o.Hidden || o.Type == order.Midpoint || o.Type == order.Primary || !v.spec.Type.Displayed()
	if o.TIF == order.GTD {
		c.expiry = o.ExpireAt
	}
	return c
}

func (v *venue) party(client string) int32 {
	p, ok := v.parties[client]
	if !ok {
		p = int32(len(v.parties) + 1)
		v.parties[client] = p
	}
	return p
}

// book gives the venue's book of a symbol, nil if there is none.
func (v *venue) book(s market.Symbol) matcher {
	i, ok := v.m.symbols[s]
	if !ok {
		return nil
	}
	return v.books[i]
}

func (c *clientOrder) refuse(why Reason, text string) {
	c.leaves = 0
	c.advance(order.WasRejected)
	c.reason = why
	r := c.report(Rejected)
	r.Reason, r.Text = why, text
	if text == "" {
		r.Text = why.String()
	}
	c.v.send(r)
}

func (v *venue) rejectUnknown(o *Order, why Reason, text string) {
	v.send(&Report{Kind: Rejected, Venue: v.spec.ID, Client: o.Client, Symbol: o.Symbol, Side: o.Side, ClOrdID: o.ClOrdID,
		OrderID: "NONE", State: order.Rejected, Qty: o.Qty, Limit: o.Limit, Reason: why, Text: text, At: v.m.now})
}

// tellSlide reports a post-only order's price where the venue moved it.
func (c *clientOrder) tellSlide() {
	if c.postOnly && c.typ == order.Limit && c.resting && c.price != c.limit {
		c.restated()
	}
}

// run is the expiry of a GTD order.
func (c *clientOrder) run(*Market, int64) {
	if !c.state.Done() {
		c.withdraw(Expired, ReasonNone)
	}
}

// withdraw takes a working order off its book and ends it.
func (c *clientOrder) withdraw(k Kind, why Reason) {
	if c.resting {
		c.book.remove(&c.ord)
	}
	c.book.base().end(&c.ord, k, why)
}

// send puts a report on its way to the client.
func (v *venue) send(r *Report) {
	v.m.stats.Reports++
	at := v.m.now.Add(v.spec.Order.draw(v.out))
	v.lastOut = max(v.lastOut, at)
	r.Received = v.lastOut
	v.m.schedule(v.lastOut, (*delivery)(r), 0)
}

// delivery is a report arriving at its client.
type delivery Report

func (d *delivery) run(m *Market, _ int64) {
	if m.cfg.OnReport != nil {
		m.cfg.OnReport((*Report)(d))
	}
}
