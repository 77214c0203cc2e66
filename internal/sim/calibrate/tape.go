package calibrate

import (
	"slices"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/sim"
)

const (
	grid     = 50 * market.Millisecond // of the quotes that are kept
	perSec   = int(market.Second / grid)
	unitSecs = 3600 // a unit of the statistics is so long, in one symbol
)

// tape is what a run of a market showed: quotes on a grid, and prints.
type tape struct {
	start  market.Time
	secs   int
	venues []sim.VenueSpec
	syms   []symbolTape
}

// symbolTape is a tape's part in one symbol.
type symbolTape struct {
	inst   market.Instrument
	bid    []market.Price // at start + i·grid
	ask    []market.Price
	depth  []market.Qty // each second: displayed at the best bid by the venue that shows most there
	trades []sim.Trade  // in the order in which they happened
	atBest []int        // by venue: seconds at the best bid
}

// listen has the prints of a market that is made of cfg written to the tape.
func listen(cfg *sim.Config) *tape {
	t := &tape{start: cfg.Start, venues: cfg.Venues}
	index := map[market.Symbol]int{}
	for i, s := range cfg.Symbols {
		index[s.Symbol] = i
		t.syms = append(t.syms, symbolTape{inst: s, atBest: make([]int, len(cfg.Venues))})
	}
	cfg.OnTrade = func(x *sim.Trade) {
		s := &t.syms[index[x.Symbol]]
		s.trades = append(s.trades, *x)
	}
	return t
}

// record runs the market for a time and keeps its quotes; the first second recorded is the market's present one.
func (t *tape) record(m *sim.Market, secs int) {
	t.start, t.secs = m.Now(), secs
	for i := range t.syms {
		t.syms[i].trades = t.syms[i].trades[:0]
	}
	for i := range secs * perSec {
		m.RunUntil(t.start.Add(int64(i) * grid))
		for s := range t.syms {
			t.syms[s].look(m, i%perSec == 0)
		}
	}
	m.RunUntil(t.start.Add(int64(secs) * market.Second))
	for i := range t.syms { // they come late by a venue's link, and so out of order
		slices.SortFunc(t.syms[i].trades, func(a, b sim.Trade) int { return int(int64(a.Seq) - int64(b.Seq)) })
	}
}

func (s *symbolTape) look(m *sim.Market, second bool) {
	q := m.NBBO(s.inst.Symbol)
	s.bid, s.ask = append(s.bid, q.Bid), append(s.ask, q.Ask)
	if !second {
		return
	}
	most := market.Qty(0)
	for v := range s.atBest {
		b := m.Book(market.VenueID(v), s.inst.Symbol)
		if best := b.BestBid(); best.Price == q.Bid && q.Bid > 0 {
			s.atBest[v]++
			most = max(most, best.Size)
		}
	}
	s.depth = append(s.depth, most)
}

// mid gives the midpoint at a time in dollars; ok is false where a side is missing or the quote is crossed or not recorded.
func (t *tape) mid(sym int, at market.Time) (mid float64, ok bool) {
	s := &t.syms[sym]
	i := int(at.Sub(t.start) / grid)
	if at < t.start || i >= len(s.bid) {
		return 0, false
	}
	b, a := s.bid[i], s.ask[i]
	if b <= 0 || a < b {
		return 0, false
	}
	return float64(b+a) / 2e6, true
}

// units gives how many units a tape has: hours, or what there is of one, in each symbol.
func (t *tape) units() int { return t.hours() * len(t.syms) }

func (t *tape) hours() int { return max((t.secs+unitSecs/2)/unitSecs, 1) }

// unit gives the unit of a time.
func (t *tape) unit(sym int, at market.Time) int {
	h := int(at.Sub(t.start) / (unitSecs * market.Second))
	return sym*t.hours() + max(min(h, t.hours()-1), 0)
}
