package archive

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/sluice-sor/sluice/internal/columnar"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/store"
)

// format is the version of the files' layout.
const format = 1

const (
	manifestName = "manifest.json"
	suffix       = ".parquet"
)

// Manifest says what an archived day is.
type Manifest struct {
	Format int       `json:"format"`
	Day    string    `json:"day"`
	Store  string    `json:"store"` // that it came from, without password
	Made   time.Time `json:"made"`
	Tables []Table   `json:"tables"` // in the order in which they are put back
}

// Table is one file of a day.
type Table struct {
	Name   string    `json:"name"`
	File   string    `json:"file"`
	Bytes  int64     `json:"bytes"`
	SHA256 string    `json:"sha256"` // of the file
	Digest string    `json:"digest"` // of the rows' values, whatever packs them
	Sum    store.Sum `json:"sum"`
	// Columns are as they were in the store: a store that has more since gives those their default.
	Columns []Column `json:"columns"`
}

// Column is one column of a table.
type Column struct {
	Name string           `json:"name"`
	Kind store.ColumnKind `json:"kind"`
}

// Rows is how many rows a day has.
func (m *Manifest) Rows() (n int64) {
	for i := range m.Tables {
		n += m.Tables[i].Sum.Rows
	}
	return n
}

// Bytes is how large its files are.
func (m *Manifest) Bytes() (n int64) {
	for i := range m.Tables {
		n += m.Tables[i].Bytes
	}
	return n
}

func (m *Manifest) sums() map[string]store.Sum {
	out := map[string]store.Sum{}
	for i := range m.Tables {
		out[m.Tables[i].Name] = m.Tables[i].Sum
	}
	return out
}

// path is the directory of a day.
func path(dir string, day market.Date) string { return filepath.Join(dir, day.String()) }

// aside is where a day is written until it is whole. Nothing has left the store for it yet, so whatever a crash left there is on
// no account the only copy.
func aside(dir string, day market.Date) string { return filepath.Join(dir, "."+day.String()+".new") }

// Move writes a day, and takes its rows out of the store when the files have been read back and agree.
func Move(ctx context.Context, st *store.Store, dir string, day market.Date) (*Manifest, error) {
	m, err := Write(ctx, st, dir, day)
	if err != nil {
		return nil, err
	}
	if err := st.DropDay(ctx, day, m.sums()); err != nil {
		if errors.Is(err, store.ErrDayChanged) {
			err = fmt.Errorf("%w: run it again; its files in %s are of the state before", err, path(dir, day))
		}
		return nil, err
	}
	return m, nil
}

// Write writes a day's rows aside, reads them back, and gives them their place. A day that is archived already is not written over:
// rows that came since would take the place of those. Nor is a directory of that name without a manifest: it may have lost it and
// hold the only copy of a day.
func Write(ctx context.Context, st *store.Store, dir string, day market.Date) (_ *Manifest, err error) {
	switch m, err := Read(dir, day); {
	case err == nil:
		return more(ctx, st, dir, day, m)
	case !errors.Is(err, os.ErrNotExist):
		return nil, err
	}
	to, at := path(dir, day), aside(dir, day)
	if err := os.Remove(to); err != nil && !errors.Is(err, os.ErrNotExist) { // an empty directory goes
		return nil, fmt.Errorf("archive %s: it is there without a %s, and may hold the only copy of the day: put the manifest back from a copy of the archive, or, if the store has the day whole, move the directory away and archive it again (%w)",
			to, manifestName, err)
	}
	if err := os.RemoveAll(at); err != nil { // what a crash left
		return nil, fmt.Errorf("archive: %w", err)
	}
	_, absent := os.Stat(dir)
	if err := os.MkdirAll(at, 0o700); err != nil {
		return nil, fmt.Errorf("archive: %w: name a directory that this user may write", err)
	}
	if absent != nil { // the archive's own name must be durable, too
		if err := syncDir(filepath.Dir(filepath.Clean(dir))); err != nil {
			return nil, fmt.Errorf("archive: %w", err)
		}
	}
	m := &Manifest{Format: format, Day: day.String(), Store: st.String(), Made: time.Now().UTC()}
	if err := m.write(ctx, st, at, day); err != nil {
		return nil, err
	}
	for i := range m.Tables {
		if err := m.Tables[i].verify(at, nil); err != nil {
			return nil, err
		}
	}
	if err := m.seal(at); err != nil {
		return nil, err
	}
	if err := errors.Join(os.Rename(at, to), syncDir(dir)); err != nil {
		return nil, fmt.Errorf("archive %s: %w", to, err)
	}
	return m, nil
}

// more is a day that was archived before. If the rows in the store are still those of the files, as after a crash before they
// left it, the files stand; else they are put back first, so that nothing that was archived is lost.
func more(ctx context.Context, st *store.Store, dir string, day market.Date, m *Manifest) (*Manifest, error) {
	sums, err := st.ReadDay(ctx, day, func(string, []any) error { return nil })
	if err != nil {
		return nil, err
	}
	for i := range m.Tables {
		if sums[m.Tables[i].Name] != m.Tables[i].Sum {
			return nil, fmt.Errorf("archive %s: the day was archived before and has other rows in the store: put it back first (sluice store restore --day %s), move its directory away, and archive it again",
				path(dir, day), m.Day)
		}
	}
	return m, Verify(dir, day)
}

