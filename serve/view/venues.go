package view

import (
	"math"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// venueRow is a venue with what its row is computed from.
type venueRow struct {
	Venue
	latency  *hdrhistogram.Histogram // microseconds
	planned  int64                   // shares that decisions placed here
	explored int64                   // of them, by decisions that explored
	places   uint64                  // times that a decision placed something here
	tries    uint64                  // of them, by decisions that explored
	history  []VenuePoint            // oldest first, at most historyKept
}

// maxLatencyUs is the longest round trip told apart: one minute. Longer ones count as one minute.
const maxLatencyUs = 60_000_000

func (v *View) venue(id market.VenueID) *venueRow {
	for int(id) >= len(v.venues) && len(v.venues) < market.MaxVenues {
		v.venues = append(v.venues, venueRow{
			Venue:   Venue{ID: len(v.venues)},
			latency: hdrhistogram.New(1, maxLatencyUs, 2),
		})
	}
	if int(id) >= len(v.venues) {
		return &venueRow{latency: hdrhistogram.New(1, maxLatencyUs, 1)} // no such id can be configured; counts go nowhere
	}
	return &v.venues[id]
}

func (r *venueRow) configure(m *market.Venue) {
	r.Name, r.MIC, r.Type = m.Name, m.MIC, m.Type.String()
	r.HistoryFill, r.HistoryUs = Real(m.History.FillRatePct), Real(m.History.LatencyUs)
}

// venueSession marks a venue up or down; while it is down its working children are in doubt (RACE-10).
func (v *View) venueSession(id market.VenueID, up bool, reason string, at market.Time) {
	row := v.venue(id)
	row.Up, row.DownReason, row.Since = up, reason, Stamp(at)
	if up {
		return
	}
	for _, c := range v.live {
		if c.Venue == id && !c.InDoubt {
			c.InDoubt = true
			v.step(c, Step{At: Stamp(at), What: "in doubt", Text: "the venue's session is down"})
		}
	}
}

// seen takes what a decision thought of a venue.
func (v *View) seen(d *event.RecordDecision, w *event.VenueView) {
	row := v.venue(w.Venue)
	row.Excluded, row.UpdatedAt = w.Excluded, Stamp(d.At)
	if w.Excluded != "" {
		return // an excluded venue was not weighed: what was known before stays
	}
	static := Real(w.Static)
	row.Static, row.FeeBps, row.Style = &static, Real(w.FeeBps), w.Style.String()
	row.FillProb = &Estimate{Real(w.FillProb), Real(w.FillLo), Real(w.FillHi)}
	row.Toxicity = &Estimate{Real(w.ToxBps), Real(w.ToxBps - z90*w.ToxSd), Real(w.ToxBps + z90*w.ToxSd)}
	if w.Size > 0 {
		row.Cost = &Estimate{Real(w.ExpectBps), Real(w.ExpectBps - z90*w.ExpectSd), Real(w.ExpectBps + z90*w.ExpectSd)}
	}
}

// outcome takes what a decision brought, and the venue's standing after it.
func (v *View) outcome(b *event.RecordOutcome) {
	if b.What == event.OutcomeParticipated {
		if p := v.parents[b.Parent]; p != nil {
			share := Real(b.Value)
			p.participation = &share
		}
		return
	}
	if b.What == event.OutcomeCost { // of a decision, not of a venue
		if d := v.byID[b.Decision]; d != nil {
			v.costOf(d, b)
		}
		return
	}
	v.engine.Outcomes++
	if b.Refused != "" {
		v.engine.OutcomesRefused++
	}
	if b.What == event.OutcomeImpact {
		return // of a whole order, at no venue
	}
	row := v.venue(b.Venue)
	if b.What == event.OutcomeLatency && b.Value >= 0 && !math.IsInf(b.Value, 0) {
		_ = row.latency.RecordValue(int64(min(max(b.Value, 1), maxLatencyUs))) // cannot fail: inside the bounds
	}
	if b.What == event.OutcomeFill || b.What == event.OutcomeMarkout {
		v.standing(row, b)
	}
}

// standing moves the board's estimates to what the learner thinks now. It reports means only, and only what it took.
func (v *View) standing(row *venueRow, b *event.RecordOutcome) {
	if b.Refused != "" || row.Style != b.Style.String() || row.FillProb == nil {
		return
	}
	fill := row.FillProb.moved(b.FillProb).clamped()
	tox := row.Toxicity.moved(b.ToxBps)
	row.FillProb, row.Toxicity, row.UpdatedAt = &fill, &tox, Stamp(b.At)
}

// board gives the venue rows as they are now.
func (v *View) board() []Venue {
	working := make([]int, len(v.venues))
	for _, c := range v.live {
		if int(c.Venue) < len(working) {
			working[c.Venue]++
		}
	}
	out := make([]Venue, len(v.venues))
	for i := range v.venues {
		r := &v.venues[i]
		out[i] = r.Venue
		out[i].Working = working[i]
		out[i].Name = v.venueName(market.VenueID(i))
		if n := r.latency.TotalCount(); n > 0 {
			out[i].LatencyUs = &Latency{r.latency.ValueAtQuantile(50), r.latency.ValueAtQuantile(99), n}
		}
		out[i].RejectRate = proportion(r.Rejects, r.Sent)
		out[i].Explored = proportion(r.tries, r.places)
		if r.planned > 0 {
			out[i].ExploredPct = Real(100 * float64(r.explored) / float64(r.planned))
		}
	}
	return out
}

// proportion gives k of n with the 90 % interval of Wilson (1927), nil for none.
func proportion(k, n uint64) *Estimate {
	if n == 0 {
		return nil
	}
	p, m, z2 := float64(k)/float64(n), float64(n), z90*z90
	mid := (p + z2/(2*m)) / (1 + z2/m)
	half := z90 / (1 + z2/m) * math.Sqrt(p*(1-p)/m+z2/(4*m*m))
	return &Estimate{Real(p), Real(max(0, mid-half)), Real(min(1, mid+half))}
}

// bookRow is what the venues showed last for one symbol.
type bookRow struct {
	last   market.Price
	volume market.Qty
	at     market.Time
	venues map[market.VenueID]VenueBook
	ids    []market.VenueID // of venues, ascending
	trace  *quoteTrace
}

func (v *View) book(s market.Symbol) *bookRow {
	b := v.books[s]
	if b == nil && len(v.books) < v.opts.Symbols {
		b = &bookRow{venues: map[market.VenueID]VenueBook{}, trace: newQuoteTrace()}
		v.books[s] = b
		v.symbols = append(v.symbols, s)
	}
	return b
}

func (v *View) bookChanged(at market.Time, b *event.BookChanged) {
	row := v.book(b.Symbol)
	if row == nil || b.Venue >= market.MaxVenues {
		return
	}
	best := VenueBook{At: Stamp(at), Halted: b.Halted, Poisoned: b.Poisoned}
	if len(b.Bids) > 0 {
		best.Bid, best.BidSize = Px(b.Bids[0].Price), int64(b.Bids[0].Size)
	}
	if len(b.Asks) > 0 {
		best.Ask, best.AskSize = Px(b.Asks[0].Price), int64(b.Asks[0].Size)
	}
	if _, known := row.venues[b.Venue]; !known {
		row.ids = insertSorted(row.ids, b.Venue)
	}
	row.venues[b.Venue], row.at = best, at
	if bid, ask := row.best(); bid > 0 && ask > 0 {
		row.trace.see(at, bid, ask)
	}
}

// best gives the best prices of the venues that are neither halted nor poisoned, 0 for none.
func (row *bookRow) best() (bid, ask Px) {
	for _, id := range row.ids {
		b := row.venues[id]
		if b.Halted || b.Poisoned {
			continue
		}
		bid = max(bid, b.Bid)
		if b.Ask > 0 && (ask == 0 || b.Ask < ask) {
			ask = b.Ask
		}
	}
	return bid, ask
}

func insertSorted(ids []market.VenueID, id market.VenueID) []market.VenueID {
	i := len(ids)
	for i > 0 && ids[i-1] > id {
		i--
	}
	ids = append(ids, 0)
	copy(ids[i+1:], ids[i:])
	ids[i] = id
	return ids
}

func (v *View) tradePrinted(at market.Time, b *event.TradePrinted) {
	if row := v.book(b.Symbol); row != nil {
		row.last, row.at = b.LastPx, at
		row.volume += b.Qty
	}
}

// symbolBooks gives every symbol's best prices by venue.
func (v *View) symbolBooks() []SymbolBook {
	out := make([]SymbolBook, 0, len(v.symbols))
	for _, s := range v.symbols {
		row := v.books[s]
		sb := SymbolBook{Symbol: string(s), Last: Px(row.last), Volume: int64(row.volume), At: Stamp(row.at),
			Venues: make([]VenueBook, 0, len(row.ids))}
		for _, id := range row.ids {
			b := row.venues[id]
			b.Venue = v.venueName(id)
			sb.Venues = append(sb.Venues, b)
		}
		sb.Bid, sb.Ask = row.best()
		out = append(out, sb)
	}
	return out
}

// bookFill counts an execution, or the difference that a bust or correction made, at its venue and in total.
func (v *View) bookFill(id market.VenueID, isNew bool, qty int64, money, fee, reg market.Money) {
	row, e := v.venue(id), &v.engine
	if isNew {
		row.Fills++
		e.Fills++
	}
	row.Shares += qty
	row.Notional += USD(money)
	row.Fees += USD(fee)
	e.Shares += qty
	e.Notional += USD(money)
	e.Fees += USD(fee)
	e.Regulatory += USD(reg)
}

// money gives price × quantity as an amount; journaled orders are far below the bound at which it stops counting.
func money(p market.Price, q market.Qty) market.Money {
	if p < 0 || q < 0 {
		return 0
	}
	m, ok := market.NotionalOf(p, q).Money()
	if !ok {
		return math.MaxInt64 / 4
	}
	return m
}

// minus gives n − m, zero where that were negative: a view that starts in the middle of a journal may see an execution
// taken back that it never saw.
func minus(n, m market.Notional) market.Notional {
	nh, nl := n.Parts()
	if mh, ml := m.Parts(); nh < mh || nh == mh && nl < ml {
		return market.Notional{}
	}
	return n.Sub(m)
}

// average gives n/q, 0 where that is no price.
func average(n market.Notional, q market.Qty) market.Price {
	if hi, _ := n.Parts(); q <= 0 || hi >= uint64(q) {
		return 0
	}
	return n.Avg(q)
}

func styleName(s order.Style) string {
	if s == 0 {
		return ""
	}
	return s.String()
}
