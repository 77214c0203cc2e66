package snapshot

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

var errShort = errors.New("the bytes end too early")

// Coder walks a state in one direction: it appends the fields to its bytes, or takes them off their front. The first error
// of reading sticks; what is read after it is zero.
type Coder struct {
	decode bool
	buf    []byte
	err    error
}

// NewEncoder gives a coder that appends to b.
func NewEncoder(b []byte) *Coder { return &Coder{buf: b} }

// NewDecoder gives a coder that reads data. It keeps no reference to data once it is done.
func NewDecoder(data []byte) *Coder { return &Coder{decode: true, buf: data} }

// Decoding reports whether the coder reads.
func (c *Coder) Decoding() bool { return c.decode }

// Bytes gives what was written.
func (c *Coder) Bytes() []byte { return c.buf }

// Err gives the first error of reading.
func (c *Coder) Err() error { return c.err }

// Fail makes reading fail.
func (c *Coder) Fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf(format, args...)
		c.buf = nil
	}
}

// Close gives the first error of reading, or that bytes are left over.
func (c *Coder) Close() error {
	if c.decode && c.err == nil && len(c.buf) > 0 {
		c.Fail("%d bytes too many", len(c.buf))
	}
	return c.err
}

type signed interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~int
}

type unsigned interface {
	~uint8 | ~uint16 | ~uint32 | ~uint64
}

// uvarint takes a varint in its shortest form.
func (c *Coder) uvarint() uint64 {
	if c.err != nil {
		return 0
	}
	v, n := binary.Uvarint(c.buf)
	if n <= 0 {
		c.Fail("%w", errShort)
		return 0
	}
	if n > 1 && c.buf[n-1] == 0 {
		c.Fail("a number is longer than it need be")
		return 0
	}
	c.buf = c.buf[n:]
	return v
}

// Int visits a signed integer.
func Int[T signed](c *Coder, v *T) {
	if !c.decode {
		c.buf = binary.AppendVarint(c.buf, int64(*v))
		return
	}
	u := c.uvarint()
	x := int64(u>>1) ^ -int64(u&1)
	if *v = T(x); int64(*v) != x {
		c.Fail("%d does not fit", x)
		*v = 0
	}
}

// Uint visits an unsigned integer.
func Uint[T unsigned](c *Coder, v *T) {
	if !c.decode {
		c.buf = binary.AppendUvarint(c.buf, uint64(*v))
		return
	}
	x := c.uvarint()
	if *v = T(x); uint64(*v) != x {
		c.Fail("%d does not fit", x)
		*v = 0
	}
}

// Flag visits a bool.
func Flag(c *Coder, v *bool) {
	var x uint8
	if *v {
		x = 1
	}
	Uint(c, &x)
	if x > 1 {
		c.Fail("%d is no bool", x)
	}
	*v = x == 1
}

// Real visits a float64 by its bits.
func Real(c *Coder, v *float64) {
	if !c.decode {
		c.buf = binary.LittleEndian.AppendUint64(c.buf, math.Float64bits(*v))
		return
	}
	if *v = 0; len(c.buf) < 8 {
		c.Fail("%w", errShort)
		return
	}
	*v = math.Float64frombits(binary.LittleEndian.Uint64(c.buf))
	c.buf = c.buf[8:]
}

// Reals visits floats of a number that both sides know.
func Reals(c *Coder, v []float64) {
	for i := range v {
		Real(c, &v[i])
	}
}

// Text visits a string.
func Text[T ~string](c *Coder, v *T) {
	n := Count(c, len(*v), 1)
	if !c.decode {
		c.buf = append(c.buf, *v...)
		return
	}
	*v = T(c.buf[:n])
	c.buf = c.buf[n:]
}

// Blob visits bytes. None and nil are the same; what is read is a copy.
func Blob(c *Coder, v *[]byte) {
	n := Count(c, len(*v), 1)
	if !c.decode {
		c.buf = append(c.buf, *v...)
		return
	}
	if *v = nil; n > 0 {
		*v = append([]byte(nil), c.buf[:n]...)
	}
	c.buf = c.buf[n:]
}

// Count visits the number of things that follow, each of at least size bytes: more than can be there is refused before
// memory is taken for them.
func Count(c *Coder, n, size int) int {
	if !c.decode {
		c.buf = binary.AppendUvarint(c.buf, uint64(n))
		return n
	}
	v := c.uvarint()
	if v > uint64(len(c.buf)/max(1, size)) {
		c.Fail("%w", errShort)
		return 0
	}
	return int(v)
}

// List visits a slice. None and nil are the same. An element takes at least one byte.
func List[T any](c *Coder, v *[]T, visit func(*T, *Coder)) {
	n := Count(c, len(*v), 1)
	if c.decode {
		*v = nil
		if n > 0 {
			*v = make([]T, 0, min(n, 1024)) // an element may be larger in memory than in its bytes
		}
	}
	for i := range n {
		if c.decode {
			if c.err != nil {
				return
			}
			*v = append(*v, *new(T))
		}
		visit(&(*v)[i], c)
	}
}

// Keys visits the keys of a map, which are given in order: ascending by less, none twice. What is read has the same
// order. The caller visits the values.
func Keys[K comparable](c *Coder, sorted []K, less func(a, b K) bool, visit func(*K, *Coder)) []K {
	List(c, &sorted, visit)
	if c.decode {
		for i := 1; i < len(sorted); i++ {
			if !less(sorted[i-1], sorted[i]) {
				c.Fail("keys are out of order")
				return nil
			}
		}
	}
	return sorted
}
