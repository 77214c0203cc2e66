package models

import (
	"errors"
	"fmt"
	"math"

	"github.com/sluice-sor/sluice/features"
)

// Bounds of what may serve (MOP-12). They are wide: a figure beyond them is a mistake, not a finding.
const (
	mostLogit     = 50   // |coefficient| of H0 and H2: no probability needs more with features within ±4
	mostToxicity  = 1000 // |coefficient| of H3, bps
	mostPrecision = 1e12 // on the diagonal
	leastNoise    = 1e-4 // H3, bps², as package bandit has it
	mostNoise     = 1e4  //
	mostCount     = 1e9  // H1
	mostLatency   = 3600 // seconds
	leastY        = .1   // H4
	mostY         = 3    //
	mostWeight    = 1e4  // |weight| of a network
)

// Bounds of what no outcome contradicts, which must therefore not be far off: a wrong figure would steer for ever. Training keeps
// to them, and whatever goes beyond them serves nowhere.
const (
	// MostLeak bounds the size of [Arm.Leak], bps a lot: ten times the standard deviation of its prior (learning text 1.2).
	MostLeak = .5
	// MostKernel bounds each of [Model.Kernel], in units of σ_D·√(q/ADV): ten times the usual. It is taken out of the markouts that
	// teach both of two models, so no test between them would tell of a wrong one.
	MostKernel = 1
)

// Check says whether a model may serve: this build's schema, complete, every figure within bounds, precisions symmetric and
// positive definite, and every probe as training had it (MOP-12). The error names the first thing that is wrong.
func (m *Model) Check() error {
	for _, check := range []func() error{m.checkSchema, m.checkShape, m.checkArms, m.checkImpact, m.checkProbes} {
		if err := check(); err != nil {
			return fmt.Errorf("models: %w", err)
		}
	}
	return nil
}

func (m *Model) checkSchema() error {
	if m.Header.Family == "" {
		return errors.New("the header names no family")
	}
	for i := 1; i < len(m.Header.Journals); i++ {
		if m.Header.Journals[i-1] >= m.Header.Journals[i] {
			return fmt.Errorf("the header names journal %d behind %d: give each once, ascending", m.Header.Journals[i], m.Header.Journals[i-1])
		}
	}
	if len(m.Columns) != features.Dim {
		return fmt.Errorf("%d columns: the schema has %d", len(m.Columns), features.Dim)
	}
	here := features.Default()
	if want := here.Hash(); m.Header.Schema != want {
		return fmt.Errorf("trained on feature schema %s, this build extracts %s: train again with this build", m.Header.Schema, want)
	}
	own := here
	copy(own.Columns[:], m.Columns)
	if got := own.Hash(); got != m.Header.Schema {
		return fmt.Errorf("its columns are schema %s, its header says %s", got, m.Header.Schema)
	}
	return nil
}

func (m *Model) checkShape() error {
	if n := len(m.Arms) + len(m.Kinds); n == 0 || len(m.Arms) > MaxArms || len(m.Kinds) > MaxArms {
		return fmt.Errorf("%d arms and %d kinds: give at least one and at most %d of each", len(m.Arms), len(m.Kinds), MaxArms)
	}
	if len(m.Probes) == 0 || len(m.Probes) > MaxProbes {
		return fmt.Errorf("%d probes: give 1 to %d", len(m.Probes), MaxProbes)
	}
	if m.Map != nil {
		if err := m.Map.check(features.Dim, MaxDim); err != nil {
			return fmt.Errorf("feature map: %w", err)
		}
		if !m.Map.constant() {
			return errors.New("feature map: its first output is not the constant 1, the intercept: give the last layer a first row of zeros with bias 1")
		}
	}
	if m.Cost != nil {
		if err := m.Cost.check(features.Dim+len(m.Arms)+len(m.Kinds), 1); err != nil {
			return fmt.Errorf("cost network: %w", err)
		}
	}
	return nil
}

// check holds a network to its input, to the largest output and to bounded weights.
func (n *Network) check(in, most int) error {
	if len(n.Layers) == 0 || len(n.Layers) > MaxLayers {
		return fmt.Errorf("%d layers: give 1 to %d", len(n.Layers), MaxLayers)
	}
	if n.In() != in || n.Out() > most {
		return fmt.Errorf("it takes %d figures and gives %d: it needs to take %d and to give at most %d", n.In(), n.Out(), in, most)
	}
	for i := range n.Layers {
		l := &n.Layers[i]
		if l.Out < 1 || l.Out > MaxWidth || l.In < 1 || l.In > MaxWidth || len(l.W) != l.In*l.Out || len(l.B) != l.Out || i > 0 && l.In != n.Layers[i-1].Out {
			return fmt.Errorf("layer %d of %d×%d has %d weights and %d biases", i+1, l.Out, l.In, len(l.W), len(l.B))
		}
		if within(l.W, mostWeight) != nil || within(l.B, mostWeight) != nil {
			return fmt.Errorf("layer %d: %w", i+1, errors.Join(within(l.W, mostWeight), within(l.B, mostWeight)))
		}
	}
	return nil
}

// constant reports whether the first output is 1 for every input.
func (n *Network) constant() bool {
	l := &n.Layers[len(n.Layers)-1]
	for _, w := range l.W[:l.In] {
		if w != 0 {
			return false
		}
	}
	return l.B[0] == 1
}

