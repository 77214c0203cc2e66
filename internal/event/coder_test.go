package event

import (
	"bytes"
	"encoding/hex"
	"math"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"pgregory.net/rapid"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestRoundTrip: what Append writes, Decode reads, for every kind and any content; equal bodies have equal bytes.
func TestRoundTrip(t *testing.T) {
	for _, k := range kinds(t) {
		t.Run(nameOf(newBody(k)), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				body := drawBody(t, k, anyBytes())
				if body.Kind() != k {
					t.Fatalf("a %T says it is kind %d, want %d", body, body.Kind(), k)
				}
				b := Append([]byte("before"), body)
				if !bytes.HasPrefix(b, []byte("before")) {
					t.Fatal("Append changed what was in the buffer")
				}
				b = b[len("before"):]
				got, err := Decode(k, b)
				if err != nil {
					t.Fatalf("Decode: %v", err)
				}
				if !same(reflect.ValueOf(got), reflect.ValueOf(body)) {
					t.Fatalf("got  %+v\nwant %+v", got, body)
				}
				if again := Append(nil, got); !bytes.Equal(again, b) {
					t.Fatalf("encoded again %x, want %x", again, b)
				}
			})
		})
	}
}

// TestDecodeKeepsNothing: a decoded body does not change when its payload is reused.
func TestDecodeKeepsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := []Kind{KindParentReceived, KindBookChanged, KindModelActivated, KindRecordDecision, KindRecordExecution}
		k := rapid.SampledFrom(all).Draw(t, "kind")
		body := drawBody(t, k, anyBytes())
		b := Append(nil, body)
		got, err := Decode(k, b)
		if err != nil {
			t.Fatal(err)
		}
		for i := range b {
			b[i] = 0xff
		}
		if !same(reflect.ValueOf(got), reflect.ValueOf(body)) {
			t.Fatalf("the body changed with its payload: %+v, want %+v", got, body)
		}
	})
}

func tag(n int32, typ protowire.Type) []byte { return protowire.AppendTag(nil, num(n), typ) }

func cat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// TestDecodeRefuses lists what is no canonical encoding of a ChildSent{Child, Request} or a ParentReceived.
func TestDecodeRefuses(t *testing.T) {
	child, request := []byte{1 << 3, 7}, []byte{2 << 3, 9}
	terms := func(content ...byte) []byte {
		return cat(tag(4, protowire.BytesType), []byte{byte(len(content))}, content)
	}
	for _, tc := range []struct {
		name string
		kind Kind
		in   []byte
		want string
	}{
		{"unknown kind", 99, nil, "kind 99 is unknown"},
		{"unknown field", KindChildSent, cat(child, []byte{3 << 3, 1}), "field 3 is unknown"},
		{"repeated field", KindChildSent, cat(child, child), "field 1 is unknown, repeated"},
		{"out of order", KindChildSent, cat(request, child), "out of order"},
		{"wrong wire type", KindChildSent, cat(tag(1, protowire.BytesType), []byte{1, 7}), "wire type 2, want 0"},
		{"unused wire type", KindChildSent, cat(tag(1, protowire.Fixed32Type), []byte{1, 2, 3, 4}), "which no body uses"},
		{"zero written out", KindChildSent, []byte{1 << 3, 0}, "not canonical"},
		{"too large", KindChildSent, cat(child, tag(2, protowire.VarintType), protowire.AppendVarint(nil, 1<<32)), "does not fit"},
		{"long varint", KindChildSent, []byte{1 << 3, 0x87, 0x00}, "longer than it need be"},
		{"long tag", KindChildSent, []byte{0x80 | 1<<3, 0x00, 7}, "longer than it need be"},
		{"long length", KindClientUp, []byte{1<<3 | 2, 0x81, 0x00, 'A'}, "longer than it need be"},
		{"field zero", KindChildSent, []byte{0, 1}, "bad tag"},
		{"torn tag", KindChildSent, []byte{0x80}, "bad tag"},
		{"torn varint", KindChildSent, []byte{1 << 3, 0x80}, "field 1"},
		{"torn text", KindClientUp, []byte{1<<3 | 2, 5, 'A'}, "field 1"},
		{"empty text", KindClientUp, []byte{1<<3 | 2, 0}, "left out"},
		{"empty bytes", KindRecovered, []byte{1<<3 | 2, 0}, "left out"},
		{"empty message", KindParentReceived, terms(), "left out"},
		{"a bool of two", KindParentReceived, []byte{3 << 3, 2}, "not a bool"},
		{"signed zero", KindParentReceived, terms(4<<3, 0), "not canonical"},
		{"unknown field inside", KindParentReceived, terms(0xc0, 0x01, 1), "field 4: field 24 is unknown"},
		{"torn double", KindRecordDecision, cat(tag(18, protowire.Fixed64Type), []byte{1, 2}), "field 18"},
		{"double zero", KindRecordDecision, cat(tag(18, protowire.Fixed64Type), make([]byte, 8)), "zero is left out"},
		{"list of doubles not whole", KindRecordDecision, cat(tag(26, protowire.BytesType), []byte{6}, tag(18, protowire.BytesType), []byte{3, 1, 2, 3}), "whole doubles"},
	} {
		got, err := Decode(tc.kind, tc.in)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: Decode(%x) = %+v, %v, want an error that says %q", tc.name, tc.in, got, err, tc.want)
		}
	}
}

