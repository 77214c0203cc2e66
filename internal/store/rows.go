package store

import (
	"fmt"
	"math"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// projection turns records into rows, the last state only of what a batch changes more than once (PostgreSQL refuses to
// update one row twice in one statement).
type projection struct {
	instance uint32
	schema   *schema
	puts     []put
}

type put struct {
	table *table
	rows  [][]any
	place map[any]int // of a key's row, in tables that keep the latest
}

func newProjection(instance uint32, s *schema) *projection {
	p := &projection{instance: instance, schema: s}
	for _, t := range s.all() {
		p.puts = append(p.puts, put{table: t})
	}
	return p
}

// add projects one record; kinds without a table are passed over.
func (p *projection) add(r *Record) error {
	s := p.schema
	switch b := r.Body.(type) {
	case *event.Configured:
		p.put(&s.starts, nil, p.startRow(r, b))
	case *event.RecordParent:
		if !averages(b.Parent.Notional, b.Parent.Cum) || !averages(b.MarketValue, b.MarketVolume) {
			return fmt.Errorf("record %d: parent %d has a notional that its quantity cannot have", r.Seq, b.Parent.ID)
		}
		p.put(&s.parents, b.Parent.ID, p.parentRow(r, b))
	case *event.SendChild:
		return p.addChild(r, &event.RecordChild{Child: b.Child, At: r.At})
	case *event.RecordChild:
		return p.addChild(r, b)
	case *event.RecordExecution:
		p.put(&s.executions, b.Exec.Key, p.executionRow(r, b))
	case *event.RecordDecision:
		p.put(&s.decisions, nil, p.decisionRow(r, b))
	case *event.RecordOutcome:
		p.put(&s.outcomes, nil, p.outcomeRow(r, b))
	case *event.ReportParent:
		p.put(&s.reports, nil, p.reportRow(r, b))
	case *event.Raise:
		p.put(&s.alerts, nil, p.alertRow(r, b))
	case *event.RecordModel:
		p.put(&s.models, nil, p.modelRow(r, b))
	case *event.RecordExperiment:
		p.put(&s.experiments, nil, p.experimentRow(r, b))
	}
	return nil
}

func (p *projection) addChild(r *Record, b *event.RecordChild) error {
	if !averages(b.Child.Notional, b.Child.Cum) {
		return fmt.Errorf("record %d: child %d has a notional that its quantity cannot have", r.Seq, b.Child.ID)
	}
	p.put(&p.schema.children, b.Child.ID, p.childRow(r, b))
	return nil
}

// put adds a row, or replaces the row that this batch has for the key.
func (p *projection) put(t *table, key any, row []any) {
	for i := range p.puts {
		put := &p.puts[i]
		if put.table != t {
			continue
		}
		if t.latest {
			if at, ok := put.place[key]; ok {
				put.rows[at] = row
				return
			}
			if put.place == nil {
				put.place = make(map[any]int)
			}
			put.place[key] = len(put.rows)
		}
		put.rows = append(put.rows, row)
	}
}

// averages reports whether the notional of q shares has an average price, without which AvgPx panics.
func averages(n market.Notional, q market.Qty) bool {
	hi, lo := n.Parts()
	if q <= 0 {
		return true
	}
	return hi < uint64(q)>>1 || hi == 0 && lo <= math.MaxInt64
}

func (p *projection) startRow(r *Record, b *event.Configured) []any {
	return []any{int64(p.instance), int64(r.Seq), int64(r.At), int64(b.Epoch), escape(b.Build), append([]byte{}, b.Config...), body(b)}
}

func (p *projection) parentRow(r *Record, b *event.RecordParent) []any {
	o := &b.Parent
	t := &o.Terms
	return []any{
		int64(p.instance), int64(o.ID), int64(r.Seq), int64(b.At),
		escape(o.Client), escape(o.ClOrdID), escape(t.Account), escape(string(t.Symbol)), t.Side.String(),
		t.Type.String(), t.TIF.String(), t.Strategy.String(), t.Objective.String(), t.Urgency.String(),
		int64(t.Qty), int64(t.Limit), o.State.String(), o.Hold.String(), int64(o.Cum), int64(o.AvgPx()), int64(o.Leaves()),
		int64(o.Received), int64(o.DoneAt), int64(o.Arrival), int64(b.EndMid), int64(b.MarketVolume),
		int64(b.MarketValue.Avg(b.MarketVolume)), int64(b.Decisions), int64(b.Children), escape(o.Reason), body(b),
	}
}

func (p *projection) childRow(r *Record, b *event.RecordChild) []any {
	o := &b.Child
	return []any{
		int64(p.instance), int64(o.ID), int64(r.Seq), int64(b.At), int64(o.Parent), int64(o.Decision), int64(o.Venue),
		event.ClOrdID(p.instance, o.ID, 0), escape(o.VenueOrderID), escape(string(o.Symbol)), o.Side.String(),
		o.Type.String(), o.TIF.String(), o.Style.String(), int64(o.Qty), int64(o.Limit), int64(o.MinQty),
		o.State.String(), int64(o.Cum), int64(o.Leaves), int64(o.AvgPx()),
		int64(o.DecidedAt), int64(o.WireAt), int64(o.AckedAt), int64(o.DoneAt), o.InDoubt, escape(o.Reason), body(b),
	}
}

func (p *projection) executionRow(r *Record, b *event.RecordExecution) []any {
	x := &b.Exec
	return []any{
		int64(p.instance), int64(x.Key.Date), int64(x.Key.Venue), escape(x.Key.ExecID), escape(x.Key.OrderID),
		int64(r.Seq), int64(x.At), int64(b.ExecID), int64(x.Parent), int64(x.Child), int64(b.Decision),
		escape(string(b.Symbol)), b.Side.String(), b.Style.String(), int64(x.Qty), int64(x.Px), x.Liquidity.String(),
		escape(x.LastMkt), int64(x.Fee), int64(x.Reg), int64(b.Mid), b.Late, x.Busted, body(b),
	}
}

func (p *projection) decisionRow(r *Record, b *event.RecordDecision) []any {
	var plan event.PlanView
	var prob, cost, static any
	if i := int(b.Chosen); i >= 0 && i < len(b.Plans) {
		plan = b.Plans[i]
		prob, cost = finite(plan.Prob), finite(plan.CostBps)
	}
	if i := int(b.Static); i >= 0 && i < len(b.Plans) {
		static = finite(b.Plans[i].CostBps)
	}
	return []any{
		int64(p.instance), int64(b.Decision), dayOf(b.At), int64(r.Seq), int64(b.At), int64(b.Parent), b.Stage.String(), int64(b.Wave),
		escape(b.Why), escape(string(b.Symbol)), b.Side.String(), int64(b.Unrouted), int64(b.Want),
		int64(b.Quote.Bid), int64(b.Quote.Ask), b.Objective.String(), b.Urgency.String(), escape(b.Schema), escape(b.Model),
		int64(b.Posterior), finite(b.M), finite(b.Epsilon), finite(b.Gamma), finite(b.Draw),
		int64(len(b.Plans)), int64(b.Chosen), escape(plan.Name), prob, cost, static, b.Void, escape(b.Vetoed), body(b),
	}
}

func (p *projection) outcomeRow(r *Record, b *event.RecordOutcome) []any {
	return []any{
		int64(p.instance), int64(r.Seq), dayOf(b.At), int64(b.At), int64(b.Parent), int64(b.Child), int64(b.Decision), int64(b.ExecID),
		int64(b.Venue), b.Style.String(), outcomeName(b.What), b.HorizonNs, int64(b.Sent), int64(b.Got), b.Censored,
		finite(b.Value), finite(b.FillProb), finite(b.ToxBps), finite(b.OwnBps), b.Early, b.RestNs, b.LifeNs,
		escape(b.Refused), body(b),
	}
}

func (p *projection) reportRow(r *Record, b *event.ReportParent) []any {
	return []any{
		int64(p.instance), int64(b.ExecID), dayOf(b.At), int64(r.Seq), int64(b.At), int64(b.Parent), escape(b.Client), escape(b.ClOrdID),
		letter(b.ExecType), letter(b.OrdStatus), int64(b.LastQty), int64(b.LastPx), int64(b.Cum), int64(b.Leaves),
		int64(b.AvgPx), int64(b.RefExecID), int64(b.Fee), escape(b.Text), body(b),
	}
}

func (p *projection) alertRow(r *Record, b *event.Raise) []any {
	return []any{
		int64(p.instance), int64(r.Seq), int64(r.At), int64(b.Severity), escape(b.Code), int64(b.Parent), int64(b.Child),
		escape(b.Text), body(b),
	}
}

func (p *projection) modelRow(r *Record, b *event.RecordModel) []any {
	return []any{
		int64(p.instance), int64(r.Seq), int64(b.At), escape(b.Model), b.What.String(), escape(b.Reason), int64(b.Epoch),
		finite(b.Share), escape(b.Serving), escape(b.Beside), body(b),
	}
}

// dayOf is the UTC day of a row.
func dayOf(at market.Time) int64 { return int64(market.DateUTC(at)) }

func (p *projection) experimentRow(r *Record, b *event.RecordExperiment) []any {
	return []any{
		int64(p.instance), int64(r.Seq), int64(b.At), b.What.String(), escape(b.Name), escape(b.Reason), int64(b.Parent), int64(b.Arm),
		escape(b.Policy), int64(b.Cluster), escape(string(b.Symbol)), int64(b.Date), b.SinceNs, body(b),
	}
}

func body(b event.Body) []byte { return event.Append([]byte{}, b) }

// finite gives the column's value of an estimate: NULL for NaN and infinities, which sums would spread, and no negative zero,
// which SQLite does not keep.
func finite(x float64) any {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return x + 0
}

// letter gives a FIX character, empty if there is none.
func letter(b byte) string {
	if b == 0 {
		return ""
	}
	return escape(string([]byte{b}))
}

// outcomeName is the name of an outcome's kind in the outcomes table.
func outcomeName(what event.Outcome) string {
	switch what {
	case event.OutcomeFill:
		return "fill"
	case event.OutcomeMarkout:
		return "markout"
	case event.OutcomeShadow:
		return "shadow"
	case event.OutcomeLatency:
		return "latency"
	case event.OutcomeReject:
		return "reject"
	case event.OutcomeRevised:
		return "revised"
	case event.OutcomeParticipated:
		return "participated"
	case event.OutcomeImpact:
		return "impact"
	case event.OutcomeCost:
		return "cost"
	}
	return fmt.Sprintf("outcome %d", uint8(what))
}
