package fixgw

import (
	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// orderMessage makes the D of an EMS. venues names the bits of Terms.Venues.
func orderMessage(version, clOrdID string, t *order.Terms, venues []market.Venue, now market.Time) *quickfix.Message {
	m := message(msgOrder)
	put(m, tagClOrdID, clOrdID)
	writeTerms(m, version, t, venues)
	putTime(m, version, tagTransactTime, now)
	return m
}

// basketMessage makes the D of an EMS for an order of a basket of so many (RISK-20).
func basketMessage(version, clOrdID string, t *order.Terms, basket string, of int, venues []market.Venue, now market.Time) *quickfix.Message {
	m := orderMessage(version, clOrdID, t, venues, now)
	put(m, TagBasket, basket)
	putInt(m, TagBasketOf, of)
	return m
}

// replaceMessage makes the G of an EMS: all terms anew (FIX-09).
func replaceMessage(version, clOrdID, orig string, t *order.Terms, venues []market.Venue, now market.Time) *quickfix.Message {
	m := message(msgReplace)
	put(m, tagClOrdID, clOrdID)
	put(m, tagOrigClOrdID, orig)
	writeTerms(m, version, t, venues)
	putTime(m, version, tagTransactTime, now)
	return m
}

// cancelMessage makes the F of an EMS.
func cancelMessage(version, clOrdID, orig string, t *order.Terms, now market.Time) *quickfix.Message {
	m := message(msgCancel)
	put(m, tagClOrdID, clOrdID)
	put(m, tagOrigClOrdID, orig)
	put(m, tagSymbol, string(t.Symbol))
	putInt(m, tagSide, int(t.Side))
	putQty(m, tagOrderQty, t.Qty)
	putTime(m, version, tagTransactTime, now)
	return m
}

// statusMessage makes the H of an EMS.
func statusMessage(clOrdID string, symbol market.Symbol, side market.Side) *quickfix.Message {
	m := message(msgStatus)
	put(m, tagClOrdID, clOrdID)
	put(m, tagSymbol, string(symbol))
	putInt(m, tagSide, int(side))
	return m
}
