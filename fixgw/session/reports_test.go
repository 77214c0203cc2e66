package session

import (
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/fixgw/wire"
)

func wireLimits() wire.Limits { return wire.Limits{} }

// PACE-06: no report is refused or dropped; a reconnect goes on at the cursor,
// and what was sent before comes by a resend as it was (STO-03).
func TestReportsWaitAndAreReplayed(t *testing.T) {
	t.Parallel()
	h, q := new(recorder), new(ReportQueue)
	cfg := client("REPORTS")
	cfg.Reports = q
	a := acceptorFor(t, h, new(logBook), new(memory).stores(t, true), wire.Limits{}, cfg)
	s := a.Session(cfg.ID())
	q.Push(100, execution("e1"))
	q.Push(200, execution("e2"))
	s.Wake()

	p := dial(t, a, "REPORTS")
	p.logon("")
	first := p.next("8")
	second := p.next("8")
	if field(first, "17") != "e1" || field(second, "17") != "e2" || field(second, "34") != "3" {
		t.Errorf("got %q, %q", first, second)
	}
	eventually(t, "both sent", func() bool { return s.Stats().Sent == 2 && q.Len() == 0 })
	_ = p.conn.Close()
	eventually(t, "down", func() bool { return s.State() == Down })
	for n, id := range []string{"e3", "e4", "e5"} {
		q.Push(uint64(300+n), execution(id))
	}
	s.Wake()

	p2 := reconnect(t, a, "REPORTS", p.seq)
	for _, id := range []string{"e3", "e4", "e5"} {
		if got := p2.next("8"); field(got, "17") != id || field(got, "43") == "Y" {
			t.Errorf("got %q, want %s", got, id)
		}
	}
	eventually(t, "the cursor", func() bool { return s.Cursor() == 302 })
	p2.send("2", "7=1|16=0|")
	fill := p2.next("4")
	if field(fill, "34") != "1" || field(fill, "36") != "2" {
		t.Errorf("the Logon is gap-filled: %q", fill)
	}
	again := p2.next("8")
	if field(again, "43") != "Y" || field(again, "34") != "2" || body(again) != body(first) {
		t.Errorf("replay of the first report:\n%s\nwas\n%s", again, first)
	}
	if got := p2.next("8"); field(got, "17") != "e2" || field(got, "43") != "Y" {
		t.Errorf("replay: %q", got)
	}
	if got := p2.next("4"); field(got, "34") != "4" || field(got, "36") != "5" {
		t.Errorf("the second Logon is gap-filled: %q", got)
	}
	for _, id := range []string{"e3", "e4", "e5"} {
		if got := p2.next("8"); field(got, "17") != id || field(got, "43") != "Y" {
			t.Errorf("replay: got %q, want %s", got, id)
		}
	}
	if len(h.result(100)) != 1 {
		t.Errorf("outcomes of the first report: %v", h.result(100))
	}
}

// QF-10: numbers missing at the end of the asked range are gap-filled.
func TestResendWithAHoleAtItsEnd(t *testing.T) {
	t.Parallel()
	h, q := new(recorder), new(ReportQueue)
	cfg := client("HOLES")
	cfg.Reports = q
	a := acceptorFor(t, h, new(logBook), new(memory).stores(t, true), wire.Limits{}, cfg)
	p := dial(t, a, "HOLES")
	p.logon("")
	q.Push(1, execution("e1"))
	a.Session(cfg.ID()).Wake()
	p.next("8")
	for range 3 { // numbers 3, 4, 5 are heartbeats
		p.alive()
	}
	p.send("2", "7=2|16=0|")
	if got := p.next("8"); field(got, "34") != "2" || field(got, "43") != "Y" {
		t.Errorf("got %q", got)
	}
	if got := p.next("4"); field(got, "34") != "3" || field(got, "36") != "6" {
		t.Errorf("the end of the range: %q, want a gap fill from 3 to 6", got)
	}
	p.send("2", "7=0|16=0|")
	if got := p.next("3"); field(got, "371") != "7" {
		t.Errorf("a range from 0: got %q, want a reject of tag 7", got)
	}
	p.send("2", "7=500|16=0|")
	eventually(t, "a peer that expects more is an alarm (REC-02)", func() bool { return h.alarmed(AlarmLostLog) })
	p.alive()
}

// body is what follows the header of a report as the store keeps it.
func body(f string) string {
	i := strings.Index(f, "|6=")
	j := strings.Index(f, "|10=")
	if i < 0 || j < 0 {
		return ""
	}
	return f[i:j]
}
