package fixgw

import (
	"cmp"
	"fmt"
	"strconv"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// ExecutionReport is an 8 in plain words: what a simulated venue says through VenueServer, and what an EMS hears
// through EMS. ExecType and OrdStatus are FIX 4.4 letters in every version.
type ExecutionReport struct {
	OrderID     string // 37
	ClOrdID     string
	OrigClOrdID string
	ExecID      string
	RefExecID   string // 19 of a bust or correction
	ExecType    byte
	OrdStatus   byte
	Symbol      market.Symbol
	Side        market.Side
	Qty         market.Qty // total, filled included
	Type        order.Type
	Limit       market.Price
	TIF         order.TIF
	LastQty     market.Qty // trade and correction only
	LastPx      market.Price
	LastMkt     string
	Liquidity   market.Liquidity
	Cum, Leaves market.Qty
	AvgPx       market.Price
	Reason      uint16 // 103
	Restatement uint16 // 378
	TradeDate   market.Date
	Fee         market.Money // of this execution; EMS only
	Resend      bool         // 97=Y; EMS only
	Copy        bool         // 797=Y: of a drop copy
	Client      string       // of a drop copy: whose order it is
	Seq         uint64       // of a drop copy: the report's place in the journal (527)
	MassReqID   string       // 584
	ReqID       string       // 790
	Total       uint32       // 911
	Last        bool         // 912
	DayOrderQty market.Qty   // 424
	DayCum      market.Qty   // 425
	DayAvgPx    market.Price // 426
	Text        string
	At          market.Time
}

// Message makes the 8 of r.
func (r *ExecutionReport) Message(version string) *quickfix.Message {
	m := message(msgReport)
	put(m, tagOrderID, r.OrderID)
	put(m, tagClOrdID, r.ClOrdID)
	put(m, tagOrigClOrdID, r.OrigClOrdID)
	put(m, tagExecID, r.ExecID)
	put(m, tagExecRefID, r.RefExecID)
	writeExecType(m, version, r.ExecType, r.OrdStatus, r.Cum >= r.Qty)
	putChar(m, tagOrdStatus, r.OrdStatus)
	put(m, tagSymbol, cmp.Or(string(r.Symbol), "[N/A]"))
	putInt(m, tagSide, int(cmp.Or(r.Side, undisclosed)))
	if r.Qty > 0 {
		putQty(m, tagOrderQty, r.Qty)
	}
	if r.Type != 0 {
		writeForm(m, version, PegByExecInst, r.Type, r.Limit)
		writeTIF(m, r.TIF)
	}
	if r.ExecType == execTrade || r.ExecType == execCorrect {
		putQty(m, tagLastQty, r.LastQty)
		putPrice(m, tagLastPx, r.LastPx)
		put(m, tagLastMkt, r.LastMkt)
		r.writeLiquidity(m, version)
	}
	putQty(m, tagCumQty, r.Cum)
	putQty(m, tagLeavesQty, r.Leaves)
	putPrice(m, tagAvgPx, r.AvgPx)
	r.writeReasons(m, version)
	answers{r.MassReqID, r.ReqID, r.Total, r.Last}.write(m, version)
	dayFigures{r.DayOrderQty, r.DayCum, r.DayAvgPx}.write(m)
	put(m, tagText, r.Text)
	putTime(m, version, tagTransactTime, r.At)
	return m
}

func (r *ExecutionReport) writeLiquidity(m *quickfix.Message, version string) {
	if r.Liquidity == 0 {
		return
	}
	write851(m, version, r.Liquidity, false)
	put(m, TagLiquidity, r.Liquidity.String())
}

// readCopy reads what a drop copy has beyond the client's report.
func (r *ExecutionReport) readCopy(f *fields, m *quickfix.Message) {
	if r.Copy = f.text(tagCopyMsgIndicator) == "Y"; !r.Copy {
		return
	}
	r.Seq, _ = strconv.ParseUint(f.text(tagSecondaryExecID), 10, 64) // 0: another's drop copy
	parties, _ := groups(rawFields(m), tagNoPartyIDs, tagPartyID)
	for _, p := range parties {
		if in(p, tagPartyRole) == strconv.Itoa(RoleClientID) {
			r.Client = in(p, tagPartyID)
		}
	}
}

func (r *ExecutionReport) writeReasons(m *quickfix.Message, version string) {
	if r.ExecType == execRejected || r.Reason != 0 {
		putInt(m, tagOrdRejReason, ordRejReason(version, int(r.Reason)))
	}
	writeRestatement(m, version, r.ExecType, r.Restatement)
	if r.TradeDate != 0 {
		put(m, tagTradeDate, strconv.Itoa(int(r.TradeDate)))
	}
}

// ReadExecutionReport is the inverse of Message, for an EMS. The error names tag and value.
func ReadExecutionReport(version string, m *quickfix.Message) (ExecutionReport, error) {
	f := bodyOf(m)
	h := fields{FieldMap: m.Header.FieldMap}
	r := ExecutionReport{
		OrderID: f.text(tagOrderID), ClOrdID: f.text(tagClOrdID), OrigClOrdID: f.text(tagOrigClOrdID),
		ExecID: f.need(tagExecID), RefExecID: f.text(tagExecRefID), ExecType: readExecType(f, version), OrdStatus: readStatus(f),
		Symbol: market.Symbol(f.text(tagSymbol)), Side: looseSide(f), Qty: f.qty(tagOrderQty),
		LastQty: f.qty(tagLastQty), LastPx: f.price(tagLastPx), LastMkt: f.text(tagLastMkt),
		AvgPx: f.loosePrice(tagAvgPx), Reason: f.code(tagOrdRejReason), Restatement: f.code(tagExecRestatement),
		Resend: h.text(tagPossResend) == "Y", Text: f.text(tagText), At: f.looseTime(tagTransactTime),
	}
	r.Cum, r.Leaves = cumLeaves(f)
	a, day := readAnswers(f), readDayFigures(f)
	r.MassReqID, r.ReqID, r.Total, r.Last = a.massReqID, a.reqID, a.total, a.last
	r.DayOrderQty, r.DayCum, r.DayAvgPx = day.qty, day.cum, day.avgPx
	r.readCopy(f, m)
	if r.Liquidity = liquidityNamed(f.text(TagLiquidity)); r.Liquidity == 0 {
		r.Liquidity = liquidityOf851(f.text(tagLastLiquidity))
	}
	if d, ok := parseDate(f.text(tagTradeDate)); ok {
		r.TradeDate = d
	}
	if f.Has(tagOrdType) {
		form := readForm(f)
		r.Type, r.Limit, r.TIF = form.typ, form.limit, readTIF(f)
	}
	r.Fee = readFee(f, m)
	if f.err != nil {
		return r, fmt.Errorf("execution report: %w", f.err)
	}
	return r, nil
}

// undisclosed is the side (54) of a report that names no order: an 8 must carry one.
const undisclosed market.Side = 7

// looseSide gives 54, 0 where it is undisclosed: the report of an order that nobody knows.
func looseSide(f *fields) market.Side {
	switch v := f.text(tagSide); v {
	case "", "7": // undisclosed
		return 0
	}
	return readSide(f)
}

// readFee adds up the 136 group, or takes 12 where 13=3.
func readFee(f *fields, m *quickfix.Message) market.Money {
	if f.text(tagCommType) == "3" {
		fee, err := market.ParseMoney(f.text(tagCommission))
		if err != nil {
			f.fail(tagCommission, err.Error())
		}
		return fee
	}
	if !f.Has(tagNoMiscFees) {
		return 0
	}
	entries, ok := groups(rawFields(m), tagNoMiscFees, tagMiscFeeAmt)
	if !ok {
		f.fail(tagNoMiscFees, "the group has not as many entries (137) as it says")
	}
	var sum market.Money
	for _, e := range entries {
		fee, err := market.ParseMoney(in(e, tagMiscFeeAmt))
		if err != nil {
			f.fail(tagNoMiscFees, err.Error())
		}
		sum += fee
	}
	return sum
}

// CancelReject is a 9 in plain words, for both ends.
type CancelReject struct {
	OrderID     string
	ClOrdID     string
	OrigClOrdID string
	OrdStatus   byte
	Replace     bool   // 434=2
	Reason      uint16 // 102
	Text        string
	At          market.Time
}

// Message makes the 9 of r. The three ids are required by FIX: an empty one becomes NONE.
func (r *CancelReject) Message(version string) *quickfix.Message {
	m := message(msgCancelReject)
	put(m, tagOrderID, cmp.Or(r.OrderID, "NONE"))
	put(m, tagClOrdID, cmp.Or(r.ClOrdID, "NONE"))
	put(m, tagOrigClOrdID, cmp.Or(r.OrigClOrdID, "NONE"))
	putChar(m, tagOrdStatus, r.OrdStatus)
	put(m, tagCxlRejResponseTo, responseTo(r.Replace))
	putInt(m, tagCxlRejReason, cxlRejReason(version, int(r.Reason)))
	put(m, tagText, r.Text)
	putTime(m, version, tagTransactTime, r.At)
	return m
}

// ReadCancelReject is the inverse of Message.
func ReadCancelReject(m *quickfix.Message) (CancelReject, error) {
	f := bodyOf(m)
	r := CancelReject{OrderID: f.text(tagOrderID), ClOrdID: f.need(tagClOrdID), OrigClOrdID: f.text(tagOrigClOrdID),
		OrdStatus: readStatus(f), Replace: f.text(tagCxlRejResponseTo) == "2", Reason: f.code(tagCxlRejReason),
		Text: f.text(tagText), At: f.looseTime(tagTransactTime)}
	if f.err != nil {
		return r, fmt.Errorf("cancel reject: %w", f.err)
	}
	return r, nil
}
