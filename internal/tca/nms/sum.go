package nms

import (
	"math/big"
	"strings"

	"github.com/sluice-sor/sluice/internal/market"
)

// weighted is a sum of amounts by shares, exact whatever the sizes.
type weighted struct {
	shares market.Qty
	sum    big.Int // Σ amount × shares
}

// add counts q shares at an amount: a price difference in micro-dollars, or a time in nanoseconds.
func (w *weighted) add(amount int64, q market.Qty) {
	var x, y big.Int
	w.sum.Add(&w.sum, x.Mul(x.SetInt64(amount), y.SetInt64(int64(q))))
	w.shares += q
}

// avg gives the average over the shares in units of unit, with so many decimals; not known without shares.
func (w *weighted) avg(unit int64, places int) Cell {
	return w.over(w.shares, unit, places)
}

func (w *weighted) over(shares market.Qty, unit int64, places int) Cell {
	if shares == 0 {
		return Cell{Number: true}
	}
	var den, y big.Int
	den.Mul(den.SetInt64(int64(shares)), y.SetInt64(unit))
	return Cell{fraction(&w.sum, &den, places), true}
}

func ratioText(num, den int64, places int) string {
	return fraction(big.NewInt(num), big.NewInt(den), places)
}

// fraction gives num / den with so many decimals, rounded half away from zero. A zero has no sign.
func fraction(num, den *big.Int, places int) string {
	s := new(big.Rat).SetFrac(num, den).FloatString(places) // rounds half away from zero
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return s
}
