package risk

import (
	"errors"
	"fmt"
	"math"

	"github.com/sluice-sor/sluice/internal/market"
)

// Limits are the limits of the pre-trade gate. They are configuration with a version, never learned and never
// overridden by a sender (RISK-02 to RISK-06, RISK-11). Zero means no limit, except where said.
type Limits struct {
	Version          string
	MaxParentQty     market.Qty
	MaxParentMoney   market.Money // notional at the higher of limit and reference price
	MaxChildQty      market.Qty
	MaxChildMoney    market.Money
	MaxADVPct        float64      // of the instrument's ADV, percent, per parent; an instrument without ADV is then refused
	CollarBps        float64      // a limit or trade further through the reference price than this is refused
	SoftCollarBps    float64      // inside the collar: refused softly, one confirmation lets it pass
	MaxSpreadBps     float64      // the NBBO mid is a reference only while the spread is at most this
	MaxOpenChildren  int          // per parent
	MaxClientMoney   market.Money // open + executed of one client a day
	MaxFirmMoney     market.Money // open + executed of all clients a day
	MaxBasketMoney   market.Money // accepted from one client within a minute (RISK-05)
	Restricted       []market.Symbol
	DuplicateWindow  int64 // nanoseconds: same client, account, symbol, side, quantity, price and type within it is refused; 0 = off
	MaxRepeats       int   // identical child re-sends of a parent without fill or market change (RISK-07)
	RequireReference bool  // refuse an order whose price cannot be judged: a market order, or any while a collar is set
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
		MaxSpreadBps:     500,
		MaxOpenChildren:  50,
		MaxClientMoney:   5_000_000_000 * market.Dollar,
		MaxFirmMoney:     50_000_000_000 * market.Dollar,
		MaxBasketMoney:   2_000_000_000 * market.Dollar,
		MaxRepeats:       20,
		RequireReference: true,
	}
}

// The largest figures a limit may have; beyond them it is a mistake, and exact arithmetic could not be promised.
const (
	maxBps    = 1e6 // a hundred times the price
	maxADVPct = 1e6
)

// Check reports every limit that cannot be meant: negative, not a number, or beyond reason. A gate with such limits
// refuses everything.
func (l *Limits) Check() error {
	var problems []error
	amount := func(name string, v int64) {
		if v < 0 {
			problems = append(problems, fmt.Errorf("limit %s is %d: give 0 (no limit) or more", name, v))
		}
	}
	share := func(name string, v, most float64) {
		if math.IsNaN(v) || v < 0 || v > most {
			problems = append(problems, fmt.Errorf("limit %s is %v: give 0 (no limit) to %.0f", name, v, most))
		}
	}
	amount("MaxParentQty", int64(l.MaxParentQty))
	amount("MaxParentMoney", int64(l.MaxParentMoney))
	amount("MaxChildQty", int64(l.MaxChildQty))
	amount("MaxChildMoney", int64(l.MaxChildMoney))
	amount("MaxOpenChildren", int64(l.MaxOpenChildren))
	amount("MaxClientMoney", int64(l.MaxClientMoney))
	amount("MaxFirmMoney", int64(l.MaxFirmMoney))
	amount("MaxBasketMoney", int64(l.MaxBasketMoney))
	amount("DuplicateWindow", l.DuplicateWindow)
	amount("MaxRepeats", int64(l.MaxRepeats))
	share("MaxADVPct", l.MaxADVPct, maxADVPct)
	share("CollarBps", l.CollarBps, maxBps)
	share("SoftCollarBps", l.SoftCollarBps, maxBps)
	share("MaxSpreadBps", l.MaxSpreadBps, maxBps)
	if l.CollarBps > 0 && l.SoftCollarBps > l.CollarBps {
		problems = append(problems, fmt.Errorf("limit SoftCollarBps is %v, outside CollarBps %v: the soft collar lies inside", l.SoftCollarBps, l.CollarBps))
	}
	return errors.Join(problems...)
}

// million is the unit of the shares below: parts per million, so that every comparison is one of integers.
const million = 1_000_000

// shares is the limits' percentages and basis points in parts per million; 0 = no limit.
type shares struct {
	adv, collar, soft, spread uint64
}

func (l *Limits) shares() shares {
	ppm := func(v, unit float64) uint64 { return uint64(float64(v*unit) + .5) }
	return shares{adv: ppm(l.MaxADVPct, 10_000), collar: ppm(l.CollarBps, 100), soft: ppm(l.SoftCollarBps, 100), spread: ppm(l.MaxSpreadBps, 100)}
}
