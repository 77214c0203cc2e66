package serve

import (
	"context"
	"log/slog"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/shard"
)

// mute is a venue and a client that nothing comes back from.
type mute struct{}

func (mute) Send(*event.SendChild)                        {}
func (mute) Cancel(*event.CancelChild)                    {}
func (mute) Replace(*event.ReplaceChild)                  {}
func (mute) Query(*event.QueryChild)                      {}
func (mute) Report(uint64, *event.ReportParent)           {}
func (mute) Reject(uint64, *event.RejectRequest)          {}
func (mute) MassCanceled(uint64, *event.ReportMassCancel) {}

// bareEngine is an engine of one venue and one symbol.
func bareEngine() router.Config {
	cfg := router.DefaultConfig()
	cfg.Venues = []market.Venue{{Name: "LX", MIC: "XLXX", Type: market.Lit, Fees: []market.FeeSchedule{{From: 20200101}}}}
	cfg.Instruments = []market.Instrument{{Symbol: "ABC", Tick: 10_000, Lot: 100, ADV: 1_000_000, DayVolBps: 100, PriorClose: 50 * market.Dollar}}
	return cfg
}

// bareRouter is a router of nothing but its engine: no page, no store, no session, no models.
func bareRouter(t *testing.T, clients ...config.Client) *Router {
	t.Helper()
	s, _, err := shard.Open(shard.Config{Engine: bareEngine(), Journal: journal.Config{Dir: t.TempDir(), SegmentBytes: 1 << 20}})
	if err != nil {
		t.Fatal(err)
	}
	s.Start(shard.Outlets{Venues: mute{}, Clients: mute{}})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &Router{file: &config.File{Clients: clients}, shard: s, log: slog.New(slog.DiscardHandler)}
}

// after gives the halts in force once everything submitted before is applied.
func (r *Router) after(t *testing.T) []router.HaltProgress {
	t.Helper()
	if _, err := r.shard.Ask(context.Background(), &event.Resumed{Venue: "nowhere"}); err != nil {
		t.Fatal(err)
	}
	return r.shard.Halts()
}

// TestKillByFIX is KILL-02: the mass cancel of a client with the kill switch halts everything, or the symbol it names; that
// of any other cancels its own orders only.
func TestKillByFIX(t *testing.T) {
	r := bareRouter(t, config.Client{Name: "DESK"}, config.Client{Name: "RISK", KillSwitch: true})
	sink := &adminSink{r}
	cancel := func(client, id string, scope byte, symbol market.Symbol) []router.HaltProgress {
		if err := sink.Submit(&event.ParentMassCancelRequested{Client: client, ClOrdID: id, Scope: scope, Symbol: symbol}); err != nil {
			t.Fatal(err)
		}
		return r.after(t)
	}
	if h := cancel("DESK", "1", event.CancelAll, ""); len(h) != 0 {
		t.Errorf("a client without the kill switch halts %+v", h)
	}
	if h := cancel("RISK", "2", event.CancelSymbol, "ABC"); len(h) != 1 || h[0].Symbol != "ABC" || h[0].Actor != "FIX RISK" {
		t.Errorf("a symbol: %+v", h)
	}
	if h := cancel("RISK", "3", event.CancelAll, ""); len(h) != 2 || h[1].Symbol != "" || h[1].Client != "" {
		t.Errorf("everything: %+v", h)
	}
}

// passing is a gate in which one control lets everything pass.
type passing struct {
	*risk.Gate
	control string
}

func (p passing) Send(s market.Symbol, now market.Time) risk.Refusal {
	if r := p.Gate.Send(s, now); r.Rule != p.control {
		return r
	}
	return risk.Refusal{}
}

// TestBrokenControlHalts is RISK-14: a control that does not refuse, or one without a limit, halts the router and is named.
func TestBrokenControlHalts(t *testing.T) {
	off := risk.DefaultLimits()
	off.MaxBasketMoney = 0
	for name, tc := range map[string]struct {
		gates risk.Gates
		l     risk.Limits
		want  string
	}{
		"whole":  {risk.Gates{}, risk.DefaultLimits(), ""},
		"broken": {risk.Gates{First: func(l risk.Limits, in []market.Instrument) risk.Judge { return passing{risk.NewGate(l, in), "RISK-08"} }}, risk.DefaultLimits(), "RISK-08"},
		"off":    {risk.Gates{}, off, "RISK-05"},
	} {
		r := bareRouter(t)
		r.gates = tc.gates
		whole := r.selfTest(t.Context(), tc.l)
		halts, faults := r.after(t), r.Faults()
		if tc.want == "" {
			if !whole || len(halts)+len(faults) != 0 {
				t.Errorf("%s: halted by %+v, %v", name, halts, faults)
			}
			continue
		}
		if whole || len(halts) != 1 || halts[0].Actor != "self-test" || len(faults) == 0 || faults[0].Control != tc.want {
			t.Errorf("%s: %v, %+v; want a halt that names %s", name, faults, halts, tc.want)
		}
	}
}
