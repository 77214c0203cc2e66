package fixgw

import (
	"fmt"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/order"
)

// doneMax is how many ended children a venue's routes remember: a late fill (RACE-02) or a bust that carries only the
// venue's OrderID must still find its child.
const doneMax = 20_000

// routes remembers of each child what later messages need: the command that sent it, for a replace, and the venue's
// OrderID, for reports without a ClOrdID (ER-04). The caller locks.
type routes struct {
	children map[order.ChildID]*route
	orderIDs map[string]order.ChildID
	done     []order.ChildID // in the order of their ends, a ring once full
	oldest   int
}

type route struct {
	sent    *event.SendChild
	orderID string
	former  []string // ids it had before
	done    bool
	gone    bool // the venue said that it is canceled or expired, and nothing else since
	// replaced says that a replace was asked for: an end may be that of the order before it alone.
	replaced bool
}

func newRoutes() routes {
	return routes{children: map[order.ChildID]*route{}, orderIDs: map[string]order.ChildID{}}
}

func (r *routes) add(c *event.SendChild) {
	r.children[c.Child.ID] = &route{sent: c, replaced: c.Child.ReplaceReq > 0}
	r.name(c.Child.ID, c.Child.VenueOrderID)
}

func (r *routes) sent(child order.ChildID) *event.SendChild {
	if x := r.children[child]; x != nil {
		return x.sent
	}
	return nil
}

func (r *routes) byOrderID(id string) (order.ChildID, bool) {
	child, ok := r.orderIDs[id]
	return child, ok
}

// name ties the venue's OrderID to a child. An id that is tied already stays: venues reuse words such as NONE.
func (r *routes) name(child order.ChildID, id string) {
	x := r.children[child]
	if x == nil || id == "" || id == "NONE" || x.orderID != "" {
		return
	}
	if _, taken := r.orderIDs[id]; taken {
		return
	}
	x.orderID, r.orderIDs[id] = id, child
}

// rename ties a further OrderID to a child.
func (r *routes) rename(child order.ChildID, x *route, id string) {
	was := x.orderID
	if x.orderID = ""; was != "" {
		x.former = append(x.former, was)
	}
	if r.name(child, id); x.orderID == "" { // NONE, or another child's
		x.orderID = was
	}
}

// learn takes what a report says about its child.
func (r *routes) learn(body event.Body) {
	switch e := body.(type) {
	case *event.ChildAccepted:
		r.name(e.Child, e.VenueOrderID)
	case *event.ChildExecuted:
		r.name(e.Child, e.VenueOrderID)
		if e.Leaves == 0 && e.Cum > 0 {
			r.end(e.Child)
		}
	case *event.ChildReplaced: // a venue may give a replaced order another id; reports by the old one still find it
		if x := r.children[e.Child]; x != nil {
			x.gone = false
			if e.VenueOrderID != x.orderID {
				r.rename(e.Child, x, e.VenueOrderID)
			}
		}
	case *event.ChildStatus:
		if !e.Unknown {
			r.name(e.Child, e.VenueOrderID)
		}
	case *event.ChildDone:
		if e.What == order.WasCanceled || e.What == order.WasExpired {
			if x := r.children[e.Child]; x != nil {
				x.gone = !x.replaced
			}
			r.end(e.Child)
		}
	case *event.ChildRejected:
		r.end(e.Child)
	}
}

// end marks a child as done and forgets the oldest beyond doneMax.
func (r *routes) end(child order.ChildID) {
	x := r.children[child]
	if x == nil || x.done {
		return
	}
	x.done = true
	if len(r.done) < doneMax {
		r.done = append(r.done, child)
		return
	}
	r.forget(r.done[r.oldest])
	r.done[r.oldest] = child
	r.oldest = (r.oldest + 1) % doneMax
}

func (r *routes) forget(child order.ChildID) {
	if x := r.children[child]; x != nil {
		delete(r.orderIDs, x.orderID)
		for _, id := range x.former {
			delete(r.orderIDs, id)
		}
		delete(r.children, child)
	}
}

// A token names a child's message to the session layer in one number.
type token struct {
	child   order.ChildID
	request uint32
	query   bool
}

// requestBits leaves room for the requests of the kill path, which start at 2^20 so that they meet none of the engine's
// (JRN-05), and for a million starts of one journal after them.
const (
	requestBits = 21
	queryBit    = 1 << 63
)

// pack gives the number, an error for a child or request beyond what it holds: 2^42 children, 2^21 requests each.
func (t token) pack() (uint64, error) {
	if t.child >= 1<<(63-requestBits) || t.request >= 1<<requestBits {
		return 0, fmt.Errorf("child %d request %d has no token", t.child, t.request)
	}
	n := uint64(t.child)<<requestBits | uint64(t.request)
	if t.query {
		n |= queryBit
	}
	return n, nil
}

func unpackToken(n uint64) token {
	t := token{request: uint32(n & (1<<requestBits - 1)), query: n&queryBit != 0}
	t.child = order.ChildID(n &^ queryBit >> requestBits)
	return t
}
