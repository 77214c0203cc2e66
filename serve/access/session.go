package access

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"time"

	"github.com/sluice-sor/sluice/serve/audit"
)

// Bounds of sessions (SEC-03).
const (
	IdleMost     = 15 * time.Minute
	LifeMost     = 12 * time.Hour
	sessionsEach = 8 // of one user; one more ends the one that was idle longest
	sessionsMost = 1024
)

// A Session is one that has just begun. ID goes into a cookie and nowhere else; the gate keeps only its digest.
type Session struct {
	ID     string // 128 random bits
	CSRF   string // 128 random bits, shown in every form
	Person Person
}

// session is one that runs.
type session struct {
	name, from string
	password   string // hash: a session ends when its password is changed
	csrf       string
	born, seen time.Time
	flash      Flash
}

// A Flash is what the next page of a session says about what was just done.
type Flash struct {
	Text string
	Bad  bool // it was not done
}

// secret gives 128 random bits as text.
func secret() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// begin makes a session with an id of its own, whatever the browser sent before: nobody can plant one (fixation).
func (g *Gate) begin(p *Person) (*Session, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	u, err := g.current()
	if err != nil {
		return nil, ErrClosed
	}
	x := u.Find(p.Name)
	if x == nil {
		return nil, ErrLogin
	}
	now := g.cfg.Now()
	g.makeRoom(p.Name, now)
	if len(g.sessions) >= sessionsMost {
		return nil, errors.New("too many people are logged in: let somebody log out")
	}
	s := &Session{ID: secret(), CSRF: secret(), Person: *p}
	g.sessions[digest(s.ID)] = &session{name: p.Name, from: p.From, password: x.Password, csrf: s.CSRF, born: now, seen: now}
	return s, nil
}

// makeRoom ends sessions that are over, and the longest idle one of a user who has many.
func (g *Gate) makeRoom(name string, now time.Time) {
	var oldest string
	n := 0
	for k, s := range g.sessions {
		if s.over(now) {
			delete(g.sessions, k)
			continue
		}
		if s.name != name {
			continue
		}
		if n++; oldest == "" || s.seen.Before(g.sessions[oldest].seen) {
			oldest = k
		}
	}
	if n >= sessionsEach {
		delete(g.sessions, oldest)
	}
}

func (s *session) over(now time.Time) bool {
	return now.Sub(s.seen) >= IdleMost || now.Sub(s.born) >= LifeMost
}

// Session finds who a cookie's session belongs to and the token of its forms. What a person does keeps the session alive;
// what a page does by itself, with touch false, does not.
func (g *Gate) Session(id, from string, touch bool) (p *Person, csrf string, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := digest(id)
	s := g.sessions[key]
	if s == nil {
		return nil, "", false
	}
	u, err := g.current()
	if err != nil {
		return nil, "", false
	}
	now := g.cfg.Now()
	x := u.Find(s.name)
	if s.over(now) || x == nil || x.Password != s.password {
		delete(g.sessions, key)
		return nil, "", false
	}
	if touch {
		s.seen = now
	}
	p = x.person()
	p.Via, p.From = "page", from
	return p, s.csrf, true
}

// Logout ends a session.
func (g *Gate) Logout(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := digest(id)
	s := g.sessions[key]
	if s == nil {
		return
	}
	delete(g.sessions, key)
	g.cfg.Audit(audit.Entry{What: "logout", Actor: s.name, Via: "page", From: s.from, Outcome: audit.Done})
}

// Tell keeps a text for the next page of a session.
func (g *Gate) Tell(id string, f Flash) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if s := g.sessions[digest(id)]; s != nil {
		s.flash = f
	}
}

// Told gives that text, once.
func (g *Gate) Told(id string) (f Flash) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if s := g.sessions[digest(id)]; s != nil {
		f, s.flash = s.flash, Flash{}
	}
	return f
}
