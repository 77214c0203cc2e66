package router

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/features"
	"github.com/sluice-sor/sluice/internal/snapshot"
	"github.com/sluice-sor/sluice/models"
)

// inherit gives a new slot what another has learned since an epoch, beside its own priors (SWP-03). Where the two see the world
// through different maps the data are taught anew (SWP-04). How says what was made of it.
func (s *slot) inherit(from *slot, cfg *Config, since uint32) (how string, err error) {
	arms, trust := s.arms(cfg, cfg.Venues), bandit.DefaultTrust()
	if s.model == nil {
		trust, since = bandit.FullTrust(), 0 // it is what it was, and nothing was fitted
	}
	var got bandit.Rebased
	anew := !reflect.DeepEqual(s.network(), from.network())
	if !anew {
		s.bandit, got, err = from.bandit.Rebase(arms, since, trust)
		anew = errors.Is(err, bandit.ErrEpochGone)
	}
	if anew {
		s.bandit, got, err = from.bandit.Replay(arms, since, trust, bandit.Map{Raw: features.Dim, Apply: s.apply()})
	}
	if err != nil {
		return "", err
	}
	for i, h := range from.impacts {
		if s.impacts[i], err = h.Rebase(s.impactPrior(i), since); err != nil {
			return "", err
		}
	}
	return inherited(&trust, &got), nil
}

// network is the slot's feature map, nil if it has none.
func (s *slot) network() *models.Network {
	if s.model == nil {
		return nil
	}
	return s.model.Map
}

// apply is the slot's feature map for the learner, nil if it has none.
func (s *slot) apply() func(phi, raw []float64) {
	if s.network() == nil {
		return nil
	}
	return func(phi, raw []float64) { s.model.Phi(phi, s.scratch, (*[features.Dim]float64)(raw)) }
}

// inherited says in words how far priors were believed, and what was taught anew.
func inherited(t *bandit.Trust, r *bandit.Rebased) string {
	var parts []string
	for i, n := range r.Heads {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d heads at %v of its precision", n, t.Rho[i]))
		}
	}
	if r.Replayed+r.Missing > 0 {
		parts = append(parts, fmt.Sprintf("%d data taught anew through its map, %d no longer kept", r.Replayed, r.Missing))
	}
	return strings.Join(parts, ", ")
}

// visit carries a slot. Working leaves out what its name stands for, and single data.
func (s *slot) visit(c *snapshot.Coder, cfg *Config, working bool) {
	snapshot.Uint(c, &s.serial)
	snapshot.Text(c, &s.name)
	snapshot.Uint(c, &s.version)
	snapshot.Flag(c, &s.barred)
	s.impacts.visit(c, working)
	if working {
		heads := s.bandit.AppendBelief(nil)
		snapshot.Blob(c, &heads)
		return
	}
	snapshot.Blob(c, &s.artifact)
	var heads []byte
	if !c.Decoding() {
		heads = s.bandit.AppendSnapshot(nil)
	}
	snapshot.Blob(c, &heads)
	if c.Decoding() && c.Err() == nil {
		if err := s.restore(cfg, heads); err != nil {
			c.Fail("model %s: %w", s.name, err)
		}
	}
}

// restore makes a slot of its artifact and heads.
func (s *slot) restore(cfg *Config, heads []byte) (err error) {
	if len(s.artifact) > 0 {
		if s.model, err = models.Parse(s.artifact); err == nil {
			err = s.model.Check() // so that nothing that serves was not checked
		}
		if err != nil {
			return err
		}
		if s.model.Map != nil {
			s.scratch = make([]float64, s.model.Map.Scratch())
		}
	}
	if (s.model == nil) != (s.name == Model) {
		return fmt.Errorf("an artifact of %d bytes", len(s.artifact))
	}
	if s.bandit, err = bandit.RestoreLearner(heads); err != nil {
		return err
	}
	if s.bandit.Arms() != len(cfg.Venues)*armsPerVenue {
		return fmt.Errorf("the learner has %d arms for %d venues", s.bandit.Arms(), len(cfg.Venues))
	}
	for a := range s.bandit.Arms() {
		if got, want := s.bandit.Fill(a).Dim(), s.dim(); got != want {
			return fmt.Errorf("arm %d has %d features, the model %d", a, got, want)
		}
	}
	s.arms(cfg, cfg.Venues) // for what leaks
	return nil
}
