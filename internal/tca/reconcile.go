package tca

import (
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Reconcile makes the report of one parent. Records that contradict each other are no error but lines of
// Report.Breaks; an error says that there is no parent, that records belong to another one, or that an amount does
// not fit into 64 bits of micro-dollars.
func Reconcile(in Input) (Report, error) {
	if in.Parent == nil {
		return Report{}, fmt.Errorf("tca: a report needs the parent's record")
	}
	if err := in.check(); err != nil {
		return Report{}, err
	}
	w := newWork(in)
	w.benchmarks()
	for i := range w.fills {
		w.addFill(&w.fills[i])
	}
	for _, c := range in.Children {
		w.addChild(&c.Child)
	}
	w.conclude()
	w.report.Breaks = w.breaks()
	if w.overflow {
		return Report{}, fmt.Errorf("tca: parent %d: an amount exceeds %d dollars", in.Parent.Parent.ID, int64(1<<63-1)/market.Dollar)
	}
	return w.report, nil
}

func (in *Input) check() error {
	id := in.Parent.Parent.ID
	wrong := func(what string, n uint64, of order.ParentID) error {
		return fmt.Errorf("tca: %s %d belongs to parent %d, not to %d", what, n, of, id)
	}
	for _, c := range in.Children {
		if c.Child.Parent != id {
			return wrong("child", uint64(c.Child.ID), c.Child.Parent)
		}
	}
	for _, x := range in.Executions {
		if x.Exec.Parent != id {
			return wrong("execution", x.ExecID, x.Exec.Parent)
		}
	}
	for _, d := range in.Decisions {
		if d.Parent != id {
			return wrong("decision", d.Decision, d.Parent)
		}
	}
	for _, o := range in.Outcomes {
		if o.Parent != id {
			return wrong("an outcome of decision", o.Decision, o.Parent)
		}
	}
	return nil
}

// work is a report in the making.
type work struct {
	exact
	in        Input
	sign      market.Price // +1 or −1
	fills     []fill       // one an execution key, busted ones too, in the order of their first record
	decisions map[uint64]*event.RecordDecision
	report    Report
	total     market.Money // Σ s·p·q − s·F·A + fees + opportunity, straight from the definition
}

// fill is one execution with the mids it is measured against.
type fill struct {
	*event.RecordExecution
	quote         market.Quote // when its child was decided; zero if unknown
	decided, seen market.Price // D and M, never 0 if any benchmark is known
	taken         market.Qty   // of a bust, whose own record may say 0 left
}

func newWork(in Input) *work {
	p := &in.Parent.Parent
	t := &p.Terms
	w := &work{in: in, sign: market.Price(t.Side.Sign()), decisions: make(map[uint64]*event.RecordDecision, len(in.Decisions))}
	for _, d := range in.Decisions {
		w.decisions[d.Decision] = d
	}
	w.fills = lastOfEach(in.Executions)
	w.report = Report{
		Parent: p.ID, Client: p.Client, ClOrdID: p.ClOrdID, Account: t.Account, Symbol: t.Symbol, Side: t.Side.String(),
		Strategy: t.Strategy.String(), Objective: t.Objective.String(), Urgency: t.Urgency.String(),
		State: p.State.String(), Reason: p.Reason, Done: p.State.Done(),
		Qty: t.Qty, Received: p.Received, Ended: p.DoneAt, Decisions: int64(len(in.Decisions)), ExploreBps: in.Parent.ExploreBps,
		MarketVolume: in.Parent.MarketVolume,
		Day:          in.Hours.Day(p.Received).Date,
		Markouts:     []Markout{}, Venues: []Line{}, Styles: []Line{}, // as JSON: [], never null
		Reversions: []Reversion{}, Charges: []Charge{}, Restated: []Restated{},
	}
	if !w.report.Done || p.DoneAt == 0 {
		w.report.Ended = in.Parent.At
	}
	w.report.DurationNs = max(0, w.report.Ended.Sub(p.Received))
	return w
}

// lastOfEach keeps the last record of every execution.
func lastOfEach(records []*event.RecordExecution) []fill {
	place := make(map[order.ExecKey]int, len(records))
	var out []fill
	for _, x := range records {
		at, ok := place[x.Exec.Key]
		if !ok {
			at = len(out)
			place[x.Exec.Key] = at
			out = append(out, fill{})
		}
		if x.Exec.Qty > 0 {
			out[at].taken = x.Exec.Qty
		}
		out[at].RecordExecution = x
	}
	return out
}

// benchmarks settles A, every D and M, and E, each falling back as the package text says.
func (w *work) benchmarks() {
	r := &w.report
	r.Arrival, r.ArrivalSource = w.arrival()
	last, lastAt, lastFrom := r.Arrival, market.Time(0), r.ArrivalSource
	for i := range w.fills {
		x := &w.fills[i]
		x.decided = r.Arrival
		if d := w.decisions[x.Decision]; d != nil {
			x.quote = d.Quote
			if mid := market.Mid(d.Quote.Bid, d.Quote.Ask); mid > 0 {
				x.decided = mid
			}
		}
		x.seen = x.decided
		if x.Mid > 0 {
			x.seen = x.Mid
			if x.Exec.At >= lastAt {
				last, lastAt, lastFrom = x.Mid, x.Exec.At, FromFill
			}
		}
	}
	r.EndMid, r.EndSource = last, lastFrom
	if w.in.Parent.EndMid > 0 {
		r.EndMid, r.EndSource = w.in.Parent.EndMid, FromEnd
	}
}

// arrival gives A: the mid at receipt, else the first mid known after it.
func (w *work) arrival() (market.Price, Source) {
	if a := w.in.Parent.Parent.Arrival; a > 0 {
		return a, FromArrival
	}
	for _, d := range w.in.Decisions {
		if mid := market.Mid(d.Quote.Bid, d.Quote.Ask); mid > 0 {
			return mid, FromDecision
		}
	}
	for i := range w.fills {
		if mid := w.fills[i].Mid; mid > 0 {
			return mid, FromFill
		}
	}
	if mid := w.in.Parent.EndMid; mid > 0 {
		return mid, FromEnd
	}
	return 0, FromNothing
}

// addFill books one execution into the report, its venue, its style and the parts of the shortfall.
func (w *work) addFill(x *fill) {
	var s Sums
	if x.Exec.Busted {
		s.Busts, s.Busted = 1, x.taken
	} else {
		s = w.sumsOf(x)
		w.shortfallOf(x, &s)
		w.charge(x, &s)
	}
	w.spread(&s, x.Exec.Key.Venue, x.Style)
}

func (w *work) sumsOf(x *fill) Sums {
	e := &x.Exec
	s := Sums{Fills: 1, Filled: e.Qty, Value: w.times(e.Px, e.Qty), Reg: e.Reg, Fee: max(e.Fee, 0), Rebate: min(e.Fee, 0)}
	if a := w.report.Arrival; a > 0 {
		s.ArrivalCost = w.times(w.sign*w.minus(e.Px, a), e.Qty)
		s.ArrivalValue = w.times(a, e.Qty)
		s.Delay = w.times(w.sign*w.minus(x.decided, a), e.Qty)
		s.Timing = w.times(w.sign*w.minus(x.seen, x.decided), e.Qty)
		s.Spread = w.times(w.sign*w.minus(e.Px, x.seen), e.Qty)
	}
	if q := x.quote; q.Bid > 0 && q.Ask > q.Bid {
		s.Captured = w.times(w.sign*w.minus(x.seen, e.Px), e.Qty)
		s.Quoted = w.times(w.minus(q.Ask, q.Bid), e.Qty)
	}
	return s
}

// spread adds s to the report, the venue's line and the style's line.
func (w *work) spread(s *Sums, venue market.VenueID, style order.Style) {
	r := &w.report
	w.merge(&r.Sums, s)
	w.merge(&venueLine(&r.Venues, venue, w.in.Venues.Of(venue)).Sums, s)
	w.merge(&styleLine(&r.Styles, style).Sums, s)
}

func (w *work) addChild(c *order.Child) {
	if c.State == order.NeverSent {
		return
	}
	s := Sums{Children: 1, Sent: c.Qty}
	if c.State == order.Rejected {
		s.Rejects = 1
	}
	w.spread(&s, c.Venue, c.Style)
}

// conclude derives what needs the whole.
func (w *work) conclude() {
	r := &w.report
	r.Unfilled = max(0, r.Qty-r.Filled)
	w.concludeShortfall()
	r.Sums.derive()
	for _, lines := range [][]Line{r.Venues, r.Styles} {
		for i := range lines {
			lines[i].derive()
		}
	}
	slices.SortFunc(r.Venues, func(a, b Line) int { return int(a.Venue) - int(b.Venue) })
	slices.SortFunc(r.Styles, func(a, b Line) int { return int(a.Style) - int(b.Style) })
	r.Completion = ratio(r.Filled, r.Qty, 1)
	if r.MarketVolume > 0 {
		r.Participation = ratio(r.Filled, max(r.MarketVolume, r.Filled), 1)
	}
	if r.MarketVolume > 0 {
		r.MarketVWAP = w.average(w.in.Parent.MarketValue, r.MarketVolume)
	}
	if r.MarketVWAP > 0 {
		r.VWAPValue = w.times(r.MarketVWAP, r.Filled)
		r.VWAPCost = market.Money(w.sign) * w.difference(r.Value, r.VWAPValue)
	}
	r.VWAPSlippageBps = ratio(r.VWAPCost, r.VWAPValue, bps)
	w.markouts()
	w.reversions()
	w.restated()
}

func (w *work) difference(a, b market.Money) market.Money {
	return market.Money(w.minus(market.Price(a), market.Price(b)))
}

// average is Notional.Avg for a notional that may be anything.
func (w *work) average(n market.Notional, q market.Qty) market.Price {
	if hi, _ := n.Parts(); hi >= uint64(q)>>1 && hi > 0 {
		w.overflow = true
		return 0
	}
	return n.Avg(q)
}
