package metrics

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
)

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("got %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// waited is a histogram of one wait.
func waited(d time.Duration) (h journal.Histogram) {
	h.Observe(d)
	return h
}

func wants(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if !strings.Contains(text, l+"\n") {
			name, _, _ := strings.Cut(l, "{")
			name, _, _ = strings.Cut(name, " ")
			t.Errorf("no %q; of that name:\n%s", l, grep(text, name))
		}
	}
}

func grep(text, name string) string {
	var out []string
	for _, l := range strings.Split(text, "\n") {
		if strings.HasPrefix(l, name) {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}

func fed(t *testing.T) *Metrics {
	t.Helper()
	c := router.DefaultConfig()
	c.Venues = []market.Venue{{Name: "DARKA"}, {Name: "LITX"}}
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	m := New()
	for i, body := range []event.Body{
		&event.Configured{Config: b}, &event.VenueUp{Venue: 1}, &event.ClientUp{Client: "SECRETCLIENT"},
		&event.ParentReceived{Client: "SECRETCLIENT"},
		&event.SendChild{Child: order.Child{Venue: 1, Qty: 300}},
		&event.RecordExecution{Exec: order.Execution{Key: order.ExecKey{Venue: 1}, Qty: 200, Px: 10 * market.Dollar, Fee: 600_000}},
		&event.RecordOutcome{Venue: 1, What: event.OutcomeLatency, Value: 400},
		&event.RecordOutcome{Venue: 1, What: event.OutcomeReject, Value: 1, Refused: "late"},
		&event.RecordDecision{Stage: event.StageDark, M: .5, Chosen: 1, Static: 0, Vetoed: "SAF-02: floor", Want: 1000, ExploreBps: .5, AllowedBps: .5, Thrifty: true,
			Quote:  market.Quote{Bid: 10 * market.Dollar, Ask: 10 * market.Dollar},
			Venues: []event.VenueView{{Venue: 1, AgeNs: 10_000_000, Bid: market.Level{Price: 1}}, {Venue: 0, AgeNs: -1}},
			Plans:  []event.PlanView{{CostBps: 1, Prob: .9}, {CostBps: 2, Prob: .1}}},
		&event.Raise{Severity: event.Page, Code: "INV-01"}, &event.Raise{Severity: event.Page, Code: "ER-13"}, &event.Raise{Severity: event.Warn, Code: "ER-16"},
		&event.ReportParent{ExecType: '8', Text: "RISK-02: too large", Client: "SECRETCLIENT"}, &event.ReportParent{ExecType: '8', Reason: 99},
		&event.RecordLearning{Held: true, Share: .05, LossBps: 1.5, Loss: 2500},
		&event.Halted{Venue: "LITX"}, &event.RecordModel{Model: "m", What: event.ModelServing},
	} {
		m.Apply(Record{uint64(i + 1), market.Time(int64(i) * market.Second), body})
	}
	m.Apply(Record{99, market.Time(100 * market.Second), &event.TimerFired{}})
	return m
}

func TestNames(t *testing.T) {
	m := fed(t)
	m.SetProjectionLag("store", 1.5)
	m.SetClockOffset(0.001)
	text := scrape(t, m)
	wants(t, text,
		`sluice_invariant_violations_total 1`, `sluice_er_conflicts_total 1`, `sluice_orphans_total 1`,
		`sluice_fix_session_state{venue="LITX"} 1`, `sluice_fix_session_state{venue="DARKA"} 0`, `sluice_fix_clients_up 1`,
		`sluice_gate_reject_total{rule="RISK-02"} 1`, `sluice_gate_reject_total{rule="reason_99"} 1`,
		`sluice_model_fallback_total{reason="SAF-02"} 1`, `sluice_propensity_min 0.1`, `sluice_decisions_explored_total 1`, `sluice_explore_cost_dollars_total 0.5`, `sluice_explore_cut_total 1`,
		`sluice_md_book_age_seconds_count{venue="LITX"} 1`, `sluice_kill_active 1`, `sluice_children_sent_shares_total{venue="LITX"} 300`,
		`sluice_executed_shares_total{venue="LITX"} 200`, `sluice_executed_dollars{venue="LITX"} 2000`, `sluice_fees_dollars{venue="LITX"} 0.6`,
		`sluice_venue_round_trip_seconds_sum{venue="LITX"} 0.0004`, `sluice_children_rejected_total{venue="LITX"} 1`,
		`sluice_learner_held 1`, `sluice_learner_day_loss_bps 1.5`, `sluice_learner_day_loss_dollars 2500`, `sluice_learner_share 0.05`,
		`sluice_outcomes_refused_total 1`, `sluice_alerts_total{code="INV-01",severity="page"} 1`,
		`sluice_projection_lag_seconds{projection="store"} 1.5`, `sluice_clock_offset_seconds 0.001`, `sluice_model_age_seconds 84`, `sluice_model_changes_total{what="serving"} 1`)
	for _, line := range strings.Split(text, "\n") {
		if line != "" && line[0] != '#' && !strings.HasPrefix(line, "sluice_") {
			t.Errorf("no prefix: %s", line)
		}
	}
	if strings.Contains(text, "SECRETCLIENT") {
		t.Error("SEC-09: a client's name is in the metrics")
	}
}

// SEC-09: whatever texts come in, the number of series stays bounded.
func TestLabelsAreBounded(t *testing.T) {
	m := New()
	for i := range 10_000 {
		m.Apply(Record{Seq: uint64(i + 1), Body: &event.Raise{Code: fmt.Sprint("X", i)}})
		m.Apply(Record{Seq: uint64(i + 1), Body: &event.ReportParent{ExecType: '8', Reason: uint16(i)}})
		m.Apply(Record{Seq: uint64(i + 1), Body: &event.VenueUp{Venue: market.VenueID(i)}})
	}
	if n := strings.Count(scrape(t, m), "\nsluice_"); n > 400 {
		t.Errorf("got %d series", n)
	}
}

func TestRule(t *testing.T) {
	for text, want := range map[string]string{"RISK-02: too large": "RISK-02", "ER-16": "ER-16", "": "", "too large": "", "RISK-": "", "A-1234": "", "x RISK-02": "", "RISK-2X y": ""} {
		if got := rule(text); got != want {
			t.Errorf("rule(%q): got %q, want %q", text, got, want)
		}
	}
}

type working struct{}

func (working) Working() (children, inDoubt int) { return 7, 2 }
func (working) Orphans() int                     { return 3 }

func TestWatched(t *testing.T) {
	m := New()
	j, _, err := journal.Open(journal.Config{Dir: t.TempDir(), Router: "R1"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}()
	seq, err := j.Append(1, 1, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := j.Wait(ctx, seq); err != nil {
		t.Fatal(err)
	}
	m.WatchJournal(j)
	m.WatchChildren(working{})
	m.WatchSession("LITX", func() SessionStats {
		return SessionStats{Sent: 5, Queued: 1, Stale: 3, Paced: waited(30 * time.Millisecond), Unread: 6 * time.Second, Drops: map[string]uint64{"GRD-05": 2}}
	})
	for i := range 2 {
		m.WatchSession("", func() SessionStats { return SessionStats{Sent: 4, Queued: 2, Unread: time.Duration(i) * time.Second} })
	}
	text := scrape(t, m)
	wants(t, text, `sluice_journal_appended_total 1`, `sluice_journal_commit_seconds_count 1`, `sluice_unknown_children 2`, `sluice_orphans 3`, `sluice_working_children 7`,
		`sluice_fix_sent_total{venue="LITX"} 5`, `sluice_fix_out_queue{venue="LITX"} 1`, `sluice_fix_out_queue{venue="clients"} 4`,
		`sluice_fix_pace_wait_seconds_count{venue="LITX"} 1`, `sluice_fix_pace_wait_seconds_bucket{venue="LITX",le="0.016384"} 0`, `sluice_fix_pace_wait_seconds_bucket{venue="LITX",le="0.032768"} 1`,
		`sluice_fix_unread_peer_seconds{venue="LITX"} 6`, `sluice_fix_unread_peer_seconds{venue="clients"} 1`, `sluice_fix_stale_replay_blocked_total{venue="LITX"} 3`, `sluice_fix_sent_total{venue="clients"} 8`, `sluice_fix_guard_drops_total{rule="GRD-05",venue="LITX"} 2`)
	if !strings.Contains(text, "sluice_journal_free_bytes ") {
		t.Error("no free bytes")
	}
}

func TestSelfTest(t *testing.T) {
	m, ok := New(), true
	m.WatchSelfTest(func() bool { return ok })
	wants(t, scrape(t, m), `sluice_selftest_ok 1`)
	ok = false
	wants(t, scrape(t, m), `sluice_selftest_ok 0`)
}

func TestHandler(t *testing.T) {
	h := New().Handler()
	for path, want := range map[string]int{"/healthz": 200, "/debug/pprof/": 200, "/debug/pprof/cmdline": 200, "/": 404} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil))
		if w.Code != want {
			t.Errorf("%s: got %d, want %d", path, w.Code, want)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://evil.example/metrics", nil))
	if w.Code != http.StatusMisdirectedRequest {
		t.Errorf("another host: got %d, want 421", w.Code)
	}
}

// TestDuplicates: a fill that comes again books nothing and is counted; one that is booked, contradicts itself or is of an order
// that is not ours is none (MET-04). What the last gate's count keeps from the wire is counted apart from its other refusals (MET-03).
func TestDuplicates(t *testing.T) {
	m := New()
	for i, body := range []event.Body{
		&event.ChildExecuted{ExecID: "A"}, &event.RecordParent{}, &event.RecordExecution{}, // booked
		&event.ChildExecuted{ExecID: "A"}, &event.RecordChild{}, // again
		&event.ChildExecuted{ExecID: "A"},                              // and again
		&event.ChildExecuted{ExecID: "B"}, &event.Raise{Code: "ER-13"}, // contradicts
		&event.ChildExecuted{ExecID: "C"}, &event.Raise{Code: "ER-16"}, &event.ChildSent{}, // nobody's
		&event.ChildDenied{Reason: router.LastGateRefused + "RISK-01: child 3 of 500 shares"}, &event.ChildDenied{Reason: router.LastGateRefused + "KILL-01: halted"},
		&event.ChildDenied{Reason: "session down: LITX"}, &event.ChildDenied{Request: 1, Reason: "session down: LITX"},
	} {
		m.Apply(Record{Seq: uint64(i + 1), Body: body})
	}
	wants(t, scrape(t, m), `sluice_er_duplicates_total 2`, `sluice_overfill_prevented_total 1`, `sluice_children_denied_total{reason="KILL-01",what="order"} 1`,
		`sluice_children_denied_total{reason="session down",what="request"} 1`)
}

// TestKillActive: a halt counts until the engine has lifted it; a resume that it refuses lifts nothing (KILL-03, MET-15).
func TestKillActive(t *testing.T) {
	m := New()
	for i, step := range []struct {
		body event.Body
		want float64
	}{
		{&event.Halted{}, 1},
		{&event.AnswerPerson{}, 1},
		{&event.Halted{Algorithm: "block"}, 2},
		{&event.AnswerPerson{}, 2},
		{&event.Resumed{}, 2},
		{&event.AnswerPerson{Refused: true}, 2},
		{&event.AnswerPerson{}, 2}, // of nothing that is known
		{&event.Resumed{}, 2},
		{&event.Halted{}, 2}, // has its place before the answer to the resume
		{&event.AnswerPerson{}, 1},
		{&event.AnswerPerson{}, 2},
		{&event.Resumed{Algorithm: "block"}, 2},
		{&event.TimerFired{}, 2},
		{&event.AnswerPerson{}, 1},
	} {
		m.Apply(Record{uint64(i + 1), market.Time(i), step.body})
		families, err := m.Gatherer().Gather()
		if err != nil {
			t.Fatal(err)
		}
		got := -1.0
		for _, f := range families {
			if f.GetName() == "sluice_kill_active" {
				got = f.GetMetric()[0].GetGauge().GetValue()
			}
		}
		if got != step.want {
			t.Errorf("step %d, %T: %v halts, want %v", i, step.body, got, step.want)
		}
	}
}
