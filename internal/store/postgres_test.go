package store

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestPostgres runs the suite in a schema of its own per test, in the database of SLUICE_TEST_POSTGRES or in a private
// cluster that it starts and stops.
func TestPostgres(t *testing.T) {
	dsn := postgresDSN(t, "off")
	conform(t, func(t *testing.T) *Store { return openSchema(t, dsn) }, failPostgres)
	t.Run("two processes that start and write at once", func(t *testing.T) {
		name := "sluice_test_" + strings.ToLower(rand.Text())
		execPostgres(t, dsn, "CREATE SCHEMA "+name)
		t.Cleanup(func() { execPostgres(t, dsn, "DROP SCHEMA "+name+" CASCADE") })
		twoWriters(t, func() *Store {
			s, err := Open(t.Context(), inSchema(t, dsn, name))
			if err != nil {
				t.Fatal(err)
			}
			return s
		})
	})
}

// postgresDSN gives a database to test in, or skips the test; a cluster of its own runs with fsync on or off.
func postgresDSN(t testing.TB, fsync string) string {
	t.Helper()
	if dsn := os.Getenv("SLUICE_TEST_POSTGRES"); dsn != "" {
		return dsn
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		t.Skip("no PostgreSQL here: run .ci/postgres, or set SLUICE_TEST_POSTGRES to a postgres:// URL")
	}
	return startCluster(t, filepath.Dir(found[len(found)-1]), fsync)
}

// startCluster makes a private cluster that only a Unix socket reaches, and stops it when the test ends.
func startCluster(t testing.TB, bin, fsync string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pg") // short: a socket's path has at most 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	data := filepath.Join(dir, "data")
	run := func(ctx context.Context, name string, args ...string) {
		t.Helper()
		args = append([]string{filepath.Join(bin, name)}, args...)
		if os.Geteuid() == 0 { // PostgreSQL refuses to run as root
			args = append([]string{"runuser", "-u", "postgres", "--"}, args...)
		}
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	if os.Geteuid() == 0 {
		if out, err := exec.CommandContext(t.Context(), "chown", "postgres", dir).CombinedOutput(); err != nil {
			t.Fatalf("chown: %v\n%s", err, out)
		}
	}
	run(t.Context(), "initdb", "-D", data, "-A", "trust", "-U", "sluice", "-E", "UTF8", "--no-locale", "--no-sync")
	run(t.Context(), "pg_ctl", "-D", data, "-w", "-l", filepath.Join(dir, "log"),
		"-o", "-k "+dir+" -c listen_addresses='' -c fsync="+fsync+" -c max_connections=50", "start")
	t.Cleanup(func() { run(context.Background(), "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop") })
	return "postgres://sluice@/postgres?host=" + dir
}

// openSchema opens a store in a schema of its own, dropped at the end.
func openSchema(t testing.TB, dsn string) *Store {
	t.Helper()
	name := "sluice_test_" + strings.ToLower(rand.Text())
	execPostgres(t, dsn, "CREATE SCHEMA "+name)
	t.Cleanup(func() { execPostgres(t, dsn, "DROP SCHEMA "+name+" CASCADE") })
	s, err := Open(t.Context(), inSchema(t, dsn, name))
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

func execPostgres(t testing.TB, dsn, query string) {
	t.Helper()
	ctx := context.Background() // the test's own has ended when it cleans up
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(ctx, query)
	if err = errors.Join(err, conn.Close(ctx)); err != nil {
		t.Fatal(err)
	}
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
