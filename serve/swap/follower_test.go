package swap

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sluice-sor/sluice/features"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/pgtest"
	"github.com/sluice-sor/sluice/models"
	"github.com/sluice-sor/sluice/models/modeltest"
	"github.com/sluice-sor/sluice/models/registry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// engine takes models as the real one does, and keeps a journal of what it recorded.
type engine struct {
	mu      sync.Mutex
	places  Places
	asked   []event.ModelActivated
	alarms  []string
	journal []record
	refuse  string // id that it refuses
	tell    func(record)
}

func (e *engine) Submit(body event.Body) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch b := body.(type) {
	case *event.SessionAlarmed:
		e.alarms = append(e.alarms, b.Text)
	case *event.ModelActivated:
		e.asked = append(e.asked, *b)
		r := event.RecordModel{Model: b.Model, Epoch: b.Epoch}
		switch p := &e.places; {
		case b.Model == e.refuse:
			r.What, r.Reason = event.ModelRefused, "not that one"
		case b.Mode == event.ModeServe:
			r.What = event.ModelServing
			*p = Places{Serving: b.Model, Beside: p.Serving}
		case b.Mode == event.ModeRollback:
			r.What, r.Model = event.ModelRolledBack, p.Serving
			*p = Places{Serving: p.Beside, Beside: p.Serving}
		case b.Mode == event.ModeShadow:
			r.What, p.Beside, p.Share = event.ModelShadow, b.Model, 0
		case b.Mode == event.ModeCanary:
			r.What, p.Beside, p.Share = event.ModelCanary, b.Model, b.Share
		}
		e.record(&r)
	}
	return nil
}

// record keeps a change with the places as they are. The caller holds mu.
func (e *engine) record(r *event.RecordModel) {
	r.Serving, r.Beside, r.Share = e.places.Serving, e.places.Beside, e.places.Share
	rec := record{uint64(10 * (len(e.journal) + 1)), market.Time(time.Now().UnixNano()), r}
	e.journal = append(e.journal, rec)
	if e.tell != nil {
		e.tell(rec)
	}
}

func (e *engine) demote(reason string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	bad := e.places.Serving
	e.places = Places{Serving: e.places.Beside, Beside: bad}
	e.record(&event.RecordModel{What: event.ModelDemoted, Model: bad, Reason: reason})
}

func (e *engine) now() (Places, int, []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.places, len(e.asked), slices.Clone(e.alarms)
}

// desk is a registry, an engine and a follower.
type desk struct {
	t         *testing.T
	dir, keys string
	registry  *registry.Registry
	engine    *engine
	follower  *Follower
	down      func() error
	most      int
	stop      func()
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	return deskAt(t, filepath.Join(t.TempDir(), "models"))
}

