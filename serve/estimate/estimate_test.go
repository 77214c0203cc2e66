package estimate

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/models/modeltest"
)

// table is a dark pool with a tenth of the market's volume and a lit venue with half of it.
func table() []market.Venue {
	return []market.Venue{
		{ID: 0, Name: "DARK1", Type: market.Dark, History: market.History{VolumeShare: .1}},
		{ID: 1, Name: "LIT1", Type: market.Lit, History: market.History{VolumeShare: .5}},
	}
}

// outlook is an order of 10,000 shares, a hundredth of the day's volume, in a stock that moves 100 bps a day.
func outlook(s order.Strategy) *router.Outlook {
	out := func(stage event.Stage, style order.Style, venues ...router.VenueOutlook) router.StageOutlook {
		for i := range venues {
			venues[i].Style = style
		}
		return router.StageOutlook{Stage: stage, Venues: venues}
	}
	none := router.VenueOutlook{Venue: 0, Excluded: "another stage serves it"}
	return &router.Outlook{
		At: market.Time(1_750_000_000 * market.Second), Model: "builtin", Quote: market.Quote{Bid: 49_990_000, Ask: 50_010_000},
		Terms: order.Terms{Symbol: "ABC", Side: market.Buy, Qty: 10_000, Strategy: s}, OppBps: 9, VolBps: 100, ADV: 1_000_000,
		DarkWave: 2 * market.Second, PostWait: 2 * market.Second, ImpactY: .5, ImpactSD: .2,
		Stages: []router.StageOutlook{
			out(event.StageInternal, order.StyleInternal, none),
			out(event.StageDark, order.StyleDark, router.VenueOutlook{Venue: 0, Size: 2000, Expect: 1000, Fill: .5, FillBy: .6, FillSE: .1, Fee: .2, Tox: .6, ToxSE: .5, Leak: .01}),
			out(event.StageLit, order.StylePost, none, router.VenueOutlook{Venue: 1, Size: 500, Expect: 100, Fill: .2, FillSE: .05, Spread: -2, Fee: -.4, Tox: 1, ToxSE: .5}),
			out(event.StageSweep, order.StyleSweep, none, router.VenueOutlook{Venue: 1, Size: 800, Expect: 760, Fill: .95, FillSE: .01, Spread: 2, Fee: .6, Tox: .1, ToxSE: .2}),
		},
	}
}

func near(got, want float64) bool { return math.Abs(got-want) <= 1e-9*(1+math.Abs(want)) }

func part(e *Estimate, name string) Interval {
	for _, p := range e.Parts {
		if p.Name == name {
			return p.Interval
		}
	}
	return Interval{}
}

