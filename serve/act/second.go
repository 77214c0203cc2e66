package act

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/serve/access"
	"github.com/sluice-sor/sluice/serve/audit"
	"github.com/sluice-sor/sluice/serve/control"
)

// wait keeps an admitted action until a second person decides. Its number is that of its line in the audit log, which no
// restart gives to another.
func (d *Desk) wait(by *access.Person, r *rule, a Action) (Outcome, error) {
	return d.keep(d.entry(by, nil, &a, audit.Waits, ""), &waiting{rule: r, action: a, by: *by, since: d.since(&a)})
}

// since is when the halt or the hold began that an action lifts, 0 for none: who asks to lift one does not ask to lift the next.
func (d *Desk) since(a *Action) market.Time {
	switch a.Do {
	case LearningRelease:
		return d.cfg.Engine.Learning().Since
	case Resume:
		for _, h := range d.cfg.Engine.Halts() {
			if h.Client == a.Client && string(h.Symbol) == a.Symbol && h.Venue == a.Venue && h.Algorithm == a.Algorithm {
				return h.At
			}
		}
	}
	return 0
}

// keep keeps what waits, as the entry says it.
func (d *Desk) keep(e audit.Entry, w *waiting) (Outcome, error) {
	now := d.cfg.Now()
	e.Text = "waits for a second person"
	id, err := d.cfg.Audit.Append(e)
	if err != nil {
		return Outcome{}, refuse(Broken, "nothing waits, because it could not be recorded: %v", err)
	}
	w.Waiting = control.Waiting{ID: id, Do: e.What, Of: e.Of, Actor: e.Actor, Reason: e.Reason, Since: now.UTC(), Until: now.Add(approvalWithin).UTC()}
	if err := d.waiting.put(w, now); err != nil {
		e.Request, e.Outcome, e.Text = requestID(), audit.Refused, err.Error()
		_ = d.record(e) // it logs what it cannot write
		return Outcome{}, err
	}
	return Outcome{Approval: id, Text: fmt.Sprintf("waits for a second person, as number %d, until %s UTC", id, w.Until.Format("15:04"))}, nil
}

// Approvals lists what waits for a second person and is somebody's to know of, the oldest first; all of it for nil, which is
// whoever can open the local socket.
func (d *Desk) Approvals(by *access.Person) []control.Waiting {
	return d.waiting.all(d.cfg.Now(), func(w *waiting) bool { return by == nil || d.sees(by, w) })
}

// Approve does what waits under a number, or drops it. Who asked may drop it but not approve it, and must still be
// somebody who may ask for it.
func (d *Desk) Approve(ctx context.Context, by *access.Person, id uint64, approve bool, reason string) (Outcome, error) {
	what := Action{Do: "deny", Reason: reason}
	if approve {
		what.Do = Approve
	}
	w, err := d.waiting.take(id, d.cfg.Now(), func(w *waiting) error {
		return d.mayDecide(by, w, w.rule, approve, reason)
	})
	if err != nil {
		e := d.entry(by, nil, &what, audit.Refused, err.Error())
		e.Of = fmt.Sprintf("number %d", id)
		d.recordRefusal(e)
		return Outcome{}, err
	}
	e := d.entry(by, nil, &what, audit.Done, "")
	e.Of = fmt.Sprintf("number %d of %s: %s %s", id, w.Actor, w.Do, w.Of)
	if err := d.record(e); err != nil && approve {
		return Outcome{}, refuse(Broken, "nothing was done, because it could not be recorded: %v; ask again", err)
	}
	if !approve {
		return Outcome{Text: fmt.Sprintf("number %d is dropped: nothing was done", id)}, nil
	}
	if w.request != nil {
		return d.loosen(ctx, w, by)
	}
	return d.carry(ctx, w.rule, &w.by, by, w.action)
}

// mayDecide says whether somebody may decide on what waits.
func (d *Desk) mayDecide(by *access.Person, w *waiting, r *rule, approve bool, reason string) error {
	if !d.sees(by, w) {
		return gone()
	}
	if err := checkReason(reason, false); err != nil {
		return refuse(Invalid, "%v", err)
	}
	own := by.Name == w.Actor
	switch {
	case !approve && own:
		return nil
	case !by.Has(r.approve...):
		return refuse(Forbidden, "number %d is not for the roles %v to decide: it takes one of %v", w.ID, by.Roles, r.approve)
	case own:
		return refuse(Forbidden, "you asked for number %d yourself: a second person approves it", w.ID)
	case approve && !d.stillMay(w, r):
		return refuse(Conflict, "%s, who asked for number %d, is no user with that right any more: ask again", w.Actor, w.ID)
	case approve && w.request == nil && d.since(&w.action) != w.since:
		return refuse(Conflict, "what number %d is to lift was lifted, or put there anew, since it was asked for: look at it, and ask again", w.ID)
	case approve && w.request != nil && d.loosens(w.request) != w.Of:
		return refuse(Conflict, "the limits in force have changed since number %d was asked for: ask again", w.ID)
	}
	return nil
}

// stillMay reports whether who asked may ask for it still.
func (d *Desk) stillMay(w *waiting, r *rule) bool {
	now, ok := d.cfg.Gate.Find(w.Actor)
	return ok && now.Has(r.ask...) && d.sees(now, w)
}

