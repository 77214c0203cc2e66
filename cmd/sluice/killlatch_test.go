//go:build linux

package main

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestKillLatched is KILL-02 and KILL-03: each trigger alone withdraws what works and takes nothing new; the halt survives kill -9, says how far it is, and only two persons lift it.
func TestKillLatched(t *testing.T) {
	slow(t)
	t.Parallel()
	d := newDesk(t, nil)
	sim := d.startVenues()
	router := d.startRouter()
	b := d.connect()
	d.ready(router)
	resting := order.Terms{Account: "ACC1", Symbol: "ACME", Side: market.Buy, Qty: 100, Type: order.Limit, Limit: 47 * market.Dollar, Capacity: 'A'}
	two := []string{"resume", "--actor", "ann", "--second", "bob", "--reason", "the drill is over, says the desk"}
	for _, trigger := range []struct {
		name string
		pull func()
	}{
		{"socket", func() { d.tells(0, "halt", "--actor", "ann", "--reason", "drill") }},
		{"signal", func() {
			if err := router.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		id := b.send(resting)
		eventually(t, "the order works", func() bool { return d.working(router) > 0 })
		trigger.pull()
		eventually(t, trigger.name+": nothing works", func() bool { return d.working(router) == 0 })
		eventually(t, trigger.name+": flat is said", func() bool { return strings.Contains(d.tells(0, "halt", "status"), ": flat:") })
		refused := b.send(resting)
		eventually(t, trigger.name+": a new order is refused", func() bool { return !slices.Contains(b.open(), refused) })
		router.kill()
		router = d.startRouter()
		d.ready(router)
		if text := d.tells(0, "halt", "status"); !strings.Contains(text, "everything since") {
			t.Errorf("%s: the halt is gone after a kill: %s", trigger.name, text)
		}
		d.tells(0, two...)
		eventually(t, trigger.name+": the order works again", func() bool { return d.working(router) > 0 })
		b.cancel(id)
		b.finish(generous)
	}
	router.stop(15 * time.Second)
	sim.stop(15 * time.Second)
}
