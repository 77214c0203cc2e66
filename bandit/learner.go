package bandit

import "fmt"

const (
	// MaxArms bounds the arms of a learner.
	MaxArms = 1024
	// defaultLedger is five busy days of one shard; a record takes about 500 bytes.
	defaultLedger = 1 << 17
	maxLedger     = 1 << 24
	// defaultBucket is 15 minutes of trading time, in nanoseconds (DRF-01).
	defaultBucket = 15 * 60 * 1_000_000_000
)

// An ArmConfig says what a learner keeps about one arm (venue × order style).
type ArmConfig struct {
	Fill     Prior                // H0; required
	Toxicity [NumHorizons]Prior   // H3 by horizon; a prior without coordinates leaves the horizon out
	Noise    [NumHorizons]float64 // H3: prior noise variance by horizon, bps²; 0 means 1. Set it: it grows with the horizon
	Decide   Horizon              // the horizon whose errors the change detector watches: 1 s lit, 10 s dark
	Sizes    bool                 // learn H1, the censored size of liquidity
	Size     SizePrior            // used when Sizes; the zero value means DefaultSizePrior
	Latency  float64              // H5: prior mean answer time, seconds; required
	Hazard   Prior                // H2, of an arm whose orders rest, see ColdHazard; a prior without coordinates leaves it out
}

// A Config describes a learner. It is part of a snapshot.
type Config struct {
	Arms          []ArmConfig
	Shard         uint64 // names this learner in deltas
	Bucket        int64  // nanoseconds of trading time per bucket; 0 means 15 minutes
	Memory        Memory // the zero value means DefaultMemory
	PlainToxicity bool   // H3 with w = 1 instead of Student-t₄ weights
	Unwatched     bool   // no change detection: no alarms, nothing shrinks by itself
	LedgerLimit   int    // data kept for revisions and duplicate checks; 0 means 131,072
	Raw           int    // length of the raw vectors that outcomes carry, at most 16; 0 = none, φ is raw itself (SWP-04)
}

// arm is everything known about one arm.
type arm struct {
	config    ArmConfig
	fill      *FillHead
	size      *SizeHead // nil without Sizes
	tox       [NumHorizons]*ToxicityHead
	service   *ServiceHead
	hazard    *HazardHead // nil without Hazard
	fillWatch CUSUM
	toxWatch  CUSUM
}

// A Learner holds the heads of all arms, recognizes duplicates, revises busts, forgets by trading
// time, watches for changes, and can be written down and read back to the bit (SWP-06).
//
// Its state is a function of the configuration and the sequence of calls. Invariants, by their ids:
// DRF-06 (order of arrival does not matter beyond rounding), DRF-07 (a bust leaves what would have
// been), DRF-08 (nothing counts twice), DRK-06. One goroutine owns it.
type Learner struct {
	config Config
	arms   []arm
	now    int64 // bucket
	epochs epochs
	ledger *ledger
	tally  Tally
	part   uint32 // deltas taken so far in this epoch and bucket
	merged []DeltaKey
}

// NewLearner gives a learner that knows its priors only. The error names the arm and the field.
func NewLearner(config Config) (*Learner, error) {
	if len(config.Arms) == 0 || len(config.Arms) > MaxArms {
		return nil, fmt.Errorf("bandit: %d arms: give 1 to %d", len(config.Arms), MaxArms)
	}
	if config.Bucket == 0 {
		config.Bucket = defaultBucket
	}
	if config.Memory == (Memory{}) {
		config.Memory = DefaultMemory()
	}
	if config.LedgerLimit == 0 {
		config.LedgerLimit = defaultLedger
	}
	if config.Bucket < 0 || config.LedgerLimit < 0 || config.LedgerLimit > maxLedger {
		return nil, fmt.Errorf("bandit: Bucket %d ns, LedgerLimit %d: give a positive bucket and 1 to %d records", config.Bucket, config.LedgerLimit, maxLedger)
	}
	if config.Raw < 0 || config.Raw > MaxDim {
		return nil, fmt.Errorf("bandit: Raw is %d coordinates: give 0 to %d", config.Raw, MaxDim)
	}
	l := &Learner{config: config, arms: make([]arm, len(config.Arms)), ledger: newLedger(config.LedgerLimit, config.Raw)}
	l.config.Arms = append([]ArmConfig(nil), config.Arms...)
	for i := range l.arms {
		if err := l.arms[i].build(&l.config.Arms[i], &l.config); err != nil {
			return nil, fmt.Errorf("bandit: arm %d: %w", i, err)
		}
	}
	return l, nil
}

