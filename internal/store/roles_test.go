package store

import (
	"crypto/rand"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/pgtest"
)

// testRoles: the writer fills a store that it does not own, days and busts included, and may neither change nor delete what was
// traded; the reader reads, and no more (SEC-07).
func testRoles(t *testing.T, dsn string) {
	t.Helper()
	owner := openSchema(t, dsn)
	var schema string
	if err := owner.queryRow(t.Context(), "SELECT current_schema()", nil, &schema); err != nil {
		t.Fatal(err)
	}
	as := func(role string) string {
		name := "sluice_" + role + "_" + strings.ToLower(rand.Text())
		pgtest.Exec(t, dsn, "CREATE ROLE "+name+" LOGIN")
		t.Cleanup(func() { pgtest.Exec(t, dsn, "DROP OWNED BY "+name+"; DROP ROLE "+name) })
		return name
	}
	roles := Roles{Writer: as("writer"), Reader: as("reader")}
	if err := owner.Grant(t.Context(), roles); err != nil {
		t.Fatal(err)
	}
	open := func(user string) *Store {
		u, err := url.Parse(inSchema(t, dsn, schema))
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.User(user)
		s, err := Open(t.Context(), u.String())
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
	writer, reader := open(roles.Writer), open(roles.Reader)
	conformBusts(t, writer)
	more := src
	more.Instance++
	if err := writer.Apply(t.Context(), more, many(5000), 5000); err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := reader.EachTold(t.Context(), ToldFilter{}, func(*Told) error { n++; return nil }); err != nil || n == 0 {
		t.Errorf("the reader read %d decisions, error %v", n, err)
	}
	if err := reader.Apply(t.Context(), Source{"mine", 1}, nil, 5); !denied(err) {
		t.Errorf("the reader wrote: error %v", err)
	}
	for _, statement := range []string{
		"UPDATE executions SET qty = 0", "DELETE FROM executions", "INSERT INTO executions SELECT * FROM executions", "DELETE FROM outcomes", "UPDATE reports SET cum = 0",
		"UPDATE decisions SET draw = 0", "DELETE FROM parents", "DELETE FROM alerts", "UPDATE audit_heads SET hash = ''", "DELETE FROM audit_heads", "TRUNCATE decisions", "CREATE TABLE mine ()", "DROP TABLE alerts",
	} {
		for _, s := range []*Store{writer, reader} {
			if _, err := s.db.(*postgres).pool.Exec(t.Context(), statement); !denied(err) {
				t.Errorf("%s: error %v, want that it is denied", statement, err)
			}
		}
	}
	if err := openTemp(t, "s.db").Grant(t.Context(), roles); err == nil {
		t.Error("a SQLite file was granted to somebody")
	}
	if err := owner.Grant(t.Context(), Roles{Reader: `nobody"; DROP TABLE alerts; --`}); err == nil || !strings.Contains(err.Error(), "CREATE ROLE") {
		t.Errorf("granted to nobody: %v", err)
	}
}

func denied(err error) bool {
	refused := (*pgconn.PgError)(nil)
	return errors.As(err, &refused) && (refused.Code == insufficientPrivilege)
}

// testMissedDay: partitions are made ahead, so that rows of the days to come miss none; rows of a day further off are kept, and
// the day is told once (PRJ-03).
func testMissedDay(t *testing.T, dsn string) {
	t.Helper()
	s := openSchema(t, dsn)
	pool := s.db.(*postgres).pool
	partitions := func() (n int) {
		t.Helper()
		if err := pool.QueryRow(t.Context(), "SELECT count(*) FROM pg_inherits WHERE inhparent = 'decisions'::regclass").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if got := partitions(); got != daysAhead+2 {
		t.Errorf("%d days have partitions, want %d: yesterday, today and %d days ahead", got, daysAhead+2, daysAhead)
	}
	mustApply(t, s, src, sample(), 16) // of 2025: a journal that is read again
	if got := s.Missed(); len(got) > 0 {
		t.Errorf("missed %v, want none: those days are over", got)
	}
	far := sample()
	shift(far, 40_000)
	mustApply(t, s, Source{"main", src.Instance + 2}, far, 16)
	if got := s.Missed(); len(got) != 2 || got[1] != 20790708 { // one outcome of the sample has no time
		t.Errorf("missed %v, want the two days", got)
	}
	if got := s.Missed(); len(got) != 0 {
		t.Errorf("missed %v a second time", got)
	}
	var whole int
	if err := pool.QueryRow(t.Context(), "SELECT count(*) FROM pg_partitioned_table WHERE partdefid <> 0").Scan(&whole); err != nil || whole != 0 {
		t.Errorf("%d tables have a default partition, error %v: a miss would be silent", whole, err)
	}
	// An archived day is not there although it was: its rows make it anew.
	if _, err := pool.Exec(t.Context(), "DROP TABLE decisions_20250615, outcomes_20250615, executions_20250615, reports_20250615"); err != nil {
		t.Fatal(err)
	}
	again := Source{"again", src.Instance}
	mustApply(t, s, again, sample(), 16)
	if d := mustDossier(t, s); len(d.Executions) != 3 || len(d.Decisions) != 1 {
		t.Errorf("%d executions of %d decisions after the day was made anew", len(d.Executions), len(d.Decisions))
	}
}

// shift moves records by days.
func shift(records []Record, days int64) {
	by := days * 24 * market.Hour
	for i := range records {
		switch b := records[i].Body.(type) {
		case *event.RecordDecision:
			b.At = b.At.Add(by)
		case *event.RecordOutcome:
			b.At = b.At.Add(by)
		case *event.ReportParent:
			b.At = b.At.Add(by)
		case *event.RecordExecution:
			b.Exec.At = b.Exec.At.Add(by)
			b.Exec.Key.Date = market.DateUTC(b.Exec.At)
		}
	}
}
