package router

import (
	"cmp"
	"slices"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// keepDone is how long a parent that ended is kept at least with its children, executions and ClOrdIDs: late fills, busts,
// duplicates, status requests and possible resends find it, because venues revise and clients repeat within their trading
// day (FIX-03, ER-20). Where the market has sessions it is kept until the next one closes, over a weekend too, because a
// venue may revise the day after. A report that comes later is an orphan: it is paged, not guessed (ER-16). So memory is
// bounded by two days' orders; what is kept longer is only what is still working.
const keepDone = 24 * market.Hour

// retire keeps a parent that is done until it may be forgotten.
func (e *Engine) retire(p *parentState) {
	p.forgetAt = p.DoneAt.Add(keepDone)
	if h := e.cfg.Hours; !h.AlwaysOpen() {
		p.forgetAt = max(p.forgetAt, h.Session(h.Session(p.DoneAt).Close).Close)
	}
	e.done = append(e.done, p)
}

// everyLive gives the live parents for a loop whose body may end some of them or bring others back.
func (e *Engine) everyLive() []*parentState {
	e.turn = append(e.turn[:0], e.live...)
	return e.turn
}

// everyLiveIn gives those of a symbol, by id as everyLive.
func (e *Engine) everyLiveIn(s *symbolState) []*parentState {
	e.turn = e.turn[:0]
	for buys, sells := s.sides[0], s.sides[1]; len(buys)+len(sells) > 0; {
		next := &buys
		if len(buys) == 0 || len(sells) > 0 && sells[0].ID < buys[0].ID {
			next = &sells
		}
		e.turn = append(e.turn, (*next)[0])
		*next = (*next)[1:]
	}
	return e.turn
}

// join makes p one of the live parents, in the order of ids.
func (e *Engine) join(p *parentState) {
	insertByID(&e.live, p)
	insertByID(p.symbol.side(p.Terms.Side.IsBuy()), p)
}

func insertByID(list *[]*parentState, p *parentState) {
	if i, found := placeOfParent(*list, p.ID); !found {
		*list = slices.Insert(*list, i, p)
	}
}

func removeByID(list *[]*parentState, p *parentState) {
	if i, found := placeOfParent(*list, p.ID); found {
		*list = slices.Delete(*list, i, i+1)
	}
}

func placeOfParent(list []*parentState, id order.ParentID) (int, bool) {
	return slices.BinarySearchFunc(list, id, func(q *parentState, id order.ParentID) int { return cmp.Compare(q.ID, id) })
}

// leave takes a parent off the live ones once it is done and has nothing at a venue: until then its children are still
// asked about and withdrawn.
func (e *Engine) leave(p *parentState) {
	if !p.State.Done() || len(p.children) > 0 {
		return
	}
	removeByID(&e.live, p)
	removeByID(p.symbol.side(p.Terms.Side.IsBuy()), p)
	e.withdrawn(p)
	e.retire(p)
}

// forgetDone drops the parents that were kept long enough.
func (e *Engine) forgetDone() {
	n := 0
	for ; n < len(e.done); n++ {
		p := e.done[n]
		if p == nil { // forgotten before, by an earlier place in the list
			continue
		}
		if e.now <= p.forgetAt {
			break
		}
		if p.State.Done() && len(p.children) == 0 {
			e.forget(p)
		}
	}
	if n > 0 {
		e.done = slices.Delete(e.done, 0, n)
	}
}

func (e *Engine) forget(p *parentState) {
	if e.parents[p.ID] != p {
		return // it ended twice
	}
	for _, id := range p.ids {
		e.dropParked(e.children[id], 0) // nobody comes back to them
		delete(e.children, id)
	}
	for _, name := range p.names {
		delete(e.names, clientOrder{p.Client, name})
	}
	delete(e.parents, p.ID)
}
