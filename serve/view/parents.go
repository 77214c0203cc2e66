package view

import (
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// parentRow is a parent with what its row is computed from. Parent.Cum and Notional run with the executions and are
// set anew by every RecordParent, which stands in the journal after the executions it counts.
type parentRow struct {
	order.Parent
	marketVolume  market.Qty
	decisionCount uint64
	childCount    uint64
	participation *Real
	fees, reg     market.Money
	fillCount     uint64
	children      []order.ChildID
	fills         []fillRow
	fillAt        map[order.ExecKey]uint64 // place of a kept fill, counted from the parent's first
	dropped       uint64                   // fills dropped from the front of fills
	lost          uint64                   // children and fills no longer kept
	lines         []uint64                 // decisions, oldest first
}

// fillRow is an execution as booked last.
type fillRow struct {
	event.RecordExecution
	corrected bool
}

func (v *View) recordParent(b *event.RecordParent) {
	p := v.parents[b.Parent.ID]
	if p == nil {
		p = &parentRow{fillAt: map[order.ExecKey]uint64{}}
		v.parents[b.Parent.ID] = p
		v.order = append(v.order, b.Parent.ID)
	}
	wasDone := p.State.Done()
	p.Parent, p.marketVolume = b.Parent, b.MarketVolume
	v.measure(p, b)
	p.decisionCount, p.childCount = max(p.decisionCount, b.Decisions), max(p.childCount, b.Children)
	if p.State.Done() && !wasDone {
		v.engine.ParentsDone++
		v.done = append(v.done, p.ID)
		v.dropOldest()
	}
}

// dropOldest drops the children and fills of the parents that ended first, and of more than that their rows. One that a bust
// made active again is left alone.
func (v *View) dropOldest() {
	for len(v.done) > v.opts.DoneParents {
		id := v.done[0]
		v.done = v.done[1:]
		if p := v.parents[id]; p != nil && p.State.Done() {
			v.strip(p)
			v.bare = append(v.bare, id)
		}
	}
	for len(v.done)+len(v.bare) > v.opts.DoneRows {
		id := v.bare[0]
		v.bare = v.bare[1:]
		if p := v.parents[id]; p != nil && p.State.Done() {
			delete(v.parents, id)
		}
	}
	if len(v.order) > 2*len(v.parents)+64 {
		kept := v.order[:0]
		for _, id := range v.order {
			if v.parents[id] != nil {
				kept = append(kept, id)
			}
		}
		v.order = kept
	}
}

// strip drops what a parent has beside its row.
func (v *View) strip(p *parentRow) {
	for _, c := range p.children {
		delete(v.children, c)
		delete(v.live, c)
	}
	p.lost += uint64(len(p.children) + len(p.fills))
	p.dropped += uint64(len(p.fills))
	p.children, p.fills, p.lines = nil, nil, nil
	clear(p.fillAt)
}

// executed takes one execution, its bust or its correction: the same key again is the same execution (ER-12).
func (v *View) executed(b *event.RecordExecution) {
	x := &b.Exec
	p := v.parents[x.Parent]
	old, known := fillRow{}, false
	if p != nil {
		old, known = p.fill(x.Key)
	}
	now, before := booked(b), booked(&old.RecordExecution)
	client := ""
	if p != nil {
		client = p.Client
	}
	v.spent(client, x.At, now.money-before.money)
	v.bookFill(x.Key.Venue, !known, now.qty-before.qty, now.money-before.money, now.fee-before.fee, now.reg-before.reg)
	if p == nil {
		return
	}
	p.fees += now.fee - before.fee
	p.reg += now.reg - before.reg
	p.Cum += market.Qty(now.qty - before.qty)
	p.Notional = minus(p.Notional.Add(now.notional), before.notional)
	row := fillRow{*b, old.corrected || known && !x.Busted}
	if known {
		p.fills[p.fillAt[x.Key]-p.dropped] = row
	} else {
		v.addFill(p, row)
	}
	v.childFill(b, now, before, known)
}

// booking is what an execution counts for: nothing once it is busted.
type booking struct {
	qty      int64
	notional market.Notional
	money    market.Money
	fee, reg market.Money
}

func booked(b *event.RecordExecution) booking {
	x := &b.Exec
	if x.Busted || x.Qty <= 0 || x.Px < 0 {
		return booking{}
	}
	return booking{int64(x.Qty), market.NotionalOf(x.Px, x.Qty), money(x.Px, x.Qty), x.Fee, x.Reg}
}

func (p *parentRow) fill(k order.ExecKey) (fillRow, bool) {
	at, ok := p.fillAt[k]
	if !ok {
		return fillRow{}, false
	}
	return p.fills[at-p.dropped], true
}

func (v *View) addFill(p *parentRow, row fillRow) {
	p.fillAt[row.Exec.Key] = p.dropped + uint64(len(p.fills))
	p.fills = append(p.fills, row)
	p.fillCount++
	if len(p.fills) > v.opts.Fills {
		delete(p.fillAt, p.fills[0].Exec.Key)
		p.fills = p.fills[1:]
		p.dropped++
		p.lost++
	}
}

// row gives the parent's row of the blotter; working and doubt are its shares at venues and in doubt.
func (p *parentRow) row(instance uint32, working, doubt market.Qty) Parent {
	t := &p.Terms
	out := Parent{
		ID: p.ID, OrderID: event.OrderID(instance, p.ID), Client: p.Client, ClOrdID: p.ClOrdID,
		Symbol: string(t.Symbol), Side: t.Side.String(), Type: t.Type.String(), TIF: t.TIF.String(), Limit: Px(t.Limit),
		Strategy: t.Strategy.String(), Objective: t.Objective.String(), Urgency: t.Urgency.String(), MaxPctBps: t.MaxPctBps,
		DeskLimit: Px(p.Bounds.Limit), DeskPctBps: p.Bounds.MaxPctBps,
		Start: Stamp(t.Start), End: Stamp(t.End),
		Status: p.State.String(), Reason: p.Reason, Done: p.State.Done(),
		Qty: int64(t.Qty), Cum: int64(p.Cum), Leaves: int64(p.Leaves()), Working: int64(working), InDoubt: int64(doubt),
		AvgPx: Px(average(p.Notional, p.Cum)), Arrival: Px(p.Arrival), Fees: USD(p.fees), Regulatory: USD(p.reg),
		Received: Stamp(p.Received), DoneAt: Stamp(p.DoneAt),
		Children: p.childCount, Decisions: p.decisionCount, Fills: p.fillCount,
		MarketVolume: int64(p.marketVolume), Participation: p.participation,
	}
	if p.State == order.New && p.Cum > 0 { // the state is journaled at changes only; fills run ahead of it
		out.Status = order.PartiallyFilled.String()
	}
	if p.Hold != order.HoldNone {
		out.Hold = p.Hold.String()
	}
	if p.Cum > 0 && p.Arrival > 0 {
		slip := Real(float64(t.Side.Sign()) * market.Bps(average(p.Notional, p.Cum), p.Arrival))
		out.Slippage = &slip
	}
	return out
}
