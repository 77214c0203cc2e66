package talk

import (
	"fmt"
	"time"
)

// An exchange answers for all venues of an engine stage, when it is told to: it knows what it was sent and what of it
// it has filled.
type exchange struct {
	stage  *engineStage
	orders []*resting
	asked  []message // F and G without an answer
	heard  []heard   // what the clients heard
	execs  int
}

// resting is an order at a venue.
type resting struct {
	venue    string
	first    string // its first 11
	current  string // the 11 that is in force
	qty, cum int
	acked    bool
	done     bool
}

func (o *resting) leaves() int {
	if o.done {
		return 0
	}
	return o.qty - o.cum
}

// listen takes what was sent to the venues and to the clients since it last did.
func (x *exchange) listen() {
	for _, h := range x.stage.rest() {
		switch {
		case h.peer == "alert":
		case !isVenue(h.peer):
			x.heard = append(x.heard, h)
		case h.msg.kind == "D":
			x.orders = append(x.orders, &resting{venue: h.peer, first: h.msg.get(11), current: h.msg.get(11), qty: h.msg.number(38)})
		case h.msg.kind == "F" || h.msg.kind == "G":
			x.asked = append(x.asked, h.msg)
		}
	}
}

func (x *exchange) find(clOrdID string) *resting {
	for _, o := range x.orders {
		if o.first == clOrdID || o.current == clOrdID {
			return o
		}
	}
	return nil
}

// report says an 8 about an order; more is added to what the order is.
func (x *exchange) report(o *resting, execType, status string, more ...field) error {
	x.execs++
	m := message{kind: "8", fields: append([]field{{150, execType}, {39, status}}, more...)}
	m.fill(11, o.current, 37, "O-"+o.first, 17, fmt.Sprint("T", x.execs), 38, fmt.Sprint(o.qty), 14, fmt.Sprint(o.cum), 151, fmt.Sprint(o.leaves()),
		54, "1", 55, symbol, 6, "0", 60, transactTime)
	if m.has(32) {
		m.fill(31, "49")
	}
	err := x.stage.say(o.venue, m)
	x.listen()
	return err
}

// ack acknowledges what was sent.
func (x *exchange) ack() error {
	x.listen()
	for _, o := range x.orders {
		if !o.acked && !o.done {
			o.acked = true
			if err := x.report(o, "0", "0"); err != nil {
				return err
			}
		}
	}
	return nil
}

// fill fills q shares of what rests, oldest first; what a fill brings out is filled next.
func (x *exchange) fill(q int) error {
	x.listen()
	for i := 0; i < len(x.orders); i++ {
		o := x.orders[i]
		n := min(q, o.leaves())
		if n == 0 {
			continue
		}
		o.cum += n
		q -= n
		status := "1"
		if o.cum == o.qty {
			status, o.done = "2", true
		}
		if err := x.report(o, "F", status, field{32, fmt.Sprint(n)}); err != nil {
			return err
		}
		if q > 0 && i == len(x.orders)-1 {
			settled(x.stage, time.Second)
			x.listen()
		}
	}
	if q > 0 {
		return fmt.Errorf("%d shares more than rest at the venues", q)
	}
	return nil
}

// confirm does what it was asked: it cancels or replaces.
func (x *exchange) confirm() error {
	x.listen()
	for len(x.asked) > 0 {
		m := x.asked[0]
		x.asked = x.asked[1:]
		o := x.find(m.get(41))
		switch {
		case o == nil:
			return fmt.Errorf("asked about an order that was never sent: %v", m)
		case o.done: // it crossed the last fill
		case m.kind == "F":
			o.current, o.done = m.get(11), true
			if err := x.report(o, "4", "4", field{41, m.get(41)}); err != nil {
				return err
			}
		default:
			o.current, o.qty = m.get(11), max(m.number(38), o.cum)
			o.done = o.qty == o.cum
			if err := x.report(o, "5", replacedStatus(o), field{41, m.get(41)}); err != nil {
				return err
			}
		}
	}
	return nil
}

func replacedStatus(o *resting) string {
	switch {
	case o.done:
		return "2"
	case o.cum > 0:
		return "1"
	}
	return "0"
}
