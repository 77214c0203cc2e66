package sim

import (
	"math"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
)

func valueFlow() (*Flow, *market.Instrument) {
	return &Flow{ValueDepth: 1, ValueReach: .2, ValueLife: 1000, ValuePiece: 200}, &market.Instrument{Symbol: "A", Lot: 100, ADV: 1_000_000, DayVolBps: 150}
}

// The first state is the one that they tend to: ±most·(1 − e^(−|y|/reach)), which near the price is depth·ADV·y.
func TestReservationsStand(t *testing.T) {
	f, inst := valueFlow()
	r := newReservations(f, inst, 0)
	was := r.share
	for s := range 2000 {
		r.update(market.Time(s)*market.Time(market.Second), f)
	}
	for i := reservationBins / 2; i < reservationBins; i++ {
		y := r.at(i)
		want := r.most * (1 - math.Exp(-y/f.ValueReach))
		if d := math.Abs(r.share[i] - want); d > .05*r.most { // the ends reflect
			t.Fatalf("bin %d: got %.1f shares, want %.1f", i, r.share[i], want)
		}
		if d := math.Abs(r.share[i] - was[i]); d > .05*r.most { // the ends reflect
			t.Fatalf("bin %d: got %.1f shares after two lives, want the first state's %.1f", i, r.share[i], was[i])
		}
		if math.Abs(r.share[i]+r.share[reservationBins-1-i]) > 1e-9*r.most {
			t.Fatalf("bin %d: buyers and sellers differ: %g, %g", i, r.share[i], r.share[reservationBins-1-i])
		}
	}
	// Shares for sale within y of the fundamental: depth·ADV·y²/2.
	if q, _ := r.eager(false, .04); math.Abs(q-800) > 250 {
		t.Errorf("got %.0f shares for sale within 0.04, want about 800", q)
	}
}

// What traded is gone, the most eager first, and comes back.
func TestReservationsTrade(t *testing.T) {
	f, inst := valueFlow()
	r := newReservations(f, inst, 0)
	before, _ := r.eager(false, .1)
	r.traded(false, 1000)
	after, first := r.eager(false, .1)
	if math.Abs(before-after-1000) > 1e-6 || first < .03 {
		t.Errorf("got %.1f shares less, the first at %.3f; want 1000 less, the nearest gone", before-after, first)
	}
	if q, _ := r.eager(true, -.1); math.Abs(q-before) > 1e-6 {
		t.Errorf("got %.1f buyers, want %.1f as before: only sellers traded", q, before)
	}
	r.update(market.Time(3000*market.Second), f)
	if again, _ := r.eager(false, .1); again < .9*before {
		t.Errorf("got %.1f shares three lives later, want about %.1f", again, before)
	}
}

// Far above the fundamental value traders are sellers, and far below buyers: their flow stands against the move.
func TestValueTradersStandAgainstMoves(t *testing.T) {
	cfg, flow := Balanced(3, 0, 0)
	flow.ValueDepth, flow.ValueReach, flow.ValueLife, flow.ValuePiece = 1, .2, 1500, 200
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Populate(flow); err != nil {
		t.Fatal(err)
	}
	m.RunUntil(market.Time(30 * market.Second))
	for i := range m.queue.heap {
		a, ok := m.queue.heap[i].do.(*value)
		if !ok || a.sym != 0 {
			continue
		}
		unit := m.insts[0].DayVolBps / 1e4
		for _, y := range []float64{-.1, .1} {
			sells, _ := a.want.eager(false, y)
			buys, _ := a.want.eager(true, y)
			if y > 0 && sells < 10*buys+1000 || y < 0 && buys < 10*sells+1000 {
				t.Errorf("%.0f bps away: %.0f for sale, %.0f wanted", y*unit*1e4, sells, buys)
			}
		}
		return
	}
	t.Error("no value traders")
}

func TestValueIsChecked(t *testing.T) {
	cfg, flow := Balanced(3, 0, 0)
	flow.ValueDepth, flow.CarryBps = 1, -1
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Populate(flow); err == nil {
		t.Error("value traders without reach, life and piece, and a carry below 0, were accepted")
	}
}
