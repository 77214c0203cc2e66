package shard

import (
	"errors"
	"fmt"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/snapshot"
)

// stateVersion is the version of a shard's state in a snapshot. The engine's and the gate's bytes have versions of
// their own.
const stateVersion = 2

var errStateVersion = errors.New("the snapshot has a version that this build does not read")

// state is all that a start needs beside the tail of the journal. Each part stands at a place of its own: whoever restores
// it gives each part only what lies behind its place.
type state struct {
	configured []byte      // the last Configured, encoded
	starts     int         // how many there were
	last       market.Time // stamp of the last event

	event   uint64 // the engine has taken the events up to here,
	command uint64 // and its commands lie up to here
	engine  []byte
	gate    []byte
	monitor []byte    // of exposure, which has seen what the engine has
	intents []encoded // of commands up to command, not yet shown to the gate

	reports uint64 // pending is what no session had taken, by the records up to here
	pending []pendingReport

	sessions uint64 // the FIX store knows its records up to here
	fix      []byte
}

// known is the last record that any part knows of.
func (s *state) known() uint64 { return max(s.event, s.command, s.reports, s.sessions) }

// from is the first record that some part still has to take.
func (s *state) from() uint64 { return min(s.event, s.reports, s.sessions) + 1 }

func (s *state) bytes() []byte {
	c := snapshot.NewEncoder(nil)
	version := uint16(stateVersion)
	snapshot.Uint(c, &version)
	s.visit(c)
	return c.Bytes()
}

func readState(b []byte) (*state, error) {
	c := snapshot.NewDecoder(b)
	var version uint16
	if snapshot.Uint(c, &version); c.Err() == nil && version != stateVersion {
		return nil, fmt.Errorf("%w: version %d, this build reads %d", errStateVersion, version, stateVersion)
	}
	s := &state{}
	s.visit(c)
	return s, c.Close()
}

func (s *state) visit(c *snapshot.Coder) {
	snapshot.Blob(c, &s.configured)
	snapshot.Int(c, &s.starts)
	snapshot.Int(c, &s.last)
	snapshot.Uint(c, &s.event)
	snapshot.Uint(c, &s.command)
	snapshot.Blob(c, &s.engine)
	snapshot.Blob(c, &s.gate)
	snapshot.Blob(c, &s.monitor)
	snapshot.List(c, &s.intents, func(e *encoded, c *snapshot.Coder) {
		snapshot.Uint(c, &e.kind)
		snapshot.Blob(c, &e.bytes)
	})
	snapshot.Uint(c, &s.reports)
	snapshot.List(c, &s.pending, (*pendingReport).visit)
	snapshot.Uint(c, &s.sessions)
	snapshot.Blob(c, &s.fix)
}

// visit carries a report as its record in the journal is.
func (p *pendingReport) visit(c *snapshot.Coder) {
	snapshot.Text(c, &p.client)
	snapshot.Uint(c, &p.seq)
	snapshot.Text(c, &p.key.MsgType)
	snapshot.Text(c, &p.key.ID)
	var kind event.Kind
	var payload []byte
	if !c.Decoding() {
		kind, payload = p.body.Kind(), event.Append(nil, p.body)
	}
	snapshot.Uint(c, &kind)
	snapshot.Blob(c, &payload)
	if !c.Decoding() || c.Err() != nil {
		return
	}
	var err error
	if p.body, err = event.Decode(kind, payload); err != nil {
		c.Fail("report %d: %w", p.seq, err)
		return
	}
	if r, ok := p.body.(*event.ReportParent); ok {
		r.Resend = true
	}
}
