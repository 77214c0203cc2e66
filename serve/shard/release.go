package shard

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/router"
)

// runRelease hands commands out in order, each only once its own record is durable, and with it everything before
// (JRN-03). When the journal fails it uses the kill path: no new order leaves, and what is at a venue is withdrawn
// (JRN-05).
func (s *Shard) runRelease(ctx context.Context) {
	defer s.done.Done()
	for r, ok := s.release.pop(); ok; r, ok = s.release.pop() {
		if err := s.journal.Wait(ctx, r.seq); err != nil {
			s.fail(err)
			break
		}
		s.hand(r)
		if r.timed.cause != OtherCause {
			s.delays.handed(r.timed.cause, time.Duration(s.cfg.Now().Sub(r.timed.since)))
		}
	}
	if s.Err() != nil {
		s.killAll()
		close(s.failed)
	}
}

func (s *Shard) hand(r released) {
	switch c := r.body.(type) {
	case *event.SendChild:
		refusal := s.checked(c)
		if refusal.Passed() && s.watch.silent.Load() { // counted all the same: a denial gives it back
			refusal = risk.Refusal{Rule: "KILL-05", Text: "the exposure monitor is silent"}
		}
		if !refusal.Passed() {
			s.deny(c, refusal)
			return
		}
		s.children.add(c)
		s.out.Venues.Send(c)
	case *event.ReplaceChild:
		if !s.gate.refused[c.Child] {
			s.handReplace(c)
		}
	case *event.CancelChild:
		if !s.gate.refused[c.Child] {
			c.OrigClOrdID = s.gate.followed(c.OrigClOrdID)
			s.out.Venues.Cancel(c)
		}
	case *event.QueryChild:
		if !s.gate.refused[c.Child] {
			s.out.Venues.Query(c)
		}
	case *event.ReportParent:
		s.out.Clients.Report(r.seq, c)
	case *event.RejectRequest:
		s.out.Clients.Reject(r.seq, c)
	case *event.ReportMassCancel:
		s.out.Clients.MassCanceled(r.seq, c)
	case *event.QueryVenue, *event.CancelVenue, *event.QuestionTrade:
		s.handFloor(r.body)
	case *event.Raise:
		if s.out.Alert != nil {
			s.out.Alert(c)
		}
	}
}

// handReplace hands a replace out, if the last gate lets it pass; else the engine is told that no byte of it left.
func (s *Shard) handReplace(c *event.ReplaceChild) {
	c.OrigClOrdID = s.gate.followed(c.OrigClOrdID)
	refusal := s.gate.checkReplace(c)
	if refusal.Passed() && c.Qty > s.children.qty(c.Child) && s.watch.silent.Load() {
		refusal = risk.Refusal{Rule: "KILL-05", Text: "the exposure monitor is silent"}
	}
	if refusal.Passed() {
		s.children.replacing(c)
		s.out.Venues.Replace(c)
		return
	}
	s.gate.skipped[c.ClOrdID] = c.OrigClOrdID
	s.refuse(&event.ChildDenied{Child: c.Child, Request: c.Request, Reason: router.LastGateRefused + refusal.String()})
}

// handFloor hands out what is for a venue and not about one child.
func (s *Shard) handFloor(body event.Body) {
	if s.out.Floors == nil {
		return
	}
	switch c := body.(type) {
	case *event.QueryVenue:
		s.out.Floors.MassStatus(c)
	case *event.CancelVenue:
		s.out.Floors.MassCancel(c)
	case *event.QuestionTrade:
		s.out.Floors.Question(c)
	}
}

// deny tells the engine that the last gate refused a child: no byte of it left.
func (s *Shard) deny(c *event.SendChild, refusal risk.Refusal) {
	s.gate.refused[c.Child.ID] = true
	s.refuse(&event.ChildDenied{Child: c.Child.ID, Reason: router.LastGateRefused + refusal.String()})
}

// refuse brings a refusal of the last gate to the engine. One that says that the engine was wrong is an error, and the
// engine stops the parent and pages; what an end or a halt overtook on its way out is everyday.
func (s *Shard) refuse(d *event.ChildDenied) {
	level := slog.LevelInfo
	if router.Overfills(d.Reason) {
		level = slog.LevelError
	}
	s.cfg.Log.Log(context.Background(), level, "refused at the send point", "child", uint64(d.Child), "request", d.Request, "reason", d.Reason)
	_ = s.Submit(d) // refused only when the shard stops
}

// killBehind is added to the kill path's request number for the cancel that follows a replace which may be in force.
const killBehind = 1 << 19

