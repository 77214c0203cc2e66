package nms

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/market"
)

// Monthly is one record of the files that market centers published under Rule 605 before it was amended: 26 fields between bars.
// Order types and sizes are by number of shares there, times in classes from 10 seconds to half an hour, and what an order that
// is not marketable cost is left empty.
type Monthly struct {
	Participant, Center string // who published it, as T, and the market center's code
	Month               string // yyyymm
	Symbol              market.Symbol
	Type, Size          int // 11 to 15 and 21 to 24; 0 = not covered

	orders, shares, canceled, here, away int64
	in                                   [len(monthlyBounds)]int64
	realized, spread                     weighted
	improved, improvedTime               weighted
	atTime                               weighted
	outside, outsideTime                 weighted
}

// monthlyBounds end the classes of times; what takes longer than half an hour is in none.
var monthlyBounds = [...]int64{10 * market.Second, 30 * market.Second, market.Minute, 5 * market.Minute, 30*market.Minute + 1}

// near is how far from the quote a limit still counts, in micro-dollars.
const nearTheQuote = 100_000

// MonthlyKey gives the type and size of a record that an order belongs to; ok is false for one that no record covers.
func MonthlyKey(o *Order) (kind, size int, ok bool) {
	if o.covered() != "" {
		return 0, 0, false
	}
	px, limited := o.price()
	switch inside := o.worse(px, o.near()); {
	case !limited:
		kind = 11
	case !o.worse(o.far().Price, px):
		kind = 12
	case inside:
		kind = 13
	case px == o.near():
		kind = 14
	case !o.worse(o.near()-market.Price(o.Side.Sign())*nearTheQuote, px):
		kind = 15
	default:
		return 0, 0, false
	}
	for i, least := range [...]market.Qty{100, 500, 2000, 5000, 10_000} {
		if o.Qty >= least {
			size = 21 + i
		}
	}
	return kind, size, size >= 21 && size <= 24
}

// Add counts an order of the record's symbol, type and size. horizon is that of the realized spread, five minutes in the rule.
func (m *Monthly) Add(o *Order, horizon int64) {
	filled := o.Filled()
	m.orders++
	m.shares += int64(o.Qty)
	if o.Done {
		m.canceled += int64(o.Qty - filled)
	}
	sign := o.Side.Sign()
	for i := range o.Fills {
		f := &o.Fills[i]
		if f.Away {
			m.away += int64(f.Qty)
		} else {
			m.here += int64(f.Qty)
		}
		took := max(0, f.At.Sub(o.Received))
		if at := slices.IndexFunc(monthlyBounds[:], func(b int64) bool { return took < b }); at >= 0 {
			m.in[at] += int64(f.Qty)
		}
		for _, after := range f.After {
			if after.HorizonNs == horizon {
				m.realized.add(2*sign*int64(f.Px-after.Px), f.Qty)
			}
		}
		m.spread.add(spreadOf(sign, f.Px, o.Quote), f.Qty)
		switch better := sign * int64(o.far().Price-f.Px); {
		case better > 0:
			m.improved.add(better, f.Qty)
			m.improvedTime.add(took, f.Qty)
		case better == 0:
			m.atTime.add(took, f.Qty)
		default:
			m.outside.add(-better, f.Qty)
			m.outsideTime.add(took, f.Qty)
		}
	}
}

// String is the record.
func (m *Monthly) String() string {
	const dollar, second = int64(market.Dollar), market.Second
	out := []string{m.Participant, m.Center, m.Month, string(m.Symbol), fmt.Sprint(m.Type), fmt.Sprint(m.Size)}
	for _, n := range [...]int64{m.orders, m.shares, m.canceled, m.here, m.away} {
		out = append(out, fmt.Sprint(n))
	}
	for _, n := range m.in {
		out = append(out, fmt.Sprint(n))
	}
	average := func(w *weighted, unit int64, places int) {
		text := w.avg(unit, places).Text
		if text == "" {
			text = fraction(&w.sum, big.NewInt(1), places) // of nothing it is zero in these files
		}
		out = append(out, text)
	}
	average(&m.realized, dollar, 4)
	if m.Type > 12 {
		return strings.Join(append(out, make([]string, 9)...), "|")
	}
	average(&m.spread, dollar, 4)
	shares := func(w *weighted) { out = append(out, fmt.Sprint(int64(w.shares))) }
	shares(&m.improved)
	average(&m.improved, dollar, 4)
	average(&m.improvedTime, second, 1)
	shares(&m.atTime)
	average(&m.atTime, second, 1)
	shares(&m.outside)
	average(&m.outside, dollar, 4)
	average(&m.outsideTime, second, 1)
	return strings.Join(out, "|")
}
