package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/compare"
	"github.com/sluice-sor/sluice/internal/market"
)

// Said is one part of a story in plain words.
type Said struct {
	Head string
	Text string
}

// Tell tells the story in plain sentences. All of them follow from the records; what did not happen is not told.
func (s *Story) Tell() (out []Said) {
	say := func(head string, sentences ...string) {
		if text := strings.Join(slices.DeleteFunc(sentences, func(x string) bool { return x == "" }), " "); text != "" {
			out = append(out, Said{head, text})
		}
	}
	say("The order", s.tellOrder())
	waves := compare.Waves(s.Steps)
	var by [4][]compare.Wave // internal, dark, lit, sweep
	for i := range waves {
		if k := slices.Index(stages[:], waves[i].Stage); k >= 0 {
			by[k] = append(by[k], waves[i])
		}
	}
	say("The internalizer", s.tellInternal(by[0]))
	displayed := int64(math.MaxInt64)
	for _, list := range by[2:] {
		if len(list) > 0 {
			displayed = min(displayed, list[0].From)
		}
	}
	say("Dark pools", s.tellFirst(by[1]), s.tellNext(by[1]), s.tellDark(by[1], displayed))
	say("Displayed venues", s.tellLit(by[2]), s.tellSweep(by[3]))
	say("The end", s.tellEnd())
	say("What it cost", s.tellCost())
	say("Afterwards", s.tellAfter())
	return out
}

// stages are those of a step, in the pecking order.
var stages = [...]string{"internal", "dark", "lit", "sweep"}

func thousands(q market.Qty) string { return compare.Thousands(q) }

func (s *Story) tellOrder() string {
	r := &s.TCA
	text := fmt.Sprintf("%s asked to %s %s %s", quotedName(r.Client), r.Side, thousands(r.Qty), r.Symbol)
	text += fmt.Sprintf(" on %s at %s UTC: strategy %s, objective %s, urgency %s.", r.Day, r.Received.UTC().Format("15:04:05"), r.Strategy, r.Objective, r.Urgency)
	if r.Arrival > 0 {
		text += fmt.Sprintf(" The mid was %v then: all costs are measured from it.", r.Arrival)
	}
	return text
}

func quotedName(client string) string {
	if client == "" {
		return "A client"
	}
	return client
}

// asked sums waves up by venue, in the order of first use.
func asked(waves []compare.Wave) (out []compare.WaveVenue) {
	for i := range waves {
		for _, v := range waves[i].Venues {
			k := slices.IndexFunc(out, func(x compare.WaveVenue) bool { return x.Name == v.Name })
			if k < 0 {
				k, out = len(out), append(out, compare.WaveVenue{Name: v.Name, Type: v.Type})
			}
			out[k].Children += v.Children
			out[k].Sent += v.Sent
			out[k].Filled += v.Filled
		}
	}
	return out
}

func (s *Story) tellInternal(waves []compare.Wave) string {
	var parts []string
	for _, v := range asked(waves) {
		text := fmt.Sprintf("%s was asked %s and filled %s", v.Name, times(v.Children), nothingOr(v.Filled))
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, "; ") + "."
}

// tellFirst tells the first dark wave.
func (s *Story) tellFirst(waves []compare.Wave) string {
	if len(waves) == 0 {
		return ""
	}
	w := &waves[0]
	return fmt.Sprintf("First, %s, %s. %s.", when(w.From), sent(w), capital(filledBy(w)))
}

// tellNext tells what the venues of the first dark wave got next.
func (s *Story) tellNext(waves []compare.Wave) string {
	if len(waves) < 2 {
		return ""
	}
	var again, left []string
	said := int64(-1) // the time that was told last
	for _, v := range waves[0].Venues {
		next := slices.IndexFunc(waves[1:], func(w compare.Wave) bool { return has(&w, v.Name) })
		switch {
		case next >= 0 && v.Filled > 0:
			w := &waves[1+next]
			text := fmt.Sprintf("%s to %s", thousands(w.Venues[at(w, v.Name)].Sent), v.Name)
			if s := w.From / market.Second; s != said {
				text, said = clock(w.From)+", "+text, s
			}
			again = append(again, text)
		case next >= 0:
			left = append(left, fmt.Sprintf("%s, which had filled nothing, was left alone until %s", v.Name, clock(waves[1+next].From)))
		case v.Filled == 0:
			left = append(left, v.Name+", which had filled nothing, got nothing more")
		}
	}
	var parts []string
	if len(again) > 0 {
		parts = append(parts, "Those with fills were sent more: at "+and(again))
	}
	parts = append(parts, left...)
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, "; ") + "."
}

