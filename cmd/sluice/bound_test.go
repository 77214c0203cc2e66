//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestBoundUser is SEC-04 on the running router: of two clients whose orders work, a user of every role who is bound to one sees its
// order alone, in answers and in the stream of the page, and cancels it alone; a change of whom they are bound to holds at once; and
// reading without a login, which the file allows, ends with the first user who is bound.
func TestBoundUser(t *testing.T) {
	slow(t)
	t.Parallel()
	d := newDesk(t, func(s string) string {
		s = strings.Replace(s, "http_addr = \"127.0.0.1:0\"\n", "http_addr = \"127.0.0.1:0\"\nhttp_open_reading = true\n", 1)
		return strings.Replace(s, "\n[[venue]]\n", "\n[[client]]\nname = \"OTHER\"\ncomp_id = \"OTHER\"\nversion = \"4.4\"\nallow_reset = true\n\n[[venue]]\n", 1)
	})
	sim := d.startVenues()
	router := d.startRouter()
	d.ready(router)
	d.hide("p.secret", "correct horse battery staple")
	user := func(name string, more ...string) (token string) {
		d.tells(0, append([]string{"users", "add", name, "--password-file", filepath.Join(d.dir, "p.secret")}, more...)...)
		return strings.TrimSpace(d.tells(0, "users", "token", name, "--roles", "trader"))
	}
	free := user("ann", "--roles", "admin,trader")
	at := page.FindStringSubmatch(router.stderr.String())[1]
	ask := func(method, path, token, body string, within time.Duration) (int, string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, method, at+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		r.Header.Set("Content-Type", "application/json")
		a, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		var b bytes.Buffer
		_, _ = io.Copy(&b, a.Body) // a stream ends with its context
		return a.StatusCode, b.String()
	}
	if code, _ := ask("GET", "/api/v1/state", "", "", generous); code != http.StatusOK {
		t.Errorf("open reading before anybody is bound: %d", code)
	}
	sends := []*process{}
	for _, client := range []string{"DESK", "OTHER"} {
		sends = append(sends, d.run("send", "-c", d.config, "--client", client, "--symbol", "ACME", "--side", "buy", "--qty", "90000", "--strategy", "vwap", "--for", "5m"))
	}
	type row struct {
		ID     int
		Client string
	}
	parents := func(token string) (out []row) {
		code, text := ask("GET", "/api/v1/state", token, "", generous)
		var s struct{ Parents []row }
		if err := json.Unmarshal([]byte(text), &s); err != nil || code != http.StatusOK {
			t.Fatalf("state: %d, %v", code, err)
		}
		return s.Parents
	}
	eventually(t, "both orders are known", func() bool { return len(parents(free)) == 2 })
	id := map[string]string{}
	for _, p := range parents(free) {
		id[p.Client] = string(rune('0' + p.ID))
	}

	own := user("bob", "--roles", "viewer,trader,risk,model,admin", "--clients", "OTHER")
	if code, _ := ask("GET", "/api/v1/state", "", "", generous); code != http.StatusUnauthorized {
		t.Errorf("open reading beside a user who is bound: %d", code)
	}
	if got := parents(own); len(got) != 1 || got[0].Client != "OTHER" {
		t.Errorf("bound to OTHER, the parents are %v", got)
	}
	for _, path := range []string{"/", "/risk", "/?parent=" + id["OTHER"], "/api/v1/stream?page=orders", "/api/v1/stream?page=risk", "/api/v1/parents/" + id["OTHER"], "/api/v1/sessions", "/api/v1/limits"} {
		within := generous
		if strings.Contains(path, "stream") {
			within = time.Second
		}
		code, text := ask("GET", path, own, "", within)
		if code != http.StatusOK || strings.Contains(text, "DESK") || !slices.Contains([]string{"/api/v1/limits"}, path) && !strings.Contains(text, "OTHER") {
			t.Errorf("%s: %d; DESK in it %t, OTHER in it %t", path, code, strings.Contains(text, "DESK"), strings.Contains(text, "OTHER"))
		}
	}
	if code, text := ask("GET", "/api/v1/parents/"+id["DESK"], own, "", generous); code != http.StatusNotFound {
		t.Errorf("another's order: %d %s", code, text)
	}
	cancel := func(client string) (int, string) {
		return ask("POST", "/api/v1/actions", own, `{"do":"parent.cancel","reason":"not needed","parent":`+id[client]+`}`, generous)
	}
	if code, text := cancel("DESK"); code != http.StatusConflict || !strings.Contains(text, "is not known here") {
		t.Errorf("cancel of another's order: %d %s", code, text)
	}
	if code, text := cancel("OTHER"); code != http.StatusOK {
		t.Errorf("cancel of their own: %d %s", code, text)
	}
	sends[1].ends(generous) // it was canceled
	d.tells(0, "users", "roles", "bob", "trader", "--clients", "DESK")
	if got := parents(own); len(got) != 1 || got[0].Client != "DESK" {
		t.Errorf("bound to DESK now, the parents are %v", got)
	}
	if code, text := cancel("DESK"); code != http.StatusOK {
		t.Errorf("cancel of what is theirs now: %d %s", code, text)
	}
	sends[0].ends(generous)
	router.stop(15 * time.Second)
	sim.stop(15 * time.Second)
}