func TestKnown(t *testing.T) {
	for _, tc := range []struct {
		kind    Kind
		version uint8
		want    bool
	}{
		{KindConfigured, Version, true}, {KindRecovered, Version, true}, {kindEventEnd, Version, false}, {KindSendChild, Version, true},
		{KindRaise, Version, true}, {kindCommandEnd, Version, false}, {KindFIXStore, Version, true}, {KindStateHash, Version, true},
		{0, Version, false}, {KindConfigured, Version + 1, false}, {KindConfigured, 0, false},
	} {
		if got := Known(uint16(tc.kind), tc.version); got != tc.want {
			t.Errorf("Known(%d, %d) = %v, want %v", tc.kind, tc.version, got, tc.want)
		}
	}
}

// fullDecision is a decision as large as they get on an ordinary day.
func fullDecision() *RecordDecision {
	d := &RecordDecision{Decision: 1, Parent: 2, At: 3, Stage: StageDark, Why: "arrival", Symbol: "AMZN", Side: market.Buy, Schema: "v1", M: .5, Epsilon: .01}
	for v := range market.VenueID(12) {
		d.Venues = append(d.Venues, VenueView{Venue: v + 1, Static: .5, FillProb: .25, FillLo: math.Pi, Bid: market.Level{Price: 10_000_000, Size: 300}, Features: make([]float64, 24),
			Size: 1000, Parts: CostParts{Fee: .1, Toxicity: .2, Opportunity: 3}, ExpectBps: 3.3, ExpectSd: .4})
		d.Plans = append(d.Plans, PlanView{Name: "static", Prob: .125, Shares: []Share{{Venue: v, Style: order.StyleDark, Qty: 100}}, Parts: CostParts{Fee: .1, Toxicity: .2, Opportunity: 3}})
	}
	return d
}

// TestDecodesWithoutParts: a decision that was journaled before there were cost parts is read, and writes the same bytes.
func TestDecodesWithoutParts(t *testing.T) {
	b, err := hex.DecodeString("080310072002a901000000000000d03fb00102d20122080121000000000000e03f51000000000000f83f8001019201080000" +
		"00000000f03fd2010a0802120668616c746564da01210a0673746174696311000000000000f83f19000000000000f03f2205080118c801")
	if err != nil {
		t.Fatal(err)
	}
	body, err := Decode(KindRecordDecision, b)
	if err != nil {
		t.Fatal(err)
	}
	d := body.(*RecordDecision)
	if v := d.Venues[0]; v.CostBps != 1.5 || v.Size != 0 || v.Parts != (CostParts{}) || d.Venues[1].Excluded != "halted" || d.Plans[0].Shares[0].Qty != 100 {
		t.Errorf("got %+v", d)
	}
	if again := Append(nil, d); !bytes.Equal(again, b) {
		t.Errorf("encoded again %x, want %x", again, b)
	}
}

// TestAppendAllocatesNothing holds the promise of the package comment, for every kind.
func TestAppendAllocatesNothing(t *testing.T) {
	bodies := []Body{fullDecision(), &SendChild{Child: order.Child{ID: 1, Qty: 100, Notional: market.NotionalOf(7, 7)}, ClOrdID: "A-1"}}
	for _, k := range kinds(t) {
		bodies = append(bodies, newBody(k))
	}
	var e Encoder
	b := make([]byte, 0, 1<<16)
	for _, body := range bodies {
		if n := testing.AllocsPerRun(100, func() { b = e.Append(b[:0], body) }); n != 0 {
			t.Errorf("%s: %v allocations, want 0", nameOf(body), n)
		}
	}
	if n := testing.AllocsPerRun(100, func() { b = Append(b[:0], bodies[0]) }); n > 1 {
		t.Errorf("Append: %v allocations, want at most 1", n)
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, body := range []Body{&ChildExecuted{Child: 1, ExecID: "E123456", VenueOrderID: "O123456", Qty: 100, Px: 10_005_000, Cum: 100, At: 1}, fullDecision()} {
		b.Run(nameOf(body), func(b *testing.B) {
			var e Encoder
			buf := make([]byte, 0, 1<<16)
			b.ReportAllocs()
			for b.Loop() {
				buf = e.Append(buf[:0], body)
			}
			b.SetBytes(int64(len(buf)))
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, body := range []Body{&ChildExecuted{Child: 1, ExecID: "E123456", VenueOrderID: "O123456", Qty: 100, Px: 10_005_000, Cum: 100, At: 1}, fullDecision()} {
		b.Run(nameOf(body), func(b *testing.B) {
			buf := Append(nil, body)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Decode(body.Kind(), buf); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// FuzzDecode: what Decode accepts is canonical; nothing makes it panic.
func FuzzDecode(f *testing.F) {
	for _, k := range kinds(f) {
		f.Add(uint16(k), Append(nil, newBody(k)))
	}
	f.Add(uint16(KindRecordDecision), Append(nil, fullDecision()))
	f.Add(uint16(KindChildSent), []byte{1 << 3, 0x87, 0x00})
	f.Add(uint16(KindParentReceived), Append(nil, &ParentReceived{Client: "C", Resend: true, Terms: order.Terms{Symbol: "AMZN", Qty: -1}}))
	f.Fuzz(func(t *testing.T, kind uint16, b []byte) {
		body, err := Decode(Kind(kind), b)
		if err != nil {
			return
		}
		if again := Append(nil, body); !bytes.Equal(again, b) {
			t.Fatalf("kind %d accepts %x, but the canonical encoding is %x", kind, b, again)
		}
	})
}
