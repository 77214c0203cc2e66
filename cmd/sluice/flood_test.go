//go:build linux

package main

import (
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// floodSources is how many addresses a flood comes from: more than the router lets wait for their Logon in all.
const floodSources = 200

// flood is connections that never log on, all of them open at once from our side; who is turned away comes again.
type flood struct {
	addr  string
	stop  chan struct{}
	wait  sync.WaitGroup
	begun atomic.Int64 // connections so far
	open  atomic.Int64 // places that have been filled at least once
}

// flow begins a flood of so many connections at once.
func flow(addr string, many int) *flood {
	f := &flood{addr: addr, stop: make(chan struct{})}
	const hands = 16
	for h := range hands {
		f.wait.Go(func() { f.hand(h, hands, many) })
	}
	return f
}

// hand keeps every hands-th place of the flood filled: it connects, says what it says, and then a byte of the slow ones a second.
func (f *flood) hand(h, hands, many int) {
	var held []net.Conn
	defer func() {
		for _, c := range held {
			_ = c.Close()
		}
	}()
	for i := h; i < many; i += hands {
		c := f.connect(i)
		if c == nil {
			return
		}
		held = append(held, c)
		f.open.Add(1)
	}
	for {
		for k := range held {
			select {
			case <-f.stop:
				return
			case <-time.After(time.Second / time.Duration(len(held)+1)):
			}
			if _, err := held[k].Write([]byte("5")); err != nil { // turned away, or out of time
				_ = held[k].Close()
				c := f.connect(h + k*hands)
				if c == nil {
					return
				}
				held[k] = c
			}
		}
	}
}

// connect opens the i-th connection, from an address of its own among so many; nil when the flood ends.
func (f *flood) connect(i int) net.Conn {
	d := net.Dialer{Timeout: generous, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+i%floodSources))}}
	for {
		select {
		case <-f.stop:
			return nil
		default:
		}
		c, err := d.Dial("tcp", f.addr)
		if err != nil { // of a full backlog: again
			time.Sleep(10 * time.Millisecond)
			continue
		}
		f.begun.Add(1)
		_ = c.SetDeadline(time.Now().Add(time.Hour))
		_, _ = c.Write(says(i)) // the router may have closed it already
		return c
	}
}

func (f *flood) end() {
	close(f.stop)
	f.wait.Wait()
}

// says gives what the i-th connection says first.
func says(i int) []byte {
	switch i % 4 {
	case 0:
		return []byte("8=FIX.4.4\x019=6") // slow: the rest comes never, or in a while
	case 1:
		return []byte("8=FIX.4.4\x019=1073741824\x0135=A\x01")
	case 2: // a TLS record that announces 16 KiB of a ClientHello, and random bytes
		b := make([]byte, 512)
		_, _ = rand.Read(b)
		return append([]byte{22, 3, 1, 0x40, 0, 1, 0, 0x3f, 0xfc}, b...)
	}
	return nil // says nothing
}

// took is how long the EMS's session needs for an order and its fill.
func took(b *blotter) time.Duration {
	b.t.Helper()
	since := time.Now()
	id := b.send(order.Terms{Account: "ACC1", Symbol: "BOLT", Side: market.Buy, Type: order.Market, Qty: 100, Capacity: 'A', Venues: 1<<6 - 1})
	for len(b.open()) > 0 {
		if time.Since(since) > generous {
			b.t.Fatalf("order %s is not finished after %v", id, generous)
		}
		time.Sleep(200 * time.Microsecond)
	}
	return time.Since(since)
}

// waits is times in order.
type waits []time.Duration

func (w waits) String() string {
	slices.Sort(w)
	at := func(p int) time.Duration { return w[min(len(w)-1, len(w)*p/100)].Round(100 * time.Microsecond) }
	return fmt.Sprintf("%d orders: p50 %v, p99 %v, most %v", len(w), at(50), at(99), at(100))
}

// level is what a process holds.
type level struct {
	memory     int64
	files      int
	goroutines int
}

func (d *desk) level(router *process, meters string) level {
	d.t.Helper()
	pid := router.cmd.Process.Pid
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		d.t.Fatal(err)
	}
	return level{resident(d.t, pid), len(files), int(scraped(d.t, meters).value("sluice_go_goroutines"))}
}

