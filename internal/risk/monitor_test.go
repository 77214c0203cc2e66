package risk

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// monitor gives one with limits of 100,000 dollars a client and 150,000 for all, and parents 1 of C and 2 of D.
func monitor(t *testing.T) *Monitor {
	t.Helper()
	config, err := json.Marshal(struct{ Limits Limits }{Limits{MaxClientMoney: 100_000 * market.Dollar, MaxFirmMoney: 150_000 * market.Dollar, MaxFirmNet: 120_000 * market.Dollar}})
	if err != nil {
		t.Fatal(err)
	}
	m := NewMonitor()
	m.Observe(&event.Configured{Config: config}, noon)
	for i, client := range []string{"C", "D"} {
		p := parent(order.ParentID(i+1), terms())
		p.Client = client
		m.Observe(&event.RecordParent{Parent: *p}, noon)
	}
	return m
}

func sentBy1(id order.ChildID, p order.ParentID, q market.Qty, change ...func(*order.Child)) *event.SendChild {
	c := child(change...)
	c.ID, c.Parent, c.Qty = id, p, q
	return &event.SendChild{Child: *c}
}

func breaches(m *Monitor) string {
	text := ""
	for _, b := range m.Breaches() {
		text += fmt.Sprintf("[%s]", b.Client)
	}
	return text
}

// TestMonitor is RISK-15: what went out is counted by its own counters, and a breach is found whatever the gate let pass.
func TestMonitor(t *testing.T) {
	sells := func(c *order.Child) { c.Side = market.Sell }
	fill := func(id order.ChildID, exec string, q market.Qty) *event.ChildExecuted {
		return &event.ChildExecuted{Child: id, ExecID: exec, Qty: q, Px: 100 * market.Dollar}
	}
	gone := &event.RecordChild{Child: order.Child{ID: 1, State: order.Canceled}}
	wider, _ := json.Marshal(Limits{MaxClientMoney: 1_000_000 * market.Dollar, MaxFirmMoney: 1_000_000 * market.Dollar, MaxFirmNet: 1_000_000 * market.Dollar})
	for _, tc := range []struct {
		name string
		b    []event.Body
		want string
	}{
		{"at the limit", []event.Body{sentBy1(1, 1, 1_000)}, ""},
		{"in the headroom", []event.Body{sentBy1(1, 1, 1_050)}, ""},
		{"one share beyond", []event.Body{sentBy1(1, 1, 1_051)}, "[C]"},
		{"executed counts as open did", []event.Body{sentBy1(1, 1, 1_000), fill(1, "a", 1_000), sentBy1(2, 1, 50)}, ""},
		{"executed and open", []event.Body{sentBy1(1, 1, 1_000), fill(1, "a", 1_000), sentBy1(2, 1, 51)}, "[C]"},
		{"an execution that comes twice", []event.Body{sentBy1(1, 1, 1_000), fill(1, "a", 600), fill(1, "a", 600)}, ""},
		{"more than was sent", []event.Body{sentBy1(1, 1, 100), fill(1, "a", 1_051)}, "[C]"},
		{"a bust", []event.Body{sentBy1(1, 1, 1_000), fill(1, "a", 1_000), &event.ExecutionBusted{Child: 1, ExecID: "b", RefExecID: "a"}, sentBy1(2, 1, 1_000)}, ""},
		{"a correction", []event.Body{sentBy1(1, 1, 1_000), fill(1, "a", 1_000), &event.ExecutionCorrected{Child: 1, ExecID: "b", RefExecID: "a", Qty: 1_000, Px: 106 * market.Dollar}}, "[C]"},
		{"a bust of a part, which works again", []event.Body{sentBy1(1, 1, 1_000), fill(1, "a", 600), &event.ExecutionBusted{Child: 1, ExecID: "b", RefExecID: "a"}, sentBy1(2, 1, 51)}, "[C]"},
		{"a correction frees nothing", []event.Body{sentBy1(1, 1, 1_000), fill(1, "a", 400), &event.ExecutionCorrected{Child: 1, ExecID: "b", RefExecID: "a", Qty: 400, Px: 100 * market.Dollar}, sentBy1(2, 1, 51)}, "[C]"},
		{"what is gone is free", []event.Body{sentBy1(1, 1, 1_000), gone, sentBy1(2, 1, 1_000)}, ""},
		{"the firm", []event.Body{sentBy1(1, 1, 1_000), sentBy1(2, 2, 576, sells)}, "[]"},
		{"the firm's net", []event.Body{sentBy1(1, 1, 1_000), sentBy1(2, 2, 261)}, "[]"},
		{"an order of nobody is the firm's", []event.Body{sentBy1(1, 7, 1_576)}, "[][]"},
		{"wider limits", []event.Body{&event.LimitsChanged{Limits: wider}, &event.AnswerPerson{}, sentBy1(1, 1, 1_051)}, ""},
		{"wider limits, refused", []event.Body{&event.LimitsChanged{Limits: wider}, &event.AnswerPerson{Refused: true}, sentBy1(1, 1, 1_051)}, "[C]"},
	} {
		m := monitor(t)
		for _, b := range tc.b {
			m.Observe(b, noon)
		}
		if got := breaches(m); got != tc.want {
			t.Errorf("%s: %v, want %s", tc.name, m.Breaches(), tc.want)
		}
	}
	m := monitor(t)
	for _, b := range []event.Body{sentBy1(1, 1, 2_000), fill(1, "a", 2_000)} {
		m.Observe(b, noon)
	}
	m.Observe(&event.TimerFired{}, noon.Add(day))
	if got := breaches(m); got != "" {
		t.Errorf("the next day: %s", got)
	}
}

