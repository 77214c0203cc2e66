package bandit

import "fmt"

// SizePrior holds the Beta(A_b, B_b) of each bin's hazard before any data.
type SizePrior struct{ A, B [NumBins]float64 }

// DefaultSizePrior is Beta(½, 4·(1, 1, 1.5, 2, 3, 4, 5, 6, 7)). Its growing B makes sizes never
// tried look good: that is the exploration (DRK-01). The tail bin continues the series by one.
func DefaultSizePrior() SizePrior {
	p := SizePrior{B: [NumBins]float64{4, 4, 6, 8, 12, 16, 20, 24, 28}}
	for b := range p.A {
		p.A[b] = 0.5
	}
	return p
}

func (p *SizePrior) validate() error {
	for b := range NumBins {
		if !(p.A[b] > 0 && p.B[b] > 0) || !finite(p.A[b]+p.B[b]) {
			return fmt.Errorf("size prior of bin %d is Beta(%v, %v): both must be positive and finite", b, p.A[b], p.B[b])
		}
	}
	return nil
}

// A SizeDatum is what one send said about liquidity. Sent lots are a censored look at it: Filled <
// Sent saw exactly Filled, Filled = Sent saw "at least Sent", and a send we canceled saw "at least
// Filled".
type SizeDatum struct {
	Curve    Curve // of the decision, frozen there; read only for a no-fill under MinQty
	Sent     int   // lots, 1 to MaxLots
	Filled   int   // lots, 0 to Sent
	MinQty   int   // lots; 0 and 1 mean none
	Canceled bool  // by us, before the venue's matching had run
	Bucket   int64 // of the decision's trading time
}

// tries reports what the outcome says about "any fill" to H0: y, and whether it says anything. After
// lots were taken (Curve.Taken > 0) it speaks to the hazards alone.
func (d *SizeDatum) tries() (y float64, informative bool) {
	switch {
	case d.Curve.Taken > 0:
		return 0, false
	case d.Filled >= 1:
		return 1, true
	case d.Canceled:
		return 0, false
	case d.MinQty > 1:
		return d.hidden(), true
	}
	return 0, true
}

// silent reports whether the datum says nothing at all.
func (d *SizeDatum) silent() bool { return d.Filled == 0 && d.Canceled }

// hidden is ρ = p̄(1−G)/(1−p̄G), the probability that liquidity was there but below MinQty, given
// that nothing filled; G = T(m)/T(1) (DRK-03). After lots were taken it is 1 by definition.
func (d *SizeDatum) hidden() float64 {
	if d.Curve.Taken > 0 {
		return 1
	}
	g := Exp(d.Curve.logSurvival(1, d.MinQty))
	p := d.Curve.First
	den := 1 - float64(p*g)
	if den <= 0 {
		return 1
	}
	return min(1, max(0, p*(1-g)/den))
}

func (d *SizeDatum) check() Refusal {
	switch {
	case d.Sent < 1 || d.Sent > MaxLots || d.Filled < 0 || d.MinQty < 0 || d.MinQty > d.Sent || !d.Curve.Valid():
		return Malformed
	case d.Filled > d.Sent:
		return Overfilled
	}
	return Applied
}

// Tries is what the datum says of "any fill", for an offline fit: y, between 0 and 1 under MinQty, and whether it says anything.
func (d *SizeDatum) Tries() (y float64, informative bool) { return d.tries() }

// Counts is what the datum adds to the bins, for an offline fit: expected numbers of lots at which liquidity ended, and that it
// survived. Both are zero of a datum that the head would refuse.
func (d *SizeDatum) Counts() (ended, survived [NumBins]float64) {
	if d.check() != Applied {
		return ended, survived
	}
	c := d.evidence()
	return c.a, c.b
}

// counts are expected numbers of ended (a) and survived (b) lots by bin. They add.
type counts struct{ a, b [NumBins]float64 }

func (c *counts) addScaled(o *counts, g float64) {
	for i := range NumBins {
		c.a[i] += float64(g * o.a[i])
		c.b[i] += float64(g * o.b[i])
	}
}

func (c *counts) decay(g float64) {
	scale(c.a[:], g)
	scale(c.b[:], g)
}

func (c *counts) empty() bool { return zero(c.a[:]) && zero(c.b[:]) }

// evidence is what the datum adds to the bins: lots 2..f survived, lot f+1 ended unless censored
// (learning text, section 2); under MinQty a no-fill adds ρ times the expectation over sizes below
// it. After v lots taken everything is counted from lot v+1.
func (d *SizeDatum) evidence() counts {
	var c counts
	if d.Filled == 0 && d.MinQty > 1 && !d.Canceled {
		d.below(&c)
		return c
	}
	if d.Filled == 0 && d.Curve.Taken == 0 {
		return c // nothing there: H0's datum, not a size
	}
	last := d.Curve.Taken + d.Filled
	from := max(1, d.Curve.Taken)
	for b := bin(from + 1); b < NumBins && from < last; b++ {
		end := min(binEnd(b), last)
		c.b[b], from = float64(end-from), end
	}
	if d.Filled < d.Sent && !d.Canceled {
		c.a[bin(last+1)]++
	}
	return c
}

