package arch

import "testing"

// An exception lets one finding stand, and says why. One that no finding needs any more fails the test.
type exception struct {
	rule, path, name string
	reason           string
}

var exceptions = []exception{
	{"maporder", "internal/snapshot/sorted.go", "maps.Keys", "the keys are sorted before anybody sees them"},
}

func excepted(f finding) bool {
	for _, e := range exceptions {
		if e.matches(f) {
			return true
		}
	}
	return false
}

func (e exception) matches(f finding) bool {
	return e.rule == f.rule && e.path == f.path && e.name == f.name
}

// TestExceptions holds the exceptions to a reason and to being needed.
func TestExceptions(t *testing.T) {
	if len(exceptions) == 0 {
		t.Skip("no exceptions")
	}
	tr := load(t, moduleRoot(t))
	found := append(checkImports(tr, table), checkStyle(tr, limits)...)
	found = append(found, checkDeterminism(t, tr, modulePackages(t))...)
	for _, e := range exceptions {
		if len(e.reason) < 20 {
			t.Errorf("exception %s %s %s: want a reason in words", e.rule, e.path, e.name)
		}
		needed := false
		for _, f := range found {
			needed = needed || e.matches(f)
		}
		if !needed {
			t.Errorf("exception %s %s %s is not needed any more: remove it", e.rule, e.path, e.name)
		}
	}
}
