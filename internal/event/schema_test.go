package event

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
	"pgregory.net/rapid"

	"github.com/sluice-sor/sluice/internal/market"
)

func schema(t *testing.T) protoreflect.FileDescriptor {
	t.Helper()
	c := protocompile.Compiler{Resolver: &protocompile.SourceResolver{}, SourceInfoMode: protocompile.SourceInfoStandard}
	files, err := c.Compile(context.Background(), "event.proto")
	if err != nil {
		t.Fatal(err)
	}
	return files[0]
}

// utf8Text gives the strings that a proto3 string may hold.
func utf8Text() *rapid.Generator[string] {
	return rapid.String().Filter(utf8.ValidString)
}

// TestSchema: event.proto describes the journal's bytes. Any body's encoding parses under its message with equal values,
// nothing is unknown, the message has no field that the body has not, and protobuf's own canonical encoding is ours.
func TestSchema(t *testing.T) {
	file := schema(t)
	for _, k := range kinds(t) {
		name := nameOf(newBody(k))
		t.Run(name, func(t *testing.T) {
			message := file.Messages().ByName(protoreflect.Name(name))
			if message == nil {
				t.Fatalf("event.proto has no message %s", name)
			}
			comment := fmt.Sprintf("%s is record type %d.", name, k)
			if got := strings.TrimSpace(file.SourceLocations().ByDescriptor(message).LeadingComments); got != comment {
				t.Errorf("the comment of %s is %q, want %q", name, got, comment)
			}
			rapid.Check(t, func(t *rapid.T) {
				body := drawBody(t, k, utf8Text())
				b := Append(nil, body)
				m := dynamicpb.NewMessage(message)
				if err := proto.Unmarshal(b, m); err != nil {
					t.Fatalf("protobuf does not read it: %v", err)
				}
				compare(t, name, reflect.ValueOf(body).Elem(), m)
				if again, err := (proto.MarshalOptions{Deterministic: true}).Marshal(m); err != nil || string(again) != string(b) {
					t.Fatalf("protobuf encodes it as %x, %v, want %x", again, err, b)
				}
			})
		})
	}
}

// compare holds one struct against one message.
func compare(t *rapid.T, at string, v reflect.Value, m protoreflect.Message) {
	if u := m.GetUnknown(); len(u) > 0 {
		t.Fatalf("%s: unknown fields %x", at, []byte(u))
	}
	seen := compareFields(t, at, v, m)
	if n := m.Descriptor().Fields().Len(); n != seen {
		t.Fatalf("%s: the message has %d fields, the body %d", at, n, seen)
	}
}

func compareFields(t *rapid.T, at string, v reflect.Value, m protoreflect.Message) (seen int) {
	for i := range v.NumField() {
		f, value := v.Type().Field(i), v.Field(i)
		if f.Anonymous {
			seen += compareFields(t, at, value, m)
			continue
		}
		name := snake(f.Name)
		if n, ok := value.Interface().(market.Notional); ok {
			hi, lo := n.Parts()
			compareValue(t, at+"."+name, reflect.ValueOf(hi), m, name+"_hi")
			compareValue(t, at+"."+name, reflect.ValueOf(lo), m, name+"_lo")
			seen += 2
			continue
		}
		compareValue(t, at+"."+name, value, m, name)
		seen++
	}
	return seen
}

func compareValue(t *rapid.T, at string, v reflect.Value, m protoreflect.Message, name string) {
	d := m.Descriptor().Fields().ByName(protoreflect.Name(name))
	if d == nil {
		t.Fatalf("%s: event.proto has no field %s", at, name)
	}
	got := m.Get(d)
	equal := false
	switch {
	case d.IsList():
		list := got.List()
		if equal = list.Len() == v.Len(); !equal {
			break
		}
		for i := range v.Len() {
			if d.Kind() == protoreflect.MessageKind {
				compare(t, fmt.Sprintf("%s[%d]", at, i), v.Index(i), list.Get(i).Message())
			} else if math.Float64bits(list.Get(i).Float()) != math.Float64bits(v.Index(i).Float()) {
				t.Fatalf("%s[%d] = %v, want %v", at, i, list.Get(i), v.Index(i))
			}
		}
	case d.Kind() == protoreflect.MessageKind:
		compare(t, at, v, got.Message())
		equal = true
	case d.Kind() == protoreflect.Sint64Kind:
		equal = v.CanInt() && got.Int() == v.Int()
	case d.Kind() == protoreflect.Uint64Kind:
		equal = v.CanUint() && got.Uint() == v.Uint()
	case d.Kind() == protoreflect.BoolKind:
		equal = v.Kind() == reflect.Bool && got.Bool() == v.Bool()
	case d.Kind() == protoreflect.DoubleKind:
		equal = v.CanFloat() && math.Float64bits(got.Float()) == math.Float64bits(v.Float())
	case d.Kind() == protoreflect.StringKind:
		equal = v.Kind() == reflect.String && got.String() == v.String()
	case d.Kind() == protoreflect.BytesKind:
		equal = v.Kind() == reflect.Slice && string(got.Bytes()) == string(v.Bytes())
	}
	if !equal {
		t.Fatalf("%s = %v (%v), want %v", at, got, d.Kind(), v)
	}
}

// TestSchemaNamesEveryMessage: no message of event.proto stands alone.
func TestSchemaNamesEveryMessage(t *testing.T) {
	file := schema(t)
	used := map[protoreflect.Name]bool{}
	for _, k := range kinds(t) {
		used[protoreflect.Name(nameOf(newBody(k)))] = true
	}
	for i := range file.Messages().Len() {
		fields := file.Messages().Get(i).Fields()
		for j := range fields.Len() {
			if m := fields.Get(j).Message(); m != nil {
				used[m.Name()] = true
			}
		}
	}
	for i := range file.Messages().Len() {
		if name := file.Messages().Get(i).Name(); !used[name] {
			t.Errorf("message %s of event.proto belongs to no body", name)
		}
	}
}

var (
	wordEnd  = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	capitals = regexp.MustCompile(`([A-Z])([A-Z][a-z])`)
)

// snake gives the protobuf name of a Go field: ClOrdID is cl_ord_id.
func snake(name string) string {
	return strings.ToLower(capitals.ReplaceAllString(wordEnd.ReplaceAllString(name, "${1}_$2"), "${1}_$2"))
}
