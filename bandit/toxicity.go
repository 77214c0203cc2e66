package bandit

// Horizon is one of the four times after a fill at which its toxicity is measured (H3).
type Horizon uint8

// The horizons.
const (
	Horizon100ms Horizon = iota
	Horizon1s
	Horizon10s
	Horizon60s

	NumHorizons = 4
)

// Nanos is the horizon in nanoseconds.
func (h Horizon) Nanos() int64 {
	return [NumHorizons]int64{100_000_000, 1_000_000_000, 10_000_000_000, 60_000_000_000}[h]
}

const (
	maxOutcome     = 1000 // bps; beyond it an outcome is winsorised and counted (LRN-11)
	studentNu      = 4    // degrees of freedom of the outcome's noise
	noiseKeep      = 0.995
	noiseOutlier   = 25 // e² enters the noise estimate up to so many σ²
	minNoise       = 1e-4
	maxNoise       = 1e4
	defaultNoise   = 1 // bps², before any fill
	noiseIncrement = 1 - noiseKeep
)

// A ToxicityPrediction is what a ToxicityHead says of one context and the linearisation point its
// datum must carry: Mean and Noise are frozen at the decision.
type ToxicityPrediction struct {
	Mean  float64 // φᵀθ, expected toxicity given a fill, bps
	SD    float64 // predictive: σ√(1+φᵀA⁻¹φ), bps
	Noise float64 // σ² of the decision, bps²
}

func (p ToxicityPrediction) valid() bool {
	return finite(p.Mean) && finite(p.SD) && p.SD >= 0 && p.Noise >= minNoise && p.Noise <= maxNoise
}

// A ToxicityDatum is one matured markout of one fill.
type ToxicityDatum struct {
	Phi        []float64          // φ at the decision; read, not kept
	Prediction ToxicityPrediction // of the decision
	Z          float64            // toxicity −s·(m_{t+h}−m_t)/m_t·10⁴, bps; positive is adverse
	Bucket     int64              // of the fill's trading time
}

// A ToxicityHead is H3: linear regression of toxicity on fills only, with Student-t₄ noise handled by
// its weights (learning text 1.4; Lange, Little, Taylor 1989).
//
//	e = z − φᵀθ at the decision,  w = (ν+1)/(ν + e²/σ²),  S += wφφᵀ,  r += wzφ
//	σ² ← .995σ² + .005·min(e², 25σ²) within [10⁻⁴, 10⁴]
//
// S and r commute over late and reordered data because σ² is frozen at the decision too; σ² itself
// is a running estimate in the order of arrival and is not revised. Predict and Update do not
// allocate. One goroutine owns a head.
type ToxicityHead struct {
	memory Memory
	now    int64
	plain  bool // w = 1 instead of Student weights
	noise  float64
	q      *posterior
}

// NewToxicityHead gives a head that knows its prior only. With plain the weights are 1 (least
// squares): slower in a steady world, quicker to turn after a change (measured).
func NewToxicityHead(prior Prior, memory Memory, plain bool) (*ToxicityHead, error) {
	q, err := newPosterior(prior, MaxDim)
	if err != nil {
		return nil, err
	}
	if err := memory.validate(); err != nil {
		return nil, err
	}
	return &ToxicityHead{memory: memory, plain: plain, noise: defaultNoise, q: q}, nil
}

// Dim is the number of features.
func (h *ToxicityHead) Dim() int { return h.q.dim() }

// Predict gives the toxicity of a fill in context φ. It panics if len(φ) is not Dim.
func (h *ToxicityHead) Predict(phi []float64) ToxicityPrediction {
	p, _ := h.PredictSE(phi)
	return p
}

// PredictSE is Predict and MeanSE in one.
func (h *ToxicityHead) PredictSE(phi []float64) (p ToxicityPrediction, se float64) {
	if len(phi) != h.q.dim() {
		panic("bandit: feature vector and toxicity head differ in dimension")
	}
	mean, variance := h.q.predict(phi)
	return ToxicityPrediction{Mean: mean, SD: sqrt(h.noise * (1 + variance)), Noise: h.noise}, sqrt(h.noise * variance)
}

