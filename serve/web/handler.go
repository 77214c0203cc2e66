package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/tca"
	"github.com/sluice-sor/sluice/serve/loopback"
	"github.com/sluice-sor/sluice/serve/view"
)

//go:embed assets
var assets embed.FS

// Reader is what the page shows; view.View is one.
type Reader interface {
	Seq() uint64
	Snapshot() view.State
	History() [][]view.VenuePoint
	Experiment() *view.Experiment
	ModelCosts() []view.ModelCost
	Uses() []view.Use
	Limits() risk.Limits
	Doubts() []view.Doubt
	Parent(id order.ParentID) (view.ParentDetail, bool)
	Decision(id uint64) (view.Decision, bool)
	Explain(id uint64) (*tca.Explanation, bool)
	ExplainChild(id order.ChildID) (*tca.ChildExplanation, bool)
}

// site is the handler's state.
type site struct {
	view    Reader
	log     *slog.Logger
	pages   *template.Template
	assets  map[string]asset
	frames  map[string]*frames // by page
	shelf   shelf
	trials  trials
	streams chan struct{} // one token per open stream
}

// asset is one embedded file and the tag under which browsers keep it.
type asset struct {
	body []byte
	tag  string
	kind string
}

// maxStreams bounds the open pages; one desk has a handful.
const maxStreams = 64

// A Route is a part of the API that others answer: a pattern of http.ServeMux and who answers it with what is encoded as JSON.
// A status of 0 is 200; an error's text goes to the caller. What is asked by POST changes nothing either.
type Route struct {
	Pattern string
	Answer  func(r *http.Request) (body any, status int, err error)
}

// New gives the handler of the page and the API. It panics if the embedded templates do not parse, which a test holds.
func New(v Reader, log *slog.Logger, more ...Route) http.Handler {
	s := &site{view: v, log: log, assets: loadAssets(), streams: make(chan struct{}, maxStreams), frames: map[string]*frames{}}
	s.pages = template.Must(template.New("pages").Funcs(s.functions()).ParseFS(assets, "assets/*.html"))
	mux := http.NewServeMux()
	for _, p := range pages() {
		s.frames[p.Name] = new(frames)
		pattern := "GET " + p.Path
		if p.Path == "/" {
			pattern += "{$}"
		}
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.page(w, r, p) })
	}
	mux.HandleFunc("GET /assets/{name}", s.asset)
	mux.HandleFunc("GET /api/v1/state", s.state)
	mux.HandleFunc("GET /api/v1/venues", s.venues)
	mux.HandleFunc("GET /api/v1/parents/{id}", s.parent)
	mux.HandleFunc("GET /api/v1/decisions/{id}", s.decision)
	mux.HandleFunc("GET /api/v1/decisions/{id}/explanation", s.explanation)
	mux.HandleFunc("GET /api/v1/children/{id}/explanation", s.childExplanation)
	mux.HandleFunc("GET /api/v1/stream", s.stream)
	posts := map[string]bool{}
	for _, route := range more {
		mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, route.Answer) })
		if path, ok := strings.CutPrefix(route.Pattern, "POST "); ok {
			posts[path] = true
		}
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	return guard(mux, posts)
}

// policy permits our own files and nothing else (SEC-03).
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// guard checks the Host, and sets the headers that every answer carries. Posts are the paths that may be asked by POST, with JSON:
// a browser lets no other site's page send that unasked.
func guard(next http.Handler, posts map[string]bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cache-Control", "no-store")
		switch {
		case !loopback.IsHost(r.Host):
			http.Error(w, "this page answers only to 127.0.0.1, ::1 and localhost", http.StatusMisdirectedRequest)
		case r.Method == http.MethodPost && posts[r.URL.Path]:
			if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
				http.Error(w, "send JSON, with Content-Type: application/json", http.StatusUnsupportedMediaType)
				return
			}
			next.ServeHTTP(w, r)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "read-only: there is nothing to change here", http.StatusMethodNotAllowed)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func loadAssets() map[string]asset {
	out := map[string]asset{}
	for _, name := range []string{"style.css", "live.js", "keys.js", "theme.js", "icon.svg"} {
		b, err := assets.ReadFile("assets/" + name)
		if err != nil {
			panic(err) // embedded at build time
		}
		sum := sha256.Sum256(b)
		out[name] = asset{b, hex.EncodeToString(sum[:6]), mime.TypeByExtension(path.Ext(name))}
	}
	return out
}

func (s *site) asset(w http.ResponseWriter, r *http.Request) {
	a, ok := s.assets[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", a.kind)
	if r.URL.Query().Get("v") == a.tag { // the page names the tag, so a new build is fetched anew
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
}

func (s *site) page(w http.ResponseWriter, r *http.Request, p page) {
	state := s.view.Snapshot()
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, p.Name, s.model(&state, asked(r, p))); err != nil {
		s.log.Error("page not rendered", "err", err)
		http.Error(w, "the page could not be rendered; the log says why", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(b.Bytes()) // the reader is gone if it fails
}

// Serve answers on ln until ctx ends, and ends the open streams with it.
func Serve(ctx context.Context, ln net.Listener, h http.Handler) error {
	return loopback.Serve(ctx, ln, h)
}
