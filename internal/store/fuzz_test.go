package store

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
)

// FuzzProject holds that any body that decodes becomes a row of the right shape or an error, never a panic.
func FuzzProject(f *testing.F) {
	for _, r := range sample() {
		f.Add(uint16(r.Body.Kind()), event.Append(nil, r.Body))
	}
	tables := newSchema()
	f.Fuzz(func(t *testing.T, kind uint16, b []byte) {
		body, err := event.Decode(event.Kind(kind), b)
		if err != nil {
			return
		}
		p := newProjection(1, tables)
		if err := p.add(&Record{1, 1, body}); err != nil {
			return
		}
		for _, put := range p.puts {
			for _, row := range put.rows {
				checkRow(t, put.table, row)
			}
		}
	})
}

// TestRowsFitTables holds that the row functions give what the column lists announce.
func TestRowsFitTables(t *testing.T) {
	p := newProjection(1, newSchema())
	model := Record{17, 17, &event.RecordModel{Model: "ab12", What: event.ModelServing}}
	for _, r := range append(sample(), model, Record{18, 18, &event.RecordExperiment{Name: "spring", What: event.ExperimentAssigned}}) {
		if err := p.add(&r); err != nil {
			t.Fatal(err)
		}
	}
	for _, put := range p.puts {
		if len(put.rows) == 0 {
			t.Errorf("the sample has no row of table %s", put.table.name)
			continue
		}
		checkRow(t, put.table, put.rows[0])
	}
}

func checkRow(t *testing.T, table *table, row []any) {
	t.Helper()
	if len(row) != len(table.columns) {
		t.Fatalf("table %s has %d columns, its row %d values", table.name, len(table.columns), len(row))
	}
	for i, c := range table.columns {
		ok := false
		switch c.kind {
		case integer:
			_, ok = row[i].(int64)
		case text:
			_, ok = row[i].(string)
		case flag:
			_, ok = row[i].(bool)
		case blob:
			var b []byte
			b, ok = row[i].([]byte)
			ok = ok && b != nil // nil would be NULL
		case real:
			_, ok = row[i].(float64)
			ok = ok || row[i] == nil
		}
		if !ok {
			t.Errorf("column %s.%s has a %T", table.name, c.name, row[i])
		}
	}
}
