package scenario

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/sim"
)

// draws gives random scenarios' parameters by the names of Ranges.
type draws struct {
	*rand.Rand
	ranges []Range
}

// of draws a parameter.
func (d *draws) of(name string) float64 {
	for i := range d.ranges {
		r := &d.ranges[i]
		if r.Name != name {
			continue
		}
		u := d.Float64()
		if r.Log {
			return r.Lo * math.Pow(r.Hi/r.Lo, u)
		}
		return r.Lo + u*(r.Hi-r.Lo)
	}
	panic("scenario: no range " + name)
}

// count draws a whole number, both ends included.
func (d *draws) count(name string) int {
	for i := range d.ranges {
		if r := &d.ranges[i]; r.Name == name {
			return int(r.Lo) + d.IntN(int(r.Hi)-int(r.Lo)+1)
		}
	}
	panic("scenario: no range " + name)
}

func (d *draws) shares(name string) market.Qty { return market.Qty(d.of(name)/100+0.5) * 100 }

// Random draws a scenario from Ranges. The same seed gives the same scenario; how it runs is another seed's matter.
func Random(seed uint64) *Scenario {
	d := &draws{rand.New(rand.NewPCG(seed, 0x5CE7A810)), Ranges()}
	name := fmt.Sprintf("random-%d", seed)
	s := &Scenario{File: name, Name: name, About: "Drawn from the documented ranges.", Seed: seed, Warm: market.Minute,
		Session: 13 * market.Hour / 2}
	s.Regulatory = []market.Regulatory{{From: 20200101, Section31: 27_800, TAF: 166, TAFCap: 8_300_000}}
	d.draw(s)
	return s
}

func (d *draws) draw(s *Scenario) {
	d.flow(s)
	d.symbols(s)
	d.venues(s)
	d.parents(s)
	d.change(s)
}

// volume is about what trades a day in a symbol: takers of mean size 275, and as much again by all the others.
func volume(f *sim.Flow) float64 { return f.TakerRate * 275 * 2 * 23_400 }

func (d *draws) flow(s *Scenario) {
	f := &s.Flow
	f.Volatility, f.JumpsPerHour = d.of("volatility"), d.of("jumps_per_hour")
	f.TakerRate, f.TakerLots, f.TakerMax, f.Persist = d.of("taker_rate"), 1, 5000, d.of("persist")
	adv := volume(f)
	f.LeanBps, f.LeanShares, f.LeanMs = d.of("lean_bps"), market.Qty(adv/900), int64(d.of("lean_s")*1000)
	f.HuntRate, f.HuntAheadMs, f.HuntEdge, f.HuntMax = d.of("hunt_rate"), int64(d.of("hunt_ahead_ms")), d.of("hunt_edge_ticks"), 1000
	f.MetaRate, f.MetaMin, f.MetaMax, f.MetaPiece = d.of("meta_rate"), 2000, 100_000, 300
	f.MetaShare, f.MetaPassive, f.MetaHidden = d.of("meta_share"), d.of("meta_passive"), d.of("meta_hidden")
	f.ArbMax, f.ArbLag, f.ArbEdge, f.ArbHoldMs = d.shares("arb_max"), int64(d.of("arb_lag_us"))*market.Microsecond, 0.5, 2000
	f.ScoutHits, f.ScoutLarge, f.ScoutLag = d.count("scout_hits"), 4, 2*market.Millisecond
	f.ScoutTake = d.shares("scout_take")
	f.ScoutMax, f.ScoutHold = 4*f.ScoutTake, 12
}

func (d *draws) symbols(s *Scenario) {
	for i := range d.count("symbols") {
		tick := market.Price(10_000)
		px := market.Price(d.of("price")*100) * tick
		s.Symbols = append(s.Symbols, market.Instrument{Symbol: market.Symbol([]string{"AAA", "BBB", "CCC"}[i]), Tick: tick, Lot: 100,
			ADV: market.Qty(volume(&s.Flow)*d.of("belief")/1000) * 1000, DayVolBps: d.of("day_vol_bps"), PriorClose: px,
			SpreadBps: d.of("spread_ticks") * float64(tick) / float64(px) * 1e4})
	}
}

