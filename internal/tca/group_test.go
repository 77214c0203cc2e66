package tca

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestReversion: the last fill of the example is 3, at mid 100.02, whose markout after one second is −3 bps: the mid is then
// 100.02 × (1 − 0.0003) = 99.989994. The average price is 80,021 / 800 = 100.02625: 800 shares of it cost 80,021 and would have
// cost 79,991.9952 at that mid. The buy paid 29.0048 too much, 3.6246 bps.
func TestReversion(t *testing.T) {
	r := mustReconcile(t, example())
	want := []Reversion{{HorizonNs: market.Second, Parents: 1, Mid: 99_989_994, Cost: 29_004_800, Value: 80_021 * dollar,
		Bps: Ratio{29.0048 / 80_021 * 1e4, true}}}
	if diff := cmp.Diff(want, r.Reversions, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
		t.Errorf("reversions: want − got +\n%s", diff)
	}
	in := example()
	in.Executions[2].Exec.Busted = true // fill 2 is the last one now
	got := mustReconcile(t, in).Reversions
	if len(got) != 2 || got[0].HorizonNs != market.Second || got[1].HorizonNs != 10*market.Second || got[0].Mid != cents(10_004)-10_004*100/100 {
		t.Errorf("after a bust of the last fill: %+v, want the markouts of fill 2: 100.04 less one and two bps", got)
	}
}

// TestBustRestatesYesterday: a bust on the morning after changes the figures of the day it belongs to, and the report says so.
func TestBustRestatesYesterday(t *testing.T) {
	hours, err := market.NewHours("America/New_York", 9.5*3600e9, 16*3600e9)
	if err != nil {
		t.Fatal(err)
	}
	in := example()
	in.Hours = hours
	at := in.Parent.Parent.Received
	for i, x := range in.Executions {
		in.Booked = append(in.Booked, x.Exec.At)
		if i == 3 {
			x.Exec.Busted = false
		}
	}
	in.Parent.Parent.Cum, in.Children[2].Child.Cum = 900, 200
	in.Parent.Parent.Notional = in.Parent.Parent.Notional.Add(market.NotionalOf(cents(10_001), 100))
	before := mustReconcile(t, in)
	if len(before.Restated) != 0 || before.Day != 20131007 || before.Filled != 900 || len(before.Breaks) != 0 {
		t.Fatalf("before: %d filled on %v, restated %v, breaks %q", before.Filled, before.Day, before.Restated, before.Breaks)
	}

	in = example()
	in.Hours = hours
	morning := at.Add(24 * market.Hour)
	for _, x := range in.Executions {
		in.Booked = append(in.Booked, x.Exec.At)
	}
	in.Booked[3] = morning
	after := mustReconcile(t, in)
	if after.Filled != 800 || after.Day != 20131007 || len(after.Breaks) != 0 {
		t.Errorf("after: %d filled on %v, breaks %q; want 800 on the day before", after.Filled, after.Day, after.Breaks)
	}
	want := []Restated{{Day: 20131007, Venue: "INVY", Style: "post", ExecID: "X4", At: morning, Busted: true, Qty: 100, Px: cents(10_001)}}
	if diff := cmp.Diff(want, after.Restated); diff != "" {
		t.Errorf("restated: want − got +\n%s", diff)
	}
	if text := after.Text(); !strings.Contains(text, "restated: the figures of 2013-10-07 changed on 2013-10-08T13:30:00.000000Z: execution X4 at INVY was busted") {
		t.Errorf("the text does not tell:\n%s", text)
	}
	s, err := Aggregate([]Report{after})
	if err != nil || s.Restated != 1 || !strings.Contains(s.Text(), "1 execution changed after their trading day") {
		t.Errorf("summary: %v, %d restated:\n%s", err, s.Restated, s.Text())
	}
}

// TestCharges: fees, rebates and what regulators charge are summed by trade date and venue.
func TestCharges(t *testing.T) {
	in := example()
	in.Executions[1].Exec.Key.Date = 20131008
	in.Executions[1].Exec.Reg = 21
	want := []Charge{
		{Day: 20131007, Venue: 1, Name: "DARKA", Shares: 300, Value: 30_000 * dollar, Fee: 150_000},
		{Day: 20131007, Venue: 3, Name: "INVY", Shares: 100, Value: 10_001 * dollar, Rebate: -200_000},
		{Day: 20131008, Venue: 2, Name: "LITX", Shares: 400, Value: 40_020 * dollar, Fee: 1_200_000, Reg: 21},
	}
	r := mustReconcile(t, in)
	if diff := cmp.Diff(want, r.Charges); diff != "" {
		t.Errorf("charges: want − got +\n%s", diff)
	}
}

