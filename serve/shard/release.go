package shard

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/sluice-sor/sluice/internal/event"
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
	}
	if s.Err() != nil {
		s.killAll()
		close(s.failed)
	}
}

func (s *Shard) hand(r released) {
	switch c := r.body.(type) {
	case *event.SendChild:
		if refusal := s.gate.check(c); !refusal.Passed() {
			s.deny(c, refusal)
			return
		}
		s.children.add(c)
		s.out.Venues.Send(c)
	case *event.CancelChild:
		if !s.gate.refused[c.Child] {
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
	case *event.Raise:
		if s.out.Alert != nil {
			s.out.Alert(c)
		}
	}
}

// deny tells the engine that the last gate refused a child: no byte of it left. The engine stops the parent and pages.
func (s *Shard) deny(c *event.SendChild, refusal risk.Refusal) {
	s.gate.refused[c.Child.ID] = true
	s.cfg.Log.Error("the last gate refused an order", "child", uint64(c.Child.ID), "parent", uint64(c.Child.Parent), "rule", refusal.Rule, "text", refusal.Text)
	_ = s.Submit(&event.ChildDenied{Child: c.Child.ID, Reason: router.LastGateRefused + refusal.String()}) // refused only when the shard stops
}

// killRequest is the request number of the kill path's cancels: beyond every number the engine gives, so that no
// ClOrdID is used twice (JRN-03 d).
const killRequest = 1 << 20

// killAll withdraws every child that was handed out and is not known to be done.
func (s *Shard) killAll() {
	for _, c := range s.children.take() {
		request := uint32(killRequest) + s.journal.Epoch()
		s.out.Venues.Cancel(&event.CancelChild{Child: c.Child.ID, Venue: c.Child.Venue, Request: request,
			ClOrdID: event.ClOrdID(s.instance, c.Child.ID, request), OrigClOrdID: c.ClOrdID,
			Symbol: c.Child.Symbol, Side: c.Child.Side, Qty: c.Child.Qty, Why: "journal failure"})
	}
}

// liveChildren is what the kill path needs to know without the engine: orders that were handed out and are not done.
type liveChildren struct {
	mu   sync.Mutex
	sent map[order.ChildID]*event.SendChild
}

func (l *liveChildren) add(c *event.SendChild) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sent == nil {
		l.sent = map[order.ChildID]*event.SendChild{}
	}
	l.sent[c.Child.ID] = c
}

func (l *liveChildren) done(id order.ChildID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.sent, id)
}

// take gives the children, oldest first, and forgets them.
func (l *liveChildren) take() []*event.SendChild {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []*event.SendChild
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
	q.list, q.leaving = q.list[1:], r
	return r, true
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
