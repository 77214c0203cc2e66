package web

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/serve/act"
)

// schema is what the document uses of JSON Schema.
type schema struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"`
	Required   []string          `json:"required"`
	Properties map[string]schema `json:"properties"`
	Items      *schema           `json:"items"`
	Enum       []string          `json:"enum"`
}

type document struct {
	Paths map[string]map[string]struct {
		Responses map[string]struct {
			Ref     string `json:"$ref"`
			Content map[string]struct {
				Schema schema `json:"schema"`
			} `json:"content"`
		} `json:"responses"`
	} `json:"paths"`
	Components struct {
		Schemas   map[string]schema `json:"schemas"`
		Responses map[string]struct {
			Content map[string]struct {
				Schema schema `json:"schema"`
			} `json:"content"`
		} `json:"responses"`
	} `json:"components"`
}

func readDocument(t *testing.T) *document {
	t.Helper()
	d := new(document)
	if err := json.Unmarshal(OpenAPI(), d); err != nil {
		t.Fatal(err)
	}
	return d
}

// fits says where a value is not as its schema has it; empty if it is.
func (d *document) fits(at string, s schema, v any) string {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		found, ok := d.Components.Schemas[name]
		if !ok {
			return at + ": there is no schema " + name
		}
		s = found
	}
	kinds := []any{s.Type}
	if list, ok := s.Type.([]any); ok {
		kinds = list
	}
	if s.Type != nil && !slices.ContainsFunc(kinds, func(k any) bool { return isKind(v, fmt.Sprint(k)) }) {
		return fmt.Sprintf("%s: %T is no %v", at, v, s.Type)
	}
	switch x := v.(type) {
	case map[string]any:
		for _, key := range s.Required {
			if _, ok := x[key]; !ok {
				return at + "." + key + " is missing"
			}
		}
		for key, below := range s.Properties {
			if value, ok := x[key]; ok {
				if bad := d.fits(at+"."+key, below, value); bad != "" {
					return bad
				}
			}
		}
	case []any:
		for i, value := range x {
			if s.Items != nil {
				if bad := d.fits(fmt.Sprintf("%s[%d]", at, i), *s.Items, value); bad != "" {
					return bad
				}
			}
		}
	}
	return ""
}

func isKind(v any, kind string) bool {
	switch x := v.(type) {
	case nil:
		return kind == "null"
	case string:
		return kind == "string"
	case bool:
		return kind == "boolean"
	case float64:
		return kind == "number" || kind == "integer" && x == math.Trunc(x)
	case []any:
		return kind == "array"
	}
	return kind == "object"
}

// check holds an answer to what the document says of a path.
func (d *document) check(t *testing.T, method, path string, w *httptest.ResponseRecorder) {
	t.Helper()
	op, ok := d.Paths[path][method]
	if !ok {
		t.Errorf("%s %s is not documented", method, path)
		return
	}
	r, ok := op.Responses[fmt.Sprint(w.Code)]
	if !ok {
		t.Errorf("%s %s answers %d, which is not documented: %s", method, path, w.Code, w.Body)
		return
	}
	content := r.Content
	if name, ok := strings.CutPrefix(r.Ref, "#/components/responses/"); ok {
		content = d.Components.Responses[name].Content
	}
	kind, ok := content["application/json"]
	if !ok {
		return
	}
	var v any
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Errorf("%s %s: %v", method, path, err)
		return
	}
	if bad := d.fits("answer", kind.Schema, v); bad != "" {
		t.Errorf("%s %s, %d: %s", method, path, w.Code, bad)
	}
}

// TestAnswersAreDocumented: what the routes answer, errors too, has the shape that the document says.
func TestAnswersAreDocumented(t *testing.T) {
	d, h := readDocument(t), newHouse(t, nil)
	all, risk := bearer(h.token("all")), bearer(h.token("risk"))
	for _, c := range []struct{ path, ask string }{
		{"/api/v1/state", ""}, {"/api/v1/venues", ""}, {"/api/v1/parents/{id}", "/api/v1/parents/3"}, {"/api/v1/parents/{id}", "/api/v1/parents/999"},
		{"/api/v1/parents/{id}", "/api/v1/parents/x"}, {"/api/v1/decisions/{id}", "/api/v1/decisions/31"}, {"/api/v1/decisions/{id}/explanation", "/api/v1/decisions/31/explanation"},
		{"/api/v1/children/{id}/explanation", "/api/v1/children/3/explanation"}, {"/api/v1/me", ""}, {"/api/v1/experiment", ""}, {"/api/v1/limits", ""},
		{"/api/v1/sessions", ""}, {"/api/v1/ladder", ""}, {"/api/v1/doubts", ""}, {"/api/v1/venues/history", ""}, {"/api/v1/models/costs", ""}, {"/api/v1/approvals", ""}, {"/api/v1/openapi.json", ""}, {"/healthz", ""},
		{"/login", ""}, {"/", ""}, {"/venues", ""}, {"/models", ""}, {"/experiment", ""}, {"/risk", ""},
	} {
		ask := c.ask
		if ask == "" {
			ask = c.path
		}
		d.check(t, "get", c.path, h.ask("GET", ask, "", "", all))
		d.check(t, "get", c.path, h.ask("GET", ask, "", "")) // nobody
	}
	resume := encode(t, example(act.Resume))
	for _, body := range []string{encode(t, example(act.Halt)), resume, `{}`, `{"do":"halt","reason":"x","venue":"LITXX"}`, encode(t, example(act.ModelShadow)), strings.Repeat("x", formMax+1)} {
		d.check(t, "post", "/api/v1/actions", h.ask("POST", "/api/v1/actions", takesJSON, body, risk))
	}
	d.check(t, "post", "/api/v1/actions", h.ask("POST", "/api/v1/actions", takesJSON, resume))
	d.check(t, "get", "/api/v1/approvals", h.ask("GET", "/api/v1/approvals", "", "", all))
	if waits := h.desk.Approvals(nil); len(waits) == 1 {
		path := fmt.Sprintf("/api/v1/approvals/%d", waits[0].ID)
		for _, who := range []string{"risk", "admin", "admin"} {
			d.check(t, "post", "/api/v1/approvals/{id}", h.ask("POST", path, takesJSON, `{"approve":true,"reason":"seen"}`, bearer(h.token(who))))
		}
	} else {
		t.Errorf("%d wait, want the resume", len(waits))
	}
	if doc := d.Components.Schemas["Action"].Properties["do"].Enum; !slices.Equal(doc, act.Actions()) {
		t.Errorf("documented actions %v, want %v", doc, act.Actions())
	}
}
