package fixgw

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
	"go.uber.org/goleak"

	"github.com/sluice-sor/sluice/fixgw/session"
	"github.com/sluice-sor/sluice/fixgw/store"
	"github.com/sluice-sor/sluice/fixgw/wire"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// quickfixgo leaves three kinds of goroutine behind at a stop (QF-16), the third where an initiator is stopped while it
// dials again; they are known, and not ours.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreTopFunction("github.com/quickfixgo/quickfix.(*stateMachine).Connect.func1"),
		goleak.IgnoreTopFunction("github.com/quickfixgo/quickfix.(*session).initiateLogoutInReplyTo.func1"),
		goleak.IgnoreTopFunction("github.com/quickfixgo/quickfix.(*session).waitForInSessionTime"))
}

// generous bounds a wait that ends soon unless something is wrong.
const generous = 30 * time.Second

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(generous); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// logged is a store.Log in memory.
type logged struct {
	mu      sync.Mutex
	records [][]byte
}

func (l *logged) Append(_ uint16, _ uint8, p []byte) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records = append(l.records, bytes.Clone(p))
	return uint64(len(l.records)), nil
}

func (l *logged) At(seq uint64) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.records[seq-1], nil
}

func (l *logged) Sync(uint64) error { return nil }

// side gives what an adapter of the tests takes. reports keeps application messages for resends.
func side(t testing.TB, reports bool, alarms *alarms) Common {
	f := store.NewFactory(store.Config{Log: &logged{}, Kind: 1, Reports: func(quickfix.SessionID) bool { return reports }})
	t.Cleanup(func() { _ = f.Close() })
	return Common{Store: f, Alarm: alarms.raise}
}

type alarms struct {
	mu  sync.Mutex
	all []session.Alarm
}

func (a *alarms) raise(x session.Alarm) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all = append(a.all, x)
}

func (a *alarms) none(t testing.TB) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, x := range a.all {
		t.Errorf("alarm %s of %s: %s", x.Kind, x.Session, x.Text)
	}
}

// sessions are known to quickfixgo by their ids in the whole process, so every test has its own.
var sessionCount atomic.Uint64

// pair gives the two ends of one session: ours listens, theirs dials.
func pair(version string) (listens, dials session.Config) {
	n := sessionCount.Add(1)
	a, b := fmt.Sprintf("ACC%d", n), fmt.Sprintf("INI%d", n)
	listens = session.Config{BeginString: version, SenderCompID: a, TargetCompID: b}
	dials = session.Config{BeginString: version, SenderCompID: b, TargetCompID: a, HeartBtInt: 5 * time.Second,
		Reconnect: 20 * time.Millisecond, Dial: wire.Dial{BackoffMin: 5 * time.Millisecond, BackoffMax: 20 * time.Millisecond}}
	return listens, dials
}

func acceptor() session.AcceptorConfig {
	return session.AcceptorConfig{Address: "127.0.0.1:0", Total: 100, PerIP: 100}
}

// sink collects events; answer, if set, is called for each.
type sink struct {
	mu     sync.Mutex
	events []event.Body
	answer func(event.Body) error
}

func (s *sink) Submit(b event.Body) error {
	s.mu.Lock()
	s.events = append(s.events, b)
	answer := s.answer
	s.mu.Unlock()
	if answer != nil {
		return answer(b)
	}
	return nil
}

// first gives the first event of type T for which ok.
func first[T event.Body](s *sink, ok func(T) bool) (found T, have bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.events {
		if e, is := b.(T); is && ok(e) {
			return e, true
		}
	}
	return found, false
}

func await[T event.Body](t testing.TB, s *sink, what string, ok func(T) bool) (found T) {
	t.Helper()
	eventually(t, what, func() (have bool) { found, have = first(s, ok); return have })
	return found
}

// desk is an EMSHandler that keeps what it is told.
type desk struct {
	mu       sync.Mutex
	reports  []ExecutionReport
	rejected []CancelReject
	refusals []string
	masses   []MassCancelReport
	up       bool
}

func (d *desk) Report(r ExecutionReport) { d.note(func() { d.reports = append(d.reports, r) }) }
func (d *desk) Rejected(r CancelReject)  { d.note(func() { d.rejected = append(d.rejected, r) }) }
func (d *desk) Refused(id, text string) {
	d.note(func() { d.refusals = append(d.refusals, id+": "+text) })
}
func (d *desk) MassCanceled(r MassCancelReport) {
	d.note(func() { d.masses = append(d.masses, r) })
}
func (d *desk) State(up bool, _ string) { d.note(func() { d.up = up }) }

func (d *desk) note(do func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	do()
}

func (d *desk) has(ok func(*desk) bool) func() bool {
	return func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return ok(d)
	}
}

func (d *desk) reported(execType byte, clOrdID string) func() bool {
	return d.has(func(d *desk) bool {
		return slices.ContainsFunc(d.reports, func(r ExecutionReport) bool { return r.ExecType == execType && r.ClOrdID == clOrdID })
	})
}

// floor is a VenueHandler that keeps what it is told.
type floor struct {
	mu      sync.Mutex
	orders  []VenueOrder
	watched map[market.Symbol]bool
	up      bool
}

func (f *floor) Request(_ string, o *VenueOrder) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.orders = append(f.orders, *o)
}

func (f *floor) Watch(_ string, symbol market.Symbol, on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.watched == nil {
		f.watched = map[market.Symbol]bool{}
	}
	f.watched[symbol] = on
}

func (f *floor) Connected(_ string, up bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.up = up
}

func (f *floor) order(t testing.TB, kind RequestKind, clOrdID string) (found VenueOrder) {
	t.Helper()
	eventually(t, fmt.Sprintf("request %d %s at the venue", kind, clOrdID), func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		i := slices.IndexFunc(f.orders, func(o VenueOrder) bool { return o.Kind == kind && o.ClOrdID == clOrdID })
		if i >= 0 {
			found = f.orders[i]
		}
		return i >= 0
	})
	return found
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
