package train

import (
	"github.com/sluice-sor/sluice/train/net"
)

// A Report is all that a training found, whether it published or not.
type Report struct {
	Published bool
	Family    string
	Commit    string
	Seed      uint64
	DataHash  string
	Champion  string
	From, To  int64 // decision times, Unix ns
	Border    int64 // of the validation
	Instance  uint32
	Epoch     uint32
	Seq       uint64

	Rows, Fills, FitRows, Purged, TestRows, ScoredRows int64
	Days                                               int

	Validation  *Validation
	Choice      *Choice
	Walk        []WalkDay
	WalkWhy     string // there is none
	Challengers *Challengers
	Policy      *PolicyValue
	PSI         []PSI
	Gates       []Gate
	Survival    *Survival

	Arms   []ArmReport
	Spread []KindReport
	Impact *ImpactFit
	Kernel *KernelResult
	Cost   *CostFit
	Leaks  []Leak
}

// A Choice is between the features themselves and a learned map of them.
type Choice struct {
	Rows      int // that the map was trained on
	Units     int
	Curve     []net.Epoch
	Best      int
	Fill, Tox Paired // of the map over the features, on the last part
	Taken     bool
}

// Failed are the gates that keep the candidate from being published.
func (r *Report) Failed() []Gate {
	var out []Gate
	for _, g := range r.Gates {
		if !g.passed() {
			out = append(out, g)
		}
	}
	return out
}

// An ArmReport is one arm of the final fit.
type ArmReport struct {
	Arm                    string
	Rows                   int64
	FillRate               float64
	Level, LevelShrunk, SE float64 // intercept of H0 before and after shrinking
	Toxicity, Noise        float64 // intercept of H3 at the arm's horizon, bps, and its noise's standard deviation
	Latency                float64 // seconds
	Leak                   float64 // bps a lot
	Fill, FillSE           []float64
	Converged              bool
}

// A KindReport is how the venues of a kind differ.
type KindReport struct {
	Kind                 string
	Venues               int
	FillMean, FillTau    float64
	ToxMean, ToxicityTau float64
}
