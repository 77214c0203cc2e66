package fixgw

import (
	"cmp"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Report makes the ExecutionReport of r (FIX-12). Equal input gives an equal message: 17 and 37 are functions of the
// journal (ER-23), so a re-emission after a crash is recognized.
func (d *Dialect) Report(r *event.ReportParent) *quickfix.Message {
	m := message(msgReport)
	if r.Resend {
		m.Header.SetString(tagPossResend, "Y")
	}
	put(m, tagOrderID, d.orderID(r.Parent))
	put(m, tagExecID, event.ExecID(d.Instance, r.ExecID))
	put(m, tagClOrdID, r.ClOrdID)
	put(m, tagOrigClOrdID, r.OrigClOrdID)
	if r.RefExecID != 0 {
		put(m, tagExecRefID, event.ExecID(d.Instance, r.RefExecID))
	}
	writeExecType(m, d.Version, r.ExecType, r.OrdStatus, r.Cum >= r.Terms.Qty)
	putChar(m, tagOrdStatus, r.OrdStatus)
	d.writeTerms(m, r)
	putQty(m, tagCumQty, r.Cum)
	putQty(m, tagLeavesQty, r.Leaves)
	putPrice(m, tagAvgPx, r.AvgPx)
	putTime(m, d.Version, tagTransactTime, r.At)
	if r.ExecType == execRejected || r.Reason != 0 { // with 150=I: the order is unknown
		putInt(m, tagOrdRejReason, ordRejReason(d.Version, int(r.Reason)))
	}
	writeRestatement(m, d.Version, r.ExecType, r.RestatementReason)
	answers{r.MassReqID, r.ReqID, r.Total, r.Last}.write(m, d.Version)
	dayFigures{r.DayOrderQty, r.DayCum, r.DayAvgPx}.write(m)
	put(m, tagText, r.Text)
	if r.ExecType == execTrade || r.ExecType == execCorrect {
		d.writeTrade(m, r)
	}
	return m
}

// writeTerms repeats the order's terms. An order that we do not know has none, and the tags that an 8 must carry say so.
func (d *Dialect) writeTerms(m *quickfix.Message, r *event.ReportParent) {
	if r.Terms.Symbol == "" {
		put(m, tagSymbol, "[N/A]")
		put(m, tagSide, "7") // undisclosed
		return
	}
	writeOrderTerms(m, d.Version, &r.Terms)
	echoStrategy(m, &r.Terms, d.Version)
}

// orderID gives 37, NONE for an order that never became a parent.
func (d *Dialect) orderID(p order.ParentID) string {
	if p == 0 {
		return "NONE"
	}
	return event.OrderID(d.Instance, p)
}

func (d *Dialect) writeTrade(m *quickfix.Message, r *event.ReportParent) {
	putQty(m, tagLastQty, r.LastQty)
	putPrice(m, tagLastPx, r.LastPx)
	put(m, tagLastCapacity, "1") // agent
	if !r.Terms.HideDark || !d.isDark(r.LastMkt) {
		put(m, tagLastMkt, r.LastMkt)
	}
	write851(m, d.Version, r.Liquidity, d.Extended)
	writeFee(m, d.Version, r.Fee)
}

// isDark reports whether mic names a venue that does not display; an unknown one counts as dark, so that a client who
// opted out never learns a name by mistake (FIX-12).
func (d *Dialect) isDark(mic string) bool {
	for i := range d.Terms.Venues {
		if v := &d.Terms.Venues[i]; v.MIC == mic || v.Name == mic {
			return !v.Type.Displayed()
		}
	}
	return true
}

// writeFee sets the charges of one execution: the 136 group, in FIX 4.2, whose reports do not have it, 12 with 13=3
// (an absolute amount). A rebate is negative.
func writeFee(m *quickfix.Message, version string, fee market.Money) {
	if fee == 0 {
		return
	}
	if version == FIX42 {
		put(m, tagCommission, fee.String())
		put(m, tagCommType, "3")
		return
	}
	g := quickfix.NewRepeatingGroup(tagNoMiscFees, quickfix.GroupTemplate{
		quickfix.GroupElement(tagMiscFeeAmt), quickfix.GroupElement(tagMiscFeeCurr), quickfix.GroupElement(tagMiscFeeType)})
	e := g.Add()
	e.SetString(tagMiscFeeAmt, fee.String())
	e.SetString(tagMiscFeeCurr, "USD")
	e.SetString(tagMiscFeeType, "4") // exchange fees
	m.Body.SetGroup(g)
}

// Reject makes the OrderCancelReject of r.
func (d *Dialect) Reject(r *event.RejectRequest) *quickfix.Message {
	m := message(msgCancelReject)
	put(m, tagOrderID, d.orderID(r.Parent))
	put(m, tagClOrdID, r.ClOrdID)
	put(m, tagOrigClOrdID, cmp.Or(r.OrigClOrdID, "NONE"))       // 41 is required
	putChar(m, tagOrdStatus, cmp.Or(r.OrdStatus, execRejected)) // rejected: an order that we do not know
	put(m, tagCxlRejResponseTo, responseTo(r.Replace))
	putInt(m, tagCxlRejReason, cxlRejReason(d.Version, int(r.Reason)))
	put(m, tagText, r.Text)
	putTime(m, d.Version, tagTransactTime, r.At)
	return m
}
