package bandit

import "fmt"

// Ramp settings of section 6, measured on prototypes.
const (
	rampAlpha   = 0.2
	rampNStar   = 800
	rampEvery   = 100  // matured decisions between two looks
	rampFirst   = 200  // the confidence sequence is not read below (ABT-03)
	rampRenew   = 4000 // a stage older than this begins anew
	rampClip    = 40   // bps, on one d_t
	rampGood    = 0.15 // bps: an upper bound below it lets the share grow
	rampMost    = 0.95 // SAF-01: 5 % stay randomized static for ever
	rampLeast   = 0.05
	rampCold    = 0.1
	rampStumble = 4 // the share is divided by this
)

// RampStep says what an observation did to the ramp.
type RampStep uint8

// The steps.
const (
	RampSteady  RampStep = iota // nothing changed
	RampRaised                  // the share doubled: the learner is not worse by .15 bps or more
	RampLowered                 // the learner is worse: the share was quartered; temper the learner, alert
	RampRenewed                 // the stage was long: it began anew with the same share
)

// RampOutcome is one decision whose realized cost is known.
type RampOutcome struct {
	Stage   uint32    // Ramp.Stage at the decision
	P       []float64 // p_t, the propensities sampled from
	Learned []float64 // π_L
	Costs   []float64 // q̂, the plans' expected costs from before the outcome, bps
	Static  int       // the static plan
	Chosen  int       // k
	Cost    float64   // c_t, realized, bps of intended quantity
}

// A Ramp is the model-free safety floor: the share m of the flow that follows the learner, moved only
// by what flow randomized between learner and static policy cost (section 6). It never asks the
// model whether the model is good.
//
//	d_t = Σ_j (π_L − 1{static})(j)·q̂_j + (π_L(k) − 1{k static})/p_t(k)·(c_t − q̂_k),  clipped to ±40 bps
//
// Every 100 matured decisions of a stage, from 200 on, the mean of d_t with its confidence sequence
// (α = .2, n* = 800) decides. α is per stage: the ramp bounds harm in practice, it certifies nothing
// (SAF-02). A machine may lower the share; beyond .95 it never goes.
type Ramp struct {
	share   float64
	stage   uint32
	n       int64
	sum     float64 // Σ d
	squares float64 // Σ d²
	clipped int64   // d_t pulled back so far
	stale   int64   // outcomes of earlier stages, not used
	held    bool
}

// NewRamp begins with the share of a cold start, 10 %.
func NewRamp() *Ramp { return NewRampAt(rampCold) }

// NewRampAt begins with another share, cut to what a ramp may have, 0 to .95. A ramp that begins with 0 stays
// there, because no flow tells it anything; one that begins below .05 is never raised by a fall.
func NewRampAt(share float64) *Ramp { return &Ramp{share: min(rampMost, max(0, share))} }

// Share is m for the next decision: .05 at most while held.
func (r *Ramp) Share() float64 {
	if r.held {
		return min(rampLeast, r.share)
	}
	return r.share
}

// Stage numbers the present stage; decisions carry it to their outcome.
func (r *Ramp) Stage() uint32 { return r.stage }

// Held reports whether a hard limit holds the share at .05.
func (r *Ramp) Held() bool { return r.held }

// Hold answers a hard limit (SAF-04): the share is .05 until a person calls Release.
func (r *Ramp) Hold() { r.held = true }

// Release ends a Hold; the share is what it was when held, at most, and a new stage begins.
func (r *Ramp) Release() {
	if r.held {
		r.held = false
		r.begin(r.share)
	}
}

// Swapped answers a change of the model: m ← max(m/2, .1) (SWP-05).
func (r *Ramp) Swapped() { r.begin(max(r.share/2, rampCold)) }

// Interval is the confidence sequence for learner minus static in bps over the present stage; ok is
// false before 200 outcomes.
func (r *Ramp) Interval() (lower, upper float64, ok bool) {
	if r.n < rampFirst {
		return 0, 0, false
	}
	n := float64(r.n)
	mean := r.sum / n
	variance := max(0, r.squares/n-float64(mean*mean))
	radius := Radius(sqrt(variance), r.n, rampAlpha, rampNStar)
	return mean - radius, mean + radius, true
}

// Counts gives the outcomes of this stage, those clipped ever and those that came after their stage.
func (r *Ramp) Counts() (stage, clipped, stale int64) { return r.n, r.clipped, r.stale }

