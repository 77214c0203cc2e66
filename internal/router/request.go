package router

import (
	"fmt"
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
)

// dispatchRequest takes what clients ask of many orders at once, what people decide, and what sessions say.
func (e *Engine) dispatchRequest(body event.Body) {
	switch b := body.(type) {
	case *event.ParentMassCancelRequested:
		e.massCancelRequested(b)
	case *event.ParentMassStatusRequested:
		e.massStatusRequested(b)
	case *event.TradeQuestioned:
		e.tradeQuestioned(b)
	case *event.ReportOrphaned:
		e.reportOrphaned(b)
	case *event.OrphanResolved:
		e.orphanResolved(b)
	case *event.SessionAlarmed:
		e.sessionAlarmed(b)
	case *event.ChildResolved:
		e.childResolved(b)
	case *event.Degraded:
		e.degrade(b)
	case *event.BasketDecided:
		e.basketDecided(b)
	case *event.VenueMassCanceled:
		e.massCanceledAtVenue(b)
	default:
		panic(fmt.Sprintf("router: %T is not an event", body))
	}
}

// tradeQuestioned is a client's DK: it does not know a fill that we reported, so its books and ours differ. The order
// freezes, because more fills would only widen the gap; the fill stands until its venue busts it, and a person decides
// with both sides and lets the order go on.
func (e *Engine) tradeQuestioned(b *event.TradeQuestioned) {
	p := e.parents[b.Parent]
	if p == nil || p.Client != b.Client {
		e.raise(event.Page, "DK", nil, nil, fmt.Sprintf("%s does not know an execution of %d %s at %v (127=%c), of an order that is not its own here: %s",
			b.Client, b.Qty, b.Symbol, b.Px, max(b.Reason, ' '), b.Text))
		return
	}
	var c *childState
	what := "an execution that we never reported"
	if x := e.executionReported(p, b.ExecID); x != nil {
		c = e.children[x.Child]
		what = fmt.Sprintf("execution %s of %d at %v", x.Key.ExecID, x.Qty, x.Px)
	}
	e.freeze(p, c, "DK", fmt.Sprintf("%s does not know %s (127=%c): %s: agree with it, then resume or cancel the order", b.Client, what, max(b.Reason, ' '), b.Text))
}

// executionReported finds the execution of p that a client's ExecID reported, nil if none did.
func (e *Engine) executionReported(p *parentState, report uint64) *execution {
	if report == 0 {
		return nil
	}
	for _, id := range p.ids {
		for _, x := range e.children[id].execs {
			if x.report == report {
				return x
			}
		}
	}
	return nil
}

// sessionAlarmed makes an alarm of a FIX session one of the router's, so that the page, the metrics and the store show it.
// What a venue announces and what another alert already pages for only warns.
func (e *Engine) sessionAlarmed(b *event.SessionAlarmed) {
	if b.Alarm == "model" { // what served serves on
		e.raise(event.Warn, "MOP-04", nil, nil, b.Text)
		return
	}
	if b.Alarm == "audit" { // the log of who did what is no session's either
		e.raise(event.Page, "SEC-05", nil, nil, b.Text)
		return
	}
	severity := event.Page
	switch b.Alarm {
	case "news", "no-status":
		severity = event.Warn
	}
	who := "client " + b.Client
	if b.Venue >= 0 && int(b.Venue) < len(e.venues) {
		who = "venue " + e.venues[b.Venue].Name
	} else if b.Client == "" {
		who = "a session"
	}
	e.raise(severity, "FIX", nil, nil, fmt.Sprintf("%s: %s: %s", who, b.Alarm, b.Text))
}

// degradedRule names the rule behind a Degraded: the ladder's, the fleet's, or the disk's.
func degradedRule(reason string) string {
	switch {
	case strings.HasPrefix(reason, event.Latched):
		return "OPS-04"
	case strings.Contains(reason, event.Unattested): // who lifted what else there was may come before it
		return "OPS-01"
	}
	return "JRN-10"
}

// degrade takes less on, or more again. What works stays at its venues, and a cancel always passes (JRN-09, JRN-10).
func (e *Engine) degrade(b *event.Degraded) {
	was := e.degraded
	if e.degraded, e.degradedBy = b.Level, b.Reason; b.Level == was {
		return
	}
	text := [...]string{"the router takes new orders again", "no new orders are taken", "no new orders are taken and none is sent to a venue"}
	severity := event.Page
	if b.Level < was {
		severity = event.Warn
	}
	e.raise(severity, degradedRule(b.Reason), nil, nil, fmt.Sprintf("%s: %s", text[min(int(b.Level), len(text)-1)], b.Reason))
	if was >= event.DegradedChildren && b.Level < event.DegradedChildren {
		for _, p := range e.everyLive() {
			e.afterChild(p, "the router works again")
		}
	}
}
