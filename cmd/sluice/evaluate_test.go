package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/evaluate"
)

// evaluated is what `sluice evaluate` prints.
func evaluated(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetOut(&out)
	root.SetArgs(append([]string{"evaluate"}, args...))
	if err := root.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// JSON is an object a policy with the score's halves, the same in every run but for the decisions a second.
func TestEvaluateJSON(t *testing.T) {
	t.Parallel()
	var runs [2][]evaluate.Report
	for i := range runs {
		d := json.NewDecoder(strings.NewReader(evaluated(t, "--world", "generated:iid:1", "--policy", "all", "--seed", "4", "--json")))
		d.DisallowUnknownFields()
		for d.More() {
			var r evaluate.Report
			if err := d.Decode(&r); err != nil {
				t.Fatal(err)
			}
			if r.Share == nil || r.Regret != nil || r.Share.All <= 0 || r.Share.All > 1 || r.Rate <= 0 || r.Seed != 4 {
				t.Errorf("report %+v", r)
			}
			runs[i] = append(runs[i], r)
		}
	}
	if len(runs[0]) != 8 || runs[0][0].Policy != "learner" {
		t.Errorf("%d policies, want 8 and the learner first", len(runs[0]))
	}
	for i, r := range runs[0] {
		if *r.Share != *runs[1][i].Share {
			t.Errorf("%s: %+v, then %+v", r.Policy, *r.Share, *runs[1][i].Share)
		}
	}
}

func TestEvaluateTable(t *testing.T) {
	t.Parallel()
	lines := strings.Split(evaluated(t, "--world", "generated:iid:1", "--policy", "uniform"), "\n")
	if len(lines) != 4 || lines[0] != "generated:iid:1, seed 1" || lines[1] != evaluate.Heading || !strings.HasPrefix(lines[2], "uniform ") {
		t.Errorf("printed %q", lines)
	}
}
