package view

import "github.com/sluice-sor/sluice/internal/order"

// State is everything small about the router at one place of the journal.
type State struct {
	Seq       uint64         `json:"seq"`
	At        Stamp          `json:"at"`
	Engine    Engine         `json:"engine"`
	Venues    []Venue        `json:"venues"`  // by venue id
	Parents   []Parent       `json:"parents"` // newest first
	Decisions []DecisionLine `json:"decisions"`
	Alerts    []Alert        `json:"alerts"` // newest first
	Clients   []Client       `json:"clients"`
	Halts     []Halt         `json:"halts"`
	Off       []Off          `json:"controls_off"`
	Orphans   []Orphan       `json:"orphans"` // oldest first
	Baskets   []Basket       `json:"baskets"` // on which a person decides, oldest first (RISK-20)
	Books     []SymbolBook   `json:"books"`
}

// Engine is the router as a whole.
type Engine struct {
	Router          string `json:"router"`
	Build           string `json:"build"`
	Instance        uint32 `json:"instance"`
	Epoch           uint32 `json:"epoch"`
	Configured      Stamp  `json:"configured"`
	Learning        bool   `json:"learning"`     // false: every decision is static
	Model           string `json:"model"`        // that serves
	Beside          string `json:"beside"`       // that predicts beside it, and may serve a share of the parents; "" = none
	BesideShare     Real   `json:"beside_share"` // of the parents that arrive
	ModelChange     string `json:"model_change"` // the last thing that became of a model, and why
	ModelChanged    Stamp  `json:"model_changed"`
	Posterior       uint64 `json:"posterior"`
	LearnerShare    Real   `json:"learner_share"` // of flow, 0 to 1
	LearnerHeld     string `json:"learner_held"`  // why its share is held until a person releases it (SAF-04); "" = it is not
	DayLossBps      Real   `json:"day_loss_bps"`  // what following it cost over static today, of what was filled
	DayLossUSD      Real   `json:"day_loss_usd"`
	DayOutcomes     int64  `json:"day_outcomes"` // decisions that the day's loss is of
	Limits          string `json:"limits"`       // version
	Degraded        int    `json:"degraded"`     // 0 everything is taken on, 1 no new parents, 2 no new children either
	DegradedWhy     string `json:"degraded_why,omitempty"`
	Objective       string `json:"objective"` // of the last decision
	Events          uint64 `json:"events"`
	Commands        uint64 `json:"commands"`
	ParentsActive   int    `json:"parents_active"`
	ParentsDone     uint64 `json:"parents_done"`
	ChildrenWorking int    `json:"children_working"`
	ChildrenInDoubt int    `json:"children_in_doubt"`
	Decisions       uint64 `json:"decisions"`
	Explored        uint64 `json:"explored"` // decisions that chose neither the static nor the cheapest plan
	Fills           uint64 `json:"fills"`
	Shares          int64  `json:"shares"`
	Notional        USD    `json:"notional_usd"`
	Fees            USD    `json:"fees_usd"` // venues' charges less rebates
	Regulatory      USD    `json:"regulatory_usd"`
	Outcomes        uint64 `json:"outcomes"`
	OutcomesRefused uint64 `json:"outcomes_refused"` // the learner did not take them
	AlertsPage      uint64 `json:"alerts_page"`      // alerts that call a person
}

// Venue is one row of the venue board.
type Venue struct {
	ID          int       `json:"id"`
	Name        string    `json:"name"`
	MIC         string    `json:"mic"`
	Type        string    `json:"type"`
	Up          bool      `json:"up"`
	Since       Stamp     `json:"since"` // of Up or down; null: never up
	DownReason  string    `json:"down_reason,omitempty"`
	Halted      bool      `json:"halted"`
	Static      *Real     `json:"static"`       // 0 to 10, of the last decision that weighed it; null: none yet
	FillProb    *Estimate `json:"fill_prob"`    // 0 to 1
	Toxicity    *Estimate `json:"toxicity_bps"` // positive is bad for us
	Cost        *Estimate `json:"expected_bps"` // learned cost of one share sent, filled or not: the learner's score; lower is better
	RejectRate  *Estimate `json:"reject_rate"`  // of children, 0 to 1; null: none sent
	Style       string    `json:"style"`        // the estimates are for it
	Excluded    string    `json:"excluded,omitempty"`
	FeeBps      Real      `json:"fee_bps"` // of the last decision
	Sent        uint64    `json:"sent"`    // children
	SentShares  int64     `json:"sent_shares"`
	Working     int       `json:"working"`
	Fills       uint64    `json:"fills"`
	Shares      int64     `json:"shares"`
	Notional    USD       `json:"notional_usd"`
	Fees        USD       `json:"fees_usd"`
	Rejects     uint64    `json:"rejects"`
	LatencyUs   *Latency  `json:"latency_us"`       // null: not measured
	ExploredPct Real      `json:"explored_pct"`     // of the shares placed here
	Explored    *Estimate `json:"explored"`         // of the placements, 0 to 1; null: none
	HistoryFill Real      `json:"history_fill_pct"` // what the desk measured before
	HistoryUs   Real      `json:"history_latency_us"`
	UpdatedAt   Stamp     `json:"updated"` // of the estimates
}