// TestConnectionFlood is TEST-51: connections that send a byte now and then, that announce a gigabyte, that speak a broken TLS,
// and that say nothing, all at once and from many addresses. The session that is logged on trades all the while, another logs on in
// the middle of it, and the router's memory grows by 50 MiB at most, beside what it keeps of the orders meanwhile; afterwards nothing of them is left. SLUICE_FLOOD is how many
// connections are open at once, SLUICE_FLOOD_SECONDS how long they are kept up.
func TestConnectionFlood(t *testing.T) {
	slow(t)
	t.Parallel()
	many, seconds := int(number(t, "SLUICE_FLOOD", 1000)), number(t, "SLUICE_FLOOD_SECONDS", 5)
	var most syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &most); err != nil || most.Cur < uint64(many)+500 {
		t.Fatalf("%d files may be open at once (ulimit -n), %d connections need 500 more than they are: raise it, or lower SLUICE_FLOOD (%v)", most.Cur, many, err)
	}
	meters := freePort(t)
	d := newDesk(t, func(s string) string {
		s = strings.Replace(s, `metrics_addr = ""`, fmt.Sprintf("metrics_addr = %q", meters), 1)
		client := "\n[[client]]\nname = \"RAW\"\ncomp_id = \"RAW\"\nversion = \"4.4\"\n\n[[venue]]\n"
		return strings.Replace(s, "\n[[venue]]\n", client, 1)
	})
	sim := d.startVenues()
	router := d.startRouter()
	b := d.connect()
	d.ready(router)
	var calm, during, after waits
	last := 0 // the number that the client which logs on anew used last
	for range 5 {
		tradesOn(b)
	}
	for range 50 {
		calm = append(calm, took(b))
	}
	newcomers(d, 1, &last) // whose session has its files from now on
	before := d.level(router, meters)
	if before.goroutines <= 0 {
		t.Fatalf("the router tells no goroutines: %+v", before)
	}
	worst := before
	f := flow(d.clients, many)
	for end := time.Now(); ; {
		if f.open.Load() < int64(many) {
			end = time.Now().Add(time.Duration(seconds) * time.Second)
		} else if time.Now().After(end) {
			break
		}
		during = append(during, took(b))
		now := d.level(router, meters)
		worst = level{max(worst.memory, now.memory), max(worst.files, now.files), max(worst.goroutines, now.goroutines)}
	}
	logons := newcomers(d, 5, &last)
	f.end()
	var left level
	for end := time.Now().Add(generous); ; time.Sleep(100 * time.Millisecond) {
		// A scrape and the page's connections come and go.
		if left = d.level(router, meters); left.files <= before.files+4 && left.goroutines <= before.goroutines+8 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("something of the flood is left: %+v, before %+v", left, before)
		}
	}
	for range 50 {
		after = append(after, took(b))
	}
	t.Logf("%d connections at once, %d in all: memory %d MiB before, at most %d MiB; files %d, %d; goroutines %d, %d, %d afterwards",
		many, f.begun.Load(), before.memory>>20, worst.memory>>20, before.files, worst.files, before.goroutines, worst.goroutines, left.goroutines)
	t.Logf("the session that trades: before %v; during %v; after %v; another logged on within %v", calm, during, after, logons)
	const kept = 20 << 10 // of an order, see operations.md
	if grown, most := worst.memory-before.memory, int64(50<<20+kept*len(during)); grown > most {
		t.Errorf("memory grew by %d MiB, want %d at most", grown>>20, most>>20)
	}
	if b.mu.Lock(); b.logons != 1 {
		t.Errorf("the session logged on %d times, want once", b.logons)
	}
	b.mu.Unlock()
	b.finish(generous)
	d.windDown(b, router, sim, false)
}

// newcomers lets a client log on n times in the middle of a flood, as an engine does that connects again until it is let in, and
// gives how long each took.
func newcomers(d *desk, n int, last *int) (took waits) {
	d.t.Helper()
	for range n {
		since := time.Now()
		eventually(d.t, "another client logs on", func() bool {
			p := dial(d.t, d.clients)
			defer p.conn.Close()
			p.seq = *last
			if _, err := p.conn.Write(p.frame("A", "98=0|108=30|")); err != nil {
				return false
			}
			m, err := p.next()
			if err != nil || m["35"] != "A" {
				return false
			}
			took = append(took, time.Since(since))
			p.send(p.frame("5", ""))
			p.awaits("5")
			*last = p.seq
			return true
		})
	}
	return took
}
