package talk

import (
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

var update = flag.Bool("update", false, "write what was heard into the scripts")

// versions are the pairs of client and venue that every script runs in (VER-01).
var versions = [...][2]string{{fix44, fix44}, {fix42, fix42}, {fix50, fix50}, {fix44, fix42}, {fix42, fix44}, {fix44, fix50}, {fix50, fix44},
	{fix42, fix50}, {fix50, fix42}}

// plain names a version for people and for a configuration.
func plain(version string) string {
	if version == fix50 {
		return "5.0SP2"
	}
	return strings.TrimPrefix(version, "FIX.")
}

// short names a pair for people.
func short(pair [2]string) string {
	return plain(pair[0]) + " and " + plain(pair[1])
}

// pairs gives those of versions that a script is for: one that lists 20 is word for word, and says in which version.
func (s *script) pairs() (out [][2]string) {
	for _, p := range versions {
		if s.words == "" || p[0] == s.words && p[1] == s.words {
			out = append(out, p)
		}
	}
	return out
}

// TestConversations plays every script through the engine and the mapping of every pair of versions.
func TestConversations(t *testing.T) {
	scripts := readScripts(t)
	if *update {
		for _, s := range scripts {
			rewrite(t, s)
		}
		writeScripts(t, scripts)
		scripts = readScripts(t)
	}
	var sum total
	defer sum.print(t, "conversations")
	for _, s := range scripts {
		if s.name == "" {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(s.file), ".txt")+"/"+s.name, func(t *testing.T) {
			t.Parallel()
			defer sum.add(t)
			for _, pair := range s.pairs() {
				if err := newPlayer(newEngineStage(t, s, pair[0], pair[1]), true).play(s); err != nil {
					t.Errorf("FAIL %s: client and venue speak %s: %v", s.name, short(pair), err)
				}
			}
		})
	}
}

// A total counts what passed and failed, for `make conversations`.
type total struct{ all, failed atomic.Int64 }

func (s *total) add(t *testing.T) {
	s.all.Add(1)
	if t.Failed() {
		s.failed.Add(1)
	}
}

// print prints the total once every script has run.
func (s *total) print(t *testing.T, what string) {
	t.Helper()
	t.Cleanup(func() {
		if testing.Verbose() {
			fmt.Printf("%s: %d scripts, %d pass, %d fail\n", what, s.all.Load(), s.all.Load()-s.failed.Load(), s.failed.Load())
		}
	})
}

// TestCoverage holds the scripts to a citation of every rule that they stand for.
func TestCoverage(t *testing.T) {
	by := map[string][]string{}
	for _, s := range readScripts(t) {
		for _, c := range s.cites {
			by[c] = append(by[c], s.name)
		}
	}
	var missing []string
	want := func(prefix string, n int) {
		for i := 1; i <= n; i++ {
			id := fmt.Sprintf("%s-%02d", prefix, i)
			names := slices.Concat(by[id], elsewhere[id])
			if len(names) == 0 {
				missing = append(missing, id)
			}
			t.Logf("%-8s %s", id, strings.Join(names, "; "))
		}
	}
	want("RACE", 13)
	want("DEF", 18)
	want("ER", 23)
	if len(missing) > 0 {
		t.Errorf("no script or test cites %v", missing)
	}
}
