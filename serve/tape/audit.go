// Package tape holds the market snapshots that a router decided by, as its journal has them, against the recorded tape of
// the day (MD-04): a feed that was late, stood still or was wrong is found the night after, whoever noticed nothing then.
package tape

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/sim"
)

// Options say what is held against what.
type Options struct {
	Symbol market.Symbol
	Date   market.Date    // of the tape
	Zone   *time.Location // whose midnight the tape counts from
	Within int64          // nanoseconds that a snapshot may be behind the tape, or before it
	Most   int            // examples in the report
}

// Report is what an audit found. Every decision about the symbol on the day is fresh, stale, deviating or not covered.
type Report struct {
	Symbol     string    `json:"symbol"`
	Date       string    `json:"date"`
	WithinMs   int64     `json:"within_ms"`
	Decisions  int       `json:"decisions"`
	Fresh      int       `json:"fresh"`
	Stale      int       `json:"stale"`     // a price that stood on the tape before, and no more
	Deviating  int       `json:"deviating"` // a price that the tape never had, up to then
	NotCovered int       `json:"not_covered"`
	OldestMs   int64     `json:"oldest_ms"` // of the stale ones
	WorstBps   float64   `json:"worst_bps"` // of the deviating ones
	Examples   []Example `json:"examples"`  // the worst first
}

// Example is one decision that was not made on the market of its time.
type Example struct {
	Decision uint64  `json:"decision"`
	Parent   uint64  `json:"parent"`
	At       string  `json:"at"`
	Side     string  `json:"side"` // bid or ask
	Had      string  `json:"had_usd"`
	Tape     string  `json:"tape_usd"`
	Ms       int64   `json:"behind_ms,omitempty"` // how long ago the tape had it last
	Bps      float64 `json:"bps"`
}

// Bad reports whether any decision was made on a market that was not there.
func (r *Report) Bad() bool { return r.Stale+r.Deviating > 0 }

// Text is the report for people.
func (r *Report) Text() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s on %s: %d decisions, %d fresh within %d ms, %d stale, %d deviating, %d not covered by the tape\n", r.Symbol, r.Date, r.Decisions, r.Fresh, r.WithinMs,
		r.Stale, r.Deviating, r.NotCovered)
	for i := range r.Examples {
		x := &r.Examples[i]
		what := "the tape never had it before"
		if x.Ms > 0 {
			what = fmt.Sprintf("the tape had it last %d ms before", x.Ms)
		}
		fmt.Fprintf(&s, "  decision %d of parent %d at %s: %s %s, the tape %s (%.1f bps): %s\n", x.Decision, x.Parent, x.At, x.Side, x.Had, x.Tape, x.Bps, what)
	}
	return s.String()
}

// Audit reads the journal at path, which may belong to a router that runs, and holds the quote of every decision against
// the tape's national best.
func Audit(ctx context.Context, path string, t *sim.Tape, o Options) (*Report, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("journal %s: %w: name the journal_dir of a router that has run", path, errors.Unwrap(err))
	}
	in, err := journal.OpenReader(path, func(t journal.Type, v uint8) bool { return event.Known(t, v) })
	if err != nil {
		return nil, err
	}
	defer in.Close()
	a := newAudit(t, o)
	for {
		rec, err := in.Next(ctx)
		if errors.Is(err, io.EOF) {
			return a.done(), nil
		}
		if err != nil {
			return nil, err
		}
		if event.Kind(rec.Type) != event.KindRecordDecision {
			continue
		}
		body, err := event.Decode(event.KindRecordDecision, rec.Payload)
		if err != nil {
			return nil, fmt.Errorf("journal record %d: %w", rec.Seq, err)
		}
		a.decision(body.(*event.RecordDecision))
	}
}

// audit is one run.
type audit struct {
	o        Options
	midnight market.Time
	sides    [2]side // bids, asks
	report   Report
}

// side is the tape's best on one side: its prices with when each came.
type side struct{ quotes []quote }

type quote struct {
	at market.Time
	px market.Price
}

