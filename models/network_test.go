package models_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/sluice-sor/sluice/features"
	"github.com/sluice-sor/sluice/models"
	"github.com/sluice-sor/sluice/models/modeltest"
)

// TestForward compares with the definition, in widths around the blocks of four, to the bit: sums run from the left.
func TestForward(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, widths := range [][]int{{1, 1}, {3, 4}, {5, 7, 3}, {16, 32, 16}, {18, 9, 8, 1}} {
		n := modeltest.Network(r, widths...)
		x := make([]float64, n.In())
		for i := range x {
			x[i] = r.NormFloat64()
		}
		want := x
		for _, l := range n.Layers {
			y := make([]float64, l.Out)
			for o := range y {
				y[o] = l.B[o]
				for i, v := range want {
					y[o] += float64(l.W[o*l.In+i] * v)
				}
				if l.ReLU && y[o] < 0 {
					y[o] = 0
				}
			}
			want = y
		}
		got := make([]float64, n.Out())
		n.Forward(got, make([]float64, n.Scratch()), x)
		for i := range got {
			if math.Float64bits(got[i]) != math.Float64bits(want[i]) {
				t.Errorf("widths %v: output %d is %v, want %v", widths, i, got[i], want[i])
			}
		}
	}
}

// TestForwardGolden: one hidden layer by hand. h = relu(2·1 − 3 + .5, 1 + 3 − 1) = (0, 3); y = 4·0 − 2·3 + .25.
func TestForwardGolden(t *testing.T) {
	n := &models.Network{Layers: []models.Layer{
		{In: 2, Out: 2, W: []float64{2, -1, 1, 1}, B: []float64{.5, -1}, ReLU: true},
		{In: 2, Out: 1, W: []float64{4, -2}, B: []float64{.25}},
	}}
	var y [1]float64
	n.Forward(y[:], make([]float64, n.Scratch()), []float64{1, 3})
	if y[0] != -5.75 {
		t.Errorf("Forward = %v, want -5.75", y[0])
	}
}

// TestNoAllocation holds what the router does with a model at every decision.
func TestNoAllocation(t *testing.T) {
	m := modeltest.Small(1)
	scratch, dst := make([]float64, m.Scratch()), make([]float64, 0, models.MaxOutputs)
	x := m.Probes[0].X
	if n := testing.AllocsPerRun(100, func() { m.Outputs(dst, scratch, 0, &x) }); n != 0 {
		t.Errorf("a prediction allocates %v times", n)
	}
}

// TestPhi: the intercept stays 1, and no feature leaves ±4.
func TestPhi(t *testing.T) {
	m := modeltest.Small(1)
	for i := range m.Map.Layers[1].W[3:] {
		m.Map.Layers[1].W[3+i] = 100
	}
	var room [models.MaxDim]float64
	x := m.Probes[0].X
	phi := m.Phi(room[:], make([]float64, m.Scratch()), &x)
	if len(phi) != m.Dim() || phi[0] != 1 || math.Abs(phi[1]) > features.Clip {
		t.Errorf("Phi = %v, want 1 and a feature within ±4", phi)
	}
}

// TestFind: a venue's own arm goes before that of its kind.
func TestFind(t *testing.T) {
	m := modeltest.New(1, modeltest.Venue{Name: "LIT1", Kind: "lit"}, modeltest.Venue{Name: "DARK1", Kind: "dark"})
	tests := []struct {
		venue, kind string
		takes       bool
		want        string
		own         bool
	}{
		{"LIT1", "lit", true, "LIT1 takes", true},
		{"DARK1", "dark", false, "DARK1 rests", true},
		{"DARK9", "dark", false, "every dark rests", false},
		{"ECN1", "ecn", true, "", false},
	}
	for _, test := range tests {
		a, own := m.Find(test.venue, test.kind, test.takes)
		got := ""
		if a != nil {
			got = a.String()
		}
		if got != test.want || own != test.own {
			t.Errorf("Find(%s, %s, %v) = %q, %v, want %q, %v", test.venue, test.kind, test.takes, got, own, test.want, test.own)
		}
	}
}

func BenchmarkForward(b *testing.B) {
	n := modeltest.Network(rand.New(rand.NewPCG(1, 1)), 16, 32, 16)
	x, y, scratch := make([]float64, 16), make([]float64, 16), make([]float64, n.Scratch())
	b.ReportAllocs()
	for b.Loop() {
		n.Forward(y, scratch, x)
	}
}

func BenchmarkParseAndCheck(b *testing.B) {
	var venues []modeltest.Venue
	for _, name := range []string{"A", "B", "C", "D", "E", "F", "G", "H"} {
		venues = append(venues, modeltest.Venue{Name: name, Kind: "dark"})
	}
	m := modeltest.New(1, venues...)
	modeltest.Probe(m, 1000)
	data := m.AppendBinary(nil)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		m, err := models.Parse(data)
		if err != nil {
			b.Fatal(err)
		}
		if err := m.Check(); err != nil {
			b.Fatal(err)
		}
	}
}
