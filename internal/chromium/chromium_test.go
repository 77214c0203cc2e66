package chromium

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestPrint: a page is loaded and printed.
func TestPrint(t *testing.T) {
	Find(t)
	page := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(page, []byte(`<p id="x">`+`<script>document.getElementById("x").textContent = 6 * 7</script>`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := string(Print(t, "--dump-dom", "file://"+page)); !strings.Contains(got, ">42<") {
		t.Errorf("the page is %q, want 42 in it", got)
	}
}

// TestNothingIsLeft: after the test that opened a browser there is neither its profile nor a process of it.
func TestNothingIsLeft(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	if !t.Run("browser", func(t *testing.T) {
		if address := Open(t); !strings.HasPrefix(address, "ws://127.0.0.1:") {
			t.Errorf("DevTools at %q", address)
		}
		if left := profiles(t); len(left) != 1 {
			t.Errorf("profiles %v, want one while it runs", left)
		}
	}) {
		return
	}
	if left := profiles(t); len(left) != 0 {
		t.Errorf("profiles %v are left", left)
	}
}

func profiles(t *testing.T) []string {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "sluice-chromium-*"))
	if err != nil {
		t.Fatal(err)
	}
	return left
}

// TestEndGroup: what a process started ends with it.
func TestEndGroup(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "sh", "-c", "sleep 600 & exec sleep 600")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := killGroup(cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	endGroup(t, cmd.Process.Pid)
	if err := syscall.Kill(-cmd.Process.Pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the group is still there: %v", err)
	}
	if err := killGroup(cmd.Process.Pid); err != nil {
		t.Errorf("a group that is gone: %v", err)
	}
}

// TestAnnouncement: the address is found however the line comes in pieces, once, and nothing is kept after it.
func TestAnnouncement(t *testing.T) {
	a := &announcement{address: make(chan string, 1)}
	for _, piece := range []string{"[1:2] a warning\nDevTools list", "ening on ws://127.0.0.1:1/x", "y\nmore\n", "DevTools listening on ws://other\n"} {
		if n, err := a.Write([]byte(piece)); n != len(piece) || err != nil {
			t.Fatalf("Write = %d, %v", n, err)
		}
	}
	if got, want := <-a.address, "ws://127.0.0.1:1/xy"; got != want {
		t.Errorf("address %q, want %q", got, want)
	}
	if strings.Contains(a.text.String(), "other") {
		t.Error("what came after the address was kept")
	}
}
