package sim

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/internal/market"
)

// Flow is who trades in a synthetic market. Rates are events a second. The zero value of a rate is nobody.
type Flow struct {
	Session      int64   // length of the day in ns for the U shape of volatility; 0 means flat
	Volatility   float64 // multiplies the instruments' DayVolBps; 0 means 1
	JumpsPerHour float64
	LeanBps      float64 // how far makers move their price for a signed flow of LeanShares that just traded
	LeanShares   market.Qty
	LeanMs       int64   // time constant of that memory; 0 means 20 s
	CarryBps     float64 // how far a maker moves its price for a position of LeanShares of its own
	LeanQueue    float64 // how far makers move their price, in ticks, when the best quote's displayed size is all on one side

	ValueDepth float64    // value traders: ADVs for sale per day's standard deviation, squared, away from the price; 0 is nobody
	ValueReach float64    // how far a reservation price wanders in its life, in standard deviations of a day
	ValueLife  float64    // seconds until one gives up, mean
	ValuePiece market.Qty // shares of an order that they show

	TakerRate   float64    // natural takers, a symbol
	TakerLots   float64    // smallest take, lots; sizes are heavy-tailed above it
	TakerMax    market.Qty // largest take
	Persist     float64    // chance that a natural taker trades the same side as the one before
	HuntRate    float64    // looks of informed takers, a symbol
	HuntAheadMs int64      // how far ahead they know the fundamental
	HuntLevel   float64    // seconds in which they take over where the market stands beside the fundamental; 0: they trade against that
	HuntEdge    float64    // what they ask for beyond the price, in ticks
	HuntMax     market.Qty // most an informed look takes at one venue

	MetaRate    float64    // metaorders: arrivals of large parent orders, a symbol
	MetaMin     market.Qty // smallest parent, shares; sizes are Pareto above it, with exponent 3/2
	MetaMax     market.Qty // largest parent, shares
	MetaPiece   market.Qty // mean shares of a piece
	MetaShare   float64    // pace of a parent while it is worked, as a part of the symbol's ADV pace (ADV over 6.5 hours); .1 is 10 %
	MetaPassive float64    // chance that a piece rests at the near side until the next one, instead of taking
	MetaHidden  float64    // chance that half of a parent rests at the midpoint of a dark venue meanwhile
	MetaMinQty  market.Qty // minimum execution of that half, shares; 0 for none

	ArbMax    market.Qty // arbitrageur: most it owns, shares, a symbol; 0 is nobody
	ArbLag    int64      // ns from a change of the consolidated quote until its orders arrive
	ArbEdge   float64    // what it asks for beyond a stale price, in ticks
	ArbHoldMs int64      // mean time between its steps of getting rid of what it owns

	ScoutHits  int        // scouts (VenueFlow.ScoutRate): fills of probes in a row that tell of a block
	ScoutLarge float64    // displayed size that tells of a large order, as a multiple of the usual at that venue
	ScoutLag   int64      // ns from finding a block until the scout's own orders arrive
	ScoutTake  market.Qty // most it takes ahead of a block, or shows in front of a large displayed order, each time, shares
	ScoutMax   market.Qty // most it owns, shares, a symbol and venue
	ScoutHold  float64    // mean seconds between its steps of getting rid of what it owns

	Symbols []market.Symbol // whom the agents trade; empty = all symbols of the market
	Venues  []VenueFlow
}

// VenueFlow is who trades at one venue, in each symbol.
type VenueFlow struct {
	Venue market.VenueID

	Makers     int        // at displayed venues
	MakerRate  float64    // looks of each maker
	MakerLagMs int64      // age of the fundamental it knows
	MakerEdge  float64    // half spread, in ticks
	MakerSize  market.Qty // mean size a level
	MakerDepth int        // levels a side, at most 8
	NoiseRate  float64    // zero-intelligence limit orders, each with a life
	NoiseLife  float64    // mean life in seconds
	TakerShare float64    // weight of the venue for natural takers where its price ties
	HuntShare  float64    // chance that an informed taker comes here when the price is stale

	BlockRate     float64    // dark: arrivals of latent blocks
	BlockMin      market.Qty // smallest block; sizes are heavy-tailed above it
	BlockMax      market.Qty
	BlockLife     float64    // mean seconds until a block leaves
	BlockPersist  float64    // chance that a block is on the same side as the one before
	BlockInformed float64    // chance that a block is on the side of the fundamental's next move
	BlockLean     float64    // from −1 to 1: above 0 blocks tend to buy, at 1 all do that are not informed; below 0 to sell
	BlockTotal    market.Qty // what blocks of the side of BlockLean want in all: they come the less often the more of it is done; 0 = no end
	BlockMinQty   market.Qty // minimum execution of blocks, 0 for none
	PingRate      float64    // dark: small immediate orders
	PingMax       market.Qty
	PingInformed  float64
	AheadMs       int64 // how far ahead the informed at this venue know

	MetaWeight float64 // dark: weight of the venue for the hidden part of metaorders
	ScoutRate  float64 // visits of the scout: probes of a dark venue (say 1), looks at a displayed one (say 10)
}

func (f *Flow) volatility() float64 {
	if f.Volatility == 0 {
		return 1
	}
	return f.Volatility
}

