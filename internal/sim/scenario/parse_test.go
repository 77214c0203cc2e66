package scenario

import (
	"errors"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/sim"
	"github.com/sluice-sor/sluice/internal/table"
)

var update = flag.Bool("update", false, "rewrite the golden file")

// TestProblems: everything that is wrong with a file at once, each with its key and remedy.
func TestProblems(t *testing.T) {
	data, err := os.ReadFile("testdata/wrong.toml")
	if err != nil {
		t.Fatal(err)
	}
	_, err = Parse("wrong.toml", data)
	var ps table.Problems
	if !errors.As(err, &ps) {
		t.Fatalf("Parse = %v, want problems", err)
	}
	var got strings.Builder
	for _, p := range ps {
		if p.File == "" || p.Key == "" || p.Remedy == "" {
			t.Errorf("%q lacks its file, key or remedy", p)
		}
		got.WriteString(p.Error() + "\n")
	}
	const golden = "testdata/wrong.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("problems:\n%s\nwant:\n%s", got.String(), want)
	}
}

func TestProblemsOfNothing(t *testing.T) {
	for name, tc := range map[string]struct{ data, want string }{
		"empty":  {"", "parents: is missing"},
		"syntax": {"about = = 1", "line 1, column 9"},
		"large":  {strings.Repeat("# nothing\n", maxBytes/10+1), "less than 1 MiB"},
	} {
		if _, err := Parse("x.toml", []byte(tc.data)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

// TestFieldsAreComplete: every parameter of the agents has a key, and balanced.toml explains it.
func TestFieldsAreComplete(t *testing.T) {
	text, err := os.ReadFile("../../../scenarios/balanced.toml")
	if err != nil {
		t.Fatal(err)
	}
	complete(t, flowFields(), string(text), "Session", "Symbols", "Venues")
	complete(t, venueFields(), string(text), "Venue")
}

// complete sets each field by its key and wants every number of T to be set so, except those named.
func complete[T any](t *testing.T, fields []field[T], text string, except ...string) {
	t.Helper()
	var x T
	for _, f := range fields {
		setField(fields, &x, Edit{f.key, 7})
		if !strings.Contains(text, "\n"+f.key+" = ") {
			t.Errorf("balanced.toml does not explain %s", f.key)
		}
	}
	v := reflect.ValueOf(x)
next:
	for i := range v.NumField() {
		for _, e := range except {
			if v.Type().Field(i).Name == e {
				continue next
			}
		}
		if v.Field(i).IsZero() {
			t.Errorf("%T.%s has no key: add it to field.go", x, v.Type().Field(i).Name)
		}
	}
}

// TestKeysRead: what stands in a file arrives where it belongs.
func TestKeysRead(t *testing.T) {
	s := balanced(t)
	_, want := sim.Balanced(0, 0, 0)
	got := s.Flow.Venues[0]
	if got != want.Venues[0] {
		t.Errorf("flow of LITX %+v, want %+v", got, want.Venues[0])
	}
	if v := &s.Venues[9]; v.Name != "DARKC" || !v.Rules.SizePriority || v.Rules.ViewDelay != 2e6 || v.Order.Tail != 8e6 || v.History.FillRatePct != 30 {
		t.Errorf("venue 9 is %+v", v)
	}
	if s.Session != 23_400e9 || s.Flow.HuntEdge != 0.4 || len(s.Parents.Mix) != 5 || s.Regulatory[0].TAFCap != 8_300_000 {
		t.Errorf("session %d, hunt edge %v, %d mixes, %+v", s.Session, s.Flow.HuntEdge, len(s.Parents.Mix), s.Regulatory)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range shipped(f) {
		b, err := os.ReadFile(s.File)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	wrong, err := os.ReadFile("testdata/wrong.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(wrong)
	f.Add([]byte(small + "[[change]]\nat = \"1h\"\nkind = \"agents\"\nvenues = [\"LITX\"]\nflow = { makers = 3 }\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Parse("f.toml", b)
		if err != nil {
			return
		}
		if len(s.Recordings) > 0 || len(s.Venues)*len(s.Symbols) > 100 {
			return
		}
		for i := range s.Changes { // what resolves a change at a late parent takes time
			if s.Changes[i].AtParent > 1000 {
				return
			}
		}
		w := s.Work(1)
		for range 5 {
			if p, ok := w.Next(); ok && (p.Terms.Qty <= 0 || p.At < 0) {
				t.Errorf("parent %+v", p)
			}
		}
		runs(t, s, 1, nil) // makes the market, with its agents and changes
	})
}
