package router

import (
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// parentState is a parent and what the router remembers while it works it.
type parentState struct {
	order.Parent
	symbol   *symbolState
	children []*childState // not done, by id
	standing []standing    // by venue: how this order fared there
	ask      request       // the client's pending cancel or replace
	directed int           // venue id of a directed order, −1 otherwise

	marketVolume market.Qty // printed since arrival
	marketValue  market.Notional
	decisions    uint64
	childCount   uint64
	wave         uint32

	wakeAt       market.Time // of the parent's own timer; 0 = none
	workedAt     market.Time
	waitsBook    bool        // nothing to do until the book changes
	internalNext market.Time // no internalizer before that
	darkNext     market.Time // no dark wave before that
	darkEnd      market.Time // end of the running dark wave; 0 = none runs
	darkGot      bool        // the running wave filled something
	emptyWaves   int         // dark waves in a row without a fill
	litNext      market.Time // no new lit wave before that
	swept        bool        // an IOC parent has had its sweep
	sends        [8]sent     // recent sends, for the repeat throttle (RISK-07)
	sendsAt      int
	repeats      int
	lastHold     event.Stage // the stage that last sent nothing, and when
	heldAt       market.Time
	denials      int // refusals by the gate in a row
}

// sent is what the repeat throttle compares.
type sent struct {
	venue market.VenueID
	qty   market.Qty
	limit market.Price
	style order.Style
	cum   market.Qty
	quote market.Quote
}

// request is a client's cancel or replace that is not yet answered.
type request struct {
	kind        requestKind
	clOrdID     string
	origClOrdID string
	terms       order.Terms
}

type requestKind uint8

const (
	noRequest requestKind = iota
	cancelRequest
	replaceRequest
	expireRequest // our own: the end of the order's time
)

// standing is how one parent fared at one venue: what raises and lowers the next child there.
type standing struct {
	clip      market.Qty // largest next dark child; 0 = not tried yet
	full      int        // lots of the last dark child, if it was filled whole (DRK-04)
	empties   int        // children in a row that got nothing
	coolUntil market.Time
	taken     market.Qty // filled here, for the features' last minute
	takenAt   market.Time
	rejects   int
	barred    bool // a mismatch: no more children of this parent here (ER-15)
}

// childState is a child and what is needed to judge its outcome.
type childState struct {
	order.Child
	parent    *parentState
	view      prediction // of its decision, frozen (LRN-05)
	clOrdID   string     // the one the venue uses now
	canceling bool       // we asked; the outcome is then censored by us
	asked     market.Time
	queried   bool
	unknowns  int // times the venue said it does not know the order
	outcome   bool
	latency   bool // the round trip was measured
}

// symbolState is the market of one symbol as the engine knows it.
type symbolState struct {
	*market.Instrument
	cons    market.Consolidated
	quote   market.Quote
	mids    [128]midPoint // ring, at least 100 ms apart
	head    int
	count   int
	watched int // parents and markouts that need it
	last    market.Price
	fills   []market.Time // our last fill, by venue
	vol     volatility
}

type midPoint struct {
	at  market.Time
	mid market.Price
}

// execution is one booked execution.
type execution struct {
	order.Execution
	child  *childState
	report uint64 // the client's ExecID
	mid    market.Price
	late   bool
	chain  string // latest venue ExecID of its corrections (ER-21)
}

// venueExec finds an execution by the venue's id of any link of its chain.
type venueExec struct {
	venue  market.VenueID
	execID string
}

// exposure is what may still fill over all children: with Cum it never exceeds the order (INV-01).
func (p *parentState) exposure() market.Qty {
	var q market.Qty
	for _, c := range p.children {
		q += c.Exposure()
	}
	return q
}

// unrouted is what is at no venue and not filled.
func (p *parentState) unrouted() market.Qty {
	return max(0, p.Leaves()-p.exposure())
}

// displayed is what the market can see of this order (FIX-08).
func (p *parentState) displayed() market.Qty {
	var q market.Qty
	for _, c := range p.children {
		if c.Style.Displayed() {
			if c.Display > 0 {
				q += min(c.Display, c.Exposure())
			} else {
				q += c.Exposure()
			}
		}
	}
	return q
}

// busy reports whether a child of style is live, at any venue.
func (p *parentState) busy(style order.Style) bool {
	for _, c := range p.children {
		if c.Style == style {
			return true
		}
	}
	return false
}

// at reports whether a child is live at v.
func (p *parentState) at(v market.VenueID) bool {
	for _, c := range p.children {
		if c.Venue == v {
			return true
		}
	}
	return false
}

func (p *parentState) dropChild(c *childState) {
	if i := slices.Index(p.children, c); i >= 0 {
		p.children = slices.Delete(p.children, i, i+1)
	}
}

// venueState is what is known of a venue's connection and service.
type venueState struct {
	*market.Venue
	up      bool
	trips   [64]int64 // ring of the last round trips, ns
	tripsN  int
	median  float64 // µs
	rejects float64 // exponentially weighted share of rejected orders
	answers int
	only    string // names of the plans that prefer this venue
	half    string
}

func newVenueState(v *market.Venue) venueState {
	return venueState{Venue: v, median: v.History.LatencyUs, only: "only " + v.Name, half: "half to " + v.Name}
}

// measured takes one round trip. The median is over the last 64; the first eight keep the configured figure in.
func (v *venueState) measured(trip int64) {
	v.trips[v.tripsN%len(v.trips)] = trip
	v.tripsN++
	if v.tripsN < 8 || v.tripsN%8 != 0 {
		return
	}
	n := min(v.tripsN, len(v.trips))
	var sorted [64]int64
	copy(sorted[:], v.trips[:n])
	slices.Sort(sorted[:n])
	v.median = float64(sorted[n/2]) / float64(market.Microsecond)
}

// answered takes one order's fate.
func (v *venueState) answered(rejected bool) {
	x := 0.0
	if rejected {
		x = 1
	}
	const keep = .95
	v.rejects = float64(keep*v.rejects) + float64((1-keep)*x)
	v.answers++
}

// stopped reports whether the venue refuses too much to be used: more than one order in five (SAF-04).
func (v *venueState) stopped() bool { return v.answers >= 20 && v.rejects > .2 }