// Populate adds the agents of f to m. Call it once, before the first event.
func (m *Market) Populate(f Flow) error {
	if err := f.check(m); err != nil {
		return fmt.Errorf("sim: flow: %w", err)
	}
	f.Venues = slices.Clone(f.Venues)
	m.flow = &f
	if f.LeanMs == 0 {
		f.LeanMs = 20_000
	}
	for s := range m.insts {
		if !f.has(m.insts[s].Symbol) {
			continue
		}
		m.pressure[s] = &pressure{half: float64(f.LeanMs * market.Millisecond), last: m.now}
		m.outlooks[s] = newFundamental(m.cfg.Seed, s, &f, m.now, &m.insts[s])
	}
	for i := range f.Venues {
		vf := &f.Venues[i]
		v := m.byID[vf.Venue]
		for s := range m.insts {
			if !f.has(m.insts[s].Symbol) {
				continue
			}
			if v.spec.Type.Displayed() {
				m.populateLit(&f, vf, v, s)
			} else {
				m.populateDark(vf, v, s)
			}
			m.addScout(&f, vf, v, s)
		}
	}
	for s := range m.insts {
		if f.has(m.insts[s].Symbol) {
			m.addTaker(&f, s)
			m.addHunter(&f, s)
			m.addValue(&f, s)
			m.addMetas(&f, s)
			m.addArbitrageur(&f, s)
		}
	}
	return nil
}

// has reports whether the flow trades a symbol.
func (f *Flow) has(s market.Symbol) bool { return len(f.Symbols) == 0 || slices.Contains(f.Symbols, s) }

func (m *Market) populateLit(f *Flow, vf *VenueFlow, v *venue, s int) {
	for k := range vf.Makers {
		m.addMaker(f, vf, v, s, k)
	}
	m.addNoise(vf, v, s)
}

// PopulateDark adds only the flow of dark venues in the given symbols (none = all), for a market whose displayed venues
// replay a recording.
func (m *Market) PopulateDark(flows []VenueFlow, symbols ...market.Symbol) error {
	f := Flow{Venues: slices.Clone(flows), Symbols: symbols}
	for i := range f.Venues {
		f.Venues[i].ScoutRate = 0 // it trades on displayed venues, where a recording does not answer
	}
	if err := f.check(m); err != nil {
		return fmt.Errorf("sim: flow: %w", err)
	}
	m.flow, m.darkOnly = &f, true
	for i := range flows {
		v := m.byID[flows[i].Venue]
		if v.spec.Type.Displayed() {
			continue
		}
		for s := range m.insts {
			if f.has(m.insts[s].Symbol) {
				m.populateDark(&f.Venues[i], v, s)
			}
		}
	}
	return nil
}

func (f *Flow) check(m *Market) error {
	errs := []error{f.checkValue(m), f.checkMetas(m), f.checkArbs(), f.checkScouts()}
	if f.LeanQueue < 0 {
		errs = append(errs, fmt.Errorf("LeanQueue %g: 0 or more ticks", f.LeanQueue))
	}
	for i := range f.Venues {
		vf := &f.Venues[i]
		if vf.Venue >= market.MaxVenues || m.byID[vf.Venue] == nil {
			errs = append(errs, fmt.Errorf("venue %d is not in the market", vf.Venue))
		}
		if vf.MakerDepth < 0 || vf.MakerDepth > makerLevels {
			errs = append(errs, fmt.Errorf("venue %d: MakerDepth %d: 0 to %d", vf.Venue, vf.MakerDepth, makerLevels))
		}
		if vf.BlockRate > 0 && (vf.BlockMin <= 0 || vf.BlockMax < vf.BlockMin || vf.BlockLife <= 0) {
			errs = append(errs, fmt.Errorf("venue %d: blocks need 0 < BlockMin <= BlockMax and BlockLife above 0", vf.Venue))
		}
		if vf.NoiseRate > 0 && vf.NoiseLife <= 0 {
			errs = append(errs, fmt.Errorf("venue %d: NoiseLife must be above 0", vf.Venue))
		}
	}
	return errors.Join(errs...)
}

// checkChance names a field that must be a probability and is not.
func checkChance(field string, x float64) error {
	if x < 0 || x > 1 {
		return fmt.Errorf("%s %g: a chance is 0 to 1", field, x)
	}
	return nil
}

// put lets an agent's order into a book, unless the book is halted; the order is then free again.
func put(b matcher, o *ord) bool {
	if b.base().halted {
		return false
	}
	b.enter(o)
	return true
}

// pull takes an agent's resting order off its book.
func pull(b matcher, o *ord) {
	b.remove(o)
	b.base().end(o, Canceled, ReasonNone)
}

// set makes o a new limit order of size q.
func (o *ord) set(buy bool, q market.Qty, limit market.Price) {
	o.buy, o.qty, o.leaves, o.limit, o.price, o.shown = buy, q, q, limit, 0, 0
}

// lots gives q rounded to lots, at least one.
func lots(inst *market.Instrument, q float64) market.Qty {
	n := market.Qty(q/float64(inst.Lot) + 0.5)
	return max(n, 1) * inst.Lot
}
