package tca

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// merge adds from to s; the ratios are derived afterwards.
func (e *exact) merge(s, from *Sums) {
	s.Children += from.Children
	s.Rejects += from.Rejects
	s.Sent += from.Sent
	s.Fills += from.Fills
	s.Filled += from.Filled
	s.Busts += from.Busts
	s.Busted += from.Busted
	e.add(&s.Value, from.Value)
	e.add(&s.Fee, from.Fee)
	e.add(&s.Rebate, from.Rebate)
	e.add(&s.Reg, from.Reg)
	e.add(&s.ArrivalCost, from.ArrivalCost)
	e.add(&s.ArrivalValue, from.ArrivalValue)
	e.add(&s.Captured, from.Captured)
	e.add(&s.Quoted, from.Quoted)
	e.add(&s.Delay, from.Delay)
	e.add(&s.Timing, from.Timing)
	e.add(&s.Spread, from.Spread)
}

// derive computes what follows from the sums.
func (s *Sums) derive() {
	s.AvgPx = 0
	if s.Filled > 0 && s.Value >= 0 {
		s.AvgPx = market.NotionalFromParts(0, uint64(s.Value)).Avg(s.Filled)
	}
	s.FillRate = ratio(s.Filled, s.Sent, 1)
	s.ArrivalSlippageBps = ratio(s.ArrivalCost, s.ArrivalValue, bps)
	s.SpreadCapture = ratio(s.Captured, s.Quoted, 2)
}

// venueLine gives the line of a venue, which is its name: another journal's table may give it another number.
func venueLine(lines *[]Line, v market.VenueID, name string) *Line {
	for i := range *lines {
		if l := &(*lines)[i]; l.Name == name {
			return l
		}
	}
	*lines = append(*lines, Line{Name: name, Venue: v, Markouts: []Markout{}})
	return &(*lines)[len(*lines)-1]
}

func styleLine(lines *[]Line, s order.Style) *Line {
	for i := range *lines {
		if l := &(*lines)[i]; l.Style == s {
			return l
		}
	}
	*lines = append(*lines, Line{Name: s.String(), Style: s, Markouts: []Markout{}})
	return &(*lines)[len(*lines)-1]
}
