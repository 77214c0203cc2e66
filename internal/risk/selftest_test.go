package risk

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// strict is limits with every control set.
func strict() Limits {
	l := DefaultLimits()
	l.DuplicateWindow, l.RequireLists = 2*market.Second, true
	l.Lists = []List{{Name: ListRestricted, Version: "1", Day: 20261128}, {Name: ListEasyToBorrow, Version: "1", Day: 20261128}}
	l.Classes = []ClassLimits{{Class: "thin", Symbols: []market.Symbol{"NEWS"}, MaxParentQty: 100, MaxChildMoney: 1_000 * market.Dollar}}
	l.Credits = []ClientLimits{{Client: "C", MaxClientMoney: 1_000 * market.Dollar}}
	l.MayBeOff = nil
	return l
}

// sloppy is a gate in which one control does not refuse.
type sloppy struct {
	*Gate
	control string
}

func (s sloppy) let(r Refusal) Refusal {
	if r.Rule == s.control {
		return Refusal{}
	}
	return r
}

func (s sloppy) Parent(client, id string, t *order.Terms, q market.Quote, now market.Time) Refusal {
	return s.let(s.Gate.Parent(client, id, t, q, now))
}

func (s sloppy) Child(p *order.Parent, live market.Qty, open int, c *order.Child, q market.Quote) Refusal {
	return s.let(s.Gate.Child(p, live, open, c, q))
}

func (s sloppy) Send(symbol market.Symbol, now market.Time) Refusal {
	return s.let(s.Gate.Send(symbol, now))
}

// sloppyLast is a last gate in which one control does not refuse.
type sloppyLast struct {
	*LastGate
	control string
}

func (s sloppyLast) Check(c *event.SendChild) Refusal {
	if r := s.LastGate.Check(c); r.Rule != s.control {
		return r
	}
	return Refusal{}
}

