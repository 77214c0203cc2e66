package router

import (
	"fmt"

	"github.com/sluice-sor/sluice/features"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// An Outlook is what the engine would think of an order that nobody has sent: every stage of the pecking order as its first
// decision would see it now. It is for people and reports; nothing of it is decided, recorded or kept.
type Outlook struct {
	At        market.Time // of the engine's last event
	Model     string      // that serves
	Posterior uint64      // outcomes it has learned
	Quote     market.Quote
	Terms     order.Terms
	OppBps    float64 // cost of finishing a share later
	VolBps    float64 // of a day
	ADV       market.Qty
	DarkWave  int64   // nanoseconds that a dark wave rests
	PostWait  int64   // nanoseconds that a post rests
	ImpactY   float64 // factor of the square-root law in the symbol's bucket of liquidity, with
	ImpactSD  float64 // its standard deviation
	Stages    []StageOutlook
}

// A StageOutlook is one stage.
type StageOutlook struct {
	Stage  event.Stage
	Venues []VenueOutlook // in the order of the venue table; those that may get nothing say why
}

// A VenueOutlook is one venue as a stage sees it. Costs are bps of the mid, of a share that fills there.
type VenueOutlook struct {
	Venue    market.VenueID
	Style    order.Style
	Excluded string // why it may get nothing; then the rest is zero

	Size    market.Qty // largest child now
	Expect  float64    // shares of it expected to fill
	Fill    float64    // probability of any fill at once, or
	FillBy  float64    // by the end of its rest, with
	FillSE  float64    // its standard error
	Spread  float64    // paid for the distance from the mid, negative is earned
	Fee     float64
	Tox     float64
	ToxSE   float64
	Leak    float64 // of each lot sent, filled or not
	Context [features.Dim]float64
}

// Outlook gives the outlook of an order with terms t. The error says what makes it none: the symbol is not known, there is no
// market, the quantity is none.
func (e *Engine) Outlook(t order.Terms) (*Outlook, error) {
	s := e.symbols[t.Symbol]
	switch {
	case s == nil:
		return nil, fmt.Errorf("symbol %s is not configured", t.Symbol)
	case t.Qty <= 0:
		return nil, fmt.Errorf("a quantity of %d: give at least 1", t.Qty)
	case s.quote.Mid() <= 0:
		return nil, fmt.Errorf("there is no market in %s now", t.Symbol)
	}
	p := &parentState{symbol: s, standing: make([]standing, len(e.venues)), directed: -1}
	p.Terms, p.Received, p.State = t, e.now, order.New
	p.endsAt = e.end(&t, e.now)
	o := &Outlook{At: e.now, Quote: s.quote, Terms: t, VolBps: s.DayVolBps, ADV: s.ADV, DarkWave: e.darkWave(p), PostWait: e.cfg.Tactics.PostWait,
		Model: e.learner.name, Posterior: e.learner.version}
	o.ImpactY, o.ImpactSD = e.learner.impacts[s.LiquidityBucket()].Y()
	e.plans.lot = s.lot()
	for _, stage := range []event.Stage{event.StageInternal, event.StageDark, event.StageLit, event.StageSweep} {
		var d event.RecordDecision
		cands := e.gather(p, stage, t.Qty, &d)
		o.OppBps = d.OppBps
		o.Stages = append(o.Stages, stageOutlook(stage, &d, cands))
	}
	return o, nil
}

func stageOutlook(stage event.Stage, d *event.RecordDecision, cands []candidate) StageOutlook {
	out := StageOutlook{Stage: stage}
	for i := range d.Venues {
		v := &d.Venues[i]
		o := VenueOutlook{Venue: v.Venue, Style: v.Style, Excluded: v.Excluded}
		for k := range cands {
			c := &cands[k]
			if c.venue.ID != v.Venue {
				continue
			}
			o.Size, o.Expect, o.Fill, o.FillBy, o.FillSE = c.cap, v.ExpectQty, c.view.fill.Mean, c.view.by, c.view.fill.SE()
			o.Spread, o.Fee, o.Tox, o.ToxSE, o.Leak, o.Context = c.edge, c.fee, c.tox, v.ToxSd, c.leak, c.view.phi
		}
		out.Venues = append(out.Venues, o)
	}
	return out
}

// Models says which model serves, which one is beside it, empty for none, and the share of the parents that arrive which that
// one serves.
func (e *Engine) Models() (serving, beside string, share float64) {
	l := &e.learner
	if l.beside == nil {
		return l.name, "", 0
	}
	return l.name, l.beside.name, l.canary
}
