package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-sor/sluice/fixgw"
	fixstore "github.com/sluice-sor/sluice/fixgw/store"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/serve/access"
	"github.com/sluice-sor/sluice/serve/act"
	"github.com/sluice-sor/sluice/serve/audit"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/control"
	"github.com/sluice-sor/sluice/serve/ladder"
	"github.com/sluice-sor/sluice/serve/loopback"
	"github.com/sluice-sor/sluice/serve/metrics"
	"github.com/sluice-sor/sluice/serve/shard"
	"github.com/sluice-sor/sluice/serve/swap"
	"github.com/sluice-sor/sluice/serve/view"
)

// Options are what a process gives beside its file.
type Options struct {
	Log   *slog.Logger
	Build string
	Fast  bool // leave the journal's sync to the operating system: kill -9 loses nothing, a power loss may
	// SegmentBytes is the journal's segment size; 0 is its default.
	SegmentBytes int64
	Clock        *shard.Clock // nil is the system's
	Gates        risk.Gates   // what the self-test tries; the zero value is the router's own
}

// Router is one live router.
type Router struct {
	clock     *shard.Clock
	file      *config.File
	log       *slog.Logger
	shard     *shard.Shard
	found     *shard.Found
	fix       *fixstore.Factory
	clients   *fixgw.Clients
	venues    *fixgw.Venues
	quotes    *fixgw.MarketData
	store     atomic.Pointer[store.Store] // nil while a database has not answered yet
	models    *swap.Follower
	asking    sync.Mutex // one estimate asks the engine at a time
	gates     risk.Gates
	faults    atomic.Pointer[[]risk.Fault] // of the last self-test
	view      *view.View
	metrics   *metrics.Metrics
	ladder    *ladder.Ladder
	rush      rush
	seen      struct{ view, store *shard.Watermark } // how far the projections are
	past      atomic.Bool                            // view, metrics and ladder know what the journal held at the start
	page      net.Listener
	meters    net.Listener
	control   net.Listener // nil: the socket could not be opened, the log says why
	audit     *audit.Log
	tampered  string // what the start found of the log before; empty = nothing
	heads     heads
	gate      *access.Gate
	desk      *act.Desk
	documents *documents
	attested  attested
	done      sync.WaitGroup // projections
	serving   sync.WaitGroup // page and metrics
	stop      context.CancelFunc
	closeOnce sync.Once
	closing   chan struct{} // closed once the journal is
}

// Open brings a router up to where it was: the journal is replayed, the store and every port opened. Nothing is sent and
// no session connects before Run.
func Open(ctx context.Context, file *config.File, o Options) (*Router, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	r := &Router{file: file, log: o.Log, gates: o.Gates, view: view.New(view.Options{}), metrics: metrics.New(), ladder: ladder.New(),
		closing: make(chan struct{})}
	if err := r.open(ctx, o); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Router) open(ctx context.Context, o Options) error {
	r.documents = newDocuments(r.file, market.Time(time.Now().UnixNano())) // before the engine is given what holds now
	engine, err := r.file.Engine()
	if err != nil {
		return err
	}
	names := r.sessionNames()
	mode := journal.Durable
	if o.Fast {
		mode = journal.Fast
	}
	book := &fixBook{names: names, copies: r.copyNames()}
	if r.clock = o.Clock; r.clock == nil {
		r.clock = shard.NewClock(nil)
	}
	cfg := shard.Config{Engine: engine, Build: o.Build, Log: o.Log, Sessions: book, Now: r.clock.Now, ClockOffset: r.clock.Offset, RiskMonitor: r.file.Router.RiskMonitor, Halting: r.rush.begin,
		Journal: journal.Config{Dir: r.file.Router.JournalDir, Sync: mode, SegmentBytes: o.SegmentBytes}}
	keepJournal(&cfg, &r.file.Journal)
	if r.shard, r.found, err = shard.Open(cfg); err != nil {
		return err
	}
	r.seen.view, r.seen.store = r.shard.Watermark("view"), r.shard.Watermark("store")
	if r.fix, err = book.factory(r.shard.Journal(), r.log); err != nil {
		return err
	}
	if err := r.firstStore(ctx); err != nil {
		return err
	}
	r.openModels()
	if err := r.openPeople(); err != nil {
		return err
	}
	if err := r.openSessions(); err != nil {
		return err
	}
	if r.page, err = r.listenPage(); err != nil {
		return err
	}
	if r.meters, err = listen(r.file.Router.MetricsAddr, "router.metrics_addr"); err != nil {
		return err
	}
	if r.control, err = control.Listen(r.file.Router.JournalDir); err != nil {
		r.log.Error("nobody can decide on a child in doubt with `sluice resolve`", "error", err)
	}
	r.watch()
	return nil
}

