package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/serve/config"
)

// selfTest tries every control of the gate with limits and halts the router when one does not refuse: such a router is
// not ready, whatever else is (RISK-14, OPS-03). It reports whether all refuse.
func (r *Router) selfTest(ctx context.Context, l risk.Limits) bool {
	faults := router.SelfTest(l, r.file.MarketVenues(), r.gates)
	r.faults.Store(&faults)
	if len(faults) == 0 {
		return true
	}
	var names []string
	for _, f := range faults {
		names = append(names, f.String())
	}
	text := strings.Join(names, "; ")
	r.log.Error("the router is not ready: its self-test found controls that do not refuse; mend them, then start it again or `sluice limits apply`, and `sluice resume`",
		"faults", text)
	if _, err := r.shard.Ask(ctx, &event.Halted{Actor: "self-test", Reason: "RISK-14: " + text}); err != nil {
		r.log.Error("the router could not be halted", "error", err)
	}
	return false
}

// Faults gives the controls that did not refuse in the last self-test; a router that has any is not ready.
func (r *Router) Faults() []risk.Fault {
	if f := r.faults.Load(); f != nil {
		return *f
	}
	return nil
}

// documents is the file of limits that is in force, and since when. What of its documents begins or ends by itself is
// brought into force from then on.
type documents struct {
	turn  sync.Mutex // held while limits change, so that nothing of an old file comes after a new one
	mu    sync.Mutex
	file  *config.File
	since market.Time   // up to then its changes are in force
	newer chan struct{} // has an element when they were replaced
}

func newDocuments(f *config.File, since market.Time) *documents {
	return &documents{file: f, since: since, newer: make(chan struct{}, 1)}
}

func (d *documents) put(f *config.File, since market.Time) {
	d.mu.Lock()
	d.file, d.since = f, since
	d.mu.Unlock()
	select {
	case d.newer <- struct{}{}:
	default:
	}
}

// done notes that the file's changes up to at are in force.
func (d *documents) done(at market.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.since = at
}

func (d *documents) get() (*config.File, market.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.file, d.since
}

// readLimits reads the configuration and its documents anew, for limits that somebody wants in force. They are refused
// unless they are what the documents say now: the router then knows when they end, and what of the documents before no
// longer counts (RISK-16). Nothing else changes limits until done is called, with whether they are in force.
func (r *Router) readLimits(asked *risk.Limits) (done func(inForce bool), err error) {
	file, err := config.Load(r.file.Path)
	if err != nil {
		return nil, err
	}
	r.documents.turn.Lock()
	now := r.clock.Now()
	says := file.LimitsAt(now)
	a, errA := json.Marshal(asked)
	b, errB := json.Marshal(&says)
	if err = errors.Join(errA, errB); err == nil && !bytes.Equal(a, b) {
		err = fmt.Errorf("limits %q are not what %s and its documents say now, which is %q: apply them anew, with the configuration that the router was started with",
			asked.Version, r.file.Path, says.Version)
	}
	if err != nil {
		r.documents.turn.Unlock()
		return nil, err
	}
	return func(inForce bool) {
		defer r.documents.turn.Unlock()
		if inForce {
			r.documents.put(file, now)
			faults := router.SelfTest(says, file.MarketVenues(), r.gates)
			r.faults.Store(&faults)
		}
	}, nil
}

// limitsAgain is when a change that the engine did not answer is tried again.
const limitsAgain = time.Second

// followLimits brings what begins or ends by itself in the documents of limits into force, until ctx ends (RISK-16). Changes
// are counted from what is in force, not from when this looks: none that falls into a start or a slow answer is lost.
func (r *Router) followLimits(ctx context.Context) {
	for {
		file, since := r.documents.get()
		wait := time.Hour
		at, entry, approver := file.LimitsChange(since)
		if entry != nil {
			// A timer may be early and clocks may be set: what counts is the time at which it is looked again.
			wait = min(max(time.Duration(at.Sub(r.clock.Now())), time.Millisecond), time.Hour)
		}
		select {
		case <-ctx.Done():
			return
		case <-r.documents.newer:
			continue
		case <-time.After(wait):
		}
		now := r.clock.Now()
		if entry == nil || now < at {
			continue
		}
		what := "ends"
		if at == entry.From {
			what = "begins"
		}
		if r.changeLimits(ctx, file, now, entry.Owner, approver, fmt.Sprintf("the time of %v = %s %s", entry, entry.Value, what)) {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(limitsAgain):
		}
	}
}

// changeLimits puts in force what a file says of now, unless another has taken its place. It reports false when the engine
// gave no answer; what the self-test or the engine refuse is answered.
func (r *Router) changeLimits(ctx context.Context, file *config.File, now market.Time, owner, approver, why string) bool {
	r.documents.turn.Lock()
	defer r.documents.turn.Unlock()
	if current, _ := r.documents.get(); current != file {
		return true
	}
	l := file.LimitsAt(now)
	if r.selfTest(ctx, l) && !r.giveLimits(ctx, &l, owner, approver, why) {
		return false
	}
	r.documents.done(now)
	return true
}

// giveLimits gives limits to the engine and reports whether it answered.
func (r *Router) giveLimits(ctx context.Context, l *risk.Limits, owner, approver, why string) bool {
	text, err := json.Marshal(l)
	if err != nil {
		r.log.Error("limits could not be written", "error", err)
		return true
	}
	a, err := r.shard.Ask(ctx, &event.LimitsChanged{Version: l.Version, Limits: text, Actor: owner, Approver: approver, Reason: why})
	switch {
	case err != nil:
		r.log.Error("limits did not change", "version", l.Version, "error", err, "again_in", limitsAgain)
		return false
	case a.Refused:
		r.log.Error("limits did not change", "version", l.Version, "why", a.Text)
	default:
		r.log.Warn("limits changed", "version", l.Version, "why", why)
	}
	return true
}
