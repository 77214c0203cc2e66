package reconcile

import (
	"cmp"
	"fmt"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// A Side is one of the accounts.
type Side int

// The sides, in the order in which they are printed.
const (
	Journal Side = iota
	Store
	Client
	DropCopy
	Venue
	sides
)

var sideNames = [sides]string{"journal", "store", "client", "drop copy", "venue"}

func (s Side) String() string { return sideNames[s] }

// Trade is what one side has of one execution after all its busts and corrections; Qty 0 is a busted one.
type Trade struct {
	Qty market.Qty   `json:"qty"`
	Px  market.Price `json:"px_micros"`
}

// Key names an execution as its venue does: an ExecID is unique only per venue and order (ER-12). ClOrdID is the one that
// the child was sent with, whatever request was the last that the venue took.
type Key struct {
	Venue   string `json:"venue"`
	ClOrdID string `json:"clordid"`
	ExecID  string `json:"exec_id"`
}

func (k Key) compare(o Key) int {
	return cmp.Or(cmp.Compare(k.Venue, o.Venue), cmp.Compare(k.ClOrdID, o.ClOrdID), cmp.Compare(k.ExecID, o.ExecID))
}

func (k Key) String() string { return fmt.Sprintf("%s %s of order %s", k.Venue, k.ExecID, k.ClOrdID) }

// Booking is one of our executions with what says whose it is.
type Booking struct {
	Key    Key
	Date   market.Date
	Told   string // the client's ExecID (17)
	Parent order.ParentID
	Symbol market.Symbol
	Side   market.Side
	Trade
}

// booking reads a record of the journal or a row of the store.
func booking(instance uint32, names []string, r *event.RecordExecution) Booking {
	x := &r.Exec
	b := Booking{Date: x.Key.Date, Told: event.ExecID(instance, r.ExecID), Parent: x.Parent, Symbol: r.Symbol, Side: r.Side,
		Trade: Trade{Qty: x.Qty, Px: x.Px}}
	b.Key = Key{Venue: fmt.Sprint("venue ", x.Key.Venue), ClOrdID: event.ClOrdID(instance, x.Child, 0), ExecID: x.Key.ExecID}
	if int(x.Key.Venue) < len(names) {
		b.Key.Venue = names[x.Key.Venue]
	}
	if x.Busted {
		b.Qty = 0
	}
	return b
}

// original gives the ClOrdID that a child was sent with: a venue names an order by the last request it took. Another's id
// stays as it is: an execution that nobody here knows.
func original(clOrdID string) string {
	instance, child, _, err := event.ParseClOrdID(clOrdID)
	if err != nil {
		return clOrdID
	}
	return event.ClOrdID(instance, child, 0)
}
