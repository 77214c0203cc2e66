package serve

import (
	"context"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/models/registry"
	"github.com/sluice-sor/sluice/serve/shard"
	"github.com/sluice-sor/sluice/serve/swap"
)

// openModels prepares to follow the registry. It is opened later and again: the router needs it for nothing.
func (r *Router) openModels() {
	c := r.file.Models.Config()
	var p swap.Places
	p.Serving, p.Beside, p.Share = r.shard.Models()
	r.models = swap.New(swap.Config{
		Places: p,
		Open:   func(ctx context.Context) (*registry.Registry, error) { return registry.Open(ctx, c) },
		Engine: r.shard, Router: r.file.Router.Name, Instance: r.shard.Instance(), Log: r.log,
	})
}

// tellModels gives the follower what a batch of the journal says of models, and that it is all of the past.
func (r *Router) tellModels(batch []shard.Record, upto, past uint64) {
	for _, rec := range batch {
		if b, ok := rec.Body.(*event.RecordModel); ok {
			r.models.Record(rec.Seq, rec.At, b)
		}
	}
	if upto >= past {
		r.models.CaughtUp()
	}
}
