package store

import (
	"errors"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// conformCosts: all decisions come by instance and number, over the bounds of pages, each with the last cost that its own
// journal recorded; an error of the reader ends it.
func conformCosts(t *testing.T, s *Store) {
	const decisions = 2*decisionPage + 10
	for instance := uint32(1); instance <= 2; instance++ {
		var records []Record
		add := func(at market.Time, b event.Body) {
			records = append(records, Record{uint64(len(records) + 1), at, b})
		}
		for id := uint64(1); id <= decisions; id++ {
			at := market.Time(id)
			add(at, &event.RecordDecision{Decision: id, At: at})
			add(at, &event.RecordOutcome{Decision: id, What: event.OutcomeFill, Value: -1, At: at})
			for k := range id % 3 { // none, one, or one and what a bust made of it
				add(at, &event.RecordOutcome{Decision: id, What: event.OutcomeCost, Value: float64(id) + float64(k)/2, Sent: market.Qty(instance), At: at})
			}
		}
		mustApply(t, s, Source{"main", instance}, records, uint64(len(records)))
	}
	n := 0
	read := func(f DecisionFilter, want int, check func(*PricedDecision, int)) {
		t.Helper()
		n = 0
		err := s.EachDecision(t.Context(), f, func(d *PricedDecision) error {
			check(d, n)
			n++
			return nil
		})
		if err != nil || n != want {
			t.Errorf("%+v: %d decisions, error %v; want %d", f, n, err, want)
		}
	}
	read(DecisionFilter{}, 2*decisions, func(d *PricedDecision, n int) {
		id, instance := uint64(n%decisions)+1, uint32(n/decisions)+1
		if d.Body.Decision != id || d.Instance != instance {
			t.Fatalf("row %d is decision %d of journal %d", n, d.Body.Decision, d.Instance)
		}
		switch k := id % 3; {
		case k == 0 && d.Cost != nil, k > 0 && (d.Cost == nil || d.Cost.Value != float64(id)+float64(k-1)/2 || d.Cost.Sent != market.Qty(instance)):
			t.Errorf("decision %d of journal %d has cost %+v", id, instance, d.Cost)
		}
	})
	read(DecisionFilter{Instance: 2, From: 300, To: 310}, 10, func(d *PricedDecision, n int) {
		if d.Instance != 2 || d.Body.Decision != uint64(300+n) {
			t.Errorf("decision %d of journal %d", d.Body.Decision, d.Instance)
		}
	})
	stop := errors.New("enough")
	if err := s.EachDecision(t.Context(), DecisionFilter{}, func(*PricedDecision) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error %v, want %v", err, stop)
	}
}