// killAll withdraws every child that was handed out and is not known to be done: by the ClOrdID that its venue accepted
// last, and by that of a replace that may have followed, because nobody waits for the answer that would tell.
func (s *Shard) killAll() {
	for _, c := range s.children.take() {
		s.kill(c, c.accepted, event.KillRequest)
		if c.replace > c.accepted {
			s.kill(c, c.replace, event.KillRequest+killBehind)
		}
	}
}

func (s *Shard) kill(c *liveChild, named, number uint32) {
	o, request := &c.sent.Child, number+s.journal.Epoch()
	s.out.Venues.Cancel(&event.CancelChild{Child: o.ID, Venue: o.Venue, Request: request,
		ClOrdID: event.ClOrdID(s.instance, o.ID, request), OrigClOrdID: event.ClOrdID(s.instance, o.ID, named),
		Symbol: o.Symbol, Side: o.Side, Qty: o.Qty, Why: "journal failure"})
}

// liveChildren is what the kill path needs to know without the engine: orders that were handed out and are not done.
type liveChildren struct {
	mu   sync.Mutex
	sent map[order.ChildID]*liveChild
}

// liveChild is an order with the last request that its venue accepted, 0 the order itself, and the last replace that
// was handed out.
type liveChild struct {
	sent              *event.SendChild
	accepted, replace uint32
}

func (l *liveChildren) add(c *event.SendChild) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.put(c)
}

func (l *liveChildren) put(c *event.SendChild) {
	if l.sent == nil {
		l.sent = map[order.ChildID]*liveChild{}
	}
	l.sent[c.Child.ID] = &liveChild{c, c.Child.AcceptedReq, c.Child.ReplaceReq}
}

func (l *liveChildren) replacing(r *event.ReplaceChild) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.sent[r.Child]; c != nil {
		c.replace = r.Request
	}
}

// qty is the quantity that a child was sent with.
func (l *liveChildren) qty(id order.ChildID) market.Qty {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.sent[id]; c != nil {
		return c.sent.Child.Qty
	}
	return 0
}

// recorded takes the engine's account of a child. One that had ended, and works again by a bust or its venue's word, is
// there again.
func (l *liveChildren) recorded(o *order.Child) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch c := l.sent[o.ID]; {
	case o.State.Done():
		delete(l.sent, o.ID)
	case c != nil:
		c.accepted = o.AcceptedReq
	case o.WireAt != 0 || o.VenueOrderID != "": // it has left
		l.put(&event.SendChild{Child: *o})
	}
}

// take gives the children, oldest first, and forgets them.
func (l *liveChildren) take() []*liveChild {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []*liveChild
	for _, id := range slices.Sorted(maps.Keys(l.sent)) {
		out = append(out, l.sent[id])
	}
	l.sent = nil
	return out
}

// releaseQueue holds commands until they are durable. It has no limit of its own: it is as long as the journal is
// behind, and the journal's commit queue is bounded and makes the engine wait. A limit here could make engine and
// releaser wait for each other, because a refusal of an adapter is an event.
type releaseQueue struct {
	mu      sync.Mutex
	filled  sync.Cond
	list    []released
	leaving released // what pop gave last
	closed  bool
	broken  bool
}

func newReleaseQueue() *releaseQueue {
	q := &releaseQueue{}
	q.filled.L = &q.mu
	return q
}

func (q *releaseQueue) push(r released) {
	q.mu.Lock()
	if !q.broken {
		q.list = append(q.list, r)
	}
	q.mu.Unlock()
	q.filled.Signal()
}

// pop waits for the next command; ok is false when the queue is closed and empty, or the journal failed.
func (q *releaseQueue) pop() (r released, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.leaving = released{}
	for len(q.list) == 0 && !q.closed && !q.broken {
		q.filled.Wait()
	}
	if len(q.list) == 0 || q.broken {
		return released{}, false
	}
	r = q.list[0]
	q.list[0] = released{}
	q.list, q.leaving = q.list[1:], kept(r)
	return r, true
}

// kept gives a command as it is on record: who hands a replace out may still change which request it follows.
func kept(r released) released {
	if c, ok := r.body.(*event.ReplaceChild); ok {
		v := *c
		r.body = &v
	}
	return r
}

// abort lets nothing more out.
func (q *releaseQueue) abort() {
	q.mu.Lock()
	q.broken, q.list = true, nil
	q.mu.Unlock()
	q.filled.Broadcast()
}

func (q *releaseQueue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.filled.Broadcast()
}
