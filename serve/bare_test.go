package serve_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
	fixcfg "github.com/quickfixgo/quickfix/config"

	"github.com/sluice-sor/sluice/fixgw/dictionary"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/serve"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/shard"
)

// FIX tags.
const (
	tagAvgPx          quickfix.Tag = 6
	tagClOrdID        quickfix.Tag = 11
	tagCumQty         quickfix.Tag = 14
	tagExecID         quickfix.Tag = 17
	tagLastPx         quickfix.Tag = 31
	tagLastQty        quickfix.Tag = 32
	tagMsgType        quickfix.Tag = 35
	tagOrderID        quickfix.Tag = 37
	tagOrderQty       quickfix.Tag = 38
	tagOrdStatus      quickfix.Tag = 39
	tagOrdType        quickfix.Tag = 40
	tagPrice          quickfix.Tag = 44
	tagSide           quickfix.Tag = 54
	tagSymbol         quickfix.Tag = 55
	tagTimeInForce    quickfix.Tag = 59
	tagTransactTime   quickfix.Tag = 60
	tagExecType       quickfix.Tag = 150
	tagLeavesQty      quickfix.Tag = 151
	tagTargetStrategy quickfix.Tag = 847
)

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

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// runs tells the CompIDs of one rig from another's: quickfixgo knows sessions by their ids in the whole process.
var runs atomic.Uint64

// slots is how many orders may be in flight: each slot has an instrument of its own, by which its children are known.
const slots = 4

func symbol(slot int) string { return "SYM" + strconv.Itoa(slot) }

// slotOf gives the slot of a message, -1 for none.
func slotOf(m *quickfix.Message) int {
	s, err := m.Body.GetString(tagSymbol)
	if err != nil || len(s) != 4 {
		return -1
	}
	return int(s[3] - '0')
}

// app is a quickfix.Application: take gets what arrives, logons counts sessions that are up.
type app struct {
	take   func(m *quickfix.Message, id quickfix.SessionID)
	logons atomic.Int64
}

func (a *app) OnCreate(quickfix.SessionID)                       {}
func (a *app) OnLogon(quickfix.SessionID)                        { a.logons.Add(1) }
func (a *app) OnLogout(quickfix.SessionID)                       { a.logons.Add(-1) }
func (a *app) ToAdmin(*quickfix.Message, quickfix.SessionID)     {}
func (a *app) ToApp(*quickfix.Message, quickfix.SessionID) error { return nil }
func (a *app) FromAdmin(*quickfix.Message, quickfix.SessionID) quickfix.MessageRejectError {
	return nil
}
func (a *app) FromApp(m *quickfix.Message, id quickfix.SessionID) quickfix.MessageRejectError {
	a.take(m, id)
	return nil
}

// bareSettings gives stock settings with the dictionary on; sessions are pairs of CompIDs, ours first.
func bareSettings(t testing.TB, global map[string]string, sessions ...[2]string) *quickfix.Settings {
	t.Helper()
	dict, err := dictionary.Write(t.TempDir(), "FIX.4.4")
	must(t, err)
	s := quickfix.NewSettings()
	for k, v := range global {
		s.GlobalSettings().Set(k, v)
	}
	for _, ids := range sessions {
		one := quickfix.NewSessionSettings()
		for k, v := range map[string]string{fixcfg.BeginString: "FIX.4.4", fixcfg.SenderCompID: ids[0], fixcfg.TargetCompID: ids[1],
			fixcfg.DataDictionary: dict, fixcfg.InChanCapacity: "1024"} {
			one.Set(k, v)
		}
		_, err := s.AddSession(one)
		must(t, err)
	}
	return s
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// accept starts a bare acceptor.
func accept(t testing.TB, a *app, port string, sessions ...[2]string) {
	t.Helper()
	s := bareSettings(t, map[string]string{fixcfg.SocketAcceptPort: port, fixcfg.SocketAcceptHost: "127.0.0.1"}, sessions...)
	acc, err := quickfix.NewAcceptor(a, quickfix.NewMemoryStoreFactory(), s, quickfix.NewNullLogFactory())
	must(t, err)
	must(t, acc.Start())
	t.Cleanup(acc.Stop)
}

// initiate starts a bare initiator and gives its session once it is up.
func initiate(t testing.TB, a *app, port, sender, target string) quickfix.SessionID {
	t.Helper()
	s := bareSettings(t, map[string]string{fixcfg.HeartBtInt: "30", fixcfg.SocketConnectHost: "127.0.0.1", fixcfg.SocketConnectPort: port,
		fixcfg.ReconnectInterval: "10ms", fixcfg.ResetOnLogon: "Y"}, [2]string{sender, target})
	i, err := quickfix.NewInitiator(a, quickfix.NewMemoryStoreFactory(), s, quickfix.NewNullLogFactory())
	must(t, err)
	must(t, i.Start())
	t.Cleanup(i.Stop)
	eventually(t, sender+" logs on", func() bool { return a.logons.Load() > 0 })
	return quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: sender, TargetCompID: target}
}

