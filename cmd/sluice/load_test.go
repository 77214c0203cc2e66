//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// A loadProfile is one column of the load targets: parents a second, and what they should bring with them.
type loadProfile struct {
	name                       string
	parents, children, reports float64 // a second: LOAD-01, LOAD-02, LOAD-03
}

// loadProfiles are the load targets; the last is the capacity test's, twice the peak (TEST-71).
var loadProfiles = []loadProfile{{"steady", 20, 300, 1000}, {"peak", 200, 2000, 6000}, {"twice the peak", 400, 4000, 12_000}}

// TestLoad is `make load`: the real router over FIX on loopback, with its journal and its store, before simulated venues in
// a process of their own, at the steady load, the peak and twice the peak (LOAD-01 to LOAD-07). Its table is for people: a test
// asserts no speed. What it does assert is that nothing was lost: when the load has gone, venues, journal, store
// and client agree to the share, however far behind the router was.
//
// SLUICE_LOAD is how many seconds each takes; without it nothing runs. SLUICE_LOAD_ONLY names some of the profiles.
func TestLoad(t *testing.T) {
	seconds := number(t, "SLUICE_LOAD", 0)
	if seconds == 0 {
		t.Skip("SLUICE_LOAD is not set: `make load` sets it")
	}
	r := seeded(t)
	var all []*loaded
	for _, p := range loadProfiles {
		if !strings.Contains(p.name, os.Getenv("SLUICE_LOAD_ONLY")) {
			continue
		}
		for _, flags := range [][]string{nil, {"--fast"}} {
			run := &loaded{profile: p, durable: flags == nil}
			t.Run(fmt.Sprintf("%s, durable %v", p.name, run.durable), func(t *testing.T) {
				run.load(t, rand.New(rand.NewPCG(r.Uint64(), 1)), time.Duration(seconds)*time.Second, flags)
				all = append(all, run)
			})
		}
	}
	fmt.Print(loadTable(all))
}

// busy is a desk whose limits do not stand in a load's way, with metrics.
func busy(metrics string) func(string) string {
	return func(s string) string {
		s = strings.Replace(s, `metrics_addr = ""`, fmt.Sprintf("metrics_addr = %q", metrics), 1)
		return s + "\n[limits]\nversion = \"load\"\nmax_basket_usd = \"0\"\nmax_client_usd = \"0\"\nmax_firm_usd = \"0\"\nmay_be_off = [\"RISK-03\", \"RISK-05\", \"RISK-06\", \"RISK-10\"]\n"
	}
}

// heavy gives an order that takes about ten children: more than one venue shows, or a block that works for two seconds.
func heavy(r *rand.Rand, now time.Time) order.Terms {
	s := prices[r.IntN(len(prices))]
	t := order.Terms{Account: "ACC1", Symbol: s.symbol, Side: market.Buy + market.Side(r.IntN(2)), Type: order.Limit, TIF: order.Day,
		Limit: market.Price(s.cents * 10_000), Qty: market.Qty(20+r.IntN(60)) * 100, Capacity: 'A', Urgency: order.Urgency(r.IntN(3))}
	through := market.Price(10_000 * (20 + r.IntN(40)))
	if t.Side == market.Sell {
		through = -through
	}
	t.Limit += through
	t.End = market.Time(now.Add(time.Duration(1000+r.IntN(2000)) * time.Millisecond).UnixNano())
	if r.IntN(4) == 0 {
		t.Strategy = order.Block
	}
	return t
}

// loaded is what one profile showed.
type loaded struct {
	profile loadProfile
	durable bool
	took    time.Duration // while orders left
	drained time.Duration // from the last order until the accounts agreed
	before  scrape        // when the load began
	after   scrape        // when it had gone
	sent    int
	refused int
	answers []time.Duration
	memory  []int64 // the router's resident bytes, a sample a quarter of a second
	settled int64   // and when all was done
	cpu     float64 // processors that the router used while orders left
	others  float64 // and programs that are none of this test's
	waited  float64 // threads of the router that waited for a processor, in the mean
	verdict string  // the last line of `sluice reconcile`
}

