package tca

import (
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/internal/market"
)

// Summary is many parents together. Its slippages are of all dollars, so a large parent weighs more than a small one.
type Summary struct {
	Parents  int64      `json:"parents"`
	Done     int64      `json:"done"`
	Breaks   int64      `json:"breaks"` // parents that do not reconcile
	Qty      market.Qty `json:"qty"`
	Unfilled market.Qty `json:"unfilled"`
	Sums
	VWAPCost        market.Money `json:"vwap_cost_micros"`
	VWAPValue       market.Money `json:"vwap_value_micros"`
	Completion      Ratio        `json:"completion"`
	VWAPSlippageBps Ratio        `json:"vwap_slippage_bps"`
	Shortfall       Shortfall    `json:"shortfall"`
	Markouts        []Markout    `json:"markouts"`
	Venues          []Line       `json:"venues"`
	Styles          []Line       `json:"styles"`
}

// Aggregate sums reports, which must come from one venue table. The error says that a sum does not fit into 64 bits
// of micro-dollars.
func Aggregate(reports []Report) (Summary, error) {
	var e exact
	s := Summary{Markouts: []Markout{}, Venues: []Line{}, Styles: []Line{}}
	for i := range reports {
		r := &reports[i]
		s.Parents++
		if r.Done {
			s.Done++
		}
		if len(r.Breaks) > 0 {
			s.Breaks++
		}
		s.Qty += r.Qty
		s.Unfilled += r.Unfilled
		e.merge(&s.Sums, &r.Sums)
		e.add(&s.VWAPCost, r.VWAPCost)
		e.add(&s.VWAPValue, r.VWAPValue)
		e.addShortfall(&s.Shortfall, &r.Shortfall)
		addMarkouts(&s.Markouts, r.Markouts)
		e.addLines(&s, r)
	}
	s.derive()
	for _, lines := range [][]Line{s.Venues, s.Styles} {
		for i := range lines {
			lines[i].derive()
		}
	}
	slices.SortFunc(s.Venues, func(a, b Line) int { return int(a.Venue) - int(b.Venue) })
	slices.SortFunc(s.Styles, func(a, b Line) int { return int(a.Style) - int(b.Style) })
	s.Completion = ratio(s.Filled, s.Qty, 1)
	s.VWAPSlippageBps = ratio(s.VWAPCost, s.VWAPValue, bps)
	s.Shortfall.TotalBps = ratio(s.Shortfall.Total, s.Shortfall.Paper, bps)
	if e.overflow {
		return Summary{}, fmt.Errorf("tca: the sum of %d parents exceeds %d dollars", len(reports), int64(1<<63-1)/market.Dollar)
	}
	return s, nil
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
