package fixgw

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/internal/market"
)

// The values of MDEntryType (269) and MDUpdateAction (279).
const (
	entryBid   = '0'
	entryOffer = '1'
	entryTrade = '2'

	actionNew    = '0'
	actionChange = '1'
	actionDelete = '2'
)

// quoteRequest is a MarketDataRequest (V).
type quoteRequest struct {
	id      string
	token   uint64 // ours; not sent
	off     bool   // 263=2
	symbols []market.Symbol
}

// message makes the V: full depth, then changes, of bid, offer and trade.
func (r *quoteRequest) message() *quickfix.Message {
	m := message(msgSubscribe)
	put(m, tagMDReqID, r.id)
	kind := "1"
	if r.off {
		kind = "2"
	}
	put(m, tagSubscription, kind)
	put(m, tagMarketDepth, "0")
	put(m, tagMDUpdateType, "1")
	types := quickfix.NewRepeatingGroup(tagNoMDEntryTypes, quickfix.GroupTemplate{quickfix.GroupElement(tagMDEntryType)})
	for _, t := range []byte{entryBid, entryOffer, entryTrade} {
		types.Add().SetString(tagMDEntryType, string(rune(t)))
	}
	m.Body.SetGroup(types)
	symbols := quickfix.NewRepeatingGroup(tagNoRelatedSym, quickfix.GroupTemplate{quickfix.GroupElement(tagSymbol)})
	for _, s := range r.symbols {
		symbols.Add().SetString(tagSymbol, string(s))
	}
	m.Body.SetGroup(symbols)
	return m
}

// readQuoteRequest reads a V.
func readQuoteRequest(m *quickfix.Message) (quoteRequest, error) {
	f := bodyOf(m)
	r := quoteRequest{id: f.need(tagMDReqID)}
	switch f.text(tagSubscription) {
	case "0", "1":
	case "2":
		r.off = true
	default:
		f.fail(tagSubscription, "use 1 (subscribe) or 2 (unsubscribe)")
	}
	entries, ok := groups(rawFields(m), tagNoRelatedSym, tagSymbol)
	if !ok || len(entries) == 0 {
		f.fail(tagNoRelatedSym, "the group has not as many symbols (55) as it says")
	}
	for _, e := range entries {
		r.symbols = append(r.symbols, market.Symbol(in(e, tagSymbol)))
	}
	if f.err != nil {
		return r, fmt.Errorf("market data request: %w", f.err)
	}
	return r, nil
}

// A quoteEntry is one entry of a W or X. An entry without an id is the price level itself.
type quoteEntry struct {
	action byte // actionNew in a W
	kind   byte // entryBid, entryOffer, entryTrade
	id     string
	ref    string // 280: the entry that a change replaces
	symbol market.Symbol
	px     market.Price
	size   market.Qty
	at     market.Time
}

// entryTemplate is the group of 268 in an incremental refresh; a snapshot's lacks the first field.
func entryTemplate() quickfix.GroupTemplate {
	return quickfix.GroupTemplate{quickfix.GroupElement(tagMDUpdateAction), quickfix.GroupElement(tagMDEntryType),
		quickfix.GroupElement(tagMDEntryID), quickfix.GroupElement(tagSymbol), quickfix.GroupElement(tagMDEntryPx),
		quickfix.GroupElement(tagMDEntrySize), quickfix.GroupElement(tagMDEntryDate), quickfix.GroupElement(tagMDEntryTime)}
}

// snapshotMessage makes the W of a symbol; 268=0 is an empty book.
func snapshotMessage(reqID string, symbol market.Symbol, entries []quoteEntry) *quickfix.Message {
	m := message(msgSnapshot)
	put(m, tagMDReqID, reqID)
	put(m, tagSymbol, string(symbol))
	group := quickfix.NewRepeatingGroup(tagNoMDEntries, entryTemplate()[1:])
	for i := range entries {
		entries[i].write(group.Add(), false)
	}
	m.Body.SetGroup(group)
	return m
}

// incrementalMessage makes an X.
func incrementalMessage(reqID string, entries []quoteEntry) *quickfix.Message {
	m := message(msgIncremental)
	put(m, tagMDReqID, reqID)
	group := quickfix.NewRepeatingGroup(tagNoMDEntries, entryTemplate())
	for i := range entries {
		entries[i].write(group.Add(), true)
	}
	m.Body.SetGroup(group)
	return m
}

