package demo

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/quickfixgo/quickfix"
	"golang.org/x/sys/unix"

	"github.com/sluice-sor/sluice/fixgw"
	"github.com/sluice-sor/sluice/fixgw/session"
	"github.com/sluice-sor/sluice/fixgw/wire"
	"github.com/sluice-sor/sluice/serve"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/venues"
)

//go:embed demo.toml
var settings string

// Options of a demo.
type Options struct {
	Dir     string // of journal, store and configuration
	Seed    uint64
	Parents int
	Keep    bool // stay up after the report until the context ends
	// Experiment has static and learner compared on the live flow, with orders that do not overlap.
	Experiment bool
	HTTPAddr   string
	Log        *slog.Logger
	Progress   func(done, all int) // told as parents finish
	Out        io.Writer           // what is said while it runs; nil says nothing
	Build      string
}

// Defaults gives the options of a plain `sluice demo`.
func Defaults() Options {
	return Options{Dir: "demo-data", Seed: 1, Parents: 200, HTTPAddr: "127.0.0.1:8080"}
}

// sendFor is how long the EMS takes to send its parents; drain bounds how long the last ones may take. Together with
// start, settling and report they keep a demo within a minute.
const (
	sendFor    = 20 * time.Second
	drainMost  = 16 * time.Second
	markoutFor = 3 * time.Second
)

// Run runs a demo and gives its report.
func Run(ctx context.Context, o Options) (*Report, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	d := &desk{o: o, began: time.Now()}
	defer d.close()
	if err := d.open(ctx); err != nil {
		return nil, err
	}
	fmt.Fprintf(o.Out, "page      http://%s\ndata      %s (journal, store, demo.toml)\n", d.router.PageAddr(), o.Dir)
	if err := d.sayControl(); err != nil {
		return nil, err
	}
	if err := d.trade(ctx); err != nil {
		return nil, err
	}
	rep, err := d.report(ctx)
	if err != nil || !o.Keep {
		return rep, err
	}
	fmt.Fprint(o.Out, rep.Text())
	d.ems.Close() // whoever tries it takes its session
	d.ems = nil
	file := filepath.Join(o.Dir, marker)
	fmt.Fprintf(o.Out, "\nstaying up: the page is at http://%s; stop with Ctrl-C\nin another terminal: sluice send -c %s --symbol ACME --side buy --qty 3000, "+
		"sluice train -c %s, sluice models list -c %s\nwhat needs two people needs a second user: sluice users add bob --roles admin -c %s\n", d.router.PageAddr(), file, file, file, file)
	<-ctx.Done()
	return rep, nil
}

// sayControl says how to act on the page: a demo has no user, and no password that anybody knows.
func (d *desk) sayControl() error {
	token, err := os.ReadFile(d.router.SetupFile())
	if err != nil {
		return err
	}
	fmt.Fprintf(d.o.Out, "control   http://%s/login with the setup token %s makes a user who may act\n", d.router.PageAddr(), strings.TrimSpace(string(token)))
	return nil
}

// desk is everything that runs.
type desk struct {
	o        Options
	began    time.Time
	file     *config.File
	exchange *venues.Exchange
	truth    *os.File // the venues' own account, for sluice reconcile
	router   *serve.Router
	ems      *fixgw.EMS
	book     *blotter
}

// open clears what an earlier demo left, and starts venues, router and EMS on loopback.
func (d *desk) open(ctx context.Context) error {
	if err := clear(d.o.Dir); err != nil {
		return err
	}
	if err := d.configure(); err != nil {
		return err
	}
	var err error
	if d.router, err = serve.Open(ctx, d.file, serve.Options{Log: d.o.Log, Build: d.o.Build, SegmentBytes: 16 << 20}); err != nil {
		return err
	}
	if err := d.exchange.Start(); err != nil {
		return err
	}
	if err := d.router.Start(); err != nil {
		return err
	}
	if err := d.address(); err != nil {
		return err
	}
	return d.connect(ctx)
}

// marker is the file by which a demo knows its own directory; it is made first and removed last.
const marker = "demo.toml"

// truthFile holds the venues' own account of what they traded.
const truthFile = "truth.jsonl"

// parts are the other files that a demo makes, and the only ones that the next one removes.
var parts = [...]string{"journal", "sluice.db", "sluice.db-wal", "sluice.db-shm", "venues", "models", "keys", "training", "users.json", "users.json.lock", "setup-token", truthFile}

// clear removes what an earlier demo left in its directory, and nothing else: a directory that has such files without
// the mark of a demo is somebody's router's, and one whose journal is locked is in use.
func clear(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("demo directory: %w: name another with --dir", err)
	}
	_, unmarked := os.Stat(filepath.Join(dir, marker))
	for _, p := range parts {
		if _, err := os.Lstat(filepath.Join(dir, p)); err == nil && unmarked != nil {
			return fmt.Errorf("demo directory %s has %s, which no demo made: name another with --dir", dir, p)
		}
	}
	if err := unlocked(filepath.Join(dir, "journal", "lock")); err != nil {
		return fmt.Errorf("demo directory %s is in use by another demo: stop it, or name another with --dir: %w", dir, err)
	}
	var errs []error
	for _, p := range parts {
		errs = append(errs, os.RemoveAll(filepath.Join(dir, p)))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return os.RemoveAll(filepath.Join(dir, marker))
}

