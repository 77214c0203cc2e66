package market

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
)

// Price is a price per share in micro-dollars (1e-6 USD).
type Price int64

// Qty is a number of shares.
type Qty int64

// Money is an amount in micro-dollars; a fee is positive when we pay it, a rebate negative.
type Money int64

// Dollar is one dollar, as a Price and as Money.
const Dollar = 1_000_000

// ParsePrice reads a decimal price such as "10.005". It accepts at most six decimals and refuses
// signs other than a leading minus, exponents and empty text.
func ParsePrice(s string) (Price, error) {
	v, err := parseMicro(s)
	return Price(v), err
}

// ParseMoney reads a decimal amount of dollars with at most six decimals, such as "-0.0018".
func ParseMoney(s string) (Money, error) {
	v, err := parseMicro(s)
	return Money(v), err
}

func parseMicro(s string) (int64, error) {
	digits, neg := s, false
	if len(digits) > 0 && digits[0] == '-' {
		digits, neg = digits[1:], true
	}
	var whole, frac uint64
	places, seenDot, seenDigit := 0, false, false
	for i := 0; i < len(digits); i++ {
		c := digits[i]
		switch {
		case c == '.' && !seenDot:
			seenDot = true
		case c < '0' || c > '9':
			return 0, fmt.Errorf("%q is not a decimal number", s)
		case !seenDot:
			seenDigit = true
			if whole = whole*10 + uint64(c-'0'); whole > math.MaxInt64/Dollar {
				return 0, tooLarge(s)
			}
		case places < 6:
			seenDigit = true
			frac, places = frac*10+uint64(c-'0'), places+1
		case c != '0':
			return 0, fmt.Errorf("%q has more than six decimals", s)
		}
	}
	if !seenDigit {
		return 0, fmt.Errorf("%q is not a decimal number", s)
	}
	for ; places < 6; places++ {
		frac *= 10
	}
	v := whole*Dollar + frac
	if v > math.MaxInt64 {
		return 0, tooLarge(s)
	}
	if neg {
		return -int64(v), nil
	}
	return int64(v), nil
}

func tooLarge(s string) error {
	return fmt.Errorf("%q is too large: at most %v", s, Price(math.MaxInt64))
}

// String gives the price in dollars, with at least two and at most six decimals.
func (p Price) String() string { return string(p.AppendText(nil)) }

// AppendText appends the text of String to b.
func (p Price) AppendText(b []byte) []byte { return appendMicro(b, int64(p)) }

// Dollars gives the price as a float, for estimates and displays only.
func (p Price) Dollars() float64 { return float64(p) / Dollar }

// String gives the amount in dollars, with at least two and at most six decimals.
func (m Money) String() string { return string(appendMicro(nil, int64(m))) }

// Dollars gives the amount as a float, for estimates and displays only.
func (m Money) Dollars() float64 { return float64(m) / Dollar }

func appendMicro(b []byte, v int64) []byte {
	u := uint64(v)
	if v < 0 {
		b, u = append(b, '-'), -u
	}
	b = strconv.AppendUint(b, u/Dollar, 10)
	b = append(b, '.')
	frac, keep := u%Dollar, 6
	for keep > 2 && frac%10 == 0 {
		frac, keep = frac/10, keep-1
	}
	start := len(b)
	for range keep {
		b = append(b, '0')
	}
	for i := len(b) - 1; i >= start; i-- {
		b[i], frac = byte('0'+frac%10), frac/10
	}
	return b
}

// Notional is an exact sum of price × quantity in micro-dollars, in 128 bits, so that no order can
// overflow it. The zero value is zero. It is never negative: what is subtracted was added before.
type Notional struct{ hi, lo uint64 }

// NotionalOf gives price × qty. Both must not be negative.
func NotionalOf(p Price, q Qty) Notional {
	if p < 0 || q < 0 {
		panic("market: NotionalOf of a negative price or quantity")
	}
	hi, lo := bits.Mul64(uint64(p), uint64(q))
	return Notional{hi, lo}
}

// Add gives n + m.
func (n Notional) Add(m Notional) Notional {
	lo, carry := bits.Add64(n.lo, m.lo, 0)
	hi, _ := bits.Add64(n.hi, m.hi, carry)
	return Notional{hi, lo}
}

// Sub gives n − m and panics if that is negative: an execution is taken away only after it was added.
func (n Notional) Sub(m Notional) Notional {
	lo, borrow := bits.Sub64(n.lo, m.lo, 0)
	hi, borrow := bits.Sub64(n.hi, m.hi, borrow)
	if borrow != 0 {
		panic("market: negative notional")
	}
	return Notional{hi, lo}
}

// Less reports whether n is smaller than m.
func (n Notional) Less(m Notional) bool { return n.hi < m.hi || n.hi == m.hi && n.lo < m.lo }

// IsZero reports whether n is zero.
func (n Notional) IsZero() bool { return n.hi == 0 && n.lo == 0 }

// Avg gives n/q rounded half up to a micro-dollar, 0 for q ≤ 0 (ER-02).
func (n Notional) Avg(q Qty) Price {
	if q <= 0 {
		return 0
	}
	d := uint64(q)
	if n.hi >= d {
		panic("market: average price overflows")
	}
	quo, rem := bits.Div64(n.hi, n.lo, d)
	if rem >= d-rem {
		quo++
	}
	return Price(quo)
}

// Money gives n as an amount; ok is false if it does not fit.
func (n Notional) Money() (m Money, ok bool) {
	if n.hi != 0 || n.lo > math.MaxInt64 {
		return 0, false
	}
	return Money(n.lo), true
}

// Dollars is n for people, in whole dollars, however large.
func (n Notional) Dollars() string {
	if m, ok := n.Money(); ok {
		return "$" + strconv.FormatInt(int64(m)/Dollar, 10)
	}
	return "more than nine trillion dollars"
}

// Parts gives the two halves of n, for encoding; NotionalFromParts is its inverse.
func (n Notional) Parts() (hi, lo uint64) { return n.hi, n.lo }

// NotionalFromParts rebuilds a Notional from Parts.
func NotionalFromParts(hi, lo uint64) Notional { return Notional{hi, lo} }

// Mid gives the midpoint of bid and ask in micro-dollars, rounded down (a half micro cannot occur for
// prices on any tick of at least two micro-dollars). It is 0 if either side is missing.
func Mid(bid, ask Price) Price {
	if bid <= 0 || ask <= 0 {
		return 0
	}
	return bid + (ask-bid)>>1 // a shift rounds down when the sides are crossed, too
}

// Bps gives 1e4·(p − ref)/ref as a float; 0 if ref is not positive.
func Bps(p, ref Price) float64 {
	if ref <= 0 {
		return 0
	}
	return float64(p-ref) / float64(ref) * 1e4
}
