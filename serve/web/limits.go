package web

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/serve/view"
)

// useLine is how much of a limit is used, with a bar.
type useLine struct {
	view.Use
	Pct            view.Real // of the limit, 0 to 1 and more
	Executed, Open int       // pixels of the bar
	Near           bool      // four fifths are used
}

func newUses(uses []view.Use) []useLine {
	out := make([]useLine, len(uses))
	for i, u := range uses {
		l := useLine{Use: u}
		if u.Limit > 0 {
			l.Pct = view.Real(float64(u.Executed+u.Open) / float64(u.Limit))
			l.Executed = part(view.Real(u.Executed), float64(u.Limit))
			l.Open = part(view.Real(u.Executed+u.Open), float64(u.Limit)) - l.Executed
			l.Near = l.Pct >= .8
		}
		out[i] = l
	}
	return out
}

// limitValue is a limit's value as people read it: digits in groups, with the unit that its key ends with.
func limitValue(key, value string) string {
	if n, err := strconv.ParseInt(value, 10, 64); err == nil {
		value = qty(n)
	} else if _, err := strconv.ParseFloat(value, 64); err != nil {
		return value
	}
	switch {
	case strings.HasSuffix(key, "_usd"):
		return "$ " + value
	case strings.HasSuffix(key, "_pct"):
		return value + " %"
	case strings.HasSuffix(key, "_bps"):
		return value + " bps"
	}
	return value
}

// strategies are the names of what a halt of an algorithm covers.
func strategies() (out []string) {
	for s := order.Strategy(0); ; s++ {
		name := s.String()
		if known, err := order.ParseStrategy(name); err != nil || known != s {
			return out
		}
		out = append(out, name)
	}
}

// limitLine is one limit in force.
type limitLine struct{ Rule, Name, Value string }

// newLimits are the limits in words, without those that limit nothing.
func newLimits(l *risk.Limits) []limitLine {
	var out []limitLine
	add := func(rule, name, value string, on bool) {
		if on {
			out = append(out, limitLine{rule, name, value})
		}
	}
	number := func(rule, name string, n int64, unit string) {
		add(rule, name, strings.TrimSpace(qty(n)+" "+unit), n > 0)
	}
	money := func(rule, name string, m market.Money) { add(rule, name, "$ "+qty(int64(m)/1_000_000), m > 0) }
	figure := func(rule, name string, x float64, unit string) {
		add(rule, name, strconv.FormatFloat(x, 'g', -1, 64)+" "+unit, x > 0)
	}
	number("RISK-02", "quantity of a parent", int64(l.MaxParentQty), "shares")
	number("RISK-02", "quantity of a child", int64(l.MaxChildQty), "shares")
	figure("RISK-02", "share of a day’s volume", l.MaxADVPct, "%")
	money("RISK-03", "value of a parent", l.MaxParentMoney)
	money("RISK-03", "value of a child", l.MaxChildMoney)
	money("RISK-03", "a client’s day, net", l.MaxClientNet)
	money("RISK-03", "the firm’s day, net", l.MaxFirmNet)
	figure("RISK-04", "price collar", l.CollarBps, "bps")
	figure("RISK-04", "price collar, soft", l.SoftCollarBps, "bps")
	money("RISK-20", "an order waits for a person above", l.SoftParentMoney)
	money("RISK-20", "orders of a minute wait for a person above", l.SoftBasketMoney)
	money("RISK-05", "accepted from a client within a minute", l.MaxBasketMoney)
	add("RISK-06", "the same order again is refused within", fmt.Sprintf("%d ms", l.DuplicateWindow/market.Millisecond), l.DuplicateWindow > 0)
	number("RISK-07", "repeats of a child without change", int64(l.MaxRepeats), "")
	number("RISK-08", "new orders of a client a second", int64(l.ClientRate), "")
	number("RISK-08", "children of a symbol a second", int64(l.SymbolRate), "")
	number("RISK-08", "children of all a second", int64(l.FirmRate), "")
	add("RISK-10", "restricted symbols", strconv.Itoa(len(l.Restricted)), len(l.Restricted) > 0)
	number("RISK-11", "open children of a parent", int64(l.MaxOpenChildren), "")
	number("RISK-11", "venues touched within a second", int64(l.MaxVenueRate), "")
	number("RISK-11", "requests about one child", int64(l.MaxReplaces), "")
	add("RISK-12", "what widens needs", "two persons", l.TwoPersons)
	add("RISK-18", "trades with ourselves", "refused", l.NoSelfCross)
	return out
}
