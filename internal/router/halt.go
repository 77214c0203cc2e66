package router

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// halted stops new orders in a scope and withdraws what works there (KILL-01, KILL-07).
func (e *Engine) halted(b *event.Halted) {
	e.gate.Halt(b)
	e.raise(event.Page, "KILL-01", nil, nil, fmt.Sprintf("halted by %s: %s: %s", b.Actor, haltScope(b.Client, b.Symbol, b.Venue, b.Algorithm), b.Reason))
	e.answer(false, "halted: nothing new is sent in this scope, and what works there is being withdrawn")
	e.cancelVenues(b)
	for _, p := range e.live {
		for _, c := range p.children {
			if e.gate.Halted(p.Client, p.Terms.Symbol, e.venues[c.Venue].Name, p.Terms.Strategy) {
				e.cancelChild(c, "halted")
			}
		}
	}
	e.beginHalt(b)
}

// haltScope is a scope in words.
func haltScope(client string, symbol market.Symbol, venue, algorithm string) string {
	var parts []string
	for _, p := range [...][2]string{{"client", client}, {"symbol", string(symbol)}, {"venue", venue}, {"algorithm", algorithm}} {
		if p[1] != "" {
			parts = append(parts, p[0]+" "+p[1])
		}
	}
	if len(parts) == 0 {
		return "everything"
	}
	return strings.Join(parts, ", ")
}

// resumed lifts a halt and lets the parents go on: one person halts, two arm again (KILL-03).
func (e *Engine) resumed(b *event.Resumed) {
	if !e.gate.HaltedExactly(b) {
		e.raise(event.Warn, "KILL-03", nil, nil, "no halt has exactly this scope")
		e.answer(true, "no halt has exactly this scope: name the client, symbol and venue with which it was halted")
		return
	}
	if why := e.gate.TwoPersons(b.Actor, b.Approver, b.Reason); why != "" {
		e.raise(event.Warn, "KILL-03", nil, nil, "the halt stays: "+why)
		e.answer(true, "KILL-03: the halt stays: "+why)
		return
	}
	e.gate.Resume(b)
	e.endHalt(b)
	e.answer(false, "resumed")
	e.raise(event.Page, "KILL-03", nil, nil, fmt.Sprintf("resumed by %s: %s: %s", both(b.Actor, b.Approver), haltScope(b.Client, b.Symbol, b.Venue, b.Algorithm), b.Reason))
	for _, p := range e.everyLive() {
		e.afterChild(p, "resumed")
	}
}

// both names who asked and who approved.
func both(actor, approver string) string {
	if approver == "" {
		return actor
	}
	return actor + " and " + approver
}

// limitsChanged puts new limits in force for everything that comes after (RISK-16). Wider ones need two persons (SEC-04).
func (e *Engine) limitsChanged(b *event.LimitsChanged) {
	refuse := func(why string) {
		text := fmt.Sprintf("limits %s of %s are refused, the old ones stay: %s", b.Version, b.Actor, why)
		e.raise(event.Page, "RISK-16", nil, nil, text)
		e.answer(true, text)
	}
	limits := e.cfg.Limits.Clone() // decoding writes into it
	err := json.Unmarshal(b.Limits, &limits)
	if err == nil {
		err = limits.Check()
	}
	if err != nil {
		refuse(err.Error())
		return
	}
	if wider := limits.Widened(&e.cfg.Limits); len(wider) > 0 {
		if why := e.gate.TwoPersons(b.Actor, b.Approver, b.Reason); why != "" {
			refuse(strings.Join(wider, ", ") + " would be wider: " + why)
			return
		}
	}
	limits.Version = b.Version
	e.cfg.Limits = limits
	e.gate.SetLimits(limits, e.cfg.Instruments)
	text := fmt.Sprintf("limits %s in force, by %s: %s", b.Version, both(b.Actor, b.Approver), b.Reason)
	e.raise(event.Warn, "RISK-16", nil, nil, text)
	e.answer(false, text)
}

// controlSwitched turns a control off for a while, or on again (RISK-13). Meanwhile one of ten new orders is taken.
func (e *Engine) controlSwitched(b *event.ControlSwitched) {
	if why := e.gate.Switch(b, e.now); why != "" {
		e.raise(event.Page, "RISK-13", nil, nil, fmt.Sprintf("%s stays as it is: %s", b.Control, why))
		e.answer(true, "RISK-13: "+b.Control+" stays as it is: "+why)
		return
	}
	text := fmt.Sprintf("%s is on, by %s: %s", b.Control, b.Actor, b.Reason)
	if b.Off {
		text = fmt.Sprintf("%s is off for %d s, by %s: %s", b.Control, b.Until.Sub(e.now)/market.Second, both(b.Actor, b.Approver), b.Reason)
		e.timers.push(timer{at: b.Until, kind: timerControl})
	}
	e.raise(event.Page, "RISK-13", nil, nil, text)
	e.answer(false, text)
}

// controlsDue turns on again what was off until now.
func (e *Engine) controlsDue() {
	for _, rule := range e.gate.Expire(e.now) {
		e.raise(event.Page, "RISK-13", nil, nil, rule+" is on again: its time off is over")
	}
}
