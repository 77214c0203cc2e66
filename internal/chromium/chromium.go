// Package chromium runs a real browser for the tests of pages and leaves nothing of it behind: no process and no profile.
package chromium

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Find gives the path of a Chromium. It skips the test where there is none, and in short test runs.
func Find(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: no browser is started")
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no Chromium in PATH: install it (apt-get install chromium) to try the page in a real browser")
	return ""
}

// patience is how long one browser may take to start, or to print a page; it takes about a second on an idle machine.
const patience = 90 * time.Second

// Print runs a browser with args to its end and gives what it printed.
func Print(t testing.TB, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, err := command(ctx, t, args...).Output()
	if err != nil {
		t.Fatalf("chromium: %v", err)
	}
	return out
}

// Open starts a browser that lives as long as the test and gives the address (ws://…) where its DevTools listen.
func Open(t testing.TB) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := command(ctx, t, "--remote-debugging-port=0", "--remote-allow-origins=*", "about:blank")
	said := &announcement{address: make(chan string, 1)}
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatalf("chromium: %v", err)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- cmd.Wait()
		close(ended)
	}()
	end := func() error { cancel(); return <-ended }
	t.Cleanup(func() { _ = end() }) // it was told to end; this comes before command's own, which removes the profile
	select {
	case address := <-said.address:
		return address
	case err := <-ended:
		t.Fatalf("chromium ended before its DevTools listened: %v\n%s", err, said.text.String())
	case <-time.After(patience):
		err := end() // then nobody writes to said
		t.Fatalf("chromium did not say within %v where its DevTools listen: %v\n%s", patience, err, said.text.String())
	}
	return ""
}

// command is a browser with a profile of its own, in a process group of its own: the browser's children write to the
// profile for a while after the browser itself was killed, so all of them are ended before the profile is removed.
func command(ctx context.Context, t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	path := Find(t)
	profile, err := os.MkdirTemp("", "sluice-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	all := []string{"--headless", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage", "--disable-background-networking",
		"--user-data-dir=" + profile}
	if os.Geteuid() == 0 {
		all = append(all, "--no-sandbox") // Chromium refuses to run as root with it
	}
	cmd := exec.CommandContext(ctx, path, append(all, args...)...) //nolint:gosec // the browser of this machine, for tests
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return killGroup(cmd.Process.Pid) }
	cmd.WaitDelay = 5 * time.Second // for a child that left the group and holds the output
	t.Cleanup(func() {
		if cmd.Process != nil {
			endGroup(t, cmd.Process.Pid)
		}
		removeAll(t, profile)
	})
	return cmd
}

// killGroup kills a process and those it started; a group that is gone is as good as killed.
func killGroup(pid int) error {
	if err := syscall.Kill(-pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

// endGroup kills the group and waits until none of it is left.
func endGroup(t testing.TB, pid int) {
	t.Helper()
	if err := killGroup(pid); err != nil {
		t.Errorf("chromium: end process group %d: %v", pid, err)
	}
	gone := func() bool { return errors.Is(syscall.Kill(-pid, 0), syscall.ESRCH) }
	for end := time.Now().Add(3 * time.Second); !gone(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Logf("chromium: processes of group %d are still there 3 s after they were killed", pid)
			return
		}
	}
}

// removeAll removes a profile, as often as it takes: what left the process group may write to it once more.
func removeAll(t testing.TB, profile string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		err := os.RemoveAll(profile)
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Errorf("chromium: the profile stays: %v", err)
			return
		}
	}
}

// announcement takes what a browser says on its standard error and finds the line that names the DevTools' address.
type announcement struct {
	text    bytes.Buffer
	address chan string
	found   bool
}

// Write implements io.Writer; it is called by one goroutine at a time.
func (a *announcement) Write(b []byte) (int, error) {
	if a.found {
		return len(b), nil
	}
	a.text.Write(b)
	if _, rest, ok := strings.Cut(a.text.String(), "DevTools listening on "); ok {
		if url, _, whole := strings.Cut(rest, "\n"); whole {
			a.found = true
			a.address <- strings.TrimSpace(url)
		}
	}
	return len(b), nil
}
