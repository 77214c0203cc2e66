package router

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/models"
)

// The values at which the engine's own controls are tried, as risk/TestEveryControl tries those of the gate (TEST-10).
var controlPoints = [...]string{"limit −1", "limit", "limit +1", "zero", "maximum", "negative", "overflow"}

// around gives the values of controlPoints.
func around(limit, step int64) [len(controlPoints)]int64 {
	return [...]int64{limit - step, limit, limit + step, 0, math.MaxInt64, -step, math.MinInt64}
}

// resent is a world in which an order's child comes back n times without a fill or a change of the market, each time of it to be
// sent again.
func resent(t *testing.T, most, n int) *world {
	cfg := testConfig()
	cfg.Limits.MaxRepeats = most
	w := newWorld(t, cfg)
	w.parent("P", order.Terms{Side: market.Buy, Qty: 100, Type: order.Limit, Limit: 49 * market.Dollar, Directed: "LX", TIF: order.Day})
	for range n {
		sent := len(w.ids)
		if sent == 0 {
			break
		}
		w.run(100 * market.Millisecond)
		w.apply(&event.ChildDone{Child: w.ids[sent-1], What: order.WasCanceled})
		if w.run(3 * market.Second); len(w.ids) == sent {
			break
		}
	}
	return w
}

// TestRepeatThrottle is RISK-07 of TEST-10. Of a limit of N the Nth re-send without a fill or a change stops the order until a
// person lets it go on; so does none that is one more. No limit is none, and what can be none but says that it is one is refused:
// by the check of a configuration, by the gate that is built of it, and when limits change.
func TestRepeatThrottle(t *testing.T) {
	const again = 5
	for i, most := range around(again, 1) {
		name := controlPoints[i]
		stops := [...]bool{true, true, false, false}
		if i < len(stops) {
			w := resent(t, int(most), again)
			p := w.e.parents[1]
			if got := p.Hold == order.HoldStop; got != stops[i] || w.alerted(event.Page, "RISK-07", "a person must look") != stops[i] {
				t.Errorf("%s: %d re-sends with a limit of %d: stopped %v, want %v", name, again, most, got, stops[i])
			}
			want := again + 1 // with the first
			if stops[i] {
				want = int(most)
			}
			if len(w.ids) != want {
				t.Errorf("%s: with a limit of %d it was sent %d times, want %d", name, most, len(w.ids), want)
			}
			if !stops[i] {
				continue
			}
			w.run(10 * market.Minute)
			if len(w.ids) != want {
				t.Errorf("%s: %d more were sent of an order that is off", name, len(w.ids)-want)
			}
			w.apply(&event.ParentSteered{Parent: 1, Steer: event.SteerResume, Actor: "ann", Approver: "bob", Reason: "the venue is mended, they say"})
			if w.run(3 * market.Second); len(w.ids) != want+1 {
				t.Errorf("%s: two persons let it go on, and %d were sent", name, len(w.ids)-want)
			}
			continue
		}
		l := risk.DefaultLimits()
		l.MaxRepeats = int(most)
		if err := l.Check(); err == nil || !strings.Contains(err.Error(), "MaxRepeats") {
			t.Errorf("%s: the check of a limit of %d says %v", name, most, err)
		}
		if w := resent(t, int(most), again); len(w.ids) != 0 || !strings.HasPrefix(w.last().Text, "RISK-16") {
			t.Errorf("%s: under a limit of %d %d children were sent: %s", name, most, len(w.ids), w.last().Text)
		}
		w := newWorld(t, testConfig())
		text, err := json.Marshal(map[string]int64{"MaxRepeats": most})
		if err != nil {
			t.Fatal(err)
		}
		w.apply(&event.LimitsChanged{Version: "x", Limits: text, Actor: "ann", Approver: "bob", Reason: "a desk of its own agreed"})
		if a := w.answer(); !a.Refused || w.e.cfg.Limits.MaxRepeats != 20 {
			t.Errorf("%s: a change to %d is answered %+v", name, most, a)
		}
	}
}

