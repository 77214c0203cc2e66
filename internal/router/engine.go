package router

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
)

// Engine is the router's state machine. One goroutine owns it. Its first event must be a Configured.
//
// Invariants held after every event: INV-01 to INV-03, INV-05, INV-07 and INV-10 of the order invariants; a breach
// stops the parent it concerns and raises an alert, never the process.
type Engine struct {
	cfg      Config
	ready    bool
	instance uint32
	epoch    uint32
	seq      uint64
	applied  uint64 // events so far
	now      market.Time
	cmds     commands

	venues   []venueState
	symbols  map[market.Symbol]*symbolState
	parents  map[order.ParentID]*parentState
	children map[order.ChildID]*childState
	names    map[clientOrder]order.ParentID // every ClOrdID a client used (FIX-03)
	live     []*parentState                 // parents that are not done or have children at venues, by id
	done     []*parentState                 // the others, by when they ended; forgotten after keepDone
	turn     []*parentState                 // a copy of live that a loop may change live under
	timers   timers
	gate     *risk.Gate
	learner  learner
	study    study
	halts    []haltState
	baskets  []*basket    // on whose warnings more may come, or a person decides (RISK-20), by number
	rules    market.Rules // of the day rulesOf
	rulesOf  market.Date
	plans    planner
	divider  Divider // of a comparison, nil in live routing
	clients  []clientState

	lastParent   order.ParentID
	lastChild    order.ChildID
	lastDecision uint64
	lastReport   uint64
	lastBasket   uint64
	lastMass     uint32 // of our requests to venues that are not about one child

	degraded   uint8 // the level of event.Degraded in force, and why
	degradedBy string
}

// clientOrder is a ClOrdID in the scope of its client (RACE-12).
type clientOrder struct{ client, clOrdID string }

// clientState is what is known of one client session.
type clientState struct {
	name string
	down bool
	gone uint32 // counts the times it went down, so that an old grace timer is told apart

	explored   float64 // what exploring with its orders was expected to cost on the day exploredOn, bps·dollars
	exploredOn int64   // days since 1970, UTC
}

// New gives an engine that knows nothing yet.
func New() *Engine {
	return &Engine{
		symbols:  map[market.Symbol]*symbolState{},
		parents:  map[order.ParentID]*parentState{},
		children: map[order.ChildID]*childState{},
		names:    map[clientOrder]order.ParentID{},
	}
}

// Apply takes one event and returns the commands it causes, in order. The commands belong to the engine and are valid
// until the next Apply. It panics on a bug: an event out of order, an event before Configured, an unknown body.
func (e *Engine) Apply(ev event.Event) []event.Body {
	if ev.Seq <= e.seq {
		panic(fmt.Sprintf("router: event %d after event %d", ev.Seq, e.seq))
	}
	e.seq = ev.Seq
	e.applied++
	e.now = max(e.now, ev.At)
	e.cmds.reset()
	if c, ok := ev.Body.(*event.Configured); ok {
		e.configure(c)
		return e.cmds.list
	}
	if !e.ready {
		panic("router: the first event must be Configured")
	}
	e.learner.advance(e.cfg.Hours, e.now)
	e.forgetDone()
	e.dispatch(ev.Body)
	e.armTimer()
	return e.cmds.list
}

func (e *Engine) dispatch(body event.Body) {
	switch b := body.(type) {
	case *event.BookChanged:
		e.bookChanged(b)
	case *event.TradePrinted:
		e.tradePrinted(b)
	case *event.TimerFired:
		e.timersDue()
	case *event.ParentReceived:
		e.parentReceived(b)
	case *event.ParentReplaceRequested:
		e.replaceRequested(b)
	case *event.ParentCancelRequested:
		e.cancelRequested(b)
	case *event.ParentStatusRequested:
		e.statusRequested(b)
	case *event.ParentSteered:
		e.steered(b)
	case *event.ClientUp:
		e.clientUp(b.Client)
	case *event.ClientDown:
		e.clientDown(b.Client)
	case *event.Halted:
		e.halted(b)
	case *event.Resumed:
		e.resumed(b)
	case *event.LearningSteered:
		e.learningSteered(b)
	case *event.LimitsChanged:
		e.limitsChanged(b)
	case *event.ControlSwitched:
		e.controlSwitched(b)
	case *event.VenueUp:
		e.venueUp(b.Venue)
	case *event.VenueDown:
		e.venueDown(b.Venue, b.Reason)
	case *event.Recovered:
		e.recovered(b)
	case *event.ExperimentSteered:
		e.steerExperiment(b)
	case *event.TrainingCut:
		e.trainingCut(b)
	case *event.ModelActivated:
		e.modelActivated(b)
	case *event.PosteriorMerged:
		e.raise(event.Warn, "MOP-23", nil, nil, "this build learns from its own flow only: the posterior was not merged")
	default:
		e.dispatchChild(body)
	}
}

