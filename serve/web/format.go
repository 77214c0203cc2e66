package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/tca"
	"github.com/sluice-sor/sluice/serve/view"
)

func isUnsupported(err error) bool { return errors.Is(err, http.ErrNotSupported) }

const none = "–"

// qty writes a number with a thin space between thousands, which no reader takes for a decimal point.
func qty(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "−", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u2009" + s[i:]
	}
	return sign + s
}

// usd writes an amount in whole cents.
func usd(m view.USD) string {
	cents := (int64(m) + sign(int64(m))*5000) / 10_000
	text := qty(cents / 100)
	if cents < 0 && cents > -100 {
		text = "−0"
	}
	return fmt.Sprintf("%s.%02d", text, max(cents, -cents)%100)
}

func sign(n int64) int64 {
	if n < 0 {
		return -1
	}
	return 1
}

func px(p view.Px) string {
	if p == 0 {
		return none
	}
	return p.String()
}

// avg writes an average price to a hundredth of a cent; the API has all six decimals.
func avg(p view.Px) string { return px((p + 50) / 100 * 100) }

func clock(t view.Stamp) string {
	if t == 0 {
		return none
	}
	return market.Time(t).UTC().Format("15:04:05.000")
}

func real(places int, r view.Real) string {
	if !r.Finite() {
		return none
	}
	text := strconv.FormatFloat(float64(r), 'f', places, 64)
	if strings.Trim(text, "-0.") == "" {
		return strings.TrimPrefix(text, "-") // what rounds to zero has no sign
	}
	return strings.Replace(text, "-", "−", 1)
}

// bps writes a signed figure: a plus says that the sign was not forgotten.
func bps(r view.Real) string {
	text := real(2, r)
	if r > 0 && text != "0.00" && text != none {
		return "+" + text
	}
	return text
}

// window writes a span of days, given in Unix nanoseconds.
func window(from, to int64) string {
	if from == 0 && to == 0 {
		return none
	}
	day := func(ns int64) string { return market.Time(ns).UTC().Format("01-02 15:04") }
	return day(from) + " to " + day(to)
}

// cost writes a cost in bps, or that it is not known.
func cost(r tca.Ratio) string {
	if !r.Known {
		return none
	}
	return bps(view.Real(r.Value))
}

func micros(us int64) string {
	switch {
	case us < 1000:
		return strconv.FormatInt(us, 10) + " µs"
	case us < 1_000_000:
		return strconv.FormatFloat(float64(us)/1000, 'f', 1, 64) + " ms"
	}
	return strconv.FormatFloat(float64(us)/1e6, 'f', 1, 64) + " s"
}

// sharesText names where a plan sends how much.
func sharesText(list []view.PlanShare) string {
	var parts []string
	for _, s := range list {
		parts = append(parts, s.Venue+" "+qty(s.Qty))
	}
	if len(parts) == 0 {
		return none
	}
	return strings.Join(parts, ", ")
}
