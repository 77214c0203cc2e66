package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// conform is what every database must do. open gives a fresh, empty store; fail makes every later insert or update of
// a table fail inside the database, so that a transaction dies in its middle.
func conform(t *testing.T, open func(t *testing.T) *Store, fail func(t *testing.T, s *Store, table string)) {
	tests := []struct {
		name string
		run  func(t *testing.T, s *Store)
	}{
		{"every body comes back as it was journaled", conformBodies},
		{"columns hold the body's values", conformColumns},
		{"applying again changes nothing (PRJ-01)", conformReplay},
		{"the latest state of a row wins", conformLatest},
		{"busts and corrections update their execution (ER-22)", conformBusts},
		{"projections and journals are apart (PRJ-06)", conformSources},
		{"records out of order are refused", conformOrder},
		{"filters", conformFilters},
		{"sums per venue", conformVenues},
		{"decisions with their costs", conformCosts},
		{"decisions with what became of them, for training", conformTold},
		{"parents with their impact, for training", conformImpacts},
		{"changes of the models in force (MOP-02)", conformModels},
		{"experiments and their assignments (ABT-01)", conformExperiments},
		{"hostile text", conformHostile},
		{"10,000 records in one batch", conformLarge},
		{"readers see commits whole while a writer works", conformReaders},
		{"a canceled apply leaves nothing", conformCanceled},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
	for _, table := range []string{"parents", "alerts", "watermarks"} {
		t.Run("a failure in "+table+" leaves neither rows nor watermark (CRASH-09)", func(t *testing.T) {
			s := open(t)
			conformAtomic(t, s, func() { fail(t, s, table) })
		})
	}
}

var src = Source{"main", 1_750_000_000}

// sample is a small journal: one parent with two children, three fills, a bust, a decision, outcomes and an alert.
func sample() []Record {
	day := market.Time(1_750_000_000_000_000_000)
	parent := func(state order.State, cum market.Qty) *event.RecordParent {
		p := order.Parent{ID: 7, Client: "EMS1", ClOrdID: "C-7", State: state, Cum: cum, Received: day,
			Notional: market.NotionalOf(100*market.Dollar, cum), Arrival: 100 * market.Dollar,
			ArrivalNBBO: market.Quote{Bid: 99_990_000, Ask: 100_010_000, BidSize: 300, AskSize: 400},
			Terms: order.Terms{Account: "A1", Symbol: "AMZN", Side: market.Sell, Qty: 1000, Type: order.Limit,
				Limit: 99 * market.Dollar, Strategy: order.Block, Objective: order.MinImpact}}
		return &event.RecordParent{Parent: p, MarketVolume: 5000, MarketValue: market.NotionalOf(100*market.Dollar, 5000),
			Decisions: 1, Children: 2, At: day.Add(5), EndMid: 99_950_000}
	}
	child := func(id order.ChildID, state order.State, cum market.Qty) order.Child {
		return order.Child{ID: id, Parent: 7, Decision: 3, Venue: market.VenueID(id % 3), Symbol: "AMZN", Side: market.Sell,
			Type: order.Midpoint, TIF: order.Day, Style: order.StyleDark, Qty: 400, State: state, Cum: cum, Leaves: 400 - cum,
			Notional: market.NotionalOf(100*market.Dollar, cum), DecidedAt: day.Add(1), VenueOrderID: "V1"}
	}
	return []Record{
		{1, day, &event.Configured{Config: []byte(`{"Router":"R1"}`), Instance: src.Instance, Epoch: 2, Build: "test"}},
		{2, day, &event.BookChanged{Venue: 1, Symbol: "AMZN"}},
		{3, day, parent(order.New, 0)},
		{4, day, &event.RecordDecision{Decision: 3, Parent: 7, At: day.Add(1), Stage: event.StageDark, Wave: 1, Why: "arrival",
			Symbol: "AMZN", Side: market.Sell, Unrouted: 1000, Want: 800, Schema: "f1", Model: "prior", Posterior: 12,
			Quote: market.Quote{Bid: 99_990_000, Ask: 100_010_000, BidSize: 300, AskSize: 400},
			Seed:  math.MaxUint64, M: .5, Epsilon: .01, Gamma: 60, Draw: .25, Chosen: 1, Static: 0,
			Venues: []event.VenueView{{Venue: 1, Static: 9.2, FillProb: .4, FillLo: .1, FillHi: .7, Features: []float64{1, -2.5}},
				{Venue: 2, Excluded: "stale book", AgeNs: -1, CostBps: math.Inf(1)}},
			Plans: []event.PlanView{{Name: "static", CostBps: 1.5, Prob: .25},
				{Name: "greedy", CostBps: 1.25, Prob: .75, Shares: []event.Share{{Venue: 1, Style: order.StyleDark, Qty: 400}}}}}},
		{5, day.Add(1), &event.SendChild{Child: child(1, order.PendingNew, 0), ClOrdID: "SX", Account: "A1"}},
		{6, day.Add(1), &event.SendChild{Child: child(2, order.PendingNew, 0)}},
		{7, day.Add(2), fill(day, 1, "x1", 101, 100, 100*market.Dollar, -200_000)},
		{8, day.Add(2), fill(day, 2, "x1", 102, 150, 99_990_001, 450_000)},
		{9, day.Add(2), fill(day, 2, "x2", 103, 50, 100*market.Dollar, 150_000)},
		{10, day.Add(3), &event.RecordChild{Child: child(2, order.Canceled, 200), At: day.Add(3)}},
		{11, day.Add(3), &event.RecordOutcome{Decision: 3, Child: 2, Parent: 7, Venue: 2, Style: order.StyleDark,
			What: event.OutcomeMarkout, HorizonNs: market.Second, ExecID: 102, Value: -1.5, At: day.Add(4), FillProb: .41, ToxBps: .3}},
		{12, day.Add(3), &event.RecordOutcome{Decision: 3, Child: 2, Parent: 7, Venue: 2, Style: order.StyleDark,
			What: event.OutcomeMarkout, HorizonNs: market.Second, ExecID: 103, Value: .5, At: day.Add(4)}},
		{13, day.Add(3), &event.RecordOutcome{Parent: 7, What: event.OutcomeParticipated, Value: math.NaN()}},
		{14, day.Add(4), &event.ReportParent{Parent: 7, Client: "EMS1", ExecID: 101, ClOrdID: "C-7", ExecType: 'F', OrdStatus: '1',
			Cum: 100, Leaves: 900, AvgPx: 100 * market.Dollar, LastQty: 100, LastPx: 100 * market.Dollar, At: day.Add(4)}},
		{15, day.Add(4), &event.Raise{Severity: event.Warn, Code: "RACE-02", Parent: 7, Child: 2, Text: "late fill"}},
		{16, day.Add(5), parent(order.PartiallyFilled, 300)},
	}
}

func fill(day market.Time, child order.ChildID, exec string, report uint64, qty market.Qty, px market.Price, fee market.Money) *event.RecordExecution {
	venue := market.VenueID(child % 3)
	return &event.RecordExecution{ExecID: report, Decision: 3, Side: market.Sell, Symbol: "AMZN", Style: order.StyleDark, Mid: 100 * market.Dollar,
		Exec: order.Execution{Key: order.ExecKey{Venue: venue, Date: market.DateUTC(day), ExecID: exec, OrderID: fmt.Sprint("V", child)},
			Child: child, Parent: 7, Qty: qty, Px: px, Liquidity: market.AddedMid, LastMkt: "XDRK", At: day.Add(2), Fee: fee, Reg: 1000}}
}

func mustApply(t *testing.T, s *Store, src Source, records []Record, upto uint64) {
	t.Helper()
	if err := s.Apply(t.Context(), src, records, upto); err != nil {
		t.Fatal(err)
	}
}

func mustDossier(t *testing.T, s *Store) *Dossier {
	t.Helper()
	d, err := s.Dossier(t.Context(), ParentKey{src.Instance, 7})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// same compares rows; NaN equals NaN, and a Notional is compared by its halves.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	halves := cmp.Comparer(func(a, b market.Notional) bool { return a == b })
	if diff := cmp.Diff(want, got, halves, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("%s: want − got +\n%s", what, diff)
	}
}

func wantMark(t *testing.T, s *Store, src Source, want uint64) {
	t.Helper()
	if got, err := s.Watermark(t.Context(), src); err != nil || got != want {
		t.Fatalf("watermark = %d, %v; want %d", got, err, want)
	}
}

func conformBodies(t *testing.T, s *Store) {
	records := sample()
	wantMark(t, s, src, 0)
	mustApply(t, s, src, records, 20)
	wantMark(t, s, src, 20)
	d := mustDossier(t, s)
	same(t, "parent", d.Parent.Body, records[15].Body)
	same(t, "parent's seq", d.Parent.Seq, uint64(16))
	sent := records[4].Body.(*event.SendChild).Child
	same(t, "child from its SendChild", d.Children[0].Body, &event.RecordChild{Child: sent, At: records[4].At})
	same(t, "child from its RecordChild", d.Children[1].Body, records[9].Body)
	for i, x := range d.Executions {
		same(t, "execution", x.Body, records[6+i].Body)
	}
	same(t, "decision", d.Decisions[0].Body, records[3].Body)
	for i, o := range d.Outcomes {
		same(t, "outcome", o.Body, records[10+i].Body)
	}
	same(t, "report", d.Reports[0].Body, records[13].Body)
	same(t, "alert", d.Alerts[0].Body, records[14].Body)
	same(t, "row counts", []int{len(d.Children), len(d.Executions), len(d.Decisions), len(d.Outcomes), len(d.Reports), len(d.Alerts)},
		[]int{2, 3, 1, 3, 1, 1})
	start, err := s.Start(t.Context(), src.Instance)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "start", start, Start{src.Instance, 1, records[0].At, records[0].Body.(*event.Configured)})
	one, err := s.Decision(t.Context(), src.Instance, 3)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "one decision", one, d.Decisions[0])
}

