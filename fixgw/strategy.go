package fixgw

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// firstStrategy is the number of order.Immediate on the wire: numbers below 1000 are FIX's own (FIX-09).
const firstStrategy = 1000

// A parameter is one strategy parameter by its name in 848 (name=value, separated by semicolons) and in the 957 group;
// most have a tag of their own as well.
type parameter struct {
	name string
	tag  quickfix.Tag // 0 = none
	set  func(*order.Terms, string, *TermsRules) error
}

var parameters = [...]parameter{
	{"objective", TagObjective, func(t *order.Terms, v string, _ *TermsRules) (err error) {
		t.Objective, err = order.ParseObjective(v)
		return err
	}},
	{"urgency", TagUrgency, func(t *order.Terms, v string, _ *TermsRules) (err error) {
		t.Urgency, err = order.ParseUrgency(v)
		return err
	}},
	{"venues", TagVenues, func(t *order.Terms, v string, r *TermsRules) error {
		set, unknown := readVenues(v, r.Venues)
		if unknown != "" {
			return fmt.Errorf("%q is not a venue of this router", unknown)
		}
		t.Venues = set
		return nil
	}},
	{"participation", tagParticipation, func(t *order.Terms, v string, _ *TermsRules) (err error) {
		t.MaxPctBps, err = parseRate(v)
		return err
	}},
	{"target", TagTarget, func(t *order.Terms, v string, _ *TermsRules) (err error) {
		t.TargetPx, err = market.ParsePrice(v)
		if err == nil && t.TargetPx < 0 {
			err = fmt.Errorf("%q is negative", v)
		}
		return err
	}},
	{"start", 0, func(t *order.Terms, v string, _ *TermsRules) (err error) {
		t.Start, err = parseTime(v)
		return err
	}},
	{"end", 0, func(t *order.Terms, v string, _ *TermsRules) (err error) {
		t.End, err = parseTime(v)
		return err
	}},
}

// parseRate reads a participation rate, 0 to 1, in whole basis points.
func parseRate(v string) (bps int64, err error) {
	p, err := market.ParsePrice(v)
	if err != nil || p < 0 || p > market.Dollar || p%100 != 0 {
		return 0, fmt.Errorf("a participation rate is 0 to 1 in steps of 0.0001, such as 0.10 for 10 percent")
	}
	return int64(p / 100), nil
}

// readStrategy reads 847, 848, 849, the 957 group and our own tags.
func readStrategy(f *fields, m *quickfix.Message, t *order.Terms, rules *TermsRules) {
	t.Strategy = strategyOf(f)
	for _, p := range parameters {
		if v := f.text(p.tag); p.tag != 0 && v != "" {
			if err := p.set(t, v, rules); err != nil {
				f.fail(p.tag, err.Error())
			}
		}
	}
	if v := f.text(tagStrategyParameters); strings.Contains(v, "=") {
		for _, pair := range strings.Split(v, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			setParameter(f, tagStrategyParameters, t, name, value, rules)
		}
	}
	readParameterGroup(f, m, t, rules)
}

// strategyOf reads 847: ours, or FIX's 1 (VWAP), 2 (participate), 3 (minimize impact).
func strategyOf(f *fields) order.Strategy {
	v := f.text(tagTargetStrategy)
	switch v {
	case "":
		return order.Immediate
	case "1":
		return order.VWAP
	case "2":
		return order.POV
	case "3":
		return order.Block
	}
	n, err := strconv.ParseUint(v, 10, 16)
	if err != nil || n < firstStrategy || n > firstStrategy+uint64(order.Block) {
		f.fail(tagTargetStrategy, "use 1000 (immediate), 1001 (POV), 1002 (VWAP) or 1003 (block)")
		return 0
	}
	return order.Strategy(n - firstStrategy)
}

// readParameterGroup reads 957 with its 958 (name), 959 (type, not needed) and 960 (value).
func readParameterGroup(f *fields, m *quickfix.Message, t *order.Terms, rules *TermsRules) {
	if !f.Has(tagNoStrategyParams) {
		return
	}
	entries, ok := groups(rawFields(m), tagNoStrategyParams, tagParamName)
	if !ok {
		f.fail(tagNoStrategyParams, "the group has not as many entries (958) as it says")
		return
	}
	for _, e := range entries {
		setParameter(f, tagNoStrategyParams, t, in(e, tagParamName), in(e, tagParamValue), rules)
	}
}

