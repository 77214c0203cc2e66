package registry

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var errCrash = errors.New("the machine stops here")

// crashDisk is the real disk until its step-th step, at which the machine stops: before the step, in its middle, or behind it.
// What was not synced by then is lost when lose says so.
type crashDisk struct {
	osDisk
	step  int // steps left
	when  crashPoint
	dirty map[string]int64 // files and how much of them is durable; names made since their directory was synced are -1
}

type crashPoint int

const (
	before crashPoint = iota
	within            // of a write, half is there
	behind
)

func (d *crashDisk) do(step func() error, half func()) error {
	d.step--
	switch {
	case d.step < 0:
		return errCrash // it has stopped
	case d.step > 0 || d.when == behind:
		if err := step(); err != nil {
			return err
		}
		if d.step > 0 {
			return nil
		}
	case d.when == within && half != nil:
		half()
	}
	return errCrash
}

func (d *crashDisk) makeDir(path string) error {
	return d.do(func() error { return d.osDisk.makeDir(path) }, nil)
}

func (d *crashDisk) write(path string, data []byte) error {
	d.dirty[path] = 0
	return d.do(func() error { return d.osDisk.write(path, data) }, func() { _ = d.osDisk.write(path, data[:len(data)/2]) })
}

func (d *crashDisk) append(path string, at int64, data []byte) error {
	if _, ok := d.dirty[path]; !ok {
		d.dirty[path] = at
	}
	return d.do(func() error { return d.osDisk.append(path, at, data) }, func() { _ = d.osDisk.append(path, at, data[:len(data)/2]) })
}

func (d *crashDisk) sync(path string) error {
	return d.do(func() error {
		delete(d.dirty, path)
		return d.osDisk.sync(path)
	}, nil)
}

func (d *crashDisk) rename(from, to string) error {
	return d.do(func() error { return d.osDisk.rename(from, to) }, nil)
}

func (d *crashDisk) remove(path string) error {
	return d.do(func() error { return d.osDisk.remove(path) }, nil)
}

// lose cuts every file to what was synced: a power cut, where a crash of the process alone keeps it.
func (d *crashDisk) lose(t *testing.T) {
	t.Helper()
	for path, durable := range d.dirty {
		if info, err := os.Stat(path); err == nil && info.Size() > durable {
			if err := os.Truncate(path, durable); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestCrash stops the machine before, in and behind every step of publishing and promoting, with and without loss of what was
// not synced. Whatever is there then is whole, the one before still stands, and the work can be done again (MOP-03, TEST-64).
func TestCrash(t *testing.T) {
	base := t.TempDir()
	trusted := filepath.Join(base, "trusted")
	signer, err := OpenSigner(filepath.Join(base, "key"), trusted)
	if err != nil {
		t.Fatal(err)
	}
	points := 0
	for step := 1; ; step++ {
		finished := 0
		for _, when := range []crashPoint{before, within, behind} {
			for _, power := range []bool{false, true} {
				dir := t.TempDir()
				points++
				if crashAt(t, Config{Target: dir, Trusted: trusted}, signer, step, when, power) {
					finished++
				}
			}
		}
		if finished == 6 {
			break
		}
	}
	t.Logf("%d crashes", points-6)
	if points < 60 {
		t.Errorf("%d crash points: the disk is not asked", points)
	}
}

// crashAt reports whether all was done before the crash could come.
func crashAt(t *testing.T, c Config, signer *Signer, step int, when crashPoint, power bool) (finished bool) {
	t.Helper()
	r, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	first, err := r.Publish(t.Context(), artifact(1), signer, "ann")
	if err == nil {
		_, err = r.Promote(t.Context(), first.ID, ann)
	}
	if err != nil {
		t.Fatal(err)
	}
	d := &crashDisk{step: step, when: when, dirty: map[string]int64{}}
	r.backend.(*directory).disk = d
	second, err := r.Publish(t.Context(), artifact(2), signer, "ann")
	published := err == nil
	promoted := false
	if published {
		_, err = r.Promote(t.Context(), second.ID, ann)
		promoted = err == nil
	}
	if err != nil && !errors.Is(err, errCrash) {
		t.Fatalf("step %d: %v", step, err)
	}
	if power {
		d.lose(t)
	}

	r, err = Open(t.Context(), c) // the machine starts again
	if err != nil {
		t.Fatal(err)
	}
	a, err := r.Aliases(t.Context())
	if err != nil {
		t.Fatalf("step %d, %v, power %v: %v", step, when, power, err)
	}
	entries, err := r.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, _, err := r.Load(t.Context(), e.ID); err != nil || e.Problem != "" {
			t.Errorf("step %d, %v, power %v: %v, %s", step, when, power, err, e.Problem)
		}
	}
	if published && len(entries) != 2 || promoted && a.Champion != second.ID || !promoted && a.Champion != first.ID && len(entries) != 2 {
		t.Errorf("step %d, %v, power %v: %d versions, champion %s; published %v, promoted %v", step, when, power, len(entries), a.Champion, published, promoted)
	}
	if !promoted {
		again, err := r.Publish(t.Context(), artifact(2), signer, "ann")
		if err == nil && a.Champion != again.ID {
			_, err = r.Promote(t.Context(), again.ID, ann)
		}
		if err != nil {
			t.Errorf("step %d, %v, power %v: done again: %v", step, when, power, err)
		}
	}
	left, err := filepath.Glob(filepath.Join(c.Target, asidePrefix+"*"))
	if err != nil || published && len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	return promoted
}

// TestLedgerDamage cuts the ledger at every byte and flips bits of every byte. A cut loses at most the last line; what was
// changed is an error that names the line (TEST-25).
func TestLedgerDamage(t *testing.T) {
	c := Config{Target: t.TempDir(), Trusted: t.TempDir()}
	open := func() *Registry {
		r, err := Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := open()
	for range 3 {
		if _, err := r.Record(t.Context(), Line{What: Cut, Reason: "<é>"}); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(c.Target, ledgerFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	put := func(b []byte) {
		t.Helper()
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for n := range whole {
		put(whole[:n])
		lines, err := open().Ledger(t.Context())
		if want := strings.Count(string(whole[:n]), "\n"); err != nil || len(lines) != want {
			t.Fatalf("cut to %d bytes: %d lines, %v, want %d", n, len(lines), err, want)
		}
	}
	put(whole[:len(whole)-5])
	if _, err := open().Record(t.Context(), Line{What: Cut}); err != nil {
		t.Fatal(err)
	}
	if lines, err := open().Ledger(t.Context()); err != nil || len(lines) != 3 {
		t.Errorf("a line after a cut one: %d lines, %v, want 3", len(lines), err)
	}
	last := strings.LastIndexByte(string(whole[:len(whole)-1]), '\n')
	for i := range whole {
		b := []byte(string(whole))
		b[i] ^= 1 << (i % 8)
		put(b)
		lines, err := open().Ledger(t.Context())
		if i == len(whole)-1 { // the newline of the last line: it is cut
			continue
		}
		if err == nil || !strings.Contains(err.Error(), "ledger line") {
			t.Fatalf("byte %d changed, the last line begins at %d: %d lines, %v", i, last+1, len(lines), err)
		}
	}
	put(whole)
	if _, err := r.Record(t.Context(), Line{What: Cut}); err != nil {
		t.Errorf("once it is restored: %v", err)
	}
	put(whole[:10])
	if _, err := r.Aliases(t.Context()); err == nil || !strings.Contains(err.Error(), "cut or replaced") {
		t.Errorf("cut while it is open: %v", err)
	}
}
