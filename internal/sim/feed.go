package sim

import "github.com/sluice-sor/sluice/internal/market"

// feed carries one book's quotes to the subscriber, each late by a draw of the venue's Feed latency and in order.
type feed struct {
	late    stream
	last    market.Time
	seq     uint64
	waiting []*market.Book
	first   int // waiting[first:] is on its way
	spare   []*market.Book
}

// publish sends the book as it stands now on its way.
func (f *floor) publish() {
	if f.m.cfg.OnBook == nil {
		return
	}
	fd := &f.feed
	var b *market.Book
	if n := len(fd.spare); n > 0 {
		b, fd.spare = fd.spare[n-1], fd.spare[:n-1]
		*b = market.Book{}
	} else {
		b = new(market.Book)
	}
	f.v.books[f.sym].depth(b)
	fd.seq++
	fd.last = max(fd.last, f.m.now.Add(f.v.spec.Feed.draw(fd.late)))
	b.Seq, b.VenueTime, b.Received = fd.seq, f.m.now, fd.last
	if fd.first > 64 && fd.first*2 > len(fd.waiting) {
		fd.waiting = fd.waiting[:copy(fd.waiting, fd.waiting[fd.first:])]
		fd.first = 0
	}
	fd.waiting = append(fd.waiting, b)
	f.m.schedule(fd.last, (*bookArrival)(f), 0)
}

// bookArrival is the oldest waiting book of a floor arriving.
type bookArrival floor

func (a *bookArrival) run(m *Market, _ int64) {
	fd := &a.feed
	b := fd.waiting[fd.first]
	fd.waiting[fd.first] = nil
	fd.first++
	m.cfg.OnBook(a.v.spec.ID, a.inst.Symbol, b)
	fd.spare = append(fd.spare, b)
}

// print publishes a trade: listeners inside the market (makers, recorders) hear it at once, the subscriber late.
func (m *Market) print(f *floor, p market.Price, q market.Qty, taker, pressure market.Side) {
	m.tradeSeq++
	if s := m.pressure[f.sym]; s != nil {
		s.add(m.now, pressure, q)
	}
	t := Trade{Venue: f.v.spec.ID, Symbol: f.inst.Symbol, Price: p, Qty: q, Taker: taker, At: m.now, Seq: m.tradeSeq}
	if m.onPrint != nil {
		m.onPrint(f, &t)
	}
	if m.cfg.OnTrade == nil {
		return
	}
	fd := &f.feed
	fd.last = max(fd.last, m.now.Add(f.v.spec.Feed.draw(fd.late)))
	t.Received = fd.last
	var a *tradeArrival
	if n := len(m.prints); n > 0 {
		a, m.prints = m.prints[n-1], m.prints[:n-1]
	} else {
		a = new(tradeArrival)
	}
	a.t = t
	m.schedule(fd.last, a, 0)
}

type tradeArrival struct{ t Trade }

func (a *tradeArrival) run(m *Market, _ int64) {
	m.cfg.OnTrade(&a.t)
	m.prints = append(m.prints, a)
}
