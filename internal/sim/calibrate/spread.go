package calibrate

import (
	"math"

	"github.com/sluice-sor/sluice/internal/market"
)

// kinds are the groups of displayed venues whose makers are compared.
const (
	makerTaker = iota // exchanges and ECNs that pay who adds
	inverted
	kinds
)

func kindOf(t market.VenueType) (int, bool) {
	if t == market.Inverted {
		return inverted, true
	}
	return makerTaker, t.Displayed()
}

// spreads is what the displayed venues' spreads came to, in units.
type spreads struct {
	quoted    []ratio        // bps, over looks
	paid      [kinds][]ratio // effective spread, dollars × shares over shares
	kept      [kinds][]ratio // realized spread after a second
	share     []ratio        // inverted venues' part of the displayed volume
	quotedUSD []ratio
	depth     []ratio // displayed at the best price over the mean trade
	trade     []ratio // shares over prints
}

// spreads measures the quoted spread on the grid, and the effective and the realized one of every print of a displayed venue
// against the midpoints of the grid, at most 50 ms before and one second after it. Spreads are twice the distance to the
// midpoint and weighted by shares, as in the published table.
func (t *tape) spreads() *spreads {
	n := t.units()
	s := &spreads{quoted: make([]ratio, n), quotedUSD: make([]ratio, n), share: make([]ratio, n), depth: make([]ratio, n), trade: make([]ratio, n)}
	for k := range s.paid {
		s.paid[k], s.kept[k] = make([]ratio, n), make([]ratio, n)
	}
	for sym := range t.syms {
		t.quotedOf(sym, s)
		t.tradedOf(sym, s)
	}
	return s
}

func (t *tape) quotedOf(sym int, s *spreads) {
	x := &t.syms[sym]
	for i := range x.bid {
		at := t.start.Add(int64(i) * grid)
		if mid, ok := t.mid(sym, at); ok {
			u, usd := t.unit(sym, at), float64(x.ask[i]-x.bid[i])/1e6
			s.quoted[u].add(usd/mid*1e4, 1)
			s.quotedUSD[u].add(usd, 1)
		}
	}
}

func (t *tape) tradedOf(sym int, s *spreads) {
	for i := range t.syms[sym].trades {
		tr := &t.syms[sym].trades[i]
		kind, ok := kindOf(t.venues[tr.Venue].Type)
		if !ok || tr.Taker == 0 {
			continue
		}
		u, q := t.unit(sym, tr.At), float64(tr.Qty)
		s.share[u].add(q*float64(kind), q) // inverted is 1
		s.trade[u].add(q, 1)
		before, ok1 := t.mid(sym, tr.At)
		after, ok2 := t.mid(sym, tr.At.Add(market.Second))
		if !ok1 || !ok2 {
			continue
		}
		px, sign := float64(tr.Price)/1e6, 2*float64(tr.Taker.Sign())
		s.paid[kind][u].add(sign*(px-before)*q, q)
		s.kept[kind][u].add(sign*(px-after)*q, q)
	}
	for i, d := range t.syms[sym].depth {
		u := t.unit(sym, t.start.Add(int64(i)*market.Second))
		if s.trade[u].top > 0 {
			s.depth[u].add(float64(d)*s.trade[u].below/s.trade[u].top, 1)
		}
	}
}

func (r *ratio) add(top, below float64) {
	r.top += top
	r.below += below
}

// relative gives a ratio over the quoted spread, unit by unit: a symbol's spread is its own yardstick.
func relative(a, quoted []ratio) []ratio {
	out := make([]ratio, len(a))
	for i := range a {
		if q := quoted[i]; q.top > 0 {
			out[i] = ratio{a[i].top / (q.top / q.below), a[i].below}
		}
	}
	return out
}

func (r *Report) spreads(t *tape) {
	s := t.spreads()
	r.add(quotedSpread, ratioOf(s.quoted))
	r.add(depthBest, ratioOf(s.depth))
	r.add(tradeSize, ratioOf(s.trade))
	r.add(effectiveSpread, ratioOf(relative(s.paid[makerTaker], s.quotedUSD)))
	kept := relative(s.kept[makerTaker], s.quotedUSD)
	r.add(realizedSpread, ratioOf(kept))
	inv := relative(s.kept[inverted], s.quotedUSD)
	if !t.has(market.Inverted) {
		r.absent(invertedKeep, "no inverted venue in this scenario")
		return
	}
	r.add(invertedKeep, differenceOf(inv, kept))
	r.add(invertedShare, scaled(ratioOf(s.share), 100))
	r.atBest(t)
}

// atBest compares how long the largest exchange and the inverted venues stand at the best bid.
func (r *Report) atBest(t *tape) {
	units := make([]ratio, len(t.syms))
	for s := range t.syms {
		x := &t.syms[s]
		best, inv, n := 0.0, 0.0, 0.0
		for v := range t.venues {
			at := float64(x.atBest[v])
			switch k, ok := kindOf(t.venues[v].Type); {
			case !ok:
			case k == inverted:
				inv, n = inv+at, n+1
			default:
				best = math.Max(best, at)
			}
		}
		units[s] = ratio{best * n, inv}
	}
	r.add(atBest, ratioOf(units))
}

func (t *tape) has(k market.VenueType) bool {
	for i := range t.venues {
		if t.venues[i].Type == k {
			return true
		}
	}
	return false
}

func scaled(e Estimate, by float64) Estimate { return Estimate{e.Value * by, e.Half * by} }
