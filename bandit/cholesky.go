package bandit

// Matrices here are d×d, row-major, symmetric ones stored in full; d ≤ maxCoordinates. The loops are plain
// on purpose: vendor kernels differ in their last bits (LRN-12).

// cholesky writes the lower factor L of a = LLᵀ into l and reports whether a is positive definite.
// Entries above the diagonal of l are left alone. Cost O(d³/3).
func cholesky(l, a []float64, d int) bool {
	for i := range d {
		for j := 0; j <= i; j++ {
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
			l[i*d+i] = sqrt(sum)
		}
	}
	return true
}

// solve overwrites x with the solution of LLᵀy = x. Cost O(d²).
func solve(l, x []float64, d int) {
	for i := range d {
		sum := x[i]
		for k := range i {
			sum -= float64(l[i*d+k] * x[k])
		}
		x[i] = sum / l[i*d+i]
	}
	for i := d - 1; i >= 0; i-- {
		sum := x[i]
		for k := i + 1; k < d; k++ {
			sum -= float64(l[k*d+i] * x[k])
		}
		x[i] = sum / l[i*d+i]
	}
}

// invert writes (LLᵀ)⁻¹ into p, exactly symmetric, column by column. Cost O(d³).
func invert(p, l []float64, d int) {
	var column [maxCoordinates]float64
	x := column[:d]
	for j := range d {
		for i := range x {
			x[i] = 0
		}
		x[j] = 1
		solve(l, x, d)
		for i := j; i < d; i++ {
			p[i*d+j], p[j*d+i] = x[i], x[i]
		}
	}
}

// dot is xᵀy, summed from the left.
func dot(x, y []float64) float64 {
	sum := 0.0
	for i, v := range x {
		sum += float64(v * y[i])
	}
	return sum
}

// dots puts the products of rows of m, stride apart and each as long as x, with x into dst. Each is summed from the left, as dot
// has it; four at a time take hardly longer than one, whose additions wait for one another.
func dots(dst, m []float64, stride int, x []float64) {
	i := 0
	for ; i+4 <= len(dst); i += 4 {
		a, b := m[i*stride:][:len(x)], m[(i+1)*stride:][:len(x)]
		c, d := m[(i+2)*stride:][:len(x)], m[(i+3)*stride:][:len(x)]
		var p, q, r, s float64
		for j, v := range x {
			p += float64(a[j] * v)
			q += float64(b[j] * v)
			r += float64(c[j] * v)
			s += float64(d[j] * v)
		}
		dst[i], dst[i+1], dst[i+2], dst[i+3] = p, q, r, s
	}
	for ; i < len(dst); i++ {
		dst[i] = dot(m[i*stride:][:len(x)], x)
	}
}

// quadratic is xᵀMx for a symmetric m.
func quadratic(m, x []float64) float64 {
	var rows [maxCoordinates]float64
	mx, sum := rows[:len(x)], 0.0
	dots(mx, m, len(x), x)
	for i, v := range x {
		sum += float64(v * mx[i])
	}
	return sum
}
