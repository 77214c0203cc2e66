package metrics

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/journal"
)

// registered gives the names of all metrics that a router serves.
func registered(t *testing.T) map[string]bool {
	t.Helper()
	m := fed(t)
	j, _, err := journal.Open(journal.Config{Dir: t.TempDir(), Router: "R1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	m.WatchJournal(j)
	m.WatchChildren(working{})
	m.WatchSession("LITX", func() SessionStats { return SessionStats{Drops: map[string]uint64{"GRD-05": 2}} })
	m.WatchLadder(func() float64 { return 0 })
	m.WatchSelfTest(func() bool { return true })
	m.WatchLearner(func() int { return 0 })
	m.WatchHeads(func() []Head { return []Head{{To: "syslog"}} })
	m.WatchAttestation(func() Attestation { return Attestation{Agrees: true} })
	m.WatchDelays(func() []Delay { return []Delay{{From: "order", To: "decided"}} })
	m.WatchGate(func() []GateTime { return []GateTime{{Stage: "send"}} })
	m.SetProjectionLag("store", 1)
	families, err := m.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, f := range families {
		names[f.GetName()] = true
	}
	return names
}

func file(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("files/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestFilesNameMetrics: every metric that the alert rules and the dashboard name is one that the router serves.
func TestFilesNameMetrics(t *testing.T) {
	names := registered(t)
	histogram := regexp.MustCompile(`_(bucket|sum|count)$`)
	for _, name := range []string{"alerts.yml", "dashboard.json"} {
		used := regexp.MustCompile(`sluice_[a-z0-9_]+`).FindAllString(file(t, name), -1)
		if len(used) < 20 {
			t.Errorf("%s names %d metrics, want at least 20", name, len(used))
		}
		for _, metric := range used {
			if !names[metric] && !names[histogram.ReplaceAllString(metric, "")] {
				t.Errorf("%s: the router serves no %s", name, metric)
			}
		}
	}
}

// TestManualsMetrics: the metrics of the operations manual are served (MET-01 to MET-16).
func TestManualsMetrics(t *testing.T) {
	names := registered(t)
	for rule, metrics := range map[string]string{"MET-01": "invariant_violations_total", "MET-02": "unknown_children orphans", "MET-03": "overfill_prevented_total er_conflicts_total",
		"MET-04": "er_duplicates_total", "MET-05": "fix_session_state fix_unread_peer_seconds", "MET-06": "fix_out_queue fix_pace_wait_seconds", "MET-07": "fix_guard_drops_total",
		"MET-08": "fix_stale_replay_blocked_total", "MET-09": "journal_commit_seconds journal_free_bytes", "MET-10": "projection_lag_seconds", "MET-11": "gate_reject_total gate_seconds",
		"MET-12": "model_fallback_total model_age_seconds learner_lag propensity_min", "MET-13": "md_book_age_seconds", "MET-14": "clock_offset_seconds",
		"MET-15": "kill_active degrade_level selftest_ok", "MET-16": "go_goroutines process_resident_memory_bytes process_open_fds go_gc_duration_seconds"} {
		for _, name := range strings.Fields(metrics) {
			if !names["sluice_"+name] {
				t.Errorf("%s: no sluice_%s", rule, name)
			}
		}
	}
}

// TestRunbooks: every alert has a section that says what it means and what to do, every section an alert, and the alert's link is to it.
func TestRunbooks(t *testing.T) {
	var alerts, links, sections []string
	for _, m := range regexp.MustCompile(`(?m)^      - alert: (\S+)$`).FindAllStringSubmatch(file(t, "alerts.yml"), -1) {
		alerts = append(alerts, m[1])
	}
	for _, m := range regexp.MustCompile(`runbook: "runbooks\.md#([a-z]+)"`).FindAllStringSubmatch(file(t, "alerts.yml"), -1) {
		links = append(links, m[1])
	}
	for _, section := range strings.Split(file(t, "runbooks.md"), "\n## ")[1:] {
		name, text, _ := strings.Cut(section, "\n")
		sections = append(sections, name)
		if meaning, steps, _ := strings.Cut(strings.TrimSpace(text), "\n\n"); len(meaning) < 40 || !strings.HasPrefix(steps, "1. ") {
			t.Errorf("runbook %s does not say what it means and then what to do: %q", name, text)
		}
	}
	if len(alerts) < 30 || !slices.Equal(alerts, sections) {
		t.Errorf("alerts %v\nrunbooks %v: want the same, in the same order", alerts, sections)
	}
	for i, link := range links {
		if i >= len(alerts) || link != strings.ToLower(alerts[i]) {
			t.Errorf("link %d is to %s, want that of its alert", i, link)
		}
	}
}

// TestDashboard: Grafana can read the file, and every panel has a title, a unit and a query.
func TestDashboard(t *testing.T) {
	var d struct {
		UID    string
		Panels []struct {
			ID          int
			Type, Title string
			GridPos     struct{ X, W int }
			FieldConfig struct{ Defaults struct{ Unit string } }
			Targets     []struct{ Expr, LegendFormat string }
		}
	}
	if err := json.Unmarshal([]byte(file(t, "dashboard.json")), &d); err != nil {
		t.Fatal(err)
	}
	ids := map[int]bool{}
	for _, p := range d.Panels {
		if ids[p.ID] || p.Title == "" || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("panel %d %q: its id is there twice, it has no title, or it is too wide", p.ID, p.Title)
		}
		ids[p.ID] = true
		if p.Type == "row" {
			continue
		}
		if p.FieldConfig.Defaults.Unit == "" || len(p.Targets) == 0 {
			t.Errorf("panel %q has no unit or no query", p.Title)
		}
		for _, q := range p.Targets {
			if q.Expr == "" || q.LegendFormat == "" || strings.Count(q.Expr, "(") != strings.Count(q.Expr, ")") {
				t.Errorf("panel %q: query %+v", p.Title, q)
			}
		}
	}
	if d.UID == "" || len(d.Panels) < 20 {
		t.Errorf("dashboard %q has %d panels", d.UID, len(d.Panels))
	}
}

// TestPromtool lets Prometheus' own tool check the rules, and try them on series made for it.
func TestPromtool(t *testing.T) {
	tool := os.Getenv("PROMTOOL")
	if tool == "" {
		var err error
		if tool, err = exec.LookPath("promtool"); err != nil {
			t.Skip("no promtool in PATH: install it (apt-get install prometheus), or name it in PROMTOOL, to check the alert rules with it")
		}
	}
	for _, args := range [][]string{{"check", "rules", "alerts.yml"}, {"test", "rules", "alerts_test.yml"}} {
		cmd := exec.CommandContext(t.Context(), tool, args...)
		cmd.Dir = "files"
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}
