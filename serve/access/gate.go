package access

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/sluice-sor/sluice/serve/audit"
)

// Config is what a gate needs.
type Config struct {
	File  string           // the users file
	Now   func() time.Time // nil = the system's clock
	Cost  Cost             // of a password that is set here; zero = DefaultCost
	Log   *slog.Logger
	Audit func(audit.Entry) // told of logins, failures and changes of users; nil = nobody
}

// A Gate knows who is let in. Its methods may be called from several goroutines.
type Gate struct {
	cfg     Config
	dummy   hashed        // compared with where there is no user, so that both take the same time
	hashing chan struct{} // one token: one password is hashed at a time
	waiting chan struct{} // tokens of those that wait for it

	mu       sync.Mutex
	users    *Users
	err      error // why nobody is let in
	stamp    stamp // of the file as it was read
	had      bool  // there were users
	setup    string
	sessions map[string]*session // by digest of their id
	guesses  *guesses
}

// stamp tells two versions of a file apart.
type stamp struct {
	mod  time.Time
	size int64
	ino  uint64
	mode fs.FileMode
}

// hashQueue is how many logins may wait for the one that is hashed; the rest is turned away at once.
const hashQueue = 8

// Errors of the gate. They tell nobody whether a user exists.
var (
	ErrLogin  = errors.New("the name or the password is wrong")
	ErrLocked = errors.New("too many failures: wait a quarter of an hour")
	ErrBusy   = errors.New("too many logins at once: try again in a minute")
	ErrClosed = errors.New("nobody can log in: the router's log says what is wrong with its users file")
	ErrSetup  = errors.New("the setup token is wrong, or somebody used it")
)

// Open reads the users file. Where it has no user, or is not there, it makes a setup token and writes it beside the file.
// A file that is damaged is no error: nobody is let in until it is mended, and the log says so.
func Open(c Config) (*Gate, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Cost == (Cost{}) {
		c.Cost = DefaultCost()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Audit == nil {
		c.Audit = func(audit.Entry) {}
	}
	g := &Gate{cfg: c, hashing: make(chan struct{}, 1), waiting: make(chan struct{}, hashQueue), sessions: map[string]*session{}, guesses: newGuesses()}
	var err error
	if g.dummy, err = parseHash(c.Cost.hash("nobody has this password")); err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	u, _ := g.current() // what is wrong is logged
	if u != nil && len(u.Users) == 0 {
		return g, g.newSetup()
	}
	if err := os.Remove(g.setupFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return g, nil
}

// setupFile is where a setup token stands.
func (g *Gate) setupFile() string { return filepath.Join(filepath.Dir(g.cfg.File), "setup-token") }

// current gives the users as the file has them now. g.mu is held.
func (g *Gate) current() (*Users, error) {
	info, err := os.Stat(g.cfg.File)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !g.had:
		if g.users == nil || g.err != nil {
			g.users, g.err, g.stamp = &Users{Version: fileVersion}, nil, stamp{}
		}
		return g.users, nil
	case err != nil:
		g.stamp = stamp{} // it may come back as it was
		g.fail(err)
		return nil, g.err
	}
	at := stamp{info.ModTime(), info.Size(), 0, info.Mode()}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		at.ino = st.Ino
	}
	if g.stamp == at {
		return g.users, g.err
	}
	u, err := Load(g.cfg.File)
	if g.stamp = at; err != nil {
		if unread := new(fs.PathError); errors.As(err, &unread) {
			g.stamp = stamp{} // too many open files, say: what is in it nobody has seen, so it is read again
		}
		g.fail(err)
		return nil, g.err
	}
	g.changed(u)
	g.users, g.err = u, nil
	g.had = g.had || len(u.Users) > 0
	return u, nil
}

// fail lets nobody in and says once why.
func (g *Gate) fail(err error) {
	if g.err == nil || g.err.Error() != err.Error() {
		g.cfg.Log.Error("nobody can log in until the users file is mended", "error", err)
		g.cfg.Audit(audit.Entry{What: "users", Outcome: audit.Failed, Text: err.Error()})
	}
	g.users, g.err, g.had = nil, err, true
}

// changed records what is different in the users that were read.
func (g *Gate) changed(u *Users) {
	before, after := g.users.describe(), u.describe()
	if before != after {
		g.cfg.Audit(audit.Entry{What: "users", Of: g.cfg.File, Before: before, After: after, Outcome: audit.Done, Text: "the users file was read"})
	}
}