func newAudit(t *sim.Tape, o Options) *audit {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	d := int(o.Date)
	a := &audit{o: o, midnight: market.Time(time.Date(d/10_000, time.Month(d/100%100), d%100, 0, 0, 0, 0, o.Zone).UnixNano())}
	for i := range t.Rows {
		r := &t.Rows[i]
		s := &a.sides[0]
		switch r.Kind {
		case sim.TapeAsk:
			s = &a.sides[1]
		case sim.TapeBid:
		default:
			continue
		}
		px := market.Price(r.Price) * (market.Dollar / 10_000)
		if n := len(s.quotes); n == 0 || s.quotes[n-1].px != px {
			s.quotes = append(s.quotes, quote{a.midnight.Add(int64(r.At) * market.Millisecond), px})
		}
	}
	a.report = Report{Symbol: string(o.Symbol), Date: o.Date.String(), WithinMs: o.Within / market.Millisecond, Examples: []Example{}}
	return a
}

// decision judges one decision by the worse of its sides.
func (a *audit) decision(d *event.RecordDecision) {
	if d.Symbol != a.o.Symbol || d.At < a.midnight || d.At >= a.midnight.Add(24*market.Hour) {
		return
	}
	a.report.Decisions++
	bid, x := a.sides[0].judge(d.At, d.Quote.Bid, a.o.Within)
	ask, y := a.sides[1].judge(d.At, d.Quote.Ask, a.o.Within)
	x.Side, y.Side = "bid", "ask"
	if ask > bid || ask == bid && y.Bps > x.Bps {
		bid, x = ask, y
	}
	switch bid {
	case notCovered:
		a.report.NotCovered++
		return
	case fresh:
		a.report.Fresh++
		return
	case stale:
		a.report.Stale++
		a.report.OldestMs = max(a.report.OldestMs, x.Ms)
	case deviating:
		a.report.Deviating++
		a.report.WorstBps = max(a.report.WorstBps, x.Bps)
	}
	x.Decision, x.Parent = d.Decision, uint64(d.Parent)
	x.At = time.Unix(0, int64(d.At)).In(a.o.Zone).Format("15:04:05.000")
	a.report.Examples = append(a.report.Examples, x)
	if len(a.report.Examples) > 2*max(a.o.Most, 50) {
		a.keepWorst()
	}
}

// verdict is what one side of a snapshot is, from good to bad.
type verdict int

const (
	notCovered verdict = iota
	fresh
	stale
	deviating
)

// judge looks for a price among those that the tape had around a time.
func (s *side) judge(at market.Time, had market.Price, within int64) (verdict, Example) {
	next, _ := slices.BinarySearchFunc(s.quotes, at.Add(within)+1, func(q quote, t market.Time) int { return cmp.Compare(q.at, t) })
	if next == 0 || had <= 0 {
		return notCovered, Example{}
	}
	until := at.Add(within) // up to which quote next−1 stood
	best := Example{Had: had.String(), Bps: -1}
	for i := next - 1; i >= 0; i-- {
		q := s.quotes[i]
		if q.px == had {
			behind := at.Sub(until)
			if behind <= within {
				return fresh, Example{}
			}
			best.Ms = behind / market.Millisecond
			return stale, best
		}
		if bps := max(market.Bps(had, q.px), -market.Bps(had, q.px)); q.at <= at && best.Bps < 0 {
			best.Bps, best.Tape = bps, q.px.String()
		}
		until = q.at
	}
	if best.Bps < 0 { // the first quote came after it
		return notCovered, Example{}
	}
	return deviating, best
}

// keepWorst keeps the examples that the report shows: deviating before stale, the largest first.
func (a *audit) keepWorst() {
	x := a.report.Examples
	slices.SortStableFunc(x, func(p, q Example) int {
		return cmp.Or(cmp.Compare(min(p.Ms, 1), min(q.Ms, 1)), -cmp.Compare(p.Bps, q.Bps), -cmp.Compare(p.Ms, q.Ms))
	})
	a.report.Examples = x[:min(len(x), max(a.o.Most, 0))]
}

func (a *audit) done() *Report {
	a.keepWorst()
	return &a.report
}
