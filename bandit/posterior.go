package bandit

import (
	"errors"
	"fmt"
)

// MaxDim is the largest number of features a head may have; its loops and its stack arrays are
// sized by it (learning text, section 3).
const MaxDim = 16

const (
	// maxCoordinates is the largest dimension of a posterior: a hazard head has a coordinate a bin beside its features.
	maxCoordinates = MaxDim + HazardBins

	maxFeature   = 4    // |φ_i| is clipped at extraction; more is refused here (LRN-11)
	rebuildEvery = 1024 // rank-one updates between two factorisations (LRN-10)
	negligible   = 1e-100
	maxTau       = 100_000 // buckets; bounds the work of one roll-over after a long silence
)

// Prior is N(Mean, Precision⁻¹) over the coefficients of a head, from the offline fit or cold.
type Prior struct {
	Mean      []float64 // θ₀, length d
	Precision []float64 // Λ, d×d row-major, symmetric positive definite
}

// Isotropic is a cold prior: an intercept in the first coordinate with precision 1, slopes around 0
// with precision max(1, d/2), so that φᵀΛ⁻¹φ stays near 4 (LRN-05).
func Isotropic(d int, intercept float64) Prior {
	p := Prior{Mean: make([]float64, d), Precision: make([]float64, d*d)}
	slope := float64(d) / 2
	if slope < 1 {
		slope = 1
	}
	for i := range d {
		p.Precision[i*d+i] = slope
	}
	if d > 0 {
		p.Mean[0], p.Precision[0] = intercept, 1
	}
	return p
}

// Diagonal is a prior with independent coordinates.
func Diagonal(mean, precision []float64) Prior {
	d := len(mean)
	p := Prior{Mean: append([]float64(nil), mean...), Precision: make([]float64, d*d)}
	for i := range min(d, len(precision)) {
		p.Precision[i*d+i] = precision[i]
	}
	return p
}

func (p Prior) validate(most int) error {
	d := len(p.Mean)
	if d < 1 || d > most {
		return fmt.Errorf("prior has %d coordinates: give 1 to %d", d, most)
	}
	if len(p.Precision) != d*d {
		return fmt.Errorf("prior precision has %d entries: %d coordinates need %d", len(p.Precision), d, d*d)
	}
	for i := range d {
		if !finite(p.Mean[i]) {
			return fmt.Errorf("prior mean %d is not finite", i)
		}
		for j := range i {
			if p.Precision[i*d+j] != p.Precision[j*d+i] {
				return fmt.Errorf("prior precision is not symmetric at (%d,%d)", i, j)
			}
		}
	}
	var l [maxCoordinates * maxCoordinates]float64
	if !cholesky(l[:d*d], p.Precision, d) {
		return errors.New("prior precision is not positive definite: raise its diagonal")
	}
	return nil
}

// Memory says how a head forgets: by event time in buckets of trading time (DRF-01).
type Memory struct {
	Tau    float64 // time constant in buckets, > 0; +Inf never forgets
	Retain int64   // age in buckets up to which a datum may arrive late or be revised
}

// DefaultMemory forgets with τ of ten trading days (DRF-02) and accepts corrections for five
// (DRF-07), with 26 buckets of 15 minutes in a trading day of six and a half hours.
func DefaultMemory() Memory { return Memory{Tau: 260, Retain: 130} }

func (m Memory) validate() error {
	if !(m.Tau > 0) || m.Tau > maxTau && finite(m.Tau) {
		return fmt.Errorf("memory: Tau is %v buckets: give more than 0 and at most %d, or +Inf to never forget", m.Tau, maxTau)
	}
	if m.Retain < 0 {
		return fmt.Errorf("memory: Retain is %d buckets: give 0 or more", m.Retain)
	}
	return nil
}

// rate is the exponent lost per bucket.
func (m Memory) rate() float64 { return 1 / m.Tau }

// weight is what a datum of the given age in buckets still counts.
func (m Memory) weight(age int64) float64 {
	if age == 0 {
		return 1
	}
	return Exp(float64(-float64(age) * m.rate()))
}

// forgotten reports whether nothing is left after so many buckets: e^−300 of any sum is negligible.
func (m Memory) forgotten(buckets int64) bool { return float64(buckets)*m.rate() > 300 }

// check places a datum's bucket against the present one.
func (m Memory) check(now, bucket int64) Refusal {
	switch {
	case bucket > now:
		return Early
	case bucket < now-m.Retain: // now ≥ 0, so this does not overflow
		return Expired
	}
	return Applied
}

