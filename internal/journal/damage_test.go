package journal

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// twoSegments gives a small log of two segments, killed or closed, and its texts.
func twoSegments(t *testing.T, closed bool) (d *simDisk, want []string) {
	t.Helper()
	d = newSimDisk()
	j, _ := simOpen(t, d)
	want = texts(1, 4)
	commitText(t, j, want...)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j, _ = simOpen(t, d)
	more := texts(5, 9)
	commitText(t, j, more...)
	want = append(want, more...)
	d.names["/j/"+segmentName(1)].data = slices.Clip(d.names["/j/"+segmentName(1)].data)
	if closed {
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return d.killed(), want
}

// TestEveryBitFlip flips each bit of a small log: the flip is found, or it is in the torn tail, or it is where no
// record is lost; what is read is never another text (TEST-25).
func TestEveryBitFlip(t *testing.T) {
	for _, closed := range []bool{false, true} {
		d, want := twoSegments(t, closed)
		refused, cut, harmless := 0, 0, 0
		for path, f := range d.names {
			last := path == "/j/"+segmentName(5)
			for bit := range min(len(f.data), 700) * 8 {
				f.data[bit/8] ^= 1 << (bit % 8)
				got, rec, err := readAll(d, "/j")
				f.data[bit/8] ^= 1 << (bit % 8)
				switch {
				case err != nil:
					refused++
				case len(got) == len(want) && slices.Equal(got, want):
					harmless++
					if rec.TornBytes == 0 && last {
						t.Fatalf("bit %d of %s: not noticed", bit, path)
					}
				case !closed && last && rec.TornBytes > 0 && slices.Equal(got, want[:len(want)-1]):
					cut++
				default:
					t.Fatalf("closed %v: bit %d of %s: %d of %d records, %+v", closed, bit, path, len(got), len(want), rec)
				}
			}
		}
		t.Logf("closed %v: %d refused, %d in the torn tail, %d beside the records", closed, refused, cut, harmless)
		// A flip loses a record only if it is the last one and no mark follows it.
		if record := paddedSize(len("text 9")) * 8; closed && cut != 0 || !closed && cut != record {
			t.Errorf("closed %v: %d flips cut a record", closed, cut)
		}
	}
}

func TestRefusedLogs(t *testing.T) {
	one, five := "/j/"+segmentName(1), "/j/"+segmentName(5)
	recordAt := func(i int) int { return segmentHeader + i*paddedSize(len("text 1")) }
	tests := []struct {
		name   string
		closed bool
		harm   func(d *simDisk)
		want   string // in the error
		damage bool
		offset int
	}{
		{"a bad record before good ones", false, func(d *simDisk) { d.names[five].data[recordAt(1)+41] ^= 4 },
			"record 7 follows at offset", true, recordAt(1)},
		{"zeros before good records", false, func(d *simDisk) { clear(d.names[five].data[recordAt(1):recordAt(2)]) },
			"record 7 follows at offset", true, recordAt(1)},
		{"a record twice", false, func(d *simDisk) {
			copy(d.names[five].data[recordAt(5):], d.names[five].data[recordAt(4):recordAt(5)])
		}, "record 9 is there", true, recordAt(5)},
		{"a bad last record of an earlier segment", false, func(d *simDisk) { clear(d.names[one].data[recordAt(3)+8 : recordAt(3)+20]) },
			"", true, recordAt(3)},
		{"a bad last record of a closed log", true, func(d *simDisk) { d.names[five].data[recordAt(4)+44] ^= 1 },
			"record 10 follows", true, recordAt(4)},
		{"a record of another segment", false, func(d *simDisk) {
			copy(d.names[five].data[recordAt(0):], d.names[one].data[recordAt(0):recordAt(1)])
		}, "record 6 follows", true, recordAt(0)},
		{"bytes after the end mark", true, func(d *simDisk) { d.names[five].data = append(d.names[five].data, 0, 0, 1) },
			"bytes follow the end mark", true, recordAt(5) + markSize + 2},
		{"a bad header", false, func(d *simDisk) { d.names[five].data[20]++ }, "checksum", true, 0},
		{"a cut header", false, func(d *simDisk) { d.names[five].data = d.names[five].data[:30] }, "30 of 64 bytes", true, 0},
		{"no header", false, func(d *simDisk) { clear(d.names[five].data[:64]) }, "a segment starts with", true, 0},
		{"the first segment missing", false, func(d *simDisk) { delete(d.names, one) }, "records 1 to 4 are missing", false, 0},
		{"the last segment missing", false, func(d *simDisk) { delete(d.names, five) }, "was continued at record 5", false, 0},
		{"a segment under another name", false, func(d *simDisk) { d.names["/j/"+segmentName(9)] = d.names[five]; delete(d.names, five) },
			"give the file its name back", false, 0},
		{"a segment with a strange name", false, func(d *simDisk) { d.names["/j/copy.seg"] = d.names[five] }, "no segment's name", false, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d, _ := twoSegments(t, test.closed)
			test.harm(d)
			before := fmt.Sprint(d.calls)
			_, _, err := Open(simConfig(d))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("open: %v, want %q", err, test.want)
			}
			var damage *DamageError
			if errors.As(err, &damage) != test.damage || test.damage && damage.Offset != int64(test.offset) {
				t.Errorf("open: %v, want damage %v at %d", err, test.damage, test.offset)
			}
			if got := fmt.Sprint(d.calls); strings.Contains(got[len(before)-1:], "write") || strings.Contains(got, "truncate") {
				t.Errorf("a refused log was changed: %s", got)
			}
			if _, _, err := readAll(d, "/j"); err == nil {
				t.Error("the read-only reader accepted what Open refused")
			}
			if len(d.locked) != 0 {
				t.Error("a refused start keeps the lock")
			}
		})
	}
}

