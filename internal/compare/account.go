package compare

import (
	"math"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Parts are the parts of one parent's implementation shortfall, in bps of its arrival value, positive is a cost. They sum to
// the shortfall.
//
//	spread       s·(price − mid when the fill reached us), over the fills
//	fees         venues' fees less rebates, and regulators' charges
//	impact       s·(mid − arrival mid) − timing, over the fills: what trading did to the price
//	timing       s·(fundamental then − at arrival), over the fills: the market's own way, with who was met on it
//	opportunity  s·(far side at the end + taking fee − arrival mid), over what stayed unfilled
//
// On a recorded market the fundamental is the recorded mid.
type Parts struct {
	Spread, Fees, Impact, Timing, Opportunity float64
}

// Total is the implementation shortfall.
func (p *Parts) Total() float64 { return p.Spread + p.Fees + p.Impact + p.Timing + p.Opportunity }

// Outcome is how one parent came out.
type Outcome struct {
	Qty, Filled market.Qty
	Received    market.Time
	Took        int64 // ns from arrival to its last fill; to its end where something stayed unfilled
	Parts
}

// VenueTally is what one policy's children did at one venue.
type VenueTally struct {
	Children, Fills  int
	Judged, Hit      int // children with an outcome, and those that got something
	Sent, Filled     market.Qty
	Fees             market.Money
	Markouts         int // at the deciding horizon: 1 s at displayed venues, 10 s in the dark
	MarkoutSum       float64
	FillProb, ToxBps float64 // the learner's latest estimates
}

// ledger books what a policy's parents and venues did.
type ledger struct {
	desk    *desk
	open    map[order.ParentID]*account
	byID    []Outcome // in the order of arrival
	venues  []VenueTally
	displ   []bool
	refused int // parents that the router did not take
	blind   int // parents that arrived without a quote
	marks   int // shares-unweighted markouts at the deciding horizon
	markSum float64
}

// account is one parent while it works. Sums are micro-dollars times shares, as float64.
type account struct {
	index   int
	terms   order.Terms
	at      market.Time
	arrival float64 // mid
	fair    float64
	known   bool // the market has a fundamental
	filled  market.Qty
	last    market.Time
	spread  float64
	impact  float64
	timing  float64
	fees    float64
}

func newLedger(d *desk) *ledger {
	l := &ledger{desk: d, open: map[order.ParentID]*account{}, venues: make([]VenueTally, len(d.config.Venues))}
	for i := range d.config.Venues {
		l.displ = append(l.displ, d.config.Venues[i].Type.Displayed())
	}
	d.onExec, d.onEnd, d.onFact, d.onSend, d.onNew = l.executed, l.ended, l.fact, l.sent, l.expect
	return l
}

// expect opens the account of a parent that is sent now.
func (l *ledger) expect(id order.ParentID, t *order.Terms) {
	q := l.desk.market.NBBO(t.Symbol)
	a := &account{index: len(l.byID), terms: *t, at: l.desk.market.Now(), arrival: float64(q.Mid())}
	a.fair, a.known = l.desk.market.Fair(t.Symbol)
	if a.arrival <= 0 { // nobody quotes both sides: what the price was before
		l.blind++
		a.arrival = float64(l.desk.config.Instruments[l.desk.feed.symbols[t.Symbol]].PriorClose)
		if a.known {
			a.arrival = a.fair
		}
	}
	l.open[id] = a
	l.byID = append(l.byID, Outcome{Qty: t.Qty, Received: a.at})
}

func (l *ledger) sent(c *order.Child) {
	v := &l.venues[c.Venue]
	v.Children++
	v.Sent += c.Qty
}

func (l *ledger) executed(x *event.RecordExecution) {
	a := l.open[x.Exec.Parent]
	if a == nil || x.Exec.Busted {
		return
	}
	v := &l.venues[x.Exec.Key.Venue]
	v.Fills++
	v.Filled += x.Exec.Qty
	v.Fees += x.Exec.Fee
	q, s, mid := float64(x.Exec.Qty), float64(a.terms.Side.Sign()), float64(x.Mid)
	if mid <= 0 {
		mid = float64(x.Exec.Px)
	}
	timing := s * (mid - a.arrival)
	if fair, ok := l.desk.market.Fair(a.terms.Symbol); ok && a.known {
		timing = s * (fair - a.fair)
	}
	a.filled += x.Exec.Qty
	a.last = l.desk.market.Now()
	a.spread += q * s * (float64(x.Exec.Px) - mid)
	a.timing += q * timing
	a.impact += q * (s*(mid-a.arrival) - timing)
	a.fees += float64(x.Exec.Fee + x.Exec.Reg)
}

func (l *ledger) ended(p *event.RecordParent) {
	if p.Parent.State == order.Rejected {
		l.refused++
	}
	l.close(p.Parent.ID)
}

// close books a parent as it stands.
func (l *ledger) close(id order.ParentID) {
	a := l.open[id]
	if a == nil {
		return
	}
	delete(l.open, id)
	o := &l.byID[a.index]
	value := a.arrival * float64(a.terms.Qty) / 1e4
	if value <= 0 {
		return
	}
	o.Filled, o.Took = a.filled, a.last.Sub(a.at)
	left := a.terms.Qty - a.filled
	if left > 0 {
		o.Took = l.desk.market.Now().Sub(a.at)
		o.Opportunity = l.cleanUp(a) * float64(left) / value
	}
	o.Spread, o.Fees, o.Impact, o.Timing = a.spread/value, a.fees/value, a.impact/value, a.timing/value
}

// takeFee is what taking costs in the clean-up of what stayed unfilled: the access-fee cap of Rule 610(c), micro-dollars.
const takeFee = 3_000

// cleanUp is what a share costs that must be taken at the parent's end, against the arrival mid.
func (l *ledger) cleanUp(a *account) float64 {
	q := l.desk.market.NBBO(a.terms.Symbol)
	far := float64(q.Far(a.terms.Side))
	if far <= 0 {
		far = float64(q.Mid())
	}
	if far <= 0 {
		far = a.arrival
	}
	return float64(a.terms.Side.Sign())*(far-a.arrival) + takeFee
}

func (l *ledger) fact(o *event.RecordOutcome) {
	v := &l.venues[o.Venue]
	if o.What == event.OutcomeFill {
		v.Judged++
		if o.Got > 0 {
			v.Hit++
		}
	}
	if o.What == event.OutcomeFill && o.Refused == "" {
		v.FillProb = o.FillProb
	}
	horizon := 10 * market.Second
	if l.displ[o.Venue] {
		horizon = market.Second
	}
	if o.What != event.OutcomeMarkout || o.HorizonNs != horizon || math.IsNaN(o.Value) {
		return
	}
	v.ToxBps = o.ToxBps
	v.Markouts++
	v.MarkoutSum += o.Value
	l.marks++
	l.markSum += o.Value
}
