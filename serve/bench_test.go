//go:build unix

package serve_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
	"golang.org/x/sys/unix"
)

// path is a way from a client to the venues: the router, or the bare relay that it is compared with.
type path struct {
	client *client
	floor  *floor
}

// order sends one parent and waits until it is filled; it gives the time from the send to the first child's arrival.
func (p path) order(slot int) (time.Duration, error) {
	began, err := p.client.send(slot)
	if err != nil {
		return 0, err
	}
	<-p.client.filled[slot]
	if text := p.client.odd.Load(); text != nil {
		return 0, fmt.Errorf("unexpected report %s", *text)
	}
	select {
	case at := <-p.floor.children[slot]:
		return at.Sub(began), nil
	default:
		return 0, errors.New("an order was filled without a child")
	}
}

// batch is how many orders one turn sends.
const batch = 64

// samples is what one path showed.
type samples struct {
	latencies []time.Duration
	mallocs   uint64
	cpu       time.Duration // of the whole process, both ends included
}

// turn sends a batch, inFlight at a time, and adds what it saw.
func (s *samples) turn(b *testing.B, p path, inFlight int) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	busy := processorTime(b)
	var mu sync.Mutex
	var loops sync.WaitGroup
	for slot := range inFlight {
		loops.Go(func() {
			for range batch / inFlight {
				took, err := p.order(slot)
				if err != nil {
					b.Error(err)
					return
				}
				mu.Lock()
				s.latencies = append(s.latencies, took)
				mu.Unlock()
			}
		})
	}
	loops.Wait()
	runtime.ReadMemStats(&after)
	s.mallocs += after.Mallocs - before.Mallocs
	s.cpu += processorTime(b) - busy
}

// processorTime is what this process has used.
func processorTime(b *testing.B) time.Duration {
	var u unix.Rusage
	must(b, unix.Getrusage(unix.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// quantile gives a quantile in microseconds; the latencies are sorted.
func (s *samples) quantile(q float64) float64 {
	return float64(s.latencies[int(q*float64(len(s.latencies)-1))]) / float64(time.Microsecond)
}

// newRelay is the baseline: a bare acceptor takes the order, a bare initiator sends a message like the router's child,
// and the venue's report goes back as it is. It decides nothing, checks nothing and remembers nothing.
func newRelay(b *testing.B, child *quickfix.Message) path {
	b.Helper()
	run := strconv.FormatUint(runs.Add(1), 10)
	f := newFloor(b, [2]string{"RV" + run, "RS" + run})
	var back, out quickfix.SessionID
	near := &app{take: func(m *quickfix.Message, id quickfix.SessionID) {
		c := quickfix.NewMessage()
		c.Header.SetString(tagMsgType, "D")
		for _, t := range child.Body.Tags() {
			v, err := child.Body.GetString(t)
			if err != nil {
				panic(err)
			}
			c.Body.SetString(t, v)
		}
		c.Body.SetString(tagSymbol, symbol(slotOf(m)))
		if err := quickfix.SendToTarget(c, out); err != nil {
			panic(err)
		}
	}}
	far := &app{take: func(m *quickfix.Message, _ quickfix.SessionID) {
		r := quickfix.NewMessage()
		m.CopyInto(r)
		if err := quickfix.SendToTarget(r, back); err != nil {
			panic(err)
		}
	}}
	port := freePort(b)
	back = quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "RA" + run, TargetCompID: "RC" + run}
	accept(b, near, port, [2]string{back.SenderCompID, back.TargetCompID})
	out = initiate(b, far, f.port, "RS"+run, "RV"+run)
	return path{newClient(b, port, back.TargetCompID, back.SenderCompID), f}
}

// BenchmarkRoute is the time from a client's D to the first child's D at a venue, over loopback, through the real router:
// session, decision among all venues, gate, journal, session (LOAD-08). The bare relay takes its turns in the same
// run, with messages of the same size; read the ratios. Everything, both ends included, shares the processors that the
// name's suffix counts.
func BenchmarkRoute(b *testing.B) {
	for _, venues := range []int{5, 12} {
		for _, mode := range []string{"durable", "fast"} {
			for _, inFlight := range []int{1, 4} {
				b.Run(fmt.Sprintf("venues=%d/journal=%s/inflight=%d", venues, mode, inFlight), func(b *testing.B) {
					r := newRig(b, venues, mode == "fast")
					compare(b, path{r.client, r.floor}, inFlight)
				})
			}
		}
	}
}

// compare lets router and relay take turns and reports both and their ratio.
func compare(b *testing.B, router path, inFlight int) {
	var warm, routed, relayed samples
	warm.turn(b, router, inFlight)
	if b.Failed() {
		return
	}
	router.floor.mu.Lock()
	child := router.floor.last
	router.floor.mu.Unlock()
	relay := newRelay(b, child)
	warm.turn(b, relay, inFlight)
	for b.Loop() {
		routed.turn(b, router, inFlight)
		relayed.turn(b, relay, inFlight)
		if b.Failed() {
			return
		}
	}
	slices.Sort(routed.latencies)
	slices.Sort(relayed.latencies)
	b.ReportMetric(0, "ns/op")
	for _, q := range []struct {
		name string
		at   float64
	}{{"p50", 0.5}, {"p99", 0.99}} {
		ours, theirs := routed.quantile(q.at), relayed.quantile(q.at)
		b.ReportMetric(ours, q.name+"-us")
		b.ReportMetric(theirs, "relay-"+q.name+"-us")
		b.ReportMetric(ours/theirs, q.name+"-ratio")
	}
	n := float64(len(routed.latencies))
	b.ReportMetric(float64(routed.mallocs)/n, "allocs/order")
	b.ReportMetric(float64(relayed.mallocs)/n, "relay-allocs/order")
	b.ReportMetric(float64(routed.cpu.Microseconds())/n, "cpu-us/order")
	b.ReportMetric(float64(relayed.cpu.Microseconds())/n, "relay-cpu-us/order")
}
