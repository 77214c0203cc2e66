package tca

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Summary is many parents together. Its slippages are of all dollars, so a large parent weighs more than a small one.
type Summary struct {
	Parents  int64      `json:"parents"`
	Done     int64      `json:"done"`
	Rejected int64      `json:"rejected"` // of Parents, by us, without a fill: in no sum and no average
	Breaks   int64      `json:"breaks"`   // parents that do not reconcile
	Restated int64      `json:"restated"` // executions that changed after their trading day
	Qty      market.Qty `json:"qty"`
	Unfilled market.Qty `json:"unfilled"`
	Sums
	VWAPCost        market.Money `json:"vwap_cost_micros"`
	VWAPValue       market.Money `json:"vwap_value_micros"`
	MarketVolume    market.Qty   `json:"market_volume"` // of all parents, each from its arrival: what overlaps counts for each, and of each at least what it filled, for prints may come after its end
	Completion      Ratio        `json:"completion"`
	Participation   Ratio        `json:"participation"` // filled / MarketVolume
	VWAPSlippageBps Ratio        `json:"vwap_slippage_bps"`
	Shortfall       Shortfall    `json:"shortfall"`
	Markouts        []Markout    `json:"markouts"`
	Reversions      []Reversion  `json:"reversions"`
	Venues          []Line       `json:"venues"`
	Styles          []Line       `json:"styles"`
	Charges         []Charge     `json:"charges"` // by day and venue
}

// Aggregate sums reports, which must come from one venue table. The error says that a sum does not fit into 64 bits
// of micro-dollars.
func Aggregate(reports []Report) (Summary, error) {
	t := NewTotal()
	for i := range reports {
		t.Add(&reports[i])
	}
	return t.Summary()
}

// Total sums reports one after the other. It keeps a line for each venue, style and day, and none of the reports.
type Total struct {
	exact
	sum     Summary
	printed market.Qty // of all parents: without any, nothing is known of the market's volume
}

// NewTotal gives the sum of nothing.
func NewTotal() *Total {
	return &Total{sum: Summary{Markouts: []Markout{}, Reversions: []Reversion{}, Venues: []Line{}, Styles: []Line{}, Charges: []Charge{}}}
}

// Add counts a report, which must come from the same venue table as the others.
func (t *Total) Add(r *Report) {
	if t.addParent(r); r.refused() {
		return
	}
	t.addLines(&t.sum, r)
	for i := range r.Charges {
		t.addCharge(&t.sum.Charges, &r.Charges[i])
	}
}

// refused reports a parent that nobody worked: it cost nothing and missed nothing.
func (r *Report) refused() bool { return r.State == order.Rejected.String() && r.Filled == 0 }

// addParent counts what is of the whole parent; of one that was refused, that it was.
func (t *Total) addParent(r *Report) {
	s := &t.sum
	s.Parents++
	if r.Done || r.refused() {
		s.Done++
	}
	if len(r.Breaks) > 0 {
		s.Breaks++
	}
	if r.refused() {
		s.Rejected++
		return
	}
	s.Restated += int64(len(r.Restated))
	s.Qty += r.Qty
	s.Unfilled += r.Unfilled
	t.printed += r.MarketVolume
	s.MarketVolume += max(r.MarketVolume, r.Filled)
	t.merge(&s.Sums, &r.Sums)
	t.add(&s.VWAPCost, r.VWAPCost)
	t.add(&s.VWAPValue, r.VWAPValue)
	t.addShortfall(&s.Shortfall, &r.Shortfall)
	addMarkouts(&s.Markouts, r.Markouts)
	t.addReversions(&s.Reversions, r.Reversions)
}

// Summary gives the sum so far, which the total goes on to own. The error says that it does not fit into 64 bits of
// micro-dollars.
func (t *Total) Summary() (Summary, error) {
	s := &t.sum
	s.derive()
	for _, lines := range [][]Line{s.Venues, s.Styles} {
		for i := range lines {
			lines[i].derive()
		}
	}
	slices.SortFunc(s.Venues, func(a, b Line) int { return cmp.Or(cmp.Compare(a.Venue, b.Venue), cmp.Compare(a.Name, b.Name)) })
	slices.SortFunc(s.Styles, func(a, b Line) int { return int(a.Style) - int(b.Style) })
	s.Completion = ratio(s.Filled, s.Qty, 1)
	if t.printed > 0 {
		s.Participation = ratio(s.Filled, s.MarketVolume, 1)
	}
	s.VWAPSlippageBps = ratio(s.VWAPCost, s.VWAPValue, bps)
	s.Shortfall.TotalBps = ratio(s.Shortfall.Total, s.Shortfall.Paper, bps)
	if t.overflow {
		return Summary{}, fmt.Errorf("tca: the sum of %d parents exceeds %d dollars", s.Parents, int64(1<<63-1)/market.Dollar)
	}
	return *s, nil
}

func (e *exact) addLines(s *Summary, r *Report) {
	for i := range r.Venues {
		from := &r.Venues[i]
		to := venueLine(&s.Venues, from.Venue, from.Name)
		e.merge(&to.Sums, &from.Sums)
		addMarkouts(&to.Markouts, from.Markouts)
	}
	for i := range r.Styles {
		from := &r.Styles[i]
		to := styleLine(&s.Styles, from.Style)
		e.merge(&to.Sums, &from.Sums)
		addMarkouts(&to.Markouts, from.Markouts)
	}
}

func addMarkouts(to *[]Markout, from []Markout) {
	for _, m := range from {
		addMarkout(to, m)
	}
}

func (e *exact) addShortfall(to, from *Shortfall) {
	e.add(&to.Paper, from.Paper)
	e.add(&to.Delay, from.Delay)
	e.add(&to.Timing, from.Timing)
	e.add(&to.Spread, from.Spread)
	e.add(&to.Fees, from.Fees)
	e.add(&to.Rebates, from.Rebates)
	e.add(&to.Regulatory, from.Regulatory)
	e.add(&to.Opportunity, from.Opportunity)
	e.add(&to.Total, from.Total)
}
