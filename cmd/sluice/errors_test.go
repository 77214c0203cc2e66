//go:build linux

package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestErrors holds the program to one clear error with its remedy, and to the exit status: 2 for a command line that
// cannot be meant, 1 for everything else.
func TestErrors(t *testing.T) {
	t.Parallel()
	const config, route = "desk.toml", "route -c desk.toml"
	for _, c := range []struct {
		name, args string
		prepare    func(t *testing.T, d *desk)
		change     func(string) string
		status     int
		want       []string
	}{
		{name: "unknown command", args: "rout", status: 2, want: []string{`unknown command "rout"`, "sluice --help"}},
		{name: "unknown flag", args: "route --bogus", status: 2, want: []string{"unknown flag: --bogus", "sluice route --help"}},
		{name: "argument too many", args: "route extra", status: 2, want: []string{`"extra"`, "sluice route --help"}},
		{name: "no configuration", args: "route", status: 2, want: []string{"-c FILE is missing", "sluice route --example"}},
		{name: "side", args: "send -c desk.toml --symbol ACME --side up --qty 1", status: 2, want: []string{`--side is "up"`, "buy, sell or short"}},
		{name: "no store named", args: "report", status: 2, want: []string{"--store FILE-OR-URL", "-c FILE"}},
		{name: "missing file", args: "route -c none.toml", status: 1, want: []string{"none.toml: there is no such file", "sluice route --example > none.toml"}},
		{name: "missing store", args: "report --store none.db", status: 1, want: []string{"none.db: there is no such file", "store_url"}},
		{name: "two things to report", args: "report 3 --decision 4 --store x.db", status: 2, want: []string{"PARENT, --decision N or --child ID"}},
		{name: "wrong days", args: "report --from 2026-3-2 --by desk --store x.db", status: 2, want: []string{`--from: "2026-3-2" is not a date`, `--by: "desk" is nothing to group by`}},
		{name: "days the wrong way", args: "report --from 2026-03-03 --to 2026-03-02 --store x.db", status: 2, want: []string{"--to 2026-03-02 is before --from 2026-03-03"}},
		{name: "days of one parent", args: "report 3 --from 2026-03-03 --store x.db", status: 2, want: []string{"--from sums parents up", "PARENT"}},
		{name: "decision zero", args: "report --decision 0 --store x.db", status: 2, want: []string{"--decision is 0", "from 1"}},
		{name: "no world named", args: "evaluate", status: 2, want: []string{"--log STORE", "--world FILE", "generated:KIND:SEED"}},
		{name: "missing log", args: "evaluate --log none.db", status: 1, want: []string{"none.db: there is no such file", "sluice.db"}},
		{name: "a log and a world", args: "evaluate --log none.db --world generated:iid:1", status: 2, want: []string{"--log STORE or --world FILE, not both"}},
		{name: "a log of no day", args: "evaluate --log none.db --from monday", status: 2, want: []string{`--from is "monday"`, "2026-03-02"}},
		{name: "a directory for a store", args: "evaluate --log .", status: 1, want: []string{"store .: is a directory", "sluice.db"}},
		{name: "missing audit log", args: "audit verify none.log", status: 1, want: []string{"open none.log: no such file", "journal directory"}},
		{name: "a trader of nobody", args: "users add ann --roles trader --clients NOBODY --no-password -c desk.toml", status: 2, want: []string{`--clients: "NOBODY" is no [[client]] of desk.toml`, "want some of "}},
		{name: "nothing to export", args: "export --format vw", status: 2, want: []string{"name the store", "postgres://"}},
		{name: "unknown format", args: "export --format excel none.db", status: 2, want: []string{`--format is "excel"`, "vw (", "csv ("}},
		{name: "missing store to export", args: "export --format vw none.db", status: 1, want: []string{"none.db: there is no such file"}},
		{name: "missing world", args: "evaluate --world none.csv", status: 1, want: []string{"none.csv", "no such file"}},
		{name: "policy that does not fit", args: "evaluate --world generated:iid:1 --policy linucb", status: 1, want: []string{`"linucb" does not fit`, "kaplan-meier"}},
		{name: "no scenario named", args: "compare", status: 2, want: []string{"--scenario FILE", "--random N"}},
		{name: "more work than anybody waits for", args: "compare --random 1 --seeds 2000000000", status: 2, want: []string{"--seeds 2000000000", "10000 seeds"}},
		{name: "a story of nobody", args: "compare --random 1 --policies static --timeline", status: 2, want: []string{"--timeline", "--policies"}},
		{name: "missing scenario", args: "compare --scenario none.toml", status: 1, want: []string{"none.toml", "scenarios/balanced.toml"}},
		{name: "unknown policy", args: "compare --random 1 --policies stattic", status: 2, want: []string{`"stattic" is not a policy`, "linucb"}},
		{name: "a model of no registry", args: "compare --random 1 --policies static,champion", status: 2, want: []string{`"champion" is not a policy`, "-c FILE"}},
		{name: "an arm of no experiment", args: "compare --random 1 --unit switchback", status: 2, want: []string{"--unit is of an experiment", "--experiment"}},
		{name: "an arm that no router has", args: "compare --random 1 --experiment --treatment linucb", status: 2, want: []string{`"linucb" is neither static nor learner`}},
		{name: "units of no experiment", args: "compare --random 1 --experiment --unit days", status: 2, want: []string{`unit is "days"`, "switchback"}},
		{name: "nothing to compare", args: "compare --random 1 --parents 0", status: 2, want: []string{"--parents 0", "give 1 to"}},
		{name: "nothing to tune", args: "compare --random 1 --tune sweep", status: 1, want: []string{`"sweep" has nothing to tune`, "linucb"}},
		{name: "nowhere to simulate to", args: "simulate --random 1", status: 2, want: []string{"--store", "postgres://"}},
		{name: "a share of nothing", args: "simulate --random 1 --policy static --share 0.5 --store x.db", status: 2, want: []string{"static gives no share", "leave the share out"}},
		{name: "missing table", args: "score none.csv", status: 1, want: []string{"none.csv", "scenarios/reference.csv"}},
		{name: "missing journal", args: "replay none", status: 1, want: []string{"journal none: no such file", "name a journal directory"}},
		{name: "empty journal", args: "replay .", status: 1, want: []string{"holds no segment", "journal_dir"}},
		{name: "several problems", args: route, status: 1, change: func(s string) string {
			s = strings.Replace(s, "seed = 1", "sede = 1", 1)
			s = strings.Replace(s, `type = "lit"`, `type = "lot"`, 1)
			return strings.Replace(s, `heartbeat = "30s"`, "", 1) + "\n[limits]\nmax_parent_shares = -4\n"
		}, want: []string{"has 3 problems", "router.sede: is an unknown key; did you mean seed?", `venue[LITX].type: is "lot"; want lit, ecn`, "limits.max_parent_shares"}},
		{name: "not TOML", args: route, status: 1, change: func(s string) string { return "[router\n" + s }, want: []string{"line 1", "is not TOML"}},
		{name: "clients' port taken", args: route, status: 1, prepare: func(t *testing.T, d *desk) { occupy(t, d.clients) },
			want: []string{"fix.listen_addr", "address already in use", "free the port or name another"}},
		{name: "page's port taken", args: route, status: 1, prepare: func(t *testing.T, d *desk) { occupy(t, d.venues) },
			change: func(s string) string {
				return strings.Replace(s, `http_addr = "127.0.0.1:0"`, `http_addr = "@PAGE@"`, 1)
			},
			want: []string{"router.http_addr", "address already in use", "free the port or name another"}},
		{name: "metrics' port taken", args: route, status: 1, prepare: func(t *testing.T, d *desk) { occupy(t, d.venues) },
			change: func(s string) string {
				return strings.Replace(s, `metrics_addr = ""`, `metrics_addr = "@PAGE@"`, 1)
			},
			want: []string{"router.metrics_addr", "address already in use", "free the port or name another"}},
		{name: "venues' port taken", args: "venues -c desk.toml", status: 1, prepare: func(t *testing.T, d *desk) { occupy(t, d.venues) },
			want: []string{"the venues' port", "address already in use", "venue.orders.addr"}},
		{name: "journal below a file", args: route, status: 1, prepare: func(t *testing.T, d *desk) { write(t, d, "journal") },
			want: []string{"journal: mkdir", "not a directory", "a directory that this user can make and write"}},
		{name: "journal on a read-only volume", args: route, status: 1, prepare: func(t *testing.T, d *desk) { mount(t, d, "journal", "ro,size=64k") },
			want: []string{"journal", "read-only file system", "let this user write in"}},
		{name: "disk full for the journal", args: route, status: 1, prepare: func(t *testing.T, d *desk) { mount(t, d, "journal", "size=1m") },
			want: []string{"no room for a segment", "free space on the volume"}},
		{name: "disk full for the store", args: route, status: 1, prepare: func(t *testing.T, d *desk) { mount(t, d, "full", "size=16k") },
			change: func(s string) string { return strings.Replace(s, "sqlite:sluice.db", "sqlite:full/sluice.db", 1) },
			want:   []string{"store full/sluice.db", "no space left on device", "free some space"}},
		{name: "store in no directory", args: route, status: 1,
			change: func(s string) string { return strings.Replace(s, "sqlite:sluice.db", "sqlite:none/sluice.db", 1) },
			want:   []string{"store", "does not exist: make it, or give another path"}},
		{name: "truth in no directory", args: "venues -c desk.toml --truth none/t", status: 1, want: []string{"--truth", "none/t", "no such file or directory"}},
		{name: "nobody to send to", args: "send -c desk.toml --symbol ACME --side buy --qty 100 --wait 300ms", status: 1,
			want: []string{"no logon at", "is `sluice route` running with this file, and nobody else"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, c.change)
			d.edit("@PAGE@", d.venues)
			if c.prepare != nil {
				c.prepare(t, d)
			}
			p := d.run(strings.Fields(c.args)...)
			d.failed(p, c.status, c.want)
		})
	}
}

