package session

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestTempDir: what a killed process left is removed at the next start; a live one's, and what is not ours, stays.
func TestTempDir(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	died := exec.Command("true")
	if err := died.Run(); err != nil {
		t.Skip(err)
	}
	keep := func(name string) string {
		dir := filepath.Join(os.TempDir(), name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	stale := keep(fmt.Sprintf("sluice-dict-%d-1", died.ProcessState.Pid()))
	live := []string{keep(fmt.Sprintf("sluice-dict-%d-1", os.Getpid())), keep("sluice-dict-x-1"), keep("sluice-dict-1234567"),
		keep(fmt.Sprintf("other-%d-1", died.ProcessState.Pid()))}
	dir, err := TempDir("dict")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(stale); err == nil {
		t.Error("a killed process's directory is still there")
	}
	for _, d := range append(live, dir) {
		if _, err := os.Stat(d); err != nil {
			t.Error(err)
		}
	}
}
