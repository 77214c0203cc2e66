package web

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/serve/act"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/view"
)

// desk is a view with a busy morning in it: six venues of all types, sixteen parents, one venue down, alerts.
type desk struct {
	v     *view.View
	seq   uint64
	at    market.Time
	child order.ChildID
}

// evil stands wherever a counterparty's text does: no page may take it for markup.
const evil = `<script>alert(1)</script>"'`

func (d *desk) apply(bodies ...event.Body) {
	for _, b := range bodies {
		d.seq++
		d.at = d.at.Add(37 * market.Millisecond)
		d.v.Apply(d.seq, d.at, b)
	}
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{v: view.New(view.Options{}), at: 1_340_285_400 * market.Time(market.Second)}
	c := router.DefaultConfig()
	for i, v := range []struct {
		name string
		kind market.VenueType
		fill float64
	}{{"NATIVE", market.Internalizer, 12}, {"DARKA", market.Dark, 65}, {"DARKB", market.Dark, 40}, {"LITX", market.ECN, 98}, {"LITZ", market.Lit, 95}, {"INVY", market.Inverted, 93}} {
		c.Venues = append(c.Venues, market.Venue{ID: market.VenueID(i), Name: v.name, MIC: v.name, Type: v.kind, History: market.History{FillRatePct: v.fill}})
	}
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	d.apply(&event.Configured{Config: b, Instance: 1_340_285_400, Epoch: 3, Build: "v0.1.0"})
	for i := range c.Venues {
		d.apply(&event.VenueUp{Venue: market.VenueID(i)})
	}
	d.apply(&event.ClientUp{Client: "DESK"}, &event.ClientUp{Client: "OMS42"}, &event.ClientDown{Client: "OMS42"})
	d.quotes(0)
	for i := range 16 {
		d.parent(order.ParentID(i + 1))
	}
	d.apply(&event.VenueDown{Venue: 5, Reason: "logout: " + evil},
		&event.Raise{Severity: event.Info, Code: "MOP-04", Text: "model prior-2 activated"},
		&event.Raise{Severity: event.Warn, Code: "DRF-03", Parent: 14, Text: "the venue's behavior changed: most of what was learned there is dropped"},
		&event.Raise{Severity: event.Page, Code: "RACE-02", Parent: 15, Text: "a fill after the end overfilled the order; " + evil})
	return d
}

// quotes moves the books of all venues a little.
func (d *desk) quotes(move market.Price) {
	for k, s := range []market.Symbol{"AMZN", "IBM", "AIG"} {
		px := []market.Price{222_250_000, 184_100_000, 49_320_000}[k] + move
		for v := range market.VenueID(6) {
			d.apply(&event.BookChanged{Venue: v, Symbol: s, Bids: []market.Level{{Price: px - 5000, Size: 300}}, Asks: []market.Level{{Price: px + 5000, Size: 500}}})
		}
	}
}

func (d *desk) record(p *order.Parent) {
	d.apply(&event.RecordParent{Parent: *p, MarketVolume: 4 * p.Cum})
}

func (d *desk) parent(id order.ParentID) {
	symbols := []market.Symbol{"AMZN", "IBM", "AIG"}
	px := []market.Price{222_250_000, 184_100_000, 49_320_000}[id%3]
	side := []market.Side{market.Buy, market.Sell}[id%2]
	p := &order.Parent{ID: id, Client: "DESK", ClOrdID: fmt.Sprintf("C%d%s", id, evil), State: order.New, Received: d.at, Arrival: px,
		Terms: order.Terms{Symbol: symbols[id%3], Side: side, Qty: 10_000 * market.Qty(1+id%5), Type: order.Limit, Limit: px + 500_000,
			Strategy: order.Strategy(id % 4), Objective: order.Objective(id % 4), Urgency: order.Urgency(id % 3)}}
	d.record(p)
	for wave := range 4 {
		d.wave(p, px, wave)
	}
	if id < 12 {
		p.State, p.DoneAt = order.Filled, d.at
		p.Terms.Qty = p.Cum
		d.record(p)
	} else if id == 13 {
		p.Hold, p.Reason = order.HoldStop, "overfilled after a late fill; "+evil
		d.record(p)
	}
}

func (d *desk) wave(p *order.Parent, px market.Price, wave int) {
	venues := []market.VenueID{market.VenueID(1 + wave%2), market.VenueID(3 + wave%3)}
	d.quotes(market.Price(2500 * (wave - 1) * (1 + int(p.ID)%3)))
	dec := d.decision(p, px, wave, venues)
	d.apply(dec)
	for k, v := range venues {
		d.child++
		c := order.Child{ID: d.child, Parent: p.ID, Decision: dec.Decision, Venue: v, Symbol: p.Terms.Symbol, Side: p.Terms.Side,
			Style: order.StyleDark, Qty: 1500, Leaves: 1500, Limit: px, State: order.PendingNew, DecidedAt: d.at}
		d.apply(&event.SendChild{Child: c}, &event.ChildSent{Child: c.ID}, &event.ChildAccepted{Child: c.ID},
			&event.RecordOutcome{Venue: v, What: event.OutcomeLatency, Value: 150 + 100*float64(wave*int(v))})
		got := market.Qty(500 * (1 + (int(d.child)+k)%3))
		x := &event.RecordExecution{Exec: order.Execution{Key: order.ExecKey{Venue: v, ExecID: fmt.Sprint(c.ID)}, Child: c.ID, Parent: p.ID, Qty: got,
			Px: px + market.Price(wave*5000), Liquidity: market.AddedMid, Fee: market.Money(got) * 900, At: d.at}, ExecID: uint64(c.ID), Mid: px, Style: order.StyleDark}
		p.Cum += got
		p.Notional = p.Notional.Add(market.NotionalOf(x.Exec.Px, got))
		d.apply(x)
		if got < 1500 && (wave < 3 || p.ID < 12) {
			d.apply(&event.CancelChild{Child: c.ID, Why: "wave judged"}, &event.ChildDone{Child: c.ID, What: order.WasCanceled, Request: 1, Text: evil})
		}
	}
}

