package calibrate

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/sim"
)

// hour is a tape of one symbol and one lit and one inverted venue with a quote of 10.00 at 10.02 all the time.
func hour() *tape {
	t := &tape{secs: unitSecs, venues: make([]sim.VenueSpec, 2), syms: make([]symbolTape, 1)}
	t.venues[0].Type, t.venues[1].Type = market.Lit, market.Inverted
	s := &t.syms[0]
	s.atBest = make([]int, 2)
	for range unitSecs * perSec {
		s.bid, s.ask = append(s.bid, 10_000_000), append(s.ask, 10_020_000)
	}
	return t
}

func (t *tape) trade(at int64, v market.VenueID, side market.Side, px market.Price, q market.Qty) {
	t.syms[0].trades = append(t.syms[0].trades, sim.Trade{Venue: v, At: market.Time(at), Taker: side, Price: px, Qty: q})
}

// A buyer pays 10.02 at the lit venue and the midpoint is a cent higher after a second: its makers keep nothing. At the
// inverted venue nothing moves and they keep the spread of two cents.
func TestSpreads(t *testing.T) {
	x := hour()
	for i := range x.syms[0].bid {
		if i >= 10*perSec && i < 20*perSec {
			x.syms[0].bid[i], x.syms[0].ask[i] = 10_010_000, 10_030_000
		}
	}
	x.trade(int64(9.5*float64(market.Second)), 0, market.Buy, 10_020_000, 300)
	x.trade(30*market.Second, 1, market.Buy, 10_020_000, 100)
	s := x.spreads()
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"effective, lit", ratioWithout(s.paid[makerTaker], -1), .02},
		{"realized, lit", ratioWithout(s.kept[makerTaker], -1), 0},
		{"realized, inverted", ratioWithout(s.kept[inverted], -1), .02},
		{"inverted share", ratioWithout(s.share, -1), .25},
		{"quoted", ratioWithout(s.quotedUSD, -1), .02},
	} {
		if math.Abs(c.got-c.want) > 1e-9 {
			t.Errorf("%s: got %g, want %g", c.name, c.got, c.want)
		}
	}
}

// Signs that stay with chance p have the autocorrelation (2p−1)^lag: at p = 0.9 it is 0.8 at lag 1.
func TestSigns(t *testing.T) {
	x, rnd := hour(), rand.New(rand.NewPCG(1, 2))
	side := market.Buy
	for i := range 20_000 {
		if rnd.Float64() > .9 {
			side = market.Buy + market.Sell - side
		}
		x.trade(int64(i)*100*market.Millisecond, 0, side, 10_020_000, 100)
		x.trade(int64(i)*100*market.Millisecond, 1, side, 10_020_000, 100) // the same order
	}
	r := &Report{}
	r.signs(x)
	if f, _ := r.Fact("sign-1"); math.Abs(f.Measured-.8) > .02 {
		t.Errorf("got %.3f at lag 1, want 0.8", f.Measured)
	}
	if f, _ := r.Fact("sign-decay"); f.Verdict != Fail {
		t.Errorf("an exponential decay is %s with exponent %.2f, want a miss", f.Verdict, f.Measured)
	}
}

// A midpoint that walks has no memory; one that bounces between two prices has −1 (Roll 1984).
func TestReturns(t *testing.T) {
	x := hour()
	for i := range x.syms[0].bid {
		if i/perSec%2 == 1 {
			x.syms[0].bid[i] += 10_000
			x.syms[0].ask[i] += 10_000
		}
	}
	r := &Report{}
	r.returns(x)
	if f, _ := r.Fact("return-1s"); math.Abs(f.Measured+1) > .01 || f.Verdict != Fail {
		t.Errorf("bounce: got %.3f %s, want -1 and a miss", f.Measured, f.Verdict)
	}
	rnd, p := rand.New(rand.NewPCG(1, 3)), market.Price(10_000_000)
	for i := range x.syms[0].bid {
		p += market.Price(rnd.IntN(3)-1) * 10_000
		x.syms[0].bid[i], x.syms[0].ask[i] = p, p+10_000
	}
	r = &Report{}
	r.returns(x)
	if f, _ := r.Fact("return-1s"); f.Verdict != Pass {
		t.Errorf("walk: got %.3f %s, want about 0", f.Measured, f.Verdict)
	}
}

// A metaorder that moves the midpoint by 0.1·√(filled) and stays is read with exponent one half and no decay.
func TestPaths(t *testing.T) {
	inst := &market.Instrument{Symbol: "A", Lot: 100}
	plan := planned(inst, 10_000_000, 23_400)
	a, b := make([]float64, 23_400), make([]float64, 23_400)
	level := 0.0
	for i, o := range plan {
		end := 23_400
		if i+1 < len(plan) {
			end = plan[i+1].from
		}
		for s := o.from; s < end; s++ {
			done := math.Min(float64(s-o.from)/float64(o.secs), 1)
			move := level + float64(o.sign)*1e-2*math.Sqrt(done*metaSizes[o.size].part)
			a[s], b[s] = 100*(1+move), 100*(1-move)
		}
		level += float64(o.sign) * 1e-2 * math.Sqrt(metaSizes[o.size].part)
	}
	for i := range plan[0].from {
		a[i], b[i] = 100, 100
	}
	p, r := &paths{}, &Report{}
	p.read(plan, a, b, 1e-2)
	p.report(r)
	for key, want := range map[string]float64{"impact-exponent": .5, "impact-scale": 1, "impact-path": math.Sqrt(.5), "impact-decay": 1} {
		if f, _ := r.Fact(key); math.Abs(f.Measured-want) > .03 {
			t.Errorf("%s: got %.3f, want %.3f", key, f.Measured, want)
		}
	}
}

func TestPlanned(t *testing.T) {
	plan := planned(&market.Instrument{Lot: 100}, 10_000_000, 23_400)
	sums, last := map[int]int{}, 0
	for _, o := range plan {
		if o.from <= last || o.qty <= 0 {
			t.Fatalf("%+v begins before the one before is over, at %d", o, last)
		}
		last = o.from + o.secs
		sums[o.size]++
	}
	if last > 23_400 || sums[4] < 3 || sums[0] < 10 {
		t.Errorf("got %v by size until %d s, want at least 3 of the largest within the day", sums, last)
	}
}