func (a *arm) build(c *ArmConfig, all *Config) (err error) {
	if c.Decide >= NumHorizons {
		return fmt.Errorf("Decide is horizon %d: give 0 to %d", c.Decide, NumHorizons-1)
	}
	if a.fill, err = NewFillHead(c.Fill, all.Memory); err != nil {
		return fmt.Errorf("Fill: %w", err)
	}
	c.Fill = a.fill.q.prior // the head's own copy
	for h := range c.Toxicity {
		if len(c.Toxicity[h].Mean) == 0 {
			continue
		}
		if a.tox[h], err = NewToxicityHead(c.Toxicity[h], all.Memory, all.PlainToxicity); err != nil {
			return fmt.Errorf("Toxicity[%d]: %w", h, err)
		}
		c.Toxicity[h] = a.tox[h].q.prior
		if n := c.Noise[h]; n != 0 {
			if !(n >= minNoise && n <= maxNoise) {
				return fmt.Errorf("Noise[%d] is %v bps²: give %v to %v, or 0 for 1", h, n, minNoise, maxNoise)
			}
			a.tox[h].noise = n
		}
	}
	if c.Sizes {
		if c.Size == (SizePrior{}) {
			c.Size = DefaultSizePrior()
		}
		if a.size, err = NewSizeHead(c.Size, all.Memory); err != nil {
			return fmt.Errorf("Size: %w", err)
		}
	}
	if a.service, err = NewServiceHead(c.Latency, all.Memory); err != nil {
		return fmt.Errorf("Latency: %w", err)
	}
	if len(c.Hazard.Mean) > 0 {
		if a.hazard, err = NewHazardHead(c.Hazard, all.Memory); err != nil {
			return fmt.Errorf("Hazard: %w", err)
		}
		c.Hazard = a.hazard.q.prior
	}
	a.config = *c
	return nil
}

// Arms is the number of arms.
func (l *Learner) Arms() int { return len(l.arms) }

// Now is the present bucket.
func (l *Learner) Now() int64 { return l.now }

// Tally is the count of what became of the data offered.
func (l *Learner) Tally() Tally { return l.tally }

// Fill is H0 of an arm, Size is H1 or nil, Toxicity is H3 at a horizon or nil, Service is H5. They are
// for predicting; data go through the learner's Observe methods.
func (l *Learner) Fill(arm int) *FillHead { return l.arms[arm].fill }

// Size is H1 of the arm, nil if it does not learn sizes.
func (l *Learner) Size(arm int) *SizeHead { return l.arms[arm].size }

// Toxicity is H3 of the arm at the horizon, nil if it is not kept.
func (l *Learner) Toxicity(arm int, h Horizon) *ToxicityHead { return l.arms[arm].tox[h] }

// Hazard is H2 of the arm, nil if it is not kept.
func (l *Learner) Hazard(arm int) *HazardHead { return l.arms[arm].hazard }

// Service is H5 of the arm.
func (l *Learner) Service(arm int) *ServiceHead { return l.arms[arm].service }

// BucketOf is the bucket of a trading time in nanoseconds.
func (l *Learner) BucketOf(time int64) int64 {
	b := time / l.config.Bucket
	if time%l.config.Bucket < 0 {
		b--
	}
	return b
}

