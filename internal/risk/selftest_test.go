package risk

import (
	"math"
	"slices"
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
	for control, change := range map[string]func(*Limits){
		"RISK-02": func(l *Limits) { l.MaxParentQty = 0 }, "RISK-03": func(l *Limits) { l.MaxFirmMoney = 0 }, "RISK-04": func(l *Limits) { l.CollarBps = 0 },
		"RISK-05": func(l *Limits) { l.MaxBasketMoney = 0 }, "RISK-06": func(l *Limits) { l.DuplicateWindow = 0 }, "RISK-07": func(l *Limits) { l.MaxRepeats = 0 },
		"RISK-08": func(l *Limits) { l.FirmRate = 0 }, "RISK-11": func(l *Limits) { l.MaxVenueRate = 0 }, "RISK-18": func(l *Limits) { l.NoSelfCross = false },
		"RISK-16": func(l *Limits) { l.CollarBps = math.NaN() },
	} {
		l := strict()
		change(&l)
		others := func(f Fault) bool { return f.Control != control }
		if got := SelfTest(l, Gates{}); len(got) == 0 || slices.ContainsFunc(got, others) {
			t.Errorf("%s is off, and the self-test finds %v", control, got)
		}
		l.MayBeOff = []string{control}
		if got := SelfTest(l, Gates{}); len(got) != 0 && control != "RISK-16" {
			t.Errorf("%s may be off, and the self-test finds %v", control, got)
		}
	}
	if got := SelfTest(Limits{}, Gates{}); len(got) < 10 {
		t.Errorf("without any limit the self-test finds only %v", got)
	}
}
