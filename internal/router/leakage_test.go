package router

import (
	"math"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// firstDark gives the first decision of a block that weighs dark pools, where pool B leaks by so much a lot.
func firstDark(t *testing.T, leak float64) *event.RecordDecision {
	t.Helper()
	cfg := testConfig()
	cfg.Venues[venueDarkB].Leakage = leak
	w := newWorld(t, cfg)
	w.parent("A", order.Terms{Side: market.Buy, Qty: 60_000, Strategy: order.Block})
	w.run(market.Second)
	for i := range w.decided {
		if w.decided[i].Stage == event.StageDark {
			return &w.decided[i]
		}
	}
	t.Fatal("no dark wave")
	return nil
}

// sentTo is what a plan sends to a venue.
func sentTo(p *event.PlanView, v market.VenueID) (q market.Qty) {
	for _, s := range p.Shares {
		if s.Venue == v {
			q += s.Qty
		}
	}
	return q
}

func planNamed(d *event.RecordDecision, name string) *event.PlanView {
	for i := range d.Plans {
		if d.Plans[i].Name == name {
			return &d.Plans[i]
		}
	}
	return nil
}

// TestLeakageCostsWhatIsSent: a plan's cost rises by λ for every lot that it sends to the venue, whether it fills or not, and
// is the sum of its parts (learning text 1.1); without λ nothing changes.
func TestLeakageCostsWhatIsSent(t *testing.T) {
	const leak = .25
	without, with := firstDark(t, 0), firstDark(t, leak)
	static, dearer := planNamed(without, "static"), planNamed(with, "static")
	if static == nil || dearer == nil {
		t.Fatalf("no static plan among %+v", with.Plans)
	}
	q := sentTo(dearer, venueDarkB)
	if q == 0 || q != sentTo(static, venueDarkB) {
		t.Fatalf("the static plan sends %d to B, without leakage %d", q, sentTo(static, venueDarkB))
	}
	want := leak * float64(q) / float64(with.Want)
	if got := dearer.CostBps - static.CostBps; math.Abs(got-want) > 1e-9 || math.Abs(dearer.Parts.Leakage-want) > 1e-9 {
		t.Errorf("cost rises by %v bps, its leakage is %v, want %v", got, dearer.Parts.Leakage, want)
	}
	if static.Parts.Leakage != 0 || math.Abs(dearer.Parts.Sum()-dearer.CostBps) > 1e-9 {
		t.Errorf("parts %+v of %v bps", dearer.Parts, dearer.CostBps)
	}
}

// TestLeakageShiftsTheSplit: the learner's split sends nothing to a venue whose lots leak more than they save, the static
// plan does not look at it.
func TestLeakageShiftsTheSplit(t *testing.T) {
	fair, leaky := firstDark(t, 0), firstDark(t, 50)
	if g := planNamed(fair, "greedy"); g != nil && sentTo(g, venueDarkB) == 0 {
		t.Fatalf("the greedy split leaves B out even without leakage: %+v", g)
	}
	for i := range leaky.Plans {
		p := &leaky.Plans[i]
		if p.Name != "static" && p.Name != "only "+"DB" && sentTo(p, venueDarkB) > 0 {
			t.Errorf("plan %q sends %d to a venue that leaks 50 bps a lot", p.Name, sentTo(p, venueDarkB))
		}
	}
	if s := planNamed(leaky, "static"); sentTo(s, venueDarkB) != sentTo(planNamed(fair, "static"), venueDarkB) {
		t.Error("the static plan looked at leakage")
	}
}
