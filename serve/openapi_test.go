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
