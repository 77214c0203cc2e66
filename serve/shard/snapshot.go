package shard

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
)

// Snapshots says when a snapshot is taken (JRN-07); a zero field takes the default.
type Snapshots struct {
	Every  time.Duration // 10 minutes, if anything happened; negative never
	Events uint64        // 1,000,000
}

// Defaults of Snapshots.
const (
	DefaultSnapshotEvery  = 10 * time.Minute
	DefaultSnapshotEvents = 1_000_000
)

// Sessions is the FIX message store's part of the journal.
type Sessions interface {
	// Restore takes what Snapshot gave. It comes before any Record.
	Restore(state []byte) error
	// Record takes a record of the journal that is neither event nor command, in order, during recovery.
	Record(rec *journal.Record) error
	// Saved tells which client's report such a record says was handed to its session; an empty client for none.
	Saved(rec *journal.Record) (client string, key ReportKey, err error)
	// Snapshot gives the store's state while it runs: records that are appended meanwhile may be in it or not, and are
	// given again.
	Snapshot() []byte
}

// snapshots takes the shard's snapshots.
type snapshots struct {
	shard   *Shard
	cfg     Snapshots
	saving  atomic.Bool
	size    int    // of the engine's bytes the last time
	taken   uint64 // the engine's count of events at the last one; the engine goroutine's
	reports unsent // as of upto; whoever saves owns both
	upto    uint64
}

func newSnapshots(s *Shard) *snapshots {
	p := &snapshots{shard: s, cfg: s.cfg.Snapshots}
	if p.cfg.Every == 0 {
		p.cfg.Every = DefaultSnapshotEvery
	}
	if p.cfg.Events == 0 {
		p.cfg.Events = DefaultSnapshotEvents
	}
	return p
}

// ticks gives the channel of the clock's part, and how to stop it.
func (p *snapshots) ticks() (<-chan time.Time, func()) {
	if p.cfg.Every < 0 {
		return nil, func() {}
	}
	t := time.NewTicker(p.cfg.Every)
	return t.C, t.Stop
}

// due reports whether so many events came that a snapshot is due.
func (p *snapshots) due() bool {
	return p.cfg.Every > 0 && p.shard.engine.Applied()-p.taken >= p.cfg.Events
}

// begin takes a snapshot between two events, in the engine's goroutine, and lets another write it. One that is still
// being written is enough: the next event asks again.
func (p *snapshots) begin() {
	s := p.shard
	if s.engine.Applied() == p.taken || !p.saving.CompareAndSwap(false, true) {
		return
	}
	began := time.Now()
	st := s.capture()
	p.taken = s.engine.Applied()
	held := time.Since(began)
	s.done.Add(1)
	go func() {
		defer s.done.Done()
		defer p.saving.Store(false)
		p.keep(context.Background(), st, held)
	}()
}

// keep saves a snapshot; one that cannot be kept costs the next start time and nothing else.
func (p *snapshots) keep(ctx context.Context, st *state, held time.Duration) {
	log := p.shard.cfg.Log
	saved, size, err := p.save(ctx, st)
	if err != nil {
		if p.shard.Err() == nil {
			log.Error("a snapshot could not be kept: the next start replays a longer tail", "error", err)
		}
		return
	}
	p.shard.retention.verified(saved)
	log.Info("snapshot kept", "file", saved.Path, "bytes", size, "engine_held", held)
}

// capture gives the state of engine and gate as they are between two events. What still waits to leave is not yet known
// to the gate; it is listed first, so that an intent which leaves meanwhile is there twice rather than not at all.
func (s *Shard) capture() *state {
	st := &state{configured: s.configured, starts: s.starts, last: s.appliedAt, event: s.engine.Seq(), command: s.lastCommand}
	st.intents = s.release.intents()
	s.gate.mu.Lock()
	st.gate = s.gate.gate.AppendSnapshot(nil)
	s.gate.mu.Unlock()
	st.monitor = s.watch.snapshot()
	st.engine = s.engine.AppendSnapshot(make([]byte, 0, s.snapshots.size+s.snapshots.size/8))
	s.snapshots.size = len(st.engine)
	return st
}

// save completes a captured state with what lies in the journal beside the engine's, and writes it once all it knows is
// durable.
func (p *snapshots) save(ctx context.Context, st *state) (journal.Snapshot, int, error) {
	s := p.shard
	st.sessions = s.journal.NextSeq() - 1
	if s.cfg.Sessions != nil {
		st.fix = s.cfg.Sessions.Snapshot()
	}
	if err := s.journal.Wait(ctx, max(st.known(), s.journal.NextSeq()-1)); err != nil {
		return journal.Snapshot{}, 0, err
	}
	if err := p.follow(ctx, s.journal.Durable()); err != nil {
		return journal.Snapshot{}, 0, err
	}
	st.reports, st.pending = p.upto, p.reports.pending()
	b := st.bytes()
	if free, _, err := s.journal.Space(); err == nil && free < int64(2*len(b)) {
		return journal.Snapshot{}, 0, fmt.Errorf("%d bytes are free for a snapshot of %d: the journal needs them more", free, len(b))
	}
	saved, err := s.journal.SaveSnapshot(ctx, st.known(), st.from(), b)
	return saved, len(b), err
}

// follow reads the journal on to seq upto, for the reports that no session has taken.
func (p *snapshots) follow(ctx context.Context, upto uint64) error {
	if p.upto >= upto {
		return nil
	}
	in := p.shard.journal.Read(p.upto + 1)
	defer in.Close()
	for p.upto < upto {
		rec, err := in.Next(ctx)
		if err != nil {
			return err
		}
		if err := p.reports.follow(&rec, p.shard.instance, p.shard.cfg.Sessions); err != nil {
			return err
		}
		p.upto = rec.Seq
	}
	return nil
}

// final is taken at a clean stop, when everything has run through: a later build starts from it and replays none of this
// one's commands.
func (p *snapshots) final() {
	if p.cfg.Every < 0 || p.shard.Err() != nil {
		return
	}
	p.keep(context.Background(), p.shard.capture(), 0)
}

// intents gives the orders and replaces that wait to leave.
func (q *releaseQueue) intents() (out []encoded) {
	q.mu.Lock()
	defer q.mu.Unlock()
	add := func(r released) {
		switch r.body.(type) {
		case *event.SendChild, *event.ReplaceChild:
			out = append(out, encoded{kind: r.body.Kind(), bytes: event.Append(nil, r.body)})
		}
	}
	add(q.leaving)
	for _, r := range q.list {
		add(r)
	}
	return out
}
