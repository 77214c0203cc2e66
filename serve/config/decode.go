package config

import (
	"fmt"
	"math"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/table"
	"github.com/sluice-sor/sluice/serve/access"
	"github.com/sluice-sor/sluice/serve/audit"
)

// Bounds that no real value reaches, so that sums of what is read cannot overflow.
const (
	maxShares  = int64(1e12)
	maxDollars = int64(9e12) * 1_000_000 // micro-dollars
	maxEntries = 10_000
	maxTime    = 24 * time.Hour
)

// decode fills f from the whole file.
func (f *File) decode(root *section) {
	f.decodeRouter(root.sub("router"))
	f.decodeJournal(root.sub("journal"))
	f.decodeModels(root.sub("models"))
	f.Attest = root.sub("attest").attest()
	f.decodeFIX(root.sub("fix"))
	f.Hours = root.sub("hours").hours()
	for i, s := range root.tables("client", maxEntries) {
		f.Clients = append(f.Clients, f.decodeClient(s, i))
	}
	for i, s := range root.tables("venue", market.MaxVenues) {
		f.Venues = append(f.Venues, f.decodeVenue(s, i))
	}
	for _, s := range root.tables("instrument", maxEntries) {
		f.Instruments = append(f.Instruments, s.Instrument())
	}
	for _, s := range root.tables("regulatory", maxEntries) {
		f.Regulatory = append(f.Regulatory, s.Regulatory())
	}
	for _, s := range root.tables("regime", maxEntries) {
		f.Regimes = append(f.Regimes, s.regime())
	}
	f.decodeObjectives(root.sub("objective"))
	f.decodeLimits(root.sub("limits"))
	f.decodeTactics(root.sub("tactics"))
	f.decodeLearning(root.sub("learning"))
	f.checkNames(root)
	f.decodeMarket(root.sub("market"))
	root.Done()
}

func (f *File) decodeRouter(s *section) {
	r := &f.Router
	s.Text("name", &r.Name)
	if !table.IsName(r.Name, 8) {
		s.Problem("name", fmt.Sprintf("is %q", r.Name), "want 1 to 8 letters and digits")
	}
	s.folder("journal_dir", &r.JournalDir)
	table.Whole(s.Section, "seed", &r.Seed, 0, math.MaxInt64)
	s.Text("store_url", &r.StoreURL)
	s.secret("store_password", &r.StorePassword)
	s.storeURL("store_url", &r.StoreURL)
	s.page(r)
	s.loopback("metrics_addr", &r.MetricsAddr, "metrics and pprof listen on loopback only (SEC-09)")
	s.Flag("risk_monitor", &r.RiskMonitor)
	if r.HTTPAddr != "" && r.HTTPAddr == r.MetricsAddr && !strings.HasSuffix(r.HTTPAddr, ":0") {
		s.Problem("metrics_addr", "is the same as http_addr", "give each its own port")
	}
	s.Done()
}

// page reads where the page listens and who may read it: beyond this machine only with TLS and a login (SEC-03).
func (s *section) page(r *Router) {
	s.optionalPath("http_tls_cert_file", &r.HTTPTLS.CertFile)
	s.optionalPath("http_tls_key_file", &r.HTTPTLS.KeyFile)
	if (r.HTTPTLS.CertFile == "") != (r.HTTPTLS.KeyFile == "") {
		s.Problem("http_tls_cert_file", "and http_tls_key_file must be given together", "name both or none")
	}
	if r.HTTPTLS.On = r.HTTPTLS.CertFile != ""; r.HTTPTLS.On {
		s.Text("http_addr", &r.HTTPAddr)
		if r.HTTPAddr != "" {
			s.addr("http_addr", r.HTTPAddr, true)
		}
	} else {
		s.loopback("http_addr", &r.HTTPAddr, "give the page a certificate with http_tls_cert_file and http_tls_key_file, or listen on 127.0.0.1 and reach it through a tunnel (SEC-03)")
	}
	s.Flag("http_open_reading", &r.HTTPOpen)
	if r.HTTPOpen && r.HTTPAddr != "" && !r.PageIsLocal() {
		s.Problem("http_open_reading", "is true although other machines reach the page", "leave it out: they log in (SEC-03)")
	}
	r.UsersFile, r.AuditFile = filepath.Join(filepath.Dir(r.JournalDir), "users.json"), filepath.Join(r.JournalDir, audit.FileName)
	if s.Has("users_file") {
		s.folder("users_file", &r.UsersFile)
	}
	if s.Has("audit_file") {
		s.folder("audit_file", &r.AuditFile)
	}
	r.AuditSyslog = s.syslog("audit_syslog")
}

