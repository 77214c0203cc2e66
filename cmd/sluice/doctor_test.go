package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/serve/config"
)

// TestDoctor runs the command on the printed example, whose venues do not run: it says so in both forms, fails, and
// leaves nothing behind.
func TestDoctor(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "desk.toml")
	// Port 1 belongs to nobody; the others are free ones.
	text := strings.NewReplacer("127.0.0.1:9901", "127.0.0.1:1", ":8080", ":0", ":9464", ":0", ":9878", ":0").Replace(config.Example())
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	doctor := func(more ...string) (string, error) {
		var out bytes.Buffer
		root := newRoot()
		root.SetArgs(append([]string{"doctor"}, more...))
		root.SetOut(&out)
		err := root.ExecuteContext(context.Background())
		return out.String(), err
	}
	var usage usageError
	if _, err := doctor(); !errors.As(err, &usage) {
		t.Errorf("without -c: got %v, want a usage error", err)
	}
	out, err := doctor("-c", path)
	if err == nil || errors.As(err, &usage) || !strings.Contains(err.Error(), "not ready") {
		t.Errorf("with venues down: got %v", err)
	}
	for _, want := range []string{"ok    configuration", "fail  venue LITX orders", "-> start the venue", "ok    store", "to mend\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("the text lacks %q:\n%s", want, out)
		}
	}
	out, err = doctor("-c", path, "--json")
	var report struct {
		Results []struct{ Check, Status, Remedy string }
	}
	if err == nil || json.Unmarshal([]byte(out), &report) != nil || len(report.Results) < 10 {
		t.Errorf("JSON: got %v\n%s", err, out)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
