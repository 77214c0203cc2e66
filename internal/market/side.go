package market

// Side is the side of an order, numbered as FIX tag 54.
type Side uint8

// The sides an order can have.
const (
	Buy             Side = 1
	Sell            Side = 2
	SellShort       Side = 5
	SellShortExempt Side = 6
)

// Valid reports whether s is one of the four sides.
func (s Side) Valid() bool {
	return s == Buy || s == Sell || s == SellShort || s == SellShortExempt
}

// IsBuy reports whether the order takes stock in.
func (s Side) IsBuy() bool { return s == Buy }

// Sign is +1 for a buy and −1 for every kind of sell.
func (s Side) Sign() int64 {
	if s == Buy {
		return 1
	}
	return -1
}

// Opposite gives Sell for Buy and Buy for every kind of sell.
func (s Side) Opposite() Side {
	if s == Buy {
		return Sell
	}
	return Buy
}

func (s Side) String() string {
	switch s {
	case Buy:
		return "buy"
	case Sell:
		return "sell"
	case SellShort:
		return "sell short"
	case SellShortExempt:
		return "sell short exempt"
	}
	return "unknown side"
}

// Worse reports whether price p is worse for an order on side s than limit: higher for a buy, lower for a sell.
func (s Side) Worse(p, limit Price) bool {
	if s == Buy {
		return p > limit
	}
	return p < limit
}
