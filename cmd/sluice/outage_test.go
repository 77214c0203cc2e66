//go:build linux

package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/pgtest"
	"github.com/sluice-sor/sluice/internal/store"
)

// inPostgres puts the desk's store into a cluster.
func inPostgres(c *pgtest.Cluster) func(string) string {
	return func(s string) string {
		return strings.Replace(hurried(s), "sqlite:sluice.db", c.DSN, 1)
	}
}

// TestPostgresDown stops PostgreSQL under load for some seconds, kills the router with kill -9 in the middle and starts it
// again: orders are answered as before, and afterwards the store has what the journal has, everything and once (TEST-30, PRJ-04).
// SLUICE_OUTAGE is how long it is down, in seconds; SLUICE_RATE is how many orders a second leave.
func TestPostgresDown(t *testing.T) {
	slow(t)
	t.Parallel()
	outage := time.Duration(number(t, "SLUICE_OUTAGE", 4)) * time.Second
	r := seeded(t)
	cluster := pgtest.New(t)
	d := newDesk(t, inPostgres(cluster))
	sim := d.startVenues()
	router := d.startRouter()
	b := d.connect()
	d.ready(router)
	orders, books := newStorm(b, r, int(number(t, "SLUICE_RATE", 60))), newLedger(d)

	orders.let(true)
	time.Sleep(min(outage, 30*time.Second))
	down := time.Now()
	cluster.Stop("immediate")
	time.Sleep(outage / 2)
	killed := time.Now()
	router.kill()
	router = d.startRouter()
	eventually(t, "the EMS is logged on again", b.up)
	back := time.Now()
	router.says("the store does not answer: routing goes on, the store is filled when it does")
	time.Sleep(outage - outage/2)
	cluster.Start()
	up := time.Now()
	time.Sleep(min(outage, 30*time.Second))
	orders.let(false)
	books.quiet(b)

	behind := books.seq
	st := d.openStore(cluster.DSN)
	src := store.Source{Projection: "main", Instance: books.instance}
	eventually(t, "the store has what the journal had", func() bool {
		at, err := st.Watermark(t.Context(), src)
		return err == nil && at >= behind
	})
	t.Logf("down for %v, up to record %d the store was level %v after PostgreSQL was back", up.Sub(down).Round(time.Millisecond), behind, time.Since(up).Round(time.Millisecond))
	before := b.waited(time.Time{}, down)
	during := append(b.waited(down, killed), b.waited(back, up)...)
	after := b.waited(up, time.Now())
	t.Logf("orders until their first report: before %s; PostgreSQL down %s; after %s", quantiles(before), quantiles(during), quantiles(after))
	// An order that waited for the store would not be answered while there is none. The figures are for people: other programs
	// use this machine.
	if len(before) < 50 || len(during) < 50 {
		t.Errorf("%d orders were answered before and %d while PostgreSQL was down: nothing is shown", len(before), len(during))
	}
	router.stop(15 * time.Second)
	sim.stop(15 * time.Second)
	d.sameAsJournal(st, src)
	d.verify()
}

// lameCommit is how long each commit of a slow database takes.
const lameCommit = time.Second

