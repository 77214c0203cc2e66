package router

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/models"
	"github.com/sluice-sor/sluice/models/modeltest"
)

// swapper drives an engine at a thousand decisions a second of virtual time: marketable orders that venues answer at once, and
// swaps of models between them.
type swapper struct {
	e         *Engine
	seq       uint64
	now       market.Time
	sent      []event.SendChild
	parents   int
	decisions int
	serves    map[order.ParentID]string
	wrong     []string
	changes   map[event.ModelChange]int
	artifacts [][]byte
}

// newSwapper has twelve venues; learning is frozen on demand, so that no model is demoted for what it is.
func newSwapper(t testing.TB, frozen bool) *swapper {
	s := &swapper{e: New(), now: market.Time(1_700_000_000 * market.Second), serves: map[order.ParentID]string{}, changes: map[event.ModelChange]int{}}
	cfg := testConfig()
	base := cfg.Venues
	cfg.Venues = nil
	var known []modeltest.Venue
	for i := range 12 {
		v := base[i%len(base)]
		v.Name, v.ID = fmt.Sprintf("V%d", i), market.VenueID(i)
		cfg.Venues = append(cfg.Venues, v)
		known = append(known, modeltest.Venue{Name: v.Name, Kind: v.Type.String()})
	}
	cfg.Limits.MaxRepeats, cfg.Limits.MaxBasketMoney, cfg.Limits.MaxClientMoney, cfg.Limits.MaxFirmMoney = 0, 0, 0, 0
	cfg.Learning.Frozen = frozen
	b, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.apply(&event.Configured{Config: b, Instance: 77, Epoch: 1})
	for i := range cfg.Venues {
		v := market.VenueID(i)
		s.apply(&event.VenueUp{Venue: v})
		if cfg.Venues[i].Type.Displayed() {
			s.apply(&event.BookChanged{Venue: v, Symbol: "ABC", Bids: []market.Level{{Price: 50 * market.Dollar, Size: 1 << 20}},
				Asks: []market.Level{{Price: 50*market.Dollar + 10_000, Size: 1 << 20}}})
		}
	}
	for i := range uint64(3) {
		s.artifacts = append(s.artifacts, modeltest.New(i, known[:6]...).AppendBinary(nil))
	}
	s.artifacts = append(s.artifacts, modeltest.Small(1).AppendBinary(nil)) // with a feature map
	return s
}

// apply gives the engine one event and looks at what it did.
func (s *swapper) apply(body event.Body) {
	s.seq++
	s.now++
	serving, beside := "", ""
	if s.e.ready {
		serving = s.e.learner.name
		if s.e.learner.beside != nil {
			beside = s.e.learner.beside.name
		}
	}
	for _, cmd := range s.e.Apply(event.Event{Seq: s.seq, At: s.now, Body: body}) {
		switch c := cmd.(type) {
		case *event.SendChild:
			s.sent = append(s.sent, *c)
		case *event.RecordModel:
			s.changes[c.What]++
		case *event.RecordDecision:
			s.decisions++
			if c.Model != serving && c.Model != beside {
				s.wrong = append(s.wrong, fmt.Sprintf("decision %d is by %q while %q serves and %q is beside", c.Decision, c.Model, serving, beside))
			}
		}
	}
}

// order is one marketable order from arrival to its end, a millisecond of virtual time a decision.
func (s *swapper) order() {
	s.parents++
	before := s.decisions
	s.apply(&event.ParentReceived{Client: "EMS", ClOrdID: fmt.Sprint("S", s.parents), Terms: order.Terms{Symbol: "ABC", Side: market.Buy,
		Qty: 300, Type: order.Limit, Limit: 51 * market.Dollar, Strategy: order.Immediate}})
	for len(s.sent) > 0 {
		c := s.sent[0].Child
		s.sent = s.sent[1:]
		s.apply(&event.ChildAccepted{Child: c.ID, VenueOrderID: "V"})
		if c.Style == order.StyleSweep {
			s.apply(&event.ChildExecuted{Child: c.ID, ExecID: fmt.Sprint("X", c.ID), VenueOrderID: "V", Qty: c.Qty, Px: c.Limit, Cum: c.Qty})
		} else {
			s.apply(&event.ChildDone{Child: c.ID, What: order.WasExpired})
		}
	}
	s.now = s.now.Add(int64(s.decisions-before) * market.Millisecond)
	if s.e.timers.armed != 0 && s.e.timers.armed <= s.now {
		s.apply(&event.TimerFired{Timer: engineTimer})
	}
}

// swap is one change of the models in force: mostly a promotion or a rollback, now and then another artifact, a cut, or one that is
// refused.
func (s *swapper) swap(i int) {
	a := s.artifacts[i/64%len(s.artifacts)]
	b := &event.ModelActivated{Model: models.ID(a), Artifact: a, Instance: 77, Epoch: s.e.learner.bandit.Epoch()}
	switch i % 16 {
	case 0:
		if b.Mode, b.Share = event.ModeCanary, .3; i%64 != 0 {
			b.Model, b.Artifact = s.e.learner.beside.name, nil
		}
	case 3:
		s.apply(&event.TrainingCut{})
		return
	case 7:
		b.Model = "another" // refused
	case 5, 9, 13:
		b.Mode, b.Model, b.Artifact = event.ModeRollback, "", nil
	default:
		if l := &s.e.learner; l.beside != nil {
			b.Model, b.Artifact = l.beside.name, nil
		}
	}
	s.apply(b)
}

