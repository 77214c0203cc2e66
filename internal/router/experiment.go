package router

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/experiment"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/snapshot"
)

// The policies that an arm of an experiment may have beside the id of a model that has a place.
const (
	policyStatic  = "static"  // the static plan, always
	policyLearner = "learner" // the router as it is without an experiment, its ramp included
)

// study is the experiment that runs on live flow, if one does. A parent gets its arm at its arrival, before anything else is
// looked at, and keeps it (ABT-01). Orders that are directed or may not be explored with are in no experiment.
//
// Of the control's orders the learner learns nothing if the control is static, so that it does not train the treatment (ABT-02);
// between two models each learns of every outcome by its own predictions, as two models beside each other always do.
type study struct {
	design   *experiment.Design // nil: none runs
	clusters experiment.Clusters
}

// steerExperiment begins or ends an experiment.
func (e *Engine) steerExperiment(b *event.ExperimentSteered) {
	s := &e.study
	why := because(b.Actor, b.Reason)
	if len(b.Design) == 0 {
		if s.design == nil {
			e.answer(true, "no experiment runs")
			return
		}
		name := s.design.Name
		e.endExperiment(why)
		e.answer(false, fmt.Sprintf("experiment %q has ended: no order gets an arm any more", name))
		return
	}
	d, err := e.registered(b.Design)
	if err != nil {
		e.answer(true, err.Error())
		return
	}
	s.design, s.clusters = d, experiment.Clusters{}
	for _, p := range e.live {
		p.enrolled = false // it has no arm of this one
	}
	e.recordExperiment(event.RecordExperiment{What: event.ExperimentBegan, Name: d.Name, Design: s.text(), Reason: why})
	e.answer(false, fmt.Sprintf("experiment %q has begun: %v of the orders that arrive get %s, the others %s", d.Name, d.Share, d.Treatment, d.Control))
}

// endExperiment ends the experiment that runs: orders keep the arms that they have.
func (e *Engine) endExperiment(why string) {
	name := e.study.design.Name
	e.study.design = nil
	e.recordExperiment(event.RecordExperiment{What: event.ExperimentEnded, Name: name, Reason: why})
}

// endWithoutModel ends an experiment with a model that serves no orders any more: both of its arms would be served by one.
func (e *Engine) endWithoutModel() {
	d := e.study.design
	if d == nil {
		return
	}
	for _, policy := range [2]string{d.Control, d.Treatment} {
		if isModel(policy) && e.placeOf(policy) == nil {
			why := fmt.Sprintf("model %s has no place any more, or was demoted", policy)
			e.raise(event.Warn, "ABT-01", nil, nil, fmt.Sprintf("experiment %q has ended: %s", d.Name, why))
			e.endExperiment(why)
			return
		}
	}
}

// isModel reports whether a policy is the id of a model.
func isModel(policy string) bool { return policy != policyStatic && policy != policyLearner }

// has reports whether a model is the policy of an arm.
func (s *study) has(model string) bool {
	return s.design != nil && (s.design.Control == model || s.design.Treatment == model)
}

// registered reads a design and says why it cannot run now.
func (e *Engine) registered(text []byte) (*experiment.Design, error) {
	if e.study.design != nil {
		return nil, fmt.Errorf("experiment %q runs: end it first, so that each has its own orders", e.study.design.Name)
	}
	d := new(experiment.Design)
	if err := json.Unmarshal(text, d); err != nil {
		return nil, fmt.Errorf("the design is no JSON of an experiment: %w", err)
	}
	if err := d.Validate(); err != nil {
		return nil, err
	}
	for _, policy := range [2]string{d.Control, d.Treatment} {
		switch {
		case !isModel(policy) || e.placeOf(policy) != nil:
		case e.learner.beside != nil && e.learner.beside.name == policy:
			return nil, fmt.Errorf("experiment %q: model %s was demoted or rolled back: sluice models canary %s first, if it shall serve again", d.Name, policy, policy)
		default:
			return nil, fmt.Errorf("experiment %q: %q is neither static nor learner, nor a model that serves or is beside: sluice models shadow %s first", d.Name, policy, policy)
		}
	}
	return d, nil
}

// placeOf is the slot of a model that has a place, nil if it has none.
func (e *Engine) placeOf(model string) *slot {
	for _, s := range e.learner.slots() {
		if s.name == model && !s.barred {
			return s
		}
	}
	return nil
}

