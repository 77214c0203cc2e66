package main

import (
	"strings"
	"testing"
)

const output = `goos: linux
cpu: Some Processor @ 2GHz
BenchmarkCommit/producers=1-2   	   10000	    108877 ns/op	     96000 p50-ns	      9185 records/s	       0 allocs/op
BenchmarkOne	       1	    2.5 ns/op
BenchmarkName
PASS
`

func TestRead(t *testing.T) {
	r := results{}
	if err := r.read("./p", strings.NewReader(output)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, unit string
		want       float64
		ok         bool
	}{
		{"Commit/producers=1", "p50-ns", 96000, true}, {"Commit/producers=1", "allocs/op", 0, true}, {"One", "ns/op", 2.5, true},
		{"One", "p50-ns", 0, false}, {"Commit/producers", "ns/op", 0, false},
	} {
		if got, ok := r.value("./p", c.name, c.unit); got != c.want || ok != c.ok {
			t.Errorf("%s %s: got %v %v, want %v %v", c.name, c.unit, got, ok, c.want, c.ok)
		}
	}
	if r.cpu() != "Some Processor @ 2GHz" {
		t.Errorf("cpu: got %q", r.cpu())
	}
	for _, bad := range []string{"BenchmarkX 1 2 ns/op 3", "BenchmarkX 1 x ns/op"} {
		if err := r.read("./p", strings.NewReader(bad)); err == nil {
			t.Errorf("%q: got no error", bad)
		}
	}
}

func TestAmount(t *testing.T) {
	for _, c := range []struct {
		v    float64
		unit string
		want string
	}{
		{63.84, "ns/op", "63.8 ns"}, {14460922, "ns/op", "14.5 ms"}, {625.4, "p50-us", "625 us"}, {4144, "p99-us", "4.14 ms"}, {69152, "records/s", "69k/s"},
		{999, "records/s", "999/s"},
	} {
		if got := amount(c.v, c.unit); got != c.want {
			t.Errorf("amount(%v, %s): got %q, want %q", c.v, c.unit, got, c.want)
		}
	}
}

// Every row belongs to a package that a suite runs; a row without a figure is told by its name.
func TestTable(t *testing.T) {
	ran := map[string]bool{}
	for _, s := range suites() {
		ran[s.pkg] = true
	}
	found := results{}
	for _, r := range rows() {
		if !ran[r.pkg] {
			t.Errorf("no suite runs %s", r.pkg)
		}
		found[key(r.pkg, r.name, r.unit)] = "20"
		if r.baseUnit != "" {
			found[key(r.pkg, r.base(), r.baseUnit)] = "10"
		}
	}
	var out strings.Builder
	if err := table(&out, found); err != nil || strings.Count(out.String(), "\n") != len(rows())+3 {
		t.Errorf("%v\n%s", err, out.String())
	}
	delete(found, key("./internal/sim", "Second", "events/s"))
	if err := table(&out, found); err == nil || !strings.Contains(err.Error(), "./internal/sim Second") {
		t.Errorf("a missing figure: got %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(output)
	f.Fuzz(func(_ *testing.T, text string) {
		_ = results{}.read("./p", strings.NewReader(text)) // it never panics
	})
}

// A baseline of another program may not be installed: the row says so. Any other that is missing is an error.
func TestWithout(t *testing.T) {
	found := results{}
	for _, r := range rows() {
		found[key(r.pkg, r.name, r.unit)] = "20"
		if r.baseUnit != "" && r.without == "" {
			found[key(r.pkg, r.base(), r.baseUnit)] = "10"
		}
	}
	var b strings.Builder
	if err := table(&b, found); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), noSklearn) {
		t.Errorf("no word of what is missing in\n%s", b.String())
	}
}