func has(w *compare.Wave, venue string) bool { return at(w, venue) >= 0 }

func at(w *compare.Wave, venue string) int {
	return slices.IndexFunc(w.Venues, func(x compare.WaveVenue) bool { return x.Name == venue })
}

// tellDark sums the dark waves up, before displayed venues came in and after, and says how their fill rate went.
func (s *Story) tellDark(waves []compare.Wave, displayed int64) string {
	if len(waves) == 0 {
		return ""
	}
	early := waves[:len(waves):len(waves)]
	if n := slices.IndexFunc(waves, func(w compare.Wave) bool { return w.From >= displayed }); n > 0 {
		early = waves[:n]
	}
	until := min(displayed, s.Steps[len(s.Steps)-1].At)
	got := filledIn(early)
	text := fmt.Sprintf("Up to %s, %s filled %s shares there, %s of the order", clock(until), count(len(early), "wave", "waves"), thousands(got), percentOf(got, s.TCA.Qty))
	if got == 0 {
		text = fmt.Sprintf("Up to %s, %s filled nothing there", clock(until), count(len(early), "wave", "waves"))
	}
	text += fmt.Sprintf("; the mid had %s since arrival.", movedBy(s.movedAt(until)))
	if rest := waves[len(early):]; len(rest) > 0 {
		text += fmt.Sprintf(" %s later filled another %s.", capital(count(len(rest), "wave", "waves")), nothingOr(filledIn(rest)))
	}
	if n := len(waves) / 3; n >= 1 {
		first, last := rate(waves[:n]), rate(waves[len(waves)-n:])
		if first > 0 && last < first/2 {
			text += fmt.Sprintf(" Liquidity there dried up: %s filled %s of what they sent, %s %s.", ofWaves("the first", n), percent(first), ofWaves("the last", n), percent(last))
		}
	}
	return text
}

func filledIn(waves []compare.Wave) (q market.Qty) {
	for i := range waves {
		q += waves[i].Filled
	}
	return q
}

func ofWaves(which string, n int) string {
	if n == 1 {
		return which + " wave"
	}
	return which + " " + count(n, "wave", "waves")
}

func rate(waves []compare.Wave) float64 {
	var sent, filled market.Qty
	for i := range waves {
		sent, filled = sent+waves[i].Sent, filled+waves[i].Filled
	}
	return float64(filled) / float64(max(1, sent))
}

func (s *Story) tellLit(waves []compare.Wave) string {
	venues := asked(waves)
	if len(venues) == 0 {
		return ""
	}
	children, total, filled := 0, market.Qty(0), market.Qty(0)
	for _, v := range venues {
		children, total, filled = children+v.Children, total+v.Sent, filled+v.Filled
	}
	text := fmt.Sprintf("From %s on, small orders were shown at %s: %s of %s shares on average", clock(waves[0].From),
		count(len(venues), "displayed venue", "displayed venues"), count(children, "order", "orders"), thousands(total/market.Qty(children)))
	text += fmt.Sprintf(", which filled %s shares, %s of the order", thousands(filled), percentOf(filled, s.TCA.Qty))
	slices.SortStableFunc(venues, func(a, b compare.WaveVenue) int { return int(min(1, max(-1, b.Filled-a.Filled))) })
	var most []string
	for i := range venues[:min(2, len(venues))] {
		if v := &venues[i]; v.Filled > 0 {
			most = append(most, fmt.Sprintf("%s at %s", thousands(v.Filled), v.Name))
		}
	}
	if len(most) > 0 && len(venues) > 1 {
		text += ", most of them " + and(most)
	}
	return text + "."
}

func (s *Story) tellSweep(waves []compare.Wave) string {
	venues := asked(waves)
	if len(venues) == 0 {
		return ""
	}
	filled := market.Qty(0)
	for _, v := range venues {
		filled += v.Filled
	}
	return fmt.Sprintf("From %s on, displayed quotes were taken at %s, which brought %s shares.", clock(waves[0].From), count(len(venues), "venue", "venues"), thousands(filled))
}

