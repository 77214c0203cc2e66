package columnar

import (
	"bytes"
	"errors"
	"io"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

func columns() []Column {
	return []Column{{Name: "seq", Kind: Int}, {Name: "at", Kind: Time}, {Name: "day", Kind: Day}, {Name: "symbol", Kind: Text}, {Name: "bps", Kind: Real, Optional: true},
		{Name: "busted", Kind: Flag}, {Name: "body", Kind: Bytes}, {Name: "words", Kind: Text, Optional: true}}
}

func rows() [][]any {
	return [][]any{
		{int64(1), int64(1_772_463_600_000_000_123), int64(20260302), "AMZN", 1.5, true, []byte{0, 255}, "a, \"b\"\nc"},
		{int64(math.MaxInt64), int64(math.MinInt64), int64(19691231), "", nil, false, []byte{}, nil},
		{int64(math.MinInt64), int64(0), int64(20991231), "ünï", math.Inf(-1), false, []byte("x"), ""},
	}
}

// TestParquet: every value comes back, whatever the group of rows it was in.
func TestParquet(t *testing.T) {
	var file bytes.Buffer
	const times = 2*groupRows/3 + 10
	w := NewParquet(&file, "test", columns())
	for range times {
		for _, r := range rows() {
			if err := w.Write(r); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()), columns())
	if err != nil {
		t.Fatal(err)
	}
	if r.Rows() != 3*times {
		t.Errorf("%d rows, want %d", r.Rows(), 3*times)
	}
	want := rows()
	n := 0
	for ; ; n++ {
		got, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want[n%3]) {
			t.Fatalf("row %d is %#v, want %#v", n, got, want[n%3])
		}
	}
	if n != 3*times {
		t.Errorf("read %d rows, want %d", n, 3*times)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()), columns()[1:]); err == nil {
		t.Error("a file with another column was taken")
	}
	if _, err := NewReader(bytes.NewReader(file.Bytes()[:file.Len()/2]), int64(file.Len()/2), columns()); err == nil {
		t.Error("half a file was taken")
	}
}

// TestCSV: a table as text, with its header also where it has no row.
func TestCSV(t *testing.T) {
	var out strings.Builder
	w := NewCSV(&out, columns())
	for _, r := range rows()[:2] {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	const head = "seq,at,day,symbol,bps,busted,body,words\n"
	want := head + "1,2026-03-02T15:00:00.000000123Z,2026-03-02,AMZN,1.5,true,00ff,\"a, \"\"b\"\"\nc\"\n" +
		"9223372036854775807,1677-09-21T00:12:43.145224192Z,1969-12-31,,,false,,\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	out.Reset()
	if err := NewCSV(&out, columns()).Close(); err != nil || out.String() != head {
		t.Errorf("without rows: %q, %v", out.String(), err)
	}
}

// TestMisfits: a row that does not fit is refused by both.
func TestMisfits(t *testing.T) {
	for _, w := range []Writer{NewCSV(io.Discard, columns()), NewParquet(io.Discard, "test", columns())} {
		for i, v := range []any{1, 2.5, nil, []byte("no text"), "no figure", nil, "text", 5} {
			row := rows()[0]
			row[i] = v
			if err := w.Write(row); err == nil || !strings.Contains(err.Error(), columns()[i].Name) {
				t.Errorf("column %d took a %T: %v", i, v, err)
			}
		}
		if err := w.Write(rows()[0][1:]); err == nil {
			t.Error("a row without its first value was taken")
		}
	}
}

// TestParquetMemory: a long table of large values is written in the memory of a group of rows.
func TestParquetMemory(t *testing.T) {
	w := NewParquet(io.Discard, "test", []Column{{Name: "n", Kind: Int}, {Name: "body", Kind: Bytes}})
	body := make([]byte, 4000)
	n, most := 100_000, uint64(0)
	if testing.Short() {
		n = 30_000
	}
	for i := range n { // 400 MB
		body[i%len(body)]++ // it may be used again
		if err := w.Write([]any{int64(i), body}); err != nil {
			t.Fatal(err)
		}
		if i%5000 == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if most > 150<<20 {
		t.Errorf("%d MB in use, want less than 150", most>>20)
	}
	t.Logf("%d MB", most>>20)
}
