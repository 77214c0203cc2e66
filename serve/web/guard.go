package web

import (
	"mime"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/sluice-sor/sluice/serve/loopback"
)

// policy permits our own files and nothing else (SEC-03); forms go to us alone.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// guard checks the Host, sets the headers that every answer carries, turns away methods and bodies that nothing here
// takes, and finds out who asks. Posts are the paths that may be asked by POST, with the kind of body that they take.
func (s *site) guard(next http.Handler, posts map[string]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.headers(w.Header())
		switch {
		case !s.access.Remote && !loopback.IsHost(r.Host):
			http.Error(w, "this page answers only to 127.0.0.1, ::1 and localhost", http.StatusMisdirectedRequest)
			return
		case !s.paces.allow(addressOf(r), time.Now()):
			w.Header().Set("Retry-After", "1")
			http.Error(w, "too many requests at once: wait a second", http.StatusTooManyRequests)
			return
		case r.Method == http.MethodPost && takes(posts, r.URL.Path) != "":
			want := takes(posts, r.URL.Path)
			if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != want {
				http.Error(w, "send this with Content-Type: "+want, http.StatusUnsupportedMediaType)
				return
			}
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "read-only: there is nothing to change here", http.StatusMethodNotAllowed)
			return
		}
		s.admit(next, w, r)
	})
}

// headers are what every answer carries. The referrer stays within the page: without one a browser would not say where a
// form comes from (Origin).
func (s *site) headers(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cache-Control", "no-store")
	if s.access.TLS {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// takes gives the kind of body that a path takes by POST, "" for none. A pattern may end in one number.
func takes(posts map[string]string, path string) string {
	if kind, ok := posts[path]; ok {
		return kind
	}
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		return posts[path[:i]+"/{id}"]
	}
	return ""
}

// addressOf is who asks, without the port. A proxy's word for somebody else is not taken.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// Requests of one address: a page asks for a handful at once, and then for nothing but its stream.
const (
	requestsPerSecond = 100
	requestsBurst     = 400
	addressesMost     = 4096 // remembered at once; then all are forgotten
)

// paces holds back whoever asks too much. Its zero value is ready.
type paces struct {
	mu   sync.Mutex
	list map[string]*rate.Limiter
}

func (p *paces) allow(address string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.list[address]
	if l == nil {
		if p.list == nil || len(p.list) >= addressesMost {
			p.list = map[string]*rate.Limiter{}
		}
		l = rate.NewLimiter(requestsPerSecond, requestsBurst)
		p.list[address] = l
	}
	return l.AllowN(now, 1)
}