// TestSelfTest is TEST-12: what is whole passes, and each control broken in turn is named (RISK-14).
func TestSelfTest(t *testing.T) {
	for name, l := range map[string]Limits{"default": DefaultLimits(), "strict": strict()} {
		if got := SelfTest(l, Gates{}); got != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	first := []string{"RISK-02", "RISK-03", "RISK-04", "RISK-05", "RISK-06", "RISK-08", "RISK-10", "RISK-11", "KILL-07", "INV-01"}
	for _, control := range first {
		got := SelfTest(strict(), Gates{First: func(l Limits, in []market.Instrument) Judge { return sloppy{NewGate(l, in), control} }})
		if !named(got, control) {
			t.Errorf("%s is broken, and the self-test finds %v", control, got)
		}
	}
	for _, control := range []string{"RISK-01", "RISK-06", "KILL-01"} {
		got := SelfTest(strict(), Gates{Last: func(v []market.Venue) LastJudge { return sloppyLast{NewLastGate(v), control} }})
		if !named(got, control) || len(got) != 1 {
			t.Errorf("%s is broken at the send point, and the self-test finds %v", control, got)
		}
	}
}

// alone is a gate whose switch asks for nobody.
type alone struct{ *Gate }

func (alone) Switch(*event.ControlSwitched, market.Time) string { return "" }

// blind is a monitor that finds nothing.
type blind struct{}

func (blind) Observe(event.Body, market.Time) {}
func (blind) Breaches() []Breach              { return nil }

// TestSelfTestOfPersonsAndMonitor: a switch that one person throws, a monitor that finds nothing and a soft limit that lets
// pass are named too (RISK-12, RISK-13, RISK-15, RISK-20).
func TestSelfTestOfPersonsAndMonitor(t *testing.T) {
	if got := SelfTest(strict(), Gates{First: func(l Limits, in []market.Instrument) Judge { return alone{NewGate(l, in)} }}); !named(got, "RISK-12") || !named(got, "RISK-13") || len(got) != 2 {
		t.Errorf("a switch for one: %v", got)
	}
	if got := SelfTest(strict(), Gates{Watch: func() Watcher { return blind{} }}); !named(got, "RISK-15") || len(got) != 2 {
		t.Errorf("a blind monitor: %v", got)
	}
	l := strict()
	l.SoftParentMoney, l.SoftBasketMoney = 1_000*market.Dollar, 1_000_000*market.Dollar
	if got := SelfTest(l, Gates{}); got != nil {
		t.Errorf("soft limits: %v", got)
	}
	most := Limits{MaxClientMoney: math.MaxInt64, MaxFirmMoney: math.MaxInt64}
	if got := SelfTest(most, Gates{}); named(got, "RISK-15") {
		t.Errorf("the largest limits: %v", got)
	}
}

func named(faults []Fault, control string) bool {
	return slices.ContainsFunc(faults, func(f Fault) bool { return f.Control == control && f.String() != "" })
}

// TestSelfTestFindsWhatIsOff: a limit that nobody gave is a control that is off, and one setting alone puts none out of
// force unseen (INC-05).
func TestSelfTestFindsWhatIsOff(t *testing.T) {
	for name, change := range map[string]func(*Limits){
		"RISK-04 reference": func(l *Limits) { l.RequireReference = false }, "RISK-04 spread": func(l *Limits) { l.MaxSpreadBps = 0 },
		"RISK-04 wide": func(l *Limits) { l.MaxSpreadBps = 20_000 }, "RISK-12": func(l *Limits) { l.TwoPersons = false },
		"RISK-10": func(l *Limits) { l.RequireLists = false },
		"RISK-02": func(l *Limits) { l.MaxParentQty = 0 }, "RISK-03": func(l *Limits) { l.MaxFirmMoney = 0 }, "RISK-04": func(l *Limits) { l.CollarBps = 0 },
		"RISK-05": func(l *Limits) { l.MaxBasketMoney = 0 }, "RISK-06": func(l *Limits) { l.DuplicateWindow = 0 }, "RISK-07": func(l *Limits) { l.MaxRepeats = 0 },
		"RISK-08": func(l *Limits) { l.FirmRate = 0 }, "RISK-11": func(l *Limits) { l.MaxVenueRate = 0 }, "RISK-18": func(l *Limits) { l.NoSelfCross = false },
		"RISK-16": func(l *Limits) { l.CollarBps = math.NaN() },
	} {
		l := strict()
		change(&l)
		control, _, _ := strings.Cut(name, " ")
		others := func(f Fault) bool { return f.Control != control }
		if got := SelfTest(l, Gates{}); len(got) == 0 || slices.ContainsFunc(got, others) {
			t.Errorf("%s is off, and the self-test finds %v", name, got)
		}
		l.MayBeOff = []string{control}
		if got := SelfTest(l, Gates{}); len(got) != 0 && control != "RISK-16" && name != "RISK-04 wide" {
			t.Errorf("%s may be off, and the self-test finds %v", control, got)
		}
	}
	if got := SelfTest(Limits{}, Gates{}); len(got) < 10 {
		t.Errorf("without any limit the self-test finds only %v", got)
	}
}

// TestSelfTestAtEveryValue is RISK-14 of TEST-10: each limit at what strict has, one less and one more, is tried and holds; none,
// one that nobody can mean and the largest figure that no order can exceed keep the router from being ready, by the control's name.
func TestSelfTestAtEveryValue(t *testing.T) {
	whole := func(rule, atMost string, limit int64, set func(*Limits, int64)) {
		t.Helper()
		for i, want := range [...]string{"", "", "", rule, atMost, "RISK-16", "RISK-16"} {
			l := strict()
			set(&l, pick(i, limit))
			got := SelfTest(l, Gates{})
			if firstOf(got) != want || want == "" && got != nil {
				t.Errorf("%s at %s (%d): %v, want %q", rule, controlPoints[i], pick(i, limit), got, want)
			}
		}
	}
	whole("RISK-02", "RISK-16", 5_000_000, func(l *Limits, v int64) { l.MaxParentQty = market.Qty(v) })
	whole("RISK-02", "RISK-16", 200_000, func(l *Limits, v int64) { l.MaxChildQty = market.Qty(v) })
	whole("RISK-03", "", int64(500_000_000*market.Dollar), func(l *Limits, v int64) { l.MaxParentMoney = market.Money(v) })
	whole("RISK-03", "", int64(20_000_000*market.Dollar), func(l *Limits, v int64) { l.MaxChildMoney = market.Money(v) })
	whole("RISK-03", "", int64(5_000_000_000*market.Dollar), func(l *Limits, v int64) { l.MaxClientMoney = market.Money(v) })
	whole("RISK-03", "", int64(5_000_000_000*market.Dollar), func(l *Limits, v int64) { l.MaxClientNet = market.Money(v) })
	whole("RISK-03", "", int64(50_000_000_000*market.Dollar), func(l *Limits, v int64) { l.MaxFirmMoney = market.Money(v) })
	whole("RISK-03", "", int64(50_000_000_000*market.Dollar), func(l *Limits, v int64) { l.MaxFirmNet = market.Money(v) })
	whole("RISK-05", "", int64(2_000_000_000*market.Dollar), func(l *Limits, v int64) { l.MaxBasketMoney = market.Money(v) })
	whole("RISK-06", "", 2*market.Second, func(l *Limits, v int64) { l.DuplicateWindow = v })
	whole("RISK-07", "RISK-16", 20, func(l *Limits, v int64) { l.MaxRepeats = int(v) })
	whole("RISK-08", "RISK-16", 5_000, func(l *Limits, v int64) { l.ClientRate = int(v) })
	whole("RISK-08", "RISK-16", 5_000, func(l *Limits, v int64) { l.SymbolRate = int(v) })
	whole("RISK-08", "RISK-16", 5_000, func(l *Limits, v int64) { l.FirmRate = int(v) })
	whole("RISK-11", "RISK-16", 50, func(l *Limits, v int64) { l.MaxOpenChildren = int(v) })
	whole("RISK-11", "RISK-16", 25, func(l *Limits, v int64) { l.MaxVenueRate = int(v) })
	whole("RISK-11", "RISK-16", 100, func(l *Limits, v int64) { l.MaxReplaces = int(v) })
}

// TestSelfTestOfShares is RISK-14 of TEST-10 for the limits that are no whole numbers: what rounds to none, and what is no figure,
// is a limit that nobody can mean.
func TestSelfTestOfShares(t *testing.T) {
	for _, c := range []struct {
		rule  string
		limit float64
		least float64 // that is not none
		set   func(*Limits, float64)
	}{
		{"RISK-02", 25, 1. / perPercent, func(l *Limits, v float64) { l.MaxADVPct = v }},
		{"RISK-04", 500, 1. / perBp, func(l *Limits, v float64) { l.CollarBps = v }},
		{"RISK-04", 500, 1. / perBp, func(l *Limits, v float64) { l.MaxSpreadBps = v }},
	} {
		for _, x := range []struct {
			v    float64
			want string
		}{{c.limit - c.least, ""}, {c.limit, ""}, {c.limit + c.least, ""}, {c.least, ""}, {c.least / 4, "RISK-16"}, {0, c.rule},
			{math.MaxFloat64, "RISK-16"}, {-c.least, "RISK-16"}, {math.Inf(1), "RISK-16"}, {math.NaN(), "RISK-16"}} {
			l := strict()
			c.set(&l, x.v)
			if got := SelfTest(l, Gates{}); firstOf(got) != x.want {
				t.Errorf("%s at %v: %v, want %q", c.rule, x.v, got, x.want)
			}
		}
	}
}
