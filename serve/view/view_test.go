package view

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
)

// feed applies bodies as a journal would: each with the next sequence number, a millisecond apart.
type feed struct {
	t   testing.TB
	v   *View
	seq uint64
}

func (f *feed) apply(bodies ...event.Body) {
	for _, b := range bodies {
		f.seq++
		f.v.Apply(f.seq, market.Time(int64(f.seq)*market.Millisecond), b)
	}
}

func configuration(t testing.TB) *event.Configured {
	c := router.DefaultConfig()
	c.Venues = []market.Venue{{ID: 0, Name: "DARKA", MIC: "DRKA", Type: market.Dark}, {ID: 1, Name: "LITX", MIC: "LITX", Type: market.ECN}}
	c.Instruments = []market.Instrument{{Symbol: "ACME"}}
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return &event.Configured{Config: b, Instance: 36, Epoch: 2, Build: "test"}
}

func parent(id order.ParentID, state order.State, cum market.Qty, px market.Price) *event.RecordParent {
	return &event.RecordParent{Parent: order.Parent{ID: id, Client: "DESK", ClOrdID: "C1", State: state, Cum: cum,
		Notional: market.NotionalOf(px, cum), Received: 1, Arrival: 10 * market.Dollar,
		Terms: order.Terms{Symbol: "ACME", Side: market.Buy, Qty: 1000, Type: order.Limit, Limit: 11 * market.Dollar}}}
}

func child(id order.ChildID, venue market.VenueID, qty market.Qty) *event.SendChild {
	return &event.SendChild{Child: order.Child{ID: id, Parent: 1, Decision: 7, Venue: venue, Symbol: "ACME", Side: market.Buy,
		Style: order.StyleDark, Qty: qty, Leaves: qty, State: order.PendingNew}}
}

func fill(exec string, id order.ChildID, venue market.VenueID, qty market.Qty, px market.Price) *event.RecordExecution {
	return &event.RecordExecution{Exec: order.Execution{Key: order.ExecKey{Venue: venue, ExecID: exec}, Child: id, Parent: 1, Qty: qty, Px: px,
		Liquidity: market.AddedMid, Fee: market.Money(qty) * 1000, At: 5}, Style: order.StyleDark, Symbol: "ACME"}
}

func decision(id uint64) *event.RecordDecision {
	return &event.RecordDecision{Decision: id, Parent: 1, At: 3, Stage: event.StageDark, Why: "arrival", Symbol: "ACME", Side: market.Buy,
		Unrouted: 1000, Want: 600, M: 0.5, Chosen: 1, Static: 0, Posterior: 9, Model: "prior",
		Venues: []event.VenueView{
			{Venue: 0, Static: 9.2, FillProb: 0.6, FillLo: 0.4, FillHi: 0.8, ToxBps: 1, ToxSd: 1, Style: order.StyleDark, AgeNs: -1, Features: []float64{1, 2}},
			{Venue: 1, Excluded: "stale quote"},
		},
		Plans: []event.PlanView{
			{Name: "static", CostBps: 1, Prob: 0.8, Shares: []event.Share{{Venue: 1, Style: order.StyleTake, Qty: 600}}},
			{Name: "without-top", CostBps: 2, Prob: 0.2, Shares: []event.Share{{Venue: 0, Style: order.StyleDark, Qty: 600}}},
		}}
}

func newFeed(t testing.TB, o Options) *feed {
	f := &feed{t: t, v: New(o)}
	f.apply(configuration(t), &event.VenueUp{Venue: 0}, &event.ClientUp{Client: "DESK"}, parent(1, order.New, 0, 0))
	return f
}

func (f *feed) detail(id order.ParentID) ParentDetail {
	f.t.Helper()
	d, ok := f.v.Parent(id)
	if !ok {
		f.t.Fatalf("parent %d is not kept", id)
	}
	return d
}

