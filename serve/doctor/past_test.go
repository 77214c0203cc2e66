package doctor

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"

	fixstore "github.com/sluice-sor/sluice/fixgw/store"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/serve/control"
)

// past is a desk's journal while it is written, at times that the test sets.
type past struct {
	t   *testing.T
	j   *journal.Journal
	fix *fixstore.Factory
	at  time.Time
}

// past writes a journal from an hour before the desk's time on; killed leaves out the clean stop of the FIX store.
func (d *desk) past(killed bool, write func(*past)) {
	d.t.Helper()
	p := &past{t: d.t, at: d.now.Add(-time.Hour)}
	var err error
	p.j, _, err = journal.Open(journal.Config{Dir: d.file("journal"), Router: "R1", Sync: journal.Fast, SegmentBytes: 1 << 20,
		Now: func() (int64, int64) { return p.at.UnixNano(), p.at.UnixNano() }})
	if err != nil {
		d.t.Fatal(err)
	}
	p.fix = fixstore.NewFactory(fixstore.Config{Log: fixstore.OnJournal(p.j), Kind: uint16(event.KindFIXStore), Now: func() time.Time { return p.at },
		Reports: func(id quickfix.SessionID) bool { return id.TargetCompID == "DESK" }})
	write(p)
	if !killed {
		err = p.fix.Close()
	}
	if end := p.j.Close(); err != nil || end != nil {
		d.t.Fatal(err, end)
	}
}

func (p *past) record(bodies ...event.Body) {
	p.t.Helper()
	for _, b := range bodies {
		if _, err := p.j.Append(journal.Type(b.Kind()), event.Version, event.Append(nil, b)); err != nil {
			p.t.Fatal(err)
		}
	}
}

// session is one that has taken and sent so many messages.
func (p *past) session(theirs string, taken, sent int) quickfix.MessageStore {
	p.t.Helper()
	s, err := p.fix.Create(quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "SLUICE", TargetCompID: theirs})
	for ; taken > 0 && err == nil; taken-- {
		err = s.IncrNextTargetMsgSeqNum()
	}
	for ; sent > 0 && err == nil; sent-- {
		err = s.SaveMessageAndIncrNextSenderMsgSeqNum(s.NextSenderMsgSeqNum(), []byte("8=FIX.4.4\x0135=8\x01"))
	}
	p.must(err)
	return s
}

func (p *past) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

var halt = &event.Halted{Venue: "LITX", Actor: "ann", Reason: "their desk asks for it"}

// runs has a router answer beside the doctor.
func (d *desk) runs(answers map[string]control.Answer) {
	d.t.Helper()
	j, _, err := journal.Open(journal.Config{Dir: d.file("journal"), Router: "R1"})
	if err != nil {
		d.t.Fatal(err)
	}
	ln, err := control.Listen(d.file("journal"))
	if err != nil {
		d.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		control.Serve(ctx, ln, func(_ context.Context, r *control.Request) control.Answer { return answers[r.Do] })
	}()
	d.t.Cleanup(func() {
		stop()
		<-done
		if err := j.Close(); err != nil {
			d.t.Error(err)
		}
	})
}

// standing is what a running router answers that is on a rung.
func standing(level uint8, why string) map[string]control.Answer {
	return map[string]control.Answer{control.DoLadder: {Ladder: &control.Ladder{Level: level, Name: "passive", Why: why}}}
}

// flip damages a record in the middle of the journal's first segment.
func (d *desk) flip() {
	d.t.Helper()
	segments, err := filepath.Glob(d.file("journal/*.seg"))
	if err != nil || len(segments) == 0 {
		d.t.Fatal("no segment", err)
	}
	b, err := os.ReadFile(segments[0])
	at := strings.Index(string(b), "their desk asks")
	if err != nil || at < 0 {
		d.t.Fatal("nothing to damage", err)
	}
	b[at] ^= 1
	d.put(segments[0], string(b), 0o600)
}
