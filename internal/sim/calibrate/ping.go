package calibrate

import (
	"strconv"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/sim"
	"github.com/sluice-sor/sluice/internal/sim/scenario"
)

// prober sends small immediate midpoint orders to every dark venue, both sides in turn, and marks its fills out.
type prober struct {
	pools []market.VenueID
	count [][]ratio // fills over probes, by pool and unit
	mark  [][]ratio // markout after a second in bps over fills
	open  []fillMark
}

type fillMark struct {
	at              market.Time // when its second is over
	pool, unit, sym int
	sign, px        float64
}

// probeEvery is the seconds between two probes of a venue in a symbol: seldom, so that probing does not use up what it measures.
const probeEvery = 5

// probeUnit is the length of a unit in seconds.
const probeUnit = 300

// pings probes the dark venues of a market of its own.
func (r *Report) pings(s *scenario.Scenario, seed uint64, secs int) error {
	cfg := s.Config(seed, s.Start(seed))
	p := &prober{}
	place, syms := map[market.VenueID]int{}, map[market.Symbol]int{}
	for i := range cfg.Venues {
		if cfg.Venues[i].Type == market.Dark {
			place[cfg.Venues[i].ID] = len(p.pools)
			p.pools = append(p.pools, cfg.Venues[i].ID)
		}
	}
	for i := range cfg.Symbols {
		syms[cfg.Symbols[i].Symbol] = i
	}
	units := (secs + probeUnit - 1) / probeUnit
	for range p.pools {
		p.count, p.mark = append(p.count, make([]ratio, units)), append(p.mark, make([]ratio, units))
	}
	var start market.Time
	cfg.OnReport = func(x *sim.Report) {
		if x.Kind != sim.Filled {
			return
		}
		k, u := place[x.Venue], min(int(x.At.Sub(start)/(probeUnit*market.Second)), units-1)
		p.count[k][u].top++
		p.open = append(p.open, fillMark{x.At.Add(market.Second), k, u, syms[x.Symbol], float64(x.Side.Sign()), float64(x.LastPx)})
	}
	m, err := warm(s, cfg, seed)
	if err != nil {
		return err
	}
	start = m.Now()
	p.run(m, cfg.Symbols, secs, start)
	r.probed(p, s, cfg.Venues)
	return nil
}

// run probes every second some venue: in probeEvery seconds each in each symbol once.
func (p *prober) run(m *sim.Market, syms []market.Instrument, secs int, start market.Time) {
	n := 0
	for i := range secs * perSec {
		m.RunUntil(start.Add(int64(i) * grid))
		p.settle(m, syms)
		if i%perSec != 0 {
			continue
		}
		sec := i / perSec
		for k, v := range p.pools {
			for s := range syms {
				if (sec+k+s)%probeEvery != 0 {
					continue
				}
				n++
				side := market.Buy
				if (sec/probeEvery+s)%2 == 1 {
					side = market.Sell
				}
				p.count[k][sec/probeUnit].below++
				m.Submit(v, sim.Order{Client: "PROBE", ClOrdID: strconv.Itoa(n), Symbol: syms[s].Symbol, Side: side,
					Type: order.Midpoint, TIF: order.IOC, Qty: syms[s].Lot})
			}
		}
	}
}

// settle marks fills out whose second is over.
func (p *prober) settle(m *sim.Market, syms []market.Instrument) {
	for len(p.open) > 0 && p.open[0].at <= m.Now() {
		f := p.open[0]
		p.open = p.open[1:]
		if mid := m.NBBO(syms[f.sym].Symbol).Mid(); mid > 0 {
			p.mark[f.pool][f.unit].add(f.sign*(float64(mid)-f.px)/f.px*1e4, 1)
		}
	}
}

// probed adds what the probes say of each pool, and how the pool with most informed flow compares with the others.
func (r *Report) probed(p *prober, s *scenario.Scenario, venues []sim.VenueSpec) {
	worst, most := -1, 0.0
	for k, v := range p.pools {
		f := r.add(probeFilled, scaled(ratioOf(p.count[k]), 100))
		f.Key, f.Name = f.Key+"-"+venues[v].Name, f.Name+" at "+venues[v].Name
		for i := range s.Flow.Venues {
			if f := &s.Flow.Venues[i]; f.Venue == v && f.BlockInformed+f.PingInformed > most {
				worst, most = k, f.BlockInformed+f.PingInformed
			}
		}
	}
	if worst < 0 || len(p.pools) < 2 {
		r.absent(probeInformed, "needs several dark pools, one of them with informed flow")
		return
	}
	others := make([]ratio, len(p.mark[worst]))
	for k := range p.pools {
		for u := range others {
			if k != worst {
				others[u].add(p.mark[k][u].top, p.mark[k][u].below)
			}
		}
	}
	r.add(probeInformed, differenceOf(p.mark[worst], others))
}
