package serve

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/sluice-sor/sluice/internal/event"
)

// killSignal halts everything: `kill -USR1 PID` works when nothing else does (KILL-02).
const killSignal = syscall.SIGUSR1

// killBySignal halts everything at every killSignal, until ctx ends.
func (r *Router) killBySignal(ctx context.Context) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, killSignal)
	r.serving.Go(func() {
		defer signal.Stop(c)
		for {
			select {
			case <-ctx.Done():
				return
			case <-c:
				r.kill(&event.Halted{Actor: "signal", Reason: "KILL-02: the process got " + killSignal.String()})
			}
		}
	})
}

func (r *Router) kill(h *event.Halted) {
	if err := r.shard.Kill(h); err != nil {
		r.log.Error("a halt was not taken", "by", h.Actor, "error", err)
		return
	}
	r.log.Error("halted", "by", h.Actor, "client", h.Client, "symbol", string(h.Symbol), "venue", h.Venue, "reason", h.Reason)
}

// adminSink is the shard as clients see it: the mass cancel (35=q) of a client with kill_switch halts everything, or the
// symbol that it names, before it cancels that client's own orders (KILL-02).
type adminSink struct{ r *Router }

// Submit implements fixgw.Sink.
func (a *adminSink) Submit(body event.Body) error {
	if b, ok := body.(*event.ParentMassCancelRequested); ok && a.r.mayKill(b.Client) {
		if b.Scope == event.CancelAll || b.Scope == event.CancelSymbol {
			a.r.kill(&event.Halted{Symbol: b.Symbol, Actor: "FIX " + b.Client, Reason: "KILL-02: mass cancel " + b.ClOrdID})
		}
	}
	return a.r.shard.Submit(body)
}

func (r *Router) mayKill(client string) bool {
	for i := range r.file.Clients {
		if c := &r.file.Clients[i]; c.Name == client {
			return c.KillSwitch
		}
	}
	return false
}
