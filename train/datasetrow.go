package train

import (
	"math"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/features"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/store"
)

// reader turns stored decisions into rows, in memory that it uses again.
type reader struct {
	schema   string // of this build's features
	decision DecisionRow
	rows     []Row
	blind    int
}

func newReader() *reader {
	s := features.Default()
	return &reader{schema: s.Hash()}
}

// decide fills the decision's row but for its outcome.
func (r *reader) decide(e *engine, t *store.Told) {
	b, d := t.Body, &r.decision
	*d = DecisionRow{Instance: t.Instance, Seq: t.Seq, Parent: uint64(b.Parent), Decision: b.Decision, At: int64(b.At), Symbol: string(b.Symbol),
		Side: int(b.Side.Sign()), Stage: b.Stage.String(), Style: b.Objective.String(), Want: int64(b.Want), OppBps: b.OppBps, M: b.M, Epsilon: b.Epsilon,
		Gamma: b.Gamma, Model: b.Model, Schema: b.Schema, Venues: d.Venues[:0], Plans: d.Plans[:0], Chosen: int(b.Chosen), Static: int(b.Static),
		Void: b.Void}
	switch {
	case b.Void:
		d.Why = "the plan was changed after the draw"
	case b.Stage == event.StageHold && b.Chosen >= 0:
		d.Void, d.Why = true, b.Vetoed
	}
	if d.Chosen >= len(b.Plans) || d.Static >= len(b.Plans) {
		d.Chosen, d.Static, d.Void, d.Why = -1, -1, true, "the record names plans that it has not"
	}
	for i := range b.Venues {
		v := &b.Venues[i]
		if v.Excluded != "" || len(v.Features) != features.Dim {
			continue
		}
		row := VenueRow{Style: v.Style, Takes: v.Style.Takes(), FillProb: v.FillProb, ToxBps: v.ToxBps, FeeBps: v.FeeBps, CostBps: v.CostBps, ExpectBps: v.ExpectBps, Size: int64(v.Size)}
		row.Venue, row.Kind = e.venue(v.Venue)
		copy(row.Phi[:], v.Features)
		d.Venues = append(d.Venues, row)
	}
	for i := range b.Plans {
		r.plan(e, &b.Plans[i])
	}
}

// plan adds one of the decision's plans; the shares keep their memory.
func (r *reader) plan(e *engine, v *event.PlanView) {
	d := &r.decision
	n := len(d.Plans)
	if n < cap(d.Plans) {
		d.Plans = d.Plans[:n+1]
	} else {
		d.Plans = append(d.Plans, Plan{})
	}
	p := &d.Plans[n]
	*p = Plan{Name: v.Name, Prob: v.Prob, CostBps: v.CostBps, Shares: p.Shares[:0]}
	for k := range v.Shares {
		s := Share{Style: v.Shares[k].Style, Takes: v.Shares[k].Style.Takes(), Qty: int64(v.Shares[k].Qty)}
		s.Venue, s.Kind = e.venue(v.Shares[k].Venue)
		p.Shares = append(p.Shares, s)
	}
}

// outcomes fills the children's rows and the decision's cost.
func (r *reader) outcomes(e *engine, t *store.Told) {
	r.rows, r.blind = r.rows[:0], 0
	for i := range t.Children {
		r.child(e, t, &t.Children[i].Body.Child)
	}
	var cost *event.RecordOutcome
	for i := range t.Outcomes {
		o := &t.Outcomes[i]
		if o.Body.What == event.OutcomeCost {
			cost = o.Body
			continue
		}
		for k := range r.rows {
			if row := &r.rows[k]; row.Child == uint64(o.Body.Child) {
				row.told(o)
				break
			}
		}
	}
	r.cost(cost)
}

// child begins a child's row with what was known at its decision.
func (r *reader) child(e *engine, t *store.Told, c *order.Child) {
	view := viewOf(t.Body, c)
	if view == nil || t.Body.Schema != r.schema {
		r.blind++
		return
	}
	n := len(r.rows)
	if n < cap(r.rows) {
		r.rows = r.rows[:n+1]
	} else {
		r.rows = append(r.rows, Row{})
	}
	row := &r.rows[n]
	*row = Row{Instance: t.Instance, Seq: t.Seq, Parent: uint64(t.Body.Parent), Child: uint64(c.ID), Decision: t.Body.Decision, At: int64(t.Body.At),
		Symbol: string(t.Body.Symbol), Style: c.Style, Takes: c.Style.Takes(), Side: int(c.Side.Sign()), Lot: int64(e.lot(c.Symbol)), Marks: row.Marks[:0]}
	row.Venue, row.Kind = e.venue(c.Venue)
	if in := e.symbols[c.Symbol]; in != nil {
		row.Vol, row.ADV = in.DayVolBps, float64(in.ADV)
	}
	row.MinQty = int(int64(c.MinQty) / row.Lot)
	copy(row.Phi[:], view.Features)
}