// PageIsLocal reports whether only this machine reaches the page.
func (r *Router) PageIsLocal() bool { return isLoopback(r.HTTPAddr) }

// folder reads a path and lets it start at the file's folder; a default does so too.
func (s *section) folder(k string, into *string) {
	s.Text(k, into)
	if *into == "" {
		s.Problem(k, "is empty", "name a path")
	}
	*into = s.in.resolve(*into)
}

func (s *section) optionalPath(k string, into *string) {
	s.Text(k, into)
	*into = s.in.resolve(*into)
}

// storeURL checks the store's URL; what the store itself makes of it, `sluice doctor` tells.
func (s *section) storeURL(k string, into *string) {
	const remedy = "want sqlite:PATH or postgres://USER@HOST:PORT/DATABASE"
	scheme, rest, _ := strings.Cut(*into, ":")
	switch scheme {
	case "sqlite":
		if rest == "" {
			s.Problem(k, "has no path", remedy)
			return
		}
		*into = "sqlite:" + s.in.resolve(rest)
	case "postgres", "postgresql":
		u, err := url.Parse(*into)
		if err != nil || u.Host == "" && !u.Query().Has("host") { // ?host= names a socket's directory
			s.Problem(k, "cannot be read as a URL", remedy) // not the error: it repeats the URL
			return
		}
		if _, has := u.User.Password(); has || u.Query().Has("password") || u.Query().Has("sslpassword") {
			s.Problem(k, "has a password in it", "move it to a file of mode 0600 and name that as store_password_file (SEC-06)")
		}
	default:
		s.Problem(k, fmt.Sprintf("has the scheme %q", scheme), remedy)
	}
}

func (f *File) decodeFIX(s *section) {
	s.Text("listen_addr", &f.FIX.ListenAddr)
	s.addr("listen_addr", f.FIX.ListenAddr, true)
	s.compID("comp_id", &f.FIX.CompID)
	f.FIX.TLS = s.tls("listen_addr", f.FIX.ListenAddr)
	if t := f.FIX.TLS; t.On && t.CertFile == "" {
		s.Problem("tls_cert_file", "is missing although tls = true", "name the acceptor's certificate and its tls_key_file")
	}
	f.FIX.Allow = s.addresses("allow")
	for _, one := range s.tables("drop_copy", maxEntries) {
		f.FIX.DropCopies = append(f.FIX.DropCopies, f.decodeDropCopy(one))
	}
	s.Done()
}

// addresses reads networks such as "10.1.0.0/16", and single addresses.
func (s *section) addresses(k string) (out []netip.Prefix) {
	var texts []string
	s.Texts(k, &texts)
	for _, text := range texts {
		p, err := netip.ParsePrefix(text)
		if a, single := netip.ParseAddr(text); single == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil || p != p.Masked() {
			s.Problem(k, fmt.Sprintf("has %q", text), `want addresses and networks such as "192.0.2.7" and "10.1.0.0/16"`)
			continue
		}
		out = append(out, p)
	}
	if s.Has(k) && len(texts) == 0 {
		s.Problem(k, "is empty", "name who may connect, or leave it out to let every address try")
	}
	return out
}