func TestLifeOfAParent(t *testing.T) {
	f := newFeed(t, Options{})
	f.apply(decision(7), child(1, 0, 600), &event.ChildSent{Child: 1}, &event.ChildAccepted{Child: 1})
	if d := f.detail(1); d.Working != 600 || d.Cum != 0 || d.Status != "new" || d.OrderID != "P10-1" {
		t.Errorf("before the fill: working %d, cum %d, status %s, order id %s; want 600, 0, new, P10-1", d.Working, d.Cum, d.Status, d.OrderID)
	}
	f.apply(fill("x1", 1, 0, 400, 10_100_000), fill("x1", 1, 0, 400, 10_100_000))
	d := f.detail(1)
	if d.Cum != 400 || d.Working != 200 || d.AvgPx != 10_100_000 || d.Status != "partially filled" {
		t.Errorf("after the fill: cum %d, working %d, avg %v, status %s", d.Cum, d.Working, d.AvgPx, d.Status)
	}
	if d.Slippage == nil || *d.Slippage < 99.9 || *d.Slippage > 100.1 {
		t.Errorf("slippage: got %v, want 100 bps, a loss", d.Slippage)
	}
	if got := d.Timeline[0].Steps; len(got) != 5 || got[0].What != "decided" || got[4].What != "correction" {
		t.Errorf("steps: got %+v", got)
	}
	bust := fill("x1", 1, 0, 0, 10_100_000)
	bust.Exec.Busted = true
	f.apply(fill("x2", 1, 0, 200, 10_000_000), bust)
	d = f.detail(1)
	if d.Cum != 200 || d.AvgPx != 10_000_000 || d.Timeline[0].Status != "partially filled" || d.Timeline[0].Leaves != 400 {
		t.Errorf("after the bust: cum %d, avg %v, child %s with leaves %d; want 200, 10, partially filled, 400",
			d.Cum, d.AvgPx, d.Timeline[0].Status, d.Timeline[0].Leaves)
	}
	f.apply(&event.CancelChild{Child: 1, Why: "clock"}, &event.ChildDone{Child: 1, What: order.WasCanceled, Request: 1}, parent(1, order.Canceled, 200, 10_000_000))
	d = f.detail(1)
	if !d.Done || d.Working != 0 || d.Timeline[0].Status != "canceled" || d.Leaves != 0 {
		t.Errorf("at the end: %+v", d)
	}
	s := f.v.Snapshot()
	if e := s.Engine; e.ParentsActive != 0 || e.ParentsDone != 1 || e.Shares != 200 || e.Fees != 200_000 || e.ChildrenWorking != 0 || e.Fills != 2 {
		t.Errorf("engine: got %+v", e)
	}
	if d.ByVenue[0].Venue != "DARKA" || d.ByVenue[0].Shares != 200 || d.ByVenue[0].Sent != 600 {
		t.Errorf("by venue: got %+v", d.ByVenue)
	}
}

func TestVenueBoard(t *testing.T) {
	f := newFeed(t, Options{})
	f.apply(decision(7), child(1, 0, 600), &event.ChildRejected{Child: 1, Reason: 3, Text: "no"})
	for i := range 100 {
		f.apply(&event.RecordOutcome{Venue: 0, What: event.OutcomeLatency, Value: float64(100 * (i + 1))})
	}
	f.apply(&event.RecordOutcome{Venue: 0, What: event.OutcomeFill, Style: order.StyleDark, FillProb: 0.5, ToxBps: 2},
		&event.RecordOutcome{Venue: 0, What: event.OutcomeFill, Style: order.StyleTake, FillProb: 0.9},
		&event.RecordOutcome{Venue: 0, What: event.OutcomeFill, Style: order.StyleDark, FillProb: 0.1, Refused: "stale"})
	b := f.v.Snapshot().Venues
	a := b[0]
	if a.Static == nil || *a.Static != 9.2 || a.FillProb.Mean != 0.5 || a.FillProb.Lo < 0.29 || a.FillProb.Lo > 0.31 || a.Toxicity.Mean != 2 {
		t.Errorf("estimates: static %v, fill %+v, toxicity %+v", a.Static, a.FillProb, a.Toxicity)
	}
	if a.Rejects != 1 || a.Sent != 1 || a.SentShares != 600 || a.Working != 0 || a.ExploredPct != 100 || !a.Up {
		t.Errorf("counts: got %+v", a)
	}
	if l := a.LatencyUs; l == nil || l.N != 100 || l.P50 < 4900 || l.P50 > 5200 || l.P99 < 9800 {
		t.Errorf("latency: got %+v", l)
	}
	if b[1].Excluded != "stale quote" || b[1].Static != nil || b[1].Up {
		t.Errorf("excluded venue: got %+v", b[1])
	}
}

