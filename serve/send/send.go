// Package send is an EMS in a command: it logs on like a desk's system, sends one parent order, or a list of them, and prints
// every report until all of them are done.
package send

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw"
	"github.com/sluice-sor/sluice/fixgw/session"
	"github.com/sluice-sor/sluice/fixgw/wire"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/secure"
)

// Options of one order, or of a list.
type Options struct {
	File        *config.File
	Client      string // name of the [[client]] to be; empty = the first
	Orders      []order.Terms
	Basket      string        // the list that the orders are of (7007), which is worked once it is whole (RISK-20); empty = none
	BasketOf    int           // how many orders it has (7008), those of others' commands with them
	For         time.Duration // End is this long after sending; 0 = none
	CancelAfter time.Duration // 0 = never
	Wait        time.Duration // give up after; 0 = never
	JSON        bool
	TLS         config.TLS // our own certificate and the authority we trust, where the file says tls = true
	Out         io.Writer
	Log         *slog.Logger
}

// ErrNotFilled says that an order ended without being filled.
var ErrNotFilled = errors.New("the order was not filled")

// Run sends the orders and waits for the end of all. Rejection is an error with the router's own words.
func Run(ctx context.Context, o Options) error {
	c, err := client(o.File, o.Client)
	if err != nil {
		return err
	}
	if !c.AllowReset {
		return fmt.Errorf("%s: client %s: allow_reset is false: this command keeps no sequence numbers and begins anew with every run; set allow_reset = true, or name another client with --client", o.File.Path, c.Name)
	}
	if o.Wait > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.Wait)
		defer cancel()
	}
	s := clientSession(o.File, c)
	if s.Dial.TLS, err = secure.Caller(&o.File.FIX.TLS, o.TLS); err != nil {
		return err
	}
	b := &board{o: o, events: make(chan any, 1024), open: map[string]bool{}, own: map[string]string{}}
	ems, err := fixgw.NewEMS(fixgw.EMSConfig{
		Common:  fixgw.Common{Store: quickfix.NewMemoryStoreFactory(), Log: o.Log},
		Session: s, Venues: o.File.MarketVenues(), Handler: b,
	})
	if err != nil {
		return err
	}
	defer ems.Close()
	if err := ems.Start(); err != nil {
		return err
	}
	if err := b.logon(ctx, o.File.FIX.ListenAddr); err != nil {
		return err
	}
	if err := b.send(ems); err != nil {
		return err
	}
	return b.follow(ctx, ems)
}

// send sends the orders.
func (b *board) send(ems *fixgw.EMS) error {
	for _, t := range b.o.Orders {
		if b.o.For > 0 {
			t.End = market.Time(time.Now().Add(b.o.For).UnixNano())
		}
		id, err := "", error(nil)
		if b.o.Basket != "" {
			id, err = ems.SendOf(b.o.Basket, b.o.BasketOf, t)
		} else {
			id, err = ems.Send(t)
		}
		if err != nil {
			return err
		}
		b.ids, b.open[id], b.own[id] = append(b.ids, id), true, id
	}
	return nil
}

