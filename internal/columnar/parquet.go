package columnar

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sort"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

const (
	// groupRows and groupBytes bound a group of rows, which is in memory until it is written: enough for its columns to pack
	// well, and few enough that a table of any length is written in some tens of megabytes.
	groupRows  = 65_536
	groupBytes = 16 << 20
	// pageBytes is how much of a column is packed at once; each column has a buffer of that size.
	pageBytes = 64 << 10
	// batchRows is how many rows are handed over or read at once.
	batchRows = 256
)

// Parquet writes a table as a Parquet file, packed with zstd.
type Parquet struct {
	columns []Column
	place   []int           // of a column in the file, where columns are in the order of their names
	out     *parquet.Writer //nolint:staticcheck // columns are known at run time only, its generic successor wants a Go type
	batch   []parquet.Row
	values  []parquet.Value // of the batch, one row after the other
	rows    int             // in the group
	bytes   int
}

// NewParquet gives a writer of a table of a name. It panics on a column whose name comes twice.
func NewParquet(w io.Writer, name string, columns []Column) *Parquet {
	p := &Parquet{columns: columns, place: places(columns)}
	p.out = parquet.NewWriter(w, schemaOf(name, columns), parquet.CreatedBy("sluice", "", ""), parquet.PageBufferSize(pageBytes))
	return p
}

// places gives where the file has each column.
func places(columns []Column) []int {
	byName := make([]int, len(columns))
	for i := range byName {
		byName[i] = i
	}
	sort.Slice(byName, func(a, b int) bool { return columns[byName[a]].Name < columns[byName[b]].Name })
	out := make([]int, len(columns))
	for at, i := range byName {
		if at > 0 && columns[i].Name == columns[byName[at-1]].Name {
			panic("columnar: column " + columns[i].Name + " comes twice")
		}
		out[i] = at
	}
	return out
}

func schemaOf(name string, columns []Column) *parquet.Schema {
	group := parquet.Group{}
	for _, c := range columns {
		var node parquet.Node
		switch c.Kind {
		case Int:
			node = parquet.Encoded(parquet.Int(64), &parquet.DeltaBinaryPacked)
		case Time:
			node = parquet.Encoded(parquet.Timestamp(parquet.Nanosecond), &parquet.DeltaBinaryPacked)
		case Day:
			node = parquet.Encoded(parquet.Date(), &parquet.RLEDictionary)
		case Text:
			node = parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
		case Real:
			node = parquet.Leaf(parquet.DoubleType)
		case Flag:
			node = parquet.Leaf(parquet.BooleanType)
		case Bytes:
			node = parquet.Leaf(parquet.ByteArrayType)
		default:
			panic(fmt.Sprintf("columnar: column %s is of kind %d", c.Name, c.Kind))
		}
		if c.Optional {
			node = parquet.Optional(node)
		}
		group[c.Name] = parquet.Compressed(node, &zstd.Codec{Level: zstd.SpeedFastest})
	}
	return parquet.NewSchema(name, group)
}

// Write implements Writer.
func (p *Parquet) Write(row []any) error {
	if err := check(p.columns, row); err != nil {
		return err
	}
	n := len(row)
	if cap(p.values) < batchRows*n {
		p.values = make([]parquet.Value, 0, batchRows*n)
	}
	from := len(p.values)
	p.values = p.values[:from+n]
	to := p.values[from : from+n : from+n]
	for i, v := range row {
		x, size := valueOf(p.columns[i].Kind, v)
		defined := 0
		if p.columns[i].Optional && v != nil {
			defined = 1
		}
		to[p.place[i]] = x.Level(0, defined, p.place[i])
		p.bytes += size
	}
	p.batch = append(p.batch, to)
	p.rows++
	if len(p.batch) < batchRows && p.bytes < groupBytes && p.rows < groupRows {
		return nil
	}
	return p.flush()
}

