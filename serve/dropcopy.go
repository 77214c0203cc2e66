package serve

import (
	"context"
	"errors"

	"github.com/sluice-sor/sluice/fixgw"
	"github.com/sluice-sor/sluice/fixgw/session"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/shard"
)

// copySession is a drop copy's session. Its numbers may be reset: the copy then begins anew with the journal's first
// report, which harms nobody, because reports are not orders (DC-01).
func copySession(d *config.DropCopy) session.Config {
	return acceptedSession(&config.Client{CompID: d.CompID, OurCompID: d.OurCompID, Version: d.Version, AllowReset: true, Username: d.Username, Password: d.Password})
}

// copies gives the drop copies of the file, each with the place in the journal up to which its session has stored reports
// (PRJ-06): the session's own store is its offset, so a crash neither skips nor repeats a report.
func (r *Router) copies(dialect fixgw.Dialect) ([]fixgw.CopyConfig, error) {
	var out []fixgw.CopyConfig
	for i := range r.file.FIX.DropCopies {
		d := &r.file.FIX.DropCopies[i]
		one := fixgw.CopyConfig{Name: d.Name, Session: copySession(d), Dialect: dialect, Clients: d.Clients}
		one.Session.Certificates = r.certificates(d.Certificates, d.CompID)
		last, err := r.fix.LastReport(one.Session.ID())
		if err != nil {
			return nil, err
		}
		if one.Cursor, err = fixgw.CopyCursor(last); err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// copyNames gives the session ids of the drop copies.
func (r *Router) copyNames() map[string]bool {
	names := map[string]bool{}
	for i := range r.file.FIX.DropCopies {
		s := copySession(&r.file.FIX.DropCopies[i])
		names[s.ID().String()] = true
	}
	return names
}

// projectCopy feeds one drop copy from the journal until ctx ends. It waits for its reader and for nobody else.
func (r *Router) projectCopy(ctx context.Context, c *fixgw.Copy, seen *shard.Watermark) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.done.Go(func() { // a reader that is away must not hold up the stop: the next run goes on at its place
		select {
		case <-r.closing:
			cancel()
		case <-ctx.Done():
		}
	})
	for {
		run, last := c.Begin(ctx)
		// Nothing between the last report and the journal's first record was for this copy, or it would be there still.
		from := max(last+1, r.shard.Journal().First())
		err := shard.Project(run, r.shard.Journal(), from, storeBatch, func(_ context.Context, batch []shard.Record, upto uint64) error {
			for _, rec := range batch {
				if report, ok := rec.Body.(*event.ReportParent); ok {
					if err := c.Push(run, rec.Seq, report); err != nil {
						return err
					}
				}
			}
			seen.Confirm(c.Place(upto)) // what its reader has not seen stays in the journal
			return nil
		})
		if errors.Is(context.Cause(run), session.ErrRewound) && ctx.Err() == nil {
			r.log.Info("a drop copy begins anew", "drop_copy", c.Name())
			continue
		}
		r.ending("drop copy "+c.Name(), err)
		return
	}
}
