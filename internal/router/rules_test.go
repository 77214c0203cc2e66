package router

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// underRule is a configuration under Rule 611, with venues of which some take intermarket sweep orders.
func underRule() Config {
	cfg := testConfig()
	cfg.Regimes = []market.Regime{{Jurisdiction: "US", Rule: "611", Version: "1", From: 20070205, Forbids: market.ForbidsTradeThrough}}
	for i := range cfg.Venues {
		cfg.Venues[i].QuoteMs = 1_000
		if i != int(venueLitY) {
			cfg.Venues[i].Caps |= market.CapISO
		}
	}
	return cfg
}

// tradesThrough is the oracle: it counts the shares that may trade at a price worse than a quote which the same sweep does
// not take whole, and those that go past a better quote without being able to say that it is swept.
func tradesThrough(w *world, s *symbolState, side market.Side, shares []event.Share) (n int) {
	for _, h := range shares {
		for v := range w.e.venues {
			b := &s.cons.Books[v]
			if !w.e.venues[v].Type.Displayed() || !s.cons.Has[v] || b.Halted || market.VenueID(v) == h.Venue {
				continue
			}
			known := !b.Poisoned && !b.Crossed() && w.e.now.Sub(b.Received) <= market.Second
			depth := b.AskDepth
			best := b.Asks[0]
			if !side.IsBuy() {
				depth, best = b.BidDepth, b.Bids[0]
			}
			if !known { // then nothing may go past the best price that is known
				best = market.Level{Price: bestKnown(w, s, side)}
				if best.Price == 0 {
					continue
				}
				if side.IsBuy() && h.Limit > best.Price || !side.IsBuy() && h.Limit < best.Price {
					n++
				}
				continue
			}
			if depth == 0 {
				continue
			}
			through := side.IsBuy() && h.Limit > best.Price || !side.IsBuy() && h.Limit < best.Price
			taken := slices.ContainsFunc(shares, func(o event.Share) bool { return int(o.Venue) == v && o.Qty >= best.Size })
			if through && (!taken || !w.e.venues[h.Venue].Caps.Has(market.CapISO)) {
				n++
			}
		}
	}
	return n
}

func bestKnown(w *world, s *symbolState, side market.Side) (best market.Price) {
	for v := range w.e.venues {
		b := &s.cons.Books[v]
		if !w.e.venues[v].Type.Displayed() || !s.cons.Has[v] || b.Halted || b.Poisoned || b.Crossed() || w.e.now.Sub(b.Received) > market.Second {
			continue
		}
		if side.IsBuy() && b.AskDepth > 0 && (best == 0 || b.Asks[0].Price < best) {
			best = b.Asks[0].Price
		}
		if !side.IsBuy() && b.BidDepth > 0 && b.Bids[0].Price > best {
			best = b.Bids[0].Price
		}
	}
	return best
}

// TestRule611 is RULE-04: random books and random sweeps, 0 trade-throughs. SLUICE_SWEEPS=10000000 tries ten million.
func TestRule611(t *testing.T) {
	sweeps := 100_000
	if s := os.Getenv("SLUICE_SWEEPS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("SLUICE_SWEEPS: %v", err)
		}
		sweeps = n
	}
	w := newWorld(t, underRule())
	s := w.e.symbols["ABC"]
	r := rand.New(rand.NewPCG(6, 11))
	var shares, kept []event.Share
	stayed, through := 0, 0
	for i := range sweeps {
		if i%4 == 0 {
			randomBooks(w, s, r)
		}
		side := [2]market.Side{market.Buy, market.Sell}[r.IntN(2)]
		shares = shares[:0]
		for _, v := range []market.VenueID{venueLitX, venueLitY, venueInverted} {
			far := s.cons.Books[v].Far(side)
			if len(far) == 0 || r.IntN(5) == 0 || !s.cons.Usable(v, w.e.now, market.Second) {
				continue
			}
			l := far[r.IntN(len(far))]
			shares = append(shares, event.Share{Venue: v, Style: order.StyleSweep, Qty: market.Qty(1+r.IntN(8)) * 100, Limit: l.Price})
		}
		through += min(1, tradesThrough(w, s, side, shares))
		kept = w.e.withinRule(s, side, shares)
		stayed += len(kept)
		if n := tradesThrough(w, s, side, kept); n > 0 {
			t.Fatalf("sweep %d trades through %d quotes: %+v", i, n, kept)
		}
	}
	if through == 0 || stayed == 0 {
		t.Fatalf("of %d random sweeps %d would trade through and %d shares stayed: nothing was tried", sweeps, through, stayed)
	}
	t.Logf("%d sweeps, of which %d would trade through; 0 do, %d children stay", sweeps, through, stayed)
}

