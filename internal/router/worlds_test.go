package router

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	seedFlag   = flag.Uint64("seed", 0, "run only this world")
	traceFlag  = flag.Int("last", 0, "with -seed: print so many of the last events and commands when the world breaks")
	worldsFlag = flag.Uint64("worlds", 300, "how many random worlds TestRandomWorlds runs")
)

// TestRandomWorlds is a slice of TEST-01: an EMS and 2 to 12 venues, 1 to 500 parents of every strategy, and everything
// of the table of faults at random moments: venues that fill in parts, repeat, reorder, delay and lose their reports, fill
// after a cancel, refuse, fall silent, bust, correct, restate and go down; clients who amend and cancel at any time;
// operators who halt; clocks that are stepped; poisoned market data; and restarts that lose what was not durable. After
// every event it holds the order invariants over what the event touched, against the engine's own state and against what
// the venues really have, and over everything now and then; in the end, when the venues are lawful again, every order
// comes to its end or says why not; and the events replay to the same bytes.
func TestRandomWorlds(t *testing.T) {
	if *seedFlag != 0 {
		sum := newTally(1)
		if b := sum.run(*seedFlag, *traceFlag); b != nil {
			t.Fatal(b)
		}
		t.Logf("world %d holds: %d events, hash %016x", *seedFlag, sum.events, sum.hashes[0])
		return
	}
	n := *worldsFlag
	if testing.Short() {
		n /= 5
	}
	runWorlds(t, n, func(*tally) {})
}

// TestSoakWorlds is TEST-01 in full. It runs when SLUICE_SOAK names a number of worlds, as `make soak` does.
func TestSoakWorlds(t *testing.T) {
	n, _ := strconv.ParseUint(os.Getenv("SLUICE_SOAK"), 10, 64)
	if n == 0 {
		t.Skip("a soak: run make soak SESSIONS=n")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	began, last := time.Now(), time.Now()
	sum := runWorlds(t, n, func(s *tally) {
		if time.Since(last) > 5*time.Second {
			last = time.Now()
			fmt.Printf("worlds: %d of %d, %d events, %v\n", s.worlds, n, s.events, time.Since(began).Round(time.Second))
		}
	})
	if !t.Failed() {
		fmt.Printf("\n%s\n\nworlds: %d sessions, %d events, %d commands, %d parents, %d children in %v\n", sum.cover.table(),
			sum.worlds, sum.events, sum.commands, sum.parents, sum.children, time.Since(began).Round(time.Second))
		fmt.Printf("worlds: 0 invariant breaches, %d replays equal, command hash %016x (%s/%s, %s)\n", sum.worlds, sum.total(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	}
}

// tally sums worlds up.
type tally struct {
	worlds, events, commands, parents, children uint64

	cover  *coverage
	hashes []logHash // by seed
}

func newTally(n uint64) *tally { return &tally{cover: newCoverage(), hashes: make([]logHash, n)} }

// total combines the hashes of all worlds, in the order of their seeds.
func (s *tally) total() (h logHash) {
	for _, x := range s.hashes {
		h = h.add(strconv.AppendUint(nil, uint64(x), 16))
	}
	return h
}

// breach is a world that broke.
type breach struct {
	seed   uint64
	events int
	text   string
}

func (b *breach) String() string {
	return fmt.Sprintf("%s\nafter event %d of world %d\ngo test ./internal/router -run 'TestRandomWorlds$' -seed %d -last 40", b.text, b.events, b.seed, b.seed)
}

// run runs one world and gives its breach. An engine that panics is one.
func (s *tally) run(seed uint64, trace int) (b *breach) {
	w := newChaos(seed, s.cover)
	if trace > 0 {
		w.trace = []string{}
	}
	defer func() {
		s.worlds++
		s.events += w.seq
		s.commands += w.commands
		s.parents += uint64(w.born)
		s.children += uint64(len(w.ids))
		s.hashes[(seed-1)%uint64(len(s.hashes))] = w.hash
		r := recover()
		if r == nil {
			return
		}
		b = &breach{seed: seed, events: len(w.events)}
		if text, ok := r.(broken); ok {
			b.text = string(text)
		} else {
			b.text = fmt.Sprintf("panic: %v\n%s", r, debug.Stack())
		}
		if n := len(w.events); n > 0 {
			b.text += fmt.Sprintf("\nlast event: %T", w.events[n-1].Body)
		}
		b.text = strings.Join(append(w.trace[max(0, len(w.trace)-trace):], b.text), "\n")
	}()
	w.live()
	return nil
}

// runWorlds runs the worlds of the seeds 1 to n on every processor. When one breaks it goes on for a while and fails with
// the shortest of those that broke in the same way, because that is the one to read.
func runWorlds(t *testing.T, n uint64, progress func(*tally)) *tally {
	t.Helper()
	var (
		lock  sync.Mutex
		group sync.WaitGroup
		sum   = newTally(n)
		next  = uint64(1)
		least *breach
		until = n
	)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			part := &tally{cover: newCoverage(), hashes: sum.hashes}
			for {
				lock.Lock()
				sum.worlds, sum.events, sum.commands = sum.worlds+part.worlds, sum.events+part.events, sum.commands+part.commands
				sum.parents, sum.children = sum.parents+part.parents, sum.children+part.children
				part.worlds, part.events, part.commands, part.parents, part.children = 0, 0, 0, 0, 0
				progress(sum)
				seed := next
				next++
				over := seed > until
				if over {
					sum.cover.add(part.cover)
				}
				lock.Unlock()
				if over {
					return
				}
				if b := part.run(seed, 0); b != nil {
					lock.Lock()
					if least == nil {
						until = min(until, next+300)
					}
					if least == nil || b.rule() == least.rule() && b.events < least.events {
						least = b
					}
					lock.Unlock()
				}
			}
		})
	}
	group.Wait()
	if least != nil {
		t.Fatalf("the shortest of the worlds that broke (make the mend, then run more):\n%v", least)
	}
	if cells := sum.cover.empty(n); len(cells) > 0 {
		t.Errorf("%s\n%d worlds never reached: %s", sum.cover.table(), n, strings.Join(cells, ", "))
	}
	return sum
}

// rule is how a breach's text begins: two that begin alike are probably one defect.
func (b *breach) rule() string {
	rule, _, _ := strings.Cut(b.text, " ")
	return rule
}