// TestPostgresIll makes the database slow, deadlocked, read-only and full, one after the other, under load: orders are answered,
// and afterwards the store has what the journal has, everything and once (TEST-31, PRJ-04).
func TestPostgresIll(t *testing.T) {
	slow(t)
	t.Parallel()
	each := time.Duration(number(t, "SLUICE_ILLNESS", 3)) * time.Second
	r := seeded(t)
	cluster := pgtest.New(t, "fsync=off", "deadlock_timeout=100ms")
	d := newDesk(t, inPostgres(cluster))
	sim := d.startVenues()
	router := d.startRouter()
	b := d.connect()
	d.ready(router)
	orders, books := newStorm(b, r, int(number(t, "SLUICE_RATE", 40))), newLedger(d)
	orders.let(true)
	time.Sleep(each)
	well := b.waited(time.Time{}, time.Now())
	for _, illness := range []struct {
		name       string
		begin, end string
		meanwhile  func(context.Context) (killed int, err error)
	}{
		{name: "a second for each commit", begin: `CREATE FUNCTION lame() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(` + fmt.Sprint(lameCommit.Seconds()) + `); RETURN NULL; END $$;
			CREATE CONSTRAINT TRIGGER lame AFTER UPDATE ON watermarks DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lame()`, end: "DROP FUNCTION lame CASCADE"},
		{name: "deadlocks", meanwhile: func(ctx context.Context) (int, error) { return deadlock(ctx, cluster.DSN) }},
		{name: "read-only", begin: readOnly("on"), end: readOnly("off")},
		{name: "full", begin: `CREATE FUNCTION full_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION SQLSTATE '53100' USING MESSAGE = 'could not extend file: No space left on device'; END $$;
			CREATE TRIGGER full_up BEFORE INSERT ON parents FOR EACH ROW EXECUTE FUNCTION full_up()`, end: "DROP FUNCTION full_up CASCADE"},
	} {
		began := time.Now()
		if illness.begin != "" {
			pgtest.Exec(t, cluster.DSN, illness.begin)
		}
		ctx, cancel := context.WithTimeout(t.Context(), each)
		if illness.meanwhile != nil {
			killed, err := illness.meanwhile(ctx)
			if theirs := router.count("deadlock detected"); err != nil || killed+theirs == 0 {
				t.Errorf("%s: %d of ours and %d of the router's were killed, error %v", illness.name, killed, theirs, err)
			}
		}
		<-ctx.Done()
		cancel()
		ill := b.waited(began, time.Now())
		t.Logf("%s: orders until their first report %s; well %s", illness.name, quantiles(ill), quantiles(well))
		if len(ill) < 20 || quantile(ill, .5) > lameCommit/2 { // who waited for the store would wait for ever, or for a lame commit
			t.Errorf("%s: %d orders answered, %s; when it was well %s", illness.name, len(ill), quantiles(ill), quantiles(well))
		}
		if illness.end != "" {
			healthy := illness.end
			eventually(t, "the database can be healed of "+illness.name, func() bool { return tryExec(t.Context(), cluster.DSN, healthy) == nil })
		}
	}
	orders.let(false)
	books.quiet(b)
	st := d.openStore(cluster.DSN)
	src := store.Source{Projection: "main", Instance: books.instance}
	eventually(t, "the store has what the journal had", func() bool {
		at, err := st.Watermark(t.Context(), src)
		return err == nil && at >= books.seq
	})
	if router.count("the store is behind") == 0 {
		t.Error("the router never said that its store was behind: nothing was ill")
	}
	router.stop(15 * time.Second)
	sim.stop(15 * time.Second)
	d.sameAsJournal(st, src)
}

// readOnly makes new transactions read only, and ends the sessions that there are; the session that does so overrules it.
func readOnly(as string) string {
	return "SET default_transaction_read_only = off; ALTER ROLE sluice SET default_transaction_read_only = " + as +
		"; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
}

// tryExec runs statements in one session, as a superuser may also where transactions are read only.
func tryExec(ctx context.Context, dsn, statements string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	for s := range strings.SplitSeq(statements, "; ") {
		if _, err = conn.Exec(ctx, s); err != nil {
			break
		}
	}
	return errors.Join(err, conn.Close(ctx))
}

// deadlock takes the tables' locks in another order than the projection until ctx ends, so that one of the two is chosen to die,
// and says how often it was this one.
func deadlock(ctx context.Context, dsn string) (died int, err error) {
	for ctx.Err() == nil {
		conn, err := pgx.Connect(context.WithoutCancel(ctx), dsn)
		if err != nil {
			return died, err
		}
		_, err = conn.Exec(context.WithoutCancel(ctx), "BEGIN; LOCK TABLE alerts IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(.05); LOCK TABLE outcomes IN ACCESS EXCLUSIVE MODE; "+
			"LOCK TABLE parents IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(.2); LOCK TABLE watermarks IN ACCESS EXCLUSIVE MODE; ROLLBACK")
		if err != nil {
			if !strings.Contains(err.Error(), "deadlock detected") {
				return died, errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
			}
			died++
		}
		_ = conn.Close(context.WithoutCancel(ctx)) // a session that died has no more to say
		time.Sleep(20 * time.Millisecond)
	}
	return died, nil
}

// openStore opens a store for the test to read.
func (d *desk) openStore(target string) *store.Store {
	d.t.Helper()
	st, err := store.Open(d.t.Context(), target)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		if err := st.Close(); err != nil {
			d.t.Error(err)
		}
	})
	return st
}

