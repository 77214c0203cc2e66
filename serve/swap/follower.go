package swap

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/models"
	"github.com/sluice-sor/sluice/models/registry"
)

// Places says which models are in force at an engine.
type Places struct {
	Serving string  // registry.Builtin or an id
	Beside  string  // empty: none
	Share   float64 // of parents that the one beside serves
}

// Engine is the engine as a follower needs it.
type Engine interface {
	Submit(body event.Body) error // gives an event its place in the journal
}

// Config describes a follower.
type Config struct {
	Open     func(ctx context.Context) (*registry.Registry, error) // called until it succeeds
	Engine   Engine
	Places   Places // before the first Record
	Router   string // name, and
	Instance uint32 // birth of its journal: they mark its lines in the ledger
	Most     int    // bytes of an artifact that the journal can hold; 0 is no limit
	Log      *slog.Logger
	Retry    time.Duration // after a failure of the registry; 0 is 1 s
	Answer   time.Duration // how long the engine may take to answer; 0 is 30 s
}

// Follower follows one registry for one engine. Run it once; Record may be called at any time.
type Follower struct {
	config Config
	sent   asked  // what the engine was last asked for
	agreed uint64 // Aliases.Seq of the last move that nothing was to do for, or of the first look
	active atomic.Pointer[Active]
	open   atomic.Pointer[registry.Registry] // while it is followed

	mu      sync.Mutex
	records []record
	places  Places
	last    Places        // the newest recorded
	ready   bool          // all of the past was recorded
	news    chan struct{} // something was recorded
}

// Active is the model that serves, for those who want to ask it beside the engine; Model is nil for the built-in prior, and
// until it is loaded.
type Active struct {
	ID    string
	Model *models.Model
}

// asked is one ModelActivated that waits for its answer.
type asked struct {
	by    uint64 // Aliases.Seq that it follows
	id    string
	mode  event.ModelMode
	share float64
	who   registry.Who
	until time.Time // when to wait no longer; zero: it was answered, or never asked
}

// same reports whether q asks for what o asks for.
func (q *asked) same(o *asked) bool {
	return q.by == o.by && q.id == o.id && q.mode == o.mode && q.share == o.share
}

func (q *asked) waiting() bool { return !q.until.IsZero() }

type record struct {
	seq  uint64
	at   market.Time
	body *event.RecordModel
}

