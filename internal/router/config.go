package router

import (
	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/risk"
)

// Config is all an engine is built from besides its events. It is journaled at every start as JSON, so that a journal
// replays without a configuration file. Every field says its unit and what zero means.
type Config struct {
	Router      string              // short name of this router, part of alerts
	Seed        uint64              // of every random draw
	Venues      []market.Venue      // index = VenueID; only ever appended to while a journal lives
	Instruments []market.Instrument // the symbols this router trades
	Regulatory  []market.Regulatory // dated charges of the regulators
	Hours       market.Hours        // the market's regular session; zero = always open
	Objectives  [4]Weights          // static scorer, by order.Objective
	Limits      risk.Limits
	Regimes     []market.Regime // dated rules (RULE-01); none = none holds
	Tactics     Tactics
	Learning    Learning
	Clients     []ClientPolicy // a client that is not here has the zero policy
}

// ClientPolicy is what holds for all orders of one client session.
type ClientPolicy struct {
	Name      string
	HideDark  bool  // its reports do not say which dark pool traded (FIX-12)
	NoExplore bool  // its orders are never explored with (MOP-25)
	SelfCross bool  // its orders may trade with those of other clients who say so too (RISK-18)
	Stay      bool  // its orders go on when its link drops (RACE-09)
	GraceNs   int64 // else: no new children, and cancel after this long; 0 means 30 s, negative at once

	DoneForDay bool // its day orders end at the close as done for the day (150=3), not as expired (150=C)
}

// Weights are the static scorer's four weights; they need not sum to one (product text, "The static scorer").
type Weights struct {
	Speed, Fill, Fee, Impact float64
}

// Tactics are the pecking order's constants. Times are nanoseconds.
type Tactics struct {
	InternalWait   int64 // an internalizer child not answered by then is canceled
	DarkWave       int64 // how long a dark wave rests before it is judged; of a block with an end longer, up to two minutes
	PostWait       int64 // how long a posted child rests before it is repriced or replaced
	AckTimeout     int64 // no ack by then: the child is queried, its venue loses standing
	SettleWait     int64 // a cancel not confirmed by then is asked about
	UrgentBefore   int64 // this long before End the rest is swept
	SlowVenue      int64 // a venue whose recent answers take longer than this, and than five times its median, rests for a minute (SAF-04)
	DarkClipPer1e5 int64 // first dark child, in hundred-thousandths of ADV
	PostClip       market.Qty
	DarkVenues     int  // at most this many dark pools a wave
	PostVenues     int  // at most this many displayed venues sprayed
	DarkTries      int  // dark waves without a fill, for a block next to none, before the router turns to lit venues
	Slices         int  // VWAP and POV: at most this many slices a minute
	TakeOnly       bool // only displayed liquidity is used, by taking it: no internalizer, no dark wave, no post
}

// Learning configures the learner; Off makes every decision the static scorer's, to the byte (SAF-03).
type Learning struct {
	Off       bool
	Gamma0    float64 // inverse-gap weighting, per bps (PLN-01)
	Floor     float64 // total exploration floor (PLN-02)
	Forget    float64 // per decision, 1 = never
	Start     float64 // share of flow that follows the learner at first
	Ramp      bool    // what flow randomized between the two costs moves the share (SAF-01); false: it stays at Start
	StaticMin float64 // share of flow that stays static for ever (SAF-01)
	Frozen    bool    // what is known is served, nothing is learned

	// ImpactKernel is how much our own takes move the mid at once and then forget with time constants of .1, 1, 10 and 100 s,
	// in units of σ_D·√(q/ADV) (FIT-05). It is taken out of the markouts that teach. Zeros take out nothing.
	ImpactKernel [bandit.KernelTerms]float64
	// DayLossBps is the most that the flow which follows the learner may cost over static in a day, of what its decisions
	// filled, before its share is held at .05 until a person releases it (SAF-04); 0 = no limit.
	DayLossBps float64

	ExploreBudgetBps float64 // what exploring may be expected to cost, of a parent's and of a client's day's value; 0 = nothing: no exploration
}

// DefaultConfig gives every constant that a configuration file may leave out.
func DefaultConfig() Config {
	return Config{
		Router: "R1",
		Seed:   1,
		Objectives: [4]Weights{
			{Speed: .40, Fill: .09, Fee: .30, Impact: .21},
			{Speed: .70, Fill: .20, Fee: .05, Impact: .05},
			{Speed: .05, Fill: .15, Fee: .10, Impact: .70},
			{Speed: .05, Fill: .15, Fee: .70, Impact: .10},
		},
		Limits: risk.DefaultLimits(),
		Tactics: Tactics{
			InternalWait:   200 * market.Millisecond,
			DarkWave:       2 * market.Second,
			PostWait:       2 * market.Second,
			AckTimeout:     2 * market.Second,
			SettleWait:     2 * market.Second,
			UrgentBefore:   5 * market.Second,
			SlowVenue:      50 * market.Millisecond,
			DarkClipPer1e5: 167,
			PostClip:       500,
			DarkVenues:     3,
			PostVenues:     4,
			DarkTries:      2,
			Slices:         30,
		},
		Learning: Learning{Gamma0: 600, Floor: .003, Forget: .9998, Start: .1, Ramp: true, StaticMin: .05, ExploreBudgetBps: .05, DayLossBps: 1,
			ImpactKernel: [bandit.KernelTerms]float64{0, 0, .1, .1}},
	}
}