// conformColumns reads what SQL users read.
func conformColumns(t *testing.T, s *Store) {
	mustApply(t, s, src, sample(), 16)
	tests := []struct{ query, want string }{
		{`SELECT symbol || ' ' || side || ' ' || state || ' ' || strategy || ' ' || objective FROM parents`, "AMZN sell partially filled block impact"},
		{`SELECT qty + cum + leaves FROM parents`, "2000"},
		{`SELECT avg_px_micros + market_vwap_micros + arrival_micros + limit_micros + end_mid_micros FROM parents`, "498950000"},
		{`SELECT clordid || ' ' || style || ' ' || type || ' ' || state || ' ' || tif FROM children WHERE id = 2`,
			event.ClOrdID(src.Instance, 2, 0) + " dark midpoint peg canceled day"},
		{`SELECT COUNT(*) FROM children WHERE NOT in_doubt AND decided_ns > 0 AND decision = 3 AND parent = 7`, "2"},
		{`SELECT SUM(qty * px_micros) FROM executions WHERE NOT busted AND NOT late`, "29998500150"},
		{`SELECT SUM(fee_micros) + SUM(reg_micros) FROM executions`, "403000"},
		{`SELECT liquidity || ' ' || last_mkt || ' ' || exec_id || ' ' || order_id FROM executions WHERE report_id = 101`, "added midpoint XDRK x1 V1"},
		{`SELECT chosen_plan || ' ' || feature_schema || ' ' || model || ' ' || stage FROM decisions`, "greedy f1 prior dark"},
		{`SELECT plans + chosen FROM decisions WHERE chosen_prob = 0.75 AND chosen_cost_bps = 1.25 AND static_cost_bps = 1.5`, "3"},
		{`SELECT COUNT(*) FROM outcomes WHERE what = 'markout' AND horizon_ns = 1000000000`, "2"},
		{`SELECT what FROM outcomes WHERE value IS NULL`, "participated"},
		{`SELECT exec_type || ord_status || client || clordid FROM reports WHERE last_qty = 100`, "F1EMS1C-7"},
		{`SELECT code || words FROM alerts WHERE severity = 2`, "RACE-02late fill"},
		{`SELECT epoch FROM starts WHERE build = 'test'`, "2"},
	}
	for _, test := range tests {
		var got string
		if err := s.queryRow(t.Context(), test.query, nil, &got); err != nil || got != test.want {
			t.Errorf("%s\n= %q, %v; want %q", test.query, got, err, test.want)
		}
	}
}

