package models_test

import (
	"math"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/models"
	"github.com/sluice-sor/sluice/models/modeltest"
)

// TestCheck breaks a good model in one place at a time (MOP-12, TEST-61).
func TestCheck(t *testing.T) {
	tests := []struct {
		name  string
		small bool
		spoil func(*models.Model)
		want  string // empty: still good
	}{
		{"nothing", false, func(*models.Model) {}, ""},
		{"nothing, with networks", true, func(*models.Model) {}, ""},
		{"no family", false, func(m *models.Model) { m.Header.Family = "" }, "names no family"},
		{"other schema", false, func(m *models.Model) { m.Header.Schema = "0123456789abcdef" }, "trained on feature schema 0123456789abcdef, this build extracts"},
		{"a column in other units", false, func(m *models.Model) { m.Columns[3].Scale *= 100 }, "its columns are schema"},
		{"a column gone", false, func(m *models.Model) { m.Columns = m.Columns[1:] }, "15 columns"},
		{"no arms", false, func(m *models.Model) { m.Arms, m.Kinds = nil, nil }, "0 arms and 0 kinds"},
		{"no probes", false, func(m *models.Model) { m.Probes = nil }, "0 probes"},
		{"an arm twice", false, func(m *models.Model) { m.Arms = append(m.Arms, m.Arms[0]) }, "there twice"},
		{"a venue among kinds", false, func(m *models.Model) { m.Kinds[0].Venue = "LIT1" }, "Kinds name none"},
		{"a nameless arm", false, func(m *models.Model) { m.Arms[0].Venue = "" }, "Arms name their venue"},
		{"no fill head", false, func(m *models.Model) { m.Arms[0].Fill = models.Gaussian{} }, "LIT1 rests): Fill: 0 means"},
		{"NaN", false, func(m *models.Model) { m.Arms[1].Fill.Mean[2] = math.NaN() }, "LIT1 takes): Fill: figure 2 is NaN"},
		{"infinite precision", false, func(m *models.Model) { m.Arms[1].Fill.Precision[0] = math.Inf(1) }, "precision of coefficient 0 is +Inf"},
		{"huge", false, func(m *models.Model) { m.Arms[0].Toxicity[1].Mean[0] = 1e6 }, "Toxicity[1]: figure 0 is 1e+06"},
		{"not symmetric", false, func(m *models.Model) { m.Arms[0].Fill.Precision[1]++ }, "not symmetric at (1, 0)"},
		{"not positive definite", false, func(m *models.Model) { m.Arms[0].Hazard.Precision[0] = 0 }, "Hazard: the precision is not positive definite"},
		{"no noise", false, func(m *models.Model) { m.Arms[0].Noise[3] = 0 }, "Noise[3] is 0"},
		{"no bins", false, func(m *models.Model) { m.Arms[0].SizeB = nil }, "sizes in 9 and 0 bins"},
		{"an empty bin", false, func(m *models.Model) { m.Arms[0].SizeA[4] = 0 }, "size bin 4 is Beta(0, 17)"},
		{"no latency", false, func(m *models.Model) { m.Arms[0].Latency = 0 }, "latency is 0 s"},
		{"a journal twice", false, func(m *models.Model) { m.Header.Journals = []uint32{3, 7, 7} }, "journal 7 behind 7"},
		{"leak", false, func(m *models.Model) { m.Arms[0].Leak = -1e3 }, "leak is -1000"},
		{"more leak than is believed", false, func(m *models.Model) { m.Kinds[0].Leak = models.MostLeak + .01 }, "leak is 0.51"},
		{"impact", false, func(m *models.Model) { m.Impact.Y[0] = 4 }, "impact of bucket 0 is 4"},
		{"impact without deviation", false, func(m *models.Model) { m.Impact.SD = nil }, "5 factors and 0 deviations"},
		{"kernel", false, func(m *models.Model) { m.Kernel[2] = -1 }, "kernel coefficient 2 is -1"},
		{"more kernel than is believed", false, func(m *models.Model) { m.Kernel[0] = models.MostKernel + .1 }, "kernel coefficient 0 is 1.1"},
		{"a probe's output", false, func(m *models.Model) { m.Probes[3].Y[0] += 1e-6 }, "probe 3: output 0 is"},
		{"a probe without output", false, func(m *models.Model) { m.Probes[3].Y = nil }, "probe 3 has 0 outputs"},
		{"a probe of no arm", false, func(m *models.Model) { m.Probes[0].Arm = 99 }, "probe 0 is of arm 99"},
		{"a probe out of range", false, func(m *models.Model) { m.Probes[0].X[2] = 5 }, "probe 0: feature volatility is 5"},
		{"a coefficient", false, func(m *models.Model) { m.Arms[0].Fill.Mean[1] += .01 }, "this is not the model that was trained"},
		{"a weight of the map", true, func(m *models.Model) { m.Map.Layers[0].B[0] += .5 }, "this is not the model that was trained"},
		{"a weight of the cost network", true, func(m *models.Model) { m.Cost.Layers[1].B[0] += .5 }, "this is not the model that was trained"},
		{"a huge weight", true, func(m *models.Model) { m.Map.Layers[0].W[0] = 1e5 }, "feature map: layer 1: figure 0 is 100000"},
		{"no intercept", true, func(m *models.Model) { m.Map.Layers[1].B[0] = 0 }, "not the constant 1"},
		{"a learned intercept", true, func(m *models.Model) { m.Map.Layers[1].W[1] = .1 }, "not the constant 1"},
		{"a narrow map", true, func(m *models.Model) { m.Map = m.Cost }, "feature map: it takes 18 figures"},
		{"a map without layers", true, func(m *models.Model) { m.Map.Layers = nil }, "feature map: 0 layers"},
		{"weights missing", true, func(m *models.Model) { m.Cost.Layers[0].W = m.Cost.Layers[0].W[1:] }, "cost network: layer 1 of 3×18 has 53 weights"},
	}
	for _, test := range tests {
		m := modeltest.New(1, modeltest.Venue{Name: "LIT1", Kind: "lit"})
		if test.small {
			m = modeltest.Small(1)
		}
		test.spoil(m)
		err := m.Check()
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}
