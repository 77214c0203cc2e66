package router

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// pools is a world in which every dark wave goes to one of three pools, and only those of full ever fill: which pool is
// chosen is all that matters.
func pools(t testing.TB, tune func(*Config), full ...market.VenueID) *world {
	cfg := testConfig()
	cfg.Tactics.DarkVenues, cfg.Limits.MaxRepeats = 1, 0
	cfg.Limits.MaxClientMoney, cfg.Limits.MaxFirmMoney, cfg.Limits.MaxBasketMoney = 0, 0, 0
	if tune != nil {
		tune(&cfg)
	}
	w := newWorld(t, cfg)
	for _, v := range full {
		w.hidden[v] = 1 << 40
	}
	return w
}

// works works n orders one after the other, each a minute long, before each of them calls f.
func (w *world) works(n int, f func()) {
	for i := range n {
		if f != nil {
			f()
		}
		w.parent(fmt.Sprint("T", w.seq, "-", i), order.Terms{Side: market.Sell, Qty: 20_000, Strategy: order.Block, Objective: order.Speed, End: w.now.Add(market.Minute)})
		w.run(70 * market.Second)
	}
}

// dear makes the pool that the static plan likes best charge more than the others by 3 bps.
func dear(cfg *Config) { cfg.Venues[venueDarkA].Fees[0].PerShare[market.AddedMid] = 15_000 }

// taught is the posterior of an engine that explored such a world.
func taught(t testing.TB, tune func(*Config), full ...market.VenueID) []byte {
	w := pools(t, func(cfg *Config) {
		if tune != nil {
			tune(cfg)
		}
		cfg.Learning.Start, cfg.Learning.Ramp, cfg.Learning.Floor = 1-cfg.Learning.StaticMin, false, .5
	}, full...)
	w.works(80, nil)
	return w.e.Posterior(nil)
}

// shares gives the recorded shares of the decisions, as they changed.
func (w *world) shares() (out []float64) {
	for i := range w.decided {
		if d := &w.decided[i]; d.Chosen >= 0 && len(d.Plans) > 0 && (len(out) == 0 || out[len(out)-1] != d.M) {
			out = append(out, d.M)
		}
	}
	return out
}

// counted holds what became of the trials.
func (w *world) counted(t *testing.T, what string, want TrialCounts) {
	t.Helper()
	if got := w.e.Ramp().Trials; got != want {
		t.Errorf("%s: trials %+v, want %+v", what, got, want)
	}
}

// TestRampRaisesAnHonestLearner: a learner that knows which pool is dear gets all flow but the permanent static part, and the
// recorded shares are the ramp's (SAF-01).
func TestRampRaisesAnHonestLearner(t *testing.T) {
	w := pools(t, dear, venueDarkA, venueDarkB, venueDarkC)
	if err := w.e.Believe(taught(t, dear, venueDarkA, venueDarkB, venueDarkC)); err != nil {
		t.Fatal(err)
	}
	w.works(350, nil)
	share := .1
	if got, want := w.shares(), []float64{.1, 3 * share, 3 * (3 * share), .95}; !slices.Equal(got, want) {
		t.Errorf("shares of decisions %v, want %v", got, want)
	}
	if !w.alerted(event.Info, "SAF-02", "rises to 0.95") || w.alerted(event.Warn, "SAF-02", "") {
		t.Errorf("alerts %+v, want rises only", w.alerts)
	}
	if s := w.e.Ramp(); s.Trials.Told < 600 || s.Stage != 3 {
		t.Errorf("ramp %+v, want three stages of 200 outcomes or more", s)
	}
}