// randomBooks gives every displayed venue a book of a few levels around 50 dollars; some are old, poisoned or halted.
func randomBooks(w *world, s *symbolState, r *rand.Rand) {
	for v := range w.e.venues {
		if !w.e.venues[v].Type.Displayed() {
			continue
		}
		s.cons.Has[v] = r.IntN(20) > 0
		b := &s.cons.Books[v]
		*b = market.Book{Received: w.e.now, Halted: r.IntN(20) == 0, Poisoned: r.IntN(20) == 0}
		if r.IntN(15) == 0 {
			b.Received = w.e.now.Add(-2 * market.Second)
		}
		mid := 50*market.Dollar + market.Price(r.IntN(3))*10_000
		for _, side := range [...]market.Side{market.Buy, market.Sell} {
			var levels []market.Level
			px := mid + market.Price(1+r.IntN(3))*10_000
			step := market.Price(10_000)
			if side == market.Buy {
				px, step = mid-market.Price(1+r.IntN(3))*10_000, -10_000
			}
			for range r.IntN(4) {
				levels = append(levels, market.Level{Price: px, Size: market.Qty(1+r.IntN(6)) * 100})
				px += step
			}
			b.SetSide(side, levels)
		}
	}
}

// TestSweepUnderRule: the engine's own sweeps trade through nothing either, say under which rule they were decided, and mark
// as intermarket sweeps what goes past a better quote that the same sweep takes.
func TestSweepUnderRule(t *testing.T) {
	cfg := underRule()
	cfg.Tactics.TakeOnly = true
	w := newWorld(t, cfg)
	w.autoFill = false
	book := func(v market.VenueID, px market.Price, size market.Qty) {
		w.apply(&event.BookChanged{Venue: v, Symbol: "ABC", Bids: []market.Level{{Price: 49 * market.Dollar, Size: 100}},
			Asks: []market.Level{{Price: px, Size: size}, {Price: px + 20_000, Size: 5_000}}})
	}
	book(venueLitX, 50*market.Dollar, 300)
	book(venueInverted, 50*market.Dollar+10_000, 200)
	book(venueLitY, 50*market.Dollar+30_000, 400)
	before := len(w.ids)
	w.parent("P", order.Terms{Side: market.Buy, Qty: 2_000, Urgency: order.High, Objective: order.Speed, TIF: order.IOC, Type: order.Limit, Limit: 51 * market.Dollar})
	var shares []event.Share
	iso := 0
	for _, id := range w.ids[before:] {
		c := w.children[id].orig
		if c.Style != order.StyleSweep {
			continue
		}
		shares = append(shares, event.Share{Venue: c.Venue, Qty: c.Qty, Limit: c.Limit})
		if c.ISO {
			iso++
		}
	}
	s := w.e.symbols["ABC"]
	if n := tradesThrough(w, s, market.Buy, shares); n > 0 || len(shares) < 2 || iso == 0 {
		t.Errorf("%d trade-throughs, %d intermarket sweeps in %+v", n, iso, shares)
	}
	if d := w.decided[len(w.decided)-1]; d.Regime != "US-611/1" {
		t.Errorf("decided under %q", d.Regime)
	}
}
