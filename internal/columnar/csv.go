package columnar

import (
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"time"
)

// CSV writes a table as comma-separated values (RFC 4180), with a header. Bytes are hexadecimal, nil is empty.
type CSV struct {
	columns []Column
	out     *csv.Writer
	cells   []string
	begun   bool
}

// NewCSV gives a writer of a table.
func NewCSV(w io.Writer, columns []Column) *CSV {
	return &CSV{columns: columns, out: csv.NewWriter(w), cells: make([]string, len(columns))}
}

func (c *CSV) begin() error {
	if c.begun {
		return nil
	}
	c.begun = true
	for i := range c.columns {
		c.cells[i] = c.columns[i].Name
	}
	return c.out.Write(c.cells)
}

// Write implements Writer.
func (c *CSV) Write(row []any) error {
	if err := check(c.columns, row); err != nil {
		return err
	}
	if err := c.begin(); err != nil {
		return err
	}
	for i, v := range row {
		c.cells[i] = cell(c.columns[i].Kind, v)
	}
	return c.out.Write(c.cells)
}

func cell(k Kind, v any) string {
	switch v := v.(type) {
	case int64:
		switch k {
		case Day:
			return fmt.Sprintf("%04d-%02d-%02d", v/10000, v/100%100, v%100)
		case Time:
			return time.Unix(0, v).UTC().Format("2006-01-02T15:04:05.000000000Z")
		case Int, Text, Real, Flag, Bytes:
		}
		return strconv.FormatInt(v, 10)
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case []byte:
		return hex.EncodeToString(v)
	}
	return ""
}

// Close implements Writer. A table without rows has its header.
func (c *CSV) Close() error {
	if err := c.begin(); err != nil {
		return err
	}
	c.out.Flush()
	return c.out.Error()
}