func (f *File) decodeDropCopy(s *section) DropCopy {
	d := DropCopy{OurCompID: f.FIX.CompID, Version: FIX44}
	if s.Require("comp_id", "give the reader's SenderCompID") {
		s.compID("comp_id", &d.CompID)
		d.Name = d.CompID
	}
	s.Text("name", &d.Name)
	s.compID("our_comp_id", &d.OurCompID)
	s.version("version", &d.Version)
	if d.Version == FIX42 {
		s.Problem("version", `is "4.2", which has no CopyMsgIndicator (797)`, `want "4.4" or "5.0SP2" (DC-01)`)
	}
	s.Texts("clients", &d.Clients)
	s.Texts("certificates", &d.Certificates)
	s.proof(&d.Username, &d.Password)
	s.Done()
	return d
}

// proof reads what somebody who logs on to us says to prove who they are, and reports one half without the other, which would prove
// nothing, and a password's hash that is none: nobody could log on.
func (s *section) proof(username *string, password *Secret) {
	s.Text("username", username)
	s.secret("password", password)
	given := s.Has("password_file") || s.Has("password_env")
	switch text := password.Reveal(); {
	case *username == "" && given:
		s.Problem("username", "is left out beside a password, so nobody would ask for it", "name the user (553) who has the password (SEC-01)")
	case *username != "" && !given:
		s.Problem("password_file", "is left out beside username, so a name alone would let anybody in", "give it, or password_env (SEC-01)")
	case access.IsHash(text) && access.CheckHash(text) != nil:
		s.Problem("password_file", "begins as an argon2id hash does and is none", "write it anew with `sluice users hash`")
	}
}

// checkProofs reports sessions that whoever reaches the port could have: other machines reach it, and there is no certificate, no
// password and no list of addresses to know their owner by (SEC-01).
func (f *File) checkProofs(root *section) {
	if f.FIX.ListenAddr == "" || isLoopback(f.FIX.ListenAddr) || f.FIX.TLS.CAFile != "" || len(f.FIX.Allow) > 0 {
		return
	}
	report := func(key, name, username string) {
		if username == "" {
			root.Problem(key+"["+name+"].username", "is left out, and so are fix.tls_ca_file and fix.allow: anybody who reaches "+f.FIX.ListenAddr+" could log on as "+name,
				"give fix.tls_ca_file, so that its certificate says who it is, or username and password_file (SEC-01)")
		}
	}
	for i := range f.Clients {
		report("client", f.Clients[i].Name, f.Clients[i].Username)
	}
	for i := range f.FIX.DropCopies {
		report("fix.drop_copy", f.FIX.DropCopies[i].Name, f.FIX.DropCopies[i].Username)
	}
}

// checkCopies reports drop copies of clients that there are not.
func (f *File) checkCopies(root *section, clients []string) {
	var names []string
	for i := range f.FIX.DropCopies {
		d := &f.FIX.DropCopies[i]
		names = append(names, d.Name)
		for _, c := range d.Clients {
			if !slices.Contains(clients, c) {
				root.Problem("fix.drop_copy["+d.Name+"].clients", fmt.Sprintf("has %q, which is no [[client]]", c), "name clients of this file, or leave it out for all")
			}
		}
	}
	root.Unique("fix.drop_copy", names)
}

// addr checks host:port; a listener may leave the host out and ask for port 0.
func (s *section) addr(k, value string, listen bool) {
	host, port, err := net.SplitHostPort(value)
	n, perr := strconv.Atoi(port)
	low := 1
	if listen {
		low = 0
	}
	switch {
	case err != nil:
		s.Problem(k, fmt.Sprintf("is %q", value), `want host:port such as "127.0.0.1:9878"`)
	case perr != nil || n < low || n > 65535:
		s.Problem(k, fmt.Sprintf("has the port %q", port), fmt.Sprintf("want a number from %d to 65535", low))
	case host == "" && !listen:
		s.Problem(k, "has no host", `want host:port such as "127.0.0.1:9878"`)
	}
}

