package scenario

import (
	"fmt"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/sim"
	"github.com/sluice-sor/sluice/internal/table"
)

// A field is one parameter of the agents: its key in a file, its bounds, where it stands, and where it has an effect.
type field[T any] struct {
	key    string
	lo, hi float64
	at     func(*T) any // *float64, *int, *int64, *market.Qty or *delay
	where  where
}

// delay is nanoseconds that stand in a file with their unit.
type delay int64

// where is the kind of venue at which a parameter has an effect.
type where uint8

const (
	anywhere where = iota
	lit            // displayed venues
	dark           // dark pools and internalizers
)

func (w where) has(t market.VenueType) bool { return w == anywhere || (w == lit) == t.Displayed() }

// Bounds that no sensible market reaches: rates a second, shares, ms, ns.
const (
	mostRate   = 1000
	mostShares = 1e9
	mostMs     = 3_600_000
	mostLag    = 60e9
)

// flowFields are the keys of [flow]: who trades in the market as a whole, and what prices do.
func flowFields() []field[sim.Flow] {
	return []field[sim.Flow]{
		{"volatility", 0.01, 100, func(f *sim.Flow) any { return &f.Volatility }, anywhere},
		{"jumps_per_hour", 0, 3600, func(f *sim.Flow) any { return &f.JumpsPerHour }, anywhere},
		{"lean_bps", 0, 1000, func(f *sim.Flow) any { return &f.LeanBps }, anywhere},
		{"lean_shares", 0, mostShares, func(f *sim.Flow) any { return &f.LeanShares }, anywhere},
		{"lean_ms", 0, mostMs, func(f *sim.Flow) any { return &f.LeanMs }, anywhere},
		{"carry_bps", 0, 10_000, func(f *sim.Flow) any { return &f.CarryBps }, anywhere},
		{"lean_queue_ticks", 0, 1000, func(f *sim.Flow) any { return &f.LeanQueue }, anywhere},
		{"value_depth", 0, 1000, func(f *sim.Flow) any { return &f.ValueDepth }, anywhere},
		{"value_reach", 0, 10, func(f *sim.Flow) any { return &f.ValueReach }, anywhere},
		{"value_life_s", 0, 86_400, func(f *sim.Flow) any { return &f.ValueLife }, anywhere},
		{"value_piece", 0, mostShares, func(f *sim.Flow) any { return &f.ValuePiece }, anywhere},
		{"taker_rate", 0, mostRate, func(f *sim.Flow) any { return &f.TakerRate }, anywhere},
		{"taker_lots", 0, 1e6, func(f *sim.Flow) any { return &f.TakerLots }, anywhere},
		{"taker_max", 0, mostShares, func(f *sim.Flow) any { return &f.TakerMax }, anywhere},
		{"persist", 0, 1, func(f *sim.Flow) any { return &f.Persist }, anywhere},
		{"hunt_rate", 0, mostRate, func(f *sim.Flow) any { return &f.HuntRate }, anywhere},
		{"hunt_ahead_ms", 0, mostMs, func(f *sim.Flow) any { return &f.HuntAheadMs }, anywhere},
		{"hunt_level_s", 0, 86_400, func(f *sim.Flow) any { return &f.HuntLevel }, anywhere},
		{"hunt_edge_ticks", 0, 1000, func(f *sim.Flow) any { return &f.HuntEdge }, anywhere},
		{"hunt_max", 0, mostShares, func(f *sim.Flow) any { return &f.HuntMax }, anywhere},
		{"meta_rate", 0, mostRate, func(f *sim.Flow) any { return &f.MetaRate }, anywhere},
		{"meta_min", 0, mostShares, func(f *sim.Flow) any { return &f.MetaMin }, anywhere},
		{"meta_max", 0, mostShares, func(f *sim.Flow) any { return &f.MetaMax }, anywhere},
		{"meta_piece", 0, mostShares, func(f *sim.Flow) any { return &f.MetaPiece }, anywhere},
		{"meta_share", 0, 100, func(f *sim.Flow) any { return &f.MetaShare }, anywhere},
		{"meta_passive", 0, 1, func(f *sim.Flow) any { return &f.MetaPassive }, anywhere},
		{"meta_hidden", 0, 1, func(f *sim.Flow) any { return &f.MetaHidden }, anywhere},
		{"meta_min_qty", 0, mostShares, func(f *sim.Flow) any { return &f.MetaMinQty }, anywhere},
		{"arb_max", 0, mostShares, func(f *sim.Flow) any { return &f.ArbMax }, anywhere},
		{"arb_lag", 0, mostLag, func(f *sim.Flow) any { return (*delay)(&f.ArbLag) }, anywhere},
		{"arb_edge_ticks", 0, 1000, func(f *sim.Flow) any { return &f.ArbEdge }, anywhere},
		{"arb_hold_ms", 0, mostMs, func(f *sim.Flow) any { return &f.ArbHoldMs }, anywhere},
		{"scout_hits", 0, 100, func(f *sim.Flow) any { return &f.ScoutHits }, anywhere},
		{"scout_large", 0, 1000, func(f *sim.Flow) any { return &f.ScoutLarge }, anywhere},
		{"scout_lag", 0, mostLag, func(f *sim.Flow) any { return (*delay)(&f.ScoutLag) }, anywhere},
		{"scout_take", 0, mostShares, func(f *sim.Flow) any { return &f.ScoutTake }, anywhere},
		{"scout_max", 0, mostShares, func(f *sim.Flow) any { return &f.ScoutMax }, anywhere},
		{"scout_hold_s", 0, 86_400, func(f *sim.Flow) any { return &f.ScoutHold }, anywhere},
	}
}

