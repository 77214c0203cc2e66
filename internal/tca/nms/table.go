package nms

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/tca"
)

// Cell is one figure or name of a table; empty is not known.
type Cell struct {
	Text   string
	Number bool
}

// Table is a table for people and programs. Its columns' names are stable and end in their unit.
type Table struct {
	Name     string
	About    string // what stands in it, and what does not
	Columns  []string
	Rows     [][]Cell
	brief    []brief
	Excluded []Excluded
	Totals   Totals
}

// brief is a column of the terminal's form.
type brief struct {
	name  string
	index int
}

// Excluded is orders that are in no row.
type Excluded struct {
	Why    string     `json:"why"`
	Orders int64      `json:"orders"`
	Shares market.Qty `json:"shares"`
	Filled market.Qty `json:"filled_shares"`
}

// Totals is what a table counted, excluded orders with it.
type Totals struct {
	Orders int64        `json:"orders"`
	Shares market.Qty   `json:"shares"`
	Filled market.Qty   `json:"filled_shares"`
	Fee    market.Money `json:"fee_micros"` // less rebates
}

// CSV gives the table as rows for a program, the head first.
func (t *Table) CSV() [][]string {
	out := [][]string{t.Columns}
	for _, row := range t.Rows {
		var cells []string
		for _, c := range row {
			if !c.Number {
				c.Text = tca.Plain(c.Text)
			}
			cells = append(cells, c.Text)
		}
		out = append(out, cells)
	}
	return out
}

// MarshalJSON implements json.Marshaler: rows are objects in the order of the columns.
func (t *Table) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	b.WriteByte('[')
	for i, row := range t.Rows {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('{')
		for k, c := range row {
			if k > 0 {
				b.WriteByte(',')
			}
			text := c.Text
			if !c.Number {
				text = quoted(text)
			} else if text == "" {
				text = "null"
			}
			b.WriteString(quoted(t.Columns[k]) + ":" + text)
		}
		b.WriteByte('}')
	}
	b.WriteByte(']')
	return json.Marshal(struct {
		Table    string          `json:"table"`
		About    string          `json:"about"`
		Rows     json.RawMessage `json:"rows"`
		Excluded []Excluded      `json:"excluded"`
		Totals   Totals          `json:"totals"`
	}{t.Name, t.About, json.RawMessage(b.String()), t.Excluded, t.Totals})
}

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic("nms: a string does not marshal: " + err.Error()) // strings always do
	}
	return string(b)
}

// Text is the table's main columns for a terminal, and what is in no row.
func (t *Table) Text() string {
	var rows [][]string
	var head []string
	var left []int
	for i, c := range t.brief {
		head = append(head, c.name)
		if len(t.Rows) > 0 && !t.Rows[0][c.index].Number {
			left = append(left, i)
		}
	}
	rows = append(rows, head)
	for _, row := range t.Rows {
		var cells []string
		for _, c := range t.brief {
			text := row[c.index].Text
			if text == "" {
				text = "-"
			}
			cells = append(cells, text)
		}
		rows = append(rows, cells)
	}
	var b strings.Builder
	b.WriteString(t.Name + "\n" + t.About + "\n\n" + tca.TextTable(rows, left...))
	for _, x := range t.Excluded {
		b.WriteString("in no row: " + strconv.FormatInt(x.Orders, 10) + " orders of " + strconv.FormatInt(int64(x.Shares), 10) + " shares: " + x.Why + "\n")
	}
	return b.String()
}

func name(s string) Cell { return Cell{Text: s} }

func count[T ~int64](n T) Cell { return Cell{strconv.FormatInt(int64(n), 10), true} }

// decimals gives num / den with so many decimals, rounded half away from zero, without floating point; not known if den is 0.
func decimals(num, den int64, places int) Cell {
	if den == 0 {
		return Cell{Number: true}
	}
	return Cell{ratioText(num, den, places), true}
}

// Count adds what a parent's reconciliation says, for the control of a table.
func (t *Totals) Count(r *tca.Report) {
	t.Orders += r.Children
	t.Shares += r.Sent
	t.Filled += r.Filled
	t.Fee += r.Fee + r.Rebate
}