// TestMonitorComesBack: what was open and executed is the same after a restart, the limits that hold and those that wait for
// their answer too, and a breach is found at the same share (RISK-15).
func TestMonitorComesBack(t *testing.T) {
	narrow, _ := json.Marshal(Limits{MaxClientMoney: 90_000 * market.Dollar})
	m := monitor(t)
	for _, b := range []event.Body{sentBy1(1, 1, 600), &event.ChildExecuted{Child: 1, ExecID: "a", Qty: 500, Px: 100 * market.Dollar}, sentBy1(2, 2, 10),
		&event.ChildExecuted{Child: 2, ExecID: "a", Qty: 10, Px: 100 * market.Dollar}, &event.RecordChild{Child: order.Child{ID: 2, State: order.Filled}}, sentBy1(3, 9, 5),
		&event.LimitsChanged{Limits: narrow}} {
		m.Observe(b, noon)
	}
	b := m.AppendSnapshot(nil)
	again := NewMonitor()
	if err := again.Restore(b); err != nil {
		t.Fatal(err)
	}
	if got := again.AppendSnapshot(nil); string(got) != string(b) {
		t.Fatalf("it comes back as %x, was %x", got, b)
	}
	for _, m := range []*Monitor{m, again} {
		for _, b := range []event.Body{&event.AnswerPerson{}, &event.ChildExecuted{Child: 1, ExecID: "a", Qty: 500, Px: 100 * market.Dollar}, sentBy1(4, 1, 345)} {
			m.Observe(b, noon)
		}
		if got := breaches(m); got != "" {
			t.Errorf("at the limit: %v", m.Breaches())
		}
		if m.Observe(sentBy1(5, 1, 1), noon); breaches(m) != "[C]" {
			t.Errorf("a share beyond it: %v", m.Breaches())
		}
	}
	for cut := range b {
		if err := NewMonitor().Restore(b[:cut]); err == nil {
			t.Errorf("%d of %d bytes are taken", cut, len(b))
		}
	}
}

func FuzzMonitor(f *testing.F) {
	m := NewMonitor()
	m.Observe(&event.RecordParent{Parent: order.Parent{ID: 1, Client: "C"}}, noon)
	m.Observe(sentBy1(1, 1, 600), noon)
	m.Observe(sentBy1(2, 9, 600), noon)
	f.Add(m.AppendSnapshot(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		m := NewMonitor()
		if m.Restore(b) != nil {
			return
		}
		if got := NewMonitor(); got.Restore(m.AppendSnapshot(nil)) != nil {
			t.Error("what it writes cannot be read")
		}
	})
}