// TestImmediate by hand: one dark wave fills 1,000 of 10,000 shares, nothing is posted, the rest is taken.
//
//	spread .9·2 = 1.8; fee .1·.2 + .9·.6 = .56; toxicity .1·.6 + .9·.1 = .15; impact .5·100·√.01 = 5;
//	leakage .01·(2000/1000)·.1 = .002
//	se of the dark share .1·.1/.5 = .02; it costs .8 a share, taking 2.7
//	variance (.2·10)² + (.02·1.9)² + (.1·.5)² + (.9·.2)² = 4.036344
func TestImmediate(t *testing.T) {
	e := Of(&Request{}, outlook(order.Immediate), table(), nil)
	for name, want := range map[string]float64{"spread": 1.8, "fee": .56, "toxicity": .15, "impact": 5, "leakage": .002, "opportunity": 0} {
		if got := part(e, name).Mean; !near(got, want) {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	sd := math.Sqrt(4 + .038*.038 + .05*.05 + .18*.18)
	if want := 7.512; !near(e.Cost.Mean, want) || !near(e.Cost.Hi, want+z*sd) || e.Outcome != e.Cost {
		t.Errorf("cost %+v, outcome %+v, want %v with a deviation of %v", e.Cost, e.Outcome, want, sd)
	}
	if p := part(e, "impact"); !near(p.Lo, 5-z*2) {
		t.Errorf("impact is %+v, want 5 ± 2·1.645", p)
	}
	if p := part(e, "spread"); !near(p.Hi-p.Mean, z*.02*2) {
		t.Errorf("spread is %+v, want a deviation of .04", p)
	}
	if len(e.Stages) != 2 || e.Stages[0].Name != "dark" || !near(e.Stages[0].Share, .1) || !near(e.Stages[1].Share, .9) || e.Filled != 1 || e.ADVShare != .01 {
		t.Errorf("stages %+v, filled %v, %v of a day's volume", e.Stages, e.Filled, e.ADVShare)
	}
	if e.Model.ID != "builtin" || e.Model.CostNet != nil {
		t.Errorf("model %+v", e.Model)
	}
}

// TestBlock: with a tenth of a day's volume as pace it lasts a tenth of the day; dark waves fill a quarter of what the pool usually
// trades meanwhile (.25·.1·100,000 = 2,500 shares), posts a quarter of what the lit venue does (12,500, so the rest), and nothing
// is taken. The market's own moves are 100·√(.1/3) bps.
func TestBlock(t *testing.T) {
	e := Of(&Request{}, outlook(order.Block), table(), nil)
	if !near(e.Duration, .1*6.5*3600) {
		t.Errorf("it lasts %v s, want a tenth of the day", e.Duration)
	}
	if len(e.Stages) != 2 || !near(e.Stages[0].Share, .25) || e.Stages[1].Name != "posted" || !near(e.Stages[1].Share, .75) {
		t.Errorf("stages %+v", e.Stages)
	}
	if got, want := part(e, "spread").Mean, -1.5; !near(got, want) {
		t.Errorf("spread is %v, want %v", got, want)
	}
	moves := 100 * math.Sqrt(.1/3)
	sd := (e.Cost.Hi - e.Cost.Mean) / z
	if got, want := (e.Outcome.Hi-e.Outcome.Mean)/z, math.Hypot(sd, moves); !near(got, want) {
		t.Errorf("one outcome deviates by %v, want %v", got, want)
	}
}

// TestNobodySells: without displayed liquidity what no pool fills stays, and costs the opportunity.
func TestNobodySells(t *testing.T) {
	o := outlook(order.Immediate)
	o.Stages[3].Venues[1].Excluded = "nothing displayed within the limit"
	e := Of(&Request{}, o, table(), nil)
	if !near(e.Filled, .1) || !near(part(e, "opportunity").Mean, .9*9) {
		t.Errorf("filled %v, opportunity %+v", e.Filled, part(e, "opportunity"))
	}
}

// TestSums: the parts sum to the cost and the stages' shares to what fills, whatever the order; a larger one costs more.
func TestSums(t *testing.T) {
	last := 0.0
	for _, qty := range []market.Qty{1, 100, 5_000, 50_000, 1_000_000} {
		for s := order.Immediate; s <= order.Block; s++ {
			o := outlook(s)
			o.Terms.Qty = qty
			e := Of(&Request{}, o, table(), nil)
			sum, shares := 0.0, 0.0
			for _, p := range e.Parts {
				sum += p.Mean
				if !(p.Lo <= p.Mean && p.Mean <= p.Hi) {
					t.Errorf("%s of %d shares is %+v", p.Name, qty, p)
				}
			}
			for _, st := range e.Stages {
				shares += st.Share
				within := 0.0
				for _, v := range st.Venues {
					within += v.Share
				}
				if !near(within, st.Share) {
					t.Errorf("the venues of %s have %v, the stage %v", st.Name, within, st.Share)
				}
			}
			if !near(sum, e.Cost.Mean) || !near(shares, e.Filled) || e.Filled > 1+1e-12 {
				t.Errorf("%d shares, %v: parts sum to %v, cost %v; shares to %v, filled %v", qty, s, sum, e.Cost.Mean, shares, e.Filled)
			}
			if s == order.Immediate {
				if e.Cost.Mean < last {
					t.Errorf("%d shares cost %v, fewer cost %v", qty, e.Cost.Mean, last)
				}
				last = e.Cost.Mean
			}
		}
	}
}

// TestCostNetwork: the second opinion is the network's, of the same shares.
func TestCostNetwork(t *testing.T) {
	m := modeltest.Small(1)
	for i := range m.Cost.Layers {
		clear(m.Cost.Layers[i].W)
	}
	m.Cost.Layers[len(m.Cost.Layers)-1].B[0] = 3.5 // whatever it is asked
	e := Of(&Request{}, outlook(order.Immediate), table(), m)
	if e.Model.CostNet == nil || !near(*e.Model.CostNet, 3.5) || e.Model.Family != "test" {
		t.Errorf("model %+v, want 3.5 of its network", e.Model)
	}
}

func TestRequest(t *testing.T) {
	r, err := Parse(strings.NewReader(`{"symbol": "ABC", "side": "short", "qty": 500, "strategy": "pov", "urgency": "high", "objective": "cost", "limit_usd": "48.51", "minutes": 5}`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Terms()
	want := order.Terms{Symbol: "ABC", Side: market.SellShort, Qty: 500, Type: order.Limit, Limit: 48_510_000, Strategy: order.POV, Urgency: order.High, Objective: order.MinCost}
	if err != nil || got.Symbol != want.Symbol || got.Side != want.Side || got.Qty != want.Qty || got.Limit != want.Limit || got.Type != want.Type ||
		got.Strategy != want.Strategy || got.Urgency != want.Urgency || got.Objective != want.Objective {
		t.Errorf("Terms = %+v, %v, want %+v", got, err, want)
	}
	if s := r.within(order.POV, 500, 1000).Seconds(); s != 300 {
		t.Errorf("it lasts %v s, want the 5 minutes asked for", s)
	}
	if d := (&Request{}).within(order.POV, maxQty, 1); d != maxMinutes*time.Minute {
		t.Errorf("of what hardly trades it lasts %v, want the %d minutes that are most", d, maxMinutes)
	}
	for body, want := range map[string][]string{
		``:                   {"the body is no request"},
		`{"symbols": "ABC"}`: {"unknown field", "send JSON such as"},
		`{"qty": 1e400}`:     {"the body is no request"},
		`{"side": "hold"}`:   {"symbol: is missing", "qty: 0 is no quantity", `side: is "hold"`},
		`{"symbol": "A", "side": "buy", "qty": 1, "strategy": "x", "urgency": "y", "objective": "z", "limit_usd": "-1", "minutes": -1}`: {
			"strategy:", "urgency:", "objective:", "limit_usd:", "minutes:"},
	} {
		r, err := Parse(strings.NewReader(body))
		if err == nil {
			_, err = r.Terms()
		}
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v, want %q", body, err, w)
			}
		}
	}
}
