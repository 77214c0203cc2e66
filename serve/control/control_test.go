package control

import (
	"bufio"
	"context"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/serve/shard"
)

// deaf is a venue and a client that nothing comes back from.
type deaf struct{}

func (deaf) Send(*event.SendChild)                        {}
func (deaf) Cancel(*event.CancelChild)                    {}
func (deaf) Replace(*event.ReplaceChild)                  {}
func (deaf) Query(*event.QueryChild)                      {}
func (deaf) Report(uint64, *event.ReportParent)           {}
func (deaf) Reject(uint64, *event.RejectRequest)          {}
func (deaf) MassCanceled(uint64, *event.ReportMassCancel) {}

// passive is a shard on the third rung of the degrade ladder.
type passive struct{ *shard.Shard }

func (passive) Level() (level uint8, name, why string) { return 3, "passive", "9 % free" }

// start runs a shard with a durable journal and its control socket, and gives the journal's directory.
func start(t *testing.T) (*shard.Shard, string) {
	t.Helper()
	cfg := router.DefaultConfig()
	cfg.Venues = []market.Venue{{Name: "LX", MIC: "XLXX", Type: market.Lit, Fees: []market.FeeSchedule{{From: 20200101}},
		History: market.History{LatencyUs: 100, FillRatePct: 90, Impact: 5}}}
	cfg.Instruments = []market.Instrument{{Symbol: "ABC", Tick: 10_000, Lot: 100, ADV: 1_000_000, DayVolBps: 100, PriorClose: 50 * market.Dollar}}
	dir := t.TempDir()
	s, _, err := shard.Open(shard.Config{Engine: cfg, Journal: journal.Config{Dir: dir, SegmentBytes: 1 << 20}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	s.Start(shard.Outlets{Venues: deaf{}, Clients: deaf{}})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		Serve(ctx, l, func(ctx context.Context, r *Request) Answer { return Do(ctx, r, passive{s}, []string{"LX"}) })
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(Path(dir)); err == nil {
			t.Error("the socket is still there after the end")
		}
	})
	return s, dir
}

func TestListen(t *testing.T) {
	dir := t.TempDir()
	first, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(Path(dir)); err != nil || st.Mode().Perm() != 0o600 {
		t.Fatalf("the socket: %v, %v; want it for its owner alone", st, err)
	}
	second, err := Listen(dir) // the first router was killed
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Listen(t.TempDir() + strings.Repeat("/long", 30)); err == nil || !strings.Contains(err.Error(), "shorter one") {
		t.Errorf("a long path gave %v", err)
	}
}

// TestDecisions: an answer says what was done, comes after the record is durable, and a refusal names its remedy.
func TestDecisions(t *testing.T) {
	s, dir := start(t)
	ctx := context.Background()
	for _, c := range []struct {
		r    Request
		want string
	}{
		{Request{Do: "dance", Actor: "ann", Reason: "drill"}, "the same build"},
		{Request{Do: DoHalt, Reason: "drill"}, "--actor"},
		{Request{Do: DoHalt, Actor: "ann"}, "--reason"},
		{Request{Do: DoHalt, Venue: "LY", Actor: "ann", Reason: "drill"}, "no venue is named"},
		{Request{Do: DoResume, Actor: "ann", Reason: "drill"}, "exactly this scope"},
		{Request{Do: DoCancel, Actor: "ann", Reason: "drill"}, "name the parent"},
		{Request{Do: DoSteer, Parent: 7, Actor: "ann", Reason: "drill"}, "nothing is to change"},
		{Request{Do: DoSteer, Parent: 7, Urgency: "mad", LimitUSD: "cheap", Actor: "ann", Reason: "drill"}, "not an urgency"},
		{Request{Do: DoSteer, Parent: 7, MaxPct: new(0.004), Actor: "ann", Reason: "drill"}, "in hundredths"},
		{Request{Do: DoSteer, Parent: 7, LimitUSD: "49.25", Actor: "ann", Reason: "drill"}, "not working"},
		{Request{Do: DoCancel, Parent: 7, Actor: "ann", Reason: "drill"}, "not working"},
		{Request{Do: DoResolve, Child: 1, Outcome: "gone", Actor: "ann", Reason: "drill"}, "no outcome"},
		{Request{Do: DoResolve, Child: 1, Outcome: "filled", Price: "cheap", Actor: "ann", Reason: "drill"}, "--price"},
		{Request{Do: DoResolve, Child: 1, Outcome: "filled", Price: "1.00", Actor: "ann", Reason: "drill"}, "is unknown"},
	} {
		if a, err := Call(ctx, dir, &c.r); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %+v, %v; want an error that says %q", c.r, a, err, c.want)
		}
	}
	before := s.Journal().Durable()
	a, err := Call(ctx, dir, &Request{Do: DoHalt, Venue: "LX", Actor: "ann", Reason: "drill"})
	if err != nil || !strings.Contains(a.Text, "halted") {
		t.Fatalf("%+v, %v", a, err)
	}
	if now := s.Journal().Durable(); now < before+3 { // Halted, Raise and the answer itself
		t.Errorf("answered when %d records were durable, %d before", now, before)
	}
	if a, err := Call(ctx, dir, &Request{Do: DoList}); err != nil || len(a.Children) != 0 {
		t.Errorf("in doubt: %+v, %v", a, err)
	}
	if a, err := Call(ctx, dir, &Request{Do: DoHalts}); err != nil || len(a.Halts) != 1 || a.Halts[0].Venue != "LX" || !a.Halts[0].Flat {
		t.Errorf("halts: %+v, %v", a, err)
	}
}

