//go:build linux

package main

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/serve/control"
)

// tells runs a command to its end and gives what it printed; it must end with status code.
func (d *desk) tells(code int, args ...string) string {
	d.t.Helper()
	p := d.run(append(args, "-c", d.config)...)
	if got := p.ends(generous); got != code {
		d.t.Fatalf("`sluice %s` ended with status %d, want %d: %s", strings.Join(args, " "), got, code, p.stderr.String())
	}
	if code != 0 {
		return p.stderr.String()
	}
	return p.stdout.String()
}

// doubts is what `sluice resolve` lists.
func (d *desk) doubts() []control.Child {
	d.t.Helper()
	var a control.Answer
	if err := json.Unmarshal([]byte(d.tells(0, "resolve", "--json")), &a); err != nil {
		d.t.Fatal(err)
	}
	return a.Children
}

// ask reads an answer of the router's page.
func (d *desk) ask(router *process, path string, into any) {
	d.t.Helper()
	r, err := http.Get(page.FindStringSubmatch(router.stderr.String())[1] + path)
	if err != nil {
		d.t.Fatal(err)
	}
	defer r.Body.Close()
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		d.t.Fatal(err)
	}
}

// accepted reports whether the venue has accepted the first child of the first parent.
func (d *desk) accepted(router *process) bool {
	d.t.Helper()
	var p struct{ Timeline []struct{ Status string } }
	d.ask(router, "/api/v1/parents/1", &p)
	return len(p.Timeline) > 0 && p.Timeline[0].Status == "new"
}

// working is how many child orders the router's page says are at venues.
func (d *desk) working(router *process) (n int) {
	d.t.Helper()
	var board []struct{ Working int }
	d.ask(router, "/api/v1/venues", &board)
	for _, v := range board {
		n += v.Working
	}
	return n
}

// TestResolve: a venue that answers no status requests dies and forgets an order. Its shares stay reserved until a person
// who called the venue decides; what it had filled is booked and told to the client, the rest goes on, and the books agree
// (REC-04, INV-02). Decisions that cannot be true are refused with their remedy.
func TestResolve(t *testing.T) {
	slow(t)
	t.Parallel()
	d := newDesk(t, func(s string) string {
		return strings.ReplaceAll(strings.ReplaceAll(s, `, "status"`, ``), "[venue.orders.profile]", "[venue.orders.profile]\nstatus_requests = false")
	})
	if text := d.tells(exitFailed, "resolve"); !strings.Contains(text, "no router runs with the journal") {
		t.Errorf("without a router: %s", text)
	}
	sim := d.startVenues()
	router := d.startRouter()
	b := d.connect()
	d.ready(router)
	if text := d.tells(0, "resolve"); text != "nothing is in doubt\n" {
		t.Errorf("before anything is in doubt: %s", text)
	}
	id := b.send(order.Terms{Account: "ACC1", Symbol: "ACME", Side: market.Buy, Qty: 500, Type: order.Limit, Limit: 47 * market.Dollar, Directed: "LITX", Capacity: 'A'})
	eventually(t, "the order works at its venue", func() bool { return d.accepted(router) })
	sim.kill()
	sim = d.startVenues()
	d.ready(router)
	var child control.Child
	eventually(t, "its child is in doubt", func() bool {
		for _, c := range d.doubts() {
			child = c
			return c.Venue == "LITX" && c.Qty == 500
		}
		return false
	})
	who := []string{"--actor", "ann", "--reason", "LITX desk by phone"}
	number := strconv.FormatUint(uint64(child.Child), 10)
	for _, c := range []struct {
		want string
		code int
		args []string
	}{
		{"name of who takes it", exitFailed, []string{"resolve", number, "--canceled", "--cum", "0"}},
		{"needs --cum", exitUsage, append([]string{"resolve", number, "--canceled"}, who...)},
		{"say what became of it", exitUsage, append([]string{"resolve", number}, who...)},
		{"no child's number", exitUsage, append([]string{"resolve", "x", "--filled"}, who...)},
		{"is unknown", exitFailed, append([]string{"resolve", "999999", "--canceled", "--cum", "0"}, who...)},
		{"600 cannot be filled", exitFailed, append([]string{"resolve", number, "--canceled", "--cum", "600", "--price", "47"}, who...)},
		{"give the price", exitFailed, append([]string{"resolve", number, "--canceled", "--cum", "300"}, who...)},
		{"was sent", exitFailed, append([]string{"resolve", number, "--never-sent"}, who...)},
	} {
		if text := d.tells(c.code, c.args...); !strings.Contains(text, c.want) {
			t.Errorf("%v: %q, want words like %q", c.args, text, c.want)
		}
	}
	if got := d.tells(0, append([]string{"resolve", number, "--canceled", "--cum", "300", "--price", "46.99"}, who...)...); !strings.Contains(got, "300 shares booked at 46.99") {
		t.Errorf("the decision was answered by %q", got)
	}
	eventually(t, "the client is told of the fill", func() bool {
		q, money := b.filled(id)
		return q == 300 && money == market.NotionalOf(46_990_000, 300)
	})
	if all := d.doubts(); len(all) != 0 {
		t.Errorf("still in doubt: %+v", all)
	}
	d.killedAfterwards(t, b, router, id)
	sim.stop(15 * time.Second)
}

