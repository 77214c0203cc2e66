package market

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func feeVenue() *Venue {
	first := FeeSchedule{From: 20130101, HasSubDollar: true}
	first.PerShare[Added], first.PerShare[Removed] = -2_000, 3_000 // 20 mils rebate, 30 mils fee
	first.SubDollar[Removed] = 3_000_000                           // 0.30 %
	first.SubDollar[Added] = -500_000
	second := FeeSchedule{From: 20140101}
	second.PerShare[Added], second.PerShare[Removed] = -2_050, 2_900
	return &Venue{Name: "TEST", Fees: []FeeSchedule{second, first}} // dates decide, not places
}

func TestFee(t *testing.T) {
	v := feeVenue()
	for _, tc := range []struct {
		name string
		on   Date
		l    Liquidity
		p    Price
		q    Qty
		want Money
		ok   bool
	}{
		{"take", 20130101, Removed, 10 * Dollar, 100, 300_000, true},
		{"rebate", 20131231, Added, 10 * Dollar, 100, -200_000, true},
		{"next schedule", 20140101, Added, 10 * Dollar, 100, -205_000, true},
		{"before the first", 20121231, Removed, 10 * Dollar, 100, 0, false},
		{"at one dollar", 20130101, Removed, Dollar, 100, 300_000, true},
		{"below one dollar", 20130101, Removed, 990_000, 100, 297_000, true},
		{"rebate below one dollar", 20130101, Added, 990_000, 100, -49_500, true},
		{"below one dollar without its own rate", 20140101, Removed, 990_000, 100, 290_000, true},
		{"half a micro rounds away from zero", 20130101, Removed, 500, 1, 2, true},
		{"and so does a rebate", 20130101, Added, 1_000, 1, -1, true},
		{"no shares", 20130101, Removed, 10 * Dollar, 0, 0, true},
		{"no indicator", 20130101, 0, 10 * Dollar, 100, 0, false},
		{"unknown indicator", 20130101, liquidityEnd, 10 * Dollar, 100, 0, false},
		{"absurd quantity", 20130101, Added, 10 * Dollar, math.MaxInt64, -math.MaxInt64, true},
	} {
		got, ok := v.Fee(tc.on, tc.l, tc.p, tc.q)
		if got != tc.want || ok != tc.ok {
			t.Errorf("%s: Fee = %v, %v, want %v, %v", tc.name, got, ok, tc.want, tc.ok)
		}
	}
	if got := v.FeeBps(20130101, Removed, 10*Dollar); math.Abs(got-3) > 1e-12 {
		t.Errorf("FeeBps = %v, want 3", got)
	}
	if got := v.FeeBps(20120101, Removed, 10*Dollar); got != 0 {
		t.Errorf("FeeBps before the first schedule = %v, want 0", got)
	}
}

// TestRateIsExact holds Rate.Of against math/big, up to the bound where it stays at the largest Money.
func TestRateIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Rate(rapid.Int64Range(-2*billion, 2*billion).Draw(t, "r"))
		p := Price(rapid.Int64Range(0, math.MaxInt64).Draw(t, "p"))
		q := Qty(rapid.Int64Range(0, math.MaxInt64).Draw(t, "q"))
		want := new(big.Int).Mul(big.NewInt(int64(p)), big.NewInt(int64(q)))
		want.Mul(want, new(big.Int).Abs(big.NewInt(int64(r))))
		want.Add(want, big.NewInt(billion/2)).Div(want, big.NewInt(billion))
		if !want.IsInt64() {
			want.SetInt64(math.MaxInt64)
		}
		if r < 0 {
			want.Neg(want)
		}
		if got := r.Of(p, q); int64(got) != want.Int64() {
			t.Fatalf("Rate(%d).Of(%d, %d) = %d, want %v", r, p, q, got, want)
		}
	})
}

func TestRegulatoryFee(t *testing.T) {
	schedules := []Regulatory{
		{From: 20250514, Section31: 0, TAF: 166, TAFCap: 8_300_000},
		{From: 20240522, Section31: 27_800, TAF: 166, TAFCap: 8_300_000},
		{From: 20260404, Section31: 20_600, TAF: 195},
	}
	for _, tc := range []struct {
		name string
		on   Date
		s    Side
		p    Price
		q    Qty
		want Money
	}{
		{"buys pay nothing", 20240601, Buy, 100 * Dollar, 1_000, 0},
		{"sell", 20240601, Sell, 100 * Dollar, 1_000, 2_780_000 + 166_000},
		{"short sale", 20240601, SellShort, 100 * Dollar, 1_000, 2_780_000 + 166_000},
		{"the cap is per execution", 20240601, Sell, Dollar, 100_000, 2_780_000 + 8_300_000},
		{"before the first", 20240521, Sell, 100 * Dollar, 1_000, 0},
		{"the last day", 20250513, Sell, 100 * Dollar, 1_000, 2_780_000 + 166_000},
		{"the first day of zero", 20250514, Sell, 100 * Dollar, 1_000, 166_000},
		{"no cap", 20260404, Sell, Dollar, 1_000_000, 20_600_000 + 195_000_000},
		{"absurd", 20260404, Sell, math.MaxInt64, math.MaxInt64, math.MaxInt64},
	} {
		if got := RegulatoryFee(schedules, tc.on, tc.s, tc.p, tc.q); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}