// several are reports of two clients, symbols and days.
func several(t *testing.T) []Report {
	var all []Report
	for i := range 6 {
		in := example()
		in.Parent.Parent.Client = []string{"EMS1", "=EMS2"}[i%2]
		in.Parent.Parent.Received = in.Parent.Parent.Received.Add(int64(i/3) * 24 * market.Hour)
		in.Executions[0].Exec.Fee += market.Money(i)
		in.Executions[1].Exec.Reg += market.Money(10 * i)
		all = append(all, mustReconcile(t, in))
	}
	return all
}

// TestGroupsSumToTheWhole: in every dimension, what is filled, valued and charged adds up to the whole, and where a parent is in
// one group its shortfall does too.
func TestGroupsSumToTheWhole(t *testing.T) {
	all := several(t)
	whole, err := Aggregate(all)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[Dimension]string{ByVenue: "DARKA INVY LITX", ByStyle: "dark post take", BySymbol: "AMZN", ByClient: "=EMS2 EMS1",
		ByStrategy: "vwap", ByDay: "2013-10-07 2013-10-08"}
	for by := ByVenue; by <= ByDay; by++ {
		g := NewGroups(by)
		for i := range all {
			g.Add(&all[i])
		}
		list, err := g.List()
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		var sum Sums
		var f Shortfall
		var e exact
		for i := range list {
			names = append(names, list[i].Key)
			e.merge(&sum, &list[i].Sums)
			e.addShortfall(&f, &list[i].Shortfall)
			parts := market.Money(0)
			for _, p := range list[i].Shortfall.Parts() {
				parts += p
			}
			if parts != list[i].Shortfall.Total {
				t.Errorf("by %v, %s: the parts sum to %d, the total is %d", by, list[i].Key, parts, list[i].Shortfall.Total)
			}
		}
		if got := strings.Join(names, " "); got != keys[by] {
			t.Errorf("by %v: keys %q, want %q", by, got, keys[by])
		}
		sum.derive()
		if diff := cmp.Diff(whole.Sums, sum); diff != "" {
			t.Errorf("by %v: whole − groups +\n%s", by, diff)
		}
		want := whole.Shortfall
		want.TotalBps = Ratio{}
		if by <= ByStyle { // what was filled there, without what was not
			want.Paper, want.Total, want.Opportunity = whole.ArrivalValue, want.Total-want.Opportunity, 0
		}
		if diff := cmp.Diff(want, f); diff != "" {
			t.Errorf("by %v: shortfall, whole − groups +\n%s", by, diff)
		}
	}
}

func TestGoldenGroups(t *testing.T) {
	all := several(t)
	var b strings.Builder
	for by := ByVenue; by <= ByDay; by++ {
		g := NewGroups(by)
		for i := range all {
			g.Add(&all[i])
		}
		list, err := g.List()
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(GroupText(by, list) + "\n")
		for _, row := range Table(by, list) {
			b.WriteString(strings.Join(row, ",") + "\n")
		}
		b.WriteByte('\n')
	}
	golden(t, "groups.txt", b.String())
}

func TestParseDimension(t *testing.T) {
	for by := ByVenue; by <= ByDay; by++ {
		if got, err := ParseDimension(by.String()); err != nil || got != by {
			t.Errorf("ParseDimension(%q) = %v, %v", by.String(), got, err)
		}
	}
	if _, err := ParseDimension("desk"); err == nil || !strings.Contains(err.Error(), "use venue, style") {
		t.Errorf("ParseDimension(desk) = %v, want the names that there are", err)
	}
}

// TestRejectedCostsNothing: an order that was refused is counted, and in no sum.
func TestRejectedCostsNothing(t *testing.T) {
	r := mustReconcile(t, example())
	refused := r
	refused.State, refused.Filled, refused.Qty = order.Rejected.String(), 0, 5_000_000
	one, err := Aggregate([]Report{r})
	if err != nil {
		t.Fatal(err)
	}
	both, err := Aggregate([]Report{r, refused})
	if err != nil {
		t.Fatal(err)
	}
	if both.Parents != 2 || both.Rejected != 1 || both.Qty != one.Qty || both.Shortfall.Paper != one.Shortfall.Paper {
		t.Errorf("%d parents, %d rejected, %d shares, paper %v; want 2, 1, %d and %v", both.Parents, both.Rejected, both.Qty, both.Shortfall.Paper, one.Qty, one.Shortfall.Paper)
	}
	if text := both.Text(); !strings.Contains(text, "1 rejected, in no figure") {
		t.Errorf("%s", text)
	}
}

