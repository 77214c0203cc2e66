package lab

import "math"

// A Mean is a weighted mean whose interval takes what belongs to one cluster, such as the fills of one parent order, as one
// piece of evidence: they share a market, and as many independent ones would make the interval too narrow. The zero value is
// ready to use.
type Mean struct {
	sums, weights map[uint64]float64 // by cluster
	N             int                // observations
}

// Add counts x with a weight.
func (m *Mean) Add(cluster uint64, x, weight float64) {
	if m.sums == nil {
		m.sums, m.weights = map[uint64]float64{}, map[uint64]float64{}
	}
	m.sums[cluster] += weight * x
	m.weights[cluster] += weight
	m.N++
}

// Clusters is how many pieces of evidence there are.
func (m *Mean) Clusters() int { return len(m.weights) }

// Value is the mean with half of its 95 % interval, by the clusters; NaN without observations, ±Inf wide with one cluster.
func (m *Mean) Value() (mean, half float64) {
	var sum, weight, squares float64
	for c, w := range m.weights {
		sum, weight = sum+m.sums[c], weight+w
	}
	mean = sum / weight
	for c, w := range m.weights {
		squares += math.Pow(m.sums[c]-w*mean, 2)
	}
	n := float64(len(m.weights))
	if n < 2 {
		return mean, math.Inf(1)
	}
	return mean, 1.96 * math.Sqrt(squares*n/(n-1)) / weight
}
