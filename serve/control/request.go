package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/experiment"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/router"
)

// What a request asks for.
const (
	DoList    = "list"    // what is in doubt
	DoResolve = "resolve" // a child in doubt, or an orphan
	DoHalt    = "halt"    // a scope, or one parent
	DoResume  = "resume"  // a scope, or one parent
	DoCancel  = "cancel"  // one parent
	DoSteer   = "steer"   // one parent's urgency, and bounds within its client's terms

	DoLearning        = "learning"         // what the hard limit around the learner says
	DoHoldLearning    = "hold-learning"    // the learner's share of flow is .05 until it is released
	DoReleaseLearning = "release-learning" // ends a hold of a person, or of the day's loss

	DoCut             = "cut"              // ends an epoch of what is learned, for a training (SWP-01)
	DoStartExperiment = "start-experiment" // with a design
	DoStopExperiment  = "stop-experiment"

	DoApprovals = "approvals" // what waits for a second person
	DoApprove   = "approve"   // one of them
	DoDeny      = "deny"

	DoBaskets = "baskets" // what waits for one decision on its warnings (RISK-20)
	DoConfirm = "confirm" // one of them
	DoRefuse  = "refuse"

	DoHeads   = "heads"   // who else has the audit log's head (SEC-05)
	DoHalts   = "halts"   // how far every halt in force has come (KILL-04)
	DoLimits  = "limits"  // puts limits in force (RISK-16)
	DoControl = "control" // turns a control off for a while, or on (RISK-13)
)

// outcomes are the words for what a person found of a child.
var outcomes = [...]string{event.ResolvedCanceled: "canceled", event.ResolvedFilled: "filled",
	event.ResolvedNeverSent: "never-sent", event.ResolvedWorking: "working"}

// A Request is one line to the router.
type Request struct {
	Do      string         `json:"do"`
	Child   order.ChildID  `json:"child,omitempty"`
	Outcome string         `json:"outcome,omitempty"` // canceled, filled, never-sent or working
	Cum     int64          `json:"cum,omitempty"`     // what the venue filled in all
	Price   string         `json:"price,omitempty"`   // of what was never reported, in dollars
	Orphan  uint64         `json:"orphan,omitempty"`
	DK      bool           `json:"dk,omitempty"` // question the orphan's executions at its venue (35=Q)
	Parent  order.ParentID `json:"parent,omitempty"`
	Client  string         `json:"client,omitempty"`
	Symbol  string         `json:"symbol,omitempty"`
	Venue   string         `json:"venue,omitempty"`
	// Algorithm is part of a scope as Client, Symbol and Venue are: a strategy by its name, such as "block".
	Algorithm string `json:"algorithm,omitempty"`

	OnlyPaused bool `json:"only_paused,omitempty"` // a resume of a parent that a person paused, and of no other

	// Urgency, LimitUSD and MaxPct are what steers a parent; an empty one stays as it is. A limit or share of 0 is the client's own again.
	Urgency  string   `json:"urgency,omitempty"`
	LimitUSD string   `json:"limit_usd,omitempty"`
	MaxPct   *float64 `json:"max_pct,omitempty"` // of the volume, percent

	Actor  string `json:"actor,omitempty"`
	Reason string `json:"reason,omitempty"`

	// Second is the other one of two people. On the socket it is taken where the router has no users; where it has some,
	// Credential, a password or a token, proves who Actor is, and the second person approves by number.
	Second     string `json:"second,omitempty"`
	Credential string `json:"credential,omitempty"`
	Approval   uint64 `json:"approval,omitempty"`

	Basket uint64 `json:"basket,omitempty"` // by its number

	Limits  *risk.Limits `json:"limits,omitempty"`
	Control string       `json:"control,omitempty"` // by its rule
	OffFor  int64        `json:"off_for_ns,omitempty"`

	Design *experiment.Design `json:"design,omitempty"`
}

// An Answer is the line that comes back. Error says why nothing was done.
type Answer struct {
	Error    string   `json:"error,omitempty"`
	Text     string   `json:"text,omitempty"`
	Children []Child  `json:"children,omitempty"`
	Orphans  []Orphan `json:"orphans,omitempty"`

	Halts    []Halt    `json:"halts,omitempty"`
	Baskets  []Basket  `json:"baskets,omitempty"`
	Learning *Learning `json:"learning,omitempty"`
	Cut      *Cut      `json:"cut,omitempty"`
	Ladder   *Ladder   `json:"ladder,omitempty"`
	Heads    []Told    `json:"heads,omitempty"`

	Approval  uint64    `json:"approval,omitempty"` // under which it waits for a second person
	Approvals []Waiting `json:"approvals,omitempty"`
}

// Told is how the last telling of the audit log's head to somebody who keeps it went (SEC-05).
type Told struct {
	To     string    `json:"to"`    // store or syslog
	Lines  uint64    `json:"lines"` // of the last head that it took
	At     time.Time `json:"at"`    // when it took it; zero: it took none since the router's start
	Failed string    `json:"failed,omitempty"`
}

