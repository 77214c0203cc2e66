package event

import (
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/sluice-sor/sluice/internal/market"
)

// Time is market.Time, repeated here because every event carries one.
type Time = market.Time

// coder walks a body's fields in one direction: it appends them to buf, or takes them off its front.
type coder struct {
	decode bool
	buf    []byte
	ahead  field // the field at the front of buf, split off when it is looked at
	looked bool
	err    error
}

type field struct {
	num   protowire.Number
	typ   protowire.Type
	value uint64 // varint and fixed64
	bytes []byte // length-delimited
}

// Append appends the encoding of body to b. It costs the one small allocation that an [Encoder] saves.
func Append(b []byte, body Body) []byte {
	return new(Encoder).Append(b, body)
}

// An Encoder appends encodings without allocating, once the buffer it is given has room. The zero value is ready; it must
// not be used from two goroutines at once.
type Encoder struct{ c coder }

// Append appends the encoding of body to b.
func (e *Encoder) Append(b []byte, body Body) []byte {
	e.c.buf = b
	body.visit(&e.c)
	b, e.c.buf = e.c.buf, nil
	return b
}

// Decode reads a body of the given kind. The error names the kind and the field; strings are copied, so that the
// payload may be reused.
func Decode(kind Kind, payload []byte) (Body, error) {
	body := newBody(kind)
	if body == nil {
		return nil, fmt.Errorf("event: kind %d is unknown to this build", kind)
	}
	c := coder{decode: true, buf: payload}
	body.visit(&c)
	if c.finish(); c.err != nil {
		return nil, fmt.Errorf("event: kind %d: %w", kind, c.err)
	}
	return body, nil
}

// finish refuses what no visit took.
func (c *coder) finish() {
	if c.look() {
		c.fail("field %d is unknown, repeated or out of order", c.ahead.num)
	}
}

// look splits the next field off buf, once, and reports whether there is one. Tags, lengths and varints that are longer
// than they need be are refused: only one encoding of a body is canonical.
func (c *coder) look() bool {
	if c.looked || c.err != nil || len(c.buf) == 0 {
		return c.looked && c.err == nil
	}
	num, typ, n := protowire.ConsumeTag(c.buf)
	if n < 0 {
		c.fail("bad tag: %w", protowire.ParseError(n))
		return false
	}
	if n != protowire.SizeTag(num) {
		c.fail("field %d: the tag is longer than it need be", num)
		return false
	}
	b := c.buf[n:]
	f := field{num: num, typ: typ}
	var want int
	switch typ {
	case protowire.VarintType:
		f.value, n = protowire.ConsumeVarint(b)
		want = protowire.SizeVarint(f.value)
	case protowire.Fixed64Type:
		f.value, n = protowire.ConsumeFixed64(b)
		want = 8
	case protowire.BytesType:
		f.bytes, n = protowire.ConsumeBytes(b)
		want = protowire.SizeBytes(len(f.bytes))
	default:
		c.fail("field %d has wire type %d, which no body uses", num, typ)
		return false
	}
	switch {
	case n < 0:
		c.fail("field %d: %w", num, protowire.ParseError(n))
	case n != want:
		c.fail("field %d: the varint is longer than it need be", num)
	default:
		c.ahead, c.looked, c.buf = f, true, b[n:]
	}
	return c.looked
}

// take gives the next field if it has this number; canonical order makes one look enough. It is valid until the next
// take.
func (c *coder) take(n protowire.Number, typ protowire.Type) *field {
	if !c.look() || c.ahead.num != n {
		return nil
	}
	if c.ahead.typ != typ {
		c.fail("field %d has wire type %d, want %d", n, c.ahead.typ, typ)
		return nil
	}
	c.looked = false
	return &c.ahead
}

// takeBytes is take for what is left out when it is empty.
func (c *coder) takeBytes(n protowire.Number) *field {
	f := c.take(n, protowire.BytesType)
	if f != nil && len(f.bytes) == 0 {
		c.fail("field %d: what is empty is left out", n)
		return nil
	}
	return f
}

func (c *coder) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf(format, args...)
	}
}

type signed interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~int
}

type unsigned interface {
	~uint8 | ~uint16 | ~uint32 | ~uint64
}

// sint visits a signed integer (protobuf sint64).
func sint[T signed](c *coder, n protowire.Number, v *T) {
	if !c.decode {
		if *v != 0 {
			c.buf = protowire.AppendVarint(protowire.AppendTag(c.buf, n, protowire.VarintType), protowire.EncodeZigZag(int64(*v)))
		}
		return
	}
	if f := c.take(n, protowire.VarintType); f != nil {
		x := protowire.DecodeZigZag(f.value)
		if *v = T(x); int64(*v) != x || x == 0 {
			c.fail("field %d: %d is not canonical or does not fit", n, x)
		}
	}
}

