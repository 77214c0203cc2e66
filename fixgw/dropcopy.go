package fixgw

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw/session"
	"github.com/sluice-sor/sluice/internal/event"
)

// CopyConfig is one drop-copy session: who reads every report that the clients got (DC-01).
type CopyConfig struct {
	Name    string
	Session session.Config
	Dialect Dialect  // Version is taken from Session
	Clients []string // whose reports; empty for all
	// Cursor is CopyCursor of the session's last stored report: the copy goes on behind it.
	Cursor uint64
}

// copiesAhead is how many reports wait for a drop copy's session in memory; the rest waits in the journal.
const copiesAhead = 1024

// A Copy is one drop-copy session. Whoever has the journal feeds it: Begin gives the place, Push takes each report behind
// it. It waits for its reader, so nobody but its own feeder may call it.
type Copy struct {
	name    string
	dialect Dialect
	clients []string
	session *session.Session
	tail    *session.Tail
}

// Begin begins a run: the caller pushes the reports of the journal behind seq until run ends. It ends with
// session.ErrRewound when the reader reset its numbers: the next run begins at the journal's start.
func (c *Copy) Begin(ctx context.Context) (run context.Context, seq uint64) { return c.tail.Begin(ctx) }

// Push copies a report, if it is of a client that the session is for. seq is its place in the journal.
func (c *Copy) Push(run context.Context, seq uint64, r *event.ReportParent) error {
	if len(c.clients) > 0 && !slices.Contains(c.clients, r.Client) {
		return nil
	}
	if err := c.tail.Push(run, seq, c.dialect.Copy(seq, r)); err != nil {
		return err
	}
	c.session.Wake()
	return nil
}

// Place gives how far the reader's session has come, of what was pushed up to the journal's record upto: the records behind
// it are still needed.
func (c *Copy) Place(upto uint64) uint64 {
	if c.tail.Empty() {
		return upto
	}
	return c.session.Cursor()
}

// Session gives the session.
func (c *Copy) Session() *session.Session { return c.session }

// Name gives the name in the configuration.
func (c *Copy) Name() string { return c.name }

// Copy makes the drop copy of a report: the client's own 8, with 797=Y, its place in the journal in SecondaryExecID
// (527), and the client as a party of role 3.
func (d *Dialect) Copy(seq uint64, r *event.ReportParent) *quickfix.Message {
	m := d.Report(r)
	put(m, tagSecondaryExecID, strconv.FormatUint(seq, 10))
	put(m, tagCopyMsgIndicator, "Y")
	writeParties(m, d.Version, []Party{{ID: r.Client, Source: 'D', Role: RoleClientID}})
	return m
}

// CopyCursor reads the place in the journal from a drop copy as it was sent; 0 for none.
func CopyCursor(message []byte) (uint64, error) {
	if message == nil {
		return 0, nil
	}
	_, rest, ok := bytes.Cut(message, []byte("\x01527="))
	value, _, end := bytes.Cut(rest, []byte{1})
	n, err := strconv.ParseUint(string(value), 10, 64)
	if !ok || !end || err != nil {
		return 0, fmt.Errorf("fix drop copy: the stored report has no SecondaryExecID (527), so its place in the journal is not known")
	}
	return n, nil
}

// addCopy adds a drop copy's session to the port of the clients.
func (c *Clients) addCopy(one CopyConfig, a *session.AcceptorConfig) error {
	if c.copies[one.Name] != nil {
		return fmt.Errorf("fix clients: drop copy %q is configured twice", one.Name)
	}
	if one.Session.BeginString == FIX42 {
		return fmt.Errorf("fix clients: drop copy %q: FIX 4.2 has no CopyMsgIndicator (797); use 4.4 or 5.0SP2", one.Name)
	}
	x := &Copy{name: one.Name, dialect: one.Dialect, clients: one.Clients, tail: session.NewTail(one.Cursor, copiesAhead)}
	x.dialect.Version = one.Session.BeginString
	one.Session.Reports, one.Session.Cursor, one.Session.ResetRestarts = x.tail, one.Cursor, true
	if err := c.files.give(&one.Session, false); err != nil {
		return err
	}
	c.copies[one.Name] = x
	c.copyIDs[one.Session.ID()] = x
	a.Sessions = append(a.Sessions, one.Session)
	return nil
}

// Copies gives the drop copies.
func (c *Clients) Copies() []*Copy {
	out := make([]*Copy, 0, len(c.copies))
	for _, x := range c.copies {
		out = append(out, x)
	}
	return out
}