// New gives a follower that does nothing before Run.
func New(c Config) *Follower {
	if c.Retry == 0 {
		c.Retry = time.Second
	}
	if c.Answer == 0 {
		c.Answer = 30 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Places.Serving == "" {
		c.Places.Serving = registry.Builtin
	}
	return &Follower{config: c, places: c.Places, news: make(chan struct{}, 1)}
}

// Record tells what the engine recorded of its models, in the journal's order, from its start on. It never waits.
func (f *Follower) Record(seq uint64, at market.Time, body *event.RecordModel) {
	f.mu.Lock()
	f.records = append(f.records, record{seq, at, body})
	if body.Serving != "" {
		f.last = Places{Serving: body.Serving, Beside: body.Beside, Share: body.Share}
		if f.ready { // the past is no news: what the engine began with is its end
			f.places = f.last
		}
	}
	f.mu.Unlock()
	f.wake()
}

// CaughtUp says that Record was told all of the past: from here on Places counts.
func (f *Follower) CaughtUp() {
	f.mu.Lock()
	was := f.ready
	f.ready = true
	if !was && f.last.Serving != "" {
		f.places = f.last
	}
	f.mu.Unlock()
	if !was {
		f.wake()
	}
}

func (f *Follower) wake() {
	select {
	case f.news <- struct{}{}:
	default: // somebody will look anyway
	}
}

// Active gives the model that serves; nil before the first look at the registry.
func (f *Follower) Active() *Active { return f.active.Load() }

// Run follows until ctx ends. A registry that fails is tried again, for as long as it takes; the log says so once.
func (f *Follower) Run(ctx context.Context) {
	told := ""
	for ctx.Err() == nil {
		err := f.follow(ctx)
		if ctx.Err() != nil {
			return
		}
		if text := err.Error(); text != told {
			told = text
			f.config.Log.Warn("the model registry does not answer: the model that serves goes on, the registry is followed when it does", "error", err)
		}
		select {
		case <-time.After(f.config.Retry):
		case <-ctx.Done():
		}
	}
}

// follow opens the registry and follows it until something fails.
func (f *Follower) follow(ctx context.Context) error {
	r, err := f.config.Open(ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	f.open.Store(r)
	defer f.open.Store(nil)
	l := ledger{follower: f, registry: r}
	if err := l.begin(ctx); err != nil {
		return err
	}
	for {
		if err := l.write(ctx); err != nil {
			return err
		}
		a, seq, err := r.Stand(ctx)
		if err != nil {
			return err
		}
		if p, ready := f.now(); ready {
			if err := f.step(ctx, r, &a, p); err != nil {
				return err
			}
		}
		if err := f.await(ctx, r, seq); err != nil {
			return err
		}
	}
}

// now gives which models are in force, and whether that is the present.
func (f *Follower) now() (Places, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.places, f.ready
}

// await waits for news of the engine, for a line behind that of seq, or for the end of what was asked.
func (f *Follower) await(ctx context.Context, r *registry.Registry, seq uint64) error {
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	woken := make(chan struct{})
	go func() {
		defer close(woken)
		select {
		case <-f.news:
			cancel()
		case <-within.Done():
		}
	}()
	if f.sent.waiting() {
		timeout, end := context.WithDeadline(within, f.sent.until)
		defer end()
		within = timeout
	}
	err := r.Wait(within, seq)
	cancel()
	<-woken
	if ctx.Err() == nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return nil
	}
	return err
}

// next says what the engine must be asked for so that it has what the aliases say; false: nothing.
func next(a *registry.Aliases, p Places) (asked, bool) {
	q := asked{by: a.Seq, who: registry.Who{Actor: a.Actor, Reason: a.Reason}}
	trial, share, mode := a.Shadow, 0.0, event.ModeShadow
	if a.Challenger != "" {
		trial, share, mode = a.Challenger, a.Share, event.ModeCanary
	}
	switch {
	case p.Serving != a.Champion:
		q.id, q.mode = a.Champion, event.ModeServe
		if p.Beside == a.Champion && (a.What == registry.Rollback || a.What == registry.Demoted || a.What == registry.RolledBack) {
			q.mode = event.ModeRollback
		}
	case trial != "" && (p.Beside != trial || p.Share != share):
		q.id, q.mode, q.share = trial, mode, share
	case trial == "" && p.Share > 0: // the canary was ended elsewhere
		q.id, q.mode = p.Beside, event.ModeShadow
	default:
		return asked{}, false
	}
	return q, true
}

// step asks the engine for what the aliases want, unless it was asked already. The error is the registry's.
func (f *Follower) step(ctx context.Context, r *registry.Registry, a *registry.Aliases, places Places) error {
	f.keepActive(ctx, r, places.Serving)
	if f.agreed == 0 {
		f.agreed = max(1, a.Seq)
	}
	q, differs := next(a, places)
	if !differs {
		return f.agree(ctx, r, a, places)
	}
	if q.same(&f.sent) {
		if f.sent.waiting() && time.Now().After(f.sent.until) {
			f.sent.until = time.Time{}
			f.alarm(fmt.Sprintf("the engine has not answered for %v whether it takes %s", f.config.Answer, q.id))
		}
		return nil // it has not answered yet, or has refused: a person moves next
	}
	e := &event.ModelActivated{Model: q.id, Mode: q.mode, Share: q.share, Actor: q.who.Actor, Reason: q.who.Reason}
	if err := f.load(ctx, r, e, places); err != nil {
		var unfit *registry.UnfitError
		if !errors.As(err, &unfit) && !errors.Is(err, registry.ErrNotFound) {
			return err
		}
		f.sent = q
		return f.refuse(ctx, r, q.id, places, err)
	}
	q.until = time.Now().Add(f.config.Answer)
	f.sent = q
	if err := f.config.Engine.Submit(e); err != nil {
		f.config.Log.Warn("the engine takes no model", "model", q.id, "error", err) // it is stopping
	}
	return nil
}

// agree says once of a person's move that there is nothing to do for it: as when a model that was refused is rolled back, or one
// that is beside already shall be shadowed.
func (f *Follower) agree(ctx context.Context, r *registry.Registry, a *registry.Aliases, p Places) error {
	asked := f.sent
	f.sent.until, f.sent.by = time.Time{}, 0
	if f.agreed >= a.Seq {
		return nil
	}
	f.agreed = a.Seq
	l := registry.Line{Model: p.Serving, Actor: a.Actor, Reason: "it is so already", Serving: p.Serving, Beside: p.Beside, Share: p.Share,
		Router: f.config.Router, Instance: f.config.Instance}
	answered := false // by what the engine recorded
	switch a.What {
	case registry.Promote, registry.Rollback:
		l.What, answered = registry.Serving, asked.mode == event.ModeServe || asked.mode == event.ModeRollback
	case registry.Shadow:
		l.What, l.Model, answered = registry.Shadowing, p.Beside, asked.mode == event.ModeShadow
	case registry.Canary:
		l.What, l.Model, answered = registry.Canarying, p.Beside, asked.mode == event.ModeCanary
	}
	if l.What == "" || answered && asked.by == a.Seq {
		return nil
	}
	_, err := r.Record(ctx, l)
	return err
}

// load verifies a version and fills the event in; one that is in a place already needs no bytes.
func (f *Follower) load(ctx context.Context, r *registry.Registry, e *event.ModelActivated, p Places) error {
	if e.Model == registry.Builtin || e.Mode == event.ModeRollback {
		return nil
	}
	m, data, err := r.Model(ctx, e.Model)
	if err != nil {
		return err
	}
	if most := f.config.Most; most > 0 && len(data) > most {
		return &registry.UnfitError{Reason: fmt.Errorf("it has %d bytes: the router's journal holds a model of at most %d; train a smaller one", len(data), most)}
	}
	each, err := Warm(m)
	if err != nil {
		return &registry.UnfitError{Reason: err}
	}
	f.config.Log.Info("model verified", "model", e.Model, "family", m.Header.Family, "prediction", each)
	e.Instance, e.Epoch = m.Header.Instance, m.Header.Epoch
	if p.Serving != e.Model && p.Beside != e.Model {
		e.Artifact = data
	}
	return nil
}

// keepActive has the model that serves at hand. One that cannot be loaded is none: it serves in the engine all the same.
func (f *Follower) keepActive(ctx context.Context, r *registry.Registry, id string) {
	if a := f.active.Load(); a != nil && a.ID == id && (a.Model != nil || id == registry.Builtin) {
		return
	}
	a := &Active{ID: id}
	if id != registry.Builtin {
		a.Model, _, _ = r.Model(ctx, id)
	}
	f.active.Store(a)
}

// refuse says that a version cannot serve: in the ledger, to people, and in the log.
func (f *Follower) refuse(ctx context.Context, r *registry.Registry, id string, p Places, reason error) error {
	f.alarm(fmt.Sprintf("model %s is refused, what served before serves on: %v", id, reason))
	_, err := r.Record(ctx, registry.Line{What: registry.Refused, Model: id, Reason: reason.Error(), Serving: p.Serving, Beside: p.Beside,
		Router: f.config.Router, Instance: f.config.Instance})
	return err
}

// alarm raises an alert in the journal, where page and metrics find it.
func (f *Follower) alarm(text string) {
	f.config.Log.Error("model", "alarm", text)
	_ = f.config.Engine.Submit(&event.SessionAlarmed{Venue: -1, Alarm: "model", Text: text}) // refused only when the router stops
}
