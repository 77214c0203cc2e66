package sim

import (
	"fmt"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Market is the simulated market. Make it with New; it is not safe for concurrent use.
type Market struct {
	cfg       Config
	now       market.Time
	queue     eventQueue
	venues    []*venue
	byID      [market.MaxVenues]*venue
	symbols   map[market.Symbol]int
	insts     []market.Instrument
	national  []*national    // by symbol index
	pressure  []*pressure    // by symbol index, nil where nobody listens
	outlooks  []outlook      // by symbol index, nil where there is no fundamental
	flow      *Flow          // whose parameters the agents hold; nil before there are any
	darkOnly  bool           // the flow is that of dark venues beside a recording
	arbs      []*arbitrageur // by symbol index, nil where there is none
	dirty     []*lob
	prints    []*tradeArrival // spare
	nextID    uint64
	tradeSeq  uint64
	nextParty int32
	onPrint   func(f *floor, t *Trade)
	onTop     func(b *lob, was, is top)
	stats     Stats
}

// Stats counts what happened so far.
type Stats struct {
	Events   uint64 // tasks of the event queue
	Orders   uint64 // orders that entered a book, agents' and clients'
	Trades   uint64
	Shares   market.Qty
	Requests uint64 // clients' messages that arrived
	Reports  uint64
}

// New makes a market without agents. The error names every field that is wrong.
func New(cfg Config) (*Market, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("sim: %w", err)
	}
	m := &Market{cfg: cfg, now: cfg.Start, symbols: map[market.Symbol]int{}}
	m.insts = append(m.insts, cfg.Symbols...)
	for i := range m.insts {
		m.symbols[m.insts[i].Symbol] = i
		m.national = append(m.national, newNational(len(cfg.Venues)))
	}
	m.pressure = make([]*pressure, len(m.insts))
	m.outlooks = make([]outlook, len(m.insts))
	m.arbs = make([]*arbitrageur, len(m.insts))
	for i := range cfg.Venues {
		m.addVenue(i)
	}
	if cfg.Close > cfg.Start {
		m.schedule(cfg.Close, (*closing)(m), 0)
	}
	return m, nil
}

func (m *Market) addVenue(i int) {
	v := &venue{m: m, spec: m.cfg.Venues[i], index: i, named: map[name]*clientOrder{}, parties: map[string]int32{}}
	v.prefix = v.spec.Prefix
	if v.prefix == "" {
		v.prefix = v.spec.Name + "-"
	}
	if v.spec.Rules.CrumbleFor == 0 {
		v.spec.Rules.CrumbleFor = crumbleDefault
	}
	v.in = newStream(m.cfg.Seed, "order in", int(v.spec.ID), 0)
	v.out = newStream(m.cfg.Seed, "order out", int(v.spec.ID), 0)
	for s := range m.insts {
		f := floor{m: m, v: v, sym: s, inst: &m.insts[s]}
		f.feed.late = newStream(m.cfg.Seed, "feed", int(v.spec.ID), s)
		var b matcher = &lob{floor: f}
		if !v.spec.Type.Displayed() {
			b = &pool{floor: f}
		}
		v.books = append(v.books, b)
	}
	m.venues = append(m.venues, v)
	m.byID[v.spec.ID] = v
}

// Now gives the market's time.
func (m *Market) Now() market.Time { return m.now }

// Next gives the time of the next event; ok is false if nothing will happen by itself.
func (m *Market) Next() (at market.Time, ok bool) {
	if len(m.queue.heap) == 0 {
		return 0, false
	}
	return m.queue.heap[0].at, true
}

// Step runs the next event and reports whether there was one.
func (m *Market) Step() bool {
	if len(m.queue.heap) == 0 {
		return false
	}
	e := m.queue.pop()
	m.now = e.at
	m.stats.Events++
	e.do.run(m, e.arg)
	m.flush()
	return true
}

// RunUntil runs every event until t, t's included, and leaves the clock at t. A t before Now does nothing.
func (m *Market) RunUntil(t market.Time) {
	for len(m.queue.heap) > 0 && m.queue.heap[0].at <= t {
		m.Step()
	}
	m.now = max(m.now, t)
}

// Advance is RunUntil for a driver with a wall clock: call it with the time, then submit what came in, and sleep until Next.
func (m *Market) Advance(now market.Time) { m.RunUntil(now) }

// Stats gives the counts so far.
func (m *Market) Stats() Stats { return m.stats }

func (m *Market) schedule(at market.Time, t task, arg int64) { m.queue.push(max(at, m.now), t, arg) }

// flush publishes the books that the last event changed.
func (m *Market) flush() {
	for i := 0; i < len(m.dirty); i++ {
		b := m.dirty[i]
		b.dirty = false
		m.settle(b)
	}
	m.dirty = m.dirty[:0]
}

func (m *Market) settle(b *lob) {
	t, tp := m.national[b.sym], b.top()
	was := t.tops[b.v.index]
	if t.set(m.now, b.v.index, tp) {
		for _, v := range m.venues {
			bk := v.books[b.sym]
			bk.base().arm(bk.watches())
		}
		if a := m.arbs[b.sym]; a != nil {
			a.look(m)
		}
	}
	if m.onTop != nil && was != tp {
		m.onTop(b, was, tp)
	}
	b.publish()
}

// Submit sends an order to a venue; it arrives after the venue's order latency. An unknown venue id panics: it is a bug.
func (m *Market) Submit(v market.VenueID, o Order) { m.venue(v).post(&request{kind: Accepted, o: o}) }

// Cancel sends a cancel request.
func (m *Market) Cancel(v market.VenueID, c CancelRequest) {
	m.venue(v).post(&request{kind: Canceled, c: c})
}

// Replace sends a cancel/replace request.
func (m *Market) Replace(v market.VenueID, r ReplaceRequest) {
	m.venue(v).post(&request{kind: Replaced, r: r})
}

// Status sends an order status request.
func (m *Market) Status(v market.VenueID, s StatusRequest) {
	m.venue(v).post(&request{kind: Status, s: s})
}

func (m *Market) venue(id market.VenueID) *venue {
	if id >= market.MaxVenues || m.byID[id] == nil {
		panic(fmt.Sprintf("sim: no venue %d", id))
	}
	return m.byID[id]
}

// symbol gives a symbol's index; an unknown one panics: it is a bug.
func (m *Market) symbol(s market.Symbol) int {
	i, ok := m.symbols[s]
	if !ok {
		panic(fmt.Sprintf("sim: no symbol %q", s))
	}
	return i
}

// Book gives a venue's book as it is now, without latency; empty for a venue that displays nothing.
func (m *Market) Book(v market.VenueID, s market.Symbol) market.Book {
	var out market.Book
	m.venue(v).books[m.symbol(s)].depth(&out)
	out.VenueTime, out.Received = m.now, m.now
	return out
}

// NBBO gives the consolidated quote as it is now, without latency.
func (m *Market) NBBO(s market.Symbol) market.Quote { return m.national[m.symbol(s)].now() }

// closing is the end of the day.
type closing Market

func (c *closing) run(m *Market, _ int64) {
	for _, v := range m.venues {
		for _, o := range v.orders {
			if !o.state.Done() && o.tif == order.Day {
				o.withdraw(Expired, ReasonEndOfDay)
			}
		}
	}
}
