package columnar

import (
	"fmt"
	"math"
)

// Kind is the type of a column and of its values.
type Kind uint8

// The kinds, with the Go type of their values.
const (
	Int   Kind = iota + 1 // int64
	Text                  // string
	Real                  // float64
	Flag                  // bool
	Bytes                 // []byte
	Day                   // int64, YYYYMMDD; a date in Parquet, and 2006-01-02 in CSV
	Time                  // int64, Unix nanoseconds; a UTC timestamp in Parquet, and RFC 3339 in CSV
)

// Column is one column of a table.
type Column struct {
	Name     string
	Kind     Kind
	Optional bool // values may be nil
}

// A Writer writes the rows of a table, one after the other. One goroutine owns it.
type Writer interface {
	// Write adds a row; it is not kept. It fails on a row that does not fit the columns.
	Write(row []any) error
	// Close ends the table, and leaves what it is written to open.
	Close() error
}

// check reports a row that does not fit.
func check(columns []Column, row []any) error {
	if len(row) != len(columns) {
		return fmt.Errorf("columnar: a row of %d values for %d columns", len(row), len(columns))
	}
	for i, v := range row {
		c := &columns[i]
		var ok bool
		switch c.Kind {
		case Int, Day, Time:
			_, ok = v.(int64)
		case Text:
			_, ok = v.(string)
		case Real:
			_, ok = v.(float64)
		case Flag:
			_, ok = v.(bool)
		case Bytes:
			_, ok = v.([]byte)
		}
		if !ok && !(v == nil && c.Optional) {
			return fmt.Errorf("columnar: column %s holds a %T", c.Name, v)
		}
	}
	return nil
}

// Figure gives nil for a figure that is none, which programs that read tables do not all know.
func Figure(x float64) any {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return x
}
