package store

import (
	"net/url"
	"testing"

	"github.com/sluice-sor/sluice/internal/pgtest"
)

// TestPostgres runs the suite in a schema of its own per test, in the database of SLUICE_TEST_POSTGRES or in a private
// cluster that it starts and stops.
func TestPostgres(t *testing.T) {
	dsn := pgtest.DSN(t)
	shared := pgtest.Schema(t, dsn) // emptied after each test: partitions of a week take longer to make than a test
	conform(t, func(t *testing.T) *Store { return openEmptied(t, shared) }, failPostgres)
	t.Run("roles (SEC-07)", func(t *testing.T) { testRoles(t, dsn) })
	t.Run("a day that was not made ahead (PRJ-03)", func(t *testing.T) { testMissedDay(t, dsn) })
	t.Run("upgrade", func(t *testing.T) { testUpgrade(t, dsn) })
	t.Run("two processes that start and write at once", func(t *testing.T) {
		target := pgtest.Schema(t, dsn)
		twoWriters(t, func() *Store {
			s, err := Open(t.Context(), target)
			if err != nil {
				t.Fatal(err)
			}
			return s
		})
	})
}

// openSchema opens a store in a schema of its own, dropped at the end.
func openSchema(t testing.TB, dsn string) *Store {
	t.Helper()
	s, err := Open(t.Context(), pgtest.Schema(t, dsn))
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

// openEmptied opens a store, and empties it at the end.
func openEmptied(t *testing.T, target string) *Store {
	t.Helper()
	s, err := Open(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		statements := "DROP FUNCTION IF EXISTS fail CASCADE; DELETE FROM watermarks"
		for _, table := range s.schema.all() {
			statements += "; DELETE FROM " + table.name
		}
		pgtest.Exec(t, target, statements)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func inSchema(t testing.TB, dsn, name string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

func failPostgres(t *testing.T, s *Store, table string) {
	t.Helper()
	_, err := s.db.(*postgres).pool.Exec(t.Context(), `
		CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'injected'; END $$;
		CREATE TRIGGER fail BEFORE INSERT OR UPDATE ON `+table+` FOR EACH ROW EXECUTE FUNCTION fail()`)
	if err != nil {
		t.Fatal(err)
	}
}