// viewOf is what the decision recorded of the child's venue; nil if it recorded no features of its style.
func viewOf(d *event.RecordDecision, c *order.Child) *event.VenueView {
	for i := range d.Venues {
		if v := &d.Venues[i]; v.Venue == c.Venue && v.Style == c.Style && len(v.Features) == features.Dim {
			return v
		}
	}
	return nil
}

// cost takes what the decision cost, as recorded last.
func (r *reader) cost(o *event.RecordOutcome) {
	d := &r.decision
	switch {
	case o == nil || d.Void:
	case o.Refused != "":
		d.Void, d.Why = true, o.Refused
	case math.IsNaN(o.Value) || math.IsInf(o.Value, 0):
		d.Void, d.Why = true, "its cost is no figure"
	default:
		d.Known, d.Realized, d.Got, d.CutShort = true, o.Value, int64(o.Got), o.Censored
	}
}

// told takes one record of what the learner was told.
func (r *Row) told(o *store.Outcome) {
	b := o.Body
	if b.Refused == event.RefusedControl {
		return
	}
	switch b.What {
	case event.OutcomeFill:
		r.filled(o)
	case event.OutcomeRevised:
		r.revised(b)
	case event.OutcomeMarkout, event.OutcomeShadow:
		r.marked(o)
	case event.OutcomeLatency, event.OutcomeReject:
		r.answered(o)
	case event.OutcomeParticipated, event.OutcomeImpact, event.OutcomeCost:
	}
}

// answered takes the first answer to a child: the learner is told of no other.
func (r *Row) answered(o *store.Outcome) {
	b := o.Body
	if r.HasAnswer {
		return
	}
	r.Rejected = b.What == event.OutcomeReject
	r.Latency = float64(b.LifeNs) / float64(market.Second)
	if b.LifeNs == 0 && !r.Rejected { // recorded before the exact round trip was
		r.Latency = b.Value * 1e-6
	}
	r.HasAnswer, r.AnswerSeq, r.AnswerAt = b.LifeNs > 0 || !r.Rejected, o.Seq, int64(b.At)
}

func (r *Row) filled(o *store.Outcome) {
	b := o.Body
	sent, got := r.lots(b.Sent), r.lots(b.Got)
	if sent == 0 || b.Refused == event.RefusedRejected {
		return
	}
	r.HasFill, r.FillSeq, r.FillAt = true, o.Seq, int64(b.At)
	r.Sent, r.Got = sent, min(sent, got)
	r.MinQty = min(r.MinQty, sent)
	r.Early = b.Early || b.Censored && b.Got < b.Sent
	r.Taken = int(b.Taken)
	r.lived(b, o.Seq)
}

func (r *Row) lived(b *event.RecordOutcome, seq uint64) {
	if b.RestNs <= 0 {
		return
	}
	r.HasLife, r.Life = true, bandit.Life{End: b.LifeNs, Filled: !b.Lived, Rest: b.RestNs}
	if r.LifeSeq == 0 {
		r.LifeSeq = seq
	}
}

// revised applies a bust, a correction or a fill that came late.
func (r *Row) revised(b *event.RecordOutcome) {
	if b.Value == 0 {
		kept := r.Marks[:0]
		for _, m := range r.Marks {
			if m.Shadow || m.Exec != b.ExecID {
				kept = append(kept, m)
			}
		}
		r.Marks = kept
	}
	if got := min(r.lots(b.Sent), r.lots(b.Got)); r.HasFill && got <= r.Sent {
		r.Got = got
		r.lived(b, r.LifeSeq)
	}
}

func (r *Row) marked(o *store.Outcome) {
	b := o.Body
	m := Mark{Shadow: b.What == event.OutcomeShadow, Exec: b.ExecID, Qty: int64(b.Got), Due: int64(b.At), Seq: o.Seq, Bps: b.OwnBps - b.Value, Own: b.OwnBps}
	if math.IsNaN(m.Bps) || math.IsInf(m.Bps, 0) {
		return
	}
	for m.Horizon = 0; m.Horizon.Nanos() != b.HorizonNs; m.Horizon++ {
		if m.Horizon == bandit.NumHorizons-1 {
			return // of another build
		}
	}
	since := b.LifeNs
	if since == 0 { // recorded before the exact time was
		since = b.HorizonNs
	}
	m.At = int64(b.At) - since
	if m.Qty == 0 && !m.Shadow { // recorded before the fill's size was
		m.Qty = r.Lot
	}
	r.Marks = append(r.Marks, m)
}

// lots counts as the router does: at least one of what is not zero.
func (r *Row) lots(q market.Qty) int {
	if q <= 0 {
		return 0
	}
	return int(max(1, int64(q)/r.Lot))
}
