package store

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"pgregory.net/rapid"
)

// killEnv makes the test binary apply batches to the store at that path until it is killed.
const killEnv = "SLUICE_STORE_KILL_PATH"

const killBatch = 40

// TestKill kills a process in the middle of its applying, and finds rows and watermark of the same moment (CRASH-09).
func TestKill(t *testing.T) {
	if path := os.Getenv(killEnv); path != "" {
		applyForever(t, path)
		return
	}
	if testing.Short() {
		t.Skip("starts processes")
	}
	path := filepath.Join(t.TempDir(), "kill.db")
	for round := range 4 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKill$", "-test.v")
		cmd.Env = append(os.Environ(), killEnv+"="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for applied := 0; applied < 3+2*round && lines.Scan(); {
			if strings.Contains(lines.Text(), "applied") {
				applied++
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // killed is what it should say
		checkWhole(t, path)
	}
}

func applyForever(t *testing.T, path string) {
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	for {
		mark, err := s.Watermark(t.Context(), src)
		if err != nil {
			t.Fatal(err)
		}
		n := int(mark) + killBatch
		mustApply(t, s, src, many(n)[mark:], uint64(n))
		fmt.Println("applied", n)
	}
}

func checkWhole(t *testing.T, path string) {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	mark, err := s.Watermark(t.Context(), src)
	if err != nil || mark == 0 || mark%killBatch != 0 {
		t.Fatalf("watermark = %d, %v; want whole batches", mark, err)
	}
	var children, executions, outcomes uint64
	err = s.queryRow(t.Context(), `SELECT (SELECT COUNT(*) FROM children), (SELECT COUNT(*) FROM executions), (SELECT COUNT(*) FROM outcomes)`,
		nil, &children, &executions, &outcomes)
	if want := mark / 4; err != nil || children != want || executions != want || outcomes != want {
		t.Errorf("watermark %d with %d children, %d executions, %d outcomes, %v; want %d of each", mark, children, executions, outcomes, err, want)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestTwoWriters lets two handles, as of two processes, apply the same journal at once: each record counts once.
func TestTwoWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "two.db")
	twoWriters(t, func() *Store {
		s, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func twoWriters(t *testing.T, open func() *Store) {
	t.Helper()
	const n, step = 400, 20
	records := many(n)
	for i := range records {
		if i%4 == 3 {
			records[i].Body = &event.Raise{Code: "K"}
		}
	}
	var wait sync.WaitGroup
	var stores [2]*Store
	for i := range stores {
		stores[i] = open()
		wait.Go(func() {
			for upto := step; upto <= n; upto += step {
				if err := stores[i].Apply(t.Context(), src, records[:upto], uint64(upto)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	wantMark(t, stores[0], src, n)
	alerts, err := stores[1].Alerts(t.Context(), AlertFilter{Limit: -1})
	if err != nil || len(alerts) != n/4 {
		t.Errorf("%d alerts, %v; want %d", len(alerts), err, n/4)
	}
	for _, s := range stores {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestEscape holds that escape is one to one and leaves text that both databases store.
func TestEscape(t *testing.T) {
	for in, want := range map[string]string{"": "", "AMZN": "AMZN", "é🚢": "é🚢", "a\x00": `a\x00`, "\xff": `\xFF`, `\`: `\\`, `\x00`: `\\x00`, "\uFFFD": "\uFFFD"} {
		if got := escape(in); got != want {
			t.Errorf("escape(%q) = %q, want %q", in, got, want)
		}
	}
	bytes := rapid.SliceOfN(rapid.SampledFrom([]byte("\x00\xff\\x0F\xc3\xa9")), 0, 8)
	rapid.Check(t, func(t *rapid.T) {
		a, b := string(bytes.Draw(t, "a")), string(bytes.Draw(t, "b"))
		if (a == b) != (escape(a) == escape(b)) {
			t.Fatalf("%q and %q are escaped %q and %q", a, b, escape(a), escape(b))
		}
		if e := escape(a); strings.Contains(e, "\x00") || strings.ToValidUTF8(e, "!") != e {
			t.Fatalf("escape(%q) = %q cannot be stored", a, e)
		}
	})
}
