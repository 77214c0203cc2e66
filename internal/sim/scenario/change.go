package scenario

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/sim"
)

// Kind is what a change changes.
type Kind uint8

// The kinds of change.
const (
	Agents Kind = iota + 1 // who trades: at Venues, or the flow as a whole where there are none
	Fees                   // the fee schedule of Venues
	Links                  // the latency of Venues
	Halt                   // Symbols stop trading at Venues, for For or until Resume
	Resume                 //
	Stall                  // Venues answer nobody for For; the requests are worked then
	Reject                 // Venues reject every new order with Text, for For or until Accept
	Accept                 //
	Outage                 // Venues neither trade nor answer for For
)

var kindNames = [...]string{Agents: "agents", Fees: "fees", Links: "latency", Halt: "halt", Resume: "resume", Stall: "stall",
	Reject: "reject", Accept: "accept", Outage: "outage"}

func (k Kind) String() string {
	if k >= Agents && int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("change %d", uint8(k))
}

// Change is something that becomes different while the market runs.
type Change struct {
	When     int64 // ns after the start; where AtParent is given, only Dated knows it
	AtParent int   // as the parent of this number arrives, counted from 1; 0 = at When
	Kind     Kind
	Venues   []market.VenueID
	Symbols  []market.Symbol // empty = all
	For      int64           // ns until it ends; 0 = it stays
	Text     string
	Edits    []Edit
	Schedule market.FeeSchedule
	Order    *sim.Latency // nil = as it was
	Feed     *sim.Latency
}

// Edit sets one parameter of the agents, by its key in the file.
type Edit struct {
	Key   string
	Value float64
}

// Dated gives the changes of a seed with the time of each, in the order in which they happen: a change at a parent comes at
// that parent's arrival, just before it.
func (s *Scenario) Dated(seed uint64) []Change {
	out := slices.Clone(s.Changes)
	last := 0
	for _, c := range out {
		last = max(last, c.AtParent)
	}
	if last > 0 {
		arrival := make([]int64, last+1)
		w := s.Work(seed)
		for n := 1; n <= last; n++ {
			p, ok := w.Next()
			if !ok { // the work ends before: it never happens
				arrival[n] = never
				continue
			}
			arrival[n] = p.At
		}
		for i := range out {
			if n := out[i].AtParent; n > 0 {
				out[i].When = arrival[n]
			}
		}
	}
	out = slices.DeleteFunc(out, func(c Change) bool { return c.When == never })
	slices.SortStableFunc(out, func(a, b Change) int { return cmp.Compare(a.When, b.When) })
	return out
}

const never = int64(1) << 62

// happen makes the change in a running market. What was read or drawn is possible, so an error is a bug.
func (c *Change) happen(m *sim.Market, s *Scenario) {
	end := m.Now().Add(c.For)
	symbols := c.Symbols
	if len(symbols) == 0 {
		for i := range s.Symbols {
			symbols = append(symbols, s.Symbols[i].Symbol)
		}
	}
	if c.Kind == Agents {
		must(m.Change(c.edit))
	}
	for _, v := range c.Venues {
		switch c.Kind {
		case Agents, Fees: // the agents were changed above, fees are in the venue table
		case Links:
			if c.Order != nil {
				must(m.SetOrderLatency(v, *c.Order))
			}
			if c.Feed != nil {
				must(m.SetFeedLatency(v, *c.Feed))
			}
		case Stall:
			m.Stall(v, end)
		case Reject:
			m.RejectAll(v, c.Text)
			c.later(m, func() { m.RejectAll(v, "") })
		case Accept:
			m.RejectAll(v, "")
		case Outage:
			m.Stall(v, end)
			halt(m, v, symbols, true)
			c.later(m, func() { halt(m, v, symbols, false) })
		case Halt:
			halt(m, v, symbols, true)
			c.later(m, func() { halt(m, v, symbols, false) })
		case Resume:
			halt(m, v, symbols, false)
		}
	}
}

// later calls end when the change ends, if it does.
func (c *Change) later(m *sim.Market, end func()) {
	if c.For > 0 {
		m.At(m.Now().Add(c.For), end)
	}
}

func halt(m *sim.Market, v market.VenueID, symbols []market.Symbol, halted bool) {
	for _, sym := range symbols {
		if halted {
			m.Halt(v, sym)
		} else {
			m.Resume(v, sym)
		}
	}
}

// edit sets the parameters of the venues, or of the flow where there are none.
func (c *Change) edit(f *sim.Flow) {
	for _, e := range c.Edits {
		if len(c.Venues) == 0 {
			setField(flowFields(), f, e)
		}
		for i := range f.Venues {
			if slices.Contains(c.Venues, f.Venues[i].Venue) {
				setField(venueFields(), &f.Venues[i], e)
			}
		}
	}
}

func must(err error) {
	if err != nil {
		panic("scenario: " + err.Error())
	}
}
