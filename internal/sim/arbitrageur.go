package sim

import (
	"errors"

	"github.com/sluice-sor/sluice/internal/market"
)

// arbitrageur ties the displayed venues of one symbol together. It knows public quotes alone: whenever the consolidated
// quote changes it looks for a venue whose ask is below another's bid, and takes both; and for a quote that is stale, that is,
// the others have moved to or past its price by a tick or more since it was set, and takes that. Its orders arrive ArbLag
// later, at the prices that it saw: a venue that was faster keeps its makers whole. What it then owns it gets rid of.
type arbitrageur struct {
	rnd    stream
	f      *Flow
	sym    int
	weight []float64
	hand   hand
	own    position
	set    [][2]standing // by venue index: ask, bid
	order  []intent      // on their way, the oldest first
	busy   bool          // lighten is scheduled
}

// standing is one venue's best price on a side, and where the others stood when it was set.
type standing struct{ px, others market.Price }

// intent is an order on its way.
type intent struct {
	venue int
	buy   bool
	q     market.Qty
	px    market.Price
}

func (f *Flow) checkArbs() error {
	if f.ArbMax < 0 || f.ArbLag < 0 || f.ArbMax > 0 && f.ArbHoldMs <= 0 {
		return errors.New("an arbitrageur (ArbMax) needs ArbLag of 0 or more and ArbHoldMs above 0")
	}
	return nil
}

func (m *Market) addArbitrageur(f *Flow, s int) {
	if f.ArbMax <= 0 {
		return
	}
	a := &arbitrageur{rnd: newStream(m.cfg.Seed, "arbitrageur", s, 0), f: f, sym: s, set: make([][2]standing, len(m.venues))}
	a.weight = f.weights(m, func(*VenueFlow) float64 { return 1 })
	m.arbs[s] = a
}

// look is called when the consolidated quote has changed.
func (a *arbitrageur) look(m *Market) {
	if a.f.ArbMax == 0 {
		return
	}
	tops := m.national[a.sym].tops
	best := bestTwo(tops)
	for i := range tops {
		t := &tops[i]
		bid, ask := best.without(i)
		others := market.Mid(bid, ask)
		a.stale(m, i, true, t.ask, t.askSize, others)
		a.stale(m, i, false, t.bid, t.bidSize, others)
	}
	if b, s := best.ask[0], best.bid[0]; b.px > 0 && s.px > b.px {
		q := min(tops[b.venue].askSize, tops[s.venue].bidSize, a.f.ArbMax)
		a.send(m, intent{b.venue, true, q, b.px})
		a.send(m, intent{s.venue, false, q, s.px})
	}
}

// stale judges the quote of a venue that a buyer (or seller) takes from against where the others stand.
func (a *arbitrageur) stale(m *Market, i int, buy bool, px market.Price, size market.Qty, others market.Price) {
	st := &a.set[i][0]
	if !buy {
		st = &a.set[i][1]
	}
	if px != st.px {
		*st = standing{px, others}
		return
	}
	if px == 0 || others == 0 || st.others == 0 {
		return
	}
	sign := market.Price(sideOf(buy).Sign())
	edge := market.Price(a.f.ArbEdge * float64(m.insts[a.sym].Tick))
	moved, gain := sign*(others-st.others), sign*(others-px)
	if moved < m.insts[a.sym].Tick || gain < edge {
		return
	}
	st.others = others // once for each move
	a.send(m, intent{i, buy, min(size, a.f.ArbMax), px})
}

func (a *arbitrageur) send(m *Market, in intent) {
	a.order = append(a.order, in)
	m.schedule(m.now.Add(a.f.ArbLag), a, 0)
}

// run is the arrival of the oldest order on its way (arg 0), or a step of getting rid of what it owns (arg 1).
func (a *arbitrageur) run(m *Market, arg int64) {
	if arg == 1 {
		a.busy = false
		a.own.lighten(m, &a.hand, a.sym, a.rnd, a.weight, a.own.size())
	} else {
		in := a.order[0]
		a.order = a.order[:copy(a.order, a.order[1:])]
		if q := min(in.q, a.own.room(in.buy, a.f.ArbMax)); q > 0 {
			a.own.add(in.buy, a.hand.take(m, m.venues[in.venue], a.sym, in.buy, q, in.px))
		}
	}
	if a.own.q != 0 && !a.busy {
		a.busy = true
		m.schedule(m.now.Add(a.rnd.after(1e3/float64(max(a.f.ArbHoldMs, 1)))), a, 1)
	}
}

// pick is one venue's price.
type pick struct {
	px    market.Price
	venue int
}

// podium is the two best asks and bids over venues.
type podium struct{ ask, bid [2]pick }

func bestTwo(tops []top) (p podium) {
	for i := range tops {
		if t := &tops[i]; t.ask > 0 {
			place(&p.ask, pick{t.ask, i}, p.ask[0].px == 0 || t.ask < p.ask[0].px, p.ask[1].px == 0 || t.ask < p.ask[1].px)
		}
		if t := &tops[i]; t.bid > 0 {
			place(&p.bid, pick{t.bid, i}, t.bid > p.bid[0].px, t.bid > p.bid[1].px)
		}
	}
	return p
}

func place(at *[2]pick, x pick, first, second bool) {
	switch {
	case first:
		at[1], at[0] = at[0], x
	case second:
		at[1] = x
	}
}

// without gives the best quote of all venues but one.
func (p *podium) without(venue int) (bid, ask market.Price) {
	b, a := p.bid[0], p.ask[0]
	if b.venue == venue {
		b = p.bid[1]
	}
	if a.venue == venue {
		a = p.ask[1]
	}
	return b.px, a.px
}
