package router

import (
	"fmt"
	"math"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// heldShare is the share of flow that follows a learner which is held (SAF-04).
const heldShare = .05

// The day's loss is not read before so many outcomes, as the ramp's interval is not (ABT-03), and counts only beyond so many
// standard errors of itself.
const (
	lossFirst  = 200
	lossErrors = 3
	lossEvery  = 100 // outcomes between two records
)

// dayLoss is the hard limit on what the learner may lose in a day against the static plan (SAF-04). It sums, over the
// decisions whose cost is known, m·d_t: d_t is the ramp's own estimate of what the learner costs over static, from flow that
// was randomized between the two, and m the share that followed the learner at the decision, so m·d_t is what the desk
// lost by it. By money each is weighed with what its decision was to place, and the sum is compared with what these
// decisions filled: waves that fill nothing come again and lose again, and a desk reckons by what it traded.
//
// The ramp looks at the same outcomes, stage by stage, and moves the share on weak evidence, both ways. This limit is for the
// day that is bad all the same: it looks at the whole day whatever the stages were, holds the share at .05, calls people, and
// no outcome, day, restart or configuration ends it; a person does. It is not learned, but its input is an estimate: one
// draw that chose static where nearly all flow follows the learner weighs 1/(1−m) = 20, and a few of these would hold
// an honest learner on most days if the sum alone counted. Hence the three standard errors.
type dayLoss struct {
	date    market.Date
	period  uint32  // counts days and releases: an outcome is revised in its own period only
	n       int64   // outcomes of the period
	bps     float64 // Σ m·d
	dollars float64 // Σ m·d·(dollars to be placed)
	squares float64 // Σ of its squares, summed by parent before: draws of one parent share its market
	value   float64 // dollars that they filled
	held    bool
	since   market.Time
	why     string
}

// begin starts a period with nothing lost; a hold stays.
func (s *dayLoss) begin(date market.Date) {
	s.date, s.n, s.bps, s.dollars, s.squares, s.value = date, 0, 0, 0, 0, 0
	s.period++
}

// add takes an outcome, or what one changed by. It belongs to a parent whose outcomes of this period summed to so many dollars
// before.
func (s *dayLoss) add(bps, dollars, parent float64) {
	s.bps += bps
	s.dollars += dollars
	s.squares += float64((parent+dollars)*(parent+dollars)) - float64(parent*parent)
}

// lossBps is the loss by money in bps of what was filled, and its standard error; without a fill it is none.
func (s *dayLoss) lossBps() (loss, err float64) {
	if s.value <= 0 {
		return 0, 0
	}
	return s.dollars / s.value * 1e4, math.Sqrt(max(0, s.squares)) / s.value * 1e4
}

// over reports that the loss is over the limit: 0 = no limit.
func (s *dayLoss) over(limitBps float64) bool {
	loss, err := s.lossBps()
	return limitBps > 0 && !s.held && s.n >= lossFirst && loss > limitBps && loss > float64(lossErrors*err)
}

// lose takes what the ramp was told of a trial, or told anew, into the day's loss.
func (e *Engine) lose(t *trial, got market.Qty) {
	s := &e.learner.loss
	d, _ := bandit.Difference(t.outcome())
	loss := float64(t.share * d)
	value := float64(float64(t.want) * t.mid.Dollars())
	if t.lossPeriod == 0 {
		t.lossPeriod = s.period
		s.n++
	} else if t.lossPeriod != s.period {
		return // the day is over, or a person has begun it anew
	}
	p := e.children[t.first].parent // a decision is not remembered longer than its children
	if p.lostIn != s.period {
		p.lost, p.lostIn = 0, s.period
	}
	dollars := float64((loss - t.loss) * value * 1e-4)
	s.add(loss-t.loss, dollars, p.lost)
	p.lost += dollars
	s.value += float64(float64(got-t.lossGot) * t.mid.Dollars())
	t.loss, t.lossGot = loss, got
	if limit := e.cfg.Learning.DayLossBps; s.over(limit) {
		bps, err := s.lossBps()
		e.holdLearner(fmt.Sprintf("over %d decisions the learner cost %.3g ± %.2g bps more than the static plan, $%.0f; the day's limit is %v bps", s.n, bps, err, s.dollars, limit), event.Page)
	} else if s.n%lossEvery == 0 {
		e.recordLearning()
	}
}

// holdLearner holds the learner's share of flow at .05 until a person releases it (SAF-04).
func (e *Engine) holdLearner(why string, severity event.Severity) {
	l := &e.learner
	l.loss.held, l.loss.since, l.loss.why = true, e.now, why
	if l.ramp != nil {
		l.ramp.Hold()
	}
	e.raise(severity, "SAF-04", nil, nil, why+fmt.Sprintf(": its share of flow is held at %.3g until a person releases it (sluice learning release)", l.shareNow()))
	e.recordLearning()
}

// learningSteered is a person's hold, or release of a hold.
func (e *Engine) learningSteered(b *event.LearningSteered) {
	l := &e.learner
	by := "by " + b.Actor + ": " + b.Reason
	switch {
	case b.Actor == "" || b.Reason == "":
		e.answer(true, "a decision needs the name of who takes it and a reason")
	case b.Hold && l.loss.held:
		e.answer(true, fmt.Sprintf("the learner is held already since %v: %s", l.loss.since, l.loss.why))
	case b.Hold:
		e.holdLearner("held "+by, event.Warn)
		e.answer(false, fmt.Sprintf("the learner's share of flow is held at %.3g until somebody releases it", l.shareNow()))
	case !l.loss.held:
		e.answer(true, fmt.Sprintf("the learner is not held: its share of flow is %.3g", l.shareNow()))
	default:
		e.releaseLearner(by)
	}
}

// releaseLearner ends a hold: the share is what it was before, the ramp begins a stage and the day's loss begins at nothing.
func (e *Engine) releaseLearner(by string) {
	l := &e.learner
	l.loss.held, l.loss.since, l.loss.why = false, 0, ""
	l.loss.begin(l.loss.date)
	if l.ramp != nil {
		l.ramp.Release()
	}
	text := fmt.Sprintf("the learner's share of flow is %.3g again", l.shareNow())
	e.raise(event.Warn, "SAF-04", nil, nil, text+", released "+by)
	e.recordLearning()
	e.answer(false, text)
}

// Learning gives what the hard limit around the learner says now.
func (e *Engine) Learning() event.RecordLearning {
	s := &e.learner.loss
	r := event.RecordLearning{At: e.now, Share: e.learner.shareNow(), Held: s.held, Why: s.why, Since: s.since, Date: s.date,
		Outcomes: s.n, SumBps: s.bps, Loss: s.dollars, Value: s.value, LimitBps: e.cfg.Learning.DayLossBps}
	if e.learner.off {
		r.Share = 0
	}
	r.LossBps, r.ErrorBps = s.lossBps()
	return r
}

func (e *Engine) recordLearning() { *add(&e.cmds, &e.cmds.learnings) = e.Learning() }
