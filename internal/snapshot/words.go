package snapshot

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Amount visits an exact sum of money.
func Amount(n *market.Notional, c *Coder) {
	hi, lo := n.Parts()
	Uint(c, &hi)
	Uint(c, &lo)
	*n = market.NotionalFromParts(hi, lo)
}

// Quote visits a quote.
func Quote(q *market.Quote, c *Coder) {
	Int(c, &q.Bid)
	Int(c, &q.Ask)
	Int(c, &q.BidSize)
	Int(c, &q.AskSize)
}

// Book visits one venue's book.
func Book(b *market.Book, c *Coder) {
	depth(&b.Bids, &b.BidDepth, c)
	depth(&b.Asks, &b.AskDepth, c)
	Int(c, &b.VenueTime)
	Int(c, &b.Received)
	Uint(c, &b.Seq)
	Flag(c, &b.Halted)
	Flag(c, &b.Poisoned)
}

// depth visits a side of a book; what is deeper is empty.
func depth(side *[market.MaxDepth]market.Level, n *uint8, c *Coder) {
	if Uint(c, n); int(*n) > len(side) {
		c.Fail("a book has %d levels", *n)
		*n = 0
	}
	for i := range side[:*n] {
		Int(c, &side[i].Price)
		Int(c, &side[i].Size)
	}
}

// Instrument visits the reference data of a symbol.
func Instrument(in *market.Instrument, c *Coder) {
	Text(c, &in.Symbol)
	Int(c, &in.Tick)
	Int(c, &in.Lot)
	Int(c, &in.ADV)
	Real(c, &in.DayVolBps)
	Int(c, &in.PriorClose)
	Real(c, &in.SpreadBps)
	List(c, &in.Curve, func(x *float64, c *Coder) { Real(c, x) })
}

// Terms visits what a client asked for.
func Terms(t *order.Terms, c *Coder) {
	Text(c, &t.Account)
	Text(c, &t.Symbol)
	Uint(c, &t.Side)
	Int(c, &t.Qty)
	Uint(c, &t.Type)
	Int(c, &t.Limit)
	Uint(c, &t.TIF)
	Int(c, &t.ExpireAt)
	Uint(c, &t.Strategy)
	Uint(c, &t.Objective)
	Uint(c, &t.Urgency)
	Int(c, &t.MaxPctBps)
	Int(c, &t.Start)
	Int(c, &t.End)
	Uint(c, &t.Venues)
	Text(c, &t.Directed)
	Int(c, &t.MinQty)
	Int(c, &t.MaxFloor)
	Int(c, &t.TargetPx)
	Uint(c, &t.Capacity)
	Flag(c, &t.NoExplore)
	Flag(c, &t.HideDark)
	Text(c, &t.LocateID)
}

// Parent visits a parent order.
func Parent(p *order.Parent, c *Coder) {
	Uint(c, &p.ID)
	Text(c, &p.Client)
	Text(c, &p.ClOrdID)
	Terms(&p.Terms, c)
	Uint(c, &p.State)
	Uint(c, &p.Hold)
	Int(c, &p.Cum)
	Amount(&p.Notional, c)
	Int(c, &p.Received)
	Int(c, &p.DoneAt)
	Int(c, &p.Arrival)
	Quote(&p.ArrivalNBBO, c)
	Text(c, &p.Reason)
	bounds(&p.Bounds, c)
	bounds(&p.Own, c)
}

func bounds(b *order.Bounds, c *Coder) {
	Int(c, &b.Limit)
	Int(c, &b.MaxPctBps)
}

// Child visits a child order.
func Child(o *order.Child, c *Coder) {
	Uint(c, &o.ID)
	Uint(c, &o.Parent)
	Uint(c, &o.Decision)
	Uint(c, &o.Venue)
	Text(c, &o.Symbol)
	Uint(c, &o.Side)
	Uint(c, &o.Type)
	Uint(c, &o.TIF)
	Uint(c, &o.Style)
	Int(c, &o.Qty)
	Int(c, &o.Limit)
	Int(c, &o.MinQty)
	Int(c, &o.Display)
	Flag(c, &o.ISO)
	Uint(c, &o.State)
	Flag(c, &o.PendingCancel)
	Flag(c, &o.PendingReplace)
	Flag(c, &o.InDoubt)
	Int(c, &o.ReplaceQty)
	Int(c, &o.ReplaceLimit)
	Uint(c, &o.Requests)
	Uint(c, &o.AcceptedReq)
	Uint(c, &o.ReplaceReq)
	Int(c, &o.Cum)
	Int(c, &o.Leaves)
	Amount(&o.Notional, c)
	Text(c, &o.VenueOrderID)
	Int(c, &o.DecidedAt)
	Int(c, &o.WireAt)
	Int(c, &o.AckedAt)
	Int(c, &o.DoneAt)
	Text(c, &o.Reason)
}

// Execution visits a booked execution.
func Execution(x *order.Execution, c *Coder) {
	Uint(c, &x.Key.Venue)
	Int(c, &x.Key.Date)
	Text(c, &x.Key.ExecID)
	Text(c, &x.Key.OrderID)
	Uint(c, &x.Child)
	Uint(c, &x.Parent)
	Int(c, &x.Qty)
	Int(c, &x.Px)
	Uint(c, &x.Liquidity)
	Text(c, &x.LastMkt)
	Int(c, &x.At)
	Int(c, &x.Fee)
	Int(c, &x.Reg)
	Flag(c, &x.Busted)
}
