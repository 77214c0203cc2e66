//go:build linux

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// peer is a FIX peer of bare sockets, which can send what no engine would.
type peer struct {
	t      *testing.T
	conn   net.Conn
	in     *bufio.Reader
	sender string
	target string
	seq    int
}

// frame makes a message with correct length and checksum; | stands for SOH.
func (p *peer) frame(msgType, body string) []byte {
	p.seq++
	head := fmt.Sprintf("35=%s|49=%s|56=%s|34=%d|52=%s|", msgType, p.sender, p.target, p.seq, time.Now().UTC().Format("20060102-15:04:05.000"))
	return sealed(head + body)
}

// sealed puts 8 and 9 before a body and 10 behind it.
func sealed(body string) []byte {
	s := strings.ReplaceAll(fmt.Sprintf("8=FIX.4.4|9=%d|", len(body))+body, "|", "\x01")
	sum := 0
	for i := range len(s) {
		sum += int(s[i])
	}
	return fmt.Appendf(nil, "%s10=%03d\x01", s, sum%256)
}

func (p *peer) send(frame []byte) {
	p.t.Helper()
	if _, err := p.conn.Write(frame); err != nil {
		p.t.Fatal(err)
	}
}

// next reads one message.
func (p *peer) next() (map[string]string, error) {
	if err := p.conn.SetReadDeadline(time.Now().Add(generous)); err != nil {
		return nil, err
	}
	fields := map[string]string{}
	for {
		b, err := p.in.ReadBytes(1)
		if err != nil {
			return nil, err
		}
		tag, value, _ := strings.Cut(string(b[:len(b)-1]), "=")
		fields[tag] = value
		if tag == "10" {
			return fields, nil
		}
	}
}

// awaits reads until a message of one of the types comes.
func (p *peer) awaits(msgTypes string) map[string]string {
	p.t.Helper()
	for {
		m, err := p.next()
		if err != nil {
			p.t.Fatalf("waiting for 35=%s: %v", msgTypes, err)
		}
		if strings.Contains(msgTypes, m["35"]) {
			return m
		}
	}
}

// closed reads to the end of the connection.
func (p *peer) closed() {
	p.t.Helper()
	if err := p.conn.SetReadDeadline(time.Now().Add(generous)); err != nil {
		p.t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, p.in); err != nil && !strings.Contains(err.Error(), "reset by peer") {
		p.t.Errorf("the connection stays open: %v", err)
	}
}