// RACE-10: a venue that goes down puts its children in doubt; a report resolves it.
func TestVenueDownPutsChildrenInDoubt(t *testing.T) {
	f := newFeed(t, Options{})
	f.apply(child(1, 0, 600), child(2, 1, 100), &event.VenueDown{Venue: 0, Reason: "link lost"})
	if d := f.detail(1); d.InDoubt != 600 || d.Working != 100 {
		t.Errorf("in doubt %d, working %d; want 600, 100", d.InDoubt, d.Working)
	}
	if n, doubt := f.v.Working(); n != 2 || doubt != 1 {
		t.Errorf("working: got %d, %d in doubt; want 2, 1", n, doubt)
	}
	f.apply(&event.ChildAccepted{Child: 1})
	if d := f.detail(1); d.InDoubt != 0 || d.Working != 700 {
		t.Errorf("after the report: in doubt %d, working %d; want 0, 700", d.InDoubt, d.Working)
	}
}

func TestDecisionIsKeptInFull(t *testing.T) {
	f := newFeed(t, Options{})
	in := decision(7)
	f.apply(in)
	in.Venues[0].Features[0], in.Plans[1].Name = 99, "reused" // the engine reuses its commands
	d, ok := f.v.Decision(7)
	if !ok || d.Plan != "without-top" || !d.Explored || d.Venues[0].Chosen != 600 || d.Venues[0].Features[0] != 1 || d.Venues[0].AgeMs != nil {
		t.Errorf("got %+v, %v", d, ok)
	}
	if _, ok := f.v.Decision(8); ok {
		t.Error("decision 8 is there")
	}
}

func TestHaltsAndAlerts(t *testing.T) {
	f := newFeed(t, Options{Alerts: 2})
	f.apply(&event.Halted{Venue: "LITX", Actor: "ops"}, &event.AnswerPerson{}, &event.Halted{Venue: "LITX", Actor: "ops"}, &event.AnswerPerson{},
		&event.Raise{Severity: event.Page, Code: "A"},
		&event.Raise{Severity: event.Info, Code: "B"}, &event.Raise{Severity: 77, Code: "C"})
	s := f.v.Snapshot()
	if len(s.Halts) != 1 || !s.Venues[1].Halted || s.Venues[0].Halted {
		t.Errorf("halts: got %+v", s.Halts)
	}
	if len(s.Alerts) != 2 || s.Alerts[0].Code != "C" || s.Alerts[0].Severity != "page" || s.Engine.AlertsPage != 2 {
		t.Errorf("alerts: got %+v", s.Alerts)
	}
	f.apply(&event.Resumed{Venue: "LITX"}, &event.AnswerPerson{Refused: true}, &event.Raise{})
	if len(f.v.Snapshot().Halts) != 1 {
		t.Error("a resume that is refused lifts the halt")
	}
	f.apply(&event.Resumed{Venue: "LITX"}, &event.BookChanged{}, &event.Halted{Client: "X"}, &event.AnswerPerson{}, &event.AnswerPerson{},
		&event.Resumed{Client: "X"}, &event.AnswerPerson{}) // what has its place before the answer hides it not
	if s := f.v.Snapshot(); len(s.Halts) != 0 || s.Venues[1].Halted {
		t.Errorf("after resume: %+v", s.Halts)
	}
}

