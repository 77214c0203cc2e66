package shard

import (
	"bytes"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// TestGateComesBackInTheEnginesOrder: events wait for the engine, so that the journal may hold one before the commands of
// an earlier one. After a restart the last gate is what it was: here an orphan that a person resolved, of which the venue
// had already reported more, is on its book again (ER-16, INV-09).
func TestGateComesBackInTheEnginesOrder(t *testing.T) {
	dir := t.TempDir()
	s, _ := open(t, dir)
	orphan := func(id string) *event.ReportOrphaned {
		return &event.ReportOrphaned{VenueOrderID: "V", ExecID: id, ExecType: 'F', Status: '1', Symbol: "AMZN", Side: market.Buy, Qty: 100, Px: market.Dollar}
	}
	place := func(body event.Body) event.Event {
		ev, err := s.place(body)
		if err != nil {
			t.Fatal(err)
		}
		return ev
	}
	for _, ev := range []event.Event{place(orphan("A")), place(&event.OrphanResolved{Orphan: 1, Actor: "ann", Reason: "theirs"}), place(orphan("B"))} {
		if err := s.apply(ev); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.engine.Orphans()) != 1 {
		t.Fatalf("orphans %+v", s.engine.Orphans())
	}
	want := s.gate.gate.AppendSnapshot(nil)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, _ := open(t, dir)
	defer again.Close()
	if got := again.gate.gate.AppendSnapshot(nil); !bytes.Equal(got, want) {
		t.Errorf("the last gate has another state after a restart: %d bytes, was %d", len(got), len(want))
	}
}
