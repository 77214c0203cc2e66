package reconcile

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/serve/venues"
)

// VenueBooks is the venues' account, of one file or of several.
type VenueBooks struct {
	Files  []string
	Venues map[string]bool // those of whom something was read
	Trades map[Key]*Trade
	hours  map[string]market.Hours
	date   market.Date
}

// columns of a venue's file, in any order; the last three may be missing.
var columns = [...]string{"venue", "clordid", "exec_id", "qty", "px", "trade_date", "type", "ref_exec_id"}

const needed = 5

// fileMax bounds a line of a venue's file.
const fileMax = 1 << 20

// NewVenueBooks gives an empty account of one trade date. hours tell of a line that has a time and no date which day it
// belongs to.
func NewVenueBooks(date market.Date, hours map[string]market.Hours) *VenueBooks {
	return &VenueBooks{Venues: map[string]bool{}, Trades: map[Key]*Trade{}, hours: hours, date: date}
}

// ReadFile adds a file: lines of JSON as `sluice venues --truth` writes them, or a CSV with a header of the columns venue,
// clordid, exec_id, qty, px and, if it likes, trade_date (2006-01-02, else every line is of this day), type (trade, bust or
// correct; else trade) and ref_exec_id (the execution that a bust or correction revises). clordid is any ClOrdID (11) by
// which we named the order.
func (v *VenueBooks) ReadFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("venue file %s: %w: name a file of the venue's executions", path, errors.Unwrap(err))
	}
	defer f.Close()
	if err := v.Read(f); err != nil {
		return fmt.Errorf("venue file %s, %w", path, err)
	}
	v.Files = append(v.Files, path)
	return nil
}

// Read adds what r holds, in either form. The error begins with the line.
func (v *VenueBooks) Read(r io.Reader) error {
	in := bufio.NewReader(r)
	first, err := in.Peek(1)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	if first[0] == '{' {
		return v.readLines(in)
	}
	return v.readCSV(in)
}

func (v *VenueBooks) readLines(r io.Reader) error {
	in := bufio.NewScanner(r)
	in.Buffer(nil, fileMax)
	n := 0
	for in.Scan() {
		n++
		if len(bytes.TrimSpace(in.Bytes())) == 0 {
			continue
		}
		var l venues.Truth
		if err := json.Unmarshal(in.Bytes(), &l); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if err := v.line(&l); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := in.Err(); err != nil {
		return fmt.Errorf("line %d: %w", n+1, err)
	}
	return nil
}

func (v *VenueBooks) line(l *venues.Truth) error {
	if l.What != "report" {
		return nil
	}
	hours, known := v.hours[l.Venue]
	if !known {
		return fmt.Errorf("venue %q is not configured", l.Venue)
	}
	if hours.Day(l.At).Date != v.date {
		return nil
	}
	k := Key{l.Venue, original(l.ClOrdID), l.ExecID}
	switch l.Kind {
	case "filled":
		if l.LastQty <= 0 || l.LastPx <= 0 {
			return fmt.Errorf("execution %v of %d at %v is no trade", k, l.LastQty, l.LastPx)
		}
		return v.trade(k, Trade{l.LastQty, l.LastPx})
	case "busted":
		return v.revise(k, l.RefID, Trade{})
	}
	return nil
}

func (v *VenueBooks) readCSV(r io.Reader) error {
	in := csv.NewReader(r)
	in.TrimLeadingSpace, in.ReuseRecord = true, true
	head, err := in.Read()
	if err != nil {
		return err // it names its line
	}
	at, err := header(head)
	if err != nil {
		return fmt.Errorf("line 1: %w", err)
	}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := v.row(row, at); err != nil {
			n, _ := in.FieldPos(0)
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
}

// header gives the place of each of columns, −1 for one that is not there.
func header(head []string) (at [len(columns)]int, err error) {
	for i := range at {
		at[i] = -1
	}
	for place, name := range head {
		known := false
		for i, c := range columns {
			if strings.TrimPrefix(name, "\ufeff") == c {
				at[i], known = place, true
			}
		}
		if !known {
			return at, fmt.Errorf("column %q is unknown: want %s", name, strings.Join(columns[:], ", "))
		}
	}
	for i := range needed {
		if at[i] < 0 {
			return at, fmt.Errorf("column %s is missing: want %s", columns[i], strings.Join(columns[:], ", "))
		}
	}
	return at, nil
}

func (v *VenueBooks) row(row []string, at [len(columns)]int) error {
	field := func(i int) string {
		if at[i] < 0 {
			return ""
		}
		return row[at[i]]
	}
	k := Key{field(0), original(field(1)), field(2)}
	if _, known := v.hours[k.Venue]; !known {
		return fmt.Errorf("venue %q is not configured: use the name of its [[venue]]", k.Venue)
	}
	if d := field(5); d != "" {
		date, err := market.ParseDate(d)
		if err != nil {
			return fmt.Errorf("trade_date: %w", err)
		}
		if date != v.date {
			return nil
		}
	}
	is, err := trade(field(3), field(4), field(6) == "bust")
	if err != nil {
		return err
	}
	switch kind := field(6); kind {
	case "", "trade":
		return v.trade(k, is)
	case "bust", "correct":
		return v.revise(k, field(7), is)
	default:
		return fmt.Errorf("type is %q: want trade, bust or correct", kind)
	}
}

func trade(qty, px string, bust bool) (t Trade, err error) {
	if bust {
		return t, nil
	}
	n, err := strconv.ParseInt(qty, 10, 64)
	if err != nil || n <= 0 {
		return t, fmt.Errorf("qty is %q: want a whole number of shares", qty)
	}
	t.Qty = market.Qty(n)
	if t.Px, err = market.ParsePrice(px); err != nil {
		return t, fmt.Errorf("px: %w", err)
	}
	if t.Px <= 0 {
		return t, fmt.Errorf("px is %q: want dollars above zero", px)
	}
	return t, nil
}

// trade takes an execution. The same one with the same content counts once: a venue's file may repeat a report that it
// sent again.
func (v *VenueBooks) trade(k Key, is Trade) error {
	v.Venues[k.Venue] = true
	if old := v.Trades[k]; old != nil && *old != is {
		return fmt.Errorf("execution %v comes twice, once with %d at %v and once with %d at %v", k, old.Qty, old.Px, is.Qty, is.Px)
	}
	v.Trades[k] = &is
	return nil
}

// revise takes a bust or a correction.
func (v *VenueBooks) revise(k Key, ref string, is Trade) error {
	v.Venues[k.Venue] = true
	k.ExecID = ref
	old := v.Trades[k]
	if old == nil {
		return fmt.Errorf("execution %v is revised and stands nowhere before", k)
	}
	if is.Qty == 0 {
		is.Px = old.Px
	}
	*old = is
	return nil
}