// deskAt has its registry in a directory or a database.
func deskAt(t *testing.T, target string) *desk {
	t.Helper()
	dir := t.TempDir()
	d := &desk{t: t, dir: target, keys: filepath.Join(dir, "keys"), engine: &engine{places: Places{Serving: registry.Builtin}}}
	d.down = func() error { return nil }
	r, err := d.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d.registry = r
	t.Cleanup(func() {
		d.end()
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func (d *desk) open(ctx context.Context) (*registry.Registry, error) {
	if err := d.down(); err != nil {
		return nil, err
	}
	return registry.Open(ctx, registry.Config{Target: d.dir, Trusted: d.keys, Poll: 5 * time.Millisecond})
}

// start runs a follower, as a router does: the journal is told first.
func (d *desk) start() {
	ctx, cancel := context.WithCancel(context.Background())
	d.follower = New(Config{Open: d.open, Engine: d.engine, Router: "R1", Instance: 7, Most: d.most, Retry: 10 * time.Millisecond, Answer: time.Second})
	d.engine.mu.Lock()
	for _, r := range d.engine.journal {
		d.follower.Record(r.seq, r.at, r.body)
	}
	f := d.follower
	d.engine.tell = func(r record) { f.Record(r.seq, r.at, r.body) }
	d.engine.mu.Unlock()
	f.CaughtUp()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.Run(ctx)
	}()
	d.stop = func() { cancel(); <-done }
}

func (d *desk) end() {
	if d.stop != nil {
		d.stop()
		d.stop = nil
	}
}

func (d *desk) publish(seed uint64) string {
	d.t.Helper()
	m := modeltest.Small(seed)
	m.Header.Instance, m.Header.Epoch = 7, 3
	return d.keep(m)
}

func (d *desk) keep(m *models.Model) string {
	d.t.Helper()
	s, err := registry.OpenSigner(filepath.Join(d.keys, "signing.key"), d.keys)
	if err != nil {
		d.t.Fatal(err)
	}
	v, err := d.registry.Publish(d.t.Context(), m.AppendBinary(nil), s, "ann@desk")
	if err != nil {
		d.t.Fatal(err)
	}
	return v.ID
}

var ann = registry.Who{Actor: "ann", Reason: "gates passed"}

func (d *desk) move(_ registry.Line, err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// until waits for places.
func (d *desk) until(want Places) {
	d.t.Helper()
	d.eventually(func() bool {
		p, _, _ := d.engine.now()
		return p == want
	}, func() any { p, _, _ := d.engine.now(); return p }, want)
}

// said waits for the router's lines in the ledger.
func (d *desk) said(want ...string) []registry.Line {
	d.t.Helper()
	var own []registry.Line
	text := func() (s []string) {
		lines, err := d.registry.Ledger(d.t.Context())
		if err != nil {
			d.t.Fatal(err)
		}
		own = slices.DeleteFunc(lines, func(l registry.Line) bool { return l.Router != "R1" })
		for _, l := range own {
			s = append(s, l.What+" "+l.Model)
		}
		return s
	}
	d.eventually(func() bool { return slices.Equal(text(), want) }, func() any { return text() }, want)
	return own
}

func (d *desk) eventually(ok func() bool, got func() any, want any) {
	d.t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			d.t.Fatalf("got %v, want %v", got(), want)
		}
	}
}

func TestPromoteAndRollBack(t *testing.T) {
	t.Run("in a directory", func(t *testing.T) { promoteAndRollBack(t, newDesk(t)) })
	t.Run("in a database", func(t *testing.T) { promoteAndRollBack(t, deskAt(t, pgtest.Schema(t, pgtest.DSN(t)))) })
}

func promoteAndRollBack(t *testing.T, d *desk) {
	t.Helper()
	d.start()
	x, y := d.publish(1), d.publish(2)
	d.move(d.registry.Promote(t.Context(), x, ann))
	d.until(Places{Serving: x, Beside: registry.Builtin})
	if e := d.engine.asked[0]; models.ID(e.Artifact) != x || e.Instance != 7 || e.Epoch != 3 || e.Actor != "ann" || e.Reason != "gates passed" {
		t.Errorf("the engine was asked for %s with instance %d, epoch %d, by %s: %s", e.Model, e.Instance, e.Epoch, e.Actor, e.Reason)
	}
	d.move(d.registry.Canary(t.Context(), y, .2, ann))
	d.until(Places{Serving: x, Beside: y, Share: .2})
	d.move(d.registry.Canary(t.Context(), y, .4, ann))
	d.until(Places{Serving: x, Beside: y, Share: .4})
	d.move(d.registry.Promote(t.Context(), y, ann))
	d.until(Places{Serving: y, Beside: x})
	if e := d.engine.asked[3]; len(e.Artifact) != 0 {
		t.Errorf("what is beside already was sent again, %d bytes", len(e.Artifact))
	}
	began := time.Now()
	d.move(d.registry.Rollback(t.Context(), registry.Who{Actor: "bob", Reason: "rejects"}))
	d.until(Places{Serving: x, Beside: y})
	t.Logf("rolled back after %v", time.Since(began))
	if e := d.engine.asked[4]; e.Mode != event.ModeRollback {
		t.Errorf("the rollback was asked for as %v", e.Mode)
	}
	lines := d.said("serving "+x, "canarying "+y, "canarying "+y, "serving "+y, "rolled back "+y)
	if l := lines[0]; l.Actor != "ann" || l.Reason != "gates passed" || l.Instance != 7 || l.JournalSeq != 10 || l.Epoch != 3 {
		t.Errorf("the first line is %+v", l)
	}
	if l := lines[4]; l.Actor != "bob" || l.Reason != "rejects" || l.Serving != x {
		t.Errorf("the last line is %+v", l)
	}
	d.move(d.registry.Rollback(t.Context(), ann))
	d.until(Places{Serving: registry.Builtin, Beside: x})
	d.eventually(func() bool { a := d.follower.Active(); return a != nil && a.ID == registry.Builtin }, func() any { return d.follower.Active() }, registry.Builtin)
}

// TestRestart: the past is told again, nothing is asked or written twice, and what was moved meanwhile is followed.
func TestRestart(t *testing.T) {
	d := newDesk(t)
	x, y := d.publish(1), d.publish(2)
	d.move(d.registry.Promote(t.Context(), x, ann)) // before the first start
	d.start()
	d.until(Places{Serving: x, Beside: registry.Builtin})
	d.said("serving " + x)
	d.end()
	d.start()
	time.Sleep(50 * time.Millisecond)
	if _, n, _ := d.engine.now(); n != 1 {
		t.Errorf("the engine was asked %d times, want once", n)
	}
	d.said("serving " + x)
	d.end()
	d.move(d.registry.Shadow(t.Context(), y, ann))
	d.start()
	d.until(Places{Serving: x, Beside: y})
	d.said("serving "+x, "shadowing "+y)
	if a := d.follower.Active(); a == nil || a.ID != x || a.Model == nil {
		t.Errorf("active is %+v, want %s", a, x)
	}
}

// TestUnfit: a version that cannot serve leaves the old one serving, with an alarm and a line that says why, and is not tried
// again; the next one is taken (MOP-05, TEST-62). Each was sound when it was promoted.
func TestUnfit(t *testing.T) {
	artifact := func(change func(b []byte) []byte) func(*desk, string) error {
		return func(d *desk, id string) error {
			path := filepath.Join(d.dir, id, "artifact")
			b, err := os.ReadFile(path)
			if err == nil {
				err = os.Remove(path)
			}
			if err != nil {
				return err
			}
			return os.WriteFile(path, change(b), 0o600)
		}
	}
	small := func(d *desk) string { return d.publish(2) }
	for _, test := range []struct {
		name    string
		publish func(*desk) string
		spoil   func(d *desk, id string) error
		want    string
	}{
		{"cut", small, artifact(func(b []byte) []byte { return b[:1000] }), "its artifact has 1000 bytes"},
		{"one bit flipped", small, artifact(func(b []byte) []byte { b[len(b)/3] ^= 4; return b }), "its artifact has"},
		{"another's artifact", small, artifact(func([]byte) []byte { return modeltest.Small(9).AppendBinary(nil) }), "its artifact has"},
		{"gone", small, func(d *desk, id string) error { return os.RemoveAll(filepath.Join(d.dir, id)) }, "no such model"},
		{"manifest gone", small, func(d *desk, id string) error { return os.Remove(filepath.Join(d.dir, id, "manifest")) }, "its file manifest is gone"},
		{"a key that is trusted no more", small, func(d *desk, _ string) error { return os.Rename(d.keys, d.keys+".old") }, "which is not trusted here"},
		{"slow", (*desk).publishSlow, func(*desk, string) error { return nil }, "a prediction takes"},
		{"too large for the journal", func(d *desk) string { d.most = 10_000; return d.publishSlow() }, func(*desk, string) error { return nil }, "the router's journal holds a model of at most 10000"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t)
			d.start()
			x, bad := d.publish(1), test.publish(d)
			d.move(d.registry.Promote(t.Context(), x, ann))
			d.until(Places{Serving: x, Beside: registry.Builtin})
			d.said("serving " + x)
			d.end() // so that it is damaged after the promotion checked it
			d.move(d.registry.Promote(t.Context(), bad, ann))
			if err := test.spoil(d, bad); err != nil {
				t.Fatal(err)
			}
			d.start()
			lines := d.said("serving "+x, "refused "+bad)
			if l := lines[1]; !strings.Contains(l.Reason, test.want) || l.Serving != x {
				t.Errorf("the refusal is %+v, want %q", l, test.want)
			}
			time.Sleep(30 * time.Millisecond)
			p, n, alarms := d.engine.now()
			if p.Serving != x || n != 1 || len(alarms) != 1 || !strings.Contains(alarms[0], bad+" is refused, what served before serves on") {
				t.Errorf("places %+v, asked %d times, alarms %q", p, n, alarms)
			}
			if _, err := os.Stat(d.keys); err != nil {
				if err := os.Rename(d.keys+".old", d.keys); err != nil {
					t.Fatal(err)
				}
			}
			y := d.publish(3)
			d.move(d.registry.Promote(t.Context(), y, ann))
			d.until(Places{Serving: y, Beside: x})
		})
	}
}

