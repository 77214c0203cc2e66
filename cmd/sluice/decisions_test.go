package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/internal/decisionlog"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/store"
)

// logStore is a store of 600 draws between two plans, of 200 parents; the static plan costs 3 bps and the other 2. One more
// is void.
func logStore(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "desk.db")
	st, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	day := market.Time(20_000 * 24 * market.Hour)
	records := []store.Record{{Seq: 1, At: day, Body: &event.Configured{Instance: 7, Epoch: 1, Config: []byte(`{"Venues":[{"Name":"LITA"},{"Name":"DARKA"}]}`)}}}
	add := func(at market.Time, b event.Body) {
		records = append(records, store.Record{Seq: uint64(len(records) + 1), At: at, Body: b})
	}
	for id := uint64(1); id <= 601; id++ {
		at := day.Add(int64(id) * market.Second)
		d := &event.RecordDecision{Decision: id, Parent: order.ParentID(id/3 + 1), At: at, Stage: event.StageDark, Symbol: "ACME", Side: market.Sell, Want: 100,
			M: .5, Gamma: 1, Void: id == 601, Plans: []event.PlanView{
				{Name: "static", CostBps: 3, Prob: .6, Shares: []event.Share{{Venue: 0, Style: order.StylePost, Qty: 100}}},
				{Name: "greedy", CostBps: 2.5, Prob: .4, Shares: []event.Share{{Venue: 1, Style: order.StyleDark, Qty: 100}}}}}
		u := bandit.NewKey(1, id, 1)
		d.Chosen = int32(bandit.Sample([]float64{.6, .4}, u.Uniform(0)))
		add(at, d)
		add(at, &event.RecordOutcome{What: event.OutcomeCost, Decision: id, Parent: d.Parent, Sent: 100, Got: 50, Value: 3 - float64(d.Chosen) + u.Uniform(1) - .5, At: at})
	}
	if err := st.Apply(t.Context(), store.Source{Projection: "main", Instance: 7}, records, uint64(len(records))); err != nil {
		t.Fatal(err)
	}
	return path
}

// ran is what a command printed on its two outputs.
func ran(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	root := newRoot()
	root.SetOut(&out)
	root.SetErr(&errs)
	root.SetArgs(args)
	err = root.ExecuteContext(t.Context())
	return out.String(), errs.String(), err
}

// OPE-01, OPE-02: the values of policies with their intervals, and "not evaluable" with its reason where the log does not say,
// which is no error.
func TestEvaluateLog(t *testing.T) {
	t.Parallel()
	path := logStore(t)
	out, _, err := ran(t, "evaluate", "--log", path, "--json", "--policy", "static,only:DARKA,logging")
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		policy      string
		value, less float64
	}{{"static", 3, 0}, {"only:DARKA", 2, -1}, {"logging", 2.6, -.4}}
	d := json.NewDecoder(strings.NewReader(out))
	for _, w := range want {
		var v struct {
			Log     string              `json:"log"`
			Summary decisionlog.Summary `json:"summary"`
			decisionlog.Value
		}
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		near := func(x decisionlog.Interval, truth float64) bool {
			return math.Abs(x.Value-truth) < .1 && x.Low <= x.Value && x.Value <= x.High && x.High-x.Low < .4
		}
		if v.Policy != w.policy || v.Log != path || !v.Evaluable || !near(v.Estimates["SNDR"], w.value) || !near(v.MinusStatic["SNDR"], w.less) || !near(v.MinusDone["SNDR"], w.value-2.6) ||
			v.Summary.Draws != 600 || v.Void != 1 {
			t.Errorf("%+v, want %+v", v, w)
		}
	}
	out, _, err = ran(t, "evaluate", "--log", path)
	if err != nil || !strings.Contains(out, "600 draws between plans") || !strings.Contains(out, "without:DARKA") || strings.Contains(out, "not evaluable") {
		t.Errorf("error %v, printed\n%s", err, out)
	}
	out, _, err = ran(t, "evaluate", "--log", path, "--to", "2024-10-04T00:02:00Z", "--policy", "static")
	if err != nil || !strings.Contains(out, "119 draws") || !strings.Contains(out, "static is not evaluable: effective sample size") {
		t.Errorf("two minutes: error %v, printed\n%s", err, out)
	}
	out, _, err = ran(t, "evaluate", "--log", path, "--from", "2030-01-01", "--policy", "static", "--json")
	if err != nil || !strings.Contains(out, `"evaluable":false,"refusals":["the log has no decision: name the store`) {
		t.Errorf("nothing: error %v, printed\n%s", err, out)
	}
	if _, _, err = ran(t, "evaluate", "--log", path, "--policy", "learner"); err == nil || !strings.Contains(err.Error(), `"learner" is no policy of a log: use logging`) {
		t.Errorf("error %v", err)
	}
}

