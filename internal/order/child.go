package order

import "github.com/sluice-sor/sluice/internal/market"

// ParentID numbers parents in the order of their arrival, from 1, for the life of a journal.
type ParentID uint64

// ChildID numbers children in the order of their decisions, from 1, for the life of a journal.
type ChildID uint64

// Style is how a child meets a book: which tactic of the pecking order made it.
type Style uint8

// The styles.
const (
	StyleInternal Style = iota + 1 // internalizer, IOC at the midpoint
	StyleDark                      // midpoint in a dark pool, pegged where the venue can, resting for the wave
	StyleTake                      // marketable at a displayed venue, IOC
	StylePost                      // displayed at the near side
	StyleSweep                     // marketable at several displayed venues at once, IOC
	StyleDLimit                    // posted, steps back while the quote crumbles
)

var styleNames = [...]string{"none", "internal", "dark", "take", "post", "sweep", "d-limit"}

func (s Style) String() string {
	if int(s) < len(styleNames) {
		return styleNames[s]
	}
	return "unknown style"
}

// Takes reports whether the style crosses the spread.
func (s Style) Takes() bool { return s == StyleTake || s == StyleSweep }

// Displayed reports whether the style shows its size to the market.
func (s Style) Displayed() bool { return s == StylePost || s == StyleDLimit }

// Child is one order at one venue. Its zero value is no order.
type Child struct {
	ID       ChildID
	Parent   ParentID
	Decision uint64
	Venue    market.VenueID
	Symbol   market.Symbol
	Side     market.Side
	Type     Type
	TIF      TIF
	Style    Style
	Qty      market.Qty
	Limit    market.Price // 0 = none (market, or a peg without a cap)
	MinQty   market.Qty
	Display  market.Qty // 0 = all of a displayed style
	ISO      bool       // an intermarket sweep order: the same sweep takes every better protected quote (RULE-02)

	State          State
	PendingCancel  bool
	PendingReplace bool
	InDoubt        bool       // sent and not known: its quantity stays reserved (REC-04)
	ReplaceQty     market.Qty // asked for while PendingReplace
	ReplaceLimit   market.Price
	ReplaceReq     uint32 // the request that asked for it, kept until the next
	Requests       uint32 // cancels and replaces asked for so far: they number the ClOrdIDs
	AcceptedReq    uint32 // the request whose ClOrdID the venue uses now

	Cum      market.Qty
	Leaves   market.Qty
	Notional market.Notional

	VenueOrderID string
	DecidedAt    market.Time
	WireAt       market.Time
	AckedAt      market.Time
	DoneAt       market.Time
	Reason       string
}

// Exposure is what may still fill at the venue, the child's part of INV-01: the larger of Leaves and what a pending
// replace would leave (RACE-04); a child in doubt counts in full.
func (c *Child) Exposure() market.Qty {
	if c.State.Done() {
		return 0
	}
	open := c.Leaves
	if c.PendingReplace && c.ReplaceQty-c.Cum > open {
		open = c.ReplaceQty - c.Cum
	}
	return open
}

// AvgPx is the average price of the surviving executions, 0 if there are none.
func (c *Child) AvgPx() market.Price { return c.Notional.Avg(c.Cum) }

// Live reports whether the child can still fill.
func (c *Child) Live() bool { return c.State != 0 && !c.State.Done() }
