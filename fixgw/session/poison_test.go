package session

import (
	"fmt"
	"testing"

	"github.com/sluice-sor/sluice/fixgw/wire"
)

// SUP-02: the same frame three times stops a session, whatever number and time it has; different frames at one number do
// not, however many there are.
func TestOnlyTheSameFrameStopsTheSession(t *testing.T) {
	t.Parallel()
	h, book := new(recorder), new(logBook)
	a := acceptorFor(t, h, book, new(memory).stores(t, true), wire.Limits{}, client("FRAMES"))
	s := a.Session(idOf(client("FRAMES")))
	first := dial(t, a, "FRAMES")
	first.logon("")
	first.send("D", "11=bad0||"+orderFields) // an empty field
	first.closed()
	seq := 1
	bad := func(fields string) {
		t.Helper()
		p := reconnect(t, a, "FRAMES", seq)
		seq = p.seq
		p.send("D", fields)
		p.closed()
	}
	for n := range 4 {
		bad(fmt.Sprintf("58=other%d|1=|%s", n, orderFields))
	}
	if s.State() == Stopped {
		t.Fatal("different frames stopped the session")
	}
	for range 3 {
		bad("58=same|1=|" + orderFields)
	}
	eventually(t, "stopped", func() bool { return s.State() == Stopped && h.alarmed(AlarmPoison) })
}
