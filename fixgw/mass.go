package fixgw

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// readScope reads 530 or 585: all orders, or those of one symbol. The other scopes name what a router does not have:
// products, trading sessions, segments.
func readScope(f *fields, tag quickfix.Tag) (scope byte, symbol market.Symbol) {
	symbol = market.Symbol(f.text(tagSymbol))
	switch scope = f.char(tag); scope {
	case event.CancelSymbol:
		f.need(tagSymbol)
	case event.CancelAll:
		symbol = ""
	default:
		f.need(tag)
		f.fail(tag, "use 1 (orders of a symbol) or 7 (all orders)")
	}
	return scope, symbol
}

func readMassCancel(client string, f *fields) event.Body {
	e := &event.ParentMassCancelRequested{Client: client, ClOrdID: f.need(tagClOrdID), Side: sideOrBoth(f)}
	e.Scope, e.Symbol = readScope(f, tagMassCancelType)
	return e
}

func readMassStatus(client string, f *fields) event.Body {
	e := &event.ParentMassStatusRequested{Client: client, ReqID: f.need(tagMassStatusReqID), Side: sideOrBoth(f)}
	e.Scope, e.Symbol = readScope(f, tagMassStatusReqType)
	return e
}

// sideOrBoth gives 54, 0 if it is not there.
func sideOrBoth(f *fields) market.Side {
	if !f.Has(tagSide) {
		return 0
	}
	return readSide(f)
}

// readQuestion reads a client's DontKnowTrade (Q). Ids that are not ours are 0: the client may mean a trade that we never
// reported, and its words are kept for a person.
func (d *Dialect) readQuestion(client string, f *fields) event.Body {
	e := &event.TradeQuestioned{Client: client, Reason: f.char(tagDKReason), Symbol: market.Symbol(f.text(tagSymbol)), Side: looseSide(f),
		Qty: f.qty(tagLastQty), Px: f.price(tagLastPx), Text: cut(f.text(tagText), 2*handedMax)}
	orderID, execID := f.need(tagOrderID), f.need(tagExecID)
	if !strings.ContainsRune("ABCDEFZ", rune(e.Reason)) {
		f.fail(tagDKReason, "use A to F, or Z (other)")
	}
	var known bool
	if e.Parent, known = event.ParseOrderID(d.Instance, orderID); !known {
		e.Parent = 0
	}
	if e.ExecID, known = event.ParseExecID(d.Instance, execID); !known {
		e.ExecID = 0
	}
	if e.Parent == 0 || e.ExecID == 0 {
		e.Text = strings.TrimSpace(e.Text + " 37=" + orderID + " 17=" + execID)
	}
	return e
}

// refuseMassCancel makes the r that refuses a q which cannot be read.
func (d *Dialect) refuseMassCancel(f *fields, bad *FieldError) *quickfix.Message {
	out := message(msgMassReport)
	put(out, tagOrderID, "NONE")
	put(out, tagMassActionReportIDOf(d.Version), "NONE")
	put(out, tagClOrdID, f.text(tagClOrdID))
	scope := f.text(tagMassCancelType)
	if len(scope) != 1 || scope < "1" || scope > "7" {
		scope = string(rune(event.CancelAll)) // 530 is required; 58 says what was wrong with it
	}
	put(out, tagMassCancelType, scope)
	put(out, tagMassCancelResponse, string(rune(event.MassRefused)))
	reason := "0" // not supported
	if bad.Tag == tagSymbol {
		reason = "1"
	}
	put(out, tagMassCancelReason, reason)
	put(out, tagText, bad.Error())
	return out
}

// tagMassActionReportIDOf gives 1369, which an r must have from 5.0 on; before, 0, which is no tag.
func tagMassActionReportIDOf(version string) quickfix.Tag {
	if version == FIX50SP2 {
		return tagMassActionReportID
	}
	return 0
}

// MassCanceled makes the OrderMassCancelReport (r) of a client's q. Equal input gives an equal message (ER-23).
func (d *Dialect) MassCanceled(r *event.ReportMassCancel) *quickfix.Message {
	m := message(msgMassReport)
	id := event.ExecID(d.Instance, r.ReportID)
	put(m, tagClOrdID, r.ClOrdID)
	put(m, tagOrderID, id)
	put(m, tagMassActionReportIDOf(d.Version), id)
	putChar(m, tagMassCancelType, cmp.Or(r.Scope, event.CancelAll))
	putChar(m, tagMassCancelResponse, r.Response)
	if r.Response == event.MassRefused {
		reason := int(r.RejectReason)
		if reason > 6 {
			reason = 99
		}
		putInt(m, tagMassCancelReason, reason)
	} else {
		put(m, tagTotalAffected, strconv.FormatUint(uint64(r.Affected), 10))
	}
	d.writeAffected(m, r.Orders)
	put(m, tagSymbol, string(r.Symbol))
	if r.Side != 0 {
		putInt(m, tagSide, int(r.Side))
	}
	put(m, tagText, r.Text)
	putTime(m, d.Version, tagTransactTime, r.At)
	return m
}

