package router

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/models"
	"github.com/sluice-sor/sluice/models/modeltest"
)

// The tests are valid at every look: where the predecessor is no better, whatever the differences look like, it is proved better in
// at most α/3, of both tests, of all runs; and where it is by a tenth of a nat, soon (SWP-05). Each order has nine children, a second apart, whose
// outcomes have the share of their variance in common that markouts have in simulated markets, or more.
func TestABetIsValidAtEveryLook(t *testing.T) {
	if got := math.Log(6 / vigilAlpha); math.Abs(got-vigilDemotes) > 1e-12 {
		t.Fatalf("a model is demoted at %v, want ln(6/α) = %v", vigilDemotes, got)
	}
	r := rand.New(rand.NewPCG(3, 4))
	alike := func(sd, common float64) func(float64) float64 {
		return func(shared float64) float64 {
			return sd * (math.Sqrt(common)*shared + math.Sqrt(1-common)*r.NormFloat64())
		}
	}
	worse := func(d func(float64) float64, by float64) func(float64) float64 {
		return func(shared float64) float64 { return d(shared) + by }
	}
	for _, c := range []struct {
		name string
		draw func(shared float64) float64
		most float64 // share of runs in which the bet is won
		fast int     // outcomes by which nine of ten are; 0: never
	}{
		{"alike", alike(.25, 0), vigilAlpha / 3, 0},
		{"alike, in markets that move", alike(.25, .225), vigilAlpha / 3, 0},
		{"alike, in markets that move as one", alike(.25, .6), vigilAlpha / 3, 0},
		{"rare accidents", func(float64) float64 { // a gain of .1 nineteen times of twenty, and a loss of 1.9
			if r.IntN(20) == 0 {
				return 1.9
			}
			return -.1
		}, vigilAlpha / 3, 0},
		{"the newer one is better", worse(alike(.5, .225), -.1), vigilAlpha / 3, 0},
		{"the newer one is a little worse", worse(alike(.25, .225), .1), 1, 3500},
		{"the newer one is worse", worse(alike(.25, .225), .5), 1, 200},
		{"the newer one is sure and wrong", func(float64) float64 { return 5 }, 1, 15},
	} {
		const runs, orders, children = 600, 500, 9
		won, soon := 0, 0
		for range runs {
			var b bet
			now := market.Time(market.Hour)
		run:
			for i := range orders {
				shared := r.NormFloat64()
				for j := range children {
					now = now.Add(market.Second)
					if b.see(c.draw(shared), vigilMargin, now.Add(-10*market.Second), now) {
						won++
						if i*children+j < c.fast {
							soon++
						}
						break run
					}
				}
			}
		}
		// three standard errors of a share of that size
		if share := float64(won) / runs; share > c.most+3*math.Sqrt(c.most/runs) {
			t.Errorf("%s: the predecessor was proved better in %.3f of the runs, want at most %.4f", c.name, share, c.most)
		}
		if c.fast > 0 && soon < runs*9/10 {
			t.Errorf("%s: within %d outcomes it was proved in %d of %d runs", c.name, c.fast, soon, runs)
		}
	}
}

// Where outcomes are rare, few of them make one observation. A newer model that is seldom better, and then by much, is proved worse no
// more often than any that is as good: one that says of fills 90 %, and its predecessor 99 %, where 95 % come, is even better (SWP-05).
func TestABetOnRareOutcomes(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, c := range []struct{ often, seldom float64 }{{math.Log(.99 / .9), math.Log(.01 / .1)}, {.1, -1.9}} {
		const runs, outcomes = 600, 2000
		won := 0
		for range runs {
			var b bet
			now := market.Time(market.Hour)
			for range outcomes {
				d := c.often
				if r.IntN(20) == 0 {
					d = c.seldom
				}
				if now = now.Add(20 * market.Second); b.see(d, vigilMargin, now.Add(-10*market.Second), now) {
					won++
					break
				}
			}
		}
		if share, most := float64(won)/runs, vigilAlpha/3; share > most+3*math.Sqrt(most/runs) {
			t.Errorf("%.2g, seldom %.2g nats: the predecessor was proved better in %.3f of the runs, want at most %.4f", c.often, c.seldom, share, most)
		}
	}
}

// No two observations of the calm test are of one time: with markouts of a minute there is one in 62 seconds.
func TestObservationsDoNotOverlap(t *testing.T) {
	for _, c := range []struct {
		horizon int64
		want    int
	}{{0, 233}, {10 * market.Second, 59}, {market.Minute, 12}} {
		var b bet
		n, now, weight := 0, market.Time(market.Hour), 0.
		for range 700 {
			now = now.Add(market.Second)
			if b.see(.1, vigilMargin, now.Add(-c.horizon), now); b.calm.weight != weight {
				n, weight = n+1, b.calm.weight
			}
		}
		if n != c.want {
			t.Errorf("outcomes known after %d s: %d observations in 700 s, want %d", c.horizon/market.Second, n, c.want)
		}
	}
}

// A good time does not hide a bad one after it for long.
func TestABetForgets(t *testing.T) {
	var k capital
	for range 2000 {
		k.bet(-.2)
	}
	for n := 0; k.log < vigilDemotes; n++ {
		if k.bet(.5); n > 300 {
			t.Fatalf("after 2,000 good outcomes 300 bad ones prove nothing: %+v", k)
		}
	}
}

