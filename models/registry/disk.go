package registry

import (
	"errors"
	"os"
	"path/filepath"
)

// disk is what a directory is written with: each method is one step that a crash may fall before, into or behind. Tests put a
// disk here that crashes when told and loses what was not synced.
type disk interface {
	makeDir(path string) error
	write(path string, data []byte) error            // a whole file, not durable yet
	append(path string, at int64, data []byte) error // cuts the file to at and writes behind it, not durable yet
	sync(path string) error                          // makes a file, or the names in a directory, durable
	rename(from, to string) error
	remove(path string) error // with everything below
}

type osDisk struct{}

func (osDisk) makeDir(path string) error { return os.MkdirAll(path, 0o750) }

func (osDisk) write(path string, data []byte) error { return os.WriteFile(path, data, 0o640) } //nolint:gosec // others may read a model

func (osDisk) append(path string, at int64, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o640) //nolint:gosec // and its ledger
	if err != nil {
		return err
	}
	err = f.Truncate(at)
	if err == nil {
		_, err = f.WriteAt(data, at)
	}
	return errors.Join(err, f.Close())
}

func (osDisk) sync(path string) error {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (osDisk) rename(from, to string) error { return os.Rename(from, to) }

func (osDisk) remove(path string) error { return os.RemoveAll(path) }