// writeAffected lists the orders that a mass cancel concerns.
func (d *Dialect) writeAffected(m *quickfix.Message, orders []event.AffectedOrder) {
	if len(orders) == 0 {
		return
	}
	g := quickfix.NewRepeatingGroup(tagNoAffected, quickfix.GroupTemplate{
		quickfix.GroupElement(tagOrigClOrdID), quickfix.GroupElement(tagAffectedOrderID)})
	for _, o := range orders {
		e := g.Add()
		e.SetString(tagOrigClOrdID, o.ClOrdID)
		e.SetString(tagAffectedOrderID, event.OrderID(d.Instance, o.Parent))
	}
	m.Body.SetGroup(g)
}

// MassCancel makes the OrderMassCancelRequest (q) for a venue.
func (p *Profile) MassCancel(c *event.CancelVenue, now market.Time) *quickfix.Message {
	m := message(msgCancelAll)
	put(m, tagClOrdID, c.ClOrdID)
	putChar(m, tagMassCancelType, c.Scope)
	put(m, tagSymbol, string(c.Symbol))
	if c.Side != 0 {
		putInt(m, tagSide, int(c.Side))
	}
	putTime(m, p.Version, tagTransactTime, now)
	return m
}

// MassStatus makes the OrderMassStatusRequest (AF) for a venue.
func (p *Profile) MassStatus(c *event.QueryVenue) *quickfix.Message {
	m := message(msgMassStatus)
	put(m, tagMassStatusReqID, c.ReqID)
	scope := byte(event.StatusAll)
	if c.Symbol != "" {
		scope = event.StatusSymbol
		put(m, tagSymbol, string(c.Symbol))
	}
	putChar(m, tagMassStatusReqType, scope)
	return m
}

// Question makes the DontKnowTrade (Q) for a venue.
func (p *Profile) Question(c *event.QuestionTrade) *quickfix.Message {
	m := message(msgDontKnow)
	put(m, tagOrderID, cmp.Or(c.VenueOrderID, "NONE"))
	put(m, tagExecID, cmp.Or(c.ExecID, "NONE"))
	putChar(m, tagDKReason, cmp.Or(c.Reason, 'Z'))
	put(m, tagSymbol, string(c.Symbol))
	putInt(m, tagSide, int(c.Side))
	putQty(m, tagOrderQty, c.Qty)
	if c.Qty > 0 {
		putQty(m, tagLastQty, c.Qty)
		putPrice(m, tagLastPx, c.Px)
	}
	put(m, tagText, c.Text)
	return m
}

// readMassReport reads a venue's r. It never says that a child is gone: the children's own reports do (DEF-15).
func (p *Profile) readMassReport(f *fields) event.Body {
	e := &event.VenueMassCanceled{Venue: p.Venue, Response: f.char(tagMassCancelResponse), Text: f.text(tagText), At: f.looseTime(tagTransactTime)}
	f.need(tagMassCancelResponse)
	if instance, child, request, err := event.ParseClOrdID(f.text(tagClOrdID)); err == nil && instance == p.Instance && child == 0 {
		e.Request = request
	}
	e.Affected = uint32(min(f.qty(tagTotalAffected), math.MaxUint32))
	return e
}

// MassCancelReport is an r in plain words, for both ends.
type MassCancelReport struct {
	ClOrdID  string
	Scope    byte // 530
	Response byte // 531
	Reason   uint16
	Affected uint32
	Text     string
	At       market.Time
}

// Message makes the r.
func (r *MassCancelReport) Message(version string) *quickfix.Message {
	m := message(msgMassReport)
	put(m, tagClOrdID, r.ClOrdID)
	put(m, tagOrderID, r.ClOrdID)
	put(m, tagMassActionReportIDOf(version), r.ClOrdID)
	putChar(m, tagMassCancelType, cmp.Or(r.Scope, event.CancelAll))
	putChar(m, tagMassCancelResponse, r.Response)
	if r.Response == event.MassRefused {
		putInt(m, tagMassCancelReason, int(r.Reason))
	}
	put(m, tagTotalAffected, strconv.FormatUint(uint64(r.Affected), 10))
	put(m, tagText, r.Text)
	putTime(m, version, tagTransactTime, r.At)
	return m
}

// readMassCancelReport is the inverse of Message.
func readMassCancelReport(m *quickfix.Message) MassCancelReport {
	f := bodyOf(m)
	return MassCancelReport{ClOrdID: f.text(tagClOrdID), Scope: f.char(tagMassCancelType), Response: f.char(tagMassCancelResponse),
		Reason: f.code(tagMassCancelReason), Affected: uint32(min(f.qty(tagTotalAffected), math.MaxUint32)), Text: f.text(tagText),
		At: f.looseTime(tagTransactTime)}
}
