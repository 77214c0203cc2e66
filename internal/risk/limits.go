package risk

import (
	"slices"

	"github.com/sluice-sor/sluice/internal/market"
)

// Limits are the limits of the pre-trade gate. They are configuration with a version, never learned and never
// overridden by a sender (RISK-02 to RISK-06, RISK-11). Zero means no limit, except where said.
type Limits struct {
	Version          string
	MaxParentQty     market.Qty
	MaxParentMoney   market.Money // notional at the higher of limit and reference price
	MaxChildQty      market.Qty
	MaxChildMoney    market.Money
	MaxADVPct        float64      // of the instrument's ADV, percent, per parent; an instrument without ADV is then refused
	CollarBps        float64      // a limit or trade further through the reference price than this is refused
	SoftCollarBps    float64      // inside the collar: the order waits for one confirmation of a person (RISK-20)
	SoftParentMoney  market.Money // an order above it waits for one confirmation too
	SoftBasketMoney  market.Money // and what one client sends within a minute beyond it
	MaxSpreadBps     float64      // the NBBO mid is a reference only while the spread is at most this
	MaxOpenChildren  int          // per parent
	MaxClientMoney   market.Money // open + executed of one client a day
	MaxFirmMoney     market.Money // open + executed of all clients a day
	MaxBasketMoney   market.Money // accepted from one client within a minute (RISK-05)
	Restricted       []market.Symbol
	DuplicateWindow  int64 // nanoseconds: same client, account, symbol, side, quantity, price and type within it is refused; 0 = off
	MaxRepeats       int   // identical child re-sends of a parent without fill or market change (RISK-07)
	RequireReference bool  // refuse an order whose price cannot be judged: a market order, or any while a collar is set

	MaxClientNet market.Money // one client's day: |buys − sells| if all that is open on one side filled (RISK-03)
	MaxFirmNet   market.Money // all clients' day
	MaxVenueRate int          // venues that children of one parent touch within a second (RISK-11)
	MaxReplaces  int          // requests about one child, beyond which it is withdrawn instead of replaced (RISK-11)
	ClientRate   int          // new orders and replaces of one client a second (RISK-08)
	SymbolRate   int          // children and their replaces of one symbol a second
	FirmRate     int          // children and their replaces of all a second

	NoSelfCross bool // no child may trade against an open opposite order of ours (RISK-18)
	TwoPersons  bool // what arms again, raises a limit or turns a control off needs a second person (RISK-12, KILL-03)

	Classes      []ClassLimits  // a symbol of a class has its limits instead, where they are not zero (RISK-02)
	Credits      []ClientLimits // a client with its own limits has these instead, where they are not zero (RISK-09)
	Lists        []List         // with their versions and days (RISK-10)
	RequireLists bool           // a list that is missing or older than the trading day refuses what it would judge
	MayBeOff     []string       // controls by rule that may have no limit; any other without one fails the self-test (RISK-14)
}

// ClassLimits are the limits of a class of symbols, such as "thin" (RISK-02).
type ClassLimits struct {
	Class          string
	Symbols        []market.Symbol
	MaxParentQty   market.Qty
	MaxParentMoney market.Money
	MaxChildQty    market.Qty
	MaxChildMoney  market.Money
	MaxADVPct      float64
}

// ClientLimits are the limits of one client (RISK-09).
type ClientLimits struct {
	Client         string
	MaxParentMoney market.Money
	MaxClientMoney market.Money
	MaxClientNet   market.Money
	MaxBasketMoney market.Money
	Rate           int // new orders and replaces a second
}

// DefaultLimits gives limits that a desk can start with: wide enough for a demo, narrow enough to stop a fat finger.
func DefaultLimits() Limits {
	return Limits{
		Version:          "default",
		MaxParentQty:     5_000_000,
		MaxParentMoney:   500_000_000 * market.Dollar,
		MaxChildQty:      200_000,
		MaxChildMoney:    20_000_000 * market.Dollar,
		MaxADVPct:        25,
		CollarBps:        500,
		MaxSpreadBps:     500,
		MaxOpenChildren:  50,
		MaxClientMoney:   5_000_000_000 * market.Dollar,
		MaxFirmMoney:     50_000_000_000 * market.Dollar,
		MaxBasketMoney:   2_000_000_000 * market.Dollar,
		MaxRepeats:       20,
		RequireReference: true,
		MaxClientNet:     5_000_000_000 * market.Dollar,
		MaxFirmNet:       50_000_000_000 * market.Dollar,
		MaxVenueRate:     25,
		MaxReplaces:      100,
		ClientRate:       5_000,
		SymbolRate:       5_000,
		FirmRate:         50_000,
		NoSelfCross:      true,
		TwoPersons:       true,
		MayBeOff:         []string{"RISK-06", "RISK-10"},
	}
}

