package swap

import (
	"context"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/models/registry"
)

// ledger writes what the engine recorded into a registry, each record once.
type ledger struct {
	follower *Follower
	registry *registry.Registry
	written  uint64 // place in the journal of the last record that the ledger has
}

// begin reads how far the ledger is with this journal.
func (l *ledger) begin(ctx context.Context) error {
	lines, err := l.registry.Ledger(ctx)
	if err != nil {
		return err
	}
	c := &l.follower.config
	for i := range lines {
		if lines[i].Router == c.Router && lines[i].Instance == c.Instance {
			l.written = max(l.written, lines[i].JournalSeq)
		}
	}
	return nil
}

// write appends what was recorded since. A record stays until its line is durable, also beyond a failure.
func (l *ledger) write(ctx context.Context) error {
	f := l.follower
	for {
		f.mu.Lock()
		if len(f.records) == 0 {
			f.mu.Unlock()
			return nil
		}
		r := f.records[0]
		f.mu.Unlock()
		if r.seq > l.written {
			if err := l.append(ctx, &r); err != nil {
				return err
			}
			l.written = r.seq
		}
		f.mu.Lock()
		f.records = f.records[1:]
		f.mu.Unlock()
	}
}

func (l *ledger) append(ctx context.Context, r *record) error {
	f, b := l.follower, r.body
	line := registry.Line{At: r.at.UTC(), What: what(b.What), Model: b.Model, Share: b.Share, Reason: b.Reason, Epoch: b.Epoch,
		Serving: b.Serving, Beside: b.Beside, Router: f.config.Router, Instance: f.config.Instance, JournalSeq: r.seq}
	if f.sent.waiting() && (f.sent.id == b.Model || b.What == event.ModelRolledBack && f.sent.mode == event.ModeRollback) {
		line.Actor = f.sent.who.Actor
		if line.Reason == "" {
			line.Reason = f.sent.who.Reason
		}
		f.sent.until = time.Time{}
	}
	f.config.Log.Info("model", "what", line.What, "model", b.Model, "serving", b.Serving, "beside", b.Beside, "reason", line.Reason)
	if b.What == event.ModelDemoted || b.What == event.ModelRolledBack {
		_, err := l.registry.Demote(ctx, line)
		return err
	}
	_, err := l.registry.Record(ctx, line)
	return err
}

// what gives the ledger's word for a change.
func what(c event.ModelChange) string {
	switch c {
	case event.ModelCut:
		return registry.Cut
	case event.ModelShadow:
		return registry.Shadowing
	case event.ModelCanary:
		return registry.Canarying
	case event.ModelServing:
		return registry.Serving
	case event.ModelRolledBack:
		return registry.RolledBack
	case event.ModelDemoted:
		return registry.Demoted
	case event.ModelRefused:
		return registry.Refused
	}
	return c.String()
}
