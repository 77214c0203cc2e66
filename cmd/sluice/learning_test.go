//go:build linux

package main

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/serve/control"
)

// learning is what `sluice learning` says.
func (d *desk) learning() control.Learning {
	d.t.Helper()
	var a control.Answer
	if err := json.Unmarshal([]byte(d.tells(0, "learning", "--json")), &a); err != nil || a.Learning == nil {
		d.t.Fatalf("%+v, %v", a, err)
	}
	return *a.Learning
}

// TestLearningHeldAndReleased: a person holds the learner of a running router over its control socket; the page and the metrics
// say so, a kill and a restart do not end it, and only a release with a name and a reason does. The
// journal replays to the same commands (SAF-04, INV-09).
func TestLearningHeldAndReleased(t *testing.T) {
	slow(t)
	t.Parallel()
	metrics := freePort(t)

	change := func(s string) string {
		s = regexp.MustCompile(`(?m)^metrics_addr = .*$`).ReplaceAllString(s, `metrics_addr = "`+metrics+`"`)
		return s + "\n[learning]\nday_loss_bps = 2\nexplore_budget_bps = 0.02\nstart_share = 0.4\n"
	}
	d := newDesk(t, change)
	router := d.startRouter()
	if l := d.learning(); l.Held || l.Share != .4 || l.LimitBps != 2 {
		t.Errorf("at the start: %+v", l)
	}
	who := []string{"--actor", "ann", "--reason", "fills look wrong"}
	two := []string{"--actor", "ann", "--second", "bob", "--reason", "the fills are as they should be"}
	for _, c := range []struct {
		want string
		args []string
	}{
		{"name of who takes it", []string{"learning", "hold"}},
		{"is not held", append([]string{"learning", "release"}, two...)},
		{"--second", append([]string{"learning", "release"}, who...)}, // RISK-12: two people reset a breaker
	} {
		if text := d.tells(exitFailed, c.args...); !strings.Contains(text, c.want) {
			t.Errorf("%v: %q, want words like %q", c.args, text, c.want)
		}
	}
	if text := d.tells(0, append([]string{"learning", "hold"}, who...)...); !strings.Contains(text, "held at 0.05") {
		t.Errorf("the hold was answered by %q", text)
	}
	held := func(what string) {
		t.Helper()
		if l := d.learning(); !l.Held || l.Share != .05 || l.Why != "held by ann: fills look wrong" {
			t.Errorf("%s: %+v", what, l)
		}
		eventually(t, what+": the page and the metrics say it", func() bool {
			var state struct {
				Engine struct {
					Held string `json:"learner_held"`
				}
			}
			d.ask(router, "/api/v1/state", &state)
			r, err := http.Get("http://" + metrics + "/metrics")
			if err != nil {
				return false
			}
			defer r.Body.Close()
			text, err := io.ReadAll(r.Body)
			return err == nil && strings.Contains(string(text), "\nsluice_learner_held 1\n") && strings.Contains(string(text), "\nsluice_learner_share 0.05\n") &&
				state.Engine.Held == "held by ann: fills look wrong"
		})
	}
	held("after the hold")
	if text := d.tells(0, "learning"); !strings.Contains(text, "HELD for") || !strings.Contains(text, "limit 2 bps") {
		t.Errorf("in words: %s", text)
	}
	router.kill()
	router = d.startRouter()
	held("after a kill")
	if text := d.tells(0, append([]string{"learning", "release"}, two...)...); !strings.Contains(text, "share of flow is 0.4 again") {
		t.Errorf("the release was answered by %q", text)
	}
	router.kill()
	router = d.startRouter()
	if l := d.learning(); l.Held || l.Share != .4 {
		t.Errorf("after the release and a kill: %+v", l)
	}
	router.kill()
	d.verify()
}