func conformReplay(t *testing.T, s *Store) {
	records := sample()
	mustApply(t, s, src, records, 16)
	before := mustDossier(t, s)
	changed := slices.Clone(records)
	for i := range changed { // what is at or below the watermark is not even looked at
		changed[i].Body = &event.Raise{Code: "never"}
	}
	mustApply(t, s, src, changed, 16)
	mustApply(t, s, src, records[:4], 4) // an older upto does not move the watermark back
	wantMark(t, s, src, 16)
	same(t, "after replay", mustDossier(t, s), before)

	// Without the watermark, as when a second projection reads the same journal, the keys do the same.
	mustApply(t, s, Source{"other", src.Instance}, records, 16)
	same(t, "after a second projection", mustDossier(t, s), before)
	var n int
	for _, query := range []string{"SELECT COUNT(*) FROM alerts", "SELECT COUNT(*) FROM starts", "SELECT COUNT(*) FROM parents"} {
		if err := s.queryRow(t.Context(), query, nil, &n); err != nil || n != 1 {
			t.Errorf("%s = %d, %v; want 1", query, n, err)
		}
	}
}

func conformLatest(t *testing.T, s *Store) {
	records := sample()
	mustApply(t, s, Source{"late", src.Instance}, records[10:], 16) // a reader that is ahead
	mustApply(t, s, src, records[:6], 6)                            // and one that is behind
	if d := mustDossier(t, s); d.Parent.Seq != 16 || d.Parent.Body.Parent.Cum != 300 {
		t.Errorf("parent is of record %d with %d filled; want record 16 with 300", d.Parent.Seq, d.Parent.Body.Parent.Cum)
	}
}

