package train

import (
	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/features"
	"github.com/sluice-sor/sluice/internal/order"
)

// A Row is one child order with everything that the learner was taught of it up to the cut, busts and corrections applied
// (DRF-07). It belongs to the decision that sent the child: rows come in the order of At, and a journal's in the order of its
// decisions. A row and its slices are valid until the next one is read; [Row.Clone] keeps it.
type Row struct {
	Instance uint32 // of the journal
	Seq      uint64 // of the record of the decision
	Parent   uint64
	Child    uint64
	Decision uint64
	At       int64 // of the decision, Unix ns

	Venue  string // market.Venue's name
	Kind   string // market.VenueType's name
	Symbol string
	Style  order.Style
	Takes  bool    // the style takes displayed liquidity, or crosses at the internalizer
	Side   int     // +1 buys, −1 sells
	Vol    float64 // of the instrument, σ of a day, bps
	ADV    float64 // of the instrument, shares; 0 is not known
	Lot    int64   // shares
	Phi    [features.Dim]float64

	// H0 and H1: what was sent and what filled. Without HasFill nothing is known of it: the child works still, was rejected,
	// or was decided before the window's end and told about after the cut.
	HasFill bool
	Sent    int  // lots
	Got     int  // lots, of Sent
	MinQty  int  // lots, 0 or 1: none
	Early   bool // it was cut short: liquidity is censored at Got even where Got is less than Sent
	Taken   int  // lots filled whole by the child before it, at which the look at liquidity began (DRK-04): the row speaks to sizes alone

	// H2: what became of a child that rested. HasLife is false for those that take.
	HasLife bool
	Life    bandit.Life

	// H3: the markouts of its fills, and the shadow markout of a send that brought nothing, in the order in which they
	// matured. Those of busted fills are not there.
	Marks []Mark

	// H5.
	HasAnswer bool
	Latency   float64 // seconds from send to answer
	Rejected  bool

	// The records that taught, by which the row can be told again in the order of the journal; 0 where there was none.
	FillSeq, LifeSeq, AnswerSeq uint64
	FillAt, AnswerAt            int64 // their times, Unix ns
}

// Censored reports whether liquidity was at least Got, not exactly Got.
func (r *Row) Censored() bool { return r.Early || r.Got >= r.Sent }

// A Mark is one matured markout.
type Mark struct {
	Horizon bandit.Horizon
	Shadow  bool    // after a send that brought nothing (LRN-04); it says nothing of toxicity given a fill
	Exec    uint64  // of the fill, our number
	Qty     int64   // shares that filled; 0 of a shadow
	At      int64   // of the fill, Unix ns; of a shadow, of the end of the child
	Due     int64   // when it was measured
	Seq     uint64  // of the record
	Bps     float64 // toxicity: the signed mid move against us, net of our own impact; positive is adverse
	Own     float64 // our own impact in that move, bps, signed with the side: the move itself is Own − Bps in our favor
}

// Toxicity is the mean of the fills' markouts at a horizon, weighted by shares; false if none matured.
func (r *Row) Toxicity(h bandit.Horizon) (bps float64, qty int64, ok bool) {
	for i := range r.Marks {
		if m := &r.Marks[i]; m.Horizon == h && !m.Shadow {
			bps += m.Bps * float64(m.Qty)
			qty += m.Qty
		}
	}
	if qty == 0 {
		return 0, 0, false
	}
	return bps / float64(qty), qty, true
}

// Clone is a copy that the next row leaves as it is.
func (r *Row) Clone() Row {
	c := *r
	c.Marks = append([]Mark(nil), r.Marks...)
	return c
}

// A DecisionRow is one decision with its plans, the exact probability of each, and what it cost, for off-policy evaluation
// (PLN-04, OPE-01). Rows come in the order of At. A row and its slices are valid until the next one is read.
type DecisionRow struct {
	Instance uint32
	Seq      uint64
	Parent   uint64
	Decision uint64
	At       int64 // Unix ns
	Symbol   string
	Side     int
	Stage    string
	Style    string  // of the objective: order.Objective's name
	Want     int64   // shares that it may place
	OppBps   float64 // what it costs to finish a share later
	M        float64 // share of flow that follows the learner
	Epsilon  float64
	Gamma    float64
	Model    string
	Schema   string // of the features

	Venues []VenueRow // the candidates
	Plans  []Plan     // in canonical order
	Chosen int        // index into Plans; −1 = none
	Static int        // index of the static plan; −1 = none

	// What it cost, per share wanted. Without Known the figures are zero: the outcome is not there up to the cut, or was
	// refused.
	Known    bool
	Realized float64 // bps
	Got      int64   // shares
	CutShort bool    // a child went on at another place, and the decision ended there
	Void     bool    // what was done is not what was drawn, or the outcome is lost (PLN-03): trains heads, never evaluation
	Why      string  // it is void
}

// VenueRow is one candidate of a decision.
type VenueRow struct {
	Venue, Kind string
	Style       order.Style
	Takes       bool
	Phi         [features.Dim]float64
	FillProb    float64 // as the learner had it
	ToxBps      float64
	FeeBps      float64
	CostBps     float64 // expected, of one share filled there
	ExpectBps   float64 // expected, of one share of Size sent there
	Size        int64   // shares that were considered
}

// Plan is one of a decision's plans.
type Plan struct {
	Name    string
	Prob    float64 // exact
	CostBps float64 // expected, of a share wanted
	Shares  []Share
}

// Share is a plan's quantity at one venue.
type Share struct {
	Venue, Kind string
	Style       order.Style
	Takes       bool
	Qty         int64 // shares
}

// Draw reports whether the decision was a draw between plans whose outcome is known and that may be evaluated (OPE-02).
func (d *DecisionRow) Draw() bool {
	if !d.Known || d.Void || d.Chosen < 0 || len(d.Plans) < 2 {
		return false
	}
	for i := range d.Plans {
		if d.Plans[i].Prob > certain {
			return false
		}
	}
	return true
}

// certain is the probability from which on a plan counts as not drawn.
const certain = 1 - 1e-6

// A ParentRow is one finished order's look at the square-root law (H4, FIT-04). Rows come in the order of At.
type ParentRow struct {
	Instance uint32
	Seq      uint64 // of the outcome
	Parent   uint64
	At       int64 // of its arrival, Unix ns
	Symbol   string
	Side     int
	Bucket   int     // of liquidity, market.Instrument.LiquidityBucket
	Vol      float64 // σ_D, bps of a day
	Share    float64 // Q/V: what filled of a usual day's volume
	Days     float64 // T: from its arrival to its last fill, in sessions of six and a half hours
	Bounce   float64 // how exactly a price can be known, half the spread at arrival, bps
	Excess   float64 // shortfall beyond the known parts, bps
	Z        float64 // Excess/(σ_D·√(Q/V)), as the learner was taught it
}