func (d *desk) decision(p *order.Parent, px market.Price, wave int, venues []market.VenueID) *event.RecordDecision {
	dec := &event.RecordDecision{Decision: uint64(p.ID)*10 + uint64(wave), Parent: p.ID, At: d.at, Stage: event.StageDark, Wave: uint32(wave + 1),
		Why: "fill", Symbol: p.Terms.Symbol, Side: p.Terms.Side, Unrouted: p.Terms.Qty, Want: 3000, Schema: "a41f9c02", Model: "prior", Posterior: d.seq,
		Quote: market.Quote{Bid: px - 5000, Ask: px + 5000}, M: 0.55, Epsilon: 0.01, Gamma: 60, Draw: 0.412, Chosen: int32(wave % 3), Static: 0, OppBps: 4.2}
	for i := range 6 {
		f := float64(i)
		w := event.VenueView{Venue: market.VenueID(i), Static: 9.2 - 0.7*f, FillProb: 0.3 + 0.12*f, FillLo: 0.22 + 0.1*f, FillHi: 0.4 + 0.115*f, ToxBps: 1.6 - 0.5*f, ToxSd: 0.3 + 0.1*f,
			FeeBps: 0.3 - 0.1*f, CostBps: 1.1 + 0.2*f, ExpectQty: 400 * f, LatencyUs: 150 + 90*f, Reject: 0.01, AgeNs: 3_200_000 * int64(i), Style: order.StyleDark,
			Size: 1500, Parts: event.CostParts{Fee: 0.1, Toxicity: 0.4, Opportunity: 0.6 + 0.2*f}, ExpectBps: 1.1 + 0.2*f, ExpectSd: 0.4,
			Bid: market.Level{Price: px - 5000, Size: 300}, Ask: market.Level{Price: px + 5000, Size: 500}}
		if i == 5 {
			w.Excluded = "stale quote: 1.4 s old, limit 1 s"
			w.Size, w.Parts, w.ExpectBps, w.ExpectSd = 0, event.CostParts{}, 0, 0
		}
		dec.Venues = append(dec.Venues, w)
	}
	for i, name := range []string{"static", "greedy", "without-top"} {
		plan := event.PlanView{Name: name, CostBps: 1.4 - 0.2*float64(i%2), Prob: []float64{0.5, 0.42, 0.08}[i],
			Parts: event.CostParts{Fee: 0.1, Toxicity: 0.3, Opportunity: 1 - 0.2*float64(i%2)}}
		for _, v := range venues {
			plan.Shares = append(plan.Shares, event.Share{Venue: v, Style: order.StyleDark, Qty: 1500, Limit: px})
		}
		dec.Plans = append(dec.Plans, plan)
	}
	return dec
}

// small is a parent that has sent nothing yet.
func (d *desk) small(id order.ParentID) {
	d.record(&order.Parent{ID: id, Client: []string{"DESK", "OMS42"}[id%2], ClOrdID: fmt.Sprintf("S%d", id), State: order.New, Received: d.at, Arrival: 49_320_000,
		Terms: order.Terms{Symbol: []market.Symbol{"AMZN", "IBM", "AIG"}[id%3], Side: market.Buy, Qty: 100 * market.Qty(1+id%90), Type: order.Market,
			Strategy: order.Strategy(id % 4), Objective: order.Objective(id % 4)}})
}

// plant is what a router knows beside its journal.
type plant struct{ *stocked }

func newPlant(v *view.View) plant { return plant{newStocked(v)} }

func (plant) Wires() []Wire {
	return []Wire{{Name: "LITX", Of: "venue", State: "LOGGED_ON", Queued: 7, Sent: 1204, Refused: 2, Throttled: 31, Desk: "LITX trading desk, +1 212 555 0100 " + evil},
		{Name: "INVY", Of: "venue", State: "DOWN"}, {Name: "DARKA", Of: "venue", State: "GAP", Sent: 88, Drops: 1, Desk: "DARKA, +1 212 555 0111"},
		{Name: "DESK", Of: "client", State: "LOGGED_ON", Sent: 402}, {Name: "NEVER", Of: "client", State: "DOWN"}}
}

func (plant) Rung() Rung {
	return Rung{Level: 3, Name: "passive", Why: "no new orders: the open was odd " + evil, Since: 1_340_285_500_000_000_000}
}

func (plant) LimitValues() []config.LimitValue {
	return []config.LimitValue{{Limit: "max_parent_shares", Value: "1000", From: "v7", Owner: "ann", Approved: "carol", Until: "2026-11-30T21:00:00Z", Rationale: "what the desk sends"},
		{Limit: "collar_bps", Of: "class thin", Value: "200", From: "[limits] of desk.toml"}}
}

func (plant) Known() act.Known {
	return act.Known{Venues: []string{"LITX"}, Clients: []string{"DESK"}, Symbols: []string{"AMZN", "IBM", "AIG"}}
}