// venueFields are the keys of [venue.flow]: who trades at one venue, in each symbol.
func venueFields() []field[sim.VenueFlow] {
	return []field[sim.VenueFlow]{
		{"makers", 0, 16, func(v *sim.VenueFlow) any { return &v.Makers }, lit},
		{"maker_rate", 0, mostRate, func(v *sim.VenueFlow) any { return &v.MakerRate }, lit},
		{"maker_lag_ms", 0, mostMs, func(v *sim.VenueFlow) any { return &v.MakerLagMs }, lit},
		{"maker_edge_ticks", 0, 1000, func(v *sim.VenueFlow) any { return &v.MakerEdge }, lit},
		{"maker_size", 0, mostShares, func(v *sim.VenueFlow) any { return &v.MakerSize }, lit},
		{"maker_depth", 0, 8, func(v *sim.VenueFlow) any { return &v.MakerDepth }, lit},
		{"noise_rate", 0, mostRate, func(v *sim.VenueFlow) any { return &v.NoiseRate }, lit},
		{"noise_life_s", 0, 86_400, func(v *sim.VenueFlow) any { return &v.NoiseLife }, lit},
		{"taker_share", 0, 1000, func(v *sim.VenueFlow) any { return &v.TakerShare }, lit},
		{"hunt_share", 0, 1, func(v *sim.VenueFlow) any { return &v.HuntShare }, lit},
		{"block_rate", 0, mostRate, func(v *sim.VenueFlow) any { return &v.BlockRate }, dark},
		{"block_min", 0, mostShares, func(v *sim.VenueFlow) any { return &v.BlockMin }, dark},
		{"block_max", 0, mostShares, func(v *sim.VenueFlow) any { return &v.BlockMax }, dark},
		{"block_life_s", 0, 86_400, func(v *sim.VenueFlow) any { return &v.BlockLife }, dark},
		{"block_persist", 0, 1, func(v *sim.VenueFlow) any { return &v.BlockPersist }, dark},
		{"block_informed", 0, 1, func(v *sim.VenueFlow) any { return &v.BlockInformed }, dark},
		{"block_lean", -1, 1, func(v *sim.VenueFlow) any { return &v.BlockLean }, dark},
		{"block_total", 0, mostShares, func(v *sim.VenueFlow) any { return &v.BlockTotal }, dark},
		{"block_min_qty", 0, mostShares, func(v *sim.VenueFlow) any { return &v.BlockMinQty }, dark},
		{"ping_rate", 0, mostRate, func(v *sim.VenueFlow) any { return &v.PingRate }, dark},
		{"ping_max", 0, mostShares, func(v *sim.VenueFlow) any { return &v.PingMax }, dark},
		{"ping_informed", 0, 1, func(v *sim.VenueFlow) any { return &v.PingInformed }, dark},
		{"ahead_ms", 0, mostMs, func(v *sim.VenueFlow) any { return &v.AheadMs }, dark},
		{"meta_weight", 0, 1000, func(v *sim.VenueFlow) any { return &v.MetaWeight }, dark},
		{"scout_rate", 0, mostRate, func(v *sim.VenueFlow) any { return &v.ScoutRate }, anywhere},
	}
}

// readFields reads every key that the section has.
func readFields[T any](s *table.Section, fields []field[T], into *T) {
	for i := range fields {
		f := &fields[i]
		switch p := f.at(into).(type) {
		case *float64:
			s.Real(f.key, p, f.lo, f.hi)
		case *int:
			table.Whole(s, f.key, p, int64(f.lo), int64(f.hi))
		case *int64:
			table.Whole(s, f.key, p, int64(f.lo), int64(f.hi))
		case *market.Qty:
			table.Whole(s, f.key, p, int64(f.lo), int64(f.hi))
		case *delay:
			s.Duration(f.key, (*int64)(p), time.Duration(f.lo), time.Duration(f.hi))
		default:
			panic(fmt.Sprintf("scenario: %s is a %T", f.key, p))
		}
	}
}

// readEdits reads the keys that the section has as edits.
func readEdits[T any](s *table.Section, fields []field[T]) (edits []Edit) {
	var probe T
	readFields(s, fields, &probe)
	for i := range fields {
		if s.Has(fields[i].key) {
			edits = append(edits, Edit{fields[i].key, get(fields[i].at(&probe))})
		}
	}
	return edits
}

func get(at any) float64 {
	switch p := at.(type) {
	case *float64:
		return *p
	case *int:
		return float64(*p)
	case *int64:
		return float64(*p)
	case *market.Qty:
		return float64(*p)
	case *delay:
		return float64(*p)
	}
	panic(fmt.Sprintf("scenario: a field is a %T", at))
}

func set(at any, x float64) {
	switch p := at.(type) {
	case *float64:
		*p = x
	case *int:
		*p = int(x)
	case *int64:
		*p = int64(x)
	case *market.Qty:
		*p = market.Qty(x)
	case *delay:
		*p = delay(x)
	default:
		panic(fmt.Sprintf("scenario: a field is a %T", at))
	}
}

// setField makes an edit; a key that there is not is a bug.
func setField[T any](fields []field[T], into *T, e Edit) {
	for i := range fields {
		if fields[i].key == e.Key {
			set(fields[i].at(into), e.Value)
			return
		}
	}
	panic("scenario: no parameter " + e.Key)
}
