package talk

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A row is one line of the order state matrices: R is what the buy side says to the broker, S what the broker says.
type row struct {
	matrix, time, dir, msg, clOrdID, orig, execType, status string
	qty, cum, leaves, last, extra                           string
	alt                                                     bool
	n                                                       int // line in its matrix, from 1
}

func (r *row) String() string {
	alt := ""
	if r.alt {
		alt = " alt"
	}
	return fmt.Sprintf("%-10s line %-2d time %s %s %s%s %s %s/%s %s=%s+%s", r.matrix, r.n, r.time, r.dir, r.msg, alt, r.clOrdID, r.execType, r.status, r.qty, r.cum, r.leaves)
}

// before reports whether r happens before the time of a row.
func (r *row) before(later *row) bool {
	var a, b int
	fmt.Sscan(r.time, &a)
	fmt.Sscan(later.time, &b)
	return a < b
}

// Letters of 150 and 39 by the matrices' words.
func letter(word string) string {
	return map[string]string{"New": "0", "PartialFill": "F", "Fill": "F", "Trade": "F", "DoneForDay": "3", "Canceled": "4", "Replace": "5",
		"PendingCancel": "6", "Rejected": "8", "Restated": "D", "PendingReplace": "E", "PartiallyFilled": "1", "Filled": "2"}[word]
}

// readMatrices reads the transcribed rows, by matrix in their order; it skips without the data.
func readMatrices(t *testing.T) [][]row {
	t.Helper()
	dir := os.Getenv("SLUICE_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(dir, "fix", "order_state_matrices.psv"))
	if err != nil {
		t.Skipf("no order state matrices: %v; set SLUICE_DATA to the folder of the data", err)
	}
	defer f.Close()
	var out [][]row
	for in := bufio.NewScanner(f); in.Scan(); {
		c := strings.Split(in.Text(), "|")
		if strings.HasPrefix(in.Text(), "#") || len(c) != 16 {
			continue
		}
		if len(out) == 0 || out[len(out)-1][0].matrix != c[0] {
			out = append(out, nil)
		}
		last := &out[len(out)-1]
		*last = append(*last, row{matrix: c[0], time: c[2], dir: c[3], msg: c[4], clOrdID: c[5], orig: c[6], execType: letter(c[7]), status: letter(c[8]),
			qty: c[10], cum: c[11], leaves: c[12], last: c[13], extra: c[14], alt: c[15] == "alt", n: len(*last) + 1})
	}
	return out
}

// errNotOurs says that a row cannot hold for us in a role, and why.
type errNotOurs string

func (e errNotOurs) Error() string { return string(e) }

// A role plays the rows of one matrix.
type role interface {
	// before gives the rows in the order in which they happen for this role.
	before(rows []row) []row
	play(r *row) error
}

// TestMatrices drives every row of the transcribed matrices through the engine in both roles. A row that cannot hold in a
// role says why.
func TestMatrices(t *testing.T) {
	var sum tally
	for _, rows := range readMatrices(t) {
		for name, open := range map[string]func() role{
			"broker":   func() role { return newBroker(t, rows[0]) },
			"buy side": func() role { return newBuySide(t, rows[0]) },
		} {
			playMatrix(t, name, rows, open, &sum)
		}
	}
	sum.print(t, "matrices")
}

// playMatrix plays the rows of one matrix; each reject branch in a world of its own, up to its time.
func playMatrix(t *testing.T, name string, rows []row, open func() role, sum *tally) {
	t.Helper()
	var straight []row
	for _, r := range rows {
		if !r.alt {
			straight = append(straight, r)
			continue
		}
		world := open()
		for _, early := range world.before(straight) {
			if early.before(&r) {
				_ = world.play(&early) // judged in the straight run
			}
		}
		sum.add(t, name, &r, world.play(&r))
	}
	world := open()
	for _, r := range world.before(straight) {
		sum.add(t, name, &r, world.play(&r))
	}
}

// crossed moves what crosses a request on the wire before it: so the broker sees it.
func crossed(rows []row) []row {
	out := append([]row(nil), rows...)
	for i := 1; i < len(out); i++ {
		if out[i-1].dir == "R" && (strings.Contains(out[i].extra, "crosses") || strings.Contains(out[i].extra, "passes")) {
			out[i-1], out[i] = out[i], out[i-1]
		}
	}
	return out
}

// A tally counts lines and keeps them for `make conversations`.
type tally struct {
	lines                []string
	passed, failed, told int
}

func (s *tally) add(t *testing.T, role string, r *row, err error) {
	t.Helper()
	var not errNotOurs
	line := fmt.Sprintf("%-8s %v", role, r)
	switch {
	case err == nil:
		s.passed++
		line = "pass  " + line
	case errors.As(err, &not):
		s.told++
		line = "n/a   " + line + ": " + string(not)
	default:
		s.failed++
		line = "FAIL  " + line + ": " + err.Error()
		t.Error(line)
	}
	s.lines = append(s.lines, line)
}

func (s *tally) print(t *testing.T, what string) {
	t.Helper()
	if testing.Verbose() {
		for _, l := range s.lines {
			fmt.Println(l)
		}
		fmt.Printf("%s: %d rows in their roles, %d pass, %d fail, %d cannot hold for us and say why\n", what, len(s.lines), s.passed, s.failed, s.told)
	}
}

// settled lets d pass on a stage.
func settled(e *engineStage, d time.Duration) { _ = e.wait(d) }
