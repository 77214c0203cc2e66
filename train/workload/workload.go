// Package workload fills a store with synthetic work whose truth is known: decisions with features, plans and exact
// probabilities, their children, and all that a learner would have been told of them. It is for measuring what trains on a store
// of any size, within minutes instead of months of trading; nothing of it is traded, and no market moves.
//
//	err := workload.Fill(ctx, st, workload.Config{Decisions: 1_000_000, Seed: 1}, nil)
//
// The same configuration gives the same rows.
package workload

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/features"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/store"
)

// Config says how much work there is.
type Config struct {
	Decisions int
	Seed      uint64
	Days      int         // that it is spread over; 20
	From      market.Time // the first morning; 2026-03-02 14:30 UTC
}

const (
	// Instance is the journal of the work.
	Instance = 1
	// perParent is how many decisions an order takes.
	perParent = 8
	// batchRecords is how many records are put in one transaction.
	batchRecords = 5000

	firstMorning = market.Time(1_772_461_800_000_000_000)
	trading      = 6*market.Hour + 30*market.Minute
)

// An Arm is a venue in one style, and its truth.
type Arm struct {
	Venue market.VenueID
	Style order.Style
	Fill  [features.Dim]float64 // logit of any fill, along the features
	Tox   [features.Dim]float64 // of a fill after 1 s, bps
	Noise [bandit.NumHorizons]float64
	End   float64 // hazard that liquidity ends, each lot
	Lat   float64 // mean seconds until it answers
	Cost  float64 // of a share, bps, beside what fills tell
}

// World is the venues, the instruments and the truth of the arms.
type World struct {
	Venues      []market.Venue
	Instruments []market.Instrument
	Arms        []Arm
	Y           float64 // factor of the square-root law
}

// NewWorld gives the world of a seed.
func NewWorld(seed uint64) *World {
	r := rand.New(rand.NewPCG(seed, 7))
	w := &World{Y: .6, Instruments: []market.Instrument{
		{Symbol: "AMZN", Tick: 10_000, Lot: 100, ADV: 30_000_000, DayVolBps: 180, PriorClose: 180 * market.Dollar, SpreadBps: 1},
		{Symbol: "CRUX", Tick: 10_000, Lot: 100, ADV: 900_000, DayVolBps: 320, PriorClose: 24 * market.Dollar, SpreadBps: 8},
	}}
	for i, v := range []struct {
		name string
		kind market.VenueType
	}{{"DARKA", market.Dark}, {"DARKB", market.Dark}, {"LITX", market.Lit}, {"LITY", market.Lit}, {"ECNZ", market.ECN}} {
		w.Venues = append(w.Venues, market.Venue{ID: market.VenueID(i), Name: v.name, MIC: v.name, Type: v.kind, History: market.History{LatencyUs: 300, FillRatePct: 50}})
		styles := []order.Style{order.StyleDark}
		if v.kind.Displayed() {
			styles = []order.Style{order.StylePost, order.StyleTake}
		}
		for _, style := range styles {
			a := Arm{Venue: market.VenueID(i), Style: style, Noise: [...]float64{.5, 1.2, 3.5, 8}, End: .04 + .02*float64(i), Lat: .0003 + .0002*r.Float64(), Cost: r.Float64()}
			a.Fill[0], a.Tox[0] = -1+.2*float64(i), .3*float64(i%3)
			if style == order.StyleTake {
				a.Fill[0] = 2
			}
			for j := 1; j < features.Dim; j++ {
				a.Fill[j], a.Tox[j] = .3*r.NormFloat64(), .1*r.NormFloat64()
			}
			w.Arms = append(w.Arms, a)
		}
	}
	return w
}

// P is the probability that a send to the arm fills at all.
func (a *Arm) P(phi []float64) float64 { return 1 / (1 + math.Exp(-dot(&a.Fill, phi))) }

func dot(theta *[features.Dim]float64, phi []float64) (sum float64) {
	for i, x := range phi {
		sum += theta[i] * x
	}
	return sum
}

// filler is the work on its way into a store.
type filler struct {
	c       Config
	w       *World
	r       *rand.Rand
	schema  string
	st      *store.Store
	records []store.Record
	seq     uint64
	child   uint64
	exec    uint64
	phi     [features.Dim]float64
	parent  order.Parent
}

