package sim

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// runLog runs the demo's market with a client that sends, replaces and cancels at random, and gives the log of everything
// that came back.
func runLog(t *testing.T, seed uint64) (string, *Market) {
	t.Helper()
	var log bytes.Buffer
	cfg, flow := Balanced(seed, 1000, 6*market.Minute)
	everybody(&flow)
	cfg.OnReport = func(r *Report) { log.Write(append(r.AppendText(nil), '\n')) }
	cfg.OnTrade = func(tr *Trade) { fmt.Fprintf(&log, "%+v\n", *tr) }
	var last market.Time
	cfg.OnBook = func(v market.VenueID, s market.Symbol, b *market.Book) {
		if b.Received < last || b.VenueTime > b.Received {
			t.Fatalf("book of %d at %d after %d", v, b.Received, last)
		}
		last = b.Received
		fmt.Fprintf(&log, "%d %s %v %v\n", v, s, b.BestBid(), b.BestAsk())
	}
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Populate(flow); err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(seed, 5))
	for i := range 600 {
		m.RunUntil(m.Now().Add(rnd.Int64N(100 * market.Millisecond)))
		v := market.VenueID(rnd.IntN(len(m.venues)))
		randomRequest(m, rnd, v, i)
	}
	m.RunUntil(m.Now().Add(market.Second))
	return log.String(), m
}

// everybody turns every agent on.
func everybody(f *Flow) {
	withMetas(f)
	withScouts(0, 1, 2, 3, 4, 5, 6, 7)(f)
	f.LeanQueue = 0.5
	f.ArbMax, f.ArbLag, f.ArbEdge, f.ArbHoldMs = 2000, 200*market.Microsecond, 0.5, 2000
}

func randomRequest(m *Market, rnd *rand.Rand, v market.VenueID, i int) {
	id := itoa(i)
	if n := len(m.venues[v].orders); n > 0 && rnd.IntN(3) == 0 {
		c := m.venues[v].orders[rnd.IntN(n)]
		if rnd.IntN(2) == 0 {
			m.Cancel(v, CancelRequest{"c", id, c.clOrdID})
		} else {
			m.Replace(v, ReplaceRequest{Client: "c", ClOrdID: id, OrigClOrdID: c.clOrdID, Qty: market.Qty(1+rnd.IntN(9)) * 100, Limit: c.limit})
		}
		return
	}
	s := m.insts[rnd.IntN(len(m.insts))]
	q := m.NBBO(s.Symbol)
	o := Order{Client: "c", ClOrdID: id, Symbol: s.Symbol, Side: market.Side(1 + rnd.IntN(2)), Qty: market.Qty(1+rnd.IntN(20)) * 100,
		Type: order.Limit, Limit: q.Bid + market.Price(rnd.IntN(4)-1)*s.Tick, TIF: []order.TIF{order.Day, order.IOC, order.FOK}[rnd.IntN(3)]}
	if rnd.IntN(3) == 0 {
		o.Type, o.Limit = order.Midpoint, 0
	}
	m.Submit(v, o)
}

// TestDeterminism: two runs of a seed give the same bytes, another seed gives others.
func TestDeterminism(t *testing.T) {
	a, _ := runLog(t, 3)
	b, _ := runLog(t, 3)
	c, _ := runLog(t, 4)
	if a != b {
		t.Error("two runs of seed 3 differ")
	}
	if a == c || len(a) < 10_000 {
		t.Errorf("seeds 3 and 4 give the same %d bytes", len(a))
	}
}

