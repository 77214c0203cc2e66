//go:build linux

package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/store"
)

// number reads a number from the environment.
func number(t *testing.T, key string, otherwise uint64) uint64 {
	t.Helper()
	s := os.Getenv(key)
	if s == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	return n
}

// seeded gives the random source of a test and says how to repeat it.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := number(t, "SLUICE_SEED", uint64(time.Now().UnixNano())%1_000_000)
	t.Logf("repeat with SLUICE_SEED=%d go test ./cmd/sluice -run '^%s$'", seed, t.Name())
	return rand.New(rand.NewPCG(seed, 0xE2E))
}

// prices are the prior closes of testdata/desk.toml.
var prices = [...]struct {
	symbol market.Symbol
	cents  int64
}{{"ACME", 4850}, {"BOLT", 12120}, {"CRUX", 2370}}

// draw gives a parent that works for a while: a block, a VWAP, a POV or a limit order that rests. Some limit orders have no
// end: the client cancels them.
func draw(r *rand.Rand, now time.Time) order.Terms {
	s := prices[r.IntN(len(prices))]
	t := order.Terms{Account: "ACC1", Symbol: s.symbol, Side: market.Buy, Type: order.Market, Capacity: 'A',
		Objective: order.Objective(r.IntN(4)), Urgency: order.Urgency(r.IntN(3))}
	if r.IntN(2) == 0 {
		t.Side = market.Sell
	}
	end := market.Time(now.Add(time.Duration(10_000+r.IntN(8_000)) * time.Millisecond).UnixNano())
	switch r.IntN(5) {
	case 0:
		t.Strategy, t.End, t.Qty = order.Block, end, market.Qty(50+r.IntN(150))*100
	case 1:
		t.Strategy, t.End, t.Qty = order.VWAP, end, market.Qty(5+r.IntN(40))*100
	case 2:
		t.Strategy, t.End, t.MaxPctBps, t.Qty = order.POV, end, 1000+int64(r.IntN(2000)), market.Qty(1+r.IntN(10))*100
	default:
		away := 1 + int64(r.IntN(20)) // cents behind the close
		if t.Side == market.Sell {
			away = -away
		}
		t.Type, t.Limit, t.Qty = order.Limit, market.Price((s.cents-away)*10_000), market.Qty(1+r.IntN(40))*100
		if r.IntN(2) == 0 {
			t.End = end
		}
	}
	return t
}

// hurried makes a desk whose orders end soon, so that there is a quiet point after every restart, and whose limits let a
// day's orders through within minutes.
func hurried(s string) string {
	a := strings.Index(s, "[tactics]")
	e := strings.Index(s, "[market]")
	return strings.Replace(s[:a], "[journal]\n", "[journal]\nsnapshot_events = 1000\n", 1) + `[tactics]
internal_wait = "20ms"
dark_wave = "100ms"
post_wait = "200ms"
ack_timeout = "500ms"
settle_wait = "300ms"
urgent_before = "100ms"

[limits]
max_client_usd = "5000000000000"
max_firm_usd = "5000000000000"
max_basket_usd = "5000000000000"
max_client_net_usd = "5000000000000"
max_firm_net_usd = "5000000000000"

` + s[e:]
}

// TestKillNine kills the router with kill -9 while about 500 child orders a second go to its venues, and starts it again
// with the same file: after every restart the orders come to rest, and then the venues' account, the journal's and the
// client's agree to the share (TEST-21, REC-01 to REC-09). The moments: any; in the middle of a recovery; while a
// snapshot is written (CRASH-08); with orders just sent. SLUICE_KILLS=n kills n times.
func TestKillNine(t *testing.T) {
	slow(t)
	t.Parallel()
	r := seeded(t)
	kills := int(number(t, "SLUICE_KILLS", 4))
	d := newDesk(t, hurried)
	sim := d.startVenues()
	router := d.startRouter()
	b := d.connect()
	d.ready(router)
	orders, books := newStorm(b, r, int(number(t, "SLUICE_RATE", 300))), newLedger(d)
	began := time.Now()
	for k := range kills {
		orders.let(true)
		router = d.killOnce(router, orders, r, k)
		orders.let(false)
		books.quiet(b)
		t.Logf("kill %d: %d orders, %d children, %d shares agree", k+1, len(books.parents), len(books.children), books.shares())
	}
	took := time.Since(began)
	t.Logf("%d kills met a snapshot that was being written", d.snapshots)
	t.Logf("%d kills in %v: %d orders, %d children, %d shares; %.0f children/s while orders left (%v), %.0f over all", kills, took.Round(time.Second),
		len(books.parents), len(books.children), books.shares(), float64(len(books.children))/orders.ran.Seconds(), orders.ran.Round(time.Second),
		float64(len(books.children))/took.Seconds())
	d.settle(books, b, router, sim)
}

