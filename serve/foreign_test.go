package serve_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
	fixcfg "github.com/quickfixgo/quickfix/config"

	"github.com/sluice-sor/sluice/fixgw/dictionary"
	"github.com/sluice-sor/sluice/serve"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/venues"
)

// Stand-ins for peers that nobody here wrote: a client and venues on stock quickfixgo that use none of Sluice's mapping.
// They check what they get against the dictionaries, and have the habits of the engine's public example programs.

// More FIX tags.
const (
	tagExecTransType quickfix.Tag = 20
	tagHandlInst     quickfix.Tag = 21
	tagLastMkt       quickfix.Tag = 30
	tagOrigClOrdID   quickfix.Tag = 41
	tagCxlRejReason  quickfix.Tag = 102
	tagOrdRejReason  quickfix.Tag = 103
	tagText          quickfix.Tag = 58
	tagResponseTo    quickfix.Tag = 434
)

// foreignSettings gives one stock session of a version, with its dictionary.
func foreignSettings(t testing.TB, version, sender, target string, more map[string]string) *quickfix.Settings {
	t.Helper()
	dir := t.TempDir()
	dict, err := dictionary.Write(dir, version)
	must(t, err)
	s := quickfix.NewSettings()
	one := quickfix.NewSessionSettings()
	for k, v := range map[string]string{fixcfg.BeginString: version, fixcfg.SenderCompID: sender, fixcfg.TargetCompID: target,
		fixcfg.DataDictionary: dict, fixcfg.CheckUserDefinedFields: "N"} {
		one.Set(k, v)
	}
	if version == quickfix.BeginStringFIXT11 {
		transport, err := dictionary.WriteTransport(dir)
		must(t, err)
		one.Set(fixcfg.TransportDataDictionary, transport)
		one.Set(fixcfg.AppDataDictionary, dict)
		one.Set(fixcfg.DefaultApplVerID, "FIX.5.0SP2")
	}
	for k, v := range more {
		s.GlobalSettings().Set(k, v)
	}
	_, err = s.AddSession(one)
	must(t, err)
	return s
}

func field(m *quickfix.Message, tag quickfix.Tag) string {
	v, err := m.Body.GetString(tag)
	if err != nil {
		return ""
	}
	return v
}

func decimalOf(m *quickfix.Message, tag quickfix.Tag) float64 {
	x, _ := strconv.ParseFloat(field(m, tag), 64)
	return x
}

func readable(m *quickfix.Message) string { return strings.ReplaceAll(m.String(), "\x01", "|") }

// foreignDesk is a client's order system.
type foreignDesk struct {
	app
	version string
	id      quickfix.SessionID

	mu   sync.Mutex
	got  []*quickfix.Message
	seen int // messages that a wait has passed
}

func newForeignDesk(t testing.TB, version, addr, sender, target string) *foreignDesk {
	t.Helper()
	d := &foreignDesk{version: version, id: quickfix.SessionID{BeginString: version, SenderCompID: sender, TargetCompID: target}}
	d.take = func(m *quickfix.Message, _ quickfix.SessionID) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.got = append(d.got, m)
	}
	host, port, err := net.SplitHostPort(addr)
	must(t, err)
	s := foreignSettings(t, version, sender, target, map[string]string{fixcfg.HeartBtInt: "30", fixcfg.SocketConnectHost: host,
		fixcfg.SocketConnectPort: port, fixcfg.ReconnectInterval: "10ms", fixcfg.ResetOnLogon: "Y"})
	i, err := quickfix.NewInitiator(d, quickfix.NewMemoryStoreFactory(), s, quickfix.NewNullLogFactory())
	must(t, err)
	must(t, i.Start())
	t.Cleanup(i.Stop)
	eventually(t, sender+" logs on", func() bool { return d.logons.Load() > 0 })
	return d
}

// send sends a request about a buy of AMZN; fields are pairs of tag and value.
func (d *foreignDesk) send(t testing.TB, msgType, clOrdID string, fields ...string) {
	t.Helper()
	m := quickfix.NewMessage()
	m.Header.SetString(tagMsgType, msgType)
	m.Body.SetString(tagClOrdID, clOrdID).SetString(tagSymbol, "AMZN").SetString(tagSide, "1")
	if msgType != "H" {
		m.Body.SetString(tagTransactTime, time.Now().UTC().Format("20060102-15:04:05.000"))
	}
	if msgType == "D" || msgType == "G" {
		m.Body.SetString(tagHandlInst, "1")
	}
	for i := 0; i < len(fields); i += 2 {
		n, err := strconv.Atoi(fields[i])
		must(t, err)
		m.Body.SetString(quickfix.Tag(n), fields[i+1])
	}
	must(t, quickfix.SendToTarget(m, d.id))
}

