package sim

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// claim takes a request's ClOrdID and finds the order it is about; why is not 0 if the request must be refused.
func (v *venue) claim(client, clOrdID, orig string) (c *clientOrder, why Reason) {
	if _, used := v.named[name{client, clOrdID}]; used {
		return v.named[name{client, orig}], ReasonDuplicate
	}
	c = v.named[name{client, orig}]
	switch {
	case c == nil || c.clOrdID != orig:
		return nil, ReasonUnknownOrder // matrix 4.3-7a: the ClOrdID stays free
	case c.state.Done():
		why = ReasonTooLate
	}
	v.named[name{client, clOrdID}] = c
	return c, why
}

func (v *venue) cancel(q CancelRequest) {
	c, why := v.claim(q.Client, q.ClOrdID, q.OrigClOrdID)
	if why != 0 {
		v.refuseChange(CancelRejected, c, why, q.Client, q.ClOrdID, q.OrigClOrdID, "")
		return
	}
	if c.resting {
		c.book.remove(&c.ord)
	}
	c.leaves, c.shown = 0, 0
	c.advance(order.WasCanceled)
	c.clOrdID = q.ClOrdID
	r := c.report(Canceled)
	r.OrigClOrdID = q.OrigClOrdID
	v.send(r)
}

func (v *venue) refuseChange(k Kind, c *clientOrder, why Reason, client, clOrdID, orig, text string) {
	r := &Report{OrderID: "NONE", Kind: k, Venue: v.spec.ID, Client: client, State: order.Rejected, At: v.m.now}
	if c != nil {
		r = c.report(k)
	}
	r.ClOrdID, r.OrigClOrdID, r.Reason, r.Text = clOrdID, orig, why, text
	if text == "" {
		r.Text = why.String()
	}
	v.send(r)
}

func (v *venue) replace(q ReplaceRequest) {
	refuse := func(c *clientOrder, why Reason, text string) {
		v.refuseChange(ReplaceRejected, c, why, q.Client, q.ClOrdID, q.OrigClOrdID, text)
	}
	if c := v.named[name{q.Client, q.OrigClOrdID}]; c != nil && c.clOrdID == q.OrigClOrdID && !c.state.Done() {
		// Refused before the ClOrdID is taken, so that the order keeps its name.
		if why, text := v.judgeReplace(c, &q); why != 0 {
			refuse(c, why, text)
			return
		}
	}
	c, why := v.claim(q.Client, q.ClOrdID, q.OrigClOrdID)
	if why != 0 {
		refuse(c, why, "")
		return
	}
	keeps := q.Limit == c.limit && q.Display == c.display && q.Qty <= c.qty && q.MinQty == c.minQty
	// Less than what is filled becomes what is filled (matrix 5.0-C.3.c): the order is done.
	c.clOrdID, c.qty = q.ClOrdID, max(q.Qty, c.cum)
	left := c.qty - c.cum
	if keeps && left > 0 {
		c.book.shrink(&c.ord, left)
	} else if c.resting {
		c.book.remove(&c.ord)
	}
	c.leaves, c.limit, c.minQty, c.display = left, q.Limit, q.MinQty, q.Display
	c.advance(order.WasReplaced)
	r := c.report(Replaced)
	r.OrigClOrdID = q.OrigClOrdID
	v.send(r)
	if !keeps && left > 0 {
		c.price, c.shown = 0, 0
		c.book.enter(&c.ord)
		c.tellSlide()
	}
}

// judgeReplace judges the new terms as if they were a new order.
func (v *venue) judgeReplace(c *clientOrder, q *ReplaceRequest) (Reason, string) {
	if !v.spec.Caps.Has(market.CapReplace) {
		return ReasonUnsupported, v.spec.Name + " does not take cancel/replace"
	}
	as := Order{Client: c.owner, ClOrdID: q.ClOrdID, Symbol: c.book.base().inst.Symbol, Side: c.sent, Type: c.typ, TIF: c.tif, Qty: q.Qty,
		Limit: q.Limit, MinQty: q.MinQty, Display: q.Display, Hidden: c.hidden && c.typ == order.Limit && v.spec.Type.Displayed(),
		PostOnly: c.postOnly, Offset: c.offset, Discretion: c.beyond, ExpireAt: c.expiry}
	if why, text := v.judge(&as, c); why != 0 {
		return why, text
	}
	trial := c.ord
	trial.limit = q.Limit
	return c.book.refuse(&trial), ""
}

func (v *venue) status(q StatusRequest) {
	c := v.named[name{q.Client, q.ClOrdID}]
	if c == nil || !v.spec.Caps.Has(market.CapStatus) {
		why := ReasonUnknownOrder
		if c != nil {
			why = ReasonUnsupported
		}
		v.send(&Report{Kind: Status, Venue: v.spec.ID, Client: q.Client, ClOrdID: q.ClOrdID, OrderID: "NONE", StatusReqID: q.ReqID,
			State: order.Rejected, Reason: why, Text: why.String(), At: v.m.now})
		return
	}
	r := c.report(Status)
	r.StatusReqID = q.ReqID
	v.send(r)
}
