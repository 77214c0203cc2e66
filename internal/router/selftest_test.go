package router

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
)

// everyLimit is limits with every control set.
func everyLimit() risk.Limits {
	l := risk.DefaultLimits()
	l.DuplicateWindow, l.RequireLists, l.MayBeOff = 2*market.Second, true, nil
	l.SoftParentMoney = 1_000_000 * market.Dollar
	l.Credits = []risk.ClientLimits{{Client: "C", MaxClientMoney: 1_000 * market.Dollar}}
	return l
}

func displayed(ttl int64) []market.Venue {
	return []market.Venue{{Name: "LX", Type: market.Lit, QuoteMs: ttl}, {Name: "DA", Type: market.Dark}}
}

// letting is a gate in which one control refuses nothing.
type letting struct {
	*risk.Gate
	control string
}

func (s letting) let(r risk.Refusal) risk.Refusal {
	if r.Rule == s.control {
		return risk.Refusal{}
	}
	return r
}

func (s letting) Parent(client, id string, t *order.Terms, q market.Quote, now market.Time) risk.Refusal {
	return s.let(s.Gate.Parent(client, id, t, q, now))
}

func (s letting) Child(p *order.Parent, live market.Qty, open int, c *order.Child, q market.Quote) risk.Refusal {
	return s.let(s.Gate.Child(p, live, open, c, q))
}

func (s letting) Send(symbol market.Symbol, now market.Time) risk.Refusal {
	return s.let(s.Gate.Send(symbol, now))
}

func gateWithout(control string) risk.Gates {
	return risk.Gates{First: func(l risk.Limits, in []market.Instrument) risk.Judge { return letting{risk.NewGate(l, in), control} }}
}

// lastLetting is a last gate without conservation.
type lastLetting struct{ *risk.LastGate }

func (s lastLetting) Check(c *event.SendChild) risk.Refusal {
	if r := s.LastGate.Check(c); r.Rule != "RISK-01" {
		return r
	}
	return risk.Refusal{}
}

// anybody is a gate whose switches ask for nobody.
type anybody struct{ *risk.Gate }

func (anybody) Switch(*event.ControlSwitched, market.Time) string { return "" }

// blindWatcher is an exposure monitor that sees nothing.
type blindWatcher struct{}

func (blindWatcher) Observe(event.Body, market.Time) {}
func (blindWatcher) Breaches() []risk.Breach         { return nil }

// tampered is an engine whose events and commands somebody changes.
type tampered struct {
	*Engine
	event   func(event.Body)
	command func(event.Body) bool // false: it is lost
}

func (e tampered) Apply(ev event.Event) []event.Body {
	if e.event != nil {
		e.event(ev.Body)
	}
	out := e.Engine.Apply(ev)
	if e.command != nil {
		out = slices.DeleteFunc(out, func(c event.Body) bool { return !e.command(c) })
	}
	return out
}

// misled is an engine that works by another configuration than the one it was given.
func misled(change func(*Config)) func(Config) loop {
	return func(Config) loop {
		return tampered{Engine: New(), event: func(b event.Body) {
			c, ok := b.(*event.Configured)
			if !ok {
				return
			}
			var cfg Config
			if err := json.Unmarshal(c.Config, &cfg); err != nil {
				panic(err)
			}
			change(&cfg)
			text, err := json.Marshal(cfg)
			if err != nil {
				panic(err)
			}
			c.Config = text
		}}
	}
}

func unlimited(c *Config) { c.Limits = risk.Limits{} }

func deafTo(lost func(event.Body) bool) func(Config) loop {
	return func(Config) loop {
		return tampered{Engine: New(), command: func(b event.Body) bool { return !lost(b) }}
	}
}

func raised(code string) func(event.Body) bool {
	return func(b event.Body) bool { r, ok := b.(*event.Raise); return ok && r.Code == code }
}

