//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// generous bounds a wait that ends soon unless something is wrong.
const generous = 60 * time.Second

// binary builds the real program, once for all tests.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "sluice-e2e-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "sluice")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path)) // a temporary directory; nothing depends on its end
	}
	os.Exit(code)
}

func slow(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes more than 5 s")
	}
}

// text collects what a process writes; it may be read while the process runs.
type text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (x *text) Write(b []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.b.Write(b)
}

func (x *text) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.b.String()
}

// process is one run of the binary.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdout text
	stderr text
	done   chan struct{}
}

// launch starts the binary in dir. It dies with the test.
func launch(t *testing.T, dir string, env []string, args ...string) *process {
	t.Helper()
	return launchUnder(t, nil, dir, env, args...)
}

// launchUnder is launch by another program: its words come before the binary's.
func launchUnder(t *testing.T, by []string, dir string, env []string, args ...string) *process {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	words := append(append(by, path), args...)
	p := &process{t: t, cmd: exec.Command(words[0], words[1:]...), done: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, &p.stdout, &p.stderr
	p.cmd.Env = append(os.Environ(), env...)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // ProcessState says how it ended
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // most have ended by now
		<-p.done
		if t.Failed() {
			t.Logf("the end of what `sluice %s` said:\n%s", strings.Join(args, " "), tail(p.stderr.String(), 4000))
		}
	})
	return p
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// says waits until the process has written a text to its standard error.
func (p *process) says(what string) {
	p.t.Helper()
	eventually(p.t, "the process says "+what, func() bool {
		if strings.Contains(p.stderr.String(), what) {
			return true
		}
		select {
		case <-p.done:
			p.t.Fatalf("`sluice %s` ended without saying %q:\n%s", strings.Join(p.cmd.Args[1:], " "), what, tail(p.stderr.String(), 4000))
		default:
		}
		return false
	})
}

// count gives how often the process has said a text.
func (p *process) count(what string) int { return strings.Count(p.stderr.String(), what) }

// kill is kill -9.
func (p *process) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	<-p.done
}

// stop asks the process to end, as a service manager does, and holds it to a time and to the exit status 0.
func (p *process) stop(most time.Duration) time.Duration {
	p.t.Helper()
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatal(err)
	}
	code := p.ends(most)
	if code != 0 {
		p.t.Errorf("`sluice %s` ended with status %d after SIGTERM", strings.Join(p.cmd.Args[1:], " "), code)
	}
	return time.Since(began)
}

// ends waits for the end and gives the exit status.
func (p *process) ends(most time.Duration) int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(most):
		_ = p.cmd.Process.Signal(syscall.SIGQUIT) // its goroutines explain why
		<-p.done
		p.t.Fatalf("`sluice %s` did not end within %v:\n%s", strings.Join(p.cmd.Args[1:], " "), most, tail(p.stderr.String(), 20_000))
	}
	return p.cmd.ProcessState.ExitCode()
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(generous); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// ports gives each test its own; they lie below those that the system gives to connections.
var ports atomic.Uint32

func freePort(t *testing.T) string {
	t.Helper()
	base := 20_000 + uint32(os.Getpid()%1000)*10
	for range 1000 {
		addr := fmt.Sprintf("127.0.0.1:%d", base+ports.Add(1))
		if l, err := net.Listen("tcp", addr); err == nil {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			return addr
		}
	}
	t.Fatal("no free port")
	return ""
}

// desk is a directory with a configuration, for one router and its venues.
type desk struct {
	t                *testing.T
	dir, config      string
	venues, clients  string // addresses
	truth, store     string // files
	clientID, router string // names
	expects          string // the code of the one page that must not alarm anybody
	strangers        int    // orders that another client than the EMS sent
	snapshots        int    // kills that met one being written
}

var desks atomic.Uint32

// newDesk writes the configuration; change, if any, edits its text. Sessions are known by their ids in the whole test
// process, so every desk has its own.
func newDesk(t *testing.T, change func(string) string) *desk {
	t.Helper()
	n := desks.Add(1)
	d := &desk{t: t, dir: t.TempDir(), venues: freePort(t), clients: freePort(t), clientID: fmt.Sprintf("DESK%d", n), router: fmt.Sprintf("R%d", n)}
	raw, err := os.ReadFile("testdata/desk.toml")
	if err != nil {
		t.Fatal(err)
	}
	d.config, d.truth, d.store = filepath.Join(d.dir, "desk.toml"), filepath.Join(d.dir, "truth.jsonl"), "sluice.db"
	s := strings.NewReplacer("@VENUES@", d.venues, "@CLIENTS@", d.clients, "@DESK@", d.clientID, "@ROUTER@", d.router).Replace(string(raw))
	if change != nil {
		s = change(s)
	}
	if err := os.WriteFile(d.config, []byte(s), 0o600); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) run(args ...string) *process {
	d.t.Helper()
	return launch(d.t, d.dir, nil, args...)
}

func (d *desk) startVenues() *process {
	d.t.Helper()
	p := d.run("venues", "-c", d.config, "--truth", d.truth)
	p.says("venues ready")
	return p
}

func (d *desk) startRouter() *process {
	d.t.Helper()
	p := d.run("route", "-c", d.config)
	p.says("router ready")
	return p
}

var page = regexp.MustCompile(`page=(http://\S+)`)

// up asks the router's page how many venues it has, and how many are logged on.
func (d *desk) up(router *process) (all, up int) {
	d.t.Helper()
	m := page.FindStringSubmatch(router.stderr.String())
	if m == nil {
		d.t.Fatal("the router does not say where its page is")
	}
	r, err := http.Get(m[1] + "/api/v1/venues")
	if err != nil {
		d.t.Fatal(err)
	}
	defer r.Body.Close()
	var board []struct{ Up bool }
	if err := json.NewDecoder(r.Body).Decode(&board); err != nil {
		d.t.Fatal(err)
	}
	for _, v := range board {
		if v.Up {
			up++
		}
	}
	return len(board), up
}

// ready waits until the router has its venues. Orders that come before the first quotes are refused; a moment later there
// are some.
func (d *desk) ready(router *process) {
	d.t.Helper()
	eventually(d.t, "all venues are up", func() bool {
		all, up := d.up(router)
		return all > 0 && up == all
	})
	time.Sleep(500 * time.Millisecond)
}
