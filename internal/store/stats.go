package store

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/sluice-sor/sluice/internal/market"
)

// StatsFilter selects what the sums go over. A field's zero value selects all.
type StatsFilter struct {
	Instance uint32 // set it: venue numbers mean the same venue only within a journal
	Symbol   market.Symbol
	From, To market.Time // at or after From and before To: a child's decision, an execution, an outcome
}

func (f *StatsFilter) where(at string) *conditions {
	c := new(conditions)
	if f.Instance != 0 {
		c.add("instance = %", int64(f.Instance))
	}
	if f.Symbol != "" {
		c.add("symbol = %", escape(string(f.Symbol)))
	}
	span(c, at, f.From, f.To)
	return c
}

// VenueStat is the sums of one venue and style. Sent counts the shares that children asked for, Filled those of the
// surviving executions, Busts the executions taken back, which are in no other figure.
type VenueStat struct {
	Venue                 market.VenueID
	Style                 string // order.Style's name
	Children, Rejects     int64
	Sent                  market.Qty
	Fills, Busts          int64
	Filled                market.Qty
	Notional              market.Notional
	Fee, Rebate, Reg      market.Money // Fee is what we paid, Rebate what we got and not positive
	AvgPx                 market.Price // 0 without a fill; over several symbols it says little
	ChildrenDone, Pending int64
}

// FillRate is the filled share of what was sent, 0 if nothing was.
func (v *VenueStat) FillRate() float64 {
	if v.Sent == 0 {
		return 0
	}
	return float64(v.Filled) / float64(v.Sent)
}

// Venues gives the sums per venue and style, in that order.
func (s *Store) Venues(ctx context.Context, f StatsFilter) ([]VenueStat, error) {
	var out []VenueStat
	err := s.snapshot(ctx, func(q querier) error {
		lines := make(map[venueStyle]*VenueStat)
		if err := s.sumChildren(ctx, q, f, lines); err != nil {
			return err
		}
		if err := s.sumExecutions(ctx, q, f, lines); err != nil {
			return err
		}
		for _, v := range lines {
			out = append(out, *v)
		}
		return nil
	})
	slices.SortFunc(out, func(a, b VenueStat) int {
		return cmp.Or(cmp.Compare(a.Venue, b.Venue), cmp.Compare(a.Style, b.Style))
	})
	return out, err
}

type venueStyle struct {
	venue market.VenueID
	style string
}

func lineOf(lines map[venueStyle]*VenueStat, venue int64, style string) *VenueStat {
	k := venueStyle{market.VenueID(venue), style}
	if lines[k] == nil {
		lines[k] = &VenueStat{Venue: k.venue, Style: style}
	}
	return lines[k]
}

func (s *Store) sumChildren(ctx context.Context, q querier, f StatsFilter, lines map[venueStyle]*VenueStat) error {
	c := f.where("decided_ns")
	const done = `'filled', 'canceled', 'expired', 'rejected', 'never sent'`
	query := `SELECT venue, style, COUNT(*), SUM(CASE WHEN state = 'rejected' THEN 1 ELSE 0 END),
		SUM(CASE WHEN state IN (` + done + `) THEN 1 ELSE 0 END), CAST(SUM(qty) AS BIGINT)
		FROM children WHERE state <> 'never sent' AND ` + c.String() + ` GROUP BY venue, style`
	return s.each(ctx, q, query, c.args, func(scan func(...any) error) error {
		var venue, n, rejects, ended, sent int64
		var style string
		if err := scan(&venue, &style, &n, &rejects, &ended, &sent); err != nil {
			return err
		}
		v := lineOf(lines, venue, style)
		v.Children, v.Rejects, v.ChildrenDone, v.Pending, v.Sent = n, rejects, ended, n-ended, market.Qty(sent)
		return nil
	})
}

