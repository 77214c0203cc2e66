package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/store"
)

// TestINC09FINRALimits: limits of billions for clients who use hundreds of thousands. A limit of more than twenty times its
// largest use, and one that does not exist, are flagged (RISK-16).
func TestINC09FINRALimits(t *testing.T) {
	used := most{market.NotionalOf(market.Dollar, 100_000), 20261127}
	for _, tc := range []struct {
		name  string
		limit market.Money
		used  most
		wide  bool
		times float64
	}{
		{"twenty times", 2_000_000 * market.Dollar, used, false, 20},
		{"a dollar more", 2_000_001 * market.Dollar, used, true, 20.00001},
		{"billions", 5_000_000_000 * market.Dollar, used, true, 50_000},
		{"none", 0, used, true, 0},
		{"no use", 5_000_000_000 * market.Dollar, most{}, false, 0},
		{"nothing at all", 0, most{}, false, 0},
	} {
		got := use("max_client_usd", "C", tc.limit, tc.used)
		if got.Wide != tc.wide || got.Times != tc.times || got.Limit != "max_client_usd" || got.Of != "C" {
			t.Errorf("%s: %+v, want %v times, wide %v", tc.name, got, tc.times, tc.wide)
		}
	}
}

// TestUseOfWithdrawn: an order that a person withdrew from its basket, one of a list that never was whole, and one that was refused
// make no limit look used; one that worked counts, also if its client canceled it (RISK-16, RISK-20).
func TestUseOfWithdrawn(t *testing.T) {
	d := newDesk(t)
	send := func(id, list string, qty market.Qty, limit market.Price) {
		d.apply(&event.ParentReceived{Client: "EMS", ClOrdID: id, List: list, ListOrders: uint32(min(2, len(list))),
			Terms: order.Terms{Symbol: "ABC", Side: market.Buy, Qty: qty, Type: order.Limit, Limit: limit}})
		d.run(market.Second)
	}
	largest := func() (shares, money string) {
		t.Helper()
		if err := d.store.Apply(t.Context(), store.Source{Projection: "main", Instance: instance}, d.records, d.seq); err != nil {
			t.Fatal(err)
		}
		d.records = nil
		at := time.Unix(0, int64(d.now))
		uses, err := LimitUse(t.Context(), d.store, risk.Limits{MaxParentQty: 1_000_000, MaxParentMoney: 1_000_000_000 * market.Dollar}, at.AddDate(0, 0, -30), at.AddDate(0, 0, 1))
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range uses {
			switch u.Limit {
			case "max_parent_shares":
				shares = u.Largest
			case "max_parent_usd":
				money = u.Largest
			}
		}
		return shares, money
	}
	d.apply(&event.LimitsChanged{Version: "2", Limits: []byte(fmt.Sprintf(`{"SoftParentMoney":%d}`, 40_000*market.Dollar)), Actor: "ann", Reason: "softer"})
	send("worked", "", 100, 50*market.Dollar)
	if shares, money := largest(); shares != "100" || money != "5001.00" {
		t.Errorf("of an order that worked %s shares and $%s are used, want 100 and 5001", shares, money)
	}
	send("canceled", "", 200, 49*market.Dollar)
	d.apply(&event.ParentCancelRequested{Client: "EMS", ClOrdID: "canceled2", OrigClOrdID: "canceled"})
	d.run(market.Second)
	if shares, _ := largest(); shares != "200" {
		t.Errorf("with one that its client canceled %s shares are used, want 200", shares)
	}
	send("denied", "", 5_000, 50*market.Dollar)
	if shares, _ := largest(); shares != "5000" {
		t.Errorf("while one waits for a person %s shares are used, want 5000", shares)
	}
	d.run(10 * market.Second)
	d.apply(&event.BasketDecided{Basket: 1, Actor: "ann", Reason: "a zero too many"})
	send("refused", "", 90_000_000, 50*market.Dollar)
	send("torn", "list", 6_000, 1*market.Dollar) // the other order of its list never comes
	d.run(2 * market.Minute)
	if shares, money := largest(); shares != "200" || money != "10002.00" {
		t.Errorf("with what was withdrawn and refused %s shares and $%s are used, want 200 and 10002", shares, money)
	}
}