func (e *Engine) dispatchChild(body event.Body) {
	switch b := body.(type) {
	case *event.ChildSent:
		e.childSent(b)
	case *event.ChildDenied:
		e.childDenied(b)
	case *event.ChildAccepted:
		e.childAccepted(b)
	case *event.ChildExecuted:
		e.childExecuted(b)
	case *event.ChildDone:
		e.childDone(b)
	case *event.ChildRejected:
		e.childRejected(b)
	case *event.ChildReplaced:
		e.childReplaced(b)
	case *event.CancelRejected:
		e.cancelRejected(b)
	case *event.ChildStatus:
		e.childStatus(b)
	case *event.ExecutionBusted:
		e.executionBusted(b)
	case *event.ExecutionCorrected:
		e.executionCorrected(b)
	default:
		e.dispatchRequest(body)
	}
}

// configure builds the engine at the first start and adopts a changed configuration at a later one. Venues may only be
// appended, because ids in the journal are places in the table.
func (e *Engine) configure(c *event.Configured) {
	var cfg Config
	if err := json.Unmarshal(c.Config, &cfg); err != nil {
		panic("router: journaled configuration does not decode: " + err.Error())
	}
	if e.ready {
		if err := CanFollow(&e.cfg, &cfg); err != nil {
			panic("router: " + err.Error())
		}
	}
	first := !e.ready
	var wider []string
	if !first {
		wider = cfg.Limits.Widened(&e.cfg.Limits)
	}
	e.instance, e.epoch = c.Instance, c.Epoch
	e.adopt(cfg)
	for _, p := range e.live {
		p.endsAt = e.end(&p.Terms, max(p.Received, p.from))
		if p.opensAt == 0 {
			e.beginDays(p)
		}
		p.grow(len(e.venues))
	}
	for _, p := range e.done { // a bust may bring one back
		if p != nil {
			p.grow(len(e.venues))
		}
	}
	if first {
		e.gate = risk.NewGate(cfg.Limits, e.cfg.Instruments)
		e.learner = newLearner(&e.cfg)
	} else {
		e.gate.SetLimits(cfg.Limits, e.cfg.Instruments)
		e.learner.grow(&e.cfg)
	}
	if len(wider) > 0 {
		e.raise(event.Warn, "RISK-16", nil, nil, short("the limits of this start are wider than those in force before it, which no second person approved: "+strings.Join(wider, ", ")))
	}
	if e.ready = true; e.learner.loss.held { // whoever begins to read with this start must know
		e.recordLearning()
	}
}

// adopt takes a configuration, and gives every venue and symbol of it its place.
func (e *Engine) adopt(cfg Config) {
	e.cfg = cfg
	e.rules = market.Rules{}
	for i := range cfg.Venues {
		e.cfg.Venues[i].ID = market.VenueID(i)
		if i == len(e.venues) {
			e.venues = append(e.venues, newVenueState(&e.cfg.Venues[i]))
		}
		e.venues[i].Venue = &e.cfg.Venues[i]
	}
	for i := range cfg.Instruments {
		in := &e.cfg.Instruments[i]
		if s := e.symbols[in.Symbol]; s != nil {
			s.Instrument = in
		} else {
			e.symbols[in.Symbol] = &symbolState{Instrument: in}
		}
	}
}

// CanFollow reports why a router that ran with old cannot go on with its journal as next, nil if it can.
func CanFollow(old, next *Config) error {
	if len(next.Venues) < len(old.Venues) {
		return fmt.Errorf("the configuration has %d venues, the journal %d: venues may only be appended while a journal lives; keep them (halted if need be) or start a new journal directory", len(next.Venues), len(old.Venues))
	}
	for i := range old.Venues {
		if old.Venues[i].Name != next.Venues[i].Name {
			return fmt.Errorf("venue %d is %q in the configuration and %q in the journal: keep the order of venues, or start a new journal directory", i+1, next.Venues[i].Name, old.Venues[i].Name)
		}
	}
	return nil
}

// raise appends an alert.
func (e *Engine) raise(s event.Severity, code string, p *parentState, c *childState, text string) {
	r := add(&e.cmds, &e.cmds.alerts)
	r.Severity, r.Code, r.Text = s, code, text
	if p != nil {
		r.Parent = p.ID
	}
	if c != nil {
		r.Child, r.Parent = c.ID, c.Parent
	}
}
