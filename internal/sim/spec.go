package sim

import (
	"errors"
	"fmt"

	"github.com/sluice-sor/sluice/internal/market"
)

// Config is what a market is made of. Venues and Symbols are copied; callbacks may be nil.
type Config struct {
	Start   market.Time // the virtual clock's first instant
	Close   market.Time // day orders expire here; 0 means never
	Seed    uint64
	Venues  []VenueSpec
	Symbols []market.Instrument

	OnReport func(r *Report)                                         // what a client's order did
	OnBook   func(v market.VenueID, s market.Symbol, b *market.Book) // a displayed venue's quotes, late by Feed
	OnTrade  func(t *Trade)                                          // a print, late by Feed
}

// VenueSpec is one simulated venue: the public description and what a router cannot see.
type VenueSpec struct {
	market.Venue
	Rules  Rules
	Order  Latency // each way between client and venue, drawn apart
	Feed   Latency // from the venue's book to the subscriber
	Prefix string  // starts OrderIDs and ExecIDs; empty means the venue's name
}

// Rules is how a venue matches where venues differ. The zero value is a plain price-time exchange.
type Rules struct {
	PostOnlySlide   bool      // post-only that would take is moved one tick away instead of being rejected
	RoundLotsOnly   bool      // refuses quantities that are not multiples of the lot
	SizePriority    bool      // dark: larger orders first, then time
	MinQtyAggregate bool      // MinQty may be met by several contras at once (TSX "MinQty"); else one contra each (IEX, TSX "MIS")
	SelfTrade       SelfTrade // what happens when a client would trade with itself
	HoldFor         int64     // dark: ns that an order rests before it trades, and only with others that have (Nasdaq M-ELO: 10 ms); 0 for none
	ViewDelay       int64     // age in ns of the consolidated quote that pegs and crosses use
	CrumbleFor      int64     // ns that the crumbling-quote signal stays on; 0 means 2 ms
}

// SelfTrade is a venue's self-trade prevention.
type SelfTrade uint8

// The ways of self-trade prevention, decided by client.
const (
	CancelResting  SelfTrade = iota // the resting order is canceled, the incoming goes on
	CancelIncoming                  // what remains of the incoming order is canceled
	AllowSelfTrade                  // no prevention
)

// Latency is a delay: Base, plus an exponential jitter of mean Jitter, plus with probability TailProb an exponential
// tail of mean Tail. All in nanoseconds. Messages of one direction never overtake each other.
type Latency struct {
	Base, Jitter, Tail int64
	TailProb           float64
}

func (l Latency) draw(s stream) int64 {
	d := l.Base
	if l.Jitter > 0 {
		d += int64(s.exp() * float64(l.Jitter))
	}
	if l.TailProb > 0 && s.chance(l.TailProb) {
		d += int64(s.exp() * float64(l.Tail))
	}
	return max(d, 0)
}

func (l Latency) check() error {
	if l.Base < 0 || l.Jitter < 0 || l.Tail < 0 || l.TailProb < 0 || l.TailProb > 1 {
		return fmt.Errorf("latency %+v: every part must be 0 or more, TailProb at most 1", l)
	}
	return nil
}

// check reports every problem of c at once.
func (c *Config) check() error {
	var errs []error
	if len(c.Venues) == 0 || len(c.Symbols) == 0 {
		errs = append(errs, errors.New("a market needs at least one venue and one symbol"))
	}
	ids, names := map[market.VenueID]bool{}, map[string]bool{}
	for i := range c.Venues {
		v := &c.Venues[i]
		if err := v.check(); err != nil {
			errs = append(errs, fmt.Errorf("venue %d (%s): %w", i, v.Name, err))
		}
		if ids[v.ID] || names[v.Name] {
			errs = append(errs, fmt.Errorf("venue %d (%s): id %d or the name is used twice", i, v.Name, v.ID))
		}
		ids[v.ID], names[v.Name] = true, true
	}
	seen := map[market.Symbol]bool{}
	for i := range c.Symbols {
		s := &c.Symbols[i]
		if s.Symbol == "" || s.Tick <= 0 || s.Lot <= 0 || s.PriorClose <= 0 || seen[s.Symbol] {
			errs = append(errs, fmt.Errorf("symbol %d (%q): want a unique name, and Tick, Lot and PriorClose above 0", i, s.Symbol))
		}
		seen[s.Symbol] = true
	}
	return errors.Join(errs...)
}

func (v *VenueSpec) check() error {
	errs := []error{v.Order.check(), v.Feed.check()}
	if v.Name == "" {
		errs = append(errs, errors.New("it has no name"))
	}
	if v.ID >= market.MaxVenues {
		errs = append(errs, fmt.Errorf("id %d: at most %d", v.ID, market.MaxVenues-1))
	}
	if v.Rules.HoldFor > 0 && v.Type != market.Dark {
		errs = append(errs, errors.New("HoldFor is for dark venues"))
	}
	if v.Type < market.Lit || v.Type > market.Internalizer {
		errs = append(errs, fmt.Errorf("%v does not exist: use market.Lit to market.Internalizer", v.Type))
	}
	if v.Rules.ViewDelay < 0 || v.Rules.CrumbleFor < 0 || v.Rules.HoldFor < 0 {
		errs = append(errs, errors.New("ViewDelay, CrumbleFor and HoldFor must be 0 or more"))
	}
	return errors.Join(errs...)
}
