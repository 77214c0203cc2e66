package calibrate

// The recorded days that several bands come from: AIG and IBM, 7 to 9 October 2013, every trade and the national best quote
// in regular hours (QuantConnect/Lean sample data, by AlgoSeek), six days of two large stocks, one with a spread of one tick
// and one with several. A band that is taken from them is somewhat wider than the six days' range: two stocks are not the
// market. The LOBSTER sample day of AMZN (21 June 2012, at $220, a spread of 13 ticks, Nasdaq alone) gives no band: its
// spread and depth in ticks and shares are those of a stock unlike the simulated ones.
const ticks2013 = "AIG and IBM, 7-9 Oct 2013"

// The facts, in the order of the report.
const (
	impactExponent = iota
	impactScale
	impactPath
	impactDecay
	quotedSpread
	depthBest
	tradeSize
	effectiveSpread
	realizedSpread
	invertedKeep
	invertedShare
	atBest
	signFirst
	signFar
	signDecay
	returnSecond
	returnTen
	returnMinute
	clustering
	darkHundred
	darkMean
	darkBlock
	probeFilled
	probeInformed
	dayVolume
	dayMoves
)

// published has the bands. Spreads and what makers keep are parts of the quoted spread, which makes a penny stock and a wide
// one comparable.
var published = [...]struct {
	key, name string
	Band
}{
	// I/σ = c·(Q/V)^δ. A linear path has 0.5 at its half, the square root 0.71.
	impactExponent: {"impact-exponent", "impact of metaorders: exponent of Q/V",
		Band{.4, .6, "Sato and Kanazawa, PRL 135, 257401: 0.489 (SEM 0.0015) over Tokyo stocks; Toth et al., PRX 1, 021006 (2011): 0.4 to 0.6"}},
	impactScale: {"impact-scale", "impact over daily volatility at Q/V = 0.55 %, over its root",
		Band{.2, 2, "Toth et al. (2011), Bucci et al., PRL 122, 108302 (2019): a number of order 1"}},
	impactPath: {"impact-path", "impact at half the metaorder over that at its end",
		Band{.55, .9, "Moro et al., PRE 80, 066102 (2009): concave path, about (t/T)^0.6 to 0.7"}},
	impactDecay: {"impact-decay", "impact one length after the end over that at the end",
		Band{.2, .9, "Moro et al. (2009): 0.5 to 0.7 of the peak; Bucci et al., Quant. Finance 18 (2018): about 2/3 at the day's end, then less"}},

	quotedSpread:    {"spread-bps", "quoted spread, mean over symbols, bps", Band{1, 6, ticks2013 + ": 2.1 to 3.3"}},
	depthBest:       {"depth", "displayed at the best price by its holder, in mean trades", Band{1, 12, ticks2013 + ": 2.0 to 8.3"}},
	tradeSize:       {"trade", "mean trade at displayed venues, shares", Band{100, 300, ticks2013 + ": 145 to 182 by day, 107 to 303 by venue"}},
	effectiveSpread: {"effective", "effective spread at maker-taker venues, of the quoted", Band{.6, 1.2, ticks2013 + ": 0.67 to 1.0 at N, Q, P, Z"}},
	realizedSpread:  {"realized", "realized spread, 1 s, maker-taker venues, of the quoted", Band{-.6, .2, ticks2013 + ": -0.55 to 0.08 at N, Q, P, Z"}},
	invertedKeep: {"inverted-keep", "makers at inverted venues keep more by, of the quoted",
		Band{.15, .9, ticks2013 + ": 0.50 and 0.35 (J, B, Y over N, Q, P, Z, by shares)"}},
	invertedShare: {"inverted-share", "inverted venues' share of displayed volume, %", Band{2, 15, ticks2013 + ": 7.5 and 8.4 of what exchanges traded"}},
	// The tape's flags go to one venue at a time, so that only the order can be compared.
	atBest: {"at-best", "time at the best bid: largest exchange over inverted venues", Band{1, 100, ticks2013 + ": the listing exchange holds the best quote most"}},

	signFirst: {"sign-1", "order signs: autocorrelation at lag 1", Band{.1, .7, "Lillo and Farmer (2004), Bouchaud et al. (2004): 0.2 to 0.6"}},
	signFar:   {"sign-50", "order signs: autocorrelation at lags 50 to 62", Band{.01, .3, "Lillo and Farmer (2004): still clearly positive"}},
	signDecay: {"sign-decay", "order signs: exponent of the decay, lags 1 to 100",
		Band{.3, .8, "Lillo, Mike and Farmer, PRE 71, 066122 (2005): 0.5 for a size tail of 3/2; Bouchaud et al., Quant. Finance 4 (2004): 0.2 to 0.7"}},
	// Over one second something is left of the bounce between ticks.
	returnSecond: {"return-1s", "returns over 1 s: autocorrelation at lag 1", Band{-.15, .15, ticks2013 + ": -0.05 to 0.06"}},
	returnTen:    {"return-10s", "returns over 10 s: autocorrelation at lag 1", Band{-.1, .1, ticks2013 + ": -0.09 to 0.04"}},
	returnMinute: {"return-60s", "returns over 1 min: autocorrelation at lag 1", Band{-.1, .1, ticks2013 + ": -0.05 to 0.05"}},
	clustering: {"clustering", "size of returns over 10 s: autocorrelation, 1 to 10 min",
		Band{.02, .25, ticks2013 + ": 0.04 to 0.10, the day's shape included"}},

	darkHundred: {"dark-100", "dark fills of 100 shares, %", Band{60, 70, "SEC DERA (2013): 67.2 at the median ATS; IEX, Dec 2013: 64.9"}},
	darkMean: {"dark-mean", "mean dark trade, ordinary pools, shares",
		Band{60, 400, "FINRA ATS data: 62 to 86 (Dec 2025), 158 (LeveL, 2021), 229 (CBX, 2017); SEC DERA: 232"}},
	darkBlock:   {"dark-block", "mean dark trade, block pools, shares", Band{10_000, 400_000, "FINRA ATS, June 2017: 12,482 to 40,853 and more"}},
	probeFilled: {"probe", "probes filled, %", Band{1, 20, "Nasdaq (2020): 15 to 20 for M-ELO, less for a midpoint probe"}},
	probeInformed: {"probe-informed", "midpoint markout, 1 s: most informed pool less others, bps",
		Band{-5, 0, "Pragma note 26 and MarketAxess, venue curation: worst where the informed are"}},

	dayVolume: {"day-volume", "volume: first and last half hour over mid-day", Band{1.5, 4, ticks2013 + ": 1.8 to 3.5"}},
	dayMoves:  {"day-moves", "volatility: first and last half hour over mid-day", Band{1.2, 2.6, ticks2013 + ": 1.4 to 2.1"}},
}
