package router

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// FIX 378 of an order that its venue canceled without being asked (ER-09). From 17 on it would have met an order of ours.
const (
	reasonHalt           = 6
	reasonSystemFailure  = 7
	reasonMarketOption   = 8
	reasonNotBest        = 9
	reasonConnectionLoss = 12
	reasonLogout         = 13
	reasonSelfMatch      = 17
)

// withdrawnPause is how long an order stays away from a venue that took back what it had accepted, whoever is to blame;
// elsewhere the quantity goes at once.
const withdrawnPause = 50 * market.Millisecond

// takenBack keeps an order away from a venue that canceled its child without being asked. Nothing goes back by itself
// while trading is halted there; a failure or the venue's own choice counts against it like a refusal; what is not its
// doing, our link, our other orders or a better market, is not held against it. The remainder of an immediate order is no
// withdrawal (ER-08), unless the venue names a reason of these: then it says nothing about liquidity.
func (e *Engine) takenBack(c *childState, reason uint16) {
	st := &c.parent.standing[c.Venue]
	named := reason >= reasonHalt && reason <= reasonNotBest || reason == reasonConnectionLoss || reason == reasonLogout || reason >= reasonSelfMatch
	if c.TIF == order.IOC && !named {
		return
	}
	c.tookBack = true
	pause := withdrawnPause
	switch {
	case reason == reasonHalt:
		pause = 5 * market.Minute
	case reason == reasonSystemFailure || reason == reasonMarketOption:
		st.shut(e.now)
	case reason >= reasonSelfMatch: // that order still rests there
		pause = market.Second
	}
	st.shutUntil = max(st.shutUntil, e.now.Add(pause))
}

// leftToVenue reports whether a child is the venue's affair alone: what it stopped is guaranteed, and what is done for the
// day no longer works. Neither is withdrawn by a tactic, and its quantity is routed nowhere else (ER-11).
func (c *childState) leftToVenue() bool {
	return c.State == order.Stopped || c.State == order.DoneForDay
}