func (d *draws) venues(s *Scenario) {
	scouted := d.of("scouted")
	toxic := d.of("toxic")
	for _, kind := range []struct {
		t       market.VenueType
		names   string
		ranging string
	}{{market.Lit, "LIT", "lits"}, {market.ECN, "ECN", "ecns"}, {market.Inverted, "INV", "inverteds"}, {market.Dark, "DARK", "darks"},
		{market.Internalizer, "INTL", "internalizers"}} {
		for i := range d.count(kind.ranging) {
			id := market.VenueID(len(s.Venues))
			name := fmt.Sprintf("%s%d", kind.names, i+1)
			v := sim.VenueSpec{Venue: market.Venue{ID: id, Name: name, MIC: name, Type: kind.t, Caps: everything, Fees: d.fees(kind.t)},
				Rules: sim.Rules{ViewDelay: 300 * market.Microsecond}}
			v.Order, v.Feed = d.link(), d.link()
			f := sim.VenueFlow{Venue: id}
			if d.Float64() < scouted {
				f.ScoutRate = d.of("scout_rate")
			}
			if kind.t.Displayed() {
				d.lit(&f, kind.t)
			} else {
				d.dark(&v, &f, d.Float64() < toxic)
			}
			d.believe(&v, &f)
			s.Venues, s.Flow.Venues = append(s.Venues, v), append(s.Flow.Venues, f)
		}
	}
}

func (d *draws) link() sim.Latency {
	base := d.of("link_us") * float64(market.Microsecond)
	return sim.Latency{Base: int64(base), Jitter: int64(base * d.of("link_jitter")), Tail: int64(d.of("link_tail_ms") * float64(market.Millisecond)),
		TailProb: 0.01}
}

func (d *draws) lit(f *sim.VenueFlow, t market.VenueType) {
	f.Makers, f.MakerRate, f.MakerLagMs, f.MakerDepth = d.count("makers"), d.of("maker_rate"), int64(d.of("maker_lag_ms")), 5
	f.MakerEdge, f.MakerSize = d.of("maker_edge_ticks"), d.shares("maker_size")
	f.NoiseRate, f.NoiseLife = d.of("noise_rate"), d.of("noise_life_s")
	f.TakerShare, f.HuntShare = d.of("taker_share"), d.of("hunt_share")
	if t == market.Inverted {
		f.TakerShare, f.HuntShare = 4*f.TakerShare, f.HuntShare/4
	}
}

func (d *draws) dark(v *sim.VenueSpec, f *sim.VenueFlow, toxic bool) {
	f.BlockRate, f.BlockMin, f.BlockLife, f.BlockPersist = d.of("block_rate"), d.shares("block_min"), d.of("block_life_s"), d.of("block_persist")
	f.BlockMax = market.Qty(float64(f.BlockMin) * d.of("block_spread"))
	f.PingRate, f.PingMax, f.AheadMs = d.of("ping_rate"), 2000, int64(d.of("ahead_s")*1000)
	informed := d.of("informed_good")
	if toxic {
		informed = d.of("informed_toxic")
		f.BlockRate *= 2
	}
	f.BlockInformed, f.PingInformed = informed, informed
	if v.Type == market.Internalizer {
		*f = sim.VenueFlow{Venue: f.Venue, BlockRate: d.of("internal_rate"), BlockMin: 100, BlockMax: 3000, BlockLife: 10, BlockPersist: f.BlockPersist}
		return
	}
	f.BlockMinQty = []market.Qty{0, 0, 100, 500}[d.IntN(4)]
	f.MetaWeight = d.Float64()
	v.Rules.SizePriority = d.IntN(3) == 0
	v.Feed.Base += 2 * market.Millisecond
}

// fees draws a schedule of the usual form for a type of venue.
func (d *draws) fees(t market.VenueType) []market.FeeSchedule {
	mils := func(name string) market.Money { return market.Money(d.of(name)) * 100 } // tenths of a mil in micro-dollars
	var f market.FeeSchedule
	set := func(add, remove, mid market.Money) {
		f.PerShare[market.Added], f.PerShare[market.Removed] = add, remove
		f.PerShare[market.AddedMid], f.PerShare[market.RemovedMid] = mid, mid
		f.PerShare[market.AddedHidden] = max(add, 0)
		f.PerShare[market.RoutedOut] = 3000
	}
	switch t {
	case market.Inverted:
		add := mils("inverted_fee_mils")
		set(add, -min(mils("inverted_rebate_mils"), add), 500)
	case market.Dark:
		fee := mils("dark_fee_mils")
		set(fee, fee, fee)
	case market.Internalizer:
		set(0, 0, 0)
	default:
		set(-mils("maker_rebate_mils"), mils("taker_fee_mils"), 1000)
	}
	return []market.FeeSchedule{f}
}