// TestRejectedIsInNoGroup: nor is it in the sums of its symbol, client, strategy or day, which count it beside the others.
func TestRejectedIsInNoGroup(t *testing.T) {
	r := mustReconcile(t, example())
	refused := r
	refused.State, refused.Filled, refused.Qty, refused.Unfilled, refused.MarketVolume = order.Rejected.String(), 0, 5_000_000, 5_000_000, 0
	refused.Sums, refused.Venues, refused.Styles, refused.Charges = Sums{}, nil, nil, nil
	refused.Shortfall = Shortfall{Paper: 500_000_000 * dollar, Opportunity: 7 * dollar, Total: 7 * dollar}
	for by := BySymbol; by <= ByDay; by++ {
		alone, both := NewGroups(by), NewGroups(by)
		alone.Add(&r)
		both.Add(&r)
		both.Add(&refused)
		want, err := alone.List()
		if err != nil {
			t.Fatal(err)
		}
		got, err := both.List()
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 1 || got[0].Parents != 2 || got[0].Rejected != 1 || got[0].Done != want[0].Done+1 {
			t.Fatalf("by %v: %+v; want one group with both parents, of which one is rejected", by, got)
		}
		got[0].Parents, got[0].Rejected, got[0].Done = want[0].Parents, 0, want[0].Done
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("by %v: alone − with a rejected one +\n%s", by, diff)
		}
	}
}

// TestChargesOfTwoTables: in a sum over journals with other venue tables, what one venue charged stays apart from what another did that
// had its number.
func TestChargesOfTwoTables(t *testing.T) {
	a := mustReconcile(t, example())
	b := a
	b.Charges = append([]Charge(nil), a.Charges...)
	for i := range b.Charges {
		b.Charges[i].Name = "OTHER" + b.Charges[i].Name
	}
	s, err := Aggregate([]Report{a, b})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Charges) != 2*len(a.Charges) || len(a.Charges) == 0 {
		t.Fatalf("%d charges of %d and %d", len(s.Charges), len(a.Charges), len(b.Charges))
	}
	for _, c := range append(append([]Charge(nil), a.Charges...), b.Charges...) {
		found := false
		for _, x := range s.Charges {
			found = found || x == c
		}
		if !found {
			t.Errorf("%+v is not in the sum %+v", c, s.Charges)
		}
	}
}

// TestVenueIsItsName: a venue that another journal's table numbers otherwise is one line and one charge of a day in the sum of both.
func TestVenueIsItsName(t *testing.T) {
	a := mustReconcile(t, example())
	b := a
	b.Venues, b.Charges = append([]Line(nil), a.Venues...), append([]Charge(nil), a.Charges...)
	for i := range b.Venues {
		b.Venues[i].Venue = market.VenueID(7 - i)
	}
	for i := range b.Charges {
		b.Charges[i].Venue = market.VenueID(7 - i)
	}
	s, err := Aggregate([]Report{a, b})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Venues) != len(a.Venues) || len(s.Charges) != len(a.Charges) || len(a.Venues) < 2 || len(a.Charges) < 2 {
		t.Fatalf("%d venues and %d charges of twice %d and %d", len(s.Venues), len(s.Charges), len(a.Venues), len(a.Charges))
	}
	for i := range s.Venues {
		if x, of := &s.Venues[i], &a.Venues[i]; x.Name != of.Name || x.Filled != 2*of.Filled || x.Fee != 2*of.Fee || x.Children != 2*of.Children {
			t.Errorf("%s has %d filled by %d children for %v; want twice %d, %d and %v of %s", x.Name, x.Filled, x.Children, x.Fee, of.Filled, of.Children, of.Fee, of.Name)
		}
	}
	for i := range s.Charges {
		if x, of := &s.Charges[i], &a.Charges[i]; x.Name != of.Name || x.Shares != 2*of.Shares || x.Fee != 2*of.Fee || x.Rebate != 2*of.Rebate {
			t.Errorf("charges of %s are %+v; want twice %+v", of.Name, x, of)
		}
	}
}
