package serve

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/serve/audit"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/control"
	"github.com/sluice-sor/sluice/serve/metrics"
	"github.com/sluice-sor/sluice/serve/secure"
	"github.com/sluice-sor/sluice/serve/syslog"
)

// How often the audit log's head is told to others, who would notice that its end is missing or that it was written anew
// (SEC-05); how soon again to one that did not take it; and how long one may take.
const (
	headEvery = time.Hour
	headAgain = time.Minute
	headWait  = 5 * time.Second
)

// A keeper is somebody who keeps the heads of the audit log.
type keeper struct {
	name string // store or syslog: few, for a label
	tell func(context.Context, audit.Head) error

	told     control.Told
	failures uint64
}

// heads tells the keepers. What it knows of them may be asked by any goroutine.
type heads struct {
	mu      sync.Mutex
	keepers []*keeper
}

// openHeads makes the keepers that the file names. A SQLite file is none: whoever can change the log can change it too.
func (r *Router) openHeads() error {
	if strings.HasPrefix(r.file.Router.StoreURL, "postgres") {
		r.heads.keepers = append(r.heads.keepers, &keeper{name: "store", tell: r.headToStore})
	}
	if y := &r.file.Router.AuditSyslog; y.To != "" {
		to, err := syslogTarget(y)
		if err != nil {
			return err
		}
		r.heads.keepers = append(r.heads.keepers, &keeper{name: "syslog", tell: func(ctx context.Context, h audit.Head) error {
			return to.Send(ctx, &syslog.Message{At: time.Now(), App: "sluice", ID: "AUDITHEAD", Text: h.Text(r.file.Router.Name)})
		}})
	}
	return nil
}

// syslogTarget is the receiver that a file names.
func syslogTarget(y *config.Syslog) (*syslog.Target, error) {
	to, err := syslog.Parse(y.To)
	if err != nil {
		return nil, fmt.Errorf("router.audit_syslog: it %w", err)
	}
	if to.TLS, err = secure.Client(&y.TLS); err != nil {
		return nil, fmt.Errorf("router.audit_syslog_%w", err)
	}
	return &to, nil
}

// headToStore tells a head to PostgreSQL.
func (r *Router) headToStore(ctx context.Context, h audit.Head) error {
	st := r.store.Load()
	if st == nil {
		return errors.New("the database has not answered since the router's start")
	}
	return st.RecordAuditHead(ctx, store.AuditHead{Router: r.file.Router.Name, At: time.Now(), Seq: h.Seq, Hash: h.Hash})
}

// tellHead tells the head at the start, every hour, and at the end; and every minute to whom it could not be told. What fails
// stops nothing (OPS-08).
func (r *Router) tellHead(ctx context.Context) {
	ticker := time.NewTicker(headAgain)
	defer ticker.Stop()
	for began := (time.Time{}); ; {
		h := r.audit.Head()
		all := ctx.Err() != nil || time.Since(began) > headEvery-headAgain/2 // the tick that is next to the hour
		if all {
			began = time.Now()
			r.log.Info("audit head", "lines", h.Seq, "hash", h.Hash)
		}
		for _, k := range r.heads.keepers {
			if all || r.heads.failed(k) {
				r.tellKeeper(ctx, k, h)
			}
		}
		if ctx.Err() != nil {
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
}

// tellKeeper tells one keeper, also while the router ends. The log says when its answer changes.
func (r *Router) tellKeeper(ctx context.Context, k *keeper, h audit.Head) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), headWait)
	defer cancel()
	err := k.tell(ctx, h)
	switch failed := r.heads.failed(k); {
	case err != nil && !failed:
		r.log.Warn("the head of the audit log was not taken: it is told again every minute", "by", k.name, "error", err)
	case err == nil && failed:
		r.log.Info("the head of the audit log is taken again", "by", k.name)
	}
	r.heads.note(k, h, err)
}

func (h *heads) failed(k *keeper) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return k.told.Failed != ""
}

func (h *heads) note(k *keeper, head audit.Head, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	k.told.To = k.name
	if err != nil {
		k.told.Failed = err.Error()
		k.failures++
		return
	}
	k.told = control.Told{To: k.name, Lines: head.Seq, At: time.Now().UTC()}
}

// Told gives how it stands with every keeper.
func (h *heads) Told() []control.Told {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []control.Told
	for _, k := range h.keepers {
		out = append(out, k.told)
	}
	return out
}

// stats is the same for metrics.
func (h *heads) stats() []metrics.Head {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []metrics.Head
	for _, k := range h.keepers {
		out = append(out, metrics.Head{To: k.name, Failing: k.told.Failed != "", Failures: k.failures, At: k.told.At})
	}
	return out
}