// lane spaces what one side sends, so that a burst does not make quickfixgo's session spin (QF-07).
type lane struct {
	mu   sync.Mutex
	last time.Time
}

const laneGap = 30 * time.Microsecond

// send sends and gives the time of sending.
func (l *lane) send(m *quickfix.Message, id quickfix.SessionID) (at time.Time, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for time.Since(l.last) < laneGap {
		runtime.Gosched()
	}
	at = time.Now()
	err = quickfix.SendToTarget(m, id)
	l.last = time.Now()
	return at, err
}

// floor is the venues' side: a bare acceptor that notes when a child arrives and fills it.
type floor struct {
	app
	lane     lane
	port     string
	execs    atomic.Uint64
	children [slots]chan time.Time

	mu   sync.Mutex
	last *quickfix.Message // the newest child
}

// newFloor serves sessions; each is a CompID of a venue and of who trades there.
func newFloor(t testing.TB, sessions ...[2]string) *floor {
	f := &floor{port: freePort(t)}
	for i := range f.children {
		f.children[i] = make(chan time.Time, 64)
	}
	f.take = f.order
	accept(t, &f.app, f.port, sessions...)
	return f
}

func (f *floor) order(m *quickfix.Message, id quickfix.SessionID) {
	at := time.Now()
	slot := slotOf(m)
	if !m.IsMsgTypeOf("D") || slot < 0 {
		return
	}
	f.children[slot] <- at
	f.mu.Lock()
	f.last = m
	f.mu.Unlock()
	if _, err := f.lane.send(f.fill(m), id); err != nil {
		panic(err)
	}
}

// fill is the report that the order is done.
func (f *floor) fill(o *quickfix.Message) *quickfix.Message {
	r := quickfix.NewMessage()
	r.Header.SetString(tagMsgType, "8")
	for _, t := range []quickfix.Tag{tagClOrdID, tagSymbol, tagSide, tagOrderQty} {
		if v, err := o.Body.GetString(t); err == nil {
			r.Body.SetString(t, v)
		}
	}
	qty, _ := o.Body.GetString(tagOrderQty)
	id := strconv.FormatUint(f.execs.Add(1), 10)
	for t, v := range map[quickfix.Tag]string{tagOrderID: "O" + id, tagExecID: "E" + id, tagExecType: "F", tagOrdStatus: "2",
		tagLastQty: qty, tagCumQty: qty, tagLeavesQty: "0", tagLastPx: "50.01", tagAvgPx: "50.01",
		tagTransactTime: time.Now().UTC().Format("20060102-15:04:05.000")} {
		r.Body.SetString(t, v)
	}
	return r
}

// client is a bare initiator that sends parents and waits until they are filled.
type client struct {
	app
	lane   lane
	id     quickfix.SessionID
	sent   atomic.Uint64
	filled [slots]chan struct{}
	odd    atomic.Pointer[string] // a report that says anything but new or filled
}

func newClient(t testing.TB, port, sender, target string) *client {
	c := &client{}
	for i := range c.filled {
		c.filled[i] = make(chan struct{}, 64)
	}
	c.take = c.report
	c.id = initiate(t, &c.app, port, sender, target)
	return c
}

func (c *client) report(m *quickfix.Message, _ quickfix.SessionID) {
	switch status, _ := m.Body.GetString(tagOrdStatus); status {
	case "2":
		c.filled[slotOf(m)] <- struct{}{}
	case "0", "1", "A":
	default:
		text := strings.ReplaceAll(m.String(), "\x01", "|")
		c.odd.CompareAndSwap(nil, &text)
		if slot := slotOf(m); slot >= 0 {
			c.filled[slot] <- struct{}{}
		}
	}
}

