package tca

import "github.com/sluice-sor/sluice/internal/market"

// Restated is an execution whose last word came after its trading day: a bust, a correction, or a fill that was reported late.
// A report that was made of that day before shows other figures than one made now, and this is why.
type Restated struct {
	Day    market.Date  `json:"day"` // the trade date whose figures changed, as yyyymmdd
	Venue  string       `json:"venue"`
	Style  string       `json:"style"`
	ExecID string       `json:"exec_id"` // the venue's
	At     market.Time  `json:"booked_ns"`
	Busted bool         `json:"busted"`
	Qty    market.Qty   `json:"shares"` // taken back by a bust, else as it stands now
	Px     market.Price `json:"px_micros"`
}

// restated lists what was booked on a later day than it belongs to.
func (w *work) restated() {
	for i, x := range w.in.Executions {
		if i >= len(w.in.Booked) || w.in.Booked[i] == 0 {
			continue
		}
		k := &x.Exec.Key
		if k.Date == 0 || w.in.Hours.Day(w.in.Booked[i]).Date <= k.Date {
			continue
		}
		w.report.Restated = append(w.report.Restated, Restated{Day: k.Date, Venue: w.in.Venues.Of(k.Venue), Style: x.Style.String(), ExecID: k.ExecID,
			At: w.in.Booked[i], Busted: x.Exec.Busted, Qty: x.Exec.Qty, Px: x.Exec.Px})
	}
}

// String tells it in words.
func (r *Restated) String() string {
	what := "execution " + clean(r.ExecID) + " at " + clean(r.Venue)
	if r.Busted {
		what += " was busted"
	} else {
		what += " was corrected or came late: " + grouped(r.Qty) + " at " + r.Px.String()
	}
	return "the figures of " + r.Day.String() + " changed on " + r.At.String() + ": " + what
}
