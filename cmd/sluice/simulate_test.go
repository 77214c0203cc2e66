package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/store"
)

// TestSimulate: what was simulated stands in the store as journals that say so, a second run adds to the first, and what reads
// a live store reads it.
func TestSimulate(t *testing.T) {
	slow(t)
	db := filepath.Join(t.TempDir(), "sim.db")
	run := func(args ...string) string {
		t.Helper()
		root := newRoot()
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetArgs(args)
		if err := root.ExecuteContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	simulated := []string{"simulate", "--scenario", "../../scenarios/null.toml", "--parents", "15", "--store", db}
	first := run(append(simulated, "--share", "0.5", "--seeds", "2")...)
	second := run(append(simulated, "--policy", "static")...)
	for _, want := range []string{"journal 1: simulated scenario null, seed 1, policy learner: 15 parents", "journal 2: simulated scenario null, seed 2",
		"journal 3: simulated scenario null, seed 1, policy static"} {
		if !strings.Contains(first+second, want) {
			t.Errorf("%q is not in %q", want, first+second)
		}
	}
	st, err := store.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for journal := range uint32(3) {
		parents, err := st.Parents(t.Context(), store.ParentFilter{Instance: journal + 1})
		if err != nil || len(parents) != 15 {
			t.Errorf("journal %d has %d parents, error %v", journal+1, len(parents), err)
		}
		start, err := st.Start(t.Context(), journal+1)
		if err != nil || !strings.HasPrefix(start.Body.Build, "simulated: ") {
			t.Errorf("journal %d was started by %q, error %v", journal+1, start.Body.Build, err)
		}
	}
	if log := run("evaluate", "--log", db, "--policy", "logging,static"); !strings.Contains(log, "draws between plans, of ") {
		t.Errorf("evaluate says %q", log)
	}
}
