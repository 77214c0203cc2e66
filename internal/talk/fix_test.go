package talk

import (
	"context"
	"flag"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/serve"
	"github.com/sluice-sor/sluice/serve/config"
)

// runs tells the CompIDs of one stage from another's: quickfixgo knows sessions by their ids in the whole process.
var runs atomic.Uint64

// fixStage is a whole router, with journal and store, between clients and venues on stock quickfixgo over TCP.
type fixStage struct {
	place  place
	file   *config.File
	router *serve.Router
	peers  map[string]*fixPeer
	seen   map[uint64]bool // alerts that were taken
	orders map[string]string
	closed bool
}

func newFIXStage(t *testing.T, s *script, client, venue string) *fixStage {
	t.Helper()
	f := &fixStage{peers: map[string]*fixPeer{}, seen: map[uint64]bool{}, orders: map[string]string{}}
	f.place = place{run: strconv.FormatUint(runs.Add(1), 10), client: client, venue: venue, clients: s.named(clientNames[:]), venues: s.named(venueNames[:]),
		tactics: map[string]string{"ack_timeout": s.patience(), "settle_wait": s.patience(), "internal_wait": s.patience()}}
	for _, v := range f.place.venues {
		p := newFixPeer(t, venue, v+f.place.run, "SOR"+f.place.run)
		if err := p.listen(); err != nil { // before the router dials: it pauses after a failure
			t.Fatal(err)
		}
		f.place.ports = append(f.place.ports, p.port)
		f.peers[v] = p
	}
	for _, c := range f.place.clients {
		f.peers[c] = newFixPeer(t, client, strings.ToUpper(c)+f.place.run, "SOR"+f.place.run)
	}
	f.file = f.place.configure(t, s)
	t.Cleanup(func() {
		_ = f.end()
		for _, p := range f.peers {
			p.close()
		}
	})
	if err := f.start(); err != nil {
		t.Fatal(err)
	}
	for name := range f.peers {
		if err := f.link(name, true); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// start opens the router and gives it a market.
func (f *fixStage) start() (err error) {
	if f.router, err = serve.Open(context.Background(), f.file, serve.Options{Fast: true, SegmentBytes: 1 << 20}); err != nil {
		return err
	}
	if err := f.router.Start(); err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(f.router.ClientAddr().String())
	if err != nil {
		return err
	}
	for _, c := range f.place.clients {
		f.peers[c].port = port
	}
	for _, v := range f.place.venues {
		if err := f.quote(v, "50", "50.01", "2000"); err != nil {
			return err
		}
	}
	return nil
}

func (f *fixStage) version(peer string) string {
	if isVenue(peer) {
		return f.place.venue
	}
	return f.place.client
}

func (f *fixStage) say(peer string, m message) error { return f.peers[peer].say(m) }

func (f *fixStage) next(peer, kind string) (m message, err error) {
	if peer != "alert" {
		if m, err = f.peers[peer].next(); err == nil && !isVenue(peer) && m.kind == "8" {
			f.orders[peer+" "+m.get(11)] = m.get(37)
		}
		return m, err
	}
	err = eventually("alert "+kind, func() bool {
		for _, a := range f.router.View().Snapshot().Alerts {
			if a.Code == kind && !f.seen[a.Seq] {
				f.seen[a.Seq] = true
				m.kind = a.Code
				return true
			}
		}
		return false
	})
	return m, err
}

// rest is complete once the router has stopped.
func (f *fixStage) rest() (out []heard) {
	if !f.closed {
		return nil
	}
	for name, p := range f.peers {
		p.mu.Lock()
		for _, m := range p.in {
			out = append(out, heard{name, m})
		}
		for _, err := range p.faults {
			out = append(out, heard{name, message{kind: err.Error()}})
		}
		p.mu.Unlock()
	}
	return out
}

func (f *fixStage) child(string) (message, error) { return message{}, errCannot }

// link stops or starts a peer, and returns when the router has noticed.
func (f *fixStage) link(name string, up bool) error {
	p := f.peers[name]
	if up {
		if err := p.open(); err != nil {
			return err
		}
		if err := eventually(name+" is logged on", p.loggedOn); err != nil {
			return err
		}
	} else {
		p.close()
	}
	return eventually(fmt.Sprintf("the router sees %s up=%v", name, up), func() bool {
		s := f.router.View().Snapshot()
		for _, v := range s.Venues {
			if v.Name == name {
				return v.Up == up
			}
		}
		for _, c := range s.Clients {
			if c.Name == name {
				return c.Up == up
			}
		}
		return false
	})
}

// wait does nothing: what a script expects after it is waited for.
func (f *fixStage) wait(time.Duration) error { return nil }

func (f *fixStage) quote(venue, bid, ask, size string) error {
	b, err1 := market.ParsePrice(bid)
	a, err2 := market.ParsePrice(ask)
	q, err3 := strconv.Atoi(size)
	if err1 != nil || err2 != nil || err3 != nil {
		return fmt.Errorf("%v %v %v", err1, err2, err3)
	}
	book := market.Book{BidDepth: 1, AskDepth: 1}
	book.Bids[0], book.Asks[0] = market.Level{Price: b, Size: market.Qty(q)}, market.Level{Price: a, Size: market.Qty(q)}
	f.router.Shard().Market().Book(market.VenueID(slices.Index(f.place.venues, venue)), symbol, &book)
	return nil
}

func (f *fixStage) desk(what, client, clOrdID string) error {
	_, n, ok := strings.Cut(f.orders[client+" "+clOrdID], "-")
	id, err := strconv.ParseUint(n, 36, 64)
	if !ok || err != nil {
		return fmt.Errorf("the desk knows no order %q", clOrdID)
	}
	return f.router.Shard().Submit(&event.ParentSteered{Parent: order.ParentID(id), Steer: steers[what], Actor: "desk"})
}

// restart stops the router and opens it again on its journal; every session is down until the script brings it up.
func (f *fixStage) restart() error {
	for _, p := range f.peers {
		p.close()
	}
	if err := f.router.Close(); err != nil {
		return err
	}
	return f.start()
}

func (f *fixStage) end() error {
	if f.closed || f.router == nil {
		return nil
	}
	for _, p := range f.peers { // what is on its way arrives first
		if p.stop != nil && p.loggedOn() {
			if err := p.read(); err != nil {
				return err
			}
		}
	}
	err := f.router.Close()
	f.closed = true
	return err
}

// named gives those sessions that the script needs, at least the first: every session costs a dictionary.
func (s *script) named(all []string) []string {
	out := all[:1:1]
	for _, name := range all[1:] {
		if slices.ContainsFunc(s.lines, func(l line) bool { return strings.Contains(l.text, name) }) {
			out = append(out, name)
		}
	}
	return out
}

// patience is how long a venue may be silent: on a slow machine longer than it would be live, but a link that comes back
// swallows what was sent before its gap was filled, and that is asked for again.
func (s *script) patience() string {
	for i := range s.lines {
		if l := &s.lines[i]; l.op == opRestart || l.op == opLink {
			return `"3s"`
		}
	}
	return `"30s"`
}

// overFIX reports why a script is not played over FIX, empty if it is.
func (s *script) overFIX() string {
	for i := range s.lines {
		switch l := &s.lines[i]; {
		case l.op == opTime:
			if d, err := time.ParseDuration(strings.TrimPrefix(l.args[0], "+")); err != nil || d > time.Second {
				return "it waits for " + l.args[0]
			}
		}
	}
	return ""
}

var all = flag.Bool("all", false, "play every script over FIX that can be, not only those marked wire")

// TestConversationsOverFIX plays scripts that need no clock of their own through whole routers, in the pairs of versions by
// turns.
func TestConversationsOverFIX(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a router for each script")
	}
	n := 0
	var sum total
	defer sum.print(t, "conversations over FIX")
	for _, s := range readScripts(t) {
		if s.name == "" || s.overFIX() != "" || !s.wire && !*all {
			continue
		}
		pairs := s.pairs()
		pair := pairs[n%len(pairs)]
		n++
		t.Run(strings.TrimSuffix(filepath.Base(s.file), ".txt")+"/"+s.name, func(t *testing.T) {
			t.Parallel()
			defer sum.add(t)
			if err := newPlayer(newFIXStage(t, s, pair[0], pair[1]), false).play(s); err != nil {
				t.Errorf("FAIL %s over FIX: client and venue speak %s: %v", s.name, short(pair), err)
			}
		})
	}
}
