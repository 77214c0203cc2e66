package web

import (
	"log/slog"
	"net/http"

	"github.com/sluice-sor/sluice/serve/access"
)

// openAPI gives the document of the API, which a test holds to the routes.
func (s *site) openAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(OpenAPI()) // the reader is gone if it fails
}

// OpenAPI gives the document of the API.
func OpenAPI() []byte {
	b, err := assets.ReadFile("assets/openapi.json")
	if err != nil {
		panic(err) // embedded at build time
	}
	return b
}

// Patterns gives every pattern that a site with a login answers, with those of others.
func Patterns(more ...Route) []string {
	s := &site{log: slog.New(slog.DiscardHandler), frames: map[string]*frames{}, access: Access{Gate: new(access.Gate)}}
	var out []string
	for _, r := range s.routes(more) {
		out = append(out, r.pattern)
	}
	return out
}
