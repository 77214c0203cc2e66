package fixgw

import (
	"errors"
	"fmt"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// ErrOrphan says that no child of ours is named by a report (ER-16): it is exposure that nobody asked for, for a person.
var ErrOrphan = errors.New("no child of ours")

// ErrUnreadable says that a report cannot be told in our words: it is put aside, never mapped to something like it
// (VEN-02).
var ErrUnreadable = errors.New("the report is put aside")

// ByVenueOrderID finds a child by the venue's OrderID (37), for reports that carry no ClOrdID of ours (ER-04).
type ByVenueOrderID func(venueOrderID string) (order.ChildID, bool)

// Decode reads a venue's 8, 9 or r. An 8 that names no child of ours becomes a ReportOrphaned (ER-16). A pending report (150=6 or E) gives nil: the engine knows what it asked for. The error
// wraps ErrOrphan or ErrUnreadable and names the tag that is to blame.
//
// Request of a ChildDone or ChildReplaced is that of the report's 11. Venues differ in whether an unsolicited cancel has
// a 41, so the report of one whose last request was accepted names that request: it is unsolicited if the request is
// not pending.
func (p *Profile) Decode(m *quickfix.Message, find ByVenueOrderID) (event.Body, error) {
	msgType, err := m.MsgType()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrUnreadable, err.Error())
	}
	f := bodyOf(m)
	var body event.Body
	switch msgType {
	case msgReport:
		body = p.readReport(f, find)
	case msgCancelReject:
		body = p.readCancelReject(f, find)
	case msgMassReport:
		body = p.readMassReport(f)
	default:
		return nil, fmt.Errorf("%w: message type 35=%s", ErrUnreadable, msgType)
	}
	return result(f, body)
}

func result(f *fields, body event.Body) (event.Body, error) {
	if f.err != nil {
		if f.err.Why == ErrOrphan.Error() {
			return nil, fmt.Errorf("%w: 11=%q 41=%q 37=%q", ErrOrphan, f.text(tagClOrdID), f.text(tagOrigClOrdID), f.text(tagOrderID))
		}
		return nil, fmt.Errorf("%w: %s", ErrUnreadable, f.err.Error())
	}
	return body, nil
}

// named finds the child of a report, and the request that the report answers: 0 is the order itself.
func (p *Profile) named(f *fields, find ByVenueOrderID) (child order.ChildID, request uint32, known bool) {
	if child, request, ok := p.ours(f.text(tagClOrdID)); ok {
		return child, request, true
	}
	if id := f.text(tagOrderID); id != "" && find != nil {
		if child, ok := find(id); ok {
			return child, 0, true
		}
	}
	if child, _, ok := p.ours(f.text(tagOrigClOrdID)); ok {
		return child, 0, true
	}
	return 0, 0, false
}

// readOrphan keeps what a report says of an order that we do not know. An answer to our AF that says "no orders" names
// none and is no orphan.
func (p *Profile) readOrphan(f *fields, execType, status byte) event.Body {
	if f.Has(tagMassStatusReqID) && f.text(tagClOrdID) == "" && (f.text(tagOrderID) == "NONE" || f.text(tagTotNumReports) == "0") {
		return nil
	}
	e := &event.ReportOrphaned{Venue: p.Venue, ClOrdID: f.text(tagClOrdID), VenueOrderID: f.text(tagOrderID), ExecID: f.text(tagExecID),
		ExecType: execType, Status: status, Symbol: market.Symbol(f.text(tagSymbol)), Side: looseSide(f), Qty: f.qty(tagOrderQty),
		Px: f.price(tagPrice), Text: f.text(tagText)}
	if execType == execTrade || execType == execCorrect {
		e.Qty, e.Px = lastFill(f)
	}
	e.Cum, e.Leaves = cumLeaves(f)
	return e
}

func (p *Profile) ours(id string) (child order.ChildID, request uint32, ok bool) {
	instance, child, request, err := event.ParseClOrdID(id)
	return child, request, err == nil && instance == p.Instance && child != 0
}

func (p *Profile) readReport(f *fields, find ByVenueOrderID) event.Body {
	execType := readExecType(f, p.Version)
	status := readStatus(f)
	child, request, known := p.named(f, find)
	if !known {
		return p.readOrphan(f, execType, status)
	}
	var body event.Body
	at := f.looseTime(tagTransactTime)
	switch execType {
	case execNew, execPendingNew:
		body = &event.ChildAccepted{Child: child, VenueOrderID: f.text(tagOrderID), Pending: execType == execPendingNew, At: at}
	case execTrade:
		body = p.readTrade(f, child, status)
	case execCanceled, execExpired, execDoneForDay, execCalculated, execStopped, execSuspended:
		body = readDone(f, execType, child, request)
	case execRejected:
		body = readRejected(f, child, status)
	case execReplaced, execRestated:
		body = readReplaced(f, execType, child, request)
	case execStatus:
		body = readChildStatus(f, child, request, status)
	case execBust:
		body = &event.ExecutionBusted{Child: child, ExecID: f.need(tagExecID), RefExecID: f.need(tagExecRefID), At: at}
	case execCorrect:
		c := &event.ExecutionCorrected{Child: child, ExecID: f.need(tagExecID), RefExecID: f.need(tagExecRefID), At: at}
		c.Qty, c.Px = lastFill(f)
		body = c
	case execPendingCancel, execPendingReplace: // what we asked for is pending: nothing new
	}
	return body
}