// TestRampLowersAMisledLearner: a learner that believes in pools that never fill loses its flow, forgets, and explores
// again; a frozen one only loses flow (SAF-02).
func TestRampLowersAMisledLearner(t *testing.T) {
	wrong := taught(t, nil, venueDarkC)
	for _, isFrozen := range []bool{false, true} {
		w := pools(t, func(cfg *Config) { cfg.Learning.Frozen = isFrozen }, venueDarkA)
		sd := func() float64 {
			phi := make([]float64, w.e.learner.bandit.Fill(armOf(venueDarkC, order.StyleDark)).Dim())
			phi[0] = 1
			return w.e.learner.bandit.Fill(armOf(venueDarkC, order.StyleDark)).Predict(phi).SD
		}
		var decisions int64
		for n := 0; n < 150 && w.e.Ramp().Share == .1; n++ { // it would learn better, so it is misled again and again
			w.works(1, func() {
				if err := w.e.Believe(wrong); err != nil {
					t.Fatal(err)
				}
				decisions = w.e.learner.explore.Decisions
			})
		}
		if got := w.e.Ramp(); got.Share != .05 || !w.alerted(event.Warn, "SAF-02", "falls to 0.05") {
			t.Fatalf("frozen %v: ramp %+v, alerts %+v; want a fall to .05", isFrozen, got, w.alerts)
		}
		after := sd()
		if err := w.e.Believe(wrong); err != nil {
			t.Fatal(err)
		}
		before := sd()
		x := w.e.learner.explore
		if tempered := after > 1.5*before; tempered == isFrozen {
			t.Errorf("frozen %v: the sd of what it believes is %v, of the same belief fresh %v", isFrozen, after, before)
		}
		if again := x.Alert > 0 && x.Decisions < decisions/2; again == isFrozen {
			t.Errorf("frozen %v: exploration %+v after %d decisions", isFrozen, x, decisions)
		}
		w.works(3, nil)
		if got := w.shares(); !slices.Equal(got, []float64{.1, .05}) {
			t.Errorf("frozen %v: shares of decisions %v, want .1, then .05", isFrozen, got)
		}
	}
}

// TestRampOffIsConstant: without a ramp the share stays, and with learning off the ramp changes no byte (SAF-03).
func TestRampOffIsConstant(t *testing.T) {
	w := pools(t, func(cfg *Config) { cfg.Learning.Ramp, cfg.Learning.Start = false, .3 }, venueDarkA)
	w.works(50, nil)
	if got := w.shares(); !slices.Equal(got, []float64{.3}) {
		t.Errorf("shares %v, want .3 for ever", got)
	}
	w.counted(t, "no ramp", TrialCounts{})
	var logs [2][]byte
	for i := range logs {
		w := pools(t, func(cfg *Config) { cfg.Learning.Off, cfg.Learning.Ramp = true, i == 0 }, venueDarkA)
		w.works(10, nil)
		w.counted(t, "learning off", TrialCounts{})
		if got := w.shares(); !slices.Equal(got, []float64{0}) {
			t.Errorf("learning off: shares %v", got)
		}
		logs[i] = w.log
	}
	if !bytes.Equal(logs[0], logs[1]) {
		t.Error("with learning off the ramp changes the commands")
	}
}

