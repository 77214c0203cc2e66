package sim

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// position is what an agent that does not want to own anything owns, and its way back to nothing: it first rests at the
// best price on the near side, and takes what is left of that the next time.
type position struct {
	q    market.Qty // below zero when short
	rest ord
	at   matcher // where rest is
}

func (p *position) filled(o *ord, q market.Qty, _ market.Price) { p.add(o.buy, q) }
func (p *position) done(*ord)                                   {}

func (p *position) add(buy bool, q market.Qty) { p.q += market.Qty(sideOf(buy).Sign()) * q }

// size is how much it owns or owes.
func (p *position) size() market.Qty { return max(p.q, -p.q) }

// room is how much more may be traded on a side under a bound.
func (p *position) room(buy bool, most market.Qty) market.Qty {
	return max(most-market.Qty(sideOf(buy).Sign())*p.q, 0)
}

// lighten is one step towards nothing, of at most piece shares: what rested since the last step and did not trade is taken,
// or if nothing rested, a piece rests at the near side of a venue that shows it.
func (p *position) lighten(m *Market, h *hand, sym int, rnd stream, weight []float64, piece market.Qty) {
	waited := p.rest.resting
	p.recall()
	buy, q := p.q < 0, min(p.size(), piece)
	u := rnd.Float64()
	if q == 0 {
		return
	}
	if waited {
		p.add(buy, h.sweep(m, sym, rnd, weight, buy, q, 2))
		return
	}
	px := m.national[sym].now().Near(sideOf(buy))
	v := m.showing(sym, weight, !buy, px, u)
	if px == 0 || v == nil {
		return
	}
	p.at = v.books[sym]
	p.rest = ord{agent: p, typ: order.Limit, postOnly: true}
	p.rest.set(buy, q, px)
	put(p.at, &p.rest)
}

// recall takes back what rests.
func (p *position) recall() {
	if p.rest.resting {
		pull(p.at, &p.rest)
	}
}
