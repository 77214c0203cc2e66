package fit

import "math"

func dot(a, b []float64) float64 {
	if len(a) != len(b) {
		panic("fit: a row and its coefficients differ in length")
	}
	sum := 0.0
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

// axpy adds a·x to y, as far as y goes.
func axpy(y []float64, a float64, x []float64) {
	x = x[:len(y)]
	for j, v := range x {
		y[j] += a * v
	}
}

func sigmoid(a float64) float64 {
	p, _ := sigmoidSoftplus(a)
	return p
}

// softplus is ln(1 + e^a) without overflow.
func softplus(a float64) float64 {
	_, s := sigmoidSoftplus(a)
	return s
}

// sigmoidSoftplus gives σ(a) and its integral ln(1 + e^a), which share an exponential.
func sigmoidSoftplus(a float64) (p, soft float64) {
	e := math.Exp(-math.Abs(a))
	if a >= 0 {
		return 1 / (1 + e), a + math.Log1p(e)
	}
	return e / (1 + e), math.Log1p(e)
}
