package market

import "testing"

func bandRule() *BandRule {
	return &BandRule{Tier1: []Symbol{"ONE"}, Exempt: []Symbol{"WARR"}, Tier1Bps: 500, Tier2Bps: 1_000, LowBps: 2_000, PennyBps: 7_500, Penny: 150_000, DoubleFor: 25 * Minute}
}

// TestBands are the plan's figures: tier, prior close, and twice as wide before the close but for tier 2 above 3 dollars.
func TestBands(t *testing.T) {
	const d = Dollar
	for _, tc := range []struct {
		name       string
		symbol     Symbol
		close, ref Price
		until      int64
		low, high  Price
	}{
		{"tier 1", "ONE", 100 * d, 100 * d, Hour, 95 * d, 105 * d},
		{"tier 1, rounded to the cent", "ONE", 100 * d, 33_333_333, Hour, 31_670_000, 35_000_000},
		{"tier 1, before the close", "ONE", 100 * d, 100 * d, 25 * Minute, 90 * d, 110 * d},
		{"a nanosecond earlier", "ONE", 100 * d, 100 * d, 25*Minute + 1, 95 * d, 105 * d},
		{"tier 2", "TWO", 100 * d, 100 * d, Hour, 90 * d, 110 * d},
		{"tier 2, before the close", "TWO", 100 * d, 100 * d, 0, 90 * d, 110 * d},
		{"tier 2 of 3 dollars", "TWO", 3 * d, 3 * d, Hour, 2_400_000, 3_600_000},
		{"tier 2 of 3 dollars, before the close", "TWO", 3 * d, 3 * d, 0, 1_800_000, 4_200_000},
		{"tier 1 of 75 cents", "ONE", 750_000, 750_000, Hour, 600_000, 900_000},
		{"below: 15 cents", "TWO", 740_000, 740_000, Hour, 590_000, 890_000},
		{"below: 75 percent", "TWO", 100_000, 100_000, Hour, 30_000, 180_000},
		{"below, before the close: never below a cent", "TWO", 100_000, 100_000, 0, 10_000, 250_000},
		{"no prior close: by the reference", "TWO", 0, 100 * d, Hour, 90 * d, 110 * d},
		{"exempt", "WARR", 100 * d, 100 * d, Hour, 0, 0},
		{"no reference", "ONE", 100 * d, 0, Hour, 0, 0},
	} {
		if low, high := bandRule().Around(tc.symbol, tc.close, tc.ref, tc.until); low != tc.low || high != tc.high {
			t.Errorf("%s: %v to %v, want %v to %v", tc.name, low, high, tc.low, tc.high)
		}
	}
}

// TestBandReference: the first trade of a day, then the mean of five minutes, once it is a percent away and half a minute
// has passed.
func TestBandReference(t *testing.T) {
	const noon = Time(12 * Hour)
	var r BandReference
	at := func(s int64) Time { return noon.Add(s * Second) }
	want := func(what string, d Date, s int64, px Price) {
		t.Helper()
		if got := r.Of(d, at(s)); got != px {
			t.Errorf("%s: %v, want %v", what, got, px)
		}
	}
	want("before a trade", 1, 0, 0)
	r.Traded(1, at(0), 100*Dollar, 1)
	r.Traded(1, at(1), 103*Dollar, 1)
	want("the first trade", 1, 1, 100*Dollar)
	want("half a minute less", 1, 29, 100*Dollar)
	want("half a minute", 1, 30, 101_500_000)
	r.Traded(1, at(61), 101*Dollar, 1)
	want("less than a percent", 1, 70, 101_500_000)
	r.Traded(1, at(62), 120*Dollar, 7)
	want("weighed by trades", 1, 62, 114_400_000)
	r.Traded(1, at(299), 120*Dollar, 1)
	want("the oldest are gone", 1, 309, 117_888_889)
	want("another day", 2, 309, 0)
	r.Traded(2, at(400), 50*Dollar, 1)
	want("its first trade", 2, 400, 50*Dollar)
	r.Traded(2, at(401), -1, 1)
	r.Traded(2, at(401), Dollar, 0)
	want("what is no trade", 2, 440, 50*Dollar)
}
