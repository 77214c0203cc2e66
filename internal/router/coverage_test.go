package router

import (
	"fmt"
	"math"
	"strings"

	"github.com/sluice-sor/sluice/internal/order"
)

// fault is something that goes wrong, or that somebody does at a bad moment.
type fault uint8

const (
	faultDisconnect fault = iota
	faultLostTail
	faultRestart
	faultLostIntent
	faultDenied
	faultSilence
	faultDelay
	faultDuplicate
	faultReorder
	faultReject
	faultCancelReject
	faultUnsolicited
	faultSuspend
	faultRestatement
	faultLateFill
	faultBust
	faultCorrection
	faultHalt
	faultClockAhead
	faultClockBack
	faultModel
	faultPoison
	faultClientDown
	faultClientCancel
	faultClientReplace
	faultRepeatedOrder
	faultSteer
	faultMassCancel
	faultQuestion
	faultDegrade
	faultRestore
	faultResolve
	faults
)

var faultNames = [faults]string{"disconnect", "lost tail", "restart", "lost intent", "denied", "silence", "delay", "duplicate", "reorder",
	"reject", "cancel reject", "unsolicited", "suspend", "restatement", "late fill", "bust", "correction", "halt", "clock ahead", "clock back",
	"model swap", "poison", "client down", "client cancel", "client replace", "repeated order", "steer", "mass cancel", "trade question", "degrade", "snapshot", "person decides"}

// column is the state of an order when a fault struck it: of a child, or of a parent where the fault is its client's or
// an operator's.
type column uint8

const (
	inPendingNew column = iota
	inNew
	inPartial
	inStopped
	inSuspended
	inPendingCancel
	inPendingReplace
	inDoubt
	inFilled
	inCanceled
	inExpired
	inRejected
	inNeverSent
	columns
)

var columnNames = [columns]string{"pending new", "new", "partial", "stopped", "suspended", "pend.cancel", "pend.replace", "in doubt",
	"filled", "canceled", "expired", "rejected", "never sent"}

// coverage counts how often each fault struck an order in each state (TEST-00): defects hide where a generator does not go.
type coverage struct {
	hits [faults][columns]uint64
	seen map[string]uint64
}

func newCoverage() *coverage { return &coverage{seen: map[string]uint64{}} }

func (c *coverage) add(o *coverage) {
	for f := range c.hits {
		for s := range c.hits[f] {
			c.hits[f][s] += o.hits[f][s]
		}
	}
	for k, n := range o.seen {
		c.seen[k] += n
	}
}

// stateColumn is the column of a state without its pending facts.
func stateColumn(s order.State) column {
	switch s {
	case order.PendingNew:
		return inPendingNew
	case order.New:
		return inNew
	case order.PartiallyFilled:
		return inPartial
	case order.Stopped:
		return inStopped
	case order.Suspended, order.DoneForDay:
		return inSuspended
	case order.Filled:
		return inFilled
	case order.Canceled:
		return inCanceled
	case order.Expired:
		return inExpired
	case order.Rejected:
		return inRejected
	}
	return inNeverSent
}

func childColumn(c *childState) column {
	switch {
	case c.State.Done():
	case c.InDoubt:
		return inDoubt
	case c.PendingReplace:
		return inPendingReplace
	case c.PendingCancel:
		return inPendingCancel
	}
	return stateColumn(c.State)
}

func parentColumn(p *parentState) column {
	switch p.ask.kind {
	case noRequest, steerRequest:
		return stateColumn(p.State)
	case replaceRequest:
		return inPendingReplace
	}
	return inPendingCancel
}

// struck counts a fault of a child.
func (w *chaos) struck(f fault, id order.ChildID) {
	if c := w.e.children[id]; c != nil {
		w.cover.hits[f][childColumn(c)]++
	}
}

// struckAll counts a fault of everything: every child that a venue has, and the last that ended.
func (w *chaos) struckAll(f fault) {
	n := len(w.ids)
	for i := n - 1; i >= 0 && i >= n-40; i-- {
		w.struck(f, w.ids[i])
	}
}

// struckParent counts what a client or an operator did to a parent.
func (w *chaos) struckParent(f fault, id order.ParentID) {
	if p := w.e.parents[id]; p != nil {
		w.cover.hits[f][parentColumn(p)]++
	}
}

// table prints the counts, a fault a line; what cannot be is a dash, what should be and is not an exclamation mark.
func (c *coverage) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-15s", "fault \\ state")
	for _, n := range columnNames {
		fmt.Fprintf(&b, " %12s", n)
	}
	for f := range faults {
		fmt.Fprintf(&b, "\n%-15s", faultNames[f])
		for s := range columns {
			switch n := c.hits[f][s]; {
			case n > 0:
				fmt.Fprintf(&b, " %12d", n)
			case unreachable(f, s) != "":
				fmt.Fprintf(&b, " %12s", "-")
			default:
				fmt.Fprintf(&b, " %12s", "!")
			}
		}
	}
	return b.String()
}

// empty names the cells that n worlds should have reached and did not.
func (c *coverage) empty(n uint64) (cells []string) {
	for f := range faults {
		for s := range columns {
			if c.hits[f][s] == 0 && n >= demanded(f, s) {
				cells = append(cells, faultNames[f]+" × "+columnNames[s])
			}
		}
	}
	return cells
}

// demanded is how many worlds must reach a cell. Orders are stopped, suspended or wait for a replace for moments only, so
// that it takes a hundred times as many worlds to meet them there.
func demanded(f fault, s column) uint64 {
	const often, seldom = 10_000, 1_000_000
	switch {
	case unreachable(f, s) != "":
		return math.MaxUint64
	case s == inStopped, s == inSuspended, s == inPendingReplace, f == faultLostTail, f == faultLateFill, f == faultCorrection:
		return seldom
	}
	return often
}

// unreachable says why a fault cannot meet an order in a state, empty if it can.
func unreachable(f fault, s column) string {
	switch f {
	case faultClientDown, faultClientCancel, faultClientReplace, faultRepeatedOrder, faultSteer, faultMassCancel, faultQuestion:
		switch s {
		case inPendingNew:
			return "a parent is acknowledged by the event that brings it"
		case inStopped, inSuspended, inDoubt, inNeverSent:
			return "a state of children only"
		}
		if f == faultQuestion && (s == inNew || s == inRejected) {
			return "it has a fill; a bust of the only one is a case of the bust's row"
		}
		return ""
	}
	switch f {
	case faultResolve:
		if s != inDoubt {
			return "people decide only on what is in doubt"
		}
	case faultLostIntent:
		if s != inPendingNew && s != inPendingCancel && s != inDoubt {
			return "nobody has reported on an order that was not handed over"
		}
	case faultReject:
		if s == inPartial || s == inStopped || s == inSuspended || s >= inFilled {
			return "a venue refuses only what it has not begun to work"
		}
	case faultUnsolicited, faultSuspend, faultRestatement:
		if s >= inFilled {
			return "a venue does this only to what it works"
		}
	case faultLateFill:
		switch s {
		case inFilled:
			return "nothing is left to fill"
		case inPendingNew, inStopped, inSuspended, inPendingReplace:
			return "its end would have to be still on its way, unheard of: a reordering, which has its own row"
		}
	}
	switch f {
	case faultLateFill, faultBust, faultCorrection:
		if s == inNeverSent || s == inRejected {
			return "its venue never worked it"
		}
	}
	return ""
}
