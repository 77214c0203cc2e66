package fixgw

import (
	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// RequestKind is what a router asks of a simulated venue.
type RequestKind uint8

// The kinds of request.
const (
	RequestOrder      RequestKind = iota + 1 // D
	RequestCancel                            // F
	RequestReplace                           // G; Qty is the total, filled included
	RequestStatus                            // H
	RequestCancelAll                         // q: every order of the session, of one symbol if Symbol is set
	RequestMassStatus                        // AF: the same orders; ClOrdID is MassStatusReqID (584)
	RequestQuestion                          // Q: the router does not know execution ExecID of VenueOrderID
)

// VenueOrder is a request to a simulated venue in plain words. A cancel, a status request and a mass cancel have only
// the ids, Symbol and Side.
type VenueOrder struct {
	Kind         RequestKind
	ClOrdID      string
	OrigClOrdID  string
	VenueOrderID string // 37, if the router gives it
	ExecID       string // 17 of a Q
	Account      string
	Symbol       market.Symbol
	Side         market.Side
	Qty          market.Qty
	Type         order.Type
	Limit        market.Price // 0 = none
	TIF          order.TIF
	ExpireAt     market.Time
	MinQty       market.Qty
	Display      market.Qty // 0 = all of it, unless Hidden
	Hidden       bool       // 111=0 or 1138=0
	PostOnly     bool       // 18=6
	ISO          bool       // an intermarket sweep order (18=f)
	Capacity     byte
	At           market.Time // TransactTime
}

// ReadVenueOrder reads a D, F, G, H, q, AF or Q of a router. What it cannot read gives the message that refuses it, an 8 or a
// 9; what it must not answer that way gives an error for a 3 or j.
func ReadVenueOrder(version string, m *quickfix.Message) (*VenueOrder, *quickfix.Message, quickfix.MessageRejectError) {
	msgType, err := m.MsgType()
	if err != nil {
		return nil, nil, err
	}
	f := bodyOf(m)
	o := &VenueOrder{ClOrdID: f.text(tagClOrdID), OrigClOrdID: f.text(tagOrigClOrdID), VenueOrderID: f.text(tagOrderID),
		Symbol: market.Symbol(f.text(tagSymbol)), At: f.looseTime(tagTransactTime)}
	if msgType != msgMassStatus && msgType != msgDontKnow {
		f.need(tagClOrdID)
	}
	switch msgType {
	case msgOrder, msgReplace:
		o.Kind = RequestOrder
		if msgType == msgReplace {
			o.Kind = RequestReplace
			f.need(tagOrigClOrdID)
		}
		o.readOrder(f)
	case msgCancel:
		o.Kind, o.Side = RequestCancel, readSide(f)
		f.need(tagOrigClOrdID)
	case msgStatus:
		o.Kind, o.Side = RequestStatus, readSide(f)
	case msgCancelAll:
		o.Kind, o.Side = RequestCancelAll, sideOrBoth(f)
		_, o.Symbol = readScope(f, tagMassCancelType)
	case msgMassStatus:
		o.Kind, o.Side, o.ClOrdID = RequestMassStatus, sideOrBoth(f), f.need(tagMassStatusReqID)
		_, o.Symbol = readScope(f, tagMassStatusReqType)
	case msgDontKnow:
		o.Kind, o.Side, o.ExecID = RequestQuestion, looseSide(f), f.need(tagExecID)
	default:
		return nil, nil, unsupported(m, "use D, F, G, H, q, AF or Q")
	}
	if f.err == nil {
		return o, nil, nil
	}
	d := Dialect{Version: version}
	reply, reject := d.refuse(m, msgType, f.err)
	return nil, reply, reject
}

func (o *VenueOrder) readOrder(f *fields) {
	form := readForm(f)
	o.Account, o.Side, o.Qty, o.Type, o.Limit, o.TIF = f.text(tagAccount), readSide(f), f.qty(tagOrderQty), form.typ, form.limit, readTIF(f)
	o.MinQty, o.Display, o.Capacity = f.qty(tagMinQty), readDisplay(f), readCapacity(f)
	o.Hidden = o.Display == 0 && (f.Has(tagMaxFloor) || f.Has(tagDisplayQty))
	o.PostOnly, o.ISO = form.has(instPostOnly), form.has(instISO)
	f.need(tagSymbol)
	if o.Qty == 0 {
		f.fail(tagOrderQty, "a quantity above zero is required here")
	}
	if o.TIF == order.GTD {
		if o.ExpireAt = f.time(tagExpireTime); o.ExpireAt == 0 {
			f.fail(tagExpireTime, "an order good till a date (59=6) needs 126")
		}
	}
}
