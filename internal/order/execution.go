package order

import "github.com/sluice-sor/sluice/internal/market"

// ExecKey identifies one execution: an ExecID is unique only per counterparty and day, and venues reuse trade ids
// across orders (ER-12).
type ExecKey struct {
	Venue   market.VenueID
	Date    market.Date
	ExecID  string
	OrderID string
}

// Execution is one fill of a child, as booked.
type Execution struct {
	Key       ExecKey
	Child     ChildID
	Parent    ParentID
	Qty       market.Qty
	Px        market.Price
	Liquidity market.Liquidity
	LastMkt   string // MIC the venue reports, empty if it does not
	At        market.Time
	Fee       market.Money // venue's charge, negative is a rebate
	Reg       market.Money // regulators' charges
	Busted    bool
}
