package risk

import (
	"slices"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// The lists that the gate knows (RISK-10).
const (
	ListRestricted   = "restricted"     // symbols that are not traded
	ListEasyToBorrow = "easy-to-borrow" // symbols that are sold short without a locate
)

// List is one list of symbols with its version and the trading day that it is for.
type List struct {
	Name    string
	Version string
	Day     market.Date
	Symbols []market.Symbol
}

// list gives a list by its name, nil if there is none.
func (l *Limits) list(name string) *List {
	for i := range l.Lists {
		if l.Lists[i].Name == name {
			return &l.Lists[i]
		}
	}
	return nil
}

// Today tells the gate the trading day, by which the age of lists is judged.
func (g *Gate) Today(d market.Date) { g.today = d }

// fresh refuses what a list would judge when there is no list, or one of another day: it fails closed, and a day far ahead must not keep one
// for ever. Without
// RequireLists, and before the gate knows the day, every list counts.
func (g *Gate) fresh(name string, l *List) Refusal {
	switch {
	case !g.limits.RequireLists:
	case l == nil:
		return refuse("RISK-10", reasonBroker, "there is no %s list", name)
	case l.Day < g.today:
		return refuse("RISK-10", reasonBroker, "the %s list %q is of %v, before the trading day %v", name, l.Version, l.Day, g.today)
	case g.today != 0 && l.Day > g.today:
		return refuse("RISK-10", reasonBroker, "the %s list %q is of %v, after the trading day %v", name, l.Version, l.Day, g.today)
	}
	return Refusal{}
}

// eligible is RISK-10: the restricted list, and the locate of a short sale that is not easy to borrow.
func (g *Gate) eligible(in *instrument, t *order.Terms) Refusal {
	list := g.limits.list(ListRestricted)
	if r := g.fresh(ListRestricted, list); !r.Passed() {
		return r
	}
	if in.restricted {
		version := g.limits.Version
		if list != nil {
			version = list.Version
		}
		return refuse("RISK-10", reasonBroker, "%s is on the restricted list %q", t.Symbol, version)
	}
	return g.located(t)
}

// located holds that what is sold short is borrowed somewhere, or is easy to borrow.
func (g *Gate) located(t *order.Terms) Refusal {
	if t.Side != market.SellShort && t.Side != market.SellShortExempt || t.LocateID != "" {
		return Refusal{}
	}
	easy := g.limits.list(ListEasyToBorrow)
	if r := g.fresh(ListEasyToBorrow, easy); !r.Passed() {
		return r
	}
	if easy == nil || !slices.Contains(easy.Symbols, t.Symbol) {
		return refuse("RISK-10", reasonOther, "a short sale needs a locate (114=N with 5701)")
	}
	return Refusal{}
}
