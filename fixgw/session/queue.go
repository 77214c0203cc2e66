package session

import (
	"slices"

	"github.com/quickfixgo/quickfix"
)

// A Class orders what waits to be sent (PACE-05).
type Class uint8

// The classes, first come those that reduce risk.
const (
	Cancel  Class = iota // F, AF, q, and what else must not wait
	Replace              // G
	New                  // D, E, AB
	classes
)

// An Outgoing is an application message to be sent. The session owns Message
// from Send on.
type Outgoing struct {
	Token   uint64 // the caller's name for it, returned in Outcome and Reject
	Class   Class
	Order   uint64 // the order it concerns, 0 none: see Send
	Sweep   bool   // a mass cancel: it goes ahead of the cancels of single orders, and is not refused for them
	Whole   bool   // of a mass cancel: it concerns every order, so that the cancels of single orders wait for what it does, see Swept
	Message *quickfix.Message
}

// A queue holds messages by class, each class in the order of arrival.
type queue struct {
	waiting [classes][]Outgoing
	size    int
}

// cancelRoom is how many times as many cancels may wait as orders: what was sent over days may be withdrawn in a moment.
const cancelRoom = 8

// full reports whether no message of a class may wait in addition to most: cancels have room of their own, so that orders
// that wait never keep one out (PACE-02, PACE-05).
func (q *queue) full(c Class, most int) bool {
	cancels := len(q.waiting[Cancel])
	if c == Cancel {
		return cancels >= cancelRoom*most
	}
	return q.size-cancels >= most
}

// put adds o and returns those that it makes needless: a Cancel removes a New
// of the same order, with its Replaces, and goes itself; a Replace takes the
// place of an earlier one of the same order, a Cancel of one that names the
// same request: whoever asks again while the first still waits here does not
// make the venue's limit worse. What followed a Replace that never
// leaves follows what that one followed (ER-04).
func (q *queue) put(o Outgoing) (dropped []Outgoing) {
	if o.Order != 0 {
		switch o.Class {
		case Cancel:
			if unsent := q.remove(New, o.Order); len(unsent) > 0 {
				return append(append(unsent, q.remove(Replace, o.Order)...), o)
			}
			if dropped = q.remove(Replace, o.Order); len(dropped) > 0 {
				o.follow(dropped[0])
			}
			again := func(w Outgoing) bool { return w.Order == o.Order && w.names() == o.names() }
			if i := slices.IndexFunc(q.waiting[Cancel], again); i >= 0 {
				dropped = append(dropped, q.waiting[Cancel][i])
				q.waiting[Cancel][i] = o
				return dropped
			}
		case Replace:
			same := func(w Outgoing) bool { return w.Order == o.Order }
			if i := slices.IndexFunc(q.waiting[Replace], same); i >= 0 {
				dropped = append(dropped, q.waiting[Replace][i])
				o.follow(dropped[0])
				q.waiting[Replace][i] = o
				return dropped
			}
		}
	}
	q.size++
	if o.Sweep {
		q.waiting[o.Class] = slices.Insert(q.waiting[o.Class], 0, o)
		return dropped
	}
	q.waiting[o.Class] = append(q.waiting[o.Class], o)
	return dropped
}

// names is the request that a Cancel or Replace follows (41).
func (o Outgoing) names() (orig string) {
	if o.Message != nil {
		orig, _ = o.Message.Body.GetString(41) // one without names none
	}
	return orig
}

// follow makes o name in 41 what a message that never leaves named, if it named
// that one.
func (o Outgoing) follow(gone Outgoing) {
	const clOrdID, origClOrdID = quickfix.Tag(11), quickfix.Tag(41)
	if o.Message == nil || gone.Message == nil {
		return
	}
	id, err := gone.Message.Body.GetString(clOrdID)
	orig, errOrig := gone.Message.Body.GetString(origClOrdID)
	if named, errNamed := o.Message.Body.GetString(origClOrdID); err == nil && errOrig == nil && errNamed == nil && named == id {
		o.Message.Body.SetString(origClOrdID, orig)
	}
}

// remove takes the messages of a class that concern an order.
func (q *queue) remove(c Class, order uint64) (removed []Outgoing) {
	q.waiting[c] = slices.DeleteFunc(q.waiting[c], func(w Outgoing) bool {
		if w.Order == order {
			removed = append(removed, w)
		}
		return w.Order == order
	})
	q.size -= len(removed)
	return removed
}

// take removes the first message of a class.
func (q *queue) take(c Class) (Outgoing, bool) {
	w := q.waiting[c]
	if len(w) == 0 {
		return Outgoing{}, false
	}
	o := w[0]
	w[0] = Outgoing{}
	if q.waiting[c] = w[1:]; len(w) == 1 {
		q.waiting[c] = nil
	}
	q.size--
	return o, true
}

// drain takes all messages of a class.
func (q *queue) drain(c Class) (all []Outgoing) {
	all = q.waiting[c]
	q.waiting[c] = nil
	q.size -= len(all)
	return all
}
