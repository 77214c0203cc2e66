package router

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// losing is a world whose learner has most of the flow and believes in pools that never fill, until its day's loss is over
// the limit.
func losing(t *testing.T, limit float64) *world {
	wrong := taught(t, nil, venueDarkC)
	w := pools(t, func(cfg *Config) {
		cfg.Learning.Start, cfg.Learning.DayLossBps, cfg.Learning.Frozen = .8, limit, true
		cfg.Clients = []ClientPolicy{{Name: "OUT", NoExplore: true}}
	}, venueDarkA)
	w.dawn()
	for n := 0; n < 120 && !w.e.Ramp().Held; n++ {
		w.works(1, func() {
			if err := w.e.Believe(wrong); err != nil {
				t.Fatal(err)
			}
		})
	}
	return w
}

// dawn lets the next day begin.
func (w *world) dawn() {
	const day = 24 * market.Hour
	w.now = market.Time(int64(w.now)/day*day + day + market.Minute)
	w.quote(50*market.Dollar, 50*market.Dollar+10_000)
}

// steer is a person's decision, and the answer to it.
func (w *world) steer(hold bool, actor string) event.AnswerPerson {
	w.apply(&event.LearningSteered{Hold: hold, Actor: actor, Reason: "drill"})
	return w.answers[len(w.answers)-1]
}

// TestDayLossHolds is SAF-04: a learner that lost more than the day's limit has 5 % of the flow, people are called, and neither
// outcomes nor a new day, a restart, another configuration or a snapshot ends that; a person does.
func TestDayLossHolds(t *testing.T) {
	w := losing(t, 1)
	held := w.e.Learning()
	if !held.Held || held.Share != .05 || held.LossBps <= 1 || held.Outcomes < lossFirst || held.LossBps < 3*held.ErrorBps || held.Loss <= 0 {
		t.Fatalf("%+v; want a hold at .05 with a loss over 1 bp", held)
	}
	if !w.alerted(event.Page, "SAF-04", "the day's limit is 1 bps: its share of flow is held at 0.05") {
		t.Errorf("alerts %+v, want a page", w.alerts)
	}
	still := func(what string, e *Engine) {
		t.Helper()
		if r := e.Learning(); !r.Held || r.Share != .05 || r.Since != held.Since || r.Why != held.Why {
			t.Errorf("%s: %+v, want it held as before", what, r)
		}
	}
	from := len(w.decided)
	w.works(60, nil)
	still("after more outcomes", w.e)
	for _, d := range w.decided[from:] {
		if d.Chosen >= 0 && d.M > .05 {
			t.Fatalf("decision %d has a share of %v during the hold", d.Decision, d.M)
		}
	}
	still("restored", restored(t, w.e))
	w.dawn()
	still("the next day", w.e)
	if r := w.e.Learning(); r.Outcomes != 0 || r.Loss != 0 || r.Date == held.Date {
		t.Errorf("the next day's loss begins with %+v", r)
	}
	cfg := w.e.cfg
	for _, change := range []func(){
		func() {},
		func() { cfg.Learning.Ramp = false },
		func() { cfg.Learning.Ramp, cfg.Learning.Start, cfg.Learning.DayLossBps = true, .9, 0 },
		func() {
			cfg.Venues = append(cfg.Venues, cfg.Venues[venueLitX])
			cfg.Venues[len(cfg.Venues)-1].Name = "NEW"
		},
	} {
		change()
		w.configured(cfg)
		still("another configuration", w.e)
	}
}

// TestDayLossOptOut: while the learner is held, a client that opted out of exploration gets the static plan, never the plan
// that lost.
func TestDayLossOptOut(t *testing.T) {
	w := losing(t, 1)
	from := len(w.decided)
	w.apply(&event.ParentReceived{Client: "OUT", ClOrdID: "O", Terms: order.Terms{Symbol: "ABC", Type: order.Market, Side: market.Sell, Qty: 20_000,
		Strategy: order.Block, Objective: order.Speed, End: w.now.Add(market.Minute)}})
	w.run(70 * market.Second)
	n := 0
	for _, d := range w.decided[from:] {
		if d.Chosen >= 0 && len(d.Plans) > 1 {
			if n++; d.Chosen != d.Static || d.Plans[d.Chosen].Prob != 1 {
				t.Fatalf("decision %d drew plan %d with %v, static is %d", d.Decision, d.Chosen, d.Plans[d.Chosen].Prob, d.Static)
			}
		}
	}
	if n == 0 {
		t.Error("no decision had a choice")
	}
}

// TestDayLossIsReleasedByAPerson: with a name and a reason; the share is what it was before, and the loss begins anew.
func TestDayLossIsReleasedByAPerson(t *testing.T) {
	w := losing(t, 1)
	if a := w.steer(false, ""); !a.Refused || !w.e.Ramp().Held {
		t.Errorf("nobody released it: %+v", a)
	}
	if a := w.steer(true, "ann"); !a.Refused || !strings.Contains(a.Text, "held already") {
		t.Errorf("a hold of what is held: %+v", a)
	}
	before := w.e.learner.ramp.Stage()
	a := w.steer(false, "ann")
	r := w.e.Learning()
	if a.Refused || r.Held || r.Outcomes != 0 || r.Loss != 0 || r.Share <= .05 || w.e.learner.ramp.Stage() != before+1 {
		t.Errorf("released: %+v, %+v, stage %d", a, r, w.e.learner.ramp.Stage())
	}
	if !w.alerted(event.Warn, "SAF-04", "released by ann: drill") {
		t.Errorf("alerts %+v", w.alerts)
	}
	if a := w.steer(false, "ann"); !a.Refused || !strings.Contains(a.Text, "is not held") {
		t.Errorf("released twice: %+v", a)
	}
	if a := w.steer(true, "bob"); a.Refused || w.e.Learning().Share != .05 || w.e.Learning().Why != "held by bob: drill" {
		t.Errorf("held by a person: %+v, %+v", a, w.e.Learning())
	}
}

