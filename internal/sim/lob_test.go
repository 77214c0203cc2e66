package sim

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// twin is a limit order book so plain that it can be read at a glance: one slice, sorted by priority at every step.
type twin struct {
	rests []*twinOrder
	fills []string
	clock int
}

type twinOrder struct {
	id                     string
	buy, hidden            bool
	price                  market.Price
	leaves, shown, display market.Qty
	stamp                  int
}

func (w *twin) submit(o *twinOrder, ioc bool) {
	w.clock++
	o.stamp = w.clock
	for o.leaves > 0 {
		c := w.best(o)
		if c == nil {
			break
		}
		avail := c.leaves
		if !c.hidden {
			avail = c.shown
		}
		n := min(o.leaves, avail)
		c.leaves, c.shown, o.leaves = c.leaves-n, c.shown-n, o.leaves-n
		w.fills = append(w.fills, fmt.Sprintf("%s %s %d %s", c.id, o.id, n, c.price))
		if c.leaves > 0 && !c.hidden && c.shown == 0 {
			w.clock++
			c.stamp, c.shown = w.clock, min(c.display, c.leaves)
		}
		w.rests = slices.DeleteFunc(w.rests, func(x *twinOrder) bool { return x.leaves == 0 })
	}
	if o.leaves > 0 && !ioc {
		w.show(o)
		w.rests = append(w.rests, o)
	}
}

func (w *twin) show(o *twinOrder) {
	o.shown = o.leaves
	if o.display > 0 {
		o.shown = min(o.display, o.leaves)
	}
}

// best gives the contra with the highest priority that o reaches.
func (w *twin) best(o *twinOrder) *twinOrder {
	var found *twinOrder
	for _, c := range w.rests {
		if c.buy == o.buy || o.buy && c.price > o.price || !o.buy && c.price < o.price {
			continue
		}
		if found == nil || before(c, found) {
			found = c
		}
	}
	return found
}

func before(a, b *twinOrder) bool {
	if a.price != b.price {
		return (a.price > b.price) == a.buy
	}
	if a.hidden != b.hidden {
		return !a.hidden
	}
	return a.stamp < b.stamp
}

// TestAgainstTwin drives random orders, cancels and replaces through a lit venue and through the twin: the same trades in
// the same order, and the same book after each step.
func TestAgainstTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &twin{}
		var fills []string
		m := oneVenue(t, market.Lit, func(r *Report) {
			if r.Kind == Filled && r.Liquidity != market.Removed {
				fills = append(fills, fmt.Sprintf("%s %s %d %s", r.Client, "%", r.LastQty, r.LastPx))
			} else if r.Kind == Filled {
				fills[len(fills)-1] = replaceOne(fills[len(fills)-1], r.Client)
			}
		})
		for i := range rapid.IntRange(1, 60).Draw(t, "steps") {
			randomStep(t, m, w, i)
			m.RunUntil(m.Now() + 1)
			if d := cmp.Diff(w.fills, fills); d != "" {
				t.Fatalf("fills: -twin +book\n%s", d)
			}
			compareBooks(t, m, w)
		}
		checkConservation(t, m, 0)
	})
}

func randomStep(t *rapid.T, m *Market, w *twin, i int) {
	id := fmt.Sprint("o", i)
	n := len(w.rests)
	switch act := rapid.IntRange(0, 9).Draw(t, "act"); {
	case act == 0 && n > 0:
		k := rapid.IntRange(0, n-1).Draw(t, "which")
		c := w.rests[k]
		w.rests = slices.Delete(w.rests, k, k+1)
		m.Cancel(0, CancelRequest{c.id, id, current(m, c.id)})
	case act == 1 && n > 0:
		c := w.rests[rapid.IntRange(0, n-1).Draw(t, "which")]
		now, _ := m.TruthOf(0, c.id, c.id)
		qty := now.Cum + market.Qty(rapid.IntRange(1, 10).Draw(t, "qty"))*100
		price := c.price
		if rapid.Bool().Draw(t, "move") {
			price = market.Price(rapid.IntRange(995, 1005).Draw(t, "price")) * 10_000
		}
		m.Replace(0, ReplaceRequest{Client: c.id, ClOrdID: id, OrigClOrdID: now.ClOrdID, Qty: qty, Limit: price, Display: c.display})
		left := qty - now.Cum
		if price == c.price && left <= c.leaves {
			c.leaves, c.shown = left, min(c.shown, left)
			return
		}
		w.rests = slices.DeleteFunc(w.rests, func(x *twinOrder) bool { return x == c })
		c.price, c.leaves = price, left
		w.submit(c, false)
	default:
		o := &twinOrder{id: id, buy: rapid.Bool().Draw(t, "buy"), price: market.Price(rapid.IntRange(995, 1005).Draw(t, "price")) * 10_000,
			leaves: market.Qty(rapid.IntRange(1, 10).Draw(t, "qty")) * 100}
		ioc := rapid.IntRange(0, 3).Draw(t, "ioc") == 0
		switch {
		case ioc:
		case rapid.IntRange(0, 4).Draw(t, "hidden") == 0:
			o.hidden = true
		case rapid.IntRange(0, 4).Draw(t, "reserve") == 0:
			o.display = 100
		}
		tif := order.Day
		if ioc {
			tif = order.IOC
		}
		m.Submit(0, Order{Client: id, ClOrdID: id, Symbol: "S", Side: sideOf(o.buy), Type: order.Limit, TIF: tif, Qty: o.leaves,
			Limit: o.price, Hidden: o.hidden, Display: o.display})
		w.submit(o, ioc)
	}
}

