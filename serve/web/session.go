package web

import (
	"context"
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/serve/access"
	"github.com/sluice-sor/sluice/serve/act"
	"github.com/sluice-sor/sluice/serve/control"
)

// Access lets people log in and act. The zero Access makes a page that only shows.
type Access struct {
	Gate   *access.Gate
	Desk   *act.Desk
	Open   bool // reading needs no login
	TLS    bool // the page is served with it
	Remote bool // other machines reach the page: it is never read without a login
}

// reader is who asks, as far as it is proven.
type reader struct {
	person  *access.Person
	csrf    string // of the session
	session string // its id; empty for a program with a token
}

type readerKey struct{}

// readerOf gives who asks; nil for nobody in particular.
func readerOf(r *http.Request) *reader {
	who, _ := r.Context().Value(readerKey{}).(*reader)
	return who
}

// admit finds out who asks and lets the request through, if reading is free or they are known.
func (s *site) admit(next http.Handler, w http.ResponseWriter, r *http.Request) {
	if s.access.Gate == nil {
		next.ServeHTTP(w, r)
		return
	}
	who, err := s.identify(r)
	switch {
	case err != nil: // a token that is none is never taken for nobody
		w.Header().Set("WWW-Authenticate", "Bearer")
		s.refuse(w, http.StatusUnauthorized, err.Error())
	case who == nil && !isPublic(r.URL.Path) && !s.open():
		if isAPI(r.URL.Path) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			s.refuse(w, http.StatusUnauthorized, "log in, or send a token: Authorization: Bearer sluice_…")
			return
		}
		http.Redirect(w, r, "/login", http.StatusSeeOther)
	default:
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), readerKey{}, who)))
	}
}

// open reports whether anybody may read: where the file says so, and on this machine until there is a user. Once a user is bound
// to clients it takes a login to read: they would see everything without one (SEC-04).
func (s *site) open() bool {
	return !s.access.Remote && (s.access.Open && !s.access.Gate.Bound() || s.access.Gate.Empty())
}

// isPublic are the paths that a login needs.
func isPublic(path string) bool {
	return path == "/login" || path == "/setup" || path == "/healthz" || strings.HasPrefix(path, "/assets/")
}

func isAPI(path string) bool {
	return strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/v1/")
}

// streamPath is asked by an open page by itself: it keeps no session alive.
const streamPath = "/api/v1/stream"

// identify finds who a request's token or cookie belongs to; nil for neither.
func (s *site) identify(r *http.Request) (*reader, error) {
	if h := r.Header.Get("Authorization"); h != "" {
		token, _ := strings.CutPrefix(h, "Bearer ")
		p, err := s.access.Gate.Token(strings.TrimSpace(token), "api", addressOf(r))
		if err != nil {
			return nil, err
		}
		return &reader{person: p}, nil
	}
	c, err := r.Cookie(s.cookie())
	if err != nil || c.Value == "" {
		return nil, nil
	}
	p, csrf, ok := s.access.Gate.Session(c.Value, addressOf(r), r.URL.Path != streamPath)
	if !ok {
		return nil, nil
	}
	return &reader{person: p, csrf: csrf, session: c.Value}, nil
}

// still reports whether whoever opened a stream may read on, and sees the same as when they did.
func (s *site) still(r *http.Request) bool {
	if s.access.Gate == nil {
		return true
	}
	now, err := s.identify(r)
	if err != nil {
		return false
	}
	was := readerOf(r)
	if now == nil || was == nil {
		return was == nil && s.open()
	}
	return slices.Equal(now.person.Clients, was.person.Clients)
}

// cookie is the name of the session's cookie. The prefix makes a browser hold it to HTTPS, this host and every path.
func (s *site) cookie() string {
	if s.access.TLS {
		return "__Host-sluice"
	}
	return "sluice"
}

func (s *site) setCookie(w http.ResponseWriter, id string) {
	c := &http.Cookie{Name: s.cookie(), Value: id, Path: "/", HttpOnly: true, Secure: s.access.TLS, SameSite: http.SameSiteStrictMode} //nolint:gosec // Secure wherever there is TLS; without it the page is on loopback only (SEC-03)
	if id == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// sameOrigin reports whether a browser says that the request comes from a page of ours. A browser always does when it
// changes something; programs have tokens.
func (s *site) sameOrigin(r *http.Request) bool {
	scheme := "http://"
	if s.access.TLS {
		scheme = "https://"
	}
	return r.Host != "" && r.Header.Get("Origin") == scheme+r.Host
}

// fromPage reports whether a change of a session comes from our own page: with its token, and from its origin (SEC-03).
func (s *site) fromPage(r *http.Request, who *reader, csrf string) bool {
	return s.sameOrigin(r) && who.csrf != "" && subtle.ConstantTimeCompare([]byte(csrf), []byte(who.csrf)) == 1
}

// A User is who the page is shown to; the zero User is nobody in particular.
type User struct {
	Name  string
	Roles []string
	CSRF  string // goes into every form
	// Clients are whose orders they see and act on; empty = everybody's.
	Clients []string
}

// Personal is what a page shows to one reader alone.
type Personal struct {
	User      User
	Login     bool // there is a login here
	Setup     bool // and no user yet
	Flash     access.Flash
	Approvals []control.Waiting // what waits for a second person

	may func(do string) bool
}

// May reports whether the reader's roles let them ask for an action, or, with "approve", approve one.
func (p *Personal) May(do string) bool { return p.may != nil && p.may(do) }

// personal adds to a page what is for its reader alone. Programs have no forms.
func (s *site) personal(m *model, who *reader) {
	if s.access.Gate == nil {
		return
	}
	m.Login, m.Setup = true, s.access.Gate.Empty()
	if who == nil || who.session == "" {
		return
	}
	m.User = User{Name: who.person.Name, Roles: who.person.RoleNames(), CSRF: who.csrf, Clients: who.person.Clients}
	m.may = func(do string) bool { return act.May(who.person, do) }
	m.Approvals = s.access.Desk.Approvals(who.person)
}

// flash takes what the last action of this session left to say.
func (s *site) flash(r *http.Request) access.Flash {
	if who := readerOf(r); who != nil && who.session != "" {
		return s.access.Gate.Told(who.session)
	}
	return access.Flash{}
}
