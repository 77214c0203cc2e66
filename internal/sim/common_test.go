package sim

import (
	"fmt"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// exogenous gives the state of every source of a market that nothing traded in it may change: the next event of each agent
// and what its stream gives next, and the fundamental.
func exogenous(m *Market) map[string]string {
	out := map[string]string{}
	for _, s := range m.agents() {
		name := ""
		switch a := s.agent.(type) {
		case *taker:
			name = fmt.Sprintf("taker %d", a.sym)
		case *hunter:
			name = fmt.Sprintf("hunter %d", a.sym)
		case *metaorders:
			name = fmt.Sprintf("metaorders %d", a.sym)
		case *value:
			name = fmt.Sprintf("value %d", a.sym)
		case *latent:
			name = fmt.Sprintf("blocks %d %d", a.b.base().v.spec.ID, a.b.base().sym)
		case *pinger:
			name = fmt.Sprintf("pings %d %d", a.b.base().v.spec.ID, a.b.base().sym)
		case *maker:
			name = fmt.Sprintf("maker %d %d %d", a.b.base().v.spec.ID, a.b.base().sym, a.quote[0][0].party)
		default: // it reacts
			continue
		}
		_, rnd, _ := m.pace(s.agent)
		out[name] = fmt.Sprint(m.queue.heap[s.place].at, rnd.Uint64())
	}
	for s := range m.insts {
		out[fmt.Sprintf("fundamental %d", s)] = fmt.Sprint(m.outlooks[s].at(m.now))
	}
	return out
}

// TestExogenousFlowIsCommon: who trades for reasons of its own does so at the same times, on the same sides and in the same
// sizes, whatever a client does in the market.
func TestExogenousFlowIsCommon(t *testing.T) {
	run := func(trade bool) map[string]string {
		cfg, flow := Balanced(3, 0, 0)
		flow.ValueDepth, flow.ValueReach, flow.ValueLife, flow.ValuePiece = .8, .2, 1500, 200
		flow.MetaRate, flow.MetaMin, flow.MetaMax, flow.MetaPiece, flow.MetaShare, flow.MetaPassive = .2, 1000, 50_000, 200, .2, .3
		m := populated(t, cfg, flow)
		for i := range 240 {
			m.RunUntil(m.now.Add(market.Second / 4))
			sym := m.insts[i%len(m.insts)].Symbol
			side := market.Side(1 + i/20%2)
			if far := m.NBBO(sym).Far(side); trade && far > 0 {
				for v := range cfg.Venues {
					m.Submit(cfg.Venues[v].ID, Order{Client: "c", ClOrdID: itoa(i*64 + v), Symbol: sym, Side: side, Type: order.Limit, TIF: order.IOC, Qty: 300, Limit: far})
				}
			}
		}
		return exogenous(m)
	}
	with, without := run(true), run(false)
	if len(with) != len(without) || len(with) < 20 {
		t.Fatalf("%d and %d sources", len(with), len(without))
	}
	for name, state := range with {
		if without[name] != state {
			t.Errorf("%s goes on with %s where somebody traded, and with %s where nobody did", name, state, without[name])
		}
	}
}
