package compare

import (
	"bytes"
	"cmp"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/train"
)

// TestTrainingSeesWhatWasTaught: a fresh learner that is told the rows of a store, each when the journal has it, believes what
// the live one believed, to the bit; and of a cut it is told what came up to it and nothing else (SWP-01).
func TestTrainingSeesWhatWasTaught(t *testing.T) {
	r := record(t, "balanced", 120)
	n := len(r.marks)
	for _, m := range []mark{r.marks[n/3], r.marks[2*n/3], r.marks[n-1]} {
		told, counts := retell(t, r, m)
		live, err := bandit.RestoreLearner(m.posterior)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(told.AppendBelief(nil), live.AppendBelief(nil)) {
			t.Errorf("told the rows up to record %d of %d, a learner believes something else than the live one then", m.seq, r.seq)
		}
		if counts.Fills < 100 || counts.Lives < 50 || counts.Marks < 100 || counts.Shadows < 20 || counts.Answers < counts.Fills || counts.Blind > 0 {
			t.Errorf("up to record %d: %+v: want some of all, and none blind", m.seq, counts)
		}
		t.Logf("record %d: %+v", m.seq, counts)
	}
	retellImpact(t, r)
}

// retellImpact tells fresh heads of H4 what the parents' rows say, in the order of the journal.
func retellImpact(t *testing.T, r *recorded) {
	t.Helper()
	set, err := train.NewDataset(t.Context(), r.store, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var rows []train.ParentRow
	if _, err := set.Parents(t.Context(), func(p *train.ParentRow) error {
		rows = append(rows, *p)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(rows, func(a, b train.ParentRow) int { return cmp.Compare(a.Seq, b.Seq) })
	heads := map[int]*bandit.ImpactHead{}
	for _, p := range rows {
		if heads[p.Bucket] == nil {
			prior := bandit.DefaultImpactPrior()
			for _, first := range heads { // a bucket begins at the mean of those before it (FTR-03): here it is one at most
				prior.Y, _ = first.Y()
			}
			if heads[p.Bucket], err = bandit.NewImpactHead(prior); err != nil {
				t.Fatal(err)
			}
		}
		heads[p.Bucket].Observe(bandit.NewImpactDatum(p.Parent, p.Excess, p.Vol, p.Share, p.Days, p.Bounce))
	}
	if len(rows) < 50 || len(heads) > 2 {
		t.Fatalf("%d parents in %d buckets of liquidity: want many in one or two", len(rows), len(heads))
	}
	for bucket, h := range heads {
		got, _ := h.Y()
		if want, _ := r.engine.Impact(bucket); math.Abs(got-want) > 1e-9 {
			t.Errorf("told the parents' rows, Y is %v, live it was %v", got, want)
		}
	}
}

// mark is what the live learner was after a record.
type mark struct {
	seq       uint64
	at        market.Time
	posterior []byte
}

// recorded is a run in a store.
type recorded struct {
	store *store.Store
	seq   uint64 // last record
	start market.Time
	fresh []byte // the learner before it learned
	marks []mark
	venue map[string]int

	engine *router.Engine
}

// record works parents of a scenario with a learner that has half of the flow, into a store.
func record(t *testing.T, name string, parents int) *recorded {
	t.Helper()
	r := &recorded{store: tempStore(t), venue: map[string]int{}}
	c := Config{Scenario: open(t, name)}.withDefaults()
	half := func(rc *router.Config) { rc.Learning.Ramp, rc.Learning.Start = false, .5 }
	j := job{config: &c, policy: Policy{Name: "recorded", tune: half}, seed: c.Seed, parents: parents, progress: &progress{}}
	k := &recorder{instance: instance, stop: func(err error) { t.Fatal(err) }}
	k.sink = func(batch []event.Event) error {
		r.seq = k.seq
		r.marks = append(r.marks, mark{k.seq, k.at, j.desk.engine.Posterior(nil)})
		rows := make([]store.Record, len(batch))
		for i := range batch {
			rows[i] = store.Record(batch[i])
		}
		return r.store.Apply(t.Context(), store.Source{Projection: "main", Instance: instance}, rows, k.seq)
	}
	j.watch = func(d *desk) {
		r.fresh, r.start = d.engine.Posterior(nil), d.market.Now()
		for i := range d.config.Venues {
			r.venue[d.config.Venues[i].Name] = i
		}
		k.listen(d)
	}
	if _, err := j.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	k.flush()
	r.engine = j.desk.engine
	return r
}

func tempStore(t *testing.T) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

// retell tells a fresh learner the rows of a store up to a mark, each where the journal had it.
func retell(t *testing.T, r *recorded, m mark) (*bandit.Learner, train.Counts) {
	t.Helper()
	set, err := train.NewDataset(t.Context(), r.store, train.Options{Cut: map[uint32]uint64{instance: m.seq}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := bandit.RestoreLearner(r.fresh)
	if err != nil {
		t.Fatal(err)
	}
	type step struct {
		seq uint64
		do  func()
	}
	var steps []step
	trading := func(at int64) int64 { return at - int64(r.start) } // the market is always open, and it is one day
	add := func(seq uint64, at int64, do func()) {
		if seq > m.seq {
			t.Fatalf("record %d was used, and the cut is at %d", seq, m.seq)
		}
		steps = append(steps, step{seq, func() { l.Advance(trading(at)); do() }})
	}
	counts, err := set.Rows(t.Context(), func(row *train.Row) error {
		c := &taught{row: row.Clone(), arm: 2 * r.venue[row.Venue], learner: l, trading: trading}
		if row.Takes {
			c.arm++
		}
		add(row.Seq, row.At, c.decide)
		if row.HasFill {
			add(row.FillSeq, row.FillAt, c.fill)
		}
		if row.HasAnswer {
			add(row.AnswerSeq, row.AnswerAt, c.answer)
		}
		for i := range row.Marks {
			if k := c.row.Marks[i]; !k.Shadow {
				add(k.Seq, k.Due, func() { c.mark(&k) })
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(a.seq, b.seq) })
	for _, s := range steps {
		s.do()
	}
	l.Advance(trading(int64(m.at)))
	return l, counts
}

// taught is a child as the learner meets it.
type taught struct {
	row     train.Row
	arm     int
	learner *bandit.Learner
	trading func(int64) int64
	fillP   bandit.FillPrediction
	curve   bandit.Curve
	life    bandit.HazardPrediction
	tox     [bandit.NumHorizons]bandit.ToxicityPrediction
}

// decide predicts, as the router does when it decides.
func (c *taught) decide() {
	l, phi := c.learner, c.row.Phi[:]
	c.fillP = l.Fill(c.arm).Predict(phi)
	c.curve = bandit.Curve{First: c.fillP.Mean}
	if s := l.Size(c.arm); s != nil {
		c.curve = s.Curve(c.fillP.Mean)
		if c.row.Taken > 0 {
			c.curve = s.After(c.row.Taken)
		}
	}
	if h := l.Hazard(c.arm); h != nil {
		c.life = h.Predict(phi)
	}
	for h := range c.tox {
		c.tox[h] = l.Toxicity(c.arm, bandit.Horizon(h)).Predict(phi)
	}
}

func (c *taught) fill() {
	r := &c.row
	c.learner.ObserveFill(bandit.FillOutcome{Arm: c.arm, Event: r.Child, Time: c.trading(r.At), Phi: r.Phi[:], Prediction: c.fillP, Curve: c.curve,
		Sent: r.Sent, Filled: r.Got, MinQty: r.MinQty, Canceled: r.Early})
	if r.HasLife {
		c.learner.ObserveLife(bandit.LifeOutcome{Arm: c.arm, Event: r.Child, Time: c.trading(r.At), Phi: r.Phi[:], Prediction: c.life, Life: r.Life})
	}
}

func (c *taught) answer() {
	c.learner.ObserveAnswer(c.arm, c.row.Child, c.trading(c.row.AnswerAt), c.row.Latency, c.row.Rejected)
}

func (c *taught) mark(m *train.Mark) {
	c.learner.ObserveToxicity(bandit.ToxicityOutcome{Arm: c.arm, Event: m.Exec, Horizon: m.Horizon, Time: c.trading(m.At), Phi: c.row.Phi[:],
		Prediction: c.tox[m.Horizon], Z: m.Bps})
}
