package event

import (
	"fmt"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Resolution is what a person found to be true of a child in doubt (REC-04).
type Resolution uint8

// The resolutions.
const (
	ResolvedCanceled  Resolution = iota + 1 // it is gone, filled with Cum
	ResolvedFilled                          // it is filled whole
	ResolvedNeverSent                       // the venue never had it
	ResolvedWorking                         // it works at the venue, filled with what we booked
)

var resolutionNames = [...]string{"none", "canceled", "filled", "never sent", "working"}

func (r Resolution) String() string {
	if int(r) < len(resolutionNames) {
		return resolutionNames[r]
	}
	return fmt.Sprintf("resolution %d", uint8(r))
}

// ChildResolved is a person's decision on a child in doubt. Cum is what the venue filled in all; what of it we have not
// booked is booked at Px.
type ChildResolved struct {
	Child   order.ChildID
	Outcome Resolution
	Cum     market.Qty
	Px      market.Price
	Actor   string
	Reason  string
}

// Degraded says how much the router may still take on: 0 everything, 1 no new parents, 2 no new children either; a
// cancel always passes (JRN-09, JRN-10).
type Degraded struct {
	Level  uint8
	Reason string
}

// The levels of Degraded.
const (
	DegradedNone uint8 = iota
	DegradedParents
	DegradedChildren
)

// Latched begins the reason of a Degraded that only a person ends (OPS-04); what a disk causes ends by itself (JRN-10).
const Latched = "until a person lifts it: "

// Unattested begins the reason of a Degraded that ends once the router runs what its fleet's manifest names (OPS-01).
const Unattested = "what runs here is not what the fleet's manifest names: "

// SessionAlarmed is what a FIX session wants people to know and what no other event says.
type SessionAlarmed struct {
	Venue  int32  // market.VenueID, −1 = no venue's session
	Client string // empty = no client's session
	Alarm  string // its kind, as the session names it
	Text   string
}

// AnswerPerson is what became of a person's decision; the event just before it in the journal was that decision.
type AnswerPerson struct {
	Refused  bool
	Text     string
	Epoch    uint32 // to a TrainingCut: the epoch that began,
	Seq      uint64 // the last record of the training set,
	Instance uint32 // and the journal that it is of
}

// Kind implements Body.
func (*ChildResolved) Kind() Kind  { return KindChildResolved }
func (*Degraded) Kind() Kind       { return KindDegraded }
func (*SessionAlarmed) Kind() Kind { return KindSessionAlarmed }
func (*AnswerPerson) Kind() Kind   { return KindAnswerPerson }

func (e *ChildResolved) visit(c *coder) {
	uvar(c, 1, &e.Child)
	uvar(c, 2, &e.Outcome)
	sint(c, 3, &e.Cum)
	sint(c, 4, &e.Px)
	text(c, 5, &e.Actor)
	text(c, 6, &e.Reason)
}

func (e *Degraded) visit(c *coder) {
	uvar(c, 1, &e.Level)
	text(c, 2, &e.Reason)
}

func (e *SessionAlarmed) visit(c *coder) {
	sint(c, 1, &e.Venue)
	text(c, 2, &e.Client)
	text(c, 3, &e.Alarm)
	text(c, 4, &e.Text)
}

func (e *AnswerPerson) visit(c *coder) {
	flag(c, 1, &e.Refused)
	text(c, 2, &e.Text)
	uvar(c, 3, &e.Epoch)
	uvar(c, 4, &e.Seq)
	uvar(c, 5, &e.Instance)
}
