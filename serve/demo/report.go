package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/internal/tca"
	"github.com/sluice-sor/sluice/serve/report"
)

// Report is what a demo did. All of it is read from the store, which projects the journal.
type Report struct {
	Seed         uint64            `json:"seed"`
	Seconds      float64           `json:"seconds"`
	Parents      int               `json:"parents"`
	ByStatus     map[string]int    `json:"by_status"`
	Decisions    uint64            `json:"decisions"`
	Explored     uint64            `json:"explored"`
	Venues       []VenueRow        `json:"venues"`
	Summary      tca.Summary       `json:"summary"`
	Example      tca.Report        `json:"example"`
	ExampleText  string            `json:"-"`
	Decision     string            `json:"-"`
	Journal      string            `json:"journal"`
	StillWorking int               `json:"still_working"`
	VenueShares  int64             `json:"venue_shares"` // filled, as the venues count
	OurShares    int64             `json:"our_shares"`   // filled, as the store counts
	Limits       []string          `json:"limits,omitempty"`
	Learned      []router.Standing `json:"learned"`

	Experiment *report.Experiment `json:"experiment,omitempty"`
}

// VenueRow is one venue's line of the closing report.
type VenueRow struct {
	Name        string        `json:"name"`
	Type        string        `json:"type"`
	Sums        tca.Sums      `json:"sums"`
	Markouts    []tca.Markout `json:"markouts"`
	Static      float64       `json:"static"` // the last decision's score
	Fill        float64       `json:"fill"`   // learned: probability of any fill, with a 90 % interval
	FillLo      float64       `json:"fill_lo"`
	FillHi      float64       `json:"fill_hi"`
	ToxBps      float64       `json:"toxicity_bps"`
	ToxLo       float64       `json:"toxicity_lo"`
	ToxHi       float64       `json:"toxicity_hi"`
	LatencyUs   float64       `json:"latency_us"`
	LearnedFrom string        `json:"learned_from"` // taking, or posting and midpoint
}

// report waits until the store has everything and reads it.
func (d *desk) report(ctx context.Context) (*Report, error) {
	instance := d.router.Shard().Instance()
	seq := d.router.Shard().Journal().Durable()
	src := store.Source{Projection: "main", Instance: instance}
	if err := await(ctx, 10*time.Second, "the store", func() bool {
		at, err := d.router.Store().Watermark(ctx, src)
		return err == nil && at >= seq
	}); err != nil {
		return nil, err
	}
	all, err := report.All(ctx, d.router.Store(), instance, -1)
	if err != nil {
		return nil, err
	}
	sum, err := tca.Aggregate(all)
	if err != nil {
		return nil, err
	}
	s := d.router.View().Snapshot()
	r := &Report{Seed: d.o.Seed, Parents: len(all), ByStatus: map[string]int{}, Summary: sum, Decisions: s.Engine.Decisions,
		Explored: s.Engine.Explored, Journal: d.file.Router.JournalDir, Limits: d.exchange.Limits()}
	for i := range all {
		r.ByStatus[all[i].State]++
		r.OurShares += int64(all[i].Filled)
		if !all[i].Done {
			r.StillWorking++
		}
	}
	for _, o := range d.exchange.Truth() {
		r.VenueShares += int64(o.Cum)
	}
	r.Learned = d.router.Shard().Learned()
	d.venueRows(r)
	if err := d.example(ctx, r, all, instance); err != nil {
		return nil, err
	}
	if d.o.Experiment {
		if r.Experiment, err = report.ReadExperiment(ctx, d.router.Store(), instance, experimentName); err != nil {
			return nil, err
		}
	}
	r.Seconds = time.Since(d.began).Seconds()
	return r, nil
}

func (d *desk) names() (names tca.Names) {
	for i := range d.file.Venues {
		names = append(names, d.file.Venues[i].Name)
	}
	return names
}