// TestRampReplays: the events of a run whose share moves give the same commands again, with a restored snapshot in the place
// of the engine now and then, and end in the same state (INV-09).
func TestRampReplays(t *testing.T) {
	w := pools(t, func(cfg *Config) { dear(cfg); cfg.Learning.Start = .5 }, venueDarkA, venueDarkC)
	w.works(250, nil)
	if len(w.shares()) < 2 {
		t.Fatalf("the share never moved: %+v", w.e.Ramp())
	}
	e := New()
	var log []byte
	for i, ev := range w.events {
		if i%997 == 500 {
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
	if got, want := e.Ramp(), w.e.Ramp(); got != want {
		t.Errorf("ramp %+v, want %+v", got, want)
	}
}

// oneWave gives a world after its first dark decision, with that trial and the child.
func oneWave(t *testing.T) (*world, *trial, *childState) {
	w := pools(t, func(cfg *Config) { cfg.Tactics.DarkTries = 1 })
	w.autoFill = false
	w.parent("A", order.Terms{Side: market.Sell, Qty: 5_000, Strategy: order.Block, End: w.now.Add(10 * market.Minute)})
	for range 20 {
		w.run(100 * market.Millisecond)
		for _, c := range w.e.parents[1].children {
			if x := w.e.learner.trials.find(c.Decision); x != nil && c.Style == order.StyleDark {
				return w, x, c
			}
		}
	}
	t.Fatal("no dark decision was randomized")
	return nil, nil, nil
}

// TestTrialCost is the realized cost by hand (learning text 1.1): the distance of the fill from the decision's mid, its fee,
// the markout's negative at 10 s, and the price of finishing later for the rest; a bust of the fill leaves only that.
func TestTrialCost(t *testing.T) {
	w, x, c := oneWave(t)
	q := c.Qty / 2
	opp, want := x.opp, x.want
	id := x.decision
	w.fill(c.ID, q, 50*market.Dollar) // half a tick, 1 bp, below the mid
	w.settle()
	w.quote(49*market.Dollar+990_000, 50*market.Dollar) // the mid falls by a tick, in favor of a seller who is done
	w.run(5 * market.Second)
	if x.state != trialOpen {
		t.Fatalf("told before the markout at 10 s: %+v", x)
	}
	w.run(9 * market.Second)
	x = w.e.learner.trials.find(id)
	mid := 50*market.Dollar + 5000.
	fee := 1000 / mid * 1e4
	tox := -10_000 / mid * 1e4
	got := float64(q) / float64(want)
	if cost := got*(5000/mid*1e4+fee+tox) + (1-got)*opp; x.state != trialTold || math.Abs(x.cost-cost) > 1e-9 {
		t.Errorf("state %d, cost %v, want told and %v", x.state, x.cost, cost)
	}
	before := w.e.Ramp().Trials
	w.apply(&event.ExecutionBusted{Child: c.ID, ExecID: "BUST", RefExecID: "X1"})
	if x = w.e.learner.trials.find(id); math.Abs(x.cost-opp) > 1e-12 {
		t.Errorf("cost %v after the bust, want %v", x.cost, opp)
	}
	before.Revised++
	w.counted(t, "after the bust", before)
	costs := w.costs(id)
	if len(costs) != 2 || costs[0].Sent != want || costs[0].Got != q || costs[1].Got != 0 || costs[1].Value != x.cost {
		t.Errorf("recorded %+v, want the cost, and the one after the bust", costs)
	}
}

// costs are the recorded costs of a decision.
func (w *world) costs(decision uint64) (out []event.RecordOutcome) {
	for i := range w.outcomes {
		if o := &w.outcomes[i]; o.What == event.OutcomeCost && o.Decision == decision {
			out = append(out, *o)
		}
	}
	return out
}

// TestCostsAreRecorded: every decision that chose among plans and sent all of its children has its cost recorded once, with
// and without a ramp, and with learning off.
func TestCostsAreRecorded(t *testing.T) {
	for name, tune := range map[string]func(*Config){
		"ramp": nil, "no ramp": func(cfg *Config) { cfg.Learning.Ramp = false }, "off": func(cfg *Config) { cfg.Learning.Off = true },
	} {
		w := pools(t, tune, venueDarkA)
		w.works(10, nil)
		w.run(10 * market.Minute)
		chosen := 0
		for i := range w.decided {
			d := &w.decided[i]
			if d.Stage == event.StageHold || len(d.Plans) < 2 || d.Void {
				continue
			}
			chosen++
			if got := w.costs(d.Decision); len(got) != 1 || got[0].Refused != "" || got[0].Sent != d.Want || got[0].Parent != d.Parent {
				t.Errorf("%s: decision %d wanted %d of parent %d: %+v", name, d.Decision, d.Want, d.Parent, got)
			}
		}
		if chosen < 10 {
			t.Errorf("%s: %d decisions had a choice", name, chosen)
		}
	}
}

// TestTrialOfAMovedPost: a child that left its decision's place counts as ended there, at once if it had filled nothing and
// else with its fills' markouts; what it fills elsewhere is not the decision's (learning text 6).
func TestTrialOfAMovedPost(t *testing.T) {
	w, x, c := oneWave(t)
	before := w.e.Ramp().Trials
	w.e.leftItsPlace(c)
	before.Told++
	before.Moved++
	w.counted(t, "moved with nothing filled", before)
	if x.state != trialTold || x.cost != x.opp {
		t.Errorf("state %d, cost %v; want told and the price of finishing later, %v", x.state, x.cost, x.opp)
	}

	w, x, c = oneWave(t)
	id, want, opp, q := x.decision, x.want, x.opp, c.Qty/4
	w.fill(c.ID, q, 50*market.Dollar)
	w.settle()
	w.e.leftItsPlace(c)
	w.fill(c.ID, q, 50*market.Dollar+10_000) // elsewhere, and dearer
	w.settle()
	if x = w.e.learner.trials.find(id); x.state != trialOpen {
		t.Fatalf("told before the markout at 10 s: %+v", x)
	}
	w.run(11 * market.Second)
	mid := 50*market.Dollar + 5000.
	got := float64(q) / float64(want)
	cost := got*(5000/mid*1e4+1000/mid*1e4) + (1-got)*opp
	if x = w.e.learner.trials.find(id); x.state != trialTold || math.Abs(x.cost-cost) > 1e-9 {
		t.Errorf("state %d, cost %v, want told and %v", x.state, x.cost, cost)
	}
	if got := w.costs(id); len(got) != 1 || !got[0].Censored || got[0].Got != q || got[0].Value != x.cost {
		t.Errorf("recorded %+v, want the ramp's cost, cut short", got)
	}
}

// TestTrialsDropped: a decision whose child never left, or is not known in time, is not used; a bust of one that nobody
// remembers is counted.
func TestTrialsDropped(t *testing.T) {
	w, _, c := oneWave(t)
	before := w.e.Ramp().Trials
	c.State, c.WireAt = order.PendingNew, 0
	w.apply(&event.ChildDenied{Child: c.ID, Reason: "no session"})
	before.Void++
	w.counted(t, "denied", before)

	w, x, c := oneWave(t)
	w.fill(c.ID, c.Qty, 50*market.Dollar)
	w.settle()
	x.at = w.now.Add(-trialFor - 1)
	before = w.e.Ramp().Trials
	w.run(11 * market.Second)
	if got := w.e.Ramp().Trials.Overdue; got != before.Overdue+1 {
		t.Errorf("%d overdue, want %d", got, before.Overdue+1)
	}
	w.e.learner.trials.list, w.e.learner.trials.first = nil, 0
	before = w.e.Ramp().Trials
	w.apply(&event.ExecutionBusted{Child: c.ID, ExecID: "BUST", RefExecID: "X1"})
	if got := w.e.Ramp().Trials.Unknown; got != before.Unknown+1 {
		t.Errorf("%d unknown revisions, want %d", got, before.Unknown+1)
	}
}

// TestTrialsAreBounded: memory stays within both bounds, the rest is found, and nothing is allocated once it is there.
func TestTrialsAreBounded(t *testing.T) {
	var ts trials
	now := market.Time(market.Hour)
	next := uint64(0)
	begin := func() {
		next++
		now = now.Add(market.Millisecond)
		x := ts.begin(now)
		x.decision, x.at, x.ramp, x.state = next, now, true, trialOpen
	}
	for range 3 * mostTrials {
		begin()
	}
	if n := len(ts.list) - ts.first; n != mostTrials || ts.counts.Overdue != 2*mostTrials {
		t.Errorf("%d remembered, %d dropped; want %d and %d", n, ts.counts.Overdue, mostTrials, 2*mostTrials)
	}
	for _, c := range []struct {
		id   uint64
		want bool
	}{{next, true}, {next - mostTrials + 1, true}, {next - mostTrials, false}, {next + 1, false}} {
		if x := ts.find(c.id); (x != nil) != c.want || x != nil && x.decision != c.id {
			t.Errorf("decision %d of %d: %+v, want found %v", c.id, next, x, c.want)
		}
	}
	if n := testing.AllocsPerRun(3*mostTrials, begin); n != 0 {
		t.Errorf("%v allocations a trial", n)
	}
	now = now.Add(2 * trialFor)
	begin()
	if n := len(ts.list) - ts.first; n != 1 || ts.find(next) == nil {
		t.Errorf("%d remembered after a pause, want 1", n)
	}
}
