package fixgw

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/internal/event"
)

// Dialect is how one client speaks: what the mapping of its session needs to know. It is data; its methods are pure and
// safe for concurrent use.
type Dialect struct {
	Version  string // FIX42, FIX44 or FIX50SP2
	Instance uint32 // of event.Configured: part of 37 and 17
	Terms    TermsRules
	// Extended says that the client's dictionary knows values younger than its version: 851=4, and 851 at all in 4.2.
	Extended bool
}

// Decode reads a client's message into an event. A message that cannot be decoded gives a refusal instead: either a
// message to send back (an 8 or a 9 that names tag and value), or an error that the session answers by 3 or j. Exactly
// one of the three is set.
func (d *Dialect) Decode(client string, m *quickfix.Message) (event.Body, *quickfix.Message, quickfix.MessageRejectError) {
	msgType, err := m.MsgType()
	if err != nil {
		return nil, nil, err
	}
	f := bodyOf(m)
	if bad := unfit(f); bad != nil {
		return nil, nil, quickfix.NewMessageRejectError(bad.Error(), sessionFormat, &bad.Tag)
	}
	var body event.Body
	switch msgType {
	case msgOrder:
		body = d.readOrder(client, m, f)
	case msgReplace:
		body = &event.ParentReplaceRequested{Client: client, ClOrdID: f.need(tagClOrdID), OrigClOrdID: f.need(tagOrigClOrdID),
			Terms: readTerms(f, m, &d.Terms)}
	case msgCancel:
		body = &event.ParentCancelRequested{Client: client, ClOrdID: f.need(tagClOrdID), OrigClOrdID: f.need(tagOrigClOrdID)}
	case msgStatus:
		body = &event.ParentStatusRequested{Client: client, ClOrdID: f.need(tagClOrdID), ReqID: f.text(tagOrdStatusReqID)}
	case msgCancelAll:
		body = readMassCancel(client, f)
	case msgMassStatus:
		body = readMassStatus(client, f)
	case msgDontKnow:
		body = d.readQuestion(client, f)
	default:
		return nil, nil, unsupported(m, "use D, F, G, H, q, AF or Q")
	}
	if f.err == nil {
		return body, nil, nil
	}
	reply, reject := d.refuse(m, msgType, f.err)
	return nil, reply, reject
}

// handed are the texts of a client that go on from here: back to it and into a drop copy, some to a venue, all onto screens.
var handed = [...]quickfix.Tag{tagClOrdID, tagOrigClOrdID, tagAccount, tagSymbol, tagExDestination, tagListID, TagBasket, TagLocate, tagOrdStatusReqID,
	tagMassStatusReqID, tagOrderID, tagExecID}

// handedMax is above what venues take, and 500 such ids, which a mass cancel's report lists, fit into a frame. Without a bound one order would fill a frame of a venue's session or of a drop copy
// beyond what the guard lets out (GRD-02), and close it for everybody (SEC-13).
const handedMax = 64

// unfit finds a text that is longer than that, or is not printable ASCII, as FIX has texts: another would come back changed, or
// write on a terminal.
func unfit(f *fields) *FieldError {
	for _, tag := range handed {
		v := f.text(tag)
		if len(v) > handedMax || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r > '~' }) {
			return &FieldError{Tag: tag, Value: fmt.Sprintf("%+.40q", v), Why: fmt.Sprintf("a text is at most %d characters of printable ASCII", handedMax)}
		}
	}
	return nil
}

func (d *Dialect) readOrder(client string, m *quickfix.Message, f *fields) event.Body {
	h := fields{FieldMap: m.Header.FieldMap}
	e := &event.ParentReceived{Client: client, ClOrdID: f.need(tagClOrdID), Resend: h.flag(tagPossResend),
		Terms: readTerms(f, m, &d.Terms)}
	readBasket(f, e)
	if h.err != nil && f.err == nil {
		f.err = h.err
	}
	return e
}

// readBasket reads the basket that an order is of, by our own tags or by those of a list (RISK-20).
func readBasket(f *fields, e *event.ParentReceived) {
	name, of := TagBasket, TagBasketOf
	if !f.Has(TagBasket) {
		name, of = tagListID, tagTotNoOrders
	}
	if e.List = f.text(name); e.List == "" {
		return
	}
	n, err := strconv.ParseUint(f.text(of), 10, 32)
	if err != nil || n == 0 {
		f.fail(of, "it says how many orders the basket has")
	}
	e.ListOrders = uint32(n)
}

// The reasons of BusinessMessageReject (380) and Reject (373) that we give.
const (
	businessUnsupported = 3
	businessBusy        = 4
	businessMissing     = 5
	sessionMissing      = 1
	sessionFormat       = 6
)

func unsupported(m *quickfix.Message, remedy string) quickfix.MessageRejectError {
	id := bodyOf(m).text(tagClOrdID)
	msgType, _ := m.MsgType()
	text := fmt.Sprintf("message type 35=%s is not supported here; %s", msgType, remedy)
	return quickfix.NewBusinessMessageRejectErrorWithRefID(text, businessUnsupported, id, nil)
}

