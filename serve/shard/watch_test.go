package shard

import (
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
)

// TestExposureMonitorHalts is RISK-15: what passed a limit of the day halts its client, once, and the look beats.
func TestExposureMonitorHalts(t *testing.T) {
	w := newWatch()
	config, err := json.Marshal(struct{ Limits risk.Limits }{risk.Limits{MaxClientMoney: 1_000 * market.Dollar}})
	if err != nil {
		t.Fatal(err)
	}
	w.observe(&event.Configured{Config: config}, 1)
	w.observe(&event.RecordParent{Parent: order.Parent{ID: 1, Client: "EMS", State: order.New}}, 1)
	var got []*event.Halted
	look := func() {
		w.look(func(b event.Body) error {
			got = append(got, b.(*event.Halted))
			return nil
		})
	}
	send := func(id order.ChildID) {
		w.observe(&event.SendChild{Child: order.Child{ID: id, Parent: 1, Symbol: "ABC", Side: market.Buy, Qty: 10, Limit: 100 * market.Dollar}}, 1)
	}
	w.beat.Store(0)
	send(1)
	look()
	if len(got) != 0 || w.beat.Load() == 0 {
		t.Errorf("at the limit %v is halted; beat %d", got, w.beat.Load())
	}
	send(2)
	look()
	look()
	if len(got) != 1 || got[0].Client != "EMS" || got[0].Actor != "exposure monitor" {
		t.Errorf("beyond the limit %v is halted, want EMS once", got)
	}
}

// TestDeadMan is KILL-05: three seconds without a heartbeat let nothing new pass, thirty withdraw everything, once.
func TestDeadMan(t *testing.T) {
	var killed []*event.Halted
	d := &deadMan{watch: newWatch(), log: slog.New(slog.DiscardHandler), submit: func(b event.Body) error {
		killed = append(killed, b.(*event.Halted))
		return nil
	}}
	for _, step := range []struct {
		since  time.Duration
		silent bool
		kills  int
	}{{0, false, 0}, {quietAfter - 1, false, 0}, {quietAfter, true, 0}, {killAfter - 1, true, 0}, {killAfter, true, 1}, {killAfter + time.Minute, true, 1}, {0, false, 1}, {killAfter, true, 2}} {
		d.look(step.since)
		if d.watch.silent.Load() != step.silent || len(killed) != step.kills {
			t.Errorf("silent for %v: nothing new passes %v, killed %d times; want %v, %d", step.since, d.watch.silent.Load(), len(killed), step.silent, step.kills)
		}
	}
	if killed[0].Client != "" || killed[0].Venue != "" || killed[0].Symbol != "" {
		t.Errorf("killed %+v, want everything", killed[0])
	}
}

// TestSilentMonitorStopsNewOrders: while the monitor is silent the send point lets nothing new out, and the engine hears of
// it as of a halt that overtook the order.
func TestSilentMonitorStopsNewOrders(t *testing.T) {
	s, _ := open(t, t.TempDir())
	x := newExchange(t, s)
	s.out = Outlets{Venues: x, Clients: x}
	s.watch.silent.Store(true)
	p := order.Terms{Symbol: "ABC", Side: market.Buy, Qty: 100, Type: order.Market}
	s.gate.observe(&event.ParentReceived{Client: "EMS", ClOrdID: "P", Terms: p}, false)
	s.gate.observe(&event.ReportParent{Parent: 1, Client: "EMS", ClOrdID: "P", ExecType: '0'}, false)
	defer x.close()
	s.hand(released{seq: 1, body: &event.SendChild{Child: order.Child{ID: 1, Parent: 1, Symbol: "ABC", Side: market.Buy, Qty: 100}}})
	if !s.gate.refused[1] {
		t.Error("a new order goes out while the monitor is silent")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestMonitorAfterRestart: what a day executed is known after a kill and a restart, by a snapshot and without one: the
// monitor trips at the same figure (RISK-15).
func TestMonitorAfterRestart(t *testing.T) {
	for name, cfg := range map[string]Config{"by the journal": {Snapshots: Snapshots{Every: -1}}, "by a snapshot": {Snapshots: Snapshots{Events: 20}}} {
		dir := t.TempDir()
		c := snapConfig(dir, nil, nil)
		c.Snapshots = cfg.Snapshots
		s, _, err := Open(c)
		if err != nil {
			t.Fatal(err)
		}
		x := run(t, s, 0, 5)
		await(t, "the orders", func() bool { return allEnded(s, 5) })
		before := grossToday(s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		x.close()
		if s, _, err = Open(c); err != nil {
			t.Fatal(err)
		}
		if got := grossToday(s); got != before || len(got) < len("gross of $1.00") {
			t.Errorf("%s: %q after the restart, before it %q", name, got, before)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// grossToday is what a monitor of a shard says when any use of the firm's is a breach.
func grossToday(s *Shard) string {
	m := risk.NewMonitor()
	if err := m.Restore(s.watch.snapshot()); err != nil {
		return err.Error()
	}
	narrow, _ := json.Marshal(map[string]int64{"MaxFirmMoney": 1})
	m.Observe(&event.LimitsChanged{Limits: narrow}, 0)
	m.Observe(&event.AnswerPerson{}, 0)
	for _, b := range m.Breaches() {
		if b.Client == "" {
			return b.Text
		}
	}
	return ""
}