// enroll gives a parent that arrives its arm.
func (e *Engine) enroll(p *parentState) {
	s := &e.study
	if s.design == nil || p.directed >= 0 || p.Terms.NoExplore {
		return
	}
	d, day := s.design, e.learner.day
	r := event.RecordExperiment{What: event.ExperimentAssigned, Name: d.Name, Parent: p.ID, Symbol: p.Terms.Symbol, Date: day.Date,
		SinceNs: e.now.Sub(day.Open)}
	var arm experiment.Arm
	if d.Unit == experiment.SymbolDays {
		arm = d.ArmOfDay(string(p.Terms.Symbol), int32(day.Date))
		r.Cluster = uint64(p.ID)
	} else {
		c := s.clusters.Arrive(groupOf(p), uint64(p.ID), func() experiment.Arm {
			return d.Arm(e.stratum(p), strconv.FormatUint(uint64(p.ID), 10)+"/"+strconv.FormatUint(uint64(e.instance), 10))
		})
		arm, r.Cluster, p.enrolled = c.Arm, c.ID, true
	}
	policy := d.Control
	if arm == experiment.Treatment {
		policy = d.Treatment
	}
	p.control = policy == policyStatic
	if at := e.placeOf(policy); at != nil {
		p.slot = at.serial
	}
	r.Arm, r.Policy, r.X = uint8(arm), policy, e.covariates(p)
	e.recordExperiment(r)
}

// withdrawn takes note that an enrolled parent is done: what arrives after the last of its cluster is drawn anew.
func (e *Engine) withdrawn(p *parentState) {
	if p.enrolled {
		p.enrolled = false
		e.study.clusters.Leave(groupOf(p))
	}
}

func groupOf(p *parentState) experiment.Group {
	return experiment.Group{Client: p.Client, Symbol: string(p.Terms.Symbol), Side: p.Terms.Side.String()}
}

// stratum is a parent's class of symbol and size: part of what the assignment hashes, and of nothing else.
func (e *Engine) stratum(p *parentState) string {
	size := "small"
	switch share := float64(p.Terms.Qty) / float64(max(1, p.symbol.ADV)); {
	case share > .01:
		size = "large"
	case share > .001:
		size = "medium"
	}
	return fmt.Sprintf("%d/%s", p.symbol.LiquidityBucket(), size)
}

// covariates are what is known of a parent before its assignment and tells what it will cost: half the spread in bps, the impact
// that its size would usually have, σ_D·√(Q/V) in bps, its urgency, whether it follows a schedule, and whether it has a limit.
func (e *Engine) covariates(p *parentState) []float64 {
	half := 0.0
	if mid := p.Arrival; mid > 0 {
		half = float64(market.Bps(mid+p.ArrivalNBBO.Spread()/2, mid))
	}
	impact := float64(p.symbol.DayVolBps * math.Sqrt(float64(p.Terms.Qty)/float64(max(1, p.symbol.ADV))))
	return []float64{half, impact, p.Terms.Urgency.Level(), one(p.Terms.Strategy != order.Immediate), one(p.Terms.Limit > 0)}
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func (e *Engine) recordExperiment(r event.RecordExperiment) {
	r.At = e.now
	*add(&e.cmds, &e.cmds.experiments) = r
}

// unheard is why nothing is learned of a parent's outcomes, empty if it is.
func (e *Engine) unheard(p *parentState) string {
	switch {
	case e.cfg.Learning.Frozen:
		return frozen
	case p.control:
		return event.RefusedControl
	}
	return ""
}

// text is the design as JSON, empty if none runs.
func (s *study) text() []byte {
	if s.design == nil {
		return nil
	}
	text, err := json.Marshal(s.design)
	if err != nil {
		panic("router: a design that is valid does not encode: " + err.Error())
	}
	return text
}

// visit carries the experiment.
func (s *study) visit(c *snapshot.Coder) {
	text := s.text()
	snapshot.Blob(c, &text)
	if c.Decoding() && len(text) > 0 && c.Err() == nil {
		s.design = new(experiment.Design)
		if err := json.Unmarshal(text, s.design); err != nil {
			c.Fail("experiment: %w", err)
			return
		}
	}
	live := s.clusters.Live()
	snapshot.List(c, &live, func(x *experiment.Cluster, c *snapshot.Coder) {
		snapshot.Text(c, &x.Group.Client)
		snapshot.Text(c, &x.Group.Symbol)
		snapshot.Text(c, &x.Group.Side)
		snapshot.Uint(c, &x.ID)
		snapshot.Uint(c, &x.Arm)
		snapshot.Int(c, &x.Live)
		snapshot.Int(c, &x.Parents)
	})
	if c.Decoding() {
		s.clusters.Restore(live)
	}
}
