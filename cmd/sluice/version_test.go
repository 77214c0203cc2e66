//go:build linux

package main

import (
	"strings"
	"testing"
	"time"
)

// TestKillNineInFIX50 kills the router while parents work, with every session, of the client, the venues and their market
// data, in FIX 5.0 SP2 over FIXT.1.1 (VER-01): the numbers go on, what was not seen is sent again, and the accounts agree.
func TestKillNineInFIX50(t *testing.T) {
	slow(t)
	t.Parallel()
	r := seeded(t)
	d := newDesk(t, func(s string) string {
		return strings.NewReplacer(`version = "4.2"`, `version = "FIX.5.0SP2"`, `version = "4.4"`, `version = "5.0SP2"`).Replace(s)
	})
	sim := d.startVenues()
	router := d.startRouter()
	b := d.connect()
	d.ready(router)
	for range 25 {
		b.send(draw(r, time.Now()))
	}
	time.Sleep(time.Duration(500+r.IntN(1000)) * time.Millisecond)
	router.kill()
	router = d.startRouter()
	d.windDown(b, router, sim, false)
}