// Waiting is an action that waits for a second person.
type Waiting struct {
	ID     uint64    `json:"id"`
	Do     string    `json:"do"`           // resume, learning.release, model.promote
	Of     string    `json:"of,omitempty"` // what it is about, in words
	Actor  string    `json:"actor"`        // who asked: somebody else approves
	Reason string    `json:"reason"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until"` // it is void then
}

// Halt is how far a halt in force has come: of total orders in its scope some are confirmed gone. Only flat says that all
// are; an unknown order is not flat (KILL-07).
type Halt struct {
	Client    string   `json:"client,omitempty"`
	Symbol    string   `json:"symbol,omitempty"`
	Venue     string   `json:"venue,omitempty"`
	Algorithm string   `json:"algorithm,omitempty"`
	Actor     string   `json:"actor"`
	Reason    string   `json:"reason"`
	SinceNs   int64    `json:"since_ns"`
	Total     int      `json:"total"`
	Open      int      `json:"open"`
	Sent      int      `json:"cancel_sent"`
	Confirmed int      `json:"confirmed"`
	Unknown   int      `json:"unknown"`
	Flat      bool     `json:"flat"`
	Venues    []string `json:"venues,omitempty"` // where something is left
}

// Cut is where a training set ends: what was recorded up to Seq of the journal is in it, what comes after is of Epoch.
type Cut struct {
	Instance uint32 `json:"instance"`
	Epoch    uint32 `json:"epoch"`
	Seq      uint64 `json:"seq"`
}

// Orphan is an order at a venue that the router does not know.
type Orphan struct {
	Orphan       uint64 `json:"orphan"`
	Venue        string `json:"venue"`
	ClOrdID      string `json:"clordid,omitempty"`
	VenueOrderID string `json:"venue_order_id,omitempty"`
	ExecID       string `json:"exec_id,omitempty"`
	Symbol       string `json:"symbol,omitempty"`
	Side         string `json:"side,omitempty"`
	Qty          int64  `json:"qty"`
	Cum          int64  `json:"cum"`
	Leaves       int64  `json:"leaves"`
	Price        string `json:"price_usd,omitempty"`
	SinceNs      int64  `json:"since_ns"`
	Reports      uint32 `json:"reports"`
	Said         string `json:"said,omitempty"` // by the venue, in words
}

// Child is a child order in doubt.
type Child struct {
	Child        order.ChildID  `json:"child"`
	Parent       order.ParentID `json:"parent"`
	Venue        string         `json:"venue"`
	ClOrdID      string         `json:"clordid"`
	VenueOrderID string         `json:"venue_order_id,omitempty"`
	Symbol       string         `json:"symbol"`
	Side         string         `json:"side"`
	Qty          int64          `json:"qty"`
	Cum          int64          `json:"cum"`
	Limit        string         `json:"limit_usd,omitempty"`
	SinceNs      int64          `json:"since_ns"`
	Said         string         `json:"said"` // by the venue
}

var errNameless = errors.New("a decision needs the name of who takes it (--actor) and why (--reason)")

// offMost is what the engine takes of a control's time off (RISK-13).
const offMost = 15 * time.Minute

// Check says what is wrong with a decision before anybody is asked to approve it; the engine judges it again.
func (r *Request) Check(venues []string) error {
	_, err := r.event(venues)
	if err == nil && r.Do == DoControl && time.Duration(r.OffFor) > offMost {
		err = fmt.Errorf("a control is off for a while of at most %v", offMost)
	}
	return err
}

// event is the decision that a request carries.
func (r *Request) event(venues []string) (event.Body, error) {
	if r.Actor == "" || r.Reason == "" {
		return nil, errNameless
	}
	switch r.Do {
	case DoResolve:
		return r.resolution()
	case DoCancel:
		return r.steer(event.SteerCancel)
	case DoSteer:
		return r.terms()
	case DoHoldLearning, DoReleaseLearning:
		return &event.LearningSteered{Hold: r.Do == DoHoldLearning, Actor: r.both(), Reason: r.Reason}, nil
	case DoCut:
		return &event.TrainingCut{Actor: r.Actor + " (" + r.Reason + ")"}, nil
	case DoStartExperiment:
		if r.Design == nil {
			return nil, fmt.Errorf("an experiment needs its design")
		}
		text, err := json.Marshal(r.Design)
		return &event.ExperimentSteered{Design: text, Actor: r.Actor, Reason: r.Reason}, err
	case DoStopExperiment:
		return &event.ExperimentSteered{Actor: r.Actor, Reason: r.Reason}, nil
	case DoConfirm, DoRefuse:
		return r.basket()
	case DoLimits:
		return r.limits()
	case DoControl:
		b := &event.ControlSwitched{Control: r.Control, Off: r.OffFor > 0, Actor: r.Actor, Approver: r.Second, Reason: r.Reason}
		if b.Off {
			b.Until = market.Time(time.Now().UnixNano()).Add(r.OffFor)
		}
		return b, nil
	case DoHalt:
		if r.Parent != 0 {
			return r.steer(event.SteerPause)
		}
		return &event.Halted{Client: r.Client, Symbol: market.Symbol(r.Symbol), Venue: r.Venue, Algorithm: r.Algorithm, Actor: r.Actor, Reason: r.Reason},
			r.known(venues)
	case DoResume:
		if r.Parent != 0 && r.OnlyPaused {
			return r.steer(event.SteerUnpause)
		} else if r.Parent != 0 {
			return r.steer(event.SteerResume)
		}
		return &event.Resumed{Client: r.Client, Symbol: market.Symbol(r.Symbol), Venue: r.Venue, Algorithm: r.Algorithm, Actor: r.Actor, Approver: r.Second,
			Reason: r.Reason}, r.known(venues)
	}
	return nil, fmt.Errorf("%q is no request this router knows: use the sluice of the same build", r.Do)
}

