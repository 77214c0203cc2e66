package bandit

import (
	"fmt"
	"slices"
)

// ImpactPrior is what is believed of Y before any order: from the offline fit, or cold.
type ImpactPrior struct {
	Y     float64 // mean, within [.1, 3]
	SD    float64 // standard deviation, > 0
	Drift float64 // q, variance that Y gains with each order, ≥ 0; what is known never gets vaguer than SD by it
}

// DefaultImpactPrior is Y = ½ ± .2. Published fits of the square-root law lie between .3 and 1. With its drift the head
// remembers some 600 orders of a thousandth of the day's volume worked in half a minute, more of noisier ones.
func DefaultImpactPrior() ImpactPrior { return ImpactPrior{Y: .5, SD: .2, Drift: 1e-6} }

const (
	leastY     = .1
	mostY      = 3
	impactClip = 4 // innovations count up to so many of their standard deviations (fat tails of shortfall)
	// impactKept is how many orders a head can still revise, and tell from a second telling.
	impactKept = 512
)

func (p ImpactPrior) validate() error {
	if !(p.Y >= leastY && p.Y <= mostY) || !(p.SD > 0 && p.SD <= mostY) || !(p.Drift >= 0 && p.Drift <= 1) {
		return fmt.Errorf("bandit: impact prior: Y %v (%v to %v), SD %v (more than 0, at most %v), Drift %v (0 to 1)", p.Y, leastY, mostY, p.SD, mostY, p.Drift)
	}
	return nil
}

// An ImpactDatum is one finished order's look at Y.
type ImpactDatum struct {
	Event uint64  // unique to the order
	Z     float64 // its excess cost in units of σ_D·√(Q/V)
	R     float64 // variance of Z about Y, > 0
}

// NewImpactDatum gives the datum of an order of the given share Q/V of a day's volume, worked for T = days trading days in
// an instrument whose daily volatility is vol bps. Excess is its shortfall less the known parts, bps; it may be negative.
//
//	Z = excess/(σ_D·√(Q/V)),   R = (T/3 + (bounce/σ_D)²)·V/Q
//
// σ²T/3 is the variance of the average of a random walk over T (learning text 1.2). Bounce, bps, is how exactly a single
// price can be known, about half the spread: without it an order that is done at once would settle Y for good.
func NewImpactDatum(event uint64, excess, vol, share, days, bounce float64) ImpactDatum {
	b := bounce / vol
	return ImpactDatum{Event: event, Z: excess / float64(vol*sqrt(share)), R: (days/3 + float64(b*b)) / share}
}

func (d *ImpactDatum) valid() bool { return finite(d.Z) && d.R > 0 && finite(d.R) }

// An ImpactHead is H4 of one bucket of liquidity: the factor of the square-root law I = Y·σ_D·√(Q/V), as a scalar Kalman
// filter on Y itself, because shortfall can be negative (learning text 1.2).
//
//	K = P/(P+R),   Y ← Y + K·e within [.1, 3],  e = Z − Y within ±4√(P+R),   P ← min(SD², (1−K)·P + q)
//
// What is promised: an order counts once, and a revision or removal leaves exactly what would have been, to the bit, had
// the orders come with their present values in the order in which they came, as long as the order is among the last 512
// of the head. An older one is final: a revision of it is [Unknown], and a second telling of it cannot be recognized.
// Orders that come in another order give another Y by an amount of the order of q and of what is cut off at ±4 deviations.
// One goroutine owns a head.
type ImpactHead struct {
	prior ImpactPrior
	base  impactState // before the oldest kept order
	now   impactState
	kept  []keptImpact // ring
	first int          // place of the oldest
	epoch uint32       // in which orders are told now (SWP-01)
}

type impactState struct{ y, p float64 }

type keptImpact struct {
	ImpactDatum
	gone  bool   // taken back: it counts nothing and stays known
	epoch uint32 // in which it was told
	final bool   // the prior was fitted to it: it counts nothing more, and cannot be taken back
}

// NewImpactHead gives a head that knows its prior only. The error names the field that is out of range.
func NewImpactHead(prior ImpactPrior) (*ImpactHead, error) {
	if err := prior.validate(); err != nil {
		return nil, err
	}
	start := impactState{prior.Y, float64(prior.SD * prior.SD)}
	return &ImpactHead{prior: prior, base: start, now: start}, nil
}

// Y is the posterior mean and standard deviation.
func (h *ImpactHead) Y() (mean, sd float64) { return h.now.y, sqrt(h.now.p) }

// Orders is how many orders the head remembers, those that were taken back among them; 0 only if it knows its prior alone.
func (h *ImpactHead) Orders() int { return len(h.kept) }

// Bps is the expected impact of the given share Q/V of a day's volume where a day moves by vol bps: Y·σ_D·√(Q/V).
func (h *ImpactHead) Bps(vol, share float64) float64 {
	return float64(h.now.y * float64(vol*sqrt(share)))
}

// Observe learns from one order. No allocation once the head has seen 512.
func (h *ImpactHead) Observe(d ImpactDatum) Refusal {
	if !d.valid() {
		return Malformed
	}
	if h.find(d.Event) != nil {
		return Duplicate
	}
	if len(h.kept) < impactKept {
		h.kept = append(h.kept, keptImpact{ImpactDatum: d, epoch: h.epoch})
	} else {
		h.base.take(&h.kept[h.first], &h.prior)
		h.kept[h.first] = keptImpact{ImpactDatum: d, epoch: h.epoch}
		h.first = (h.first + 1) % impactKept
	}
	h.now.take(&keptImpact{ImpactDatum: d}, &h.prior)
	return Applied
}

