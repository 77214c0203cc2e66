package market

// Symbol is an instrument's ticker, such as "AMZN".
type Symbol string

// Instrument is the reference data of one symbol. DayVolBps and ADV are estimates of the previous days.
type Instrument struct {
	Symbol     Symbol
	Tick       Price   // smallest displayed price step at this price level
	Lot        Qty     // round lot; children are multiples of it while the remainder allows
	ADV        Qty     // average daily volume, shares
	DayVolBps  float64 // standard deviation of a day's return, bps
	PriorClose Price
	SpreadBps  float64   // usual quoted spread, bps
	Curve      []float64 // usual share of the day's volume per equal time bucket, sums to 1; empty = flat
}

// LiquidityBuckets is the number of classes by which instruments share what is learned of their impact.
const LiquidityBuckets = 5

// unknownPrice stands for a prior close that is not known: the middle of US shares, micro-dollars.
const unknownPrice = 40_000_000

// LiquidityBucket gives the instrument's class by what is traded of it on a usual day: 0 below a million dollars, then by
// factors of ten, 4 from a billion on.
func (in *Instrument) LiquidityBucket() int {
	px := in.PriorClose
	if px <= 0 {
		px = unknownPrice
	}
	dollars := float64(in.ADV) * (float64(px) / 1e6)
	bucket := 0
	for limit := 1e6; dollars >= limit && bucket < LiquidityBuckets-1; limit *= 10 {
		bucket++
	}
	return bucket
}

// RoundDown gives the largest multiple of the tick that is not above p.
func (in *Instrument) RoundDown(p Price) Price { return p - p%in.tick() }

// RoundUp gives the smallest multiple of the tick that is not below p.
func (in *Instrument) RoundUp(p Price) Price {
	t := in.tick()
	return (p + t - 1) / t * t
}

// RoundInside rounds p to the tick, away from worse: down for a buy, up for a sell, so that a limit is never exceeded.
func (in *Instrument) RoundInside(s Side, p Price) Price {
	if s == Buy {
		return in.RoundDown(p)
	}
	return in.RoundUp(p)
}

func (in *Instrument) tick() Price {
	if in.Tick <= 0 {
		return 1
	}
	return in.Tick
}
