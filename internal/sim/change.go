package sim

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/sluice-sor/sluice/internal/market"
)

// At calls do at time t, before anything that is scheduled for t later; a t in the past means now. do may change the
// market: agents, latency, halts, stalls.
func (m *Market) At(t market.Time, do func()) { m.schedule(t, errand(do), 0) }

type errand func()

func (e errand) run(*Market, int64) { e() }

// SetOrderLatency gives a venue another delay each way between it and its clients. What is on its way stays so.
func (m *Market) SetOrderLatency(v market.VenueID, l Latency) error {
	if err := l.check(); err != nil {
		return fmt.Errorf("sim: venue %d: %w", v, err)
	}
	m.venue(v).spec.Order = l
	return nil
}

// SetFeedLatency gives a venue's quotes and trades another delay.
func (m *Market) SetFeedLatency(v market.VenueID, l Latency) error {
	if err := l.check(); err != nil {
		return fmt.Errorf("sim: venue %d: %w", v, err)
	}
	m.venue(v).spec.Feed = l
	return nil
}

// Change alters who trades while the market runs: edit gets a copy of the flow, whose venues must stay the same ones in the
// same order. An agent whose rate changes draws its next event anew from now, so that one that slept wakes; one that was
// nobody comes; makers beyond the new number take their quotes and leave. What rests otherwise leaves in its own time, and
// moves of the fundamental that somebody may know already stay. An error leaves everything as it was.
func (m *Market) Change(edit func(f *Flow)) error {
	if m.flow == nil {
		return errors.New("sim: change: there are no agents yet: call Populate first")
	}
	next := *m.flow
	next.Venues, next.Symbols = slices.Clone(next.Venues), slices.Clone(next.Symbols)
	edit(&next)
	if err := next.follows(m); err != nil {
		return fmt.Errorf("sim: change: %w", err)
	}
	agents := m.agents()
	live := m.flow.Venues // the agents hold pointers into it
	copy(live, next.Venues)
	*m.flow = next
	m.flow.Venues = live
	m.retune(agents)
	for s, o := range m.outlooks {
		if u, ok := o.(*fundamental); ok {
			u.tune(m.flow, &m.insts[s])
		}
		if p := m.pressure[s]; p != nil {
			p.half = float64(m.flow.LeanMs * market.Millisecond)
		}
	}
	m.recruit(agents)
	m.flush()
	return nil
}

// follows checks a changed flow.
func (f *Flow) follows(m *Market) error {
	same := slices.EqualFunc(f.Venues, m.flow.Venues, func(a, b VenueFlow) bool { return a.Venue == b.Venue })
	if !same || !slices.Equal(f.Symbols, m.flow.Symbols) {
		return errors.New("the venues and symbols of a flow cannot change")
	}
	if f.LeanMs == 0 {
		f.LeanMs = 20_000
	}
	return f.check(m)
}

// An asleep is an agent's next event.
type asleep struct {
	place int // in the event queue
	seq   uint64
	agent task
	rate  float64 // events a second, before the change
}

// agents gives those that act at random times, in the order in which they were scheduled.
func (m *Market) agents() []asleep {
	var all []asleep
	for i, e := range m.queue.heap {
		if rate, _, ok := m.pace(e.do); ok && e.arg <= 0 { // above 0 is something that one already began
			all = append(all, asleep{i, e.seq, e.do, rate})
		}
	}
	slices.SortFunc(all, func(a, b asleep) int { return cmp.Compare(a.seq, b.seq) })
	return all
}

// pace gives how many events a second an agent's parameters ask for now, and the stream that it draws from.
func (m *Market) pace(t task) (rate float64, rnd stream, ok bool) {
	switch a := t.(type) {
	case *maker:
		return a.vf.MakerRate, a.rnd, true
	case *noise:
		return a.vf.NoiseRate*m.rhythm() + float64(len(a.live))/max(a.vf.NoiseLife, 1e-3), a.rnd, true
	case *latent:
		return a.vf.BlockRate * m.rhythm(), a.rnd, true
	case *pinger:
		return a.vf.PingRate * m.rhythm(), a.rnd, true
	case *taker:
		return a.f.TakerRate * m.rhythm(), a.rnd, true
	case *hunter:
		return a.f.HuntRate, a.rnd, true
	case *value:
		return valueLooks, a.rnd, true
	case *metaorders:
		return a.f.MetaRate * m.rhythm(), a.rnd, true
	case *scout:
		return a.rate(), a.rnd, true
	}
	return 0, stream{}, false
}

