package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/router"
)

// socketName is the socket's name in the journal's directory.
const socketName = "control.sock"

// Bounds of one server: people type; nothing else belongs on this socket.
const (
	connectionsMax = 16      // more are closed at once
	lineMax        = 1 << 20 // lists of symbols
	idle           = time.Minute
	answerWithin   = 30 * time.Second
)

// Engine is what the server asks; a shard is one.
type Engine interface {
	Ask(ctx context.Context, decision event.Body) (*event.AnswerPerson, error)
	Doubts() []router.Doubt
	Orphans() []event.RecordOrphan
	Baskets() []event.RecordBasket
	Learning() event.RecordLearning
	Rungs
	Halts() []router.HaltProgress
}

// Path is where the router with this journal directory listens.
func Path(journalDir string) string { return filepath.Join(journalDir, socketName) }

// Listen opens the socket of a journal directory, for its owner alone. Whoever calls it holds the directory's lock, so a
// socket that is there is a killed router's and is taken over.
func Listen(journalDir string) (net.Listener, error) {
	path := Path(journalDir)
	fresh := path + ".new" // it gets its mode before it has its name
	for _, p := range []string{path, fresh} {
		if err := os.Remove(p); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("control socket: %w", err)
		}
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: fresh, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("control socket %s: %w: its path may have about 100 characters; give router.journal_dir a shorter one", path, err)
	}
	l.SetUnlinkOnClose(false)
	if err := errors.Join(os.Chmod(fresh, 0o600), os.Rename(fresh, path)); err != nil {
		return nil, errors.Join(fmt.Errorf("control socket: %w", err), l.Close())
	}
	return &listener{l, path}, nil
}

// listener takes its socket's name away when it closes.
type listener struct {
	*net.UnixListener
	path string
}

// Close implements net.Listener.
func (l *listener) Close() error {
	err := os.Remove(l.path)
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, l.UnixListener.Close())
}

// Serve answers requests until ctx ends, and closes l.
func Serve(ctx context.Context, l net.Listener, answer func(context.Context, *Request) Answer) {
	var open sync.WaitGroup
	defer open.Wait()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() }) // a socket that does not go is taken over at the next start
	defer stop()
	slots := make(chan struct{}, connectionsMax)
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		select {
		case slots <- struct{}{}:
		default:
			_ = conn.Close()
			continue
		}
		open.Go(func() {
			defer func() { <-slots }()
			serve(ctx, conn, answer)
		})
	}
}

// serve answers one connection.
func serve(ctx context.Context, conn net.Conn, answer func(context.Context, *Request) Answer) {
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	in := bufio.NewScanner(conn)
	in.Buffer(nil, lineMax)
	out := json.NewEncoder(conn)
	for {
		_ = conn.SetDeadline(time.Now().Add(idle)) // a closed connection fails at the next read
		if !in.Scan() {
			return
		}
		var r Request
		a := Answer{}
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			a.Error = "the request is no JSON line: " + err.Error()
		} else {
			a = answer(ctx, &r)
		}
		if out.Encode(a) != nil {
			return
		}
	}
}

// Do does what one request asks of the engine, for whoever may ask it: serve/act says who. Venues are the names by id.
func Do(ctx context.Context, r *Request, e Engine, venues []string) Answer {
	switch r.Do {
	case DoList:
		return list(e, venues)
	case DoHalts:
		return Answer{Halts: haltsOf(e, venues)}
	case DoLearning:
		return Answer{Learning: learningOf(e)}
	case DoBaskets:
		return Answer{Baskets: basketsOf(e)}
	}
	if a, ok := climb(r, e); ok {
		return a
	}
	decision, err := r.event(venues)
	if err != nil {
		return Answer{Error: err.Error()}
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	a, err := e.Ask(ctx, decision)
	switch {
	case err != nil:
		return Answer{Error: err.Error()}
	case a.Refused:
		return Answer{Error: a.Text}
	case r.Do == DoCut:
		return Answer{Text: a.Text, Cut: &Cut{Instance: a.Instance, Epoch: a.Epoch, Seq: a.Seq}}
	}
	return Answer{Text: a.Text}
}

func list(e Engine, venues []string) Answer {
	a := Answer{Children: []Child{}}
	for _, d := range e.Doubts() {
		c := &d.Child
		row := Child{Child: c.ID, Parent: c.Parent, Venue: venueName(venues, c.Venue), ClOrdID: d.ClOrdID, VenueOrderID: c.VenueOrderID,
			Symbol: string(c.Symbol), Side: c.Side.String(), Qty: int64(c.Qty), Cum: int64(c.Cum), SinceNs: int64(d.Since), Said: d.Said}
		if c.Limit > 0 {
			row.Limit = c.Limit.String()
		}
		a.Children = append(a.Children, row)
	}
	for _, o := range e.Orphans() {
		a.Orphans = append(a.Orphans, orphanRow(&o, venues))
	}
	return a
}

func haltsOf(e Engine, venues []string) []Halt {
	out := []Halt{}
	for _, h := range e.Halts() {
		row := Halt{Client: h.Client, Symbol: string(h.Symbol), Venue: h.Venue, Algorithm: h.Algorithm, Actor: h.Actor, Reason: h.Reason, SinceNs: int64(h.At),
			Total: h.Total, Open: h.Open, Sent: h.Sent, Confirmed: h.Confirmed, Unknown: h.Unknown, Flat: h.Flat}
		for _, v := range h.Venues {
			row.Venues = append(row.Venues, venueName(venues, v))
		}
		out = append(out, row)
	}
	return out
}

func orphanRow(o *event.RecordOrphan, venues []string) Orphan {
	r := &o.Report
	row := Orphan{Orphan: o.Orphan, Venue: venueName(venues, r.Venue), ClOrdID: r.ClOrdID, VenueOrderID: r.VenueOrderID, ExecID: r.ExecID,
		Symbol: string(r.Symbol), Qty: int64(r.Qty), Cum: int64(r.Cum), Leaves: int64(r.Leaves), SinceNs: int64(o.Since), Reports: o.Reports, Said: r.Text}
	if r.Side != 0 {
		row.Side = r.Side.String()
	}
	if r.Px > 0 {
		row.Price = r.Px.String()
	}
	return row
}

func venueName(venues []string, id market.VenueID) string {
	if int(id) < len(venues) {
		return venues[id]
	}
	return fmt.Sprintf("venue %d", id)
}
