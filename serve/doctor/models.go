package doctor

import (
	"context"
	"strings"

	"github.com/sluice-sor/sluice/models/registry"
)

// models opens the registry as the router does, and checks that what it should serve may.
func (d *doctor) models(ctx context.Context) {
	m := &d.file.Models
	ctx, cancel := context.WithTimeout(ctx, 5*d.Timeout)
	defer cancel()
	fail := func(err error) {
		text := err.Error()
		if p := m.Password; p.IsSet() {
			text = strings.ReplaceAll(text, p.Reveal(), "***") // a driver may quote what it was given (SEC-06)
		}
		d.report.add("models", Fail, "mend what it says, or change models.registry; the router runs on with the model it has", "%s: %s", m.Registry, text)
	}
	r, err := registry.Open(ctx, m.Config())
	if err != nil {
		fail(err)
		return
	}
	defer r.Close()
	entries, err := r.List(ctx)
	if err != nil {
		fail(err)
		return
	}
	a, err := r.Aliases(ctx)
	if err != nil {
		fail(err)
		return
	}
	for _, e := range entries {
		if e.Problem != "" && len(e.Aliases) == 0 {
			d.report.add("models", Warn, "leave it alone, or remove it: it is in nobody's way", "version %s: %s", e.ID, e.Problem)
		}
	}
	sound := true
	for _, alias := range []string{registry.Champion, registry.Challenger, registry.ShadowAlias, registry.RollbackTarget} {
		sound = d.model(ctx, r, &a, alias) && sound
	}
	if sound {
		d.report.add("models", OK, "", "%s: %d versions, champion %s", m.Registry, len(entries), a.Champion)
	}
}

// model checks the version that an alias stands for.
func (d *doctor) model(ctx context.Context, r *registry.Registry, a *registry.Aliases, alias string) bool {
	id := a.ID(alias)
	if id == "" || id == registry.Builtin {
		return true
	}
	if _, _, err := r.Model(ctx, id); err != nil {
		d.report.add("models", Fail, "roll back or promote another: the router refuses this one and serves on with what it has", "%s: %v", alias, err)
		return false
	}
	return true
}
