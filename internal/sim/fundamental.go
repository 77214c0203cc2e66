package sim

import (
	"math"

	"github.com/sluice-sor/sluice/internal/market"
)

// outlook is a symbol's fundamental mid, known also some way ahead. Prices are micro-dollars as float64: it is an estimate.
type outlook interface {
	at(t market.Time) float64
}

// moveStep is the grid of the fundamental process.
const moveStep = 20 * market.Millisecond

// fundamental is a seeded random walk of the log price on a grid of moveStep, in which volatility follows the day's U shape
// and comes in regimes, and which jumps now and then. It is exogenous: nothing that anybody trades changes it.
type fundamental struct {
	rnd    stream
	start  market.Time
	day    int64   // length of the session in ns, for the U shape; 0 means flat
	sigma  float64 // of one step, relative
	jump   float64 // chance of a jump in one step
	jumpBy float64 // standard deviation of a jump, relative
	regime float64 // multiplies sigma; a slow mean-reverting log process
	values []float64
	first  int64 // step of values[0]
}

// newFundamental makes the process of one symbol: dayVolBps is the standard deviation of a 6.5 hour day.
func newFundamental(seed uint64, symbol int, f *Flow, start market.Time, inst *market.Instrument) *fundamental {
	u := &fundamental{rnd: newStream(seed, "fundamental", symbol, 0), start: start, values: []float64{float64(inst.PriorClose)}}
	u.tune(f, inst)
	return u
}

// tune takes over what the flow says of moves that are not drawn yet.
func (f *fundamental) tune(flow *Flow, inst *market.Instrument) {
	steps := float64(6.5 * 3600 * float64(market.Second) / float64(moveStep))
	f.day = flow.Session
	f.sigma = inst.DayVolBps / 1e4 / math.Sqrt(steps) * flow.volatility()
	f.jump, f.jumpBy = flow.JumpsPerHour/3600*float64(moveStep)/float64(market.Second), inst.DayVolBps/1e4/12
}

func (f *fundamental) at(t market.Time) float64 {
	step := max(t.Sub(f.start), 0) / moveStep
	for f.first+int64(len(f.values)) <= step {
		f.extend()
	}
	return f.values[max(step-f.first, 0)]
}

// extend draws the next value; old ones are forgotten, since nobody asks for the past.
func (f *fundamental) extend() {
	n := len(f.values)
	step := f.first + int64(n)
	f.regime = float64(f.regime*0.9995) + float64(f.rnd.norm()*0.015)
	scale := 1 + f.regime/2
	if scale < 0.3 {
		scale = 0.3
	}
	z := f.rnd.norm() * f.sigma * scale * ushape(step*moveStep, f.day)
	if f.rnd.chance(f.jump) {
		z += f.rnd.norm() * f.jumpBy
	}
	f.values = append(f.values, f.values[n-1]*(1+z))
	if n > 8192 {
		keep := copy(f.values, f.values[4096:])
		f.values, f.first = f.values[:keep], f.first+4096
	}
}

// ushape gives the intraday curve of volatility and volume: 1.6 at the ends of a day, 0.7 in its middle, mean 1; 1 where
// day is 0. A market that runs longer has one day after the other, without nights.
func ushape(since, day int64) float64 {
	if day <= 0 {
		return 1
	}
	x := 2*float64(since%day)/float64(day) - 1
	return 0.7 + 0.9*x*x
}

// rhythm gives the present activity of natural flow against the day's mean.
func (m *Market) rhythm() float64 { return ushape(m.now.Sub(m.cfg.Start), m.flow.Session) }

// pressure is the signed flow of trades in a symbol as everybody sees it, with exponential forgetting: what makers lean on.
type pressure struct {
	value float64 // shares
	last  market.Time
	half  float64 // time constant in ns
}

func (p *pressure) add(now market.Time, taker market.Side, q market.Qty) {
	p.decay(now)
	p.value += float64(taker.Sign()) * float64(q)
}

// decay uses 1/(1+x) per interval in place of exp(−x): the same to first order, and the same bits everywhere.
func (p *pressure) decay(now market.Time) {
	if d := now.Sub(p.last); d > 0 {
		p.value /= 1 + float64(d)/p.half
		p.last = now
	}
}
