package fixgw

import (
	"slices"
	"strings"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// The values of ExecInst (18) that the mapping reads or writes.
const (
	instNotHeld  = "1"
	instHeld     = "5"
	instPostOnly = "6" // participate, do not initiate
	instISO      = "f" // intermarket sweep
	instMidpoint = "M"
	instPrimary  = "R"
)

// A PegForm is how a venue wants a pegged order.
type PegForm uint8

// The peg forms.
const (
	PegByExecInst PegForm = iota // 40=1 or 2 with 18=M or R
	PegByOrdType                 // 40=P with 18=M or R, in 5.0 SP2 with 1094=2 or 5
)

// orderForm is what 40, 44, 18 and 7010 say together.
type orderForm struct {
	typ   order.Type
	limit market.Price // 0 = none
	insts []string     // of 18, without the peg
}

func (o *orderForm) has(inst string) bool { return slices.Contains(o.insts, inst) }

// The values of PegPriceType (1094), which FIX 5.0 SP2 has beside M and R of 18.
const (
	pegMidpoint = "2"
	pegPrimary  = "5"
)

// readForm reads 40, 44, 18, 1094 and 7010. What it cannot express it refuses: an instruction that is dropped would be
// a different order.
func readForm(f *fields) orderForm {
	o := orderForm{insts: strings.Fields(f.text(tagExecInst)), limit: f.price(tagPrice)}
	peg := f.text(tagPegPriceType)
	mid, primary := o.has(instMidpoint) || peg == pegMidpoint, o.has(instPrimary) || peg == pegPrimary
	o.insts = slices.DeleteFunc(o.insts, func(s string) bool { return s == instMidpoint || s == instPrimary })
	ordType := f.need(tagOrdType)
	switch {
	case peg != "" && peg != pegMidpoint && peg != pegPrimary:
		f.fail(tagPegPriceType, "use 2 (midpoint) or 5 (near side)")
	case mid && primary:
		f.fail(tagExecInst, "an order is pegged to the midpoint (M) or to the near side (R), not to both")
	case ordType != "1" && ordType != "2" && ordType != "P":
		f.fail(tagOrdType, "use 1 (market), 2 (limit) or P (pegged, with 18=M or 18=R)")
	case mid:
		o.typ = order.Midpoint
	case primary:
		o.typ = order.Primary
	case ordType == "P":
		f.fail(tagExecInst, "a pegged order needs 18=M (midpoint) or 18=R (near side), or 1094=2 or 5")
	case ordType == "1":
		o.typ = order.Market
	default:
		o.typ = order.Limit
	}
	o.checkPrice(f, ordType)
	return o
}

func (o *orderForm) checkPrice(f *fields, ordType string) {
	if f.flag(TagDLimit) {
		if o.typ != order.Limit {
			f.fail(TagDLimit, "a discretionary limit is a limit order, 40=2")
		}
		o.typ = order.DLimit
	}
	switch {
	case ordType == "2" && o.limit == 0:
		f.fail(tagPrice, "a limit order needs a price above zero")
	case ordType == "1" && o.limit != 0:
		f.fail(tagPrice, "a market order has no price; use 40=2 for a limit")
	}
}

// writeForm sets 40, 44, 18, 1094 and 7010; insts are added to 18.
func writeForm(m *quickfix.Message, version string, form PegForm, typ order.Type, limit market.Price, insts ...string) {
	ordType := "2"
	if limit == 0 {
		ordType = "1"
	}
	inst, peg := "", ""
	switch typ {
	case order.Midpoint:
		inst, peg = instMidpoint, pegMidpoint
	case order.Primary:
		inst, peg = instPrimary, pegPrimary
	case order.DLimit:
		putFlag(m, TagDLimit, true)
	case order.Market, order.Limit: // 40 and 44 say it all
	}
	switch {
	case inst == "":
	case form == PegByExecInst:
		insts = append(insts, inst)
	case version == FIX50SP2:
		ordType = "P"
		put(m, tagPegPriceType, peg)
	default:
		ordType = "P"
		insts = append(insts, inst)
	}
	put(m, tagOrdType, ordType)
	if limit > 0 {
		putPrice(m, tagPrice, limit)
	}
	put(m, tagExecInst, strings.Join(insts, " "))
}

// readTIF reads 59; without it the order is for the day.
func readTIF(f *fields) order.TIF {
	switch f.text(tagTimeInForce) {
	case "", "0":
		return order.Day
	case "1":
		return order.GTC
	case "3":
		return order.IOC
	case "4":
		return order.FOK
	case "6":
		return order.GTD
	}
	f.fail(tagTimeInForce, "use 0 (day), 1 (GTC), 3 (IOC), 4 (FOK) or 6 (GTD)")
	return 0
}

func writeTIF(m *quickfix.Message, t order.TIF) { putInt(m, tagTimeInForce, int(t)) }

func readSide(f *fields) market.Side {
	switch f.need(tagSide) {
	case "1":
		return market.Buy
	case "2":
		return market.Sell
	case "5":
		return market.SellShort
	case "6":
		return market.SellShortExempt
	}
	f.fail(tagSide, "use 1 (buy), 2 (sell), 5 (sell short) or 6 (sell short exempt)")
	return 0
}

// readDisplay reads the displayed part of an order: 111, 210, or 1138 of FIX 5.0 SP2 (FIX-08).
func readDisplay(f *fields) market.Qty {
	for _, tag := range [...]quickfix.Tag{tagMaxFloor, tagMaxShow, tagDisplayQty} {
		if q := f.qty(tag); q > 0 {
			return q
		}
	}
	return 0
}

// writeDisplay sets the displayed part, 0 to hide the order.
func writeDisplay(m *quickfix.Message, version string, shown market.Qty) {
	if version != FIX50SP2 {
		putQty(m, tagMaxFloor, shown)
		return
	}
	putQty(m, tagDisplayQty, shown)
	if shown == 0 {
		put(m, tagDisplayMethod, "4") // undisclosed
	}
}

// readCapacity reads 528, or 47 of older clients, as a letter of 528 (FIX-10).
func readCapacity(f *fields) byte {
	if c := f.char(tagOrderCapacity); c != 0 {
		if !strings.ContainsRune("AGIPRW", rune(c)) {
			f.fail(tagOrderCapacity, "use A, G, I, P, R or W")
		}
		return c
	}
	switch c := f.char(tagRule80A); c {
	case 0, 'A', 'I', 'P', 'W':
		return c
	case 'U', 'Y':
		return 'A'
	case 'J', 'K':
		return 'I'
	case 'C', 'D', 'E', 'O', 'R', 'S', 'T':
		return 'P'
	case 'M', 'N':
		return 'W'
	}
	f.fail(tagRule80A, "use A (agency), P (principal), I (individual) or W (agent for another member)")
	return 0
}

// writeCapacity sets 47 in FIX 4.2 and 528 later. The two proprietary letters that 47 does not have become P.
func writeCapacity(m *quickfix.Message, version string, c byte) {
	if version == FIX42 {
		if c == 'G' || c == 'R' {
			c = 'P'
		}
		putChar(m, tagRule80A, c)
		return
	}
	putChar(m, tagOrderCapacity, c)
}

// readLocate gives the locate of a short sale: 5701, or the fact that the client itself located (114=N).
func readLocate(f *fields) string {
	if id := f.text(TagLocate); id != "" {
		return id
	}
	if f.text(tagLocateReqd) == "N" {
		return "114=N"
	}
	return ""
}

// writeLocate sets 114=N on a short sale, and 5701 where the locate has an id.
func writeLocate(m *quickfix.Message, s market.Side, locate string) {
	if s != market.SellShort && s != market.SellShortExempt || locate == "" {
		return
	}
	put(m, tagLocateReqd, "N")
	if locate != "114=N" {
		put(m, TagLocate, locate)
	}
}

// liquidityOf851 reads LastLiquidityInd (851).
func liquidityOf851(v string) market.Liquidity {
	switch v {
	case "1":
		return market.Added
	case "2":
		return market.Removed
	case "3":
		return market.RoutedOut
	case "4":
		return market.Auction
	}
	return 0
}

// write851 sets LastLiquidityInd (851) as the version knows it: 4.2 does not have it, 4.4 has no auction. Extended says
// that the peer's dictionary has both.
func write851(m *quickfix.Message, version string, l market.Liquidity, extended bool) {
	if extended || version == FIX50SP2 || version == FIX44 && l != market.Auction {
		put(m, tagLastLiquidity, code851(l))
	}
}

// code851 is the inverse of liquidityOf851; the finer kinds fall together.
func code851(l market.Liquidity) string {
	switch l {
	case market.Added, market.AddedHidden, market.AddedMid:
		return "1"
	case market.Removed, market.RemovedMid:
		return "2"
	case market.RoutedOut:
		return "3"
	case market.Auction:
		return "4"
	}
	return ""
}

// liquidityNamed is the inverse of market.Liquidity's String, 0 for another text.
func liquidityNamed(s string) market.Liquidity {
	for l := market.Added; l <= market.RemovedMid; l++ {
		if l.String() == s {
			return l
		}
	}
	return 0
}
