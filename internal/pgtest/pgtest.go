// Package pgtest gives tests a PostgreSQL database: that of SLUICE_TEST_POSTGRES, or a private cluster that only a Unix socket
// reaches and that ends with the test. Where there is neither, the test is skipped.
package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// DSN gives a database to test in, or skips the test. A cluster of its own runs with fsync off.
func DSN(t testing.TB) string {
	t.Helper()
	if dsn := os.Getenv("SLUICE_TEST_POSTGRES"); dsn != "" {
		return dsn
	}
	return New(t, "fsync=off").DSN
}

// Cluster is a private cluster that a test may stop and start.
type Cluster struct {
	DSN      string
	t        testing.TB
	bin, dir string
	options  string
	runs     bool
}

// New starts a cluster with settings such as "fsync=off", or skips the test where there is no PostgreSQL. It ends with the test.
func New(t testing.TB, settings ...string) *Cluster {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		t.Skip("no PostgreSQL here: run .ci/postgres, or set SLUICE_TEST_POSTGRES to a postgres:// URL")
	}
	dir, err := os.MkdirTemp("", "pg") // short: a socket's path has at most 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	c := &Cluster{DSN: "postgres://sluice@/postgres?host=" + dir, t: t, bin: filepath.Dir(found[len(found)-1]), dir: dir}
	if os.Geteuid() == 0 {
		if out, err := exec.CommandContext(t.Context(), "chown", "postgres", dir).CombinedOutput(); err != nil { //nolint:gosec // made above
			t.Fatalf("chown: %v\n%s", err, out)
		}
	}
	c.options = "-k " + dir + " -c listen_addresses='' -c max_connections=50"
	for _, s := range settings {
		c.options += " -c " + s
	}
	c.run(t.Context(), "initdb", "-D", c.data(), "-A", "trust", "-U", "sluice", "-E", "UTF8", "--no-locale", "--no-sync")
	c.Start()
	t.Cleanup(func() { c.Stop("immediate") })
	return c
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// Start starts a cluster that was stopped.
func (c *Cluster) Start() {
	c.t.Helper()
	if !c.runs {
		c.run(context.Background(), "pg_ctl", "-D", c.data(), "-w", "-l", filepath.Join(c.dir, "log"), "-o", c.options, "start")
		c.runs = true
	}
}

// Stop stops it: "fast" ends its sessions, "immediate" is a crash.
func (c *Cluster) Stop(mode string) {
	c.t.Helper()
	if c.runs {
		c.run(context.Background(), "pg_ctl", "-D", c.data(), "-m", mode, "-w", "stop")
		c.runs = false
	}
}

func (c *Cluster) run(ctx context.Context, name string, args ...string) {
	c.t.Helper()
	args = append([]string{filepath.Join(c.bin, name)}, args...)
	if os.Geteuid() == 0 { // PostgreSQL refuses to run as root
		args = append([]string{"runuser", "-u", "postgres", "--"}, args...)
	}
	for fd := 3; fd < 256; fd++ { // what the test inherited, such as a script's lock, must not live on in a database that outlives it
		syscall.CloseOnExec(fd)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // Debian's own programs
	cmd.Dir = c.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		c.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// Schema gives a URL to an empty schema of the database, dropped when the test ends.
func Schema(t testing.TB, dsn string) string {
	t.Helper()
	name := "sluice_test_" + strings.ToLower(rand.Text())
	Exec(t, dsn, "CREATE SCHEMA "+name)
	t.Cleanup(func() { Exec(t, dsn, "DROP SCHEMA "+name+" CASCADE") })
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

// Exec runs statements.
func Exec(t testing.TB, dsn, query string) {
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
