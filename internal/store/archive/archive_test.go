package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/pgtest"
	"github.com/sluice-sor/sluice/internal/store"
)

const (
	first  = market.Date(20260302)
	second = market.Date(20260303)
)

// start is the morning of the first day.
const start = market.Time(1_772_463_600_000_000_000)

// TestArchive: a day leaves either kind of store for files that were read back, and comes back as it was.
func TestArchive(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		archived(t, func(t *testing.T) *store.Store { return open(t, filepath.Join(t.TempDir(), "store.db")) })
	})
	t.Run("postgres", func(t *testing.T) {
		dsn := pgtest.DSN(t)
		archived(t, func(t *testing.T) *store.Store { return open(t, pgtest.Schema(t, dsn)) })
	})
}

func open(t *testing.T, target string) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

func archived(t *testing.T, fresh func(t *testing.T) *store.Store) {
	t.Helper()
	st, dir := fresh(t), filepath.Join(t.TempDir(), "archive")
	days := fill(t, st, 1, 3)
	fill(t, st, 2, 3)
	if got, err := st.Days(t.Context(), 20260305); err != nil || !slices.Equal(got, days) {
		t.Fatalf("days %v, error %v; want %v", got, err, days)
	}
	if got, err := st.Days(t.Context(), second); err != nil || !slices.Equal(got, days[:1]) {
		t.Fatalf("days before %v: %v, error %v", second, got, err)
	}
	before := map[market.Date]string{}
	for _, d := range days {
		before[d] = dump(t, st, d)
	}
	for _, left := range []string{path(dir, first), filepath.Join(aside(dir, first), "x")} { // by crashes
		if err := os.MkdirAll(left, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	m, err := Move(t.Context(), st, dir, first)
	if err != nil {
		t.Fatal(err)
	}
	if m.Rows() != 2*(2+4*perDay) {
		t.Errorf("%d rows, want %d", m.Rows(), 2*(2+4*perDay))
	}
	if got := dump(t, st, first); strings.Count(got, "\n") != 2 || strings.Count(got, "starts ") != 2 { // they stay
		t.Errorf("the day has rows after it was moved:\n%s", got)
	}
	for _, d := range days[1:] {
		if dump(t, st, d) != before[d] {
			t.Errorf("%v is not what it was before another day was moved", d)
		}
	}
	// A parent that works is not archived, and its day is there for it.
	if open, err := st.Parents(t.Context(), store.ParentFilter{Open: true}); err != nil || len(open) != 6 {
		t.Errorf("%d open parents, error %v; want 6", len(open), err)
	}
	if listed, err := Days(dir); err != nil || !slices.Equal(listed, days[:1]) {
		t.Errorf("the archive has %v, error %v", listed, err)
	}
	other := fresh(t)
	for _, to := range []*store.Store{st, other, st} { // where it came from, an empty one, and once more
		if n, err := Restore(t.Context(), to, dir, first); err != nil || n != m.Rows() {
			t.Fatalf("put back %d rows, error %v; want %d", n, err, m.Rows())
		}
	}
	if dump(t, st, first) != before[first] {
		t.Error("the day that was put back is not what it was")
	}
	told := 0
	if err := other.EachTold(t.Context(), store.ToldFilter{}, func(d *store.Told) error {
		told += len(d.Outcomes) + len(d.Children)
		return nil
	}); err != nil || told == 0 {
		t.Errorf("%d children and outcomes in the store that the archive filled, error %v", told, err)
	}
	if starts, err := other.Starts(t.Context(), 0); err != nil || len(starts) != 2 {
		t.Errorf("%d starts in the store that the archive filled, error %v: its venues have no names", len(starts), err)
	}
	changed(t, st, dir)
}

// changed: a day that goes on after it was written does not leave, and what was archived is not written over.
func changed(t *testing.T, st *store.Store, dir string) {
	t.Helper()
	m, err := Write(t.Context(), st, dir, second)
	if err != nil {
		t.Fatal(err)
	}
	late := store.Record{Seq: 1_000_000, At: start, Body: &event.RecordOutcome{Decision: 1, Parent: 1, What: event.OutcomeRevised, At: start.Add(24 * market.Hour)}}
	if err := st.Apply(t.Context(), store.Source{Projection: "main", Instance: 1}, []store.Record{late}, late.Seq); err != nil {
		t.Fatal(err)
	}
	was := dump(t, st, second)
	if err := st.DropDay(t.Context(), second, m.sums()); !errors.Is(err, store.ErrDayChanged) {
		t.Errorf("a day that changed was dropped: %v", err)
	}
	if _, err := Move(t.Context(), st, dir, second); err == nil || !strings.Contains(err.Error(), "archived before") {
		t.Errorf("an archived day was written over: %v", err)
	}
	if dump(t, st, second) != was {
		t.Error("a refused move changed the day")
	}
}

// TestDamage: a file that lost a bit, an end or itself is found before anything is put back, with its name and the remedy.
func TestDamage(t *testing.T) {
	st := open(t, filepath.Join(t.TempDir(), "store.db"))
	fill(t, st, 1, 1)
	dir := t.TempDir()
	if _, err := Move(t.Context(), st, dir, first); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, first.String(), "decisions.parquet")
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	manifest := filepath.Join(dir, first.String(), manifestName)
	says, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	for what, hurt := range map[string]func() error{
		"a bit": func() error {
			b := slices.Clone(whole)
			b[len(b)/2] ^= 4
			return os.WriteFile(name, b, 0o600)
		},
		"its end": func() error { return os.WriteFile(name, whole[:len(whole)-9], 0o600) },
		"itself":  func() error { return os.Remove(name) },
		"its sum": func() error {
			m := new(Manifest)
			if err := json.Unmarshal(says, m); err != nil {
				return err
			}
			for i := range m.Tables {
				m.Tables[i].Sum.Rows++
			}
			b, err := json.Marshal(m)
			if err != nil {
				return err
			}
			return os.WriteFile(manifest, b, 0o600)
		},
	} {
		if err := hurt(); err != nil {
			t.Fatal(err)
		}
		if err := Verify(dir, first); err == nil || !strings.Contains(err.Error(), ".parquet") {
			t.Errorf("%s: %v", what, err)
		}
		if n, err := Restore(t.Context(), st, dir, first); err == nil || n != 0 {
			t.Errorf("%s: put back %d rows, error %v", what, n, err)
		}
		if err := errors.Join(os.WriteFile(name, whole, 0o600), os.WriteFile(manifest, says, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if err := Verify(dir, first); err != nil {
		t.Error(err)
	}
}

// TestManifest: a manifest that names a file elsewhere, or rows without their record's number, is damaged; nothing is read by it.
func TestManifest(t *testing.T) {
	st := open(t, filepath.Join(t.TempDir(), "store.db"))
	fill(t, st, 1, 1)
	dir := t.TempDir()
	m, err := Move(t.Context(), st, dir, first)
	if err != nil {
		t.Fatal(err)
	}
	for what, hurt := range map[string]func(x *Table){
		"a file elsewhere": func(x *Table) { x.File = "../" + x.File },
		"another's file":   func(x *Table) { x.File = "other.parquet" },
		"no name":          func(x *Table) { x.Name = "" },
		"no seq":           func(x *Table) { x.Columns = x.Columns[:0] },
		"seq is a text": func(x *Table) {
			for i := range x.Columns {
				if x.Columns[i].Name == "seq" {
					x.Columns[i].Kind = store.TextColumn
				}
			}
		},
	} {
		bad := *m
		bad.Tables = slices.Clone(m.Tables)
		x := &bad.Tables[len(bad.Tables)-1]
		x.Columns = slices.Clone(x.Columns)
		hurt(x)
		b, err := json.Marshal(&bad)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, first.String(), manifestName), b, 0o600); err != nil {
			t.Fatal(err)
		}
		if n, err := Restore(t.Context(), st, dir, first); err == nil || n != 0 || !strings.Contains(err.Error(), "restore the directory from a copy") {
			t.Errorf("%s: put back %d rows, error %v", what, n, err)
		}
	}
}

// TestLostManifest: a day whose manifest was lost may be the only copy: it is refused, with the remedy, and nothing of it changes;
// with its manifest back it is whole, and moved away it makes room.
func TestLostManifest(t *testing.T) {
	st := open(t, filepath.Join(t.TempDir(), "store.db"))
	fill(t, st, 1, 2)
	dir := t.TempDir()
	if _, err := Move(t.Context(), st, dir, first); err != nil {
		t.Fatal(err)
	}
	manifest, lost := filepath.Join(dir, first.String(), manifestName), filepath.Join(t.TempDir(), "lost")
	if err := os.Rename(manifest, lost); err != nil {
		t.Fatal(err)
	}
	late := store.Record{Seq: 1_000_000, At: start, Body: &event.RecordOutcome{Decision: 1, Parent: 1, What: event.OutcomeRevised, At: start}}
	if err := st.Apply(t.Context(), store.Source{Projection: "main", Instance: 1}, []store.Record{late}, late.Seq); err != nil {
		t.Fatal(err)
	}
	for _, do := range []func(context.Context, *store.Store, string, market.Date) (*Manifest, error){Write, Move} {
		if _, err := do(t.Context(), st, dir, first); err == nil || !strings.Contains(err.Error(), "only copy") || !strings.Contains(err.Error(), "move the directory away") {
			t.Fatalf("a day without its manifest: %v", err)
		}
	}
	if err := os.Rename(lost, manifest); err != nil {
		t.Fatal(err)
	}
	if err := Verify(dir, first); err != nil {
		t.Errorf("with its manifest back: %v", err)
	}
	if err := os.Rename(filepath.Dir(manifest), lost); err != nil {
		t.Fatal(err)
	}
	if m, err := Move(t.Context(), st, dir, first); err != nil || m.Rows() == 0 {
		t.Errorf("once it was moved away: %+v, %v", m, err)
	}
}

// perDay is how many of each of the rows of a decision a day has.
const perDay = 40

// fill makes a journal of some days: each has an open and a done parent, and decisions with a child, an execution, outcomes and a
// report.
func fill(t *testing.T, st *store.Store, instance uint32, days int) (out []market.Date) {
	t.Helper()
	var records []store.Record
	add := func(at market.Time, b event.Body) {
		records = append(records, store.Record{Seq: uint64(len(records) + 1), At: at, Body: b})
	}
	add(start, &event.Configured{Config: []byte("{}"), Instance: instance})
	id := uint64(0)
	for d := range days {
		at := start.Add(int64(d) * 24 * market.Hour)
		out = append(out, market.DateUTC(at))
		for k, state := range []order.State{order.Filled, order.New} {
			add(at, &event.RecordParent{Parent: order.Parent{ID: order.ParentID(2*d + k + 1), State: state, Received: at}})
		}
		for range perDay {
			id++
			add(at, &event.RecordDecision{Decision: id, Parent: order.ParentID(2*d + 1), At: at.Add(int64(id)), Symbol: "AMZN", Why: fmt.Sprint("because ", id)})
			state := order.Filled
			if id%2 == 0 {
				state = order.New
			}
			add(at, &event.RecordChild{Child: order.Child{ID: order.ChildID(id), Decision: id, State: state, DecidedAt: at.Add(int64(id))}, At: at})
			add(at, &event.RecordExecution{ExecID: id, Decision: id, Exec: order.Execution{Child: order.ChildID(id), Qty: 100, At: at,
				Key: order.ExecKey{Date: market.DateUTC(at), ExecID: fmt.Sprint("X", id)}}})
			add(at, &event.RecordOutcome{Decision: id, Child: order.ChildID(id), What: event.OutcomeFill, Value: float64(id) / 3, At: at.Add(5)})
			if id%2 == 0 {
				add(at, &event.ReportParent{ExecID: id, Client: "EMS\x00", At: at})
			}
		}
	}
	if err := st.Apply(t.Context(), store.Source{Projection: "main", Instance: instance}, records, uint64(len(records))); err != nil {
		t.Fatal(err)
	}
	return out
}

// dump is a day's rows as text.
func dump(t *testing.T, st *store.Store, day market.Date) string {
	t.Helper()
	var b strings.Builder
	if _, err := st.ReadDay(context.Background(), day, func(table string, row []any) error {
		fmt.Fprintf(&b, "%s %v\n", table, row)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
