package tca

import (
	"math"
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// Reversion is what the market did after a parent's end, against the parent's average price: a cost is a price that came back,
// which is what our own impact looks like from behind. Its mid is the one a horizon after the last fill, from that fill's
// markout; a parent whose last fill has none for a horizon has no reversion there.
type Reversion struct {
	HorizonNs int64        `json:"horizon_ns"`
	Parents   int64        `json:"parents"`
	Mid       market.Price `json:"mid_micros"`   // of one parent; 0 in a sum
	Cost      market.Money `json:"cost_micros"`  // s·(Σ p·q − F·mid)
	Value     market.Money `json:"value_micros"` // Σ p·q
	Bps       Ratio        `json:"reversion_bps"`
}

// reversions measures the mids after the last fill. Of several fills at that time, the first in the records counts.
func (w *work) reversions() {
	r, last := &w.report, w.lastFill()
	if last == nil || last.Mid <= 0 {
		return
	}
	for _, o := range w.in.Outcomes {
		if o.What != event.OutcomeMarkout || o.ExecID != last.ExecID || o.Child != last.Exec.Child || !(math.Abs(o.Value) < bps) {
			continue
		}
		moved := float64(last.Mid) * o.Value / bps
		mid := last.Mid + w.sign*market.Price(math.Round(moved))
		rev := Reversion{HorizonNs: o.HorizonNs, Parents: 1, Mid: mid, Value: r.Value,
			Cost: market.Money(w.sign) * w.difference(r.Value, w.times(mid, r.Filled))}
		rev.Bps = ratio(rev.Cost, rev.Value, bps)
		at, found := reversionAt(r.Reversions, rev.HorizonNs)
		if found {
			r.Reversions[at] = rev // of two markouts the last counts
		} else {
			r.Reversions = slices.Insert(r.Reversions, at, rev)
		}
	}
}

// lastFill is the surviving execution that came last, nil if there is none.
func (w *work) lastFill() (last *fill) {
	for i := range w.fills {
		if x := &w.fills[i]; !x.Exec.Busted && x.Exec.Qty > 0 && (last == nil || x.Exec.At > last.Exec.At) {
			last = x
		}
	}
	return last
}

func reversionAt(list []Reversion, horizon int64) (int, bool) {
	return slices.BinarySearchFunc(list, horizon, func(x Reversion, h int64) int { return int(min(max(x.HorizonNs-h, -1), 1)) })
}

// addReversions merges from into to, which is kept in the order of horizons.
func (e *exact) addReversions(to *[]Reversion, from []Reversion) {
	for i := range from {
		at, found := reversionAt(*to, from[i].HorizonNs)
		if !found {
			*to = slices.Insert(*to, at, Reversion{HorizonNs: from[i].HorizonNs})
		}
		x := &(*to)[at]
		x.Parents += from[i].Parents
		e.add(&x.Cost, from[i].Cost)
		e.add(&x.Value, from[i].Value)
		x.Bps = ratio(x.Cost, x.Value, bps)
	}
}
