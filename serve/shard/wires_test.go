package shard

import (
	"bytes"
	"fmt"
	"strconv"
	"sync"

	"github.com/quickfixgo/quickfix"

	fixstore "github.com/sluice-sor/sluice/fixgw/store"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
)

// wires is the FIX side of one process without its sockets: the numbers of a venue's and a client's session in the message
// store on the shard's journal. A message that the process hands over when its disk is gone has not left: the process is
// dead by then.
type wires struct {
	disk          *disk
	truth         *exchangeTruth
	desk          *clientTruth
	shard         *Shard
	venue, client quickfix.MessageStore
	state         []byte // of a snapshot
	store         *fixstore.Factory
	records       []journal.Record // of the store, seen while the shard recovered
}

var (
	venueSession  = quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "SLUICE", TargetCompID: "LX"}
	clientSession = quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "SLUICE", TargetCompID: "EMS"}
)

// Restore, Record, Saved and Snapshot are the sessions' part of recovery and of snapshots, as serve has it.
func (w *wires) Restore(state []byte) error {
	w.state = state
	return nil
}

func (w *wires) Record(rec *journal.Record) error {
	if event.Kind(rec.Type) == event.KindFIXStore {
		kept := *rec
		kept.Payload = bytes.Clone(rec.Payload)
		w.records = append(w.records, kept)
	}
	return nil
}

func (w *wires) Saved(rec *journal.Record) (client string, key ReportKey, err error) {
	if event.Kind(rec.Type) != event.KindFIXStore {
		return "", key, nil
	}
	_, message, ok, err := fixstore.Saved(rec.Payload)
	if err != nil || !ok {
		return "", key, err
	}
	return "EMS", ReportKey{"8", fieldOf(message, "17")}, nil
}

func (w *wires) Snapshot() []byte { return w.store.Snapshot() }

// open opens the sessions on what the journal holds; the client asks for what it misses.
func (w *wires) open(s *Shard) error {
	w.shard = s
	f := fixstore.NewFactory(fixstore.Config{Log: fixstore.OnJournal(s.journal), Kind: uint16(event.KindFIXStore),
		Reports: func(id quickfix.SessionID) bool { return id == clientSession }})
	w.store = f
	if err := f.Restore(w.state); err != nil {
		return err
	}
	for _, r := range w.records {
		if err := f.Recover(r.Seq, r.Version, r.Payload); err != nil {
			return err
		}
	}
	var err error
	if w.venue, err = f.Create(venueSession); err != nil {
		return err
	}
	if w.client, err = f.Create(clientSession); err != nil {
		return err
	}
	return w.desk.resend(w.client)
}

// Send, Cancel, Replace and Query number a message to the venue and let it out.
func (w *wires) Send(c *event.SendChild)       { w.toVenue(func() { w.truth.Send(c) }) }
func (w *wires) Cancel(c *event.CancelChild)   { w.toVenue(func() { w.truth.Cancel(c) }) }
func (w *wires) Replace(c *event.ReplaceChild) { w.toVenue(func() { w.truth.Replace(c) }) }
func (w *wires) Query(c *event.QueryChild)     { w.toVenue(func() { w.truth.Query(c) }) }

func (w *wires) toVenue(out func()) {
	num := w.venue.NextSenderMsgSeqNum()
	if w.venue.SaveMessageAndIncrNextSenderMsgSeqNum(num, nil) != nil || w.disk.dead() {
		return
	}
	w.truth.mu.Lock()
	if num <= w.desk.toVenue {
		w.truth.wrong = append(w.truth.wrong, fmt.Sprintf("number %d to the venue was used before", num))
	}
	w.desk.toVenue = num
	w.truth.mu.Unlock()
	out()
}

// Report numbers a report to the client, keeps it and lets it out.
func (w *wires) Report(_ uint64, r *event.ReportParent) {
	num := w.client.NextSenderMsgSeqNum()
	b := reportFrame(num, event.ExecID(w.shard.instance, r.ExecID), r)
	if w.client.SaveMessageAndIncrNextSenderMsgSeqNum(num, b) == nil && !w.disk.dead() {
		w.desk.take(num, b, true)
	}
}

// Reject is not used: this client does not ask.
func (w *wires) Reject(uint64, *event.RejectRequest)          {}
func (w *wires) MassCanceled(uint64, *event.ReportMassCancel) {}

func reportFrame(num int, id string, r *event.ReportParent) []byte {
	body := fmt.Sprintf("35=8\x0134=%d\x0149=SLUICE\x0152=20260102-10:00:00\x0156=EMS\x0137=o\x0111=%s\x0117=%s\x01150=%c\x0139=%c\x0132=%d\x0114=%d\x01",
		num, r.ClOrdID, id, r.ExecType, r.OrdStatus, r.LastQty, r.Cum)
	b := fmt.Appendf(nil, "8=FIX.4.4\x019=%d\x01%s", len(body), body)
	var sum byte
	for _, c := range b {
		sum += c
	}
	return fmt.Appendf(b, "10=%03d\x01", sum)
}

func fieldOf(message []byte, tag string) string {
	_, rest, _ := bytes.Cut(message, []byte("\x01"+tag+"="))
	v, _, _ := bytes.Cut(rest, []byte("\x01"))
	return string(v)
}

// clientTruth is a client that outlives the router: what it was told, each number once and each ExecID once.
type clientTruth struct {
	mu       sync.Mutex
	expected int
	toVenue  int // last number that the venue got
	execs    map[string]string
	told     map[string]int64 // shares, by ClOrdID
	ends     map[string]byte
	wrong    []string
}

func newClientTruth() *clientTruth {
	return &clientTruth{expected: 1, execs: map[string]string{}, told: map[string]int64{}, ends: map[string]byte{}}
}

// resend asks for every number that is missing (7=expected, 16=0).
func (c *clientTruth) resend(s quickfix.MessageStore) error {
	next := s.NextSenderMsgSeqNum()
	if next < c.expected {
		c.wrong = append(c.wrong, fmt.Sprintf("the router's next number is %d, the client has seen %d", next, c.expected-1))
	}
	err := s.IterateMessages(c.expected, next-1, func(b []byte) error {
		num, err := strconv.Atoi(fieldOf(b, "34"))
		if fieldOf(b, "35") == "8" {
			c.take(num, b, false)
		}
		return err
	})
	c.expected = max(c.expected, next) // what is no report is gap-filled
	return err
}

// take takes one report; a number beyond the expected one waits for the resend.
func (c *clientTruth) take(num int, b []byte, live bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case live && num < c.expected:
		c.wrong = append(c.wrong, fmt.Sprintf("number %d came although %d was expected", num, c.expected))
		return
	case live && num > c.expected:
		return
	}
	c.expected = max(c.expected, num+1)
	text := fmt.Sprint(fieldOf(b, "11"), " ", fieldOf(b, "150"), fieldOf(b, "39"), " ", fieldOf(b, "32"), " ", fieldOf(b, "14"))
	id := fieldOf(b, "17")
	if old, known := c.execs[id]; known {
		if old != text {
			c.wrong = append(c.wrong, fmt.Sprintf("%s came as %q and as %q", id, old, text))
		}
		return
	}
	c.execs[id] = text
	order, status := fieldOf(b, "11"), fieldOf(b, "39")
	if fieldOf(b, "150") == "F" {
		n, err := strconv.ParseInt(fieldOf(b, "32"), 10, 64)
		if err != nil {
			c.wrong = append(c.wrong, err.Error())
		}
		c.told[order] += n
	}
	if status == "2" || status == "4" || status == "C" {
		c.ends[order] = status[0]
	}
}
