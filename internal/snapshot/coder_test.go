package snapshot

import (
	"bytes"
	"math"
	"reflect"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// fill gives every field of a struct a value of its own that is not zero.
func fill(v reflect.Value, n *int64) {
	*n++
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[market.Notional]() {
			v.Set(reflect.ValueOf(market.NotionalFromParts(uint64(*n), uint64(*n)<<40)))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), n)
		fill(v.Index(1), n)
	case reflect.String:
		v.SetString("text " + string(rune('A'+*n%26)))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(float64(*n) / 3)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(-*n % 100)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(*n%100) + 1)
	default:
		panic("no value for a " + v.Kind().String())
	}
}

// carries holds that a visitor carries every field of T: one that was added to T and not to its visitor comes back zero.
func carries[T any](t *testing.T, visit func(*T, *Coder), mend func(*T)) {
	t.Helper()
	var want, got T
	n := int64(0)
	fill(reflect.ValueOf(&want).Elem(), &n)
	if mend != nil {
		mend(&want)
	}
	c := NewEncoder(nil)
	visit(&want, c)
	b := c.Bytes()
	d := NewDecoder(b)
	visit(&got, d)
	if err := d.Close(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%T comes back as %+v, want %+v (error %v): add the new field to its visitor in words.go and raise the engine snapshot's version", want, got, want, err)
	}
	for cut := range b {
		d := NewDecoder(b[:cut])
		visit(new(T), d)
		if d.Close() == nil {
			t.Errorf("%T: %d of %d bytes are taken for all", want, cut, len(b))
		}
	}
}

// TestVisitorsCarryEveryField is INV-09 for the words of the domain.
func TestVisitorsCarryEveryField(t *testing.T) {
	carries(t, Amount, nil)
	carries(t, Quote, nil)
	carries(t, Instrument, nil)
	carries(t, Terms, nil)
	carries(t, Parent, nil)
	carries(t, Child, nil)
	carries(t, Execution, nil)
	carries(t, Book, func(b *market.Book) { b.BidDepth, b.AskDepth = market.MaxDepth, market.MaxDepth })
}

func TestNumbersHaveOneForm(t *testing.T) {
	for _, b := range [][]byte{{}, {0x80}, {0x80, 0x00}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}} {
		var v uint64
		d := NewDecoder(b)
		Uint(d, &v)
		if d.Close() == nil {
			t.Errorf("% x reads as %d", b, v)
		}
	}
	for _, want := range []int64{0, 1, -1, math.MaxInt64, math.MinInt64} {
		c := NewEncoder(nil)
		Int(c, &want)
		var got int64
		d := NewDecoder(c.Bytes())
		if Int(d, &got); d.Close() != nil || got != want {
			t.Errorf("%d comes back as %d, %v", want, got, d.Err())
		}
	}
	var small int8
	c := NewEncoder(nil)
	large := int64(300)
	Int(c, &large)
	if d := NewDecoder(c.Bytes()); true {
		if Int(d, &small); d.Close() == nil {
			t.Errorf("300 fits into %d", small)
		}
	}
}

// TestCountsTakeNoMemory gives counts that the bytes cannot hold.
func TestCountsTakeNoMemory(t *testing.T) {
	c := NewEncoder(nil)
	huge := uint64(1) << 60
	Uint(c, &huge)
	d := NewDecoder(c.Bytes())
	var v []order.Child
	if List(d, &v, Child); d.Close() == nil || v != nil {
		t.Errorf("a list of %d children out of %d bytes: %v", huge, len(c.Bytes()), d.Err())
	}
	var s string
	d = NewDecoder(append(bytes.Clone(c.Bytes()), "abc"...))
	if Text(d, &s); d.Close() == nil {
		t.Errorf("a text of 2^60 bytes reads as %q", s)
	}
}

func TestKeysAreInOrder(t *testing.T) {
	less := func(a, b uint64) bool { return a < b }
	visit := func(k *uint64, c *Coder) { Uint(c, k) }
	for _, keys := range [][]uint64{{2, 1}, {1, 1}} {
		c := NewEncoder(nil)
		Keys(c, keys, less, visit)
		d := NewDecoder(c.Bytes())
		if Keys(d, nil, less, visit); d.Close() == nil {
			t.Errorf("keys %d are taken", keys)
		}
	}
}