// wait gives the first message, after those that earlier waits passed, that satisfies ok.
func (d *foreignDesk) wait(t testing.TB, what string, ok func(m *quickfix.Message) bool) *quickfix.Message {
	t.Helper()
	var found *quickfix.Message
	for end := time.Now().Add(generous); found == nil; time.Sleep(2 * time.Millisecond) {
		d.mu.Lock()
		for d.seen < len(d.got) && found == nil {
			if m := d.got[d.seen]; ok(m) {
				found = m
			}
			d.seen++
		}
		if found == nil && time.Now().After(end) {
			for _, m := range d.got {
				t.Log(readable(m))
			}
			t.Fatalf("never came: %s", what)
		}
		d.mu.Unlock()
	}
	return found
}

// report waits for an ExecutionReport of an order in a status.
func (d *foreignDesk) report(t testing.TB, clOrdID, status string) *quickfix.Message {
	t.Helper()
	return d.wait(t, fmt.Sprintf("8 with 11=%s 39=%s", clOrdID, status), func(m *quickfix.Message) bool {
		return m.IsMsgTypeOf("8") && field(m, tagClOrdID) == clOrdID && field(m, tagOrdStatus) == status
	})
}

// has compares fields, given as pairs of tag and value; "" is an absent field.
func has(t testing.TB, m *quickfix.Message, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		n, err := strconv.Atoi(pairs[i])
		must(t, err)
		if got := field(m, quickfix.Tag(n)); got != pairs[i+1] {
			t.Errorf("tag %d is %q, want %q in %s", n, got, pairs[i+1], readable(m))
		}
	}
}

// foreignRig is a router between foreign clients of every version, a simulated exchange that quotes, and perhaps a
// foreign venue that does not.
type foreignRig struct {
	run    string
	router *serve.Router
}

const foreignLit = `
[[venue]]
name = "LITX"
mic = "LITX"
type = "lit"
quote_ttl = "30s"
caps = ["midpoint", "post-only", "replace", "status"]
[venue.orders]
addr = "%[2]s"
our_comp_id = "SOR%[1]s"
their_comp_id = "LITX%[1]s"
[venue.market_data]
addr = "%[2]s"
our_comp_id = "SOR%[1]s"
their_comp_id = "LITXMD%[1]s"
`

const foreignInstrument = `
[[instrument]]
symbol = "AMZN"
adv_shares = 3_000_000
prior_close_usd = "222.25"
[market]
kind = "synthetic"
`

const foreignRouter = `
[router]
http_addr = ""
metrics_addr = ""
[fix]
listen_addr = "127.0.0.1:0"
comp_id = "SOR%[1]s"
[[fix.drop_copy]]
name = "ALL"
comp_id = "COPYA%[1]s"
[[fix.drop_copy]]
name = "ONE"
comp_id = "COPYB%[1]s"
version = "5.0SP2"
clients = ["OMS44"]
[[client]]
name = "OMS42"
comp_id = "OMSA%[1]s"
version = "4.2"
allow_reset = true
[[client]]
name = "OMS44"
comp_id = "OMSB%[1]s"
version = "4.4"
allow_reset = true
[[client]]
name = "OMS50"
comp_id = "OMSC%[1]s"
version = "5.0SP2"
allow_reset = true
[tactics]
ack_timeout = "300ms"
settle_wait = "300ms"
internal_wait = "100ms"
`

// nextRun gives the number of a new rig, as text.
func nextRun() string { return strconv.FormatUint(runs.Add(1), 10) }

// newForeignRig starts it; venue is a [[venue]], empty for none.
func newForeignRig(t testing.TB, run, venue string) *foreignRig {
	t.Helper()
	r := &foreignRig{run: run}
	read := func(name, text string) *config.File {
		path := filepath.Join(t.TempDir(), name)
		must(t, os.WriteFile(path, []byte(text), 0o600))
		file, err := config.Load(path)
		must(t, err)
		return file
	}
	lit := func(addr string) string { return fmt.Sprintf(foreignLit, r.run, addr) + foreignInstrument + venue }
	x, err := venues.Open(read("venues.toml", lit("127.0.0.1:9")), venues.Options{Listen: "127.0.0.1:0"})
	must(t, err)
	t.Cleanup(x.Close)
	file := read("router.toml", fmt.Sprintf(foreignRouter, r.run)+lit(x.Addr().String()))
	r.router, err = serve.Open(context.Background(), file, serve.Options{Fast: true, SegmentBytes: 16 << 20})
	must(t, err)
	t.Cleanup(func() { must(t, r.router.Close()) })
	must(t, x.Start())
	must(t, r.router.Start())
	eventually(t, "venues up", func() bool {
		for _, v := range r.router.View().Snapshot().Venues {
			if !v.Up {
				return false
			}
		}
		return true
	})
	return r
}