// Latency is measured round trips in microseconds.
type Latency struct {
	P50 int64 `json:"p50"`
	P99 int64 `json:"p99"`
	N   int64 `json:"n"`
}

// Parent is one row of the blotter.
type Parent struct {
	ID            order.ParentID `json:"id"`
	OrderID       string         `json:"order_id"` // the client's 37
	Client        string         `json:"client"`
	ClOrdID       string         `json:"clordid"`
	Symbol        string         `json:"symbol"`
	Side          string         `json:"side"`
	Type          string         `json:"type"`
	TIF           string         `json:"tif"`
	Limit         Px             `json:"limit_usd"`
	Strategy      string         `json:"strategy"`
	Objective     string         `json:"objective"`
	Urgency       string         `json:"urgency"`
	MaxPctBps     int64          `json:"max_pct_bps"`
	DeskLimit     Px             `json:"desk_limit_usd"`   // a person at the desk set, within the client's; null: nothing
	DeskPctBps    int64          `json:"desk_max_pct_bps"` // likewise; 0 = nothing
	Start         Stamp          `json:"start"`
	End           Stamp          `json:"end"`
	Status        string         `json:"status"`
	Hold          string         `json:"hold,omitempty"`
	Reason        string         `json:"reason,omitempty"`
	Done          bool           `json:"done"`
	Qty           int64          `json:"qty"`
	Cum           int64          `json:"cum"`
	Leaves        int64          `json:"leaves"`
	Working       int64          `json:"working"`
	InDoubt       int64          `json:"in_doubt"`
	AvgPx         Px             `json:"avg_px_usd"`
	Arrival       Px             `json:"arrival_usd"`
	Slippage      *Real          `json:"slippage_bps"` // against arrival, positive is a loss; null: no fill or no arrival price
	Fees          USD            `json:"fees_usd"`
	Regulatory    USD            `json:"regulatory_usd"`
	Received      Stamp          `json:"received"`
	DoneAt        Stamp          `json:"done_at"`
	Children      uint64         `json:"children"`
	Decisions     uint64         `json:"decisions"`
	Fills         uint64         `json:"fills"`
	MarketVolume  int64          `json:"market_volume"` // printed since arrival, as of the last change of state
	Participation *Real          `json:"participation"` // our share of it at the end; null: not known yet
}

// ParentDetail is one parent with all that is kept of it.
type ParentDetail struct {
	Parent
	Timeline      []Child        `json:"timeline"` // children, oldest first
	Executions    []Fill         `json:"executions"`
	ByVenue       []VenuePart    `json:"by_venue"`
	DecisionLines []DecisionLine `json:"decision_lines"` // newest first
	Market        []Quote        `json:"market"`         // the symbol's best prices while it worked, oldest first
	Dropped       uint64         `json:"dropped"`        // children and executions no longer kept
}

// VenuePart is what one venue did for one parent.
type VenuePart struct {
	Venue  string `json:"venue"`
	Sent   int64  `json:"sent"`
	Shares int64  `json:"shares"`
	AvgPx  Px     `json:"avg_px_usd"`
	Fees   USD    `json:"fees_usd"`
}

// Child is one child order with its steps.
type Child struct {
	ID       order.ChildID `json:"id"`
	Venue    string        `json:"venue"`
	Style    string        `json:"style"`
	Decision uint64        `json:"decision"`
	Qty      int64         `json:"qty"`
	MinQty   int64         `json:"min_qty"`
	Limit    Px            `json:"limit_usd"`
	Status   string        `json:"status"`
	Done     bool          `json:"done"`
	Pending  string        `json:"pending,omitempty"` // cancel or replace
	InDoubt  bool          `json:"in_doubt"`
	Cum      int64         `json:"cum"`
	Leaves   int64         `json:"leaves"`
	AvgPx    Px            `json:"avg_px_usd"`
	Decided  Stamp         `json:"decided"`
	DoneAt   Stamp         `json:"done_at"`
	Reason   string        `json:"reason,omitempty"`
	Steps    []Step        `json:"steps"`
}

