package session

import (
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"

	"github.com/sluice-sor/sluice/fixgw/dictionary"
	"github.com/sluice-sor/sluice/fixgw/wire"
)

// counting is a quickfix.Application that counts what arrives.
type counting struct {
	in chan struct{}
	up chan struct{}
}

func (c *counting) OnCreate(quickfix.SessionID)                       {}
func (c *counting) OnLogon(quickfix.SessionID)                        { signal(c.up) }
func (c *counting) OnLogout(quickfix.SessionID)                       {}
func (c *counting) ToAdmin(*quickfix.Message, quickfix.SessionID)     {}
func (c *counting) ToApp(*quickfix.Message, quickfix.SessionID) error { return nil }
func (c *counting) FromApp(*quickfix.Message, quickfix.SessionID) quickfix.MessageRejectError {
	c.in <- struct{}{}
	return nil
}
func (c *counting) FromAdmin(*quickfix.Message, quickfix.SessionID) quickfix.MessageRejectError {
	return nil
}

// bare is a stock pair in one process, with the dictionary on and a memory
// store: the baseline of every figure (QF-07).
func bare(b *testing.B, name string) (send func(), far *counting) {
	b.Helper()
	dict, err := dictionary.Write(b.TempDir(), "FIX.4.4")
	if err != nil {
		b.Fatal(err)
	}
	free := newVenue(b, "")
	port := strconv.Itoa(free.l.Addr().(*net.TCPAddr).Port)
	_ = free.l.Close()
	make1 := func(sender, target string, extra map[string]string) *quickfix.Settings {
		s, one := quickfix.NewSettings(), quickfix.NewSessionSettings()
		for k, v := range map[string]string{config.BeginString: "FIX.4.4", config.SenderCompID: sender, config.TargetCompID: target, config.DataDictionary: dict, config.InChanCapacity: "1024"} {
			one.Set(k, v)
		}
		for k, v := range extra {
			one.Set(k, v)
			s.GlobalSettings().Set(k, v)
		}
		if _, err := s.AddSession(one); err != nil {
			b.Fatal(err)
		}
		return s
	}
	far = &counting{in: make(chan struct{}, 1<<20), up: make(chan struct{}, 1)}
	near := &counting{in: make(chan struct{}, 1), up: make(chan struct{}, 1)}
	a, err := quickfix.NewAcceptor(far, quickfix.NewMemoryStoreFactory(), make1(name+"A", name+"I", map[string]string{config.SocketAcceptPort: port}), quickfix.NewNullLogFactory())
	if err != nil {
		b.Fatal(err)
	}
	if err := a.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(a.Stop)
	i, err := quickfix.NewInitiator(near, quickfix.NewMemoryStoreFactory(), make1(name+"I", name+"A", map[string]string{
		config.HeartBtInt: "30", config.SocketConnectHost: "127.0.0.1", config.SocketConnectPort: port, config.ReconnectInterval: "10ms"}), quickfix.NewNullLogFactory())
	if err != nil {
		b.Fatal(err)
	}
	if err := i.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(i.Stop)
	<-near.up
	id := quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: name + "I", TargetCompID: name + "A"}
	return func() {
		if err := quickfix.SendToTarget(order("c"), id); err != nil {
			b.Fatal(err)
		}
	}, far
}

// paced is our pair: guard, relay, store on a memory log, paced sender.
func paced(b *testing.B, name string) (send func(), in chan struct{}) {
	b.Helper()
	in = make(chan struct{}, 1<<20)
	h := &recorder{take: func(*quickfix.Message) quickfix.MessageRejectError {
		in <- struct{}{}
		return nil
	}}
	cfg := client(name + "I")
	cfg.SenderCompID = name + "A"
	a := acceptorFor(b, h, nil, new(memory).stores(b, true), wire.Limits{}, cfg)
	vc := venueCfg(name+"A", a.Addr().String())
	vc.SenderCompID = name + "I"
	i := initiatorFor(b, new(recorder), nil, new(memory).stores(b, false), vc)
	eventually(b, "logged on", logged(i.Session()))
	return func() {
		for {
			switch err := i.Session().Send(Outgoing{Class: New, Message: order("c")}); err {
			case nil:
				return
			case ErrQueueFull:
				time.Sleep(50 * time.Microsecond)
			default:
				b.Fatal(err)
			}
		}
	}, in
}

// BenchmarkBurst compares, in one run, the time until the far application has a
// whole burst: stock SendToTarget against the paced sender behind the guard
// (PACE-03). Read the ratios.
func BenchmarkBurst(b *testing.B) {
	for _, size := range []int{1, 4, 16, 256} {
		b.Run(fmt.Sprintf("bare/%d", size), func(b *testing.B) {
			send, far := bare(b, fmt.Sprintf("BARE%d-%d-", size, b.N))
			burst(b, size, send, far.in)
		})
		b.Run(fmt.Sprintf("paced/%d", size), func(b *testing.B) {
			send, in := paced(b, fmt.Sprintf("PACED%d-%d-", size, b.N))
			burst(b, size, send, in)
		})
	}
}

func burst(b *testing.B, size int, send func(), in chan struct{}) {
	b.ResetTimer()
	for range b.N {
		for range size {
			send()
		}
		for range size {
			<-in
		}
	}
	b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "msg/s")
}