// posterior is the Gaussian over the coefficients θ of one linear or logistic head.
//
//	A = Λ + S,  b = Λθ₀ + r,  θ = A⁻¹b = θ₀ + A⁻¹(r − Sθ₀),  P = A⁻¹
//
// S and r, those of the epochs that count together, are the truth and decay; Λ and θ₀ are the anchor and do not, so without data the
// posterior returns to the prior, to the bit because θ is kept as θ₀ plus a deviation. P and θ are a
// cache: a rank-one update per datum, a Cholesky factorisation at each roll-over and every 1,024
// data (LRN-10). Not safe for concurrent use; reading alone is.
type posterior struct {
	prior Prior
	s, r  []float64 // data part of the present epoch, decayed to now
	past  []stats   // of the epochs that ended, decayed alike; nil of one without data (SWP-01)
	skip  int       // so many of the past ones are in the prior and do not count
	out   stats     // what was added since the last delta was taken, decayed alike (LRN-13)

	p, theta []float64 // cache
	since    int       // rank-one updates since the last factorisation
	drift    float64   // largest relative difference between cache and factorisation so far
	degraded bool      // a factorisation failed: the data were dropped, the prior stands

	l, k []float64 // scratch
	sum  stats     // scratch
}

// stats are the sufficient statistics of a Gaussian head. They add.
type stats struct{ s, r []float64 }

func newPosterior(prior Prior, most int) (*posterior, error) {
	if err := prior.validate(most); err != nil {
		return nil, err
	}
	d := len(prior.Mean)
	q := &posterior{
		prior: Prior{Mean: append([]float64(nil), prior.Mean...), Precision: append([]float64(nil), prior.Precision...)},
		s:     make([]float64, d*d), r: make([]float64, d),
		out: stats{make([]float64, d*d), make([]float64, d)},
		p:   make([]float64, d*d), theta: make([]float64, d),
		l: make([]float64, d*d), k: make([]float64, d),
	}
	q.refactor()
	return q, nil
}

func (q *posterior) dim() int { return len(q.theta) }

// accepts reports whether φ may enter the head.
func (q *posterior) accepts(phi []float64) bool {
	if len(phi) != q.dim() {
		return false
	}
	for _, v := range phi {
		if !(v >= -maxFeature && v <= maxFeature) {
			return false
		}
	}
	return true
}

// predict gives φᵀθ and φᵀA⁻¹φ. Cost O(d²), no allocation.
func (q *posterior) predict(phi []float64) (mean, variance float64) {
	return dot(phi, q.theta), max(0, quadratic(q.p, phi))
}

// add puts one datum into S += wφφᵀ and r += cφ and updates the cache. Cost O(d²), no allocation.
func (q *posterior) add(phi []float64, w, c float64) {
	q.accumulate(phi, w, c)
	d := q.dim()
	dots(q.k[:d], q.p, d, phi)
	g := 1 + float64(w*dot(phi, q.k))
	step := (c - float64(w*dot(phi, q.theta))) / g
	shrink := w / g
	for i := range d {
		q.theta[i] += float64(step * q.k[i])
		row, scaled := q.p[i*d:i*d+d], q.k[i]
		for j := range row {
			row[j] -= float64(shrink * float64(scaled*q.k[j]))
		}
	}
	if q.since++; q.since >= rebuildEvery {
		q.settle()
	}
}

// revise adds a difference of two contributions, then factorizes: rare, so exactness comes first. It reports false, and does
// nothing, where more is taken away than is there: the datum was of an epoch that is in the prior, and the prior is weaker than
// its data were (SWP-02).
func (q *posterior) revise(phi []float64, w, c float64) bool {
	q.settle()
	if w < 0 && q.skip > 0 && !q.bearsDatum(phi, w) {
		return false
	}
	q.accumulate(phi, w, c)
	q.refactor()
	return true
}

// bearsDatum reports whether the precision stays positive definite with wφφᵀ in it.
func (q *posterior) bearsDatum(phi []float64, w float64) bool {
	d := q.dim()
	var outer [maxCoordinates * maxCoordinates]float64
	for i := range d {
		for j, v := range phi {
			outer[i*d+j] = float64(phi[i] * v)
		}
	}
	return q.bears(&stats{s: outer[:d*d]}, w)
}

func (q *posterior) accumulate(phi []float64, w, c float64) {
	d := q.dim()
	for i := range d {
		cv := float64(c * phi[i])
		q.r[i] += cv
		q.out.r[i] += cv
		s, o := q.s[i*d:i*d+d], q.out.s[i*d:i*d+d]
		for j, v := range phi {
			x := float64(w * float64(phi[i]*v)) // the inner product first: S stays symmetric to the bit
			s[j] += x
			o[j] += x
		}
	}
}

