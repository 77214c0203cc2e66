package market

// What a dated rule forbids.
const (
	ForbidsTradeThrough = "trade-through" // to trade at a price worse than a protected quote (Rule 611)
	ForbidsLockCross    = "lock-cross"    // to display at a price that locks or crosses one (Rule 610(e))
	ForbidsOutsideBand  = "outside-band"  // to trade outside the limit-up limit-down band (LULD)
)

// Regime is one rule of a jurisdiction with the days on which it holds. Rules are configuration, never code paths: what
// one forbids is a parameter (RULE-01).
type Regime struct {
	Jurisdiction string // such as "US"
	Rule         string // such as "611"
	Version      string // of the document
	From         Date
	To           Date      // the last day; 0 = until further notice
	Forbids      string    // empty = it is on record only
	Band         *BandRule // of ForbidsOutsideBand
}

// On reports whether the rule holds on a day.
func (r *Regime) On(d Date) bool { return r.From <= d && (r.To == 0 || d <= r.To) }

// Rules is what holds on one day.
type Rules struct {
	Version      string    // of every rule that holds, in the order of the configuration
	TradeThrough bool      // is forbidden
	LockCross    bool      // is forbidden
	Band         *BandRule // of prices; nil = none
}

// RulesOn gives what holds on a day.
func RulesOn(all []Regime, d Date) (r Rules) {
	for i := range all {
		g := &all[i]
		if !g.On(d) {
			continue
		}
		if r.Version != "" {
			r.Version += " "
		}
		r.Version += g.Jurisdiction + "-" + g.Rule + "/" + g.Version
		r.TradeThrough = r.TradeThrough || g.Forbids == ForbidsTradeThrough
		if g.Forbids == ForbidsOutsideBand {
			r.Band = g.Band
		}
		r.LockCross = r.LockCross || g.Forbids == ForbidsLockCross
	}
	return r
}
