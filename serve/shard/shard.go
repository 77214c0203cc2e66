package shard

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/router"
)

// Config is what a shard needs besides its adapters.
type Config struct {
	Engine  router.Config
	Journal journal.Config // Known, Router and Now are set by Open
	Build   string         // of the binary, journaled at every start
	Log     *slog.Logger
	Now     func() market.Time // nil = the system clock
	Queue   int                // events that may wait for the engine; 0 means 8192
	Pace    time.Duration      // shortest time between two flushes of market data; 0 means 1 ms
	Snapshots
	Retention
	Pressure
	Upkeep time.Duration // between two looks at the journal's disk; 0 means 1 s
	// ClockOffset is by how much the system's clock has stepped since the start; nil = nobody knows.
	ClockOffset func() time.Duration
	// Halting, if set, is called for every halt of everything before it has its place: its cancels come soon. It must not wait.
	Halting func()
	// RiskMonitor says that a risk monitor gives a sign of life every second: without it the router stops (KILL-05).
	RiskMonitor bool
	// Sessions is the FIX message store, whose records share the journal; nil = none.
	Sessions Sessions
}

// Venues sends to venues; its methods do not block for long and report refusals as events.
type Venues interface {
	Send(*event.SendChild)
	Cancel(*event.CancelChild)
	Replace(*event.ReplaceChild)
	Query(*event.QueryChild)
}

// Clients sends to clients. seq is the journal's number of the record, the cursor of the client's reports (PACE-06).
type Clients interface {
	Report(seq uint64, r *event.ReportParent)
	Reject(seq uint64, r *event.RejectRequest)
	MassCanceled(seq uint64, r *event.ReportMassCancel)
}

// Floors asks and tells venues what is not about one child. None of it can be lost to the account of an order: each
// child's own report says what became of it.
type Floors interface {
	MassStatus(*event.QueryVenue)
	MassCancel(*event.CancelVenue)
	Question(*event.QuestionTrade)
}

// Outlets is where commands go once they are durable.
type Outlets struct {
	Venues  Venues
	Clients Clients
	Floors  Floors // nil: what is for it goes nowhere
	Alert   func(*event.Raise)
}

// Shard is one running engine with its journal.
type Shard struct {
	cfg      Config
	journal  *journal.Journal
	engine   *router.Engine
	instance uint32
	found    journal.Recovery

	mu     sync.Mutex // gives events their place: journal order is queue order
	lastAt market.Time
	buf    []byte
	words  event.Encoder // of events; under mu
	closed bool
	queue  chan event.Event

	release   *releaseQueue
	market    *Conflator
	out       Outlets
	timer     *time.Timer
	timerMu   sync.Mutex
	done      sync.WaitGroup
	stop      context.CancelFunc
	broken    chan struct{} // closed at the failure: nothing more leaves
	failed    chan struct{} // closed after it, when what works at venues was asked to be withdrawn
	asks      chan func(*router.Engine)
	cmdBuf    []byte
	encoder   event.Encoder // of commands; the engine goroutine's
	ended     chan struct{} // the engine's goroutine has returned
	failOnce  sync.Once
	err       error
	children  liveChildren
	unsent    unsent
	gate      *lastGate
	asked     questions
	delays    delays
	gateTimes gateTimes
	latch     *latch
	lifted    atomic.Pointer[liftedBy]
	differs   atomic.Pointer[string] // from the fleet's manifest; nil: nobody said
	watch     *watch

	snapshots   *snapshots
	hashed      []byte // memory of the last state hash
	retention   *retention
	endUpkeep   context.CancelFunc
	configured  []byte      // the Configured of this start
	starts      int         // this one counted
	appliedAt   market.Time // stamp of the last event that was applied; the engine goroutine's
	lastCommand uint64      // the last record of the engine's goroutine
}

// released is a command on its way out.
type released struct {
	seq   uint64
	body  event.Body
	timed timed
}

// Found says what a start found in the journal.
type Found struct {
	Journal  journal.Recovery
	Snapshot journal.Snapshot // that the start began with; the zero value if it replayed everything
	Refused  int              // snapshots that could not be used
	refused  error            // why
	Replayed Replayer         // counters only, of what was read behind the snapshot
	NotSent  int              // children whose intent was not durable
	Unsent   int              // reports to clients that no session had taken; they are sent again
	Took     time.Duration
}