// refuse answers a D by an 8, an F or a G by a 9, a q by an r, and by a 3 or a j what those cannot name: a message without the ids
// that they must carry.
func (d *Dialect) refuse(m *quickfix.Message, msgType string, bad *FieldError) (*quickfix.Message, quickfix.MessageRejectError) {
	f := bodyOf(m)
	id, orig := f.text(tagClOrdID), f.text(tagOrigClOrdID)
	tag := bad.Tag
	switch {
	case msgType == msgMassStatus || msgType == msgDontKnow:
		ref := f.text(tagMassStatusReqID) + f.text(tagExecID) // each has one of the two
		return nil, quickfix.NewBusinessMessageRejectErrorWithRefID(bad.Error(), businessMissing, ref, &tag)
	case id == "" || orig == "" && (msgType == msgCancel || msgType == msgReplace):
		return nil, quickfix.NewMessageRejectError(bad.Error(), sessionMissing, &tag)
	case msgType == msgOrder:
		return d.refuseOrder(m, f, bad), nil
	case msgType == msgCancelAll:
		return d.refuseMassCancel(f, bad), nil
	case msgType == msgStatus:
		return nil, quickfix.NewBusinessMessageRejectErrorWithRefID(bad.Error(), businessMissing, id, &tag)
	}
	out := message(msgCancelReject)
	put(out, tagOrderID, "NONE")
	put(out, tagClOrdID, id)
	put(out, tagOrigClOrdID, orig)
	put(out, tagOrdStatus, "8")
	put(out, tagCxlRejResponseTo, responseTo(msgType == msgReplace))
	putInt(out, tagCxlRejReason, cxlRejReason(d.Version, cxlOther))
	put(out, tagText, bad.Error())
	return out, nil
}

// refuseOrder makes the 150=8 of an order that never became a parent. Its ids are functions of the refused message, so
// that the answer to a resend is the same.
func (d *Dialect) refuseOrder(m *quickfix.Message, f *fields, bad *FieldError) *quickfix.Message {
	h := fields{FieldMap: m.Header.FieldMap}
	out := message(msgReport)
	put(out, tagOrderID, "NONE")
	put(out, tagExecID, "R"+h.text(tagMsgSeqNum)+"-"+strings.Map(digit, h.text(tagSendingTime)))
	writeExecType(out, d.Version, execRejected, execRejected, false)
	put(out, tagOrdStatus, string(rune(execRejected)))
	reason := 99 // other
	switch bad.Tag {
	case tagOrderQty:
		reason = 13 // incorrect quantity
	case tagAccount:
		reason = 15 // unknown account
	}
	putInt(out, tagOrdRejReason, ordRejReason(d.Version, reason))
	put(out, tagText, bad.Error())
	for _, tag := range []quickfix.Tag{tagClOrdID, tagAccount, tagSymbol, tagSide, tagOrderQty} {
		if tag != bad.Tag {
			put(out, tag, f.text(tag))
		}
	}
	for _, tag := range []quickfix.Tag{tagLeavesQty, tagCumQty, tagAvgPx} {
		put(out, tag, "0")
	}
	if bad.Tag == tagSide || bad.Missing && !out.Body.Has(tagSide) {
		put(out, tagSide, "7") // undisclosed: an 8 must carry a side
	}
	if !out.Body.Has(tagSymbol) {
		put(out, tagSymbol, "[N/A]")
	}
	return out
}

func digit(r rune) rune {
	if r < '0' || r > '9' {
		return -1
	}
	return r
}

func responseTo(replace bool) string {
	if replace {
		return "2"
	}
	return "1"
}

// cxlOther is CxlRejReason (102) "other", from FIX 4.4.
const cxlOther = 99

// ordRejReason gives OrdRejReason (103) as the version knows it: what it does not have becomes other (99), in 4.2 broker's
// option (0), and the text explains. A peer's dictionary refuses a report with any other value (RISK-19).
func ordRejReason(version string, reason int) int {
	switch {
	case version == FIX42 && (reason < 0 || reason > 8):
		return 0
	case version == FIX50SP2 && (reason == 16 || reason == 18):
		return reason
	case reason < 0 || reason > 15:
		return 99
	}
	return reason
}

// writeRestatement sets ExecRestatementReason (378), which 150=D must have. What the version does not know becomes other
// (99), in 4.2 the broker's option (4); an unsolicited cancel there goes without (ER-09: 6 to 13 are younger than 4.2).
func writeRestatement(m *quickfix.Message, version string, execType byte, reason uint16) {
	switch {
	case reason == 0 && execType != execRestated:
		return
	case version == FIX42 && reason > 5:
		if execType != execRestated {
			return
		}
		reason = 4
	case reason > 10 && !(version == FIX50SP2 && reason == 11):
		reason = 99
	}
	putInt(m, tagExecRestatement, int(reason))
}

// cxlRejReason does the same for CxlRejReason (102), whose broker's option is 2.
func cxlRejReason(version string, reason int) int {
	switch {
	case version == FIX42 && (reason < 0 || reason > 3):
		return 2
	case version == FIX50SP2 && (reason == 7 || reason == 8 || reason == 18):
		return reason
	case reason < 0 || reason > 6:
		return 99
	}
	return reason
}