// killOnce lets the storm run a while, kills the router at a moment of the k-th kind, and starts it again.
func (d *desk) killOnce(router *process, orders *storm, r *rand.Rand, k int) *process {
	d.t.Helper()
	eventually(d.t, "the EMS is logged on", orders.b.up)
	time.Sleep(time.Duration(r.IntN(1500)) * time.Millisecond)
	switch k % 4 {
	case 2: // while a snapshot is written, if one is soon
		temp := filepath.Join(d.dir, "journal", "snapshot.tmp")
		for end := time.Now().Add(3 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Microsecond) {
			if _, err := os.Stat(temp); err == nil {
				d.snapshots++
				break
			}
		}
	case 3: // orders that were just sent
		for range 20 {
			_, _ = orders.b.try(quick(r, time.Now())) // a full queue is as good
		}
		time.Sleep(time.Duration(r.IntN(3000)) * time.Microsecond)
	}
	router.kill()
	if k%4 == 1 { // in the middle of its recovery
		router = d.run("route", "-c", d.config)
		time.Sleep(time.Duration(r.IntN(300)) * time.Millisecond)
		router.kill()
	}
	return d.startRouter()
}

// settle stops everything and compares once more: with how the venues have each order at their stop, with the store, and
// with what the engine gives again (INV-09).
func (d *desk) settle(books *ledger, b *blotter, router, sim *process) {
	d.t.Helper()
	router.stop(15 * time.Second)
	sim.stop(15 * time.Second)
	d.reconcile()
	for id, o := range readTruth(d.t, d.truth).orders {
		if c := books.children[id]; !o.Done || o.Cum != c.Cum {
			d.t.Errorf("%s ends with order %s: %+v; our child %+v", o.Venue, id, o, c)
		}
	}
	st, err := store.Open(d.t.Context(), "sqlite:"+filepath.Join(d.dir, d.store))
	if err != nil {
		d.t.Fatal(err)
	}
	defer st.Close()
	parents, err := st.Parents(d.t.Context(), store.ParentFilter{Limit: -1})
	if err != nil {
		d.t.Fatal(err)
	}
	if len(parents) != len(books.parents) {
		d.t.Errorf("the store has %d parents, the journal %d", len(parents), len(books.parents))
	}
	for _, p := range parents {
		ours, want := p.Body.Parent, books.parents[p.Body.Parent.ID]
		if ours.Cum != want.Cum || ours.Notional != want.Notional || ours.State != want.State {
			d.t.Errorf("the store has %+v, the journal %+v", ours, want)
		}
	}
	d.t.Logf("%d orders never reached the router; the client had %d reports, %d of them possible resends, over %d logons", len(b.refused), b.reports, b.again, b.logons)
	d.verify()
}

// verify replays the journal and holds every command against it.
func (d *desk) verify() {
	d.t.Helper()
	verify := d.run("replay", "journal", "--verify")
	if code := verify.ends(10 * generous); code != 0 {
		d.t.Errorf("replay --verify ends with %d: %s", code, verify.stderr.String())
	}
	d.t.Log(verify.stdout.String())
}

// windDown cancels what has no end of its own, waits for every parent, stops all, and compares.
func (d *desk) windDown(b *blotter, router, sim *process, forgotten bool) {
	d.t.Helper()
	eventually(d.t, "the EMS is logged on", b.up)
	for _, id := range b.open() {
		if b.sent[id].End == 0 {
			b.cancel(id)
		}
	}
	b.finish(generous)
	d.t.Logf("router stopped in %v", router.stop(15*time.Second).Round(time.Millisecond))
	d.t.Logf("venues stopped in %v", sim.stop(15*time.Second).Round(time.Millisecond))
	d.agree(b, forgotten)
	d.verify()
	if !forgotten { // else the venues have what they did not live to tell
		d.reconcile()
	}
}

// reconcile has the end-of-day proof made: four accounts that agree to the share (PRJ-08).
func (d *desk) reconcile() {
	d.t.Helper()
	p := d.run("reconcile", "-c", d.config, "--venue", d.truth)
	if code := p.ends(generous); code != 0 || !strings.Contains(p.stdout.String(), " accounts agree to the share") {
		d.t.Errorf("reconcile ends with %d: %s\n%s", code, p.stderr.String(), p.stdout.String())
	}
	d.t.Log(p.stdout.String())
}
