package models

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/sluice-sor/sluice/features"
)

// A Shift is one coefficient of one head that two models disagree about.
type Shift struct {
	Arm     string  `json:"arm"`  // such as "LITX takes"
	Head    string  `json:"head"` // fill, toxicity .1s …, hazard
	Feature string  `json:"feature"`
	From    float64 `json:"from"`
	To      float64 `json:"to"`
	SE      float64 `json:"se"` // of the first model: 1/√ of its precision's diagonal
	Sigmas  float64 `json:"sigmas"`
}

// A Gap is how far apart two models' outputs lie at the probes of both, over the arms that both have.
type Gap struct {
	Output string  `json:"output"`
	Mean   float64 `json:"mean"` // of the absolute difference
	Most   float64 `json:"most"`
}

// A Difference is what two models disagree about.
type Difference struct {
	Arms    int      `json:"arms"`     // that both have
	Gone    []string `json:"gone"`     // only the first has them
	New     []string `json:"new"`      // only the second has them
	SamePhi bool     `json:"same_phi"` // both have the same features, so that coefficients can be compared
	Shifts  []Shift  `json:"shifts"`   // the largest first; none unless SamePhi
	Gaps    []Gap    `json:"gaps"`
}

var horizonNames = [Horizons]string{".1s", "1s", "10s", "60s"}

// Compare says what b has otherwise than a. Both must have passed Check.
func Compare(a, b *Model) *Difference {
	d := &Difference{SamePhi: sameNetwork(a.Map, b.Map), Gone: []string{}, New: []string{}, Shifts: []Shift{}, Gaps: []Gap{}}
	var pairs [][2]uint32
	for i := range len(a.Arms) + len(a.Kinds) {
		at, bt := a.arm(uint32(i)), b.place(a.arm(uint32(i)))
		if bt < 0 {
			d.Gone = append(d.Gone, at.String())
			continue
		}
		pairs = append(pairs, [2]uint32{uint32(i), uint32(bt)})
		if d.SamePhi {
			d.shifts(at, b.arm(uint32(bt)), a.Columns)
		}
	}
	for i := range len(b.Arms) + len(b.Kinds) {
		if bt := b.arm(uint32(i)); a.place(bt) < 0 {
			d.New = append(d.New, bt.String())
		}
	}
	d.Arms = len(pairs)
	slices.SortStableFunc(d.Shifts, func(x, y Shift) int { return cmp.Compare(math.Abs(y.Sigmas), math.Abs(x.Sigmas)) })
	d.gaps(a, b, pairs)
	return d
}

// place is where the model has the arm of another, −1 if nowhere.
func (m *Model) place(of *Arm) int {
	for i := range len(m.Arms) + len(m.Kinds) {
		if a := m.arm(uint32(i)); a.Venue == of.Venue && a.Kind == of.Kind && a.Takes == of.Takes {
			return i
		}
	}
	return -1
}

func sameNetwork(a, b *Network) bool {
	if a == nil || b == nil {
		return a == b
	}
	return slices.EqualFunc(a.Layers, b.Layers, func(x, y Layer) bool {
		return x.In == y.In && x.Out == y.Out && x.ReLU == y.ReLU && slices.Equal(x.W, y.W) && slices.Equal(x.B, y.B)
	})
}

func (d *Difference) shifts(a, b *Arm, columns []features.Feature) {
	n := len(a.Fill.Mean)
	name := func(i int) string {
		if n == len(columns) {
			return columns[i].Name
		}
		return fmt.Sprintf("map %d", i)
	}
	d.head(a, "fill", &a.Fill, &b.Fill, name)
	for h := range a.Toxicity {
		d.head(a, "toxicity "+horizonNames[h], &a.Toxicity[h], &b.Toxicity[h], name)
	}
	d.head(a, "hazard", &a.Hazard, &b.Hazard, func(i int) string {
		if i < HazardBins {
			return fmt.Sprintf("bin %d", i)
		}
		return name(i - HazardBins + 1)
	})
}

func (d *Difference) head(arm *Arm, head string, a, b *Gaussian, name func(int) string) {
	n := len(a.Mean)
	if n != len(b.Mean) {
		return
	}
	for i := range n {
		if a.Mean[i] == b.Mean[i] {
			continue
		}
		se := 1 / math.Sqrt(a.Precision[i*n+i])
		d.Shifts = append(d.Shifts, Shift{Arm: arm.String(), Head: head, Feature: name(i), From: a.Mean[i], To: b.Mean[i], SE: se, Sigmas: (b.Mean[i] - a.Mean[i]) / se})
	}
}

// outputNames names what Outputs gives for an arm.
func (m *Model) outputNames(a *Arm) []string {
	names := []string{"fill, logit"}
	for h := range a.Toxicity {
		if !a.Toxicity[h].Empty() {
			names = append(names, "toxicity "+horizonNames[h]+", bps")
		}
	}
	if !a.Hazard.Empty() {
		for b := range HazardBins {
			names = append(names, fmt.Sprintf("hazard bin %d, logit", b))
		}
	}
	if m.Cost != nil {
		names = append(names, "cost, bps")
	}
	return names
}

// gaps compares outputs that both models have, by name, at every probe of both.
func (d *Difference) gaps(a, b *Model, pairs [][2]uint32) {
	var sums []Gap
	var counts []int
	as, bs := make([]float64, a.Scratch()), make([]float64, b.Scratch())
	var aRoom, bRoom [MaxOutputs]float64
	for _, pair := range pairs {
		names, others := a.outputNames(a.arm(pair[0])), b.outputNames(b.arm(pair[1]))
		for _, probes := range [2][]Probe{a.Probes, b.Probes} {
			for i := range probes {
				x := a.Outputs(aRoom[:0], as, pair[0], &probes[i].X)
				y := b.Outputs(bRoom[:0], bs, pair[1], &probes[i].X)
				for j, name := range names {
					if k := slices.Index(others, name); k >= 0 {
						sums, counts = add(sums, counts, name, math.Abs(y[k]-x[j]))
					}
				}
			}
		}
	}
	for i := range sums {
		sums[i].Mean /= float64(counts[i])
	}
	d.Gaps = append(d.Gaps, sums...)
}

func add(sums []Gap, counts []int, name string, gap float64) ([]Gap, []int) {
	i := slices.IndexFunc(sums, func(g Gap) bool { return g.Output == name })
	if i < 0 {
		i = len(sums)
		sums, counts = append(sums, Gap{Output: name}), append(counts, 0)
	}
	sums[i].Mean += gap
	sums[i].Most = max(sums[i].Most, gap)
	counts[i]++
	return sums, counts
}