// retune takes over what agents derived from the flow, and draws the next event anew of those whose rate is another.
func (m *Market) retune(agents []asleep) {
	var moved []event
	for i := range agents {
		switch a := agents[i].agent.(type) {
		case *maker:
			a.tune(m.flow)
			for side := range a.quote {
				a.leave(a.quote[side][a.vf.MakerDepth:])
			}
		case *taker:
			a.tune(m)
		case *hunter:
			a.tune(m)
		case *value:
			a.tune(m)
		case *metaorders:
			a.tune(m)
		}
		if rate, rnd, _ := m.pace(agents[i].agent); rate != agents[i].rate {
			e := &m.queue.heap[agents[i].place]
			moved = append(moved, event{at: m.now.Add(rnd.after(rate)), do: e.do, arg: e.arg})
			e.do = gone{}
		}
	}
	for _, e := range moved { // only now: the queue's places move
		m.schedule(e.at, e.do, e.arg)
	}
}

// gone is an event that does not happen any more.
type gone struct{}

func (gone) run(*Market, int64) {}

// leave takes quotes off the book.
func (a *maker) leave(quotes []ord) {
	for i := range quotes {
		if quotes[i].resting {
			pull(a.b, &quotes[i])
		}
	}
}

// recruit lets come who was nobody before the change, and lets makers go.
func (m *Market) recruit(agents []asleep) {
	f := m.flow
	for i := range f.Venues {
		vf := &f.Venues[i]
		v := m.byID[vf.Venue]
		for s := range m.insts {
			if !f.has(m.insts[s].Symbol) {
				continue
			}
			if !m.darkOnly && !some(agents, func(a *scout) bool { return a.vf == vf && a.sym == s }) {
				m.addScout(f, vf, v, s)
			}
			switch {
			case !v.spec.Type.Displayed():
				m.recruitDark(agents, vf, v, s)
			case !m.darkOnly:
				m.recruitLit(agents, vf, v, s)
			}
		}
	}
	for s := range m.insts {
		if m.darkOnly || !f.has(m.insts[s].Symbol) {
			continue
		}
		if !some(agents, func(a *taker) bool { return a.sym == s }) {
			m.addTaker(f, s)
		}
		if !some(agents, func(a *hunter) bool { return a.sym == s }) {
			m.addHunter(f, s)
		}
		if !some(agents, func(a *metaorders) bool { return a.sym == s }) {
			m.addMetas(f, s)
		}
		if !some(agents, func(a *value) bool { return a.sym == s }) {
			m.addValue(f, s)
		}
		if m.arbs[s] == nil {
			m.addArbitrageur(f, s)
		}
	}
}

func (m *Market) recruitDark(agents []asleep, vf *VenueFlow, v *venue, s int) {
	if !some(agents, func(a *latent) bool { return a.b == v.books[s] }) {
		m.addLatent(vf, v, s)
	}
	if !some(agents, func(a *pinger) bool { return a.b == v.books[s] }) {
		m.addPinger(vf, v, s)
	}
}

func (m *Market) recruitLit(agents []asleep, vf *VenueFlow, v *venue, s int) {
	if !some(agents, func(a *noise) bool { return a.vf == vf && a.b.sym == s }) {
		m.addNoise(vf, v, s)
	}
	var here []*maker
	for i := range agents {
		if a, ok := agents[i].agent.(*maker); ok && a.b == v.books[s] {
			here = append(here, a)
		}
	}
	for k := len(here); k < vf.Makers; k++ {
		m.addMaker(m.flow, vf, v, s, k)
	}
	slices.SortFunc(here, func(a, b *maker) int { return cmp.Compare(b.quote[0][0].party, a.quote[0][0].party) }) // oldest first
	for _, a := range here[min(vf.Makers, len(here)):] {
		m.dismiss(a)
	}
}

// dismiss lets a maker go.
func (m *Market) dismiss(a *maker) {
	for i := range a.quote {
		a.leave(a.quote[i][:])
	}
	for i := range m.queue.heap {
		if m.queue.heap[i].do == task(a) {
			m.queue.heap[i].do = gone{}
		}
	}
}

// some reports whether an agent of one kind is such.
func some[T task](agents []asleep, such func(T) bool) bool {
	return slices.ContainsFunc(agents, func(s asleep) bool {
		a, ok := s.agent.(T)
		return ok && such(a)
	})
}
