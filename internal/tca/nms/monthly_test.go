package nms

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// published gives the lines of a market center's monthly file (VIRTU1216.txt: Virtu, December 2016).
func published(t *testing.T) []string {
	t.Helper()
	dir := os.Getenv("SLUICE_DATA")
	if dir == "" {
		dir = "../../../../shared/data"
	}
	f, err := os.Open(filepath.Join(dir, "rule605", "VIRTU1216.txt.gz"))
	if err != nil {
		t.Skipf("no published file: set SLUICE_DATA to the directory that has rule605: %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for s := bufio.NewScanner(z); s.Scan(); {
		if s.Text() != "" {
			lines = append(lines, s.Text())
		}
	}
	if len(lines) != 27_562 {
		t.Fatalf("%d records, want 27562", len(lines))
	}
	return lines
}

// record is a published line by field.
type record []string

func (r record) whole(i int) market.Qty {
	n, _ := strconv.ParseInt(r[i], 10, 64)
	return market.Qty(n)
}

// micros gives a dollar figure in micro-dollars.
func (r record) micros(i int) market.Price {
	x, _ := strconv.ParseFloat(r[i], 64)
	return market.Price(math.Round(x * 1e6))
}

// order makes the one order that a published record of one order says everything of: filled whole or in part in one class of
// times at one price. ok is false where the record leaves that open.
func (r record) order() (o Order, ok bool) {
	if len(r) != 26 || r.whole(6) != 1 {
		return o, false
	}
	const ask market.Price = 100 * market.Dollar
	kind, executed := r[4], r.whole(9)+r.whole(10)
	o = Order{Symbol: market.Symbol(r[3]), Side: market.Buy, Type: order.Limit, TIF: order.Day, Qty: r.whole(7), Done: true, Received: 1,
		Quote: market.Quote{Bid: ask - 500_000, Ask: ask, BidSize: 100, AskSize: 100}}
	px, took := ask, int64(0)
	if executed > 0 {
		class := -1
		for i := range monthlyBounds {
			if n := r.whole(11 + i); n == executed {
				class = i
			} else if n != 0 {
				return o, false
			}
		}
		if class < 0 || r.whole(9) != 0 && r.whole(10) != 0 {
			return o, false
		}
		if class > 0 {
			took = monthlyBounds[class-1]
		}
	}
	switch kind {
	case "11":
		o.Type = order.Market
	case "12":
		o.Limit = ask
	case "13":
		o.Limit, px = ask-100_000, ask-100_000
	case "14":
		o.Limit, px = o.Quote.Bid, o.Quote.Bid
	case "15":
		o.Limit, px = o.Quote.Bid-50_000, o.Quote.Bid-50_000
	}
	if executed == 0 {
		return o, true
	}
	if kind == "11" || kind == "12" {
		if px, took, ok = r.took(ask, executed, took); !ok {
			return o, false
		}
		o.Quote.Bid = 2*px - r.micros(17) - ask // effective = 2·px − bid − ask
		if o.Quote.Bid <= 0 || o.Quote.Bid > ask {
			return o, false
		}
	}
	o.Fills = []Fill{{At: o.Received.Add(took), Qty: executed, Px: px, Away: r.whole(10) > 0,
		After: []Mid{{5 * market.Minute, px - r.micros(16)/2}}}}
	return o, true
}

// took gives the price and time of a marketable order's fill: improved, at the quote, or outside it.
func (r record) took(ask market.Price, executed market.Qty, least int64) (px market.Price, took int64, ok bool) {
	seconds, px := "", ask
	switch executed {
	case r.whole(18):
		seconds, px = r[20], ask-r.micros(19)
	case r.whole(21):
		seconds = r[22]
	case r.whole(23):
		seconds, px = r[25], ask+r.micros(24)
	default:
		return 0, 0, false
	}
	s, _ := strconv.ParseFloat(seconds, 64)
	return px, max(least, int64(math.Round(s*1e9))), true
}

// TestPublishedRecords is the worked example: what a published record of one order says determines the order, and our record of
// that order is the published one to the byte, columns and rounding.
func TestPublishedRecords(t *testing.T) {
	seen := map[string]int{}
	for n, text := range published(t) {
		r := record(strings.Split(text, "|"))
		o, ok := r.order()
		if !ok {
			continue
		}
		kind, size, covered := MonthlyKey(&o)
		m := Monthly{Participant: r[0], Center: r[1], Month: r[2], Symbol: o.Symbol, Type: kind, Size: size}
		m.Add(&o, 5*market.Minute)
		if got := m.String(); !covered || got != text {
			t.Fatalf("record %d\n got %s\nwant %s", n+1, got, text)
		}
		what := r[4]
		if len(o.Fills) > 0 {
			what += " filled"
		}
		seen[what]++
	}
	for _, what := range []string{"11 filled", "12 filled", "13 filled", "14 filled", "15", "12", "13", "14"} {
		if seen[what] < 10 {
			t.Errorf("%d records of %q, want at least 10: %v", seen[what], what, seen)
		}
	}
	t.Logf("records that determine their order, by type: %v", seen)
}

// TestPublishedTogether: two orders of published records that differ only in their symbols make the record of both, whose averages
// are those of the two weighted by shares.
func TestPublishedTogether(t *testing.T) {
	type group struct {
		sum    Monthly
		counts [10]market.Qty
		n      int
	}
	groups := map[string]*group{}
	for _, text := range published(t) {
		r := record(strings.Split(text, "|"))
		if o, ok := r.order(); ok && len(o.Fills) > 0 && (r[4] == "11" || r[4] == "12") {
			g := groups[r[4]+r[5]]
			if g == nil {
				g = &group{}
				groups[r[4]+r[5]] = g
			}
			g.sum.Add(&o, 5*market.Minute)
			for i := range g.counts {
				g.counts[i] += r.whole(6 + i)
			}
			g.n++
		}
	}
	if len(groups) < 4 {
		t.Fatalf("%d groups, want at least 4", len(groups))
	}
	for key, g := range groups {
		r := record(strings.Split(g.sum.String(), "|"))
		for i, want := range g.counts {
			if got := r.whole(6 + i); got != want {
				t.Errorf("%s: field %d of %d orders is %d, the sum of theirs %d", key, 7+i, g.n, got, want)
			}
		}
		if parts := r.whole(18) + r.whole(21) + r.whole(23); parts != r.whole(9)+r.whole(10) {
			t.Errorf("%s: %d improved, at and outside the quote, %d executed", key, parts, r.whole(9)+r.whole(10))
		}
	}
}

// TestPublishedForm: the figures of all published records are in the form in which ours are written, and what they say adds up.
func TestPublishedForm(t *testing.T) {
	for n, text := range published(t) {
		r := record(strings.Split(text, "|"))
		for _, i := range []int{16, 17, 19, 20, 22, 24, 25} {
			if r[i] == "" && r[4] > "12" {
				continue
			}
			places := 4
			if i == 20 || i == 22 || i == 25 {
				places = 1
			}
			x := r.micros(i)
			want := r[i]
			if want == "-0.0000" {
				want = "0.0000" // they leave the sign of a loss that rounds away
			}
			if got := ratioText(int64(x), int64(market.Dollar), places); got != want {
				t.Fatalf("record %d, field %d: %q, we write %q", n+1, i+1, r[i], got)
			}
		}
		in := market.Qty(0)
		for i := range monthlyBounds {
			in += r.whole(11 + i)
		}
		if executed := r.whole(9) + r.whole(10); in > executed || executed+r.whole(8) > r.whole(7) {
			t.Fatalf("record %d: %d in classes of %d executed; with %d canceled of %d", n+1, in, executed, r.whole(8), r.whole(7))
		}
	}
}

// TestMonthlyByHand: without the file, one record made by hand. A sell of 300 at the market, bid 10.00, ask 10.04: 200 at 10.01 after
// 1.25 s, 100 at 9.99 after 12 s; five minutes later the mid is 10.03 and 10.00.
//
//	effective  2·(10.02 − 10.01) = .02, 2·(10.02 − 9.99) = .06: (200×.02 + 100×.06) / 300 = .0333
//	realized   2·(10.03 − 10.01) = .04, 2·(10.00 − 9.99) = .02: (200×.04 + 100×.02) / 300 = .0333
func TestMonthlyByHand(t *testing.T) {
	o := Order{Symbol: "ABC", Side: market.Sell, Type: order.Market, TIF: order.Day, Qty: 300, Done: true,
		Quote: market.Quote{Bid: 10_000_000, Ask: 10_040_000, BidSize: 100, AskSize: 100},
		Fills: []Fill{
			{At: market.Time(1250 * market.Millisecond), Qty: 200, Px: 10_010_000, After: []Mid{{5 * market.Minute, 10_030_000}}},
			{At: market.Time(12 * market.Second), Qty: 100, Px: 9_990_000, Away: true, After: []Mid{{5 * market.Minute, 10_000_000}}}}}
	kind, size, ok := MonthlyKey(&o)
	m := Monthly{Participant: "T", Center: "TSLUI", Month: "202603", Symbol: "ABC", Type: kind, Size: size}
	m.Add(&o, 5*market.Minute)
	want := "T|TSLUI|202603|ABC|11|21|1|300|0|200|100|200|100|0|0|0|0.0333|0.0333|200|0.0100|1.3|0|0.0|100|0.0100|12.0"
	if got := m.String(); !ok || got != want {
		t.Errorf("record\n got %s\nwant %s", got, want)
	}
	for _, c := range []struct {
		qty   market.Qty
		limit market.Price
		want  string
	}{{99, 0, "11 0 false"}, {10_000, 0, "11 25 false"}, {9_999, 10_000_000, "12 24 true"}, {500, 10_039_999, "13 22 true"}, {2_000, 10_040_000, "14 23 true"},
		{100, 10_140_000, "15 21 true"}, {100, 10_140_001, "0 0 false"}} {
		o.Qty, o.Limit, o.Type = c.qty, c.limit, order.Limit
		if c.limit == 0 {
			o.Type = order.Market
		}
		kind, size, ok := MonthlyKey(&o)
		if got := fmt.Sprint(kind, size, ok); got != c.want {
			t.Errorf("a sell of %d at %v is %s, want %s", c.qty, c.limit, got, c.want)
		}
	}
}