// TestSwapsUnderLoad is TEST-63 in small: 10,000 swaps at a thousand decisions a second. Every decision is by a model that has a
// place at its moment, every order ends, and what the engine keeps does not grow by the swaps.
func TestSwapsUnderLoad(t *testing.T) {
	swaps := 10_000
	if testing.Short() {
		swaps = 500
	}
	s := newSwapper(t, false)
	for i := range swaps {
		s.swap(i)
		s.order()
	}
	for _, w := range s.wrong {
		t.Error(w)
	}
	if s.decisions < swaps || s.e.lastParent != order.ParentID(s.parents) || len(s.e.live) != 0 {
		t.Errorf("%d decisions, %d parents of which %d live", s.decisions, s.e.lastParent, len(s.e.live))
	}
	placed := s.changes[event.ModelServing] + s.changes[event.ModelRolledBack] + s.changes[event.ModelCanary]
	if placed < swaps*3/4 || s.changes[event.ModelRefused] < swaps/16 {
		t.Errorf("of %d swaps: %v", swaps, s.changes)
	}
	for _, sl := range s.e.learner.slots() {
		if h := sl.bandit.Health(); h.Degraded {
			t.Errorf("model %s is degraded", sl.name)
		}
	}
	t.Logf("%d decisions in %v of virtual time, changes %v", s.decisions, s.now.Sub(market.Time(1_700_000_000*market.Second)), s.changes)
}

// block gives the swapper a parent that rests while others trade, for decisions that send nothing.
func (s *swapper) block() *parentState {
	s.apply(&event.ParentReceived{Client: "EMS", ClOrdID: "block", Terms: order.Terms{Symbol: "ABC", Side: market.Buy,
		Qty: 100_000, Type: order.Limit, Limit: 49 * market.Dollar, Strategy: order.Block}})
	s.sent = s.sent[:0]
	p := s.e.parents[s.e.lastParent]
	p.children, p.Terms.Limit = nil, 60*market.Dollar
	return p
}

// dry is one decision over all dark venues as BenchmarkDecision has it, without sending.
func (s *swapper) dry(p *parentState) *event.PlanView {
	e := s.e
	e.cmds.reset()
	d := e.cmds.addDecision()
	e.lastDecision++
	d.Decision, e.plans.lot = e.lastDecision, 100
	e.gather(p, event.StageDark, 15_000, d)
	e.propose(p, event.StageDark, 15_000, d)
	return e.choose(p, d)
}

// A decision allocates nothing: with no model beside, with one, and for a parent that the one beside serves through its map.
func TestADecisionAllocatesNothing(t *testing.T) {
	s := newSwapper(t, true)
	p := s.block()
	small := s.artifacts[3]
	for _, c := range []struct {
		name string
		do   func()
	}{
		{"alone", func() {}},
		{"beside", func() {
			s.apply(&event.ModelActivated{Model: models.ID(small), Artifact: small, Mode: event.ModeCanary, Share: .5})
		}},
		{"by the canary", func() { p.slot = s.e.learner.beside.serial }},
	} {
		c.do()
		if s.dry(p) == nil {
			t.Fatal("no plan")
		}
		if n := testing.AllocsPerRun(200, func() { s.dry(p) }); n != 0 {
			t.Errorf("%s: a decision allocates %v times", c.name, n)
		}
	}
	if got := s.e.plans.slot.name; got != models.ID(small) {
		t.Errorf("the last decision was by %s", got)
	}
}

// BenchmarkSwaps is decisions with a machine that swaps models between them, one for every order, and without, in turns
// so that both see the same computer: p99 of a decision as BenchmarkDecision has it, the median over batches of a thousand, and the
// ratio of the two (BEN-09).
func BenchmarkSwaps(b *testing.B) {
	with, without := newSwapper(b, false), newSwapper(b, false)
	all := []*swapper{with, without}
	blocks := []*parentState{with.block(), without.block()}
	var took [2][]time.Duration
	for i := range b.N {
		with.swap(i)
		for k, s := range all {
			s.order()
			for range 8 {
				began := time.Now()
				s.dry(blocks[k])
				took[k] = append(took[k], time.Since(began))
			}
		}
	}
	p := func(k, share int) float64 { return batched(slices.Clone(took[k]), share) }
	b.ReportMetric(p(1, 50), "p50-ns")
	b.ReportMetric(p(1, 99), "p99-ns")
	b.ReportMetric(p(0, 50)/p(1, 50), "swapping/p50")
	b.ReportMetric(p(0, 99)/p(1, 99), "swapping/p99")
}

// batched is the median over batches of a thousand of so many of a hundred: what else the computer does in between is in a few.
func batched(took []time.Duration, share int) float64 {
	var each []time.Duration
	for batch := range slices.Chunk(took, 1000) {
		slices.Sort(batch)
		each = append(each, batch[len(batch)*share/100])
	}
	slices.Sort(each)
	return float64(each[len(each)/2])
}

// BenchmarkActivate is what one event of each kind takes: a model placed beside, with priors of twelve venues or with a feature map,
// and two that change places.
func BenchmarkActivate(b *testing.B) {
	s := newSwapper(b, false)
	for range 500 {
		s.order()
	}
	beside := func(a []byte) func() {
		m := &event.ModelActivated{Model: models.ID(a), Artifact: a}
		m.Mode = event.ModeShadow
		return func() {
			s.e.learner.beside = nil
			s.apply(m)
		}
	}
	for _, c := range []struct {
		name string
		do   func()
	}{
		{"priors", beside(s.artifacts[0])},
		{"map", beside(s.artifacts[3])},
		{"places", func() { s.apply(&event.ModelActivated{Mode: event.ModeRollback}) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.do()
			}
			b.ReportMetric(float64(s.e.learner.beside.bandit.Health().Ledger), "data")
		})
	}
}
