package registry

import (
	"crypto/rand"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/pgtest"
)

// TestPostgres runs the suite in a schema of its own for each test.
func TestPostgres(t *testing.T) {
	dsn := pgtest.DSN(t)
	fresh := func(t *testing.T) *place {
		target := pgtest.Schema(t, dsn)
		return &place{target: target, trusted: filepath.Join(t.TempDir(), "trusted"), spoil: func(t *testing.T, id string) {
			pgtest.Exec(t, target, `ALTER TABLE model_versions DISABLE TRIGGER ALL;
				UPDATE model_versions SET artifact = set_byte(artifact, 100, 255 - get_byte(artifact, 100)) WHERE id = '`+id+`'`)
		}}
	}
	conform(t, fresh)
	t.Run("the tables only grow", func(t *testing.T) { postgresGrows(t, fresh(t)) })
	t.Run("a writer adds, a reader reads, no more", func(t *testing.T) { postgresRoles(t, dsn, fresh(t)) })
	t.Run("a notification wakes whoever waits, and polling stands behind it", func(t *testing.T) { postgresWakes(t, fresh(t)) })
}

func postgresGrows(t *testing.T, p *place) {
	r := p.open(t)
	publish(t, r, p, 1)
	db := r.backend.(*postgres)
	for _, query := range []string{
		"UPDATE model_ledger SET line = 'x'", "DELETE FROM model_ledger", "TRUNCATE model_ledger",
		"UPDATE model_versions SET artifact = ''", "DELETE FROM model_versions", "TRUNCATE model_versions",
	} {
		if _, err := db.pool.Exec(t.Context(), query); err == nil || !strings.Contains(err.Error(), "only grows") {
			t.Errorf("%s: %v", query, err)
		}
	}
}

func postgresRoles(t *testing.T, dsn string, p *place) {
	owner := p.open(t)
	suffix := strings.ToLower(rand.Text())
	roles := Roles{Writer: "w" + suffix, Reader: "r" + suffix}
	as := func(role string) *Registry {
		u, err := url.Parse(p.target)
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.User(role)
		return (&place{target: u.String(), trusted: p.trusted}).open(t)
	}
	for _, role := range []string{roles.Writer, roles.Reader} {
		pgtest.Exec(t, dsn, "CREATE ROLE "+role+" LOGIN")
		t.Cleanup(func() { pgtest.Exec(t, dsn, "DROP OWNED BY "+role+"; DROP ROLE "+role) })
	}
	if err := owner.Grant(t.Context(), roles); err != nil {
		t.Fatal(err)
	}
	writer := as(roles.Writer)
	id := publish(t, writer, p, 1)
	if _, err := writer.Promote(t.Context(), id, ann); err != nil {
		t.Error(err)
	}
	reader := as(roles.Reader)
	if _, _, err := reader.Model(t.Context(), id); err != nil {
		t.Error(err)
	}
	if _, err := reader.Rollback(t.Context(), ann); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("a reader rolled back: %v", err)
	}
	if err := owner.Grant(t.Context(), Roles{Reader: `nobody"; DROP TABLE model_ledger; --`}); err == nil || !strings.Contains(err.Error(), "CREATE ROLE") {
		t.Errorf("a user that does not exist: %v", err)
	}
}

func postgresWakes(t *testing.T, p *place) {
	writing := p.open(t)
	waiting, err := Open(t.Context(), Config{Target: p.target, Trusted: p.trusted, Poll: 3 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer waiting.Close()
	wake := func(seq uint64) time.Duration {
		t.Helper()
		told := make(chan error, 1)
		go func() { told <- waiting.Wait(t.Context(), seq) }()
		time.Sleep(300 * time.Millisecond) // until it listens
		began := time.Now()
		if _, err := writing.Record(t.Context(), Line{What: Cut}); err != nil {
			t.Fatal(err)
		}
		if err := <-told; err != nil {
			t.Fatal(err)
		}
		return time.Since(began)
	}
	if took := wake(0); took > time.Second {
		t.Errorf("woken after %v, not by the notification", took)
	}
	ears := waiting.backend.(*postgres).ears.PgConn().PID()
	if _, err := writing.backend.(*postgres).pool.Exec(t.Context(), "SELECT pg_terminate_backend($1)", ears); err != nil {
		t.Fatal(err)
	}
	if took := wake(1); took > 4*time.Second { // polled at the latest
		t.Errorf("with its connection lost, woken after %v", took)
	}
	if took := wake(2); took > time.Second {
		t.Errorf("once it listens again, woken after %v", took)
	}
}
