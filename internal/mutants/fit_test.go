package mutants

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// root is the module's root from here.
var root = filepath.Join("..", "..")

// broken gives a mutant's file with its change, or fails the test that asks.
func (m *mutant) broken(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, m.file))
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(text, []byte(m.old)); n != 1 {
		t.Fatalf("%q: its text is there %d times in %s, want once: the code moved, so move the mutant with it\n%s", m.name, n, m.file, m.old)
	}
	return bytes.Replace(text, []byte(m.old), []byte(m.new), 1)
}

// TestMutantsFit holds that every mutant still changes exactly one place, by a name of its own, and has a suite that is
// to catch it; and that the list is as long as it must be (TEST-03).
func TestMutantsFit(t *testing.T) {
	names := map[string]bool{}
	for i := range list {
		m := &list[i]
		t.Run(m.name, func(t *testing.T) {
			m.broken(t)
			if names[m.name] || m.rule == "" || m.old == m.new || len(suites[m.tests]) == 0 {
				t.Errorf("%q of rule %q and suite %q: a mutant has a name of its own, a rule, a change and a suite", m.name, m.rule, m.tests)
			}
			names[m.name] = true
		})
	}
	if len(list) < 45 {
		t.Errorf("%d mutants, want at least 45", len(list))
	}
}
