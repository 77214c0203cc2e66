package view

import (
	"math"
	"strconv"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
)

// Px is a price; its JSON is a decimal text in dollars, null for 0, which means that there is none.
type Px market.Price

// MarshalJSON implements json.Marshaler.
func (p Px) MarshalJSON() ([]byte, error) {
	if p == 0 {
		return []byte("null"), nil
	}
	b := append(make([]byte, 0, 16), '"')
	return append(market.Price(p).AppendText(b), '"'), nil
}

// String gives the price in dollars, "" for none.
func (p Px) String() string {
	if p == 0 {
		return ""
	}
	return market.Price(p).String()
}

// USD is an amount of money; its JSON is a decimal text in dollars.
type USD market.Money

// MarshalJSON implements json.Marshaler.
func (m USD) MarshalJSON() ([]byte, error) {
	return []byte(`"` + market.Money(m).String() + `"`), nil
}

func (m USD) String() string { return market.Money(m).String() }

// Stamp is a time; its JSON is RFC 3339 in UTC with nanoseconds, null for 0.
type Stamp market.Time

// MarshalJSON implements json.Marshaler.
func (t Stamp) MarshalJSON() ([]byte, error) {
	if t == 0 {
		return []byte("null"), nil
	}
	return []byte(`"` + market.Time(t).UTC().Format(time.RFC3339Nano) + `"`), nil
}

// Real is an estimate; its JSON is null where the figure is not finite.
type Real float64

// MarshalJSON implements json.Marshaler.
func (r Real) MarshalJSON() ([]byte, error) {
	if !r.Finite() {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(r), 'g', -1, 64), nil
}

// Finite reports whether r is a number.
func (r Real) Finite() bool { return !math.IsNaN(float64(r)) && !math.IsInf(float64(r), 0) }

// Estimate is a learned figure with its 90 % interval.
type Estimate struct {
	Mean Real `json:"mean"`
	Lo   Real `json:"lo"`
	Hi   Real `json:"hi"`
}

// z90 is the standard normal's 95th percentile, which bounds a two-sided 90 % interval.
const z90 = 1.6448536269514722

// moved gives e with a new mean; the interval keeps its width, because an outcome reports no new one.
func (e Estimate) moved(mean float64) Estimate {
	d := Real(mean) - e.Mean
	return Estimate{Real(mean), e.Lo + d, e.Hi + d}
}

// clamped keeps a probability's interval between 0 and 1.
func (e Estimate) clamped() Estimate {
	e.Lo, e.Hi = max(e.Lo, 0), min(e.Hi, 1)
	return e
}
