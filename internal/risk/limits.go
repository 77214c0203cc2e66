package risk

import "github.com/sluice-sor/sluice/internal/market"

// Limits are the hard limits of the pre-trade gate. They are configuration with a version, never learned and never
// overridden by a sender (RISK-02 to RISK-05, RISK-11). Zero means no limit, except where said.
type Limits struct {
	Version          string
	MaxParentQty     market.Qty
	MaxParentMoney   market.Money // notional at the reference price
	MaxChildQty      market.Qty
	MaxChildMoney    market.Money
	MaxADVPct        float64      // of the instrument's ADV, percent, per parent
	CollarBps        float64      // a limit or trade further through the reference price than this is refused
	MaxOpenChildren  int          // per parent
	MaxClientMoney   market.Money // open + executed of one client a day
	Restricted       []market.Symbol
	DuplicateWindow  int64 // nanoseconds: same client, symbol, side, quantity, price and type within it is refused; 0 = off
	MaxRepeats       int   // identical child re-sends of a parent without fill or market change (RISK-07)
	AllowSelfCross   bool  // RISK-18
	RequireReference bool  // refuse market orders when there is no reference price
}

// DefaultLimits gives limits that a desk can start with: wide enough for a demo, narrow enough to stop a fat finger.
func DefaultLimits() Limits {
	return Limits{
		Version:          "default",
		MaxParentQty:     5_000_000,
		MaxParentMoney:   500_000_000 * market.Dollar,
		MaxChildQty:      200_000,
		MaxChildMoney:    20_000_000 * market.Dollar,
		MaxADVPct:        25,
		CollarBps:        500,
		MaxOpenChildren:  50,
		MaxClientMoney:   5_000_000_000 * market.Dollar,
		MaxRepeats:       20,
		RequireReference: true,
	}
}