// TestMissingMiddle removes each segment of a longer log in turn.
func TestMissingMiddle(t *testing.T) {
	d := newSimDisk()
	j, _ := simOpen(t, d)
	commitText(t, j, texts(1, 900)...)
	whole := d.killed()
	if len(whole.names) < 5 {
		t.Fatalf("%d files, want more", len(whole.names))
	}
	for path := range whole.names {
		if !strings.HasSuffix(path, segmentSuffix) {
			continue
		}
		c := whole.killed()
		delete(c.names, path)
		if _, _, err := Open(simConfig(c)); err == nil || !strings.Contains(err.Error(), "restore it") && !strings.Contains(err.Error(), "restore their") {
			t.Errorf("without %s: %v", path, err)
		}
	}
}

func TestUnknownTypeRefuses(t *testing.T) {
	d, _ := twoSegments(t, true)
	known := func(typ Type, version uint8) bool { return typ == 7 && version == 2 }
	_, _, err := Open(simConfig(d, func(c *Config) { c.Known = known }))
	var unknown *UnknownError
	if !errors.As(err, &unknown) {
		t.Fatalf("open: %v, want an UnknownError", err)
	}
	if want := (UnknownError{"/j/" + segmentName(1), segmentHeader, 1, 7, 1}); *unknown != want {
		t.Errorf("got %+v, want %+v", *unknown, want)
	}
}

func TestOtherRouterRefused(t *testing.T) {
	d, _ := twoSegments(t, true)
	_, _, err := Open(simConfig(d, func(c *Config) { c.Router = "r2" }))
	if err == nil || !strings.Contains(err.Error(), `another router than "r2"`) {
		t.Errorf("open: %v", err)
	}
}

// TestLostSector covers what tells a torn commit from a rotten one.
func TestLostSector(t *testing.T) {
	full := func(n int) []byte { return []byte(strings.Repeat("x", n)) }
	with := func(b []byte, from, to int) []byte { clear(b[from:to]); return b }
	tests := []struct {
		name string
		gap  []byte
		base int64
		want bool
	}{
		{"nothing lost", full(2000), 64, false},
		{"a whole sector", with(full(2000), 448, 960), 64, true},
		{"most of a sector", with(full(2000), 449, 960), 64, false},
		{"the rest of the first sector", with(full(2000), 0, 448), 64, true},
		{"the sector in which the next record starts", with(full(100), 0, 100), 64, false},
		{"a small record", full(48), 104, false},
	}
	for _, test := range tests {
		if got := lostSector(test.gap, test.base); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
