package web

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sluice-sor/sluice/internal/experiment"
	"github.com/sluice-sor/sluice/serve/view"
)

// trial is the running reading of an experiment: what it says now, and how it came to it.
type trial struct {
	*view.Experiment
	Result *experiment.Result     // nil: of symbol-days, or none can be read yet
	Days   *experiment.Switchback // of symbol-days
	TooFew string                 // why nothing can be read
	Chart  *effectChart           // nil: too few units to draw
	Least  int                    // units below which nothing is read
	Rows   int
}

// look is what a reading said when so many parents had ended.
type look struct {
	units  int64
	effect experiment.Interval
}

// trials keeps the looks, so that each stretch of an experiment is read once.
type trials struct {
	mu       sync.Mutex
	name     string
	began    view.Stamp
	revision uint64
	made     time.Time
	looks    map[int]look // by parents that had ended
	more     bool         // stretches are left to read
	last     *trial
}

const (
	trialEvery = 2 * time.Second // between readings of one that moves
	trialWork  = 200_000         // rows of stretches that were not read yet, at once: a fraction of a second
	trialGrows = 1.08            // from look to look
)

// read gives the reading of an experiment; nil for none.
func (s *trials) read(x *view.Experiment, now time.Time) *trial {
	if x == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.name != x.Name || s.began != x.Began {
		s.name, s.began, s.last, s.looks = x.Name, x.Began, nil, map[int]look{}
	}
	if s.last != nil && (!s.more && s.revision == x.Revision && s.last.Assigned == x.Assigned && s.last.Ended == x.Ended || now.Sub(s.made) < trialEvery) {
		return s.last
	}
	t := &trial{Experiment: x, Least: experiment.Least, Rows: len(x.Rows)}
	d := &x.Design
	if d.Unit == experiment.SymbolDays {
		var err error
		if t.Days, err = experiment.AnalyzeSwitchback(d, x.Rows); err != nil {
			t.TooFew = err.Error()
		}
	} else if r, err := experiment.Analyze(d, x.Rows); err != nil {
		t.TooFew = err.Error()
	} else {
		t.Result = r
		t.Chart = newEffectChart(d, s.course(d, x.Rows, r))
	}
	s.revision, s.made, s.last = x.Revision, now, t
	return t
}

// course reads the stretches that were not read yet, for a while, and gives all looks in their order, the last one now.
func (s *trials) course(d *experiment.Design, rows []experiment.Row, now *experiment.Result) []look {
	work := 0
	s.more = false
	var out []look
	for n := float64(experiment.Least); int(n) < len(rows); n *= trialGrows {
		k := int(n)
		l, ok := s.looks[k]
		if !ok {
			if work += k; work > trialWork {
				s.more = true // the next reading goes on
				break
			}
			r, err := experiment.Analyze(d, rows[:k])
			if err != nil {
				continue // a stretch that ends within a cluster of both arms says nothing
			}
			l = look{r.Units, r.Effect}
			s.looks[k] = l
		}
		if l.units >= experiment.Least {
			out = append(out, l)
		}
	}
	if now.Units >= experiment.Least {
		out = append(out, look{now.Units, now.Effect})
	}
	return out
}

// effectChart is a confidence sequence: the estimate as a line in its band, zero, and the band that does not matter.
type effectChart struct {
	Width, Height, Left, Bot int
	Band, Line               string
	Zero                     int
	Futile                   *[2]int // y of the upper and the lower end; nil: out of range, or none
	Y, X                     []tick
	Last                     dot
	Text                     string
}

const (
	effectWidth  = 760
	effectHeight = 260
	effectLeft   = 62
	effectBot    = 232
)

func newEffectChart(d *experiment.Design, looks []look) *effectChart {
	if len(looks) == 0 {
		return nil
	}
	last := looks[len(looks)-1]
	from, to := looks[0].units, max(last.units, looks[0].units+1)
	lo, hi := min(0, last.effect.Lo), max(0, last.effect.Hi)
	for _, l := range looks[len(looks)/4:] { // the first ones are wide, and not what it is about
		lo, hi = min(lo, l.effect.Lo), max(hi, l.effect.Hi)
	}
	pad := max((hi-lo)/10, 1e-6)
	lo, hi = lo-pad, hi+pad
	x := func(n int64) int {
		return effectLeft + int(math.Round(float64(n-from)/float64(to-from)*(effectWidth-effectLeft-12)))
	}
	y := func(v float64) int {
		return effectBot - int(math.Round((min(max(v, lo), hi)-lo)/(hi-lo)*(effectBot-8)))
	}
	c := &effectChart{Width: effectWidth, Height: effectHeight, Left: effectLeft, Bot: effectBot, Zero: y(0)}
	var top, bottom, line []string
	for _, l := range looks {
		top = append(top, fmt.Sprintf("%d,%d", x(l.units), y(l.effect.Hi)))
		bottom = append(bottom, fmt.Sprintf("%d,%d", x(l.units), y(l.effect.Lo)))
		line = append(line, fmt.Sprintf("%d,%d", x(l.units), y(l.effect.Mean)))
	}
	slices.Reverse(bottom)
	c.Band, c.Line = strings.Join(append(top, bottom...), " "), strings.Join(line, " ")
	if d.Futile > 0 && d.Futile < hi && -d.Futile > lo {
		c.Futile = &[2]int{y(d.Futile), y(-d.Futile)}
	}
	for i := range 5 {
		v := lo + (hi-lo)*float64(i)/4
		c.Y = append(c.Y, tick{effectLeft - 6, y(v) + 3, bps(view.Real(v))})
	}
	for i := range int64(3) {
		n := from + (to-from)*i/2
		c.X = append(c.X, tick{x(n), effectBot + 16, qty(n)})
	}
	c.Last = dot{x(last.units), y(last.effect.Mean), 4, ""}
	c.Text = fmt.Sprintf("After %s units the treatment costs %s bps more than the control, interval %s to %s; below zero it costs less",
		qty(last.units), bps(view.Real(last.effect.Mean)), bps(view.Real(last.effect.Lo)), bps(view.Real(last.effect.Hi)))
	return c
}

// Mark is a sign for a verdict, beside its word.
func (t *trial) Mark() string {
	if t.Result == nil {
		return "●"
	}
	switch t.Result.Verdict {
	case experiment.Ship:
		return "▲"
	case experiment.Harm:
		return "▼"
	case experiment.Futile, experiment.Over:
		return "■"
	case experiment.Blocked:
		return "✕"
	case experiment.GoOn:
	}
	return "●"
}
