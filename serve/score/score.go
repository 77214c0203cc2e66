// Package score ranks the rows of a venue table by the static scorer and by what is learned, side by side.
package score

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
)

// Row is one venue of the table with its scores.
type Row struct {
	Venue       string  `json:"venue"`
	Type        string  `json:"type"`
	LatencyUs   float64 `json:"latency_us"`
	FillRatePct float64 `json:"fill_rate_pct"`
	FeeBps      float64 `json:"fee_bps"`
	Impact      float64 `json:"impact"`
	Static      float64 `json:"static_score"` // 0 to 10
	StaticRank  int     `json:"static_rank"`
	Fill        float64 `json:"learned_fill"`
	FillLo      float64 `json:"learned_fill_lo"`
	FillHi      float64 `json:"learned_fill_hi"`
	ToxBps      float64 `json:"learned_toxicity_bps"`
	CostBps     float64 `json:"learned_cost_bps"` // expected, of one share sent; lower is better
	LearnedRank int     `json:"learned_rank"`
}

// Options says how to score.
type Options struct {
	Objective order.Objective
	Weights   router.Weights
	SpreadBps float64           // quoted spread, for the learned cost
	LaterBps  float64           // cost of finishing a share later
	Learned   []router.Standing // by venue name; empty = the priors that the table's fill rates give
}

// columns of the table, in any order.
var columns = [...]string{"venue", "type", "latency_us", "fill_rate_pct", "fee_bps", "impact"}

// Read reads a venue table: CSV with a header naming venue, type, latency_us, fill_rate_pct, fee_bps and impact. Every
// problem names the file, the line and the column.
func Read(name string, in io.Reader) ([]Row, error) {
	r := csv.NewReader(in)
	r.TrimLeadingSpace, r.Comment, r.ReuseRecord = true, '#', false
	header, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: no header: the first line names the columns %s", name, strings.Join(columns[:], ","))
	}
	var at [len(columns)]int
	var problems []error
	for i, c := range columns {
		if at[i] = slices.Index(header, c); at[i] < 0 {
			problems = append(problems, fmt.Errorf("%s:1: column %q is missing", name, c))
		}
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	var rows []Row
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		line, _ := r.FieldPos(0)
		row, errs := parse(rec, at)
		for _, e := range errs {
			problems = append(problems, fmt.Errorf("%s:%d: %w", name, line, e))
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 && len(problems) == 0 {
		problems = append(problems, fmt.Errorf("%s: the table has no venue", name))
	}
	return rows, errors.Join(problems...)
}

func parse(rec []string, at [len(columns)]int) (row Row, errs []error) {
	row.Venue, row.Type = rec[at[0]], rec[at[1]]
	if row.Venue == "" {
		errs = append(errs, errors.New("venue: the name is empty"))
	}
	if _, err := market.ParseVenueType(row.Type); err != nil {
		errs = append(errs, fmt.Errorf("type: %w", err))
	}
	number := func(i int, lo, hi float64) float64 {
		x, err := strconv.ParseFloat(rec[at[i]], 64)
		if err != nil || !(x >= lo && x <= hi) {
			errs = append(errs, fmt.Errorf("%s: %q is not a number from %v to %v", columns[i], rec[at[i]], lo, hi))
		}
		return x
	}
	row.LatencyUs = number(2, 0, 1e9)
	row.FillRatePct = number(3, 0, 100)
	row.FeeBps = number(4, -100, 100)
	row.Impact = number(5, 0, 10)
	return row, errs
}

// Rank fills in the scores and ranks, and sorts by static score.
func Rank(rows []Row, o Options) {
	inputs := make([]router.ScoreInput, len(rows))
	for i, r := range rows {
		inputs[i] = router.ScoreInput{LatencyUs: r.LatencyUs, FillRatePct: r.FillRatePct, FeeBps: r.FeeBps, Impact: r.Impact}
	}
	for i, s := range router.Score(nil, inputs, o.Weights) {
		rows[i].Static = s
		learned(&rows[i], o)
	}
	slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(a.CostBps, b.CostBps) })
	for i := range rows {
		rows[i].LearnedRank = i + 1
	}
	slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(b.Static, a.Static) })
	for i := range rows {
		rows[i].StaticRank = i + 1
	}
}

func learned(r *Row, o Options) {
	kind, err := market.ParseVenueType(r.Type)
	if err != nil {
		return // Read has refused it
	}
	s := router.PriorStanding(market.Venue{Name: r.Venue, Type: kind, History: market.History{LatencyUs: r.LatencyUs, FillRatePct: r.FillRatePct, Impact: r.Impact}})
	if i := slices.IndexFunc(o.Learned, func(s router.Standing) bool { return s.Name == r.Venue && s.Take == kind.Displayed() }); i >= 0 {
		s = o.Learned[i]
	}
	edge := 0.0
	if kind.Displayed() {
		edge = o.SpreadBps / 2
	}
	r.Fill, r.FillLo, r.FillHi, r.ToxBps = s.Fill, s.FillLo, s.FillHi, s.ToxBps
	r.CostBps = s.Cost(edge, r.FeeBps, o.LaterBps)
}

// Table prints the rows for people.
func Table(out io.Writer, rows []Row, o Options) error {
	_, err := fmt.Fprintf(out, "objective %v: speed %.2f, fill %.2f, fee %.2f, impact %.2f; spread %.1f bps, finishing later %.1f bps\n\n"+
		"%-12s %-12s %10s %7s %8s %7s │ %6s %5s │ %18s %8s %9s %5s\n", o.Objective, o.Weights.Speed, o.Weights.Fill, o.Weights.Fee, o.Weights.Impact,
		o.SpreadBps, o.LaterBps, "venue", "type", "latency µs", "fill %", "fee bps", "impact", "static", "rank", "learned fill", "tox bps", "cost bps", "rank")
	for _, r := range rows {
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%-12s %-12s %10.0f %7.1f %8.2f %7.1f │ %6.2f %5d │ %5.2f [%.2f, %.2f] %8.2f %9.2f %5d\n", r.Venue, r.Type,
			r.LatencyUs, r.FillRatePct, r.FeeBps, r.Impact, r.Static, r.StaticRank, r.Fill, r.FillLo, r.FillHi, r.ToxBps, r.CostBps, r.LearnedRank)
	}
	return err
}