func conformBusts(t *testing.T, s *Store) {
	records := sample()
	mustApply(t, s, src, records, 16)
	bust := *records[7].Body.(*event.RecordExecution)
	bust.Exec.Busted, bust.Exec.Qty = true, 0
	correct := *records[8].Body.(*event.RecordExecution)
	correct.Exec.Qty, correct.Exec.Px = 40, 99*market.Dollar
	again := correct
	again.Exec.Px = 98 * market.Dollar
	mustApply(t, s, src, []Record{{17, 0, &bust}, {18, 0, &correct}, {19, 0, &again}}, 19)
	d := mustDossier(t, s)
	if len(d.Executions) != 3 {
		t.Fatalf("%d executions, want 3: a bust is no execution of its own", len(d.Executions))
	}
	same(t, "busted", d.Executions[1].Body, &bust)
	same(t, "corrected", d.Executions[2].Body, &again)
	stats, err := s.Venues(t.Context(), StatsFilter{Instance: src.Instance})
	if err != nil {
		t.Fatal(err)
	}
	if v := stats[1]; v.Filled != 40 || v.Busts != 1 || v.Notional != market.NotionalOf(98*market.Dollar, 40) || v.Fee != 150_000 {
		t.Errorf("venue 2 after bust and correction: %+v", v)
	}
}

func conformSources(t *testing.T, s *Store) {
	records := sample()
	other := Source{"main", 2}
	mustApply(t, s, src, records, 16)
	mustApply(t, s, other, records[:3], 3)
	mustApply(t, s, Source{"page", src.Instance}, nil, 9)
	wantMark(t, s, src, 16)
	wantMark(t, s, other, 3)
	wantMark(t, s, Source{"page", src.Instance}, 9)
	wantMark(t, s, Source{"page", 2}, 0)
	two, err := s.Parents(t.Context(), ParentFilter{})
	if err != nil || len(two) != 2 {
		t.Fatalf("%d parents, %v; want one of each journal", len(two), err)
	}
	d, err := s.Dossier(t.Context(), KeyOf(two[1]))
	if err != nil || d.Parent.Instance != 2 || len(d.Executions) != 0 {
		t.Errorf("dossier of the other journal: %+v, %v", d, err)
	}
	_, err = s.Dossier(t.Context(), ParentKey{3, 7})
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("dossier of an unknown journal: %v, want ErrNotFound", err)
	}
	if _, err = s.Decision(t.Context(), 3, 7); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown decision: %v, want ErrNotFound", err)
	}
	if _, err = s.Start(t.Context(), 3); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown start: %v, want ErrNotFound", err)
	}
}

