package store

import (
	"path/filepath"
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