// client finds the client to be.
func client(file *config.File, name string) (*config.Client, error) {
	if len(file.Clients) == 0 {
		return nil, fmt.Errorf("%s: client: is missing: add a [[client]]", file.Path)
	}
	if name == "" {
		return &file.Clients[0], nil
	}
	i := slices.IndexFunc(file.Clients, func(c config.Client) bool { return c.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("%s: no [[client]] is called %q", file.Path, name)
	}
	return &file.Clients[i], nil
}

// clientSession is the client's side of its session. A command keeps no numbers, so it resets them at logon.
func clientSession(file *config.File, c *config.Client) session.Config {
	s := session.Config{BeginString: c.Version.BeginString(), SenderCompID: c.CompID, TargetCompID: c.OurCompID,
		ResetOnLogon: true, Dial: wire.Dial{Address: file.FIX.ListenAddr, Plaintext: file.FIX.TLS.Waiver}}
	if c.Username != "" {
		password := c.Password
		s.Username, s.Password = c.Username, func() string { return password.Reveal() }
	}
	return s
}

// board takes what comes back.
type board struct {
	o      Options
	events chan any
	ids    []string          // ClOrdIDs of the orders, as they were sent
	open   map[string]bool   // of ids, those that are not done
	heard  bool              // of any
	own    map[string]string // of ids, by the ClOrdIDs of all that was sent: reports of an earlier order of this client may come first
	failed error
}

type state struct {
	up     bool
	reason string
}

type refusal struct{ id, text string }

// Report implements fixgw.EMSHandler.
func (b *board) Report(r fixgw.ExecutionReport) { b.events <- r }

// Rejected implements fixgw.EMSHandler.
func (b *board) Rejected(r fixgw.CancelReject) { b.events <- r }

// Refused implements fixgw.EMSHandler.
func (b *board) Refused(id, text string) { b.events <- refusal{id, text} }

// State implements fixgw.EMSHandler.
func (b *board) State(up bool, reason string) { b.events <- state{up, reason} }

// logonWait is how long a router may take to answer a Logon.
const logonWait = 15 * time.Second

// logon waits for the session.
func (b *board) logon(ctx context.Context, addr string) error {
	deadline := time.After(logonWait)
	last := ""
	for {
		select {
		case e := <-b.events:
			if s, ok := e.(state); ok {
				if s.up {
					return nil
				}
				last = s.reason
			}
		case <-deadline:
			return b.noLogon(addr, last)
		case <-ctx.Done():
			return b.noLogon(addr, last)
		}
	}
}

// noLogon says what to look at; last is why the session went down, as far as the router said so.
func (b *board) noLogon(addr, last string) error {
	if last != "" {
		last = " (" + last + ")"
	}
	return fmt.Errorf("no logon at %s%s: is `sluice route` running with this file, and nobody else logged on as this client? The router's log says what it refused", addr, last)
}

// follow prints reports until every order is done.
func (b *board) follow(ctx context.Context, ems *fixgw.EMS) error {
	var cancel <-chan time.Time
	if b.o.CancelAfter > 0 {
		cancel = time.After(b.o.CancelAfter)
	}
	for len(b.open) > 0 {
		select {
		case e := <-b.events:
			if err := b.take(ems, e); err != nil {
				return err
			}
		case <-cancel:
			cancel = nil
			for _, id := range b.left() {
				request, err := ems.Cancel(id)
				if err != nil {
					return err
				}
				b.own[request] = id
			}
		case <-ctx.Done():
			left := strings.Join(b.left(), ", ")
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return errors.Join(b.failed, fmt.Errorf("order %s is not done after --wait %v: it goes on as its client's on_disconnect says; `sluice report ORDER` tells what becomes of it", left, b.o.Wait))
			}
			return errors.Join(b.failed, fmt.Errorf("order %s is not done: %w", left, ctx.Err()))
		}
	}
	return b.failed
}

// left gives the orders that are not done, as they were sent.
func (b *board) left() []string {
	return slices.DeleteFunc(slices.Clone(b.ids), func(id string) bool { return !b.open[id] })
}

// take prints what came. An error ends the command.
func (b *board) take(ems *fixgw.EMS, e any) error {
	if s, ok := e.(state); ok && s.up && !b.heard { // they may have been in flight when the router died
		for _, id := range b.left() {
			if err := ems.Status(id); err != nil {
				return err
			}
		}
	}
	if r, ok := e.(fixgw.ExecutionReport); ok {
		return b.report(&r)
	}
	return b.other(e)
}