// bad is what a peer sends that is no FIX, with the rule of the guard that it breaks. Frames of QF-01 and QF-02 end a stock
// engine's process, those of QF-03 and QF-04 change what it reads.
var bad = [...]struct {
	name, rule string
	frame      func(p *peer) []byte
}{
	{"data length beyond memory (QF-01)", "GRD-05/", func(p *peer) []byte { return p.frame("D", order100+"212=999999999|213=x|") }},
	{"empty integer (QF-01)", "GRD-04/", func(p *peer) []byte {
		return sealed(fmt.Sprintf("35=D|49=%s|56=%s|34=|52=20260101-00:00:00|", p.sender, p.target) + order100)
	}},
	{"body length beyond any integer (QF-01)", "GRD-02/length", func(*peer) []byte { return []byte("8=FIX.4.4\x019=1199999999999999999999970\x0135=D\x01") }},
	{"body of two gigabytes (QF-02)", "GRD-02/", func(*peer) []byte { return []byte("8=FIX.4.4\x019=2000000000\x0135=D\x01") }},
	{"oversized body", "GRD-02/oversize", func(*peer) []byte { return []byte("8=FIX.4.4\x019=999999\x0135=D\x01") }},
	{"another quantity under the old checksum (QF-03)", "GRD-03/checksum", func(p *peer) []byte {
		return bytes.Replace(p.frame("D", order100), []byte("38=100\x01"), []byte("38=900\x01"), 1)
	}},
	{"SOH inside data (QF-04)", "GRD-05/", func(p *peer) []byte { return p.frame("D", order100+"95=12|96=a|38=900|b|") }},
	{"body length that lands elsewhere", "GRD-03/landing", func(p *peer) []byte {
		b := p.frame("D", order100)
		at := bytes.Index(b, []byte("\x0135="))
		n, _ := strconv.Atoi(string(b[len("8=FIX.4.4|9="):at]))
		return append(fmt.Appendf(nil, "8=FIX.4.4\x019=%d", n-3), b[at:]...)
	}},
	{"another protocol", "GRD-02/begin", func(*peer) []byte { return []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") }},
}

const order100 = "11=RAW1|55=ACME|54=1|38=100|40=1|60=20260101-00:00:00|"

const rawClient = `
[[client]]
name = "RAW"
comp_id = "RAW"
version = "4.4"
allow_reset = true

[[venue]]
`

// TestGarbageOfAClient lets one client log on properly and then send what no engine would: that connection ends with one
// line in the log, nothing of it is traded, and the other client goes on.
func TestGarbageOfAClient(t *testing.T) {
	slow(t)
	t.Parallel()
	d := newDesk(t, func(s string) string { return strings.Replace(s, "\n[[venue]]\n", rawClient, 1) })
	sim := d.startVenues()
	router := d.startRouter()
	b := d.connect()
	d.ready(router)
	lines := 0
	for i, c := range bad {
		p := dial(t, d.clients)
		p.send(p.frame("A", "98=0|108=30|141=Y|"))
		p.awaits("A")
		for range i { // three bad frames at one inbound number would stop the session (GRD-11)
			p.send(p.frame("1", "112=here|"))
			p.awaits("0")
		}
		p.send(c.frame(p))
		p.closed()
		lines++
		expect(t, router, c.name, "fix guard closed the connection", c.rule, lines)
		tradeOne(b)
	}
	d.abuseBeforeLogon(router)
	d.lawfulMistakes(b)
	b.finish(generous)
	if n := router.count("fix guard closed the connection"); n != lines {
		t.Errorf("%d lines for %d connections", n, lines)
	}
	d.windDown(b, router, sim, false)
}

// abuseBeforeLogon sends garbage and orders without a Logon.
func (d *desk) abuseBeforeLogon(router *process) {
	d.t.Helper()
	for i, first := range [...]func(p *peer) []byte{
		func(*peer) []byte {
			return []byte("\x00\x01\x02\x03 garbage \xff\xfe\r\n\r\n and more of it, long enough to be judged")
		},
		func(p *peer) []byte { return p.frame("D", order100) },
	} {
		p := dial(d.t, d.clients)
		p.send(first(p))
		p.closed()
		eventually(d.t, "the log tells of it", func() bool {
			return router.count("fix guard closed a connection without a session") == i+1
		})
	}
}

// lawfulMistakes sends well-formed messages that cannot be orders: they are answered, and the session stays.
func (d *desk) lawfulMistakes(b *blotter) {
	d.t.Helper()
	p := dial(d.t, d.clients)
	p.send(p.frame("A", "98=0|108=30|141=Y|"))
	p.awaits("A")
	for _, c := range []struct{ order, want string }{
		{"11=R1|54=1|38=100|40=1|60=20260101-00:00:00|", "55"},
		{"11=R2|55=ACME|54=1|38=100|40=1|60=20260101-00:00:00|7003=NOWHERE|", "NOWHERE"},
		{"11=R3|55=ACME|54=1|38=100|40=1|60=20260101-00:00:00|100=NOWHERE|", "NOWHERE"},
		{"11=R4|55=NOPE|54=1|38=100|40=1|60=20260101-00:00:00|", "NOPE"},
	} {
		p.send(p.frame("D", c.order))
		m := p.awaits("38j")
		if said := m["58"] + " " + m["371"]; !strings.Contains(said, c.want) || m["35"] == "8" && m["39"] != "8" {
			d.t.Errorf("order %s is answered by %v", c.order, m)
		}
		d.t.Logf("%s is answered by 35=%s: %s", c.order, m["35"], m["58"])
		if m["37"] != "" && m["37"] != "NONE" {
			d.strangers++
		}
	}
	p.send(p.frame("5", ""))
	p.closed()
}

func dial(t *testing.T, addr string) *peer {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &peer{t: t, conn: conn, in: bufio.NewReader(conn), sender: "RAW", target: "SLUICE"}
}

// expect waits for the n-th line of a kind and looks for the rule in it.
func expect(t *testing.T, router *process, name, line, rule string, n int) {
	t.Helper()
	eventually(t, name+": a line in the log", func() bool { return router.count(line) >= n })
	all := strings.Split(router.stderr.String(), "\n")
	seen := 0
	for _, l := range all {
		if strings.Contains(l, line) {
			if seen++; seen == n && !strings.Contains(l, "rule="+rule) {
				t.Errorf("%s: want rule %s in: %s", name, rule, l)
			}
		}
	}
}

// tradeOne sends a small order to the venues of testdata/desk.toml and waits for its end.
func tradeOne(b *blotter) {
	b.t.Helper()
	id := b.send(order.Terms{Account: "ACC1", Symbol: "BOLT", Side: market.Buy, Type: order.Market, Qty: 100, Capacity: 'A', Venues: 1<<6 - 1})
	eventually(b.t, "the other session trades", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.last[id].OrdStatus == '2'
	})
}

const rawVenue = `
[[venue]]
name = "RAWV"
mic = "RAWV"
type = "dark"
caps = ["midpoint", "min-qty", "status"]
[[venue.fees]]
from = "2020-01-01"
per_share_usd = { added = "0", removed = "0" }
[venue.orders]
addr = "@RAW@"
their_comp_id = "RAW"
version = "4.4"

[[instrument]]
`

// TestGarbageOfAVenue is the same from the other side: a venue that answers the Logon and then sends garbage, each time the
// router comes back to it.
func TestGarbageOfAVenue(t *testing.T) {
	slow(t)
	t.Parallel()
	raw, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	d := newDesk(t, nil)
	sim := d.startVenues()
	b, err := os.ReadFile(d.config)
	if err != nil {
		t.Fatal(err)
	}
	d.config = filepath.Join(d.dir, "router.toml")
	s := strings.Replace(string(b), "\n[[instrument]]\n", strings.Replace(rawVenue, "@RAW@", raw.Addr().String(), 1), 1)
	if err := os.WriteFile(d.config, []byte(s), 0o600); err != nil {
		t.Fatal(err)
	}
	router := d.startRouter()
	ems := d.connect()
	p := &peer{t: t, sender: "RAW", target: "SLUICE"}
	for i, c := range bad[:5] {
		p.accept(raw)
		taken := p.seq
		p.send(c.frame(p))
		p.closed()
		p.seq = taken
		expect(t, router, c.name, "fix guard closed the connection", c.rule, i+1)
		if i == 0 {
			time.Sleep(500 * time.Millisecond) // the first quotes
		}
		tradeOne(ems)
	}
	_ = raw.Close() // it does not come back
	d.windDown(ems, router, sim, false)
}

// accept takes the router's connection and answers its Logon.
func (p *peer) accept(l *net.TCPListener) {
	p.t.Helper()
	err := l.SetDeadline(time.Now().Add(generous))
	if err != nil {
		p.t.Fatal(err)
	}
	if p.conn, err = l.Accept(); err != nil {
		p.t.Fatal(err)
	}
	p.in = bufio.NewReader(p.conn)
	p.t.Cleanup(func() { _ = p.conn.Close() })
	p.awaits("A")
	p.send(p.frame("A", "98=0|108=30|"))
}
