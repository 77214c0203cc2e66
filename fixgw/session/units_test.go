package session

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/quickfixgo/quickfix"
	"pgregory.net/rapid"
)

func tokensOf(all []Outgoing) (got []uint64) {
	for _, o := range all {
		got = append(got, o.Token)
	}
	return got
}

// PACE-05: the order of classes, the removal by a cancel, the coalescing.
func TestQueue(t *testing.T) {
	var q queue
	put := func(token uint64, c Class, order uint64) []uint64 {
		return tokensOf(q.put(Outgoing{Token: token, Class: c, Order: order}))
	}
	put(1, New, 1)
	put(2, New, 2)
	put(3, Replace, 3)
	put(4, Replace, 4)
	if got := put(5, Replace, 3); !cmp.Equal(got, []uint64{3}) {
		t.Errorf("a newer replace drops %v, want [3]", got)
	}
	if got := put(6, Cancel, 2); !cmp.Equal(got, []uint64{2, 6}) {
		t.Errorf("a cancel of a queued order drops %v, want [2 6]", got)
	}
	if got := put(7, Cancel, 4); !cmp.Equal(got, []uint64{4}) {
		t.Errorf("a cancel drops %v, want [4]: the replace is needless, the cancel is not", got)
	}
	put(8, Cancel, 0)
	put(9, Cancel, 0)
	if got := put(10, Cancel, 4); !cmp.Equal(got, []uint64{7}) {
		t.Errorf("a cancel that is asked for again drops %v, want [7]", got)
	}
	var got []uint64
	for c := range classes {
		for o, ok := q.take(c); ok; o, ok = q.take(c) {
			got = append(got, o.Token)
		}
	}
	if want := []uint64{10, 8, 9, 5, 1}; !cmp.Equal(got, want) || q.size != 0 {
		t.Errorf("taken %v, size %d; want %v, 0", got, q.size, want)
	}
}

// ER-04: what followed a replace that never leaves follows what that one followed.
func TestQueuePassesOverDroppedReplaces(t *testing.T) {
	request := func(id, orig string) *quickfix.Message {
		m := quickfix.NewMessage()
		m.Body.SetString(11, id)
		m.Body.SetString(41, orig)
		return m
	}
	for _, c := range []struct {
		class      Class
		orig, want string
	}{{Cancel, "B", "A"}, {Cancel, "A", "A"}, {Replace, "B", "A"}} {
		var q queue
		q.put(Outgoing{Class: Replace, Order: 1, Message: request("B", "A")})
		next := request("C", c.orig)
		q.put(Outgoing{Class: c.class, Order: 1, Message: next})
		if got, _ := next.Body.GetString(41); got != c.want {
			t.Errorf("class %d after a dropped replace of A names %s, was %s; want %s", c.class, got, c.orig, c.want)
		}
	}
}

// The kill path cancels an order by each id that may be in force: both leave (JRN-05).
func TestQueueKeepsCancelsOfOtherIDs(t *testing.T) {
	var q queue
	for i, id := range []string{"accepted", "replaced"} {
		m := cancel("x")
		m.Body.SetString(41, id)
		if got := q.put(Outgoing{Token: uint64(i), Class: Cancel, Order: 1, Message: m}); len(got) > 0 {
			t.Errorf("the cancel of %q drops %v", id, tokensOf(got))
		}
	}
}

// The queue's size is what waits, and what is dropped or taken came in.
func TestQueueKeepsCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q queue
		in, out := 0, 0
		for n := range rapid.IntRange(1, 50).Draw(t, "steps") {
			c := Class(rapid.IntRange(0, int(classes)-1).Draw(t, "class"))
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				if _, ok := q.take(c); ok {
					out++
				}
			case 1:
				out += len(q.drain(c))
			default:
				in++
				out += len(q.put(Outgoing{Token: uint64(n), Class: c, Order: uint64(rapid.IntRange(0, 3).Draw(t, "order"))}))
			}
			waiting := 0
			for c := range classes {
				waiting += len(q.waiting[c])
			}
			if q.size != waiting || in-out != waiting {
				t.Fatalf("size %d, waiting %d, in %d, out %d", q.size, waiting, in, out)
			}
		}
	})
}