func (l *loaded) load(t *testing.T, r *rand.Rand, lasts time.Duration, flags []string) {
	meters := freePort(t)
	d := newDesk(t, busy(meters))
	sim := d.startVenues()
	router := d.run(append([]string{"route", "-c", d.config}, flags...)...)
	router.says("router ready")
	b := d.connect()
	d.ready(router)
	warm := newStormOf(b, r, 20, heavy)
	warm.let(true)
	time.Sleep(time.Second)
	warm.let(false)
	books := newLedger(d)
	books.quietWithin(b, 5*time.Minute)

	l.before = scraped(t, meters)
	first := time.Now()
	pids := []int{router.cmd.Process.Pid, sim.cmd.Process.Pid, os.Getpid()}
	was := machine(t, pids)
	orders := newStormOf(b, r, int(l.profile.parents), heavy)
	orders.let(true)
	for time.Since(first) < lasts {
		time.Sleep(250 * time.Millisecond)
		l.memory = append(l.memory, resident(t, router.cmd.Process.Pid))
	}
	orders.let(false)
	l.took = time.Since(first)
	now := machine(t, pids)
	l.cpu, l.others, l.waited = (now.router-was.router)/l.took.Seconds(), (now.others-was.others)/l.took.Seconds(), (now.waited-was.waited)/l.took.Seconds()
	done := time.Now()
	books.quietWithin(b, 10*time.Minute)
	l.drained = time.Since(done)
	l.settled = resident(t, router.cmd.Process.Pid)
	l.after = scraped(t, meters)
	l.sent, l.answers = orders.sent, b.waited(first, time.Now())
	b.mu.Lock()
	l.refused = len(b.refused)
	b.mu.Unlock()
	router.stop(time.Minute)
	sim.stop(time.Minute)
	d.verify()
	l.verdict = d.reconciled()
}

// quietWithin is quiet with a time of one's own: an overload takes long to drain.
func (l *ledger) quietWithin(b *blotter, most time.Duration) {
	l.desk.t.Helper()
	b.finish(most)
	l.quiet(b)
}

// reconciled runs the end-of-day proof and gives its verdict.
func (d *desk) reconciled() string {
	d.t.Helper()
	p := d.run("reconcile", "-c", d.config, "--venue", d.truth)
	if code := p.ends(5 * time.Minute); code != 0 {
		d.t.Errorf("`sluice reconcile` ended with status %d:\n%s", code, tail(p.stdout.String(), 4000))
	}
	lines := strings.Split(strings.TrimSpace(p.stdout.String()), "\n")
	return lines[len(lines)-1]
}

// resident gives the memory of a process (MET-16).
func resident(t *testing.T, pid int) int64 {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "statm"))
	if err != nil {
		t.Fatal(err)
	}
	var size, pages int64
	if _, err := fmt.Sscan(string(b), &size, &pages); err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}

// shares is what processors did since the machine's start, in seconds.
type shares struct{ router, others, waited float64 }

// machine asks for the router, the first of pids, and for all that is none of pids.
func machine(t *testing.T, pids []int) (s shares) {
	t.Helper()
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		t.Fatal(err)
	}
	for i, word := range strings.Fields(string(b[:strings.IndexByte(string(b), '\n')])) {
		if n, err := strconv.ParseFloat(word, 64); err == nil && i != 4 && i != 5 && i < 9 { // not idle, nor waiting for a disk; guests are counted twice
			s.others += n / 100
		}
	}
	for i, pid := range pids {
		used := processorSeconds(t, pid)
		s.others -= used
		if i == 0 {
			s.router = used
		}
	}
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pids[0]))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range tasks {
		b, err := os.ReadFile(path)
		var ran, waited float64
		if err == nil { // else the thread has just ended
			_, err = fmt.Sscan(string(b), &ran, &waited)
		}
		if err == nil {
			s.waited += waited / 1e9
		}
	}
	return s
}

// processorSeconds gives what a process has used, from the 14th and 15th words of its stat.
func processorSeconds(t *testing.T, pid int) float64 {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	user, err1 := strconv.ParseFloat(words[11], 64)
	system, err2 := strconv.ParseFloat(words[12], 64)
	if err1 != nil || err2 != nil {
		t.Fatalf("%s: %v %v", b, err1, err2)
	}
	return (user + system) / 100 // Linux counts in hundredths for everybody
}