// Clone gives a copy that shares no memory with l.
func (l *Limits) Clone() Limits {
	c := *l
	c.Restricted, c.MayBeOff = slices.Clone(l.Restricted), slices.Clone(l.MayBeOff)
	c.Classes, c.Credits, c.Lists = slices.Clone(l.Classes), slices.Clone(l.Credits), slices.Clone(l.Lists)
	for i := range c.Classes {
		c.Classes[i].Symbols = slices.Clone(c.Classes[i].Symbols)
	}
	for i := range c.Lists {
		c.Lists[i].Symbols = slices.Clone(c.Lists[i].Symbols)
	}
	return c
}

// Widened names the limits, by their keys in the file, that l sets wider than old did, zero being the widest: what needs a second person (SEC-04).
func (l *Limits) Widened(old *Limits) (names []string) {
	wider := func(name string, now, before int64) {
		if before > 0 && (now == 0 || now > before) {
			names = append(names, name)
		}
	}
	share := func(name string, now, before float64, unit float64) { // one that rounds to no part at all is no limit
		wider(name, int64(ppm(now, unit)), int64(ppm(before, unit)))
	}
	flag := func(name string, now, before bool) {
		if before && !now {
			names = append(names, name)
		}
	}
	wider("max_parent_shares", int64(l.MaxParentQty), int64(old.MaxParentQty))
	wider("max_parent_usd", int64(l.MaxParentMoney), int64(old.MaxParentMoney))
	wider("max_child_shares", int64(l.MaxChildQty), int64(old.MaxChildQty))
	wider("max_child_usd", int64(l.MaxChildMoney), int64(old.MaxChildMoney))
	wider("max_open_children", int64(l.MaxOpenChildren), int64(old.MaxOpenChildren))
	wider("max_client_usd", int64(l.MaxClientMoney), int64(old.MaxClientMoney))
	wider("max_firm_usd", int64(l.MaxFirmMoney), int64(old.MaxFirmMoney))
	wider("max_basket_usd", int64(l.MaxBasketMoney), int64(old.MaxBasketMoney))
	wider("soft_parent_usd", int64(l.SoftParentMoney), int64(old.SoftParentMoney))
	wider("soft_basket_usd", int64(l.SoftBasketMoney), int64(old.SoftBasketMoney))
	wider("max_repeats", int64(l.MaxRepeats), int64(old.MaxRepeats))
	wider("max_client_net_usd", int64(l.MaxClientNet), int64(old.MaxClientNet))
	wider("max_firm_net_usd", int64(l.MaxFirmNet), int64(old.MaxFirmNet))
	wider("max_venues_per_second", int64(l.MaxVenueRate), int64(old.MaxVenueRate))
	wider("max_replaces_per_child", int64(l.MaxReplaces), int64(old.MaxReplaces))
	wider("client_rate", int64(l.ClientRate), int64(old.ClientRate))
	wider("symbol_rate", int64(l.SymbolRate), int64(old.SymbolRate))
	wider("firm_rate", int64(l.FirmRate), int64(old.FirmRate))
	share("max_adv_pct", l.MaxADVPct, old.MaxADVPct, perPercent)
	share("collar_bps", l.CollarBps, old.CollarBps, perBp)
	share("soft_collar_bps", l.SoftCollarBps, old.SoftCollarBps, perBp)
	share("max_spread_bps", l.MaxSpreadBps, old.MaxSpreadBps, perBp)
	flag("require_reference", l.RequireReference, old.RequireReference)
	flag("no_self_cross", l.NoSelfCross, old.NoSelfCross)
	flag("two_persons", l.TwoPersons, old.TwoPersons)
	flag("require_lists", l.RequireLists, old.RequireLists)
	if l.DuplicateWindow < old.DuplicateWindow {
		names = append(names, "duplicate_window")
	}
	return append(names, l.widenedParts(old)...)
}

// widenedParts names what is wider for a class of symbols, for a client, or off a list, whatever became of the general
// limits.
func (l *Limits) widenedParts(old *Limits) (names []string) {
	wider := func(now, before int64) bool { return before > 0 && (now == 0 || now > before) }
	now := *old // with the general limits as they were
	now.Classes, now.Credits = l.Classes, l.Credits
	var symbols []market.Symbol
	for _, c := range slices.Concat(l.Classes, old.Classes) {
		symbols = append(symbols, c.Symbols...)
	}
	slices.Sort(symbols)
	for _, s := range slices.Compact(symbols) {
		a, b := now.sizesOf(s), old.sizesOf(s)
		if wider(int64(a.parentQty), int64(b.parentQty)) || wider(int64(a.childQty), int64(b.childQty)) || wider(int64(a.parentMoney), int64(b.parentMoney)) ||
			wider(int64(a.childMoney), int64(b.childMoney)) || wider(int64(a.adv), int64(b.adv)) {
			names = append(names, "the class of "+string(s))
		}
	}
	var clients []string
	for _, c := range slices.Concat(l.Credits, old.Credits) {
		clients = append(clients, c.Client)
	}
	slices.Sort(clients)
	for _, name := range slices.Compact(clients) {
		a, b := now.creditOf(name), old.creditOf(name)
		if wider(int64(a.parent), int64(b.parent)) || wider(int64(a.gross), int64(b.gross)) || wider(int64(a.net), int64(b.net)) ||
			wider(int64(a.basket), int64(b.basket)) || wider(int64(a.rate), int64(b.rate)) {
			names = append(names, "the credit of "+name)
		}
	}
	return append(names, l.widenedLists(old)...)
}

