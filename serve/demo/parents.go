package demo

import (
	"math/rand/v2"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/sim/recording"
	"github.com/sluice-sor/sluice/serve/config"
)

// parent is one order of the script; its times are relative to when it is sent.
type parent struct {
	order.Terms
	horizon time.Duration // until End; 0 = none
}

// terms gives the order as it is sent now.
func (p parent) terms(now time.Time) order.Terms {
	t := p.Terms
	if p.horizon > 0 {
		t.End = market.Time(now.Add(p.horizon).UnixNano())
	}
	return t
}

// script draws the demo's parents: mixed sizes, sides, symbols, strategies, objectives and urgencies.
func script(seed uint64, n int, file *config.File) []parent {
	r := rand.New(rand.NewPCG(seed, 0x5106CE))
	out := make([]parent, n)
	for i := range out {
		in := &file.Instruments[r.IntN(len(file.Instruments))]
		p := parent{Terms: order.Terms{Account: "ACC1", Symbol: in.Symbol, Side: market.Buy, Type: order.Market,
			Objective: order.Objective(r.IntN(4)), Urgency: order.Urgency(r.IntN(3)), Capacity: 'A'}}
		if r.IntN(2) == 0 {
			p.Side = market.Sell
		}
		p.Qty = market.Qty(1+r.IntN(40)) * 100
		switch x := r.IntN(20); {
		case x < 3:
			p.Strategy, p.horizon = order.VWAP, time.Duration(6+r.IntN(8))*time.Second
		case x < 5:
			p.Strategy, p.MaxPctBps, p.horizon = order.POV, 1000+int64(r.IntN(2000)), time.Duration(8+r.IntN(6))*time.Second
			p.Qty = market.Qty(1+r.IntN(10)) * 100
		case x < 8:
			p.Strategy, p.horizon = order.Block, time.Duration(8+r.IntN(8))*time.Second
			p.Qty = market.Qty(50+r.IntN(150)) * 100
			p.Objective = order.MinImpact
		case x < 10:
			p.TIF = order.IOC
		}
		if in.Symbol == recording.Symbol { // the recorded tape shows only the best quotes and does not refill for us
			p.Qty = max(100, p.Qty/4-p.Qty/4%100)
		}
		out[i] = p
	}
	return out
}