// Open opens the journal, replays it, and writes the configuration and, after an earlier run, Recovered. Nothing is sent
// yet (REC-01).
func Open(cfg Config) (*Shard, *Found, error) {
	began := time.Now()
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = func() market.Time { return market.Time(time.Now().UnixNano()) }
	}
	if cfg.Queue == 0 {
		cfg.Queue = 8192
	}
	cfg.Journal.Router = cfg.Engine.Router
	cfg.Journal.Known = func(t journal.Type, v uint8) bool { return event.Known(t, v) }
	j, recovery, err := journal.Open(cfg.Journal)
	if err != nil {
		return nil, nil, err
	}
	s := &Shard{cfg: cfg, journal: j, found: *recovery, queue: make(chan event.Event, cfg.Queue),
		release: newReleaseQueue(), broken: make(chan struct{}), failed: make(chan struct{}), gate: newLastGate(cfg.Engine.Venues), watch: newWatch(),
		asks: make(chan func(*router.Engine)), ended: make(chan struct{}), latch: newLatch()}
	s.market = newConflator(s)
	s.snapshots = newSnapshots(s)
	s.retention = newRetention(s)
	found, err := s.recover()
	if err != nil {
		return nil, nil, errors.Join(err, j.Close())
	}
	found.Took = time.Since(began)
	return s, found, nil
}

// applyNow gives an event its place and applies it at once; only before Start. Its commands are released after Start.
func (s *Shard) applyNow(body event.Body) error {
	ev, err := s.place(body)
	if err != nil {
		return err
	}
	return s.apply(ev)
}

// Instance is the journal's birth, part of every id (ER-23).
func (s *Shard) Instance() uint32 { return s.instance }

// Journal is the shard's journal, for projections and the FIX message store.
func (s *Shard) Journal() *journal.Journal { return s.journal }

// LiveChildren gives the orders that are not done; only before Start.
func (s *Shard) LiveChildren() []event.SendChild { return s.engine.LiveChildren() }

// endedChildren is how many of the newest orders are looked through for those that ended: what the sessions keep.
const endedChildren = 20_000

// EndedChildren gives the newest orders that are done, oldest first; only before Start.
func (s *Shard) EndedChildren() []event.SendChild { return s.engine.EndedChildren(endedChildren) }

// Market takes quotes and trades.
func (s *Shard) Market() *Conflator { return s.market }

// Start lets the engine go on and commands out.
func (s *Shard) Start(out Outlets) {
	s.out = out
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	for _, c := range s.engine.LiveChildren() { // the kill path reaches what an earlier run sent too
		s.children.add(&c)
	}
	s.arm(s.engine.NextTimer())
	s.engine.Watched(func(symbol market.Symbol) { s.market.watch(symbol, true) })
	s.latch.resume(s.engine.Degraded())
	if s.cfg.RiskMonitor {
		s.latch.watch(time.Now())
	}
	s.done.Add(6)
	upkeep, end := context.WithCancel(ctx)
	s.endUpkeep = end
	s.watch.beat.Store(s.watch.ticks()) // a long recovery is no silence
	go s.runWatch(upkeep)
	go s.runDeadMan(upkeep)
	u := newUpkeep(s)
	u.look(time.Now()) // before anybody can send an order
	go u.run(upkeep)
	go s.runEngine()
	go s.runRelease(ctx)
	go s.market.run(ctx)
}

// ErrClosed says that the shard takes no more events.
var ErrClosed = errors.New("the router is stopping")

// Submit gives an event its place in the journal's order; the engine applies it soon. It waits when the engine is
// behind. The body belongs to the shard from here on.
func (s *Shard) Submit(body event.Body) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	if p, ok := body.(*event.ParentReceived); ok { // a new order's decision sees the market of now
		if err := s.market.flushSymbol(p.Terms.Symbol); err != nil {
			return err
		}
	}
	return s.enqueue(body)
}

// enqueue is Submit under mu.
func (s *Shard) enqueue(body event.Body) error {
	ev, err := s.place(body)
	if err != nil {
		return err
	}
	s.queue <- ev
	return nil
}

// Behind gives how many events have their place in the journal and were not taken by the engine yet, and so not by the
// learner either, which learns within each event (MET-12).
func (s *Shard) Behind() int { return len(s.queue) }

// place appends an event to the journal.
func (s *Shard) place(body event.Body) (event.Event, error) {
	if h, ok := body.(*event.Halted); ok && s.cfg.Halting != nil && h.Client == "" && h.Symbol == "" && h.Venue == "" && h.Algorithm == "" {
		s.cfg.Halting()
	}
	at := max(s.cfg.Now(), s.lastAt)
	s.buf = s.words.Append(s.buf[:0], body)
	seq, err := s.journal.AppendAt(journal.Type(body.Kind()), event.Version, int64(at), s.buf)
	if err != nil {
		s.fail(err)
		return event.Event{}, err
	}
	s.lastAt = at
	return event.Event{Seq: seq, At: at, Body: body}, nil
}

func (s *Shard) runEngine() {
	defer s.done.Done()
	defer s.release.close()
	if err := s.serve(); err != nil {
		s.fail(err)
	}
	close(s.ended)
	for range s.queue { // after a failure producers must not hang; nothing more is applied
	}
}

// serve applies events until the queue is closed and empty.
func (s *Shard) serve() error {
	tick, stop := s.snapshots.ticks()
	defer stop()
	for {
		if s.snapshots.due() {
			s.snapshots.begin()
		}
		select {
		case <-tick:
			s.snapshots.begin()
		case f := <-s.asks:
			f(s.engine)
		case ev, open := <-s.queue:
			if !open {
				return nil
			}
			if err := s.apply(ev); err != nil {
				return err
			}
		}
	}
}

