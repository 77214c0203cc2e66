// Package dropcopy is the reader of a drop copy in a command: it logs on to a router's [[fix.drop_copy]] session and
// prints every report that the clients got.
package dropcopy

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw"
	"github.com/sluice-sor/sluice/fixgw/session"
	"github.com/sluice-sor/sluice/fixgw/wire"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/secure"
)

// Options say which copy to read.
type Options struct {
	File *config.File
	Name string        // of the [[fix.drop_copy]]; empty = the first
	Idle time.Duration // end when no report came for this long; 0 = never
	JSON bool
	TLS  config.TLS // its own certificate and the authority it trusts, where the file says tls = true
	Out  io.Writer
	Log  *slog.Logger
}

// Run prints every report of the journal, from the first, and then what comes, until ctx ends or nothing came for Idle.
// It keeps no numbers between runs, so it resets them, and the router begins the copy anew.
func Run(ctx context.Context, o Options) error {
	d, err := find(o.File, o.Name)
	if err != nil {
		return err
	}
	x := &reader{reports: make(chan fixgw.ExecutionReport, 1024), states: make(chan state, 64)}
	s := session.Config{BeginString: d.Version.BeginString(), SenderCompID: d.CompID, TargetCompID: d.OurCompID, ResetOnLogon: true,
		Dial: wire.Dial{Address: o.File.FIX.ListenAddr, Plaintext: o.File.FIX.TLS.Waiver}}
	if d.Username != "" {
		s.Username, s.Password = d.Username, d.Password.Reveal
	}
	if s.Dial.TLS, err = secure.Caller(&o.File.FIX.TLS, o.TLS); err != nil {
		return err
	}
	ems, err := fixgw.NewEMS(fixgw.EMSConfig{Common: fixgw.Common{Store: quickfix.NewMemoryStoreFactory(), Log: o.Log}, Session: s, Handler: x})
	if err != nil {
		return err
	}
	defer ems.Close()
	if err := ems.Start(); err != nil {
		return err
	}
	if err := x.logon(ctx, o.File.FIX.ListenAddr); err != nil {
		return err
	}
	return x.print(ctx, &o)
}

func find(file *config.File, name string) (*config.DropCopy, error) {
	all := file.FIX.DropCopies
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: fix.drop_copy: is missing: add a [[fix.drop_copy]] with comp_id", file.Path)
	}
	if name == "" {
		return &all[0], nil
	}
	i := slices.IndexFunc(all, func(d config.DropCopy) bool { return d.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("%s: no [[fix.drop_copy]] is called %q", file.Path, name)
	}
	return &all[i], nil
}

// reader takes what comes; a full channel makes the router wait, as a slow reader should.
type reader struct {
	reports chan fixgw.ExecutionReport
	states  chan state
}

type state struct {
	up     bool
	reason string
}

// Report implements fixgw.EMSHandler.
func (x *reader) Report(r fixgw.ExecutionReport) { x.reports <- r }

// Rejected implements fixgw.EMSHandler.
func (x *reader) Rejected(fixgw.CancelReject) {}

// Refused implements fixgw.EMSHandler.
func (x *reader) Refused(string, string) {}

// State implements fixgw.EMSHandler.
func (x *reader) State(up bool, reason string) {
	select {
	case x.states <- state{up, reason}:
	default: // only the first logon is waited for
	}
}

// logonWait is how long a router may take to answer a Logon.
const logonWait = 15 * time.Second

func (x *reader) logon(ctx context.Context, addr string) error {
	deadline := time.After(logonWait)
	last := "no answer"
	for {
		select {
		case s := <-x.states:
			if s.up {
				return nil
			}
			last = s.reason
		case <-deadline:
			return fmt.Errorf("no logon at %s within %v (%s): is `sluice route` running with this file, and nobody else reading this drop copy?", addr, logonWait, last)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (x *reader) print(ctx context.Context, o *Options) error {
	for {
		var idle <-chan time.Time
		if o.Idle > 0 {
			idle = time.After(o.Idle)
		}
		select {
		case r := <-x.reports:
			if err := line(o, &r); err != nil {
				return err
			}
		case <-idle:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

func line(o *Options, r *fixgw.ExecutionReport) error {
	if o.JSON {
		return json.NewEncoder(o.Out).Encode(map[string]any{"seq": r.Seq, "client": r.Client, "order_id": r.OrderID, "clordid": r.ClOrdID,
			"orig_clordid": r.OrigClOrdID, "exec_id": r.ExecID, "exec_ref_id": r.RefExecID, "exec_type": string(rune(r.ExecType)),
			"ord_status": string(rune(r.OrdStatus)), "symbol": r.Symbol, "side": r.Side.String(), "order_qty": r.Qty, "last_qty": r.LastQty,
			"last_px": r.LastPx.String(), "last_mkt": r.LastMkt, "cum_qty": r.Cum, "leaves_qty": r.Leaves, "avg_px": r.AvgPx.String(),
			"fee_usd": r.Fee.String(), "text": r.Text, "at": r.At.String()})
	}
	_, err := fmt.Fprintf(o.Out, "%s %d %s %s %s 150=%c 39=%c %s %d of %d @ %v on %s, average %v\n", r.At, r.Seq, r.Client, r.OrderID, r.ExecID,
		r.ExecType, r.OrdStatus, r.Symbol, r.LastQty, r.Cum, r.LastPx, r.LastMkt, r.AvgPx)
	return err
}
