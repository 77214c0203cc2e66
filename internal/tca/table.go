package tca

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sluice-sor/sluice/internal/market"
)

// grid is a text table: the first column is aligned to the left, the others to the right, two spaces between.
type grid struct {
	rows [][]string
	left map[int]bool // further columns aligned to the left
}

func (g *grid) row(cells ...string) { g.rows = append(g.rows, cells) }

// write appends the table to b, each line after the indent and without spaces at its end.
func (g *grid) write(b *strings.Builder, indent string) {
	var width []int
	for _, row := range g.rows {
		for i, cell := range row {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range g.rows {
		var line strings.Builder
		line.WriteString(indent)
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i > 0 {
				line.WriteString("  ")
			}
			if i == 0 || g.left[i] {
				line.WriteString(cell + pad)
			} else {
				line.WriteString(pad + cell)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
}

// clean makes text of others safe for a terminal: what does not print becomes "?", and it is cut at 200 characters.
func clean(s string) string {
	const most = 200
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > most {
			return b.String() + "…"
		}
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			r = '?'
		}
		b.WriteRune(r)
	}
	return b.String()
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// grouped gives a whole number with commas: 300,000.
func grouped[T ~int64](n T) string {
	digits, sign := strconv.FormatInt(int64(n), 10), ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// dollars gives an amount with commas and four decimals, rounded half away from zero.
func dollars(m market.Money) string {
	neg := m < 0
	u := uint64(m)
	if neg {
		u = -u
	}
	u = (u + 50) / 100
	s := grouped(int64(u/10_000)) + "." + strconv.FormatUint(10_000+u%10_000, 10)[1:]
	if neg && u != 0 {
		return "-" + s
	}
	return s
}

// plural gives "1 fill", "2 fills".
func plural[T ~int64](n T, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + many
}

// horizon gives a length of nanoseconds in the largest unit that is whole: 100ms, 1s, 5m.
func horizon(ns int64) string {
	for _, u := range []struct {
		ns   int64
		name string
	}{{market.Minute, "m"}, {market.Second, "s"}, {market.Millisecond, "ms"}, {market.Microsecond, "us"}} {
		if ns != 0 && ns%u.ns == 0 {
			return itoa(ns/u.ns) + u.name
		}
	}
	return itoa(ns) + "ns"
}

// seconds gives a length of nanoseconds as seconds with millisecond resolution.
func seconds(ns int64) string {
	return strconv.FormatFloat(float64(ns)/float64(market.Second), 'f', 3, 64) + " s"
}

// TextTable gives rows as a table for a terminal, the head first: the first column and those named by left are aligned to the
// left, the others to the right. What does not print becomes "?".
func TextTable(rows [][]string, left ...int) string {
	g := &grid{left: map[int]bool{}}
	for _, i := range left {
		g.left[i] = true
	}
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = clean(cell)
		}
		g.row(cells...)
	}
	var b strings.Builder
	g.write(&b, "")
	return b.String()
}
