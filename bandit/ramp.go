package bandit

import (
	"bytes"
	"fmt"
)

// Ramp settings of section 6, measured on prototypes.
const (
	rampAlpha   = 0.2
	rampNStar   = 800
	rampEvery   = 100    // matured decisions between two looks
	rampFirst   = 200    // the confidence sequence is not read below (ABT-03)
	rampDraws   = 30     // nor below so many draws off the static plan
	rampRenew   = 4000   // a stage older than this begins anew
	rampClip    = 40     // bps, on one d_t
	rampLate    = 0.8416 // standard normal quantile of 1 − rampAlpha
	rampGood    = 0.15   // bps: an upper bound below it lets the share grow
	rampMost    = 0.95   // SAF-01: 5 % stay randomized static for ever
	rampLeast   = 0.05
	rampCold    = 0.1
	rampClimb   = 3 // a rise multiplies the share by this
	rampStumble = 4 // and a fall divides it by this
)

// RampStep says what an observation did to the ramp.
type RampStep uint8

// The steps.
const (
	RampSteady  RampStep = iota // nothing changed
	RampRaised                  // the share was tripled: the learner is not worse by .15 bps or more
	RampLowered                 // the learner is worse, by a look or at the end of its stage: the share was quartered; temper the learner, alert
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
//
// A stage is not read before 30 of its draws left the static plan either. Where the static plan is drawn d_t is close to the
// model's own difference q̂ and hardly varies, so a stage of hardly anything else has a narrow interval around
// what the model believes: the ramp would be asking the model after all. At a share of .05 some stages of 200 have no
// other draw. What the wait can cost is 30 draws. A stage that has not had them does not end by its age.
//
// A stage ends after 4,000 outcomes, so that what was true of an old world does not outvote the new one. That moment is
// chosen by no data, so the plain one-sided bound at α holds there and finds what the confidence sequence, which pays for
// looking all the time, leaves undecided: at a share of .95 only one draw in twenty or so is static, and a learner
// on a wrong anchor went on for many stages at a cost too small for the sequence.
//
// A rise triples the share. Growing slowly costs what a good learner would have saved and learned; doubling from 10 %
// took more than the tenth of the gain that a ramp may cost (BEN-08).
//
// These three were chosen on 48 generated worlds. On 16 others, with DefaultExploration, the mean worst running excess over
// the static venue was 3 bps·orders from a cold start, of 20 without a ramp, and 27 of 329 from poisoned data; 93 % of the
// cold gain stayed. sluice evaluate --safety prints the table.
type Ramp struct {
	share   float64
	stage   uint32
	n       int64
	sum     float64 // Σ d
	squares float64 // Σ d²
	clipped int64   // d_t pulled back so far
	stale   int64   // outcomes of earlier stages, not used
	draws   int64   // of this stage, off the static plan
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
// false before 200 outcomes, and before 30 draws off the static plan.
func (r *Ramp) Interval() (lower, upper float64, ok bool) {
	if r.n < rampFirst || r.draws < rampDraws {
		return 0, 0, false
	}
	n := float64(r.n)
	mean := r.sum / n
	variance := max(0, r.squares/n-float64(mean*mean))
	radius := Radius(sqrt(variance), r.n, rampAlpha, rampNStar)
	return mean - radius, mean + radius, true
}

// Draws is how many outcomes of this stage left the static plan.
func (r *Ramp) Draws() int64 { return r.draws }

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
	if o.Chosen != o.Static {
		r.draws++
	}
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
	if r.n%rampEvery != 0 {
		return RampSteady
	}
	lower, upper, ok := r.Interval()
	switch {
	case !ok:
		return RampSteady
	case lower > 0, r.n > rampRenew && r.late():
		r.begin(min(r.share, max(rampLeast, r.share/rampStumble)))
		return RampLowered
	case upper < rampGood && r.share < rampMost:
		r.begin(min(rampMost, rampClimb*r.share))
		return RampRaised
	case r.n > rampRenew:
		r.begin(r.share)
		return RampRenewed
	}
	return RampSteady
}

// late reports whether the mean of a stage at its end, a moment that no data chose, is above 0 beyond its one-sided bound
// at the level α of one look.
func (r *Ramp) late() bool {
	n := float64(r.n)
	mean := r.sum / n
	return mean > rampLate*sqrt(max(0, r.squares/n-float64(mean*mean))/n)
}

func (r *Ramp) begin(share float64) {
	r.share = share
	r.stage++
	r.n, r.draws, r.sum, r.squares = 0, 0, 0, 0
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

// rampMagic01 is the version that did not count draws. A ramp of it begins its stage anew, with the same share: of its
// sums nobody knows how many draws they rest on.
const (
	rampMagic   = "SLBRMP02"
	rampMagic01 = "SLBRMP01"
)

// AppendSnapshot appends the ramp's state to b.
func (r *Ramp) AppendSnapshot(b []byte) []byte {
	e := encoder{append(b, rampMagic...)}
	e.floats([]float64{r.share, r.sum, r.squares})
	e.u64(uint64(r.stage))
	e.i64(r.n)
	e.i64(r.draws)
	e.i64(r.clipped)
	e.i64(r.stale)
	e.flag(r.held)
	return e.seal(len(b))
}

// RestoreRamp reads what AppendSnapshot wrote, of this version or the one before, and refuses damaged bytes and figures
// out of bounds.
func RestoreRamp(data []byte) (*Ramp, error) {
	magic, old := rampMagic, bytes.HasPrefix(data, []byte(rampMagic01))
	if old {
		magic = rampMagic01
	}
	d := open(data, magic, "ramp snapshot")
	r := &Ramp{share: d.f64(), sum: d.f64(), squares: d.f64()}
	stage := d.u64()
	r.stage, r.n = uint32(stage), d.i64()
	if !old {
		r.draws = d.i64()
	}
	r.clipped, r.stale, r.held = d.i64(), d.i64(), d.flag()
	if d.err == nil && (!(r.share >= 0 && r.share <= rampMost) || stage > 1<<32-1 || r.n < 0 || r.draws < 0 || r.draws > r.n || r.clipped < 0 || r.stale < 0) {
		d.fail("share %v, stage %d or a count is out of range", r.share, stage)
	}
	if err := d.close(); err != nil {
		return nil, fmt.Errorf("bandit: reading a ramp snapshot: %w", err)
	}
	if old {
		r.begin(r.share)
	}
	return r, nil
}
