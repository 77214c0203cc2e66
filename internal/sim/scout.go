package sim

import (
	"errors"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

const (
	scoutHot    = 10.0 // after a hit it comes back that much sooner
	scoutDeep   = 2    // price levels that it takes when it goes ahead
	scoutLevels = 3    // of a displayed venue's book that it looks at
)

// scout hunts for large orders in one symbol at one venue, and is what makes showing one cost. In a dark venue it probes each
// side with the smallest midpoint order; hits on one side in a row tell it of a block on the other. It then trades ahead: it
// takes displayed liquidity anywhere in the block's direction, and sells back later, to the block itself where it still
// rests, so that the block trades at a price that the scout has moved. At a displayed venue it looks for size near the best
// price far above what is usual there, and stands a tick in front of it while there is room: whoever comes trades with
// the scout, and the large order is its way out (a quote matcher: Harris, Trading and Exchanges, 2003). It sees what anybody
// could see and does not know whose an order is; an order whose minimum quantity is above its probe is invisible to it.
type scout struct {
	f       *Flow
	v       *venue
	sym     int
	vf      *VenueFlow
	rnd     stream
	weight  []float64
	hand    hand
	own     position
	front   [2]ord  // what stands in front of a large offer, bid
	busy    bool    // scoutLeave is scheduled
	buy     bool    // side of the next probe
	hits    int     // of that side in a row
	typical float64 // displayed size at the best price
}

// What a scout's task is about.
const (
	scoutVisit = iota
	scoutBuy   // trade ahead of a buyer
	scoutSell
	scoutLeave // get rid of what it owns
)

func (f *Flow) checkScouts() error {
	on := false
	for i := range f.Venues {
		on = on || f.Venues[i].ScoutRate > 0
	}
	if !on {
		return nil
	}
	if f.ScoutHits < 1 || f.ScoutTake <= 0 || f.ScoutMax < f.ScoutTake || f.ScoutHold <= 0 || f.ScoutLarge <= 1 || f.ScoutLag < 0 {
		return errors.New("scouts (ScoutRate) need ScoutHits of 1 or more, 0 < ScoutTake <= ScoutMax, ScoutHold above 0, ScoutLarge above 1 and ScoutLag of 0 or more")
	}
	return nil
}

func (m *Market) addScout(f *Flow, vf *VenueFlow, v *venue, s int) {
	if vf.ScoutRate <= 0 {
		return
	}
	a := &scout{f: f, v: v, sym: s, vf: vf, rnd: newStream(m.cfg.Seed, "scout", int(v.spec.ID), s)}
	a.weight = f.weights(m, func(*VenueFlow) float64 { return 1 })
	m.schedule(m.now.Add(a.rnd.after(vf.ScoutRate)), a, scoutVisit)
}

func (a *scout) run(m *Market, what int64) {
	switch what {
	case scoutVisit:
		if a.v.spec.Type.Displayed() {
			a.watch(m)
		} else {
			a.probe(m)
		}
		m.schedule(m.now.Add(a.rnd.after(a.rate())), a, scoutVisit)
	case scoutBuy, scoutSell:
		a.step(m, what == scoutBuy)
	case scoutLeave:
		a.leave(m)
	}
	if a.own.q != 0 && !a.busy {
		a.busy = true
		m.schedule(m.now.Add(a.rnd.after(1/max(a.f.ScoutHold, 1e-3))), a, scoutLeave)
	}
}

// rate is how many visits a second it makes at present.
func (a *scout) rate() float64 {
	if a.hits > 0 {
		return a.vf.ScoutRate * scoutHot
	}
	return a.vf.ScoutRate
}

// probe sends one smallest midpoint order.
func (a *scout) probe(m *Market) {
	q := m.insts[a.sym].Lot
	got := a.hand.cross(a.v.books[a.sym], a.buy, q, q)
	a.own.add(a.buy, got)
	if got == 0 {
		a.hits, a.buy = 0, !a.buy
		return
	}
	if a.hits++; a.hits >= a.f.ScoutHits {
		a.hits = 0
		a.ahead(m, !a.buy)
	}
}

// watch looks for a size near the best price that is far above the usual, and stands in front of it or goes.
func (a *scout) watch(m *Market) {
	b := a.v.books[a.sym].(*lob)
	for i := range a.front {
		buy := i == 1
		first, large := a.sizes(b, buy)
		if a.typical == 0 {
			a.typical = float64(first)
		}
		a.typical += (min(float64(first), a.f.ScoutLarge*a.typical) - a.typical) / 32
		a.stand(m, b, buy, large)
	}
}

// sizes gives the displayed size at the venue's best price, and the price among its best where a large order stands; its own
// order in front does not count.
func (a *scout) sizes(b *lob, buy bool) (first market.Qty, large market.Price) {
	front := a.frontOf(buy)
	n := 0
	for lv := b.ladder(buy).best(); lv != nil && n < scoutLevels; lv = lv.next[0] {
		shown := lv.shown
		if front.lvl == lv {
			shown -= front.shown
		}
		if shown == 0 {
			continue
		}
		if n++; n == 1 {
			first = shown
		}
		if a.typical > 0 && float64(shown) > a.f.ScoutLarge*a.typical {
			return first, priceOf(buy, lv.key)
		}
	}
	return first, 0
}

func (a *scout) frontOf(buy bool) *ord {
	if buy {
		return &a.front[1]
	}
	return &a.front[0]
}

// stand keeps an order a tick in front of a large one, as long as that is the best price and takes nothing.
func (a *scout) stand(m *Market, b *lob, buy bool, large market.Price) {
	o, q := a.frontOf(buy), m.national[a.sym].now()
	want := large + market.Price(sideOf(buy).Sign())*b.inst.Tick
	near, far := q.Near(sideOf(buy)), q.Far(sideOf(buy))
	if large == 0 || far == 0 || sideOf(buy).Worse(want, far-market.Price(sideOf(buy).Sign())*b.inst.Tick) || sideOf(buy).Worse(near, want) {
		want = 0
	}
	if o.resting && o.limit == want {
		return
	}
	if o.resting {
		pull(b, o)
	}
	if size := min(a.f.ScoutTake, a.own.room(buy, a.f.ScoutMax)); want > 0 && size > 0 {
		*o = ord{agent: &a.own, typ: order.Limit, postOnly: true}
		o.set(buy, size, want)
		put(b, o)
	}
}

// ahead trades ahead of a block after the scout's own reaction time.
func (a *scout) ahead(m *Market, buy bool) {
	what := int64(scoutSell)
	if buy {
		what = scoutBuy
	}
	m.schedule(m.now.Add(a.f.ScoutLag), a, what)
}

func (a *scout) step(m *Market, buy bool) {
	a.own.recall()
	if q := min(a.f.ScoutTake, a.own.room(buy, a.f.ScoutMax)); q > 0 {
		a.own.add(buy, a.hand.sweep(m, a.sym, a.rnd, a.weight, buy, q, scoutDeep))
	}
}

// leave offers a piece to the block where it was found, and else gets rid of it as it can.
func (a *scout) leave(m *Market) {
	a.busy = false
	if !a.v.spec.Type.Displayed() && a.own.q != 0 {
		buy, q := a.own.q < 0, min(a.own.size(), a.f.ScoutTake)
		if got := a.hand.cross(a.v.books[a.sym], buy, q, 0); got > 0 {
			a.own.add(buy, got)
			return
		}
	}
	a.own.lighten(m, &a.hand, a.sym, a.rnd, a.weight, max(a.f.ScoutTake, m.insts[a.sym].Lot))
}