// widenedLists names what is off a restricted list, and what is sold short without a locate now.
func (l *Limits) widenedLists(old *Limits) (names []string) {
	for _, s := range missing(old.restricted(), l.restricted()) {
		names = append(names, "restricted "+string(s))
	}
	for _, s := range missing(l.easy(), old.easy()) {
		names = append(names, "easy to borrow "+string(s))
	}
	return names
}

// missing gives what of a is not in b. Both may have thousands, and the engine waits.
func missing(a, b []market.Symbol) (out []market.Symbol) {
	b = slices.Sorted(slices.Values(b))
	for _, s := range a {
		if _, found := slices.BinarySearch(b, s); !found {
			out = append(out, s)
		}
	}
	return out
}

// easy is every symbol that is sold short without a locate.
func (l *Limits) easy() []market.Symbol {
	if list := l.list(ListEasyToBorrow); list != nil {
		return list.Symbols
	}
	return nil
}

// restricted is every symbol that is not traded, by the limits or by their list.
func (l *Limits) restricted() []market.Symbol {
	if list := l.list(ListRestricted); list != nil {
		return slices.Concat(l.Restricted, list.Symbols)
	}
	return l.Restricted
}

// million is the unit of the shares below: parts per million, so that every comparison is one of integers.
const million = 1_000_000

// What of a percent and of a basis point makes a part per million.
const (
	perPercent = 10_000
	perBp      = 100
)

// shares is the limits' percentages and basis points in parts per million; 0 = no limit.
type shares struct {
	adv, collar, soft, spread uint64
}

func (l *Limits) shares() shares {
	return shares{adv: ppm(l.MaxADVPct, perPercent), collar: ppm(l.CollarBps, perBp), soft: ppm(l.SoftCollarBps, perBp), spread: ppm(l.MaxSpreadBps, perBp)}
}

// ppm gives v, of which unit make a part per million, in whole parts per million.
func ppm(v, unit float64) uint64 { return uint64(float64(v*unit) + .5) }

// sizes are the limits of one symbol: the general ones, or its class's.
type sizes struct {
	parentQty, childQty     market.Qty
	parentMoney, childMoney market.Money
	advPct                  float64
	adv                     uint64 // ppm
}

// sizesOf resolves the limits of one symbol. The first class that lists it counts.
func (l *Limits) sizesOf(s market.Symbol) sizes {
	z := sizes{parentQty: l.MaxParentQty, childQty: l.MaxChildQty, parentMoney: l.MaxParentMoney, childMoney: l.MaxChildMoney, advPct: l.MaxADVPct}
	for i := range l.Classes {
		c := &l.Classes[i]
		if !slices.Contains(c.Symbols, s) {
			continue
		}
		z.parentQty, z.childQty = orElse(c.MaxParentQty, z.parentQty), orElse(c.MaxChildQty, z.childQty)
		z.parentMoney, z.childMoney = orElse(c.MaxParentMoney, z.parentMoney), orElse(c.MaxChildMoney, z.childMoney)
		z.advPct = orElse(c.MaxADVPct, z.advPct)
		break
	}
	z.adv = ppm(z.advPct, perPercent)
	return z
}

// credit is the limits of one client: the general ones, or its own.
type credit struct {
	parent, gross, net, basket market.Money
	rate                       int
}

// ClientLimits gives what holds for a client: the general limits, or its own.
func (l *Limits) ClientLimits(client string) ClientLimits {
	k := l.creditOf(client)
	return ClientLimits{client, k.parent, k.gross, k.net, k.basket, k.rate}
}

func (l *Limits) creditOf(client string) credit {
	k := credit{parent: l.MaxParentMoney, gross: l.MaxClientMoney, net: l.MaxClientNet, basket: l.MaxBasketMoney, rate: l.ClientRate}
	for i := range l.Credits {
		if c := &l.Credits[i]; c.Client == client {
			k.parent, k.gross = orElse(c.MaxParentMoney, k.parent), orElse(c.MaxClientMoney, k.gross)
			k.net, k.basket, k.rate = orElse(c.MaxClientNet, k.net), orElse(c.MaxBasketMoney, k.basket), orElse(c.Rate, k.rate)
			break
		}
	}
	return k
}
