package models

import (
	"fmt"
	"math"

	"github.com/sluice-sor/sluice/features"
)

// MaxOutputs is the largest number of outputs of an arm.
const MaxOutputs = 1 + Horizons + HazardBins + 1

// A Probe is an input with the outputs that training had for it: whoever computes others reads the model wrongly, or is no
// machine to serve it (MOP-12).
type Probe struct {
	Arm uint32 // place in Arms, or len(Arms) + place in Kinds
	X   [features.Dim]float64
	Y   []float64 // see Outputs
}

// probeTolerance is how far an output may lie from the probe's, relative to its size or to 1. Ours have the same bits on every
// machine; 2⁻⁴⁰ leaves room for a trainer that sums in another order.
const probeTolerance = 0x1p-40

// arm gives an arm by its place in Arms and Kinds, one behind the other; nil beyond.
func (m *Model) arm(place uint32) *Arm {
	i := int(place)
	if i < len(m.Arms) {
		return &m.Arms[i]
	}
	if i -= len(m.Arms); i < len(m.Kinds) {
		return &m.Kinds[i]
	}
	return nil
}

// Scratch is how long the scratch of Phi and Outputs must be.
func (m *Model) Scratch() int {
	n := 0
	for _, net := range [2]*Network{m.Map, m.Cost} {
		if net != nil {
			n = max(n, net.Scratch())
		}
	}
	return n + m.costWidth()
}

func (m *Model) costWidth() int {
	if m.Cost == nil {
		return 0
	}
	return m.Cost.In()
}

// Outputs fills dst with what the model says of an arm, by its place in Arms and Kinds one behind the other, for a standardized
// vector, and gives the part it filled: the logit of H0; H3 in bps by horizon, where kept; the logit of H2 by bin, where kept;
// the cost in bps, where there is a cost network. Dst needs MaxOutputs, scratch Scratch. No allocation. It panics where the arm
// is none.
func (m *Model) Outputs(dst, scratch []float64, arm uint32, x *[features.Dim]float64) []float64 {
	a := m.arm(arm)
	var room [MaxDim]float64
	in := scratch[:m.costWidth()]
	scratch = scratch[len(in):]
	phi := m.Phi(room[:], scratch, x)
	dst = append(dst[:0], dot(a.Fill.Mean, phi))
	for h := range a.Toxicity {
		if t := &a.Toxicity[h]; !t.Empty() {
			dst = append(dst, dot(t.Mean, phi))
		}
	}
	if !a.Hazard.Empty() {
		slopes := dot(a.Hazard.Mean[HazardBins:], phi[1:])
		for b := range HazardBins {
			dst = append(dst, a.Hazard.Mean[b]+slopes)
		}
	}
	if m.Cost != nil {
		in = m.CostInput(in, a.Venue, a.Kind, a.Takes, x)
		m.Cost.Forward(dst[len(dst):len(dst)+1], scratch, in)
		dst = dst[:len(dst)+1]
	}
	return dst
}

// Probe gives the probe of an arm at an input: training calls it once the model is done.
func (m *Model) Probe(arm uint32, x [features.Dim]float64) Probe {
	y := make([]float64, 0, MaxOutputs)
	return Probe{Arm: arm, X: x, Y: m.Outputs(y, make([]float64, m.Scratch()), arm, &x)}
}

// checkProbes recomputes all probes.
func (m *Model) checkProbes() error {
	var room [MaxOutputs]float64
	scratch := make([]float64, m.Scratch())
	for i := range m.Probes {
		p := &m.Probes[i]
		if m.arm(p.Arm) == nil {
			return fmt.Errorf("probe %d is of arm %d: there are %d", i, p.Arm, len(m.Arms)+len(m.Kinds))
		}
		for j, v := range p.X {
			if !(v >= -features.Clip && v <= features.Clip) {
				return fmt.Errorf("probe %d: feature %s is %v: they lie within ±%v", i, m.Columns[j].Name, v, features.Clip)
			}
		}
		got := m.Outputs(room[:0], scratch, p.Arm, &p.X)
		if len(got) != len(p.Y) {
			return fmt.Errorf("probe %d has %d outputs, the model gives %d", i, len(p.Y), len(got))
		}
		for j, want := range p.Y {
			if !(math.Abs(got[j]-want) <= float64(probeTolerance*max(1, math.Abs(want)))) {
				return fmt.Errorf("probe %d: output %d is %v, training had %v: this is not the model that was trained", i, j, got[j], want)
			}
		}
	}
	return nil
}

// dot is xᵀy, summed from the left.
func dot(x, y []float64) float64 {
	sum := 0.0
	for i, v := range x {
		sum += float64(v * y[i])
	}
	return sum
}