// lastFill reads 32 and 31, which a trade and a correction must carry.
func lastFill(f *fields) (market.Qty, market.Price) {
	q, p := f.qty(tagLastQty), f.price(tagLastPx)
	if q == 0 {
		f.fail(tagLastQty, "an execution needs a quantity above zero")
	}
	if p == 0 {
		f.fail(tagLastPx, "an execution needs a price above zero")
	}
	return q, p
}

func (p *Profile) readTrade(f *fields, child order.ChildID, status byte) event.Body {
	e := &event.ChildExecuted{Child: child, ExecID: f.need(tagExecID), VenueOrderID: f.text(tagOrderID),
		Liquidity: p.readLiquidity(f), LastMkt: f.text(tagLastMkt), At: f.looseTime(tagTransactTime), Status: status}
	e.Qty, e.Px = lastFill(f)
	e.Cum, e.Leaves = cumLeaves(f)
	if d, ok := parseDate(f.text(tagTradeDate)); ok {
		e.TradeDate = d
	}
	return e
}

// cumLeaves reads 14 and 151. Where one is missing it follows from 38 (ER-01); where 14 cannot be known both are 0,
// which the engine takes for "not given".
func cumLeaves(f *fields) (cum, leaves market.Qty) {
	cum, leaves = f.qty(tagCumQty), f.qty(tagLeavesQty)
	total := f.qty(tagOrderQty)
	switch hasCum, hasLeaves := f.Has(tagCumQty), f.Has(tagLeavesQty); {
	case hasCum && !hasLeaves:
		leaves = max(0, total-cum)
	case !hasCum && hasLeaves && leaves <= total:
		cum = total - leaves
	case !hasCum:
		return 0, 0
	}
	return cum, leaves
}

func (p *Profile) readLiquidity(f *fields) market.Liquidity {
	tag := quickfix.Tag(p.LiquidityTag)
	if tag == 0 {
		tag = TagLiquidity
	}
	if v := f.text(tag); v != "" {
		if l, ok := p.Liquidity[v]; ok {
			return l
		}
		if l := liquidityNamed(v); l != 0 && p.Liquidity == nil {
			return l
		}
	}
	return liquidityOf851(f.text(tagLastLiquidity))
}

func readDone(f *fields, execType byte, child order.ChildID, request uint32) event.Body {
	e := &event.ChildDone{Child: child, Reason: f.code(tagExecRestatement), Text: f.text(tagText), At: f.looseTime(tagTransactTime)}
	e.Cum, e.Leaves = cumLeaves(f)
	switch execType {
	case execCanceled:
		e.What, e.Request = order.WasCanceled, request
	case execExpired:
		e.What = order.WasExpired
	case execStopped:
		e.What = order.WasStopped
	case execSuspended:
		e.What = order.WasSuspended
	default: // 3, and B, which says that the day's account of the order is being made (ER-11)
		e.What = order.WasDoneForDay
	}
	if e.What == order.WasCanceled || e.What == order.WasExpired {
		e.Leaves = 0 // ER-01, also where the venue leaves 151 as it was
	}
	return e
}

// readRejected reads 150=8. With 103=5 (unknown order) it answers a status request: no D is refused that way.
func readRejected(f *fields, child order.ChildID, status byte) event.Body {
	if f.code(tagOrdRejReason) == unknownOrder {
		return readChildStatus(f, child, 0, status)
	}
	return &event.ChildRejected{Child: child, Reason: f.code(tagOrdRejReason), Text: f.text(tagText), At: f.looseTime(tagTransactTime)}
}

// unknownOrder is "unknown order" in OrdRejReason (103).
const unknownOrder = 5

func readReplaced(f *fields, execType byte, child order.ChildID, request uint32) event.Body {
	e := &event.ChildReplaced{Child: child, Request: request, Qty: f.qty(tagOrderQty), Limit: f.price(tagPrice),
		VenueOrderID: f.text(tagOrderID), At: f.looseTime(tagTransactTime)}
	e.Cum, e.Leaves = cumLeaves(f)
	if execType == execRestated {
		e.Request, e.Reason = 0, f.code(tagExecRestatement) // ER-10
	}
	if e.Qty == 0 {
		e.Qty = e.Cum + e.Leaves
	}
	if e.Qty == 0 {
		f.fail(tagOrderQty, "a replaced order needs its quantity, or 14 and 151")
	}
	return e
}

func readChildStatus(f *fields, child order.ChildID, request uint32, status byte) event.Body {
	e := &event.ChildStatus{Child: child, Request: request, Qty: f.qty(tagOrderQty), Limit: f.loosePrice(tagPrice), Status: status, AvgPx: f.loosePrice(tagAvgPx), VenueOrderID: f.text(tagOrderID),
		Text: f.text(tagText), At: f.looseTime(tagTransactTime)}
	if e.Unknown = status == execRejected && f.code(tagOrdRejReason) == unknownOrder; e.Unknown {
		e.VenueOrderID, e.Request = "", 0 // 37=NONE: the id of an order that the venue does not have
	}
	e.Cum, e.Leaves = cumLeaves(f)
	return e
}

// unknownToCancel is "unknown order" in CxlRejReason (102).
const unknownToCancel = 1

func (p *Profile) readCancelReject(f *fields, find ByVenueOrderID) event.Body {
	child, request, known := p.named(f, find)
	if !known {
		f.fail(tagClOrdID, ErrOrphan.Error())
	}
	e := &event.CancelRejected{Child: child, Request: request, Reason: f.code(tagCxlRejReason), Text: f.text(tagText),
		At: f.looseTime(tagTransactTime)}
	e.Unknown = f.Has(tagCxlRejReason) && e.Reason == unknownToCancel
	if f.Has(tagOrdStatus) {
		e.Status = readStatus(f)
	}
	return e
}