func TestBooks(t *testing.T) {
	f := newFeed(t, Options{})
	book := func(v market.VenueID, bid, ask market.Price, halted bool) *event.BookChanged {
		return &event.BookChanged{Venue: v, Symbol: "ACME", Bids: []market.Level{{Price: bid, Size: 100}}, Asks: []market.Level{{Price: ask, Size: 200}}, Halted: halted}
	}
	f.apply(book(1, 10_000_000, 10_020_000, false), book(0, 10_010_000, 10_030_000, false), book(2, 10_015_000, 10_016_000, true),
		&event.TradePrinted{Venue: 1, Symbol: "ACME", Qty: 300, LastPx: 10_010_000})
	b := f.v.Snapshot().Books
	if len(b) != 1 || b[0].Bid != 10_010_000 || b[0].Ask != 10_020_000 || b[0].Volume != 300 || len(b[0].Venues) != 3 || b[0].Venues[0].Venue != "DARKA" {
		t.Errorf("got %+v", b)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	f := newFeed(t, Options{DoneParents: 3, DoneRows: 3, Children: 4, Fills: 5, Decisions: 6, Steps: 7, Lines: 2})
	for i := range 50 {
		id := order.ChildID(i + 1)
		f.apply(decision(uint64(100+i)), child(id, 0, 10), fill(fmt.Sprint("x", i), id, 0, 10, market.Dollar))
		for range 10 {
			f.apply(&event.ChildStatus{Child: id})
		}
	}
	d := f.detail(1)
	if len(d.Timeline) > 5 || len(d.Executions) != 5 || d.Cum != 500 || d.Fills != 50 || len(f.v.byID) != 6 || len(f.v.children) > 5 || len(d.DecisionLines) != 2 {
		t.Errorf("timeline %d, executions %d, cum %d, decisions %d, children %d", len(d.Timeline), len(d.Executions), d.Cum, len(f.v.byID), len(f.v.children))
	}
	for _, c := range d.Timeline {
		if len(c.Steps) > 7 || c.Steps[0].What != "decided" {
			t.Errorf("child %d has %d steps, the first %q", c.ID, len(c.Steps), c.Steps[0].What)
		}
	}
	for id := range order.ParentID(200) {
		f.apply(parent(id+1, order.New, 0, 0), parent(id+1, order.Filled, 0, 0))
	}
	if s := f.v.Snapshot(); len(s.Parents) != 3 || s.Parents[0].ID != 200 || len(f.v.children) != 0 || len(f.v.order) > 80 {
		t.Errorf("parents %d, newest %d, children %d, order %d", len(s.Parents), s.Parents[0].ID, len(f.v.children), len(f.v.order))
	}
}

func TestAppliedOnce(t *testing.T) {
	f := newFeed(t, Options{})
	for range 2 {
		f.v.Apply(100, 1, child(1, 0, 600))
		f.v.Apply(99, 1, child(2, 0, 600))
	}
	if got := f.v.Snapshot().Venues[0].Sent; got != 1 {
		t.Errorf("sent: got %d, want 1", got)
	}
}

func TestJSON(t *testing.T) {
	f := newFeed(t, Options{})
	f.apply(decision(7), child(1, 0, 600), fill("x", 1, 0, 100, 10_005_000))
	b, err := json.Marshal(f.v.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"avg_px_usd":"10.005"`, `"fees_usd":"0.10"`, `"latency_us":null`, `"done_at":null`, `"halts":[]`, `"at":"1970-01-01T00:00:00.007Z"`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("JSON has no %s:\n%s", want, b)
		}
	}
}

func TestReadersWhileApplying(t *testing.T) {
	f := newFeed(t, Options{DoneParents: 5, DoneRows: 5, Decisions: 20})
	var readers sync.WaitGroup
	stop := make(chan struct{})
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					s := f.v.Snapshot()
					if _, err := json.Marshal(s); err != nil {
						t.Error(err)
					}
					f.v.Parent(1)
					f.v.Decision(7)
				}
			}
		})
	}
	for i := range 300 {
		f.apply(decision(uint64(i)), child(order.ChildID(i+1), 0, 10), fill(fmt.Sprint(i), order.ChildID(i+1), 0, 10, market.Dollar))
	}
	close(stop)
	readers.Wait()
}

// A replace and the cancel behind it end each by its own answer, and an acceptance that comes again changes nothing (DEF-08).
func TestRequestsOfAChild(t *testing.T) {
	f := newFeed(t, Options{})
	ask := func(request uint32, qty market.Qty) *event.ReplaceChild {
		return &event.ReplaceChild{CancelChild: event.CancelChild{Child: 1, Request: request, Qty: qty}}
	}
	f.apply(child(1, 0, 100), &event.ChildAccepted{Child: 1}, ask(1, 60), &event.CancelChild{Child: 1, Request: 2})
	row := f.v.children[1]
	f.apply(&event.CancelRejected{Child: 1, Request: 1})
	if row.PendingReplace || !row.PendingCancel {
		t.Errorf("its replace refused, the cancel pending: %+v", row.Child)
	}
	f.apply(&event.CancelRejected{Child: 1, Request: 2}, ask(3, 50), &event.ChildReplaced{Child: 1, Request: 3, Qty: 50}, ask(4, 40),
		&event.ChildReplaced{Child: 1, Request: 3, Qty: 50})
	if !row.PendingReplace || row.PendingCancel || row.Leaves != 50 {
		t.Errorf("one accepted twice, the next pending: %+v", row.Child)
	}
	f.apply(&event.ChildReplaced{Child: 1, Request: 4, Qty: 40}, &event.ChildReplaced{Child: 1, Request: 3, Qty: 50})
	if row.PendingReplace || row.Qty != 40 {
		t.Errorf("both accepted, an old acceptance again: %+v", row.Child)
	}
}

// Whatever order reports come in, the parent's Cum is the sum of the executions that stand, and nothing panics.
func TestCumIsTheSumOfExecutions(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := newFeed(t, Options{Children: 3, Steps: 3})
		want := map[string]int64{}
		for range rapid.IntRange(1, 40).Draw(rt, "n") {
			id := order.ChildID(rapid.IntRange(1, 6).Draw(rt, "child"))
			exec := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(rt, "exec")
			qty := market.Qty(rapid.IntRange(0, 200).Draw(rt, "qty"))
			switch rapid.IntRange(0, 6).Draw(rt, "what") {
			case 0:
				f.apply(child(id, 0, 100))
			case 1:
				x := fill(exec, id, 0, qty, market.Dollar)
				x.Exec.Busted = rapid.Bool().Draw(rt, "bust")
				f.apply(x)
				if want[exec] = int64(qty); x.Exec.Busted {
					want[exec] = 0
				}
			case 2:
				f.apply(&event.ChildDone{Child: id, What: order.WasCanceled})
			case 3:
				f.apply(&event.VenueDown{}, &event.ReplaceChild{CancelChild: event.CancelChild{Child: id, Qty: qty}})
			case 4:
				f.apply(&event.ChildReplaced{Child: id, Qty: qty})
			case 5:
				f.apply(&event.Recovered{}, &event.ChildDenied{Child: id})
			case 6:
				f.apply(&event.CancelRejected{Child: id}, &event.ChildAccepted{Child: id})
			}
		}
		var sum int64
		for _, q := range want {
			sum += q
		}
		if d := f.detail(1); d.Cum != sum {
			rt.Fatalf("cum: got %d, want %d", d.Cum, sum)
		}
		if got := f.v.Snapshot().Venues[0].Shares; got != sum {
			rt.Fatalf("venue's shares: got %d, want %d", got, sum)
		}
	})
}

// TestOrphans: an orphan is shown until a person has resolved it, with what its venue said last.
func TestOrphans(t *testing.T) {
	v := New(Options{})
	o := event.RecordOrphan{Orphan: 1, Since: 5, Reports: 1, Report: event.ReportOrphaned{Venue: market.NoVenue, VenueOrderID: "V9", Symbol: "ABC", Side: market.Buy, Qty: 100, Cum: 100}}
	v.Apply(1, 5, &o)
	again := o
	again.Reports, again.Report.Cum = 2, 300
	v.Apply(2, 6, &again)
	all := v.Snapshot().Orphans
	if len(all) != 1 || v.Orphans() != 1 || all[0].Venue != "unknown" || all[0].Cum != 300 || all[0].Since != 5 || all[0].Side != "buy" {
		t.Errorf("shown as %+v", all)
	}
	again.Resolved = true
	if v.Apply(3, 7, &again); v.Orphans() != 0 || len(v.Snapshot().Orphans) != 0 {
		t.Errorf("resolved, it is shown as %+v", v.Snapshot().Orphans)
	}
}