// sameAsJournal holds a store against a new one that is filled from the journal up to the same record: every row is there, and
// once.
func (d *desk) sameAsJournal(st *store.Store, src store.Source) {
	d.t.Helper()
	upto, err := st.Watermark(d.t.Context(), src)
	if err != nil {
		d.t.Fatal(err)
	}
	truth := d.openStore("sqlite:" + filepath.Join(d.t.TempDir(), "truth.db"))
	d.project(truth, src, upto)
	days, err := truth.Days(d.t.Context(), market.Date(99991231))
	if err != nil {
		d.t.Fatal(err)
	}
	got, want := d.digest(st, days), d.digest(truth, days)
	if got != want {
		d.t.Errorf("the store is not what the journal says up to record %d:\n%s\nwant\n%s", upto, got, want)
	}
	d.t.Logf("up to record %d, in PostgreSQL and from the journal: %s", upto, got)
	if strings.Contains(got, "decisions 0") {
		d.t.Error("there are no decisions: nothing is shown")
	}
}

// project fills a store from the journal's files.
func (d *desk) project(st *store.Store, src store.Source, upto uint64) {
	d.t.Helper()
	paths, err := filepath.Glob(filepath.Join(d.dir, "journal", "*.seg"))
	if err != nil {
		d.t.Fatal(err)
	}
	slices.Sort(paths)
	var batch []store.Record
	last := uint64(0)
	flush := func() {
		if err := st.Apply(d.t.Context(), src, batch, last); err != nil {
			d.t.Fatal(err)
		}
		batch = nil
	}
	for _, path := range paths {
		in, err := journal.OpenReader(path, func(t journal.Type, v uint8) bool { return event.Known(t, v) })
		if err != nil {
			d.t.Fatal(err)
		}
		for {
			rec, err := in.Next(d.t.Context())
			if errors.Is(err, io.EOF) || err == nil && rec.Seq > upto {
				break
			}
			if err != nil {
				d.t.Fatal(err)
			}
			last = rec.Seq
			if kind := event.Kind(rec.Type); kind.IsEvent() || kind.IsCommand() {
				body, err := event.Decode(kind, rec.Payload)
				if err != nil {
					d.t.Fatal(err)
				}
				batch = append(batch, store.Record{Seq: rec.Seq, At: market.Time(rec.Wall), Body: body})
			}
			if len(batch) >= 1000 {
				flush()
			}
		}
		in.Close()
	}
	flush()
}

// digest says what rows of its days a store has, by table.
func (d *desk) digest(st *store.Store, days []market.Date) string {
	d.t.Helper()
	rows, sums := map[string]int{}, map[string]hash.Hash{}
	for _, day := range days {
		if _, err := st.ReadDay(d.t.Context(), day, func(table string, row []any) error {
			if sums[table] == nil {
				sums[table] = sha256.New()
			}
			rows[table]++
			_, err := fmt.Fprintf(sums[table], "%v\n", row)
			return err
		}); err != nil {
			d.t.Fatal(err)
		}
	}
	parents, err := st.Parents(d.t.Context(), store.ParentFilter{Limit: -1})
	if err != nil {
		d.t.Fatal(err)
	}
	alerts, err := st.Alerts(d.t.Context(), store.AlertFilter{Limit: -1})
	if err != nil {
		d.t.Fatal(err)
	}
	text := fmt.Sprintf("all parents %d, alerts %d", len(parents), len(alerts))
	for _, table := range st.DailyTables() {
		text += ", " + table + " " + strconv.Itoa(rows[table])
		if sums[table] != nil {
			text += fmt.Sprintf(" (%x)", sums[table].Sum(nil)[:4])
		}
	}
	return text
}

// waited gives how long the orders that left between two times waited for their first report, ascending.
func (b *blotter) waited(from, to time.Time) (out []time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range b.answers {
		if !a.left.Before(from) && a.left.Add(a.took).Before(to) {
			out = append(out, a.took)
		}
	}
	slices.Sort(out)
	return out
}

func quantile(all []time.Duration, p float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(len(sorted)-1, int(p*float64(len(sorted))))]
}

func quantiles(all []time.Duration) string {
	return fmt.Sprintf("p50 %v, p99 %v (%d)", quantile(all, .5).Round(10*time.Microsecond), quantile(all, .99).Round(10*time.Microsecond), len(all))
}