// Advance moves the clock to the given trading time (nanoseconds of time in which the market was
// open, so nights and holidays do not age anything) and reports whether a new bucket began. At a new
// bucket everything ages and the caches are factorized anew. Time that goes back changes nothing.
func (l *Learner) Advance(time int64) bool {
	bucket := l.BucketOf(time)
	if bucket <= l.now {
		return false
	}
	l.now, l.part = bucket, 0
	for i := range l.arms {
		l.arms[i].advance(bucket)
	}
	l.ledger.prune(bucket - l.config.Memory.Retain)
	l.forgetMerged()
	return true
}

// advance ages all heads of the arm to a bucket.
func (a *arm) advance(bucket int64) {
	a.fill.Advance(bucket)
	for _, t := range a.tox {
		if t != nil {
			t.Advance(bucket)
		}
	}
	if a.size != nil {
		a.size.Advance(bucket)
	}
	a.service.Advance(bucket)
	if a.hazard != nil {
		a.hazard.Advance(bucket)
	}
}

// Settle makes what was learned final: nothing of it can be revised any more, and the identities of its data may come
// again, as they do where a learner goes on in an engine that numbers its orders from the start.
func (l *Learner) Settle() { l.ledger = newLedger(l.config.LedgerLimit, l.config.Raw) }

// Shrink keeps the share of what was learned of one arm's fills and toxicity, as after an alarm or a
// notice that a venue changes its rules. The prior's part stays.
func (l *Learner) Shrink(arm int, share float64) {
	a := &l.arms[arm]
	a.fill.Keep(share)
	for _, t := range a.tox {
		if t != nil {
			t.Keep(share)
		}
	}
	if a.hazard != nil {
		a.hazard.Keep(share)
	}
	a.fillWatch, a.toxWatch = CUSUM{}, CUSUM{}
}

// Keep leaves the share g of everything learned: forgetting by decision where there is no clock.
func (l *Learner) Keep(g float64) {
	for i := range l.arms {
		a := &l.arms[i]
		a.fill.Keep(g)
		for _, t := range a.tox {
			if t != nil {
				t.Keep(g)
			}
		}
		if a.size != nil {
			a.size.Keep(g)
		}
		a.service.Keep(g)
		if a.hazard != nil {
			a.hazard.Keep(g)
		}
	}
}

// Temper answers a ramp that fell (section 6): a tenth of the data of H0, H2 and H3 is kept and the
// priors are weakened to max(.1·Λ, I), because a wrong prior that is also the anchor never fades by
// itself.
func (l *Learner) Temper() {
	for i := range l.arms {
		l.arms[i].fill.Temper(cusumRemembers)
		for _, t := range l.arms[i].tox {
			if t != nil {
				t.Temper(cusumRemembers)
			}
		}
		if h := l.arms[i].hazard; h != nil {
			h.Temper(cusumRemembers)
		}
	}
}

// Health is what monitoring wants to know of the learner's numerics (LRN-10, LRN-11).
type Health struct {
	Drift    float64 // largest relative difference between cached and factorized posteriors
	Degraded bool    // a factorisation failed somewhere: route by the static policy
	Ledger   int     // records held for revisions
}

// Health gathers the numerics of all heads.
func (l *Learner) Health() Health {
	h := Health{Ledger: l.ledger.n}
	for i := range l.arms {
		h.Drift = max(h.Drift, l.arms[i].fill.Drift())
		h.Degraded = h.Degraded || l.arms[i].fill.Degraded()
		for _, t := range l.arms[i].tox {
			if t != nil {
				h.Drift = max(h.Drift, t.Drift())
				h.Degraded = h.Degraded || t.Degraded()
			}
		}
		if x := l.arms[i].hazard; x != nil {
			h.Drift, h.Degraded = max(h.Drift, x.Drift()), h.Degraded || x.Degraded()
		}
	}
	return h
}
