package session

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/fixgw/wire"
)

// TestPeerThatSendsTooMuch: it waits in its own socket, and loses nothing (SEC-13).
func TestPeerThatSendsTooMuch(t *testing.T) {
	t.Parallel()
	h := new(recorder)
	var behind atomic.Bool
	cfg, other := client("FAST"), client("OTHER")
	cfg.InRate, cfg.Behind = 100, behind.Load
	a := acceptorFor(t, h, new(logBook), new(memory).stores(t, true), wire.Limits{}, cfg, other)
	p, good := dial(t, a, "FAST"), dial(t, a, "OTHER")
	p.logon("")
	good.logon("")
	begin := time.Now()
	for range 150 { // the first 100 at once
		p.send("D", orderFields)
	}
	eventually(t, "all arrive", func() bool { return h.count() == 150 })
	if took := time.Since(begin); took < 450*time.Millisecond {
		t.Errorf("150 messages at 100 a second took %v", took)
	}
	behind.Store(true)
	p.send("D", orderFields)
	good.alive()
	time.Sleep(20 * slowTick)
	if n := h.count(); n != 150 {
		t.Errorf("%d messages while it is behind", n)
	}
	behind.Store(false)
	eventually(t, "the rest", func() bool { return h.count() == 151 })
	behind.Store(true)
	p.send("D", orderFields)
	time.Sleep(5 * slowTick)
	a.Session(cfg.ID()).drop(errClosing) // a connection that is closed does not wait on
	eventually(t, "down", func() bool { return a.Session(cfg.ID()).State() == Down })
}

// TestPeerThatIsBehindStaysUp: whoever is behind with its reports keeps its session, also by its heartbeats of two seconds, and what it
// asks comes through: it may be a cancel (SEC-13, GRD-06).
func TestPeerThatIsBehindStaysUp(t *testing.T) {
	t.Parallel()
	h := new(recorder)
	cfg := client("BEHIND")
	cfg.Behind = func() bool { return true }
	a := acceptorFor(t, h, new(logBook), new(memory).stores(t, true), wire.Limits{}, cfg)
	p := dial(t, a, "BEHIND")
	p.send("A", "98=0|108=2|")
	p.next("A")
	p.send("F", "41=c1|11=c2|55=IBM|54=1|60="+stamp()+"|")
	eventually(t, "a cancel", func() bool { return h.count() == 1 })
	for range 6 {
		time.Sleep(time.Second)
		p.send("0", "")
	}
	if s := a.Session(cfg.ID()); s.State() != LoggedOn || s.Stats().Connections != 1 {
		t.Errorf("%v, after %d connections", s.State(), s.Stats().Connections)
	}
}
