package view

import (
	"strconv"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// BenchmarkApply is one wave of a parent: decision, order, acceptance, fill and outcome.
func BenchmarkApply(b *testing.B) {
	f := newFeed(b, Options{})
	i := 0
	for b.Loop() {
		i++
		id := order.ChildID(i)
		f.apply(decision(uint64(i)), child(id, 0, 10), &event.ChildAccepted{Child: id}, fill(strconv.Itoa(i), id, 0, 10, market.Dollar),
			&event.RecordOutcome{Venue: 0, What: event.OutcomeFill, Style: order.StyleDark, FillProb: .5})
	}
}

// BenchmarkSnapshot is what four readers a second cost with 500 parents kept.
func BenchmarkSnapshot(b *testing.B) {
	f := newFeed(b, Options{})
	for i := range order.ParentID(500) {
		f.apply(parent(i+2, order.New, 0, 0), decision(uint64(i+1)), child(order.ChildID(i+1), 0, 10))
	}
	for b.Loop() {
		f.v.Snapshot()
	}
}
