package order

import "fmt"

// State is where an order stands, as FIX tag 39 without the pending states: a pending cancel or replace is a fact
// beside the state (see Child.PendingCancel), because it ends in the state that was there before.
type State uint8

// The states. The zero State is no order.
const (
	PendingNew      State = iota + 1 // intent durable, not yet accepted
	New                              // accepted, nothing filled
	PartiallyFilled                  // some filled, more may
	Stopped                          // the venue guarantees the rest; never routed elsewhere (ER-11)
	Suspended                        // at the venue but not working
	DoneForDay                       // not working until the next day
	Filled                           // everything filled
	Canceled                         // the rest is withdrawn
	Expired                          // the rest lapsed (IOC, FOK, day end)
	Rejected                         // the venue refused it
	NeverSent                        // we know that no byte left (REC-06)
)

var stateNames = [...]string{"none", "pending new", "new", "partially filled", "stopped", "suspended",
	"done for day", "filled", "canceled", "expired", "rejected", "never sent"}

func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// Done reports whether the order is terminal. A late fill or a bust may still change a terminal order (RACE-02, ER-20).
func (s State) Done() bool { return s >= Filled }

// FIX gives the letter of tag 39.
func (s State) FIX() byte {
	switch s {
	case PendingNew:
		return 'A'
	case New:
		return '0'
	case PartiallyFilled:
		return '1'
	case Stopped:
		return '7'
	case Suspended:
		return '9'
	case DoneForDay:
		return '3'
	case Filled:
		return '2'
	case Canceled:
		return '4'
	case Expired:
		return 'C'
	default:
		return '8'
	}
}

// Happening is what a venue (or our own transport) says about an order.
type Happening uint8

// The happenings.
const (
	WasAccepted Happening = iota + 1
	WasFilled             // an execution; Leaves decides whether any is left
	WasCanceled
	WasExpired
	WasRejected
	WasStopped
	WasSuspended
	WasDoneForDay
	WasReplaced
	WasBusted // an execution taken back or made smaller
	WasDenied // our own transport refused before a byte left
)

var happeningNames = [...]string{"nothing", "accepted", "filled", "canceled", "expired", "rejected", "stopped",
	"suspended", "done for day", "replaced", "busted", "denied"}

func (h Happening) String() string {
	if int(h) < len(happeningNames) {
		return happeningNames[h]
	}
	return fmt.Sprintf("happening %d", uint8(h))
}

// Ends reports whether h takes an order out of the market for good.
func (h Happening) Ends() bool {
	return h == WasCanceled || h == WasExpired || h == WasRejected || h == WasDenied
}

// Next is the state table of both parents and children: the state after h happened in state s, given what is filled
// and left after it. ok is false where the table has no row: the report is lawful nowhere in the matrices, is counted
// and changes nothing.
func Next(s State, h Happening, cum, leaves int64) (next State, ok bool) {
	switch h {
	case WasAccepted:
		switch s {
		case PendingNew, New:
			return New, true
		case Suspended, DoneForDay: // restated the next morning, or resumed
			return working(cum), true
		case PartiallyFilled, Stopped:
			return s, true // an acceptance that arrives after its first fill changes nothing (ER-15)
		}
	case WasFilled:
		switch s {
		case PendingNew, New, PartiallyFilled, Suspended:
			return filledOr(working(cum), leaves), true
		case Stopped, DoneForDay:
			return filledOr(s, leaves), true
		case Canceled, Expired, Rejected, NeverSent: // RACE-02: a fill after the end is real; leaves stay 0
			return s, true
		}
	case WasCanceled, WasExpired:
		switch s {
		case PendingNew, New, PartiallyFilled, Stopped, Suspended, DoneForDay:
			if h == WasExpired {
				return Expired, true
			}
			return Canceled, true
		}
	case WasRejected:
		if s == PendingNew || s == New { // New: a venue may acknowledge and then refuse
			return Rejected, true
		}
	case WasStopped:
		if s == PendingNew || s == New || s == PartiallyFilled {
			return Stopped, true
		}
	case WasSuspended:
		switch s {
		case PendingNew, New, PartiallyFilled, Stopped:
			return Suspended, true
		}
	case WasDoneForDay:
		switch s {
		case New, PartiallyFilled, Stopped, Suspended:
			return DoneForDay, true
		}
	case WasReplaced: // ER-06: the new total may equal what is filled; a GTC order is restated the next morning
		switch s {
		case PendingNew, New, PartiallyFilled, Suspended, DoneForDay, Filled:
			return filledOr(working(cum), leaves), true
		case Stopped: // reduced by its venue: the guarantee stands for what is left (ER-10, ER-11)
			return filledOr(s, leaves), true
		}
	case WasBusted:
		switch s {
		case New, PartiallyFilled, Stopped, Suspended, DoneForDay:
			if s == PartiallyFilled && cum == 0 {
				return New, true
			}
			return s, true
		case Filled: // ER-20: active again, leaves grew
			return filledOr(working(cum), leaves), true
		case Canceled, Expired, Rejected, NeverSent: // leaves stay 0 and 39 stays
			return s, true
		}
	case WasDenied:
		if s == PendingNew {
			return NeverSent, true
		}
	}
	return s, false
}

func working(cum int64) State {
	if cum > 0 {
		return PartiallyFilled
	}
	return New
}

func filledOr(s State, leaves int64) State {
	if leaves == 0 {
		return Filled
	}
	return s
}
