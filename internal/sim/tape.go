package sim

import (
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/internal/market"
)

// The kinds of TapeRow.
const (
	TapeTrade = iota
	TapeBid
	TapeAsk
)

// TapeRow is one row of a tape: a trade, or one side of the national best quote with the exchange that holds it.
type TapeRow struct {
	At    int32 // ms after midnight
	Price int32 // ten-thousandths of a dollar
	Size  int32
	Kind  uint8
	Code  byte // exchange code, D is off exchange
}

func (r *TapeRow) price() market.Price { return market.Price(r.Price) * tenThousandth }

// Tape is a recorded day of one symbol over all exchanges, in time; at one time trades come before quotes.
type Tape struct{ Rows []TapeRow }

// ReadTape reads a quote file (ms, bid ×10000 or 0, bid size, ask ×10000 or 0, ask size, exchange, condition, suspicious) and a
// trade file (ms, price ×10000, size, exchange, condition, suspicious). Suspicious rows are left out. Errors name file, line
// and column.
func ReadTape(quotes, trades Source) (*Tape, error) {
	t := &Tape{}
	if err := t.read(trades, (*rows).trade, 6); err != nil {
		return nil, err
	}
	if err := t.read(quotes, (*rows).quote, 8); err != nil {
		return nil, err
	}
	slices.SortStableFunc(t.Rows, func(a, b TapeRow) int { return int(a.At) - int(b.At) })
	return t, nil
}

// read appends the rows that parse makes of each line.
func (t *Tape) read(src Source, parse func(*rows, *Tape) error, cols int) error {
	r := newRows(src)
	last := int32(0)
	for r.next() {
		if len(r.cols) != cols {
			return r.fail(len(r.cols)-1, "want %d columns, got %d", cols, len(r.cols))
		}
		at, err := r.int(0, 0, 2*86_400_000)
		if err != nil {
			return err
		}
		if int32(at) < last {
			return r.fail(0, "time goes back")
		}
		last = int32(at)
		bad, err := r.int(cols-1, 0, 1)
		if err != nil {
			return err
		}
		if code := r.cols[cols-3]; len(code) != 1 || code[0] < 'A' || code[0] > 'Z' {
			return r.fail(cols-3, "%.40q is not an exchange code", code)
		}
		if bad == 1 {
			continue
		}
		if err := parse(r, t); err != nil {
			return err
		}
	}
	return r.err
}

func (r *rows) row(kind uint8, price, code int) (TapeRow, error) {
	at, _ := r.int(0, 0, 2*86_400_000)
	p, err := r.int(price, 0, 1<<31-1)
	if err != nil {
		return TapeRow{}, err
	}
	q, err := r.int(price+1, 0, 1<<31-1)
	if err != nil {
		return TapeRow{}, err
	}
	return TapeRow{At: int32(at), Price: int32(p), Size: int32(q), Kind: kind, Code: r.cols[code][0]}, nil
}

func (r *rows) trade(t *Tape) error {
	x, err := r.row(TapeTrade, 1, 3)
	if err != nil {
		return err
	}
	if x.Price == 0 || x.Size == 0 {
		return r.fail(1, "a trade needs a price and a size above 0")
	}
	t.Rows = append(t.Rows, x)
	return nil
}

func (r *rows) quote(t *Tape) error {
	bid, err := r.row(TapeBid, 1, 5)
	if err != nil {
		return err
	}
	ask, err := r.row(TapeAsk, 3, 5)
	if err != nil {
		return err
	}
	for _, x := range [2]TapeRow{bid, ask} {
		if x.Price > 0 {
			t.Rows = append(t.Rows, x)
		}
	}
	return nil
}

// Codes gives the exchange codes of the tape in alphabetical order.
func (t *Tape) Codes() []byte {
	var seen [256]bool
	for i := range t.Rows {
		seen[t.Rows[i].Code] = true
	}
	var codes []byte
	for c := range seen {
		if seen[c] {
			codes = append(codes, byte(c))
		}
	}
	return codes
}

// VenueCode says which venue plays an exchange of a tape.
type VenueCode struct {
	Code  byte
	Venue market.VenueID
}

func (c VenueCode) check(m *Market) error {
	if c.Venue >= market.MaxVenues || m.byID[c.Venue] == nil {
		return fmt.Errorf("sim: replay: exchange %c: venue %d is not in the market", c.Code, c.Venue)
	}
	return nil
}
