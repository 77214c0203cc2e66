//go:build linux

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestSyncFails lets a sync of the real router's disk fail, and the later ones succeed: the router stops with an error,
// withdraws what works at its venues, and the next start has everything that left (TEST-23, JRN-05).
func TestSyncFails(t *testing.T) {
	slow(t)
	t.Parallel()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace, which makes a system call fail, is not installed")
	}
	r := seeded(t)
	d := newDesk(t, hurried)
	sim := d.startVenues()
	router := launchUnder(t, []string{strace, "-f", "-q", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=60+60"},
		d.dir, nil, "route", "-c", d.config)
	eventually(t, "the traced router is ready", func() bool {
		if strings.Contains(router.stderr.String(), "ptrace") {
			t.Skip("processes cannot be traced here")
		}
		return router.count("router ready") > 0
	})
	b := d.connect()
	resting := order.Terms{Account: "ACC1", Symbol: "ACME", Side: market.Buy, Type: order.Limit, Limit: 40 * market.Dollar, Qty: 500, Capacity: 'A'}
	for range 5 {
		b.send(resting)
	}
	orders, books := newStorm(b, r, 100), newLedger(d)
	orders.let(true)
	if code := router.ends(generous); code == 0 {
		t.Error("the router ended with status 0 although its journal failed")
	}
	orders.let(false)
	if n := router.count("the router stops: its journal cannot be written"); n != 1 {
		t.Errorf("the log says %d times that the journal cannot be written", n)
	}
	eventually(t, "what rested at the venues is withdrawn", func() bool {
		books.follow()
		for _, o := range books.venues {
			if !o.done {
				return false
			}
		}
		return len(books.venues) > 0
	})
	router = d.startRouter()
	eventually(t, "the EMS is logged on", b.up)
	for _, id := range b.open() {
		if b.sent[id].End == 0 && b.sent[id].TIF != order.IOC {
			b.cancel(id)
		}
	}
	books.quiet(b)
	d.settle(books, b, router, sim)
}

// TestFlippedBit flips a bit in the middle of the real router's journal: the router does not start, names the file and the
// remedy, and changes nothing; with the file restored it goes on (TEST-25, JRN-06).
func TestFlippedBit(t *testing.T) {
	slow(t)
	t.Parallel()
	r := seeded(t)
	d := newDesk(t, hurried)
	sim := d.startVenues()
	router := d.startRouter()
	b := d.connect()
	d.ready(router)
	orders, books := newStorm(b, r, 100), newLedger(d)
	orders.let(true)
	time.Sleep(time.Second)
	router.kill()
	orders.let(false)
	paths, err := filepath.Glob(filepath.Join(d.dir, "journal", "*.seg"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%v, %v", paths, err)
	}
	whole, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	used := len(strings.TrimRight(string(whole), "\x00"))
	bit := r.IntN(8 * used / 2)
	flipped := append([]byte(nil), whole...)
	flipped[bit/8] ^= 1 << (bit % 8)
	write := func(b []byte) {
		if err := os.WriteFile(paths[0], b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(flipped)
	refused := d.run("route", "-c", d.config)
	if code := refused.ends(generous); code != 1 {
		t.Errorf("bit %d of %s: status %d", bit, paths[0], code)
	}
	if said := refused.stderr.String(); !strings.Contains(said, filepath.Base(paths[0])) || !strings.Contains(said, "restore") {
		t.Errorf("bit %d: the error names no file and remedy: %s", bit, said)
	}
	if after, err := os.ReadFile(paths[0]); err != nil || string(after) != string(flipped) {
		t.Errorf("a refused journal was changed, %v", err)
	}
	write(whole)
	router = d.startRouter()
	eventually(t, "the EMS is logged on", b.up)
	books.quiet(b)
	d.settle(books, b, router, sim)
}
