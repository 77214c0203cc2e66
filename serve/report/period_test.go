package report

import (
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/internal/tca"
)

// theDay is when the desk of these tests trades, in UTC.
const theDay market.Date = 20231114

func (d *desk) project() {
	d.t.Helper()
	if err := d.store.Apply(d.t.Context(), store.Source{Projection: "main", Instance: instance}, d.records, d.seq); err != nil {
		d.t.Fatal(err)
	}
	d.records = nil
}

// TestPeriod: a period's sums are those of the store, in every dimension, and its filters select.
func TestPeriod(t *testing.T) {
	d := worked(t)
	stats, err := d.store.Venues(t.Context(), store.StatsFilter{Instance: instance})
	if err != nil {
		t.Fatal(err)
	}
	var sent, filled market.Qty
	var children int64
	for _, s := range stats {
		sent, filled, children = sent+s.Sent, filled+s.Filled, children+s.Children
	}
	for by := tca.ByVenue; by <= tca.ByDay; by++ {
		p, err := ReadPeriod(t.Context(), d.store, Filter{From: theDay, To: theDay}, by)
		if err != nil {
			t.Fatal(err)
		}
		s := &p.Summary
		if s.Parents != 12 || s.Sent != sent || s.Filled != filled || s.Children != children || filled == 0 {
			t.Errorf("by %v: %d parents, %d children, %d of %d filled; the store has %d children, %d of %d", by, s.Parents, s.Children, s.Filled, s.Sent, children, filled, sent)
		}
		var sum market.Qty
		for i := range p.Groups {
			sum += p.Groups[i].Filled
		}
		if sum != filled || len(p.Days) != 1 || p.Days[0].Filled != filled {
			t.Errorf("by %v: the groups have %d filled, the days %+v; the store %d", by, sum, p.Days, filled)
		}
		if got := p.Table(); len(got) != len(p.Groups)+1 || len(got[0]) != len(got[1]) || got[0][0] != by.String() {
			t.Errorf("by %v: the table is %d rows, head %v", by, len(got), got[0])
		}
		if text := p.Text(); !strings.HasPrefix(text, "2023-11-14: 12 parents") || !strings.Contains(text, "by "+by.String()) || !strings.Contains(text, "2023-11-14  DARKA") {
			t.Errorf("by %v:\n%s", by, text)
		}
	}
	for _, f := range []Filter{{From: theDay + 1}, {To: theDay - 1}, {Client: "XYZ"}, {Symbol: "XYZ"}, {Strategy: "pov"}} {
		if p, err := ReadPeriod(t.Context(), d.store, f, 0); err == nil || !strings.Contains(err.Error(), "has no parents of "+f.String()) {
			t.Errorf("%v: %+v, %v; want none", f.String(), p, err)
		}
	}
	if p, err := ReadPeriod(t.Context(), d.store, Filter{Client: "EMS", Symbol: "ABC", Strategy: "block"}, 0); err != nil || p.Summary.Parents != 12 || len(p.Table()) != 2 {
		t.Errorf("everything by filters: %+v, %v", p, err)
	}
}

// TestBustNextMorning: a venue that takes an execution back the next morning changes the report of the day before, and that
// report says what changed it.
func TestBustNextMorning(t *testing.T) {
	d := worked(t)
	before, err := ReadPeriod(t.Context(), d.store, Filter{To: theDay}, 0)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := d.store.ExecutionsOn(t.Context(), instance, theDay)
	if err != nil || len(rows) == 0 {
		t.Fatalf("executions: %d, %v", len(rows), err)
	}
	x := rows[0].Body.Exec
	d.records = nil
	d.now = d.now.Add(16 * market.Hour)
	d.apply(&event.ExecutionBusted{Child: x.Child, ExecID: "B1", RefExecID: x.Key.ExecID, At: d.now})
	d.project()
	after, err := ReadPeriod(t.Context(), d.store, Filter{To: theDay}, tca.ByDay)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := after.Summary.Filled, before.Summary.Filled-x.Qty; got != want || after.Summary.Busts != 1 {
		t.Errorf("%d filled, %d busts; want %d and 1", got, after.Summary.Busts, want)
	}
	if len(before.Restated) != 0 || len(after.Restated) != 1 || after.Restated[0].Day != theDay || !after.Restated[0].Busted || after.Restated[0].ExecID != x.Key.ExecID {
		t.Errorf("restated %+v, before %+v; want the bust of %s", after.Restated, before.Restated, x.Key.ExecID)
	}
	if text := after.Text(); !strings.Contains(text, "restated: the figures of 2023-11-14 changed on 2023-11-15T") {
		t.Errorf("the text does not tell:\n%s", text)
	}
}

// TestPeriodRefuses: a parent that says other than its executions refuses the sum, with the reason (BX-02).
func TestPeriodRefuses(t *testing.T) {
	d := worked(t)
	rows, err := d.store.Parents(t.Context(), store.ParentFilter{Instance: instance, Limit: -1})
	if err != nil {
		t.Fatal(err)
	}
	row := *rows[0].Body
	row.Parent.State, row.Parent.Cum = order.Canceled, row.Parent.Cum+1
	d.seq++
	d.records = []store.Record{{Seq: d.seq, At: d.now, Body: &row}}
	d.project()
	if p, err := ReadPeriod(t.Context(), d.store, Filter{}, 0); err == nil || !strings.Contains(err.Error(), "refused (BX-02): 1 of its parents") ||
		!strings.Contains(err.Error(), "its executions") {
		t.Errorf("ReadPeriod = %+v, %v; want a refusal that names the parent", p, err)
	}
}
