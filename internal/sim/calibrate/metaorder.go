package calibrate

import (
	"strconv"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/sim"
)

// participation is the part of the market's usual volume that a metaorder is worked at.
const participation = .2

// metaSizes are the sizes of metaorders as parts of a day's volume, and how many of each there are in a round: small ones
// move the price less than it moves by itself, and need more.
var metaSizes = [...]struct {
	part  float64
	times int
}{{4e-4, 4}, {1e-3, 3}, {2.4e-3, 2}, {5.5e-3, 1}, {1.25e-2, 1}}

// metaorder is one order to be worked: by immediate child orders, as much a second as its rate says.
type metaorder struct {
	size   int // index of metaSizes
	round  int
	from   int // seconds since the run's start
	secs   int
	qty    market.Qty
	sign   int
	filled market.Qty
}

// planned gives the metaorders of one symbol one after the other, sides in turn, each followed by a rest of its length and at
// least two minutes.
func planned(inst *market.Instrument, volume float64, secs int) (all []metaorder) {
	at, n := 60, 0
	for round := 0; ; round++ {
		for k := range metaSizes {
			for range metaSizes[k].times {
				long := int(metaSizes[k].part * tradingDay / participation)
				if at+2*long > secs {
					return all
				}
				q := market.Qty(metaSizes[k].part*volume) / inst.Lot * inst.Lot
				all = append(all, metaorder{size: k, round: round, from: at, secs: long, qty: max(q, inst.Lot), sign: 1 - 2*(n%2)})
				at += long + max(long, 120)
				n++
			}
		}
	}
}

// worker works the metaorders of one symbol in one run, all on the side that they say, times flip.
type worker struct {
	inst *market.Instrument
	all  []metaorder
	next int
	flip int
	lit  []market.VenueID
	sent int
}

// step sends what is due in second sec: to the venue that shows most at the best price, at most what that shows.
func (w *worker) step(m *sim.Market, sec int) {
	for w.next < len(w.all) && sec >= w.all[w.next].from+w.all[w.next].secs {
		w.next++
	}
	if w.next == len(w.all) || sec < w.all[w.next].from {
		return
	}
	o := &w.all[w.next]
	due := o.qty*market.Qty(sec-o.from+1)/market.Qty(o.secs) - o.filled
	if due = due / w.inst.Lot * w.inst.Lot; due <= 0 {
		return
	}
	side := market.Buy
	if o.sign*w.flip < 0 {
		side = market.Sell
	}
	if v, px, ok := w.best(m, side); ok {
		w.sent++
		m.Submit(v, sim.Order{Client: "META", ClOrdID: strconv.Itoa(w.sent), Symbol: w.inst.Symbol, Side: side, Type: order.Limit,
			TIF: order.IOC, Qty: due, Limit: px})
	}
}

// best gives the venue with most at the best price that side can take, and that price.
func (w *worker) best(m *sim.Market, side market.Side) (v market.VenueID, px market.Price, ok bool) {
	px = m.NBBO(w.inst.Symbol).Far(side)
	most := market.Qty(0)
	for _, id := range w.lit {
		b := m.Book(id, w.inst.Symbol)
		if far := b.Far(side); len(far) > 0 && far[0].Price == px && far[0].Size > most {
			v, most = id, far[0].Size
		}
	}
	return v, px, px > 0 && most > 0
}

// filled books a fill of the order that is being worked, or was just worked.
func (w *worker) filled(x *sim.Report) {
	if w.next < len(w.all) {
		w.all[w.next].filled += x.LastQty
	}
}
