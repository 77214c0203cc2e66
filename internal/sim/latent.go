package sim

import (
	"math"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// latentMost bounds the blocks that wait in one pool and symbol at once.
const latentMost = 8

// latent is the hidden interest of one dark venue in one symbol: blocks that arrive, rest at the midpoint, and leave after
// a while, with sizes that are heavy-tailed and sides that persist, since one large order on the other side shows up as many
// blocks. Where that one's want has an end (BlockTotal), they come the less often the more of it is met. Some are on the side of the fundamental's next move: who meets them regrets it, and so toxicity emerges.
type latent struct {
	b    matcher
	rnd  stream
	vf   *VenueFlow
	last bool
	met  market.Qty // of what BlockTotal is about
	slot [latentMost]ord
}

func (m *Market) populateDark(vf *VenueFlow, v *venue, s int) {
	m.addLatent(vf, v, s)
	m.addPinger(vf, v, s)
}

func (m *Market) addLatent(vf *VenueFlow, v *venue, s int) {
	if vf.BlockRate > 0 {
		a := &latent{b: v.books[s], vf: vf, rnd: newStream(m.cfg.Seed, "latent", int(v.spec.ID), s), last: vf.BlockLean > 0}
		m.schedule(m.now.Add(a.rnd.after(vf.BlockRate*5)), a, -1)
	}
}

func (m *Market) addPinger(vf *VenueFlow, v *venue, s int) {
	if vf.PingRate > 0 {
		a := &pinger{b: v.books[s], vf: vf, rnd: newStream(m.cfg.Seed, "ping", int(v.spec.ID), s)}
		m.schedule(m.now.Add(a.rnd.after(vf.PingRate)), a, 0)
	}
}

func (a *latent) filled(o *ord, q market.Qty, _ market.Price) {
	if a.leaning(o.buy) {
		a.met += q
	}
}
func (a *latent) done(*ord) {}

// leaning reports whether a side is the one that blocks lean to, and their want has an end.
func (a *latent) leaning(buy bool) bool { return a.vf.BlockTotal > 0 && buy == (a.vf.BlockLean > 0) }

// wanted is what a new block of the leaning side may be: what is neither met nor waits already.
func (a *latent) wanted() market.Qty {
	q := a.vf.BlockTotal - a.met
	for i := range a.slot {
		if o := &a.slot[i]; o.resting && a.leaning(o.buy) {
			q -= o.leaves
		}
	}
	return max(q, 0)
}

// run is an arrival (arg −1), or the departure of the block that is in a slot: arg is slot + latentMost × the order's id,
// so that a departure does not hit a later block of the same slot.
func (a *latent) run(m *Market, arg int64) {
	if arg >= 0 {
		if o := &a.slot[arg%latentMost]; o.resting && int64(o.id) == arg/latentMost {
			pull(a.b, o)
		}
		return
	}
	m.schedule(m.now.Add(a.rnd.after(a.vf.BlockRate*m.rhythm())), a, -1)
	if !a.rnd.chance(a.vf.BlockPersist) {
		a.last = a.rnd.IntN(2) == 0
		if lean := a.vf.BlockLean; lean != 0 && a.rnd.chance(math.Abs(lean)) {
			a.last = lean > 0
		}
	}
	buy := a.last
	informed := a.rnd.chance(a.vf.BlockInformed)
	size := a.rnd.pareto(float64(a.vf.BlockMin), float64(a.vf.BlockMax))
	life := a.rnd.after(1 / a.vf.BlockLife)
	if informed {
		buy, life = rising(m, a.b.base().sym, a.vf.AheadMs), min(life, 2*a.vf.AheadMs*market.Millisecond)
	}
	qty, lot := lots(a.b.base().inst, size), a.b.base().inst.Lot
	if a.leaning(buy) {
		left := a.wanted()
		if a.rnd.Float64()*float64(a.vf.BlockTotal) >= float64(left) { // one draw, whatever is left
			return
		}
		qty = max(min(qty, left-left%lot), lot)
	}
	for i := range a.slot {
		o := &a.slot[i]
		if o.resting {
			continue
		}
		*o = ord{agent: a, typ: order.Midpoint, hidden: true}
		o.set(buy, qty, 0)
		o.minQty = min(a.vf.BlockMinQty, o.qty)
		if put(a.b, o) && o.resting {
			m.schedule(m.now.Add(life), a, int64(i)+latentMost*int64(o.id))
		}
		return
	}
}

// rising reports whether the fundamental will be higher.
func rising(m *Market, sym int, aheadMs int64) bool {
	o := m.outlooks[sym]
	if o == nil {
		return false
	}
	return o.at(m.now.Add(aheadMs*market.Millisecond)) > o.at(m.now)
}

// pinger is the small immediate flow of a dark venue in one symbol, natural or informed.
type pinger struct {
	b   matcher
	rnd stream
	vf  *VenueFlow
	o   ord
}

func (a *pinger) filled(*ord, market.Qty, market.Price) {}
func (a *pinger) done(*ord)                             {}

func (a *pinger) run(m *Market, _ int64) {
	m.schedule(m.now.Add(a.rnd.after(a.vf.PingRate*m.rhythm())), a, 0)
	inst := a.b.base().inst
	buy, size := a.rnd.IntN(2) == 0, a.rnd.pareto(float64(inst.Lot), max(float64(a.vf.PingMax), float64(inst.Lot)))
	if a.rnd.chance(a.vf.PingInformed) {
		buy = rising(m, a.b.base().sym, a.vf.AheadMs)
	}
	a.o = ord{agent: a, typ: order.Midpoint, tif: order.IOC, hidden: true}
	a.o.set(buy, lots(inst, size), 0)
	put(a.b, &a.o)
}
