package risk

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/snapshot"
)

// reservedPct is the part of every rate that new orders and replaces may not use: cancels must find room at the venue's
// session, which is paced by its own bucket (RISK-08, PACE-03).
const reservedPct = 10

// bucket is a token bucket of one second: full it holds what of a second's rate is not reserved. The zero value is full.
type bucket struct {
	at   market.Time
	debt int64 // what is missing to full, in tokens times nanoseconds
}

// take takes one token at a rate a second, and reports whether there was one; a rate of zero is no limit. A token is
// given back every second/rate: the debt of a token is a second, and the rate pays it off.
func (b *bucket) take(now market.Time, rate int) bool {
	if rate <= 0 {
		return true
	}
	usable := max(1, int64(rate)*(100-reservedPct)/100)
	if passed := min(max(now.Sub(b.at), 0), market.Second); passed > 0 {
		b.debt = max(0, b.debt-passed*usable)
		b.at = now
	}
	if b.debt > (usable-1)*market.Second {
		return false
	}
	b.debt += market.Second
	return true
}

func (b *bucket) visit(c *snapshot.Coder) {
	snapshot.Int(c, &b.at)
	snapshot.Int(c, &b.debt)
}

// message takes a token for a new order or a replace of a client (RISK-08). Cancels, reductions and status requests need
// none.
func (g *Gate) message(client string, now market.Time) Refusal {
	rate := g.limits.creditOf(client).rate
	if rate <= 0 || g.IsOff("RISK-08") {
		return Refusal{}
	}
	if a := g.usage.client(client); !a.messages.take(now, rate) {
		return refuse("RISK-08", reasonBroker, "more than %d new orders and replaces of this client a second, of which %d %% are kept for cancels", rate, reservedPct)
	}
	return Refusal{}
}

// Send takes a token for a child, or a replace of one, that goes out (RISK-08). What it refuses may go later.
func (g *Gate) Send(symbol market.Symbol, now market.Time) Refusal {
	if g.IsOff("RISK-08") {
		return Refusal{}
	}
	if in := g.instruments[symbol]; in != nil && !in.sends.take(now, g.limits.SymbolRate) {
		return refuse("RISK-08", reasonBroker, "more than %d children of %s a second, of which %d %% are kept for cancels", g.limits.SymbolRate, symbol, reservedPct)
	}
	if !g.usage.sends.take(now, g.limits.FirmRate) {
		return refuse("RISK-08", reasonBroker, "more than %d children a second, of which %d %% are kept for cancels", g.limits.FirmRate, reservedPct)
	}
	return Refusal{}
}
