package lab

import (
	"fmt"
	"html"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
)

// A Table is shown below a cell: texts to the left, everything else to the right.
type Table struct {
	head []string
	rows strings.Builder
}

// NewTable begins a table with the names of its columns.
func NewTable(columns ...string) *Table { return &Table{head: columns} }

// Row adds a row. Floats have three decimals: give a string where that is wrong.
func (t *Table) Row(cells ...any) {
	t.rows.WriteString("<tr>")
	for _, c := range cells {
		align, text := "right", ""
		switch c := c.(type) {
		case string:
			text = c
			if c == "" || c[0] >= 'A' {
				align = "left"
			}
		case float64:
			text = fmt.Sprintf("%.3f", c)
		default:
			text = fmt.Sprint(c)
		}
		fmt.Fprintf(&t.rows, `<td style="text-align:%s">%s</td>`, align, html.EscapeString(text))
	}
	t.rows.WriteString("</tr>\n")
}

// HTML is the table as HTML.
func (t *Table) HTML() string {
	var b strings.Builder
	b.WriteString("<table><thead><tr>")
	for _, h := range t.head {
		fmt.Fprintf(&b, "<th>%s</th>", html.EscapeString(h))
	}
	return b.String() + "</tr></thead><tbody>\n" + t.rows.String() + "</tbody></table>"
}

// Show shows it.
func (t *Table) Show() { gonbui.DisplayHTML(t.HTML()) }
