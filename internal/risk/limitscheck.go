package risk

import (
	"errors"
	"fmt"
	"math"

	"github.com/sluice-sor/sluice/internal/market"
)

// The largest figures a limit may have; beyond them it is a mistake, and exact arithmetic could not be promised.
const (
	maxShare = 1e6 // basis points, a hundred times the price; and per cent
	maxRate  = 1_000_000
	maxCount = 1_000_000 // of one parent or child; the self-test of the engine asks for less
	// No order may be above it, and what is one more must be a quantity too, or nobody could try the limit.
	maxShares = 1_000_000_000_000
)

// problems are what is wrong with limits.
type problems []error

func (p *problems) amount(name string, v int64) {
	if v < 0 {
		*p = append(*p, fmt.Errorf("limit %s is %d: give 0 (no limit) or more", name, v))
	}
}

func (p *problems) whole(name string, v, most int64) {
	if v < 0 || v > most {
		*p = append(*p, fmt.Errorf("limit %s is %d: give 0 (no limit) to %d", name, v, most))
	}
}

// share holds a percentage or basis points, of which unit make a millionth part, to what is neither beyond reason nor, rounded,
// no limit at all.
func (p *problems) share(name string, v, unit float64) {
	switch {
	case math.IsNaN(v) || v < 0 || v > maxShare:
		*p = append(*p, fmt.Errorf("limit %s is %v: give 0 (no limit) to %.0f", name, v, float64(maxShare)))
	case v > 0 && ppm(v, unit) == 0:
		*p = append(*p, fmt.Errorf("limit %s is %v, less than the millionth part that is the least: give 0 (no limit), or %v and more", name, v, 1/unit))
	}
}

// inside holds a soft limit below its hard one.
func (p *problems) inside(soft string, s market.Money, hard string, h market.Money) {
	if h > 0 && s > h {
		*p = append(*p, fmt.Errorf("limit %s is %v, above %s %v: a soft limit lies below the hard one", soft, s, hard, h))
	}
}

// Check reports every limit that cannot be meant: negative, not a number, or beyond reason. A gate with such limits
// refuses everything.
func (l *Limits) Check() error {
	var p problems
	p.whole("MaxParentQty", int64(l.MaxParentQty), maxShares)
	p.whole("MaxChildQty", int64(l.MaxChildQty), maxShares)
	p.amount("MaxParentMoney", int64(l.MaxParentMoney))
	p.amount("MaxChildMoney", int64(l.MaxChildMoney))
	p.amount("MaxClientMoney", int64(l.MaxClientMoney))
	p.amount("MaxFirmMoney", int64(l.MaxFirmMoney))
	p.amount("MaxBasketMoney", int64(l.MaxBasketMoney))
	p.amount("SoftParentMoney", int64(l.SoftParentMoney))
	p.amount("SoftBasketMoney", int64(l.SoftBasketMoney))
	p.amount("MaxClientNet", int64(l.MaxClientNet))
	p.amount("MaxFirmNet", int64(l.MaxFirmNet))
	p.amount("DuplicateWindow", l.DuplicateWindow)
	p.whole("MaxOpenChildren", int64(l.MaxOpenChildren), maxCount)
	p.whole("MaxRepeats", int64(l.MaxRepeats), maxCount)
	p.whole("MaxVenueRate", int64(l.MaxVenueRate), maxCount)
	p.whole("MaxReplaces", int64(l.MaxReplaces), maxCount)
	p.whole("ClientRate", int64(l.ClientRate), maxRate)
	p.whole("SymbolRate", int64(l.SymbolRate), maxRate)
	p.whole("FirmRate", int64(l.FirmRate), maxRate)
	p.share("MaxADVPct", l.MaxADVPct, perPercent)
	p.share("CollarBps", l.CollarBps, perBp)
	p.share("SoftCollarBps", l.SoftCollarBps, perBp)
	p.share("MaxSpreadBps", l.MaxSpreadBps, perBp)
	l.checkParts(&p)
	if l.CollarBps > 0 && l.SoftCollarBps > l.CollarBps {
		p = append(p, fmt.Errorf("limit SoftCollarBps is %v, outside CollarBps %v: the soft collar lies inside", l.SoftCollarBps, l.CollarBps))
	}
	p.inside("SoftParentMoney", l.SoftParentMoney, "MaxParentMoney", l.MaxParentMoney)
	p.inside("SoftBasketMoney", l.SoftBasketMoney, "MaxBasketMoney", l.MaxBasketMoney)
	return errors.Join(p...)
}

// checkParts checks the limits of classes and of clients.
func (l *Limits) checkParts(p *problems) {
	for i := range l.Classes {
		c := &l.Classes[i]
		at := "of class " + c.Class + ", "
		p.whole(at+"MaxParentQty", int64(c.MaxParentQty), maxShares)
		p.whole(at+"MaxChildQty", int64(c.MaxChildQty), maxShares)
		p.amount(at+"MaxParentMoney", int64(c.MaxParentMoney))
		p.amount(at+"MaxChildMoney", int64(c.MaxChildMoney))
		p.share(at+"MaxADVPct", c.MaxADVPct, perPercent)
	}
	for i := range l.Credits {
		c := &l.Credits[i]
		at := "of client " + c.Client + ", "
		p.amount(at+"MaxParentMoney", int64(c.MaxParentMoney))
		p.amount(at+"MaxClientMoney", int64(c.MaxClientMoney))
		p.amount(at+"MaxClientNet", int64(c.MaxClientNet))
		p.amount(at+"MaxBasketMoney", int64(c.MaxBasketMoney))
		p.whole(at+"Rate", int64(c.Rate), maxRate)
	}
}
