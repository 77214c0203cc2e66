// Package report reads a parent's whole story from the store: its reconciliation, and every decision explained.
package report

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/internal/tca"
)

// Report is one parent with its decisions.
type Report struct {
	TCA          tca.Report         `json:"tca"`
	Decisions    []string           `json:"decisions"`    // in words
	Explanations []*tca.Explanation `json:"explanations"` // the same by cost part
}

// Text prints the report; decisions only where they are asked for.
func (r *Report) Text(decisions bool) string {
	var b strings.Builder
	b.WriteString(r.TCA.Text())
	if decisions {
		for _, d := range r.Decisions {
			b.WriteString("\n" + d)
		}
	}
	return b.String()
}

// Read makes the report of one parent, named by its number, its OrderID (37) or its ClOrdID. instance 0 means the
// newest journal of the store.
func Read(ctx context.Context, st *store.Store, instance uint32, parent string) (*Report, error) {
	key, err := find(ctx, st, instance, parent)
	if err != nil {
		return nil, err
	}
	d, err := st.Dossier(ctx, key)
	if err != nil {
		return nil, err
	}
	names, err := Names(ctx, st, key.Instance)
	if err != nil {
		return nil, err
	}
	out := &Report{}
	if out.TCA, err = tca.Reconcile(Input(d, names)); err != nil {
		return nil, err
	}
	for _, row := range d.Decisions {
		c := caseOf(key.Instance, row.Body, d.Children, d.Outcomes, names)
		out.Decisions = append(out.Decisions, c.Text())
		out.Explanations = append(out.Explanations, c.Explanation())
	}
	return out, nil
}

// find resolves a parent's name.
func find(ctx context.Context, st *store.Store, instance uint32, parent string) (store.ParentKey, error) {
	var id uint64
	if _, err := fmt.Sscanf(parent, "%d", &id); err == nil && fmt.Sprint(id) == parent {
		instance, err := newest(ctx, st, instance)
		return store.ParentKey{Instance: instance, ID: order.ParentID(id)}, err
	}
	rows, err := st.Parents(ctx, store.ParentFilter{Instance: instance, ClOrdID: parent, Limit: 2})
	switch {
	case err != nil:
		return store.ParentKey{}, err
	case len(rows) == 0:
		return store.ParentKey{}, fmt.Errorf("store %v has no parent %q: give its number or its last ClOrdID (11); `sluice report` alone lists the newest", st, parent)
	case len(rows) > 1:
		return store.ParentKey{}, fmt.Errorf("store %v has several parents with ClOrdID %q: give the number", st, parent)
	}
	return store.KeyOf(rows[0]), nil
}

// newest gives the store's newest journal where none is named.
func newest(ctx context.Context, st *store.Store, instance uint32) (uint32, error) {
	if instance != 0 {
		return instance, nil
	}
	s, err := st.Start(ctx, 0)
	if errors.Is(err, store.ErrNotFound) {
		return 0, fmt.Errorf("store %v is empty: no router has written to it yet", st)
	}
	return s.Instance, err
}

// Names gives the venues' names by number, as the journal's newest start configured them.
func Names(ctx context.Context, st *store.Store, instance uint32) (tca.Names, error) {
	start, err := st.Start(ctx, instance)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var cfg router.Config
	if err := json.Unmarshal(start.Body.Config, &cfg); err != nil {
		return nil, fmt.Errorf("configuration in store %v: %w", st, err)
	}
	var names tca.Names
	for i := range cfg.Venues {
		names = append(names, cfg.Venues[i].Name)
	}
	return names, nil
}

// Input turns a dossier into what the reconciliation takes.
func Input(d *store.Dossier, names tca.Names) tca.Input {
	in := tca.Input{Parent: d.Parent.Body, Venues: names}
	for _, r := range d.Children {
		in.Children = append(in.Children, r.Body)
	}
	for _, r := range d.Executions {
		in.Executions = append(in.Executions, r.Body)
	}
	for _, r := range d.Decisions {
		in.Decisions = append(in.Decisions, r.Body)
	}
	for _, r := range d.Outcomes {
		in.Outcomes = append(in.Outcomes, r.Body)
	}
	return in
}

// All reconciles every parent of a journal, newest first, at most limit of them (0 = the store's default).
func All(ctx context.Context, st *store.Store, instance uint32, limit int) ([]tca.Report, error) {
	rows, err := st.Parents(ctx, store.ParentFilter{Instance: instance, Limit: limit})
	if err != nil {
		return nil, err
	}
	all := make([]tca.Report, 0, len(rows))
	for _, row := range rows {
		names, err := Names(ctx, st, row.Instance)
		if err != nil {
			return nil, err
		}
		d, err := st.Dossier(ctx, store.KeyOf(row))
		if err != nil {
			return nil, err
		}
		r, err := tca.Reconcile(Input(d, names))
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}
