package report

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/internal/tca"
)

// Decision explains one decision by its number, for programs and in words. instance 0 means the newest journal of the store.
func Decision(ctx context.Context, st *store.Store, instance uint32, id uint64) (*tca.Explanation, string, error) {
	instance, err := newest(ctx, st, instance)
	if err != nil {
		return nil, "", err
	}
	c, err := read(ctx, st, instance, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, "", fmt.Errorf("store %v has no decision %d in its newest journal: `sluice report PARENT --decisions` prints those of a parent with their numbers", st, id)
	}
	if err != nil {
		return nil, "", err
	}
	return c.Explanation(), c.Text(), nil
}

// Child explains the decision that sent one child, for programs and in words. The child is named by its number, which means the
// newest journal where instance is 0, or by the ClOrdID (11) that its venue had, which names the journal too.
func Child(ctx context.Context, st *store.Store, instance uint32, name string) (*tca.ChildExplanation, string, error) {
	instance, id, err := childKey(ctx, st, instance, name)
	if err != nil {
		return nil, "", err
	}
	row, err := st.Child(ctx, instance, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, "", fmt.Errorf("store %v has no child %s: `sluice report PARENT --decisions` prints those of a parent; give the number, or the ClOrdID (11) that its venue had", st, name)
	}
	if err != nil {
		return nil, "", err
	}
	child := &row.Body.Child
	c, err := read(ctx, st, instance, child.Decision)
	if errors.Is(err, store.ErrNotFound) {
		return nil, "", fmt.Errorf("store %v has child %s but not its decision %d: rebuild the store from the journal", st, name, child.Decision)
	}
	if err != nil {
		return nil, "", err
	}
	return c.Child(child), c.ChildText(child), nil
}

// childKey reads a child's number or ClOrdID.
func childKey(ctx context.Context, st *store.Store, instance uint32, name string) (uint32, order.ChildID, error) {
	if n, err := strconv.ParseUint(name, 10, 64); err == nil && n > 0 {
		instance, err := newest(ctx, st, instance)
		return instance, order.ChildID(n), err
	}
	instance, id, _, err := event.ParseClOrdID(name)
	if err != nil {
		return 0, 0, fmt.Errorf("%q names no child: give its number from 1, or the ClOrdID (11) that its venue had, as MUAW60-29", name)
	}
	return instance, id, nil
}

// read reads one decision with its children.
func read(ctx context.Context, st *store.Store, instance uint32, id uint64) (*tca.Case, error) {
	d, err := st.Decision(ctx, instance, id)
	if err != nil {
		return nil, err
	}
	parent := store.ParentKey{Instance: instance, ID: d.Body.Parent}
	children, err := st.Children(ctx, parent)
	if err != nil {
		return nil, err
	}
	outcomes, err := st.Outcomes(ctx, parent)
	if err != nil {
		return nil, err
	}
	names, err := Names(ctx, st, instance)
	if err != nil {
		return nil, err
	}
	return caseOf(instance, d.Body, children, outcomes, names), nil
}

// caseOf joins a decision with those of its parent's children that it sent, and with what it cost.
func caseOf(instance uint32, d *event.RecordDecision, children []store.Child, outcomes []store.Outcome, names tca.Names) *tca.Case {
	c := &tca.Case{Instance: instance, Decision: d, Venues: names}
	for _, row := range children {
		if o := &row.Body.Child; o.Decision == d.Decision {
			c.Children = append(c.Children, o)
		}
	}
	for _, row := range outcomes {
		if o := row.Body; o.What == event.OutcomeCost && o.Decision == d.Decision {
			c.Cost = o // the last one counts
		}
	}
	return c
}
