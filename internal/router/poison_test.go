package router

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/features"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/models"
	"github.com/sluice-sor/sluice/models/modeltest"
)

// pool is the truth of a dark pool: how likely it fills a child, how much of it, and how far the mid then goes against us.
type poolTruth struct {
	odds, more float64 // of the first lot, and of each further one
	tox        float64 // bps
}

// random is a world whose dark pools fill at random, and in which the mid moves after fills.
func random(t testing.TB, seed uint64) *world {
	w := pools(t, func(cfg *Config) { cfg.Seed = seed })
	w.pools = map[market.VenueID]poolTruth{venueDarkA: {.6, .9, .2}, venueDarkB: {.4, .8, 1}, venueDarkC: {.2, .95, 3}}
	return w
}

// drawn is how much a random pool has for a child.
func (p poolTruth) drawn(w *world, child market.Qty) (q market.Qty) {
	if w.rng.Float64() >= p.odds {
		return 0
	}
	for q = 100; q < child && w.rng.Float64() < p.more; q += 100 {
	}
	return min(q, child)
}

// moves lets the mid go against a fill of side by whole ticks of 2 bps, so far on average, and about at random.
func (p poolTruth) moves(w *world, side market.Side) {
	ticks := 0
	if w.rng.IntN(4) == 0 {
		ticks = w.rng.IntN(3) - 1
	}
	if w.rng.Float64() < p.tox/2-float64(int(p.tox/2)) {
		ticks -= int(side.Sign())
	}
	ticks -= int(p.tox/2) * int(side.Sign())
	w.ticks += ticks
	bid := 50*market.Dollar + market.Price(w.ticks)*10_000
	for v := range w.e.venues {
		if w.e.venues[v].Type.Displayed() {
			w.todo = append(w.todo, &event.BookChanged{Venue: market.VenueID(v), Symbol: "ABC", Bids: []market.Level{{Price: bid, Size: 2000}}, Asks: []market.Level{{Price: bid + 10_000, Size: 2000}}})
		}
	}
}

// orders works n orders of either side.
func (w *world) orders(n int) {
	for i := range n {
		side := [...]market.Side{market.Buy, market.Sell}[w.rng.IntN(2)]
		w.ticks = 0
		w.quote(50*market.Dollar, 50*market.Dollar+10_000)
		w.parent(fmt.Sprint("R", w.seq, "-", i), order.Terms{Side: side, Qty: 6000, Strategy: order.Block, Objective: order.Speed, End: w.now.Add(30 * market.Second)})
		w.run(40 * market.Second)
	}
}

// learned is a model of what the model that serves knows now, as an offline fit might give it, with so much information in each
// coefficient.
func (w *world) learned(precision float64) *models.Model {
	_, b := w.artifact(1, nil)
	m, err := models.Parse(b)
	if err != nil {
		w.t.Fatal(err)
	}
	m.Kinds = nil
	for i := range m.Arms {
		a := &m.Arms[i]
		venue := -1
		for v := range w.e.venues {
			if w.e.venues[v].Name == a.Venue {
				venue = v
			}
		}
		arm := venue * armsPerVenue
		if a.Takes {
			arm++
		}
		l := w.e.learner.bandit
		a.Fill, a.Leak = gaussian(l.Fill(arm).Theta(nil), precision), 0
		phi := [features.Dim]float64{1}
		for h := range a.Toxicity {
			head := l.Toxicity(arm, bandit.Horizon(h))
			a.Toxicity[h], a.Noise[h] = gaussian(head.Theta(nil), precision), head.Predict(phi[:]).Noise
		}
		if hazard := l.Hazard(arm); hazard != nil {
			a.Hazard = gaussian(hazard.Theta(nil), precision)
		}
		if size := l.Size(arm); size != nil {
			for b := range models.SizeBins {
				mean, _ := size.Hazard(b)
				a.SizeA[b], a.SizeB[b] = precision*mean, precision*(1-mean)
			}
		}
	}
	return m
}

func gaussian(mean []float64, precision float64) models.Gaussian {
	p := bandit.Diagonal(mean, make([]float64, len(mean)))
	for i := range mean {
		p.Precision[i*(len(mean)+1)] = precision
	}
	return models.Gaussian{Mean: p.Mean, Precision: p.Precision}
}

// served lets a model serve until it is demoted, for at most so many decisions of its, and gives how many it took; the record of
// its demotion is nil if it was not.
func (w *world) served(m *models.Model, most int) (decisions int, demoted *event.RecordModel) {
	w.t.Helper()
	modeltest.Probe(m, 16)
	b := m.AppendBinary(nil)
	id := models.ID(b)
	w.apply(&event.TrainingCut{})
	if got := w.activate(event.ModeServe, id, b, 0); got.What != event.ModelServing {
		w.t.Fatalf("the model is no valid one: %+v", got)
	}
	from := len(w.decided)
	for decisions < most && w.e.learner.name == id {
		w.orders(1)
		decisions = 0
		for i := range w.decided[from:] {
			if w.decided[from+i].Model == id {
				decisions++
			}
		}
	}
	if w.e.learner.name != id {
		demoted = &w.changes[len(w.changes)-1]
	}
	return decisions, demoted
}