func (e *quoteEntry) write(g *quickfix.Group, change bool) {
	if change {
		g.SetString(tagMDUpdateAction, string(rune(e.action)))
		g.SetString(tagSymbol, string(e.symbol))
	}
	g.SetString(tagMDEntryType, string(rune(e.kind)))
	if e.id != "" {
		g.SetString(tagMDEntryID, e.id)
	}
	g.SetString(tagMDEntryPx, e.px.String())
	if e.action != actionDelete {
		g.SetString(tagMDEntrySize, strconv.FormatInt(int64(e.size), 10))
	}
	if e.at != 0 {
		date, clock, _ := strings.Cut(formatTime(FIX42, e.at), "-")
		g.SetString(tagMDEntryDate, date)
		g.SetString(tagMDEntryTime, clock)
	}
}

// readQuotes reads a W or X. SendingTime (52) stands in where an entry has no time of its own.
func readQuotes(m *quickfix.Message) (symbol market.Symbol, full bool, entries []quoteEntry, err error) {
	f := bodyOf(m)
	h := fields{FieldMap: m.Header.FieldMap}
	sent := h.looseTime(tagSendingTime)
	full = m.IsMsgTypeOf(msgSnapshot)
	first := tagMDUpdateAction
	if full {
		first = tagMDEntryType
		symbol = market.Symbol(f.need(tagSymbol))
	}
	raw, ok := groups(rawFields(m), tagNoMDEntries, first)
	if !ok {
		f.fail(tagNoMDEntries, "the group has not as many entries as it says")
	}
	for _, one := range raw {
		e := readEntry(f, one, full, sent)
		if full || e.symbol == "" {
			e.symbol = symbol
		}
		symbol = e.symbol // 4.2: an entry without 55 is about the symbol before it
		entries = append(entries, e)
	}
	if f.err != nil {
		return symbol, full, nil, fmt.Errorf("market data: %w", f.err)
	}
	return symbol, full, entries, nil
}

func readEntry(f *fields, raw []rawField, full bool, sent market.Time) quoteEntry {
	e := quoteEntry{action: actionNew, id: in(raw, tagMDEntryID), ref: in(raw, tagMDEntryRefID), symbol: market.Symbol(in(raw, tagSymbol)), at: sent}
	if v := in(raw, tagMDUpdateAction); !full {
		if len(v) != 1 || v < "0" || v > "2" {
			f.fail(tagNoMDEntries, fmt.Sprintf("MDUpdateAction 279=%q is unknown", v))
			return e
		}
		e.action = v[0]
	}
	if v := in(raw, tagMDEntryType); len(v) == 1 {
		e.kind = v[0]
	}
	if v := in(raw, tagMDEntryPx); v != "" {
		px, err := market.ParsePrice(v)
		if err != nil || px < 0 {
			f.fail(tagNoMDEntries, fmt.Sprintf("price 270=%q is not a decimal number with at most six decimals", v))
		}
		e.px = px
	}
	if v := in(raw, tagMDEntrySize); v != "" {
		size := quantity(v)
		if size < 0 {
			f.fail(tagNoMDEntries, fmt.Sprintf("size 271=%q is not a whole number of shares", v))
		}
		e.size = size
	}
	if clock := in(raw, tagMDEntryTime); clock != "" {
		date := in(raw, tagMDEntryDate)
		if date == "" {
			date, _, _ = strings.Cut(formatTime(FIX42, sent), "-")
		}
		if at, err := parseTime(date + "-" + clock); err == nil {
			e.at = at
		}
	}
	return e
}

// tradingMessage makes a SecurityStatus (f): 326 is 2 (halt) or 3 (resume).
func tradingMessage(symbol market.Symbol, halted bool) *quickfix.Message {
	m := message(msgTrading)
	put(m, tagSymbol, string(symbol))
	status := "3"
	if halted {
		status = "2"
	}
	put(m, tagTradingStatus, status)
	return m
}

// readTrading reads an f; known is false where 326 is neither a halt nor a resume.
func readTrading(m *quickfix.Message) (symbol market.Symbol, halted, known bool) {
	f := bodyOf(m)
	symbol = market.Symbol(f.text(tagSymbol))
	switch f.text(tagTradingStatus) {
	case "2":
		return symbol, true, symbol != ""
	case "3", "17": // resume, ready to trade
		return symbol, false, symbol != ""
	}
	return symbol, false, false
}