// TestReportsAgreeWithTruth: what a client adds up from its reports is what the venue knows, for every order.
func TestReportsAgreeWithTruth(t *testing.T) {
	log, m := runLog(t, 11)
	filled := 0
	for v := range m.venues {
		for _, o := range m.Truth(market.VenueID(v)) {
			if o.Cum+o.Leaves > o.Qty || o.Cum < 0 || o.Leaves < 0 || o.State.Done() && o.Leaves > 0 || !o.State.Done() && o.Cum+o.Leaves != o.Qty {
				t.Errorf("%+v does not add up", o)
			}
			if o.Cum > 0 {
				filled++
			}
		}
		var sum market.Qty
		for _, e := range m.venues[v].execs {
			for _, c := range e.party {
				if c != nil {
					sum += e.qty
				}
			}
		}
		for _, o := range m.Truth(market.VenueID(v)) {
			sum -= o.Cum
		}
		if sum != 0 {
			t.Errorf("venue %d: executions and orders differ by %d shares", v, sum)
		}
	}
	if n := strings.Count(log, " filled "); filled < 20 || n < filled {
		t.Errorf("%d orders filled, %d reports of it", filled, n)
	}
}

func TestLatencyAndStall(t *testing.T) {
	cfg := Config{Start: 1, Symbols: []market.Instrument{{Symbol: "S", Tick: 10_000, Lot: 100, PriorClose: 10 * market.Dollar}}}
	v := VenueSpec{Order: Latency{Base: 100, Jitter: 50}, Feed: Latency{Base: 1000}}
	v.Name, v.Type, v.Caps = "T", market.Lit, allCaps
	cfg.Venues = []VenueSpec{v}
	var got []Report
	cfg.OnReport = func(r *Report) { got = append(got, *r) }
	var book market.Book
	cfg.OnBook = func(_ market.VenueID, _ market.Symbol, b *market.Book) { book = *b }
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		m.Submit(0, Order{Client: "c", ClOrdID: itoa(i), Symbol: "S", Side: market.Buy, Type: order.Limit, Qty: 100, Limit: 10 * market.Dollar})
	}
	m.RunUntil(100)
	if len(got) != 0 {
		t.Errorf("%d reports before the base latency", len(got))
	}
	m.RunUntil(100_000)
	for i := range got {
		if got[i].ClOrdID != itoa(i) || got[i].Received < got[i].At+100 || i > 0 && got[i].Received < got[i-1].Received {
			t.Errorf("report %d: %+v: messages of one direction must not overtake each other", i, got[i])
		}
	}
	if len(got) != 20 || book.BestBid().Size != 2000 || book.Received != book.VenueTime+1000 {
		t.Errorf("%d reports, book %+v", len(got), book)
	}
	m.Stall(0, 5_000_000)
	m.Cancel(0, CancelRequest{"c", "x", "0"})
	m.RunUntil(4_999_999)
	if len(got) != 20 {
		t.Error("a stalled venue answered")
	}
	m.RunUntil(6_000_000)
	if len(got) != 21 || got[20].Kind != Canceled || got[20].At != 5_000_000 {
		t.Errorf("after the stall: %+v", got[len(got)-1])
	}
}

func TestDayEndAndCancelAll(t *testing.T) {
	m := oneVenue(t, market.Lit, nil)
	m.schedule(1000, (*closing)(m), 0)
	put := func(id string, tif order.TIF, expire market.Time) {
		m.Submit(0, Order{Client: id[:1], ClOrdID: id, Symbol: "S", Side: market.Buy, Type: order.Limit, TIF: tif, Qty: 100, Limit: 10 * market.Dollar, ExpireAt: expire})
	}
	put("a1", order.Day, 0)
	put("a2", order.GTC, 0)
	put("a3", order.GTD, 500)
	put("b1", order.GTC, 0)
	m.RunUntil(1001)
	if n := m.CancelAll(0, "a"); n != 1 {
		t.Errorf("CancelAll canceled %d, want the GTC order alone", n)
	}
	want := map[string]order.State{"a1": order.Expired, "a2": order.Canceled, "a3": order.Expired, "b1": order.New}
	for _, o := range m.Truth(0) {
		if o.State != want[o.ClOrdID] {
			t.Errorf("%s is %v, want %v", o.ClOrdID, o.State, want[o.ClOrdID])
		}
	}
}