// poisons are valid models that are wrong, made of what is known.
var poisons = map[string]func(m *models.Model){
	"constant": func(m *models.Model) {
		for i := range m.Arms {
			a := &m.Arms[i]
			clear(a.Fill.Mean)
			a.Fill.Mean[0] = 3
			for h := range a.Toxicity {
				clear(a.Toxicity[h].Mean)
				a.Toxicity[h].Mean[0] = -5
			}
		}
	},
	"inverted": func(m *models.Model) {
		for i := range m.Arms {
			for j := range m.Arms[i].Fill.Mean {
				m.Arms[i].Fill.Mean[j] *= -1
			}
			for h := range m.Arms[i].Toxicity {
				for j := range m.Arms[i].Toxicity[h].Mean {
					m.Arms[i].Toxicity[h].Mean[j] *= -1
				}
			}
		}
	},
	"one venue": func(m *models.Model) {
		for i := range m.Arms {
			a := &m.Arms[i]
			fill, tox := -4., 10.
			if a.Venue == "DC" {
				fill, tox = 4, -10
			}
			a.Fill.Mean[0] = fill
			for h := range a.Toxicity {
				a.Toxicity[h].Mean[0] = tox
			}
		}
	},
	"huge": func(m *models.Model) {
		for i := range m.Arms {
			a := &m.Arms[i]
			for j := range a.Fill.Mean {
				a.Fill.Mean[j] = float64(50 - 100*(j%2))
				for h := range a.Toxicity {
					a.Toxicity[h].Mean[j] = float64(1000 - 2000*((i+j)%2))
				}
			}
		}
	},
	"adversarial": func(m *models.Model) { // what is known of the best pool is said of the worst, and the other way round
		var best, worst int
		for i := range m.Arms {
			switch a := &m.Arms[i]; {
			case a.Venue == "DA" && !a.Takes:
				best = i
			case a.Venue == "DC" && !a.Takes:
				worst = i
			}
		}
		x, y := &m.Arms[best], &m.Arms[worst]
		x.Venue, y.Venue = y.Venue, x.Venue
		for h := range x.Toxicity { // and by so much that nearly all flow that follows it goes there
			x.Toxicity[h].Mean[0] -= 10
			y.Toxicity[h].Mean[0] += 10
		}
	},
}

// TEST-60: a poisoned but valid model that was let serve is demoted within 200 of its decisions, and its predecessor serves.
func TestAPoisonedModelIsDemoted(t *testing.T) {
	seeds := uint64(4)
	if testing.Short() {
		seeds = 1
	}
	for i := range seeds * uint64(len(poisons)) {
		name := slices.Sorted(maps.Keys(poisons))[i/seeds]
		t.Run(fmt.Sprint(name, "/", i%seeds), func(t *testing.T) {
			w := random(t, 5)
			w.rng = rand.New(rand.NewPCG(i%seeds, 3))
			w.orders(40)
			m := w.learned(2000) // as sure as a fit may be, so that it does not learn better at once
			poisons[name](m)
			n, demoted := w.served(m, 200)
			if demoted == nil {
				t.Fatalf("after %d decisions it serves still: %+v", n, w.e.learner.vigil)
			}
			t.Logf("%d decisions: %s", n, demoted.Reason)
			if demoted.What != event.ModelDemoted || demoted.Serving != Model || !w.alerted(event.Page, "MOP-20", "is demoted") {
				t.Errorf("recorded %+v", *demoted)
			}
			from := len(w.decided)
			w.orders(2)
			if names := w.modelsOf(w.decided[from:]); len(names) != 1 || names[0] != Model {
				t.Errorf("after the demotion %q decide", names)
			}
		})
	}
}

// And one that knows what its predecessor knows is not.
func TestAnHonestModelIsNotDemoted(t *testing.T) {
	most, seeds := 3000, uint64(4)
	if testing.Short() {
		most, seeds = 600, 3
	}
	for seed := range seeds {
		w := random(t, seed)
		w.rng = rand.New(rand.NewPCG(seed, 2))
		w.orders(60)
		n, demoted := w.served(w.learned(300), most)
		if demoted != nil {
			t.Errorf("world %d: it is demoted after %d decisions: %s", seed, n, demoted.Reason)
		}
		v := &w.e.learner.vigil
		t.Logf("%d decisions; fills %+v; toxicity %+v", n, v.fills, v.tox)
	}
}
