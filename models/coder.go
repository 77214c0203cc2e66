package models

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

var errShort = errors.New("the bytes end too early")

// coder walks a model in one direction: it appends the fields to its bytes, or takes them off their front. One description of
// the format serves both, so they cannot differ. Numbers are little-endian and of fixed width. The first error of reading sticks;
// what is read after it is zero.
type coder struct {
	decode bool
	buf    []byte
	err    error
}

func (c *coder) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf(format, args...)
		c.buf = nil
	}
}

// has reports whether n more things of size bytes can be there, before memory is taken for them.
func (c *coder) has(n, size int) bool {
	if n > len(c.buf)/size {
		c.fail("%w", errShort)
		return false
	}
	return true
}

func (c *coder) u32(v *uint32) {
	if !c.decode {
		c.buf = binary.LittleEndian.AppendUint32(c.buf, *v)
		return
	}
	if *v = 0; c.has(1, 4) {
		*v = binary.LittleEndian.Uint32(c.buf)
		c.buf = c.buf[4:]
	}
}

func (c *coder) u64(v *uint64) {
	if !c.decode {
		c.buf = binary.LittleEndian.AppendUint64(c.buf, *v)
		return
	}
	if *v = 0; c.has(1, 8) {
		*v = binary.LittleEndian.Uint64(c.buf)
		c.buf = c.buf[8:]
	}
}

func (c *coder) i64(v *int64) {
	u := uint64(*v)
	c.u64(&u)
	*v = int64(u)
}

// real takes a figure by its bits. One that is not finite is refused.
func (c *coder) real(v *float64) {
	u := math.Float64bits(*v)
	c.u64(&u)
	if !c.decode {
		return
	}
	if *v = math.Float64frombits(u); !finite(*v) {
		c.fail("a figure is not finite")
		*v = 0
	}
}

func (c *coder) reals(v []float64) {
	for i := range v {
		c.real(&v[i])
	}
}

// array takes figures of a number that reading already knows.
func (c *coder) array(v *[]float64, n int) {
	if c.decode {
		if *v = nil; n == 0 || !c.has(n, 8) {
			return
		}
		*v = make([]float64, n)
	}
	c.reals(*v)
}

// list takes figures behind their number, at most limit.
func (c *coder) list(v *[]float64, limit int) { c.array(v, c.count(len(*v), limit, 8)) }

func (c *coder) flag(v *bool) {
	var x uint32
	if *v {
		x = 1
	}
	if c.u32(&x); x > 1 {
		c.fail("%d is neither yes nor no", x)
	}
	*v = x == 1
}

func (c *coder) text(v *string, limit int) {
	n := c.count(len(*v), limit, 1)
	if !c.decode {
		c.buf = append(c.buf, *v...)
		return
	}
	if *v = string(c.buf[:n]); !utf8.ValidString(*v) {
		c.fail("a text is not UTF-8")
		*v = ""
		return
	}
	c.buf = c.buf[n:]
}

// count takes the number of things that follow, each of at least size bytes: more than the limit, or than can be there, is
// refused before memory is taken for them.
func (c *coder) count(n, limit, size int) int {
	v := uint32(n)
	c.u32(&v)
	if !c.decode {
		return n
	}
	if uint64(v) > uint64(limit) {
		c.fail("%d of a thing of which there are at most %d", v, limit)
		return 0
	}
	if !c.has(int(v), size) {
		return 0
	}
	return int(v)
}

// each takes a slice of things, at most limit and each of at least size bytes.
func each[T any](c *coder, v *[]T, limit, size int, visit func(*coder, *T)) {
	n := c.count(len(*v), limit, size)
	if c.decode {
		if *v = nil; n > 0 {
			*v = make([]T, n)
		}
	}
	for i := range *v {
		visit(c, &(*v)[i])
	}
}

// finite reports whether x is neither NaN nor infinite.
func finite(x float64) bool { return x-x == 0 }
