package router

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

func TestMarketOrderWalksThePeckingOrder(t *testing.T) {
	w := newWorld(t, testConfig())
	w.hidden[venueInternal] = 300
	w.hidden[venueDarkA] = 1200
	w.parent("P1", order.Terms{Side: market.Buy, Qty: 10_000})
	w.run(20 * market.Second)
	if got := w.last(); got.OrdStatus != '2' || got.Cum != 10_000 || got.Leaves != 0 {
		t.Fatalf("last report is 39=%c cum %d leaves %d; want filled 10000", got.OrdStatus, got.Cum, got.Leaves)
	}
	var stages []string
	for _, d := range w.decided {
		if d.Stage != event.StageHold && (len(stages) == 0 || stages[len(stages)-1] != d.Stage.String()) {
			stages = append(stages, d.Stage.String())
		}
	}
	want := []string{"internal", "dark", "sweep"}
	if len(stages) < 3 || fmt.Sprint(stages[:3]) != fmt.Sprint(want) {
		t.Errorf("stages %v; want to begin with %v", stages, want)
	}
}

func TestSameEventsGiveSameBytes(t *testing.T) {
	run := func() *world {
		w := newWorld(t, testConfig())
		w.hidden[venueDarkA], w.hidden[venueDarkC] = 40_000, 9_000
		w.parent("P1", order.Terms{Side: market.Sell, Qty: 60_000, Strategy: order.Block})
		w.parent("P2", order.Terms{Side: market.Buy, Qty: 3_000, Strategy: order.VWAP, End: w.now.Add(market.Minute)})
		w.run(2 * market.Minute)
		return w
	}
	a, b := run(), run()
	if !bytes.Equal(a.log, b.log) {
		t.Fatal("two runs of the same events differ")
	}
	again := New()
	var log []byte
	for _, ev := range a.events {
		for _, cmd := range again.Apply(ev) {
			log = append(log, byte(cmd.Kind()), byte(cmd.Kind()>>8))
			log = event.Append(log, cmd)
		}
	}
	if !bytes.Equal(log, a.log) {
		t.Fatal("replay of the events gives other commands")
	}
}

func TestDarkFillsRaiseTheNextChild(t *testing.T) {
	w := newWorld(t, testConfig())
	w.hidden[venueDarkA], w.hidden[venueDarkC] = 4_000, 2_500
	w.parent("P1", order.Terms{Side: market.Sell, Qty: 300_000, Strategy: order.Block, Objective: order.MinImpact})
	w.run(100 * market.Millisecond)
	first := map[market.VenueID]market.Qty{}
	for _, c := range w.sent() {
		if c.Style == order.StyleDark {
			first[c.Venue] = c.Qty
		}
	}
	w.hidden[venueDarkA], w.hidden[venueDarkC] = 50_000, 50_000
	w.run(4 * market.Second)
	next := map[market.VenueID]market.Qty{}
	for _, c := range w.sent() {
		if c.Style == order.StyleDark {
			next[c.Venue] = max(next[c.Venue], c.Qty)
		}
	}
	if first[venueDarkA] != 5000 || next[venueDarkA] < 2*first[venueDarkA] {
		t.Errorf("venue DA first got %d, then at most %d; want 5000 and at least its double", first[venueDarkA], next[venueDarkA])
	}
	if next[venueDarkC] < first[venueDarkC]*3/2 {
		t.Errorf("venue DC first got %d, then at most %d; want half as much again", first[venueDarkC], next[venueDarkC])
	}
	if p := w.e.parents[1]; p.standing[venueDarkB].clip >= 5000 || p.standing[venueDarkB].coolUntil == 0 {
		t.Errorf("venue DB brought nothing and still stands at %+v", p.standing[venueDarkB])
	}
}

// An order that joins a dark wave late rests as long as its decision expected, beyond the wave's end.
func TestLateDarkOrdersRestTheirTime(t *testing.T) {
	cfg := testConfig()
	cfg.Learning.Off = true
	w := newWorld(t, cfg)
	w.parent("P", order.Terms{Side: market.Sell, Qty: 6_000, Urgency: order.Low})
	w.run(cfg.Tactics.DarkWave / 2)
	w.replace("R1", 9_000)
	w.run(cfg.Tactics.DarkWave / 10)
	dark := func() (out []*childState) {
		for _, c := range w.e.parents[1].children {
			if c.Style == order.StyleDark {
				out = append(out, c)
			}
		}
		return out
	}
	before := dark()
	if len(before) != 3 || before[2].DecidedAt == before[0].DecidedAt {
		t.Fatalf("%d dark orders after more was wanted; want two, and a third that joined them", len(before))
	}
	late := before[2]
	w.run(cfg.Tactics.DarkWave * 6 / 10)
	if got := dark(); len(got) != 1 || got[0] != late || late.canceling {
		t.Errorf("%d dark orders after the first wave's end; want the one that joined late, still resting", len(got))
	}
	w.run(cfg.Tactics.DarkWave / 2)
	if slices.Contains(dark(), late) {
		t.Error("it rests beyond its time")
	}
}

