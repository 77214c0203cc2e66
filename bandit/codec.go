package bandit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// Snapshots and deltas are little-endian: eight bytes of magic and version, the body, and a CRC-32
// (IEEE) of everything before it. Floats are their IEEE bits, so reading gives the same posterior to
// the bit (SWP-06).

var errShort = errors.New("data end too early")

type encoder struct{ b []byte }

func (e *encoder) u8(v uint8)    { e.b = append(e.b, v) }
func (e *encoder) u64(v uint64)  { e.b = binary.LittleEndian.AppendUint64(e.b, v) }
func (e *encoder) i64(v int64)   { e.u64(uint64(v)) }
func (e *encoder) f64(v float64) { e.u64(math.Float64bits(v)) }

func (e *encoder) flag(v bool) {
	if v {
		e.u8(1)
	} else {
		e.u8(0)
	}
}

func (e *encoder) floats(x []float64) {
	for _, v := range x {
		e.f64(v)
	}
}

// symmetric writes the lower triangle of a d×d matrix.
func (e *encoder) symmetric(m []float64, d int) {
	for i := range d {
		e.floats(m[i*d : i*d+i+1])
	}
}

// seal appends the checksum of what was written from start.
func (e *encoder) seal(start int) []byte {
	return binary.LittleEndian.AppendUint32(e.b, crc32.ChecksumIEEE(e.b[start:]))
}

// decoder reads what encoder wrote. The first error sticks; reads after it give zeros.
type decoder struct {
	b   []byte
	err error
}

// open checks magic and checksum and gives a decoder of the body.
func open(data []byte, magic, what string) *decoder {
	if len(data) < len(magic)+4 || string(data[:len(magic)]) != magic {
		return &decoder{err: fmt.Errorf("bandit: not a %s of this version: it does not begin with %q", what, magic)}
	}
	body, sum := data[:len(data)-4], binary.LittleEndian.Uint32(data[len(data)-4:])
	if got := crc32.ChecksumIEEE(body); got != sum {
		return &decoder{err: fmt.Errorf("bandit: %s is damaged: checksum %08x, expected %08x", what, got, sum)}
	}
	return &decoder{b: body[len(magic):]}
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format, args...)
		d.b = nil
	}
}

// has reports whether n more values of the given size can be there, before memory is taken for them.
func (d *decoder) has(n, size int) bool {
	if n < 0 || n > len(d.b)/size {
		d.fail("%w", errShort)
		return false
	}
	return true
}

func (d *decoder) u8() uint8 {
	if !d.has(1, 1) {
		return 0
	}
	v := d.b[0]
	d.b = d.b[1:]
	return v
}

func (d *decoder) u64() uint64 {
	if !d.has(1, 8) {
		return 0
	}
	v := binary.LittleEndian.Uint64(d.b)
	d.b = d.b[8:]
	return v
}

// u32 reads a number of 32 bits, which is written as 64.
func (d *decoder) u32() uint32 {
	v := d.u64()
	if v > math.MaxUint32 {
		d.fail("%d is more than 32 bits", v)
		return 0
	}
	return uint32(v)
}

func (d *decoder) i64() int64 { return int64(d.u64()) }

// f64 reads a number that must be finite.
func (d *decoder) f64() float64 {
	v := math.Float64frombits(d.u64())
	if !finite(v) {
		d.fail("a figure is not finite")
		return 0
	}
	return v
}

func (d *decoder) flag() bool {
	v := d.u8()
	if v > 1 {
		d.fail("a flag is %d", v)
	}
	return v == 1
}

// count reads a number of things of at least size bytes each, at most limit.
func (d *decoder) count(limit, size int) int {
	v := d.u64()
	if v > uint64(limit) {
		d.fail("a count is %d: the limit is %d", v, limit)
		return 0
	}
	if !d.has(int(v), size) {
		return 0
	}
	return int(v)
}

func (d *decoder) floats(dst []float64) {
	for i := range dst {
		dst[i] = d.f64()
	}
}

func (d *decoder) symmetric(m []float64, n int) {
	for i := range n {
		for j := 0; j <= i; j++ {
			v := d.f64()
			m[i*n+j], m[j*n+i] = v, v
		}
	}
}

// close reports the first error, or that bytes are left over.
func (d *decoder) close() error {
	if d.err == nil && len(d.b) != 0 {
		d.fail("%d bytes too many", len(d.b))
	}
	return d.err
}