// send sends a marketable limit order for what the slot trades, and gives the time of sending.
func (c *client) send(slot int) (time.Time, error) {
	m := quickfix.NewMessage()
	m.Header.SetString(tagMsgType, "D")
	for t, v := range map[quickfix.Tag]string{tagClOrdID: "C-" + strconv.FormatUint(c.sent.Add(1), 10), tagSymbol: symbol(slot),
		tagSide: "1", tagOrderQty: "100", tagOrdType: "2", tagPrice: "50.05", tagTimeInForce: "0", tagTargetStrategy: "1000",
		tagTransactTime: time.Now().UTC().Format("20060102-15:04:05.000")} {
		m.Body.SetString(t, v)
	}
	return c.lane.send(m, c.id)
}

// rig is a real router between a bare client and bare venues.
type rig struct {
	clock  *shard.Clock // nil is the system's
	file   *config.File
	router *serve.Router
	floor  *floor
	client *client
}

// configure writes a configuration with displayed venues that lead to floor, and a client.
func configure(t testing.TB, run string, venues int, port string) *config.File {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "[router]\nhttp_addr = \"127.0.0.1:0\"\nmetrics_addr = \"127.0.0.1:0\"\n"+
		"[fix]\nlisten_addr = \"127.0.0.1:0\"\ncomp_id = \"SOR%[1]s\"\n[[client]]\ncomp_id = \"DESK%[1]s\"\nallow_reset = true\n[limits]\nmay_be_off = [\"RISK-06\", \"RISK-10\", \"MD-01\"]\n", run)
	for v := range venues {
		fmt.Fprintf(&b, "[[venue]]\nname = \"V%[1]d\"\nmic = \"XV%02[1]d\"\ntype = %[2]q\nquote_ttl = \"0s\"\n"+
			"history = { latency_us = %[3]d, fill_rate_pct = 95, impact = 7, volume_share = 0.05 }\n[venue.orders]\naddr = \"127.0.0.1:%[4]s\"\n"+
			"our_comp_id = \"SOR%[5]s\"\ntheir_comp_id = \"V%[1]dX%[5]s\"\n", v, [...]string{"ecn", "lit", "inverted"}[v%3], 150+50*v, port, run)
	}
	for i := range slots {
		fmt.Fprintf(&b, "[[instrument]]\nsymbol = %q\nadv_shares = 3_000_000\nprior_close_usd = \"50\"\n", symbol(i))
	}
	path := filepath.Join(t.TempDir(), "rig.toml")
	must(t, os.WriteFile(path, []byte(b.String()), 0o600))
	file, err := config.Load(path)
	must(t, err)
	return file
}

// newRig starts everything and waits until it could trade.
func newRig(t testing.TB, venues int, fast bool) *rig {
	t.Helper()
	return rigWith(t, venues, fast, func(*rig) {})
}

// rigWith is newRig with a configuration that change has changed.
func rigWith(t testing.TB, venues int, fast bool, change func(*rig)) *rig {
	t.Helper()
	run := strconv.FormatUint(runs.Add(1), 10)
	var sessions [][2]string
	for v := range venues {
		sessions = append(sessions, [2]string{fmt.Sprintf("V%dX%s", v, run), "SOR" + run})
	}
	r := &rig{floor: newFloor(t, sessions...)}
	r.file = configure(t, run, venues, r.floor.port)
	change(r)
	r.start(t, fast)
	_, port, err := net.SplitHostPort(r.router.ClientAddr().String())
	must(t, err)
	r.client = newClient(t, port, "DESK"+run, "SOR"+run)
	return r
}

// start opens the router, connects it and gives it a market.
func (r *rig) start(t testing.TB, fast bool) {
	t.Helper()
	var err error
	r.router, err = serve.Open(context.Background(), r.file, serve.Options{Fast: fast, SegmentBytes: 16 << 20, Clock: r.clock})
	must(t, err)
	t.Cleanup(func() { must(t, r.router.Close()) })
	must(t, r.router.Start())
	eventually(t, "venues up", func() bool {
		s := r.router.View().Snapshot()
		up := 0
		for i := range s.Venues {
			if s.Venues[i].Up {
				up++
			}
		}
		return up == len(r.file.Venues)
	})
	for v := range r.file.Venues {
		for slot := range slots {
			b := market.Book{BidDepth: 1, AskDepth: 1}
			b.Bids[0] = market.Level{Price: 50 * market.Dollar, Size: 10_000}
			b.Asks[0] = market.Level{Price: 50*market.Dollar + 10_000, Size: 10_000}
			r.router.Shard().Market().Book(market.VenueID(v), market.Symbol(symbol(slot)), &b)
		}
	}
}
