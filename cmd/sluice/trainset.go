package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/models"
	"github.com/sluice-sor/sluice/models/registry"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/control"
	"github.com/sluice-sor/sluice/train"
)

// A trainSet says which records a training is on. It is kept while the training runs, so that one that was interrupted goes on
// with the same.
type trainSet struct {
	Instance uint32            `json:"instance"` // of the cut's journal
	Epoch    uint32            `json:"epoch"`    // that began with the cut; 0: there is none
	Seq      uint64            `json:"seq"`
	Upto     map[uint32]uint64 `json:"upto"` // last record that counts, by journal
	From, To market.Time
	Asked    time.Time `json:"asked"`
	Flags    string    `json:"flags"` // that chose it
}

func (s *trainSet) options() train.Options {
	return train.Options{From: s.From, To: s.To, Cut: s.Upto}
}

// key names the set for train.Config: a set is in one store, and one that was asked for again goes on with nothing.
func (s *trainSet) key(f *config.File) string {
	text, err := json.Marshal(struct {
		Store    string
		Upto     map[uint32]uint64
		From, To market.Time
		Asked    time.Time
	}{f.Router.StoreURL, s.Upto, s.From, s.To, s.Asked})
	if err != nil {
		panic("train: " + err.Error()) // numbers and a text
	}
	return string(text)
}

// pendingName is the file of a training's set while it runs. Each set of flags has its own, so that another training does not take
// it away from one that was interrupted.
func pendingName(flags string) string {
	sum := sha256.Sum256([]byte(flags))
	return "pending-" + hex.EncodeToString(sum[:4]) + ".json"
}

// set decides what to train on: the set of an interrupted training, everything, a cut of the running router, or the last one.
func (t *training) set(ctx context.Context, f *config.File, st *store.Store, dir string) (*trainSet, error) {
	filter, err := t.when.filter()
	if err != nil {
		return nil, err
	}
	flags := fmt.Sprint(filter.From, filter.To, t.days, t.all, t.dryRun)
	if s := t.pending(dir, flags); s != nil {
		return s, nil
	}
	s := &trainSet{From: filter.From, To: filter.To, Asked: time.Now(), Flags: flags}
	if s.Upto, err = watermarks(ctx, st); err != nil {
		return nil, err
	}
	switch {
	case t.all || t.dryRun:
		for instance, seq := range s.Upto { // of one journal the record is told, several have none in common
			if s.Instance = instance; len(s.Upto) == 1 {
				s.Seq = seq
			} else {
				s.Instance = 0
			}
		}
	case control.Running(f.Router.JournalDir):
		err = s.ask(ctx, f, st, t.actor)
	default:
		err = s.last(ctx, f, st)
	}
	if err != nil {
		return nil, err
	}
	if t.days > 0 {
		s.From = market.Time(s.Asked.Add(-time.Duration(t.days) * 24 * time.Hour).UnixNano())
	}
	return s, s.keep(dir)
}

// pending is the set of a training that was interrupted, if it was asked for with the same flags within a day.
func (t *training) pending(dir, flags string) *trainSet {
	var s trainSet
	data, err := os.ReadFile(filepath.Join(dir, pendingName(flags)))
	if err != nil || json.Unmarshal(data, &s) != nil || t.fresh || s.Flags != flags || time.Since(s.Asked) > train.KeptFor {
		return nil
	}
	fmt.Fprintf(os.Stderr, "sluice: going on with the training that was begun at %s; --fresh begins anew\n", s.Asked.Format(time.DateTime))
	return &s
}

func (s *trainSet) keep(dir string) error {
	data, err := json.Marshal(s)
	if err == nil {
		err = os.MkdirAll(dir, 0o750)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, pendingName(s.Flags)), data, 0o640) //nolint:gosec // others may read it
	}
	return err
}

func (s *trainSet) forget(dir string) error {
	err := os.Remove(filepath.Join(dir, pendingName(s.Flags)))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// mainSource is the store's own projection of a journal.
func mainSource(instance uint32) store.Source {
	return store.Source{Projection: "main", Instance: instance}
}

// watermarks is how far the store is with every journal.
func watermarks(ctx context.Context, st *store.Store) (map[uint32]uint64, error) {
	starts, err := st.Starts(ctx, 0)
	if err != nil {
		return nil, err
	}
	out := map[uint32]uint64{}
	for i := range starts {
		instance := starts[i].Instance
		if _, known := out[instance]; known {
			continue
		}
		if out[instance], err = st.Watermark(ctx, mainSource(instance)); err != nil {
			return nil, err
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("store %v has no start of a router: there is nothing to train on", st)
	}
	return out, nil
}

// storeWait is how long a store may stand still before a training gives up waiting for the cut.
const storeWait = time.Minute

// ask gets a cut from the running router and waits until the store has reached it.
func (s *trainSet) ask(ctx context.Context, f *config.File, st *store.Store, actor string) error {
	a, err := control.Call(ctx, f.Router.JournalDir, &control.Request{Do: control.DoCut, Actor: actor, Reason: "training"})
	if err != nil {
		return err
	}
	if a.Cut == nil {
		return errors.New("the router answered without a cut: use the sluice of the same build")
	}
	s.Instance, s.Epoch, s.Seq = a.Cut.Instance, a.Cut.Epoch, a.Cut.Seq
	s.Upto[s.Instance] = s.Seq
	moved, last := time.Now(), uint64(0)
	for {
		seq, err := st.Watermark(ctx, mainSource(s.Instance))
		switch {
		case err != nil:
			return err
		case seq >= s.Seq:
			return nil
		case seq > last:
			moved, last = time.Now(), seq
		case time.Since(moved) > storeWait:
			return fmt.Errorf("store %v stands at record %d of journal %d for %v, and the training set ends with %d: look at the router's log, then train again",
				st, seq, s.Instance, storeWait, s.Seq)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// last takes the last cut that the store knows of.
func (s *trainSet) last(ctx context.Context, f *config.File, st *store.Store) error {
	cuts, err := st.Models(ctx, store.ModelFilter{What: event.ModelCut, Limit: 1})
	if err != nil {
		return err
	}
	if len(cuts) == 0 {
		return fmt.Errorf("no router runs with %s, and store %v knows of no training cut: start the router, or train on everything with --all", f.Path, st)
	}
	s.Instance, s.Epoch, s.Seq = cuts[0].Instance, cuts[0].Body.Epoch, cuts[0].Seq
	s.Upto[s.Instance] = s.Seq
	return nil
}

// champion is the model to compare with; nil and an empty name for the built-in prior.
func champion(ctx context.Context, r *registry.Registry) (*models.Model, string, error) {
	a, err := r.Aliases(ctx)
	if err != nil {
		return nil, "", err
	}
	id := a.Champion
	if id == "" || id == registry.Builtin {
		return nil, "", nil
	}
	m, _, err := r.Model(ctx, id)
	if err != nil {
		return nil, "", fmt.Errorf("the champion cannot be read, and a candidate must be compared with it: %w; `sluice models promote` another, or roll back", err)
	}
	return m, id, nil
}
