package sim

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// makerLevels is the most levels a side that a maker quotes.
const makerLevels = 8

// maker quotes one symbol at one venue around its own estimate of fair value: the fundamental some time ago, an error of
// its own, the flow that traded lately, and its inventory. It looks at random times, so its quotes are stale in between,
// and it asks for more after it was hit.
type maker struct {
	b     matcher
	inst  *market.Instrument
	rnd   stream // when it looks and how it errs: the same whatever the market is like
	sizes stream // of new quotes
	vf    *VenueFlow
	lean  float64 // price per share of pressure
	carry float64 // price per share that it owns
	queue float64 // price for a consolidated best quote that is all on one side
	edge  float64 // price
	err   float64 // its error, price
	fear  float64
	inv   market.Qty
	quote [2][makerLevels]ord // asks, bids
}

func (m *Market) addMaker(f *Flow, vf *VenueFlow, v *venue, s, k int) {
	a := &maker{b: v.books[s], inst: &m.insts[s], vf: vf, rnd: newStream(m.cfg.Seed, "maker", int(v.spec.ID)*64+k, s),
		sizes: newStream(m.cfg.Seed, "maker sizes", int(v.spec.ID)*64+k, s)}
	a.tune(f)
	m.nextParty++
	for i := range a.quote {
		for j := range a.quote[i] {
			a.quote[i][j] = ord{agent: a, typ: order.Limit, postOnly: true, party: -m.nextParty}
		}
	}
	m.schedule(m.now.Add(a.rnd.after(vf.MakerRate*20)), a, 0)
}

// tune takes over what the flow says of the maker's prices.
func (a *maker) tune(f *Flow) {
	vf, inst := a.vf, a.inst
	a.edge = max(vf.MakerEdge*float64(inst.Tick), 0.4*float64(inst.Tick))
	if wide := inst.SpreadBps / 2e4 * float64(inst.PriorClose) * vf.MakerEdge; wide > a.edge {
		a.edge = wide
	}
	if a.lean, a.carry = 0, 0; f.LeanShares > 0 {
		a.lean = f.LeanBps / 1e4 * float64(inst.PriorClose) / float64(f.LeanShares)
		a.carry = f.CarryBps / 1e4 * float64(inst.PriorClose) / float64(f.LeanShares)
	}
	a.queue = f.LeanQueue * float64(inst.Tick)
}

func (a *maker) filled(o *ord, q market.Qty, _ market.Price) {
	a.inv += market.Qty(o.side().Sign()) * q
	a.fear = min(a.fear+0.25, 3)
}

func (a *maker) done(*ord) {}

func (a *maker) run(m *Market, _ int64) {
	m.schedule(m.now.Add(a.rnd.after(a.vf.MakerRate)), a, 0)
	if a.b.base().halted {
		return
	}
	sym := a.b.base().sym
	a.err = float64(a.err*0.9) + float64(a.rnd.norm()*0.06*a.edge)
	a.fear *= 0.8
	fair := m.outlooks[sym].at(m.now.Add(-a.vf.MakerLagMs*market.Millisecond)) + a.err
	if p := m.pressure[sym]; p != nil {
		p.decay(m.now)
		fair += float64(p.value * a.lean)
	}
	q := m.national[sym].now()
	if shown := q.BidSize + q.AskSize; a.queue > 0 && shown > 0 {
		fair += float64(q.BidSize-q.AskSize) / float64(shown) * a.queue
	}
	full := float64(a.vf.MakerSize) * float64(max(a.vf.MakerDepth, 1)) * 4
	fair -= float64(a.inv) * (a.edge/full + a.carry)
	half := a.edge * (1 + a.fear)
	bid, ask := a.inst.RoundDown(market.Price(fair-half)), a.inst.RoundUp(market.Price(fair+half))
	if q.Ask > 0 { // a quote must not lock or cross another venue's (Regulation NMS, rule 610)
		bid = min(bid, q.Ask-a.inst.Tick)
	}
	a.requote(true, bid)
	if q.Bid > 0 {
		ask = max(ask, q.Bid+a.inst.Tick)
	}
	a.requote(false, ask)
}

// requote moves one side so that its levels are best, best one tick away, and so on: only what left that range moves.
func (a *maker) requote(buy bool, best market.Price) {
	i, step := 0, a.inst.Tick
	if buy {
		i, step = 1, -a.inst.Tick
	}
	slots := a.quote[i][:a.vf.MakerDepth]
	var have [makerLevels]bool
	for j := range slots {
		o := &slots[j]
		at := int((o.limit - best) / step)
		inside := o.resting && (o.limit-best)/step*step == o.limit-best && at >= 0 && at < len(slots) && !have[at]
		switch {
		case inside:
			have[at] = true
		case o.resting:
			pull(a.b, o)
		}
	}
	at := 0
	for j := range slots {
		o := &slots[j]
		if o.resting {
			continue
		}
		for have[at] {
			at++
		}
		have[at] = true
		if p := best + market.Price(at)*step; p > 0 {
			o.set(buy, lots(a.inst, float64(a.vf.MakerSize)*(0.4+0.6*a.sizes.exp())), p)
			put(a.b, o)
		}
	}
}
