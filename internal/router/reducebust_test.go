package router

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestReductionMeetsABust has a client reduce an order below what is filled while its children still work, and a venue bust
// part of the fills before the reduction can be accepted. It is amended to what is filled when it is accepted (matrix
// C.3.c), not to what was filled when it came: that would leave more to work than the client asked for.
func TestReductionMeetsABust(t *testing.T) {
	w := newWorld(t, testConfig())
	w.autoFill = false
	w.parent("A", order.Terms{Side: market.Buy, Qty: 20_000, Strategy: order.Block})
	w.settle()
	first := w.sent()[0]
	w.fill(first.ID, 70, 50*market.Dollar)
	w.settle()
	w.silent[first.Venue] = true // its cancel is not answered: the reduction stays pending
	w.apply(&event.ParentReplaceRequested{Client: "EMS", ClOrdID: "B", OrigClOrdID: "A",
		Terms: order.Terms{Symbol: "ABC", Type: order.Market, Side: market.Buy, Qty: 50, Strategy: order.Block}})
	if got := w.last(); got.ExecType != 'E' {
		t.Fatalf("the reduction was answered with 150=%c, want E", got.ExecType)
	}
	w.apply(&event.ExecutionBusted{Child: first.ID, ExecID: "BUST", RefExecID: "X1"})
	w.apply(&event.ChildDone{Child: first.ID, What: order.WasCanceled, Request: 1})
	w.settle()
	if p := w.e.parents[1]; p.Terms.Qty != 50 || p.ClOrdID != "B" {
		t.Errorf("order %s is for %d with %d filled, want B for 50", p.ClOrdID, p.Terms.Qty, p.Cum)
	}
}
