package store

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

// TestOfParentByIndex: what belongs to one parent is read by the index over parents, not by a walk through the journal; a report of a
// day would take the square of its parents otherwise.
func TestOfParentByIndex(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "sluice.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	db, _ := s.db.reader()
	for table, order := range map[string]string{"children": "id", "executions": "report_id, seq", "decisions": "id", "outcomes": "seq", "reports": "report_id"} {
		rows, err := db.QueryContext(t.Context(), s.db.rebind("EXPLAIN QUERY PLAN SELECT body FROM "+table+" WHERE "+ofParent+order), 1, 7)
		if err != nil {
			t.Fatal(err)
		}
		plan := ""
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			plan += detail + "; "
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil { //nolint:sqlclosecheck // each table's, before the next one's
			t.Fatal(err)
		}
		if !strings.Contains(plan, table+"_parent (instance=? AND parent=?)") {
			t.Errorf("%s: %s", table, plan)
		}
	}
}
