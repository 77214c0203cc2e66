//go:build mutants

package mutants

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience bounds one mutant's run: a change may make a test wait for ever, which is noticed too.
const patience = 5 * time.Minute

// survivors is how many of a hundred mutants may survive: 39 of 40 must be caught (TEST-03).
const survivors = 2.5

var failed = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// verdict is what became of one mutant.
type verdict struct {
	caught bool
	by     string
	took   time.Duration
}

// TestMutants compiles and runs every mutant against its suite, as many at once as there are processors, and prints a line
// for each and the score. MUTANTS selects by a regular expression over names and suites.
func TestMutants(t *testing.T) {
	pick := regexp.MustCompile(os.Getenv("MUTANTS"))
	var picked []*mutant
	for i := range list {
		if m := &list[i]; pick.MatchString(m.name + " " + m.tests) {
			picked = append(picked, m)
		}
	}
	var (
		group  sync.WaitGroup
		lock   sync.Mutex
		caught int
		places = make(chan struct{}, runtime.GOMAXPROCS(0))
	)
	for _, m := range picked {
		group.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			v, err := m.run(t)
			lock.Lock()
			defer lock.Unlock()
			switch {
			case err != nil:
				t.Errorf("%s: %v", m.name, err)
			case v.caught:
				caught++
				fmt.Printf("caught    %5.1f s  %-8s %-54s by %s\n", v.took.Seconds(), m.rule, m.name, v.by)
			default:
				fmt.Printf("SURVIVED  %5.1f s  %-8s %-54s %s\n", v.took.Seconds(), m.rule, m.name, m.tests)
				if m.always {
					t.Errorf("%s: this one may never survive", m.name)
				}
			}
		})
	}
	group.Wait()
	fmt.Printf("score: %d of %d\n", caught, len(picked))
	if float64(len(picked)-caught)*100 > survivors*float64(len(picked)) {
		t.Errorf("%d of %d mutants survived", len(picked)-caught, len(picked))
	}
}

// run compiles the mutant and runs its suite. A mutant that does not compile is an error of the list.
func (m *mutant) run(t *testing.T) (v verdict, err error) {
	overlay, err := m.overlay(t)
	if err != nil {
		return v, err
	}
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-count=1", "-vet=off", "-failfast", "-overlay", overlay}, suites[m.tests]...)...)
	cmd.Dir, cmd.WaitDelay = root, 10*time.Second
	out, err := cmd.CombinedOutput()
	v.took = time.Since(began)
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		v.caught, v.by = true, "the clock: it hangs"
	case err == nil:
	case !errors.As(err, &exit), strings.Contains(string(out), "[build failed]"), strings.Contains(string(out), "[setup failed]"):
		return v, fmt.Errorf("it cannot be run: %w\n%s", err, out)
	default:
		v.caught, v.by = true, "a panic"
		if found := failed.FindStringSubmatch(string(out)); found != nil {
			v.by = found[1]
		}
	}
	return v, nil
}

// overlay writes the changed file and the map that gives it to the compiler.
func (m *mutant) overlay(t *testing.T) (string, error) {
	dir := t.TempDir()
	file, err := filepath.Abs(filepath.Join(root, m.file))
	if err != nil {
		return "", err
	}
	changed := filepath.Join(dir, filepath.Base(m.file))
	if err := os.WriteFile(changed, m.broken(t), 0o600); err != nil {
		return "", err
	}
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {file: changed}})
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "overlay.json")
	return name, os.WriteFile(name, replace, 0o600)
}
