// Package report reads a parent's whole story from the store: its reconciliation, and every decision explained.
package report

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sluice-sor/sluice/internal/order"
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
	if errors.Is(err, store.ErrNotFound) {
		return nil, unknown(st, parent)
	}
	if err != nil {
		return nil, err
	}
	k, err := settingOf(ctx, st, key.Instance)
	if err != nil {
		return nil, err
	}
	out := &Report{}
	if out.TCA, err = tca.Reconcile(k.input(d)); err != nil {
		return nil, err
	}
	for _, row := range d.Decisions {
		c := caseOf(key.Instance, row.Body, d.Children, d.Outcomes, k.names)
		out.Decisions = append(out.Decisions, c.Text())
		out.Explanations = append(out.Explanations, c.Explanation())
	}
	return out, nil
}

func unknown(st *store.Store, parent string) error {
	return fmt.Errorf("store %v has no parent %q: give its number or its last ClOrdID (11); `sluice report` alone lists the newest", st, parent)
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
		return store.ParentKey{}, unknown(st, parent)
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

// All reconciles every parent of a journal, newest first, at most limit of them (0 = the store's default).
func All(ctx context.Context, st *store.Store, instance uint32, limit int) ([]tca.Report, error) {
	rows, err := st.Parents(ctx, store.ParentFilter{Instance: instance, Limit: limit})
	if err != nil {
		return nil, err
	}
	all := make([]tca.Report, 0, len(rows))
	settings := map[uint32]*setting{}
	for _, row := range rows {
		r, _, err := reconcile(ctx, st, settings, store.KeyOf(row))
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// reconcile makes the report of one parent, with what it was made from; settings keeps the configurations of journals met so far.
func reconcile(ctx context.Context, st *store.Store, settings map[uint32]*setting, key store.ParentKey) (tca.Report, *tca.Input, error) {
	k := settings[key.Instance]
	if k == nil {
		var err error
		if k, err = settingOf(ctx, st, key.Instance); err != nil {
			return tca.Report{}, nil, err
		}
		settings[key.Instance] = k
	}
	d, err := st.Dossier(ctx, key)
	if err != nil {
		return tca.Report{}, nil, err
	}
	in := k.input(d)
	r, err := tca.Reconcile(in)
	return r, &in, err
}