func TestThrottleKeepsAShareForCancels(t *testing.T) {
	now := time.Unix(0, 0)
	b := newBucket(Throttle{Rate: 10, Burst: 10, CancelShare: 0.3}, now)
	sent := 0
	for b.take(New, now) == 0 {
		sent++
	}
	if sent != 7 {
		t.Errorf("%d new orders at once, want 7", sent)
	}
	for n := range 3 {
		if w := b.take(Cancel, now); w != 0 {
			t.Errorf("cancel %d waits %s", n, w)
		}
	}
	w := b.take(Cancel, now)
	if w < 100*time.Millisecond || w > 101*time.Millisecond {
		t.Errorf("the fourth cancel waits %s, want 0.1 s", w)
	}
	if b.take(Cancel, now.Add(w)) != 0 {
		t.Error("the wait is too short")
	}
	if newBucket(Throttle{}, now).take(New, now) != 0 {
		t.Error("no throttle makes wait")
	}
	tiny := newBucket(Throttle{Rate: 1, CancelShare: 0.9}, now)
	if tiny.take(New, now) != 0 {
		t.Error("a bucket of one lets nothing pass")
	}
}

func TestTokens(t *testing.T) {
	k := newTokens(4)
	for num := 1; num <= 6; num++ {
		k.put(num, uint64(num*10), num%2 == 0)
	}
	for num, want := range map[int]uint64{0: 0, -3: 0, 1: 0, 2: 0, 3: 30, 6: 60, 7: 0, 1 << 40: 0} {
		if got := k.get(num); got != want {
			t.Errorf("get(%d) = %d, want %d", num, got, want)
		}
	}
	var got []uint64
	k.orders(1, 1<<30, func(numbered) { t.Error("a number beyond those sent") })
	k.orders(1, 7, func(n numbered) { got = append(got, n.token) })
	if !cmp.Equal(got, []uint64{40, 60}) {
		t.Errorf("orders: %v, want [40 60]", got)
	}
}

// SEC-01: five failures within 15 minutes lock one CompID and address.
func TestLockout(t *testing.T) {
	l, now := newLockout(), time.Unix(0, 0)
	cfg := client("LOCK")
	id, here, there := cfg.ID(), netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	for range lockoutFailures {
		if l.locked(id, here, now) {
			t.Fatal("locked too early")
		}
		l.fail(id, here, now)
	}
	if !l.locked(id, here, now.Add(14*time.Minute)) || l.locked(id, there, now) {
		t.Error("five failures lock this address, for 15 minutes")
	}
	if l.locked(id, here, now.Add(15*time.Minute)) {
		t.Error("locked for ever")
	}
}

func TestConfigNamesEveryProblem(t *testing.T) {
	c := Config{BeginString: "FIX.4.0", HeartBtInt: 1500 * time.Millisecond, Schedule: Schedule{StartTime: "09:00:00"}, Throttle: Throttle{Rate: -1}}
	err := c.Check()
	if err == nil {
		t.Fatal("taken")
	}
	for _, want := range []string{"SenderCompID", "FIX.4.0", "1.5s", "TimeZone", "throttle"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not named in: %v", want, err)
		}
	}
	good := client("OK")
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	if _, err := NewAcceptor(AcceptorConfig{Address: "127.0.0.1:0"}, Env{}); err == nil {
		t.Error("an acceptor without handler, store and sessions")
	}
}

func TestReportQueueKeepsOrder(t *testing.T) {
	var q ReportQueue
	q.Push(5, execution("a"))
	q.Push(9, execution("b"))
	defer func() {
		if recover() == nil {
			t.Error("a cursor that does not ascend was taken")
		}
	}()
	if _, c, ok := q.Report(0); !ok || c != 5 {
		t.Errorf("first: %d, %t", c, ok)
	}
	if _, c, ok := q.Report(5); !ok || c != 9 || q.Len() != 1 {
		t.Errorf("second: %d, %t, %d waiting", c, ok, q.Len())
	}
	if _, _, ok := q.Report(9); ok {
		t.Error("a third")
	}
	q.Push(10, execution("c"))
	q.Push(10, execution("d"))
}

// CB-04, PACE-04: quickfixgo is handed messages in one place, the sender.
func TestOnlyTheSenderSends(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, name := range files {
		if name == "sender.go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range []string{"quickfix.Send(", "quickfix.SendToTarget(", "quickfix.ResetSession("} {
			if strings.Contains(string(b), call) {
				t.Errorf("%s calls %s", name, call)
			}
		}
	}
}
