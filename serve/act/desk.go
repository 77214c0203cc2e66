package act

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/models/registry"
	"github.com/sluice-sor/sluice/serve/access"
	"github.com/sluice-sor/sluice/serve/audit"
	"github.com/sluice-sor/sluice/serve/control"
)

// Parent is what a desk must know of a parent order.
type Parent struct {
	Client string
	Stand  string // state in words
	Hold   string // as order.Hold says it, some milliseconds behind: by it a resume is asked of two people; the engine judges
}

// Models decides about models.
type Models interface {
	// Resolve gives the id that a name stands for now.
	Resolve(ctx context.Context, name string) (string, error)
	// Decide moves an alias, waits a while for the router to follow, and says both.
	Decide(ctx context.Context, d registry.Decision, by registry.Who) (string, error)
}

// Config is what a desk needs.
type Config struct {
	Engine  control.Engine
	Venues  []string // names by id
	Models  Models
	Parent  func(order.ParentID) (Parent, bool) // false: not known here
	Stand   func(Action) string                 // how what an action is about stands now, for the audit log
	Known   Known                               // what the configuration names; an empty list = not known, and nobody is warned
	InForce func() risk.Limits                  // the limits in force; nil = not known, and any change of them takes two people

	// Documents reads the documents of limits anew and refuses limits that they do not say; done is called with whether
	// the engine has taken them. nil = any limits are taken.
	Documents func(*risk.Limits) (done func(inForce bool), err error)

	Gate  *access.Gate
	Audit *audit.Log
	Heads func() []control.Told // who keeps the audit log's head; nil = nobody
	Now   func() time.Time      // nil = the system's clock
	Log   *slog.Logger
}

// A Desk does what people ask, if they may. Its methods may be called from several goroutines.
type Desk struct {
	cfg     Config
	waiting approvals

	mu      sync.Mutex
	paces   [unpaced]map[string]*rate.Limiter // by person
	refused map[string]*refusals              // by person
}

// An Outcome is what became of an action: what the router did, or the number under which it waits for a second person.
type Outcome struct {
	Text     string `json:"text"`
	Approval uint64 `json:"approval,omitempty"`
}

// Kind is why an action was not done.
type Kind int

// The kinds.
const (
	Invalid   Kind = iota // it says nothing that can be done
	Forbidden             // the person may not
	Conflict              // it does not fit how things stand
	Busy                  // too much at once
	Broken                // it did not work
)

// A Refusal is the error of everything that was not done.
type Refusal struct {
	Kind Kind
	Text string
}

func (r *Refusal) Error() string { return r.Text }

func refuse(k Kind, format string, a ...any) error { return &Refusal{k, fmt.Sprintf(format, a...)} }

// A pace is how fast one person may do a kind of action.
type pace uint8

// A hand on the page is slower than a pace, and a program that is not is held back. What only lessens risk has a wide pace of
// its own, which no other action uses up: a program that withdraws a desk's orders one by one passes, and one that repeats
// itself for ever does not fill the journal and the audit log. A halt of everything is never held back.
const (
	usual pace = iota
	lessens
	unpaced
)

// paces are actions a second, and at once.
var paces = [...]struct {
	second rate.Limit
	burst  int
}{usual: {5, 20}, lessens: {50, 500}}

// paceOf is the pace of an action.
func paceOf(r *rule, a *Action) pace {
	switch {
	case a.Do == Halt && a.Client+a.Symbol+a.Venue+a.Algorithm == "":
		return unpaced
	case r.less:
		return lessens
	}
	return usual
}

// within bounds one action, whatever becomes of the connection that it came by.
const within = 30 * time.Second

// New gives a desk. Audit and Engine must be there; Models may be nil.
func New(c Config) *Desk {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Stand == nil {
		c.Stand = func(Action) string { return "" }
	}
	return &Desk{cfg: c, refused: map[string]*refusals{}}
}

// Do does what a person asks, or lets it wait for a second one. The error is a [*Refusal].
func (d *Desk) Do(ctx context.Context, by *access.Person, a Action) (Outcome, error) {
	r, err := d.admit(by, &a)
	if err == nil && r.model != "" && r.model != registry.Rollback {
		err = d.resolve(ctx, &a)
	}
	if err != nil {
		d.recordRefusal(d.entry(by, nil, &a, audit.Refused, err.Error()))
		return Outcome{}, err
	}
	if r.twoPeople() {
		return d.wait(by, r, a)
	}
	return d.carry(ctx, r, by, nil, a)
}

// admit says whether the action may be done.
func (d *Desk) admit(by *access.Person, a *Action) (*rule, error) {
	r := ruleOf(a.Do)
	if r == nil {
		return nil, refuse(Invalid, "%.40q is no action: want one of %v", a.Do, Actions())
	}
	if err := d.bound(by, a); err != nil {
		return r, err
	}
	stopped := d.ruleOf(r, a)
	if by.Has(r.ask...) && stopped != r && !by.Has(stopped.ask...) { // a trader's own order, or another's: it says which
		if err := d.own(by, a); err != nil {
			return r, err
		}
	}
	if r = stopped; !by.Has(r.ask...) {
		return nil, refuse(Forbidden, "%s is not for the roles %v: it takes one of %v", a.Do, by.Roles, r.ask)
	}
	if p := paceOf(r, a); !d.pace(by.Name, p) {
		return nil, refuse(Busy, "that is more than %v actions a second: wait a moment", paces[p].second)
	}
	if err := a.check(r); err != nil {
		return nil, refuse(Invalid, "%v", err)
	}
	if a.Parent != 0 && !by.Has(access.Risk) {
		return r, d.own(by, a)
	}
	return r, nil
}