// TestPoolProperties: a dark pool never trades outside a limit, below a minimum quantity, or off the midpoint, creates no
// share, and leaves nobody at rest who could trade with the last to come.
func TestPoolProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type terms struct {
			limit market.Price
			min   market.Qty
			side  market.Side
		}
		sent := map[string]terms{}
		var mid market.Price
		left := map[string]market.Qty{}
		cfg := Config{Symbols: []market.Instrument{{Symbol: "S", Tick: 10_000, Lot: 100, PriorClose: 10 * market.Dollar}},
			OnReport: func(r *Report) {
				if r.Kind != Filled || r.Client == "away" {
					return
				}
				o := sent[r.ClOrdID]
				if r.LastPx != mid || o.limit > 0 && o.side.Worse(r.LastPx, o.limit) || r.LastQty < min(o.min, left[r.ClOrdID]) {
					t.Fatalf("%s %+v traded %d at %s, mid %s", r.ClOrdID, o, r.LastQty, r.LastPx, mid)
				}
				left[r.ClOrdID] -= r.LastQty
			}}
		for i, typ := range []market.VenueType{market.Dark, market.Lit} {
			v := VenueSpec{}
			v.ID, v.Name, v.Type, v.Caps = market.VenueID(i), typ.String(), typ, allCaps
			cfg.Venues = append(cfg.Venues, v)
		}
		cfg.Venues[0].Rules.SizePriority = rapid.Bool().Draw(t, "size")
		m, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		for i := range rapid.IntRange(1, 50).Draw(t, "steps") {
			id := itoa(i)
			if i == 0 || rapid.IntRange(0, 4).Draw(t, "act") == 0 {
				m.CancelAll(1, "away")
				bid := market.Price(rapid.IntRange(995, 1005).Draw(t, "bid")) * 10_000
				mid = bid + 10_000
				for k, p := range []market.Price{bid, bid + 20_000} {
					m.Submit(1, Order{Client: "away", ClOrdID: id + "abc"[k:k+1], Symbol: "S", Side: market.Side(k + 1), Type: order.Limit, Qty: 100, Limit: p})
				}
			} else {
				o := Order{Client: id, ClOrdID: id, Symbol: "S", Side: market.Side(rapid.IntRange(1, 2).Draw(t, "side")), Type: order.Midpoint,
					Qty: market.Qty(rapid.IntRange(1, 10).Draw(t, "qty")) * 100}
				if rapid.Bool().Draw(t, "capped") {
					o.Limit = market.Price(rapid.IntRange(994, 1008).Draw(t, "limit")) * 10_000
				}
				o.MinQty = min(market.Qty(rapid.IntRange(0, 5).Draw(t, "min"))*100, o.Qty)
				sent[id], left[id] = terms{o.Limit, o.MinQty, o.Side}, o.Qty
				m.Submit(0, o)
			}
			m.RunUntil(m.Now() + 1)
		}
		checkConservation(t, m, 0)
		b := m.venues[0].books[0].(*pool)
		var rests []*ord
		b.each(func(o *ord) { rests = append(rests, o) })
		for _, x := range rests {
			for _, y := range rests {
				n := min(x.leaves, y.leaves)
				if x.buy && !y.buy && b.willing(x) && b.willing(y) && n >= x.least() && n >= y.least() {
					t.Fatalf("%s and %s rest although they could trade %d", x.client.clOrdID, y.client.clOrdID, n)
				}
			}
		}
	})
}

func TestFlowErrorsNameEverything(t *testing.T) {
	m := oneVenue(t, market.Lit, nil)
	err := m.Populate(Flow{LeanQueue: -1, MetaRate: 1, MetaHidden: 2, ArbMax: 1, Venues: []VenueFlow{{ScoutRate: 1}, {Venue: 9}}})
	for _, want := range []string{"LeanQueue", "MetaMin", "ADV of S", "MetaHidden 2", "ArbHoldMs", "ScoutHits", "venue 9"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %q", err, want)
		}
	}
}

func TestConfigErrorsNameEverything(t *testing.T) {
	bad := VenueSpec{Order: Latency{Base: -1}}
	bad.Name = "X"
	_, err := New(Config{Venues: []VenueSpec{bad, bad}, Symbols: []market.Instrument{{Symbol: "S"}}})
	for _, want := range []string{"venue type 0", "used twice", "latency", `"S"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %q", err, want)
		}
	}
}
