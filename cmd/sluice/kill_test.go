//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
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

// TestKillNine kills the router while 50 parents work and starts it again with the same file: every parent finishes, and
// the client's, the router's and the venues' accounts agree to the share (TEST-21, REC-01 to REC-09).
// SLUICE_KILLS=n kills n times.
func TestKillNine(t *testing.T) {
	slow(t)
	t.Parallel()
	r := seeded(t)
	kills := int(number(t, "SLUICE_KILLS", 3))
	d := newDesk(t, nil)
	sim := d.startVenues()
	router := d.startRouter()
	b := d.connect()
	d.ready(router)
	for range 45 {
		b.send(draw(r, time.Now()))
	}
	for k := range kills {
		wait := time.Duration(200+r.IntN(2500)) * time.Millisecond
		if k%3 == 2 { // in the middle of its recovery
			wait = time.Duration(r.IntN(150)) * time.Millisecond
		}
		time.Sleep(wait)
		for range max(1, 50-len(b.open())) { // the last may be in flight when it dies
			b.send(draw(r, time.Now()))
		}
		time.Sleep(time.Duration(r.IntN(3000)) * time.Microsecond)
		t.Logf("kill %d, %v after the start, with %d parents open", k+1, wait, len(b.open()))
		router.kill()
		router = d.startRouter()
	}
	d.windDown(b, router, sim, false)
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
	verify := d.run("replay", "journal", "--verify")
	if code := verify.ends(generous); code != 0 {
		d.t.Errorf("replay --verify ends with %d: %s", code, verify.stderr.String())
	}
	d.t.Log(fmt.Sprint(verify.stdout.String()))
}