// MeanSE is the standard error of the expected toxicity itself, σ√(φᵀA⁻¹φ), without the noise of one
// fill.
func (h *ToxicityHead) MeanSE(phi []float64) float64 {
	_, variance := h.q.predict(phi)
	return sqrt(h.noise * variance)
}

// Update applies one datum with the weight of its bucket. Outcomes beyond ±1,000 bps are pulled back
// to it. Refused data leave the head unchanged.
func (h *ToxicityHead) Update(d ToxicityDatum) Refusal {
	if refusal := h.check(&d); refusal != Applied {
		return refusal
	}
	weight := h.memory.weight(h.now - d.Bucket)
	w, c := h.contribution(&d)
	h.q.add(d.Phi, w*weight, c*weight)
	e := winsorise(d.Z) - d.Prediction.Mean
	e2 := min(float64(e*e), noiseOutlier*h.noise)
	h.noise = min(maxNoise, max(minNoise, float64(noiseKeep*h.noise)+float64(noiseIncrement*e2)))
	return Applied
}

// Revise replaces the outcome of a datum applied before, in its own bucket (DRF-07): a corrected
// price gives a new z with the weight of the old one; NaN removes the datum (a bust).
func (h *ToxicityHead) Revise(d ToxicityDatum, z float64) Refusal {
	if refusal := h.check(&d); refusal != Applied {
		return refusal
	}
	if z == z && !finite(z) {
		return Malformed
	}
	w, _ := h.contribution(&d)
	return h.revise(d.Phi, d.Bucket, w, d.Z, z)
}

// revise replaces outcome z by another with the weight w that z was applied with first.
func (h *ToxicityHead) revise(phi []float64, bucket int64, w, z, other float64) Refusal {
	w *= h.memory.weight(h.now - bucket)
	weight, change := 0.0, w*(winsorise(other)-winsorise(z))
	if other != other {
		weight, change = -w, -w*winsorise(z)
	}
	if !h.q.revise(phi, weight, change) {
		return Expired
	}
	return Applied
}

// contribution is the weight of φφᵀ and the coefficient of φ.
func (h *ToxicityHead) contribution(d *ToxicityDatum) (w, c float64) {
	z := winsorise(d.Z)
	w = 1
	if !h.plain {
		e := z - d.Prediction.Mean
		w = (studentNu + 1) / (studentNu + float64(e*e)/d.Prediction.Noise)
	}
	return w, w * z
}

func winsorise(z float64) float64 { return min(maxOutcome, max(-maxOutcome, z)) }

func (h *ToxicityHead) check(d *ToxicityDatum) Refusal {
	if !h.q.accepts(d.Phi) || !d.Prediction.valid() || !finite(d.Z) {
		return Malformed
	}
	return h.memory.check(h.now, d.Bucket)
}

// Advance ages the data to the given bucket; an earlier bucket changes nothing.
func (h *ToxicityHead) Advance(bucket int64) {
	if bucket > h.now {
		h.q.roll(bucket-h.now, h.memory)
		h.now = bucket
	}
}

// Keep leaves the share g of everything learned; the prior's part and σ² stay.
func (h *ToxicityHead) Keep(g float64) { h.q.keep(g) }

// Temper keeps the share of the data and weakens the prior to max(share·Λ, I) (section 6).
func (h *ToxicityHead) Temper(share float64) { h.q.temper(share) }

// Theta appends the posterior mean of the coefficients to dst.
func (h *ToxicityHead) Theta(dst []float64) []float64 { return append(dst, h.q.theta...) }

// Drift is as for FillHead.
func (h *ToxicityHead) Drift() float64 { return h.q.drift }

// Degraded is as for FillHead.
func (h *ToxicityHead) Degraded() bool { return h.q.degraded }
