package metrics

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/router"
)

// Record is one record of the journal.
type Record struct {
	Seq  uint64
	At   market.Time
	Body event.Body
}

// scope is what a halt covers.
type scope struct {
	client, venue, algorithm string
	symbol                   market.Symbol
}

// Apply counts one record.
func (m *Metrics) Apply(r Record) {
	m.mu.Lock()
	m.at = max(m.at, r.At)
	m.mu.Unlock()
	if m.fill.next(r.Body) {
		m.set.duplicates.Inc()
	}
	if r.Body.Kind().IsEvent() {
		m.asked.Event(r.Body, m.done(r.Body))
		m.set.records.WithLabelValues("event").Inc()
		m.applyEvent(r)
		return
	}
	m.set.records.WithLabelValues("command").Inc()
	m.applyCommand(r)
}

func (m *Metrics) applyEvent(r Record) {
	switch b := r.Body.(type) {
	case *event.Configured:
		m.configured(b)
	case *event.ParentReceived:
		m.set.parents.Inc()
	case *event.ChildAccepted, *event.ChildExecuted, *event.ChildDone, *event.ChildRejected, *event.ChildReplaced, *event.CancelRejected, *event.ChildStatus:
		m.set.reports.Inc()
	case *event.ChildDenied:
		what := "order"
		if b.Request > 0 {
			what = "request"
		}
		why := denial(b.Reason)
		if m.set.denied.WithLabelValues(what, m.denials.of(why)).Inc(); why == "RISK-01" {
			m.set.overfills.Inc()
		}
	case *event.VenueUp:
		m.set.sessionState.WithLabelValues(m.venue(b.Venue)).Set(1)
	case *event.VenueDown:
		m.set.sessionState.WithLabelValues(m.venue(b.Venue)).Set(0)
	case *event.ClientUp:
		m.clients[b.Client] = true
		m.set.clientsUp.Set(float64(len(m.clients)))
	case *event.ClientDown:
		delete(m.clients, b.Client)
		m.set.clientsUp.Set(float64(len(m.clients)))
	case *event.Halted:
		m.done(b)() // at once, and again when it is answered: a resume before it may be answered in between
	}
}

// done is what an event comes to once the engine has answered it, nil for nothing that is counted.
func (m *Metrics) done(body event.Body) func() {
	switch b := body.(type) {
	case *event.Halted:
		s := scope{b.Client, b.Venue, b.Algorithm, b.Symbol}
		return func() {
			m.halts[s] = true
			m.set.kill.Set(float64(len(m.halts)))
		}
	case *event.Resumed:
		s := scope{b.Client, b.Venue, b.Algorithm, b.Symbol}
		return func() {
			delete(m.halts, s)
			m.set.kill.Set(float64(len(m.halts)))
		}
	}
	return nil
}

// configured takes the venues' names; every session starts down.
func (m *Metrics) configured(b *event.Configured) {
	var c router.Config
	if err := json.Unmarshal(b.Config, &c); err != nil {
		return // the engine refuses such a record
	}
	m.names = m.names[:0]
	for i := range c.Venues {
		m.names = append(m.names, c.Venues[i].Name)
		m.set.sessionState.WithLabelValues(c.Venues[i].Name).Set(0)
	}
	clear(m.clients)
	m.set.clientsUp.Set(0)
}

func (m *Metrics) venue(id market.VenueID) string {
	switch {
	case int(id) < len(m.names):
		return m.names[id]
	case id < market.MaxVenues:
		return fmt.Sprintf("venue_%d", id)
	}
	return "other"
}

func (m *Metrics) applyCommand(r Record) {
	switch b := r.Body.(type) {
	case *event.AnswerPerson:
		m.asked.Answer(b)
	case *event.SendChild:
		v := m.venue(b.Child.Venue)
		m.set.sent.WithLabelValues(v).Inc()
		m.set.sentShares.WithLabelValues(v).Add(float64(max(b.Child.Qty, 0)))
	case *event.RecordDecision:
		m.decided(b)
	case *event.RecordOutcome:
		m.outcome(b)
	case *event.RecordExecution:
		m.executed(b)
	case *event.ReportParent:
		if b.ExecType == '8' {
			m.set.gateRejects.WithLabelValues(m.rules.of(refusal(b))).Inc()
		}
	case *event.Raise:
		m.raised(b)
	case *event.RecordLearning:
		m.learning(b)
	case *event.RecordModel:
		m.model(r.At, b)
	}
}

func (m *Metrics) learning(b *event.RecordLearning) {
	held := 0.0
	if b.Held {
		held = 1
	}
	m.set.held.Set(held)
	m.set.dayLoss.Set(b.LossBps)
	m.set.dayLossDollars.Set(b.Loss)
	m.set.learnerShare.Set(b.Share)
}