// failed waits for the end of p and checks its exit status and its one error.
func (d *desk) failed(p *process, status int, want []string) {
	d.t.Helper()
	if got := p.ends(generous); got != status {
		d.t.Errorf("exit status %d, want %d", got, status)
	}
	said := p.stderr.String()
	for _, w := range want {
		if !strings.Contains(said, w) {
			d.t.Errorf("%q is missing in:\n%s", w, said)
		}
	}
	if n := strings.Count("\n"+said, "\nsluice: "); n != 1 {
		d.t.Errorf("%d errors instead of one:\n%s", n, said)
	}
	if strings.Contains(said, "goroutine ") {
		d.t.Errorf("a panic:\n%s", said)
	}
}

// TestErrorsBesideARouter starts a second router where one runs, and sends what it must refuse.
func TestErrorsBesideARouter(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	sim := d.startVenues()
	router := d.startRouter()
	d.ready(router)
	d.failed(d.run("route", "-c", d.config), 1, []string{"journal/lock is locked by router " + d.router, "process ", "stop it, or give this router its own journal directory"})
	d.failed(d.run("venues", "-c", d.config), 1, []string{"venues/lock is locked by"})
	for _, c := range []struct {
		args string
		want string
	}{
		{"--symbol NOPE --side buy --qty 100", `symbol "NOPE" is not traded by this router`},
		{"--symbol ACME --side buy --qty 900000000", "RISK-02"},
		{"--symbol ACME --side buy --qty 100 --strategy pov --for 1m", "849"},
		{"--symbol ACME --side buy --qty 100 --strategy block --tif ioc", "contradicts strategy"},
	} {
		p := d.run(append([]string{"send", "-c", d.config}, strings.Fields(c.args)...)...)
		d.failed(p, 1, []string{"the order was not filled: rejected", c.want})
	}
	router.stop(generous)
	sim.stop(generous)
	d.edit(`name = "`+d.router+`"`, `name = "OTHER"`)
	d.failed(d.run("route", "-c", d.config), 1, []string{`belongs to another router than "OTHER"`, "correct the router's name or the journal directory"})
}

// edit changes the configuration file.
func (d *desk) edit(from, to string) {
	d.t.Helper()
	b, err := os.ReadFile(d.config)
	if err == nil {
		err = os.WriteFile(d.config, []byte(strings.ReplaceAll(string(b), from, to)), 0o600)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

func occupy(t *testing.T, addr string) {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
}

func write(t *testing.T, d *desk, name string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), []byte("in the way\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// mount puts a small volume of its own at a name of the desk's directory.
func mount(t *testing.T, d *desk, name, options string) {
	t.Helper()
	dir := filepath.Join(d.dir, name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	flags := uintptr(0)
	if rest, ro := strings.CutPrefix(options, "ro,"); ro {
		flags, options = syscall.MS_RDONLY, rest
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", flags, options); err != nil {
		t.Skipf("a volume of its own cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}
