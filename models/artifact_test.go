package models_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-sor/sluice/models"
	"github.com/sluice-sor/sluice/models/modeltest"
)

// samples is every shape of model: with and without a map, a cost network and the optional heads.
func samples() map[string]*models.Model {
	full := modeltest.New(1, modeltest.Venue{Name: "LIT1", Kind: "lit"}, modeltest.Venue{Name: "DARK1", Kind: "dark"})
	bare := modeltest.New(2, modeltest.Venue{Name: "LIT1", Kind: "lit"})
	bare.Impact, bare.Kinds = models.Impact{}, nil
	for i := range bare.Arms {
		a := &bare.Arms[i]
		a.Toxicity, a.Noise, a.Hazard, a.SizeA, a.SizeB = [4]models.Gaussian{}, [4]float64{}, models.Gaussian{}, nil, nil
	}
	modeltest.Probe(bare, 3)
	full.Header.Journals = []uint32{3, 77}
	return map[string]*models.Model{"full": full, "bare": bare, "small": modeltest.Small(3)}
}

// TestRoundTrip: what is read is what was written, and is written the same again (MOP-10).
func TestRoundTrip(t *testing.T) {
	for name, m := range samples() {
		data := m.AppendBinary(nil)
		got, err := models.Parse(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(m, got); diff != "" {
			t.Errorf("%s: written and read (-want +got):\n%s", name, diff)
		}
		if err := got.Check(); err != nil {
			t.Errorf("%s: Check: %v", name, err)
		}
		if again := got.AppendBinary([]byte("x")); string(again) != "x"+string(data) {
			t.Errorf("%s: written again, it is not the same", name)
		}
	}
}

// TestDamage cuts an artifact at every byte and flips every one of its bits: each is refused with a reason (TEST-62).
func TestDamage(t *testing.T) {
	m := modeltest.Small(1)
	m.Header.Journals = []uint32{7}
	data := m.AppendBinary(nil)
	t.Logf("%d bytes", len(data))
	refused := func(what string, at int, damaged []byte) {
		t.Helper()
		m, err := models.Parse(damaged)
		if err == nil || m != nil {
			t.Fatalf("%s at %d: it was read", what, at)
		}
		if !strings.HasPrefix(err.Error(), "models: ") {
			t.Fatalf("%s at %d: the reason is %q", what, at, err)
		}
	}
	for n := range data {
		refused("cut", n, data[:n])
	}
	for i := range data {
		for bit := range 8 {
			data[i] ^= 1 << bit
			refused("bit flipped", i, data)
			data[i] ^= 1 << bit
		}
	}
	refused("byte added", len(data), append(bytes.Clone(data), 0))
}

// section gives the start and the length of a section's content.
func section(t *testing.T, data []byte, place int) (from, n int) {
	t.Helper()
	at := 16
	for i := 1; ; i++ {
		n := int(binary.LittleEndian.Uint64(data[at+4:]))
		if i == place {
			return at + 44, n
		}
		at += 44 + n
	}
}

// forge replaces bytes of a section and mends its checksum, as one would who wants to be read.
func forge(t *testing.T, data []byte, place, at int, by []byte) []byte {
	t.Helper()
	from, n := section(t, data, place)
	out := bytes.Clone(data)
	copy(out[from+at:from+n], by)
	sum := sha256.Sum256(out[from : from+n])
	copy(out[from-32:], sum[:])
	return out
}

// TestForged: with right checksums, counts are still checked before memory is taken, figures are finite, texts are texts (MOP-11).
func TestForged(t *testing.T) {
	data := modeltest.Small(1).AppendBinary(nil)
	four := []byte{0xff, 0xff, 0xff, 0xff}
	nan := binary.LittleEndian.AppendUint64(nil, math.Float64bits(math.NaN()))
	inf := binary.LittleEndian.AppendUint64(nil, math.Float64bits(math.Inf(-1)))
	_, probes := section(t, data, 9)
	tests := []struct {
		name      string
		place, at int
		by        []byte
		want      string
	}{
		{"family's length", 1, 0, four, "section header: 4294967295 of a thing"},
		{"family no text", 1, 4, []byte{0xff}, "not UTF-8"},
		{"columns' count", 2, 0, four, "section columns: 4294967295 of a thing of which there are at most 16"},
		{"columns one less", 2, 0, []byte{15}, "bytes too many"},
		{"layers", 3, 0, []byte{9}, "9 of a thing of which there are at most 8"},
		{"layer's width", 3, 4, four, "a layer of 3×4294967295"},
		{"layers that do not fit", 3, 8, []byte{4}, "section map"},
		{"arms' count that is too large for the bytes", 4, 0, []byte{0, 4}, "the bytes end too early"},
		{"a flag", 4, 4 + 4 + 5 + 4 + 4, []byte{2}, "neither yes nor no"},
		{"impact NaN", 6, 4, nan, "section impact: a figure is not finite"},
		{"kernel infinite", 7, 0, inf, "section kernel: a figure is not finite"},
		{"probe's output NaN", 9, probes - 8, nan, "section probes: a figure is not finite"},
	}
	for _, test := range tests {
		_, err := models.Parse(forge(t, data, test.place, test.at, test.by))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

// TestTooLarge: the cap holds before anything is looked at (MOP-11).
func TestTooLarge(t *testing.T) {
	data := append(modeltest.Small(1).AppendBinary(nil), make([]byte, models.MaxBytes)...)
	if _, err := models.Parse(data); err == nil || !strings.Contains(err.Error(), "the limit is 67108864") {
		t.Errorf("Parse of %d bytes: %v", len(data), err)
	}
}

// TestAllocation: a bomb takes no more memory than its bytes justify.
func TestAllocation(t *testing.T) {
	data := modeltest.Small(1).AppendBinary(nil)
	bomb := forge(t, data, 4, 0, []byte{0, 4}) // 1,024 arms
	if n := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := models.Parse(bomb); err == nil {
				b.Fatal("read")
			}
		}
	}).AllocedBytesPerOp(); n > int64(10*len(data)) {
		t.Errorf("refusing %d bytes took %d bytes of memory", len(data), n)
	}
}

