package router

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestRevisionComesTwice: a correction and a bust that come again change nothing and tell nothing (ER-13, INV-06).
func TestRevisionComesTwice(t *testing.T) {
	w := desk(t)
	w.trade("1", 400)
	corrected := &event.ExecutionCorrected{Child: 1, ExecID: "G1", RefExecID: "1", Qty: 300, Px: 49 * market.Dollar}
	w.apply(corrected)
	told := len(w.reports)
	w.apply(corrected)
	if p := w.e.parents[1]; p.Cum != 300 || len(w.reports) != told {
		t.Errorf("filled %d, and %d reports for the correction's repeat; want 300 and none", p.Cum, len(w.reports)-told)
	}
	w.apply(&event.ExecutionCorrected{Child: 1, ExecID: "G2", RefExecID: "G1", Qty: 200, Px: 49 * market.Dollar})
	told = len(w.reports)
	w.apply(corrected) // overtaken by the next of its chain
	if p := w.e.parents[1]; p.Cum != 200 || len(w.reports) != told {
		t.Errorf("filled %d, and %d reports for the first correction's repeat after the second; want 200 and none", p.Cum, len(w.reports)-told)
	}
	busted := &event.ExecutionBusted{Child: 1, ExecID: "H1", RefExecID: "G2"}
	w.apply(busted)
	told = len(w.reports)
	w.apply(busted)
	if p := w.e.parents[1]; p.Cum != 0 || len(w.reports) != told {
		t.Errorf("filled %d, and %d reports for the bust's repeat; want 0 and none", p.Cum, len(w.reports)-told)
	}
}

// TestRefusedCancelIsAskedAgain: a cancel that the venue refused while the order works on is asked for again, after the
// wait and not at once, until the order is gone (RACE-06, DEF-16).
func TestRefusedCancelIsAskedAgain(t *testing.T) {
	w := desk(t)
	w.silent[venueLitX] = true
	w.cancel("C")
	refused := func(request uint32) {
		w.apply(&event.CancelRejected{Child: 1, Request: request, Reason: 0, Status: '0'})
		w.apply(&event.ChildStatus{Child: 1, Status: '0', Leaves: 1000})
	}
	c := w.e.children[1]
	for request := uint32(1); request <= 3; request++ {
		if c.Requests != request {
			t.Fatalf("%d requests; want the cancel's number %d", c.Requests, request)
		}
		if refused(request); c.Requests != request {
			t.Fatalf("after refusal %d it was asked again at once", request)
		}
		w.run(2 * w.e.cfg.Tactics.SettleWait)
	}
	w.apply(&event.ChildDone{Child: 1, What: order.WasCanceled, Request: c.Requests})
	if r := w.last(); r.ExecType != '4' {
		t.Errorf("the order ends with %+v", r)
	}
}
