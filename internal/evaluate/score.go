package evaluate

// Halves is a figure over all rows and over each half of them.
type Halves struct {
	All    float64 `json:"all"`
	First  float64 `json:"first_half"`
	Second float64 `json:"second_half"`
}

// means divides the sums of the two halves by their weights; where there is no weight there is nothing to score, and
// the figure is 0.
func means(sum, weight [2]float64) Halves {
	return Halves{
		All:    ratio(sum[0]+sum[1], weight[0]+weight[1]),
		First:  ratio(sum[0], weight[0]),
		Second: ratio(sum[1], weight[1]),
	}
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
