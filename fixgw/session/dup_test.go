package session

import (
	"testing"
	"time"

	"github.com/sluice-sor/sluice/fixgw/wire"
)

// ER-17: a possible duplicate with a number that was not seen yet is taken if it was sent before it was sent again, and else refused.
func TestPossibleDuplicateSaysWhenItWasSent(t *testing.T) {
	t.Parallel()
	h, cfg := new(recorder), client("DUP")
	a := acceptorFor(t, h, new(logBook), new(memory).stores(t, true), wire.Limits{}, cfg)
	p := dial(t, a, "DUP")
	p.logon("")
	at := func(d time.Duration) string { return time.Now().UTC().Add(d).Format("20060102-15:04:05.000") }
	for _, c := range []struct{ header, reason string }{{"43=Y|122=" + at(-time.Minute) + "|", ""}, {"43=Y|", "1"}, {"43=N|", ""}, {"43=Y|122=" + at(time.Hour) + "|", "10"}} {
		before := h.count()
		p.send("D", c.header+orderFields)
		if c.reason == "" {
			eventually(t, c.header+" arrives", func() bool { return h.count() == before+1 })
			continue
		}
		if got := p.next("3"); field(got, "373") != c.reason || h.count() != before {
			t.Errorf("%s: %q, %d messages", c.header, got, h.count()-before)
		}
	}
	p.next("5") // the session protocol ends the session of a peer whose clock is wrong
}
