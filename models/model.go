package models

import "github.com/sluice-sor/sluice/features"

const (
	// Horizons is the number of times after a fill at which toxicity is kept: .1, 1, 10 and 60 s.
	Horizons = 4
	// HazardBins is the number of bins of the time to fill of an order that rests (H2).
	HazardBins = 7
	// SizeBins is the number of bins of hidden size (H1).
	SizeBins = 9
	// KernelTerms is the number of exponentials of the transient kernel: .1, 1, 10 and 100 s (FIT-05).
	KernelTerms = 4
	// MaxDim is the largest number of features a head may have, the raw ones or those of a feature map.
	MaxDim = 16
)

// A Gaussian is N(Mean, Precision⁻¹) over the coefficients of a head. Empty: none.
type Gaussian struct {
	Mean      []float64 // d
	Precision []float64 // d×d, row-major, symmetric positive definite
}

// Empty reports whether there is none.
func (g *Gaussian) Empty() bool { return len(g.Mean) == 0 }

// An Arm is what is known of one venue and style, as the prior of its heads; where Venue is empty, of all venues of a kind.
// Figures are those of package bandit: d is the model's [Model.Dim].
type Arm struct {
	Venue string // of the venue table; empty in Model.Kinds
	Kind  string // of venue: lit, ecn, inverted, dark, internalizer
	Takes bool   // an order that takes there, not one that rests

	Fill     Gaussian           // H0, logit; d. Required
	Toxicity [Horizons]Gaussian // H3, bps; d. The precision is in units of 1/Noise
	Noise    [Horizons]float64  // H3, variance of a markout about its mean, bps²
	Hazard   Gaussian           // H2, logit; the bins' intercepts, then slopes: HazardBins + d − 1
	SizeA    []float64          // H1, Beta counts by bin; SizeBins or none
	SizeB    []float64
	Latency  float64 // H5, prior mean answer time, seconds
	Leak     float64 // λ, bps that each lot sent costs, filled or not
	Rows     int64   // data behind it
}

// Impact is the factor Y of the square-root law by bucket of liquidity (FIT-04). Empty: none.
type Impact struct{ Y, SD []float64 }

// A Metric is one figure of the evaluation with its 95 % interval.
type Metric struct {
	Name             string
	Value, Low, High float64
}

// A Header says what an artifact is and where it comes from (MOP-13, MOP-14).
type Header struct {
	Family   string // such as "hierarchical" or "neural-linear"
	Schema   string // features.Schema.Hash of what it was trained on
	Commit   string // of the code that trained it
	Parent   string // id of the champion that it was compared with; empty: the built-in prior
	DataHash string // of the training rows
	From, To int64  // window of the training data, Unix nanoseconds
	Seed     uint64
	Instance uint32 // journal of the training cut
	Epoch    uint32 // of the training cut; 0: none
	Seq      uint64 // of the cut in that journal
	// Journals whose outcomes are in the fit, ascending. A router of one of them that is not Instance's would count what it learned
	// twice; to one that is not among them the model is a prior without its own data.
	Journals []uint32
	Metrics  []Metric
	Card     string // the model card, Markdown
}

// A Model is an artifact's content. What [Parse] gives may be read by many goroutines and is changed by none.
type Model struct {
	Header  Header
	Columns []features.Feature   // the standardization that ships with the model, features.Dim of them (FTR-01)
	Map     *Network             // from the features to those of the heads (FIT-06a); nil: they are the same
	Arms    []Arm                // venues that training saw
	Kinds   []Arm                // what venues of a kind have in common, for the others
	Impact  Impact               //
	Kernel  [KernelTerms]float64 // of the transient impact (FIT-05); all 0: none
	Cost    *Network             // pre-trade cost in bps, see Model.CostInput; nil: none
	Probes  []Probe
}

// Dim is the number of features of the heads.
func (m *Model) Dim() int {
	if m.Map == nil {
		return features.Dim
	}
	return m.Map.Out()
}

// Find gives what is known of a venue for orders that take or rest: its own arm, or else that of its kind; nil if neither.
func (m *Model) Find(venue, kind string, takes bool) (arm *Arm, own bool) {
	for i := range m.Arms {
		if a := &m.Arms[i]; a.Venue == venue && a.Takes == takes {
			return a, true
		}
	}
	for i := range m.Kinds {
		if a := &m.Kinds[i]; a.Kind == kind && a.Takes == takes {
			return a, false
		}
	}
	return nil, false
}

// Phi fills dst, of at least Dim, with the features of the heads for a standardized vector, and gives the part it filled.
// Values are clipped to ±features.Clip, as those of package features are; the first one is 1, the intercept. Scratch is
// for [Network.Forward] and may be nil without a map. No allocation.
func (m *Model) Phi(dst, scratch []float64, x *[features.Dim]float64) []float64 {
	if m.Map == nil {
		return dst[:copy(dst, x[:])]
	}
	dst = dst[:m.Map.Out()]
	m.Map.Forward(dst, scratch, x[:])
	for i, v := range dst {
		dst[i] = min(features.Clip, max(-features.Clip, v))
	}
	return dst
}

// CostInput fills dst with the input of the cost network: the standardized vector, a 1 at the place of the arm in Arms if the
// venue has one, and a 1 at that of its kind in Kinds if there is one. Its length is features.Dim + len(Arms) + len(Kinds).
// No allocation once dst is as long.
func (m *Model) CostInput(dst []float64, venue, kind string, takes bool, x *[features.Dim]float64) []float64 {
	dst = append(dst[:0], x[:]...)
	for i := range m.Arms {
		dst = append(dst, one(m.Arms[i].Venue == venue && m.Arms[i].Takes == takes))
	}
	for i := range m.Kinds {
		dst = append(dst, one(m.Kinds[i].Kind == kind && m.Kinds[i].Takes == takes))
	}
	return dst
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