// Revise gives an order observed before another outcome, after a bust or a correction, or more fills (DRF-07). One that was
// removed counts again. Cost O(512).
func (h *ImpactHead) Revise(d ImpactDatum) Refusal {
	if !d.valid() {
		return Malformed
	}
	return h.replace(d.Event, keptImpact{ImpactDatum: d})
}

// Remove takes an order out again, because nothing of it is left. Its event stays taken.
func (h *ImpactHead) Remove(event uint64) Refusal {
	return h.replace(event, keptImpact{ImpactDatum: ImpactDatum{Event: event}, gone: true})
}

func (h *ImpactHead) replace(event uint64, by keptImpact) Refusal {
	k := h.find(event)
	if k == nil {
		return Unknown
	}
	if k.final {
		return Expired
	}
	by.epoch = k.epoch
	*k = by
	h.tellAgain()
	return Applied
}

// tellAgain makes the present state of the kept orders.
func (h *ImpactHead) tellAgain() {
	h.now = h.base
	for i := range h.kept {
		h.now.take(&h.kept[(h.first+i)%len(h.kept)], &h.prior)
	}
}

// CutTo begins an epoch: orders told from now on belong to it (SWP-01).
func (h *ImpactHead) CutTo(epoch uint32) { h.epoch = epoch }

// Rebase gives a head of another prior, fitted to all orders before epoch since, and of those told from since on (SWP-03), as far
// as they are among the last 512; h is unchanged. What was told before is in the prior: corrections of it are refused as
// [Expired], the next training has them.
func (h *ImpactHead) Rebase(prior ImpactPrior, since uint32) (*ImpactHead, error) {
	n, err := NewImpactHead(prior)
	if err != nil {
		return nil, err
	}
	n.kept, n.first, n.epoch = slices.Clone(h.kept), h.first, h.epoch
	for i := range n.kept {
		n.kept[i].final = n.kept[i].epoch < since
	}
	n.tellAgain()
	return n, nil
}

// find gives the kept order of an event, the newest first: revisions mostly follow soon.
func (h *ImpactHead) find(event uint64) *keptImpact {
	for i := len(h.kept) - 1; i >= 0; i-- {
		if k := &h.kept[(h.first+i)%len(h.kept)]; k.Event == event {
			return k
		}
	}
	return nil
}

func (s *impactState) take(d *keptImpact, prior *ImpactPrior) {
	if d.gone || d.final {
		return
	}
	total := s.p + d.R
	k, most := s.p/total, float64(impactClip*sqrt(total))
	e := min(most, max(-most, d.Z-s.y))
	s.y = min(mostY, max(leastY, s.y+float64(k*e)))
	s.p = min(float64(prior.SD*prior.SD), float64((1-k)*s.p)+prior.Drift)
}

const impactMagic = "SLBIMP02"

// AppendSnapshot appends the head's whole state to b.
func (h *ImpactHead) AppendSnapshot(b []byte) []byte {
	e := encoder{append(b, impactMagic...)}
	e.floats([]float64{h.prior.Y, h.prior.SD, h.prior.Drift, h.base.y, h.base.p, h.now.y, h.now.p})
	e.u64(uint64(h.epoch))
	e.u64(uint64(len(h.kept)))
	for i := range h.kept {
		k := &h.kept[(h.first+i)%len(h.kept)]
		e.u64(k.Event)
		e.floats([]float64{k.Z, k.R})
		e.flag(k.gone)
		e.u64(uint64(k.epoch))
		e.flag(k.final)
	}
	return e.seal(len(b))
}

// RestoreImpactHead reads what AppendSnapshot wrote. It refuses damaged bytes and figures out of bounds.
func RestoreImpactHead(data []byte) (*ImpactHead, error) {
	d := open(data, impactMagic, "impact snapshot")
	var x [7]float64
	d.floats(x[:])
	h := &ImpactHead{prior: ImpactPrior{x[0], x[1], x[2]}, base: impactState{x[3], x[4]}, now: impactState{x[5], x[6]}}
	h.epoch = d.u32()
	n := d.count(impactKept, 34)
	for range n {
		k := keptImpact{ImpactDatum: ImpactDatum{Event: d.u64(), Z: d.f64(), R: d.f64()}, gone: d.flag(), epoch: d.u32(), final: d.flag()}
		if d.err == nil && (!k.gone && !k.valid() || h.find(k.Event) != nil) {
			d.fail("order %d is no datum, or is there twice", k.Event)
		}
		h.kept = append(h.kept, k)
	}
	if err := d.close(); err != nil {
		return nil, fmt.Errorf("bandit: reading an impact snapshot: %w", err)
	}
	if err := h.prior.validate(); err != nil {
		return nil, err
	}
	for _, s := range [2]impactState{h.base, h.now} {
		if !(s.y >= leastY && s.y <= mostY) || !(s.p > 0 && s.p <= float64(h.prior.SD*h.prior.SD)) {
			return nil, fmt.Errorf("bandit: reading an impact snapshot: Y %v with variance %v is out of range", s.y, s.p)
		}
	}
	return h, nil
}
