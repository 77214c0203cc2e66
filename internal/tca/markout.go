package tca

import (
	"math"
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// markouts weighs every markout by the shares of the fill it followed. A markout of a busted execution counts no
// more; of two for the same fill and horizon the last counts. One that is not finite is left out.
func (w *work) markouts() {
	type of struct {
		report  uint64
		horizon int64
	}
	last := make(map[of]*event.RecordOutcome)
	for _, o := range w.in.Outcomes {
		if o.What == event.OutcomeMarkout && !math.IsNaN(o.Value) && !math.IsInf(o.Value, 0) {
			last[of{o.ExecID, o.HorizonNs}] = o
		}
	}
	r, fills := &w.report, w.surviving()
	for _, o := range w.in.Outcomes {
		if last[of{o.ExecID, o.HorizonNs}] != o {
			continue
		}
		x := fills[fillKey{o.ExecID, o.Child}]
		if x == nil {
			continue
		}
		m := Markout{o.HorizonNs, 1, x.Exec.Qty, o.Value}
		addMarkout(&r.Markouts, m)
		addMarkout(&venueLine(&r.Venues, x.Exec.Key.Venue, w.in.Venues.Of(x.Exec.Key.Venue)).Markouts, m)
		addMarkout(&styleLine(&r.Styles, x.Style).Markouts, m)
	}
}

// fillKey is what a markout says of the fill it followed.
type fillKey struct {
	report uint64
	child  order.ChildID
}

// surviving gives the executions that markouts may follow.
func (w *work) surviving() map[fillKey]*fill {
	out := make(map[fillKey]*fill, len(w.fills))
	for i := range w.fills {
		if x := &w.fills[i]; !x.Exec.Busted && x.Exec.Qty > 0 {
			out[fillKey{x.ExecID, x.Exec.Child}] = x
		}
	}
	return out
}

// addMarkout merges m into the list, which is kept in the order of horizons.
func addMarkout(list *[]Markout, m Markout) {
	at, found := slices.BinarySearchFunc(*list, m.HorizonNs, func(x Markout, h int64) int {
		return int(min(max(x.HorizonNs-h, -1), 1))
	})
	if !found {
		*list = slices.Insert(*list, at, m)
		return
	}
	x := &(*list)[at]
	total := x.Shares + m.Shares
	x.MeanBps += float64((m.MeanBps - x.MeanBps) * share(m.Shares, total)) // the conversion forbids a fused multiply-add
	x.Shares = total
	x.Fills += m.Fills
}

func share(part, whole market.Qty) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