// Local answers the local socket, which only the router's own user can open. Where the router has users, what needs two
// people takes the proof of both: who asks gives a credential and gets a number, and who approves gives theirs with it.
// Where there are none yet, it takes two names.
func (d *Desk) Local(ctx context.Context, q *control.Request) control.Answer {
	q.Actor, q.Reason = legible(q.Actor, textMax), legible(q.Reason, reasonMax) // and nothing that lessens risk is refused for its words
	switch q.Do {
	case control.DoList, control.DoLearning, control.DoLadder, control.DoBeat, control.DoHalts, control.DoBaskets:
		return control.Do(ctx, q, d.cfg.Engine, d.cfg.Venues)
	case control.DoHeads:
		if d.cfg.Heads == nil {
			return control.Answer{}
		}
		return control.Answer{Heads: d.cfg.Heads()}
	case control.DoLimits, control.DoControl:
		return d.controls(ctx, q)
	case control.DoApprovals:
		return control.Answer{Approvals: d.Approvals(nil)}
	case control.DoApprove, control.DoDeny:
		if d.cfg.Gate.Empty() {
			return control.Answer{Error: "this router has no users, so nothing waits for one of them: the command itself names both people, --actor and --second"}
		}
		p, err := d.cfg.Gate.Prove(q.Actor, q.Credential, socket, socket)
		if err != nil {
			return control.Answer{Error: err.Error()}
		}
		return answer(d.Approve(ctx, p, q.Approval, q.Do == control.DoApprove, q.Reason))
	}
	by := &access.Person{Name: q.Actor, Via: socket, From: socket}
	a := actionOf(q)
	r := d.ruleOf(ruleFor(q), &a)
	proven := r != nil && r.do == BasketConfirm && !d.cfg.Gate.Empty() // one person, who is known
	switch {
	case r == nil || !r.twoPeople() && !proven:
		return d.local(ctx, r, by, nil, q)
	case d.cfg.Gate.Empty():
		second, err := secondName(q)
		if err != nil {
			return control.Answer{Error: err.Error()}
		}
		return d.local(ctx, r, by, second, q)
	}
	p, err := d.cfg.Gate.Prove(q.Actor, q.Credential, socket, socket)
	if err != nil {
		need := "two people who log in"
		if proven {
			need = "a person of the role risk who logs in"
		}
		return control.Answer{Error: fmt.Sprintf("this needs %s: %v", need, err)}
	}
	return answer(d.Do(ctx, p, a))
}

// socket is how the audit log calls the local socket.
const socket = access.Socket

func answer(o Outcome, err error) control.Answer {
	if err != nil {
		return control.Answer{Error: err.Error()}
	}
	return control.Answer{Text: o.Text, Approval: o.Approval}
}

// secondName is the second person where there are no users who could log in: another name.
func secondName(q *control.Request) (*access.Person, error) {
	second := strings.TrimSpace(q.Second)
	switch {
	case strings.TrimSpace(q.Actor) == "":
		return nil, errors.New("a decision needs the name of who takes it (--actor)")
	case second == "":
		return nil, fmt.Errorf("this needs two people (KILL-03): give the second one's name (--second); with `sluice users add` they log in instead")
	case strings.EqualFold(second, strings.TrimSpace(q.Actor)):
		return nil, fmt.Errorf("--second is %s, who asks: another person must agree (KILL-03)", second)
	}
	if err := checkReason(q.Reason, true); err != nil {
		return nil, err
	}
	return &access.Person{Name: second, Via: socket, From: socket}, checkText("--second", second, textMax)
}

// local carries out a request of the socket as it is: its answer may say more than an action's.
func (d *Desk) local(ctx context.Context, r *rule, by, second *access.Person, q *control.Request) control.Answer {
	a := actionOf(q)
	e := d.entry(by, second, &a, audit.Begun, "")
	if q.Child != 0 || q.Orphan != 0 {
		e.Of = fmt.Sprintf("child %d orphan %d %s cum %d price %s", q.Child, q.Orphan, q.Outcome, q.Cum, q.Price)
	}
	switch of := d.loosens(q); {
	case of != "":
		e.Of = of
	case q.Do == control.DoControl:
		e.Of = q.Control + " on"
	case q.Do == control.DoLimits && q.Limits != nil:
		e.Of = "limits " + q.Limits.Version
	}
	e.Before = d.cfg.Stand(a)
	if less := q.Do == control.DoBrake || r != nil && r.less; !less {
		if err := d.record(e); err != nil {
			return control.Answer{Error: fmt.Sprintf("nothing was done, because it could not be recorded: %v", err)}
		}
	}
	named := *q
	named.Credential, named.Second = "", ""
	if second != nil {
		named.Second = second.Name
	}
	got := d.engine(ctx, &named)
	if got.Error == "" {
		got.Text = d.warned(&a, got.Text)
	}
	e.Outcome, e.Text, e.After = audit.Done, got.Text, d.after(a)
	if got.Error != "" {
		e.Outcome, e.Text = audit.Failed, got.Error
	}
	if err := d.record(e); err != nil && got.Error == "" {
		got.Text += " (the audit log does not have it: " + err.Error() + ")"
	}
	return got
}