// below adds one EM step for "fewer than m lots were there, but some, with probability ρ" (DRK-03):
// sizes 1 to m−1, or 0 to m−1 after lots were taken. Cost O(m).
func (d *SizeDatum) below(c *counts) {
	base := d.Curve
	base.First = 1
	g, rho := base.At(d.MinQty), d.hidden()
	if !(1-g > 0) || rho == 0 {
		return
	}
	w, at := base.walk(), 1.0
	if base.Taken == 0 {
		w.next() // T(1) = 1: something is there
	}
	for k := w.lots; k < d.MinQty; k++ {
		next := g // T(m), as At gives it, so that the shares sum to one
		if k+1 < d.MinQty {
			next = w.next()
		}
		b := bin(base.Taken + k + 1)
		c.a[b] += rho * max(0, at-next) / (1 - g)
		c.b[b] += rho * max(0, next-g) / (1 - g)
		at = next
	}
}

// A SizeHead is H1: the discrete hazard that liquidity ends at lot j, given that it reached j−1,
// with a Beta posterior per bin, learned from censored fills (learning text, section 2). It is the
// product-limit idea of Kaplan and Meier with geometric bins, an optimistic prior and forgetting.
// The prior's part never decays. Curve and Update do not allocate. One goroutine owns a head.
type SizeHead struct {
	memory Memory
	now    int64
	prior  SizePrior
	data   counts           // of the present epoch
	past   []counts         // of the epochs that ended (SWP-01)
	skip   int              // so many of them are in the prior and do not count
	out    counts           // since the last delta
	logQ   [NumBins]float64 // cache of ln(b/(a+b))
}

// NewSizeHead gives a head that knows its prior only.
func NewSizeHead(prior SizePrior, memory Memory) (*SizeHead, error) {
	if err := prior.validate(); err != nil {
		return nil, err
	}
	if err := memory.validate(); err != nil {
		return nil, err
	}
	h := &SizeHead{memory: memory, prior: prior}
	h.refresh()
	return h, nil
}

// Curve is the survival function for a send in a context whose fill probability is first (H0's
// Mean), with nothing taken yet.
func (h *SizeHead) Curve(first float64) Curve { return Curve{First: first, LogQ: h.logQ} }

// After is the survival function of what remains once taken ≥ 1 lots filled in full (DRK-04).
func (h *SizeHead) After(taken int) Curve {
	if taken < 1 {
		panic("bandit: SizeHead.After needs at least one lot taken; use Curve")
	}
	return Curve{First: 1, Taken: taken, LogQ: h.logQ}
}

// Hazard is the posterior mean and standard deviation of bin b's hazard.
func (h *SizeHead) Hazard(b int) (mean, sd float64) {
	a, s := h.total(b)
	n := a + s
	mean = a / n
	return mean, sqrt(mean * (1 - mean) / (n + 1))
}

// Update applies one datum with the weight of its bucket. Refused data leave the head unchanged.
func (h *SizeHead) Update(d SizeDatum) Refusal {
	if refusal := h.check(&d); refusal != Applied {
		return refusal
	}
	add := d.evidence()
	h.add(&add, h.memory.weight(h.now-d.Bucket))
	return Applied
}

// Revise replaces the fill of a datum applied before by filled: counts of the old minus counts of
// the new, in the datum's bucket (DRF-07).
func (h *SizeHead) Revise(d SizeDatum, filled int) Refusal {
	revised := d
	revised.Filled = filled
	for _, x := range [2]*SizeDatum{&d, &revised} {
		if refusal := h.check(x); refusal != Applied {
			return refusal
		}
	}
	weight := h.memory.weight(h.now - d.Bucket)
	before, after := d.evidence(), revised.evidence()
	h.add(&before, -weight)
	h.add(&after, weight)
	return Applied
}

func (h *SizeHead) check(d *SizeDatum) Refusal {
	if refusal := d.check(); refusal != Applied {
		return refusal
	}
	return h.memory.check(h.now, d.Bucket)
}

func (h *SizeHead) add(c *counts, weight float64) {
	h.data.addScaled(c, weight)
	h.out.addScaled(c, weight)
	h.refresh()
}

// refresh recomputes the cache. A subtraction may leave −10⁻¹⁶ where nothing is; the prior's
// positive part covers it.
func (h *SizeHead) refresh() {
	for b := range h.logQ {
		a, s := h.total(b)
		h.logQ[b] = min(0, Log(s/(a+s)))
	}
}

// total is the Beta posterior of a bin: the prior and the epochs that count.
func (h *SizeHead) total(b int) (a, s float64) {
	a, s = h.data.a[b], h.data.b[b]
	for i := range h.past[h.skip:] {
		a += h.past[h.skip+i].a[b]
		s += h.past[h.skip+i].b[b]
	}
	return h.prior.A[b] + max(0, a), h.prior.B[b] + max(0, s)
}

// decay lets the share g of everything counted remain.
func (h *SizeHead) decay(g float64) {
	h.data.decay(g)
	h.out.decay(g)
	for i := range h.past {
		h.past[i].decay(g)
	}
}

func (h *SizeHead) empty() bool {
	for i := range h.past {
		if !h.past[i].empty() {
			return false
		}
	}
	return h.data.empty() && h.out.empty()
}

// Advance ages the counts to the given bucket; an earlier bucket changes nothing.
func (h *SizeHead) Advance(bucket int64) {
	if bucket <= h.now {
		return
	}
	if h.memory.forgotten(bucket - h.now) {
		h.decay(0)
	}
	g := h.memory.weight(1)
	for n := bucket - h.now; n > 0 && g < 1 && !h.empty(); n-- {
		h.decay(g)
	}
	h.now = bucket
	h.refresh()
}

// Keep leaves the share g of what was learned; the prior's part stays. Forgetting by allocation,
// where there is no clock, is Keep(.9985) after each (measured).
func (h *SizeHead) Keep(g float64) {
	h.decay(g)
	h.refresh()
}
