package train

import (
	"fmt"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/models"
)

// ArmKey is what has heads of its own: a venue, and whether orders take there.
type ArmKey struct {
	Venue, Kind string
	Takes       bool
}

// String says it as reports do.
func (k ArmKey) String() string {
	name := k.Venue
	if name == "" {
		name = "every " + k.Kind
	}
	if k.Takes {
		return name + " takes"
	}
	return name + " rests"
}

// displayed reports whether venues of the kind show their book. The others are judged after ten seconds and have hidden sizes
// (learning text 1.2).
func (k ArmKey) displayed() bool { return k.Kind == "lit" || k.Kind == "ecn" || k.Kind == "inverted" }

// decide is the horizon at which the kind's toxicity counts.
func (k ArmKey) decide() bandit.Horizon {
	if k.displayed() {
		return bandit.Horizon1s
	}
	return bandit.Horizon10s
}

// sizes reports whether the arm learns the size of hidden liquidity (H1).
func (k ArmKey) sizes() bool { return !k.displayed() && !k.Takes }

// kind is the arm's group.
func (k ArmKey) kind() ArmKey { return ArmKey{Kind: k.Kind, Takes: k.Takes} }

// armTable numbers arms in the order in which they were seen first, and their kinds.
type armTable struct {
	Arms  []ArmKey
	Kinds []ArmKey
	Of    []int // kind of each arm
	at    map[ArmKey]int
}

func (t *armTable) index(key ArmKey) (int, error) {
	if i, ok := t.at[key]; ok {
		return i, nil
	}
	if len(t.Arms) == models.MaxArms {
		return 0, fmt.Errorf("train: more than %d venues and styles: narrow the window with --from and --to", models.MaxArms)
	}
	if t.at == nil {
		t.at = map[ArmKey]int{}
	}
	kind := -1
	for i, k := range t.Kinds {
		if k == key.kind() {
			kind = i
		}
	}
	if kind < 0 {
		kind = len(t.Kinds)
		t.Kinds = append(t.Kinds, key.kind())
	}
	t.at[key] = len(t.Arms)
	t.Arms, t.Of = append(t.Arms, key), append(t.Of, kind)
	return len(t.Arms) - 1, nil
}

// cold is what is believed of a group of the kind before any data, for heads of d features (learning text 1.2).
func (k ArmKey) cold(d int) priors {
	level := 0.0
	switch {
	case k.Takes:
		level = 2
	case !k.displayed():
		level = -1
	}
	const usualRest = 5e9 // nanoseconds, within which a resting order fills by even chance
	return priors{bandit.Isotropic(d, level), bandit.Isotropic(d, .5), bandit.ColdHazard(d, .5, usualRest)}
}
