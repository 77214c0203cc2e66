package doctor

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/report"
	"github.com/sluice-sor/sluice/serve/words"
)

// Options says what to check and with what.
type Options struct {
	Path string // the configuration file
	// OpenStore opens the store at a URL, reads from it and closes it; nil leaves the check out.
	OpenStore func(ctx context.Context, target string) error
	// LimitUse gives how much of each limit was used, by the store at a URL; nil leaves the check out.
	LimitUse func(ctx context.Context, target string, l risk.Limits, from, to time.Time) ([]report.Use, error)
	// Timeout bounds each connection and the opening of the store; 0 is 2 s.
	Timeout time.Duration
	// Now is the clock; nil is the system's.
	Now func() time.Time
	// Limit gives a resource limit of this process; nil asks the system.
	Limit func(resource int) (uint64, error)
}

// doctor is one examination.
type doctor struct {
	Options
	file    *config.File
	report  Report
	running bool // another process holds the journal
}

// Run checks everything it can; a file that does not load ends it, because nothing else is known then.
func Run(ctx context.Context, o Options) *Report {
	if o.Timeout <= 0 {
		o.Timeout = 2 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	d := &doctor{Options: o}
	if d.configuration() {
		d.journal()
		d.lastRun(ctx)
		d.records(ctx)
		d.asks(ctx)
		d.ports()
		d.certificates()
		d.auditLog()
		d.auditHead(ctx)
		d.hours()
		d.profiles()
		d.figures()
		d.desks()
		d.limits()
		d.controls()
		d.venues(ctx)
		d.store(ctx)
		d.models(ctx)
		d.attest()
		d.trusted()
		d.security()
		d.process()
	}
	d.clock()
	return &d.report
}

func (d *doctor) configuration() bool {
	file, err := config.Load(d.Path)
	if err != nil {
		d.problems(err)
		return false
	}
	d.file = file
	d.report.add("configuration", OK, "", "%s: %s, %s, %s", d.Path, words.Count(len(file.Venues), "venue", "venues"),
		words.Count(len(file.Instruments), "instrument", "instruments"), words.Count(len(file.Clients), "client", "clients"))
	d.problems(file.CheckRoute())
	return true
}

func (d *doctor) problems(err error) {
	var ps config.Problems
	switch {
	case err == nil:
	case errors.As(err, &ps):
		for _, p := range ps {
			text := p.File
			if p.Key != "" {
				text += ": " + p.Key
			}
			d.report.add("configuration", Fail, p.Remedy, "%s: %s", text, p.Wrong)
		}
	default:
		d.report.add("configuration", Fail, "mend the file", "%v", err)
	}
}

// ports listens on each port for a moment.
func (d *doctor) ports() {
	for _, p := range []struct{ key, addr string }{
		{"fix.listen_addr", d.file.FIX.ListenAddr}, {"router.http_addr", d.file.Router.HTTPAddr}, {"router.metrics_addr", d.file.Router.MetricsAddr},
	} {
		check := "port " + p.key
		if p.addr == "" {
			d.report.add(check, OK, "", "none is wanted")
			continue
		}
		ln, err := net.Listen("tcp", p.addr)
		switch {
		case err == nil:
			_ = ln.Close() // it was ours alone
			d.report.add(check, OK, "", "%s is free", p.addr)
		case d.running:
			d.report.add(check, Warn, "", "%s is taken, as it is beside a running router", p.addr)
		default:
			d.report.add(check, Fail, "stop what listens there (ss -ltnp shows it), or change "+p.key, "%s: %v", p.addr, cause(err))
		}
	}
}

// cause gives the reason of a network or file error without the address or path that the message has already.
func cause(err error) error {
	var op *net.OpError
	var path *fs.PathError
	switch {
	case errors.As(err, &op):
		return op.Err
	case errors.As(err, &path):
		return path.Err
	}
	return err
}

// profiles says which profile of each venue is in force (VEN-01), and where a person must do what no session tells.
func (d *doctor) profiles() {
	for i := range d.file.Venues {
		v := &d.file.Venues[i]
		if !v.Orders.IsSet() {
			continue
		}
		p := &v.Orders.Profile
		check := "venue " + v.Name + " profile"
		switch p.BustPath {
		case config.BustSession:
			d.report.add(check, OK, "", "%v", p)
		case config.BustDropCopy:
			d.report.add(check, Warn, bustsByHand, "%v: the venue tells of busts on a drop copy only, which Sluice does not read", p)
		case config.BustNextDay:
			d.report.add(check, Warn, bustsByHand, "%v: the venue tells of busts off its session, the next day", p)
		}
	}
}

// desks names the venues whose people a halt that is not confirmed would not know how to reach (KILL-04).
func (d *doctor) desks() {
	var without []string
	for i := range d.file.Venues {
		if v := &d.file.Venues[i]; v.Desk == "" {
			without = append(without, v.Name)
		}
	}
	if len(without) > 0 {
		d.report.add("desks", Warn, `give each venue.desk = "name, telephone"`, "nobody to call after a halt that is not confirmed at %s", strings.Join(without, ", "))
		return
	}
	d.report.add("desks", OK, "", "each venue has one to call")
}

// bustsByHand is what people must do of busts that no session tells.
const bustsByHand = "watch what the venue says of busts, and tell the client and your books: Sluice keeps the trade; `sluice reconcile` with the venue's file shows those that were missed"

// session is one connection to try.
type session struct {
	check, addr string
}

// venues connects to every venue, all at once, without logging on.
func (d *doctor) venues(ctx context.Context) {
	var all []session
	for i := range d.file.Venues {
		v := &d.file.Venues[i]
		if v.Orders.IsSet() {
			all = append(all, session{check: "venue " + v.Name + " orders", addr: v.Orders.Addr})
		}
		if v.MarketData.IsSet() {
			all = append(all, session{check: "venue " + v.Name + " market data", addr: v.MarketData.Addr})
		}
	}
	answers := d.dialAll(ctx, all)
	for _, s := range all {
		if err := answers[s.addr]; err != nil {
			d.report.add(s.check, Fail, "start the venue (simulated ones: `sluice venues -c "+d.Path+"`), or mend its addr or the way there", "%s: %v", s.addr, cause(err))
			continue
		}
		d.report.add(s.check, OK, "", "%s answers", s.addr)
	}
}

// dialAll tries each address once, because a venue may serve several sessions at one.
func (d *doctor) dialAll(ctx context.Context, all []session) map[string]error {
	answers := map[string]error{}
	for _, s := range all {
		answers[s.addr] = nil
	}
	var mu sync.Mutex
	var dials sync.WaitGroup
	for _, addr := range slices.Sorted(maps.Keys(answers)) { // at most two for each of 64 venues
		dials.Go(func() {
			err := d.dial(ctx, addr)
			mu.Lock()
			answers[addr] = err
			mu.Unlock()
		})
	}
	dials.Wait()
	return answers
}

func (d *doctor) dial(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	return conn.Close()
}

// security names what the file permits that a review would ask about (SEC-02).
func (d *doctor) security() {
	open := 0
	if d.file.FIX.TLS.Waiver {
		open++
		d.report.add("plaintext", Warn, "set tls = true when the line is not your own", "clients may log on without TLS at %s", d.file.FIX.ListenAddr)
	}
	for i := range d.file.Venues {
		v := &d.file.Venues[i]
		for _, s := range []*config.Session{&v.Orders, &v.MarketData} {
			if s.IsSet() && s.TLS.Waiver && !s.TLS.On {
				open++
				d.report.add("plaintext", Warn, "set tls = true when the line is not your own", "venue %s is reached without TLS at %s", v.Name, s.Addr)
			}
		}
	}
	if open == 0 {
		d.report.add("plaintext", OK, "", "none beyond this machine")
	}
}
