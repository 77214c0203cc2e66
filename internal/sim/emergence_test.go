package sim

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// venueStats is what a venue turns out to be: nothing of it is a parameter.
type venueStats struct {
	trades   int
	shares   market.Qty
	realized float64 // makers' realized spread after a second, cents a share, shares-weighted
	atBid    int     // looks at the best bid
}

// observed is a run of the demo's market with what a measuring client saw.
type observed struct {
	venues  []venueStats
	looks   int
	crossed int
	spread  float64 // mean, ticks
	pings   map[market.VenueID]*pingStats
}

type pingStats struct {
	sent, filled int
	markout      float64 // mean after 3 s, bps, in our favor positive
}

type pendingMark struct {
	at    market.Time
	venue int
	sym   market.Symbol
	qty   market.Qty
	px    market.Price
	taker market.Side
}

// observe runs the demo's market for d and pings each dark venue with small immediate orders.
func observe(t *testing.T, seed uint64, d int64) *observed {
	cfg, flow := Balanced(seed, 0, 0)
	o := &observed{venues: make([]venueStats, len(cfg.Venues)), pings: map[market.VenueID]*pingStats{}}
	var marks, fills []pendingMark
	cfg.OnTrade = func(tr *Trade) {
		o.venues[tr.Venue].trades++
		o.venues[tr.Venue].shares += tr.Qty
		if tr.Taker != 0 {
			marks = append(marks, pendingMark{tr.At.Add(market.Second), int(tr.Venue), tr.Symbol, tr.Qty, tr.Price, tr.Taker})
		}
	}
	cfg.OnReport = func(r *Report) {
		if r.Kind == Filled {
			o.pings[r.Venue].filled++
			fills = append(fills, pendingMark{r.At.Add(3 * market.Second), int(r.Venue), r.Symbol, r.LastQty, r.LastPx, r.Side})
		}
	}
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Populate(flow); err != nil {
		t.Fatal(err)
	}
	for _, v := range []market.VenueID{5, 6, 7, 8} {
		o.pings[v] = &pingStats{}
	}
	for i := 0; m.Now() < market.Time(d); i++ {
		m.RunUntil(m.Now().Add(market.Second / 10))
		o.look(m)
		marks = o.settle(m, marks)
		fills = o.settleFills(m, fills)
		if i%3 == 0 {
			o.ping(m, i)
		}
	}
	for i := range m.venues {
		for _, b := range m.venues[i].books {
			if l, ok := b.(*lob); ok {
				checkBook(t, l)
			}
		}
	}
	return o
}

func (o *observed) look(m *Market) {
	for s := range m.insts {
		q := m.national[s].now()
		o.looks++
		if q.Bid == 0 || q.Ask == 0 || q.Bid >= q.Ask {
			o.crossed++
			continue
		}
		o.spread += float64(q.Ask-q.Bid) / float64(m.insts[s].Tick)
		for i := range m.national[s].tops {
			if m.national[s].tops[i].bid == q.Bid {
				o.venues[i].atBid++
			}
		}
	}
}

func (o *observed) settle(m *Market, marks []pendingMark) []pendingMark {
	for len(marks) > 0 && marks[0].at <= m.Now() {
		k := marks[0]
		marks = marks[1:]
		if mid := m.NBBO(k.sym).Mid(); mid > 0 {
			o.venues[k.venue].realized += 2 * float64(k.taker.Sign()) * float64(k.px-mid) / 1e4 * float64(k.qty)
		}
	}
	return marks
}

func (o *observed) settleFills(m *Market, fills []pendingMark) []pendingMark {
	for len(fills) > 0 && fills[0].at <= m.Now() {
		k := fills[0]
		fills = fills[1:]
		if mid := m.NBBO(k.sym).Mid(); mid > 0 {
			o.pings[market.VenueID(k.venue)].markout += float64(k.taker.Sign()) * market.Bps(mid, k.px)
		}
	}
	return fills
}

func (o *observed) ping(m *Market, i int) {
	for v := market.VenueID(5); v <= 8; v++ {
		o.pings[v].sent++
		m.Submit(v, Order{Client: "c", ClOrdID: itoa(i), Symbol: m.insts[i/3%3].Symbol, Side: market.Side(1 + i/9%2), Type: order.Midpoint, TIF: order.IOC, Qty: 200})
	}
}

// TestVenuesEmerge measures the demo's market: what the calibration asks of orderings must come from who trades where.
func TestVenuesEmerge(t *testing.T) {
	minutes := int64(30)
	if testing.Short() {
		minutes = 10
	}
	o := observe(t, 7, minutes*market.Minute)
	mean := func(i int) float64 { return o.venues[i].realized / float64(max(o.venues[i].shares, 1)) }
	for i, v := range o.venues {
		t.Logf("venue %d: %5d trades, %8d shares, mean %4d, realized 1 s %+.3f c, at best bid %2d %%", i, v.trades, v.shares,
			v.shares/market.Qty(max(v.trades, 1)), mean(i), 100*v.atBid/o.looks)
	}
	for v := market.VenueID(5); v <= 8; v++ {
		p := o.pings[v]
		t.Logf("dark %d: %d of %d pings filled, markout 3 s %+.2f bps", v, p.filled, p.sent, p.markout/float64(max(p.filled, 1)))
	}
	t.Logf("crossed or one-sided %d of %d looks, spread %.2f ticks", o.crossed, o.looks, o.spread/float64(o.looks))
	if o.crossed*50 > o.looks {
		t.Errorf("%d of %d looks locked, crossed or one-sided, want under 2 %%", o.crossed, o.looks)
	}
	if mean(4) <= mean(0) {
		t.Errorf("makers keep %.3f c at the inverted venue and %.3f c at the large one, want more at the inverted", mean(4), mean(0))
	}
	a, b := o.pings[5], o.pings[6]
	if !testing.Short() && a.markout/float64(max(a.filled, 1)) <= b.markout/float64(max(b.filled, 1)) {
		t.Errorf("markouts: %+v at the pool of natural blocks, %+v at the pool with informed flow", *a, *b)
	}
	if a.filled == 0 || b.filled == 0 {
		t.Error("dark pools never filled")
	}
}
