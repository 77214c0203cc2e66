package shard

import (
	"fmt"
	"sync"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// exchangeTruth is a venue that outlives the router: it keeps every order it got, and every report it gave, which it
// sends again from the number that the router asks for, as a FIX session does.
type exchangeTruth struct {
	mu     sync.Mutex
	orders map[string]*truthOrder // by ClOrdID
	list   []*truthOrder
	sent   []event.Body // report n+1 of its session
	wrong  []string
	wake   chan struct{}
	execs  int
	kills  int
}

type truthOrder struct {
	send event.SendChild
	cum  market.Qty
	done bool
}

func newTruth() *exchangeTruth {
	return &exchangeTruth{orders: map[string]*truthOrder{}, wake: make(chan struct{}, 1)}
}

func (x *exchangeTruth) tell(b ...event.Body) {
	x.sent = append(x.sent, b...)
	select {
	case x.wake <- struct{}{}:
	default:
	}
}

// Send takes an order: a posted one is filled half and rests, an odd one is filled half and ends, the others are filled
// whole.
func (x *exchangeTruth) Send(c *event.SendChild) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.orders[c.ClOrdID] != nil {
		x.wrong = append(x.wrong, "order sent twice: "+c.ClOrdID)
		return
	}
	o := &truthOrder{send: *c}
	x.orders[c.ClOrdID] = o
	x.list = append(x.list, o)
	x.tell(&event.ChildSent{Child: c.Child.ID}, &event.ChildAccepted{Child: c.Child.ID, VenueOrderID: c.ClOrdID})
	q := c.Child.Qty
	if (c.Child.ID%2 == 1 || c.Child.TIF != order.IOC) && q > 1 {
		q /= 2
	}
	x.execs++
	o.cum, o.done = q, q == c.Child.Qty || c.Child.TIF == order.IOC
	x.tell(&event.ChildExecuted{Child: c.Child.ID, ExecID: fmt.Sprint("X", x.execs), VenueOrderID: c.ClOrdID, Qty: q, Px: max(c.Child.Limit, market.Dollar),
		Cum: q, Leaves: c.Child.Qty - q})
	if o.done && q < c.Child.Qty {
		x.tell(&event.ChildDone{Child: c.Child.ID, What: order.WasExpired, Cum: q})
	}
}

// Cancel ends an order that rests.
func (x *exchangeTruth) Cancel(c *event.CancelChild) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if c.Why == "journal failure" {
		x.kills++
	}
	switch o := x.orders[c.OrigClOrdID]; {
	case o == nil:
		x.tell(&event.CancelRejected{Child: c.Child, Request: c.Request, Unknown: true})
	case o.done:
		x.tell(&event.CancelRejected{Child: c.Child, Request: c.Request, Status: o.status()})
	default:
		o.done = true
		x.tell(&event.ChildDone{Child: c.Child, What: order.WasCanceled, Request: c.Request, Cum: o.cum})
	}
}

// Replace is not taken: this venue's orders are canceled.
func (x *exchangeTruth) Replace(c *event.ReplaceChild) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.tell(&event.CancelRejected{Child: c.Child, Request: c.Request, Reason: 99})
}

// Query answers how an order stands.
func (x *exchangeTruth) Query(c *event.QueryChild) {
	x.mu.Lock()
	defer x.mu.Unlock()
	o := x.orders[c.ClOrdID]
	if o == nil {
		x.tell(&event.ChildStatus{Child: c.Child, Unknown: true})
		return
	}
	leaves := o.send.Child.Qty - o.cum
	if o.done {
		leaves = 0
	}
	x.tell(&event.ChildStatus{Child: c.Child, Status: o.status(), Cum: o.cum, Leaves: leaves})
}

// count gives how many orders came.
func (x *exchangeTruth) count() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.list)
}

// status is the order's FIX 39.
func (o *truthOrder) status() byte {
	switch {
	case o.cum == o.send.Child.Qty:
		return '2'
	case o.done && o.send.Child.TIF == order.IOC:
		return 'C'
	case o.done:
		return '4'
	}
	return '1'
}

// Report and Reject are for worlds without a client's session.
func (x *exchangeTruth) Report(uint64, *event.ReportParent) {}

// Reject takes nothing.
func (x *exchangeTruth) Reject(uint64, *event.RejectRequest)          {}
func (x *exchangeTruth) MassCanceled(uint64, *event.ReportMassCancel) {}

// feed brings reports from the one after number last on to a shard until stop; took, if set, is told of each that the
// shard has.
func (x *exchangeTruth) feed(s *Shard, last int, took func() error, stop <-chan struct{}) {
	for i := last; ; {
		x.mu.Lock()
		var b event.Body
		if i < len(x.sent) {
			b = x.sent[i]
		}
		x.mu.Unlock()
		if b != nil {
			if s.Submit(b) != nil || took != nil && took() != nil {
				return
			}
			i++
			continue
		}
		select {
		case <-stop:
			return
		case <-x.wake:
		}
	}
}
