package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/sluice-sor/sluice/internal/compare"
	"github.com/sluice-sor/sluice/internal/market"
)

// sent tells what a wave sent: "5,000 shares went to each of three dark pools (A, B and C)".
func sent(w *compare.Wave) string {
	var names []string
	equal := true
	for _, v := range w.Venues {
		names = append(names, v.Name)
		equal = equal && v.Sent == w.Venues[0].Sent
	}
	if n := len(names); equal && n > 1 {
		return fmt.Sprintf("%s shares went to each of %s (%s)", thousands(w.Venues[0].Sent), count(n, "dark pool", "dark pools"), and(names))
	}
	var parts []string
	for i, v := range w.Venues {
		went := " to "
		if i == 0 {
			went = " shares went to "
		}
		parts = append(parts, thousands(v.Sent)+went+v.Name)
	}
	return and(parts)
}

// filledBy tells what came of a wave, the largest first, those that filled nothing together.
func filledBy(w *compare.Wave) string {
	var parts, none []string
	for _, v := range w.Venues {
		if v.Filled == 0 {
			none = append(none, v.Name)
			continue
		}
		parts = append(parts, fmt.Sprintf("%s filled %s", v.Name, thousands(v.Filled)))
	}
	if len(none) > 0 {
		parts = append(parts, and(none)+" nothing")
		if len(parts) == 1 {
			return and(none) + " filled nothing"
		}
	}
	return and(parts)
}

var small = [...]string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}

func count(n int, one, many string) string {
	text := thousands(market.Qty(n))
	if n < len(small) {
		text = small[n]
	}
	if n == 1 {
		return text + " " + one
	}
	return text + " " + many
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return count(n, "", "times")
}

func nothingOr(q market.Qty) string {
	if q == 0 {
		return "nothing"
	}
	return thousands(q)
}

// and joins names: "A, B and C".
func and(list []string) string {
	switch n := len(list); n {
	case 0:
		return ""
	case 1:
		return list[0]
	default:
		return strings.Join(list[:n-1], ", ") + " and " + list[n-1]
	}
}

// when is a time after arrival, clock the same as a clock shows it.
func when(ns int64) string {
	if ns < market.Second {
		return "at once"
	}
	return clock(ns) + " after arrival"
}

func clock(ns int64) string { return compare.Clock(ns / market.Second * market.Second) }

// span is a length of time in words.
func span(ns int64) string {
	switch s := (ns + market.Second/2) / market.Second; {
	case s < 1:
		return fmt.Sprintf("%d ms", ns/market.Millisecond)
	case s == 1:
		return "one second"
	case s < 60:
		return fmt.Sprintf("%d seconds", s)
	case s == 60:
		return "one minute"
	case s < 3600 && s%60 == 0:
		return fmt.Sprintf("%d minutes", s/60)
	case s < 3600:
		return fmt.Sprintf("%d min %d s", s/60, s%60)
	default:
		return fmt.Sprintf("%d h %d min", s/3600, s/60%60)
	}
}

func percent(x float64) string {
	if x > 0 && x < .1 {
		return fmt.Sprintf("%.1f %%", 100*x)
	}
	return fmt.Sprintf("%.0f %%", 100*x)
}

func percentOf(q, of market.Qty) string { return percent(float64(q) / float64(max(1, of))) }

func bps(x float64) string { return fmt.Sprintf("%.2f bps", x) }

func movedBy(x float64) string {
	switch {
	case math.Abs(x) < .05:
		return "hardly moved"
	case x > 0:
		return fmt.Sprintf("risen by %.1f bps", x)
	}
	return fmt.Sprintf("fallen by %.1f bps", -x)
}

func aboveBelow(d market.Price) string {
	if d < 0 {
		return "below"
	}
	return "above"
}

func betterOrWorse(x float64) string {
	switch {
	case math.Abs(x) < .005:
		return "the order did as well"
	case x < 0:
		return fmt.Sprintf("the order did %s better", bps(-x))
	}
	return fmt.Sprintf("the order did %s worse", bps(x))
}

func dollars(m market.Money) string {
	cents := (m + market.Dollar/200) / (market.Dollar / 100)
	return fmt.Sprintf("$%s.%02d", thousands(market.Qty(cents/100)), cents%100)
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func isAre(n int64) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
