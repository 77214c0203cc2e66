package store

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
)

// conformExperiments holds that assignments are found again with what was known before them (ABT-01).
func conformExperiments(t *testing.T, s *Store) {
	all := []*event.RecordExperiment{
		{At: 10, What: event.ExperimentBegan, Name: "spring", Design: []byte("{}"), Reason: "by ann: to know"},
		{At: 20, What: event.ExperimentAssigned, Name: "spring", Parent: 7, Arm: 1, Policy: "learner", Cluster: 7, Symbol: "AMZN", Date: 20260105, SinceNs: 3, X: []float64{.5, -1}},
		{At: 30, What: event.ExperimentAssigned, Name: "spring", Parent: 8, Policy: "static", Cluster: 8, Symbol: "AMZN", Date: 20260105, X: []float64{1, 2}},
		{At: 40, What: event.ExperimentEnded, Name: "spring"},
		{At: 50, What: event.ExperimentBegan, Name: "summer", Design: []byte("{}")},
	}
	var records []Record
	for i, r := range all {
		records = append(records, Record{uint64(i + 1), r.At, r})
	}
	mustApply(t, s, src, records, 5)
	got, err := s.Experiments(t.Context(), ExperimentFilter{Instance: src.Instance})
	if err != nil || len(got) != len(all) {
		t.Fatalf("Experiments = %+v, %v; want %d", got, err, len(all))
	}
	for i, row := range got {
		same(t, "record", row.Body, all[i])
	}
	for _, c := range []struct {
		filter ExperimentFilter
		want   int
	}{{ExperimentFilter{Name: "spring"}, 4}, {ExperimentFilter{What: event.ExperimentAssigned}, 2}, {ExperimentFilter{Limit: 2, Offset: 4}, 1}, {ExperimentFilter{Instance: 1}, 0}} {
		if got, err := s.Experiments(t.Context(), c.filter); err != nil || len(got) != c.want {
			t.Errorf("Experiments(%+v) = %d rows, %v; want %d", c.filter, len(got), err, c.want)
		}
	}
	var n int64
	if err := s.queryRow(t.Context(), `SELECT COUNT(*) FROM experiments WHERE policy = 'learner' AND arm = 1 AND day = 20260105`, nil, &n); err != nil || n != 1 {
		t.Errorf("columns say %d, %v", n, err)
	}
}
