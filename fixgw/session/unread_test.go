package session

import (
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/fixgw/wire"
)

// MET-05: what counts is that nothing more is acknowledged, not that something waits.
func TestUnreadLook(t *testing.T) {
	start := time.Unix(1000, 0)
	var u unread
	for i, step := range []struct {
		backlog wire.Backlog
		since   int // the look it counts from; -1: the peer is not behind
	}{
		{wire.Backlog{Acked: 10}, -1},
		{wire.Backlog{Acked: 10, Waiting: true}, 1},
		{wire.Backlog{Acked: 10, Waiting: true}, 1},
		{wire.Backlog{Acked: 20, Waiting: true}, 3}, // it reads, slowly
		{wire.Backlog{Acked: 20, Waiting: true}, 3},
		{wire.Backlog{Acked: 30}, -1},
		{wire.Backlog{Acked: 30, Waiting: true}, 6},
	} {
		u.look(step.backlog, start.Add(time.Duration(i)*time.Second))
		want := time.Time{}
		if step.since >= 0 {
			want = start.Add(time.Duration(step.since) * time.Second)
		}
		if !u.since.Equal(want) {
			t.Errorf("look %d: unread since %v, want %v", i, u.since, want)
		}
	}
}

// MET-05, MET-06: a peer that stops reading shows while its session still counts as logged on, with what queues behind it,
// and is forgotten when it reads on.
func TestPeerThatDoesNotReadShows(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells what a peer has acknowledged")
	}
	t.Parallel()
	h, book := new(recorder), new(logBook)
	v := newVenue(t, "SLOW")
	cfg := venueCfg("SLOW", v.l.Addr().String())
	cfg.Limits = wire.Limits{Write: generous}
	s := initiatorFor(t, h, book, new(memory).stores(t, false), cfg).Session()
	p, _ := v.accept(0)
	p.send("A", "98=0|108=30|")
	eventually(t, "logged on", logged(s))
	big := strings.Repeat("x", 50_000)
	token := uint64(0)
	eventually(t, "the peer shows as one that does not read", func() bool {
		if s.Stats().Queued < 10 {
			m := order("c")
			m.Body.SetString(58, big)
			token++
			if err := s.Send(Outgoing{Token: token, Class: New, Message: m}); err != nil {
				t.Fatal(err)
			}
		}
		return s.Stats().Unread > time.Second
	})
	if st := s.Stats(); s.State() != LoggedOn || st.Queued == 0 {
		t.Errorf("state %v, %d queued; want logged on and what waits", s.State(), st.Queued)
	}
	go drain(p.conn)
	eventually(t, "it reads on", func() bool { return s.Stats().Unread == 0 && s.Stats().Queued == 0 })
}

func drain(c net.Conn) {
	b := make([]byte, 1<<20)
	for _, err := c.Read(b); err == nil; _, err = c.Read(b) {
	}
}

// MET-06: a wait for the pace is timed from when the message could have left until it did.
func TestPacedIsTimed(t *testing.T) {
	s := newSession(Config{Throttle: Throttle{Rate: 10, Burst: 1}}, Env{Log: new(logBook).logger()})
	s.state = LoggedOn
	now := time.Now()
	for token := range uint64(2) {
		s.queue.put(Outgoing{Token: token, Class: New, Message: order("c")})
	}
	s.bucket = newBucket(s.cfg.Throttle, now)
	if it, _ := s.next(now); it.Message == nil {
		t.Fatal("the first message waits although there is a token")
	}
	for _, at := range []time.Duration{10, 60} {
		if it, _ := s.next(now.Add(at * time.Millisecond)); it.Message != nil {
			t.Fatalf("%d ms later there is no token yet, and the message left", at)
		}
	}
	if it, _ := s.next(now.Add(110 * time.Millisecond)); it.Message == nil {
		t.Fatal("there is a token and the message waits")
	}
	if got := s.Stats().Paced; got.Count != 1 || got.Sum != 100*time.Millisecond {
		t.Errorf("%d waits, %v in all; want one of 100ms", got.Count, got.Sum)
	}
}
