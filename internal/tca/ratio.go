package tca

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"

	"github.com/sluice-sor/sluice/internal/market"
)

// Ratio is a figure that may be unknown, because there was nothing to divide by. Its zero value is unknown; as JSON it
// is a number or null.
type Ratio struct {
	Value float64
	Known bool
}

// bps is the scale of a ratio in basis points.
const bps = 1e4

func ratio[N, D ~int64](num N, den D, scale float64) Ratio {
	if den == 0 {
		return Ratio{}
	}
	return Ratio{float64(num) / float64(den) * scale, true}
}

// MarshalJSON implements json.Marshaler.
func (r Ratio) MarshalJSON() ([]byte, error) {
	if !r.Known || math.IsNaN(r.Value) || math.IsInf(r.Value, 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, r.Value, 'g', -1, 64), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *Ratio) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, []byte("null")) {
		*r = Ratio{}
		return nil
	}
	r.Known = true
	return json.Unmarshal(b, &r.Value)
}

// text gives the ratio with a sign and the given decimals, "-" if it is unknown.
func (r Ratio) text(decimals int) string {
	if !r.Known {
		return "-"
	}
	return signed(r.Value, decimals)
}

func (r Ratio) percent(decimals int) string {
	if !r.Known {
		return "-"
	}
	return strconv.FormatFloat(r.Value*100, 'f', decimals, 64) + " %"
}

func signed(x float64, decimals int) string {
	s := strconv.FormatFloat(x, 'f', decimals, 64)
	if zero := strconv.FormatFloat(0, 'f', decimals, 64); s == "-"+zero {
		return zero
	} else if x > 0 && s != zero {
		s = "+" + s
	}
	return s
}

// exact does integer arithmetic that remembers an overflow.
type exact struct{ overflow bool }

func (e *exact) times(p market.Price, q market.Qty) market.Money {
	x := int64(p) * int64(q)
	if p != 0 && (x/int64(p) != int64(q) || p == -1 && q == math.MinInt64) {
		e.overflow = true
	}
	return market.Money(x)
}

func (e *exact) add(to *market.Money, x market.Money) {
	sum := *to + x
	if (sum > *to) != (x > 0) && x != 0 {
		e.overflow = true
	}
	*to = sum
}

func (e *exact) minus(p, q market.Price) market.Price {
	d := p - q
	if (d < p) != (q > 0) && q != 0 {
		e.overflow = true
	}
	return d
}
