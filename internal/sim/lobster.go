package sim

import (
	"bufio"
	"fmt"
	"io"
	"strconv"

	"github.com/sluice-sor/sluice/internal/market"
)

// The kinds of LobsterMessage, numbered as in the files.
const (
	LobsterSubmit  = 1
	LobsterReduce  = 2 // partial cancel
	LobsterDelete  = 3
	LobsterExecute = 4
	LobsterHidden  = 5 // execution of a hidden order
	LobsterCross   = 6 // auction
	LobsterHalt    = 7 // Price −1 halted, 0 quoting resumed, 1 trading resumed
)

// LobsterMessage is one row of a LOBSTER message file.
type LobsterMessage struct {
	At    int64 // ns after midnight
	Type  uint8
	Buy   bool // side of the resting order
	ID    uint64
	Size  market.Qty
	Price market.Price // Halt: −1, 0 or 1 as in the file
}

// Lobster is a recorded day of one symbol at one venue: each message with the book after it.
type Lobster struct {
	Depth    int // levels a side in Rows
	Messages []LobsterMessage
	Rows     []market.Level // 2·Depth a message: ask 1, bid 1, ask 2, bid 2, …; a size of 0 is no level
}

// row gives the book after message i.
func (l *Lobster) row(i int) []market.Level { return l.Rows[i*2*l.Depth : (i+1)*2*l.Depth] }

// mid gives the midpoint after message i, 0 if a side is missing.
func (l *Lobster) mid(i int) market.Price {
	r := l.row(i)
	if r[0].Size == 0 || r[1].Size == 0 {
		return 0
	}
	return market.Mid(r[1].Price, r[0].Price)
}

// Source is a named text, so that an error can say where.
type Source struct {
	Name string
	io.Reader
}

// tenThousandth is the unit of prices in recorded files.
const tenThousandth = market.Dollar / 10_000

// ReadLobster reads a message file and its order book file, in LOBSTER's columns: time, type, order id, size, price ×10000,
// direction; and ask price, ask size, bid price, bid size for each level. Errors name file, line and column.
func ReadLobster(messages, books Source) (*Lobster, error) {
	l := &Lobster{}
	rows := newRows(messages)
	for rows.next() {
		m, err := rows.message()
		if err != nil {
			return nil, err
		}
		if n := len(l.Messages); n > 0 && m.At < l.Messages[n-1].At {
			return nil, rows.fail(0, "time goes back")
		}
		l.Messages = append(l.Messages, m)
	}
	if rows.err != nil {
		return nil, rows.err
	}
	if err := l.readBooks(books); err != nil {
		return nil, err
	}
	if got := len(l.Rows) / max(2*l.Depth, 1); got != len(l.Messages) {
		return nil, fmt.Errorf("%s has %d rows and %s has %d: the two files must belong to each other", books.Name, got, messages.Name, len(l.Messages))
	}
	return l, nil
}

func (r *rows) message() (m LobsterMessage, err error) {
	if len(r.cols) != 6 {
		return m, r.fail(len(r.cols)-1, "want 6 columns, got %d", len(r.cols))
	}
	if m.At, err = r.nanos(0); err != nil {
		return m, err
	}
	typ, err := r.int(1, LobsterSubmit, LobsterHalt)
	if err != nil {
		return m, err
	}
	id, err := r.int(2, 0, 1<<62)
	if err != nil {
		return m, err
	}
	size, err := r.int(3, 0, 1<<40)
	if err != nil {
		return m, err
	}
	price, err := r.int(4, -1, 1<<40)
	if err != nil {
		return m, err
	}
	dir, err := r.int(5, -1, 1)
	if err != nil {
		return m, err
	}
	m.Type, m.ID, m.Size, m.Buy = uint8(typ), uint64(id), market.Qty(size), dir == 1
	m.Price = market.Price(price)
	if typ != LobsterHalt {
		if price <= 0 || dir == 0 {
			return m, r.fail(4, "an order needs a price above 0 and a direction of 1 or -1")
		}
		m.Price *= tenThousandth
	}
	return m, nil
}