// Learned gives what is learned of every venue, asked between two events; nil once the shard stops.
func (s *Shard) Learned() (out []router.Standing) {
	s.between(func(e *router.Engine) { out = e.Standings() })
	return out
}

// apply runs one event through the engine and puts its commands into the journal and the release queue.
func (s *Shard) apply(ev event.Event) error {
	s.gate.observe(ev.Body, false)
	s.watch.observe(ev.Body, ev.At)
	s.appliedAt = ev.At
	mark := timed{causeOf(ev.Body), ev.At}
	for _, cmd := range s.engine.Apply(ev) {
		s.gate.observe(cmd, false)
		s.watch.observe(cmd, ev.At)
		s.cmdBuf = s.encoder.Append(s.cmdBuf[:0], cmd)
		seq, err := s.journal.Append(journal.Type(cmd.Kind()), event.Version, s.cmdBuf)
		if err != nil {
			return err
		}
		s.lastCommand = seq
		switch c := cmd.(type) {
		case *event.SetTimer:
			s.arm(c.At)
		case *event.WatchSymbol:
			s.market.watch(c.Symbol, c.On)
		case *event.AnswerPerson:
			s.asked.answer(ev.Seq, answered{*c, seq})
		case *event.RecordChild:
			s.children.recorded(&c.Child)
		case *event.Raise:
			s.latch.raised(c, time.Now())
			s.release.push(released{seq: seq, body: keep(c)})
		default:
			if body := keep(cmd); body != nil {
				s.release.push(released{seq, body, s.decided(body, &mark)})
			}
		}
	}
	return s.hash()
}

// decided takes the mark of an event for its first child.
func (s *Shard) decided(body event.Body, mark *timed) timed {
	if mark.cause == OtherCause || body.Kind() != event.KindSendChild {
		return timed{}
	}
	m := *mark
	*mark = timed{}
	s.delays.decided(m.cause, time.Duration(s.cfg.Now().Sub(m.since)))
	return m
}

// hash journals the engine's state hash when it is due (INV-09).
func (s *Shard) hash() error {
	sum := stateHash(s.engine, &s.hashed)
	if sum == nil {
		return nil
	}
	seq, err := s.journal.Append(journal.Type(event.KindStateHash), event.Version, sum)
	s.lastCommand = seq
	return err
}

// keep copies a command that leaves the process; records stay in the journal, where projections read them.
func keep(cmd event.Body) event.Body {
	switch c := cmd.(type) {
	case *event.SendChild:
		v := *c
		return &v
	case *event.CancelChild:
		v := *c
		return &v
	case *event.ReplaceChild:
		v := *c
		return &v
	case *event.QueryChild:
		v := *c
		return &v
	case *event.ReportParent:
		v := *c
		return &v
	case *event.RejectRequest:
		v := *c
		return &v
	case *event.ReportMassCancel:
		v := *c
		v.Orders = slices.Clone(c.Orders)
		return &v
	case *event.QueryVenue:
		v := *c
		return &v
	case *event.CancelVenue:
		v := *c
		return &v
	case *event.QuestionTrade:
		v := *c
		return &v
	case *event.Raise:
		v := *c
		return &v
	}
	return nil
}

// arm sets the one timer the engine asks for; 0 clears it.
func (s *Shard) arm(at market.Time) {
	s.timerMu.Lock()
	defer s.timerMu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
	}
	if at == 0 || s.out.Venues == nil {
		return
	}
	s.timer = time.AfterFunc(time.Duration(max(0, at.Sub(s.cfg.Now()))), func() {
		_ = s.Submit(&event.TimerFired{Timer: 1}) // refused only when the shard stops
	})
}

// Failed is closed when the shard can no longer go on and has asked its venues to withdraw what works there; Err says
// why. Only after it may the venues' sessions be closed (JRN-05).
func (s *Shard) Failed() <-chan struct{} { return s.failed }

// Err is why the shard failed, nil while it runs.
func (s *Shard) Err() error {
	select {
	case <-s.broken:
		return s.err
	default:
		return nil
	}
}

// fail stops everything that leaves, at once; the releaser then uses the kill path.
func (s *Shard) fail(err error) {
	s.failOnce.Do(func() {
		s.err = err
		close(s.broken)
		s.release.abort()
		s.cfg.Log.Error("the router stops: its journal cannot be written", "error", err)
	})
}

// Close takes no more events, lets what is queued run through, and closes the journal.
func (s *Shard) Close() error {
	s.mu.Lock()
	already := s.closed
	s.closed = true
	s.mu.Unlock()
	if already {
		return s.Err()
	}
	s.arm(0)
	close(s.queue)
	if s.stop != nil {
		s.market.close()
		s.endUpkeep()
		s.done.Wait()
		s.stop()
		s.arm(0) // the engine may have asked for another while it drained
		s.snapshots.final()
	}
	return errors.Join(s.Err(), s.journal.Close())
}