// flush hands the batch over, and ends the group when it is large enough.
func (p *Parquet) flush() error {
	if len(p.batch) > 0 {
		if _, err := p.out.WriteRows(p.batch); err != nil {
			return err
		}
		p.batch, p.values = p.batch[:0], p.values[:0]
	}
	if p.bytes < groupBytes && p.rows < groupRows {
		return nil
	}
	p.bytes, p.rows = 0, 0
	return p.out.Flush()
}

// valueOf gives a value in the file's form, and roughly how many bytes it takes.
func valueOf(k Kind, v any) (parquet.Value, int) {
	switch v := v.(type) {
	case int64:
		if k == Day {
			return parquet.Int32Value(daysSince1970(v)), 4
		}
		return parquet.Int64Value(v), 8
	case string:
		return parquet.ByteArrayValue([]byte(v)), len(v) + 4
	case float64:
		return parquet.DoubleValue(v), 8
	case bool:
		return parquet.BooleanValue(v), 1
	case []byte:
		return parquet.ByteArrayValue(bytes.Clone(v)), len(v) + 4
	}
	return parquet.NullValue(), 1
}

func daysSince1970(day int64) int32 {
	t := time.Date(int(day/10000), time.Month(day/100%100), int(day%100), 0, 0, 0, 0, time.UTC)
	return int32(t.Unix() / 86400)
}

func dayOf(days int32) int64 {
	y, m, d := time.Unix(int64(days)*86400, 0).UTC().Date()
	return int64(y)*10000 + int64(m)*100 + int64(d)
}

// Close implements Writer.
func (p *Parquet) Close() error {
	if err := p.flush(); err != nil {
		return err
	}
	return p.out.Close()
}

// Reader reads a Parquet file that this package wrote.
type Reader struct {
	columns []Column
	place   []int
	in      *parquet.Reader //nolint:staticcheck // the same
	file    *parquet.File
	batch   []parquet.Row
	n, next int
	row     []any
}

// NewReader opens a table whose columns are known. It refuses a file with others.
func NewReader(r io.ReaderAt, size int64, columns []Column) (*Reader, error) {
	f, err := parquet.OpenFile(r, size)
	if err != nil {
		return nil, fmt.Errorf("columnar: %w", err)
	}
	want := schemaOf(f.Schema().Name(), columns)
	if !parquet.EqualNodes(f.Schema(), want) {
		return nil, fmt.Errorf("columnar: the file has other columns than expected: %v, want %v", f.Schema(), want)
	}
	return &Reader{columns: columns, place: places(columns), file: f, in: parquet.NewReader(f), row: make([]any, len(columns)),
		batch: make([]parquet.Row, batchRows)}, nil
}

// Rows is how many rows the file says that it has.
func (r *Reader) Rows() int64 { return r.file.NumRows() }

// Next gives the next row, valid until the one after it, and io.EOF at the end.
func (r *Reader) Next() ([]any, error) {
	for r.next == r.n {
		n, err := r.in.ReadRows(r.batch)
		r.n, r.next = n, 0
		if n == 0 && err == nil {
			err = io.ErrNoProgress
		}
		if n == 0 {
			if !errors.Is(err, io.EOF) {
				err = fmt.Errorf("columnar: %w", err)
			}
			return nil, err
		}
	}
	values := r.batch[r.next]
	r.next++
	if len(values) != len(r.columns) {
		return nil, fmt.Errorf("columnar: a row of %d values for %d columns", len(values), len(r.columns))
	}
	for i := range r.columns {
		r.row[i] = read(r.columns[i].Kind, values[r.place[i]])
	}
	return r.row, nil
}

func read(k Kind, v parquet.Value) any {
	if v.IsNull() {
		return nil
	}
	switch k {
	case Int, Time:
		return v.Int64()
	case Day:
		return dayOf(v.Int32())
	case Text:
		return string(v.ByteArray())
	case Real:
		return v.Double()
	case Flag:
		return v.Boolean()
	case Bytes:
		return append([]byte{}, v.ByteArray()...)
	}
	return nil
}

// Close ends the reading.
func (r *Reader) Close() error { return r.in.Close() }
