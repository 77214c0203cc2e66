package risk

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/snapshot"
)

// Bounds of a control that is off, and of what a person must say (RISK-12, RISK-13).
const (
	offMost      = 15 * market.Minute
	reasonLeast  = 20 // characters
	flowWhileOff = 10 // one of so many new orders passes
)

// switchable are the controls that people may turn off for a while. Conservation (RISK-01), the kill switch and the lists
// are not among them: no market makes them wrong.
var switchable = [...]string{"RISK-02", "RISK-03", "RISK-04", "RISK-05", "RISK-06", "RISK-08", "RISK-11", "RISK-18"}

// Switchable reports whether a control may be turned off for a while.
func Switchable(rule string) bool { return slices.Contains(switchable[:], rule) }

// Switchables names them all, for people.
func Switchables() string { return strings.Join(switchable[:], ", ") }

// off is one control that is off, until a time.
type off struct {
	rule  string
	until market.Time
}

// Distinct says why two persons are not two: one is missing, or both are the same. Empty is good.
func Distinct(actor, approver string) string {
	switch a, b := strings.TrimSpace(actor), strings.TrimSpace(approver); {
	case a == "":
		return "it needs the name of who asks"
	case b == "":
		return "it needs a second person (--second, or `sluice approve` where the router has users): nobody approves alone"
	case strings.EqualFold(a, b):
		return fmt.Sprintf("%s cannot approve what %s asked: it needs a second person", b, a)
	}
	return ""
}

// TwoPersons judges a decision that needs two persons and a reason that somebody can read later (RISK-12). Empty is good,
// and so is everything while the limits do not ask for it.
func (g *Gate) TwoPersons(actor, approver, reason string) string {
	if !g.limits.TwoPersons {
		return ""
	}
	if why := Distinct(actor, approver); why != "" {
		return why
	}
	if n := len([]rune(strings.TrimSpace(reason))); n < reasonLeast {
		return fmt.Sprintf("its reason has %d characters: say in at least %d why it is safe", n, reasonLeast)
	}
	return ""
}

// Switch turns a control off until a time of at most a quarter of an hour away, or on again, and says why not (RISK-13).
// Turning off needs two persons whatever the limits say.
func (g *Gate) Switch(b *event.ControlSwitched, now market.Time) (why string) {
	if !Switchable(b.Control) {
		return fmt.Sprintf("%q is no control that can be turned off: %s can", b.Control, Switchables())
	}
	if !b.Off {
		g.SwitchOn(b.Control)
		return ""
	}
	if why := Distinct(b.Actor, b.Approver); why != "" {
		return why
	}
	if n := len([]rune(strings.TrimSpace(b.Reason))); n < reasonLeast {
		return fmt.Sprintf("its reason has %d characters: say in at least %d why it is safe", n, reasonLeast)
	}
	if b.Until <= now || b.Until.Sub(now) > offMost {
		return "a control is off for a while of at most 15 minutes"
	}
	g.SwitchOn(b.Control)
	g.off = append(g.off, off{b.Control, b.Until})
	return ""
}

// SwitchOn turns a control on again and reports whether it was off.
func (g *Gate) SwitchOn(rule string) bool {
	i := slices.IndexFunc(g.off, func(o off) bool { return o.rule == rule })
	if i < 0 {
		return false
	}
	g.off = slices.Delete(g.off, i, i+1)
	return true
}

// Expire turns on what was off until now, and gives the rules.
func (g *Gate) Expire(now market.Time) (rules []string) {
	g.off = slices.DeleteFunc(g.off, func(o off) bool {
		if o.until > now {
			return false
		}
		rules = append(rules, o.rule)
		return true
	})
	return rules
}

// Off gives the controls that are off.
func (g *Gate) Off() (rules []string) {
	for i := range g.off {
		rules = append(rules, g.off[i].rule)
	}
	return rules
}

// IsOff reports whether a control is off for a while (RISK-13).
func (g *Gate) IsOff(rule string) bool {
	for i := range g.off {
		if g.off[i].rule == rule {
			return true
		}
	}
	return false
}

// stands reports whether a refusal counts: its control is on.
func (g *Gate) stands(r Refusal) bool { return r.Rule != "" && !g.IsOff(r.Rule) }

// thinned lets one of ten new orders pass while a control is off.
func (g *Gate) thinned() Refusal {
	if len(g.off) == 0 {
		return Refusal{}
	}
	if g.arrivals++; g.arrivals%flowWhileOff == 0 {
		return Refusal{}
	}
	return refuse("RISK-13", reasonBroker, "control %s is off: of new orders one in %d is taken until it is on again", g.off[0].rule, flowWhileOff)
}

func (o *off) visit(c *snapshot.Coder) {
	snapshot.Text(c, &o.rule)
	snapshot.Int(c, &o.until)
}
