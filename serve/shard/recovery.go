package shard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/router"
)

// recover restores the newest good snapshot, replays what the journal holds behind it, and brings it up to date (REC-01).
func (s *Shard) recover() (*Found, error) {
	found := &Found{Journal: s.found}
	r, st, err := s.restore(found)
	if err != nil {
		return nil, err
	}
	// The gate sees what the engine takes and gives in the engine's order, as it did while the router ran: in the journal
	// an event may lie before the commands of an earlier one.
	r.see = func(body event.Body) {
		s.gate.observe(body, true)
		s.watch.observe(body, r.Last)
	}
	if s.found.Last > 0 {
		if err := s.replay(r, st); err != nil {
			return nil, remedy(err, r, found.refused)
		}
	}
	s.engine, s.lastAt, s.appliedAt = r.Engine, r.Last, r.Last
	s.lastCommand = max(st.command, s.found.Last)
	found.Replayed = *r
	for _, u := range s.unsent.all() {
		s.release.push(u)
		found.Unsent++
	}
	s.snapshots.reports, s.snapshots.upto = s.unsent, s.found.Last
	s.unsent = unsent{}
	ids, err := r.notSent()
	if err != nil {
		return nil, err
	}
	found.NotSent = len(ids)
	if err := s.complete(r, found); err != nil {
		return nil, err
	}
	if err := s.configure(r); err != nil {
		return nil, err
	}
	if r.Configured != nil {
		err = s.applyNow(&event.Recovered{NotSent: event.PackChildren(ids)})
	}
	s.snapshots.taken = s.engine.Applied()
	return found, err
}

// restore gives a replayer that has the newest snapshot which is whole, of this build's version, and continued by the
// journal; a new one if there is none and the journal begins at its beginning.
func (s *Shard) restore(found *Found) (*Replayer, *state, error) {
	all, err := s.journal.Snapshots()
	if err != nil {
		return nil, nil, err
	}
	if len(all) > 0 && s.found.Last == 0 {
		return nil, nil, fmt.Errorf("%s has snapshots and no records: restore its segments (*.seg) from the archive or a copy; to begin anew, give the router a new journal directory", s.cfg.Journal.Dir)
	}
	var refused []error
	for _, at := range all {
		at, r, st, err := s.restoreFrom(at)
		if err == nil {
			found.Snapshot = at
			s.retention.verified(at)
			return r, st, nil
		}
		s.cfg.Log.Error("a snapshot is not used: an older one, or all of the journal, is", "error", err)
		refused = append(refused, err)
	}
	found.Refused, found.refused = len(refused), errors.Join(refused...)
	if first := s.found.First; first > 1 {
		return nil, nil, fmt.Errorf("the journal begins with record %d, and no snapshot that this build can use continues there: restore a snapshot (*.snap) and the segments behind it from a copy; or put the archived segments (*.seg) back into the directory, so that this start can replay all of it; or start the build that wrote them: %w",
			first, errors.Join(append(refused, errNoSnapshot)...))
	}
	return NewReplayer(), &state{}, nil
}

var errNoSnapshot = errors.New("no more snapshots")

func (s *Shard) restoreFrom(at journal.Snapshot) (journal.Snapshot, *Replayer, *state, error) {
	at, b, err := s.journal.LoadSnapshot(at)
	if err != nil {
		return at, nil, nil, err
	}
	fail := func(err error) (journal.Snapshot, *Replayer, *state, error) {
		s.unsent, s.gate, s.watch = unsent{}, newLastGate(s.cfg.Engine.Venues), newWatch()
		return at, nil, nil, fmt.Errorf("snapshot %s: %w", at.Path, err)
	}
	if at.Seq > s.found.Last || at.From < s.found.First {
		return fail(fmt.Errorf("it knows the records up to %d and goes on from %d, the journal holds %d to %d", at.Seq, at.From, s.found.First, s.found.Last))
	}
	r, st, err := replayerOf(b)
	if err != nil {
		return fail(err)
	}
	if err := s.gate.gate.Restore(st.gate); err != nil {
		return fail(err)
	}
	if err := s.watch.monitor.Restore(st.monitor); err != nil {
		return fail(err)
	}
	for _, i := range st.intents {
		body, err := event.Decode(i.kind, i.bytes)
		if err != nil {
			return fail(err)
		}
		s.gate.observe(body, true)
	}
	s.unsent.restore(st.pending)
	if s.cfg.Sessions != nil {
		if err := s.cfg.Sessions.Restore(st.fix); err != nil {
			return fail(err)
		}
	}
	return at, r, st, nil
}