// keep leaves the share g of the data part; the anchor stays. A roll-over of one bucket is such a step.
func (q *posterior) keep(g float64) {
	q.settle()
	q.decay(g)
	q.refactor()
}

// roll ages the data part by the given number of buckets, one at a time, so that the bits do not
// depend on how often the clock was looked at.
func (q *posterior) roll(buckets int64, m Memory) {
	q.settle()
	if m.forgotten(buckets) {
		q.decay(0)
	}
	for g := m.weight(1); buckets > 0 && g < 1 && !q.empty(); buckets-- {
		q.decay(g)
	}
	q.refactor()
}

func (q *posterior) empty() bool {
	for _, e := range q.past {
		if !zero(e.s) || !zero(e.r) {
			return false
		}
	}
	return zero(q.s) && zero(q.r) && zero(q.out.s) && zero(q.out.r)
}

func zero(x []float64) bool {
	for _, v := range x {
		if v != 0 {
			return false
		}
	}
	return true
}

func (q *posterior) decay(g float64) {
	scale(q.s, g)
	scale(q.r, g)
	scale(q.out.s, g)
	scale(q.out.r, g)
	for _, e := range q.past {
		scale(e.s, g)
		scale(e.r, g)
	}
}

// scale multiplies by g and lets what is negligible become zero, so that old data end and
// arithmetic never runs on subnormals.
func scale(x []float64, g float64) {
	for i, v := range x {
		v *= g
		if v < negligible && v > -negligible {
			v = 0
		}
		x[i] = v
	}
}

// settle replaces the cache by a factorisation of the same S and r, and notes how far the rank-one
// updates had drifted from it.
func (q *posterior) settle() {
	if q.since == 0 {
		return
	}
	var oldP [maxCoordinates * maxCoordinates]float64
	var oldTheta [maxCoordinates]float64
	copy(oldP[:], q.p)
	copy(oldTheta[:], q.theta)
	q.refactor()
	if !q.degraded {
		q.drift = max(q.drift, relative(q.p, oldP[:len(q.p)]), relative(q.theta, oldTheta[:len(q.theta)]))
	}
}

// relative is max|x−y| over max(1e-300, max|x|).
func relative(x, y []float64) float64 {
	diff, size := 0.0, 1e-300
	for i, v := range x {
		diff = max(diff, abs(v-y[i]))
		size = max(size, abs(v))
	}
	return diff / size
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}

// refactor computes P and θ from Λ, S and r. A failure cannot happen while S is a sum of wφφᵀ with
// w > 0 (A ⪰ Λ ≻ 0); if it does, the data are dropped, the prior stands and degraded is set (LRN-11).
func (q *posterior) refactor() {
	d := q.dim()
	q.since = 0
	s, r := q.data()
	for i, v := range s {
		q.p[i] = q.prior.Precision[i] + v
	}
	if !cholesky(q.l, q.p, d) {
		q.degraded = true
		q.past = make([]stats, len(q.past))
		clear(q.s)
		clear(q.r)
		s, r = q.s, q.r
		cholesky(q.l, q.prior.Precision, d) // validated when the prior was set
	}
	for i := range d {
		q.k[i] = r[i] - dot(s[i*d:i*d+d], q.prior.Mean)
	}
	solve(q.l, q.k, d)
	for i := range d {
		q.theta[i] = q.prior.Mean[i] + q.k[i]
	}
	invert(q.p, q.l, d)
}

// temper keeps the given share of the data part and weakens the anchor to max(keep·Λ, I), with θ₀
// unchanged (section 6). For a Λ with correlations the diagonal is raised by a congruence, which
// keeps the correlations and positive definiteness; for a diagonal Λ it is the plain maximum.
func (q *posterior) temper(keep float64) {
	q.settle()
	q.decay(keep)
	d := q.dim()
	var lift [maxCoordinates]float64
	for i := range d {
		lift[i] = 1
		if v := keep * q.prior.Precision[i*d+i]; v < 1 {
			lift[i] = sqrt(1 / v)
		}
	}
	for i := range d {
		for j := range d {
			q.prior.Precision[i*d+j] *= keep * (lift[i] * lift[j])
		}
		if lift[i] != 1 {
			q.prior.Precision[i*d+i] = 1
		}
	}
	q.refactor()
}
