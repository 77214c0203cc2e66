package venues

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw"
	"github.com/sluice-sor/sluice/fixgw/session"
	fixstore "github.com/sluice-sor/sluice/fixgw/store"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/sim"
	"github.com/sluice-sor/sluice/serve/config"
)

// Options are what a process gives beside its file.
type Options struct {
	Log    *slog.Logger
	Listen string            // host:port; empty takes the port of the first venue's order session
	OnFill func(*sim.Report) // told of each fill of a router's order, from the market's goroutine
	Truth  io.Writer         // gets lines of Truth as JSON; nil = none
}

// Open builds the market that the file describes and opens its port.
func Open(file *config.File, o Options) (*Exchange, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := file.CheckVenues(); err != nil {
		return nil, err
	}
	x := &Exchange{log: o.Log, speed: 1, start: wall(), requests: make(chan func(), 65_536), onFill: o.OnFill, truth: o.Truth}
	if file.Market.Kind == config.Synthetic && file.Market.Speed > 0 {
		x.speed = file.Market.Speed
	}
	for i := range file.Venues {
		x.names = append(x.names, file.Venues[i].Name)
		x.mics = append(x.mics, file.Venues[i].MIC)
	}
	if err := onePort(file); err != nil {
		return nil, err
	}
	var err error
	if x.market, err = sim.New(x.simConfig(file)); err != nil {
		return nil, err
	}
	if err = x.populate(file); err != nil {
		return nil, err
	}
	store, err := x.openStore(file)
	if err != nil {
		return nil, err
	}
	if x.server, err = fixgw.NewVenueServer(x.serverConfig(file, o, store)); err != nil {
		x.closeStore()
		var op *net.OpError
		if errors.As(err, &op) {
			err = fmt.Errorf("the venues' port: %w: free it, or give every venue.orders.addr and venue.market_data.addr another", err)
		}
		return nil, err
	}
	return x, nil
}

// onePort reports sessions that do not share one address: the venues are served on one port, told apart by CompIDs.
func onePort(file *config.File) error {
	var errs []error
	first := ""
	for i := range file.Venues {
		v := &file.Venues[i]
		if file.Market.Venues[i].Elsewhere {
			continue
		}
		for _, s := range [...]struct{ key, addr string }{{"orders", v.Orders.Addr}, {"market_data", v.MarketData.Addr}} {
			switch {
			case s.addr == "" || s.addr == first:
			case first == "":
				first = s.addr
			default:
				errs = append(errs, fmt.Errorf("%s: venue[%s].%s.addr: is %s, while the first venue's is %s: the simulated venues share one port, give them all the same; for a venue that somebody else serves, set simulated = false in its [[market.venue]]",
					file.Path, v.Name, s.key, s.addr, first))
			}
		}
	}
	return errors.Join(errs...)
}

// openStore keeps the sessions' numbers and reports in a journal of their own, so that a router's sessions go on over a
// restart of the venues, whose orders are then gone.
func (x *Exchange) openStore(file *config.File) (quickfix.MessageStoreFactory, error) {
	if file.Market.JournalDir == "" {
		return quickfix.NewMemoryStoreFactory(), nil
	}
	kind := uint16(event.KindFIXStore)
	j, found, err := journal.Open(journal.Config{Dir: file.Market.JournalDir, Router: "venues", SegmentBytes: 8 << 20, Sync: journal.Fast,
		Known: func(t journal.Type, v uint8) bool { return t == kind && v == fixstore.Version }})
	if err != nil {
		return nil, err
	}
	x.journal = j
	quotes := map[string]bool{}
	for i := range file.Venues {
		if v := &file.Venues[i]; v.MarketData.IsSet() {
			s := mirror(&v.MarketData)
			quotes[s.ID().String()] = true
		}
	}
	x.sessions = fixstore.NewFactory(fixstore.Config{Log: fixstore.OnJournal(j), Kind: kind,
		Reports: func(id quickfix.SessionID) bool { return !quotes[id.String()] }})
	in := j.Read(0)
	defer in.Close()
	for at := uint64(0); at < found.Last; {
		rec, err := in.Next(context.Background())
		if err != nil {
			return nil, errors.Join(err, j.Close())
		}
		at = rec.Seq
		if err := x.sessions.Recover(rec.Seq, rec.Version, rec.Payload); err != nil {
			return nil, errors.Join(err, j.Close())
		}
	}
	x.sessions.Seal()
	return x.sessions, nil
}

func (x *Exchange) closeStore() {
	if x.journal == nil {
		return
	}
	if err := errors.Join(x.sessions.Close(), x.journal.Close()); err != nil {
		x.log.Error("the venues' journal did not close cleanly", "error", err)
	}
}

