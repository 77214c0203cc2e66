package view

import (
	"encoding/json"
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/risk"
)

// Use is how much of a limit in money is used: by one client, or by all.
type Use struct {
	Client   string `json:"client"`       // empty for the firm
	Open     USD    `json:"open_usd"`     // leaves of working parents, at the higher of limit and arrival price
	Executed USD    `json:"executed_usd"` // of the day, UTC
	Limit    USD    `json:"limit_usd"`    // on both together; 0 = none
}

// dayUse is what was executed today.
type dayUse struct {
	day     int64 // days since 1970, UTC
	firm    market.Money
	clients map[string]market.Money
}

// maxUsers bounds the clients that are told apart; clients are configured.
const maxUsers = 1000

// spent books an execution, or the difference that a bust or correction made. What belongs to a former day is gone already, as in
// the gate.
func (v *View) spent(client string, at market.Time, m market.Money) {
	u := &v.used
	if day := int64(at) / (24 * market.Hour); day > u.day || u.clients == nil {
		u.day, u.firm, u.clients = day, 0, map[string]market.Money{}
	}
	u.firm = max(0, u.firm+m)
	if _, known := u.clients[client]; known || len(u.clients) < maxUsers {
		u.clients[client] = max(0, u.clients[client]+m)
	}
}

// limitsChanged follows the limits in force, if the engine takes them: what a document does not say stays.
func (v *View) limitsChanged(b *event.LimitsChanged) func() {
	version, text := b.Version, slices.Clone(b.Limits)
	return func() {
		limits := v.limits.Clone()
		if json.Unmarshal(text, &limits) != nil {
			return // the engine refuses such
		}
		limits.Version = version
		v.engine.Limits, v.limits = version, limits
	}
}

// switched notes a control that is off, or takes it off the list.
func (v *View) switched(b *event.ControlSwitched) {
	v.off = slices.DeleteFunc(v.off, func(o Off) bool { return o.Control == b.Control || o.Until <= Stamp(v.at) })
	if b.Off {
		v.off = append(v.off, Off{b.Control, Stamp(b.Until), b.Actor, b.Approver, b.Reason})
	}
}

// Limits gives the limits in force.
func (v *View) Limits() risk.Limits {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.limits.Clone()
}

// Uses gives how much of the limits on a day's money is used: the firm first, then the clients by name.
func (v *View) Uses() []Use {
	v.mu.RLock()
	defer v.mu.RUnlock()
	open := map[string]USD{}
	firm := Use{Executed: USD(v.used.firm), Limit: USD(v.limits.MaxFirmMoney)}
	for _, id := range v.order {
		p := v.parents[id]
		if p == nil || p.State.Done() {
			continue
		}
		m := USD(money(max(p.Terms.Limit, p.Arrival), p.Leaves()))
		open[p.Client] += m
		firm.Open += m
	}
	names := make([]string, 0, len(v.used.clients))
	for name := range v.used.clients {
		names = append(names, name)
	}
	for name := range open {
		if _, ok := v.used.clients[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	out := []Use{firm}
	for _, name := range names {
		limit := v.limits.MaxClientMoney
		for i := range v.limits.Credits {
			if c := &v.limits.Credits[i]; c.Client == name && c.MaxClientMoney > 0 {
				limit = c.MaxClientMoney
			}
		}
		out = append(out, Use{name, open[name], USD(v.used.clients[name]), USD(limit)})
	}
	return out
}
