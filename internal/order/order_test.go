package order

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
)

func TestExposure(t *testing.T) {
	for _, tc := range []struct {
		name string
		c    Child
		want market.Qty
	}{
		{"working", Child{State: New, Qty: 100, Leaves: 100}, 100},
		{"partly filled", Child{State: PartiallyFilled, Qty: 100, Cum: 40, Leaves: 60}, 60},
		{"in doubt counts in full", Child{State: PendingNew, Qty: 100, Leaves: 100, InDoubt: true}, 100},
		{"a replace up counts at once (RACE-04)", Child{State: PartiallyFilled, Qty: 100, Cum: 40, Leaves: 60, PendingReplace: true, ReplaceQty: 150}, 110},
		{"a replace down counts when it is in force", Child{State: PartiallyFilled, Qty: 100, Cum: 40, Leaves: 60, PendingReplace: true, ReplaceQty: 50}, 60},
		{"a former replace does not count", Child{State: New, Qty: 100, Leaves: 100, ReplaceQty: 150}, 100},
		{"canceled", Child{State: Canceled, Qty: 100, Cum: 40, Leaves: 60}, 0},
		{"never sent", Child{State: NeverSent, Qty: 100, Leaves: 100}, 0},
	} {
		if got := tc.c.Exposure(); got != tc.want {
			t.Errorf("%s: Exposure = %d, want %d", tc.name, got, tc.want)
		}
	}
}

func TestParentAndChild(t *testing.T) {
	p := Parent{State: PartiallyFilled, Terms: Terms{Qty: 100}, Cum: 40, Notional: market.NotionalOf(10_000_000, 40)}
	if p.Leaves() != 60 || p.AvgPx() != 10_000_000 {
		t.Errorf("leaves %d at %v, want 60 at 10.00", p.Leaves(), p.AvgPx())
	}
	if p.State = Canceled; p.Leaves() != 0 {
		t.Errorf("a canceled parent has leaves %d", p.Leaves())
	}
	var c Child
	if c.Live() || c.AvgPx() != 0 {
		t.Error("the zero child is alive or has a price")
	}
	if c.State = PendingNew; !c.Live() {
		t.Error("a sent child is not alive")
	}
	if c.State = Filled; c.Live() {
		t.Error("a filled child is alive")
	}
}

func TestPermits(t *testing.T) {
	if all := (&Terms{}); !all.Permits(0) || !all.Permits(63) {
		t.Error("no list permits all")
	}
	some := &Terms{Venues: 1<<2 | 1<<63}
	for v := market.VenueID(0); v < market.MaxVenues; v++ {
		if got, want := some.Permits(v), v == 2 || v == 63; got != want {
			t.Errorf("Permits(%d) = %v, want %v", v, got, want)
		}
	}
}

func TestNamesParse(t *testing.T) {
	for s := Immediate; s <= Block; s++ {
		if got, err := ParseStrategy(s.String()); err != nil || got != s {
			t.Errorf("ParseStrategy(%q) = %v, %v", s.String(), got, err)
		}
	}
	for o := Balanced; o <= MinCost; o++ {
		if got, err := ParseObjective(o.String()); err != nil || got != o {
			t.Errorf("ParseObjective(%q) = %v, %v", o.String(), got, err)
		}
	}
	for u := Normal; u <= High; u++ {
		if got, err := ParseUrgency(u.String()); err != nil || got != u {
			t.Errorf("ParseUrgency(%q) = %v, %v", u.String(), got, err)
		}
	}
	for _, bad := range []string{"", "Immediate", "fast"} {
		if _, err := ParseStrategy(bad); err == nil {
			t.Errorf("ParseStrategy(%q) gave no error", bad)
		}
		if _, err := ParseObjective(bad); err == nil {
			t.Errorf("ParseObjective(%q) gave no error", bad)
		}
		if _, err := ParseUrgency(bad); err == nil {
			t.Errorf("ParseUrgency(%q) gave no error", bad)
		}
	}
}
