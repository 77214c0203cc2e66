// Package calibrate measures a simulated market against what is published of real ones: the square-root law of impact, what
// makers keep by type of venue, the long memory of order signs, the absence of memory in returns and its presence in their
// size, spreads and depth, fills in dark pools, and the shape of a day.
//
//	r, err := calibrate.Run(scenario, calibrate.Options{Seed: 7})
//	os.Stdout.Write(r.AppendText(nil))
//	missed := r.Missed()
//
// Nothing here changes a market: [Run] builds it from a scenario, as everybody does, and is one more of its clients where a
// fact needs one: it works metaorders, and probes dark venues.
//
// # Reading a report
//
// A [Fact] is what was measured with the half width of its 95 % confidence interval, the band within which it is published,
// and the source. A fact is missed where the estimate is outside the band; with Options.Short, where the whole interval is.
// Intervals are Student's over independent or nearly independent units, by the jackknife that leaves one unit out: an hour of
// one symbol, or one round of metaorders in one symbol. Facts of the same run share its chance, so that one seed is
// one draw: tune on some seeds and judge on others.
//
// # Tour
//
// fact.go is a fact and the report, published.go the bands with their sources, calibrate.go what is run. tape.go records a
// run; spread.go, signs.go, returns.go, dark.go and day.go read facts off it; ping.go probes dark venues; impact.go and
// metaorder.go work metaorders. jackknife.go has the statistics.
//
// The package is pure, as package sim is.
package calibrate
