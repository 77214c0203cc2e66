package compare

import (
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/bandit/baseline"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/internal/sim/scenario"
)

// noted is a policy that notes what it is taught.
type noted struct {
	outcomes     []baseline.Outcome
	sent, filled []int
}

func (n *noted) Score(dst []float64, options []baseline.Option, _ bandit.Key) []float64 {
	return append(dst[:0], make([]float64, len(options))...)
}

func (n *noted) Distribution(dst, scores []float64) []float64 {
	dst = append(dst[:0], make([]float64, len(scores))...)
	dst[0] = 1
	return dst
}
func (n *noted) Learn(_ baseline.Option, o baseline.Outcome) { n.outcomes = append(n.outcomes, o) }

// split is noted as a splitter that sends all to the first pool.
type split struct{ noted }

func (s *split) Split(dst []int, lots int, caps []int, _ bandit.Key) []int {
	dst = append(dst[:0], make([]int, len(caps))...)
	dst[0] = lots
	return dst
}
func (s *split) Learn(_ int, sent, filled []int) { s.sent, s.filled = sent, filled }

func wave(decision uint64) (*router.Wave, *event.RecordDecision) {
	w := &router.Wave{Decision: decision, Stage: event.StageDark, Want: 1000, Lot: 100, Most: 1, Offers: []router.Offer{{Venue: 0, Cap: 1000, Features: []float64{1}}}}
	d := &event.RecordDecision{Decision: decision, Stage: event.StageDark, Venues: []event.VenueView{{Venue: 0}},
		Plans: []event.PlanView{{Shares: []event.Share{{Venue: 0, Qty: 1000}}}}}
	return w, d
}

// TestPoliciesLearnWhatTheLearnerLearns: a published policy is not taught what the learner refuses, a venue's rejection or a
// child that was withdrawn before it could fill; one cut short after a part says at least so much.
func TestPoliciesLearnWhatTheLearnerLearns(t *testing.T) {
	outcomes := []event.RecordOutcome{
		{Sent: 1000, Got: 0, Refused: "rejected by the venue"},
		{Sent: 1000, Got: 300, Censored: true},
		{Sent: 1000, Got: 300},
	}
	chosen, pools := &noted{}, [][2]int{{0, 0}, {3, 3}, {10, 3}}
	c := newWaveChooser("noted", chosen)
	for i := range outcomes {
		o := outcomes[i]
		o.Decision, o.Child, o.What = uint64(i+1), 1, event.OutcomeFill
		w, d := wave(o.Decision)
		c.Divide(w)
		c.decided(d)
		c.learn(&o, false)
		c.learn(&event.RecordOutcome{Decision: o.Decision, Child: 1, What: event.OutcomeMarkout, HorizonNs: 10 * market.Second, Value: -2}, false)

		p := &split{}
		s, err := newWaveSplitter("split", []market.Venue{{Type: market.Dark}}, isDark, func([]market.Venue) (baseline.Splitter, error) { return p, nil }, event.StageDark)
		if err != nil {
			t.Fatal(err)
		}
		s.Divide(w)
		s.decided(d)
		s.learn(&o, false)
		if len(p.sent) != 1 || p.sent[0] != pools[i][0] || p.filled[0] != pools[i][1] {
			t.Errorf("outcome %d: the splitter learns %v of %v lots, want %d of %d", i, p.filled, p.sent, pools[i][1], pools[i][0])
		}
	}
	if len(chosen.outcomes) != 2 || chosen.outcomes[0] != (baseline.Outcome{Share: .3, Toxicity: 2}) || len(c.sent)+len(c.childOf) > 0 {
		t.Errorf("the chooser learned %+v and waits for %d more, want .3 of a child with 2 bps, twice", chosen.outcomes, len(c.sent)+len(c.childOf))
	}
}

// TestUntradedParentsCost: what the router refuses, and what arrives when nobody quotes, is not free, and the report tells it.
func TestUntradedParentsCost(t *testing.T) {
	huge := open(t, "balanced")
	huge.Parents.Size = scenario.Size{Spread: scenario.Constant, Base: 800_000_000}
	empty := open(t, "balanced")
	empty.Flow.Venues = nil
	for what, s := range map[string]*scenario.Scenario{"refused": huge, "nobody quoted": empty} {
		r, err := Compare(t.Context(), Config{Scenario: s, Parents: 5, Seed: 1, Seeds: 2, Training: 5})
		if err != nil {
			t.Fatal(err)
		}
		p := r.Policies[Static]
		if p.FillRate != 0 || p.IS.Mean < .1 || p.Opportunity != p.IS.Mean {
			t.Errorf("%s: shortfall %v of which opportunity is %v, fill rate %v: want a cost of nothing done", what, p.IS, p.Opportunity, p.FillRate)
		}
		if notes := strings.Join(r.Notes, "\n"); !strings.Contains(notes, what) || !strings.Contains(notes, "say nothing") {
			t.Errorf("%s: the notes are %q", what, notes)
		}
	}
}

// TestSameWork: every policy is asked for the same parents at the same times, and meets the same fundamental.
func TestSameWork(t *testing.T) {
	s := open(t, "balanced")
	type asked struct {
		at       market.Time
		sym      market.Symbol
		side     market.Side
		qty      market.Qty
		end      market.Time
		strategy order.Strategy
		fair     float64
	}
	var first []asked
	for _, p := range Policies() {
		if p.Name == Oracle {
			continue
		}
		var got []asked
		j := job{config: &Config{Scenario: s, Settings: Tuned()}, policy: p, seed: 21, parents: 40, progress: &progress{}}
		j.watch = func(d *desk) {
			book := d.onNew
			d.onNew = func(id order.ParentID, q *order.Terms) {
				book(id, q)
				fair, _ := d.market.Fair(q.Symbol)
				got = append(got, asked{d.market.Now(), q.Symbol, q.Side, q.Qty, q.End, q.Strategy, fair})
			}
		}
		if _, err := j.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = got
		}
		if len(got) != 40 {
			t.Fatalf("%s: %d parents", p.Name, len(got))
		}
		for i := range got {
			if got[i] != first[i] {
				t.Errorf("%s: parent %d is %+v, static's is %+v", p.Name, i+1, got[i], first[i])
				break
			}
		}
	}
}