// A canary is stopped as a model that serves all is demoted; the parents that it served go over, and arriving ones stay away.
func TestACanaryIsStopped(t *testing.T) {
	w := random(t, 5)
	w.orders(40)
	m := w.learned(2000)
	poisons["one venue"](m)
	modeltest.Probe(m, 16)
	b := m.AppendBinary(nil)
	id := models.ID(b)
	w.activate(event.ModeCanary, id, b, .5)
	for i := 0; w.changes[len(w.changes)-1].What != event.ModelDemoted; i++ {
		if i > 400 {
			t.Fatalf("the canary sings still: %+v", w.e.learner.vigil)
		}
		w.orders(1)
	}
	got := w.changes[len(w.changes)-1]
	if got.Serving != Model || got.Beside != id || got.Share != 0 || !w.alerted(event.Warn, "MOP-20", "serves no parent any more") {
		t.Errorf("recorded %+v", got)
	}
	from := len(w.decided)
	w.orders(10)
	if names := w.modelsOf(w.decided[from:]); len(names) != 1 || names[0] != Model {
		t.Errorf("after it was stopped %q decide", names)
	}
}

// A shadow serves nobody: however wrong it is, it stays where it is.
func TestAShadowIsNotDemoted(t *testing.T) {
	w := random(t, 5)
	w.orders(20)
	m := w.learned(300)
	poisons["huge"](m)
	modeltest.Probe(m, 16)
	b := m.AppendBinary(nil)
	w.activate(event.ModeShadow, models.ID(b), b, 0)
	w.orders(60)
	if got := w.changes[len(w.changes)-1]; got.What != event.ModelShadow || !w.e.learner.vigil.fills.proved() {
		t.Errorf("recorded %+v, %+v", got, w.e.learner.vigil.fills)
	}
}

// MOP-21: a model whose orders venues reject is demoted; where they rejected those of its predecessor as often, it is not.
func TestAModelWhoseOrdersAreRejectedIsDemoted(t *testing.T) {
	for _, before := range []uint64{0, 400} { // answers of the predecessor's, every third a reject
		w := random(t, 5)
		l := &w.e.learner
		for i := range before {
			l.bandit.ObserveAnswer(int(venueDarkA)*armsPerVenue, 1<<40+i, l.trading, .001, i%3 == 0)
		}
		id, b := w.artifact(1, nil)
		w.activate(event.ModeServe, id, b, 0)
		for i := range order.ChildID(60) {
			c := &childState{view: &prediction{slot: l.serial}}
			c.ID, c.Venue, c.Style = 1<<41+i, venueDarkA, order.StyleDark
			if l.name == id {
				w.e.tellAnswer(c, .001, i%3 == 0)
			}
		}
		if want := map[bool]string{true: Model, false: id}[before == 0]; l.name != want {
			t.Errorf("with %d answers before, %s serves after 60 answers of which every third was a reject, want %s", before, l.name, want)
		}
	}
}

// TEST-61: should a model that passed its checks say what is no figure, nothing is decided by it, and it is gone.
func TestWhatIsNoFigureDecidesNothing(t *testing.T) {
	for _, mode := range []event.ModelMode{event.ModeServe, event.ModeCanary} {
		w := random(t, 5)
		id, b := w.artifact(1, nil)
		w.activate(mode, id, b, .9)
		for _, sl := range w.e.learner.slots() {
			for i := range sl.leaks {
				sl.leaks[i] = math.NaN()
			}
		}
		w.orders(5)
		for i := range w.decided {
			for _, p := range w.decided[i].Plans {
				if p.CostBps != p.CostBps {
					t.Fatalf("%v: decision %d by %s costs %v", mode, i, w.decided[i].Model, p.CostBps)
				}
			}
		}
		if got := w.changes[len(w.changes)-1]; got.What != event.ModelDemoted || got.Model != id || got.Serving != Model {
			t.Errorf("%v: recorded %+v, want %s demoted", mode, got, id)
		}
	}
}

// MOP-20: nothing drives the predecessor of a model that was just promoted away, so a poisoned one is demoted although somebody asks
// for a shadow meanwhile; once it has proved itself, by its outcomes or for a day, there is room.
func TestAPromotionKeepsItsPredecessor(t *testing.T) {
	w, bad := poisoned(t, event.ModeServe, 0)
	other, artifact := w.artifact(9, nil)
	for _, mode := range []event.ModelMode{event.ModeShadow, event.ModeCanary} {
		got := w.activate(mode, other, artifact, .1)
		if got.What != event.ModelRefused || got.Serving != bad || got.Beside != Model {
			t.Fatalf("%v beside a promotion: recorded %+v", mode, got)
		}
		until := w.e.learner.vigil.since.Add(vigilProvesIn).String()
		for _, want := range []string{bad, Model, "2000 outcomes", until, "roll"} {
			if !strings.Contains(got.Reason, want) {
				t.Errorf("%v: %q does not say %q", mode, got.Reason, want)
			}
		}
	}
	for range 200 {
		if w.orders(1); w.lastDemoted(bad) != nil {
			break
		}
	}
	if got := w.lastDemoted(bad); got == nil || got.Serving != Model {
		t.Fatalf("the poisoned model serves on: %+v", w.e.learner.vigil)
	}
	if got := w.activate(event.ModeShadow, other, artifact, 0); got.What != event.ModelShadow {
		t.Errorf("after the demotion: recorded %+v", got)
	}
	for name, prove := range map[string]func(v *vigil){
		"outcomes": func(v *vigil) { v.fills.n = vigilProves },
		"a day":    func(v *vigil) { v.since = w.now.Add(-vigilProvesIn) },
	} {
		if got := w.activate(event.ModeServe, other, artifact, 0); got.What != event.ModelServing {
			t.Fatalf("recorded %+v", got)
		}
		third, bytes := w.artifact(10, nil)
		prove(&w.e.learner.vigil)
		if got := w.activate(event.ModeShadow, third, bytes, 0); got.What != event.ModelShadow || got.Beside != third {
			t.Errorf("after %s: recorded %+v", name, got)
		}
		w.activate(event.ModeServe, Model, nil, 0)
	}
}
