package train

import (
	"context"
	"math"
	"time"
)

// A WalkDay is one day of the walk forward: fitted on what came before it, scored on the day.
type WalkDay struct {
	Date      string
	Rows      int64
	Fill, Tox float64 // log density, nats a row
	FillGain  float64 // over the live model
	ToxGain   float64
	ECE       float64
	Inside    float64 // share of markouts in the 90 % interval; −1: none
}

const (
	mostWalked     = 5         // days, the last ones
	mostWalkedRows = 3_000_000 // a walk fits the whole window once a day
	leastWalked    = 200       // rows of a day, and five times as many before it
)

// walk fits on the days before each of the last days and scores that day, with a purge before midnight.
func (j *job) walk(ctx context.Context) (err error) {
	days := j.x.Days
	switch {
	case len(days) < 2:
		j.report.WalkWhy = "the window holds one day"
		return nil
	case j.x.Rows > mostWalkedRows:
		j.report.WalkWhy = "the window holds more than 3 million rows, and every day would fit it again"
		return nil
	}
	j.report.Walk, err = stage(j.stages, "walking forward", func() ([]WalkDay, error) {
		var out []WalkDay
		var before *Heads
		for _, d := range days[max(1, len(days)-mostWalked):] {
			if d.Rows < leastWalked || d.Start < 5*leastWalked {
				continue
			}
			w, heads, err := j.walkDay(ctx, d, before)
			if err != nil {
				return nil, err
			}
			out, before = append(out, *w), heads
			j.progress("walking forward", int64(len(out)))
		}
		return out, nil
	})
	return err
}

// walkDay begins where the fit of the day before ended; the first day's begins with nothing, so that no day knows of what came
// after it.
func (j *job) walkDay(ctx context.Context, d Day, before *Heads) (*WalkDay, *Heads, error) {
	start, err := j.x.timeOf(ctx, d.Start)
	if err != nil {
		return nil, nil, err
	}
	end, err := j.x.firstAt(ctx, start-purge, d.Start)
	if err != nil {
		return nil, nil, err
	}
	h, err := fitHeads(ctx, j.x, end, j.phi, before, nil)
	if err != nil {
		return nil, nil, err
	}
	p, err := j.candidate(h, j.phi.net)
	if err != nil {
		return nil, nil, err
	}
	v, err := validate(ctx, j.x, d.Start, d.Start+d.Rows, p, j.champion)
	if err != nil {
		return nil, nil, err
	}
	w := &WalkDay{Date: time.Unix(0, start).UTC().Format(time.DateOnly), Rows: d.Rows, Fill: v.Fill.Mean, Tox: v.Tox.Mean,
		FillGain: v.Fill.Difference, ToxGain: v.Tox.Difference, ECE: v.FillBins.ECE, Inside: -1}
	if rate, _, _ := v.Inside.Share(); !math.IsNaN(rate) {
		w.Inside = rate
	}
	return w, h, nil
}