// loadTable is what `make load` prints.
func loadTable(all []*loaded) string {
	var out strings.Builder
	fmt.Fprintf(&out, "\n%s, %d processors that the router, the venues and the client share; %s %s/%s; build %s; SQLite and journal in %s\n\n",
		processorName(), runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH, build(), os.TempDir())
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(what, target string, f func(*loaded) string) {
		fmt.Fprintf(w, "%s\t%s\t", what, target)
		for _, l := range all {
			fmt.Fprintf(w, "%s\t", f(l))
		}
		fmt.Fprintln(w)
	}
	row("", "target", func(l *loaded) string { return l.profile.name })
	row("journal", "", func(l *loaded) string {
		if l.durable {
			return "durable"
		}
		return "fast"
	})
	rate := func(n, wanted float64, l *loaded) string {
		return fmt.Sprintf("%.0f of %.0f", n/l.took.Seconds(), wanted)
	}
	row("parents in /s", "LOAD-01", func(l *loaded) string { return rate(float64(l.sent), l.profile.parents, l) })
	row("children out /s", "LOAD-02", func(l *loaded) string {
		return rate(l.grew("sluice_children_sent_total")-l.grew("sluice_children_denied_total", `what="order"`), l.profile.children, l)
	})
	row("reports in /s", "LOAD-03", func(l *loaded) string { return rate(l.grew("sluice_venue_reports_total"), l.profile.reports, l) })
	for _, way := range []struct{ what, target, from, to string }{
		{"report in to next child decided", "p50 50µs, p99 300µs", "report", "decided"},
		{"the same until handed to its session", "p50 500µs, p99 3ms", "report", "handed"},
		{"order in to first child handed", "p50 100µs", "parent", "handed"},
	} {
		row(way.what, way.target, func(l *loaded) string {
			h := l.after.histogram("sluice_first_child_seconds", way.from, way.to).less(l.before.histogram("sluice_first_child_seconds", way.from, way.to))
			return fmt.Sprintf("%v, %v", h.quantile(.5), h.quantile(.99))
		})
	}
	row("order out to first report, the client's", "", func(l *loaded) string {
		return fmt.Sprintf("%v, %v", brief(quantile(l.answers, .5)), brief(quantile(l.answers, .99)))
	})
	row("commit of the journal", "p99 10ms", func(l *loaded) string {
		h := l.after.histogram("sluice_journal_commit_seconds").less(l.before.histogram("sluice_journal_commit_seconds"))
		return fmt.Sprintf("%v, %v", h.quantile(.5), h.quantile(.99))
	})
	row("longest of the last GC pauses", "1ms", func(l *loaded) string {
		return brief(time.Duration(l.after.value("sluice_go_gc_duration_seconds", `quantile="1"`) * 1e9)).String()
	})
	row("memory after a quarter, at most, when done", "bounded", func(l *loaded) string {
		most := int64(0)
		for _, m := range l.memory {
			most = max(most, m)
		}
		return fmt.Sprintf("%d, %d, %d MiB", l.memory[len(l.memory)/4]>>20, most>>20, l.settled>>20)
	})
	row("memory of an order that is kept, since that quarter", "", func(l *loaded) string {
		grew := max(0, l.settled-l.memory[len(l.memory)/4])
		return fmt.Sprintf("%.1f KiB", float64(grew)/1024/(.75*float64(l.sent)))
	})
	row("processors that the router used", "", func(l *loaded) string { return fmt.Sprintf("%.2f", l.cpu) })
	row("threads of it that waited for one", "", func(l *loaded) string { return fmt.Sprintf("%.2f", l.waited) })
	row("processors that other programs used", "0", func(l *loaded) string { return fmt.Sprintf("%.2f", l.others) })
	row("all at rest after the last order", "", func(l *loaded) string { return l.drained.Round(100 * time.Millisecond).String() })
	row("orders refused", "", func(l *loaded) string { return strconv.Itoa(l.refused) })
	row("children decided, not sent /s", "", func(l *loaded) string {
		return fmt.Sprintf("%.0f", l.grew("sluice_children_denied_total", `what="order"`)/l.took.Seconds())
	})
	if err := w.Flush(); err != nil {
		return err.Error()
	}
	for _, l := range all {
		fmt.Fprintf(&out, "%s, durable %v: %s%s\n", l.profile.name, l.durable, l.verdict, l.denied())
	}
	return out.String()
}

// denied says why children were not sent.
func (l *loaded) denied() string {
	var why []string
	for series, n := range l.after {
		if labels, ok := strings.CutPrefix(series, "sluice_children_denied_total"); ok && n > l.before[series] {
			why = append(why, fmt.Sprintf("%.0f %s", n-l.before[series], labels))
		}
	}
	if slices.Sort(why); len(why) == 0 {
		return ""
	}
	return "; not sent: " + strings.Join(why, ", ")
}

func (l *loaded) grew(name string, labels ...string) float64 {
	return l.after.sum(name, labels...) - l.before.sum(name, labels...)
}

func brief(d time.Duration) time.Duration {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond)
	case d < time.Second:
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(10 * time.Millisecond)
}

func processorName() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(b)) {
			if key, name, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
				return strings.TrimSpace(name)
			}
		}
	}
	return runtime.GOARCH
}