// Fill puts the work into a store that has no such journal yet. Progress, where it is not nil, is told how many decisions there
// are.
func Fill(ctx context.Context, st *store.Store, c Config, progress func(decisions int)) error {
	if c.Days <= 0 {
		c.Days = 20
	}
	if c.From == 0 {
		c.From = firstMorning
	}
	s := features.Default()
	f := &filler{c: c, w: NewWorld(c.Seed), r: rand.New(rand.NewPCG(c.Seed, 11)), schema: s.Hash(), st: st}
	if at, err := st.Watermark(ctx, f.source()); err != nil || at > 0 {
		if err == nil {
			err = fmt.Errorf("store %v has journal %d already: name a new file", st, Instance)
		}
		return err
	}
	config, err := json.Marshal(map[string]any{"Router": "SYNTHETIC", "Venues": f.w.Venues, "Instruments": f.w.Instruments})
	if err != nil {
		return err
	}
	f.add(c.From, &event.Configured{Config: config, Instance: Instance, Epoch: 1, Build: "synthetic work"})
	for n := range c.Decisions {
		f.decide(n)
		if len(f.records) >= batchRecords {
			if err := f.flush(ctx); err != nil {
				return err
			}
			if progress != nil {
				progress(n + 1)
			}
		}
	}
	return f.flush(ctx)
}

func (f *filler) source() store.Source { return store.Source{Projection: "main", Instance: Instance} }

func (f *filler) flush(ctx context.Context) error {
	err := f.st.Apply(ctx, f.source(), f.records, f.seq)
	f.records = f.records[:0]
	return err
}

func (f *filler) add(at market.Time, b event.Body) {
	f.seq++
	f.records = append(f.records, store.Record{Seq: f.seq, At: at, Body: b})
}

// at is when decision n is taken: days of trading one after the other.
func (f *filler) at(n int) market.Time {
	perDay := (f.c.Decisions + f.c.Days - 1) / f.c.Days
	return f.c.From.Add(int64(n/perDay)*24*market.Hour + int64(float64(n%perDay)/float64(perDay)*float64(trading)))
}

// decide adds a decision and all that comes of it, and at the end of an order what it says of impact.
func (f *filler) decide(n int) {
	at, in := f.at(n), &f.w.Instruments[n/perParent%2]
	if n%perParent == 0 {
		f.parent = order.Parent{ID: order.ParentID(n/perParent + 1), Client: "EMS", ClOrdID: strconv.Itoa(n), State: order.New, Received: at, Arrival: in.PriorClose,
			ArrivalNBBO: market.Quote{Bid: in.PriorClose - 10_000, Ask: in.PriorClose + 10_000},
			Terms:       order.Terms{Symbol: in.Symbol, Side: market.Buy + market.Side(n/perParent%2), Qty: 40_000}}
	}
	d := f.decision(n, at, in)
	f.add(at, d)
	if d.Chosen >= 0 {
		f.follow(d, at)
	}
	if n%perParent == perParent-1 {
		f.finish(at, in)
	}
}

// decision draws a context, the candidates of a stage and a plan.
func (f *filler) decision(n int, at market.Time, in *market.Instrument) *event.RecordDecision {
	f.phi[0] = 1
	for j := 1; j < features.Dim; j++ {
		f.phi[j] = min(features.Clip, max(-features.Clip, f.r.NormFloat64()))
	}
	d := &event.RecordDecision{Decision: uint64(n + 1), Parent: f.parent.ID, At: at, Stage: event.StageDark, Wave: uint32(n % perParent), Why: "arrival", Symbol: in.Symbol,
		Side: f.parent.Terms.Side, Unrouted: 40_000, Want: 2000, Quote: f.parent.ArrivalNBBO, Schema: f.schema, Model: "builtin", M: .9, Epsilon: .02, Gamma: 2, OppBps: 4,
		Draw: f.r.Float64()}
	stage := []order.Style{order.StyleDark, order.StylePost, order.StyleTake}[f.r.IntN(3)]
	if stage != order.StyleDark {
		d.Stage = event.StageLit
	}
	best, rest := 0, 1.0
	for i := range f.w.Arms {
		a := &f.w.Arms[i]
		if a.Style != stage {
			continue
		}
		p, tox := a.P(f.phi[:]), dot(&a.Tox, f.phi[:])
		guess := a.Cost + 4 - p*(4-tox) + .3*f.r.NormFloat64()
		d.Venues = append(d.Venues, event.VenueView{Venue: a.Venue, Style: a.Style, FillProb: p, ToxBps: tox, CostBps: tox, ExpectBps: guess, Size: 2000,
			Features: append([]float64(nil), f.phi[:]...)})
		qty := market.Qty(1+f.r.IntN(20)) * 100
		d.Plans = append(d.Plans, event.PlanView{Name: f.w.Venues[a.Venue].Name, CostBps: guess, Shares: []event.Share{{Venue: a.Venue, Style: a.Style, Qty: qty}}})
		if last := len(d.Plans) - 1; guess < d.Plans[best].CostBps {
			best = last
		}
	}
	for j := range d.Plans {
		if j != best {
			d.Plans[j].Prob = 1 / (float64(len(d.Plans)) + d.Gamma*(d.Plans[j].CostBps-d.Plans[best].CostBps))
			rest -= d.Plans[j].Prob
		}
	}
	d.Plans[best].Prob = rest
	u := d.Draw
	for d.Chosen = 0; int(d.Chosen) < len(d.Plans)-1; d.Chosen++ {
		if u -= d.Plans[d.Chosen].Prob; u < 0 {
			break
		}
	}
	return d
}