func (l *Lobster) readBooks(src Source) error {
	rows := newRows(src)
	for rows.next() {
		if l.Depth == 0 {
			l.Depth = len(rows.cols) / 4
		}
		if len(rows.cols) != 4*l.Depth || l.Depth == 0 || l.Depth > 1000 {
			return rows.fail(len(rows.cols)-1, "want %d columns (4 a level), got %d", 4*max(l.Depth, 1), len(rows.cols))
		}
		for c := 0; c < len(rows.cols); c += 2 {
			p, err := rows.int(c, -9999999999, 9999999999)
			if err != nil {
				return err
			}
			q, err := rows.int(c+1, 0, 1<<40)
			if err != nil {
				return err
			}
			if q > 0 && (p <= 0 || p == 9999999999) {
				return rows.fail(c, "a level with size %d needs a price above 0", q)
			}
			lv := market.Level{}
			if q > 0 {
				lv = market.Level{Price: market.Price(p) * tenThousandth, Size: market.Qty(q)}
			}
			l.Rows = append(l.Rows, lv)
		}
	}
	return rows.err
}

// rows reads comma-separated lines without quoting, and remembers where it is.
type rows struct {
	name string
	in   *bufio.Scanner
	line int
	cols [][]byte
	err  error
}

func newRows(s Source) *rows {
	in := bufio.NewScanner(s.Reader)
	in.Buffer(make([]byte, 64<<10), 1<<20)
	return &rows{name: s.Name, in: in}
}

// next goes to the next line that is not empty.
func (r *rows) next() bool {
	for r.in.Scan() {
		r.line++
		b := r.in.Bytes()
		if n := len(b); n > 0 && b[n-1] == '\r' {
			b = b[:n-1]
		}
		if len(b) == 0 {
			continue
		}
		r.cols = r.cols[:0]
		start := 0
		for i := range b {
			if b[i] == ',' {
				r.cols = append(r.cols, b[start:i])
				start = i + 1
			}
		}
		r.cols = append(r.cols, b[start:])
		return true
	}
	if err := r.in.Err(); err != nil {
		r.err = fmt.Errorf("%s: line %d: %w", r.name, r.line+1, err)
	}
	return false
}

// fail gives an error about a column (from 0) of the current line.
func (r *rows) fail(col int, format string, args ...any) error {
	return fmt.Errorf("%s: line %d, column %d: %s", r.name, r.line, col+1, fmt.Sprintf(format, args...))
}

// int reads a column that must be an integer from lo to hi.
func (r *rows) int(col int, lo, hi int64) (int64, error) {
	v, err := strconv.ParseInt(string(r.cols[col]), 10, 64)
	if err != nil {
		return 0, r.fail(col, "%.40q is not a whole number", r.cols[col])
	}
	if v < lo || v > hi {
		return 0, r.fail(col, "%d is not between %d and %d", v, lo, hi)
	}
	return v, nil
}

// nanos reads a column of seconds, below two days; decimals beyond nanoseconds, which some files have, are cut off.
func (r *rows) nanos(col int) (int64, error) {
	text := r.cols[col]
	whole, frac, places, dot := int64(0), int64(0), 0, false
	for _, c := range text {
		switch {
		case c == '.' && !dot:
			dot = true
		case c < '0' || c > '9' || whole > 172_800:
			return 0, r.fail(col, "%.40q is not seconds after midnight", text)
		case dot && places == 9:
		case dot:
			frac, places = frac*10+int64(c-'0'), places+1
		default:
			whole = whole*10 + int64(c-'0')
		}
	}
	if len(text) == 0 || whole > 172_800 {
		return 0, r.fail(col, "%.40q is not seconds after midnight", text)
	}
	for ; places < 9; places++ {
		frac *= 10
	}
	return whole*market.Second + frac, nil
}