// describe gives names, roles and tokens in one line, without any secret.
func (u *Users) describe() string {
	if u == nil {
		return ""
	}
	var all []string
	for i := range u.Users {
		x := &u.Users[i]
		text := fmt.Sprintf("%s %v", x.Name, x.Roles)
		if len(x.Clients) > 0 {
			text += fmt.Sprintf(" of %v", x.Clients)
		}
		for _, t := range x.Tokens {
			text += fmt.Sprintf(" token %s %v until %s", t.ID, t.Roles, t.Expires.Format(time.DateOnly))
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// Empty reports whether there is no user yet. A users file that cannot be read is not empty.
func (g *Gate) Empty() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	u, err := g.current()
	return err == nil && len(u.Users) == 0
}

// Bound reports whether any user is bound to clients. A users file that cannot be read may have one.
func (g *Gate) Bound() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	u, err := g.current()
	return err != nil || slices.ContainsFunc(u.Users, func(x User) bool { return len(x.Clients) > 0 })
}

// Login proves a name with its password and begins a session.
func (g *Gate) Login(name, password, from string) (*Session, error) {
	p, err := g.password(name, password, from)
	if err != nil {
		g.failed("login", name, from, err)
		return nil, err
	}
	p.Via = "page"
	s, err := g.begin(p)
	if err == nil {
		g.cfg.Audit(audit.Entry{What: "login", Actor: p.Name, Roles: p.RoleNames(), Via: p.Via, From: from, Outcome: audit.Done})
	}
	return s, err
}

// Prove proves a name with its password or a token of it, for one request.
func (g *Gate) Prove(name, credential, via, from string) (*Person, error) {
	var p *Person
	var err error
	if isToken(credential) {
		if p, err = g.Token(credential, via, from); err == nil && p.Name != name {
			return nil, ErrToken
		}
		return p, err
	}
	if p, err = g.password(name, credential, from); err != nil {
		g.failed(via, name, from, err)
		return nil, err
	}
	p.Via = via
	return p, nil
}

// password checks a password. Every attempt costs the same, whether there is such a user or not, and counts as a failure
// until it has not been one: attempts at once gain nothing.
func (g *Gate) password(name, password, from string) (*Person, error) {
	key := name
	if checkName(name) != nil {
		key = "" // no such user, and nothing to keep
	}
	h, known, err := g.attempt(key, from)
	if err != nil {
		return nil, err
	}
	ok, err := g.compare(&h, password)
	if err != nil {
		g.guesses.undo(key, from)
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	u, err := g.current()
	if err != nil {
		return nil, ErrClosed
	}
	x := u.Find(name)
	if !ok || !known || x == nil || x.Password == "" {
		return nil, ErrLogin
	}
	if now, err := parseHash(x.Password); err != nil || string(now.key) != string(h.key) {
		return nil, ErrLogin // it was changed meanwhile
	}
	g.guesses.clear(key, from)
	p := x.person()
	p.From = from
	return p, nil
}

// attempt counts an attempt and gives the hash to compare with.
func (g *Gate) attempt(name, from string) (h hashed, known bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	u, err := g.current()
	if err != nil {
		return h, false, ErrClosed
	}
	if err := g.guesses.begin(name, from, g.cfg.Now()); err != nil {
		return h, false, err
	}
	if x := u.Find(name); x != nil && x.Password != "" {
		h, err = parseHash(x.Password)
		return h, err == nil, err
	}
	return g.dummy, false, nil
}

// compare hashes one password at a time, so that logins take no more than one core and one hash's memory.
func (g *Gate) compare(h *hashed, password string) (bool, error) {
	select {
	case g.waiting <- struct{}{}:
		defer func() { <-g.waiting }()
	default:
		return false, ErrBusy
	}
	g.hashing <- struct{}{}
	defer func() { <-g.hashing }()
	return h.matches(password), nil
}

// failed records a login that was none. Attempts that are turned away unseen are not recorded one by one: they would fill
// the disk.
func (g *Gate) failed(via, name, from string, err error) {
	if errors.Is(err, ErrBusy) || errors.Is(err, ErrLocked) {
		return
	}
	if checkName(name) != nil {
		name = "" // it may be a password in the wrong field
	}
	g.cfg.Log.Warn("login refused", "user", name, "from", from, "error", err)
	g.cfg.Audit(audit.Entry{What: "login", Actor: name, Via: via, From: from, Outcome: audit.Refused, Text: err.Error()})
}

// Token proves a program's token, for one request.
func (g *Gate) Token(token, via, from string) (*Person, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	u, err := g.current()
	if err != nil {
		return nil, ErrClosed
	}
	p, err := u.byToken(token, g.cfg.Now())
	if err != nil {
		if g.guesses.token(from, g.cfg.Now()) {
			g.cfg.Audit(audit.Entry{What: "token", Via: via, From: from, Outcome: audit.Refused, Text: err.Error()})
		}
		return nil, err
	}
	p.Via, p.From = via, from
	return p, nil
}

// Find gives the user of a name as the file has them now, without any proof: for what somebody asked for earlier.
func (g *Gate) Find(name string) (*Person, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	u, err := g.current()
	if err != nil {
		return nil, false
	}
	if x := u.Find(name); x != nil {
		return x.person(), true
	}
	return nil, false
}