// TestTwoPersons: what arms again, widens a limit or turns a control off needs two, and limits pass the self-test first.
func TestTwoPersons(t *testing.T) {
	_, dir := start(t)
	ctx := context.Background()
	limits := func(change func(*risk.Limits)) *risk.Limits {
		l := risk.DefaultLimits()
		l.Version = "2"
		change(&l)
		return &l
	}
	wider := limits(func(l *risk.Limits) { l.MaxParentQty *= 2 })
	const why = "agreed with the risk desk"
	for _, c := range []struct {
		r    Request
		want string // of the error; empty = done
	}{
		{Request{Do: DoLimits, Actor: "ann", Reason: why}, "need a version"},
		{Request{Do: DoLimits, Limits: limits(func(l *risk.Limits) { l.CollarBps = 0 }), Actor: "ann", Reason: why}, "RISK-04"},
		{Request{Do: DoLimits, Limits: wider, Actor: "ann", Reason: why}, "max_parent_shares would be wider"},
		{Request{Do: DoLimits, Limits: wider, Actor: "ann", Second: "ann", Reason: why}, "second person"},
		{Request{Do: DoLimits, Limits: limits(func(l *risk.Limits) { l.MaxParentQty-- }), Actor: "ann", Reason: why}, ""},
		{Request{Do: DoLimits, Limits: wider, Actor: "ann", Second: "bob", Reason: why}, ""},
		{Request{Do: DoControl, Control: "RISK-04", OffFor: int64(time.Minute), Actor: "ann", Reason: why}, "second person"},
		{Request{Do: DoControl, Control: "RISK-01", OffFor: int64(time.Minute), Actor: "ann", Second: "bob", Reason: why}, "can be turned off"},
		{Request{Do: DoControl, Control: "RISK-04", OffFor: int64(time.Hour), Actor: "ann", Second: "bob", Reason: why}, "15 minutes"},
		{Request{Do: DoControl, Control: "RISK-04", OffFor: int64(time.Minute), Actor: "ann", Second: "bob", Reason: why}, ""},
		{Request{Do: DoControl, Control: "RISK-04", Actor: "ann", Reason: why}, ""},
		{Request{Do: DoHalt, Algorithm: "twap", Actor: "ann", Reason: why}, "not a strategy"},
		{Request{Do: DoHalt, Algorithm: "vwap", Actor: "ann", Reason: why}, ""},
		{Request{Do: DoResume, Algorithm: "vwap", Actor: "ann", Reason: why}, "second person"},
		{Request{Do: DoResume, Algorithm: "vwap", Actor: "ann", Second: "bob", Reason: why}, ""},
	} {
		a, err := Call(ctx, dir, &c.r)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v: %+v, %v; want %q", c.r, a, err, c.want)
		}
	}
}