func (s *Story) tellEnd() string {
	r := &s.TCA
	end := "The order is " + r.State
	if r.Reason != "" {
		end += " (" + r.Reason + ")"
	}
	text := fmt.Sprintf("%s after %s with %s of %s shares", end, span(r.DurationNs), thousands(r.Filled), thousands(r.Qty))
	if r.Filled > 0 {
		text += fmt.Sprintf(", %s, at an average of %v", fillsOf(r.Fills), r.AvgPx)
	}
	text += "."
	if r.Participation.Known && r.Filled > 0 {
		if r.Filled > r.MarketVolume {
			text += " It was done before all of its own fills were printed, so its share of the volume is not known."
			return text + s.bust()
		}
		text += fmt.Sprintf(" That was %s of what the market printed meanwhile", percent(r.Participation.Value))
		if r.VWAPSlippageBps.Known {
			text += fmt.Sprintf(", whose average price was %v: %s", r.MarketVWAP, betterOrWorse(r.VWAPSlippageBps.Value))
		}
		text += "."
	}
	return text + s.bust()
}

// bust tells what a venue took back.
func (s *Story) bust() string {
	n := s.TCA.Busts
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" %s taken back by a venue and %s in no figure.", count(int(n), "fill was", "fills were"), isAre(n))
}

func fillsOf(n int64) string {
	if n == 1 {
		return "in one fill"
	}
	return fmt.Sprintf("in %s fills", thousands(market.Qty(n)))
}

// tellCost tells the shortfall and its parts, the largest first.
func (s *Story) tellCost() string {
	f := &s.TCA.Shortfall
	if !f.TotalBps.Known {
		return ""
	}
	text := fmt.Sprintf("Against the arrival mid the order cost %s, %s of its value, all charges with it.", dollars(f.Total), bps(f.TotalBps.Value))
	if f.Total < 0 {
		text = fmt.Sprintf("Against the arrival mid the order gained %s, %s of its value, all charges with it.", dollars(-f.Total), bps(-f.TotalBps.Value))
	}
	type part struct {
		cost, gain string
		amount     market.Money
	}
	list := []part{
		{"the market moved away before orders went out", "the market came our way before orders went out", f.Delay},
		{"the market moved away between decision and fill", "the market came our way between decision and fill", f.Timing},
		{"crossing the spread", "earning the spread", f.Spread},
		{"venues' and regulators' charges less rebates", "rebates beyond charges", f.Fees + f.Rebates + f.Regulatory},
		{"the shares that stayed unfilled", "the shares that stayed unfilled", f.Opportunity},
	}
	slices.SortStableFunc(list, func(a, b part) int {
		return int(min(1, max(-1, math.Abs(float64(b.amount))-math.Abs(float64(a.amount)))))
	})
	var costs, gains []string
	for _, p := range list {
		b := float64(p.amount) / float64(f.Paper) * 1e4
		switch {
		case p.amount > 0 && b >= .005:
			costs = append(costs, fmt.Sprintf("%s, %s", p.cost, bps(b)))
		case p.amount < 0 && b <= -.005:
			gains = append(gains, fmt.Sprintf("%s, %s", p.gain, bps(-b)))
		}
	}
	if len(costs) > 0 {
		text += " Losses: " + strings.Join(costs, "; ") + "."
	}
	if len(gains) > 0 {
		text += " Gains: " + strings.Join(gains, "; ") + "."
	}
	return text
}

// tellAfter tells where the mid went after the end.
func (s *Story) tellAfter() string {
	list := s.TCA.Reversions
	if len(list) == 0 {
		return ""
	}
	x := &list[len(list)-1]
	text := fmt.Sprintf("%s after the last fill the mid was %v, %s %s our average price", capital(span(x.HorizonNs)), x.Mid, bps(math.Abs(move(x.Mid, s.TCA.AvgPx))), aboveBelow(x.Mid-s.TCA.AvgPx))
	switch b := x.Bps.Value; {
	case b > .5:
		text += ": seen from there the order could have waited"
	case b < -.5:
		text += ": seen from there it was right not to wait"
	}
	return text + ". That is one moment of one market, and no verdict."
}

// movedAt gives the mid's move since arrival at a time, bps.
func (s *Story) movedAt(at int64) (moved float64) {
	for i := range s.Steps {
		if s.Steps[i].At > at {
			break
		}
		moved = s.Steps[i].Moved
	}
	return moved
}

func move(p, from market.Price) float64 {
	if from <= 0 {
		return 0
	}
	return market.Bps(p, from)
}
