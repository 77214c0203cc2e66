package swap

import (
	"fmt"
	"time"

	"github.com/sluice-sor/sluice/models"
)

const (
	warmBatches = 10
	warmBatch   = 100
	// Slow is the longest that a prediction of one arm may take: a decision has some twenty of them and 60 µs in all
	// (BEN-10), of which the model's own part is small.
	Slow = 20 * time.Microsecond
)

// Warm makes 1,000 predictions at the model's probes and gives how long one takes: the best batch's, because a machine that is
// busy slows some batches and a model that is slow slows all. Longer than [Slow], or a figure that is not finite, is an error.
func Warm(m *models.Model) (time.Duration, error) { return warm(m, time.Now) }

func warm(m *models.Model, now func() time.Time) (time.Duration, error) {
	var room [models.MaxOutputs]float64
	scratch := make([]float64, m.Scratch())
	best := time.Duration(1<<63 - 1)
	for batch := range warmBatches {
		began := now()
		for i := range warmBatch {
			p := &m.Probes[(batch*warmBatch+i)%len(m.Probes)]
			for j, y := range m.Outputs(room[:0], scratch, p.Arm, &p.X) {
				if y-y != 0 {
					return 0, fmt.Errorf("model %s: output %d is %v at a probe", m.Header.Family, j, y)
				}
			}
		}
		best = min(best, now().Sub(began)/warmBatch)
	}
	if best > Slow {
		return best, fmt.Errorf("a prediction takes %v here: the limit is %v; make its networks smaller", best, Slow)
	}
	return best, nil
}
