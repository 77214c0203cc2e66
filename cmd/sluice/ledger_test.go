//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/serve/venues"
)

// ledger follows the router's journal and the venues' truth file while both grow, and holds them against each other and
// against what the client was told.
type ledger struct {
	desk *desk

	seq      uint64 // last record read
	instance uint32
	children map[string]order.Child // by the ClOrdID of the order
	parents  map[order.ParentID]order.Parent
	first    map[order.ParentID]string // the ClOrdID that the order was sent with
	pages    []string

	read   int64 // bytes of the truth file
	venues map[string]venueOrder
	execs  map[string]bool

	records func(at market.Time, body event.Body) // takes what the journal says too, if set
	truths  func(*venues.Truth)                   // takes what the venues say too, if set
}

// venueOrder is an order as its venue has it.
type venueOrder struct {
	cum  market.Qty
	done bool
}

func newLedger(d *desk) *ledger {
	return &ledger{desk: d, children: map[string]order.Child{}, parents: map[order.ParentID]order.Parent{}, first: map[order.ParentID]string{},
		venues: map[string]venueOrder{}, execs: map[string]bool{}}
}

// quiet waits until the client was told the end of every order, and then for the accounts to agree: of every order that
// a venue has we know the end to the share, and the client was told it (TEST-21).
func (l *ledger) quiet(b *blotter) {
	l.desk.t.Helper()
	b.finish(generous)
	var wrong []string
	for end := time.Now().Add(generous); ; time.Sleep(20 * time.Millisecond) {
		l.follow()
		if wrong = l.differences(b); len(wrong) == 0 {
			return
		}
		if time.Now().After(end) {
			break
		}
	}
	l.desk.t.Fatalf("the accounts do not agree although nothing moves:\n%s", strings.Join(wrong[:min(20, len(wrong))], "\n"))
}

