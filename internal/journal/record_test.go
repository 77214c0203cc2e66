package journal

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const testSalt = 0x5a17

func sealed(r Record, unsynced uint32) []byte {
	b := appendRecord(nil, &r)
	sealRecord(b, testSalt, unsynced)
	return b
}

// TestRecordBytes fixes the layout that doc.go describes.
func TestRecordBytes(t *testing.T) {
	r := Record{Seq: 0x0102030405060708, Type: 0x0a0b, Version: 3, Mono: 0x11, Wall: -1, Payload: []byte("hi")}
	want := []byte{
		42, 0, 0, 0, 0, 0, 0, 0, // length, checksum
		8, 7, 6, 5, 4, 3, 2, 1, // seq
		0x11, 0, 0, 0, 0, 0, 0, 0, // mono
		255, 255, 255, 255, 255, 255, 255, 255, // wall
		0x0b, 0x0a, 3, 0, 9, 0, 0, 0, // type, version, zero, unsynced
		'h', 'i', 0, 0, 0, 0, 0, 0, // payload, padding
	}
	got := sealed(r, 9)
	crc := bytes.Clone(got[4:8])
	clear(got[4:8])
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("layout (-want +got):\n%s", diff)
	}
	copy(got[4:8], crc)
	if sum := []byte{0, 0, 0, 0}; bytes.Equal(crc, sum) {
		t.Error("no checksum")
	}
	if _, v := parse(got, testSalt+1); v != bad {
		t.Errorf("another segment's record is %v, want bad", v)
	}
}

func TestRecordRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Record{
			Seq: rapid.Uint64().Draw(t, "seq"), Type: rapid.Uint16().Draw(t, "type"), Version: rapid.Uint8().Draw(t, "version"),
			Mono: rapid.Int64().Draw(t, "mono"), Wall: rapid.Int64().Draw(t, "wall"), Payload: rapid.SliceOf(rapid.Byte()).Draw(t, "payload"),
		}
		b := sealed(want, 3)
		if len(b)%recordAlign != 0 || len(b) != paddedSize(len(want.Payload)) {
			t.Fatalf("%d bytes for a payload of %d", len(b), len(want.Payload))
		}
		got, v := parse(append(b, 1, 2, 3), testSalt)
		if v != valid || got.size != len(b) || got.unsynced != 3 {
			t.Fatalf("verdict %d, size %d of %d, unsynced %d", v, got.size, len(b), got.unsynced)
		}
		if diff := cmp.Diff(want, got.Record); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		cut := rapid.IntRange(0, len(b)-1).Draw(t, "cut")
		if _, v := parse(b[:cut], testSalt); v == valid {
			t.Fatalf("cut at %d of %d is valid", cut, len(b))
		}
	})
}

// FuzzRecord: no bytes panic the decoder, and what it accepts is what the encoder writes.
func FuzzRecord(f *testing.F) {
	f.Add(sealed(Record{Seq: 1, Type: 1, Version: 1}, 0))
	f.Add(sealed(Record{Seq: 1 << 40, Type: 200, Version: 1, Mono: 5, Wall: 1_700_000_000_000_000_000, Payload: []byte("payload")}, 7))
	f.Add(make([]byte, 64))
	f.Add([]byte{255, 255, 255, 255, 1, 2, 3})
	f.Add(append([]byte{41, 0, 0, 0}, make([]byte, 60)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, v := parse(b, testSalt)
		switch v {
		case valid:
			if want := sealed(got.Record, got.unsynced); !bytes.Equal(want, b[:got.size]) {
				t.Errorf("accepted %x, the encoder writes %x", b[:got.size], want)
			}
		case short:
			if got.size <= len(b) || got.size > MaxRecord {
				t.Errorf("wants %d bytes, has %d", got.size, len(b))
			}
		}
	})
}

// FuzzSegment: no contents of a last segment panic the start. The seed is a good segment; the fuzzer mutates its
// records, whose checksums the test repairs when it asks for it, so that deeper checks are reached.
func FuzzSegment(f *testing.F) {
	f.Add(bytes.Join([][]byte{sealed(Record{Seq: 1, Type: 7}, 0), sealed(Record{Seq: 2, Type: 7, Payload: []byte("two")}, 1)}, nil), false)
	f.Add(append(sealed(Record{Seq: 1, Type: 7}, 0), sealed(Record{Seq: 2, Version: markClosed}, 0)...), true)
	f.Add(make([]byte, 4096), false)
	f.Fuzz(func(t *testing.T, records []byte, repair bool) {
		h := header{epoch: 1, first: 1, oldest: 1, router: routerHash("r1"), bytes: 1 << 20}
		block := h.encode()
		_, salt, err := decodeHeader(block)
		if err != nil {
			t.Fatal(err)
		}
		for rest := records; repair && len(rest) >= recordHeader; {
			size := recordHeader + len(rest)%64&^7
			if size > len(rest) {
				break
			}
			rest[0], rest[1], rest[2], rest[3] = byte(size), 0, 0, 0
			sealRecord(rest, salt, uint32(rest[offUnsynced]))
			rest = rest[size:]
		}
		d := newSimDisk()
		d.names["/j/"+segmentName(1)] = &simFile{disk: d, data: append(block, records...)}
		got, rec, err := readAll(d, "/j")
		if err == nil && uint64(len(got)) != rec.Last {
			t.Errorf("%d records, %+v", len(got), rec)
		}
	})
}

// FuzzHeader: no bytes panic the decoder, and what it accepts is what the encoder writes.
func FuzzHeader(f *testing.F) {
	f.Add(header{epoch: 3, first: 1 << 33, oldest: 1, router: routerHash("r1"), bytes: DefaultSegmentBytes, wall: 7}.encode())
	f.Add([]byte(segmentMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, _, err := decodeHeader(b)
		if err == nil && !bytes.Equal(h.encode()[:56], b[:56]) {
			t.Errorf("accepted %x, the encoder writes %x", b[:segmentHeader], h.encode())
		}
	})
}
