package event

import "github.com/sluice-sor/sluice/internal/market"

// BasketDecided is a person's one decision on all warnings of a basket: what waits of it is worked, or withdrawn (RISK-20).
type BasketDecided struct {
	Basket  uint64
	Confirm bool // false withdraws it
	Actor   string
	Reason  string
}

// BasketStand is how far a basket has come.
type BasketStand uint8

// The stands.
const (
	BasketOpen      BasketStand = iota // more orders of it may come
	BasketWaits                        // a person decides on it
	BasketConfirmed                    // a person let what waited go on
	BasketDenied                       // a person, or the end of its time, withdrew what waited
	BasketRefused                      // a limit that nobody overrides refused it whole
	BasketPassed                       // nothing of it waits
)

var basketStands = [...]string{"open", "waits", "confirmed", "denied", "refused", "passed"}

func (s BasketStand) String() string {
	if int(s) < len(basketStands) {
		return basketStands[s]
	}
	return "unknown stand"
}

// Ended reports whether nothing of a basket is to be decided any more.
func (s BasketStand) Ended() bool { return s >= BasketConfirmed }

// BasketWarning is all warnings of one rule in a basket.
type BasketWarning struct {
	Rule   string
	Hard   bool // the orders are refused, and nobody overrides it
	Orders uint32
	Worst  string          // the text of the one with the largest amount
	Amount market.Notional // of that one
}

// RecordBasket keeps a basket for the page and for people who decide on it, at its start and at every change of its stand.
type RecordBasket struct {
	Basket   uint64 // numbers baskets from 1 for the life of a journal
	Client   string
	List     string // its name, empty for a client's warnings of a minute
	Of       uint32 // orders that it has, as its client said
	Orders   uint32 // that came
	Refused  uint32
	Waiting  uint32
	Amount   market.Notional // of all that came, refused or not
	Warnings []BasketWarning // the worst first
	Stand    BasketStand
	Actor    string // who decided, and why
	Reason   string
	Since    Time
	At       Time
}

// Kind implements Body.
func (*BasketDecided) Kind() Kind { return KindBasketDecided }
func (*RecordBasket) Kind() Kind  { return KindRecordBasket }

func (e *BasketDecided) visit(c *coder) {
	uvar(c, 1, &e.Basket)
	flag(c, 2, &e.Confirm)
	text(c, 3, &e.Actor)
	text(c, 4, &e.Reason)
}

func (e *RecordBasket) visit(c *coder) {
	uvar(c, 1, &e.Basket)
	text(c, 2, &e.Client)
	text(c, 3, &e.List)
	uvar(c, 4, &e.Of)
	uvar(c, 5, &e.Orders)
	uvar(c, 6, &e.Refused)
	uvar(c, 7, &e.Waiting)
	notional(c, 8, &e.Amount)
	list(c, 10, &e.Warnings, visitWarning)
	uvar(c, 11, &e.Stand)
	text(c, 12, &e.Actor)
	text(c, 13, &e.Reason)
	sint(c, 14, &e.Since)
	sint(c, 15, &e.At)
}

func visitWarning(w *BasketWarning, c *coder) {
	text(c, 1, &w.Rule)
	flag(c, 2, &w.Hard)
	uvar(c, 3, &w.Orders)
	text(c, 4, &w.Worst)
	notional(c, 5, &w.Amount)
}