// uvar visits an unsigned integer (protobuf uint64).
func uvar[T unsigned](c *coder, n protowire.Number, v *T) {
	if !c.decode {
		if *v != 0 {
			c.buf = protowire.AppendVarint(protowire.AppendTag(c.buf, n, protowire.VarintType), uint64(*v))
		}
		return
	}
	if f := c.take(n, protowire.VarintType); f != nil {
		if *v = T(f.value); uint64(*v) != f.value || f.value == 0 {
			c.fail("field %d: %d is not canonical or does not fit", n, f.value)
		}
	}
}

// flag visits a bool.
func flag(c *coder, n protowire.Number, v *bool) {
	var x uint8
	if *v {
		x = 1
	}
	uvar(c, n, &x)
	if c.decode {
		if x > 1 {
			c.fail("field %d: %d is not a bool", n, x)
		}
		*v = x == 1
	}
}

// real visits a float64 by its bits (protobuf double); negative zero is kept apart from zero.
func real(c *coder, n protowire.Number, v *float64) {
	bits := math.Float64bits(*v)
	if !c.decode {
		if bits != 0 {
			c.buf = protowire.AppendFixed64(protowire.AppendTag(c.buf, n, protowire.Fixed64Type), bits)
		}
		return
	}
	if f := c.take(n, protowire.Fixed64Type); f != nil {
		if f.value == 0 {
			c.fail("field %d: zero is left out", n)
		}
		*v = math.Float64frombits(f.value)
	}
}

// text visits a string. What a counterparty sent is kept as it is, even if it is not UTF-8: the journal tells the truth.
func text[T ~string](c *coder, n protowire.Number, v *T) {
	if !c.decode {
		if *v != "" {
			c.buf = protowire.AppendString(protowire.AppendTag(c.buf, n, protowire.BytesType), string(*v))
		}
		return
	}
	if f := c.takeBytes(n); f != nil {
		*v = T(f.bytes)
	}
}

// blob visits bytes.
func blob(c *coder, n protowire.Number, v *[]byte) {
	if !c.decode {
		if len(*v) > 0 {
			c.buf = protowire.AppendBytes(protowire.AppendTag(c.buf, n, protowire.BytesType), *v)
		}
		return
	}
	if f := c.takeBytes(n); f != nil {
		*v = append([]byte(nil), f.bytes...)
	}
}

// reals visits a packed list of float64.
func reals(c *coder, n protowire.Number, v *[]float64) {
	if !c.decode {
		if len(*v) == 0 {
			return
		}
		c.buf = protowire.AppendVarint(protowire.AppendTag(c.buf, n, protowire.BytesType), uint64(8*len(*v)))
		for _, x := range *v {
			c.buf = protowire.AppendFixed64(c.buf, math.Float64bits(x))
		}
		return
	}
	f := c.takeBytes(n)
	if f == nil {
		return
	}
	if len(f.bytes)%8 != 0 {
		c.fail("field %d: %d bytes are not whole doubles", n, len(f.bytes))
		return
	}
	*v = make([]float64, 0, len(f.bytes)/8)
	for b := f.bytes; len(b) > 0; b = b[8:] {
		x, _ := protowire.ConsumeFixed64(b)
		*v = append(*v, math.Float64frombits(x))
	}
}

// message visits an embedded message that is left out when its encoding is empty.
func message[T any](c *coder, n protowire.Number, v *T, visit func(*T, *coder)) {
	if !c.decode {
		start := len(c.buf)
		c.open(n)
		body := len(c.buf)
		visit(v, c)
		if len(c.buf) == body {
			c.buf = c.buf[:start]
			return
		}
		c.close(body)
		return
	}
	if f := c.takeBytes(n); f != nil {
		nested(c, n, f.bytes, v, visit)
	}
}

// list visits a repeated message.
func list[T any](c *coder, n protowire.Number, v *[]T, visit func(*T, *coder)) {
	if !c.decode {
		for i := range *v {
			c.open(n)
			body := len(c.buf)
			visit(&(*v)[i], c)
			c.close(body)
		}
		return
	}
	for c.err == nil {
		f := c.take(n, protowire.BytesType)
		if f == nil {
			return
		}
		*v = append(*v, *new(T))
		nested(c, n, f.bytes, &(*v)[len(*v)-1], visit)
	}
}

// nested walks a message inside b with the same coder.
func nested[T any](c *coder, n protowire.Number, b []byte, v *T, visit func(*T, *coder)) {
	rest := c.buf
	c.buf = b
	visit(v, c)
	c.finish()
	if c.err != nil {
		c.err = fmt.Errorf("field %d: %w", n, c.err)
	}
	c.buf = rest
}

// lengthBytes is the room open leaves for a message's length: a padded varint would not be canonical, so close moves
// the body when the length needs another size.
const lengthBytes = 1

func (c *coder) open(n protowire.Number) {
	c.buf = protowire.AppendTag(c.buf, n, protowire.BytesType)
	c.buf = append(c.buf, 0)
}

func (c *coder) close(body int) {
	size := len(c.buf) - body
	need := protowire.SizeVarint(uint64(size))
	for range need - lengthBytes {
		c.buf = append(c.buf, 0)
	}
	copy(c.buf[body-lengthBytes+need:], c.buf[body:body+size])
	protowire.AppendVarint(c.buf[:body-lengthBytes], uint64(size))
}