// Read gives the manifest of an archived day.
func Read(dir string, day market.Date) (*Manifest, error) {
	name := filepath.Join(path(dir, day), manifestName)
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	m := new(Manifest)
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("archive %s: %w: it is damaged; restore the directory from a copy", name, err)
	}
	if m.Format != format || m.Day != day.String() {
		return nil, fmt.Errorf("archive %s: it is of format %d and day %s, this build reads format %d: use another build, or another directory", name, m.Format, m.Day, format)
	}
	for i := range m.Tables {
		if err := m.Tables[i].check(); err != nil {
			return nil, fmt.Errorf("archive %s: table %q: %w: it is damaged; restore the directory from a copy", name, m.Tables[i].Name, err)
		}
	}
	return m, nil
}

// check says what is wrong with what a manifest says of a table: its file is beside the manifest, and its rows have the number of
// their record.
func (t *Table) check() error {
	if t.Name == "" || t.File != t.Name+suffix || filepath.Base(t.File) != t.File {
		return fmt.Errorf("its file is %q", t.File)
	}
	if !slices.Contains(t.Columns, Column{"seq", store.IntColumn}) {
		return errors.New("it has no column seq")
	}
	return nil
}

// Verify reads an archived day and reports a file that is not what the manifest says.
func Verify(dir string, day market.Date) error {
	m, err := Read(dir, day)
	if err != nil {
		return err
	}
	for i := range m.Tables {
		if err := m.Tables[i].verify(path(dir, day), nil); err != nil {
			return err
		}
	}
	return nil
}

// Days gives the days of a directory that are archived whole.
func Days(dir string) (days []market.Date, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("archive: %w: name the directory of an archive", err)
	}
	for _, e := range entries {
		t, err := time.Parse(time.DateOnly, e.Name())
		if err != nil || !e.IsDir() {
			continue
		}
		day := market.DateUTC(market.Time(t.UnixNano()))
		if _, err := Read(dir, day); err == nil {
			days = append(days, day)
		} else if !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	return days, nil
}

// columns are a table's columns as files have them.
func columns(cols []Column) (out []columnar.Column) {
	for _, c := range cols {
		k := columnar.Column{Name: c.Name}
		switch c.Kind {
		case store.IntColumn:
			k.Kind = columnar.Int
		case store.TextColumn:
			k.Kind = columnar.Text
		case store.RealColumn:
			k.Kind, k.Optional = columnar.Real, true
		case store.FlagColumn:
			k.Kind = columnar.Flag
		case store.BlobColumn:
			k.Kind = columnar.Bytes
		}
		out = append(out, k)
	}
	return out
}

// file is a table's file that is being written.
type file struct {
	table Table
	f     *os.File
	buf   *bufio.Writer
	sha   hash.Hash
	out   *columnar.Parquet
	rows  digest
}

func create(at string, name string, cols []store.Column) (*file, error) {
	t := Table{Name: name, File: name + suffix}
	for _, c := range cols {
		t.Columns = append(t.Columns, Column{c.Name, c.Kind})
	}
	f, err := os.OpenFile(filepath.Join(at, t.File), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	w := &file{table: t, f: f, sha: sha256.New(), rows: newDigest()}
	w.buf = bufio.NewWriterSize(io.MultiWriter(f, w.sha), 1<<16)
	w.out = columnar.NewParquet(w.buf, name, columns(t.Columns))
	return w, nil
}

// close ends the file, on the disk.
func (w *file) close() error {
	err := errors.Join(w.out.Close(), w.buf.Flush(), w.f.Sync())
	if info, failed := w.f.Stat(); failed == nil {
		w.table.Bytes = info.Size()
	}
	w.table.SHA256, w.table.Digest = hex.EncodeToString(w.sha.Sum(nil)), w.rows.String()
	return errors.Join(err, w.f.Close())
}

// write writes all tables, one after the other and of one state of the store.
func (m *Manifest) write(ctx context.Context, st *store.Store, at string, day market.Date) (err error) {
	names := st.DailyTables()
	var w *file // the table that is being written
	defer func() {
		if err != nil && w != nil {
			_ = w.f.Close() // what went wrong first is told
		}
	}()
	// until ends files and begins others, up to a table's or, with "", all of them.
	until := func(name string) error {
		for {
			if w != nil && w.table.Name == name {
				return nil
			}
			if w != nil {
				if err := w.close(); err != nil {
					return fmt.Errorf("archive %s: %w: free space on the volume", filepath.Join(at, w.table.File), err)
				}
				m.Tables, w = append(m.Tables, w.table), nil
			}
			if len(names) == 0 {
				return nil
			}
			if w, err = create(at, names[0], st.Columns(names[0])); err != nil {
				return err
			}
			names = names[1:]
		}
	}
	sums, err := st.ReadDay(ctx, day, func(table string, row []any) error {
		if err := until(table); err != nil {
			return err
		}
		w.rows.add(row)
		return w.out.Write(row)
	})
	if err == nil {
		err = until("")
	}
	for i := range m.Tables {
		m.Tables[i].Sum = sums[m.Tables[i].Name]
	}
	return err
}

// seal writes the manifest, by which the files are a day.
func (m *Manifest) seal(at string) error {
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(at, manifestName), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	_, err = f.Write(append(data, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close(), syncDir(at)); err != nil {
		return fmt.Errorf("archive %s: %w", at, err)
	}
	return nil
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
