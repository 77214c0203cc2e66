package view

import (
	"cmp"
	"slices"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Flat is how far a halt is: of the children that worked in its scope when it came, and of those that came after all. They are
// open until a cancel was asked, then asked, then confirmed gone by their venue; what nobody knows is unknown, and is not flat
// (KILL-04, KILL-07).
type Flat struct {
	Before    int   `json:"before"`    // children that worked in the scope when it was halted
	Open      int   `json:"open"`      // working, no cancel asked
	Asked     int   `json:"asked"`     // a cancel was sent, the venue has not answered
	Unknown   int   `json:"unknown"`   // in doubt
	Orphans   int   `json:"orphans"`   // orders in the scope that are not ours to know
	Confirmed int   `json:"confirmed"` // gone, by word of the venue
	Flat      bool  `json:"flat"`      // every child is confirmed gone, and no orphan is there
	Late      bool  `json:"late"`      // something is unconfirmed after five seconds
	FlatAt    Stamp `json:"flat_at"`   // when it became flat; null: it is not

	Call []string `json:"call,omitempty"` // venues that something is unconfirmed at, once it is late
}

// lateAfter is how long a cancel may stay unconfirmed before people are told (KILL-04).
const lateAfter = Stamp(5 * market.Second)

// within reports whether a halt covers a child.
func (v *View) within(h *Halt, c *childRow) bool {
	if h.Venue != "" && h.Venue != v.venueName(c.Venue) || h.Symbol != "" && h.Symbol != string(c.Symbol) {
		return false
	}
	if h.Client == "" && h.Algorithm == "" {
		return true
	}
	p := v.parents[c.Parent]
	return p != nil && (h.Client == "" || p.Client == h.Client) && (h.Algorithm == "" || p.Terms.Strategy.String() == h.Algorithm)
}

// progress counts a halt's children as they are now.
func (v *View) progress(h *Halt) Flat {
	f := Flat{Before: h.Progress.Before, FlatAt: h.Progress.FlatAt}
	for _, c := range v.live {
		if !v.within(h, c) {
			continue
		}
		switch {
		case c.InDoubt:
			f.Unknown++
		case c.PendingCancel:
			f.Asked++
		default:
			f.Open++
		}
	}
	for i := range v.orphans {
		if v.strays(h, &v.orphans[i]) {
			f.Orphans++
		}
	}
	left := f.Open + f.Asked + f.Unknown
	f.Confirmed = max(0, f.Before-left)
	f.Flat = left+f.Orphans == 0
	if f.Late = !f.Flat && Stamp(v.at)-h.Since >= lateAfter; f.Late {
		f.Call = v.unconfirmed(h)
	}
	return f
}

// unconfirmed names the venues of what is left in a halt's scope, by their ids, then those of orphans.
func (v *View) unconfirmed(h *Halt) (names []string) {
	left := map[market.VenueID]bool{}
	for _, c := range v.live {
		if v.within(h, c) {
			left[c.Venue] = true
		}
	}
	for i := range v.venues {
		if left[market.VenueID(i)] {
			names = append(names, v.venueName(market.VenueID(i)))
		}
	}
	for i := range v.orphans {
		if o := &v.orphans[i]; v.strays(h, o) && !slices.Contains(names, o.Venue) {
			names = append(names, o.Venue)
		}
	}
	return names
}

// strays reports whether an orphan counts in a halt's scope: whose it is nobody knows, so it does in every client's.
func (v *View) strays(h *Halt, o *Orphan) bool {
	return (h.Venue == "" || h.Venue == o.Venue) && (h.Symbol == "" || o.Symbol == "" || h.Symbol == o.Symbol)
}

// flatten notes when a halt's scope became flat. It is called after every record while a halt is in force and not flat yet.
func (v *View) flatten() {
	for i := range v.halts {
		h := &v.halts[i]
		if h.Progress.FlatAt != 0 || Stamp(v.at) < h.Since || v.liveWithin(h) { // one that is older than the records is there before its children are
			continue
		}
		if v.progress(h).Flat {
			h.Progress.FlatAt = Stamp(v.at)
		}
	}
}

// liveWithin reports whether any child works in a halt's scope.
func (v *View) liveWithin(h *Halt) bool {
	for _, c := range v.live {
		if v.within(h, c) {
			return true
		}
	}
	return false
}

// Doubt is a child of which nobody knows whether it still works; `sluice resolve` decides about it.
type Doubt struct {
	Child  order.ChildID  `json:"child"`
	Parent order.ParentID `json:"parent"`
	Venue  string         `json:"venue"`
	Symbol string         `json:"symbol"`
	Side   string         `json:"side"`
	Leaves int64          `json:"leaves"`
	Limit  Px             `json:"limit_usd"`
	Since  Stamp          `json:"since"` // of its last step
	Said   string         `json:"said"`  // in that step
}

// Doubts gives the children in doubt by their ids, at most 200.
func (v *View) Doubts() []Doubt {
	v.mu.RLock()
	defer v.mu.RUnlock()
	out := []Doubt{}
	for _, c := range v.live {
		if !c.InDoubt {
			continue
		}
		d := Doubt{Child: c.ID, Parent: c.Parent, Venue: v.venueName(c.Venue), Symbol: string(c.Symbol), Side: c.Side.String(), Leaves: int64(c.Leaves), Limit: Px(c.Limit)}
		if n := len(c.steps); n > 0 {
			d.Since, d.Said = c.steps[n-1].At, joined(c.steps[n-1].What, c.steps[n-1].Text)
		}
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b Doubt) int { return cmp.Compare(a.Child, b.Child) })
	return out[:min(len(out), 200)]
}
