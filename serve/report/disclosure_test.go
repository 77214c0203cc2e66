package report

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/store"
)

// TestDisclosure: the tables in the manner of Rules 605 and 606 count the store's child orders, shares and executions, once each.
func TestDisclosure(t *testing.T) {
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
	quality, err := ReadQuality(t.Context(), d.store, Filter{})
	if err != nil {
		t.Fatal(err)
	}
	routing, err := ReadRouting(t.Context(), d.store, Filter{From: theDay})
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range append(quality.Tables, routing.Tables...) {
		if got := table.Totals; got.Orders != children || got.Shares != sent || got.Filled != filled || children == 0 {
			t.Errorf("%s: %+v, the store has %d children, %d of %d", table.Name, got, children, filled, sent)
		}
	}
	if text := routing.Text(); !strings.Contains(text, "2023-11-14 and later") || !strings.Contains(text, "606(a)") || !strings.Contains(text, "606(b)(3)") || !strings.Contains(text, "DARKA") {
		t.Errorf("routing:\n%s", text)
	}
	var read struct {
		Tables []struct{ Rows []map[string]any }
	}
	b, err := json.Marshal(quality)
	if err == nil {
		err = json.Unmarshal(b, &read)
	}
	if err != nil || len(read.Tables) != 1 || len(read.Tables[0].Rows) == 0 || read.Tables[0].Rows[0]["symbol"] != "ABC" {
		t.Errorf("as JSON: %v, %s", err, b)
	}
	lines, err := ReadMonthly(t.Context(), d.store, Filter{}, market.Minute)
	if err != nil || len(lines) == 0 || strings.Count(lines[0], "|") != 25 || !strings.Contains(lines[0], "|202311|ABC|") {
		t.Errorf("monthly records: %v, %q", err, lines)
	}
	if _, err := ReadRouting(t.Context(), d.store, Filter{Client: "XYZ"}); err == nil || !strings.Contains(err.Error(), `no child orders of parents of all days, client "XYZ"`) {
		t.Errorf("of nobody: %v", err)
	}
}

// TestDisclosureRefuses: a parent that does not reconcile refuses the tables, with the reason (BX-02).
func TestDisclosureRefuses(t *testing.T) {
	d := worked(t)
	rows, err := d.store.Parents(t.Context(), store.ParentFilter{Instance: instance, Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	p := *rows[0].Body
	p.Parent.State, p.Parent.Cum = order.Canceled, p.Parent.Cum+1
	d.seq++
	d.records = []store.Record{{Seq: d.seq, At: d.now, Body: &p}}
	d.project()
	_, quality := ReadQuality(t.Context(), d.store, Filter{})
	_, routing := ReadRouting(t.Context(), d.store, Filter{})
	_, monthly := ReadMonthly(t.Context(), d.store, Filter{}, market.Minute)
	for what, err := range map[string]error{"Rule 605 table": quality, "Rule 606 tables": routing, "Rule 605 file": monthly} {
		if err == nil || !strings.Contains(err.Error(), what+" of all days is refused (BX-02)") || !strings.Contains(err.Error(), "its executions") {
			t.Errorf("%s: %v, want a refusal with the reason", what, err)
		}
	}
}