// publishSlow publishes a sound model whose feature map takes far longer than a decision may.
func (d *desk) publishSlow() string {
	d.t.Helper()
	m := modeltest.Small(7)
	r := rand.New(rand.NewPCG(7, 7))
	m.Map = modeltest.Network(r, features.Dim, 600, 600, 2)
	last := &m.Map.Layers[2]
	clear(last.W[:last.In])
	last.B[0] = 1
	modeltest.Probe(m, 2)
	return d.keep(m)
}

// TestEngineRefuses: what the engine refuses is not asked for again until a person moves an alias.
func TestEngineRefuses(t *testing.T) {
	d := newDesk(t)
	x := d.publish(1)
	d.engine.refuse = x
	d.start()
	d.move(d.registry.Promote(t.Context(), x, ann))
	d.said("refused " + x)
	time.Sleep(50 * time.Millisecond)
	if p, n, _ := d.engine.now(); n != 1 || p.Serving != registry.Builtin {
		t.Errorf("asked %d times, %s serves", n, p.Serving)
	}
	d.engine.mu.Lock()
	d.engine.refuse = ""
	d.engine.mu.Unlock()
	d.move(d.registry.Rollback(t.Context(), ann))
	d.move(d.registry.Promote(t.Context(), x, ann))
	d.until(Places{Serving: x, Beside: registry.Builtin})
}

