package event

import (
	"math"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/sluice-sor/sluice/internal/market"
)

// kinds is every kind that has a body.
func kinds(t testing.TB) []Kind {
	t.Helper()
	var all []Kind
	for k := range Kind(512) {
		if has := newBody(k) != nil; has != (k.IsEvent() || k.IsCommand()) {
			t.Fatalf("kind %d: has a body %v, is an event %v, a command %v", k, has, k.IsEvent(), k.IsCommand())
		} else if has {
			all = append(all, k)
		}
	}
	if len(all) != 68 {
		t.Errorf("%d kinds have a body, want 68: a new one needs a message in event.proto", len(all))
	}
	return all
}

func nameOf(body Body) string { return reflect.TypeOf(body).Elem().Name() }

// draw fills a value at random, zero ever so often; text gives its strings.
func draw(t *rapid.T, v reflect.Value, text *rapid.Generator[string]) {
	if v.Type() == reflect.TypeFor[market.Notional]() {
		v.Set(reflect.ValueOf(market.NotionalFromParts(rapid.Uint64().Draw(t, "hi"), rapid.Uint64().Draw(t, "lo"))))
		return
	}
	if v.Kind() != reflect.Struct && rapid.IntRange(0, 3).Draw(t, "zero") == 0 {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			draw(t, v.Field(i), text)
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 3).Draw(t, "length")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			draw(t, v.Index(i), text)
		}
	case reflect.String:
		v.SetString(text.Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(drawFloat(t))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(rapid.Uint64Range(0, 1<<(8*v.Type().Size()-1)*2-1).Draw(t, "unsigned"))
	case reflect.Int32:
		v.SetInt(int64(rapid.Int32().Draw(t, "signed")))
	case reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "signed"))
	default:
		t.Fatalf("a body has a field of kind %v, which this test cannot fill", v.Kind())
	}
}

// drawFloat gives any bits: NaNs with their payload, both zeros and infinities among them.
func drawFloat(t *rapid.T) float64 {
	special := []float64{math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64}
	if i := rapid.IntRange(0, 2*len(special)).Draw(t, "special"); i < len(special) {
		return special[i]
	}
	return math.Float64frombits(rapid.Uint64().Draw(t, "bits"))
}

func drawBody(t *rapid.T, k Kind, text *rapid.Generator[string]) Body {
	body := newBody(k)
	draw(t, reflect.ValueOf(body).Elem(), text)
	return body
}

// anyBytes gives strings that need not be UTF-8.
func anyBytes() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string { return string(rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "bytes")) })
}

// same compares two values by content: floats by their bits, an empty slice like none.
func same(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Pointer:
		return same(a.Elem(), b.Elem())
	case reflect.Struct:
		for i := range a.NumField() {
			if !same(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !same(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Float64:
		return math.Float64bits(a.Float()) == math.Float64bits(b.Float())
	}
	return a.Equal(b)
}