func conformOrder(t *testing.T, s *Store) {
	a := &event.Raise{Code: "A"}
	huge := &event.RecordParent{Parent: order.Parent{ID: 1, Cum: 1, Notional: market.NotionalFromParts(1, 0)}}
	tests := []struct {
		records []Record
		upto    uint64
		want    string
	}{
		{[]Record{{2, 0, a}, {1, 0, a}}, 5, "record 1 follows record 2"},
		{[]Record{{2, 0, a}, {2, 0, a}}, 5, "record 2 follows record 2"},
		{[]Record{{2, 0, nil}}, 5, "record 2 has no body"},
		{[]Record{{6, 0, a}}, 5, "record 6 lies beyond upto 5"},
		{[]Record{{1, 0, a}, {2, 0, huge}}, 5, "record 2: parent 1 has a notional"},
	}
	for _, test := range tests {
		err := s.Apply(t.Context(), src, test.records, test.upto)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Apply = %v, want %q", err, test.want)
		}
	}
	wantMark(t, s, src, 0)
}

func conformFilters(t *testing.T, s *Store) {
	var records []Record
	for i := range 10 {
		p := order.Parent{ID: order.ParentID(i + 1), Client: fmt.Sprint("EMS", i%2), ClOrdID: fmt.Sprint("C", i),
			Received: market.Time(1000 + i), State: []order.State{order.New, order.Filled, order.Canceled}[i%3],
			Terms: order.Terms{Symbol: market.Symbol([]string{"A", "B"}[i/5]), Qty: 10}}
		records = append(records, Record{uint64(i + 1), market.Time(i), &event.RecordParent{Parent: p}})
	}
	for i := range 3 {
		records = append(records, Record{uint64(i + 11), market.Time(i + 1),
			&event.Raise{Severity: event.Severity(i + 1), Code: fmt.Sprint("K", i)}})
	}
	mustApply(t, s, src, records, 13)
	tests := []struct {
		filter ParentFilter
		want   []order.ParentID
	}{
		{ParentFilter{}, []order.ParentID{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}},
		{ParentFilter{Limit: 2, Offset: 1}, []order.ParentID{9, 8}},
		{ParentFilter{Limit: -1, Offset: 8}, []order.ParentID{2, 1}},
		{ParentFilter{Client: "EMS1", Symbol: "A"}, []order.ParentID{4, 2}},
		{ParentFilter{ClOrdID: "C4"}, []order.ParentID{5}},
		{ParentFilter{State: order.Filled}, []order.ParentID{8, 5, 2}},
		{ParentFilter{Open: true, From: 1002, To: 1009}, []order.ParentID{7, 4}},
		{ParentFilter{Instance: src.Instance + 1}, nil},
		{ParentFilter{Client: "' OR TRUE --"}, nil},
	}
	for _, test := range tests {
		rows, err := s.Parents(t.Context(), test.filter)
		var got []order.ParentID
		for _, r := range rows {
			got = append(got, r.Body.Parent.ID)
		}
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("Parents(%+v) = %v, %v; want %v", test.filter, got, err, test.want)
		}
	}
	alerts, err := s.Alerts(t.Context(), AlertFilter{Instance: src.Instance, AtLeast: event.Warn, From: 2, To: 3, Code: "K1"})
	if err != nil || len(alerts) != 1 || alerts[0].Body.Code != "K1" || alerts[0].At != 2 {
		t.Errorf("Alerts = %+v, %v; want K1 at 2", alerts, err)
	}
	if alerts, err = s.Alerts(t.Context(), AlertFilter{}); err != nil || len(alerts) != 3 || alerts[0].Body.Code != "K2" {
		t.Errorf("Alerts = %+v, %v; want three, K2 first", alerts, err)
	}
}

