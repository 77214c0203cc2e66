package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCompareJSON: a program finds what it needs in the JSON, and the same command gives the same bytes.
func TestCompareJSON(t *testing.T) {
	slow(t)
	compare := func() []byte {
		root := newRoot()
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetArgs([]string{"compare", "--scenario", "../../scenarios/null.toml", "--policies", "static,learner", "--parents", "20", "--seed", "9", "--seeds", "2", "--json"})
		if err := root.ExecuteContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	b := compare()
	var r struct {
		Scenario string
		Seed     uint64
		Parents  int
		Policies map[string]struct {
			IS       *struct{ Mean, Lo, Hi *float64 } `json:"is_bps"`
			FillRate *float64                         `json:"fill_rate"`
			Markout  *float64                         `json:"markout_bps"`
			Fees     *float64                         `json:"fees_bps"`
		}
		GapClosed map[string]struct{ Mean, Lo, Hi *float64 } `json:"gap_closed"`
	}
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	if r.Scenario != "null" || r.Seed != 9 || r.Parents != 20 {
		t.Errorf("scenario %q, seed %d, %d parents", r.Scenario, r.Seed, r.Parents)
	}
	for _, name := range []string{"static", "learner", "oracle"} {
		p := r.Policies[name]
		if p.IS == nil || p.IS.Mean == nil || p.IS.Lo == nil || p.IS.Hi == nil || p.FillRate == nil || p.Markout == nil || p.Fees == nil {
			t.Errorf("%s lacks figures: %+v", name, p)
		}
		if g := r.GapClosed[name]; g.Mean == nil || g.Lo == nil || g.Hi == nil {
			t.Errorf("no gap closed by %s: %+v", name, g)
		}
	}
	if again := compare(); !bytes.Equal(b, again) {
		t.Error("the same command gave other bytes")
	}
}

// TestCompareHTML: the page is beside the text, has the story whether the text has it or not, and a folder that is not there
// is told before the work.
func TestCompareHTML(t *testing.T) {
	slow(t)
	path := filepath.Join(t.TempDir(), "report.html")
	run := func(path string) (string, error) {
		root := newRoot()
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetArgs([]string{"compare", "--scenario", "../../scenarios/block.toml", "--policies", "learner", "--parents", "1", "--seeds", "1", "--html", path})
		err := root.ExecuteContext(t.Context())
		return out.String(), err
	}
	text, err := run(path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if page := string(b); !strings.HasPrefix(strings.TrimSpace(page), "<!doctype html>") || !strings.Contains(page, "dark waves") || strings.Contains(text, "dark waves") {
		t.Errorf("the page begins with %.40q; it has the story, the text has not: %v, %v", page, strings.Contains(page, "dark waves"), !strings.Contains(text, "dark waves"))
	}
	if _, err := run(filepath.Join(path, "none", "report.html")); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("a folder that is not there gives %v", err)
	}
}
