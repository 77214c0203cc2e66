package risk

import (
	"fmt"
	"math/bits"

	"github.com/sluice-sor/sluice/internal/market"
)

// FIX 103, OrdRejReason, as FIX 4.2 and 4.4 know it.
const (
	reasonBroker      = 0
	reasonSymbol      = 1
	reasonLimit       = 3
	reasonDuplicate   = 6
	reasonUnsupported = 11
	reasonQuantity    = 13
	reasonOther       = 99
)

// Refusal is why an order may not pass, typed (RISK-19). The zero value means that it passed.
type Refusal struct {
	Rule   string // stable code such as RISK-02: the label of the metric and the start of the client's text
	Reason uint16 // FIX 103
	Text   string // what was asked, what is allowed
	Soft   bool   // one explicit confirmation with a reason may let it pass
}

// Passed reports whether nothing was refused.
func (r Refusal) Passed() bool { return r.Rule == "" }

func (r Refusal) String() string {
	if r.Passed() {
		return "passed"
	}
	return r.Rule + ": " + r.Text
}

func refuse(rule string, reason uint16, format string, args ...any) Refusal {
	return Refusal{Rule: rule, Reason: reason, Text: fmt.Sprintf(format, args...)}
}

// over reports whether n is more than a limit; limit 0 means none.
func over(n market.Notional, limit market.Money) bool {
	m, fits := n.Money()
	return limit > 0 && (!fits || m > limit)
}

// dollars is n for a text.
func dollars(n market.Notional) string {
	if m, fits := n.Money(); fits {
		return "$" + m.String()
	}
	return "more than nine trillion dollars"
}

// millionths compares a million times a with c×d exactly: −1, 0 or +1.
func millionths(a, c, d uint64) int {
	h1, l1 := bits.Mul64(a, million)
	h2, l2 := bits.Mul64(c, d)
	switch {
	case h1 < h2 || h1 == h2 && l1 < l2:
		return -1
	case h1 == h2 && l1 == l2:
		return 0
	}
	return 1
}

// through reports whether price p lies further through ref than ppm parts per million, for an order on side s: above
// it for a buy, below it for a sell.
func through(s market.Side, p, ref market.Price, ppm uint64) bool {
	if s.IsBuy() {
		return millionths(uint64(p), uint64(ref), million+ppm) > 0
	}
	return ppm < million && millionths(uint64(p), uint64(ref), million-ppm) < 0
}
