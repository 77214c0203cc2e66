package train

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// stages keeps what each part of a training gave, so that one that was interrupted goes on where it was. Figures come back to
// the bit: JSON writes the shortest text that reads as the same float64.
type stages struct {
	dir    string
	begins func(name string, resumed bool)
}

// KeptFor is how long an interrupted training is worth going on with: what it left is kept for as long.
const KeptFor = 12 * time.Hour

// openStages gives the stages of a training of this key, and removes those of others that nobody will go on with.
func openStages(dir, key string, begins func(string, bool)) (*stages, error) {
	sum := sha256.Sum256([]byte(key))
	s := &stages{dir: filepath.Join(dir, "work-"+hex.EncodeToString(sum[:8])), begins: begins}
	others, err := filepath.Glob(filepath.Join(dir, "work-*"))
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	for _, o := range others {
		if info, err := os.Stat(o); o != s.dir && err == nil && time.Since(info.ModTime()) > KeptFor {
			if err := os.RemoveAll(o); err != nil {
				return nil, fmt.Errorf("train: removing what an earlier training left: %w", err)
			}
		}
	}
	if err := os.MkdirAll(s.dir, 0o750); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	return s, nil
}

// done removes what was kept.
func (s *stages) done() error { return os.RemoveAll(s.dir) }

// stage gives what an earlier run of the same training kept under a name, or else runs fn and keeps what it gives.
func stage[T any](s *stages, name string, fn func() (T, error)) (out T, err error) {
	path := filepath.Join(s.dir, name+".json")
	if data, err := os.ReadFile(path); err == nil && json.Unmarshal(data, &out) == nil {
		s.begins(name, true)
		return out, nil
	}
	s.begins(name, false)
	var fresh T
	if out, err = fn(); err != nil {
		return fresh, err
	}
	data, err := json.Marshal(out)
	if err != nil {
		return fresh, fmt.Errorf("train: keeping %s: %w", name, err)
	}
	if err := writeWhole(path, data); err != nil {
		return fresh, fmt.Errorf("train: keeping %s: %w", name, err)
	}
	return out, nil
}

// writeWhole writes a file that is there whole or not at all, also after a loss of power.
func writeWhole(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
