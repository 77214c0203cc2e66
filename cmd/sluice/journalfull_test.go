//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestJournalFull is TEST-32: the journal's volume fills up to the last byte while the router trades. New orders are
// refused with their reason, what works is canceled all the same, in what is preallocated; with room again the router goes
// on by itself, and in the end everybody's accounts agree and the journal replays.
func TestJournalFull(t *testing.T) {
	slow(t)
	t.Parallel()
	d := newDesk(t, nil)
	d.expects = "JRN-10"
	mount(t, d, "journal", "size=256m")
	sim := d.startVenues()
	router := d.startRouter()
	b := d.connect()
	d.ready(router)
	limit := func(px market.Price) string {
		return b.send(order.Terms{Account: "ACC1", Symbol: "BOLT", Side: market.Buy, Type: order.Limit, Limit: px, Qty: 300, Capacity: 'A'})
	}
	status := func(id string) byte {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.last[id].OrdStatus
	}
	rests := limit(118 * market.Dollar)
	eventually(t, "the order rests", func() bool { return status(rests) == '0' })
	ballast := filepath.Join(d.dir, "journal", "ballast")
	fill(t, ballast)
	eventually(t, "the router says that it takes no new orders", func() bool { return router.count("no new orders are taken and none is sent") > 0 })
	refused := limit(118 * market.Dollar)
	eventually(t, "the answer", func() bool { return status(refused) != 0 })
	b.mu.Lock()
	if r := b.last[refused]; r.OrdStatus != '8' || !strings.Contains(r.Text, "journal's volume") {
		t.Errorf("with a full volume an order is answered %c: %s; want 8 with the reason", r.OrdStatus, r.Text)
	}
	b.mu.Unlock()
	b.cancel(rests)
	eventually(t, "the cancel", func() bool { return status(rests) == '4' })
	for _, name := range [...]string{ballast, ballast + "2"} {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the router goes on by itself", func() bool { return router.count("the router takes new orders again") > 0 })
	again := limit(118 * market.Dollar)
	eventually(t, "an order is taken", func() bool { return status(again) == '0' })
	b.send(order.Terms{Account: "ACC1", Symbol: "BOLT", Side: market.Buy, Type: order.Market, Qty: 300, Capacity: 'A'})
	eventually(t, "an order is filled", func() bool { return len(b.open()) == 1 })
	d.windDown(b, router, sim, false)
}