// simConfig is the market without its flow. A venue that somebody else serves stays in it, empty and without a session,
// so that the others keep their numbers.
func (x *Exchange) simConfig(file *config.File) sim.Config {
	cfg := sim.Config{Start: x.start, Seed: file.Market.Seed, Symbols: file.Instruments,
		OnReport: x.onReport, OnBook: x.onBook, OnTrade: x.onTrade}
	for i := range file.Venues {
		s := &file.Market.Venues[i]
		cfg.Venues = append(cfg.Venues, sim.VenueSpec{Venue: file.Venues[i].Venue, Order: latency(s.Order), Feed: latency(s.Feed),
			// A venue that starts anew must not repeat the ids of its former run on the same day.
			Prefix: fmt.Sprintf("%s-%d-", file.Venues[i].Name, x.start/market.Time(market.Second)),
			Rules: sim.Rules{PostOnlySlide: s.Rules.PostOnlySlide, RoundLotsOnly: s.Rules.RoundLotsOnly, SizePriority: s.Rules.SizePriority,
				MinQtyAggregate: s.Rules.MinQtyAggregate, ViewDelay: int64(s.Rules.ViewDelay)}})
	}
	return cfg
}

func latency(l config.Latency) sim.Latency {
	return sim.Latency{Base: int64(l.Base), Jitter: int64(l.Jitter), Tail: int64(l.Tail), TailProb: l.TailProb}
}

// populate brings the flow: agents, or recordings with latent interest in the dark venues.
func (x *Exchange) populate(file *config.File) error {
	flow := flowOf(file)
	if file.Market.Kind == config.Synthetic {
		return x.market.Populate(flow)
	}
	if file.Market.Kind == config.Recorded {
		return x.playOwn(file, flow)
	}
	for i := range file.Market.Recordings {
		r := &file.Market.Recordings[i]
		if err := x.replay(file, r); err != nil {
			return fmt.Errorf("%s: market.recording[%s]: %w", file.Path, r.Symbol, err)
		}
	}
	return x.market.PopulateDark(flow.Venues)
}

// replay puts one recorded day on the venues.
func (x *Exchange) replay(file *config.File, r *config.Recording) error {
	opt := sim.ReplayOptions{From: 9*market.Hour + 30*market.Minute, Speed: file.Market.Speed}
	if start := file.Market.Start; start != 0 {
		opt.From = int64(start)
	}
	if file.Market.Kind == config.Lobster {
		data, err := readLobster(r.Messages, r.Book)
		if err != nil {
			return err
		}
		rep, err := x.market.ReplayLobster(r.Venue, r.Symbol, data, opt)
		if err != nil {
			return err
		}
		x.limits = append(x.limits, string(r.Symbol)+": "+rep.Limits())
		return nil
	}
	data, err := ReadTape(r.Quotes, r.Trades)
	if err != nil {
		return err
	}
	rep, err := x.market.ReplayTape(r.Symbol, data, codes(file), opt)
	if err != nil {
		return err
	}
	x.limits = append(x.limits, string(r.Symbol)+": "+rep.Limits())
	return nil
}

// codes joins the tape's letters to the venues.
func codes(file *config.File) (out []sim.VenueCode) {
	for i := range file.Market.Venues {
		if c := file.Market.Venues[i].Code; c != "" {
			out = append(out, sim.VenueCode{Code: c[0], Venue: market.VenueID(i)})
		}
	}
	return out
}

func readLobster(messages, book string) (*sim.Lobster, error) {
	if messages == book { // one archive with both
		f, size, err := openSized(messages)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return sim.LobsterFromZip(messages, f, size)
	}
	m, err := os.Open(messages)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	b, err := os.Open(book)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	return sim.ReadLobster(sim.Source{Name: messages, Reader: m}, sim.Source{Name: book, Reader: b})
}

// ReadTape reads a recorded tape from the archives of its quote and trade files.
func ReadTape(quotes, trades string) (*sim.Tape, error) {
	q, qSize, err := openSized(quotes)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	t, tSize, err := openSized(trades)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return sim.TapeFromZips(quotes, q, qSize, trades, t, tSize)
}

func openSized(name string) (*os.File, int64, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

// serverConfig gives every venue its sessions, the mirror of the router's.
func (x *Exchange) serverConfig(file *config.File, o Options, store quickfix.MessageStoreFactory) fixgw.VenueServerConfig {
	cfg := fixgw.VenueServerConfig{Handler: x, Common: fixgw.Common{Store: store, Log: o.Log, Alarm: func(a session.Alarm) {
		x.log.Warn("fix", "session", a.Session.String(), "alarm", string(a.Kind), "text", a.Text)
	}}}
	cfg.Acceptor = session.AcceptorConfig{Address: o.Listen, PerIP: 2 * len(file.Venues), Total: 4 * len(file.Venues)}
	for i := range file.Venues {
		v := &file.Venues[i]
		if file.Market.Venues[i].Elsewhere {
			continue
		}
		if cfg.Acceptor.Address == "" {
			cfg.Acceptor.Address = v.Orders.Addr
		}
		one := fixgw.ServedVenue{Name: v.Name, Orders: mirror(&v.Orders)}
		if v.MarketData.IsSet() {
			one.Quotes = mirror(&v.MarketData)
		}
		cfg.Venues = append(cfg.Venues, one)
	}
	return cfg
}

// mirror is the other side of a session that the router opens. A simulated venue that starts anew has lost its numbers,
// so it lets the router reset them.
func mirror(s *config.Session) session.Config {
	return session.Config{BeginString: s.Version.BeginString(), SenderCompID: s.TheirCompID, TargetCompID: s.OurCompID,
		HeartBtInt: s.Heartbeat, AllowReset: true, Reconnect: time.Second}
}