// TestNothingToDo: a move after which all is as it was is answered all the same, once: whoever moved it waits for that.
func TestNothingToDo(t *testing.T) {
	d := newDesk(t)
	x := d.publish(1)
	d.engine.refuse = x
	d.start()
	d.move(d.registry.Promote(t.Context(), x, ann))
	d.said("refused " + x)
	d.move(d.registry.Rollback(t.Context(), ann))
	d.said("refused "+x, "serving "+registry.Builtin)
	d.engine.mu.Lock()
	d.engine.refuse = ""
	d.engine.mu.Unlock()
	d.move(d.registry.Promote(t.Context(), x, ann))
	d.move(d.registry.Shadow(t.Context(), registry.Builtin, ann))
	lines := d.said("refused "+x, "serving "+registry.Builtin, "serving "+x, "shadowing "+registry.Builtin)
	if l := lines[3]; l.Actor != "ann" || l.Serving != x || l.Beside != registry.Builtin {
		t.Errorf("the answer is %+v", l)
	}
	d.end()
	d.start() // a restart answers nothing anew
	time.Sleep(50 * time.Millisecond)
	d.said("refused "+x, "serving "+registry.Builtin, "serving "+x, "shadowing "+registry.Builtin)
}

// TestDemotion: the aliases follow the engine's demotion, and nobody promotes the model again.
func TestDemotion(t *testing.T) {
	d := newDesk(t)
	d.start()
	x, y := d.publish(1), d.publish(2)
	d.move(d.registry.Promote(t.Context(), x, ann))
	d.until(Places{Serving: x, Beside: registry.Builtin})
	d.move(d.registry.Promote(t.Context(), y, ann))
	d.until(Places{Serving: y, Beside: x})
	d.engine.demote("log score of H0 below its predecessor's")
	lines := d.said("serving "+x, "serving "+y, "demoted "+y)
	if lines[2].Serving != x || !strings.Contains(lines[2].Reason, "log score") {
		t.Errorf("the line is %+v", lines[2])
	}
	time.Sleep(50 * time.Millisecond)
	a, err := d.registry.Aliases(t.Context())
	if err != nil || a.Champion != x {
		t.Errorf("champion is %s, %v, want %s", a.Champion, err, x)
	}
	if p, n, _ := d.engine.now(); p.Serving != x || n != 2 {
		t.Errorf("%s serves after %d requests, want %s after 2", p.Serving, n, x)
	}
}

