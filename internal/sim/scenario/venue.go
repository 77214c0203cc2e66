package scenario

import (
	"fmt"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/sim"
	"github.com/sluice-sor/sluice/internal/table"
)

// everything is the order features of a venue that does not list its own.
const everything = market.CapMidpoint | market.CapMinQty | market.CapPostOnly | market.CapReserve | market.CapReplace |
	market.CapStatus | market.CapHidden | market.CapKeepsPriority

// readVenue reads one [[venue]]: its public description, what no policy may see, and who trades there.
func (r *reader) readVenue(s *table.Section, id market.VenueID) {
	v := sim.VenueSpec{Venue: market.Venue{ID: id, Type: market.Lit, Caps: everything},
		Rules: sim.Rules{ViewDelay: 300 * market.Microsecond}, Order: sim.Latency{Base: 100 * market.Microsecond},
		Feed: sim.Latency{Base: 100 * market.Microsecond}}
	if s.Require("name", "give it a short name such as DARKA") {
		if s.Text("name", &v.Name); !table.IsName(v.Name, 16) {
			s.Problem("name", fmt.Sprintf("is %q", v.Name), "want 1 to 16 letters, digits, _ - and .")
		}
	}
	v.MIC = v.Name
	s.Text("mic", &v.MIC)
	if s.Require("type", "want lit, ecn, inverted, dark or internalizer") {
		text := ""
		s.Text("type", &text)
		if t, err := market.ParseVenueType(text); err != nil {
			s.Problem("type", fmt.Sprintf("is %q", text), "want lit, ecn, inverted, dark or internalizer")
		} else {
			v.Type = t
		}
	}
	if s.Has("caps") {
		v.Caps = s.Caps("caps")
	}
	table.Whole(s, "lot_shares", &v.Lot, 0, mostShares)
	table.Whole(s, "max_qty_shares", &v.MaxQty, 0, mostShares)
	ttl := int64(0)
	s.Duration("quote_ttl", &ttl, 0, time.Hour)
	v.QuoteMs = ttl / market.Millisecond
	s.Require("history", "give what the desk believes of it: { latency_us, fill_rate_pct, impact, volume_share }")
	v.History = s.Sub("history").History()
	s.Require("fees", `give dollars a share: { added = "-0.0020", removed = "0.0030" }; a rebate is negative`)
	v.Fees = make([]market.FeeSchedule, 1)
	s.Sub("fees").PerShare(&v.Fees[0])
	readLatency(s.Sub("order_latency"), &v.Order)
	readLatency(s.Sub("feed_latency"), &v.Feed)
	readRules(s.Sub("rules"), &v.Rules)
	r.Venues = append(r.Venues, v)
	flow := sim.VenueFlow{Venue: id}
	f := s.Sub("flow")
	readFields(f, venueFields(), &flow)
	checkEffect(f, v.Type)
	checkFlow(f, &flow)
	f.Done()
	r.Flow.Venues = append(r.Flow.Venues, flow)
	s.Done()
}

func readLatency(s *table.Section, l *sim.Latency) {
	s.Duration("base", &l.Base, 0, time.Minute)
	s.Duration("jitter", &l.Jitter, 0, time.Minute)
	s.Duration("tail", &l.Tail, 0, time.Minute)
	s.Real("tail_prob", &l.TailProb, 0, 1)
	s.Done()
}

func readRules(s *table.Section, u *sim.Rules) {
	s.Flag("post_only_slide", &u.PostOnlySlide)
	s.Flag("round_lots_only", &u.RoundLotsOnly)
	s.Flag("size_priority", &u.SizePriority)
	s.Flag("min_qty_aggregate", &u.MinQtyAggregate)
	s.Duration("view_delay", &u.ViewDelay, 0, time.Minute)
	s.Duration("crumble_for", &u.CrumbleFor, 0, time.Minute)
	self := "cancel-resting"
	s.Text("self_trade", &self)
	switch self {
	case "cancel-resting":
	case "cancel-incoming":
		u.SelfTrade = sim.CancelIncoming
	case "allow":
		u.SelfTrade = sim.AllowSelfTrade
	default:
		s.Problem("self_trade", fmt.Sprintf("is %q", self), "want cancel-resting, cancel-incoming or allow")
	}
	s.Done()
}

// checkEffect reports parameters of agents that do not come to a venue of this type.
func checkEffect(s *table.Section, t market.VenueType) {
	for _, f := range venueFields() {
		if s.Has(f.key) && !f.where.has(t) {
			s.Problem(f.key, "has no effect at a venue of the type "+t.String(), "remove it")
		}
	}
}

// checkFlow reports parameters of one venue that contradict each other.
func checkFlow(s *table.Section, f *sim.VenueFlow) {
	if f.Makers > 0 && (f.MakerRate <= 0 || f.MakerSize <= 0 || f.MakerDepth <= 0) {
		s.Problem("makers", "need more to quote", "give maker_rate, maker_size and maker_depth above 0")
	}
	if f.NoiseRate > 0 && f.NoiseLife <= 0 {
		s.Problem("noise_rate", "needs the orders' life", "give noise_life_s above 0")
	}
	if f.BlockRate > 0 && (f.BlockMin <= 0 || f.BlockMax < f.BlockMin || f.BlockLife <= 0) {
		s.Problem("block_rate", "needs the blocks' sizes and life", "give 0 < block_min <= block_max and block_life_s above 0")
	}
}

// checkWhole reports parameters of the flow as a whole that contradict each other.
func checkWhole(s *table.Section, f *sim.Flow) {
	scouts := false
	for i := range f.Venues {
		scouts = scouts || f.Venues[i].ScoutRate > 0
	}
	if f.MetaRate > 0 && (f.MetaMin <= 0 || f.MetaMax < f.MetaMin || f.MetaPiece <= 0 || f.MetaShare <= 0) {
		s.Problem("meta_rate", "needs the orders' sizes and pace", "give 0 < meta_min <= meta_max, and meta_piece and meta_share above 0")
	}
	if f.ArbMax > 0 && f.ArbHoldMs <= 0 {
		s.Problem("arb_max", "needs how long it keeps what it owns", "give arb_hold_ms above 0")
	}
	if scouts && (f.ScoutHits < 1 || f.ScoutLarge <= 1 || f.ScoutTake <= 0 || f.ScoutMax < f.ScoutTake || f.ScoutHold <= 0) {
		s.Problem("scout_hits", "and others are needed where a venue has a scout_rate",
			"give scout_hits, scout_large above 1, 0 < scout_take <= scout_max and scout_hold_s above 0")
	}
}