func TestID(t *testing.T) {
	if got, want := models.ID([]byte("abc")), "ba7816bf8f01cfea"; got != want { // FIPS 180-2, B.1
		t.Errorf("ID = %s, want %s", got, want)
	}
}

// FuzzParse: any bytes are refused or read, and what is read is written the same again and can be checked (TEST-50).
func FuzzParse(f *testing.F) {
	bare := modeltest.Small(1)
	bare.Cost, bare.Kinds, bare.Probes = nil, nil, bare.Probes[:1]
	for _, m := range []*models.Model{modeltest.Small(1), bare} { // small: a mutation should hit something
		data := m.AppendBinary(nil)
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, d := range [][]byte{data, sealed(data)} {
			m, err := models.Parse(d)
			if err != nil {
				continue
			}
			if !bytes.Equal(m.AppendBinary(nil), d) {
				t.Error("what was read is written otherwise")
			}
			_ = m.Check() // it may say anything, and does not panic
		}
	})
}

// sealed mends prefix and checksums as far as the bytes go, so that fuzzing reaches what lies behind them.
func sealed(data []byte) []byte {
	out := bytes.Clone(data)
	for at, i := 16, uint32(1); at+44 <= len(out); i++ {
		n := min(binary.LittleEndian.Uint64(out[at+4:]), uint64(len(out)-at-44))
		binary.LittleEndian.PutUint32(out[at:], i)
		binary.LittleEndian.PutUint64(out[at+4:], n)
		sum := sha256.Sum256(out[at+44 : at+44+int(n)])
		copy(out[at+12:], sum[:])
		at += 44 + int(n)
	}
	return out
}
