package store

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestSQLite(t *testing.T) {
	conform(t, func(t *testing.T) *Store { return openTemp(t, "store.db") }, failSQLite)
}

func openTemp(t testing.TB, file string) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), file))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func failSQLite(t *testing.T, s *Store, table string) {
	t.Helper()
	for _, when := range []string{"INSERT", "UPDATE"} {
		_, err := s.db.(*sqlite).write.ExecContext(t.Context(), "CREATE TRIGGER fail"+when+" BEFORE "+when+" ON "+table+
			" BEGIN SELECT RAISE(ABORT, 'injected'); END")
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The impacts of a page of parents are read by their own index: a walk over all outcomes of the journal for every page would take
// a store of a million decisions eight minutes.
func TestImpactsByIndex(t *testing.T) {
	s := openTemp(t, "store.db")
	var steps []string
	err := s.snapshot(t.Context(), func(q querier) error {
		return s.each(t.Context(), q, "EXPLAIN QUERY PLAN SELECT body FROM outcomes WHERE "+impactsOf, []any{int64(1), int64(1), int64(9), int64(99)}, func(scan func(...any) error) error {
			var id, parent, none int64
			var detail string
			err := scan(&id, &parent, &none, &detail)
			steps = append(steps, detail)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if plan := strings.Join(steps, "; "); !strings.Contains(plan, "outcomes_impact") || strings.Contains(plan, "TEMP B-TREE") {
		t.Errorf("the plan is %q, want the index outcomes_impact and no sort", plan)
	}
}