// TestUseOfSides: what the gate holds against a client's and the firm's limits of a day, gross and net, and of a minute, is what is
// reported as used, also of the soft limits (RISK-16, RISK-03, RISK-05).
func TestUseOfSides(t *testing.T) {
	const noon = market.Time(1_700_049_600) * market.Time(market.Second)
	var rows []store.Parent
	parent := func(client string, side market.Side, qty, cum market.Qty, limit market.Price, from, to int64) {
		p := order.Parent{Client: client, Terms: order.Terms{Symbol: "ABC", Side: side, Qty: qty, Limit: limit}, State: order.New,
			Cum: cum, Notional: market.NotionalOf(50*market.Dollar, cum), Arrival: 50 * market.Dollar,
			ArrivalNBBO: market.Quote{Bid: 50*market.Dollar - 10_000, Ask: 50*market.Dollar + 10_000}, Received: noon.Add(from * market.Second)}
		if to > 0 {
			p.State, p.DoneAt = order.Filled, noon.Add(to*market.Second)
		}
		rows = append(rows, store.Parent{Body: &event.RecordParent{Parent: p}})
	}
	parent("A", market.Buy, 1_000, 1_000, 0, 0, 10)
	parent("A", market.Buy, 1_000, 0, 51*market.Dollar, 59, 70) // canceled: its 51,000 are free again
	parent("A", market.Sell, 3_000, 3_000, 49_900_000, 60, 90)  // 150,000 beside 101,000 of buys; nets the first alone
	parent("A", market.Buy, 1_000, 0, 0, 200, 210)              // below what was sold
	parent("B", market.Sell, 2_000, 0, 0, 62, 0)                // still at work, with the firm's
	parent("A", market.Buy, 500, 500, 0, 24*60*60, 24*60*60+1)  // another day: nothing is executed yet
	l := risk.Limits{MaxClientNet: 10_000_000 * market.Dollar, MaxFirmNet: 4_000_000 * market.Dollar, MaxClientMoney: 300_000 * market.Dollar,
		MaxFirmMoney: 300_000 * market.Dollar, MaxBasketMoney: 500_000 * market.Dollar, SoftBasketMoney: 5_000_000 * market.Dollar,
		SoftParentMoney: 100_000 * market.Dollar, SoftCollarBps: 50, MaxParentQty: 3_000, MaxParentMoney: 200_000 * market.Dollar,
		Credits: []risk.ClientLimits{{Client: "B", MaxClientNet: 150_000 * market.Dollar}}}
	want := []string{
		"max_basket_usd A 500000.00 201000.00 wide false", "max_basket_usd B 500000.00 100000.00 wide false",
		"max_client_net_usd A 10000000.00 101000.00 wide true", "max_client_net_usd B 150000.00 100000.00 wide false",
		"max_client_usd A 300000.00 251000.00 wide false", "max_client_usd B 300000.00 100000.00 wide false",
		"max_firm_net_usd  4000000.00 200000.00 wide false", "max_firm_usd  300000.00 351000.00 wide false",
		"max_parent_shares  3000 3000 wide false", "max_parent_usd  200000.00 150000.00 wide false",
		"soft_basket_usd A 5000000.00 201000.00 wide true", "soft_basket_usd B 5000000.00 100000.00 wide true",
		"soft_collar_bps  50 200 wide false", "soft_parent_usd  100000.00 150000.00 wide false",
	}
	uses := usesOf(l, rows)
	for i, u := range uses {
		got := fmt.Sprintf("%s %s %s %s wide %v", u.Limit, u.Of, u.Value, u.Largest, u.Wide)
		if i >= len(want) || got != want[i] {
			t.Errorf("line %d: %s", i, got)
		}
	}
	if len(uses) != len(want) {
		t.Errorf("%d lines, want %d", len(uses), len(want))
	}
	for _, u := range usesOf(risk.Limits{}, rows) {
		if soft := strings.HasPrefix(u.Limit, "soft_"); u.Value != "none" || u.Wide == soft {
			t.Errorf("with no limit at all: %+v, want all but the soft ones flagged", u)
		}
	}
}
