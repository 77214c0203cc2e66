//go:build linux

package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/serve/report"
)

// TestExperiment: on a running desk an experiment is begun by one command, orders get arms, a kill does not end it, its reading
// accounts for every order, and after its end orders get none. The journal replays (ABT-01, INV-09).
func TestExperiment(t *testing.T) {
	slow(t)
	t.Parallel()
	d := newDesk(t, nil)
	d.startVenues()
	router := d.startRouter()
	b := d.connect()
	d.ready(router)
	who := []string{"--actor", "ann", "--reason", "spring review"}
	start := append([]string{"experiment", "start", "spring"}, who...)
	for _, c := range []struct {
		code int
		want string
		args []string
	}{
		{exitFailed, "has no experiment", []string{"experiment", "report", "autumn"}},
		{exitUsage, "share is 2", append([]string{"experiment", "start", "spring", "--share", "2"}, who...)},
		{exitFailed, "name of who takes it", []string{"experiment", "start", "spring"}},
		{exitFailed, "sluice models shadow 0123456789abcdef", append([]string{"experiment", "start", "spring", "--treatment", "0123456789abcdef"}, who...)},
		{exitFailed, "no experiment runs", append([]string{"experiment", "stop"}, who...)},
		{0, "has begun", start},
		{exitFailed, "end it first", start},
	} {
		if text := d.tells(c.code, c.args...); !strings.Contains(text, c.want) {
			t.Errorf("%v: %q, want words like %q", c.args, text, c.want)
		}
	}
	b.trade(8)
	router.kill()
	router = d.startRouter()
	d.ready(router)
	b.trade(8)
	var x report.Experiment
	read := func() bool {
		x = report.Experiment{}
		if err := json.Unmarshal([]byte(d.tells(0, "experiment", "report", "--json")), &x); err != nil {
			t.Fatal(err)
		}
		return x.Assigned == 16 && x.Working == 0
	}
	eventually(t, "the store has all sixteen orders", read)
	if r := x.Result; r == nil || r.Parents != 16 || r.Arms[0].Units == 0 || r.Arms[1].Units == 0 || r.Verdict != "go on" {
		t.Errorf("the reading is %+v", x.Result)
	}
	if text := d.tells(0, append([]string{"experiment", "stop"}, who...)...); !strings.Contains(text, "has ended") {
		t.Errorf("the end was answered by %q", text)
	}
	b.trade(4)
	eventually(t, "the end is in the store", func() bool { return read() && x.Ended != 0 })
	if text := d.tells(0, "experiment", "status"); !strings.Contains(text, `"spring" has ended: 16 orders`) {
		t.Errorf("status: %q", text)
	}
	if text := d.tells(0, "experiment", "report", "spring"); !strings.Contains(text, "treatment: learner") || !strings.Contains(text, "go on: ") {
		t.Errorf("report:\n%s", text)
	}
	router.stop(10 * time.Second)
	d.verify()
}