// replayerOf gives a replayer whose engine is a snapshot's.
func replayerOf(b []byte) (*Replayer, *state, error) {
	st, err := readState(b)
	if err != nil {
		return nil, nil, err
	}
	body, err := event.Decode(event.KindConfigured, st.configured)
	if err != nil {
		return nil, nil, err
	}
	engine, err := router.Restore(st.engine)
	if err != nil {
		return nil, nil, err
	}
	if engine.Seq() != st.event {
		return nil, nil, fmt.Errorf("its engine has taken event %d, it says %d", engine.Seq(), st.event)
	}
	return &Replayer{Engine: engine, Seq: st.event, Last: st.last, Configured: body.(*event.Configured), Starts: st.starts, from: st.event, skips: st.command}, st, nil
}

// remedy says what to do about a journal that this engine does not continue. A clean stop of the build that wrote it helps
// only where this one reads its snapshot: then none of its commands is replayed.
func remedy(err error, r *Replayer, refused error) error {
	if !errors.Is(err, ErrDiverged) || r.Configured == nil {
		return err
	}
	const anew = "end the day with that build (`sluice drain`, ask the clients to take back what is good till canceled, `sluice reconcile`), stop it, give this one a new journal_dir, and agree with every peer that the FIX numbers begin at 1"
	if refused != nil {
		return fmt.Errorf("%w: the journal was written by build %q, whose snapshots this build does not read and which decided otherwise: no clean stop helps. No record was written, so start that build again; to change over, %s (%w)",
			err, r.Configured.Build, anew, refused)
	}
	return fmt.Errorf("%w: the journal was written by build %q, which decided otherwise. No record was written, so start that build again, and stop it cleanly: if its snapshots have the version of this build's, %d, this one starts from the one it leaves; if not, %s",
		err, r.Configured.Build, router.SnapshotVersion(), anew)
}

// complete gives the commands that a crash cut off their place. Reports go out now; orders and requests do not: their
// children are ended by Recovered, or asked about.
func (s *Shard) complete(r *Replayer, found *Found) error {
	for _, w := range r.waiting {
		seq, err := s.journal.Append(journal.Type(w.kind), event.Version, w.bytes)
		if err != nil {
			return err
		}
		s.lastCommand = seq
		if w.kind != event.KindReportParent && w.kind != event.KindRejectRequest && w.kind != event.KindReportMassCancel {
			continue
		}
		body, err := event.Decode(w.kind, w.bytes)
		if err != nil {
			return err
		}
		s.release.push(released{seq: seq, body: body})
		found.Unsent++
	}
	return nil
}

// replay reads the journal from where the state's parts stand, and gives each what it has not taken yet.
func (s *Shard) replay(r *Replayer, st *state) error {
	in := s.journal.Read(max(st.from(), s.found.First))
	defer in.Close()
	for at := st.from() - 1; at < s.found.Last; {
		rec, err := in.Next(context.Background())
		if err != nil {
			return err
		}
		at = rec.Seq
		if err := r.Feed(&rec); err != nil {
			return err
		}
		if err := s.follow(r, st, &rec); err != nil {
			return err
		}
	}
	return nil
}

// follow keeps account of which reports were handed over, and gives the sessions their records.
func (s *Shard) follow(r *Replayer, st *state, rec *journal.Record) error {
	if rec.Seq > st.reports {
		if err := s.unsent.follow(rec, r.Configured.Instance, s.cfg.Sessions); err != nil {
			return err
		}
	}
	if kind := event.Kind(rec.Type); !kind.IsEvent() && !kind.IsCommand() && s.cfg.Sessions != nil && rec.Seq > st.sessions {
		return s.cfg.Sessions.Record(rec)
	}
	return nil
}

// configure journals the configuration of this start.
func (s *Shard) configure(r *Replayer) error {
	now := s.cfg.Now()
	s.instance = uint32(int64(now) / market.Second)
	if r.Configured != nil {
		s.instance = r.Configured.Instance
		var old router.Config
		if err := json.Unmarshal(r.Configured.Config, &old); err != nil {
			return fmt.Errorf("journaled configuration: %w", err)
		}
		if err := router.CanFollow(&old, &s.cfg.Engine); err != nil {
			return err
		}
	}
	b, err := json.Marshal(&s.cfg.Engine)
	if err != nil {
		return err
	}
	c := &event.Configured{Config: b, Instance: s.instance, Epoch: s.journal.Epoch(), Build: s.cfg.Build}
	s.configured, s.starts = event.Append(nil, c), r.Starts+1
	return s.applyNow(c)
}
