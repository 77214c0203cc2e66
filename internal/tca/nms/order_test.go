package nms

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/tca"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: want − got + (go test ./internal/tca/nms -update writes it)\n%s", file, diff)
	}
}

const (
	start = market.Time(1_772_461_800_000_000_000) // 2026-03-02, 9:30 in New York
	cent  = market.Dollar / 100
)

// parent is a buy of 2,000 ABC at bid 10.00, ask 10.04: it went out in six children of 2,800 shares, and 1,300 were filled.
//
//	child  venue  what                 shares  filled                          canceled
//	1      LITX   take, IOC limit .04     600  400 at 10.03, 200 at 10.04             0
//	2      LITX   post at 10.00           500  100 at 10.00 after 12 s, bust of 100  400: three cancels were asked for
//	3      DARK   midpoint peg, day     1,000  500 at 10.02 after 40 ms               500
//	4      DARK   midpoint peg, day       400  -                                      400 open: it works still
//	5      LITX   rejected                200  -                                        -
//	6      INV    market, IOC             100  100 at 10.05 after 2 ms                  0
func parent() *tca.Input {
	quote := market.Quote{Bid: 1000 * cent, Ask: 1004 * cent, BidSize: 300, AskSize: 500}
	child := func(id order.ChildID, venue market.VenueID, typ order.Type, tif order.TIF, style order.Style, qty, cum market.Qty, limit market.Price, state order.State) *event.RecordChild {
		return &event.RecordChild{Child: order.Child{ID: id, Parent: 1, Decision: 1, Venue: venue, Symbol: "ABC", Side: market.Buy, Type: typ, TIF: tif, Style: style,
			Qty: qty, Cum: cum, Leaves: qty - cum, Limit: limit, State: state, DecidedAt: start, WireAt: start.Add(market.Millisecond)}}
	}
	n := uint64(0)
	exec := func(id order.ChildID, venue market.VenueID, qty market.Qty, px int64, after int64, l market.Liquidity, fee market.Money) *event.RecordExecution {
		n++
		return &event.RecordExecution{ExecID: n, Decision: 1, Side: market.Buy, Symbol: "ABC", Mid: 1002 * cent,
			Exec: order.Execution{Key: order.ExecKey{Venue: venue, Date: 20260302, ExecID: "X" + string(rune('0'+n))}, Child: id, Parent: 1, Qty: qty,
				Px: market.Price(px) * cent, Liquidity: l, At: start.Add(market.Millisecond + after), Fee: fee}}
	}
	mark := func(exec uint64, child order.ChildID, bps float64) *event.RecordOutcome {
		return &event.RecordOutcome{Parent: 1, Child: child, What: event.OutcomeMarkout, ExecID: exec, HorizonNs: market.Second, Value: bps}
	}
	in := &tca.Input{Venues: tca.Names{"LITX", "DARK", "INV"},
		Decisions: []*event.RecordDecision{{Decision: 1, Parent: 1, At: start, Quote: quote}},
		Children: []*event.RecordChild{
			child(1, 0, order.Limit, order.IOC, order.StyleTake, 600, 600, 1004*cent, order.Filled),
			child(2, 0, order.Limit, order.Day, order.StylePost, 500, 100, 1000*cent, order.Canceled),
			child(3, 1, order.Midpoint, order.Day, order.StyleDark, 1000, 500, 0, order.Canceled),
			child(4, 1, order.Midpoint, order.Day, order.StyleDark, 400, 0, 0, order.New),
			child(5, 0, order.Limit, order.Day, order.StylePost, 200, 0, 1000*cent, order.Rejected),
			child(6, 2, order.Market, order.IOC, order.StyleSweep, 100, 100, 0, order.Filled),
			child(7, 2, order.Market, order.IOC, order.StyleSweep, 100, 0, 0, order.NeverSent)},
		Executions: []*event.RecordExecution{
			exec(1, 0, 400, 1003, 50*market.Microsecond, market.Removed, 1_200_000),
			exec(1, 0, 200, 1004, 80*market.Microsecond, market.Removed, 600_000),
			exec(2, 0, 100, 1000, 12*market.Second, market.Added, -200_000),
			exec(2, 0, 100, 1000, 13*market.Second, market.Added, -200_000),
			exec(3, 1, 500, 1002, 40*market.Millisecond, market.AddedMid, 500_000),
			exec(6, 2, 100, 1005, 2*market.Millisecond, market.Removed, -50_000)},
		Outcomes: []*event.RecordOutcome{mark(1, 1, 10), mark(2, 1, -10)},
	}
	in.Executions[3].Exec.Busted = true
	in.Children[1].Child.Requests = 3
	in.Children[1].Child.Limit = 1004 * cent // a replace made it marketable later; it was sent at 10.00
	in.Decisions[0].Plans = []event.PlanView{{Shares: []event.Share{{Venue: 0, Style: order.StylePost, Qty: 500, Limit: 1000 * cent}}}}
	in.Parent = &event.RecordParent{Parent: order.Parent{ID: 1, Client: "EMS", State: order.PartiallyFilled, Cum: 1300, Received: start, Arrival: 1002 * cent,
		Terms: order.Terms{Symbol: "ABC", Side: market.Buy, Qty: 2000}}}
	return in
}