func (r *foreignRig) desk(t testing.TB, version string) *foreignDesk {
	t.Helper()
	sender := map[string]string{"FIX.4.2": "OMSA", "FIX.4.4": "OMSB", "FIXT.1.1": "OMSC"}[version] + r.run
	return newForeignDesk(t, version, r.router.ClientAddr().String(), sender, "SOR"+r.run)
}

// quoted lets the router look at AMZN until it has a quote: a buy at a dollar rests far from the market.
func (r *foreignRig) quoted(t testing.TB, d *foreignDesk) {
	t.Helper()
	d.send(t, "D", "Q1", "38", "100", "40", "2", "44", "1", "59", "0")
	eventually(t, "a quote", func() bool {
		for _, b := range r.router.View().Snapshot().Books {
			if b.Bid > 0 && b.Ask > 0 {
				return true
			}
		}
		return false
	})
	d.send(t, "F", "Q2", "41", "Q1")
	d.report(t, "Q2", "4")
}

// A stock client of each version gets, for D F G H, the 8s and 9s that its version knows (FIX-12, ER-04, ER-18, VER-01).
func TestForeignClient(t *testing.T) {
	t.Parallel()
	r := newForeignRig(t, nextRun(), "")
	for _, version := range []string{"FIX.4.2", "FIX.4.4", "FIXT.1.1"} {
		t.Run(version, func(t *testing.T) {
			d := r.desk(t, version)
			r.quoted(t, d)
			trade, transaction, status := "F", "", "I"
			if version == "FIX.4.2" {
				trade, transaction, status = "2", "0", "0"
			}
			d.send(t, "D", "A1", "38", "300.00", "40", "1", "59", "0")
			has(t, d.report(t, "A1", "0"), "150", "0", "20", transaction, "14", "0", "151", "300", "6", "0.00")
			filled := d.report(t, "A1", "2")
			has(t, filled, "150", trade, "20", transaction, "14", "300", "151", "0", "30", "LITX")
			if px, last := decimalOf(filled, tagAvgPx), decimalOf(filled, tagLastPx); px <= 0 || last <= 0 {
				t.Errorf("no price in %s", readable(filled))
			}

			d.send(t, "D", "A2", "38", "500", "40", "2", "44", "150.00", "59", "0")
			order := d.report(t, "A2", "0")
			d.send(t, "H", "A2")
			asked := d.report(t, "A2", "0")
			has(t, asked, "150", status, "14", "0", "151", "500", "37", field(order, tagOrderID))
			if version == "FIX.4.2" {
				has(t, asked, "20", "3")
			}
			d.send(t, "H", "NONE")
			has(t, d.report(t, "NONE", "8"), "37", "NONE")
			d.send(t, "G", "A3", "41", "A2", "38", "800", "40", "2", "44", "151")
			replaced := d.wait(t, "the replace", func(m *quickfix.Message) bool { return field(m, tagExecType) == "5" })
			has(t, replaced, "11", "A3", "41", "A2", "38", "800", "151", "800", "44", "151.00", "37", field(order, tagOrderID))
			d.send(t, "F", "A4", "41", "A3", "38", "800")
			has(t, d.report(t, "A4", "4"), "150", "4", "41", "A3", "151", "0", "14", "0")

			d.send(t, "F", "A5", "41", "A1")
			d.rejected(t, "A5", "41", "A1", "39", "2", "102", "0", "434", "1")
			d.send(t, "G", "A6", "41", "GONE", "38", "100", "40", "2", "44", "150")
			d.rejected(t, "A6", "41", "GONE", "37", "NONE", "39", "8", "102", "1", "434", "2")
			d.send(t, "D", "A1", "38", "100", "40", "1", "59", "0")
			has(t, d.report(t, "A1", "8"), "103", "6", "150", "8", "151", "0")
		})
	}
}

// rejected waits for the 9 to a request.
func (d *foreignDesk) rejected(t testing.TB, clOrdID string, pairs ...string) {
	t.Helper()
	m := d.wait(t, "9 with 11="+clOrdID, func(m *quickfix.Message) bool { return m.IsMsgTypeOf("9") && field(m, tagClOrdID) == clOrdID })
	has(t, m, pairs...)
}