// TestOrphan: an orphan is listed with what its venue said, and gone once a person resolved it.
func TestOrphan(t *testing.T) {
	s, dir := start(t)
	ctx := context.Background()
	if err := s.Submit(&event.ReportOrphaned{Venue: 0, VenueOrderID: "V9", ExecID: "X", ExecType: 'F', Status: '1', Symbol: "ABC", Side: market.Buy, Qty: 100,
		Px: 50 * market.Dollar, Cum: 100, Text: "hello"}); err != nil {
		t.Fatal(err)
	}
	// A decision comes after the report in the journal, so its answer, even a refusal, says that the report is taken in.
	if _, err := Call(ctx, dir, &Request{Do: DoResolve, Orphan: 2, Actor: "ann", Reason: "drill"}); err == nil || !strings.Contains(err.Error(), "not on the book") {
		t.Fatalf("an unknown orphan: %v", err)
	}
	want := Orphan{Orphan: 1, Venue: "LX", VenueOrderID: "V9", ExecID: "X", Symbol: "ABC", Side: "buy", Qty: 100, Cum: 100, Price: "50.00", Reports: 1, Said: "hello"}
	a, err := Call(ctx, dir, &Request{Do: DoList})
	if err != nil || len(a.Orphans) != 1 {
		t.Fatalf("listed %+v, %v", a, err)
	}
	got := a.Orphans[0]
	if got.SinceNs == 0 {
		t.Error("it does not say since when")
	}
	if got.SinceNs = 0; got != want {
		t.Errorf("listed %+v, want %+v", got, want)
	}
	if a, err := Call(ctx, dir, &Request{Do: DoResolve, Orphan: 1, DK: true, Actor: "ann", Reason: "drill"}); err != nil || !strings.Contains(a.Text, "1 executions of it are questioned") {
		t.Errorf("answered %+v, %v", a, err)
	}
	if a, err := Call(ctx, dir, &Request{Do: DoList}); err != nil || len(a.Orphans) != 0 {
		t.Errorf("still listed %+v, %v", a, err)
	}
}

// TestGarbage: what is no request is answered and hurts nobody.
func TestGarbage(t *testing.T) {
	_, dir := start(t)
	conn, err := net.Dial("unix", Path(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	for _, line := range []string{"hello", "[]", `{"do":7}`, ""} {
		if _, err := conn.Write([]byte(line + "\n")); err != nil {
			t.Fatal(err)
		}
		if got, err := in.ReadString('\n'); err != nil || !strings.Contains(got, "no JSON line") {
			t.Errorf("%q was answered by %q, %v", line, got, err)
		}
	}
	if _, err := conn.Write([]byte(strings.Repeat("x", 2*lineMax))); err == nil {
		if got, err := in.ReadString('\n'); err == nil {
			t.Errorf("a line of %d bytes was answered by %q", 2*lineMax, got)
		}
	}
	if _, err := Call(context.Background(), dir, &Request{Do: DoList}); err != nil {
		t.Errorf("after garbage: %v", err)
	}
}

// TestBounded: more connections than the bound are closed at once, and a place is free again when one ends.
func TestBounded(t *testing.T) {
	_, dir := start(t)
	var open []net.Conn
	for range connectionsMax {
		conn, err := net.Dial("unix", Path(dir))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		open = append(open, conn)
	}
	if a, err := Call(context.Background(), dir, &Request{Do: DoList}); err == nil {
		t.Errorf("one more connection was served: %+v", a)
	}
	if err := open[0].Close(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if _, err := Call(context.Background(), dir, &Request{Do: DoList}); err == nil {
			return
		} else if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func TestNoRouter(t *testing.T) {
	if _, err := Call(context.Background(), t.TempDir(), &Request{Do: DoList}); err == nil || !strings.Contains(err.Error(), "no router runs") {
		t.Errorf("without a router: %v", err)
	}
}

// TestCut: a training cut is answered with its place, and the next one is of the next epoch (SWP-01).
func TestCut(t *testing.T) {
	s, dir := start(t)
	for epoch := uint32(1); epoch <= 2; epoch++ {
		a, err := Call(context.Background(), dir, &Request{Do: DoCut, Actor: "ann", Reason: "training"})
		if err != nil || a.Cut == nil {
			t.Fatalf("%+v, %v", a, err)
		}
		if c := a.Cut; c.Instance != s.Instance() || c.Epoch != epoch || c.Seq == 0 || c.Seq > s.Journal().Durable() {
			t.Errorf("cut %+v, want epoch %d at a durable record of journal %d", c, epoch, s.Instance())
		}
	}
}
