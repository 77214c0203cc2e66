package event

import "github.com/sluice-sor/sluice/internal/market"

// Configured is the first event of every start: the engine is built from it, so a journal replays without its
// configuration file. Config is the engine's own JSON; Instance is the journal's birth in Unix seconds and makes
// ClOrdIDs unique across journals.
type Configured struct {
	Config   []byte
	Instance uint32
	Epoch    uint32
	Build    string
}

// BookChanged is one venue's book of one symbol, conflated to what a decision can see.
type BookChanged struct {
	Venue     market.VenueID
	Symbol    market.Symbol
	Bids      []market.Level // best first
	Asks      []market.Level
	VenueTime Time
	Halted    bool
	Poisoned  bool  // sequence gap, or crossed
	AgeNs     int64 // since it came to us; a book that nobody watched may have waited (MD-01)
}

// TradePrinted is what printed at one venue in one symbol since the last such event.
type TradePrinted struct {
	Venue  market.VenueID
	Symbol market.Symbol
	Qty    market.Qty
	Value  market.Notional
	LastPx market.Price
	Prints uint32
}

// TimerFired says that the time asked for by SetTimer has come.
type TimerFired struct{ Timer uint64 }

// VenueUp says that a venue's order session is logged on and without gap.
type VenueUp struct{ Venue market.VenueID }

// VenueDown says that a venue's order session is gone: its children are in doubt (RACE-10).
type VenueDown struct {
	Venue  market.VenueID
	Reason string
}

// PosteriorMerged adds sufficient statistics of another shard, idempotent by (Router, Epoch, Seq) (LRN-13).
type PosteriorMerged struct {
	Router string
	Epoch  uint32
	Seq    uint64
	Delta  []byte
}

// LimitsChanged replaces the risk limits; Limits is the risk package's JSON. Approver is the second person, where a limit is
// raised by one (SEC-04).
type LimitsChanged struct {
	Version  string
	Limits   []byte
	Actor    string
	Reason   string
	Approver string
}

// Halted stops new orders in a scope and withdraws what works there (KILL-01). An empty field matches all.
type Halted struct {
	Client    string
	Symbol    market.Symbol
	Venue     string
	Actor     string
	Reason    string
	Algorithm string // a strategy by its name, such as "block"
}

// Resumed lifts the halt with exactly the same scope. Approver is the second person: whoever halts is one, whoever arms
// again is two (KILL-03).
type Resumed struct {
	Client    string
	Symbol    market.Symbol
	Venue     string
	Actor     string
	Reason    string
	Algorithm string
	Approver  string
}

// ControlSwitched turns one control of the gate off until a time, or on again at once (RISK-13).
type ControlSwitched struct {
	Control  string // by its rule, such as "RISK-04"
	Off      bool
	Until    Time
	Actor    string
	Approver string // the second person
	Reason   string
}

// Recovered ends a start's replay: every child that is not done is in doubt, except those in NotSent, whose intent was
// not yet durable, so that no byte of them left (CRASH-04).
type Recovered struct {
	NotSent []byte // packed varints of ChildIDs
}

// Kind implements Body.
func (*Configured) Kind() Kind      { return KindConfigured }
func (*BookChanged) Kind() Kind     { return KindBookChanged }
func (*TradePrinted) Kind() Kind    { return KindTradePrinted }
func (*TimerFired) Kind() Kind      { return KindTimerFired }
func (*VenueUp) Kind() Kind         { return KindVenueUp }
func (*VenueDown) Kind() Kind       { return KindVenueDown }
func (*PosteriorMerged) Kind() Kind { return KindPosteriorMerged }
func (*LimitsChanged) Kind() Kind   { return KindLimitsChanged }
func (*Halted) Kind() Kind          { return KindHalted }
func (*Resumed) Kind() Kind         { return KindResumed }
func (*Recovered) Kind() Kind       { return KindRecovered }

// Kind implements Body.
func (*ControlSwitched) Kind() Kind { return KindControlSwitched }

func (e *Configured) visit(c *coder) {
	blob(c, 1, &e.Config)
	uvar(c, 2, &e.Instance)
	uvar(c, 3, &e.Epoch)
	text(c, 4, &e.Build)
}

func (e *BookChanged) visit(c *coder) {
	uvar(c, 1, &e.Venue)
	text(c, 2, &e.Symbol)
	list(c, 3, &e.Bids, visitLevel)
	list(c, 4, &e.Asks, visitLevel)
	sint(c, 5, &e.VenueTime)
	flag(c, 6, &e.Halted)
	flag(c, 7, &e.Poisoned)
	sint(c, 8, &e.AgeNs)
}

func visitLevel(l *market.Level, c *coder) {
	sint(c, 1, &l.Price)
	sint(c, 2, &l.Size)
}

func (e *TradePrinted) visit(c *coder) {
	uvar(c, 1, &e.Venue)
	text(c, 2, &e.Symbol)
	sint(c, 3, &e.Qty)
	notional(c, 4, &e.Value)
	sint(c, 6, &e.LastPx)
	uvar(c, 7, &e.Prints)
}

func (e *TimerFired) visit(c *coder) { uvar(c, 1, &e.Timer) }
func (e *VenueUp) visit(c *coder)    { uvar(c, 1, &e.Venue) }

func (e *VenueDown) visit(c *coder) {
	uvar(c, 1, &e.Venue)
	text(c, 2, &e.Reason)
}

func (e *PosteriorMerged) visit(c *coder) {
	text(c, 1, &e.Router)
	uvar(c, 2, &e.Epoch)
	uvar(c, 3, &e.Seq)
	blob(c, 4, &e.Delta)
}

func (e *LimitsChanged) visit(c *coder) {
	text(c, 1, &e.Version)
	blob(c, 2, &e.Limits)
	text(c, 3, &e.Actor)
	text(c, 4, &e.Reason)
	text(c, 5, &e.Approver)
}

func (e *Halted) visit(c *coder) {
	text(c, 1, &e.Client)
	text(c, 2, &e.Symbol)
	text(c, 3, &e.Venue)
	text(c, 4, &e.Actor)
	text(c, 5, &e.Reason)
	text(c, 6, &e.Algorithm)
}

func (e *Resumed) visit(c *coder) {
	text(c, 1, &e.Client)
	text(c, 2, &e.Symbol)
	text(c, 3, &e.Venue)
	text(c, 4, &e.Actor)
	text(c, 5, &e.Reason)
	text(c, 6, &e.Algorithm)
	text(c, 7, &e.Approver)
}

func (e *ControlSwitched) visit(c *coder) {
	text(c, 1, &e.Control)
	flag(c, 2, &e.Off)
	sint(c, 3, &e.Until)
	text(c, 4, &e.Actor)
	text(c, 5, &e.Approver)
	text(c, 6, &e.Reason)
}

func (e *Recovered) visit(c *coder) { blob(c, 1, &e.NotSent) }
