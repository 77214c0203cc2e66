package order

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files")

// TestStateTable prints the whole state table, to be read beside the FIX order state matrices, and compares it with
// testdata/states.txt. What is not listed has no row: the report is counted and changes nothing.
func TestStateTable(t *testing.T) {
	var got bytes.Buffer
	fmt.Fprintln(&got, "# happening: state -> next state; where it depends on what is filled and left, each case is listed")
	for h := WasAccepted; h <= WasDenied; h++ {
		fmt.Fprintf(&got, "\n%v:\n", h)
		for s := State(0); s <= NeverSent; s++ {
			if line := describe(s, h); line != "" {
				fmt.Fprintf(&got, "  %-16v -> %s\n", s, line)
			}
		}
	}
	file := filepath.Join("testdata", "states.txt")
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("the state table changed (-want +got); if that is meant, run go test -update ./internal/order\n%s", diff)
	}
}

// describe gives one cell of the table: one state, or one per case of filled and left.
func describe(s State, h Happening) string {
	cases := []struct {
		name        string
		cum, leaves int64
	}{{"nothing filled", 0, 5}, {"part filled", 3, 2}, {"nothing left", 5, 0}}
	var cells []string
	same := true
	var first State
	for i, c := range cases {
		next, ok := Next(s, h, c.cum, c.leaves)
		if !ok {
			return ""
		}
		if i == 0 {
			first = next
		}
		same = same && next == first
		cells = append(cells, fmt.Sprintf("%v if %s", next, c.name))
	}
	if same {
		return first.String()
	}
	return strings.Join(cells, "; ")
}

// TestNextProperties holds what must be true of every cell.
func TestNextProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := State(rapid.IntRange(0, int(NeverSent)+1).Draw(t, "state"))
		h := Happening(rapid.IntRange(0, int(WasDenied)+1).Draw(t, "happening"))
		cum := rapid.Int64Range(0, 5).Draw(t, "cum")
		leaves := rapid.Int64Range(0, 5).Draw(t, "leaves")
		next, ok := Next(s, h, cum, leaves)
		switch {
		case !ok && next != s:
			t.Fatalf("Next(%v, %v) has no row and changes to %v", s, h, next)
		case ok && (s == 0 || s > NeverSent || next == 0 || next > NeverSent):
			t.Fatalf("Next(%v, %v) = %v", s, h, next)
		case ok && s.Done() && !next.Done() && (s != Filled || h != WasBusted && h != WasReplaced):
			t.Fatalf("INV-04: %v left a terminal state by %v for %v", s, h, next)
		case ok && h.Ends() && !next.Done():
			t.Fatalf("%v ends an order, but Next(%v) = %v", h, s, next)
		case ok && next == Filled && s != Filled && leaves != 0:
			t.Fatalf("Next(%v, %v) is filled with %d left", s, h, leaves)
		}
	})
}

func TestStateNamesAndLetters(t *testing.T) {
	letters := map[State]byte{PendingNew: 'A', New: '0', PartiallyFilled: '1', Stopped: '7', Suspended: '9', DoneForDay: '3',
		Filled: '2', Canceled: '4', Expired: 'C', Rejected: '8', NeverSent: '8'}
	for s, want := range letters {
		if got := s.FIX(); got != want {
			t.Errorf("%v.FIX() = %q, want %q", s, got, want)
		}
		if done := s == Filled || s == Canceled || s == Expired || s == Rejected || s == NeverSent; s.Done() != done {
			t.Errorf("%v.Done() = %v, want %v", s, s.Done(), done)
		}
	}
	if got := State(99).String(); got != "state 99" {
		t.Errorf("State(99) = %q", got)
	}
	if got := Happening(99).String(); got != "happening 99" {
		t.Errorf("Happening(99) = %q", got)
	}
}

// A matrix step is one line of the order state matrices: case|url|time|dir|msg|clordid|origclordid|exectype|ordstatus|
// exectranstype|orderqty|cumqty|leavesqty|lastqty|extra|alt.
type matrixStep struct {
	scenario, dir, msg, execType, ordStatus string
	cum, leaves                             int64
	extra                                   string
	alt                                     bool
}

func readMatrices(t *testing.T) []matrixStep {
	t.Helper()
	dir := os.Getenv("SLUICE_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(dir, "fix", "order_state_matrices.psv"))
	if err != nil {
		t.Skipf("no order state matrices: set SLUICE_DATA (%v)", err)
	}
	defer f.Close()
	var steps []matrixStep
	for in := bufio.NewScanner(f); in.Scan(); {
		if strings.HasPrefix(in.Text(), "#") {
			continue
		}
		c := strings.Split(in.Text(), "|")
		if len(c) < 16 {
			t.Fatalf("line %q has %d columns, want 16", in.Text(), len(c))
		}
		cum, _ := strconv.ParseInt(c[11], 10, 64)
		leaves, _ := strconv.ParseInt(c[12], 10, 64)
		steps = append(steps, matrixStep{c[0], c[3], c[4], c[7], c[8], cum, leaves, c[14], c[15] == "alt"})
	}
	return steps
}

// TestMatrices drives every report of the matrices that concerns an order's state through Next (TEST-04). Pending
// cancels and replaces are facts beside the state, so those reports must leave it alone.
func TestMatrices(t *testing.T) {
	happenings := map[string]Happening{"New": WasAccepted, "PartialFill": WasFilled, "Fill": WasFilled, "Trade": WasFilled,
		"Canceled": WasCanceled, "Rejected": WasRejected, "Replace": WasReplaced, "Restated": WasReplaced, "DoneForDay": WasDoneForDay}
	statuses := map[string]State{"New": New, "PartiallyFilled": PartiallyFilled, "Filled": Filled, "Canceled": Canceled,
		"Rejected": Rejected, "DoneForDay": DoneForDay}
	var state State
	last, driven := "", 0
	for i, step := range readMatrices(t) {
		if step.scenario != last {
			last, state = step.scenario, PendingNew
		}
		switch {
		case strings.HasPrefix(step.extra, "after New 10000, fill"), strings.HasSuffix(step.extra, "after New 10000, fill 1000"):
			state = PartiallyFilled
		case strings.Contains(step.extra, "after New 10000"):
			state = New
		}
		if step.dir != "S" || step.msg != "Execution" {
			continue
		}
		h, known := happenings[step.execType]
		if !known {
			if !strings.HasPrefix(step.execType, "Pending") {
				t.Errorf("step %d of %s: no happening for exec type %q", i+1, step.scenario, step.execType)
			}
			continue
		}
		next, ok := Next(state, h, step.cum, step.leaves)
		if want, stated := statuses[step.ordStatus]; !ok || stated && next != want {
			t.Errorf("step %d of %s: %v in %v with %d filled, %d left = %v, %v, want %s", i+1, step.scenario, h, state, step.cum, step.leaves, next, ok, step.ordStatus)
		}
		if driven++; !step.alt {
			state = next
		}
	}
	if driven < 40 {
		t.Errorf("%d reports driven, want at least 40: is the file whole?", driven)
	}
}
