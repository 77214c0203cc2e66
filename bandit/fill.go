package bandit

// minCurvature is the floor of w = p(1−p): below it a datum would move θ by more than its working
// response deserves (LRN-05).
const minCurvature = 1e-3

// A FillPrediction is what a FillHead says of one context, and at the same time the linearisation
// point that a datum of this decision must carry: A, P and W are frozen at the decision, so late and
// reordered outcomes commute (LRN-05).
type FillPrediction struct {
	A    float64 // φᵀθ, the logit at the posterior mean
	P    float64 // σ(A)
	W    float64 // max(P(1−P), 10⁻³)
	Mean float64 // p̄ = σ(A/√(1+πs²/8)), the predictive probability
	SD   float64 // s = √(φᵀA⁻¹φ), the standard deviation of the logit
}

// SE is the standard error of the fill probability, by the delta method.
func (p FillPrediction) SE() float64 { return p.P * (1 - p.P) * p.SD }

// Interval is the central credible interval of the fill probability whose half-width on the logit
// scale is z standard deviations (1.645 for 90 %, 1.96 for 95 %).
func (p FillPrediction) Interval(z float64) (lo, hi float64) {
	return Sigmoid(p.A - float64(z*p.SD)), Sigmoid(p.A + float64(z*p.SD))
}

func (p FillPrediction) valid() bool {
	return finite(p.A) && p.P >= 0 && p.P <= 1 && p.W >= minCurvature && p.W <= 0.25 &&
		p.Mean >= 0 && p.Mean <= 1 && p.SD >= 0 && finite(p.SD)
}

// A FillDatum is one outcome for a FillHead.
type FillDatum struct {
	Phi        []float64      // φ at the decision; read, not kept
	Prediction FillPrediction // of the decision, frozen there
	Y          float64        // 1 filled, 0 not, or the probability of a fill where it is not known (DRK-03)
	Bucket     int64          // of the decision's trading time
}

// A FillHead is H0: Bernoulli-logistic regression of "any fill" by Gaussian filtering, one working
// response per datum (learning text 1.3; Laplace/IRLS step with the linearisation point frozen).
//
//	z = a + (y−p)/w,   S += wφφᵀ,   r += wzφ = (wa + y − p)φ
//
// z is not clamped: its pull on r is bounded already, and a clamp makes rare fills sink (LRN-05).
// Predict and Update are O(d²) and do not allocate. A head belongs to one goroutine.
type FillHead struct {
	memory Memory
	now    int64 // bucket
	q      *posterior
}

// NewFillHead gives a head that knows its prior only. The error names what is wrong with the prior
// or the memory.
func NewFillHead(prior Prior, memory Memory) (*FillHead, error) {
	q, err := newPosterior(prior, MaxDim)
	if err != nil {
		return nil, err
	}
	if err := memory.validate(); err != nil {
		return nil, err
	}
	return &FillHead{memory: memory, q: q}, nil
}

// Dim is the number of features.
func (h *FillHead) Dim() int { return h.q.dim() }

// Predict gives the fill probability in context φ. It panics if len(φ) is not Dim.
func (h *FillHead) Predict(phi []float64) FillPrediction {
	if len(phi) != h.q.dim() {
		panic("bandit: feature vector and fill head differ in dimension")
	}
	a, variance := h.q.predict(phi)
	p := Sigmoid(a)
	return FillPrediction{
		A:    a,
		P:    p,
		W:    max(float64(p*(1-p)), minCurvature),
		Mean: Sigmoid(a / sqrt(1+float64(piOver8*variance))),
		SD:   sqrt(variance),
	}
}

// Update applies one datum with the weight of its bucket, so data may come late and in any order
// (DRF-06). Whatever it refuses leaves the head unchanged.
func (h *FillHead) Update(d FillDatum) Refusal {
	if refusal := h.check(&d); refusal != Applied {
		return refusal
	}
	weight := h.memory.weight(h.now - d.Bucket)
	w, c := d.contribution()
	h.q.add(d.Phi, w*weight, c*weight)
	return Applied
}

// Revise replaces the outcome of a datum applied before: the old contribution is subtracted and the
// new one added in the datum's own bucket (DRF-07). NaN as new outcome removes the datum.
func (h *FillHead) Revise(d FillDatum, y float64) Refusal {
	if refusal := h.check(&d); refusal != Applied {
		return refusal
	}
	weight := h.memory.weight(h.now - d.Bucket)
	w, c := d.contribution()
	var w2, c2 float64
	if y == y {
		revised := d
		revised.Y = y
		if refusal := h.check(&revised); refusal != Applied {
			return refusal
		}
		w2, c2 = revised.contribution()
	}
	if !h.q.revise(d.Phi, (w2-w)*weight, (c2-c)*weight) {
		return Expired
	}
	return Applied
}

// contribution is the weight of φφᵀ and the coefficient of φ.
func (d *FillDatum) contribution() (w, c float64) {
	return d.Prediction.W, float64(d.Prediction.W*d.Prediction.A) + (d.Y - d.Prediction.P)
}

func (h *FillHead) check(d *FillDatum) Refusal {
	if !h.q.accepts(d.Phi) || !d.Prediction.valid() || !(d.Y >= 0 && d.Y <= 1) {
		return Malformed
	}
	return h.memory.check(h.now, d.Bucket)
}

// Advance ages the data to the given bucket; an earlier bucket changes nothing.
func (h *FillHead) Advance(bucket int64) {
	if bucket > h.now {
		h.q.roll(bucket-h.now, h.memory)
		h.now = bucket
	}
}

// Keep leaves the share g of everything learned; the prior's part stays. It is the answer to an
// alarm (g = .1, DRF-03) and forgetting by decision where there is no clock (DRF-02).
func (h *FillHead) Keep(g float64) { h.q.keep(g) }

// Temper keeps the share of the data and weakens the prior itself to max(share·Λ, I) (section 6).
func (h *FillHead) Temper(share float64) { h.q.temper(share) }

// Theta appends the posterior mean of the coefficients to dst.
func (h *FillHead) Theta(dst []float64) []float64 { return append(dst, h.q.theta...) }

// Drift is the largest relative difference seen between the cached and the factorized posterior
// (LRN-10); Degraded reports that a factorisation failed and the head fell back to its prior.
func (h *FillHead) Drift() float64 { return h.q.drift }

// Degraded reports whether the head lost its data to a failed factorisation (LRN-11).
func (h *FillHead) Degraded() bool { return h.q.degraded }
