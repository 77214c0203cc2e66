package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/risk"
)

// selfTest tries every control of the gate with limits and halts the router when one does not refuse: such a router is
// not ready, whatever else is (RISK-14, OPS-03). It reports whether all refuse.
func (r *Router) selfTest(ctx context.Context, l risk.Limits) bool {
	faults := risk.SelfTest(l, r.gates)
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

// followLimits brings what begins or ends by itself in the documents of limits into force, until ctx ends (RISK-16).
func (r *Router) followLimits(ctx context.Context) {
	for {
		now := r.clock.Now()
		at, entry, approver := r.file.LimitsChange(now)
		if entry == nil {
			return
		}
		// A timer may be early and clocks may be set: what counts is the time at which it is looked again.
		wait := min(max(time.Duration(at.Sub(now)), time.Millisecond), time.Hour)
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		if now = r.clock.Now(); now < at {
			continue
		}
		what := "ends"
		if at == entry.From {
			what = "begins"
		}
		r.changeLimits(ctx, now, entry.Owner, approver, fmt.Sprintf("the time of %v = %s %s", entry, entry.Value, what))
	}
}

func (r *Router) changeLimits(ctx context.Context, now market.Time, owner, approver, why string) {
	l := r.file.LimitsAt(now)
	if !r.selfTest(ctx, l) {
		return
	}
	text, err := json.Marshal(&l)
	if err != nil {
		r.log.Error("limits could not be written", "error", err)
		return
	}
	a, err := r.shard.Ask(ctx, &event.LimitsChanged{Version: l.Version, Limits: text, Actor: owner, Approver: approver, Reason: why})
	switch {
	case err != nil:
		r.log.Error("limits did not change", "version", l.Version, "error", err)
	case a.Refused:
		r.log.Error("limits did not change", "version", l.Version, "why", a.Text)
	default:
		r.log.Warn("limits changed", "version", l.Version, "why", why)
	}
}