// keepJournal gives a shard what the file says of the journal's upkeep.
func keepJournal(cfg *shard.Config, j *config.Journal) {
	cfg.Snapshots = shard.Snapshots{Every: time.Duration(j.SnapshotEvery), Events: j.SnapshotEvents}
	cfg.Retention = shard.Retention{Keep: time.Duration(j.KeepDays) * 24 * time.Hour, Archive: j.ArchiveDir}
	cfg.Pressure = j.Pressure()
}

// watch lets every scrape ask the journal, the view and the sessions.
func (r *Router) watch() {
	r.metrics.WatchJournal(r.shard.Journal())
	r.metrics.WatchChildren(r.view)
	r.metrics.WatchDelays(r.delays)
	r.metrics.WatchLearner(r.shard.Behind)
	r.metrics.WatchGate(r.gateTimes)
	r.metrics.WatchSelfTest(func() bool { return r.faults.Load() != nil && len(r.Faults()) == 0 })
	r.metrics.WatchAttestation(r.attestationLabels)
	r.metrics.WatchReady(r.NotReady)
	r.metrics.WatchHeads(r.heads.stats)
	r.metrics.WatchLadder(func() float64 { level, _ := r.ladder.Level(); return float64(level) })
	for i := range r.file.Venues {
		if s := r.venues.Session(market.VenueID(i)); s != nil {
			r.metrics.WatchSession(r.file.Venues[i].Name, func() metrics.SessionStats { return sessionStats(s.Stats()) })
		}
	}
	for i := range r.file.Clients {
		if s := r.clients.Session(r.file.Clients[i].Name); s != nil {
			r.metrics.WatchSession("", func() metrics.SessionStats { return sessionStats(s.Stats()) })
		}
	}
}

// delays gives the ways that metrics show.
func (r *Router) delays() (out []metrics.Delay) {
	for _, c := range []shard.Cause{shard.ParentCause, shard.ReportCause} {
		d := r.shard.Delays(c)
		out = append(out, metrics.Delay{From: c.String(), To: "decided", Times: d.Decided}, metrics.Delay{From: c.String(), To: "handed", Times: d.Handed})
	}
	return out
}

// gateTimes gives how long the checks of a child take.
func (r *Router) gateTimes() []metrics.GateTime {
	allocator, send := r.shard.GateTimes()
	return []metrics.GateTime{{Stage: "allocator", Times: allocator}, {Stage: "send", Times: send}}
}

// listen opens a port of the page or of the metrics, for a bounded number of connections; an empty address means none.
func listen(addr, key string) (net.Listener, error) {
	if addr == "" {
		return nil, nil
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: free the port or name another", key, err)
	}
	return loopback.Limit(l), nil
}

// Found says what the start found in the journal.
func (r *Router) Found() *shard.Found { return r.found }

// View is what works now.
func (r *Router) View() *view.View { return r.view }

// Store is the relational projection; nil while a database that was down at the start has not answered.
func (r *Router) Store() *store.Store { return r.store.Load() }

// Models follows the model registry.
func (r *Router) Models() *swap.Follower { return r.models }

// Shard is the engine's process.
func (r *Router) Shard() *shard.Shard { return r.shard }

// ClientAddr is where clients log on.
func (r *Router) ClientAddr() net.Addr { return r.clients.Addr() }

// PageAddr is where the page is, nil for none.
func (r *Router) PageAddr() net.Addr {
	if r.page == nil {
		return nil
	}
	return r.page.Addr()
}

// Start lets the engine go on and connects the sessions.
func (r *Router) Start() error {
	ctx, cancel := context.WithCancel(context.Background())
	r.stop = cancel
	for _, c := range slices.Concat(r.shard.EndedChildren(), r.shard.LiveChildren()) {
		r.venues.Restore(&c)
	}
	r.attestFirst()
	r.shard.Start(shard.Outlets{Venues: r.venues, Clients: &reports{r}, Floors: r.venues, Alert: r.alert})
	r.project(ctx)
	if r.tampered != "" {
		_ = r.shard.Submit(&event.SessionAlarmed{Venue: -1, Alarm: "audit", Text: r.tampered}) // refused only when the router stops
	}
	r.selfTest(ctx, r.file.LimitsAt(r.clock.Now()))
	r.serving.Go(func() { r.followLimits(ctx) })
	r.serving.Go(func() { r.models.Run(ctx) })
	r.serving.Go(func() { r.followManifest(ctx) })
	r.killBySignal(ctx)
	r.serving.Go(func() { r.tellHead(ctx) })
	r.servePages(ctx)
	r.serveControl(ctx)
	if err := r.quotes.Start(); err != nil {
		return err
	}
	if err := r.venues.Start(); err != nil {
		return err
	}
	return r.clients.Start()
}

