package market

import "testing"

func TestLiquidityBucket(t *testing.T) {
	for _, c := range []struct {
		adv  Qty
		px   Price
		want int
	}{
		{0, 50 * Dollar, 0}, {10_000, 50 * Dollar, 0}, {20_000, 50 * Dollar, 1}, {1_000_000, 50 * Dollar, 2},
		{10_000_000, 50 * Dollar, 3}, {20_000_000, 50 * Dollar, 4}, {1 << 40, 500 * Dollar, 4},
		{25_000, 0, 1}, {24_000, 0, 0}, // an unknown price counts as 40 dollars
	} {
		in := Instrument{ADV: c.adv, PriorClose: c.px}
		if got := in.LiquidityBucket(); got != c.want {
			t.Errorf("%d shares at %v: bucket %d, want %d", c.adv, c.px, got, c.want)
		}
	}
}
