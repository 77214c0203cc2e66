package bandit

import "fmt"

// HazardBins is the number of bins in which the time to fill of a resting order is seen (H2).
const HazardBins = 7

// hazardEdges are their ends in nanoseconds: 1, 10, 100 ms, 1, 5, 30 s, 5 min. Each begins where the one before ends.
var hazardEdges = [HazardBins]int64{1e6, 1e7, 1e8, 1e9, 5e9, 30e9, 300e9}

// HazardEdge is the end of a bin, nanoseconds.
func HazardEdge(bin int) int64 { return hazardEdges[bin] }

// A Life is what became of a resting order.
type Life struct {
	End    int64 // nanoseconds from the decision to the first fill, or to the withdrawal
	Filled bool
	Rest   int64 // how long it was to rest; a bin that this cuts is looked at in part; 0 is not known, and cuts nothing
}

func (l *Life) valid() bool { return l.End >= 0 && l.Rest >= 0 }

// window gives how much of a bin the life had in view: its logarithm, and whether there is anything. A bin that was not
// survived whole was in view as far as the order was to rest, or did.
func (l *Life) window(bin int) (logShare float64, ok bool) {
	from := int64(0)
	if bin > 0 {
		from = hazardEdges[bin-1]
	}
	to := hazardEdges[bin]
	if l.End <= from && !(l.Filled && bin == 0) {
		return 0, false
	}
	until := l.End
	if l.Filled {
		until = to
		if l.Rest > 0 {
			until = max(l.Rest, l.End)
		}
	}
	if until >= to {
		return 0, true
	}
	return Log(float64(until-from) / float64(to-from)), true
}

// Bin is the datum that a life is for one bin, as [HazardHead] learns it and an offline fit must too: whether the order was
// filled in it, and the logarithm of the share of it that was in view, which is added to the logit. ok is false where the life
// did not reach the bin.
func (l *Life) Bin(bin int) (y, logShare float64, ok bool) {
	logShare, ok = l.window(bin)
	return l.outcome(bin), logShare, ok
}

// outcome is y of a bin in view: whether the order was filled in it.
func (l *Life) outcome(bin int) float64 {
	if l.Filled && l.End <= hazardEdges[bin] {
		return 1
	}
	return 0
}

// A HazardPrediction is what a HazardHead says of one context, and the linearisation point that the data of this decision
// carry: the logit of each bin's hazard and its standard deviation.
type HazardPrediction struct{ A, SD [HazardBins]float64 }

func (p *HazardPrediction) valid() bool {
	for b := range HazardBins {
		if !finite(p.A[b]) || !(p.SD[b] >= 0) || !finite(p.SD[b]) {
			return false
		}
	}
	return true
}

// By is P(fill by τ) = 1 − Π_b (1 − h̄_b), τ in nanoseconds. Of a bin that τ cuts, the share e of it counts as a logit lower
// by −ln e, which is how cut bins are learned. Beyond the last bin nothing more fills.
func (p *HazardPrediction) By(tau int64) float64 {
	survival, from := 1.0, int64(0)
	for b, to := range hazardEdges {
		if tau <= from {
			break
		}
		a := p.A[b]
		if tau < to {
			a += Log(float64(tau-from) / float64(to-from))
		}
		survival *= 1 - Sigmoid(a/sqrt(1+float64(piOver8*float64(p.SD[b]*p.SD[b]))))
		from = to
	}
	return 1 - survival
}

// A HazardDatum is one resting order's life, for a HazardHead.
type HazardDatum struct {
	Phi        []float64 // φ at the decision, its first coordinate 1; read, not kept
	Prediction HazardPrediction
	Life       Life
	Bucket     int64 // of the end of the life
}

// A HazardHead is H2: the time to the first fill of a resting order, as a discrete hazard (learning text 1.2; Cox 1972).
//
//	logit h_b = β_b + φ₂θ₂ + … + φ_dθ_d
//
// Each bin has an intercept β_b of its own, in the place of θ of the constant; slopes are shared. A life is one datum a bin:
// y = 0 for each it survived, y = 1 for the one in which it was filled, each learned as a FillHead learns its datum, with
// the point of linearisation frozen at the decision, so late and reordered lives commute. A bin that a withdrawal cuts
// short, or would have, is a datum of the share e in view, with ln e added to its logit: near enough to a hazard that is
// constant within the bin, because hazards are small where bins are cut. Whatever makes orders be withdrawn must be in φ
// (FTR-02): a censoring that tells of the fills to come is else mistaken for patience.
//
// Predict and Update do not allocate; an update costs O(bins·(bins+d)²). One goroutine owns a head.
type HazardHead struct {
	memory Memory
	now    int64 // bucket
	q      *posterior
}

// ColdHazard is a prior for φ of d coordinates by one figure, the probability p of a fill within the rest of so many
// nanoseconds: the same rate at all times, as intercepts of precision 1, and slopes around 0 as [Isotropic] has them.
func ColdHazard(d int, p float64, rest int64) Prior {
	prior := Isotropic(HazardBins+max(0, d-1), 0)
	n := len(prior.Mean)
	slope := max(1, float64(d)/2)
	rate := -Log(1-min(.99, max(.001, p))) / float64(max(1, rest))
	from := int64(0)
	for i := range n {
		prior.Precision[i*n+i] = slope
		if i < HazardBins {
			prior.Precision[i*n+i] = 1
			h := 1 - Exp(float64(-rate*float64(hazardEdges[i]-from)))
			prior.Mean[i] = Logit(min(.98, max(1e-3, h)))
			from = hazardEdges[i]
		}
	}
	return prior
}

