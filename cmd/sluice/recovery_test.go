//go:build linux

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestStop stops the router like a service manager while 20 parents work: it logs out, ends with status 0 in time, and
// goes on where it was.
func TestStop(t *testing.T) {
	slow(t)
	t.Parallel()
	r := seeded(t)
	d := newDesk(t, nil)
	sim := d.startVenues()
	router := d.startRouter()
	b := d.connect()
	d.ready(router)
	for range 20 {
		b.send(draw(r, time.Now()))
	}
	time.Sleep(time.Duration(500+r.IntN(1000)) * time.Millisecond)
	t.Logf("stopped in %v with %d parents open", router.stop(15*time.Second).Round(time.Millisecond), len(b.open()))
	router = d.startRouter()
	d.windDown(b, router, sim, false)
}

// TestVenuesKilled kills the venues while parents work and starts them again: they have forgotten every order, say so when
// asked, and the parents finish with what is left (REC-04, DEF-16).
func TestVenuesKilled(t *testing.T) {
	slow(t)
	t.Parallel()
	r := seeded(t)
	d := newDesk(t, nil)
	sim := d.startVenues()
	router := d.startRouter()
	b := d.connect()
	d.ready(router)
	for range 30 {
		b.send(draw(r, time.Now()))
	}
	time.Sleep(time.Duration(1000+r.IntN(2000)) * time.Millisecond)
	t.Logf("venues killed with %d parents open", len(b.open()))
	sim.kill()
	sim = d.startVenues()
	d.windDown(b, router, sim, true)
	forgotten := 0
	for _, c := range d.readStore().children {
		if strings.Contains(c.Reason, "unknown at the venue") {
			forgotten++
		}
	}
	if forgotten == 0 {
		t.Error("no child ended as unknown at its venue: the kill met none")
	}
	t.Logf("%d children ended as unknown at their venues", forgotten)
}

// TestStoreFull lets the store's volume fill up while the router trades: routing goes on, and the store has everything
// once there is room again (PRJ-04).
func TestStoreFull(t *testing.T) {
	slow(t)
	t.Parallel()
	d := newDesk(t, func(s string) string { return strings.Replace(s, "sqlite:sluice.db", "sqlite:full/sluice.db", 1) })
	mount(t, d, "full", "size=32m")
	sim := d.startVenues()
	router := d.startRouter()
	b := d.connect()
	d.ready(router)
	ballast := filepath.Join(d.dir, "full", "ballast")
	fill(t, ballast)
	trade := func() {
		for i := range 30 {
			b.send(order.Terms{Account: "ACC1", Symbol: "BOLT", Side: market.Buy + market.Side(i%2), Type: order.Market, Qty: market.Qty(1+i) * 100, Capacity: 'A'})
			time.Sleep(20 * time.Millisecond)
		}
		eventually(t, "the orders are done", func() bool { return len(b.open()) == 0 })
	}
	for router.count("the store is behind") == 0 {
		trade()
		if len(b.sent) > 600 {
			t.Fatal("the volume did not fill up")
		}
	}
	trade()
	if !strings.Contains(router.stderr.String(), "routing goes on, it catches up when it is back") {
		t.Error("the log does not say what a full store means")
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(ballast + "2"); err != nil {
		t.Fatal(err)
	}
	d.store = "full/sluice.db"
	eventually(t, "the store catches up", func() bool { return len(d.readStore().parents) == len(b.sent) })
	d.windDown(b, router, sim, false)
}

// fill takes all the room of a volume: first in one piece, then to the last page.
func fill(t *testing.T, path string) {
	t.Helper()
	for _, name := range [...]string{path, path + "2"} {
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = f.Write(make([]byte, 4096))
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestStoreDown starts the router without its database: it says so, and trades.
func TestStoreDown(t *testing.T) {
	slow(t)
	t.Parallel()
	d := newDesk(t, func(s string) string {
		return strings.Replace(s, "sqlite:sluice.db", "postgres://nobody@127.0.0.1:1/nothing", 1)
	})
	sim := d.startVenues()
	router := d.startRouter()
	router.says("the store does not answer: routing goes on, the store is filled when it does")
	b := d.connect()
	d.ready(router)
	for range 5 {
		b.send(order.Terms{Account: "ACC1", Symbol: "BOLT", Side: market.Buy, Type: order.Market, Qty: 200, Capacity: 'A'})
	}
	b.finish(generous)
	router.stop(15 * time.Second)
	sim.stop(15 * time.Second)
}

// TestSendOverAKill kills the router under `sluice send`: the command stays, and tells the whole order to its end.
func TestSendOverAKill(t *testing.T) {
	slow(t)
	t.Parallel()
	d := newDesk(t, nil)
	sim := d.startVenues()
	router := d.startRouter()
	d.ready(router)
	send := d.run("send", "-c", d.config, "--symbol", "BOLT", "--side", "buy", "--qty", "9000", "--strategy", "vwap", "--for", "7s", "--json")
	eventually(t, "the order is filled in part", func() bool { return strings.Contains(send.stdout.String(), `"exec_type":"F"`) })
	router.kill()
	router = d.startRouter()
	if code := send.ends(generous); code != 0 {
		t.Errorf("send ends with status %d: %s", code, send.stderr.String())
	}
	router.stop(15 * time.Second)
	sim.stop(15 * time.Second)
	var told, last int64
	seen := map[string]bool{}
	for line := range strings.Lines(send.stdout.String()) {
		var r struct {
			ExecID   string `json:"exec_id"`
			ExecType string `json:"exec_type"`
			LastQty  int64  `json:"last_qty"`
			Cum      int64  `json:"cum_qty"`
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Errorf("--json prints %q: %v", line, err)
		}
		if !seen[r.ExecID] {
			seen[r.ExecID] = true
			told, last = told+r.LastQty, max(last, r.Cum)
		}
	}
	ours := d.readStore()
	for _, p := range ours.parents {
		if got := int64(p.Parent.Body.Parent.Cum); got != told || got != last || got == 0 {
			t.Errorf("booked %d, the command told %d in executions and %d at last", got, told, last)
		}
	}
	d.agreeChildren(ours, readTruth(t, d.truth), false)
}