// both names who asked and who approved, where an event has one field for it.
func (r *Request) both() string {
	if r.Second == "" {
		return r.Actor
	}
	return r.Actor + ", approved by " + r.Second
}

func (r *Request) resolution() (event.Body, error) {
	if r.Orphan != 0 {
		return &event.OrphanResolved{Orphan: r.Orphan, DK: r.DK, Actor: r.Actor, Reason: r.Reason}, nil
	}
	o := slices.Index(outcomes[:], r.Outcome)
	if o <= 0 {
		return nil, fmt.Errorf("%q is no outcome: say canceled, filled, never-sent or working", r.Outcome)
	}
	e := &event.ChildResolved{Child: r.Child, Outcome: event.Resolution(o), Cum: market.Qty(r.Cum), Actor: r.Actor, Reason: r.Reason}
	if r.Price != "" {
		px, err := market.ParsePrice(r.Price)
		if err != nil {
			return nil, fmt.Errorf("--price: %w", err)
		}
		e.Px = px
	}
	return e, nil
}

func (r *Request) steer(s event.Steer) (event.Body, error) {
	if r.Parent == 0 {
		return nil, fmt.Errorf("name the parent order by its number")
	}
	e := &event.ParentSteered{Parent: r.Parent, Steer: s, Actor: r.Actor + " (" + r.Reason + ")"}
	if s == event.SteerResume { // which may take two people, by their names (RISK-12)
		e.Actor, e.Approver, e.Reason = r.Actor, r.Second, r.Reason
	}
	return e, nil
}

// terms says which of a parent's terms change; all that is wrong at once.
func (r *Request) terms() (event.Body, error) {
	e := &event.ParentSteered{Parent: r.Parent, Steer: event.SteerTerms, Actor: r.Actor + " (" + r.Reason + ")"}
	var errs []error
	if r.Parent == 0 {
		errs = append(errs, errors.New("name the parent order by its number"))
	}
	if r.Urgency != "" {
		u, err := order.ParseUrgency(r.Urgency)
		errs = append(errs, err)
		e.Sets, e.Urgency = e.Sets|event.SetUrgency, u
	}
	if r.LimitUSD != "" {
		px, err := market.ParsePrice(r.LimitUSD)
		if err != nil || px < 0 {
			errs = append(errs, fmt.Errorf("limit is %q: want dollars, or 0 for the client's own", r.LimitUSD))
		}
		e.Sets, e.Bounds.Limit = e.Sets|event.SetLimit, px
	}
	if r.MaxPct != nil {
		bps := math.Round(100 * *r.MaxPct) // what is so small that it rounds to 0 must not mean the client's own
		if !(*r.MaxPct >= 0 && *r.MaxPct <= 100) || math.Abs(bps-100**r.MaxPct) > 1e-6 {
			errs = append(errs, fmt.Errorf("max_pct is %v: want percent of the volume, in hundredths, or 0 for the client's own", *r.MaxPct))
		} else {
			e.Bounds.MaxPctBps = int64(bps)
		}
		e.Sets |= event.SetShare
	}
	if e.Sets == 0 {
		errs = append(errs, errors.New("nothing is to change: give urgency, limit or max_pct"))
	}
	return e, errors.Join(errs...)
}

// limits is a change of limits that passed the self-test (RISK-14).
func (r *Request) limits() (event.Body, error) {
	if r.Limits == nil || r.Limits.Version == "" {
		return nil, fmt.Errorf("limits need a version")
	}
	if faults := router.SelfTest(*r.Limits, nil, risk.Gates{}); len(faults) > 0 {
		return nil, fmt.Errorf("the limits fail the self-test, the old ones stay: %v", faults)
	}
	text, err := json.Marshal(r.Limits)
	return &event.LimitsChanged{Version: r.Limits.Version, Limits: text, Actor: r.Actor, Approver: r.Second, Reason: r.Reason}, err
}

// known refuses a scope that would never match: a halt with a misspelt venue halts nothing.
func (r *Request) known(venues []string) error {
	if r.Venue != "" && !slices.Contains(venues, r.Venue) {
		return fmt.Errorf("no venue is named %q: the router has %v", r.Venue, venues)
	}
	if r.Algorithm != "" {
		_, err := order.ParseStrategy(r.Algorithm)
		return err
	}
	return nil
}
