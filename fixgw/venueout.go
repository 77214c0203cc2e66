package fixgw

import (
	"errors"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// ErrNoStatus says that a venue answers no status requests: its children in doubt are for a person (REC-04).
var ErrNoStatus = errors.New("fixgw: the venue answers no order status requests")

// Send makes the NewOrderSingle of a child (FIX-14). now is TransactTime.
func (p *Profile) Send(c *event.SendChild, now market.Time) *quickfix.Message {
	m := message(msgOrder)
	put(m, tagClOrdID, c.ClOrdID)
	p.writeOrder(m, c, c.Child.Qty, c.Child.Type, c.Child.Limit, c.Child.TIF)
	putTime(m, p.Version, tagTransactTime, now)
	return m
}

// Cancel makes the OrderCancelRequest of a child.
func (p *Profile) Cancel(c *event.CancelChild, now market.Time) *quickfix.Message {
	m := message(msgCancel)
	p.writeRequest(m, c)
	put(m, tagSymbol, string(c.Symbol))
	putInt(m, tagSide, int(c.Side))
	putQty(m, tagOrderQty, c.Qty)
	put(m, tagExDestination, p.ExDestination)
	writeParties(m, p.Version, p.Parties)
	putTime(m, p.Version, tagTransactTime, now)
	return m
}

// Replace makes the OrderCancelReplaceRequest of a child. sent is the command that sent the child: a G repeats every
// instruction of the order (ER-06: 38 is the total), and one that left out 18=6 could take.
func (p *Profile) Replace(c *event.ReplaceChild, sent *event.SendChild, now market.Time) *quickfix.Message {
	m := message(msgReplace)
	p.writeRequest(m, &c.CancelChild)
	p.writeOrder(m, sent, c.Qty, c.Type, c.Limit, c.TIF)
	putTime(m, p.Version, tagTransactTime, now)
	return m
}

// Query makes the OrderStatusRequest of a child, or gives ErrNoStatus.
func (p *Profile) Query(c *event.QueryChild) (*quickfix.Message, error) {
	if p.NoStatus {
		return nil, ErrNoStatus
	}
	m := message(msgStatus)
	put(m, tagClOrdID, c.ClOrdID)
	put(m, tagOrderID, c.VenueOrderID)
	put(m, tagSymbol, string(c.Symbol))
	putInt(m, tagSide, int(c.Side))
	return m, nil
}

func (p *Profile) writeRequest(m *quickfix.Message, c *event.CancelChild) {
	put(m, tagClOrdID, c.ClOrdID)
	put(m, tagOrigClOrdID, c.OrigClOrdID)
	put(m, tagOrderID, c.VenueOrderID)
}

// writeOrder sets what a D and a G say of an order.
func (p *Profile) writeOrder(m *quickfix.Message, c *event.SendChild, qty market.Qty, typ order.Type, limit market.Price, tif order.TIF) {
	if p.Version == FIX42 || p.HandlInst {
		put(m, tagHandlInst, "1")
	}
	account := p.Account
	if account == "" {
		account = c.Account
	}
	put(m, tagAccount, account)
	put(m, tagSymbol, string(c.Child.Symbol))
	putInt(m, tagSide, int(c.Child.Side))
	putQty(m, tagOrderQty, qty)
	writeForm(m, p.Version, p.Pegs, typ, limit, p.insts(&c.Child, tif)...)
	writeTIF(m, tif)
	if c.Child.MinQty > 0 {
		putQty(m, tagMinQty, min(c.Child.MinQty, qty))
	}
	p.writeDisplay(m, &c.Child, qty, typ, tif)
	put(m, tagExDestination, p.ExDestination)
	writeCapacity(m, p.Version, c.Capacity)
	writeLocate(m, c.Child.Side, c.LocateID)
	writeParties(m, p.Version, p.Parties)
}

func (p *Profile) insts(c *order.Child, tif order.TIF) []string {
	var insts []string
	if p.ExecInst != "" {
		insts = append(insts, p.ExecInst)
	}
	if s := p.postOnly(); s != "" && c.Style.Displayed() && tif != order.IOC && tif != order.FOK {
		insts = append(insts, s)
	}
	if c.ISO && tif == order.IOC {
		insts = append(insts, instISO)
	}
	return insts
}

// writeDisplay sets the displayed part of a reserve order, or 0 to hide a resting limit order.
func (p *Profile) writeDisplay(m *quickfix.Message, c *order.Child, qty market.Qty, typ order.Type, tif order.TIF) {
	switch {
	case c.Display > 0:
		writeDisplay(m, p.Version, min(c.Display, qty))
	case p.HideByMaxFloor && typ == order.Limit && !c.Style.Displayed() && !c.Style.Takes() && tif != order.IOC:
		writeDisplay(m, p.Version, 0)
	}
}