// own holds a trader to the orders that are known, and somebody who is bound to clients to those of theirs: of another's they are
// told what they are told of one that there is not. What a rule stopped the engine keeps from traders (RISK-07): it alone knows how
// the order stands at that moment.
func (d *Desk) own(by *access.Person, a *Action) error {
	if d.cfg.Parent != nil {
		if p, ok := d.cfg.Parent(a.Parent); ok && by.Owns(p.Client) {
			return nil
		}
	}
	return refuse(Conflict, "parent %d is not known here", a.Parent)
}

func (d *Desk) pace(name string, p pace) bool {
	if p == unpaced {
		return true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	of := d.paces[p]
	if of == nil {
		of = map[string]*rate.Limiter{}
		d.paces[p] = of
	}
	l := of[name]
	if l == nil {
		l = rate.NewLimiter(paces[p].second, paces[p].burst)
		of[name] = l
	}
	return l.AllowN(d.cfg.Now(), 1)
}

// resolve replaces a model's name by its id, so that what is approved is what was asked for.
func (d *Desk) resolve(ctx context.Context, a *Action) error {
	if d.cfg.Models == nil {
		return refuse(Broken, "this router follows no model registry")
	}
	id, err := d.cfg.Models.Resolve(ctx, a.Model)
	if err != nil {
		return refuse(Conflict, "%v", err)
	}
	a.Model = id
	return nil
}

// carry does an action that was admitted. What makes the router do less is done first and recorded then.
func (d *Desk) carry(ctx context.Context, r *rule, by, second *access.Person, a Action) (Outcome, error) {
	before := d.cfg.Stand(a)
	e := d.entry(by, second, &a, audit.Begun, "")
	e.Before = before
	if !r.less {
		if err := d.record(e); err != nil {
			return Outcome{}, refuse(Broken, "nothing was done, because it could not be recorded: %v", err)
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	text, err := d.execute(ctx, r, &a, by, second)
	if err == nil {
		text = d.warned(&a, text)
	}
	e.Outcome, e.Text, e.After = audit.Done, text, d.after(a)
	if err != nil {
		e.Outcome, e.Text = audit.Failed, err.Error()
	}
	if bad := d.record(e); bad != nil && err == nil {
		text += " (the audit log does not have it: " + bad.Error() + ")"
	}
	return Outcome{Text: text}, err
}

// warned is the answer to a halt of something that the router does not know, with a warning.
func (d *Desk) warned(a *Action, text string) string {
	if a.Do != Halt {
		return text
	}
	if w := d.cfg.Known.Warning(a.Client, a.Symbol, a.Venue); w != "" {
		return text + "; " + w
	}
	return text
}

// after is how what an action is about stands once it is done, where that is known at once. Of orders and halts the page
// learns from the journal some milliseconds later: the answer says it, and what the page has yet would be wrong.
func (d *Desk) after(a Action) string {
	if strings.HasPrefix(a.Do, "model.") || strings.HasPrefix(a.Do, "learning.") {
		return d.cfg.Stand(a)
	}
	return ""
}

// execute gives the action to the engine or to the registry.
func (d *Desk) execute(ctx context.Context, r *rule, a *Action, by, second *access.Person) (string, error) {
	approver := ""
	if second != nil {
		approver = second.Name
	}
	if r.model != "" {
		if d.cfg.Models == nil {
			return "", refuse(Broken, "this router follows no model registry")
		}
		actor := by.Name
		if second != nil {
			actor += ", approved by " + approver
		}
		text, err := d.cfg.Models.Decide(ctx, registry.Decision{What: r.model, Model: a.Model, Share: a.Share}, registry.Who{Actor: actor, Reason: a.Reason})
		if err != nil {
			return "", refuse(Conflict, "%v", err)
		}
		return text, nil
	}
	request, err := a.request(r, by.Name, approver)
	if err != nil {
		return "", refuse(Invalid, "%v", err)
	}
	request.OnlyPaused = a.Do == ParentResume && !by.Has(access.Risk)
	answer := control.Do(ctx, request, d.cfg.Engine, d.cfg.Venues)
	if answer.Error != "" {
		return "", refuse(Conflict, "%s", answer.Error)
	}
	return answer.Text, nil
}

// entry begins a line of the audit log.
func (d *Desk) entry(by, second *access.Person, a *Action, o audit.Outcome, text string) audit.Entry {
	e := audit.Entry{Request: requestID(), Actor: by.Name, Roles: by.RoleNames(), Via: by.Via, From: by.From, What: a.Do, Of: a.Of(),
		Reason: a.Reason, Outcome: o, Text: text}
	if second != nil {
		e.Second = second.Name
	}
	return e
}

func requestID() string {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// record appends to the audit log.
func (d *Desk) record(e audit.Entry) error {
	_, err := d.cfg.Audit.Append(e)
	if err != nil {
		d.cfg.Log.Error("an action is not in the audit log", "what", e.What, "actor", e.Actor, "outcome", string(e.Outcome), "error", err)
	}
	return err
}
