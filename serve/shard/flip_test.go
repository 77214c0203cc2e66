package shard

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sluice-sor/sluice/internal/journal"
)

// recordsOf opens a shard on a disk and gives the records that it found, as text.
func recordsOf(d *disk) (got []string, found *Found, err error) {
	wire := &wires{disk: d, truth: newTruth(), desk: newClientTruth()}
	s, found, err := Open(Config{Engine: engineConfig(), Sessions: wire, Journal: journal.Config{Dir: "/j", SegmentBytes: 16 << 10, FS: d}})
	if err != nil {
		return nil, nil, err
	}
	in := s.journal.Read(0)
	defer in.Close()
	for range found.Journal.Last {
		rec, err := in.Next(context.Background())
		if err != nil {
			return nil, nil, errors.Join(err, s.Close())
		}
		got = append(got, fmt.Sprint(rec.Seq, rec.Type, rec.Version, rec.Wall, rec.Payload))
	}
	return got, found, s.Close()
}

// TestBitFlips flips one bit of a router's journal and starts it: the start refuses, or it cuts the end of the last commit
// as a torn tail, or the bit was in no record; what it goes on with is never another record (TEST-25, JRN-06).
// SLUICE_FLIPS=n flips n bits.
func TestBitFlips(t *testing.T) {
	t.Parallel()
	base := newDisk()
	base.last = 45
	newCrashWorld(6).run(t, base) // killed in the middle
	base = base.again(0)
	want, _, err := recordsOf(base.again(0))
	if err != nil || len(want) < 50 {
		t.Fatalf("%d records, %v", len(want), err)
	}
	r := rand.New(rand.NewPCG(25, 1))
	names := slices.Sorted(maps.Keys(base.files))
	names = slices.DeleteFunc(names, func(n string) bool { return len(base.files[n].b) == 0 }) // a file that was only just made
	segments := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return filepath.Ext(name) != ".seg" })
	refused, cut, beside := 0, 0, 0
	for range fromEnv(t, "SLUICE_FLIPS", 300) {
		d := base.again(0)
		name := names[r.IntN(len(names))]
		b := d.files[name].b
		at := r.IntN(8 * len(b))
		b[at/8] ^= 1 << (at % 8)
		got, found, err := recordsOf(d)
		switch {
		case err != nil:
			refused++
		case slices.Equal(got, want):
			beside++
		case len(got) < len(want) && slices.Equal(got, want[:len(got)]) && found.Journal.TornBytes > 0 && found.Journal.TornFile == segments[len(segments)-1]:
			cut++
		default:
			t.Fatalf("bit %d of %s: %d records of %d, found %+v", at, name, len(got), len(want), found.Journal)
		}
	}
	t.Logf("%d records: %d flips refused, %d took the last commit as torn, %d in no record", len(want), refused, cut, beside)
	if refused == 0 {
		t.Error("no flip was found")
	}
}