// loopback reads a listener's address that only this machine may reach; empty means no listener.
func (s *section) loopback(k string, into *string, remedy string) {
	s.Text(k, into)
	if *into == "" {
		return
	}
	before := len(s.in.Problems)
	s.addr(k, *into, true)
	if len(s.in.Problems) == before && !isLoopback(*into) {
		s.Problem(k, fmt.Sprintf("is %q, which other machines can reach", *into), remedy)
	}
}

func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// tls reads the tls_ keys of a session whose address stands under addrKey (SEC-01, SEC-02).
func (s *section) tls(addrKey, addr string) TLS {
	var t TLS
	s.Flag("tls", &t.On)
	s.optionalPath("tls_ca_file", &t.CAFile)
	s.optionalPath("tls_cert_file", &t.CertFile)
	s.optionalPath("tls_key_file", &t.KeyFile)
	s.Text("tls_server_name", &t.ServerName)
	s.Flag("plaintext_waiver", &t.Waiver)
	switch {
	case !t.On && (t.CAFile != "" || t.CertFile != "" || t.KeyFile != "" || t.ServerName != ""):
		s.Problem("tls", "is not true although other tls_ keys are given", "set tls = true, or remove them")
	case (t.CertFile == "") != (t.KeyFile == ""):
		s.Problem("tls_cert_file", "and tls_key_file must be given together", "name both or none")
	case !t.On && addr != "" && !isLoopback(addr) && !t.Waiver:
		s.Problem(addrKey, fmt.Sprintf("is %q, another machine, in plaintext", addr), "set tls = true, or plaintext_waiver = true if a line you trust is in between (SEC-02)")
	}
	return t
}

// compID reads a FIX CompID.
func (s *section) compID(k string, into *string) {
	s.Text(k, into)
	if s.Has(k) && (*into == "" || len(*into) > 32 || strings.ContainsFunc(*into, func(r rune) bool { return r <= ' ' || r > '~' || r == '=' })) {
		s.Problem(k, fmt.Sprintf("is %q", *into), "want 1 to 32 printable ASCII characters without space and =")
	}
}

func (s *section) version(k string, into *Version) {
	text := string(*into)
	s.Text(k, &text)
	switch v := Version(strings.TrimPrefix(text, "FIX.")); v {
	case FIX42, FIX44, FIX50:
		*into = v
	default:
		s.Problem(k, fmt.Sprintf("is %q", text), `want "4.2", "4.4" or "5.0SP2"`)
	}
}

func (f *File) decodeClient(s *section, i int) Client {
	c := Client{Name: fmt.Sprintf("client%d", i+1), OurCompID: f.FIX.CompID, Version: FIX44,
		Heartbeat: 30 * time.Second, OnDisconnect: DisconnectStop, DayEnd: DayEndExpired, Grace: 30 * time.Second}
	if s.Require("comp_id", "give the client's SenderCompID") {
		s.compID("comp_id", &c.CompID)
		c.Name = c.CompID
	}
	s.Text("name", &c.Name)
	s.compID("our_comp_id", &c.OurCompID)
	s.version("version", &c.Version)
	s.Duration("heartbeat", (*int64)(&c.Heartbeat), time.Second, time.Hour)
	s.Text("on_disconnect", (*string)(&c.OnDisconnect))
	switch c.OnDisconnect {
	case DisconnectContinue, DisconnectStop, DisconnectCancel:
	default:
		s.Problem("on_disconnect", fmt.Sprintf("is %q", string(c.OnDisconnect)), "want continue, stop or cancel")
	}
	s.Duration("disconnect_grace", (*int64)(&c.Grace), 0, maxTime)
	if s.Text("day_end", (*string)(&c.DayEnd)); c.DayEnd != DayEndExpired && c.DayEnd != DayEndDoneForDay {
		s.Problem("day_end", fmt.Sprintf("is %q", string(c.DayEnd)), "want expired or done-for-day")
	}
	s.Flag("hide_dark", &c.HideDark)
	s.Flag("no_explore", &c.NoExplore)
	if s.Flag("kill_switch", &c.KillSwitch); c.KillSwitch && c.Version == FIX42 {
		s.Problem("kill_switch", "is true, and FIX 4.2 has no mass cancel (35=q)", `give the client version = "4.4" or "5.0SP2", or leave kill_switch out`)
	}
	s.Flag("self_cross", &c.SelfCross)
	s.Flag("allow_reset", &c.AllowReset)
	s.Texts("certificates", &c.Certificates)
	if s.Texts("accounts", &c.Accounts); s.Has("accounts") && len(c.Accounts) == 0 {
		s.Problem("accounts", "is empty", "name the client's accounts, or leave it out to let it name any")
	}
	s.proof(&c.Username, &c.Password)
	s.Done()
	return c
}

