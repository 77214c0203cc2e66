package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/market"
)

// Name says what begins with the phase.
func (p *Phase) Name() string {
	switch p.Stage {
	case stageInternal:
		return "the internalizer is asked"
	case stageDark:
		return "dark waves"
	case stageLit:
		return "displayed venues come in: small posts at the near side, replenished as they fill"
	}
	return "displayed quotes are taken"
}

// story prints the timeline for a trader: what each wave sent where, what came of it, and what the quote did.
func (r *Report) story(b *strings.Builder) {
	if r.Told == nil {
		return
	}
	t := r.Told
	fmt.Fprintf(b, "The first parent of seed %d, as the learner works it: %s\nEach line: shares sent > filled by venue, with what filled later; the parent's progress and the quote as the next line begins\n", r.Seed, t)
	waves, phases := Waves(r.Timeline), Phases(r.Timeline)
	fmt.Fprintf(b, "\n%8s  %-8s  %17s  %-28s  %s\n", "time", "stage", "done", "quote since arrival", "sent > filled")
	for i := range waves {
		w := &waves[i]
		for len(phases) > 0 && phases[0].From <= w.From {
			fmt.Fprintf(b, "--- %s\n", phases[0].Name())
			phases = phases[1:]
		}
		fmt.Fprintf(b, "%8s  %-8s  %9s %5.1f %%  %-28s  %s\n", Clock(w.From), w.Stage, Thousands(w.Done), share(w.Done, t.Qty), Moved(w.Moved, w.Own), w.Line())
	}
	r.verdict(b)
}

// String says what the parent is.
func (t *Told) String() string {
	within := ""
	if t.Horizon > 0 {
		within = ", within " + Clock(t.Horizon)
	}
	return fmt.Sprintf("%s %s %s, %s, objective %s%s; mid at arrival %s", t.Side, Thousands(t.Qty), t.Symbol, t.Strategy, t.Objective, within, t.Arrival)
}

// verdict sums the story up.
func (r *Report) verdict(b *strings.Builder) {
	end := &r.Timeline[len(r.Timeline)-1]
	fmt.Fprintf(b, "--- %s after %s with %s of %s\n", end.Why, Clock(end.At), Thousands(end.Done), Thousands(end.Of))
	for _, p := range Phases(r.Timeline) {
		fmt.Fprintf(b, "    %-9s from %s: %s done at its end, quote %s\n", p.Stage, Clock(p.From), Thousands(p.Done), Moved(p.Moved, p.Own))
	}
	var parts []string
	for _, v := range ByType(r.Timeline) {
		parts = append(parts, fmt.Sprintf("%s %s (%.0f %%)", v.Type, Thousands(v.Filled), share(v.Filled, end.Done)))
	}
	fmt.Fprintf(b, "    filled at venues of type %s\n\n", strings.Join(parts, ", "))
}

// Line is what a wave sent and what was filled, by venue.
func (w *Wave) Line() string {
	var parts []string
	for i := range w.Venues {
		v := &w.Venues[i]
		switch {
		case w.Stage == stageInternal:
			parts = append(parts, fmt.Sprintf("%s asked %s > %s", v.Name, times(v.Children), Thousands(v.Filled)))
		case v.Children > 1:
			parts = append(parts, fmt.Sprintf("%s %dx%s > %s", v.Name, v.Children, Thousands(v.Sent/market.Qty(v.Children)), Thousands(v.Filled)))
		default:
			parts = append(parts, fmt.Sprintf("%s %s > %s", v.Name, Thousands(v.Sent), Thousands(v.Filled)))
		}
	}
	if w.Stage == stageLit {
		slices.Sort(parts)
	}
	return strings.Join(parts, "  ")
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func share(q, of market.Qty) float64 { return 100 * float64(q) / float64(max(1, of)) }

// Moved says how far the quote is from arrival, and how far it would have come by itself.
func Moved(bps float64, own *float64) string {
	if own == nil {
		return fmt.Sprintf("%+6.1f bps", bps)
	}
	return fmt.Sprintf("%+6.1f bps (%+.1f by itself)", bps, *own)
}

// Clock prints a time after arrival: 0.052s, 14:03, 1:02:07.
func Clock(ns int64) string {
	s := ns / market.Second
	switch {
	case ns%market.Second != 0 && s < 60:
		return fmt.Sprintf("%.3fs", float64(ns)/float64(market.Second))
	case s >= 3600:
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// Thousands prints a number of shares with separators.
func Thousands(q market.Qty) string {
	digits := fmt.Sprintf("%d", int64(q))
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