// venueRows joins what happened at each venue with what was learned of it.
func (d *desk) venueRows(r *Report) {
	board := d.router.View().Snapshot().Venues
	for i := range d.file.Venues {
		v := &d.file.Venues[i]
		row := VenueRow{Name: v.Name, Type: v.Type.String()}
		for _, l := range r.Summary.Venues {
			if l.Name == v.Name {
				row.Sums, row.Markouts = l.Sums, l.Markouts
			}
		}
		if i < len(board) && board[i].Static != nil {
			row.Static = float64(*board[i].Static)
		}
		for _, s := range r.Learned {
			if s.Name == v.Name && s.Take == v.Type.Displayed() {
				row.Fill, row.FillLo, row.FillHi = s.Fill, s.FillLo, s.FillHi
				row.ToxBps, row.ToxLo, row.ToxHi, row.LatencyUs = s.ToxBps, s.ToxLo, s.ToxHi, s.LatencyUs
			}
		}
		row.LearnedFrom = "midpoint"
		if v.Type.Displayed() {
			row.LearnedFrom = "taking"
		}
		r.Venues = append(r.Venues, row)
	}
}

// example picks the parent with the most to see: a block that was filled on most venues.
func (d *desk) example(ctx context.Context, r *Report, all []tca.Report, instance uint32) error {
	best := -1
	for i := range all {
		if all[i].Filled == 0 {
			continue
		}
		if best < 0 || worth(&all[i]) > worth(&all[best]) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	r.Example, r.ExampleText = all[best], all[best].Text()
	decisions, err := d.router.Store().Decisions(ctx, store.ParentKey{Instance: instance, ID: all[best].Parent})
	if err != nil {
		return err
	}
	var shown *event.RecordDecision
	for _, row := range decisions {
		if b := row.Body; b.Chosen >= 0 && (shown == nil || len(b.Plans) > len(shown.Plans)) {
			shown = b
		}
	}
	if shown != nil {
		r.Decision = tca.Explain(shown, d.names())
	}
	return nil
}

func worth(r *tca.Report) int {
	w := len(r.Venues)*10 + len(r.Styles)*5
	if r.Strategy == order.Block.String() {
		w += 15
	}
	return w
}

// Text prints the report for a terminal.
func (r *Report) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nSimulated market, seed %d: %d parents in %.0f s", r.Seed, r.Parents, r.Seconds)
	for _, s := range []string{"filled", "canceled", "expired", "rejected"} {
		if n := r.ByStatus[s]; n > 0 {
			fmt.Fprintf(&b, ", %d %s", n, s)
		}
	}
	fmt.Fprintf(&b, "; %d decisions, %d of them explored\n", r.Decisions, r.Explored)
	fmt.Fprintf(&b, "Shares filled: %d by our books, %d by the venues' own\n\n", r.OurShares, r.VenueShares)
	fmt.Fprintf(&b, "%-8s %-12s %6s %9s %6s %9s │ %8s %8s │ %6s │ %-22s %-20s %8s\n", "venue", "type", "fills", "shares", "fill %", "fees $",
		"mark 1s", "mark 10s", "static", "learned fill (90 %)", "toxicity bps (90 %)", "µs")
	for _, v := range r.Venues {
		fmt.Fprintf(&b, "%-8s %-12s %6d %9d %6s %9.2f │ %8s %8s │ %6.2f │ %.2f [%.2f, %.2f]      %5.2f [%5.2f,%5.2f] %8.0f\n", v.Name, v.Type, v.Sums.Fills, v.Sums.Filled,
			percent(v.Sums.FillRate), (v.Sums.Fee + v.Sums.Rebate).Dollars(), mark(v.Markouts, 1e9), mark(v.Markouts, 10e9),
			v.Static, v.Fill, v.FillLo, v.FillHi, v.ToxBps, v.ToxLo, v.ToxHi, v.LatencyUs)
	}
	if r.Experiment != nil {
		b.WriteString("\n" + r.Experiment.Text())
	}
	b.WriteString("\n" + r.Summary.Text())
	if r.ExampleText != "" {
		b.WriteString("\nOne parent, reconciled\n" + r.ExampleText)
	}
	if r.Decision != "" {
		b.WriteString("\nOne of its decisions, explained\n" + r.Decision)
	}
	for _, l := range r.Limits {
		b.WriteString("\nThe recording cannot answer: " + l + "\n")
	}
	return b.String()
}

func percent(x tca.Ratio) string {
	if x.Known {
		return fmt.Sprintf("%.1f", 100*x.Value)
	}
	return "-"
}

func mark(list []tca.Markout, horizon int64) string {
	for _, m := range list {
		if m.HorizonNs == horizon {
			return fmt.Sprintf("%+.2f", m.MeanBps)
		}
	}
	return "-"
}
