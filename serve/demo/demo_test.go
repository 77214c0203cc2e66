package demo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func write(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A directory that a router made keeps everything: its journal and store have the names a demo's have.
func TestClearTouchesOnlyADemosDirectory(t *testing.T) {
	dir := t.TempDir()
	segment := filepath.Join(dir, "journal", "1.seg")
	write(t, segment)
	write(t, filepath.Join(dir, "sluice.db"))
	if err := clear(dir); err == nil || !strings.Contains(err.Error(), "--dir") {
		t.Fatalf("clear of a router's directory gives %v; want a refusal with its remedy", err)
	}
	if _, err := os.Stat(segment); err != nil {
		t.Fatal("a router's journal was removed")
	}
	write(t, filepath.Join(dir, marker))
	write(t, filepath.Join(dir, "notes.txt"))
	write(t, filepath.Join(dir, "models", "ledger.jsonl"))
	write(t, filepath.Join(dir, "keys", "signing.key"))
	write(t, filepath.Join(dir, "training", "lock"))
	if err := clear(dir); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 || left[0].Name() != "notes.txt" {
		t.Errorf("clear left %v, %v; want notes.txt only", left, err)
	}
}

func TestClearRefusesARunningDemo(t *testing.T) {
	dir := t.TempDir()
	lock := filepath.Join(dir, "journal", "lock")
	write(t, filepath.Join(dir, marker))
	write(t, lock)
	f, err := os.Open(lock)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if err := clear(dir); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Fatalf("clear under a running demo gives %v", err)
	}
	if _, err := os.Stat(lock); err != nil {
		t.Error("the lock was removed")
	}
}