// TestSelfCrossAtEveryPrice is RISK-18 of TEST-10, from both sides: an order of ours at a venue where an open opposite one of ours
// rests, one tick to where they would not meet, at it, one beyond, without a price, and at prices that are none.
func TestSelfCrossAtEveryPrice(t *testing.T) {
	const ours, tick = 50 * market.Dollar, 10_000
	for _, side := range []market.Side{market.Sell, market.Buy} {
		other := market.Buy
		px := around(int64(ours), tick)
		want := [...]string{"RISK-18", "RISK-18", "", "RISK-18", "", "RISK-04", "RISK-04"}
		if side.IsBuy() {
			other = market.Sell
			want[0], want[2] = "", "RISK-18"
			want[4] = "RISK-04" // a buy at the largest price is far through the collar
		}
		for i, limit := range px {
			w := newWorld(t, testConfig())
			w.autoFill = false
			if side.IsBuy() { // the market is around our order, so that it rests
				w.quote(ours-tick, ours)
			}
			w.apply(&event.ParentReceived{Client: "EMS", ClOrdID: "O", Terms: order.Terms{Symbol: "ABC", Side: other, Qty: 100, Type: order.Limit, Limit: ours, Directed: "LX", TIF: order.Day}})
			w.settle()
			before := len(w.ids)
			if before != 1 {
				t.Fatalf("%d rest", before)
			}
			terms := order.Terms{Symbol: "ABC", Side: side, Qty: 100, Type: order.Limit, Limit: market.Price(limit), Directed: "LX", TIF: order.Day}
			if limit == math.MaxInt64 {
				terms.Qty, terms.Limit = 1, market.Price(limit/tick*tick) // its amount is one that the gate can judge
				terms.Limit = min(terms.Limit, 9_000_000*market.Dollar)
			}
			if limit == 0 {
				terms.Type = order.Market
			}
			w.apply(&event.ParentReceived{Client: "EMS2", ClOrdID: "N", Terms: terms})
			w.settle()
			if got := crossed(w, before); got != want[i] {
				t.Errorf("%v, %s (%v): %q, want %q", side, controlPoints[i], terms.Limit, got, want[i])
			}
		}
	}
}

// crossed gives the rule that kept the second order from the venue, empty if it went there.
func crossed(w *world, before int) string {
	if len(w.ids) > before {
		return ""
	}
	if r := w.last(); r.ExecType == '8' {
		rule, _, _ := strings.Cut(r.Text, ":")
		return rule
	}
	d := &w.decided[len(w.decided)-1]
	if d.Venues[venueLitX].Excluded == "an open opposite order of ours is there" || strings.HasPrefix(d.Vetoed, "RISK-18") {
		return "RISK-18"
	}
	return d.Vetoed + d.Venues[venueLitX].Excluded
}

// weights is a model that gives each venue of a wave the same quantity and rank.
type weights struct {
	qty  market.Qty
	rank float64
}

func (weights) Name() string { return "weights" }
func (m weights) Divide(w *Wave) {
	for i := range w.Offers {
		w.Offers[i].Qty, w.Offers[i].Rank = m.qty, m.rank
	}
}

// TestAModelsOrdersWidenNothing is RISK-17 of TEST-10: whatever quantities and ranks a model gives, at the most that a venue may
// get, one below, one above, none, and figures that are none, no child is larger than its venue and the router allow, and all
// together no more than the order.
func TestAModelsOrdersWidenNothing(t *testing.T) {
	const most, whole = 700, 20_000
	ranks := [...]float64{1, 0, 2, math.NaN(), math.Inf(1), math.Inf(-1), -math.MaxFloat64}
	for i, q := range around(most, 100) {
		cfg := testConfig()
		for v := range cfg.Venues {
			cfg.Venues[v].MaxQty = most
		}
		w := newWorld(t, cfg)
		w.e.Use(weights{market.Qty(q), ranks[i]})
		w.hidden[venueDarkA], w.hidden[venueDarkC] = 1<<40, 1<<40
		w.parent("P", order.Terms{Side: market.Sell, Qty: whole, Strategy: order.Block, End: w.now.Add(market.Minute)})
		w.run(90 * market.Second)
		largest, got := market.Qty(0), market.Qty(0)
		for _, c := range w.sent() {
			if c.Style == order.StyleDark { // what is taken at last has the book's sizes
				largest = max(largest, c.Qty)
			}
			if c.Qty <= 0 || c.Qty > most {
				t.Fatalf("%s: a child of %d at venue %d, whose limit is %d", controlPoints[i], c.Qty, c.Venue, most)
			}
		}
		for _, c := range w.children {
			got += c.Cum
		}
		if want := market.Qty(min(q, most)); q > 0 && largest != want || got > whole || len(w.ids) == 0 {
			t.Errorf("%s: of %d a venue, the largest child has %d, want %d; %d filled of %d", controlPoints[i], q, largest, want, got, whole)
		}
	}
}

