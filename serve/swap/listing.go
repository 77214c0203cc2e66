package swap

import (
	"context"
	"errors"

	"github.com/sluice-sor/sluice/models/registry"
)

// Listing is the registry and what is in force here, for people.
type Listing struct {
	Serving  string           `json:"serving"`
	Beside   string           `json:"beside,omitempty"`
	Share    float64          `json:"beside_share,omitempty"` // of the parents that arrive, which the one beside serves
	Aliases  registry.Aliases `json:"aliases"`
	Versions []registry.Entry `json:"versions"` // the latest first
	Ledger   []registry.Line  `json:"ledger"`   // the newest lines, the oldest of them first
}

// listed is how many lines of the ledger a listing has.
const listed = 100

// ErrAway says that the registry is not followed at the moment: it does not answer, or the router is only starting.
var ErrAway = errors.New("the model registry does not answer: the model that serves goes on")

// Registry gives the registry that is followed, or [ErrAway].
func (f *Follower) Registry() (*registry.Registry, error) {
	r := f.open.Load()
	if r == nil {
		return nil, ErrAway
	}
	return r, nil
}

// Places says which models are in force.
func (f *Follower) Places() Places {
	p, _ := f.now()
	return p
}

// List gives the registry as it is followed, or [ErrAway].
func (f *Follower) List(ctx context.Context) (*Listing, error) {
	r := f.open.Load()
	if r == nil {
		return nil, ErrAway
	}
	p, _ := f.now()
	l := &Listing{Serving: p.Serving, Beside: p.Beside, Share: p.Share}
	var err error
	if l.Versions, err = r.List(ctx); err != nil {
		return nil, err
	}
	lines, err := r.Ledger(ctx)
	if err != nil {
		return nil, err
	}
	l.Aliases = registry.AliasesOf(lines)
	l.Ledger = lines[max(0, len(lines)-listed):]
	return l, nil
}
