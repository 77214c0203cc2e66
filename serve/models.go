package serve

import (
	"context"
	"errors"
	"net/http"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/models"
	"github.com/sluice-sor/sluice/models/registry"
	"github.com/sluice-sor/sluice/serve/estimate"
	"github.com/sluice-sor/sluice/serve/shard"
	"github.com/sluice-sor/sluice/serve/swap"
	"github.com/sluice-sor/sluice/serve/web"
)

// wordsOfActivation is what a ModelActivated has beside its artifact: names, and who and why, which the registry bounds.
const wordsOfActivation = 32 << 10

// openModels prepares to follow the registry. It is opened later and again: the router needs it for nothing.
func (r *Router) openModels() {
	c := r.file.Models.Config()
	var p swap.Places
	p.Serving, p.Beside, p.Share = r.shard.Models()
	r.models = swap.New(swap.Config{
		Places: p, Most: journal.MaxPayload - wordsOfActivation,
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

// routes are the parts of the API that need more than the view: the registry, and the engine's opinion of an order.
func (r *Router) routes() []web.Route {
	return []web.Route{
		{Pattern: "GET /api/v1/models", Answer: func(q *http.Request) (any, int, error) {
			l, err := r.models.List(q.Context())
			if err != nil {
				return nil, http.StatusServiceUnavailable, err
			}
			return l, 0, nil
		}},
		{Pattern: "GET /api/v1/attestation", Answer: r.attestation},
		{Pattern: "POST /v1/estimate", Answer: r.estimate},
	}
}

// outlook asks the engine, one request at a time: however many ask, orders come in between.
func (r *Router) outlook(t order.Terms) (*router.Outlook, error) {
	r.asking.Lock()
	defer r.asking.Unlock()
	return r.shard.Outlook(t)
}

// estimate answers what an order is expected to cost.
func (r *Router) estimate(q *http.Request) (any, int, error) {
	request, err := estimate.Parse(q.Body)
	if err != nil {
		return nil, http.StatusBadRequest, err
	}
	terms, err := request.Terms()
	if err != nil {
		return nil, http.StatusBadRequest, err
	}
	outlook, err := r.outlook(terms)
	switch {
	case errors.Is(err, shard.ErrClosed):
		return nil, http.StatusServiceUnavailable, err
	case err != nil:
		return nil, http.StatusUnprocessableEntity, err
	}
	var model *models.Model
	if a := r.models.Active(); a != nil && a.ID == outlook.Model {
		model = a.Model
	}
	return estimate.Of(request, outlook, r.file.MarketVenues(), model), 0, nil
}
