package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/serve/audit"
)

// TestVerifyAfterAChange: a log that was changed is put aside by the next start; while it lies there, the sound one that began then
// does not verify (SEC-05).
func TestVerifyAfterAChange(t *testing.T) {
	path := filepath.Join(t.TempDir(), audit.FileName)
	start := func() error {
		t.Helper()
		l, err := audit.Open(path, nil)
		if l == nil {
			t.Fatal(err)
		}
		if _, err := l.Append(audit.Entry{What: "halt", Actor: "ann", Outcome: audit.Done}); err != nil {
			t.Fatal(err)
		}
		return errors.Join(err, l.Close())
	}
	verify := func() error {
		c := newAudit()
		c.SetArgs([]string{"verify", path})
		c.SetOut(new(bytes.Buffer))
		c.SilenceErrors, c.SilenceUsage = true, true
		return c.Execute()
	}
	if err := errors.Join(start(), verify()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(b, []byte("ann"), []byte("amy"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	var damaged *audit.Damaged
	if err := start(); !errors.As(err, &damaged) {
		t.Fatalf("a log that was changed: %v", err)
	}
	if err := verify(); err == nil || !strings.Contains(err.Error(), "a start put "+damaged.Path+" aside") {
		t.Errorf("beside one that was changed: %v", err)
	}
	if err := os.Rename(damaged.Path, filepath.Join(t.TempDir(), "kept")); err != nil {
		t.Fatal(err)
	}
	if err := verify(); err != nil {
		t.Errorf("with that kept elsewhere: %v", err)
	}
}
