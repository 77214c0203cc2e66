package act

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/serve/access"
	"github.com/sluice-sor/sluice/serve/control"
)

// Bounds of what waits for a second person.
const (
	approvalWithin = 15 * time.Minute
	approvalsMost  = 64
	approvalsEach  = 8 // of one person
)

// waiting is an action that waits.
type waiting struct {
	control.Waiting
	rule    *rule
	action  Action
	request *control.Request // of the socket, in place of the action
	by      access.Person
	since   market.Time // of the halt or the hold that it lifts, see [Desk.since]
}

// approvals is what waits. It lives in memory: what a restart forgets is not done.
type approvals struct {
	mu   sync.Mutex
	list map[uint64]*waiting
}

// put adds one, unless there are too many.
func (s *approvals) put(w *waiting, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(now)
	own := 0
	for _, x := range s.list {
		if x.Actor == w.Actor {
			own++
		}
	}
	if own >= approvalsEach || len(s.list) >= approvalsMost {
		return refuse(Conflict, "too much waits for a second person already: have it approved or denied first")
	}
	if s.list == nil {
		s.list = map[uint64]*waiting{}
	}
	s.list[w.ID] = w
	return nil
}

// expire drops what is void.
func (s *approvals) expire(now time.Time) {
	for id, w := range s.list {
		if !now.Before(w.Until) {
			delete(s.list, id)
		}
	}
}

// gone is also what somebody is told whose business it is not.
func gone() error {
	return refuse(Conflict, "nothing waits under this number: it was decided, its quarter of an hour is over, or the router was restarted; ask again")
}

// take removes one if ok says so: of two people who decide at once, one finds it gone.
func (s *approvals) take(id uint64, now time.Time, ok func(*waiting) error) (*waiting, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(now)
	w := s.list[id]
	if w == nil {
		return nil, gone()
	}
	if err := ok(w); err != nil {
		return w, err
	}
	delete(s.list, id)
	return w, nil
}

// all lists what waits and is to be shown, the oldest first.
func (s *approvals) all(now time.Time, show func(*waiting) bool) []control.Waiting {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(now)
	out := []control.Waiting{}
	for _, w := range s.list {
		if show(w) {
			out = append(out, w.Waiting)
		}
	}
	slices.SortFunc(out, func(a, b control.Waiting) int { return cmp.Compare(a.ID, b.ID) })
	return out
}