// Step is one thing that happened to a child.
type Step struct {
	At   Stamp  `json:"at"`
	What string `json:"what"`
	Qty  int64  `json:"qty,omitempty"`
	Px   Px     `json:"px_usd"`
	Text string `json:"text,omitempty"`
}

// Fill is one execution.
type Fill struct {
	ExecID     uint64        `json:"exec_id"`
	Child      order.ChildID `json:"child"`
	Venue      string        `json:"venue"`
	LastMkt    string        `json:"last_mkt"`
	Style      string        `json:"style"`
	Qty        int64         `json:"qty"`
	Px         Px            `json:"px_usd"`
	Mid        Px            `json:"mid_usd"` // NBBO mid when it reached us
	Liquidity  string        `json:"liquidity"`
	Fee        USD           `json:"fee_usd"`
	Regulatory USD           `json:"regulatory_usd"`
	At         Stamp         `json:"at"`
	Busted     bool          `json:"busted"`
	Corrected  bool          `json:"corrected"`
	Late       bool          `json:"late"` // after the child's end
}

// Alert is one alert to people.
type Alert struct {
	Seq      uint64         `json:"seq"`
	At       Stamp          `json:"at"`
	Severity string         `json:"severity"` // info, warn or page
	Code     string         `json:"code"`
	Parent   order.ParentID `json:"parent,omitempty"`
	Child    order.ChildID  `json:"child,omitempty"`
	Text     string         `json:"text"`
}

// Orphan is an order at a venue that we do not know; a person resolves it with `sluice resolve --orphan`.
type Orphan struct {
	ID           uint64 `json:"id"`
	Since        Stamp  `json:"since"`
	Venue        string `json:"venue"`
	ClOrdID      string `json:"clordid,omitempty"`
	VenueOrderID string `json:"venue_order_id,omitempty"`
	Symbol       string `json:"symbol,omitempty"`
	Side         string `json:"side,omitempty"`
	Qty          int64  `json:"qty"`
	Px           Px     `json:"px_usd"`
	Cum          int64  `json:"cum"`
	Leaves       int64  `json:"leaves"`
	Reports      uint32 `json:"reports"`
	Text         string `json:"text,omitempty"`
}

// Client is one client session.
type Client struct {
	Name  string `json:"name"`
	Up    bool   `json:"up"`
	Since Stamp  `json:"since"`
}

// Halt is one scope in which nothing is sent; an empty field matches all.
type Halt struct {
	Client    string `json:"client,omitempty"`
	Symbol    string `json:"symbol,omitempty"`
	Venue     string `json:"venue,omitempty"`
	Algorithm string `json:"algorithm,omitempty"` // a strategy
	Actor     string `json:"actor"`
	Reason    string `json:"reason"`
	Since     Stamp  `json:"since"`

	Progress Flat `json:"progress"`
}

// Off is a control of the gate that is off for a while (RISK-13).
type Off struct {
	Control  string `json:"control"`
	Until    Stamp  `json:"until"`
	Actor    string `json:"actor"`
	Approver string `json:"approver"`
	Reason   string `json:"reason"`
}

// SymbolBook is what the venues showed last for one symbol; books reach the journal only while the symbol is worked.
type SymbolBook struct {
	Symbol string      `json:"symbol"`
	Bid    Px          `json:"bid_usd"` // best of the venues that are neither halted nor poisoned
	Ask    Px          `json:"ask_usd"`
	Last   Px          `json:"last_usd"`
	Volume int64       `json:"volume"` // printed and journaled
	At     Stamp       `json:"at"`
	Venues []VenueBook `json:"venues"`
}

// VenueBook is the best of one venue's book.
type VenueBook struct {
	Venue    string `json:"venue"`
	Bid      Px     `json:"bid_usd"`
	BidSize  int64  `json:"bid_size"`
	Ask      Px     `json:"ask_usd"`
	AskSize  int64  `json:"ask_size"`
	At       Stamp  `json:"at"`
	Halted   bool   `json:"halted"`
	Poisoned bool   `json:"poisoned"` // a gap in its feed, or crossed
}