// follow adds the chosen plan's child and its outcomes.
func (f *filler) follow(d *event.RecordDecision, at market.Time) {
	share := &d.Plans[d.Chosen].Shares[0]
	a := f.arm(share)
	f.child++
	c := order.Child{ID: order.ChildID(f.child), Parent: d.Parent, Decision: d.Decision, Venue: share.Venue, Symbol: d.Symbol, Side: d.Side, Style: share.Style, Qty: share.Qty,
		State: order.Filled, DecidedAt: at, WireAt: at, AckedAt: at, DoneAt: at.Add(2 * market.Second)}
	out := func(after int64, o event.RecordOutcome) {
		o.Decision, o.Child, o.Parent, o.Venue, o.Style, o.At = d.Decision, c.ID, d.Parent, c.Venue, c.Style, at.Add(after)
		f.add(o.At, &o)
	}
	trip := 1 + int64(a.Lat*f.r.ExpFloat64()*float64(market.Second))
	out(trip, event.RecordOutcome{What: event.OutcomeLatency, Value: float64(trip) / 1000, LifeNs: trip})
	filled := market.Qty(0)
	if f.r.Float64() < a.P(f.phi[:]) {
		for filled = 100; filled < share.Qty && f.r.Float64() >= a.End; filled += 100 {
		}
	}
	c.Cum, c.Notional = filled, market.NotionalOf(f.parent.Arrival, filled)
	if filled < share.Qty {
		c.State = order.Canceled
	}
	f.add(c.DoneAt, &event.RecordChild{Child: c, At: c.DoneAt})
	o := event.RecordOutcome{What: event.OutcomeFill, Sent: share.Qty, Got: filled, Censored: filled >= share.Qty}
	if share.Style != order.StyleTake {
		o.RestNs, o.LifeNs, o.Lived = 2*market.Second, 2*market.Second, filled == 0
		if filled > 0 {
			o.LifeNs = 1 + int64(f.r.Float64()*2e9)
		}
	}
	out(2*market.Second, o)
	f.marks(a, filled, out)
	cost := a.Cost + 4 + 3*f.r.NormFloat64()
	if filled > 0 {
		cost -= (4 - dot(&a.Tox, f.phi[:])) * float64(filled) / float64(share.Qty)
	}
	f.parent.Cum += filled
	out(15*market.Second, event.RecordOutcome{What: event.OutcomeCost, Value: cost, Sent: d.Want, Got: filled})
}

func (f *filler) arm(s *event.Share) *Arm {
	for i := range f.w.Arms {
		if a := &f.w.Arms[i]; a.Venue == s.Venue && a.Style == s.Style {
			return a
		}
	}
	panic("workload: a plan of no arm")
}

// marks adds the markouts of a fill, or the shadow markout of none.
func (f *filler) marks(a *Arm, filled market.Qty, out func(int64, event.RecordOutcome)) {
	if filled == 0 {
		out(12*market.Second, event.RecordOutcome{What: event.OutcomeShadow, HorizonNs: bandit.Horizon10s.Nanos(), LifeNs: bandit.Horizon10s.Nanos(),
			Value: -dot(&a.Tox, f.phi[:]) + .3 + a.Noise[bandit.Horizon10s]*f.r.NormFloat64()})
		return
	}
	f.exec++
	for h := range bandit.Horizon(bandit.NumHorizons) {
		out(market.Second+h.Nanos(), event.RecordOutcome{What: event.OutcomeMarkout, HorizonNs: h.Nanos(), LifeNs: h.Nanos(), ExecID: f.exec, Got: filled,
			Value: -dot(&a.Tox, f.phi[:]) + a.Noise[h]*f.r.NormFloat64()})
	}
}

// finish ends the order and adds what it says of impact.
func (f *filler) finish(at market.Time, in *market.Instrument) {
	end := at.Add(30 * market.Second)
	f.parent.State, f.parent.DoneAt, f.parent.Notional = order.Filled, end, market.NotionalOf(f.parent.Arrival, f.parent.Cum)
	f.add(end, &event.RecordParent{Parent: f.parent, At: end, Decisions: perParent, Children: perParent})
	if f.parent.Cum == 0 {
		return
	}
	share := float64(f.parent.Cum) / float64(in.ADV)
	traded := end.Sub(f.parent.Received)
	days := float64(traded) / float64(trading)
	z := f.w.Y + math.Sqrt(days/3/share)*f.r.NormFloat64()
	f.add(end, &event.RecordOutcome{Parent: f.parent.ID, What: event.OutcomeImpact, HorizonNs: traded, Value: z, Sent: f.parent.Terms.Qty, Got: f.parent.Cum, At: end})
}
