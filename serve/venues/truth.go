package venues

import (
	"encoding/json"

	"github.com/sluice-sor/sluice/fixgw"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/sim"
)

// Truth is a line of Options.Truth: what the market itself did with a router's order, whatever its FIX session then made
// of it. Of "start" it has At and Wall alone. "report" is written before the report is given to the session, so that a file of
// lines survives kill -9 of this process; "cancel" is a cancel or mass cancel as it came, "order" is how each order stands when
// the venues stop. At is by the market's clock, which may run at another speed and on another day; Wall is the machine's, of
// "start" and "cancel".
type Truth struct {
	What    string        `json:"what"` // start, cancel, report, order
	At      market.Time   `json:"at"`
	Wall    market.Time   `json:"wall,omitempty"`
	Venue   string        `json:"venue,omitempty"`
	Kind    string        `json:"kind,omitempty"` // of a report: accepted, filled, …
	ClOrdID string        `json:"clordid,omitempty"`
	OrderID string        `json:"order_id,omitempty"`
	ExecID  string        `json:"exec_id,omitempty"`     // of an execution or a bust
	RefID   string        `json:"ref_exec_id,omitempty"` // the execution that a bust takes back
	State   string        `json:"state,omitempty"`
	Done    bool          `json:"done,omitempty"`
	Symbol  market.Symbol `json:"symbol,omitempty"`
	Qty     market.Qty    `json:"qty,omitempty"`
	Cum     market.Qty    `json:"cum"`
	Leaves  market.Qty    `json:"leaves"`
	LastQty market.Qty    `json:"last_qty,omitempty"`
	LastPx  market.Price  `json:"last_px,omitempty"` // micro-dollars
	Reason  string        `json:"reason,omitempty"`
}

// tell writes a line. A file that cannot be written is said once: the venues go on, a comparison with it would not hold.
func (x *Exchange) tell(t *Truth) {
	if x.truth == nil {
		return
	}
	line, err := json.Marshal(t)
	if err == nil {
		_, err = x.truth.Write(append(line, '\n'))
	}
	if err != nil {
		x.log.Error("the truth file cannot be written and ends here: free space, or name another with --truth", "error", err)
		x.truth = nil
	}
}

// tellCancel writes that a cancel came, and when by the machine's clock, whenever the market then looks at it.
func (x *Exchange) tellCancel(venue string, o *fixgw.VenueOrder, came market.Time) {
	if x.truth == nil || o.Kind != fixgw.RequestCancel && o.Kind != fixgw.RequestCancelAll {
		return
	}
	t := Truth{What: "cancel", At: x.virtual(), Wall: came, Venue: venue, Kind: "one", ClOrdID: o.ClOrdID, Symbol: o.Symbol}
	if o.Kind == fixgw.RequestCancelAll {
		t.Kind = "mass"
	}
	x.tell(&t)
}

func (x *Exchange) tellReport(r *sim.Report) {
	if x.truth == nil {
		return
	}
	x.tell(&Truth{What: "report", At: r.At, Venue: x.names[r.Venue], Kind: r.Kind.String(), ClOrdID: r.ClOrdID, OrderID: r.OrderID,
		ExecID: r.ExecID, RefID: r.ExecRefID, State: r.State.String(), Done: r.State.Done(), Symbol: r.Symbol, Qty: r.Qty, Cum: r.Cum, Leaves: r.Leaves,
		LastQty: r.LastQty, LastPx: r.LastPx, Reason: r.Reason.String()})
}

// tellOrders writes how every order stands; the market no longer runs.
func (x *Exchange) tellOrders() {
	for v, name := range x.names {
		for _, o := range x.market.Truth(market.VenueID(v)) {
			x.tell(&Truth{What: "order", At: o.Arrived, Venue: name, ClOrdID: o.ClOrdID, OrderID: o.OrderID, State: o.State.String(),
				Done: o.State.Done(), Symbol: o.Symbol, Qty: o.Qty, Cum: o.Cum, Leaves: o.Leaves, Reason: o.Reason.String()})
		}
	}
}