// unlocked reports an error if a process holds the lock of a journal.
func unlocked(file string) error {
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}

// configure starts the venues on a free port and writes the file with it.
func (d *desk) configure() error {
	path := filepath.Join(d.o.Dir, marker)
	text := strings.ReplaceAll(settings, "seed = 1", fmt.Sprintf("seed = %d", d.o.Seed))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	file, err := config.Parse(path, []byte(text), nil) // the environment is a router's, not the demo's
	if err != nil {
		return err
	}
	if d.truth, err = os.OpenFile(filepath.Join(d.o.Dir, truthFile), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	if d.exchange, err = venues.Open(file, venues.Options{Log: d.o.Log, Listen: "127.0.0.1:0", Truth: d.truth}); err != nil {
		return err
	}
	text = strings.ReplaceAll(text, "127.0.0.1:9901", d.exchange.Addr().String())
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	if d.file, err = config.Parse(path, []byte(text), nil); err != nil {
		return err
	}
	if d.o.HTTPAddr != "" {
		d.file.Router.HTTPAddr = d.o.HTTPAddr
	}
	return nil
}

// address puts the ports that the router took into the file, for the commands that are run beside it.
func (d *desk) address() error {
	path := filepath.Join(d.o.Dir, marker)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	at := strings.NewReplacer(`listen_addr = "127.0.0.1:0"`, fmt.Sprintf("listen_addr = %q", d.router.ClientAddr()),
		`http_addr = "127.0.0.1:0"`, fmt.Sprintf("http_addr = %q", d.router.PageAddr()))
	return os.WriteFile(path, []byte(at.Replace(string(text))), 0o600)
}

// connect logs the EMS on and waits until the router's venues are up.
func (d *desk) connect(ctx context.Context) error {
	c := &d.file.Clients[0]
	d.book = newBlotter()
	var err error
	d.ems, err = fixgw.NewEMS(fixgw.EMSConfig{
		Common: fixgw.Common{Store: quickfix.NewMemoryStoreFactory(), Log: d.o.Log},
		Session: session.Config{BeginString: c.Version.BeginString(), SenderCompID: c.CompID, TargetCompID: c.OurCompID,
			Dial: wire.Dial{Address: d.router.ClientAddr().String()}},
		Venues: d.file.MarketVenues(), Handler: d.book,
	})
	if err != nil {
		return err
	}
	if err := d.ems.Start(); err != nil {
		return err
	}
	return await(ctx, 20*time.Second, "sessions and quotes", func() bool {
		s := d.router.View().Snapshot()
		for i := range s.Venues {
			if !s.Venues[i].Up {
				return false
			}
		}
		return len(s.Venues) == len(d.file.Venues) && d.book.up()
	})
}

// await polls ok until it holds.
func await(ctx context.Context, most time.Duration, what string, ok func() bool) error {
	deadline := time.Now().Add(most)
	for !ok() {
		if time.Now().After(deadline) {
			return fmt.Errorf("gave up waiting for %s after %v", what, most)
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// trade sends the parents and waits until they are done.
func (d *desk) trade(ctx context.Context) error {
	time.Sleep(500 * time.Millisecond) // a first look at the market, so that arrival prices exist
	send := d.tradeInTime
	if d.o.Experiment {
		if err := d.beginExperiment(ctx); err != nil {
			return err
		}
		send = d.tradeApart
	}
	if err := send(ctx); err != nil {
		return err
	}
	return d.drain(ctx)
}

// tradeInTime sends the parents evenly over a while.
func (d *desk) tradeInTime(ctx context.Context) error {
	parents := script(d.o.Seed, d.o.Parents, d.file)
	start := time.Now()
	for i, p := range parents {
		at := start.Add(sendFor * time.Duration(i) / time.Duration(len(parents)))
		select {
		case <-time.After(time.Until(at)):
		case <-ctx.Done():
			return ctx.Err()
		}
		terms := p.terms(time.Now())
		id, err := d.ems.Send(terms)
		if err != nil {
			return fmt.Errorf("parent %d: %w", i+1, err)
		}
		d.book.sent(id)
		d.progress()
	}
	return nil
}

// drain waits for the last parents and their markouts.
func (d *desk) drain(ctx context.Context) error {
	err := await(ctx, drainMost, "the last parents", func() bool {
		d.progress()
		return len(d.book.open()) == 0
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil { // what is still working at the end is withdrawn like any order
		for _, id := range d.book.open() {
			if _, err := d.ems.Cancel(id); err != nil {
				return err
			}
		}
		if err := await(ctx, 5*time.Second, "cancels", func() bool { return len(d.book.open()) == 0 }); err != nil {
			return err
		}
	}
	time.Sleep(markoutFor)
	return nil
}

func (d *desk) progress() {
	if d.o.Progress != nil {
		d.o.Progress(d.book.done(), d.o.Parents)
	}
}

func (d *desk) close() {
	if d.ems != nil {
		d.ems.Close()
	}
	if d.router != nil {
		_ = d.router.Close() // the report was read before; a failure of the journal ended the run already
	}
	if d.exchange != nil {
		d.exchange.Close()
	}
	if d.truth != nil {
		_ = d.truth.Close() // the exchange said so if a line could not be written
	}
}
