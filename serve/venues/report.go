package venues

import (
	"fmt"

	"github.com/sluice-sor/sluice/fixgw"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/sim"
)

// execType gives FIX 4.4's letter of 150 for a report.
func execType(k sim.Kind) byte {
	switch k {
	case sim.Accepted:
		return '0'
	case sim.Filled:
		return 'F'
	case sim.Canceled:
		return '4'
	case sim.Expired:
		return 'C'
	case sim.Replaced:
		return '5'
	case sim.Busted:
		return 'H'
	case sim.Status:
		return 'I'
	case sim.Restated:
		return 'D'
	}
	return '8'
}

// execution turns a venue's report into FIX's words. Every report has an ExecID of its own; trades keep the market's.
func (x *Exchange) execution(r *sim.Report) *fixgw.ExecutionReport {
	x.nextID++
	e := &fixgw.ExecutionReport{
		OrderID: r.OrderID, ClOrdID: r.ClOrdID, OrigClOrdID: r.OrigClOrdID, ExecID: r.ExecID, RefExecID: r.ExecRefID,
		ExecType: execType(r.Kind), OrdStatus: '8', Symbol: r.Symbol, Side: r.Side, Qty: r.Qty, Limit: r.Limit,
		LastQty: r.LastQty, LastPx: r.LastPx, LastMkt: x.mics[r.Venue], Liquidity: r.Liquidity, Cum: r.Cum, Leaves: r.Leaves, AvgPx: r.AvgPx,
		Text: r.Text, At: wall(),
	}
	if r.State != 0 {
		e.OrdStatus = r.State.FIX()
	}
	if e.ExecID == "" {
		e.ExecID = fmt.Sprintf("%s-R%d-%d", x.names[r.Venue], x.start/market.Time(market.Second), x.nextID)
	}
	if e.Text == "" && r.Reason != sim.ReasonNone {
		e.Text = r.Reason.String()
	}
	if r.Kind == sim.Rejected || (r.Kind == sim.Status && r.State == order.Rejected) {
		e.Reason = rejectReason(r.Reason) // 103=5 is how a venue says that it has no such order (REC-04)
	}
	return e
}

// rejectReason gives FIX 103.
func rejectReason(r sim.Reason) uint16 {
	switch r {
	case sim.ReasonUnknownSymbol:
		return 1
	case sim.ReasonHalted:
		return 2
	case sim.ReasonUnknownOrder:
		return 5
	case sim.ReasonDuplicate:
		return 6
	case sim.ReasonUnsupported, sim.ReasonWouldTake:
		return 11
	case sim.ReasonBadQty:
		return 13
	}
	return 99
}

func cancelReject(r *sim.Report) *fixgw.CancelReject {
	c := &fixgw.CancelReject{OrderID: r.OrderID, ClOrdID: r.ClOrdID, OrigClOrdID: r.OrigClOrdID, OrdStatus: '8',
		Replace: r.Kind == sim.ReplaceRejected, Text: r.Reason.String(), At: wall()}
	if r.State != 0 {
		c.OrdStatus = r.State.FIX()
	}
	switch r.Reason {
	case sim.ReasonTooLate:
		c.Reason = 0
	case sim.ReasonUnknownOrder:
		c.Reason = 1
	case sim.ReasonDuplicate:
		c.Reason = 6
	default:
		c.Reason = 99
	}
	return c
}