// TestRegistryDown: what the engine records while the registry is away is written once when it is back (MOP-06).
func TestRegistryDown(t *testing.T) {
	d := newDesk(t)
	x, y := d.publish(1), d.publish(2)
	d.move(d.registry.Promote(t.Context(), x, ann))
	d.move(d.registry.Promote(t.Context(), y, ann))
	var mu sync.Mutex
	failing := errors.New("no database")
	d.down = func() error {
		mu.Lock()
		defer mu.Unlock()
		return failing
	}
	d.engine.places = Places{Serving: y, Beside: x}
	d.engine.record(&event.RecordModel{What: event.ModelServing, Model: y})
	d.start()
	d.engine.demote("worse")
	time.Sleep(40 * time.Millisecond)
	d.said()
	mu.Lock()
	failing = nil
	mu.Unlock()
	d.said("serving "+y, "demoted "+y)
	if a, err := d.registry.Aliases(t.Context()); err != nil || a.Champion != x {
		t.Errorf("champion is %s, %v, want %s", a.Champion, err, x)
	}
	if _, n, _ := d.engine.now(); n != 0 {
		t.Errorf("the engine was asked %d times, want never", n)
	}
}

// TestWarm: a model that predicts too slowly is refused, by the best of ten batches.
func TestWarm(t *testing.T) {
	m := modeltest.Small(1)
	for _, test := range []struct {
		each time.Duration // of a batch's predictions; every second batch is disturbed
		want string
	}{{time.Microsecond, ""}, {Slow, ""}, {2 * Slow, "a prediction takes 40µs here: the limit is 20µs"}} {
		now, calls := time.Time{}, 0
		_, err := warm(m, func() time.Time {
			if calls++; calls%2 == 0 {
				now = now.Add(warmBatch * test.each)
			}
			if calls%4 == 0 {
				now = now.Add(time.Second)
			}
			return now
		})
		if (test.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("at %v: %v, want %q", test.each, err, test.want)
		}
	}
	if each, err := Warm(m); err != nil {
		t.Errorf("a small model takes %v: %v", each, err)
	}
}

// TestPastIsNoNews: while the past is told, what serves is what the engine began with, not what once served (OPS-01).
func TestPastIsNoNews(t *testing.T) {
	f := New(Config{Places: Places{Serving: "now", Beside: "before"}})
	serves := func(want string) {
		t.Helper()
		if got := f.Places().Serving; got != want {
			t.Errorf("serving %s, want %s", got, want)
		}
	}
	f.Record(1, 1, &event.RecordModel{What: event.ModelServing, Model: "old", Serving: "old"})
	serves("now")
	f.Record(2, 2, &event.RecordModel{What: event.ModelServing, Model: "next", Serving: "next"}) // it came while the past was told
	f.CaughtUp()
	serves("next")
	f.Record(3, 3, &event.RecordModel{What: event.ModelServing, Model: "newer", Serving: "newer"})
	serves("newer")
}
