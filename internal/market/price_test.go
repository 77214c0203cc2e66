package market

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParsePrice(t *testing.T) {
	for _, tc := range []struct {
		in   string
		want Price
		bad  string // part of the error; empty = none
	}{
		{in: "10.005", want: 10_005_000},
		{in: "0.000001", want: 1},
		{in: "-0.0018", want: -1_800},
		{in: "23.", want: 23_000_000},
		{in: ".5", want: 500_000},
		{in: "0", want: 0},
		{in: "-0", want: 0},
		{in: "1.0000000000", want: 1_000_000},
		{in: "000123.10", want: 123_100_000},
		{in: "9223372036854.775807", want: math.MaxInt64},
		{in: "-9223372036854.775807", want: -math.MaxInt64},
		{in: "9223372036854.775808", bad: "too large"},
		{in: "9223372036855", bad: "too large"},
		{in: "99999999999999999999999999", bad: "too large"},
		{in: "1.0000001", bad: "more than six decimals"},
		{in: "", bad: "not a decimal"},
		{in: "-", bad: "not a decimal"},
		{in: ".", bad: "not a decimal"},
		{in: "+1", bad: "not a decimal"},
		{in: "1e3", bad: "not a decimal"},
		{in: "1.2.3", bad: "not a decimal"},
		{in: "--1", bad: "not a decimal"},
		{in: "1,000", bad: "not a decimal"},
		{in: " 1", bad: "not a decimal"},
		{in: "NaN", bad: "not a decimal"},
		{in: "٣", bad: "not a decimal"},
	} {
		got, err := ParsePrice(tc.in)
		if tc.bad == "" && (err != nil || got != tc.want) {
			t.Errorf("ParsePrice(%q) = %d, %v, want %d", tc.in, got, err, tc.want)
		}
		if tc.bad != "" && (err == nil || !strings.Contains(err.Error(), tc.bad)) {
			t.Errorf("ParsePrice(%q) = %d, %v, want an error that says %q", tc.in, got, err, tc.bad)
		}
	}
}

func TestPriceString(t *testing.T) {
	for _, tc := range []struct {
		in   Price
		want string
	}{
		{0, "0.00"}, {1, "0.000001"}, {10_005_000, "10.005"}, {-1_800, "-0.0018"}, {1_000_000, "1.00"}, {1_100_000, "1.10"},
		{math.MaxInt64, "9223372036854.775807"}, {math.MinInt64, "-9223372036854.775808"},
	} {
		if got := tc.in.String(); got != tc.want {
			t.Errorf("Price(%d).String() = %q, want %q", int64(tc.in), got, tc.want)
		}
		if got := Money(tc.in).String(); got != tc.want {
			t.Errorf("Money(%d).String() = %q, want %q", int64(tc.in), got, tc.want)
		}
	}
}

func TestPriceRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Price(rapid.Int64Range(-math.MaxInt64, math.MaxInt64).Draw(t, "p"))
		if got, err := ParsePrice(p.String()); err != nil || got != p {
			t.Fatalf("ParsePrice(%q) = %d, %v, want %d", p.String(), got, err, p)
		}
		if got, err := ParseMoney(Money(p).String()); err != nil || got != Money(p) {
			t.Fatalf("ParseMoney(%q) = %d, %v, want %d", p.String(), got, err, p)
		}
	})
}

func FuzzParsePrice(f *testing.F) {
	for _, s := range []string{"10.005", "-0.0018", ".", "9223372036854.775807", "1e9", "00.0000000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePrice(s)
		if err != nil {
			return
		}
		want, ok := new(big.Rat).SetString(s)
		if !ok {
			t.Fatalf("ParsePrice(%q) = %d, but it is no number", s, p)
		}
		if got := big.NewRat(int64(p), Dollar); got.Cmp(want) != 0 {
			t.Fatalf("ParsePrice(%q) = %v, want %v", s, got, want)
		}
	})
}