// serveControl takes the decisions of people on this machine.
func (r *Router) serveControl(ctx context.Context) {
	if r.control == nil {
		return
	}
	l := r.control
	r.serving.Go(func() { control.Serve(ctx, l, r.desk.Local) })
}

// operated is the engine as people operate it.
type operated struct {
	*shard.Shard
	ladder *ladder.Ladder
}

// Level implements control.Rungs.
func (o operated) Level() (level uint8, name, why string) {
	l, why := o.ladder.Level()
	return uint8(l), l.String(), why
}

// Run starts the router and keeps it until ctx ends or it can no longer go on; then it closes it.
func (r *Router) Run(ctx context.Context) error {
	if err := r.Start(); err != nil {
		return errors.Join(err, r.Close())
	}
	state := "router ready"
	switch {
	case len(r.Faults()) > 0:
		state = "router halted"
	case len(r.Attestation().Differences) > 0:
		state = "router up, and not ready"
	}
	r.log.Info(state, "clients", r.ClientAddr().String(), "page", pageURL(r), "journal", r.file.Router.JournalDir,
		"snapshot", r.found.Snapshot.Seq, "replayed_events", r.found.Replayed.Events, "not_sent", r.found.NotSent)
	var err error
	select {
	case <-ctx.Done():
		r.log.Info("router stopping")
	case <-r.shard.Failed():
		err = r.shard.Err()
		time.Sleep(killWait)
	}
	return errors.Join(err, r.Close())
}

// killWait is how long the sessions stay up after the journal failed: the cancels of the kill path are queued at their
// paced senders by then, and must still leave (JRN-05).
const killWait = 2 * time.Second

func pageURL(r *Router) string {
	if a := r.PageAddr(); a != nil {
		if r.file.Router.HTTPTLS.On {
			return "https://" + a.String()
		}
		return "http://" + a.String()
	}
	return ""
}

// alert logs what people must know; the page and the metrics read it from the journal.
func (r *Router) alert(a *event.Raise) {
	level := slog.LevelInfo
	switch a.Severity {
	case event.Info:
	case event.Warn:
		level = slog.LevelWarn
	case event.Page:
		level = slog.LevelError
	}
	r.log.Log(context.Background(), level, "alert", "code", a.Code, "parent", uint64(a.Parent), "child", uint64(a.Child), "text", a.Text)
}

// closeWait bounds how long projections may take to catch up at a stop.
const closeWait = 10 * time.Second

// Close stops the sessions, lets the engine finish what it has, and lets the projections catch up.
func (r *Router) Close() error {
	var errs []error
	if r.clients != nil {
		r.clients.Close()
	}
	if r.venues != nil {
		r.venues.Close()
	}
	if r.quotes != nil {
		r.quotes.Close()
	}
	if r.fix != nil {
		errs = append(errs, r.fix.Close())
	}
	if r.shard != nil {
		errs = append(errs, r.shard.Close())
	}
	r.closeOnce.Do(func() { close(r.closing) })
	errs = append(errs, r.closeListeners())
	if r.audit != nil {
		errs = append(errs, r.audit.Close())
	}
	if st := r.store.Swap(nil); st != nil {
		errs = append(errs, st.Close())
	}
	r.clients, r.venues, r.quotes, r.fix, r.audit = nil, nil, nil, nil, nil
	return errors.Join(errs...)
}

// closeListeners ends projections, page and metrics. Their servers close the listeners; those that never served one are
// closed here.
func (r *Router) closeListeners() error {
	started := r.stop != nil
	r.awaitProjections()
	r.serving.Wait()
	var errs []error
	for _, l := range []net.Listener{r.page, r.meters, r.control} {
		if l != nil && !started {
			errs = append(errs, l.Close())
		}
	}
	r.page, r.meters, r.control = nil, nil, nil
	return errors.Join(errs...)
}