// sumExecutions sums price × quantity as whole dollars and micro-dollars apart, so that neither database overflows:
// exact up to 9·10^12 shares and 9·10^18 dollars.
func (s *Store) sumExecutions(ctx context.Context, q querier, f StatsFilter, lines map[venueStyle]*VenueStat) error {
	c := f.where("at_ns")
	query := `SELECT venue, style, busted, COUNT(*), CAST(SUM(qty) AS BIGINT),
		CAST(SUM(px_micros / 1000000 * qty) AS BIGINT), CAST(SUM(px_micros % 1000000 * qty) AS BIGINT),
		CAST(SUM(CASE WHEN fee_micros > 0 THEN fee_micros ELSE 0 END) AS BIGINT),
		CAST(SUM(CASE WHEN fee_micros < 0 THEN fee_micros ELSE 0 END) AS BIGINT), CAST(SUM(reg_micros) AS BIGINT)
		FROM executions WHERE ` + c.String() + ` GROUP BY venue, style, busted`
	return s.each(ctx, q, query, c.args, func(scan func(...any) error) error {
		var venue, n, qty, dollars, micros, fee, rebate, reg int64
		var style string
		var busted bool
		if err := scan(&venue, &style, &busted, &n, &qty, &dollars, &micros, &fee, &rebate, &reg); err != nil {
			return err
		}
		v := lineOf(lines, venue, style)
		if busted {
			v.Busts = n
			return nil
		}
		v.Fills, v.Filled, v.Fee, v.Rebate, v.Reg = n, market.Qty(qty), market.Money(fee), market.Money(rebate), market.Money(reg)
		hi, lo := bits.Mul64(uint64(dollars), market.Dollar)
		v.Notional = market.NotionalFromParts(hi, lo).Add(market.NotionalFromParts(0, uint64(micros)))
		if averages(v.Notional, v.Filled) {
			v.AvgPx = v.Notional.Avg(v.Filled)
		}
		return nil
	})
}

// MarkoutStat is the markouts of one venue and style at one horizon, or its shadow markouts (after unfilled sends).
type MarkoutStat struct {
	Venue     market.VenueID
	Style     string
	Shadow    bool
	HorizonNs int64
	Count     int64
	MeanBps   float64 // unweighted, positive in our favor; toxicity is its negative
	SdBps     float64 // of one markout; 0 below two
}

// Markouts gives the markouts per venue, style, kind and horizon, in that order; estimates that were not finite are
// left out. A Symbol in the filter is refused: outcomes carry none.
func (s *Store) Markouts(ctx context.Context, f StatsFilter) ([]MarkoutStat, error) {
	if f.Symbol != "" {
		return nil, fmt.Errorf("store %s: markouts cannot be selected by symbol", s.name)
	}
	c := f.where("at_ns")
	query := `SELECT venue, style, CASE WHEN what = 'shadow' THEN 1 ELSE 0 END AS shadow, horizon_ns,
		COUNT(*), SUM(value), SUM(value * value) FROM outcomes
		WHERE what IN ('markout', 'shadow') AND value IS NOT NULL AND ` + c.String() + `
		GROUP BY venue, style, what, horizon_ns`
	var out []MarkoutStat
	db, _ := s.db.reader()
	err := s.each(ctx, db, query, c.args, func(scan func(...any) error) error {
		var m MarkoutStat
		var venue, shadow int64
		var sum, squares float64
		if err := scan(&venue, &m.Style, &shadow, &m.HorizonNs, &m.Count, &sum, &squares); err != nil {
			return err
		}
		m.Venue, m.Shadow = market.VenueID(venue), shadow == 1
		n := float64(m.Count)
		m.MeanBps = sum / n
		if m.Count > 1 {
			m.SdBps = math.Sqrt(max(0, (squares-n*m.MeanBps*m.MeanBps)/(n-1)))
		}
		out = append(out, m)
		return nil
	})
	// Sorted here: the databases order text differently.
	slices.SortFunc(out, func(a, b MarkoutStat) int {
		return cmp.Or(cmp.Compare(a.Venue, b.Venue), cmp.Compare(a.Style, b.Style), cmpBool(a.Shadow, b.Shadow),
			cmp.Compare(a.HorizonNs, b.HorizonNs))
	})
	return out, err
}

func cmpBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// each runs a query and hands every row's Scan to fn.
func (s *Store) each(ctx context.Context, q querier, query string, args []any, fn func(scan func(...any) error) error) error {
	rows, err := q.QueryContext(ctx, s.db.rebind(query), args...)
	if err != nil {
		return fmt.Errorf("store %s: read: %w", s.name, err)
	}
	defer func() { _ = rows.Close() }() // what went wrong while reading, rows.Err says
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			return fmt.Errorf("store %s: read: %w", s.name, err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("store %s: read: %w", s.name, err)
	}
	return nil
}
