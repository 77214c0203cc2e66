package router

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// veto is the children of one parent that a rule refused: people are told of the first, and then once a minute.
type veto struct {
	rule  string
	at    market.Time
	times int // since then
}

// vetoed notes in a decision that a child of it was refused, and tells people so.
func (e *Engine) vetoed(p *parentState, c *childState, d *event.RecordDecision, text string) {
	d.Void, d.Vetoed = true, text
	rule, _, _ := strings.Cut(text, ":")
	e.told(p, event.Warn, "GATE", rule, e.venues[c.Venue].Name+": "+text)
}

// told tells people what a rule does to a parent: the first time, and then once a minute how often.
func (e *Engine) told(p *parentState, s event.Severity, code, rule, text string) {
	i := slices.IndexFunc(p.vetoes, func(v veto) bool { return v.rule == rule })
	if i < 0 {
		i = len(p.vetoes)
		p.vetoes = append(p.vetoes, veto{rule: rule, at: -market.Time(vetoesTold)})
	}
	v := &p.vetoes[i]
	if e.now.Sub(v.at) < vetoesTold { // each is in its decision
		v.times++
		return
	}
	if v.times > 0 {
		text += fmt.Sprintf(" (and %d times more since it was told last)", v.times)
	}
	v.at, v.times = e.now, 0
	e.raise(s, code, p, nil, text)
}

// vetoesTold is how often people are told that a rule refuses children of one order.
const vetoesTold = market.Minute
