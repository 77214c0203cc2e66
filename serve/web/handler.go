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
	sight   sight
	log     *slog.Logger
	pages   *template.Template
	assets  map[string]asset
	frames  map[string]*frames // by page
	shelf   shelf
	trials  trials
	streams streams
	access  Access
	paces   paces
}

// asset is one embedded file and the tag under which browsers keep it.
type asset struct {
	body []byte
	tag  string
	kind string
}

// A Route is a part of the API that others answer: a pattern of http.ServeMux and who answers it with what is encoded as JSON.
// A status of 0 is 200; an error's text goes to the caller. What is asked by POST changes nothing either.
type Route struct {
	Pattern string
	Answer  func(r *http.Request) (body any, status int, err error)
}

// New gives the handler of a page and an API that only show. It panics if the embedded templates do not parse, which a test holds.
func New(v Reader, log *slog.Logger, more ...Route) http.Handler {
	return NewSite(v, log, Access{}, more...)
}

// NewSite gives the handler of the page and the API, where people log in and act as the access says.
func NewSite(v Reader, log *slog.Logger, a Access, more ...Route) http.Handler {
	s := &site{sight: sight{v}, log: log, assets: loadAssets(), frames: map[string]*frames{}, access: a}
	s.pages = template.Must(template.New("pages").Funcs(s.functions()).ParseFS(assets, "assets/*.html"))
	mux, posts := http.NewServeMux(), map[string]string{}
	for _, r := range s.routes(more) {
		mux.HandleFunc(r.pattern, r.handle)
		if path, ok := strings.CutPrefix(r.pattern, "POST "); ok {
			posts[path] = r.takes
		}
	}
	return s.guard(mux, posts)
}

// route is one pattern of the mux, and the kind of body that it takes by POST.
type route struct {
	pattern, takes string
	handle         http.HandlerFunc
}

// The kinds of body. No browser sends JSON to another site unasked; a form it does, so forms carry a token.
const (
	takesJSON = "application/json"
	takesForm = "application/x-www-form-urlencoded"
)

// routes are all there are.
func (s *site) routes(more []Route) []route {
	list := []route{
		{"GET /assets/{name}", "", s.asset},
		{"GET /api/v1/state", "", s.state},
		{"GET /api/v1/venues", "", s.venues},
		{"GET /api/v1/parents/{id}", "", s.parent},
		{"GET /api/v1/decisions/{id}", "", s.decision},
		{"GET /api/v1/decisions/{id}/explanation", "", s.explanation},
		{"GET /api/v1/children/{id}/explanation", "", s.childExplanation},
		{"GET /api/v1/stream", "", s.stream},
		{"GET /api/v1/openapi.json", "", s.openAPI},
		{"GET /healthz", "", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) }},
	}
	list = append(list, s.facts()...)
	for _, p := range pages() {
		s.frames[p.Name] = new(frames)
		pattern := "GET " + p.Path
		if p.Path == "/" {
			pattern += "{$}"
		}
		list = append(list, route{pattern, "", func(w http.ResponseWriter, r *http.Request) { s.page(w, r, p) }})
	}
	s.frames[confirmPage().Name] = new(frames)
	if s.access.Gate != nil {
		list = append(list, route{"GET " + confirmPage().Path, "", s.confirm})
		list = append(list, s.accessRoutes()...)
	}
	for _, m := range more {
		list = append(list, route{m.Pattern, takesJSON, func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, m.Answer) }})
	}
	return list
}

func loadAssets() map[string]asset {
	out := map[string]asset{}
	for _, name := range []string{"style.css", "login.css", "live.js", "keys.js", "theme.js", "icon.svg"} {
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
	v := s.seen(r)
	state := v.Snapshot()
	m := s.model(v, &state, asked(r, p))
	s.personal(m, readerOf(r))
	m.Flash = s.flash(r)
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, p.Name, m); err != nil {
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
