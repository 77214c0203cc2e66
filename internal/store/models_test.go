package store

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
)

// conformModels holds that every change of the models in force is found again, with the model that served from then on (MOP-02).
func conformModels(t *testing.T, s *Store) {
	changes := []*event.RecordModel{
		{At: 10, Model: "builtin", What: event.ModelCut, Epoch: 1, Serving: "builtin"},
		{At: 20, Model: "ab12", What: event.ModelCanary, Epoch: 1, Share: .01, Serving: "builtin", Beside: "ab12"},
		{At: 30, Model: "ab12", What: event.ModelServing, Epoch: 1, Serving: "ab12", Beside: "builtin"},
		{At: 40, Model: "ab12", What: event.ModelDemoted, Reason: "fills", Serving: "builtin", Beside: "ab12"},
	}
	var records []Record
	for i, c := range changes {
		records = append(records, Record{uint64(i + 1), c.At, c})
	}
	mustApply(t, s, src, records, 4)
	all, err := s.Models(t.Context(), ModelFilter{Instance: src.Instance})
	if err != nil || len(all) != 4 {
		t.Fatalf("Models = %+v, %v; want 4", all, err)
	}
	for i, row := range all {
		same(t, "change", row.Body, changes[3-i])
	}
	for _, c := range []struct {
		filter ModelFilter
		want   int
	}{
		{ModelFilter{Model: "ab12"}, 3},
		{ModelFilter{What: event.ModelDemoted}, 1},
		{ModelFilter{From: 20, To: 40}, 2},
		{ModelFilter{Limit: 1, Offset: 1}, 1},
		{ModelFilter{Instance: 1}, 0},
	} {
		if got, err := s.Models(t.Context(), c.filter); err != nil || len(got) != c.want {
			t.Errorf("Models(%+v) = %d rows, %v; want %d", c.filter, len(got), err, c.want)
		}
	}
	var words string
	query := `SELECT what || ' ' || model || ', ' || serving || ' serves' FROM models WHERE epoch = 0`
	if err := s.queryRow(t.Context(), query, nil, &words); err != nil || words != "demoted ab12, builtin serves" {
		t.Errorf("columns say %q, %v", words, err)
	}
}
