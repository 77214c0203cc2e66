package shard

import (
	"context"
	"fmt"
	"sync"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
)

// questions is the decisions of people that wait for the engine's answer, by the place of their event.
type questions struct {
	mu      sync.Mutex
	waiting map[uint64]chan<- answered
}

// answered is an answer and its place in the journal.
type answered struct {
	event.AnswerPerson
	seq uint64
}

func (q *questions) put(seq uint64, to chan<- answered) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.waiting == nil {
		q.waiting = map[uint64]chan<- answered{}
	}
	q.waiting[seq] = to
}

func (q *questions) drop(seq uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.waiting, seq)
}

// answer gives the answer to whoever asked with the event at seq; a replayed or forgotten question has nobody.
func (q *questions) answer(seq uint64, a answered) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if to := q.waiting[seq]; to != nil {
		to <- a // one place is kept for it
		delete(q.waiting, seq)
	}
}

// Ask submits a person's decision and gives the engine's answer, once both are durable: nobody is told that something is
// done that a crash could undo (CRASH-11). Without an answer the decision may stand all the same; whoever asked looks.
func (s *Shard) Ask(ctx context.Context, body event.Body) (*event.AnswerPerson, error) {
	answer := make(chan answered, 1)
	seq, err := s.ask(body, answer)
	if err != nil {
		return nil, err
	}
	defer s.asked.drop(seq)
	select {
	case a := <-answer:
		if err := s.journal.Wait(ctx, a.seq); err != nil {
			return nil, fmt.Errorf("the decision is not known to be durable: look before you decide again: %w", err)
		}
		return &a.AnswerPerson, nil
	case <-s.ended:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, fmt.Errorf("the engine has not answered yet: look before you decide again: %w", context.Cause(ctx))
	}
}

func (s *Shard) ask(body event.Body, to chan<- answered) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, ErrClosed
	}
	ev, err := s.place(body)
	if err != nil {
		return 0, err
	}
	s.asked.put(ev.Seq, to)
	s.queue <- ev
	return ev.Seq, nil
}

// Doubts gives the children in doubt, asked between two events; nil once the shard stops.
func (s *Shard) Doubts() (out []router.Doubt) {
	s.between(func(e *router.Engine) { out = e.Doubts() })
	return out
}

// Baskets gives the baskets of which something waits for a person, asked between two events; nil once the shard stops.
func (s *Shard) Baskets() (out []event.RecordBasket) {
	s.between(func(e *router.Engine) { out = e.Baskets() })
	return out
}

// Orphans gives the orders at venues that the engine does not know, asked between two events; nil once the shard stops.
func (s *Shard) Orphans() (out []event.RecordOrphan) {
	s.between(func(e *router.Engine) { out = e.Orphans() })
	return out
}

// Learning gives what the hard limit around the learner says, asked between two events; the zero value once the shard stops.
func (s *Shard) Learning() (out event.RecordLearning) {
	s.between(func(e *router.Engine) { out = e.Learning() })
	return out
}

// Models says which models are in force, as router.Engine.Models does, before Start.
func (s *Shard) Models() (serving, beside string, share float64) { return s.engine.Models() }

// Outlook gives what the engine would think of an order that nobody has sent, asked between two events.
func (s *Shard) Outlook(t order.Terms) (o *router.Outlook, err error) {
	err = ErrClosed
	s.between(func(e *router.Engine) { o, err = e.Outlook(t) })
	return o, err
}

// between runs f on the engine between two events, and not at all once the shard stops.
func (s *Shard) between(f func(*router.Engine)) {
	done := make(chan struct{})
	select {
	case s.asks <- func(e *router.Engine) { f(e); close(done) }:
		<-done
	case <-s.ended:
	}
}
