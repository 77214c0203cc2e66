package router

import (
	"fmt"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// asked sends one order to LX and lets the venue answer it after wait, by a refusal where refused.
func (w *world) asked(wait int64, refused bool) {
	w.silent[venueLitX] = true
	id := fmt.Sprint("Q", w.seq)
	before := len(w.ids)
	w.parent(id, order.Terms{Side: market.Buy, Qty: 100, Type: order.Limit, Limit: 49 * market.Dollar, Directed: "LX", TIF: order.Day})
	if len(w.ids) != before+1 {
		w.t.Fatalf("order %s sent %d children to LX; want one", id, len(w.ids)-before)
	}
	c := w.ids[len(w.ids)-1]
	w.apply(&event.ChildSent{Child: c})
	w.now = w.now.Add(wait)
	if refused {
		w.apply(&event.ChildRejected{Child: c, Text: "no"})
	} else {
		w.apply(&event.ChildAccepted{Child: c, VenueOrderID: fmt.Sprint("V", c)})
	}
	w.apply(&event.ParentCancelRequested{Client: "EMS", ClOrdID: id + "X", OrigClOrdID: id})
	w.run(2 * market.Second) // and a second order after a refusal is another parent's
}

// excludes gives why the decisions of now leave LX out, of an order that may go nowhere else, directed or not.
func (w *world) excludes(t *testing.T, directed string) string {
	t.Helper()
	before := len(w.decided)
	w.parent(fmt.Sprint("E", w.seq), order.Terms{Side: market.Buy, Qty: 100, Type: order.Limit, Limit: 49 * market.Dollar, Directed: directed, Venues: 1 << venueLitX})
	if directed == "" {
		w.run(market.Second) // its turn comes after the internalizer's and the dark's
	}
	for _, d := range w.decided[before:] {
		if why := d.Venues[venueLitX].Excluded; why != "another stage serves it" {
			return why
		}
	}
	t.Fatal("no decision")
	return ""
}

// TestSlowVenueRests is SAF-04's stop of a venue that answers more than five times slower than its median: five bad round
// trips in a row, no fewer and no tail; a minute later it is tried again.
func TestSlowVenueRests(t *testing.T) {
	const usual = 4 * market.Millisecond
	calm := func() *world {
		cfg := testConfig()
		cfg.Limits.MaxRepeats, cfg.Tactics.SlowVenue = 0, market.Millisecond
		w := newWorld(t, cfg)
		for range 20 {
			w.asked(usual, false)
		}
		return w
	}
	slow := func(w *world) bool { return w.alerted(event.Warn, "SAF-04", "answers five times slower than usual") }
	for _, c := range []struct {
		name  string
		trips []int64
		rests bool
	}{
		{"four times slower for ever", []int64{4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4}, false},
		{"one stall of a second", []int64{250, 1, 1, 1, 1}, false},
		{"every fourth a stall", []int64{250, 1, 1, 1, 250, 1, 1, 1, 250, 1, 1, 1, 250, 1, 1, 1, 250}, false},
		{"twenty times slower, four times", []int64{20, 20, 20, 20}, false},
		{"twenty times slower, five times", []int64{20, 20, 20, 20, 20}, true},
		{"six times slower for long", []int64{6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6}, true},
	} {
		w := calm()
		for i, n := range c.trips {
			if slow(w) {
				t.Errorf("%s: rests after %d of %d", c.name, i, len(c.trips))
			}
			w.asked(n*usual, false)
		}
		if got := slow(w); got != c.rests {
			t.Errorf("%s: rests %v, want %v", c.name, got, c.rests)
		}
		if !c.rests {
			continue
		}
		if got := w.excludes(t, ""); got != restSlow {
			t.Errorf("%s: the decision says %q, want %q", c.name, got, restSlow)
		}
		if got := w.excludes(t, "LX"); got != "" { // FIX-07
			t.Errorf("%s: of an order directed there the decision says %q", c.name, got)
		}
		w.run(market.Minute)
		w.quote(50*market.Dollar, 50*market.Dollar+10_000)
		if got := w.excludes(t, ""); got != "" {
			t.Errorf("%s: a minute later the decision says %q", c.name, got)
		}
	}
}

// TestSlowVenueRestsOnlyWhereItMatters: what stays below the configured time is for scores and the learner to reckon with,
// however many times the median it is.
func TestSlowVenueRestsOnlyWhereItMatters(t *testing.T) {
	for _, c := range []struct {
		trip  int64
		rests bool
	}{{49 * market.Millisecond, false}, {100 * market.Millisecond, true}} {
		v := newVenueState(&market.Venue{Name: "LX", History: market.History{LatencyUs: 100}})
		now, rests := market.Time(market.Hour), false
		for i := range 28 {
			d := 100 * market.Microsecond
			if i >= 20 {
				d = c.trip
			}
			now = now.Add(market.Second)
			rests = v.slow(now.Add(d), now, d, DefaultConfig().Tactics.SlowVenue) || rests
			v.measured(d)
		}
		if rests != c.rests {
			t.Errorf("answers of %d ms, usually .1: rests %v, want %v", c.trip/market.Millisecond, rests, c.rests)
		}
	}
}

// TestOnePauseIsOneObservation: orders that were on their way to a venue together say one thing of it: a pause that holds up
// ten answers at once, such as our own, stops nothing (SAF-04).
func TestOnePauseIsOneObservation(t *testing.T) {
	v := newVenueState(&market.Venue{Name: "LX", History: market.History{LatencyUs: 1000}})
	now := market.Time(market.Hour)
	trip := func(sent market.Time, d int64) bool {
		stop := v.slow(sent.Add(d), sent, d, market.Millisecond)
		v.measured(d)
		return stop
	}
	for range 32 {
		now = now.Add(market.Second)
		trip(now, market.Millisecond)
	}
	for i := range 10 {
		if trip(now.Add(int64(i)), 50*market.Millisecond) {
			t.Fatalf("one pause stopped the venue at order %d", i)
		}
	}
	stopped := 0
	for range 5 {
		now = now.Add(market.Second)
		if trip(now, 50*market.Millisecond) {
			stopped++
		}
	}
	if stopped != 1 {
		t.Errorf("slow five times in a row, one after the other: stopped %d times, want once", stopped)
	}
}

// TestRefusingVenueRests is SAF-04's stop of a venue that refuses more than one order in five.
func TestRefusingVenueRests(t *testing.T) {
	for _, c := range []struct {
		every int // the n-th is refused
		rests bool
	}{{3, true}, {10, false}} {
		cfg := testConfig()
		cfg.Limits.MaxRepeats = 0
		w := newWorld(t, cfg)
		rests := func() bool { return w.alerted(event.Warn, "SAF-04", "refuses more than one order in five") }
		for i := 0; i < 60 && !rests(); i++ {
			w.asked(market.Millisecond, i%c.every == 0)
		}
		if got := rests(); got != c.rests {
			t.Errorf("refused every %d: rests %v, want %v", c.every, got, c.rests)
		}
		if want := map[bool]string{true: restRefuses}[c.rests]; w.excludes(t, "LX") != want {
			t.Errorf("refused every %d: the decision says %q, want %q", c.every, w.decided[len(w.decided)-1].Venues[venueLitX].Excluded, want)
		}
	}
}

// eager is a configuration whose learner has all flow it may have and explores half of the time.
func eager() Config {
	cfg := testConfig()
	cfg.Learning.Ramp, cfg.Learning.Start, cfg.Learning.Floor = false, 1-cfg.Learning.StaticMin, .5
	cfg.Limits.MaxClientMoney, cfg.Limits.MaxFirmMoney, cfg.Limits.MaxBasketMoney, cfg.Limits.MaxRepeats = 0, 0, 0, 0
	return cfg
}

// TestLimitsAreNotLearned is SAF-04: whatever the learner explores, no child is larger than its venue's or the router's
// limit, a dark child carries the client's minimum quantity and goes only where it is known, and no price is beyond the
// client's limit or the collar around the NBBO.
func TestLimitsAreNotLearned(t *testing.T) {
	cfg := eager()
	const venueMax, childMax, minQty = 700, 900, 300
	cfg.Venues[venueDarkA].MaxQty, cfg.Limits.MaxChildQty = venueMax, childMax
	cfg.Limits.CollarBps = 50
	cfg.Venues[venueDarkB].Caps &^= market.CapMinQty
	w := newWorld(t, cfg)
	w.hidden[venueDarkA], w.hidden[venueDarkC] = 1<<40, 1<<40
	const limit = 49*market.Dollar + 900_000
	for i := range 60 {
		w.parent(fmt.Sprint("L", i), order.Terms{Side: market.Sell, Qty: 20_000, Type: order.Limit, Limit: limit, Strategy: order.Block, Objective: order.Speed,
			MinQty: minQty, End: w.now.Add(market.Minute)})
		w.run(70 * market.Second)
	}
	full := 0
	at := map[market.VenueID]int{}
	for _, c := range w.sent() {
		at[c.Venue]++
		most := market.Qty(childMax)
		if c.Venue == venueDarkA {
			most = venueMax
		}
		if c.Qty == most {
			full++
		}
		switch {
		case c.Qty > most:
			t.Fatalf("a child of %d at venue %d, whose limit is %d", c.Qty, c.Venue, most)
		case c.Venue == venueDarkB:
			t.Fatalf("a child went to a pool that knows no minimum quantity: %+v", c)
		case c.Style == order.StyleDark && c.MinQty != min(minQty, c.Qty): // less where less is left
			t.Fatalf("a dark child has a minimum quantity of %d, want the client's %d", c.MinQty, minQty)
		case c.Limit > 0 && c.Side.Worse(c.Limit, limit):
			t.Fatalf("a child sells at %v, the client's limit is %v", c.Limit, limit)
		}
	}
	if full == 0 || at[venueDarkA] == 0 || at[venueDarkC] == 0 {
		t.Errorf("%d children of the largest size, by venue %v: the limits were never met", full, at)
	}
}

// TestCollarIsNotLearned is SAF-04's collar: a market order takes no price beyond it, whatever is displayed there.
func TestCollarIsNotLearned(t *testing.T) {
	cfg := eager()
	cfg.Limits.CollarBps = 5
	w := newWorld(t, cfg)
	for i := range 40 { // the book's third level is 4 bps from its best
		w.parent(fmt.Sprint("C", i), order.Terms{Side: market.Buy, Qty: 30_000, Urgency: order.High, Objective: order.Speed, TIF: order.IOC})
		w.run(5 * market.Second)
	}
	if len(w.ids) == 0 {
		t.Fatal("nothing was sent")
	}
	ref := float64(50*market.Dollar + 5000)
	for _, c := range w.sent() {
		if bps := (float64(c.Limit) - ref) / ref * 1e4; c.Limit > 0 && bps > 5 {
			t.Fatalf("a child buys at %v, %.1f bps through the mid; the collar is 5", c.Limit, bps)
		}
	}
}

// TestParticipationIsNotLearned is SAF-04's participation cap: what is filled and working never exceeds the client's share
// of the volume that the market printed.
func TestParticipationIsNotLearned(t *testing.T) {
	w := newWorld(t, eager())
	w.hidden[venueDarkA], w.hidden[venueDarkB], w.hidden[venueDarkC] = 1<<40, 1<<40, 1<<40
	const maxPct = 1000 // 10 %
	w.parent("P", order.Terms{Side: market.Sell, Qty: 100_000, Strategy: order.POV, MaxPctBps: maxPct, Objective: order.Speed, End: w.now.Add(10 * market.Minute)})
	p := w.e.parents[1]
	for range 300 {
		w.apply(&event.TradePrinted{Venue: venueLitX, Symbol: "ABC", Qty: 2_000, Value: market.NotionalOf(50*market.Dollar, 2_000), LastPx: 50 * market.Dollar, Prints: 1})
		w.run(market.Second)
		w.quote(50*market.Dollar, 50*market.Dollar+10_000)
		most := float64(maxPct) / 1e4 * float64(p.marketVolume)
		if got := float64(p.Cum + p.exposure()); got > most+float64(p.symbol.lot()) {
			t.Fatalf("%v filled and working of %d printed: the cap is %v", got, p.marketVolume, most)
		}
	}
	if p.Cum == 0 {
		t.Error("nothing was filled")
	}
}
