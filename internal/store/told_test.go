package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// conformTold: the decisions of journals that overlap come in the order of time, over the bounds of pages, each with its own
// children and outcomes, and with nothing beyond a cut (SWP-01).
func conformTold(t *testing.T, s *Store) {
	const decisions = toldPage + 50
	first := [3]market.Time{0, 1000, 6000} // by journal
	for instance := uint32(1); instance <= 2; instance++ {
		var records []Record
		add := func(b event.Body) {
			records = append(records, Record{uint64(len(records) + 1), 1, b})
		}
		for id := uint64(1); id <= decisions; id++ {
			at := first[instance] + 10*market.Time(id) + market.Time(instance)
			add(&event.RecordDecision{Decision: id, At: at})
			for k := range id % 3 {
				child := order.ChildID(10*id + k)
				add(&event.SendChild{Child: order.Child{ID: child, Decision: id, Venue: market.VenueID(instance), DecidedAt: at}})
				add(&event.RecordOutcome{Decision: id, Child: child, What: event.OutcomeFill, Got: market.Qty(instance), OwnBps: .5, LifeNs: int64(id), At: at})
			}
		}
		mustApply(t, s, Source{"main", instance}, records, uint64(len(records)))
	}
	read := func(f ToldFilter) (seen []string) {
		t.Helper()
		last := market.Time(0)
		err := s.EachTold(t.Context(), f, func(d *Told) error {
			id, instance := d.Body.Decision, market.VenueID(d.Instance)
			if d.Body.At < last {
				t.Fatalf("decision %d of journal %d comes after a later one", id, d.Instance)
			}
			last = d.Body.At
			if len(d.Children) != int(id%3) {
				t.Fatalf("decision %d of journal %d has %d children", id, d.Instance, len(d.Children))
			}
			for k, c := range d.Children {
				if c.Body.Child.ID != order.ChildID(10*id+uint64(k)) || c.Body.Child.Venue != instance {
					t.Fatalf("decision %d of journal %d has child %+v", id, d.Instance, c.Body.Child)
				}
			}
			for _, o := range d.Outcomes {
				if o.Body.Got != market.Qty(instance) || o.Body.LifeNs != int64(id) {
					t.Fatalf("decision %d of journal %d has outcome %+v", id, d.Instance, o.Body)
				}
			}
			seen = append(seen, fmt.Sprint(d.Instance, "/", id, "/", len(d.Outcomes)))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return seen
	}
	if got := read(ToldFilter{}); len(got) != 2*decisions || got[0] != "1/1/1" || !slices.Contains(got, "2/2/2") {
		t.Errorf("%d decisions from %s on, want %d of both journals", len(got), got[0], 2*decisions)
	}
	// Records: 1 decision 1, 2 child, 3 its outcome, 4 decision 2, 5 child, 6 outcome, 7 child, 8 outcome.
	got := outcomesOf(t, s, ToldFilter{Instance: 2, Upto: map[uint32]uint64{2: 6}})
	if want := []string{"1:1", "2:1"}; !slices.Equal(got, want) {
		t.Errorf("up to record 6, decisions with their outcomes are %v, want %v", got, want)
	}
	if got := read(ToldFilter{Upto: map[uint32]uint64{1: 1}, From: first[1] + 11, To: first[2] + 12 + 10}); len(got) != 1+1 || got[0] != "1/1/0" {
		t.Errorf("of a window and a cut of one journal: %v", got)
	}
	stop := errors.New("enough")
	if err := s.EachTold(t.Context(), ToldFilter{}, func(*Told) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error %v, want %v", err, stop)
	}
	conformOwnColumns(t, s)
}

// outcomesOf gives decisions with how many outcomes they have.
func outcomesOf(t *testing.T, s *Store, f ToldFilter) (seen []string) {
	t.Helper()
	err := s.EachTold(t.Context(), f, func(d *Told) error {
		seen = append(seen, fmt.Sprint(d.Body.Decision, ":", len(d.Outcomes)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

// conformOwnColumns: what training and people filter by is a column.
func conformOwnColumns(t *testing.T, s *Store) {
	var own float64
	var life int64
	if err := s.queryRow(t.Context(), "SELECT MIN(own_bps), MAX(life_ns) FROM outcomes WHERE NOT early AND rest_ns = 0", nil, &own, &life); err != nil || own != .5 || life < toldPage {
		t.Errorf("own impact %v, longest life %d, error %v", own, life, err)
	}
}

// conformImpacts: parents come in the order of their arrival over the bounds of pages, each with the last that its own journal
// recorded of its impact up to a cut.
func conformImpacts(t *testing.T, s *Store) {
	const parents = parentPage + 5
	for instance := uint32(1); instance <= 2; instance++ {
		var records []Record
		add := func(b event.Body) { records = append(records, Record{uint64(len(records) + 1), 1, b}) }
		for id := order.ParentID(1); id <= parents; id++ {
			add(&event.RecordParent{Parent: order.Parent{ID: id, Received: market.Time(10*uint64(id) + uint64(instance))}})
			for k := range id % 3 {
				add(&event.RecordOutcome{Parent: id, What: event.OutcomeImpact, Value: float64(instance) + float64(k)/2})
			}
		}
		mustApply(t, s, Source{"main", instance}, records, uint64(len(records)))
	}
	n, last := 0, market.Time(0)
	err := s.EachParent(t.Context(), ToldFilter{Upto: map[uint32]uint64{1: 2}}, func(p *JudgedParent) error {
		b := &p.Body.Parent
		if b.Received <= last {
			t.Fatalf("parent %d of journal %d comes after a later one", b.ID, p.Instance)
		}
		last = b.Received
		n++
		want := b.ID%3 > 0 && (p.Instance == 2 || b.ID == 1)
		if (p.Impact != nil) != want || want && p.Impact.Body.Value != float64(p.Instance)+float64(b.ID%3-1)/2 {
			t.Fatalf("parent %d of journal %d has impact %+v", b.ID, p.Instance, p.Impact)
		}
		return nil
	})
	if err != nil || n != 2*parents {
		t.Errorf("%d parents, error %v; want %d", n, err, 2*parents)
	}
}