func conformVenues(t *testing.T, s *Store) {
	mustApply(t, s, src, sample(), 16)
	got, err := s.Venues(t.Context(), StatsFilter{Instance: src.Instance, Symbol: "AMZN", From: 1})
	if err != nil {
		t.Fatal(err)
	}
	// Venue 2: 150 at 99.990001 and 50 at 100 are 19,998.50015 dollars, 99.99250075 a share.
	same(t, "venues", got, []VenueStat{
		{Venue: 1, Style: "dark", Children: 1, Sent: 400, Fills: 1, Filled: 100, Notional: market.NotionalOf(100*market.Dollar, 100),
			Rebate: -200_000, Reg: 1000, AvgPx: 100 * market.Dollar, Pending: 1},
		{Venue: 2, Style: "dark", Children: 1, Sent: 400, Fills: 2, Filled: 200, Notional: market.NotionalFromParts(0, 19_998_500_150),
			Fee: 600_000, Reg: 2000, AvgPx: 99_992_501, ChildrenDone: 1},
	})
	if r := got[1].FillRate(); r != .5 {
		t.Errorf("fill rate of venue 2 = %v, want 0.5", r)
	}
	marks, err := s.Markouts(t.Context(), StatsFilter{Instance: src.Instance})
	if err != nil {
		t.Fatal(err)
	}
	// −1.5 and 0.5: mean −0.5, sample deviation √2.
	same(t, "markouts", marks, []MarkoutStat{{Venue: 2, Style: "dark", HorizonNs: market.Second, Count: 2, MeanBps: -.5, SdBps: math.Sqrt2}})
	if _, err := s.Markouts(t.Context(), StatsFilter{Symbol: "AMZN"}); err == nil {
		t.Error("markouts by symbol: no error")
	}
}

func conformHostile(t *testing.T, s *Store) {
	texts := []string{"", " ", "Grüße 市場 🚢", "a\x00b", "\xff\xfe", `back\slash`, `\x00`, "'; DROP TABLE parents; --", "\r\n\t", "$1 ?1 %s",
		strings.Repeat("long", 20_000)}
	var records []Record
	for i, text := range texts {
		n := uint64(i + 1)
		records = append(records,
			Record{3 * n, 1, &event.RecordParent{Parent: order.Parent{ID: order.ParentID(n), Client: text, ClOrdID: text, Reason: text,
				Terms: order.Terms{Account: text, Symbol: market.Symbol(text), Qty: 1}}}},
			Record{3*n + 1, 1, &event.RecordExecution{Exec: order.Execution{Parent: order.ParentID(n),
				Key: order.ExecKey{Date: 20250615, ExecID: text, OrderID: text}, Qty: 1, Px: 1}}},
			Record{3*n + 2, 1, &event.ReportParent{ExecID: n, Text: text, ExecType: byte(250 + i)}})
	}
	mustApply(t, s, Source{"naïve\x00\xff", src.Instance}, records, 1000)
	wantMark(t, s, Source{"naïve\x00\xff", src.Instance}, 1000)
	for i, text := range texts {
		d, err := s.Dossier(t.Context(), ParentKey{src.Instance, order.ParentID(i + 1)})
		if err != nil || d.Parent.Body.Parent.Client != text || len(d.Executions) != 1 || d.Executions[0].Body.Exec.Key.ExecID != text {
			t.Errorf("text %q does not come back: %v", text, err)
		}
		rows, err := s.Parents(t.Context(), ParentFilter{ClOrdID: text})
		if err != nil || text != "" && (len(rows) != 1 || rows[0].Body.Parent.ClOrdID != text) {
			t.Errorf("%d parents by ClOrdID %q, %v; want 1", len(rows), text, err)
		}
	}
	// Numbers at the ends of their ranges.
	edge := &event.RecordExecution{ExecID: math.MaxUint64, Decision: math.MaxUint64, Exec: order.Execution{Parent: math.MaxUint64,
		Key: order.ExecKey{Venue: 255, Date: math.MaxInt32}, Qty: math.MaxInt64, Px: math.MinInt64, At: math.MinInt64}}
	mustApply(t, s, src, []Record{{1, math.MaxInt64, edge}}, 1)
	back, err := s.Executions(t.Context(), ParentKey{src.Instance, math.MaxUint64})
	if err != nil || len(back) != 1 {
		t.Fatalf("%d executions at the edge, %v; want 1", len(back), err)
	}
	same(t, "edge", back[0].Body, edge)
}

