package scenario

import (
	"fmt"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/sim"
)

// small is a market of one lit venue and one pool with changes added.
const small = `about = "small"
warm_up = "10s"
[[instrument]]
symbol = "ACME"
adv_shares = 1_000_000
prior_close_usd = "20.00"
[[instrument]]
symbol = "BOLT"
adv_shares = 1_000_000
prior_close_usd = "40.00"
[flow]
taker_rate = 2
taker_max = 500
[[venue]]
name = "LITX"
type = "lit"
fees = { added = "-0.0020", removed = "0.0030" }
history = { fill_rate_pct = 95 }
order_latency = { base = "1ms" }
flow = { makers = 2, maker_rate = 8, maker_size = 300, maker_depth = 3, maker_edge_ticks = 1, taker_share = 1 }
[[venue]]
name = "DARKA"
type = "dark"
fees = { added = "0.0010", removed = "0.0010" }
history = { fill_rate_pct = 20 }
[parents]
every = "10s"
size = { kind = "fixed", each_shares = 500 }
[[parents.mix]]
strategy = "immediate"
`

func parse(t testing.TB, text string) *Scenario {
	t.Helper()
	s, err := Parse("small.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestChangesHappen sends an immediate order a second and reads from the reports what each kind of change does.
func TestChangesHappen(t *testing.T) {
	second := func(n int) string { return fmt.Sprintf("\"%ds\"", n) }
	change := func(at int, rest string) string { return "[[change]]\nat = " + second(at) + "\n" + rest + "\n" }
	for _, tc := range []struct {
		name    string
		changes string
		symbol  string
		want    map[int]sim.Kind // by the second at which the order is sent; 0 = no answer within 100 ms
	}{
		{"halt for", change(20, "kind = \"halt\"\nvenues = [\"LITX\"]\nsymbols = [\"ACME\"]\nfor = \"10s\""), "ACME",
			map[int]sim.Kind{15: sim.Filled, 25: sim.Rejected, 35: sim.Filled}},
		{"halt of another symbol", change(20, "kind = \"halt\"\nvenues = [\"LITX\"]\nsymbols = [\"ACME\"]"), "BOLT",
			map[int]sim.Kind{15: sim.Filled, 25: sim.Filled}},
		{"halt until resume", change(20, "kind = \"halt\"\nvenues = [\"LITX\"]") + change(40, "kind = \"resume\"\nvenues = [\"LITX\"]"), "BOLT",
			map[int]sim.Kind{15: sim.Filled, 35: sim.Rejected, 45: sim.Filled}},
		{"stall", change(20, "kind = \"stall\"\nvenues = [\"LITX\"]\nfor = \"10s\""), "ACME",
			map[int]sim.Kind{15: sim.Filled, 25: 0, 35: sim.Filled}},
		{"reject for", change(20, "kind = \"reject\"\nvenues = [\"LITX\"]\ntext = \"down\"\nfor = \"10s\""), "ACME",
			map[int]sim.Kind{15: sim.Filled, 25: sim.Rejected, 35: sim.Filled}},
		{"reject until accept", change(20, "kind = \"reject\"\nvenues = [\"LITX\"]\ntext = \"down\"") + change(40, "kind = \"accept\"\nvenues = [\"LITX\"]"), "ACME",
			map[int]sim.Kind{15: sim.Filled, 35: sim.Rejected, 45: sim.Filled}},
		{"outage", change(20, "kind = \"outage\"\nvenues = [\"LITX\"]\nfor = \"10s\""), "ACME",
			map[int]sim.Kind{15: sim.Filled, 25: 0, 35: sim.Filled}},
		{"latency", change(20, "kind = \"latency\"\nvenues = [\"LITX\"]\norder_latency = { base = \"80ms\" }"), "ACME",
			map[int]sim.Kind{15: sim.Filled, 25: 0}},
		{"makers leave", change(20, "kind = \"agents\"\nvenues = [\"LITX\"]\nflow = { makers = 0 }"), "ACME",
			map[int]sim.Kind{15: sim.Filled, 25: sim.Expired}},
	} {
		s := parse(t, small+tc.changes)
		var last sim.Kind
		m, start := runs(t, s, 1, func(cfg *sim.Config) {
			cfg.OnReport = func(r *sim.Report) { last = r.Kind }
		})
		for at := 15; at <= 45; at += 10 {
			want, ask := tc.want[at]
			if !ask {
				continue
			}
			m.RunUntil(start.Add(int64(at) * market.Second))
			last = 0
			m.Submit(0, sim.Order{Client: "c", ClOrdID: fmt.Sprint(at), Symbol: market.Symbol(tc.symbol), Side: market.Buy, Type: order.Market, TIF: order.IOC, Qty: 100})
			m.RunUntil(m.Now().Add(100 * market.Millisecond))
			if last != want {
				t.Errorf("%s: at %d s the answer is %v, want %v", tc.name, at, last, want)
			}
		}
	}
}

// TestChangesAtParents: a change at a parent comes at its arrival, fees change for what is executed from then on, and one at
// a parent that never comes does not happen.
func TestChangesAtParents(t *testing.T) {
	s := parse(t, small+`
[[change]]
at_parent = 40
kind = "fees"
venues = ["LITX"]
fees = { added = "0.0010", removed = "-0.0005" }
[[change]]
at = "5s"
kind = "agents"
flow = { taker_rate = 9 }
[[change]]
at_parent = 100
kind = "stall"
venues = ["LITX"]
for = "1s"
`)
	for seed := range uint64(5) {
		w := s.Work(seed)
		var p Parent
		for range 40 {
			p, _ = w.Next()
		}
		d := s.Dated(seed)
		if len(d) != 3 || d[0].Kind != Agents || d[1].When != p.At || d[1].Kind != Fees || d[2].When <= d[1].When {
			t.Fatalf("seed %d: parent 40 comes at %d, changes %+v", seed, p.At, d)
		}
		start := s.Start(seed)
		v := s.Config(seed, start).Venues[0]
		at := start.Add(p.At)
		was, okWas := v.Fee(market.DateUTC(at-1), market.Removed, 20*market.Dollar, 100)
		is, okIs := v.Fee(market.DateUTC(at), market.Removed, 20*market.Dollar, 100)
		if was != 300_000 || is != -50_000 || !okWas || !okIs {
			t.Errorf("seed %d: 100 shares cost %v before the change and %v after, want 0.30 and -0.05", seed, was, is)
		}
		if len(s.Venues[0].Fees) != 1 {
			t.Error("Config changed the scenario")
		}
	}
	s.Parents.Count = 50
	if d := s.Dated(1); len(d) != 2 {
		t.Errorf("%d changes although parent 100 never comes, want 2", len(d))
	}
}