// The formats of an export: to a file and to standard output, with what was left out told on standard error.
func TestExport(t *testing.T) {
	t.Parallel()
	path := logStore(t)
	file := filepath.Join(t.TempDir(), "decisions.dsjson")
	out, errs, err := ran(t, "export", "--format", "vw", "--out", file, path)
	if err != nil || out != "" || !strings.HasPrefix(errs, "600 decisions written; left out: 1 void") || !strings.Contains(errs, "600 of them have another feature schema") {
		t.Errorf("error %v, printed %q and %q", err, out, errs)
	}
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out, _, err = ran(t, "export", "--format", "vw", path)
	if err != nil || out != string(written) || strings.Count(out, "\n") != 600 || !strings.Contains(out, `"DARKA_dark":1`) || !strings.Contains(out, `"EventId":"7-600"`) {
		t.Errorf("error %v, %d lines", err, strings.Count(out, "\n"))
	}
	out, _, err = ran(t, "export", "--format", "csv", "--from", "2024-10-04T00:01:00Z", "--to", "2024-10-04T00:02:00Z", path)
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := csv.NewReader(strings.NewReader(out)).ReadAll(); err != nil || len(rows) != 61 || rows[1][0] != "7-60" {
		t.Errorf("%d rows, error %v", len(rows), err)
	}
	for _, of := range []string{"decisions", "outcomes"} {
		file := filepath.Join(t.TempDir(), of+".parquet")
		if _, errs, err := ran(t, "export", "--format", "parquet", "--of", of, "--out", file, path); err != nil || !strings.Contains(errs, "written; left out") {
			t.Errorf("%s: error %v, printed %q", of, err, errs)
		}
		if b, err := os.ReadFile(file); err != nil || !bytes.HasPrefix(b, []byte("PAR1")) || !bytes.HasSuffix(b, []byte("PAR1")) {
			t.Errorf("%s: %d bytes that are no Parquet file, error %v", of, len(b), err)
		}
	}
	if _, _, err = ran(t, "export", "--format", "vw", "--out", filepath.Join(path, "x"), path); err == nil || !strings.Contains(err.Error(), "name a file in a folder that exists") {
		t.Errorf("error %v", err)
	}
	for _, args := range []string{"--format vw", "--format vw --of outcomes " + path, "--format csv --of parents " + path, path, "--format vw --from yesterday " + path, "--format vw --from 2026-03-02 --to 2026-03-01 " + path} {
		_, _, err := ran(t, append([]string{"export"}, strings.Fields(args)...)...)
		if usage := (usageError{}); !errors.As(err, &usage) {
			t.Errorf("%s: error %v, want one of the command line", args, err)
		}
	}
}

// A log that is damaged is an error that names decision and remedy, and leaves no half of a file.
func TestExportOfADamagedLog(t *testing.T) {
	t.Parallel()
	path := logStore(t)
	st, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	bad := &event.RecordDecision{Decision: 700, Stage: event.StageDark, Plans: []event.PlanView{{Prob: .5}, {Prob: .25}}}
	err = st.Apply(t.Context(), store.Source{Projection: "main", Instance: 7}, []store.Record{{Seq: 5000, Body: bad}}, 5000)
	if err = errors.Join(err, st.Close()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "decisions.dsjson")
	for _, args := range [][]string{{"export", "--format", "vw", "--out", file, path}, {"evaluate", "--log", path}} {
		_, _, err := ran(t, args...)
		for _, want := range []string{path, "decision 700 of journal 7", "rebuild the store from the journal"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %q in it", err, want)
			}
		}
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half a file is left: %v", err)
	}
}