// tables gives all three tables of parents, with the control of their reconciliations.
func tables(t *testing.T, inputs ...*tca.Input) (quality, orders, handling *Table) {
	t.Helper()
	q, r := NewQuality(), NewRouting()
	var control Totals
	for _, in := range inputs {
		report, err := tca.Reconcile(*in)
		if err != nil || len(report.Breaks) > 0 {
			t.Fatalf("%v, breaks %q", err, report.Breaks)
		}
		control.Count(&report)
		list := Orders(in, 100)
		for i := range list {
			q.Add(&list[i])
			r.Add(&list[i])
		}
	}
	quality, err := q.Table(control)
	if err != nil {
		t.Fatal(err)
	}
	if orders, handling, err = r.Tables(control); err != nil {
		t.Fatal(err)
	}
	return quality, orders, handling
}

// at gives the figure of a column in the first row whose cells include all of the names.
func at(t *testing.T, table *Table, column string, names ...string) string {
	t.Helper()
	for _, row := range table.Rows {
		var all []string
		for _, c := range row {
			all = append(all, c.Text)
		}
		has := true
		for _, n := range names {
			has = has && strings.Contains("|"+strings.Join(all, "|")+"|", "|"+n+"|")
		}
		for i := range table.Columns {
			if has && table.Columns[i] == column {
				return row[i].Text
			}
		}
	}
	t.Fatalf("no row with %q and column %s", names, column)
	return ""
}

// TestINC08 is the case of a router whose reports had parents in place of the orders that venues got, and cancels twice: here an
// order that was filled in part, asked three times to cancel, and lost a fill to a bust is one order, its 400 shares are canceled
// once, and every total is that of the parents' reconciliations to the share.
func TestINC08(t *testing.T) {
	quality, orders, handling := tables(t, parent(), parent())
	for _, c := range []struct{ what, got, want string }{
		{"orders of the post", at(t, quality, "orders", "LITX", "non-marketable limit"), "2"},
		{"its shares", at(t, quality, "order_shares", "LITX", "non-marketable limit"), "1000"},
		{"its canceled", at(t, quality, "canceled_shares", "LITX", "non-marketable limit"), "800"},
		{"its executed", at(t, quality, "executed_here_shares", "LITX", "non-marketable limit"), "200"},
		{"the working order's open", at(t, quality, "open_shares", "DARK", "$1,000 to $5,000, round lot"), "800"},
		{"routed to LITX", at(t, handling, "orders", "LITX"), "6"},
		{"rejected there", at(t, handling, "rejected_orders", "LITX"), "2"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.what, c.got, c.want)
		}
	}
	want := Totals{Orders: 12, Shares: 5600, Filled: 2600, Fee: 2 * (1_200_000 + 600_000 - 200_000 + 500_000 - 50_000)}
	if quality.Totals != want || orders.Totals != want {
		t.Errorf("totals %+v and %+v, want %+v", quality.Totals, orders.Totals, want)
	}
	if diff := cmp.Diff([]Excluded{{"rejected by the venue", 2, 400, 0}}, quality.Excluded); diff != "" {
		t.Errorf("in no row: want − got +\n%s", diff)
	}
	var b strings.Builder
	for _, table := range []*Table{quality, orders, handling} {
		b.WriteString(table.Text() + "\n")
		for _, row := range table.CSV() {
			b.WriteString(strings.Join(row, "|") + "\n")
		}
		text, err := json.Marshal(table)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(string(text) + "\n\n")
	}
	golden(t, "inc08.txt", b.String())
}

// TestQualityByHand holds the take of the example to figures made by hand. Ask 10.04, mid 10.02, displayed 500:
//
//	effective  (400 × 2(10.03 − 10.02) + 200 × 2(10.04 − 10.02)) / 600 = .026667; quoted .04; E/Q .6667
//	realized   mids 10.02 × 1.001 = 10.03002 and 10.02 × 0.999 = 10.00998:
//	           (400 × 2(10.03 − 10.03002) + 200 × 2(10.04 − 10.00998)) / 600 = .019987
//	improved   400 by .01, at the quote 200; 600 at the quote or better, 100 beyond the 500 displayed
//	time       (400 × 50 us + 200 × 80 us) / 600 = 60 us
func TestQualityByHand(t *testing.T) {
	quality, _, handling := tables(t, parent())
	for column, want := range map[string]string{"avg_effective_spread_usd": "0.0267", "avg_quoted_spread_usd": "0.0400", "effective_over_quoted": "0.6667",
		"avg_realized_spread_1s_usd": "0.0200", "avg_realized_spread_1m_usd": "", "improved_shares": "400", "avg_improvement_usd": "0.0100", "at_quote_shares": "200",
		"outside_shares": "0", "avg_outside_usd": "", "at_or_better_shares": "600", "displayed_shares": "500", "size_improved_shares": "100",
		"avg_time_s": "0.000060", "executed_under_100us_shares": "600", "order_size": "$5,000 to $10,000, round lot"} {
		if got := at(t, quality, column, "LITX", "marketable IOC"); got != want {
			t.Errorf("%s is %q, want %q", column, got, want)
		}
	}
	for column, want := range map[string]string{"outside_shares": "100", "avg_outside_usd": "0.0100", "executed_1ms_to_10ms_shares": "100", "avg_effective_spread_usd": "0.0600"} {
		if got := at(t, quality, column, "INV", "market"); got != want {
			t.Errorf("market order: %s is %q, want %q", column, got, want)
		}
	}
	if got := at(t, quality, "improved_shares", "DARK", "midpoint-or-better limit"); got != "" {
		t.Errorf("an order that is not marketable has %q improved shares, want none to be told", got)
	}
	for column, want := range map[string]string{"fill_rate_pct": "35.71", "midpoint_pct": "100.00", "providing_avg_time_s": "0.040", "net_paid_per_100_shares_usd": "0.1000", "avg_order_shares": "700.0"} {
		if got := at(t, handling, column, "DARK"); got != want {
			t.Errorf("handling at DARK: %s is %q, want %q", column, got, want)
		}
	}
}

