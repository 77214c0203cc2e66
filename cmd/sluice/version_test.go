//go:build linux

package main

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw"
	"github.com/sluice-sor/sluice/fixgw/session"
	"github.com/sluice-sor/sluice/fixgw/wire"
	"github.com/sluice-sor/sluice/internal/market"
)

// TestKillNineInFIX50 kills the router while parents work, with every session, of the client, the venues and their market
// data, in FIX 5.0 SP2 over FIXT.1.1 (VER-01): the numbers go on, what was not seen is sent again, and the accounts agree.
func TestKillNineInFIX50(t *testing.T) {
	slow(t)
	t.Parallel()
	r := seeded(t)
	d := newDesk(t, func(s string) string {
		s = strings.Replace(s, "[[client]]", "[[fix.drop_copy]]\ncomp_id = \"COPY\"\nversion = \"5.0SP2\"\n\n[[client]]", 1)
		return strings.NewReplacer(`version = "4.2"`, `version = "FIX.5.0SP2"`, `version = "4.4"`, `version = "5.0SP2"`).Replace(s)
	})
	sim := d.startVenues()
	router := d.startRouter()
	b := d.connect()
	d.ready(router)
	copied := d.readCopy(false)
	for range 25 {
		b.send(draw(r, time.Now()))
	}
	time.Sleep(time.Duration(500+r.IntN(1000)) * time.Millisecond)
	router.kill()
	router = d.startRouter()
	eventually(t, "the EMS is logged on", b.up)
	for _, id := range b.open() {
		if b.sent[id].End == 0 {
			b.cancel(id)
		}
	}
	b.finish(generous)
	copied.agrees(t, b)
	printed := d.run("dropcopy", "-c", d.config, "--json", "--idle", "3s") // another reader of the session has to leave first
	copied.ems.Close()
	if code := printed.ends(generous); code != 0 {
		t.Errorf("sluice dropcopy ends with %d", code)
	}
	if lines := strings.Count(printed.stdout.String(), "\n"); lines != len(copied.seqs) {
		t.Errorf("sluice dropcopy printed %d reports, the copy had %d", lines, len(copied.seqs))
	}
	d.windDown(b, router, sim, false)
}

// copied is the reader of a drop copy: it keeps its numbers over the router's death.
type copied struct {
	ems  *fixgw.EMS
	mu   sync.Mutex
	seqs []uint64
	last map[string]fixgw.ExecutionReport // by OrderID
	sums map[string]market.Qty
}

// readCopy logs on as COPY.
func (d *desk) readCopy(reset bool) *copied {
	d.t.Helper()
	x := &copied{last: map[string]fixgw.ExecutionReport{}, sums: map[string]market.Qty{}}
	var err error
	x.ems, err = fixgw.NewEMS(fixgw.EMSConfig{Common: fixgw.Common{Store: quickfix.NewMemoryStoreFactory()}, Handler: x,
		Session: session.Config{BeginString: fixgw.FIX50SP2, SenderCompID: "COPY", TargetCompID: "SLUICE", HeartBtInt: 5 * time.Second, ResetOnLogon: reset,
			Reconnect: 50 * time.Millisecond, Dial: wire.Dial{Address: d.clients, BackoffMin: 20 * time.Millisecond, BackoffMax: 100 * time.Millisecond}}})
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(x.ems.Close)
	if err := x.ems.Start(); err != nil {
		d.t.Fatal(err)
	}
	return x
}

// Report implements fixgw.EMSHandler.
func (x *copied) Report(r fixgw.ExecutionReport) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.seqs = append(x.seqs, r.Seq)
	x.last[r.OrderID] = r
	x.sums[r.OrderID] += r.LastQty
}

// Rejected implements fixgw.EMSHandler.
func (x *copied) Rejected(fixgw.CancelReject) {}

// Refused implements fixgw.EMSHandler.
func (x *copied) Refused(string, string) {}

// State implements fixgw.EMSHandler.
func (x *copied) State(bool, string) {}

// agrees holds the copy against what the client was told: every report once, in the journal's order, over the router's
// death, and the shares of every order (DC-01, DC-03).
func (x *copied) agrees(t *testing.T, b *blotter) {
	t.Helper()
	b.mu.Lock()
	want := map[string]market.Qty{}
	for _, r := range b.last {
		want[r.OrderID] = r.Cum
	}
	b.mu.Unlock()
	eventually(t, "the copy has every order", func() bool {
		x.mu.Lock()
		defer x.mu.Unlock()
		for id, cum := range want {
			if x.last[id].Cum != cum {
				return false
			}
		}
		return true
	})
	x.mu.Lock()
	defer x.mu.Unlock()
	for i, n := range x.seqs {
		if i > 0 && n <= x.seqs[i-1] {
			t.Fatalf("report %d of the copy is journal record %d, behind %d: doubled or out of order", i, n, x.seqs[i-1])
		}
	}
	for id, cum := range want {
		if x.sums[id] != cum {
			t.Errorf("order %s: the copy's executions are %d shares, the client has %d", id, x.sums[id], cum)
		}
	}
	t.Logf("the drop copy has %d reports of %d orders, each once", len(x.seqs), len(want))
}
