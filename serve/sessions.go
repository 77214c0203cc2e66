package serve

import (
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw"
	"github.com/sluice-sor/sluice/fixgw/session"
	"github.com/sluice-sor/sluice/fixgw/wire"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/serve/access"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/metrics"
	"github.com/sluice-sor/sluice/serve/secure"
)

// openSessions makes the FIX side of the file: clients, venues, market data. Nothing connects before Start.
func (r *Router) openSessions() (err error) {
	common := fixgw.Common{Store: r.fix, Log: r.log, Alarm: r.alarm}
	if r.quotes, err = r.openQuotes(common); err != nil {
		return err
	}
	if r.venues, err = r.openVenues(common); err != nil {
		return err
	}
	r.rush.urgent = r.venues.Urgent
	r.clients, err = r.openClients(common)
	return err
}

func (r *Router) openClients(common fixgw.Common) (*fixgw.Clients, error) {
	cfg := fixgw.ClientsConfig{Common: common, Sink: &adminSink{r}}
	cfg.Acceptor = session.AcceptorConfig{Address: r.file.FIX.ListenAddr, Plaintext: r.file.FIX.TLS.Waiver, Allow: r.file.FIX.Allow}
	var err error
	if cfg.Acceptor.TLS, err = secure.Server(&r.file.FIX.TLS); err != nil {
		return nil, fmt.Errorf("fix: %w", err)
	}
	venues := r.file.MarketVenues()
	for i := range r.file.Clients {
		c := &r.file.Clients[i]
		one := fixgw.ClientConfig{Name: c.Name, Session: acceptedSession(c),
			Dialect: fixgw.Dialect{Instance: r.shard.Instance(), Terms: fixgw.TermsRules{Venues: venues, Accounts: c.Accounts}}}
		one.Session.Certificates, one.Session.Held = r.certificates(c.Certificates, c.CompID), r.rush.on
		cfg.Clients = append(cfg.Clients, one)
	}
	if cfg.Copies, err = r.copies(fixgw.Dialect{Instance: r.shard.Instance(), Terms: fixgw.TermsRules{Venues: venues}}); err != nil {
		return nil, err
	}
	clients, err := fixgw.NewClients(cfg)
	var op *net.OpError
	if errors.As(err, &op) {
		err = fmt.Errorf("fix.listen_addr: %w: free the port or name another", err)
	}
	return clients, err
}

// certificates gives the names of which a peer's certificate must carry one. A certificate of the authority is not enough:
// it must be this peer's (SEC-01).
func (r *Router) certificates(names []string, compID string) []string {
	switch {
	case r.file.FIX.TLS.CAFile == "":
		return nil
	case len(names) == 0:
		return []string{compID}
	}
	return names
}

// acceptedSession is a session that somebody opens to us.
func acceptedSession(c *config.Client) session.Config {
	s := session.Config{BeginString: c.Version.BeginString(), SenderCompID: c.OurCompID, TargetCompID: c.CompID,
		TolerateUserFields: true, TolerateUnknownFields: true, AllowReset: c.AllowReset}
	if c.Username == "" {
		return s
	}
	user, password := c.Username, c.Password.Reveal()
	var guess sync.Mutex // a hash takes 46 MiB to compare: one Logon of a session at a time
	s.Authenticate = func(l session.Logon) error {
		named, known := equal(l.Username, user), false
		if access.IsHash(password) {
			guess.Lock()
			known = access.Matches(password, l.Password)
			guess.Unlock()
		} else {
			known = equal(l.Password, password)
		}
		if !named || !known {
			return errors.New("user name (553) or password (554) is wrong")
		}
		return nil
	}
	return s
}

func (r *Router) openVenues(common fixgw.Common) (*fixgw.Venues, error) {
	cfg := fixgw.VenuesConfig{Common: common, Sink: r.shard, MayLeave: r.shard.MayLeave}
	for i := range r.file.Venues {
		v := &r.file.Venues[i]
		s, err := venueSession(&v.Orders)
		if err != nil {
			return nil, fmt.Errorf("venue %s: %w", v.Name, err)
		}
		p := &v.Orders.Profile
		s.Throttle, s.ResetOnLogon = throttle(p), p.ResetOnLogon
		s.Held = r.rush.on
		cfg.Venues = append(cfg.Venues, fixgw.VenueConfig{Session: s, Profile: profile(market.VenueID(i), r.shard.Instance(), p)})
		r.log.Info("venue profile", "venue", v.Name, "profile", p.String(), "busts", string(p.BustPath))
	}
	return fixgw.NewVenues(cfg)
}