func (m *Model) checkArms() error {
	seen := map[armKey]bool{}
	for i := range len(m.Arms) + len(m.Kinds) {
		a := m.arm(uint32(i))
		if (i < len(m.Arms)) == (a.Venue == "") {
			return fmt.Errorf("arm %d: Arms name their venue, Kinds name none", i)
		}
		key := armKey{a.Venue, a.Kind, a.Takes}
		if a.Kind == "" || seen[key] {
			return fmt.Errorf("arm %d (%s): it has no kind, or is there twice", i, a)
		}
		seen[key] = true
		if err := a.check(m.Dim()); err != nil {
			return fmt.Errorf("arm %d (%s): %w", i, a, err)
		}
	}
	return nil
}

// armKey is what tells arms apart.
type armKey struct {
	Venue, Kind string
	Takes       bool
}

func (a *Arm) String() string {
	name := a.Venue
	if name == "" {
		name = "every " + a.Kind
	}
	if a.Takes {
		return name + " takes"
	}
	return name + " rests"
}

func (a *Arm) check(d int) error {
	if err := a.Fill.check(d, mostLogit); err != nil {
		return fmt.Errorf("Fill: %w", err)
	}
	for h := range a.Toxicity {
		t := &a.Toxicity[h]
		if t.Empty() && len(t.Precision) == 0 {
			continue
		}
		if err := t.check(d, mostToxicity); err != nil {
			return fmt.Errorf("Toxicity[%d]: %w", h, err)
		}
		if n := a.Noise[h]; !(n >= leastNoise && n <= mostNoise) {
			return fmt.Errorf("Noise[%d] is %v bps²: give %v to %v", h, n, leastNoise, mostNoise)
		}
	}
	if !a.Hazard.Empty() || len(a.Hazard.Precision) > 0 {
		if err := a.Hazard.check(HazardBins+d-1, mostLogit); err != nil {
			return fmt.Errorf("Hazard: %w", err)
		}
	}
	return a.checkScalars()
}

func (a *Arm) checkScalars() error {
	if len(a.SizeA) != len(a.SizeB) || len(a.SizeA) != 0 && len(a.SizeA) != SizeBins {
		return fmt.Errorf("sizes in %d and %d bins: give %d, or none", len(a.SizeA), len(a.SizeB), SizeBins)
	}
	for b := range a.SizeA {
		if !(a.SizeA[b] > 0 && a.SizeA[b] <= mostCount && a.SizeB[b] > 0 && a.SizeB[b] <= mostCount) {
			return fmt.Errorf("size bin %d is Beta(%v, %v): give more than 0 and at most %v", b, a.SizeA[b], a.SizeB[b], mostCount)
		}
	}
	if !(a.Latency > 0 && a.Latency <= mostLatency) {
		return fmt.Errorf("latency is %v s: give more than 0 and at most %v", a.Latency, mostLatency)
	}
	if !(math.Abs(a.Leak) <= MostLeak) || a.Rows < 0 {
		return fmt.Errorf("leak is %v bps a lot (within ±%v), rows are %d (at least 0)", a.Leak, MostLeak, a.Rows)
	}
	return nil
}

func (g *Gaussian) check(d int, most float64) error {
	if len(g.Mean) != d || len(g.Precision) != d*d {
		return fmt.Errorf("%d means and %d precisions: %d coefficients need %d and %d", len(g.Mean), len(g.Precision), d, d, d*d)
	}
	if err := within(g.Mean, most); err != nil {
		return err
	}
	for i := range d {
		if v := g.Precision[i*d+i]; !(v <= mostPrecision) {
			return fmt.Errorf("precision of coefficient %d is %v: the limit is %v", i, v, mostPrecision)
		}
		for j := range i {
			if g.Precision[i*d+j] != g.Precision[j*d+i] {
				return fmt.Errorf("the precision is not symmetric at (%d, %d)", i, j)
			}
		}
	}
	var room [(MaxDim + HazardBins) * (MaxDim + HazardBins)]float64
	if !positiveDefinite(room[:d*d], g.Precision, d) {
		return errors.New("the precision is not positive definite: raise its diagonal")
	}
	return nil
}

func (m *Model) checkImpact() error {
	if len(m.Impact.Y) != len(m.Impact.SD) || len(m.Impact.Y) > MaxBuckets {
		return fmt.Errorf("impact has %d factors and %d deviations: give as many, at most %d", len(m.Impact.Y), len(m.Impact.SD), MaxBuckets)
	}
	for i, y := range m.Impact.Y {
		if sd := m.Impact.SD[i]; !(y >= leastY && y <= mostY && sd > 0 && sd <= mostY) {
			return fmt.Errorf("impact of bucket %d is %v ± %v: give %v to %v, and a deviation above 0 and at most %v", i, y, sd, leastY, mostY, mostY)
		}
	}
	for j, c := range m.Kernel {
		if !(c >= 0 && c <= MostKernel) {
			return fmt.Errorf("kernel coefficient %d is %v: give 0 to %v", j, c, MostKernel)
		}
	}
	return nil
}

func within(x []float64, most float64) error {
	for i, v := range x {
		if !(math.Abs(v) <= most) {
			return fmt.Errorf("figure %d is %v: give one within ±%v", i, v, most)
		}
	}
	return nil
}

// positiveDefinite reports whether the d×d matrix a is, by Cholesky's factorization into l. Entries that are not finite are not.
func positiveDefinite(l, a []float64, d int) bool {
	for i := range d {
		for j := range i + 1 {
			sum := a[i*d+j]
			for k := range j {
				sum -= float64(l[i*d+k] * l[j*d+k])
			}
			if i != j {
				l[i*d+j] = sum / l[j*d+j]
				continue
			}
			if !(sum > 0) || !finite(sum) {
				return false
			}
			l[i*d+i] = math.Sqrt(sum)
		}
	}
	return true
}
