package event

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// ReportOrphaned is a venue's report for an order that we do not know (ER-16, RACE-11): what it says may be exposure
// that nobody booked.
type ReportOrphaned struct {
	Venue        market.VenueID
	ClOrdID      string
	VenueOrderID string
	ExecID       string
	ExecType     byte // FIX 4.4 letter of 150
	Status       byte // FIX 39
	Symbol       market.Symbol
	Side         market.Side
	Qty          market.Qty // of the order, or of the execution where the report is a trade
	Px           market.Price
	Cum, Leaves  market.Qty
	Text         string
}

// OrphanResolved is a person's decision on an orphan: it is looked into and counts no more; DK says that the trade is
// also questioned at its venue (35=Q).
type OrphanResolved struct {
	Orphan uint64
	DK     bool
	Actor  string
	Reason string
}

// RecordOrphan keeps an orphan for the store and the page, at its first report and at every change.
type RecordOrphan struct {
	Orphan   uint64 // numbers orphans from 1 for the life of a journal
	Report   ReportOrphaned
	Since    Time   // when its first report came
	Reports  uint32 // how many came of it
	Resolved bool
	Actor    string // who resolved it, and why
	Reason   string
	At       Time
}

// TradeQuestioned is a client's DontKnowTrade (35=Q): it does not know an execution that we reported.
type TradeQuestioned struct {
	Client string
	Parent order.ParentID // 0 = names none of ours
	ExecID uint64         // ours, as in ReportParent; 0 = unknown
	Reason byte           // FIX 127
	Symbol market.Symbol
	Side   market.Side
	Qty    market.Qty
	Px     market.Price
	Text   string
}

// QuestionTrade is a DontKnowTrade (35=Q) to a venue. Only a person's decision causes it.
type QuestionTrade struct {
	Venue        market.VenueID
	VenueOrderID string
	ExecID       string
	Reason       byte // FIX 127
	Symbol       market.Symbol
	Side         market.Side
	Qty          market.Qty
	Px           market.Price
	Text         string
}

// Kind implements Body.
func (*ReportOrphaned) Kind() Kind  { return KindReportOrphaned }
func (*OrphanResolved) Kind() Kind  { return KindOrphanResolved }
func (*RecordOrphan) Kind() Kind    { return KindRecordOrphan }
func (*TradeQuestioned) Kind() Kind { return KindTradeQuestioned }
func (*QuestionTrade) Kind() Kind   { return KindQuestionTrade }

func (e *ReportOrphaned) visit(c *coder) {
	uvar(c, 1, &e.Venue)
	text(c, 2, &e.ClOrdID)
	text(c, 3, &e.VenueOrderID)
	text(c, 4, &e.ExecID)
	uvar(c, 5, &e.ExecType)
	uvar(c, 6, &e.Status)
	text(c, 7, &e.Symbol)
	uvar(c, 8, &e.Side)
	sint(c, 9, &e.Qty)
	sint(c, 10, &e.Px)
	sint(c, 11, &e.Cum)
	sint(c, 12, &e.Leaves)
	text(c, 13, &e.Text)
}

func (e *OrphanResolved) visit(c *coder) {
	uvar(c, 1, &e.Orphan)
	flag(c, 2, &e.DK)
	text(c, 3, &e.Actor)
	text(c, 4, &e.Reason)
}

func (e *RecordOrphan) visit(c *coder) {
	uvar(c, 1, &e.Orphan)
	message(c, 2, &e.Report, (*ReportOrphaned).visit)
	sint(c, 3, &e.Since)
	uvar(c, 4, &e.Reports)
	flag(c, 5, &e.Resolved)
	text(c, 6, &e.Actor)
	text(c, 7, &e.Reason)
	sint(c, 8, &e.At)
}

func (e *TradeQuestioned) visit(c *coder) {
	text(c, 1, &e.Client)
	uvar(c, 2, &e.Parent)
	uvar(c, 3, &e.ExecID)
	uvar(c, 4, &e.Reason)
	text(c, 5, &e.Symbol)
	uvar(c, 6, &e.Side)
	sint(c, 7, &e.Qty)
	sint(c, 8, &e.Px)
	text(c, 9, &e.Text)
}

func (e *QuestionTrade) visit(c *coder) {
	uvar(c, 1, &e.Venue)
	text(c, 2, &e.VenueOrderID)
	text(c, 3, &e.ExecID)
	uvar(c, 4, &e.Reason)
	text(c, 5, &e.Symbol)
	uvar(c, 6, &e.Side)
	sint(c, 7, &e.Qty)
	sint(c, 8, &e.Px)
	text(c, 9, &e.Text)
}
