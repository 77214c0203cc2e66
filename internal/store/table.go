package store

import "strings"

// kind is the type of a column, and of its values in a row.
type kind uint8

const (
	integer kind = iota // int64
	text                // string, escaped
	real                // float64, nil where it is not finite
	flag                // bool
	blob                // []byte
)

// column is one column of a table.
type column struct {
	name string
	kind kind
}

// table is one table of the projection. A row whose key is there already is dropped, or replaces the old one if the
// table is latest and the row's seq is higher.
type table struct {
	name    string
	key     []string
	latest  bool
	daily   string // the column that says of what day a row is, in tables that grow by the day; it follows from the key
	columns []column
}

// index is the place of a column.
func (t *table) index(name string) int {
	for i, c := range t.columns {
		if c.name == name {
			return i
		}
	}
	panic("store: table " + t.name + " has no column " + name)
}

// insert gives the statement that puts rows whose values come from source, "VALUES (…)" or "SELECT …", into a database whose
// unique index is of the given columns.
func (t *table) insert(source string, key []string) string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	var b strings.Builder
	b.WriteString("INSERT INTO " + t.name + " (" + strings.Join(names, ", ") + ") " + source +
		" ON CONFLICT (" + strings.Join(key, ", ") + ") DO ")
	if !t.latest {
		b.WriteString("NOTHING")
		return b.String()
	}
	b.WriteString("UPDATE SET ")
	for i, n := range names {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(n + " = excluded." + n)
	}
	b.WriteString(" WHERE excluded.seq > " + t.name + ".seq")
	return b.String()
}

// each joins what form gives for every column, numbered from 1.
func (t *table) each(form func(i int, c column) string) string {
	parts := make([]string, len(t.columns))
	for i, c := range t.columns {
		parts[i] = form(i+1, c)
	}
	return strings.Join(parts, ", ")
}
