package sim

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// hand sends an agent's immediate orders, one after the other, and counts what each got. It is used again and again, so
// that taking costs no memory.
type hand struct {
	o   ord
	got market.Qty
}

func (h *hand) filled(_ *ord, q market.Qty, _ market.Price) { h.got += q }
func (h *hand) done(*ord)                                   {}

// take sends an immediate limit order to v and gives what it got; everybody sees the books that it changed.
func (h *hand) take(m *Market, v *venue, sym int, buy bool, q market.Qty, px market.Price) market.Qty {
	h.got = 0
	h.o = ord{agent: h, typ: order.Limit, tif: order.IOC}
	h.o.set(buy, q, px)
	put(v.books[sym], &h.o)
	m.flush()
	return h.got
}

// cross sends an immediate midpoint order that trades least shares or more with each contra, and gives what it got.
func (h *hand) cross(b matcher, buy bool, q, least market.Qty) market.Qty {
	h.got = 0
	h.o = ord{agent: h, typ: order.Midpoint, tif: order.IOC, hidden: true, minQty: least}
	h.o.set(buy, q, 0)
	put(b, &h.o)
	return h.got
}

// sweep takes q at the best displayed prices of all venues, a price level a round, at most levels of them; among the venues
// that show a price it draws one by weight. It gives what it got.
func (h *hand) sweep(m *Market, sym int, rnd stream, weight []float64, buy bool, q market.Qty, levels int) (got market.Qty) {
	for range levels {
		px := m.national[sym].now().Far(sideOf(buy))
		if px == 0 || got >= q {
			break
		}
		v := m.showing(sym, weight, buy, px, rnd.Float64())
		if v == nil {
			break
		}
		got += h.take(m, v, sym, buy, q-got, px)
	}
	return got
}

// showing draws a venue among those that display px on the side that a buyer (or seller) takes from, by weight; u is
// uniform. It is nil if none of positive weight does.
func (m *Market) showing(sym int, weight []float64, buy bool, px market.Price, u float64) *venue {
	tops := m.national[sym].tops
	sum := 0.0
	for round := range 2 {
		at := 0.0
		for i := range tops {
			if tops[i].far(buy) != px {
				continue
			}
			at += weight[i]
			if round == 1 && at > u*sum {
				return m.venues[i]
			}
		}
		sum = at
	}
	return nil
}

// weights gives one number of each venue's flow, by venue index.
func (f *Flow) weights(m *Market, of func(*VenueFlow) float64) []float64 {
	w := make([]float64, len(m.venues))
	for i := range f.Venues {
		w[m.byID[f.Venues[i].Venue].index] = of(&f.Venues[i])
	}
	return w
}

func sideOf(buy bool) market.Side {
	if buy {
		return market.Buy
	}
	return market.Sell
}

func (t *top) far(buy bool) market.Price {
	if buy {
		return t.ask
	}
	return t.bid
}
