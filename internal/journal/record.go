package journal

import (
	"encoding/binary"
	"hash/crc32"
)

// Type is the kind of a record's payload. The journal knows no payload; it only refuses a type that the build does
// not know. Zero is reserved for the journal's own marks. It is an alias, so that event.Known can be a Config's Known.
type Type = uint16

// Record is one entry of the log.
type Record struct {
	Seq     uint64 // strictly +1 from record to record, 1 for the first
	Type    Type
	Version uint8
	Mono    int64 // monotonic nanoseconds; comparable within one epoch
	Wall    int64 // Unix nanoseconds
	Payload []byte
}

const (
	// MaxRecord is the largest record in bytes, its header included; the largest there are carry a model, which for 64 venues has
	// half of it. A bound makes a damaged length harmless.
	MaxRecord = 4 << 20
	// MaxPayload is the largest payload in bytes (a small segment lowers it, see Journal.Append).
	MaxPayload = MaxRecord - recordHeader

	recordHeader = 40
	recordAlign  = 8 // records start on 8 bytes: a search for the next one has few places to look

	offLength   = 0
	offCRC      = 4
	offSeq      = 8
	offMono     = 16
	offWall     = 24
	offType     = 32
	offVersion  = 34
	offFlags    = 35 // zero in this format
	offUnsynced = 36
)

// verdict is what parse found at a place of a segment.
type verdict uint8

const (
	valid verdict = iota
	blank         // length zero: the preallocated rest, if only zeros follow
	short         // the record is longer than the bytes given
	bad           // not a record
)

// frame is a parsed record with what only the journal needs to know.
type frame struct {
	Record
	unsynced uint32 // how many records directly before this one were not synced when it was written
	size     int    // bytes in the file, with padding
}

// certain gives the first seq that was not known to be on disk when f was written. A bad record below it was once
// durable, so it is damage and no torn tail (JRN-06).
func (f *frame) certain() uint64 { return f.Seq - uint64(f.unsynced) }

// paddedSize gives the bytes that a record with a payload of n bytes takes in a segment.
func paddedSize(n int) int {
	return (recordHeader + n + recordAlign - 1) &^ (recordAlign - 1)
}

// appendRecord appends r without the fields that only the writer knows (see sealRecord). It allocates only when b
// must grow.
func appendRecord(b []byte, r *Record) []byte {
	var h [recordHeader]byte
	binary.LittleEndian.PutUint32(h[offLength:], uint32(recordHeader+len(r.Payload)))
	binary.LittleEndian.PutUint64(h[offSeq:], r.Seq)
	binary.LittleEndian.PutUint64(h[offMono:], uint64(r.Mono))
	binary.LittleEndian.PutUint64(h[offWall:], uint64(r.Wall))
	binary.LittleEndian.PutUint16(h[offType:], r.Type)
	h[offVersion] = r.Version
	b = append(b, h[:]...)
	b = append(b, r.Payload...)
	var zeros [recordAlign]byte
	return append(b, zeros[:paddedSize(len(r.Payload))-recordHeader-len(r.Payload)]...)
}

// sealRecord completes the record at the start of b: how many records before it are not synced, and the checksum,
// which starts from the segment's salt and covers everything else, padding included.
func sealRecord(b []byte, salt, unsynced uint32) {
	size := paddedSize(int(binary.LittleEndian.Uint32(b[offLength:])) - recordHeader)
	binary.LittleEndian.PutUint32(b[offUnsynced:], unsynced)
	binary.LittleEndian.PutUint32(b[offCRC:], checksum(b[:size], salt))
}

func checksum(record []byte, salt uint32) uint32 {
	table := castagnoli()
	return crc32.Update(crc32.Update(salt, table, record[:offCRC]), table, record[offSeq:])
}

// castagnoli gives the table of CRC32C. The standard library keeps one, and uses the processor's instruction for it.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// parse reads the record at the start of b. The payload aliases b. On short, size is what the record needs.
func parse(b []byte, salt uint32) (f frame, v verdict) {
	if len(b) < recordHeader {
		if allZero(b) {
			return f, blank
		}
		return f, bad
	}
	length := binary.LittleEndian.Uint32(b[offLength:])
	if length == 0 {
		return f, blank
	}
	if length < recordHeader || length > MaxRecord {
		return f, bad
	}
	f.size = paddedSize(int(length) - recordHeader)
	if f.size > len(b) {
		return f, short
	}
	if binary.LittleEndian.Uint32(b[offCRC:]) != checksum(b[:f.size], salt) || b[offFlags] != 0 {
		return f, bad
	}
	f.unsynced = binary.LittleEndian.Uint32(b[offUnsynced:])
	f.Record = Record{
		Seq:     binary.LittleEndian.Uint64(b[offSeq:]),
		Type:    binary.LittleEndian.Uint16(b[offType:]),
		Version: b[offVersion],
		Mono:    int64(binary.LittleEndian.Uint64(b[offMono:])),
		Wall:    int64(binary.LittleEndian.Uint64(b[offWall:])),
		Payload: b[recordHeader:length:length],
	}
	return f, valid
}

// leadingZeros counts the zero bytes at the start of b.
func leadingZeros(b []byte) int {
	n := 0
	for len(b)-n >= 8 && binary.LittleEndian.Uint64(b[n:]) == 0 {
		n += 8
	}
	for n < len(b) && b[n] == 0 {
		n++
	}
	return n
}

func allZero(b []byte) bool { return leadingZeros(b) == len(b) }
