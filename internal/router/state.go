package router

import (
	"slices"

	"github.com/sluice-sor/sluice/bandit"
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
	latched  bool          // a rule or contradicting reports stopped it: two people let it go on, whatever was asked since (RISK-12)
	withheld market.Qty    // freed by busts: not routed again until a person or the client says so (ER-22)
	names    []string      // every ClOrdID of its chain, to be forgotten with it
	ids      []order.ChildID

	marketVolume market.Qty // printed since arrival
	marketValue  market.Notional
	decisions    uint64
	explored     float64 // what exploring was expected to cost so far, bps·shares
	lost         float64 // by its randomized decisions against static in the period lostIn of the day's loss, dollars
	lostIn       uint32
	taught       bool   // H4 was told what it cost
	slot         uint32 // serial of the model that serves it
	enrolled     bool   // it is one of the live orders of an experiment
	control      bool   // its arm is the static plan
	childCount   uint64
	wave         uint32

	daily
	endsAt       market.Time // when its time is over
	forgetAt     market.Time // when it may be forgotten, once it is done
	wakeAt       market.Time // of the parent's own timer; 0 = none
	workedAt     market.Time
	waitsBook    bool        // nothing to do until the book changes
	internalNext market.Time // no internalizer before that
	darkNext     market.Time // no dark wave before that
	darkEnd      market.Time // end of the running dark wave; 0 = none runs
	darkSent     market.Qty  // of the running wave
	darkGot      market.Qty  // of the running wave, and what internalizers filled meanwhile
	emptyWaves   int         // dark waves in a row that brought nothing, for a block next to nothing
	shown        bool        // a block has posted: it waits for the dark alone no longer
	litNext      market.Time // no new lit wave before that
	sends        [8]sent     // recent sends, for the repeat throttle (RISK-07)
	sendsAt      int
	repeats      int
	vetoes       []veto      // what the gate refused of it, by rule
	lastHold     event.Stage // the stage that last sent nothing, and when
	heldAt       market.Time
	lineHeldAt   market.Time // when it was last recorded that it waits for sessions that are behind
	idle         int         // looks in a row that could send nothing, of the stages that wait for the market
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

// request is what a parent is waiting to do once its children allow it.
type request struct {
	kind    requestKind
	clOrdID string // of the client's request
	orig    string // the ClOrdID that was in force when it came
	terms   order.Terms
	mass    bool // it came with a mass cancel
}

type requestKind uint8

const (
	noRequest       requestKind = iota
	cancelRequest               // the client asked
	replaceRequest              // the client asked
	withdrawRequest             // a person, or a client that stayed away
	expireRequest               // the end of the order's time
	dayRequest                  // the end of its day, see daily
	steerRequest                // a person narrowed its terms, or took that back
)

// yields reports whether a cancel may take the request's place: a replace is answered first, and the end of a day is not the
// end of the order.
func (k requestKind) yields() bool {
	switch k {
	case noRequest, replaceRequest, dayRequest, steerRequest:
		return true
	}
	return false
}

// standing is how one parent fared at one venue: what raises and lowers the next child there.
type standing struct {
	clip      market.Qty  // largest next dark child; 0 = not tried yet
	full      int         // lots of the last dark child, if it was filled whole (DRK-04)
	empties   int         // resting children in a row that got nothing
	coolUntil market.Time // silence: nothing rests here before that
	shutUntil market.Time // refusals: nothing at all goes here before that
	refusals  int         // in a row
	misses    int         // takes in a row that got nothing
	missedAt  market.Time // when the last of them was decided
	taken     market.Qty  // filled here, for the features' last minute
	takenAt   market.Time
	touchedAt market.Time // when a child last went here (RISK-11)
	disputes  int         // children of which the venue counts more than we: nothing more goes here (ER-15)
}

// shut keeps everything of the parent away from a venue that refused: a second, then twice as long each time.
func (s *standing) shut(now market.Time) {
	s.shutUntil = max(s.shutUntil, now.Add(market.Second<<min(s.refusals, 6)))
	s.refusals++
}

// childState is a child and what is needed to judge its outcome.
type childState struct {
	order.Child
	parent *parentState
	view   *prediction // of its decision, frozen (LRN-05); nil once nothing more can be learned
	second *opinion    // what the slot that did not decide said of it; nil if there was none
	replacing
	execs     []*execution
	parked    []revision      // busts and corrections that came before their execution (ER-21)
	end       order.Happening // the venue said it ended, with endCum filled, of which some has not come yet
	endCum    market.Qty
	stated    market.Qty  // the most that the venue said is filled
	disputed  bool        // stated is more than we booked
	doubtAt   market.Time // since when it is in doubt
	resolved  bool        // a person said how it ended
	canceling bool        // withdrawal is wanted; the outcome is then censored by us
	asked     market.Time
	paged     bool        // a person was told that nobody answers for it
	askDue    market.Time // when the answer to our question is overdue; 0 = none asked
	unheard   int         // questions since the venue last answered one
	unknowns  int         // times in a row the venue said it does not know the order; of one that ended: it ended by that
	watching  int         // markouts on their way
	unknownTo market.Time // the question, by its askDue, that the last of them answered
	outcome   bool        // the learner was told what it brought
	restedTo  market.Time // when that was
	ranked    bool        // it counted for the venue's standing
	scored    bool        // the newer of two models was compared by a markout of it
	tried     bool        // its decision is one of the ramp's trials
	later     market.Qty  // filled after its outcome was told, at another place than its decision's
	latency   bool        // the round trip was measured
	inLine    bool        // it waits in its venue's session, see line
	tookBack  bool        // its venue withdrew it without being asked, for a reason that says nothing about liquidity
}

// symbolState is the market of one symbol as the engine knows it.
type symbolState struct {
	*market.Instrument
	cons    market.Consolidated
	quote   market.Quote
	mids    [128]midPoint // ring, at least 100 ms apart
	head    int
	count   int
	watched int           // parents and markouts that need it
	fills   []market.Time // our last fill, by venue
	vol     volatility
	own     bandit.Footprint // of what we took
	asOf    market.Time      // of quote
	band    market.BandReference
	sides   [2][]*parentState // the live parents that buy, and those that sell, by id: an index of Engine.live
}

// side gives the parents of a symbol that buy, or those that sell.
func (s *symbolState) side(buys bool) *[]*parentState {
	if buys {
		return &s.sides[0]
	}
	return &s.sides[1]
}

type midPoint struct {
	at  market.Time
	mid market.Price
}

// grow gives a parent that works, or did, a standing at every venue.
func (p *parentState) grow(venues int) {
	for len(p.standing) > 0 && len(p.standing) < venues {
		p.standing = append(p.standing, standing{})
	}
}

// exposure is what may still fill over all children: with Cum it never exceeds the order (INV-01).
func (p *parentState) exposure() market.Qty {
	var q market.Qty
	for _, c := range p.children {
		q += c.Exposure()
	}
	return q
}

// unrouted is what is at no venue, not filled and not withheld.
func (p *parentState) unrouted() market.Qty {
	return max(0, p.Leaves()-p.exposure()-p.withheld)
}

// minQty is the smallest execution the client accepts now: what it asked for, or all that is left (FIX-08).
func (p *parentState) minQty() market.Qty { return min(p.Terms.MinQty, p.Leaves()) }

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

// busy reports whether a child of style works at any venue and its fate is not in doubt: a child in doubt, or one that its
// venue stopped, suspended or ended for the day, keeps its quantity reserved, but the rest of the order does not wait for it.
func (p *parentState) busy(style order.Style) bool {
	for _, c := range p.children {
		if c.Style == style && !c.InDoubt && c.State <= order.PartiallyFilled {
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
	median  float64     // µs
	recent  float64     // µs, exponentially weighted, of round trips one after the other; see slow
	heardAt market.Time // when the last round trip that recent took ended
	rejects float64     // exponentially weighted share of rejected orders
	answers int
	rests   market.Time // refused too much, or too slow: nobody uses it before that (SAF-04)
	because string      // why it rests
	line    line        // what waits in its session
	only    string      // names of the plans that prefer this venue
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

// slow takes the same round trip, of an order that went out at sent, against the median of the last 64, and reports that
// the venue must rest: its recent ones take more than five times its usual (SAF-04), and longer than least. Below least
// (Tactics.SlowVenue, of the order of the shortest wait of any tactic) no plan of the router depends on the difference: the
// scores and the learner reckon with it, and a machine that is busy for a moment is no venue that stalls.
//
// The rule needs a median of its own, sixteen trips. A trip weighs an eighth and counts twice the bound at most, so that it
// takes five bad ones in a row or more: no tail of a latency's distribution is a stall. Of orders that were on their way
// together only the first to come counts: one pause, which may be ours, is one observation, however many orders met it.
// After its minute a venue begins with the median, and one that stays slow moves the median within a few such minutes: then
// that is what it is.
func (v *venueState) slow(now, sent market.Time, trip, least int64) bool {
	const (
		keep  = .875
		stop  = 5
		known = 16
	)
	if v.tripsN < known {
		return false
	}
	if v.recent == 0 {
		v.recent = v.median
	}
	if sent < v.heardAt {
		return false
	}
	v.heardAt = now
	bound := max(float64(stop*v.median), float64(least)/float64(market.Microsecond))
	us := min(float64(trip)/float64(market.Microsecond), float64(2*bound))
	v.recent = float64(keep*v.recent) + float64((1-keep)*us)
	if v.recent <= bound {
		return false
	}
	v.recent = v.median
	v.rest(now, restSlow)
	return true
}

// Why a venue rests.
const (
	restRefuses = "refuses more than one order in five"
	restSlow    = "answers five times slower than usual"
)

// rest keeps a venue out of every decision for a minute (SAF-04).
func (v *venueState) rest(now market.Time, why string) {
	v.rests, v.because = now.Add(market.Minute), why
}

// answered takes one order's fate, and reports that the venue must rest. A venue that refuses more than one order in five rests for a minute and is then tried
// again with a clean sheet: a mark that never expires would shut it for the day (SAF-04, MD-02).
func (v *venueState) answered(now market.Time, rejected bool) bool {
	x := 0.0
	if rejected {
		x = 1
	}
	const keep = .95
	v.rejects = float64(keep*v.rejects) + float64((1-keep)*x)
	if v.answers++; v.answers < 20 || v.rejects <= .2 {
		return false
	}
	v.answers, v.rejects = 0, 0
	v.rest(now, restRefuses)
	return true
}