func TestBlockTurnsToSprayWhenTheDarkDries(t *testing.T) {
	w := newWorld(t, testConfig())
	w.hidden[venueDarkA] = 30_000
	w.parent("P1", order.Terms{Side: market.Sell, Qty: 60_000, Strategy: order.Block, Objective: order.MinImpact})
	w.run(30 * market.Second)
	posts := 0
	for _, c := range w.sent() {
		if c.Style == order.StylePost {
			posts++
			if c.Qty > 500 {
				t.Errorf("posted %d at once; want clips of 500", c.Qty)
			}
		}
	}
	if posts < 3 {
		t.Errorf("%d posts after the dark dried up; want a spray", posts)
	}
	for range 400 { // the posts fill, and are replenished until the block is done
		for _, id := range w.ids {
			if v := w.children[id]; v.Style == order.StylePost && !v.done {
				w.fill(id, v.Leaves, v.Limit)
			}
		}
		w.run(300 * market.Millisecond)
		if w.last().OrdStatus == '2' {
			break
		}
	}
	if got := w.last(); got.Cum != 60_000 {
		t.Errorf("block ended with %d filled of 60000, status %c", got.Cum, got.OrdStatus)
	}
}

func TestCancelCrossesFill(t *testing.T) { // RACE-01, matrix B.1.c
	w := newWorld(t, testConfig())
	w.autoFill = false
	w.parent("P1", order.Terms{Side: market.Buy, Qty: 1000, Type: order.Limit, Limit: 49 * market.Dollar})
	w.run(2 * market.Second)
	w.apply(&event.ParentCancelRequested{Client: "EMS", ClOrdID: "C1", OrigClOrdID: "P1"})
	if got := w.last(); got.ExecType != '6' || got.ClOrdID != "C1" || got.OrigClOrdID != "P1" {
		t.Fatalf("answer to a cancel is 150=%c 11=%s 41=%s", got.ExecType, got.ClOrdID, got.OrigClOrdID)
	}
	for _, id := range w.ids {
		if v := w.children[id]; !v.done {
			w.fill(id, v.Leaves, 49*market.Dollar)
		}
	}
	w.run(5 * market.Second)
	var total market.Qty
	for _, r := range w.reports {
		total += r.LastQty
		if r.ExecType == 'F' && r.OrdStatus != '6' && r.Cum < 1000 {
			t.Errorf("fill while the cancel was pending has 39=%c", r.OrdStatus)
		}
	}
	if w.e.parents[1].Cum != total || !w.e.parents[1].State.Done() {
		t.Errorf("parent filled %d, client was told %d, state %v", w.e.parents[1].Cum, total, w.e.parents[1].State)
	}
	if w.e.parents[1].State == order.Filled && (len(w.rejects) != 1 || w.rejects[0].Reason != 0) {
		t.Errorf("a filled order's cancel was answered by %+v; want too late", w.rejects)
	}
}

func TestDuplicateFillIsBookedOnce(t *testing.T) { // ER-12, ER-13
	w := newWorld(t, testConfig())
	w.autoFill = false
	w.parent("P1", order.Terms{Side: market.Buy, Qty: 1000, Type: order.Limit, Limit: 49 * market.Dollar})
	w.run(2 * market.Second)
	var id order.ChildID
	for _, i := range w.ids {
		if !w.children[i].done {
			id = i
		}
	}
	x := event.ChildExecuted{Child: id, ExecID: "E1", VenueOrderID: fmt.Sprint("V", id), Qty: 100, Px: 49 * market.Dollar, Cum: 100, Leaves: w.children[id].Qty - 100}
	first, second := x, x
	w.apply(&first)
	w.apply(&second)
	if got := w.e.parents[1].Cum; got != 100 {
		t.Errorf("a fill that came twice was booked as %d", got)
	}
	other := x
	other.Qty = 200
	w.apply(&other)
	if p := w.e.parents[1]; p.Hold != order.HoldFrozen || p.Cum != 100 {
		t.Errorf("the same execution with other content: hold %v, cum %d; want frozen at 100", p.Hold, p.Cum)
	}
}

func TestStaticOnlyIgnoresTheLearner(t *testing.T) { // SAF-03
	cfg := testConfig()
	cfg.Learning.Off = true
	w := newWorld(t, cfg)
	w.parent("P1", order.Terms{Side: market.Sell, Qty: 50_000, Strategy: order.Block})
	w.run(10 * market.Second)
	for _, d := range w.decided {
		if d.Chosen >= 0 && (d.Chosen != d.Static || d.Plans[d.Chosen].Prob != 1) {
			t.Fatalf("decision %d chose plan %d with probability %v although learning is off", d.Decision, d.Chosen, d.Plans[d.Chosen].Prob)
		}
	}
}

// The reference matrix of the product text: a 10,000-share market order in a mid-cap stock.
func TestScoreOfTheReferenceMatrix(t *testing.T) {
	rows := []ScoreInput{
		{LatencyUs: 550, FillRatePct: 65, FeeBps: .15, Impact: 2}, // A
		{LatencyUs: 700, FillRatePct: 40, FeeBps: .10, Impact: 1}, // B
		{LatencyUs: 150, FillRatePct: 98, FeeBps: .30, Impact: 8}, // X
		{LatencyUs: 250, FillRatePct: 95, FeeBps: .28, Impact: 7}, // Y
	}
	o := DefaultConfig().Objectives
	s := Score(nil, rows, o[order.Balanced])
	if !(s[0] > s[1] && s[1] > s[2] && s[2] > s[3]) {
		t.Errorf("balanced scores %v; want A > B > X > Y", s)
	}
	if s := Score(nil, rows, o[order.Speed]); !(s[2] > s[0] && s[2] > s[1] && s[2] > s[3]) {
		t.Errorf("speed scores %v; want X first", s)
	}
	rows[0].FeeBps, rows[1].FeeBps = 0, -.2
	for _, x := range Score(nil, rows, o[order.Balanced]) {
		if !(x >= 0 && x <= 10) {
			t.Errorf("zero and negative fees give score %v", x)
		}
	}
}
