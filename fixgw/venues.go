package fixgw

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw/session"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// VenueConfig is one venue's order session.
type VenueConfig struct {
	Session session.Config
	Profile Profile // Version is taken from Session
}

// VenuesConfig describes the order sessions to all venues.
type VenuesConfig struct {
	Common
	Venues []VenueConfig
	Sink   Sink
	Now    func() market.Time // TransactTime; nil is the wall clock
	// MayLeave is asked of each new child (request 0) and replace as it leaves the session's queue; an error keeps it in, and is
	// the reason of its ChildDenied. nil lets everything out (PACE-05).
	MayLeave func(child order.ChildID, request uint32, venue market.VenueID) error
}

// Venues is the initiators to the venues. Its commands only queue: what became of one comes to the Sink as ChildSent
// (the whole message reached the socket) or ChildDenied (no byte of it left). A message of which bytes may have left
// when the connection broke gives neither: VenueDown puts the child in doubt.
type Venues struct {
	cfg    VenuesConfig
	byID   map[quickfix.SessionID]*venue
	venues [market.MaxVenues]*venue
	box    *mailbox
	files  dictionaries
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

// A venue is one session with the children that it must still find by the venue's own ids.
type venue struct {
	profile   Profile
	initiator *session.Initiator
	id        quickfix.SessionID

	mu     sync.Mutex
	up     bool
	routes routes
}

// NewVenues checks the configuration and opens the relays.
func NewVenues(cfg VenuesConfig) (*Venues, error) {
	v := &Venues{cfg: cfg, byID: map[quickfix.SessionID]*venue{}, box: newMailbox()}
	if v.cfg.Now == nil {
		v.cfg.Now = wallClock
	}
	var errs []error
	for _, one := range cfg.Venues {
		errs = append(errs, v.add(one))
	}
	if err := errors.Join(errs...); err != nil {
		v.Close()
		return nil, err
	}
	return v, nil
}

func (v *Venues) add(one VenueConfig) (err error) {
	p := one.Profile
	p.Version = one.Session.BeginString
	if err := p.Check(); err != nil {
		return err
	}
	if v.venues[p.Venue] != nil {
		return fmt.Errorf("fix venues: venue %d is configured twice", p.Venue)
	}
	if err := v.files.give(&one.Session, true); err != nil {
		return err
	}
	one.Session.TolerateUserFields, one.Session.TolerateUnknownFields = true, true
	one.Session.CancelsInGap = true
	x := &venue{profile: p, id: one.Session.ID(), routes: newRoutes()}
	one.Session.Gate = func(o *session.Outgoing) error {
		t := unpackToken(o.Token)
		switch {
		case o.Class == session.Cancel && (t.query || t.child == 0):
			return nil
		case o.Class == session.Cancel:
			return x.cancels(t.child)
		case v.cfg.MayLeave == nil:
			return nil
		}
		return v.cfg.MayLeave(t.child, t.request, p.Venue)
	}
	x.initiator, err = session.NewInitiator(one.Session, v.cfg.env(callbacks{v.message, v.refused, v.outcome, v.state}))
	if err != nil {
		return err
	}
	v.venues[p.Venue], v.byID[x.id] = x, x
	return nil
}

// Start connects to all venues and stays connected until Close.
func (v *Venues) Start() error {
	ctx, cancel := context.WithCancel(context.Background())
	v.cancel = cancel
	v.wg.Go(func() { v.box.run(ctx, v.submit) })
	for _, x := range v.byID {
		if err := x.initiator.Start(); err != nil {
			return err
		}
	}
	return nil
}

// Close logs out everywhere. The Sink must take events until it returns.
func (v *Venues) Close() {
	var closing sync.WaitGroup
	for _, x := range v.byID {
		closing.Go(x.initiator.Close)
	}
	closing.Wait()
	if v.cancel != nil {
		v.cancel()
	}
	v.wg.Wait()
	v.files.remove()
}

// Session gives a venue's session, nil for a venue that has none.
func (v *Venues) Session(id market.VenueID) *session.Session {
	if x := v.find(id); x != nil {
		return x.initiator.Session()
	}
	return nil
}

func (v *Venues) find(id market.VenueID) *venue {
	if id >= market.MaxVenues {
		return nil
	}
	return v.venues[id]
}

// Send queues a child's order. c may be used again when it returns.
func (v *Venues) Send(c *event.SendChild) {
	x := v.find(c.Child.Venue)
	if x == nil {
		v.deny(c.Child.ID, 0, "the venue has no session")
		return
	}
	x.restore(c)
	v.send(x, c.Child.ID, 0, session.New, x.profile.Send(c, v.cfg.Now()))
}

// goneFor is for how long after a mass cancel the cancels of what it withdrew are kept in. Later ones leave: whoever asks then
// knows something that we do not.
const goneFor = 5 * time.Second

// errGone keeps a cancel in that a mass cancel made needless while it waited.
var errGone = errors.New("the venue has withdrawn the order already")

// cancels refuses the cancel of an order of which the venue itself said that it is withdrawn.
func (x *venue) cancels(child order.ChildID) error {
	if !x.initiator.Session().SweptWithin(goneFor) {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if r := x.routes.children[child]; r != nil && r.gone {
		return errGone
	}
	return nil
}

// Urgent reports whether cancels leave somewhere, one behind the other. It is cheap.
func (v *Venues) Urgent() bool {
	for _, x := range v.venues {
		if x != nil && x.initiator.Session().Urgent() {
			return true
		}
	}
	return false
}

// Restore remembers a child that was sent before a restart, so that it can be replaced and be found by the venue's
// OrderID; one that has ended too, for a late fill or a bust.
func (v *Venues) Restore(c *event.SendChild) {
	if x := v.find(c.Child.Venue); x != nil {
		x.restore(c)
	}
}

func (x *venue) restore(c *event.SendChild) {
	own := *c
	x.mu.Lock()
	x.routes.add(&own)
	if own.Child.State.Done() {
		x.routes.end(own.Child.ID)
	}
	x.mu.Unlock()
}

// Cancel queues a cancel request.
func (v *Venues) Cancel(c *event.CancelChild) {
	x := v.find(c.Venue)
	if x == nil {
		v.deny(c.Child, c.Request, "the venue has no session")
		return
	}
	if c.Request >= event.KillRequest { // nobody is left to ask again (JRN-05)
		x.initiator.Session().Swept(false)
	}
	v.send(x, c.Child, c.Request, session.Cancel, x.profile.Cancel(c, v.cfg.Now()))
}

// Replace queues a replace request. It is denied for a child that this process neither sent nor was told of by Restore:
// the terms that a G repeats are not known.
func (v *Venues) Replace(c *event.ReplaceChild) {
	x := v.find(c.Venue)
	if x == nil {
		v.deny(c.Child, c.Request, "the venue has no session")
		return
	}
	x.mu.Lock()
	sent := x.routes.sent(c.Child)
	if r := x.routes.children[c.Child]; r != nil {
		r.replaced = true
	}
	x.mu.Unlock()
	if sent == nil {
		v.deny(c.Child, c.Request, "the terms of the order are not known here; cancel it instead")
		return
	}
	v.send(x, c.Child, c.Request, session.Replace, x.profile.Replace(c, sent, v.cfg.Now()))
}

// Query queues a status request. Nothing comes back of one that could not be sent, except an alarm where the venue
// answers none at all: no answer is never "not there" (REC-04).
func (v *Venues) Query(c *event.QueryChild) {
	x := v.find(c.Venue)
	if x == nil {
		return
	}
	m, err := x.profile.Query(c)
	if err != nil {
		v.box.put(x.alarmed(AlarmNoStatus, fmt.Sprintf("child %s (venue order %q): %v; ask the venue", c.ClOrdID, c.VenueOrderID, err)))
		return
	}
	token, err := token{child: c.Child, query: true}.pack()
	if err == nil {
		_ = x.initiator.Session().Send(session.Outgoing{Token: token, Class: session.Cancel, Message: m}) // the engine asks again
	}
}

// MassStatus queues a mass status request. Its answers are ChildStatus and ReportOrphaned; nothing comes back of one that
// could not be sent: no answer is never "not there" (REC-04).
func (v *Venues) MassStatus(c *event.QueryVenue) {
	if x := v.find(c.Venue); x != nil {
		_ = x.initiator.Session().Send(session.Outgoing{Class: session.Cancel, Message: x.profile.MassStatus(c)})
	}
}

// MassCancel queues a mass cancel. The cancels of the single orders follow for what it leaves (DEF-15), so one that is not sent
// needs no answer.
func (v *Venues) MassCancel(c *event.CancelVenue) {
	if x := v.find(c.Venue); x != nil {
		_ = x.initiator.Session().Send(session.Outgoing{Class: session.Cancel, Sweep: true, Whole: c.Scope == event.CancelAll,
			Message: x.profile.MassCancel(c, v.cfg.Now())})
	}
}

// Question queues a DontKnowTrade. A person caused it, so a person is told when it could not be sent.
func (v *Venues) Question(c *event.QuestionTrade) {
	x := v.find(c.Venue)
	if x == nil {
		return
	}
	if err := x.initiator.Session().Send(session.Outgoing{Class: session.Cancel, Message: x.profile.Question(c)}); err != nil {
		v.box.put(x.alarmed(AlarmRefused, fmt.Sprintf("the DK of execution %q (venue order %q) was not sent: %v; call the venue", c.ExecID, c.VenueOrderID, err)))
	}
}

func (v *Venues) send(x *venue, child order.ChildID, request uint32, class session.Class, m *quickfix.Message) {
	packed, err := token{child: child, request: request}.pack()
	if err == nil {
		err = x.initiator.Session().Send(session.Outgoing{Token: packed, Class: class, Order: uint64(child), Message: m})
	}
	if err != nil {
		x.denied(token{child: child, request: request})
		v.deny(child, request, err.Error())
	}
}

// denied forgets an order of which no byte left: nothing will ever be reported of it.
func (x *venue) denied(t token) {
	if t.request == 0 && !t.query {
		x.mu.Lock()
		x.routes.forget(t.child)
		x.mu.Unlock()
	}
}

func (v *Venues) deny(child order.ChildID, request uint32, reason string) {
	v.box.put(&event.ChildDenied{Child: child, Request: request, Reason: reason})
}

func (v *Venues) submit(e event.Body) {
	if err := v.cfg.Sink.Submit(e); err != nil {
		v.cfg.alarm(quickfix.SessionID{}, AlarmLost, fmt.Sprintf("%T %+v: %v", e, e, err))
	}
}

// message gives a venue's report to the Sink.
func (v *Venues) message(id quickfix.SessionID, m *quickfix.Message) quickfix.MessageRejectError {
	x := v.byID[id]
	switch msgType, _ := m.MsgType(); msgType {
	case msgReport, msgCancelReject, msgMassReport:
	case msgTrading, "h", "B":
		v.cfg.alarm(id, AlarmNews, readable(m))
		return nil
	default:
		return unsupported(m, "use 8, 9 or r")
	}
	body, err := x.decode(m)
	if err != nil { // quarantined: kept as it came, and nothing is made of it (VEN-02)
		body = x.alarmed(AlarmUnreadable, err.Error()+": "+readable(m))
	}
	if body == nil {
		return nil
	}
	if r, ok := body.(*event.VenueMassCanceled); ok {
		x.initiator.Session().Swept(r.Response != event.MassRefused)
	}
	err = v.cfg.Sink.Submit(body)
	switch {
	case errors.Is(err, journal.ErrFailed): // the next start gets it again; until then the connection carries cancels (JRN-05)
	case err != nil:
		return session.Retry{}
	}
	return nil
}

// alarmed is what people must know of the venue's session.
func (x *venue) alarmed(kind session.AlarmKind, text string) event.Body {
	return &event.SessionAlarmed{Venue: int32(x.profile.Venue), Alarm: string(kind), Text: text}
}

func (x *venue) decode(m *quickfix.Message) (event.Body, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	body, err := x.profile.Decode(m, x.routes.byOrderID)
	if body != nil {
		x.routes.learn(body)
	}
	return body, err
}

// refused brings a 3 or j back to its child (FIX-02). The token names it; a j that came after the token was forgotten
// still names the ClOrdID in 379.
func (v *Venues) refused(id quickfix.SessionID, r session.Reject) {
	x := v.byID[id]
	t := unpackToken(r.Token)
	if bodyOf(r.Message).text(tagRefMsgType) == msgCancelAll {
		x.initiator.Session().Swept(false)
	}
	if t.child == 0 {
		child, request, ok := x.profile.ours(r.RefID)
		if !ok {
			v.submit(x.alarmed(AlarmRefused, fmt.Sprintf("message %d was refused and names no child: %s", r.RefNum, readable(r.Message))))
			return
		}
		t = token{child: child, request: request, query: bodyOf(r.Message).text(tagRefMsgType) == msgStatus}
	}
	at := (&fields{FieldMap: r.Message.Header.FieldMap}).looseTime(tagSendingTime)
	text := fmt.Sprintf("%s (tag %d)", r.Text, r.RefTag)
	switch {
	case t.query: // no answer is never "not there" (REC-04)
		v.submit(x.alarmed(AlarmRefused, fmt.Sprintf("status request of child %d was refused: %s", t.child, readable(r.Message))))
	case t.request == 0:
		v.submit(&event.ChildRejected{Child: t.child, Reason: uint16(max(0, r.Code)), Text: text, At: at})
	default:
		v.submit(&event.CancelRejected{Child: t.child, Request: t.request, Reason: cxlOther, Text: text, At: at})
	}
}

// outcome is told what became of a message.
func (v *Venues) outcome(id quickfix.SessionID, o session.Outcome) {
	t := unpackToken(o.Token)
	if t.query || t.child == 0 {
		return
	}
	switch o.Result {
	case session.Sent:
		v.box.put(&event.ChildSent{Child: t.child, Request: t.request})
	case session.NeverSent:
		v.byID[id].denied(t)
		v.deny(t.child, t.request, o.Reason)
	case session.Unknown, session.GapFilled: // in doubt: VenueDown said so, or the engine asks when no answer comes
	}
}

// state tells the Sink of a venue that comes or goes: up is logged on without a gap.
func (v *Venues) state(id quickfix.SessionID, s session.State, reason string) {
	x := v.byID[id]
	up := s == session.LoggedOn
	x.mu.Lock()
	changed := up != x.up
	x.up = up
	x.mu.Unlock()
	switch {
	case !changed:
	case up:
		v.submit(&event.VenueUp{Venue: x.profile.Venue})
	default:
		v.submit(&event.VenueDown{Venue: x.profile.Venue, Reason: reason})
	}
}