// profile is how the venue's FIX differs (VEN-01).
func profile(id market.VenueID, instance uint32, p *config.Profile) fixgw.Profile {
	out := fixgw.Profile{Venue: id, Instance: instance, NoStatus: !p.StatusRequests, PostOnly: p.PostOnlyInst, ExecInst: p.ExecInst,
		ExDestination: p.ExDestination, Account: p.Account, HandlInst: p.HandlInst, HideByMaxFloor: p.HideByMaxFloor,
		LiquidityTag: p.LiquidityTag, Liquidity: p.Liquidity}
	if p.PegByOrdType {
		out.Pegs = fixgw.PegByOrdType
	}
	for _, one := range p.Parties {
		out.Parties = append(out.Parties, fixgw.Party(one))
	}
	return out
}

// throttle is the pace at which the venue takes messages (PACE-01).
func throttle(p *config.Profile) session.Throttle {
	if p.MsgPerSec == 0 {
		return session.Throttle{}
	}
	return session.Throttle{Rate: p.MsgPerSec, Burst: max(1, p.MsgPerSec/10), CancelShare: p.CancelPct / 100}
}

func (r *Router) openQuotes(common fixgw.Common) (*fixgw.MarketData, error) {
	cfg := fixgw.MarketDataConfig{Common: common, Sink: r.shard.Market()}
	for i := range r.file.Venues {
		v := &r.file.Venues[i]
		if !v.MarketData.IsSet() {
			continue
		}
		s, err := venueSession(&v.MarketData)
		if err != nil {
			return nil, fmt.Errorf("venue %s: market data: %w", v.Name, err)
		}
		s.Held = r.rush.on
		cfg.Feeds = append(cfg.Feeds, fixgw.FeedConfig{Venue: market.VenueID(i), Session: s})
	}
	d, err := fixgw.NewMarketData(cfg)
	if err != nil {
		return nil, err
	}
	for i := range r.file.Venues {
		for _, in := range r.file.Instruments {
			if r.file.Venues[i].MarketData.IsSet() {
				d.Watch(market.VenueID(i), in.Symbol)
			}
		}
	}
	return d, nil
}

// venueSession is a session that we open.
func venueSession(v *config.Session) (session.Config, error) {
	s := session.Config{BeginString: v.Version.BeginString(), SenderCompID: v.OurCompID, TargetCompID: v.TheirCompID,
		HeartBtInt: v.Heartbeat, Username: v.Username}
	if v.Username != "" {
		password := v.Password
		s.Password = func() string { return password.Reveal() }
	}
	s.Dial = wire.Dial{Address: v.Addr, Plaintext: v.TLS.Waiver}
	var err error
	s.Dial.TLS, err = secure.Client(&v.TLS)
	return s, err
}

// alarm is what a FIX session wants people to know. What concerns orders is an event too, for the page and the journal;
// market data, and what venues announce, could be as frequent as quotes.
func (r *Router) alarm(a session.Alarm) {
	r.log.Error("fix alarm", "session", a.Session.String(), "kind", string(a.Kind), "text", a.Text)
	if e := r.alarmed(a); e != nil && a.Kind != fixgw.AlarmNews && a.Kind != fixgw.AlarmLost {
		_ = r.shard.Submit(e) // refused only when the shard stops; the log has it
	}
}

// alarmed finds whose session it is, nil for one that carries no orders.
func (r *Router) alarmed(a session.Alarm) *event.SessionAlarmed {
	for i := range r.file.Clients {
		if s := acceptedSession(&r.file.Clients[i]); s.ID() == a.Session {
			return &event.SessionAlarmed{Venue: -1, Client: r.file.Clients[i].Name, Alarm: string(a.Kind), Text: a.Text}
		}
	}
	for i := range r.file.Venues {
		v := &r.file.Venues[i].Orders
		id := quickfix.SessionID{BeginString: v.Version.BeginString(), SenderCompID: v.OurCompID, TargetCompID: v.TheirCompID}
		if v.IsSet() && id == a.Session {
			return &event.SessionAlarmed{Venue: int32(i), Alarm: string(a.Kind), Text: a.Text}
		}
	}
	return nil
}

// sessionNames maps the clients' session ids to their names: the sessions whose reports are stored and replayed.
func (r *Router) sessionNames() map[string]string {
	names := map[string]string{}
	for i := range r.file.Clients {
		s := acceptedSession(&r.file.Clients[i])
		names[s.ID().String()] = r.file.Clients[i].Name
	}
	return names
}

func sessionStats(s session.Stats) metrics.SessionStats {
	out := metrics.SessionStats{Sent: s.Sent, Refused: s.Refused + s.NeverSent, Stale: s.Stale, Queued: s.Queued, Paced: s.Paced, Unread: s.Unread,
		Drops: map[string]uint64{}}
	for rule, n := range s.Violations {
		out.Drops[string(rule)] = n
	}
	return out
}
