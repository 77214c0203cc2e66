package shard

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
)

// Replayer rebuilds an engine from a journal's records. Each event is applied and its commands wait, encoded, for the
// journal's own record of them: the next recorded command must be the next one waiting, byte for byte.
type Replayer struct {
	Engine *router.Engine
	// Counts of what was read.
	Events, Commands, Decisions, Others uint64
	Seq                                 uint64
	Last                                market.Time // stamp of the last event
	Configured                          *event.Configured
	Starts                              int
	Snapshots                           int // verified

	from     uint64 // of a restored engine: it has taken the events up to here,
	skips    uint64 // and what its goroutine wrote lies up to here
	unhashed bool   // state hashes are not compared
	foreign  uint64 // state hashes of builds whose state has other bytes: they were not compared
	memory   []byte // of the last hash

	waiting []encoded
	see     func(event.Body) // if set, is shown every event before it is applied, and then what it caused
}

type encoded struct {
	kind  event.Kind
	bytes []byte
	cause uint64
}

// NewReplayer gives a replayer with a fresh engine.
func NewReplayer() *Replayer { return &Replayer{Engine: router.New()} }

// ErrDiverged says that an engine gave other commands than the journal holds: another build, another machine type, or a
// defect.
var ErrDiverged = errors.New("replay diverges from the journal")

// Feed takes the next record.
func (r *Replayer) Feed(rec *journal.Record) error {
	kind := event.Kind(rec.Type)
	r.Seq = max(r.Seq, rec.Seq)
	switch {
	case kind.IsEvent() && rec.Seq <= r.from, (kind.IsCommand() || kind == event.KindStateHash) && rec.Seq <= r.skips:
		return nil // part of the snapshot
	case kind == event.KindStateHash && !r.unhashed:
		r.Others++
		if !ownHash(rec.Payload) {
			r.foreign++
			if len(r.waiting) > 0 && r.waiting[0].kind == event.KindStateHash {
				r.waiting = r.waiting[1:]
			}
			return nil
		}
		return r.compare(rec, kind)
	case kind.IsEvent():
		body, err := event.Decode(kind, rec.Payload)
		if err != nil {
			return fmt.Errorf("journal record %d: %w", rec.Seq, err)
		}
		r.Events++
		return r.apply(event.Event{Seq: rec.Seq, At: market.Time(rec.Wall), Body: body})
	case kind.IsCommand():
		r.Commands++
		if kind == event.KindRecordDecision {
			r.Decisions++
		}
		return r.compare(rec, kind)
	}
	r.Others++
	return nil
}

func (r *Replayer) apply(ev event.Event) (err error) {
	defer func() { // the engine panics on a bug; a replay reports where
		if p := recover(); p != nil {
			err = fmt.Errorf("journal record %d (%T): %v", ev.Seq, ev.Body, p)
		}
	}()
	if c, ok := ev.Body.(*event.Configured); ok {
		r.Configured = c
		r.Starts++
	}
	r.Last = max(r.Last, ev.At)
	if r.see != nil {
		r.see(ev.Body)
	}
	for _, cmd := range r.Engine.Apply(ev) {
		if r.see != nil {
			r.see(cmd)
		}
		r.waiting = append(r.waiting, encoded{cmd.Kind(), event.Append(nil, cmd), ev.Seq})
	}
	if r.unhashed {
		return nil
	}
	if sum := stateHash(r.Engine, &r.memory); sum != nil {
		r.waiting = append(r.waiting, encoded{event.KindStateHash, sum, ev.Seq})
	}
	return nil
}

func (r *Replayer) compare(rec *journal.Record, kind event.Kind) error {
	for kind != event.KindStateHash && len(r.waiting) > 0 && r.waiting[0].kind == event.KindStateHash {
		r.waiting = r.waiting[1:] // of a build that journaled none
	}
	if len(r.waiting) == 0 {
		return fmt.Errorf("%w: record %d is a command that the engine does not give", ErrDiverged, rec.Seq)
	}
	want := r.waiting[0]
	r.waiting = r.waiting[1:]
	if want.kind != kind || !bytes.Equal(want.bytes, rec.Payload) {
		return fmt.Errorf("%w: record %d holds %s, the engine gives %s for event %d", ErrDiverged, rec.Seq,
			describe(kind, rec.Payload), describe(want.kind, want.bytes), want.cause)
	}
	return nil
}

// describe prints a command for an error.
func describe(kind event.Kind, payload []byte) string {
	if kind == event.KindStateHash {
		return fmt.Sprintf("the state hash %x (INV-09)", payload)
	}
	body, err := event.Decode(kind, payload)
	if err != nil {
		return fmt.Sprintf("a record of kind %d that does not decode", kind)
	}
	return fmt.Sprintf("%T%+v", body, body)
}

// hashEvery is how many events lie between two state hashes in the journal (INV-09).
const hashEvery = 10_000

// stateHash gives the record of the engine's state hash when one is due: the SHA-256 of its working state, which is
// written into memory, and behind it the version of these bytes, little-endian: a build with another one has another hash of
// the same state.
func stateHash(e *router.Engine, memory *[]byte) []byte {
	if e.Applied()%hashEvery != 0 {
		return nil
	}
	*memory = e.AppendWorking((*memory)[:0])
	sum := sha256.Sum256(*memory)
	return binary.LittleEndian.AppendUint16(sum[:], router.SnapshotVersion())
}

// ownHash reports whether a state hash is of bytes as this build writes them. One without a version is older than versions.
func ownHash(payload []byte) bool {
	return len(payload) == sha256.Size+2 && binary.LittleEndian.Uint16(payload[sha256.Size:]) == router.SnapshotVersion()
}

// Missing gives the commands that the engine gave but the journal does not hold: what a crash cut off. None of them was
// released.
func (r *Replayer) Missing() int { return len(r.waiting) }

// notSent gives the children whose intent is among the missing: no byte of them left (CRASH-04).
func (r *Replayer) notSent() (ids []order.ChildID, err error) {
	for _, w := range r.waiting {
		if w.kind != event.KindSendChild {
			continue
		}
		body, err := event.Decode(w.kind, w.bytes)
		if err != nil {
			return nil, err
		}
		ids = append(ids, body.(*event.SendChild).Child.ID)
	}
	return ids, nil
}