// report prints a report of ours, and notes whether it ends its order.
func (b *board) report(r *fixgw.ExecutionReport) error {
	id := b.own[r.ClOrdID]
	if id == "" {
		id = b.own[r.OrigClOrdID]
	}
	if id == "" {
		return nil
	}
	b.heard = true
	if err := b.print(r); err != nil {
		return err
	}
	done, err := finished(r)
	if !done || !b.open[id] {
		return nil
	}
	delete(b.open, id)
	if err != nil && len(b.ids) > 1 {
		err = fmt.Errorf("order %s, %s: %w", id, r.Symbol, err)
	}
	b.failed = errors.Join(b.failed, err)
	return nil
}

func (b *board) other(e any) error {
	switch e := e.(type) {
	case fixgw.CancelReject:
		return b.say(fmt.Sprintf("cancel refused: %s (102=%d)", e.Text, e.Reason), map[string]any{"cancel_refused": e.Text, "reason": e.Reason})
	case refusal:
		return fmt.Errorf("order %s was refused: %s", e.id, e.text)
	case state:
		return b.say(fmt.Sprintf("session up=%v %s", e.up, e.reason), map[string]any{"session_up": e.up, "reason": e.reason})
	}
	return nil
}

// say prints what is no report: a line of text, or of JSON where that is wanted.
func (b *board) say(text string, fields map[string]any) error {
	if b.o.JSON {
		return json.NewEncoder(b.o.Out).Encode(fields)
	}
	_, err := fmt.Fprintln(b.o.Out, text)
	return err
}

// finished reports whether a report ends the order, and how.
func finished(r *fixgw.ExecutionReport) (bool, error) {
	switch r.OrdStatus {
	case '2':
		return true, nil
	case '8':
		return true, fmt.Errorf("%w: rejected: %s (103=%d)", ErrNotFilled, r.Text, r.Reason)
	case '4', 'C', '3':
		if r.OrdStatus == '3' && r.Leaves > 0 { // an order that lives over days goes on tomorrow
			return false, nil
		}
		if r.Cum > 0 {
			return true, nil
		}
		if r.Text == "" { // as asked
			return true, ErrNotFilled
		}
		return true, fmt.Errorf("%w: %s", ErrNotFilled, r.Text)
	}
	return false, nil
}

func (b *board) print(r *fixgw.ExecutionReport) error {
	parent, known := parentOf(r.OrderID)
	if b.o.JSON {
		return json.NewEncoder(b.o.Out).Encode(map[string]any{"parent": parent, "symbol": r.Symbol, "order_id": r.OrderID, "clordid": r.ClOrdID, "exec_id": r.ExecID,
			"exec_type": string(rune(r.ExecType)), "ord_status": string(rune(r.OrdStatus)), "last_qty": r.LastQty, "last_px": r.LastPx.String(),
			"last_mkt": r.LastMkt, "cum_qty": r.Cum, "leaves_qty": r.Leaves, "avg_px": r.AvgPx.String(), "text": r.Text, "at": r.At.String()})
	}
	name := r.OrderID
	if known {
		name = fmt.Sprintf("parent %d, %s", parent, r.OrderID)
	}
	if len(b.ids) > 1 {
		name += ", " + string(r.Symbol)
	}
	line := fmt.Sprintf("%s %s 150=%c 39=%c cum %d leaves %d", r.At, name, r.ExecType, r.OrdStatus, r.Cum, r.Leaves)
	if r.LastQty > 0 {
		line += fmt.Sprintf("  %d @ %v on %s", r.LastQty, r.LastPx, r.LastMkt)
	}
	if r.Cum > 0 {
		line += fmt.Sprintf("  average %v", r.AvgPx)
	}
	if r.Text != "" {
		line += "  " + r.Text
	}
	_, err := fmt.Fprintln(b.o.Out, line)
	return err
}

// parentOf gives the number by which the router's other commands and its page name an order, from its 37; false where the router gave
// it none.
func parentOf(orderID string) (order.ParentID, bool) {
	head, _, _ := strings.Cut(orderID, "-")
	instance, err := strconv.ParseUint(strings.TrimPrefix(head, "P"), 36, 32)
	if err != nil {
		return 0, false
	}
	return event.ParseOrderID(uint32(instance), orderID)
}
