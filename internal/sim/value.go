package sim

import (
	"errors"
	"fmt"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

const (
	valueLooks  = 4.0 // a second, in each symbol
	valueOrders = 8   // a side at most
)

// value is the value traders of one symbol: those of them for whom the market's price is good enough show an order at the
// best price, and the others wait. They know the fundamental and want neither speed nor anybody's order in particular. A large
// order that moves the price meets more and more of them, and who comes soon after it finds fewer.
type value struct {
	rnd    stream
	pick   stream // of venues
	f      *Flow
	sym    int
	inst   *market.Instrument
	want   *reservations
	weight []float64 // where they rest: where liquidity does
	side   [2][valueOrders]valueOrder
}

type valueOrder struct {
	ord
	at matcher
}

func (a *value) filled(o *ord, q market.Qty, _ market.Price) { a.want.traded(o.buy, float64(q)) }
func (a *value) done(*ord)                                   {}

func (f *Flow) checkValue(m *Market) error {
	var errs []error
	if f.CarryBps < 0 || f.HuntLevel < 0 {
		errs = append(errs, fmt.Errorf("CarryBps %g and HuntLevel %g: 0 or more", f.CarryBps, f.HuntLevel))
	}
	if f.ValueDepth < 0 || f.ValueDepth > 0 && (f.ValueReach <= 0 || f.ValueLife <= 0 || f.ValuePiece <= 0) {
		errs = append(errs, errors.New("value traders (ValueDepth) need ValueReach, ValueLife and ValuePiece above 0"))
	}
	for i := range m.insts {
		if s := &m.insts[i]; f.ValueDepth > 0 && (s.ADV <= 0 || s.DayVolBps <= 0) && f.has(s.Symbol) {
			errs = append(errs, errors.New("value traders (ValueDepth) need the ADV and DayVolBps of "+string(s.Symbol)+" above 0"))
		}
	}
	return errors.Join(errs...)
}

func (m *Market) addValue(f *Flow, s int) {
	if f.ValueDepth <= 0 {
		return
	}
	a := &value{rnd: newStream(m.cfg.Seed, "value", s, 0), pick: newStream(m.cfg.Seed, "value picks", s, 0), f: f, sym: s, inst: &m.insts[s], want: newReservations(f, &m.insts[s], m.now)}
	a.tune(m)
	m.schedule(m.now.Add(a.rnd.after(valueLooks)), a, 0)
}

func (a *value) tune(m *Market) {
	a.want.tune(a.f, a.inst)
	a.weight = a.f.weights(m, func(v *VenueFlow) float64 { return float64(v.Makers) * float64(v.MakerSize) })
}

func (a *value) run(m *Market, _ int64) {
	m.schedule(m.now.Add(a.rnd.after(valueLooks)), a, 0)
	q := m.national[a.sym].now()
	if q.Bid == 0 || q.Ask <= q.Bid || a.f.ValueReach <= 0 || a.f.ValueLife <= 0 {
		return
	}
	news := m.outlooks[a.sym].at(m.now)
	unit := a.inst.DayVolBps / 1e4 * news // price of one standard deviation
	a.want.update(m.now, a.f)
	for i := range a.side {
		buy := i == 1
		px := a.price(buy, q, news, unit)
		a.show(m, buy, px, (float64(px)-news)/unit)
	}
}

// price is what the most eager of a side ask: their reservation, but nobody gives away what the best price of their side, or one
// tick better, would bring, and nobody locks the market.
func (a *value) price(buy bool, q market.Quote, news, unit float64) market.Price {
	near := q.Near(sideOf(buy))
	_, first := a.want.eager(buy, (float64(near)-news)/unit)
	p := market.Price(news + first*unit)
	if buy {
		return max(near, min(a.inst.RoundDown(p), near+a.inst.Tick, q.Ask-a.inst.Tick))
	}
	return min(near, max(a.inst.RoundUp(p), near-a.inst.Tick, q.Bid+a.inst.Tick))
}

// show keeps as many orders at px as would trade at distance y, and withdraws those that stand elsewhere.
func (a *value) show(m *Market, buy bool, px market.Price, y float64) {
	slots := &a.side[0]
	if buy {
		slots = &a.side[1]
	}
	eager, _ := a.want.eager(buy, y)
	left := min(market.Qty(eager)/a.inst.Lot, valueOrders*a.f.ValuePiece/a.inst.Lot) * a.inst.Lot
	for i := range slots {
		o := &slots[i]
		if !o.resting {
			continue
		}
		if o.limit != px || o.leaves > left {
			pull(o.at, &o.ord)
		} else {
			left -= o.leaves
		}
	}
	for i := range slots {
		o := &slots[i]
		if o.resting || left <= 0 {
			continue
		}
		v := m.drawn(a.weight, a.pick.Float64())
		if v == nil || !v.spec.Type.Displayed() {
			return
		}
		q := min(left, max(a.f.ValuePiece, a.inst.Lot))
		o.at = v.books[a.sym]
		o.ord = ord{agent: a, typ: order.Limit, postOnly: true}
		o.set(buy, q, px)
		put(o.at, &o.ord)
		left -= q
	}
}