// TestDayLossReplays: the events of a hold, a release and a hold again give the same commands and state, with restored
// snapshots between (INV-09).
func TestDayLossReplays(t *testing.T) {
	w := pools(t, func(cfg *Config) {
		cfg.Learning.Start, cfg.Learning.DayLossBps, cfg.Learning.Gamma0, cfg.Learning.ExploreBudgetBps = .8, .001, .01, 1e4
	}, venueDarkA)
	w.dawn()
	for n := 0; n < 120 && !w.e.Ramp().Held; n++ { // it knows nothing yet, and explores dearly
		w.works(1, nil)
	}
	if !w.e.Ramp().Held {
		t.Fatalf("not held: %+v", w.e.Learning())
	}
	w.works(5, nil)
	w.steer(false, "ann")
	w.works(5, nil)
	w.steer(true, "bob")
	w.works(5, nil)
	e := New()
	var log []byte
	for i, ev := range w.events {
		if i%1999 == 500 {
			e = restored(t, e)
		}
		for _, cmd := range e.Apply(ev) {
			log = append(log, byte(cmd.Kind()), byte(cmd.Kind()>>8))
			log = event.Append(log, cmd)
		}
	}
	if !bytes.Equal(log, w.log) || !bytes.Equal(e.AppendSnapshot(nil), w.e.AppendSnapshot(nil)) {
		t.Error("the replay differs")
	}
}

// TestDayLossSparesAnHonestLearner: a learner that earns is never held, nor is one without a limit.
func TestDayLossSparesAnHonestLearner(t *testing.T) {
	w := pools(t, func(cfg *Config) { dear(cfg); cfg.Learning.Start = .8 }, venueDarkA, venueDarkB, venueDarkC)
	if err := w.e.Believe(taught(t, dear, venueDarkA, venueDarkB, venueDarkC)); err != nil {
		t.Fatal(err)
	}
	w.dawn()
	w.works(100, nil)
	if r := w.e.Learning(); r.Held || r.Outcomes < lossFirst || r.LossBps >= 0 {
		t.Errorf("%+v; want a gain over %d outcomes or more", r, lossFirst)
	}
	w = losing(t, 0)
	if r := w.e.Learning(); r.Held || r.LossBps <= 1 {
		t.Errorf("without a limit: %+v; want a loss over 1 bp and no hold", r)
	}
}

// TestDayLossSum is the sum by hand: m·d of every outcome, by money with what was to be placed, over what was filled; one that
// is told anew replaces what it was, in its own period only.
func TestDayLossSum(t *testing.T) {
	w, x, _ := oneWave(t)
	x.share, x.static, x.chosen, x.plans = .5, 0, 1, 2
	x.p, x.learned, x.costs = [mostPlans]float64{.5, .5}, [mostPlans]float64{0, 1}, [mostPlans]float64{1, 2}
	x.cost = 4 // d = (2 − 1) + 1/.5·(4 − 2) = 5
	s := &w.e.learner.loss
	base := *s
	w.e.lose(x, x.want/2)
	placed := float64(x.want) * x.mid.Dollars()
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9*math.Max(1, math.Abs(want)) {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	near("bps·decisions", s.bps-base.bps, 2.5)
	near("dollars", s.dollars-base.dollars, 2.5e-4*placed)
	near("filled", s.value-base.value, float64(x.want/2)*x.mid.Dollars())
	bps, err := s.lossBps()
	near("loss", bps, 2.5*placed/s.value)
	near("its standard error", err, bps) // of one outcome
	x.cost = 2                           // d = 1
	w.e.lose(x, x.want)
	near("revised bps·decisions", s.bps-base.bps, .5)
	near("revised dollars", s.dollars-base.dollars, .5e-4*placed)
	near("revised filled", s.value-base.value, placed)
	near("outcomes", float64(s.n-base.n), 1)
	s.begin(s.date)
	w.e.lose(x, 0)
	if s.n != 0 || s.bps != 0 || s.value != 0 {
		t.Errorf("an outcome of an earlier period counts: %+v", s)
	}
}

// TestDayLossClusters: the squares of its error are of parents' sums, so that many draws of one parent count as one (SAF-04).
func TestDayLossClusters(t *testing.T) {
	var s dayLoss
	for _, x := range []struct{ dollars, parent, want float64 }{{3, 0, 9}, {4, 3, 49}, {-2, 7, 25}, {5, 0, 50}} {
		if s.add(0, x.dollars, x.parent); s.squares != x.want {
			t.Errorf("after %v of a parent at %v: %v, want %v", x.dollars, x.parent, s.squares, x.want)
		}
	}
	w := pools(t, func(cfg *Config) { cfg.Learning.Start = .8 }, venueDarkA)
	w.dawn()
	w.works(20, nil)
	lost, squares := 0.0, 0.0
	for _, p := range w.e.parents {
		if p.lostIn == w.e.learner.loss.period {
			lost, squares = lost+p.lost, squares+p.lost*p.lost
		}
	}
	if got := &w.e.learner.loss; got.n == 0 || math.Abs(lost-got.dollars) > 1e-6 || math.Abs(squares-got.squares) > 1e-6*squares {
		t.Errorf("parents lost %v, squares %v; the day says %v, %v over %d outcomes", lost, squares, got.dollars, got.squares, got.n)
	}
}
