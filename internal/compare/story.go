package compare

import (
	"cmp"
	"slices"

	"github.com/sluice-sor/sluice/internal/market"
)

// Wave is a line of the story: decisions of one stage that belong together, and what became of them. A dark decision stands
// alone. Lit decisions replenish one another many times a minute, and the internalizer is asked again and again, so these are
// gathered over a while.
type Wave struct {
	From, Until int64 // ns after the parent's arrival: of the first and the last decision
	Stage       string
	Decisions   int
	Venues      []WaveVenue // in the order of first use
	Sent        market.Qty
	Filled      market.Qty // of this wave's children, whenever it came
	Done        market.Qty // of the parent, when the next line begins
	Moved       float64    // the mid then, bps since arrival
	Own         *float64   // the fundamental then
}

// WaveVenue is what a wave's children did at one venue.
type WaveVenue struct {
	Name, Type string
	Children   int
	Sent       market.Qty
	Filled     market.Qty
}

// How long decisions of a stage are gathered into one line.
const (
	gatherLit      = market.Minute
	gatherInternal = 5 * market.Minute
)

// Stages of a timeline's decisions, as event.Stage prints them.
const (
	stageInternal = "internal"
	stageDark     = "dark"
	stageLit      = "lit"
	stageSweep    = "sweep"
)

// Waves gathers the timeline's steps into lines.
func Waves(steps []Step) []Wave {
	var out []*Wave
	of := map[uint64]*Wave{}      // by decision
	running := map[string]*Wave{} // by stage
	for i := range steps {
		s := &steps[i]
		switch s.Kind {
		case StepDecision:
			w := running[s.Stage]
			if w == nil || s.At-w.From >= gather(s.Stage) {
				w = &Wave{From: s.At, Stage: s.Stage}
				running[s.Stage], out = w, append(out, w)
			}
			of[s.Decision] = w
			w.add(s)
		case StepFill:
			if w := of[s.Decision]; w != nil {
				w.fill(s)
			}
		}
	}
	lines := make([]Wave, 0, len(out))
	at := 0
	var last *Step
	for i, w := range out { // what was true when the next line begins
		for at < len(steps) && (i+1 == len(out) || steps[at].At < out[i+1].From) {
			last = &steps[at]
			at++
		}
		if last != nil {
			w.Done, w.Moved, w.Own = last.Done, last.Moved, last.Own
		}
		lines = append(lines, *w)
	}
	return lines
}

// gather is how long decisions of a stage go into one line.
func gather(stage string) int64 {
	switch stage {
	case stageInternal:
		return gatherInternal
	case stageLit, stageSweep:
		return gatherLit
	}
	return 0
}

func (w *Wave) add(s *Step) {
	w.Decisions++
	w.Until = s.At
	for _, x := range s.Shares {
		v := w.venue(x.Venue, x.Type)
		v.Children++
		v.Sent += x.Qty
		w.Sent += x.Qty
	}
}

func (w *Wave) fill(s *Step) {
	w.venue(s.Venue, s.Type).Filled += s.Qty
	w.Filled += s.Qty
}

func (w *Wave) venue(name, kind string) *WaveVenue {
	for i := range w.Venues {
		if w.Venues[i].Name == name {
			return &w.Venues[i]
		}
	}
	w.Venues = append(w.Venues, WaveVenue{Name: name, Type: kind})
	return &w.Venues[len(w.Venues)-1]
}

// Phase is a time in which an order used the same stages of the pecking order, however often the internalizer was asked.
type Phase struct {
	Stage string // the last of the pecking order that was used: internal, dark, lit, sweep
	From  int64
	Until int64      // the end of the story for the last one
	Done  market.Qty // of the parent, at the end
	Moved float64
	Own   *float64
}

// Phases cuts the story where a later stage of the pecking order first comes in.
func Phases(steps []Step) (out []Phase) {
	order := []string{stageInternal, stageDark, stageLit, stageSweep}
	rank := -1
	for i := range steps {
		s := &steps[i]
		if at := slices.Index(order, s.Stage); s.Kind == StepDecision && at > rank {
			rank, out = at, append(out, Phase{Stage: s.Stage, From: s.At})
		}
		if n := len(out); n > 0 {
			p := &out[n-1]
			p.Until, p.Done, p.Moved, p.Own = s.At, s.Done, s.Moved, s.Own
		}
	}
	return out
}

// ByType gives the parent's shares by type of venue, largest first.
func ByType(steps []Step) (out []WaveVenue) {
	for i := range steps {
		s := &steps[i]
		if s.Kind != StepFill {
			continue
		}
		k := slices.IndexFunc(out, func(v WaveVenue) bool { return v.Type == s.Type })
		if k < 0 {
			k, out = len(out), append(out, WaveVenue{Type: s.Type})
		}
		out[k].Filled += s.Qty
		out[k].Children++
	}
	slices.SortStableFunc(out, func(a, b WaveVenue) int { return cmp.Compare(b.Filled, a.Filled) })
	return out
}
