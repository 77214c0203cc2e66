package act

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/serve/access"
	"github.com/sluice-sor/sluice/serve/audit"
	"github.com/sluice-sor/sluice/serve/control"
)

// controls changes limits, or turns a control off or on. The engine says whether that takes two people, and refuses what
// lacks the second. Where the router has users, who asks proves it, nobody can name a second who does not, and what loosens
// waits until one approves it, as a resume does.
func (d *Desk) controls(ctx context.Context, q *control.Request) control.Answer {
	if d.cfg.Gate.Empty() {
		by, second := &access.Person{Name: q.Actor, Via: socket, From: socket}, (*access.Person)(nil)
		if q.Second != "" {
			var err error
			if second, err = secondName(q); err != nil {
				return control.Answer{Error: err.Error()}
			}
		}
		return d.local(ctx, nil, by, second, q)
	}
	by, err := d.cfg.Gate.Prove(q.Actor, q.Credential, socket, socket)
	switch {
	case err != nil:
	case !by.Has(access.Risk):
		err = fmt.Errorf("limits and controls are for the role %v", access.Risk)
	case by.Bound():
		err = fmt.Errorf("limits and controls are for the role %v without --clients: they hold for everybody's orders", access.Risk)
	}
	if err != nil {
		return control.Answer{Error: err.Error()}
	}
	if of := d.loosens(q); of != "" {
		return answer(d.askToLoosen(by, q, of))
	}
	return d.local(ctx, nil, by, nil, q)
}

// loosens says in words what of a request takes two people: a control that goes off, limits that become wider. Empty is
// nothing.
func (d *Desk) loosens(q *control.Request) string {
	switch {
	case q.Do == control.DoControl && q.OffFor > 0:
		return fmt.Sprintf("%s off for %v", q.Control, time.Duration(q.OffFor))
	case q.Do != control.DoLimits || q.Limits == nil:
		return ""
	case d.cfg.InForce == nil:
		return "limits " + q.Limits.Version
	}
	now := d.cfg.InForce()
	if wider := q.Limits.Widened(&now); now.TwoPersons && len(wider) > 0 {
		return fmt.Sprintf("limits %s in place of %s, wider in %s", q.Limits.Version, now.Version, strings.Join(wider, ", "))
	}
	return ""
}

// askToLoosen keeps a request until a second person decides, unless the engine would never do it.
func (d *Desk) askToLoosen(by *access.Person, q *control.Request, of string) (Outcome, error) {
	e := audit.Entry{Request: requestID(), Actor: by.Name, Roles: by.RoleNames(), Via: by.Via, From: by.From, What: "control.off", Of: of, Reason: q.Reason,
		Outcome: audit.Waits}
	if q.Do == control.DoLimits {
		e.What = "limits.widen"
	}
	err := checkReason(q.Reason, true)
	switch {
	case !d.pace(by.Name, usual):
		err = fmt.Errorf("that is more than %v actions a second: wait a moment", paces[usual].second)
	case err == nil && q.Do == control.DoControl && !risk.Switchable(q.Control):
		err = fmt.Errorf("%q is no control that can be turned off: %s can", q.Control, risk.Switchables())
	case err == nil:
		err = q.Check(d.cfg.Venues)
	}
	if err != nil {
		e.Outcome, e.Text = audit.Refused, err.Error()
		d.recordRefusal(e)
		return Outcome{}, refuse(Invalid, "%v", err)
	}
	kept := *q
	kept.Actor, kept.Credential, kept.Second = by.Name, "", ""
	return d.keep(e, &waiting{rule: &rule{do: e.What, ask: []access.Role{access.Risk}, approve: []access.Role{access.Admin}}, request: &kept, by: *by})
}

// loosen does what was approved.
func (d *Desk) loosen(ctx context.Context, w *waiting, second *access.Person) (Outcome, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	a := d.local(ctx, nil, &w.by, second, w.request)
	if a.Error != "" {
		return Outcome{}, refuse(Conflict, "%s", a.Error)
	}
	return Outcome{Text: a.Text}, nil
}

// engine gives a request to the engine. New limits must be what the documents say, which are followed from then on.
func (d *Desk) engine(ctx context.Context, q *control.Request) control.Answer {
	if q.Do != control.DoLimits || q.Limits == nil || d.cfg.Documents == nil {
		return control.Do(ctx, q, d.cfg.Engine, d.cfg.Venues)
	}
	done, err := d.cfg.Documents(q.Limits)
	if err != nil {
		return control.Answer{Error: err.Error()}
	}
	got := control.Do(ctx, q, d.cfg.Engine, d.cfg.Venues)
	done(got.Error == "")
	return got
}
