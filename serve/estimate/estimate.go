package estimate

import (
	"math"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/models"
)

// Interval is an expectation in bps of the mid, positive is a loss, with its 90 % interval.
type Interval struct {
	Mean float64 `json:"mean"`
	Lo   float64 `json:"lo"`
	Hi   float64 `json:"hi"`
}

// Part is one part of the cost.
type Part struct {
	Name string `json:"name"` // spread, fee, toxicity, impact, leakage, opportunity
	Interval
}

// Stage is how much of the order one stage of the pecking order is expected to fill, and what a share costs there.
type Stage struct {
	Name   string  `json:"name"`
	Share  float64 `json:"share"`    // of the order
	Cost   float64 `json:"cost_bps"` // spread, fee and toxicity of a share
	Venues []Venue `json:"venues"`   // that may fill any
}

// Venue is one venue of a stage.
type Venue struct {
	Venue  string  `json:"venue"`
	Share  float64 `json:"share"` // of the order
	Fill   float64 `json:"fill_probability"`
	Spread float64 `json:"spread_bps"`
	Fee    float64 `json:"fee_bps"`
	Tox    float64 `json:"toxicity_bps"`
}

// Model is who says so.
type Model struct {
	ID        string   `json:"id"`
	Family    string   `json:"family,omitempty"`
	Posterior uint64   `json:"posterior"`                  // outcomes learned on it
	CostNet   *float64 `json:"cost_network_bps,omitempty"` // what its cost network says of the same shares, as a second opinion
}

// Estimate is the answer.
type Estimate struct {
	Request  Request   `json:"request"`
	At       time.Time `json:"at"`
	Bid      string    `json:"bid_usd"`
	Ask      string    `json:"ask_usd"`
	Duration float64   `json:"duration_s"`
	ADVShare float64   `json:"adv_share"`
	Cost     Interval  `json:"cost_bps"`    // the expectation, and how well it is known
	Outcome  Interval  `json:"outcome_bps"` // where one such order comes out
	Parts    []Part    `json:"parts"`
	Filled   float64   `json:"filled_share"`
	Stages   []Stage   `json:"stages"`
	Model    Model     `json:"model"`
}

// z is the 95 % quantile of the normal distribution: 90 % lie between ±z.
const z = 1.6448536269514722

func around(mean, sd float64) Interval { return Interval{mean, mean - z*sd, mean + z*sd} }

// desk is what an estimate is made of beside the outlook.
type desk struct {
	venues []market.Venue // the venue table
	model  *models.Model  // that serves; nil: the built-in prior
}

// Of makes an estimate of an outlook. Venues is the venue table, model what the model that serves has, nil for the built-in prior.
func Of(r *Request, o *router.Outlook, venues []market.Venue, model *models.Model) *Estimate {
	d := desk{venues, model}
	within := r.within(o.Terms.Strategy, o.Terms.Qty, o.ADV)
	e := &Estimate{Request: *r, At: o.At.UTC(), Bid: o.Quote.Bid.String(), Ask: o.Quote.Ask.String(), Duration: within.Seconds(),
		Stages: []Stage{}, Model: Model{ID: o.Model, Posterior: o.Posterior}}
	if o.ADV > 0 {
		e.ADVShare = float64(o.Terms.Qty) / float64(o.ADV)
	}
	b := bill{left: 1}
	for i := range o.Stages {
		if s := d.stage(o, &o.Stages[i], within, b.left); s.share > 0 {
			b.take(s)
			e.Stages = append(e.Stages, s.shown)
		}
	}
	e.Filled = 1 - b.left
	b.close(o, e.ADVShare)
	e.Parts, e.Cost = b.parts(), around(b.mean(), b.sd())
	market := o.VolBps * math.Sqrt(within.Seconds()/tradingDay.Seconds()/3)
	e.Outcome = around(b.mean(), math.Hypot(b.sd(), market))
	if model != nil {
		e.Model.Family = model.Header.Family
		if model.Cost != nil {
			e.Model.CostNet = &b.net
		}
	}
	return e
}