// TestRefused: a table that does not agree with the parents to the share is not given (BX-02).
func TestRefused(t *testing.T) {
	in := parent()
	report, err := tca.Reconcile(*in)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		change func(*Totals)
		want   string
	}{{func(c *Totals) { c.Filled++ }, "the table has 1300 shares executed, the parents' reconciliations 1301"},
		{func(c *Totals) { c.Orders-- }, "the table has 6 orders, the parents' reconciliations 5"},
		{func(c *Totals) { c.Shares += 100 }, "the table has 2800 shares sent, the parents' reconciliations 2900"},
		{func(c *Totals) { c.Fee = 0 }, "micro-dollars of fees"}} {
		var control Totals
		control.Count(&report)
		c.change(&control)
		q, r := NewQuality(), NewRouting()
		list := Orders(in, 100)
		for i := range list {
			q.Add(&list[i])
			r.Add(&list[i])
		}
		if _, err := q.Table(control); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Table = %v, want %q", err, c.want)
		}
		if _, _, err := r.Tables(control); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Tables = %v, want %q", err, c.want)
		}
	}
}

// TestKinds: the order type follows from how the price met the quote, bid 10.00, ask 10.04.
func TestKinds(t *testing.T) {
	for _, c := range []struct {
		side  market.Side
		typ   order.Type
		tif   order.TIF
		limit market.Price
		want  Kind
		says  Section
	}{
		{market.Buy, order.Market, order.Day, 0, MarketOrder, SectionMarket},
		{market.Buy, order.Limit, order.Day, 1004 * cent, MarketableLimit, SectionMarketable},
		{market.Sell, order.Limit, order.IOC, 1000 * cent, MarketableIOC, SectionMarketable},
		{market.Buy, order.Limit, order.Day, 1002 * cent, MidpointOrBetter, SectionNonMarketable},
		{market.Sell, order.Limit, order.IOC, 1001 * cent, MidpointOrBetterIOC, SectionNonMarketable},
		{market.Buy, order.Limit, order.Day, 1001 * cent, NonMarketable, SectionNonMarketable},
		{market.Sell, order.Limit, order.FOK, 1005 * cent, NonMarketableIOC, SectionNonMarketable},
		{market.Buy, order.Midpoint, order.Day, 0, MidpointOrBetter, SectionOther},
		{market.Buy, order.Midpoint, order.IOC, 1001 * cent, NonMarketableIOC, SectionOther},
		{market.Sell, order.Primary, order.Day, 0, NonMarketable, SectionOther},
		{market.Buy, order.DLimit, order.Day, 1000 * cent, NonMarketable, SectionOther},
	} {
		o := Order{Side: c.side, Type: c.typ, TIF: c.tif, Limit: c.limit, Qty: 100, Quote: market.Quote{Bid: 1000 * cent, Ask: 1004 * cent}}
		if got, says := o.kind(), o.section(); got != c.want || says != c.says {
			t.Errorf("%v %v %v at %v is %v in section %d, want %v in %d", c.side, c.typ, c.tif, c.limit, got, says, c.want, c.says)
		}
	}
	for qty, want := range map[market.Qty]string{1: "under $250, odd lot", 24: "under $250, odd lot", 25: "$250 to $1,000, odd lot", 99: "$250 to $1,000, odd lot",
		100: "$1,000 to $5,000, round lot", 20_000: "$200,000 and more, round lot"} {
		o := Order{Side: market.Buy, Type: order.Limit, Limit: 1000 * cent, Qty: qty, Quote: market.Quote{Bid: 1000 * cent, Ask: 1004 * cent}}
		if got := o.size().String(); got != want {
			t.Errorf("%d shares are %q, want %q", qty, got, want)
		}
	}
	for _, q := range []market.Quote{{}, {Bid: 5}, {Bid: 1004 * cent, Ask: 1000 * cent}} {
		if o := (Order{Quote: q}); o.covered() == "" {
			t.Errorf("an order at the quote %+v is covered", q)
		}
	}
}