// NewHazardHead gives a head that knows its prior only: the bins' intercepts first, then the slopes of φ but for its
// constant. The error names what is wrong with the prior or the memory.
func NewHazardHead(prior Prior, memory Memory) (*HazardHead, error) {
	if n := len(prior.Mean); n < HazardBins {
		return nil, fmt.Errorf("prior has %d coordinates: give %d for the bins and one for each feature but the constant", n, HazardBins)
	}
	q, err := newPosterior(prior, HazardBins+MaxDim-1)
	if err != nil {
		return nil, err
	}
	if err := memory.validate(); err != nil {
		return nil, err
	}
	return &HazardHead{memory: memory, q: q}, nil
}

// Dim is the number of features, the constant among them.
func (h *HazardHead) Dim() int { return h.q.dim() - HazardBins + 1 }

// Predict gives the hazards in context φ. It panics if len(φ) is not Dim. Cost O(d²).
func (h *HazardHead) Predict(phi []float64) (p HazardPrediction) {
	if len(phi) != h.Dim() {
		panic("bandit: feature vector and hazard head differ in dimension")
	}
	n, slopes := h.q.dim(), phi[1:]
	common, variance := dot(slopes, h.q.theta[HazardBins:]), 0.0
	var room [maxCoordinates]float64
	rows := room[:n]
	dots(rows, h.q.p[HazardBins:], n, slopes)
	for i, v := range slopes {
		variance += float64(v * rows[HazardBins+i])
	}
	for b := range HazardBins {
		p.A[b] = h.q.theta[b] + common
		p.SD[b] = sqrt(max(0, h.q.p[b*n+b]+float64(2*rows[b])+variance))
	}
	return p
}

// Update learns one life with the weight of its bucket, so lives may come late and in any order (DRF-06). Whatever it
// refuses leaves the head unchanged.
func (h *HazardHead) Update(d HazardDatum) Refusal {
	if refusal := h.check(&d); refusal != Applied {
		return refusal
	}
	weight := h.memory.weight(h.now - d.Bucket)
	var psi [maxCoordinates]float64
	n := d.extend(&psi)
	for b := range HazardBins {
		if w, c, ok := d.contribution(b); ok {
			psi[b] = 1
			h.q.add(psi[:n], w*weight, c*weight)
			psi[b] = 0
		}
	}
	return Applied
}

// Revise replaces a life learned before by another: what it taught is subtracted, and the other's added, in its own bucket
// (DRF-07).
func (h *HazardHead) Revise(d HazardDatum, life Life) Refusal {
	revised := d
	revised.Life = life
	refusal := h.check(&d)
	if refusal == Applied {
		refusal = h.check(&revised)
	}
	if refusal != Applied {
		return refusal
	}
	weight := h.memory.weight(h.now - d.Bucket)
	var psi [maxCoordinates]float64
	n := d.extend(&psi)
	refusal = Applied
	for b := range HazardBins {
		w, c, _ := d.contribution(b)
		w2, c2, _ := revised.contribution(b)
		if w != w2 || c != c2 {
			psi[b] = 1
			if !h.q.revise(psi[:n], (w2-w)*weight, (c2-c)*weight) {
				refusal = Expired // of that bin alone
			}
			psi[b] = 0
		}
	}
	return refusal
}

// extend writes the slopes' features behind the bins' places and gives the length.
func (d *HazardDatum) extend(psi *[maxCoordinates]float64) int {
	return HazardBins + copy(psi[HazardBins:], d.Phi[1:])
}

// contribution is the weight of ψψᵀ and the coefficient of ψ of one bin: the working response is about A, the offset ln e is
// no coefficient's.
func (d *HazardDatum) contribution(bin int) (w, c float64, ok bool) {
	offset, ok := d.Life.window(bin)
	if !ok {
		return 0, 0, false
	}
	p := Sigmoid(d.Prediction.A[bin] + offset)
	w = max(float64(p*(1-p)), minCurvature)
	return w, float64(w*d.Prediction.A[bin]) + (d.Life.outcome(bin) - p), true
}

func (h *HazardHead) check(d *HazardDatum) Refusal {
	n := len(d.Phi)
	if n != h.Dim() || d.Phi[0] != 1 || !d.Prediction.valid() || !d.Life.valid() {
		return Malformed
	}
	for _, v := range d.Phi {
		if !(v >= -maxFeature && v <= maxFeature) {
			return Malformed
		}
	}
	return h.memory.check(h.now, d.Bucket)
}

// Advance ages the data to the given bucket; an earlier bucket changes nothing.
func (h *HazardHead) Advance(bucket int64) {
	if bucket > h.now {
		h.q.roll(bucket-h.now, h.memory)
		h.now = bucket
	}
}

// Keep leaves the share g of everything learned; the prior's part stays.
func (h *HazardHead) Keep(g float64) { h.q.keep(g) }

// Temper keeps the share of the data and weakens the prior to max(share·Λ, I) (section 6).
func (h *HazardHead) Temper(share float64) { h.q.temper(share) }

// Theta appends the posterior mean to dst: the bins' intercepts, then the slopes.
func (h *HazardHead) Theta(dst []float64) []float64 { return append(dst, h.q.theta...) }

// Drift is as for FillHead.
func (h *HazardHead) Drift() float64 { return h.q.drift }

// Degraded is as for FillHead.
func (h *HazardHead) Degraded() bool { return h.q.degraded }
