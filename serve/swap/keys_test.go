package swap

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/models/registry"
)

// MOP-05, MOP-11: keys that cannot be read for a while refuse nobody: the version is taken when they can be. A file among them that
// is no key keeps no other away.
func TestKeysThatCannotBeRead(t *testing.T) {
	d := newDesk(t)
	x := d.publish(1)
	d.move(d.registry.Promote(t.Context(), x, ann))
	away := d.keys + ".away"
	if err := os.Rename(d.keys, away); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.keys, nil, 0o600); err != nil { // reading a file as a directory fails as a broken disk does
		t.Fatal(err)
	}
	d.start()
	time.Sleep(50 * time.Millisecond)
	d.said()
	if p, n, alarms := d.engine.now(); p.Serving != registry.Builtin || n != 0 || len(alarms) != 0 {
		t.Errorf("while keys cannot be read: places %+v, asked %d times, alarms %q", p, n, alarms)
	}
	if err := os.Remove(d.keys); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(away, "another.pub"), []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("loop.pub", filepath.Join(away, "loop.pub")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(away, d.keys); err != nil {
		t.Fatal(err)
	}
	d.until(Places{Serving: x, Beside: registry.Builtin})
	d.said("serving " + x)
}
