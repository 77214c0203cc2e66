package decisionlog

import (
	"io"
	"strconv"
	"strings"

	"github.com/sluice-sor/sluice/internal/columnar"
)

// Table writes every decision as a row of a table, usable or not: its state says which.
type Table struct {
	Names   Names
	Written Written
	out     columnar.Writer
	row     []any
}

// NewCSV gives a writer of comma-separated values whose venues have no names.
func NewCSV(w io.Writer) *Table { return &Table{out: columnar.NewCSV(w, tableColumns())} }

// NewParquet gives a writer of a Parquet file whose venues have no names.
func NewParquet(w io.Writer) *Table {
	return &Table{out: columnar.NewParquet(w, "decisions", tableColumns())}
}

// tableColumns are those of the table. Shares are VENUE:STYLE:SHARES, separated by spaces.
func tableColumns() []columnar.Column {
	const maybe = true
	return []columnar.Column{{Name: "event_id", Kind: columnar.Text}, {Name: "time", Kind: columnar.Time}, {Name: "parent", Kind: columnar.Int},
		{Name: "symbol", Kind: columnar.Text}, {Name: "side", Kind: columnar.Text}, {Name: "stage", Kind: columnar.Text}, {Name: "want", Kind: columnar.Int},
		{Name: "m", Kind: columnar.Real}, {Name: "epsilon", Kind: columnar.Real}, {Name: "gamma", Kind: columnar.Real}, {Name: "plans", Kind: columnar.Int},
		{Name: "plan", Kind: columnar.Text, Optional: maybe}, {Name: "static", Kind: columnar.Flag, Optional: maybe},
		{Name: "probability", Kind: columnar.Real, Optional: maybe}, {Name: "expected_bps", Kind: columnar.Real, Optional: maybe},
		{Name: "static_expected_bps", Kind: columnar.Real, Optional: maybe}, {Name: "cost_bps", Kind: columnar.Real, Optional: maybe},
		{Name: "filled", Kind: columnar.Int, Optional: maybe}, {Name: "cut_short", Kind: columnar.Flag, Optional: maybe}, {Name: "state", Kind: columnar.Text},
		{Name: "reason", Kind: columnar.Text}, {Name: "shares", Kind: columnar.Text}}
}

// Write implements Writer.
func (c *Table) Write(r *Record) error {
	state, why, err := Classify(r)
	if err != nil {
		return err
	}
	c.Written.Rows++
	d := r.Decision
	c.row = append(c.row[:0], eventID(r), int64(d.At), int64(d.Parent), string(d.Symbol), d.Side.String(), d.Stage.String(), int64(d.Want),
		d.M, d.Epsilon, d.Gamma, int64(len(d.Plans)))
	if n := int(d.Chosen); n >= 0 && n < len(d.Plans) {
		p := &d.Plans[n]
		c.row = append(c.row, p.Name, d.Chosen == d.Static, p.Prob, p.CostBps)
	} else {
		c.row = append(c.row, nil, nil, nil, nil)
	}
	if n := int(d.Static); n >= 0 && n < len(d.Plans) {
		c.row = append(c.row, d.Plans[n].CostBps)
	} else {
		c.row = append(c.row, nil)
	}
	if o := r.Cost; o != nil && o.Refused == "" {
		c.row = append(c.row, o.Value, int64(o.Got), o.Censored)
	} else {
		c.row = append(c.row, nil, nil, nil)
	}
	c.row = append(c.row, state.String(), why, c.shares(r))
	return c.out.Write(c.row)
}

// shares is what the chosen plan sends.
func (c *Table) shares(r *Record) string {
	d := r.Decision
	if n := int(d.Chosen); n < 0 || n >= len(d.Plans) {
		return ""
	}
	var parts []string
	for _, s := range d.Plans[d.Chosen].Shares {
		parts = append(parts, c.Names.of(r.Instance, s.Venue)+":"+s.Style.String()+":"+strconv.FormatInt(int64(s.Qty), 10))
	}
	return strings.Join(parts, " ")
}

// Flush implements Writer. A table without rows has its columns.
func (c *Table) Flush() error { return c.out.Close() }
