package archive

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/sluice-sor/sluice/internal/columnar"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/store"
)

// restoreBatch is how many rows are put back in one transaction.
const restoreBatch = 1000

// Restore puts an archived day back into a store, after its files were read and agree with the manifest, and gives how many rows
// it has. It may be run again; a row that the store has is kept, or replaced if the archive's is of a later record.
func Restore(ctx context.Context, st *store.Store, dir string, day market.Date) (rows int64, err error) {
	m, err := Read(dir, day)
	if err != nil {
		return 0, err
	}
	if err := Verify(dir, day); err != nil {
		return 0, err
	}
	for i := range m.Tables {
		t := &m.Tables[i]
		place, err := t.places(st)
		if err != nil {
			return rows, fmt.Errorf("archive %s: %w", path(dir, day), err)
		}
		var batch [][]any
		put := func() error {
			if len(batch) == 0 {
				return nil
			}
			err := st.PutRows(ctx, t.Name, batch)
			rows += int64(len(batch))
			batch = batch[:0]
			return err
		}
		err = t.verify(path(dir, day), func(row []any) error {
			batch = append(batch, place(row))
			if len(batch) < restoreBatch {
				return nil
			}
			return put()
		})
		if err = errors.Join(err, put()); err != nil {
			return rows, err
		}
	}
	return rows, nil
}

// places gives how a row of the file becomes one of the store's table, which may have more columns since.
func (t *Table) places(st *store.Store) (func([]any) []any, error) {
	if !slices.Contains(st.DailyTables(), t.Name) {
		return nil, fmt.Errorf("the store has no table %s: use the build that archived it", t.Name)
	}
	want := st.Columns(t.Name)
	from := make([]int, len(want))
	for i, c := range want {
		from[i] = slices.IndexFunc(t.Columns, func(x Column) bool { return x.Name == c.Name && x.Kind == c.Kind })
	}
	for _, c := range t.Columns {
		if !slices.ContainsFunc(want, func(x store.Column) bool { return x.Name == c.Name && x.Kind == c.Kind }) {
			return nil, fmt.Errorf("the store's table %s has no column %s: use the build that archived it", t.Name, c.Name)
		}
	}
	return func(row []any) []any {
		out := make([]any, len(want))
		for i, at := range from {
			if at >= 0 {
				out[i] = row[at]
				continue
			}
			switch want[i].Kind {
			case store.IntColumn:
				out[i] = int64(0)
			case store.TextColumn:
				out[i] = ""
			case store.FlagColumn:
				out[i] = false
			case store.BlobColumn:
				out[i] = []byte{}
			case store.RealColumn:
			}
		}
		return out
	}, nil
}

// verify reads a table's file from its first to its last byte and row, gives fn every row, and reports what is not as the
// manifest says.
func (t *Table) verify(at string, fn func(row []any) error) (err error) {
	name := filepath.Join(at, t.File)
	fail := func(format string, args ...any) error {
		return fmt.Errorf("archive %s: %s: the file is damaged; restore it from a copy", name, fmt.Sprintf(format, args...))
	}
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sha := sha256.New()
	size, err := io.Copy(sha, f)
	if err != nil {
		return fmt.Errorf("archive %s: %w", name, err)
	}
	if got := hex.EncodeToString(sha.Sum(nil)); got != t.SHA256 || size != t.Bytes {
		return fail("it has %d bytes with SHA-256 %s, the manifest says %d with %s", size, got, t.Bytes, t.SHA256)
	}
	r, err := columnar.NewReader(f, size, columns(t.Columns))
	if err != nil {
		return fail("%v", err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	sum, rows := store.Sum{}, newDigest()
	seq := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == "seq" })
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fail("%v", err)
		}
		rows.add(row)
		sum.Rows++
		sum.Seqs += row[seq].(int64)
		if fn != nil {
			if err := fn(row); err != nil {
				return err
			}
		}
	}
	if sum != t.Sum || rows.String() != t.Digest {
		return fail("its rows are %+v with digest %s, the manifest says %+v with %s", sum, rows, t.Sum, t.Digest)
	}
	return nil
}

// digest is a hash of the values of rows.
type digest struct {
	hash hash.Hash
	buf  []byte
}

func newDigest() digest { return digest{hash: sha256.New()} }

func (d *digest) add(row []any) {
	b := d.buf[:0]
	for _, v := range row {
		switch v := v.(type) {
		case nil:
			b = append(b, 0)
		case int64:
			b = binary.LittleEndian.AppendUint64(append(b, 1), uint64(v))
		case string:
			b = binary.LittleEndian.AppendUint64(append(b, 2), uint64(len(v)))
			b = append(b, v...)
		case float64:
			b = binary.LittleEndian.AppendUint64(append(b, 3), math.Float64bits(v))
		case bool:
			b = append(b, 4)
			if v {
				b[len(b)-1] = 5
			}
		case []byte:
			b = binary.LittleEndian.AppendUint64(append(b, 6), uint64(len(v)))
			b = append(b, v...)
		}
	}
	d.buf = b
	d.hash.Write(b)
}

// String is the digest of the rows so far.
func (d *digest) String() string { return hex.EncodeToString(d.hash.Sum(nil)) }
