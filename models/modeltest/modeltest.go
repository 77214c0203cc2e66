// Package modeltest makes artifacts for tests: complete, passing every check, different for every seed, and not trained.
package modeltest

import (
	"math/rand/v2"

	"github.com/sluice-sor/sluice/features"
	"github.com/sluice-sor/sluice/models"
)

// A Venue names an arm's venue and its kind.
type Venue struct{ Name, Kind string }

// New gives a model with both styles of each venue and of its kind, without a feature map or a cost network, and 16 probes.
func New(seed uint64, venues ...Venue) *models.Model {
	schema := features.Default()
	m := &models.Model{
		Header:  models.Header{Family: "test", Schema: schema.Hash(), Commit: "test", Seed: seed, Card: "# A model for tests\n"},
		Columns: schema.Columns[:],
		Impact:  models.Impact{Y: []float64{.5, .5, .5, .5, .5}, SD: []float64{.2, .2, .2, .2, .2}},
	}
	r := rand.New(rand.NewPCG(seed, 1))
	kinds := map[string]bool{}
	for _, v := range venues {
		for _, takes := range []bool{false, true} {
			m.Arms = append(m.Arms, arm(r, v.Name, v.Kind, takes, features.Dim))
			if !kinds[v.Kind] {
				m.Kinds = append(m.Kinds, arm(r, "", v.Kind, takes, features.Dim))
			}
		}
		kinds[v.Kind] = true
	}
	Probe(m, 16)
	return m
}

// Small gives a model of one arm with a feature map to two features and a cost network: every section is there, and few bytes.
func Small(seed uint64) *models.Model {
	r := rand.New(rand.NewPCG(seed, 2))
	m := New(seed, Venue{"DARK1", "dark"})
	m.Arms = []models.Arm{arm(r, "DARK1", "dark", false, 2)}
	m.Kinds = []models.Arm{arm(r, "", "dark", false, 2)}
	m.Header.Metrics = []models.Metric{{Name: "log score", Value: -.5, Low: -.6, High: -.4}}
	m.Kernel = [models.KernelTerms]float64{.1, .2, 0, .05}
	m.Map = Network(r, features.Dim, 3, 2)
	last := &m.Map.Layers[1]
	clear(last.W[:last.In])
	last.B[0], last.ReLU = 1, true
	m.Cost = Network(r, features.Dim+2, 3, 1)
	Probe(m, 2)
	return m
}

// Network gives a network of the given widths: ReLU between the layers, none behind the last.
func Network(r *rand.Rand, widths ...int) *models.Network {
	n := new(models.Network)
	for i := 1; i < len(widths); i++ {
		l := models.Layer{In: widths[i-1], Out: widths[i], ReLU: i+1 < len(widths)}
		l.W, l.B = make([]float64, l.In*l.Out), make([]float64, l.Out)
		for j := range l.W {
			l.W[j] = r.NormFloat64() / 4
		}
		for j := range l.B {
			l.B[j] = r.NormFloat64() / 4
		}
		n.Layers = append(n.Layers, l)
	}
	return n
}

// Probe gives the model n fresh probes.
func Probe(m *models.Model, n int) {
	r := rand.New(rand.NewPCG(m.Header.Seed, 3))
	m.Probes = nil
	for range n {
		var x [features.Dim]float64
		for i := range x {
			x[i] = min(features.Clip, max(-features.Clip, r.NormFloat64()))
		}
		x[features.One] = 1
		m.Probes = append(m.Probes, m.Probe(uint32(r.IntN(len(m.Arms)+len(m.Kinds))), x))
	}
}

func arm(r *rand.Rand, venue, kind string, takes bool, d int) models.Arm {
	a := models.Arm{
		Venue: venue, Kind: kind, Takes: takes, Latency: .001, Leak: .01, Rows: 1000,
		Fill: gaussian(r, d, -.5),
	}
	for h := range a.Toxicity {
		a.Toxicity[h], a.Noise[h] = gaussian(r, d, .5), float64(1+10*h)
	}
	if takes {
		return a
	}
	a.Hazard = gaussian(r, models.HazardBins+d-1, -2)
	for b := range models.SizeBins {
		a.SizeA, a.SizeB = append(a.SizeA, 1.5), append(a.SizeB, float64(5+3*b))
	}
	return a
}

func gaussian(r *rand.Rand, d int, intercept float64) models.Gaussian {
	g := models.Gaussian{Mean: make([]float64, d), Precision: make([]float64, d*d)}
	for i := range d {
		g.Mean[i] = r.NormFloat64() / 10
		g.Precision[i*d+i] = 50
		for j := range i {
			v := r.NormFloat64()
			g.Precision[i*d+j], g.Precision[j*d+i] = v, v
		}
	}
	g.Mean[0] += intercept
	return g
}