func current(m *Market, client string) string {
	now, _ := m.TruthOf(0, client, client)
	return now.ClOrdID
}

func replaceOne(s, client string) string {
	return s[:len(s)-len(s[indexByte(s, '%'):])] + client + s[indexByte(s, '%')+1:]
}

func indexByte(s string, c byte) int { return slices.Index([]byte(s), c) }

func compareBooks(t *rapid.T, m *Market, w *twin) {
	slices.SortFunc(w.rests, func(a, b *twinOrder) int {
		if a.buy != b.buy {
			return map[bool]int{true: -1, false: 1}[a.buy]
		}
		return map[bool]int{true: -1, false: 1}[before(a, b)]
	})
	var want, got []string
	for _, o := range w.rests {
		want = append(want, fmt.Sprintf("%s %v %s %d", o.id, o.buy, o.price, o.leaves))
	}
	b := m.venues[0].books[0].(*lob)
	b.each(func(o *ord) {
		got = append(got, fmt.Sprintf("%s %v %s %d", o.client.owner, o.buy, o.price, o.leaves))
	})
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("book: -twin +book\n%s", d)
	}
	checkBook(t, b)
}

// fataler is what both testing.T and rapid.T are to a check.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkBook holds the invariants of lob's comment.
func checkBook(t fataler, b *lob) {
	t.Helper()
	for _, buy := range [2]bool{true, false} {
		n := 0
		for lv := b.ladder(buy).best(); lv != nil; lv = lv.next[0] {
			var shown market.Qty
			for _, q := range [2]*fifo{&lv.disp, &lv.hid} {
				for o := q.head; o != nil; o = o.next {
					n++
					shown += o.shown
					if o.lvl != lv || !o.resting || o.leaves <= 0 || key(o.buy, o.price) != lv.key || o.hidden != (q == &lv.hid) {
						t.Fatalf("order %+v is misplaced at level %d", o, lv.key)
					}
				}
			}
			if shown != lv.shown || lv.empty() || lv.next[0] != nil && lv.next[0].key <= lv.key {
				t.Fatalf("level %d shows %d, its orders %d", lv.key, lv.shown, shown)
			}
		}
		if n != b.ladder(buy).n {
			t.Fatalf("%d orders on the ladder, counted %d", n, b.ladder(buy).n)
		}
	}
	if tp := b.top(); tp.bid > 0 && tp.ask > 0 && tp.bid >= tp.ask {
		t.Fatalf("displayed orders cross: %+v", tp)
	}
}

// checkConservation: over all clients, bought equals sold where only clients trade; cum + leaves never exceed qty.
func checkConservation(t fataler, m *Market, v market.VenueID) {
	t.Helper()
	var net market.Qty
	for _, o := range m.Truth(v) {
		net += market.Qty(o.Side.Sign()) * o.Cum
		if o.Cum+o.Leaves > o.Qty || o.Cum < 0 || o.Leaves < 0 || o.State.Done() && o.Leaves != 0 {
			t.Fatalf("order %+v does not add up", o)
		}
	}
	if net != 0 {
		t.Fatalf("bought minus sold = %d, want 0: shares were created", net)
	}
}

// oneVenue makes a market of one venue without latency and the symbol S at 10 dollars.
func oneVenue(t fataler, typ market.VenueType, onReport func(*Report)) *Market {
	t.Helper()
	spec := VenueSpec{Prefix: "T"}
	spec.Name, spec.Type, spec.Caps = "T", typ, allCaps|market.CapDLimit
	m, err := New(Config{Venues: []VenueSpec{spec}, OnReport: onReport,
		Symbols: []market.Instrument{{Symbol: "S", Tick: 10_000, Lot: 100, PriorClose: 10 * market.Dollar}}})
	if err != nil {
		t.Fatalf("%v", err)
	}
	return m
}

func itoa(i int) string { return fmt.Sprint(i) }