// filled is what one stage does.
type filled struct {
	share, se       float64 // of the order, and its standard error
	spread, fee     float64 // of a share, bps
	tox, toxSE, net float64
	leak            float64 // of the whole order, bps
	shown           Stage
}

var stageNames = [...]string{event.StageInternal: "internal", event.StageDark: "dark", event.StageLit: "posted", event.StageSweep: "taken"}

// quarter is the most of a venue's usual volume that an order is expected to be.
const quarter = .25

// stage works out what a stage fills of the share that is left.
func (d *desk) stage(o *router.Outlook, s *router.StageOutlook, within time.Duration, left float64) filled {
	f := filled{shown: Stage{Name: stageNames[s.Stage], Venues: []Venue{}}}
	qty := float64(o.Terms.Qty)
	shares := make([]float64, len(s.Venues))
	total := 0.0
	for i := range s.Venues {
		v := &s.Venues[i]
		if v.Excluded != "" || v.Expect <= 0 {
			continue
		}
		shares[i] = d.most(o, s.Stage, v, within) / qty
		total += shares[i]
	}
	if total <= 0 || left <= 0 {
		return f
	}
	f.share = min(left, total)
	for i := range s.Venues {
		if shares[i] > 0 {
			d.add(&f, &s.Venues[i], shares[i]/total, f.share)
		}
	}
	f.shown.Share, f.shown.Cost = f.share, f.spread+f.fee+f.tox
	if f.share >= left && s.Stage == event.StageSweep {
		f.se = 0 // it takes what is left, however much that is
	}
	return f
}

// most is how many shares a venue is expected to fill of an order that has room for them.
func (d *desk) most(o *router.Outlook, s event.Stage, v *router.VenueOutlook, within time.Duration) float64 {
	if s == event.StageSweep {
		return float64(o.Terms.Qty) // what is shown is shown again
	}
	q := d.waves(o, s, within) * v.Expect
	if usual := d.venues[v.Venue].History.VolumeShare * float64(o.ADV) * within.Seconds() / tradingDay.Seconds(); usual > 0 {
		q = min(q, max(v.Expect, quarter*usual))
	}
	return q
}

// waves is how often a stage comes round in the order's time.
func (d *desk) waves(o *router.Outlook, s event.Stage, within time.Duration) float64 {
	rest := time.Duration(o.DarkWave)
	switch {
	case s == event.StageInternal:
		return 1
	case s == event.StageLit && o.Terms.Strategy == order.Immediate && o.Terms.Limit == 0:
		return 0 // a marketable order does not post
	case s == event.StageLit:
		rest = time.Duration(o.PostWait)
	}
	return max(1, float64(within)/float64(max(1, rest)))
}

// add puts one venue's part w of a stage into it.
func (d *desk) add(f *filled, v *router.VenueOutlook, w, share float64) {
	f.spread += w * v.Spread
	f.fee += w * v.Fee
	f.tox += w * v.Tox
	f.toxSE = math.Hypot(f.toxSE, w*v.ToxSE)
	if v.Fill > 0 {
		f.se = math.Hypot(f.se, share*w*v.FillSE/v.Fill)
	}
	f.leak += v.Leak * float64(v.Size) / v.Expect * w * share // for each share that fills, so many are sent
	place := &d.venues[v.Venue]
	if m := d.model; m != nil && m.Cost != nil {
		var out [1]float64
		scratch := make([]float64, m.Cost.Scratch())
		m.Cost.Forward(out[:], scratch, m.CostInput(nil, place.Name, place.Type.String(), v.Style.Takes(), &v.Context))
		f.net += w * out[0]
	}
	f.shown.Venues = append(f.shown.Venues, Venue{Venue: place.Name, Share: w * share, Fill: v.Fill, Spread: v.Spread, Fee: v.Fee, Tox: v.Tox})
}