// killedAfterwards kills the router after the decision: it stands, and the order ends as canceled with what was booked.
func (d *desk) killedAfterwards(t *testing.T, b *blotter, router *process, id string) {
	t.Helper()
	router.kill()
	router = d.startRouter()
	d.ready(router)
	b.cancel(id)
	eventually(t, "the order ends", func() bool {
		for _, c := range d.doubts() { // the rest, which went back to the venue, before or after the kill, and which that does not tell about either
			d.run("resolve", strconv.FormatUint(uint64(c.Child), 10), "--working", "--actor", "ann", "--reason", "it is in their book", "-c", d.config).ends(generous) // it may be known by now
		}
		return len(b.open()) == 0
	})
	if q, _ := b.filled(id); q != 300 {
		t.Errorf("the client was told of %d shares, want 300", q)
	}
	router.stop(15 * time.Second)
	x := d.readStore().parents[id]
	if x == nil || x.Parent.Body.Parent.Cum != 300 || len(x.Executions) != 1 || !strings.HasPrefix(x.Executions[0].Body.Exec.Key.ExecID, "MANUAL-") {
		t.Errorf("the store has %+v", x)
	}
	if p := d.run("replay", "journal", "--verify"); p.ends(generous) != 0 {
		t.Errorf("the journal does not replay: %s", p.stderr.String())
	}
}

// TestHaltAndResume: a person halts everything and one order, and lets them go on, by the commands.
func TestHaltAndResume(t *testing.T) {
	slow(t)
	t.Parallel()
	d := newDesk(t, nil)
	sim := d.startVenues()
	router := d.startRouter()
	b := d.connect()
	d.ready(router)
	who := []string{"--actor", "ann", "--reason", "drill"}
	d.tells(0, append([]string{"halt"}, who...)...)
	two := []string{"--actor", "ann", "--second", "bob", "--reason", "the drill is over, they say"}
	for _, c := range []struct {
		args []string
		want string
	}{
		{append([]string{"--venue", "LITX"}, two...), "exactly this scope"},
		{who, "--second"}, // KILL-03: one person halts, two resume
		{[]string{"--actor", "ann", "--second", " Ann", "--reason", "the drill is over, they say"}, "another person"},
		{append([]string{"--second", "bob"}, who...), "20 characters"},
	} {
		if text := d.tells(exitFailed, append([]string{"resume"}, c.args...)...); !strings.Contains(text, c.want) {
			t.Errorf("resume %v: %s, want words like %q", c.args, text, c.want)
		}
	}
	if text := d.tells(exitFailed, append([]string{"halt", "--venue", "LITXX"}, who...)...); !strings.Contains(text, "no venue is named") {
		t.Errorf("a misspelt venue was halted: %s", text)
	}
	refused := b.send(order.Terms{Account: "ACC1", Symbol: "ACME", Side: market.Buy, Qty: 100, Type: order.Market, Capacity: 'A'})
	b.finish(generous)
	if q, _ := b.filled(refused); q != 0 {
		t.Errorf("%d shares filled under a halt", q)
	}
	d.tells(0, append([]string{"resume"}, two...)...)
	id := b.send(order.Terms{Account: "ACC1", Symbol: "ACME", Side: market.Buy, Qty: 100, Type: order.Limit, Limit: 47 * market.Dollar, Capacity: 'A'})
	eventually(t, "the order works", func() bool { return d.working(router) > 0 })
	d.tells(0, append([]string{"halt", "2"}, who...)...)
	eventually(t, "nothing of it works", func() bool { return d.working(router) == 0 })
	d.tells(0, append([]string{"resume", "2"}, two...)...)
	eventually(t, "it works again", func() bool { return d.working(router) > 0 })
	d.tells(0, append([]string{"cancel", "2"}, who...)...)
	b.finish(generous)
	if text := d.tells(exitFailed, append([]string{"cancel", "2"}, who...)...); !strings.Contains(text, "not working") {
		t.Errorf("a canceled order was canceled: %s", text)
	}
	if q, _ := b.filled(id); q != 0 {
		t.Errorf("%d shares filled", q)
	}
	router.stop(15 * time.Second)
	sim.stop(15 * time.Second)
}
