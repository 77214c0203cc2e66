package serve

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/serve/web"
)

// TestOpenAPI: every route is in the document, and every path of the document is a route.
func TestOpenAPI(t *testing.T) {
	var doc struct {
		OpenAPI string                                `json:"openapi"`
		Paths   map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(web.OpenAPI(), &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %s", doc.OpenAPI)
	}
	var documented, routes []string
	for path, methods := range doc.Paths {
		for m := range methods {
			documented = append(documented, strings.ToUpper(m)+" "+path)
		}
	}
	for _, p := range web.Patterns((&Router{}).routes()...) {
		routes = append(routes, strings.TrimSuffix(p, "{$}"))
	}
	slices.Sort(documented)
	slices.Sort(routes)
	if !slices.Equal(documented, routes) {
		t.Errorf("documented %v\nroutes %v", documented, routes)
	}
}

// TestOtherRoutesAreOfNoClient: what the router answers beside the view is of no client, so that it is shown to everybody. A new route
// that is of one must ask who asks (SEC-04), as those of serve/web do, whose tests ask them all as somebody who is bound to a client.
func TestOtherRoutesAreOfNoClient(t *testing.T) {
	want := []string{"GET /api/v1/models", "GET /api/v1/attestation", "POST /v1/estimate"} // the registry, hashes of what runs, a made-up order's cost
	var got []string
	for _, r := range (&Router{}).routes() {
		got = append(got, r.Pattern)
	}
	if !slices.Equal(got, want) {
		t.Errorf("routes %v, want %v: say of a new one whose it is", got, want)
	}
}
