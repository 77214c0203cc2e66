//go:build linux

package main

import (
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/serve/venues"
)

// TestKillDrillFull is `make drill`, the kill drill of a release (TEST-80, KILL-01, KILL-02): each trigger alone, with all else
// broken, against the orders that SLUICE_DRILL says, spread over ten simulated venues, once where the venues take mass cancels and
// once where each order is canceled by itself. Its table is for people, because a test asserts no speed. What it asserts is that the
// venues have nothing of ours left, by their own account.
func TestKillDrillFull(t *testing.T) {
	orders := number(t, "SLUICE_DRILL", 0)
	if orders == 0 {
		t.Skip("SLUICE_DRILL is not set: `make drill` sets it")
	}
	var all []drilled
	for _, mass := range []bool{true, false} {
		for _, c := range triggers {
			x := drilled{trigger: c.name, mass: mass, orders: int(orders)}
			t.Run(fmt.Sprintf("%s, mass cancel %v", c.name, mass), func(t *testing.T) {
				d := newDesk(t, func(s string) string { return tenVenues(c.cut(s), mass) })
				x.drill(d, c.arm)
				all = append(all, x)
			})
		}
	}
	fmt.Print(drillTable(all))
}

var venueAddress = regexp.MustCompile(`\naddr = "([^"]+)"`)

// drillVenues is how many venues a full drill has.
const drillVenues = 10

// tenVenues gives a desk ten exchanges instead of its own venues, and limits that so many resting orders do not reach.
func tenVenues(s string, mass bool) string {
	head, rest, _ := strings.Cut(s, "\n[[venue]]\n")
	_, rest, _ = strings.Cut(rest, "\n[[instrument]]\n")
	rest, _, _ = strings.Cut(rest, "\n[[market.venue]]\n")
	rest = strings.Replace(rest, `post_wait = "1s"`, `post_wait = "1h"`, 1) // they rest, that is all
	_, registry, _ := strings.Cut(s, "\n[models]\n")
	caps := `"post-only", "replace", "status"`
	if mass {
		caps += `, "mass-cancel"`
	}
	addr := venueAddress.FindStringSubmatch(s)[1]
	var b strings.Builder
	b.WriteString(head + "\n")
	for i := range drillVenues {
		fmt.Fprintf(&b, `
[[venue]]
name = "EX%d"
mic = "XEX%d"
type = "lit"
quote_ttl = "10s"
caps = [%s]
history = { latency_us = 300, fill_rate_pct = 95, impact = 7, volume_share = 0.08 }
[[venue.fees]]
from = "2020-01-01"
per_share_usd = { added = "-0.0020", removed = "0.0030" }
[venue.orders]
addr = %q
their_comp_id = "EX%d"
version = "4.4"
[venue.market_data]
addr = %q
their_comp_id = "EX%dMD"
version = "4.4"
`, i, i, caps, addr, i, addr, i)
	}
	b.WriteString("\n[[instrument]]\n" + rest + "\n")
	for i := range drillVenues {
		fmt.Fprintf(&b, "\n[[market.venue]]\nname = \"EX%d\"\norder_latency = { base = \"100us\" }\nfeed_latency = { base = \"100us\" }\n", i)
	}
	b.WriteString("\n[models]\n" + registry)
	b.WriteString(`
[limits]
version = "drill"
max_basket_usd = "0"
max_client_usd = "0"
max_client_net_usd = "0"
max_firm_usd = "0"
max_firm_net_usd = "0"
max_open_children = 100000
client_rate = 100000
symbol_rate = 100000
firm_rate = 100000
may_be_off = ["RISK-03", "RISK-05", "RISK-06", "RISK-10"]
`)
	return b.String()
}

// drilled is what one drill showed.
type drilled struct {
	trigger string
	mass    bool
	orders  int

	pulled   time.Time   // when the trigger was pulled
	decided  market.Time // when the halt has its place in the journal
	masses   int         // mass cancels that came to the venues
	swept    market.Time // when the last of them did
	singles  int         // cancels of single orders that came
	canceled market.Time // when the last of them did
	gone     market.Time // when a venue let the last order go
	clock    market.Time // what the venues' clock is behind
	armed    bool        // the trigger is pulled next
}

func (x *drilled) drill(d *desk, arm func(d *desk, router *process) func()) {
	sim := launchUnder(d.t, []string{"nice", "-n", "5"}, d.dir, nil, "venues", "-c", d.config, "--truth", d.truth)
	sim.says("venues ready")
	router := d.startRouter()
	b, books := d.connect(), newLedger(d)
	books.records, books.truths = x.record, x.truth
	tradesOn(b)
	for i := range x.orders {
		b.send(far(i, fmt.Sprint("EX", i%drillVenues)))
	}
	for end := time.Now().Add(5 * time.Minute); books.works() < x.orders; books.follow() {
		if time.Now().After(end) {
			d.t.Fatalf("%d of %d orders rest at venues", books.works(), x.orders)
		}
		time.Sleep(100 * time.Millisecond)
	}
	time.Sleep(2 * time.Second) // what came late has come
	pull := arm(d, router)
	books.follow()
	x.armed = true
	x.pulled = time.Now()
	pull()
	eventually(d.t, "the venues have nothing of ours", func() bool { time.Sleep(200 * time.Millisecond); books.follow(); return books.works() == 0 })
	if !b.turnedAway() {
		d.t.Error("an order is taken after the kill")
	}
	router.stop(time.Minute)
	sim.stop(time.Minute)
	books.follow()
}

// record takes what the journal says of the halt.
func (x *drilled) record(at market.Time, body event.Body) {
	if _, halted := body.(*event.Halted); halted {
		x.decided = at
	}
}

// truth takes what the venues say of cancels that came, of orders that went, and of their clock.
func (x *drilled) truth(t *venues.Truth) {
	switch {
	case t.What == "start":
		x.clock = t.Wall - t.At
	case t.What == "cancel" && x.armed && t.Kind == "mass":
		x.masses, x.swept = x.masses+1, max(x.swept, t.Wall)
	case t.What == "cancel" && x.armed:
		x.singles, x.canceled = x.singles+1, max(x.canceled, t.Wall)
	case t.Done:
		x.gone = max(x.gone, t.At+x.clock)
	}
}

func drillTable(all []drilled) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nTEST-80: the router shares %d processors with its client and, at a lower priority, its %d simulated venues. Times are from the halt's place in the journal.\n\n",
		runtime.NumCPU(), drillVenues)
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "trigger\torders\tdecided after\tmass cancels\tlast came\tsingle cancels\tlast came\tlast order gone\t")
	for i := range all {
		x := &all[i]
		came := func(n int, at market.Time) string {
			if n == 0 {
				return "-"
			}
			return ms(time.Duration(at.Sub(x.decided))).String()
		}
		fmt.Fprintf(w, "%s\t%d\t%v\t%d\t%s\t%d\t%s\t%s\t\n", x.trigger, x.orders, ms(time.Unix(0, int64(x.decided)).Sub(x.pulled)), x.masses, came(x.masses, x.swept),
			x.singles, came(x.singles, x.canceled), came(x.orders, x.gone))
	}
	_ = w.Flush()
	return b.String()
}

func ms(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