// Difference is d_t of an outcome, and whether it was clipped.
func Difference(o RampOutcome) (d float64, clipped bool) {
	for j, q := range o.Costs {
		d += float64((o.Learned[j] - indicator(j == o.Static)) * q)
	}
	k := o.Chosen
	d += float64((o.Learned[k] - indicator(k == o.Static)) / o.P[k] * (o.Cost - o.Costs[k]))
	return min(rampClip, max(-rampClip, d)), d > rampClip || d < -rampClip
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// Observe takes a matured decision and reports what changed. It fails, without effect, when the
// outcome's slices differ in length, an index is outside them, or the chosen plan had no propensity.
func (r *Ramp) Observe(o RampOutcome) (RampStep, error) {
	if err := o.validate(); err != nil {
		return RampSteady, err
	}
	if o.Stage != r.stage || r.held {
		r.stale++
		return RampSteady, nil
	}
	d, clipped := Difference(o)
	if clipped {
		r.clipped++
	}
	r.n++
	r.sum += d
	r.squares += float64(d * d)
	return r.look(), nil
}

// Revise replaces the realized cost of a decision of this stage, after a bust or correction
// (DRF-07). It reports whether it was of this stage; bounds are looked at again with the next
// hundred.
func (r *Ramp) Revise(o RampOutcome, cost float64) (bool, error) {
	revised := o
	revised.Cost = cost
	if err := o.validate(); err != nil {
		return false, err
	}
	if err := revised.validate(); err != nil {
		return false, err
	}
	if o.Stage != r.stage || r.n == 0 {
		r.stale++
		return false, nil
	}
	before, _ := Difference(o)
	after, _ := Difference(revised)
	r.sum += after - before
	r.squares += float64(after*after) - float64(before*before)
	return true, nil
}

func (r *Ramp) look() RampStep {
	if r.n%rampEvery != 0 || r.n < rampFirst {
		return RampSteady
	}
	lower, upper, _ := r.Interval()
	switch {
	case lower > 0:
		r.begin(min(r.share, max(rampLeast, r.share/rampStumble)))
		return RampLowered
	case upper < rampGood && r.share < rampMost:
		r.begin(min(rampMost, 2*r.share))
		return RampRaised
	case r.n > rampRenew:
		r.begin(r.share)
		return RampRenewed
	}
	return RampSteady
}

func (r *Ramp) begin(share float64) {
	r.share = share
	r.stage++
	r.n, r.sum, r.squares = 0, 0, 0
}

func (o *RampOutcome) validate() error {
	n := len(o.P)
	if n == 0 || len(o.Learned) != n || len(o.Costs) != n {
		return fmt.Errorf("bandit: ramp outcome has %d propensities, %d learned and %d costs: give one of each per plan", n, len(o.Learned), len(o.Costs))
	}
	if o.Static < 0 || o.Static >= n || o.Chosen < 0 || o.Chosen >= n {
		return fmt.Errorf("bandit: ramp outcome chose %d, static %d, of %d plans", o.Chosen, o.Static, n)
	}
	if !(o.P[o.Chosen] > 0) || !finite(o.Cost) {
		return fmt.Errorf("bandit: ramp outcome cost %v with propensity %v: the cost must be finite and the propensity positive", o.Cost, o.P[o.Chosen])
	}
	return nil
}

const rampMagic = "SLBRMP01"

// AppendSnapshot appends the ramp's state to b.
func (r *Ramp) AppendSnapshot(b []byte) []byte {
	e := encoder{append(b, rampMagic...)}
	e.floats([]float64{r.share, r.sum, r.squares})
	e.u64(uint64(r.stage))
	e.i64(r.n)
	e.i64(r.clipped)
	e.i64(r.stale)
	e.flag(r.held)
	return e.seal(len(b))
}

// RestoreRamp reads what AppendSnapshot wrote and refuses damaged bytes and figures out of bounds.
func RestoreRamp(data []byte) (*Ramp, error) {
	d := open(data, rampMagic, "ramp snapshot")
	r := &Ramp{share: d.f64(), sum: d.f64(), squares: d.f64()}
	stage := d.u64()
	r.stage, r.n, r.clipped, r.stale, r.held = uint32(stage), d.i64(), d.i64(), d.i64(), d.flag()
	if d.err == nil && (!(r.share >= 0 && r.share <= rampMost) || stage > 1<<32-1 || r.n < 0 || r.clipped < 0 || r.stale < 0) {
		d.fail("share %v, stage %d or a count is out of range", r.share, stage)
	}
	if err := d.close(); err != nil {
		return nil, fmt.Errorf("bandit: reading a ramp snapshot: %w", err)
	}
	return r, nil
}
