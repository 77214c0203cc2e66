package sim

import (
	"fmt"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// judge gives the reason why the venue refuses a new order as such, apart from what its book says.
func (v *venue) judge(o *Order, c *clientOrder) (Reason, string) {
	f := c.book.base()
	switch {
	case v.refusing != "":
		return ReasonOutage, v.refusing
	case f.halted:
		return ReasonHalted, fmt.Sprintf("%s is halted at %s", o.Symbol, v.spec.Name)
	case !o.Side.Valid():
		return ReasonUnsupported, fmt.Sprintf("side %d", uint8(o.Side))
	}
	if why, text := v.judgeQty(o, f.inst); why != 0 {
		return why, text
	}
	if why, text := v.judgeKind(o); why != 0 {
		return why, text
	}
	return v.judgePrice(o, f.inst)
}

func (v *venue) judgeQty(o *Order, inst *market.Instrument) (Reason, string) {
	lot := inst.Lot
	if v.spec.Lot > 0 {
		lot = v.spec.Lot
	}
	switch {
	case o.Qty <= 0:
		return ReasonBadQty, "quantity must be above 0"
	case v.spec.MaxQty > 0 && o.Qty > v.spec.MaxQty:
		return ReasonBadQty, fmt.Sprintf("quantity %d is above the largest, %d", o.Qty, v.spec.MaxQty)
	case v.spec.Rules.RoundLotsOnly && o.Qty%lot != 0:
		return ReasonBadQty, fmt.Sprintf("quantity %d is not a multiple of the lot, %d", o.Qty, lot)
	case o.MinQty < 0 || o.MinQty > o.Qty:
		return ReasonBadQty, fmt.Sprintf("minimum quantity %d of %d", o.MinQty, o.Qty)
	case o.Display < 0 || o.Display > o.Qty:
		return ReasonBadQty, fmt.Sprintf("display quantity %d of %d", o.Display, o.Qty)
	}
	return 0, ""
}

// judgeKind refuses features that the venue does not have and combinations that contradict themselves.
func (v *venue) judgeKind(o *Order) (Reason, string) {
	var want market.Caps
	add := func(on bool, c market.Caps) {
		if on {
			want |= c
		}
	}
	displayed := v.spec.Type.Displayed()
	add(o.Type == order.Midpoint, market.CapMidpoint)
	add(o.Type == order.DLimit || o.Discretion > 0, market.CapDLimit)
	add(o.MinQty > 0, market.CapMinQty)
	add(o.PostOnly, market.CapPostOnly)
	add(o.Display > 0 && o.Display < o.Qty, market.CapReserve)
	add(o.Hidden && displayed, market.CapHidden)
	if missing := want &^ v.spec.Caps; missing != 0 {
		return ReasonUnsupported, fmt.Sprintf("%s does not take this kind of order (features %b)", v.spec.Name, missing)
	}
	lapses := o.TIF == order.IOC || o.TIF == order.FOK
	peg := o.Type == order.Midpoint || o.Type == order.Primary
	switch {
	case o.Type != order.Market && o.Type != order.Limit && o.Type != order.DLimit && !peg:
		return ReasonUnsupported, o.Type.String()
	case o.TIF != order.Day && o.TIF != order.GTC && o.TIF != order.GTD && !lapses:
		return ReasonUnsupported, o.TIF.String()
	case o.PostOnly && (lapses || o.Type == order.Market || o.Type == order.DLimit):
		return ReasonUnsupported, "a post-only order must be able to rest at a limit or a peg"
	case o.MinQty > 0 && o.TIF == order.FOK:
		return ReasonUnsupported, "fill-or-kill has no other minimum quantity"
	case o.MinQty > 0 && displayed && !lapses && !peg && !o.Hidden:
		return ReasonUnsupported, "a displayed order has no minimum quantity"
	case o.Display > 0 && (o.Hidden || peg || lapses):
		return ReasonUnsupported, "a display quantity needs a displayed order that rests"
	case o.Discretion != 0 && (!displayed || o.Type != order.Limit || o.Hidden || o.PostOnly || lapses || o.Display > 0):
		return ReasonUnsupported, "discretion is for a wholly displayed limit order that rests"
	case o.TIF == order.GTD && o.ExpireAt <= v.m.now:
		return ReasonUnsupported, "expire time is not in the future"
	}
	return 0, ""
}

func (v *venue) judgePrice(o *Order, inst *market.Instrument) (Reason, string) {
	needs := o.Type == order.Limit || o.Type == order.DLimit
	switch {
	case o.Limit < 0 || needs && o.Limit == 0:
		return ReasonBadPrice, "a limit order needs a price above 0"
	case o.Type == order.Market && o.Limit != 0:
		return ReasonBadPrice, "a market order has no limit"
	case needs && o.Limit%inst.Tick != 0 && v.spec.Type.Displayed():
		return ReasonBadPrice, fmt.Sprintf("%s is not a multiple of the tick, %s", o.Limit, inst.Tick)
	case o.Discretion < 0 || o.Discretion%inst.Tick != 0:
		return ReasonBadPrice, fmt.Sprintf("discretion %s must be 0 or more, in ticks of %s", o.Discretion, inst.Tick)
	case o.Offset != 0 && o.Type != order.Primary:
		return ReasonBadPrice, "only a primary peg has an offset"
	}
	return 0, ""
}
