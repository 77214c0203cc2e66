package sim

import (
	"github.com/sluice-sor/sluice/internal/market"
)

const allCaps = market.CapMidpoint | market.CapMinQty | market.CapPostOnly | market.CapReserve | market.CapReplace |
	market.CapStatus | market.CapHidden

// Balanced gives the demo's market: nine venues of all types in three symbols, with everybody who trades there. Venues
// differ in who comes, in their fees' pull on takers, and in their links; what that makes of fill rates, toxicity and
// latency is for a router to find out. Session is the length of the day for the U shape, 0 for a flat day.
func Balanced(seed uint64, start market.Time, session int64) (Config, Flow) {
	us := market.Microsecond
	ms := market.Millisecond
	lat := func(base, jitter, tail int64) Latency {
		return Latency{Base: base, Jitter: jitter, Tail: tail, TailProb: 0.01}
	}
	venue := func(id market.VenueID, name string, t market.VenueType, extra market.Caps, order, feed Latency) VenueSpec {
		v := VenueSpec{Order: order, Feed: feed, Rules: Rules{ViewDelay: 300 * us}}
		v.ID, v.Name, v.MIC, v.Type, v.Caps = id, name, name, t, allCaps|extra
		v.Fees = presetFees(t)
		return v
	}
	cfg := Config{Start: start, Seed: seed, Symbols: presetSymbols(), Venues: []VenueSpec{
		venue(0, "LITX", market.Lit, 0, lat(120*us, 30*us, 2*ms), lat(150*us, 40*us, ms)),
		venue(1, "LITY", market.Lit, market.CapDLimit, lat(200*us, 40*us, 3*ms), lat(250*us, 60*us, ms)),
		venue(2, "LITZ", market.Lit, 0, lat(180*us, 60*us, 5*ms), lat(200*us, 60*us, 2*ms)),
		venue(3, "ECNA", market.ECN, 0, lat(60*us, 10*us, ms), lat(80*us, 20*us, ms)),
		venue(4, "INVA", market.Inverted, 0, lat(150*us, 40*us, 2*ms), lat(180*us, 40*us, ms)),
		venue(5, "DARKA", market.Dark, 0, lat(250*us, 80*us, 4*ms), lat(2*ms, ms, 5*ms)),
		venue(6, "DARKB", market.Dark, 0, lat(350*us, 100*us, 5*ms), lat(2*ms, ms, 5*ms)),
		venue(7, "DARKC", market.Dark, 0, lat(300*us, 80*us, 8*ms), lat(2*ms, ms, 5*ms)),
		venue(8, "INTL", market.Internalizer, 0, lat(40*us, 10*us, ms), lat(2*ms, ms, 5*ms)),
	}}
	cfg.Venues[2].Rules.PostOnlySlide = true
	cfg.Venues[7].Rules.SizePriority = true
	cfg.Venues[7].Rules.ViewDelay = 2 * ms
	return cfg, balancedFlow(session)
}

func balancedFlow(session int64) Flow {
	lit := func(id market.VenueID, makers int, edge float64, size market.Qty, noise, taker, hunt float64) VenueFlow {
		return VenueFlow{Venue: id, Makers: makers, MakerRate: 8, MakerLagMs: 20, MakerEdge: edge, MakerSize: size, MakerDepth: 5,
			NoiseRate: noise, NoiseLife: 5, TakerShare: taker, HuntShare: hunt}
	}
	dark := func(id market.VenueID, rate float64, least, most market.Qty, life, informed, ping, pingInformed float64) VenueFlow {
		return VenueFlow{Venue: id, BlockRate: rate, BlockMin: least, BlockMax: most, BlockLife: life, BlockPersist: 0.85,
			BlockInformed: informed, PingRate: ping, PingMax: 2000, PingInformed: pingInformed, AheadMs: 3000}
	}
	f := Flow{Session: session, JumpsPerHour: 2, LeanBps: 3, LeanShares: 10_000, TakerRate: 0.6, TakerLots: 1, TakerMax: 5000, Persist: 0.7,
		HuntRate: 1.8, HuntAheadMs: 600, HuntEdge: 0.2, HuntMax: 1000, Venues: []VenueFlow{
			lit(0, 3, 1.0, 400, 0.6, 1.0, 0.95), lit(1, 2, 1.0, 300, 0.5, 0.7, 0.9), lit(2, 2, 1.1, 200, 0.4, 0.5, 0.9),
			lit(3, 2, 0.9, 300, 0.4, 0.8, 0.95), lit(4, 2, 1.1, 200, 0.05, 4.0, 0.1),
			dark(5, 0.05, 1500, 60_000, 45, 0.05, 0.12, 0.05),
			dark(6, 0.08, 500, 10_000, 10, 0.6, 0.15, 0.5),
			dark(7, 0.04, 2000, 40_000, 40, 0.10, 0.08, 0.10),
			dark(8, 0.10, 100, 3_000, 10, 0, 0, 0),
		}}
	f.Venues[7].BlockMinQty = 200
	return f
}

func presetSymbols() []market.Instrument {
	one := func(s market.Symbol, close market.Price, adv market.Qty, vol, spread float64) market.Instrument {
		return market.Instrument{Symbol: s, Tick: 10_000, Lot: 100, ADV: adv, DayVolBps: vol, PriorClose: close, SpreadBps: spread}
	}
	return []market.Instrument{
		one("ACME", 48_500_000, 3_000_000, 140, 2.5),
		one("BOLT", 121_200_000, 5_000_000, 180, 1.7),
		one("CRUX", 23_700_000, 1_500_000, 220, 5),
	}
}

// presetFees gives a schedule of the usual form a venue type: micro-dollars a share, negative is a rebate.
func presetFees(t market.VenueType) []market.FeeSchedule {
	var f market.FeeSchedule
	set := func(add, remove, hidden, mid market.Money) {
		f.PerShare[market.Added], f.PerShare[market.Removed] = add, remove
		f.PerShare[market.AddedHidden] = hidden
		f.PerShare[market.AddedMid], f.PerShare[market.RemovedMid] = mid, mid
		f.PerShare[market.RoutedOut] = 3_000
	}
	switch t {
	case market.Inverted:
		set(2_000, -1_800, 2_400, 500)
	case market.ECN:
		set(-2_500, 2_900, 0, 900)
	case market.Dark:
		set(1_000, 1_000, 1_000, 1_000)
	case market.Internalizer:
		set(0, 0, 0, 0)
	default:
		set(-2_000, 3_000, 0, 1_000)
	}
	return []market.FeeSchedule{f}
}
