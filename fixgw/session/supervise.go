package session

import (
	"context"
	"time"
)

// supervise is the watchdog of an initiator: it makes a session anew that does
// not notice its closed connection, and keeps a stopped one down (SUP-01).
func (i *Initiator) supervise(ctx context.Context) {
	t := time.NewTicker(tick)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-t.C:
			i.session.watch(now)
			if err := i.check(now); err != nil {
				i.session.log.Error("fix session could not be made anew", "error", err.Error())
			}
		}
	}
}

// check takes a stopped session down, brings a resumed one back, and restarts
// one that hangs.
func (i *Initiator) check(now time.Time) error {
	running := i.running()
	switch stopped := i.session.isStopped(); {
	case stopped && running:
		i.halt()
	case !stopped && !running:
		return i.build()
	case i.session.stuck(now):
		i.session.alarm(AlarmStuck, "quickfixgo does not notice that the connection is closed; the session is made anew")
		return i.Restart()
	}
	return nil
}

func (s *Session) isStopped() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped
}

// supervise is the watchdog of an acceptor. One of its sessions cannot be made
// anew alone, so a person is called.
func (a *Acceptor) supervise(ctx context.Context) {
	t := time.NewTicker(tick)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-t.C:
			for _, s := range a.sessions {
				s.watch(now)
				if s.stuck(now) {
					s.lost()
					s.alarm(AlarmStuck, "quickfixgo does not notice that the connection is closed")
				}
			}
		}
	}
}

// lost forgets what quickfixgo said last: it is gone, or does not answer.
func (s *Session) lost() {
	s.mu.Lock()
	s.up, s.qfUp = false, false
	s.mu.Unlock()
	s.settle("quickfixgo's session ended")
}