// differences compares the accounts while nothing moves.
func (l *ledger) differences(b *blotter) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	for id, o := range l.venues {
		c, known := l.children[id]
		switch {
		case !known:
			say("a venue has order %s (%+v), which the journal does not hold", id, o)
		case !o.done:
			say("a venue still works order %s (%+v); our child %+v", id, o, c)
		case o.cum != c.Cum:
			say("order %s: booked %d, its venue filled %d; our child %+v", id, c.Cum, o.cum, c)
		}
	}
	for id, c := range l.children {
		if _, known := l.venues[id]; !c.State.Done() || c.Cum > 0 && !known {
			say("child %s is %+v, its venue has %+v", id, c, l.venues[id])
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	known := 0
	for id, p := range l.parents {
		first := l.first[id]
		if _, sent := b.sent[first]; !sent {
			say("parent %+v was not sent by the client", p)
			continue
		}
		known++
		if x, last := b.told[first], b.last[first]; x.qty != p.Cum || x.money != p.Notional || last.Cum != p.Cum || last.OrdStatus != p.State.FIX() {
			say("parent %d (%s): filled %d for %v, %v; the client was told executions of %d for %v, and at last 39=%c with %d",
				id, first, p.Cum, p.Notional, p.State, x.qty, x.money, last.OrdStatus, last.Cum)
		}
	}
	if want := len(b.sent) - len(b.refused); known != want {
		say("the journal holds %d orders, the client had an answer to %d", known, want)
	}
	wrong = append(wrong, b.doubled...)
	return append(wrong, l.pages...)
}

// shares gives what the venues filled.
func (l *ledger) shares() (n market.Qty) {
	for _, o := range l.venues {
		n += o.cum
	}
	return n
}

// follow reads on.
func (l *ledger) follow() {
	l.desk.t.Helper()
	for _, path := range l.segments() {
		if err := l.readJournal(path); err != nil {
			l.desk.t.Fatal(err)
		}
	}
	l.readTruth()
}

// segments gives the journal's files that may hold something new, oldest first.
func (l *ledger) segments() []string {
	paths, err := filepath.Glob(filepath.Join(l.desk.dir, "journal", "*.seg"))
	if err != nil {
		l.desk.t.Fatal(err)
	}
	slices.Sort(paths)
	for len(paths) > 1 {
		name := strings.TrimSuffix(filepath.Base(paths[1]), ".seg")
		if first, err := strconv.ParseUint(name, 10, 64); err != nil || first > l.seq+1 {
			break
		}
		paths = paths[1:]
	}
	return paths
}

func (l *ledger) readJournal(path string) error {
	in, err := journal.OpenReader(path, func(t journal.Type, v uint8) bool { return event.Known(t, v) })
	if err != nil {
		return err
	}
	defer in.Close()
	for {
		rec, err := in.Next(context.Background())
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if rec.Seq <= l.seq {
			continue
		}
		if rec.Seq != l.seq+1 {
			return fmt.Errorf("%s goes on with record %d after %d", path, rec.Seq, l.seq)
		}
		l.seq = rec.Seq
		if err := l.book(&rec); err != nil {
			return err
		}
	}
}

// book takes what a record says of parents and children.
func (l *ledger) book(rec *journal.Record) error {
	switch kind := event.Kind(rec.Type); kind {
	case event.KindConfigured, event.KindSendChild, event.KindRecordChild, event.KindRecordParent, event.KindRaise:
	case event.KindHalted:
		if l.records == nil {
			return nil
		}
	default:
		return nil
	}
	body, err := event.Decode(event.Kind(rec.Type), rec.Payload)
	if err != nil {
		return err
	}
	if l.records != nil {
		l.records(market.Time(rec.Wall), body)
	}
	switch b := body.(type) {
	case *event.Configured:
		l.instance = b.Instance
	case *event.SendChild:
		l.children[b.ClOrdID] = b.Child
	case *event.RecordChild:
		l.children[event.ClOrdID(l.instance, b.Child.ID, 0)] = b.Child
	case *event.RecordParent:
		if l.first[b.Parent.ID] == "" {
			l.first[b.Parent.ID] = b.Parent.ClOrdID
		}
		l.parents[b.Parent.ID] = b.Parent
	case *event.Raise:
		switch b.Code {
		case "REC-04", "JRN-10": // a busy machine's late answers and slow disk; what they lead to is compared
			return nil
		case "SAF-04": // what the learner cost is no matter of accounts
			return nil
		}
		if b.Severity == event.Page || strings.HasPrefix(b.Code, "INV") || b.Code == "ER-16" {
			l.pages = append(l.pages, fmt.Sprintf("alert %s of parent %d, child %d: %s", b.Code, b.Parent, b.Child, b.Text))
		}
	}
	return nil
}

// readTruth reads the lines that were added to the venues' file.
func (l *ledger) readTruth() {
	l.desk.t.Helper()
	f, err := os.Open(l.desk.truth)
	if err != nil {
		l.desk.t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.NewSectionReader(f, l.read, 1<<40))
	if err != nil {
		l.desk.t.Fatal(err)
	}
	b = b[:bytes.LastIndexByte(b, '\n')+1]
	l.read += int64(len(b))
	for line := range bytes.Lines(b) {
		var t venues.Truth
		if err := json.Unmarshal(line, &t); err != nil {
			l.desk.t.Fatalf("%s: %v: %s", l.desk.truth, err, line)
		}
		l.bookTruth(&t)
	}
}

func (l *ledger) bookTruth(t *venues.Truth) {
	if l.truths != nil {
		l.truths(t)
	}
	if t.What != "report" {
		return
	}
	switch t.Kind {
	case "cancel rejected", "replace rejected", "status": // an answer, also about orders that never came
		return
	}
	id := original(t.ClOrdID)
	o := l.venues[id]
	if t.Kind == "filled" && !l.execs[t.Venue+t.ExecID] {
		l.execs[t.Venue+t.ExecID] = true
		o.cum += t.LastQty
	}
	o.done = o.done || t.Done
	l.venues[id] = o
}