// hours reads zone, open and close; all absent is the zero Hours, always open.
func (s *section) hours() market.Hours {
	if len(s.M) == 0 {
		return market.Hours{}
	}
	zone, open, end := "America/New_York", "09:30", "16:00"
	s.Text("zone", &zone)
	s.Text("open", &open)
	s.Text("close", &end)
	s.Done()
	o, okOpen := s.clock("open", open)
	c, okClose := s.clock("close", end)
	if !okOpen || !okClose {
		return market.Hours{}
	}
	h, err := market.NewHours(zone, o, c)
	if err != nil {
		s.Problem("", err.Error(), "mend zone, open or close")
	}
	return h
}

// clock reads "09:30" or "09:30:15" as the time since midnight; "24:00" is the day's end.
func (s *section) clock(k, text string) (time.Duration, bool) {
	if text == "24:00" {
		return 24 * time.Hour, true
	}
	for _, layout := range []string{"15:04", "15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second, true
		}
	}
	s.Problem(k, fmt.Sprintf("is %q", text), `want a time of day such as "09:30"`)
	return 0, false
}

// checkNames reports names that stand twice, and what must be there at least once.
func (f *File) checkNames(root *section) {
	var clients, venues, symbols []string
	for _, c := range f.Clients {
		clients = append(clients, c.Name)
	}
	for _, v := range f.Venues {
		venues = append(venues, v.Name)
	}
	for _, in := range f.Instruments {
		symbols = append(symbols, string(in.Symbol))
	}
	root.Unique("client", clients)
	root.Unique("venue", venues)
	root.Unique("instrument", symbols)
	f.checkCopies(root, clients)
	f.checkProofs(root)
	f.checkSessions(root)
	if len(venues) == 0 {
		root.Problem("venue", "is missing: there is nowhere to trade", "add a [[venue]]; `sluice route --example` shows one")
	}
	if len(symbols) == 0 {
		root.Problem("instrument", "is missing: there is nothing to trade", "add an [[instrument]]; `sluice route --example` shows one")
	}
}

// checkSessions reports two FIX sessions of one identity, whoever they are with: they would share their sequence numbers
// and their stored messages, and a venue's orders could be resent as a client's reports are.
func (f *File) checkSessions(root *section) {
	owner := map[string]string{}
	check := func(key string, v Version, ours, theirs string) {
		id := fmt.Sprintf("%s:%s->%s", v.BeginString(), ours, theirs)
		if other := owner[id]; other != "" {
			root.Problem(key, fmt.Sprintf("has the FIX session %s, which %s has too", id, other), "give one of them another CompID or our_comp_id")
		}
		owner[id] = key
	}
	for i := range f.Clients {
		c := &f.Clients[i]
		check("client["+c.Name+"]", c.Version, c.OurCompID, c.CompID)
	}
	for i := range f.FIX.DropCopies {
		d := &f.FIX.DropCopies[i]
		check("fix.drop_copy["+d.Name+"]", d.Version, d.OurCompID, d.CompID)
	}
	for i := range f.Venues {
		v := &f.Venues[i]
		for _, s := range [...]struct {
			key string
			*Session
		}{{"orders", &v.Orders}, {"market_data", &v.MarketData}} {
			if s.IsSet() {
				check("venue["+v.Name+"]."+s.key, s.Version, s.OurCompID, s.TheirCompID)
			}
		}
	}
}
