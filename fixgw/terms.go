package fixgw

import (
	"slices"
	"strings"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TermsRules is what reading a client's terms needs to know of the configuration.
type TermsRules struct {
	Venues []market.Venue // names and MICs of 7003; ids are bits of order.Terms.Venues
	Zone   *time.Location // of ExpireDate (432); nil is UTC
	// Accounts are those that the client may name (1); empty lets it name any.
	Accounts []string
}

// refused are fields that would change the order in a way that a parent cannot carry. Dropping them silently would
// route another order than the client sent.
var refused = [...]struct {
	tag quickfix.Tag
	why string
}{
	{tagCashOrderQty, "an amount of money is not supported; give a quantity in 38"},
	{tagStopPx, "stop orders are not supported"},
	{tagPegOffset, "pegs have no offset here"},
	{tagDiscretionInst, "discretion is not supported; use 7010=Y for a discretionary limit"},
	{tagDiscretionOffset, "discretion is not supported; use 7010=Y for a discretionary limit"},
	{tagSymbolSfx, "put the whole symbol into 55"},
}

// only are fields of which one value can be carried.
var only = [...]struct {
	tag    quickfix.Tag
	values string // separated by spaces
	why    string
}{
	{tagCurrency, "USD", "prices are in US dollars"},
	{tagSettlType, "0", "settlement is regular way"},
	{tagPriceType, "2", "prices are per share"},
	{tagHandlInst, "1 2", "orders are handled automatically; use 1"},
	{tagDisplayMethod, "1", "a displayed part is refilled to its size; use 1 (initial)"},
}

// readTerms reads the terms of a D or a G.
func readTerms(f *fields, m *quickfix.Message, rules *TermsRules) order.Terms {
	for _, r := range refused {
		if f.Has(r.tag) && f.text(r.tag) != "0" {
			f.fail(r.tag, r.why)
		}
	}
	for _, o := range only {
		if v := f.text(o.tag); v != "" && !strings.Contains(" "+o.values+" ", " "+v+" ") {
			f.fail(o.tag, o.why)
		}
	}
	form := readForm(f)
	for _, i := range form.insts {
		if i != instNotHeld && i != instHeld {
			f.fail(tagExecInst, "use 1 (not held), 5 (held), M (midpoint peg) or R (primary peg)")
		}
	}
	t := order.Terms{
		Account: f.text(tagAccount), Symbol: market.Symbol(f.need(tagSymbol)), Side: readSide(f), Qty: f.qty(tagOrderQty),
		Type: form.typ, Limit: form.limit, TIF: readTIF(f), Directed: f.text(tagExDestination),
		MinQty: f.qty(tagMinQty), MaxFloor: readDisplay(f), TargetPx: f.price(TagTarget), Capacity: readCapacity(f),
		NoExplore: f.flag(TagNoExplore), HideDark: f.flag(TagHideDark), LocateID: readLocate(f),
		Start: f.time(tagEffectiveTime),
	}
	if t.Qty == 0 {
		f.fail(tagOrderQty, "a quantity above zero is required here")
	}
	if len(rules.Accounts) > 0 && t.Account != "" && !slices.Contains(rules.Accounts, t.Account) {
		f.fail(tagAccount, "this is no account of this client's")
	}
	if t.MinQty > t.Qty {
		f.fail(tagMinQty, "the minimum of one execution is larger than the order")
	}
	readExpiry(f, &t, rules.Zone)
	readStrategy(f, m, &t, rules)
	return t
}

// readExpiry reads 126 and 432: the end of a GTD order, or else the time by which a strategy should be done.
func readExpiry(f *fields, t *order.Terms, zone *time.Location) {
	at := f.time(tagExpireTime)
	if v := f.text(tagExpireDate); v != "" && at == 0 {
		d, ok := parseDate(v)
		if !ok {
			f.fail(tagExpireDate, "a date is YYYYMMDD")
			return
		}
		at = endOfDate(d, zone)
	}
	if t.TIF != order.GTD {
		t.End = at
		return
	}
	if at == 0 {
		f.fail(tagExpireTime, "an order good till a date (59=6) needs 126 or 432")
	}
	t.ExpireAt = at
}

// writeTerms sets the terms on a D or a G of an EMS. venues names the bits of Terms.Venues.
func writeTerms(m *quickfix.Message, version string, t *order.Terms, venues []market.Venue) {
	writeOrderTerms(m, version, t)
	put(m, tagHandlInst, "1")
	put(m, tagExDestination, t.Directed)
	if t.MinQty > 0 {
		putQty(m, tagMinQty, t.MinQty)
	}
	if t.MaxFloor > 0 {
		writeDisplay(m, version, t.MaxFloor)
	}
	writeCapacity(m, version, t.Capacity)
	writeLocate(m, t.Side, t.LocateID)
	putTime(m, version, tagEffectiveTime, t.Start)
	writeStrategy(m, t, version)
	if names := venueNames(t.Venues, venues); names != "" {
		put(m, TagVenues, names)
	}
	putFlag(m, TagNoExplore, t.NoExplore)
	putFlag(m, TagHideDark, t.HideDark)
}

// writeOrderTerms sets the terms that an ExecutionReport repeats too.
func writeOrderTerms(m *quickfix.Message, version string, t *order.Terms) {
	put(m, tagAccount, t.Account)
	put(m, tagSymbol, string(t.Symbol))
	putInt(m, tagSide, int(t.Side))
	putQty(m, tagOrderQty, t.Qty)
	writeForm(m, version, PegByExecInst, t.Type, t.Limit)
	writeTIF(m, t.TIF)
	if t.TIF == order.GTD {
		putTime(m, version, tagExpireTime, t.ExpireAt)
	} else {
		putTime(m, version, tagExpireTime, t.End)
	}
}

func venueNames(set uint64, venues []market.Venue) string {
	var names []string
	for i := range venues {
		if set>>venues[i].ID&1 == 1 {
			names = append(names, venues[i].Name)
		}
	}
	return strings.Join(names, " ")
}

// readVenues gives the bit set of names or MICs separated by spaces or commas.
func readVenues(v string, venues []market.Venue) (set uint64, unknown string) {
	for _, name := range strings.FieldsFunc(v, func(r rune) bool { return r == ' ' || r == ',' }) {
		found := false
		for i := range venues {
			if venues[i].Name == name || venues[i].MIC == name {
				set, found = set|1<<venues[i].ID, true
			}
		}
		if !found {
			return 0, name
		}
	}
	return set, ""
}
