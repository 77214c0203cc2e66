package tca

import (
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Input is what the journal, or the store, has of one parent. Executions may hold several records of one execution, as
// a journal does after a bust or correction: the last one counts. Children may be left nil, and are then not checked
// against the executions and give no sent quantities.
type Input struct {
	Parent     *event.RecordParent
	Children   []*event.RecordChild
	Executions []*event.RecordExecution
	Decisions  []*event.RecordDecision
	Outcomes   []*event.RecordOutcome
	Venues     Names
	Hours      market.Hours  // the market's session, for days; zero = always open, in UTC
	Booked     []market.Time // by Executions: when each was booked or changed last; 0, or nil, = not known, and not said to be restated
}

// Report is one parent's reconciliation and transaction cost analysis. Amounts are micro-dollars, times Unix
// nanoseconds, costs positive when they are losses. The JSON names are stable.
type Report struct {
	Parent    order.ParentID `json:"parent"`
	Client    string         `json:"client"`
	ClOrdID   string         `json:"clordid"`
	Account   string         `json:"account"`
	Symbol    market.Symbol  `json:"symbol"`
	Side      string         `json:"side"`
	Strategy  string         `json:"strategy"`
	Objective string         `json:"objective"`
	Urgency   string         `json:"urgency"`
	State     string         `json:"state"`
	Reason    string         `json:"reason,omitempty"`
	Done      bool           `json:"done"`

	Qty        market.Qty  `json:"qty"`
	Unfilled   market.Qty  `json:"unfilled"`
	Day        market.Date `json:"day"` // the trading day of its receipt, as yyyymmdd
	Received   market.Time `json:"received_ns"`
	Ended      market.Time `json:"ended_ns"` // the record's time while the parent is not done
	DurationNs int64       `json:"duration_ns"`
	Decisions  int64       `json:"decisions"`
	ExploreBps float64     `json:"explore_bps"` // what exploring with it was expected to cost, bps of Qty; part of the shortfall, no cost beside it

	Arrival       market.Price `json:"arrival_micros"` // 0 = no benchmark was to be had
	ArrivalSource Source       `json:"arrival_source"`
	EndMid        market.Price `json:"end_mid_micros"`
	EndSource     Source       `json:"end_source"`
	MarketVolume  market.Qty   `json:"market_volume"` // printed since arrival, what we did in public included
	MarketVWAP    market.Price `json:"market_vwap_micros"`
	VWAPCost      market.Money `json:"vwap_cost_micros"`  // s·(Σ p·q − F·VWAP)
	VWAPValue     market.Money `json:"vwap_value_micros"` // F·VWAP

	Sums
	VWAPSlippageBps Ratio       `json:"vwap_slippage_bps"`
	Participation   Ratio       `json:"participation"` // F / max(market volume, F): our fills are volume, though their prints may come after the end
	Completion      Ratio       `json:"completion"`    // F / Q
	Shortfall       Shortfall   `json:"shortfall"`
	Markouts        []Markout   `json:"markouts"`
	Venues          []Line      `json:"venues"`     // by venue number
	Styles          []Line      `json:"styles"`     // by style
	Reversions      []Reversion `json:"reversions"` // by horizon
	Charges         []Charge    `json:"charges"`    // by day and venue
	Restated        []Restated  `json:"restated"`   // what changed after its trading day
	Breaks          []string    `json:"breaks"`     // what does not reconcile; empty is the proof to the share
}

// Source says where a benchmark price came from.
type Source string

// The sources of benchmarks, in the order of preference.
const (
	FromArrival  Source = "arrival mid"
	FromDecision Source = "decision mid"
	FromFill     Source = "mid at a fill"
	FromEnd      Source = "end mid"
	FromNothing  Source = "none"
)

// Sums are what adds up over executions and children. The ratios are derived from the others.
type Sums struct {
	Children int64        `json:"children"`
	Rejects  int64        `json:"rejects"`
	Sent     market.Qty   `json:"sent"` // what children asked for
	Fills    int64        `json:"fills"`
	Filled   market.Qty   `json:"filled"` // surviving executions
	Busts    int64        `json:"busts"`
	Busted   market.Qty   `json:"busted"` // taken back, as far as records still say how much; in nothing else here
	Value    market.Money `json:"value_micros"`
	Fee      market.Money `json:"fee_micros"`    // what venues charged, not negative
	Rebate   market.Money `json:"rebate_micros"` // what they paid, not positive
	Reg      market.Money `json:"regulatory_micros"`

	ArrivalCost  market.Money `json:"arrival_cost_micros"`  // s·(Σ p·q − F·A)
	ArrivalValue market.Money `json:"arrival_value_micros"` // F·A
	Captured     market.Money `json:"captured_micros"`      // s·Σ q·(M − p), where the quote at the decision had two sides
	Quoted       market.Money `json:"quoted_micros"`        // Σ q·(ask − bid) of the same fills
	Delay        market.Money `json:"delay_micros"`         // s·Σ q·(D − A)
	Timing       market.Money `json:"timing_micros"`        // s·Σ q·(M − D)
	Spread       market.Money `json:"spread_micros"`        // s·Σ q·(p − M)

	AvgPx              market.Price `json:"avg_px_micros"` // rounded half up (ER-02), 0 without a fill
	FillRate           Ratio        `json:"fill_rate"`     // filled / sent
	ArrivalSlippageBps Ratio        `json:"arrival_slippage_bps"`
	// SpreadCapture is the share of the half-spread that was earned: +1 at the near side, 0 at the midpoint, −1 at
	// the far side, more or less where the mid moved between the decision and the fill.
	SpreadCapture Ratio `json:"spread_capture"`
}

// Shortfall is the implementation shortfall and its parts, which sum to Total exactly; see the package text.
type Shortfall struct {
	Paper       market.Money `json:"paper_micros"` // max(Q, F)·A, what the bps are of
	Delay       market.Money `json:"delay_micros"`
	Timing      market.Money `json:"timing_micros"`
	Spread      market.Money `json:"spread_micros"`
	Fees        market.Money `json:"fees_micros"`
	Rebates     market.Money `json:"rebates_micros"`
	Regulatory  market.Money `json:"regulatory_micros"`
	Opportunity market.Money `json:"opportunity_micros"`
	Total       market.Money `json:"total_micros"`
	TotalBps    Ratio        `json:"total_bps"`
}

// Line is the sums of one venue or one style.
type Line struct {
	Name  string         `json:"name"`
	Venue market.VenueID `json:"venue"` // venue lines only
	Style order.Style    `json:"style"` // style lines only
	Sums
	Markouts []Markout `json:"markouts"`
}

// Markout is the mean signed move of the mid a horizon after fills, weighted by their shares, in our favor positive.
type Markout struct {
	HorizonNs int64      `json:"horizon_ns"`
	Fills     int64      `json:"fills"`
	Shares    market.Qty `json:"shares"`
	MeanBps   float64    `json:"mean_bps"`
}

// Names are venue names by VenueID.
type Names []string

// Of gives a venue's name, "venue 3" if it has none.
func (n Names) Of(v market.VenueID) string {
	if int(v) < len(n) && n[v] != "" {
		return n[v]
	}
	return "venue " + itoa(int64(v))
}
