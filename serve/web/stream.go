package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/sluice-sor/sluice/serve/view"
)

const (
	period    = 250 * time.Millisecond // four frames a second
	heartbeat = 20                     // periods without news after which a tick is sent all the same
	patience  = 2 * time.Second        // a client that does not take a frame for so long is dropped
)

// Open streams at most: a desk has a handful, and nobody takes those of others (SEC-13).
const (
	streamsMost = 64
	streamsEach = 16 // of one person, or of an address that is not logged in
)

// streams counts the open ones. Its zero value is ready.
type streams struct {
	mu  sync.Mutex
	all int
	of  map[string]int
}

func (s *streams) enter(of string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= streamsMost || s.of[of] >= streamsEach {
		return false
	}
	if s.of == nil {
		s.of = map[string]int{}
	}
	s.all++
	s.of[of]++
	return true
}

func (s *streams) leave(of string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.of[of]--; s.of[of] == 0 {
		delete(s.of, of)
	}
}

// panel is one rendered part of the page.
type panel struct {
	ID   string `json:"id"`
	HTML string `json:"html"`
	sum  uint64
}

// frame is a page's common panels at one place of the journal.
type frame struct {
	state  view.State
	panels []panel
}

// frames renders the common panels of a page at most once a period, whatever the number of readers.
type frames struct {
	mu   sync.Mutex
	made time.Time
	last *frame
}

// frame gives a page's common panels of what v shows. Nothing is looked at while the journal stands still.
func (s *site) frame(f *frames, v Reader, p page, now time.Time) (*frame, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.last != nil && (now.Sub(f.made) < period/2 || now.Sub(f.made) < heartbeat*period && v.Seq() == f.last.state.Seq) {
		return f.last, nil
	}
	next := &frame{state: v.Snapshot()}
	m := s.model(v, &next.state, query{Page: p})
	for _, id := range p.all {
		p, err := s.render(id, m)
		if err != nil {
			return nil, err
		}
		next.panels = append(next.panels, p)
	}
	f.last, f.made = next, now
	return next, nil
}

func (s *site) render(id string, m *model) (panel, error) {
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, id, m); err != nil {
		return panel{}, fmt.Errorf("panel %s: %w", id, err)
	}
	h := fnv.New64a()
	_, _ = h.Write(b.Bytes()) // a hash never fails
	return panel{id, b.String(), h.Sum64()}, nil
}

// stream sends what changed, at most four times a second. There is no queue: each round sends the newest state.
func (s *site) stream(w http.ResponseWriter, r *http.Request) {
	of := addressOf(r)
	if who := readerOf(r); who != nil {
		of = who.person.Name
	}
	if !s.streams.enter(of) {
		http.Error(w, "too many open pages: close one", http.StatusServiceUnavailable)
		return
	}
	defer s.streams.leave(of)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	c := client{w: w, rc: http.NewResponseController(w), ask: asked(r, pageOf(r.URL.Query().Get("page"))), sent: map[string]uint64{}, who: readerOf(r)}
	c.view = s.sight.as(c.who)
	if c.frames = s.frames[c.ask.Page.Name]; c.who != nil && c.who.person.Bound() {
		c.frames = new(frames) // what everybody shares has others' orders in it
	}
	if err := c.write([]byte("retry: 1000\n\n")); err != nil {
		return
	}
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	for {
		if !s.still(r) { // the session ended, or its user did, or may see other things now: the page asks again
			return
		}
		if err := s.round(&c); err != nil {
			s.log.Debug("page stream ended", "err", err)
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-ticker.C:
		}
	}
}

// client is one open page.
type client struct {
	w      io.Writer
	rc     *http.ResponseController
	ask    query
	who    *reader
	view   Reader            // what who may see
	frames *frames           // of view
	sent   map[string]uint64 // sum of each panel it has
	seq    uint64
	idle   int
	began  bool
}

// round sends the client every panel that it does not have yet, and then says that it is up to date.
func (s *site) round(c *client) error {
	f, err := s.frame(c.frames, c.view, c.ask.Page, time.Now())
	if err != nil {
		s.log.Error("page not rendered", "err", err)
		return err
	}
	if c.idle++; c.began && f.state.Seq == c.seq && c.idle < heartbeat {
		return nil
	}
	c.began, c.seq, c.idle = true, f.state.Seq, 0
	var b bytes.Buffer
	for _, p := range f.panels {
		c.add(&b, p)
	}
	if len(c.ask.Page.own) > 0 {
		own := s.model(c.view, &f.state, c.ask)
		s.personal(own, c.who)
		for _, id := range c.ask.Page.own {
			p, err := s.render(id, own)
			if err != nil {
				s.log.Error("page not rendered", "err", err)
				return err
			}
			c.add(&b, p)
		}
	}
	fmt.Fprintf(&b, "event: tick\ndata: {\"seq\":%d,\"at\":\"%s\"}\n\n", f.state.Seq, clock(f.state.At))
	return c.write(b.Bytes())
}

func (c *client) add(b *bytes.Buffer, p panel) {
	if c.sent[p.ID] == p.sum {
		return
	}
	c.sent[p.ID] = p.sum
	data, err := json.Marshal(p)
	if err != nil {
		panic(err) // two strings always encode
	}
	b.WriteString("event: panel\ndata: ")
	b.Write(data)
	b.WriteString("\n\n")
}

func (c *client) write(b []byte) error {
	if err := c.rc.SetWriteDeadline(time.Now().Add(patience)); err != nil && !isUnsupported(err) {
		return err
	}
	if _, err := c.w.Write(b); err != nil {
		return err
	}
	return c.rc.Flush()
}