func setParameter(f *fields, tag quickfix.Tag, t *order.Terms, name, value string, rules *TermsRules) {
	if name == "" && value == "" {
		return // a trailing semicolon
	}
	for _, p := range parameters {
		if !strings.EqualFold(p.name, name) {
			continue
		}
		if err := p.set(t, value, rules); err != nil {
			f.fail(tag, name+": "+err.Error())
		}
		return
	}
	f.fail(tag, fmt.Sprintf("parameter %q is unknown; use objective, urgency, venues, participation, target, start or end", name))
}

// writeStrategy sets what differs from an immediate, balanced order of normal urgency on a D or a G of our own.
func writeStrategy(m *quickfix.Message, t *order.Terms, version string) {
	if t.Strategy != order.Immediate {
		putInt(m, tagTargetStrategy, firstStrategy+int(t.Strategy))
	}
	putRate(m, t.MaxPctBps)
	end := ""
	if t.TIF == order.GTD && t.End != 0 { // 126 is taken by the expiry
		end = formatTime(version, t.End)
	}
	if version == FIX50SP2 {
		pairs := strategyPairs(t)
		if end != "" {
			pairs = append(pairs, [2]string{"end", end})
		}
		putParameters(m, pairs)
		return
	}
	if end != "" {
		put(m, tagStrategyParameters, "end="+end)
	}
	writeOwnTags(m, t)
}

// strategyPairs gives what differs from a balanced order of normal urgency as names and values.
func strategyPairs(t *order.Terms) (pairs [][2]string) {
	if t.Objective != order.Balanced {
		pairs = append(pairs, [2]string{"objective", t.Objective.String()})
	}
	if t.Urgency != order.Normal {
		pairs = append(pairs, [2]string{"urgency", t.Urgency.String()})
	}
	if t.TargetPx > 0 {
		pairs = append(pairs, [2]string{"target", t.TargetPx.String()})
	}
	return pairs
}

// putParameters sets the 957 group, which FIX has from 5.0 on.
func putParameters(m *quickfix.Message, pairs [][2]string) {
	if len(pairs) == 0 {
		return
	}
	g := quickfix.NewRepeatingGroup(tagNoStrategyParams, quickfix.GroupTemplate{
		quickfix.GroupElement(tagParamName), quickfix.GroupElement(tagParamType), quickfix.GroupElement(tagParamValue)})
	for _, p := range pairs {
		e := g.Add()
		e.SetString(tagParamName, p[0])
		e.SetString(tagParamType, "14") // String
		e.SetString(tagParamValue, p[1])
	}
	m.Body.SetGroup(g)
}

func putRate(m *quickfix.Message, bps int64) {
	if bps > 0 {
		put(m, tagParticipation, market.Price(bps*100).String())
	}
}

func writeOwnTags(m *quickfix.Message, t *order.Terms) {
	if t.Objective != order.Balanced {
		put(m, TagObjective, t.Objective.String())
	}
	if t.Urgency != order.Normal {
		put(m, TagUrgency, t.Urgency.String())
	}
	if t.TargetPx > 0 {
		putPrice(m, TagTarget, t.TargetPx)
	}
}

// echoStrategy repeats the strategy on a report (FIX-09) in words that the client's dictionary has: a client that asked
// in FIX's own way, by 847=1 and 848, refuses a report with 847=1002 or 7001, and has then not booked its fill. FIX 4.2
// has no tags of strategies: whoever sent them there has agreed on them with us.
func echoStrategy(m *quickfix.Message, t *order.Terms, version string) {
	switch t.Strategy {
	case order.VWAP:
		put(m, tagTargetStrategy, "1")
	case order.POV:
		put(m, tagTargetStrategy, "2")
	case order.Block:
		put(m, tagTargetStrategy, "3")
	case order.Immediate: // the default
	}
	putRate(m, t.MaxPctBps)
	if version == FIX42 {
		writeOwnTags(m, t)
		return
	}
	pairs := strategyPairs(t)
	if version == FIX50SP2 {
		putParameters(m, pairs)
		return
	}
	var text []string
	for _, p := range pairs {
		text = append(text, p[0]+"="+p[1])
	}
	put(m, tagStrategyParameters, strings.Join(text, ";"))
}