// mendedBooks is an engine that takes every book for a good one.
func mendedBooks(Config) loop {
	return tampered{Engine: New(), event: func(b event.Body) {
		if k, ok := b.(*event.BookChanged); ok {
			k.Poisoned = false
			if k.Bids[0].Price >= k.Asks[0].Price {
				k.Bids[0].Price, k.Asks[0].Price = k.Asks[0].Price-tryTick, k.Bids[0].Price
			}
		}
	}}
}

// TestEachControlBroken is TEST-12: RISK-01 to RISK-20 and the guard of market data, each broken in turn where it works and by its
// limit where that can be none, keep a router from being ready, by name. A control without a row fails.
func TestEachControlBroken(t *testing.T) {
	type brk struct {
		what  string
		limit func(*risk.Limits)
		gates risk.Gates
		build func(Config) loop
		ttl   int64
		other string // the rule that names it, where it is another
		where string // package/TestName that breaks it, where no fault of a self-test can
	}
	rows := map[string][]brk{
		"RISK-01": {{what: "the send point", gates: risk.Gates{Last: func(v []market.Venue) risk.LastJudge { return lastLetting{risk.NewLastGate(v)} }}}},
		"RISK-02": {{what: "gate", gates: gateWithout("RISK-02")}, {what: "shares", limit: func(l *risk.Limits) { l.MaxParentQty = 0 }}, {what: "child", limit: func(l *risk.Limits) { l.MaxChildQty = 0 }}, {what: "ADV", limit: func(l *risk.Limits) { l.MaxADVPct = 0 }}},
		"RISK-03": {{what: "gate", gates: gateWithout("RISK-03")}, {what: "parent", limit: func(l *risk.Limits) { l.MaxParentMoney, l.SoftParentMoney = 0, 0 }}, {what: "child", limit: func(l *risk.Limits) { l.MaxChildMoney = 0 }}, {what: "client", limit: func(l *risk.Limits) { l.MaxClientMoney = 0 }},
			{what: "net", limit: func(l *risk.Limits) { l.MaxClientNet = 0 }}, {what: "firm", limit: func(l *risk.Limits) { l.MaxFirmMoney = 0 }}, {what: "firm net", limit: func(l *risk.Limits) { l.MaxFirmNet = 0 }}},
		"RISK-04": {{what: "gate", gates: gateWithout("RISK-04")}, {what: "collar", limit: func(l *risk.Limits) { l.CollarBps = 0 }}, {what: "spread", limit: func(l *risk.Limits) { l.MaxSpreadBps = 0 }}, {what: "reference", limit: func(l *risk.Limits) { l.RequireReference = false }}},
		"RISK-05": {{what: "gate", gates: gateWithout("RISK-05")}, {what: "basket", limit: func(l *risk.Limits) { l.MaxBasketMoney = 0 }}},
		"RISK-06": {{what: "gate", gates: gateWithout("RISK-06")}, {what: "window", limit: func(l *risk.Limits) { l.DuplicateWindow = 0 }}},
		"RISK-07": {{what: "engine", build: misled(unlimited)}, {what: "repeats", limit: func(l *risk.Limits) { l.MaxRepeats = 0 }}, {what: "too wide", limit: func(l *risk.Limits) { l.MaxRepeats = tryMost + 1 }}},
		"RISK-08": {{what: "gate", gates: gateWithout("RISK-08")}, {what: "client", limit: func(l *risk.Limits) { l.ClientRate = 0 }}, {what: "symbol", limit: func(l *risk.Limits) { l.SymbolRate = 0 }}, {what: "firm", limit: func(l *risk.Limits) { l.FirmRate = 0 }}},
		"RISK-09": {{what: "credit", other: "RISK-03", gates: risk.Gates{First: func(l risk.Limits, in []market.Instrument) risk.Judge {
			if l.MaxClientMoney == 1_000*market.Dollar { // of the client that has its own
				l.MaxClientMoney = 0
			}
			return risk.NewGate(l, in)
		}}}},
		"RISK-10": {{what: "gate", gates: gateWithout("RISK-10")}},
		"RISK-11": {{what: "gate", gates: gateWithout("RISK-11")}, {what: "engine", build: misled(unlimited)}, {what: "children", limit: func(l *risk.Limits) { l.MaxOpenChildren = 0 }}, {what: "venues", limit: func(l *risk.Limits) { l.MaxVenueRate = 0 }},
			{what: "more venues than there are", limit: func(l *risk.Limits) { l.MaxVenueRate = market.MaxVenues }}, {what: "replaces", limit: func(l *risk.Limits) { l.MaxReplaces = 0 }}},
		"RISK-12": {{what: "switch", gates: risk.Gates{First: func(l risk.Limits, in []market.Instrument) risk.Judge { return anybody{risk.NewGate(l, in)} }}}, {what: "flag", limit: func(l *risk.Limits) { l.TwoPersons = false }}},
		"RISK-13": {{what: "switch", gates: risk.Gates{First: func(l risk.Limits, in []market.Instrument) risk.Judge { return anybody{risk.NewGate(l, in)} }}}},
		"RISK-14": {{where: "serve/TestBrokenControlHalts"}},
		"RISK-15": {{what: "monitor", gates: risk.Gates{Watch: func() risk.Watcher { return blindWatcher{} }}}},
		"RISK-16": {{what: "limits", limit: func(l *risk.Limits) { l.CollarBps = -1 }}, {what: "engine", build: misled(unlimited)}},
		"RISK-17": {{what: "alarm", build: deafTo(raised("RISK-17"))}, {what: "engine", build: func(Config) loop { return credulous{New()} }}},
		"RISK-18": {{what: "engine", build: misled(unlimited)}, {what: "flag", limit: func(l *risk.Limits) { l.NoSelfCross = false }}},
		"RISK-19": {{what: "words", build: func(Config) loop {
			return tampered{Engine: New(), command: func(b event.Body) bool {
				if r, ok := b.(*event.ReportParent); ok {
					r.Text = "no"
				}
				return true
			}}
		}}},
		"RISK-20": {{what: "summary", build: deafTo(raised("RISK-20"))}, {what: "engine", build: misled(unlimited)}},
		"MD-01":   {{what: "engine", build: misled(func(c *Config) { c.Venues[0].QuoteMs = 0 })}, {what: "quote_ttl", ttl: -1}},
		"MD-03":   {{what: "engine", build: mendedBooks}},
	}
	for n := range 20 {
		if rule := fmt.Sprintf("RISK-%02d", n+1); len(rows[rule]) == 0 {
			t.Errorf("%s is never broken", rule)
		}
	}
	for rule, breaks := range rows {
		for _, b := range breaks {
			if b.where != "" {
				continue
			}
			l, build, want := everyLimit(), b.build, rule
			if b.limit != nil {
				b.limit(&l)
			}
			if build == nil {
				build = newLoop
			}
			if b.other != "" {
				want = b.other
			}
			got := selfTest(l, displayed(1_000+1_000*b.ttl), b.gates, build)
			if !slices.ContainsFunc(got, func(f risk.Fault) bool { return f.Control == want }) {
				t.Errorf("%s is broken (%s), and the self-test finds %v", rule, b.what, got)
			}
		}
	}
	if got := SelfTest(everyLimit(), displayed(1_000), risk.Gates{}); got != nil {
		t.Errorf("nothing is broken, and the self-test finds %v", got)
	}
}

// credulous is an engine that takes what is no figure for one.
type credulous struct{ *Engine }

func (e credulous) speechless(float64) {}

// TestSelfTestOfTheLargest: what the self-test tries ends soon at the largest limits that it tries, and names those beyond.
func TestSelfTestOfTheLargest(t *testing.T) {
	l := everyLimit()
	l.MaxRepeats, l.MaxReplaces, l.MaxVenueRate = tryMost, tryMost, market.MaxVenues-1
	if got := SelfTest(l, displayed(1_000), risk.Gates{}); got != nil {
		t.Errorf("%v", got)
	}
	l.MaxRepeats, l.MaxReplaces, l.MaxVenueRate = 1, 1, 1
	if got := SelfTest(l, displayed(1), risk.Gates{}); got != nil {
		t.Errorf("the least: %v", got)
	}
}
