package serve

import (
	"context"
	"errors"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/serve/metrics"
	"github.com/sluice-sor/sluice/serve/shard"
	"github.com/sluice-sor/sluice/serve/web"
)

// storeBatch is the largest number of records of one transaction (PRJ-01).
const storeBatch = 1000

// project starts the readers of the journal: the store, and the view with the metrics. Each has its own place; a store
// that is down is tried again and slows nobody (PRJ-04).
func (r *Router) project(ctx context.Context) {
	r.done.Add(2)
	go func() {
		defer r.done.Done()
		r.projectView(ctx)
	}()
	go func() {
		defer r.done.Done()
		r.projectStore(ctx)
	}()
}

func (r *Router) projectView(ctx context.Context) {
	err := shard.Project(ctx, r.shard.Journal(), 0, storeBatch, func(_ context.Context, batch []shard.Record, _ uint64) error {
		for _, rec := range batch {
			r.view.Apply(rec.Seq, rec.At, rec.Body)
			r.metrics.Apply(metrics.Record(rec))
		}
		r.lag("view", batch)
		return nil
	})
	r.ending("view", err)
}

func (r *Router) projectStore(ctx context.Context) {
	src := store.Source{Projection: "main", Instance: r.shard.Instance()}
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 10*time.Second) {
		from, err := r.store.Watermark(ctx, src)
		if err == nil {
			err = shard.Project(ctx, r.shard.Journal(), from+1, storeBatch, func(ctx context.Context, batch []shard.Record, upto uint64) error {
				records := make([]store.Record, len(batch))
				for i, rec := range batch {
					records[i] = store.Record{Seq: rec.Seq, At: rec.At, Body: rec.Body}
				}
				if err := r.store.Apply(ctx, src, records, upto); err != nil {
					return err
				}
				pause = 100 * time.Millisecond
				r.lag("store", batch)
				return nil
			})
		}
		if ctx.Err() != nil || errors.Is(err, journal.ErrClosed) || errors.Is(err, journal.ErrFailed) {
			r.ending("store", err)
			return
		}
		r.log.Warn("the store is behind: routing goes on, it catches up when it is back", "store", r.store.String(), "error", err, "retry", pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// lag tells the metrics how far a projection is behind (MET-10).
func (r *Router) lag(projection string, batch []shard.Record) {
	if n := len(batch); n > 0 {
		r.metrics.SetProjectionLag(projection, time.Since(batch[n-1].At.UTC()).Seconds())
	}
}

func (r *Router) ending(what string, err error) {
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, journal.ErrClosed) {
		r.log.Error("a projection stopped", "projection", what, "error", err)
	}
}

// awaitProjections lets the projections read the closed journal to its end, for a while.
func (r *Router) awaitProjections() {
	if r.stop == nil {
		return
	}
	caught := make(chan struct{})
	go func() {
		r.done.Wait()
		close(caught)
	}()
	select {
	case <-caught:
	case <-time.After(closeWait):
	}
	r.stop()
	<-caught
	r.stop = nil
}

// servePages serves the page and the metrics until ctx ends.
func (r *Router) servePages(ctx context.Context) {
	serve := func(run func() error, what string) {
		go func() {
			if err := run(); err != nil && ctx.Err() == nil {
				r.log.Error("a listener stopped", "what", what, "error", err)
			}
		}()
	}
	if r.page != nil {
		serve(func() error { return web.Serve(ctx, r.page, web.New(r.view, r.log)) }, "page")
	}
	if r.meters != nil {
		serve(func() error { return metrics.Serve(ctx, r.meters, r.metrics.Handler()) }, "metrics")
	}
}

// reports gives the engine's reports to the clients' sessions.
type reports struct{ r *Router }

// Report implements shard.Clients.
func (c *reports) Report(seq uint64, b *event.ReportParent) {
	if err := c.r.clients.Report(seq, b); err != nil {
		c.r.log.Error("report has no session", "client", b.Client, "error", err)
	}
}

// Reject implements shard.Clients.
func (c *reports) Reject(seq uint64, b *event.RejectRequest) {
	if err := c.r.clients.Reject(seq, b); err != nil {
		c.r.log.Error("report has no session", "client", b.Client, "error", err)
	}
}
