package fixgw

import (
	"errors"
	"fmt"

	"github.com/sluice-sor/sluice/internal/market"
)

// Profile is how one venue speaks (VEN-01): data, checked once and never changed. The zero value of every field but the
// first three is the form of our own simulated venues.
type Profile struct {
	Version  string // FIX42, FIX44 or FIX50SP2
	Venue    market.VenueID
	Instance uint32 // of event.Configured: reports with another one are orphans (ER-16, RACE-11)

	Pegs PegForm
	// PostOnly is the value added to 18 for a child that must not take; empty means 6, "-" that the venue has none.
	PostOnly string
	// ExecInst is added to 18 of every order, such as "h" where it keeps the venue from routing on (FIX-14).
	ExecInst string
	// ExDestination is 100 of every order, for venues behind a hub; empty leaves it out.
	ExDestination string
	// Account is 1 of every order in place of the client's; empty keeps the client's.
	Account string
	// HandlInst says that 21=1 is sent in 4.4 too; in 4.2 it always is.
	HandlInst bool
	// HideByMaxFloor says that 111=0 hides a limit order that must not be displayed.
	HideByMaxFloor bool
	// NoStatus says that the venue answers no OrderStatusRequest (H).
	NoStatus bool
	// LiquidityTag is the venue's own tag of liquidity, read before 851; 0 means 7011.
	LiquidityTag int
	// Parties name who is behind every order (FIX-10): the 453 group, in FIX 4.2 76 and 109.
	Parties []Party
	// Liquidity gives the meaning of the values of LiquidityTag; nil means the words of market.Liquidity.
	Liquidity map[string]market.Liquidity
}

// Check gives every problem of the profile, joined.
func (p *Profile) Check() error {
	var errs []error
	switch p.Version {
	case FIX42, FIX44, FIX50SP2:
	default:
		errs = append(errs, fmt.Errorf("venue profile %d: version %q is not supported; use FIX.4.2, FIX.4.4 or FIXT.1.1", p.Venue, p.Version))
	}
	if p.Venue >= market.MaxVenues {
		errs = append(errs, fmt.Errorf("venue profile: venue id %d is too large; at most %d", p.Venue, market.MaxVenues-1))
	}
	if p.Pegs > PegByOrdType {
		errs = append(errs, fmt.Errorf("venue profile %d: peg form %d is unknown", p.Venue, p.Pegs))
	}
	if p.LiquidityTag < 0 {
		errs = append(errs, fmt.Errorf("venue profile %d: liquidity tag %d is negative", p.Venue, p.LiquidityTag))
	}
	return errors.Join(errs...)
}

func (p *Profile) postOnly() string {
	switch p.PostOnly {
	case "":
		return instPostOnly
	case "-":
		return ""
	}
	return p.PostOnly
}
