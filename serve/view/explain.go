package view

import (
	"cmp"
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/tca"
)

// Explain gives what a decision expected of every venue and plan by cost part, with the children that it sent: what `sluice
// report --decision` prints as JSON. ok is false if the decision is not kept.
func (v *View) Explain(id uint64) (x *tca.Explanation, ok bool) {
	c := v.caseOf(id)
	if c == nil {
		return nil, false
	}
	return c.Explanation(), true
}

// ExplainChild gives a child with the explanation of the decision that sent it: what `sluice report --child` prints as JSON. ok
// is false if the child or its decision is not kept.
func (v *View) ExplainChild(id order.ChildID) (x *tca.ChildExplanation, ok bool) {
	v.mu.RLock()
	row := v.children[id]
	if row == nil {
		v.mu.RUnlock()
		return nil, false
	}
	child := row.Child
	v.mu.RUnlock()
	c := v.caseOf(child.Decision)
	if c == nil {
		return nil, false
	}
	return c.Child(&child), true
}

// caseOf copies a decision with its children, nil if it is not kept.
func (v *View) caseOf(id uint64) *tca.Case {
	v.mu.RLock()
	defer v.mu.RUnlock()
	d := v.byID[id]
	if d == nil {
		return nil
	}
	body, err := event.Decode(event.KindRecordDecision, d.record)
	if err != nil {
		panic("view: a decision that was encoded here does not decode: " + err.Error())
	}
	c := &tca.Case{Instance: v.engine.Instance, Decision: body.(*event.RecordDecision), Cost: d.cost}
	for i := range v.venues {
		c.Venues = append(c.Venues, v.venueName(market.VenueID(i)))
	}
	if p := v.parents[d.Parent]; p != nil {
		for _, id := range p.children {
			if row := v.children[id]; row != nil && row.Decision == d.ID {
				child := row.Child
				c.Children = append(c.Children, &child)
			}
		}
	}
	slices.SortFunc(c.Children, func(a, b *order.Child) int { return cmp.Compare(a.ID, b.ID) })
	return c
}
