package train

import (
	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/features"
	"github.com/sluice-sor/sluice/internal/columnar"
)

// A Table writes rows as a table for other programs: a line a child, with its features and what it brought.
type Table struct {
	out columnar.Writer
	row []any
}

// NewTable gives a writer of rows; open makes the file of columns, such as columnar.NewParquet.
func NewTable(open func([]columnar.Column) columnar.Writer) *Table {
	return &Table{out: open(tableColumns())}
}

// horizonNames are the ends of the columns' names of the horizons.
var horizonNames = [bandit.NumHorizons]string{"100ms", "1s", "10s", "60s"}

// tableColumns are those of a row. Toxicity is net of our own impact, positive against us, of the fills' shares; shadow is that
// after a send that brought nothing. phi_… are the features, standardized.
func tableColumns() []columnar.Column {
	c := func(k columnar.Kind, names ...string) (out []columnar.Column) {
		for _, n := range names {
			out = append(out, columnar.Column{Name: n, Kind: k})
		}
		return out
	}
	maybe := func(k columnar.Kind, names ...string) []columnar.Column {
		out := c(k, names...)
		for i := range out {
			out[i].Optional = true
		}
		return out
	}
	all := c(columnar.Int, "journal", "seq", "parent", "child", "decision")
	all = append(all, c(columnar.Time, "time")...)
	all = append(all, c(columnar.Text, "venue", "kind", "symbol", "style")...)
	all = append(all, c(columnar.Flag, "takes")...)
	all = append(all, c(columnar.Int, "side")...)
	all = append(all, c(columnar.Real, "day_vol_bps", "adv")...)
	all = append(all, c(columnar.Int, "lot")...)
	all = append(all, maybe(columnar.Int, "sent_lots", "got_lots", "min_lots", "taken_lots")...)
	all = append(all, maybe(columnar.Flag, "censored", "cut_short")...)
	all = append(all, maybe(columnar.Int, "life_ns", "rest_ns")...)
	all = append(all, maybe(columnar.Flag, "life_filled")...)
	all = append(all, maybe(columnar.Real, "latency_s")...)
	all = append(all, maybe(columnar.Flag, "rejected")...)
	for _, h := range horizonNames {
		all = append(all, maybe(columnar.Real, "tox_"+h+"_bps", "own_"+h+"_bps", "shadow_"+h+"_bps")...)
	}
	s := features.Default()
	for i := range s.Columns {
		all = append(all, c(columnar.Real, "phi_"+s.Columns[i].Name)...)
	}
	return all
}

// Write adds a row.
func (t *Table) Write(r *Row) error {
	t.row = append(t.row[:0], int64(r.Instance), int64(r.Seq), int64(r.Parent), int64(r.Child), int64(r.Decision), r.At, r.Venue, r.Kind, r.Symbol, r.Style.String(),
		r.Takes, int64(r.Side), r.Vol, r.ADV, r.Lot)
	if r.HasFill {
		t.row = append(t.row, int64(r.Sent), int64(r.Got), int64(r.MinQty), int64(r.Taken), r.Censored(), r.Early)
	} else {
		t.row = append(t.row, nil, nil, nil, nil, nil, nil)
	}
	if r.HasLife {
		t.row = append(t.row, r.Life.End, r.Life.Rest, r.Life.Filled)
	} else {
		t.row = append(t.row, nil, nil, nil)
	}
	if r.HasAnswer {
		t.row = append(t.row, r.Latency, r.Rejected)
	} else {
		t.row = append(t.row, nil, nil)
	}
	for h := range bandit.Horizon(bandit.NumHorizons) {
		t.marks(r, h)
	}
	for _, v := range r.Phi {
		t.row = append(t.row, v)
	}
	return t.out.Write(t.row)
}

// marks adds the toxicity of a horizon, our own impact in it, and the shadow markout.
func (t *Table) marks(r *Row, h bandit.Horizon) {
	var own float64
	var shadow any
	for i := range r.Marks {
		switch m := &r.Marks[i]; {
		case m.Horizon != h:
		case m.Shadow:
			shadow = m.Bps
		default:
			own += m.Own * float64(m.Qty)
		}
	}
	if bps, qty, ok := r.Toxicity(h); ok {
		t.row = append(t.row, bps, own/float64(qty), shadow)
	} else {
		t.row = append(t.row, nil, nil, shadow)
	}
}

// Close ends the table.
func (t *Table) Close() error { return t.out.Close() }