func conformLarge(t *testing.T, s *Store) {
	const n = 10_000
	mustApply(t, s, src, many(n), n)
	wantMark(t, s, src, n)
	var rows, shares int64
	if err := s.queryRow(t.Context(), "SELECT COUNT(*), SUM(qty) FROM executions", nil, &rows, &shares); err != nil {
		t.Fatal(err)
	}
	if rows != n/4 || shares != 100*n/4 {
		t.Errorf("%d executions of %d shares, want %d of %d", rows, shares, n/4, 100*n/4)
	}
}

// many is n records as a busy journal has them: children sent and done, executions, outcomes, in equal parts.
func many(n int) []Record {
	records := make([]Record, 0, n)
	at := market.Time(1_750_000_000_000_000_000)
	for i := range n {
		id := order.ChildID(i/4 + 1)
		parent := order.ParentID(id/20 + 1)
		child := order.Child{ID: id, Parent: parent, Decision: uint64(id), Venue: market.VenueID(id % 8), Symbol: "AMZN",
			Side: market.Buy, Style: order.StyleTake, Qty: 100, Limit: 100 * market.Dollar, State: order.PendingNew, DecidedAt: at}
		var b event.Body
		switch i % 4 {
		case 0:
			b = &event.SendChild{Child: child}
		case 1:
			b = &event.RecordExecution{ExecID: uint64(id), Decision: uint64(id), Side: market.Buy, Symbol: "AMZN", Style: order.StyleTake,
				Mid: 100 * market.Dollar, Exec: order.Execution{Child: id, Parent: parent, Qty: 100, Px: 100 * market.Dollar, At: at,
					Key: order.ExecKey{Venue: child.Venue, Date: 20250615, ExecID: fmt.Sprint("X", id), OrderID: fmt.Sprint("O", id)}}}
		case 2:
			child.State, child.Cum, child.Notional = order.Filled, 100, market.NotionalOf(100*market.Dollar, 100)
			b = &event.RecordChild{Child: child, At: at}
		case 3:
			b = &event.RecordOutcome{Decision: uint64(id), Child: id, Parent: parent, What: event.OutcomeFill, Sent: 100, Got: 100, At: at}
		}
		records = append(records, Record{uint64(i + 1), at, b})
	}
	return records
}

// conformReaders holds that a snapshot never shows a part of an Apply: each batch adds one alert and one execution.
func conformReaders(t *testing.T, s *Store) {
	p := &event.RecordParent{Parent: order.Parent{ID: 7}}
	mustApply(t, s, src, []Record{{1, 0, p}}, 1)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		for ctx.Err() == nil {
			d, err := s.Dossier(context.WithoutCancel(ctx), ParentKey{src.Instance, 7})
			if err == nil && len(d.Alerts) != len(d.Executions) {
				err = fmt.Errorf("%d alerts beside %d executions", len(d.Alerts), len(d.Executions))
			}
			if err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for seq := uint64(2); seq < 100; seq += 2 {
		mustApply(t, s, src, []Record{
			{seq, 0, fill(1, 1, fmt.Sprint("x", seq), seq, 1, 1, 0)},
			{seq + 1, 0, &event.Raise{Code: "K", Parent: 7}}}, seq+1)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func conformCanceled(t *testing.T, s *Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Apply(ctx, src, sample(), 16); err == nil {
		t.Error("a canceled Apply gives no error")
	}
	wantMark(t, s, src, 0)
	mustApply(t, s, src, sample(), 16)
}

func conformAtomic(t *testing.T, s *Store, fail func()) {
	records := sample()
	mustApply(t, s, src, records[:2], 2)
	fail()
	err := s.Apply(t.Context(), src, records, 16)
	if err == nil || !strings.Contains(err.Error(), "injected") {
		t.Fatalf("Apply = %v, want the injected failure", err)
	}
	wantMark(t, s, src, 2)
	var n int
	query := `SELECT (SELECT COUNT(*) FROM parents) + (SELECT COUNT(*) FROM children) + (SELECT COUNT(*) FROM executions) +
		(SELECT COUNT(*) FROM decisions) + (SELECT COUNT(*) FROM outcomes) + (SELECT COUNT(*) FROM alerts)`
	if err := s.queryRow(t.Context(), query, nil, &n); err != nil || n != 0 {
		t.Errorf("%d rows after a failed apply, %v; want none", n, err)
	}
}
