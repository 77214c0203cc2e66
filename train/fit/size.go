package fit

import (
	"math"

	"github.com/sluice-sor/sluice/bandit"
)

// Sizes gathers H1: the Beta counts of each bin's hazard, a row counting e^(−age/τ) (FIT-01). Counts beyond MostRows a bin
// are scaled down to it, as every prior's are.
type Sizes struct {
	Tau  float64 // in the unit of the ages; +Inf forgets nothing
	a, b [bandit.NumBins]float64
	rows int64
}

// Add takes what one send said (bandit.SizeDatum.Counts), so long before the cut.
func (s *Sizes) Add(ended, survived *[bandit.NumBins]float64, age float64) {
	w := math.Exp(-max(0, age) / s.Tau)
	for i := range ended {
		s.a[i] += w * ended[i]
		s.b[i] += w * survived[i]
	}
	s.rows++
}

// Rows is how many sends were taken.
func (s *Sizes) Rows() int64 { return s.rows }

// Prior gives the counts on top of a cold prior, whose optimism about sizes never seen stays (DRK-01).
func (s *Sizes) Prior(cold bandit.SizePrior) bandit.SizePrior {
	for i := range s.a {
		share := 1.0
		if n := s.a[i] + s.b[i]; n > MostRows {
			share = MostRows / n
		}
		cold.A[i] += share * s.a[i]
		cold.B[i] += share * s.b[i]
	}
	return cold
}