// believe draws what the desk measured some time ago: near what is about true.
func (d *draws) believe(v *sim.VenueSpec, f *sim.VenueFlow) {
	h := &v.History
	h.LatencyUs = (2*float64(v.Order.Base+v.Order.Jitter)/1000 + 150) * d.of("belief")
	h.VolumeShare = 0.08 * d.of("belief")
	switch v.Type {
	case market.Dark, market.Internalizer:
		waiting := f.BlockRate * f.BlockLife / 2 // blocks on one side
		h.FillRatePct = min(100*waiting/(1+waiting)*d.of("belief"), 60)
		h.Impact = 1 + 2*d.Float64()
		h.VolumeShare /= 2
	case market.Inverted:
		h.FillRatePct, h.Impact = 85+8*d.Float64(), 5+d.Float64()
		h.VolumeShare = min(h.VolumeShare*f.TakerShare/4, 0.3)
	default:
		h.FillRatePct, h.Impact = 90+8*d.Float64(), 6+2*d.Float64()
		h.VolumeShare = min(2*h.VolumeShare*f.TakerShare, 0.4)
	}
}

func (d *draws) parents(s *Scenario) {
	add := func(m Mix) {
		lo := int64(d.of("horizon_s")) * market.Second
		m.Weight, m.Horizon = m.Weight*d.of("weight"), [2]int64{lo, lo*2 + d.Int64N(lo)}
		s.Parents.Mix = append(s.Parents.Mix, m)
	}
	s.Parents = Parents{Every: int64(d.of("every_s") * float64(market.Second)), Buy: 0.5, Persist: d.of("parent_persist"),
		Size: Size{ADV: d.of("median_adv_pct") / 100, Shape: d.of("sigma"), Least: 100, MaxADV: 0.01}}
	any4, any3 := []order.Objective{order.Balanced, order.Balanced, order.Speed, order.MinCost}, []order.Urgency{order.Normal, order.Low, order.High}
	add(Mix{Weight: 45, Type: order.Market, Objectives: any4, Urgencies: any3, Factor: 1})
	add(Mix{Weight: 15, Type: order.Limit, LimitBps: 8, Objectives: any4, Urgencies: any3, Factor: 1})
	add(Mix{Weight: 20, Strategy: order.VWAP, Type: order.Market, Objectives: any4, Urgencies: any3, Factor: 1.3})
	add(Mix{Weight: 8, Strategy: order.POV, Type: order.Market, Objectives: any4, Urgencies: any3, Factor: 0.6, MaxPctBps: [2]int64{1000, 2500}})
	add(Mix{Weight: 12, Strategy: order.Block, Type: order.Market, Objectives: []order.Objective{order.MinImpact}, Urgencies: any3[:2], Factor: 3})
}

// change draws at most one change.
func (d *draws) change(s *Scenario) {
	at := int(d.of("change_at"))
	if d.of("changed") >= 0.4 {
		return
	}
	first := func(t market.VenueType) market.VenueID {
		for i := range s.Venues {
			if s.Venues[i].Type == t {
				return market.VenueID(i)
			}
		}
		panic("scenario: no venue of the type " + t.String())
	}
	pool, ecn := first(market.Dark), first(market.ECN)
	c := Change{AtParent: at, Kind: Agents, Venues: []market.VenueID{pool}}
	rate := s.Flow.Venues[pool].BlockRate
	switch d.IntN(5) {
	case 0: // a pool turns toxic
		x := d.of("informed_toxic")
		c.Edits = []Edit{{"block_informed", x}, {"ping_informed", x}, {"block_rate", 2 * rate}}
	case 1: // it dries up
		c.Edits = []Edit{{"block_rate", rate / 8}}
	case 2: // fees turn around
		c.Kind, c.Venues, c.Schedule = Fees, []market.VenueID{ecn}, d.fees(market.Inverted)[0]
	case 3: // a link becomes slow
		l := d.link()
		l.Base += 2 * market.Millisecond
		c.Kind, c.Venues, c.Order, c.Feed = Links, []market.VenueID{ecn}, &l, &l
	case 4: // prices move more
		c.Venues, c.Edits = nil, []Edit{{"volatility", 1.8 * s.Flow.Volatility}}
	}
	s.Changes = []Change{c}
}