func bigOf(n Notional) *big.Int {
	hi, lo := n.Parts()
	b := new(big.Int).SetUint64(hi)
	return b.Lsh(b, 64).Add(b, new(big.Int).SetUint64(lo))
}

// TestNotionalIsExact holds sums, differences, comparisons and averages against math/big (INV-02).
func TestNotionalIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var sum Notional
		var shares Qty
		want := new(big.Int)
		for range rapid.IntRange(1, 20).Draw(t, "executions") {
			p := Price(rapid.Int64Range(0, math.MaxInt64).Draw(t, "p"))
			q := Qty(rapid.Int64Range(0, math.MaxInt64/32).Draw(t, "q"))
			before, n := sum, NotionalOf(p, q)
			product := new(big.Int).Mul(big.NewInt(int64(p)), big.NewInt(int64(q)))
			if bigOf(n).Cmp(product) != 0 {
				t.Fatalf("NotionalOf(%d, %d) = %v, want %v", p, q, bigOf(n), product)
			}
			sum, shares = sum.Add(n), shares+q
			want.Add(want, product)
			if bigOf(sum).Cmp(want) != 0 {
				t.Fatalf("sum = %v, want %v", bigOf(sum), want)
			}
			if sum.Sub(n) != before {
				t.Fatalf("%v − %v = %v, want %v", bigOf(sum), bigOf(n), bigOf(sum.Sub(n)), bigOf(before))
			}
			if got, want := before.Less(sum), bigOf(before).Cmp(bigOf(sum)) < 0; got != want {
				t.Fatalf("Less = %v, want %v", got, want)
			}
		}
		m, ok := sum.Money()
		if ok != want.IsInt64() || ok && int64(m) != want.Int64() {
			t.Fatalf("Money() = %d, %v, want %v", m, ok, want)
		}
		if shares > 0 {
			half := new(big.Int).Lsh(want, 1) // floor((2n + q) / 2q) rounds half up
			half.Add(half, big.NewInt(int64(shares)))
			half.Div(half, new(big.Int).Lsh(big.NewInt(int64(shares)), 1))
			if got := sum.Avg(shares); int64(got) != half.Int64() {
				t.Fatalf("Avg(%d) of %v = %d, want %v", shares, want, got, half)
			}
		}
		if hi, lo := sum.Parts(); NotionalFromParts(hi, lo) != sum || sum.IsZero() != (want.Sign() == 0) {
			t.Fatal("Parts, NotionalFromParts or IsZero is wrong")
		}
	})
}

func TestNotionalPanics(t *testing.T) {
	for name, f := range map[string]func(){
		"negative price":      func() { NotionalOf(-1, 1) },
		"negative quantity":   func() { NotionalOf(1, -1) },
		"negative difference": func() { NotionalOf(1, 1).Sub(NotionalOf(1, 2)) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic: a bug would pass")
				}
			}()
			f()
		})
	}
	if got := NotionalOf(5, 5).Avg(0); got != 0 {
		t.Errorf("Avg(0) = %v, want 0", got)
	}
}

func TestMid(t *testing.T) {
	for _, tc := range []struct{ bid, ask, want Price }{
		{10, 12, 11}, {10, 13, 11}, {13, 10, 11}, {10, 10, 10}, {0, 10, 0}, {10, 0, 0}, {-1, 10, 0},
		{math.MaxInt64 - 2, math.MaxInt64, math.MaxInt64 - 1},
	} {
		if got := Mid(tc.bid, tc.ask); got != tc.want {
			t.Errorf("Mid(%d, %d) = %d, want %d", tc.bid, tc.ask, got, tc.want)
		}
	}
	if got := Bps(101, 100); got != 100 {
		t.Errorf("Bps(101, 100) = %v, want 100", got)
	}
	if got := Bps(101, 0); got != 0 {
		t.Errorf("Bps(101, 0) = %v, want 0", got)
	}
}