// model counts a change of the models in force, and begins the age of the one that serves.
func (m *Metrics) model(at market.Time, b *event.RecordModel) {
	m.set.models.WithLabelValues(b.What.String()).Inc()
	switch b.What {
	case event.ModelServing, event.ModelRolledBack, event.ModelDemoted:
		m.mu.Lock()
		m.activated = at
		m.mu.Unlock()
	case event.ModelCut, event.ModelShadow, event.ModelCanary, event.ModelRefused: // what serves goes on
	}
}

// denial names why we did not send: the last gate's rule, or the first words, which are constants (SEC-09).
func denial(reason string) string {
	if text, ok := strings.CutPrefix(reason, router.LastGateRefused); ok {
		return rule(text)
	}
	words, _, _ := strings.Cut(reason, ":")
	return words
}

// refusal names the rule that a reject cites, its FIX 103 if it cites none.
func refusal(b *event.ReportParent) string {
	if id := rule(b.Text); id != "" {
		return id
	}
	return fmt.Sprintf("reason_%d", b.Reason)
}

func (m *Metrics) decided(b *event.RecordDecision) {
	m.set.decisions.WithLabelValues(m.reasons.of(b.Stage.String())).Inc()
	m.set.learnerShare.Set(b.M)
	if b.Void {
		m.set.void.Inc()
	}
	if cost := b.ExploreBps * 1e-4 * float64(b.Want) * b.Quote.Mid().Dollars(); cost > 0 {
		m.set.exploreCost.Add(cost)
	}
	if b.Thrifty {
		m.set.exploreCut.Inc()
	}
	if b.Vetoed != "" {
		reason := rule(b.Vetoed)
		if reason == "" {
			reason = "veto"
		}
		m.set.fallbacks.WithLabelValues(m.reasons.of(reason)).Inc()
	}
	for i := range b.Venues {
		if w := &b.Venues[i]; w.AgeNs >= 0 && w.Bid.Price+w.Ask.Price > 0 {
			m.set.bookAge.WithLabelValues(m.venue(w.Venue)).Observe(float64(w.AgeNs) / 1e9)
		}
	}
	if b.Chosen < 0 || int(b.Chosen) >= len(b.Plans) {
		return
	}
	drawn := &b.Plans[b.Chosen]
	m.set.propensityMin.Set(m.probs.add(drawn.Prob))
	if b.Chosen == b.Static {
		return
	}
	for i := range b.Plans {
		if b.Plans[i].CostBps < drawn.CostBps {
			m.set.explored.Inc()
			return
		}
	}
}

func (m *Metrics) outcome(b *event.RecordOutcome) {
	names := [...]string{"unknown", "fill", "markout", "shadow", "latency", "reject", "revised", "participated", "impact", "cost"}
	kind := names[0]
	if int(b.What) < len(names) {
		kind = names[b.What]
	}
	m.set.outcomes.WithLabelValues(kind).Inc()
	if b.Refused != "" && b.What != event.OutcomeCost {
		m.set.refused.Inc()
	}
	if b.What == event.OutcomeLatency && b.Value >= 0 && !math.IsInf(b.Value, 0) {
		m.set.roundTrip.WithLabelValues(m.venue(b.Venue)).Observe(b.Value / 1e6)
	}
	if b.What == event.OutcomeReject {
		m.set.rejects.WithLabelValues(m.venue(b.Venue)).Inc()
	}
}

func (m *Metrics) executed(b *event.RecordExecution) {
	x := &b.Exec
	if x.Busted || x.Qty <= 0 {
		return
	}
	v := m.venue(x.Key.Venue)
	m.set.fills.WithLabelValues(v).Inc()
	m.set.shares.WithLabelValues(v).Add(float64(x.Qty))
	m.set.notional.WithLabelValues(v).Add(x.Px.Dollars() * float64(x.Qty))
	m.set.fees.WithLabelValues(v).Add(x.Fee.Dollars())
}

func (m *Metrics) raised(b *event.Raise) {
	names := [...]string{"info", "info", "warn", "page"}
	severity := "page"
	if int(b.Severity) < len(names) {
		severity = names[b.Severity]
	}
	m.set.alerts.WithLabelValues(severity, m.codes.of(b.Code)).Inc()
	switch {
	case len(b.Code) > 4 && b.Code[:4] == "INV-":
		m.set.invariants.Inc()
	case b.Code == "ER-13":
		m.set.conflicts.Inc()
	case b.Code == "ER-16":
		m.set.orphans.Inc()
	}
}

// window keeps the last thousand values and their smallest.
type window struct {
	values [1000]float64
	n      int
}

func (w *window) add(x float64) (smallest float64) {
	w.values[w.n%len(w.values)] = x
	w.n++
	smallest = x
	for _, v := range w.values[:min(w.n, len(w.values))] {
		smallest = min(smallest, v)
	}
	return smallest
}