// TestAModelsWeightsWidenNothing is RISK-17 of TEST-10 for what a model file says: a weight at its bound serves, and so do less and
// none; one beyond it, and what is no figure, is refused, and what served before serves on.
func TestAModelsWeightsWidenNothing(t *testing.T) {
	for i, c := range [...]struct {
		leak   float64
		serves bool
	}{{math.Nextafter(models.MostLeak, 0), true}, {models.MostLeak, true}, {math.Nextafter(models.MostLeak, 1), false}, {0, true},
		{math.MaxFloat64, false}, {-math.Nextafter(models.MostLeak, 1), false}, {math.Inf(1), false}, {math.NaN(), false}} {
		name := "no figure"
		if i < len(controlPoints) {
			name = controlPoints[i]
		}
		w := newWorld(t, testConfig())
		id, b := w.artifact(1, func(m *models.Model) { m.Arms[0].Leak = c.leak })
		got := w.activate(event.ModeServe, id, b, 0)
		if serves := got.What == event.ModelServing; serves != c.serves || !serves && got.Serving != Model {
			t.Errorf("%s: a weight of %v: recorded %+v", name, c.leak, got)
		}
	}
}

// TestWhatNoModelCanSayDecidesNothing is RISK-17: where the figures of the only model are none, the static scorer decides, people
// are told, and no decision has a figure that is none.
func TestWhatNoModelCanSayDecidesNothing(t *testing.T) {
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, -math.MaxFloat64} {
		w := random(t, 5)
		w.orders(3)
		sl := w.e.learner.slot
		for i := range sl.leaks {
			sl.leaks[i], sl.known[i] = x, true
		}
		before := len(w.decided)
		w.parent(fmt.Sprint("N", x), order.Terms{Side: market.Sell, Qty: 6000, Strategy: order.Block, End: w.now.Add(30 * market.Second)})
		w.run(40 * market.Second)
		if before == len(w.decided) {
			t.Fatalf("%v: no decision", x)
		}
		for i := before; i < len(w.decided); i++ {
			d := &w.decided[i]
			if d.Stage == event.StageHold {
				continue
			}
			if len(d.Plans) != 1 || d.Plans[0].Name != "static" || d.Plans[0].Prob != 1 || d.ExploreBps != 0 {
				t.Fatalf("%v: decision %d has plans %+v, want the static one alone", x, d.Decision, d.Plans)
			}
			if _, err := json.Marshal(d); err != nil {
				t.Fatalf("%v: decision %d: %v", x, d.Decision, err)
			}
		}
		if !w.alerted(event.Page, "RISK-17", "no figure") {
			t.Errorf("%v: nobody is told: %v", x, w.alerts)
		}
	}
}

// TestManyVenuesRepeatToo is RISK-07 where an order goes round more venues than the engine remembers sends of: each gives it back, and
// nothing changes.
func TestManyVenuesRepeatToo(t *testing.T) {
	for _, venues := range []int{1, 3, 8, 12, 30} {
		cfg := testConfig()
		cfg.Venues, cfg.Tactics.PostVenues = cfg.Venues[:0], venues
		for i := range venues {
			cfg.Venues = append(cfg.Venues, market.Venue{ID: market.VenueID(i), Name: fmt.Sprint("L", i), MIC: "XLXX", Type: market.Lit,
				Caps: market.CapStatus, History: market.History{LatencyUs: 200, FillRatePct: 90, Impact: 5}})
		}
		w := newWorld(t, cfg)
		w.autoFill = false
		w.parent("P", order.Terms{Side: market.Buy, Qty: 15_000, Type: order.Limit, Limit: 49 * market.Dollar, TIF: order.Day})
		if w.settle(); len(w.ids) != min(venues, cfg.Limits.MaxVenueRate) || w.e.parents[1].Hold != order.HoldNone {
			t.Errorf("the first wave over %d venues has %d children, hold %v", venues, len(w.ids), w.e.parents[1].Hold)
		}
		given := 0
		for range 300 {
			w.run(500 * market.Millisecond)
			for ; given < len(w.ids); given++ {
				w.apply(&event.ChildDone{Child: w.ids[given], What: order.WasCanceled})
			}
		}
		p := w.e.parents[1]
		if p.Hold != order.HoldStop || !w.alerted(event.Page, "RISK-07", "a person must look") {
			t.Errorf("%d venues give %d children back, and the order goes on: hold %v", venues, len(w.ids), p.Hold)
		}
	}
}
