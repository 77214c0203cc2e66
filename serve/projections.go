package serve

import (
	"context"
	"errors"
	"math"
	"strings"
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

// storePace is the shortest time between two transactions that are not full (PRJ-01): a transaction for every commit of
// the journal took a third of the allocations of an order's way through the router.
const storePace = 50 * time.Millisecond

// project starts the readers of the journal: the store, and the view with the metrics. Each has its own place; a store
// that is down is tried again and slows nobody (PRJ-04).
func (r *Router) project(ctx context.Context) {
	r.serving.Go(func() { r.watchClock(ctx) })
	past := r.shard.Journal().NextSeq() - 1
	r.done.Add(2)
	for _, c := range r.clients.Copies() {
		seen := r.shard.Watermark("drop copy " + c.Name())
		r.done.Go(func() { r.projectCopy(ctx, c, seen) })
	}
	go func() {
		defer r.done.Done()
		r.projectView(ctx, past)
	}()
	go func() {
		defer r.done.Done()
		r.projectStore(ctx)
	}()
}

func (r *Router) projectView(ctx context.Context, past uint64) {
	r.begin()
	if past == 0 {
		r.past.Store(true)
	}
	err := shard.Project(ctx, r.shard.Journal(), 0, storeBatch, func(_ context.Context, batch []shard.Record, upto uint64) error {
		r.rush.wait()
		for _, rec := range batch {
			r.view.Apply(rec.Seq, rec.At, rec.Body)
			r.metrics.Apply(metrics.Record(rec))
			r.ladder.Apply(rec.At, rec.Body)
		}
		r.tellModels(batch, upto, past)
		if upto >= past {
			r.past.Store(true)
		}
		r.lag("view", batch)
		r.seen.view.Confirm(upto)
		return nil
	})
	r.ending("view", err)
}

func (r *Router) projectStore(ctx context.Context) {
	src := store.Source{Projection: "main", Instance: r.shard.Instance()}
	const first = 100 * time.Millisecond
	last := time.Now() // what the store is known to be up to
	for pause := first; ; pause = min(2*pause, 10*time.Second) {
		err := r.fillStore(ctx, src, func(upto time.Time) { pause, last = first, upto })
		if ctx.Err() != nil || errors.Is(err, journal.ErrClosed) || errors.Is(err, journal.ErrFailed) {
			r.ending("store", err)
			return
		}
		r.log.Warn("the store is behind: routing goes on, it catches up when it is back", "store", r.file.Router.StoreURL, "error", err, "retry", pause)
		r.metrics.SetProjectionLag("store", time.Since(last).Seconds())
		select {
		case <-time.After(pause):
		case <-r.closing: // nobody waits for a store that is down; the next run fills it
			return
		case <-ctx.Done():
		}
	}
}

// fillStore projects until something fails; progress is told how far the store is.
func (r *Router) fillStore(ctx context.Context, src store.Source, progress func(upto time.Time)) error {
	st, err := r.reachStore(ctx)
	if err != nil {
		return err
	}
	from, err := st.Watermark(ctx, src)
	if err != nil {
		return err
	}
	from++
	if first := r.shard.Journal().First(); from < first {
		r.log.Error("the store lacks records that are archived and deleted here: it goes on with what is left; fill another from the archive if they are needed",
			"store", r.file.Router.StoreURL, "first_missing", from, "last_missing", first-1)
		from = first
	}
	var began time.Time // of the last transaction
	return shard.Project(ctx, r.shard.Journal(), from, storeBatch, func(ctx context.Context, batch []shard.Record, upto uint64) error {
		if len(batch) < storeBatch {
			r.pause(ctx, storePace-time.Since(began))
		}
		r.rush.wait()
		began = time.Now()
		records := make([]store.Record, len(batch))
		for i, rec := range batch {
			records[i] = store.Record{Seq: rec.Seq, At: rec.At, Body: rec.Body}
		}
		if err := st.Apply(ctx, src, records, upto); err != nil {
			return err
		}
		for _, day := range st.Missed() {
			r.log.Error("the store had no partitions for a day that has begun, and made them only now: its user could not make them ahead; let it, with sluice store grant",
				"store", r.file.Router.StoreURL, "day", day)
		}
		r.lag("store", batch)
		r.seen.store.Confirm(upto)
		if n := len(batch); n > 0 {
			progress(batch[n-1].At.UTC())
		}
		return nil
	})
}

// pause waits, unless the router stops.
func (r *Router) pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-r.closing:
	case <-ctx.Done():
	}
}

// storeWait bounds one attempt to open the store.
const storeWait = 5 * time.Second

// reachStore gives the open store, or tries to open it.
func (r *Router) reachStore(ctx context.Context) (*store.Store, error) {
	if st := r.store.Load(); st != nil {
		return st, nil
	}
	ctx, cancel := context.WithTimeout(ctx, storeWait)
	defer cancel()
	st, err := store.Open(ctx, r.file.Router.StoreTarget())
	if err == nil {
		r.store.Store(st)
	}
	return st, err
}

// firstStore opens the store at the start. A database that does not answer is tried again later and keeps nobody from
// routing (PRJ-04); a file that cannot be opened is for somebody to mend now.
func (r *Router) firstStore(ctx context.Context) error {
	_, err := r.reachStore(ctx)
	if err != nil && ctx.Err() == nil && !strings.HasPrefix(r.file.Router.StoreURL, "sqlite:") {
		r.log.Error("the store does not answer: routing goes on, the store is filled when it does", "error", err)
		return nil
	}
	return err
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
		r.metrics.SetProjectionLag(what, math.Inf(1)) // it will not catch up by itself (MET-10)
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

// servePages serves the page and the metrics until ctx ends, and closes their ports.
func (r *Router) servePages(ctx context.Context) {
	serve := func(what string, run func() error) {
		r.serving.Go(func() {
			if err := run(); err != nil && ctx.Err() == nil {
				r.log.Error("a listener stopped", "what", what, "error", err)
			}
		})
	}
	if l := r.page; l != nil {
		serve("page", func() error {
			return web.Serve(ctx, l, web.NewSite(shown{r.view, r}, r.log, r.access(), r.routes()...))
		})
	}
	if l := r.meters; l != nil {
		serve("metrics", func() error { return metrics.Serve(ctx, l, r.metrics.Handler()) })
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

// MassCanceled implements shard.Clients.
func (c *reports) MassCanceled(seq uint64, b *event.ReportMassCancel) {
	if err := c.r.clients.MassCanceled(seq, b); err != nil {
		c.r.log.Error("report has no session", "client", b.Client, "error", err)
	}
}

// Reject implements shard.Clients.
func (c *reports) Reject(seq uint64, b *event.RejectRequest) {
	if err := c.r.clients.Reject(seq, b); err != nil {
		c.r.log.Error("report has no session", "client", b.Client, "error", err)
	}
}
