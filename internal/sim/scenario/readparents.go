package scenario

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/table"
)

// readParents reads [parents], [parents.size] and [[parents.mix]].
func (r *reader) readParents(root *table.Section) {
	s, p := root.Sub("parents"), &r.Parents
	if !root.Has("parents") {
		root.Problem("parents", "is missing: there is no work", "add [parents] with every, size and at least one [[parents.mix]]")
		return
	}
	if s.Require("every", `give the mean time between two parents of one symbol, such as "20s"`) {
		s.Duration("every", &p.Every, time.Millisecond, 24*time.Hour)
	}
	spacing := "random"
	s.Text("spacing", &spacing)
	if p.Fixed = spacing == "fixed"; !p.Fixed && spacing != "random" {
		s.Problem("spacing", fmt.Sprintf("is %q", spacing), "want random (exponential gaps) or fixed")
	}
	table.Whole(s, "count", &p.Count, 0, maxParents)
	s.Duration("until", &p.Until, 0, maxTime)
	p.Symbols = r.symbols(s)
	p.Buy = percent(s, "buy_pct", 50)
	p.Persist = percent(s, "persist_pct", 0)
	s.Require("size", `give { kind = "lognormal", median_shares = 2000, sigma = 0.9 }`)
	readSize(s.Sub("size"), &p.Size)
	for _, m := range s.Tables("mix", maxMix) {
		p.Mix = append(p.Mix, readMix(m))
	}
	if len(p.Mix) == 0 {
		s.Problem("mix", "is missing: the orders have no strategy", `add a [[parents.mix]] such as strategy = "immediate"`)
	}
	s.Done()
}

func percent(s *table.Section, k string, x float64) float64 {
	s.Real(k, &x, 0, 100)
	return x / 100
}

func readSize(s *table.Section, z *Size) {
	kind := "lognormal"
	s.Text("kind", &kind)
	base, shape := "", ""
	switch i := slices.Index(spreadNames[:], kind); Spread(max(i, 0)) {
	case Lognormal:
		z.Spread, base, shape = Lognormal, "median", "sigma"
		if i < 0 {
			s.Problem("kind", fmt.Sprintf("is %q", kind), "want lognormal, pareto or fixed")
		}
	case Pareto:
		z.Spread, base, shape = Pareto, "least", "tail"
	case Constant:
		z.Spread, base = Constant, "each"
	}
	table.Whole(s, base+"_shares", &z.Base, 1, mostShares)
	z.ADV = percent(s, base+"_adv_pct", 0)
	if (z.Base > 0) == (z.ADV > 0) {
		s.Problem(base+"_shares", "or "+base+"_adv_pct must be given, and not both", "give one of them above 0")
	}
	if shape != "" && s.Require(shape, "give the form of the distribution, such as 0.9 for sigma or 1.5 for tail") {
		s.Real(shape, &z.Shape, 0.01, 10)
	}
	table.Whole(s, "min_shares", &z.Least, 0, mostShares)
	table.Whole(s, "max_shares", &z.Most, 0, mostShares)
	z.MaxADV = percent(s, "max_adv_pct", 0)
	if z.Most > 0 && z.Most < z.Least {
		s.Problem("max_shares", "is less than min_shares", "want min_shares <= max_shares")
	}
	s.Done()
}

func readMix(s *table.Section) Mix {
	m := Mix{Weight: 1, Type: order.Market, Factor: 1}
	s.Real("weight", &m.Weight, 0.001, 1000)
	if s.Require("strategy", "want immediate, pov, vwap or block") {
		m.Strategy = parsed(s, "strategy", m.Strategy, order.ParseStrategy)
	}
	m.Type = parsed(s, "type", m.Type, parseType)
	m.TIF = parsed(s, "tif", m.TIF, parseTIF)
	if s.Has("limit_bps") && m.Type != order.Limit {
		s.Problem("limit_bps", "has no effect on this order type", `remove it, or give type = "limit"`)
	}
	s.Real("limit_bps", &m.LimitBps, -10_000, 10_000)
	m.Horizon = span(s, "horizon")
	m.Objectives = list(s, "objective", order.ParseObjective)
	m.Urgencies = list(s, "urgency", order.ParseUrgency)
	table.Whole(s, "min_qty_shares", &m.MinQty, 0, mostShares)
	var pct []float64
	if s.Reals("max_pct", &pct, 0.01, 100); len(pct) == 2 && pct[0] <= pct[1] {
		m.MaxPctBps = [2]int64{int64(pct[0] * 100), int64(pct[1] * 100)}
	} else if s.Has("max_pct") {
		s.Problem("max_pct", "is no range", "want two percentages such as [10, 25]")
	}
	s.Real("size_factor", &m.Factor, 0.001, 1000)
	if m.Strategy == order.POV && !s.Has("max_pct") {
		s.Problem("max_pct", "is missing, and pov needs a largest participation", "give a range of percentages such as [10, 25]")
	}
	if m.Strategy == order.VWAP && m.Horizon[1] == 0 {
		s.Problem("horizon", "is missing, and vwap needs an end", `give a range such as ["60s", "120s"]`)
	}
	s.Done()
	return m
}

// span reads two durations, the least and the most.
func span(s *table.Section, k string) (b [2]int64) {
	var texts []string
	if s.Texts(k, &texts); !s.Has(k) {
		return b
	}
	bad := len(texts) != 2
	for i := range min(len(texts), 2) {
		d, err := time.ParseDuration(texts[i])
		bad = bad || err != nil || d < time.Second || d > 24*time.Hour
		b[i] = int64(d)
	}
	if bad || b[0] > b[1] {
		s.Problem(k, "is no range of times from 1s to 24h", `want two durations such as ["30s", "120s"]`)
		return [2]int64{}
	}
	return b
}

// parsed reads a word; absent leaves x.
func parsed[T any](s *table.Section, k string, x T, parse func(string) (T, error)) T {
	text := ""
	if s.Text(k, &text); !s.Has(k) {
		return x
	}
	v, err := parse(text)
	if err != nil {
		s.Problem(k, fmt.Sprintf("is %q", text), remedy(err))
		return x
	}
	return v
}

// list reads a list of words; absent is the list of the zero value.
func list[T any](s *table.Section, k string, parse func(string) (T, error)) (out []T) {
	var texts []string
	s.Texts(k, &texts)
	for _, text := range texts {
		v, err := parse(text)
		if err != nil {
			s.Problem(k, fmt.Sprintf("has %q", text), remedy(err))
		}
		out = append(out, v)
	}
	if len(out) == 0 {
		out = make([]T, 1)
	}
	return out
}

// remedy gives the part of a parser's error that says what to use.
func remedy(err error) string {
	_, use, ok := strings.Cut(err.Error(), ": ")
	if !ok {
		return err.Error()
	}
	return use
}

func parseType(text string) (order.Type, error) {
	switch text {
	case "market":
		return order.Market, nil
	case "limit":
		return order.Limit, nil
	case "midpoint":
		return order.Midpoint, nil
	}
	return 0, fmt.Errorf("%q is not an order type: use market, limit or midpoint", text)
}

func parseTIF(text string) (order.TIF, error) {
	switch text {
	case "day":
		return order.Day, nil
	case "ioc":
		return order.IOC, nil
	}
	return 0, fmt.Errorf("%q is not a time in force: use day or ioc", text)
}
