package web

import (
	"bufio"
	"context"
	"encoding/json"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/serve/access"
	"github.com/sluice-sor/sluice/serve/view"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func get(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080"+path, nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPage(t *testing.T) {
	h := New(newDesk(t).v, quiet())
	for _, path := range []string{"/", "/?parent=3", "/?parent=3&decision=31", "/?parent=999", "/?parent=x&decision=999", "/?q=" + url.QueryEscape(evil) + "&client=DESK",
		"/venues", "/models", "/experiment", "/risk"} {
		w := get(t, h, path)
		body := w.Body.String()
		if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			t.Fatalf("%s: got %d, %s", path, w.Code, w.Header().Get("Content-Type"))
		}
		for _, want := range []string{"read-only", "▼ 1 of 6 venue sessions are down", "</html>"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: the page has no %q", path, want)
			}
		}
		for _, bad := range []string{"<script>alert", "style=", "onclick=", "<no value>", "%!", "ZgotmplZ", "http://", "https://"} {
			if i := strings.Index(body, bad); i >= 0 {
				t.Errorf("%s: the page has %q: …%s…", path, bad, body[max(0, i-60):min(len(body), i+60)])
			}
		}
	}
	if body := get(t, h, "/?parent=3&decision=31").Body.String(); !strings.Contains(body, "<b>#31</b>") || !strings.Contains(body, "left out:") {
		t.Error("decision 31 is not explained")
	}
	body := html.UnescapeString(get(t, h, "/?parent=3&decision=31").Body.String())
	for _, want := range []string{"Expected cost by part", "what stays unfilled costs +4.20 a share", `<td class="n">+0.44 to +1.76</td>`, "chosen − static</th>", `<td class="n">−0.20</td>`,
		`<td class="n">0.500</td><td class="n">0.920</td>`} {
		if !strings.Contains(body, want) {
			t.Errorf("decision 31 has no %q", want)
		}
	}
	if body := get(t, h, "/?parent=999").Body.String(); !strings.Contains(body, "Parent 999 is no longer kept") {
		t.Error("a parent that is not kept is not said to be")
	}
}

// TestEmptyPage: a router that has done nothing says so on every page.
func TestEmptyPage(t *testing.T) {
	h := New(view.New(view.Options{}), quiet())
	for path, wants := range map[string][]string{
		"/":           {"No parent order yet", "Select an order", "Select a decision"},
		"/venues":     {"No configuration in the journal yet", "No venue yet", "No symbol was worked yet"},
		"/models":     {"No model has served yet", "No registry is followed here", "No version yet", "Nothing was decided"},
		"/experiment": {"No experiment was begun"},
		"/risk":       {"No decision yet", "No alert", "No session yet", "✓ none"},
	} {
		body := get(t, h, path).Body.String()
		for _, want := range wants {
			if !strings.Contains(body, want) {
				t.Errorf("%s: the empty page has no %q", path, want)
			}
		}
	}
}

func TestAPI(t *testing.T) {
	h := New(newDesk(t).v, quiet())
	for _, c := range []struct {
		path string
		code int
		want string
	}{
		{"/healthz", 200, "ok"},
		{"/api/v1/state", 200, `"seq":`},
		{"/api/v1/venues", 200, `"name":"DARKA"`},
		{"/api/v1/parents/3", 200, `"timeline":[`},
		{"/api/v1/parents/999", 404, `"error":"parent 999 is not kept here`},
		{"/api/v1/parents/x", 400, `"error":"an id is a whole number`},
		{"/api/v1/decisions/31", 200, `"plans":[`},
		{"/api/v1/decisions/0", 400, `"error"`},
		{"/api/v1/decisions/12345", 404, "sluice report --decision 12345"},
		{"/api/v1/decisions/31/explanation", 200, `"total_bps":`},
		{"/api/v1/decisions/12345/explanation", 404, "sluice report --decision 12345"},
		{"/api/v1/decisions/x/explanation", 400, `"error":"an id is a whole number`},
		{"/api/v1/children/3/explanation", 200, `{"child":3,"clordid":"`},
		{"/api/v1/children/12345/explanation", 404, "sluice report --child 12345"},
		{"/api/v1/children/0/explanation", 400, `"error"`},
		{"/nothing", 404, ""},
		{"/assets/style.css", 200, "--panel"},
		{"/assets/page.html", 404, ""},
	} {
		w := get(t, h, c.path)
		if w.Code != c.code || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s: got %d %.80q, want %d with %q", c.path, w.Code, w.Body, c.code, c.want)
		}
		if strings.HasPrefix(c.path, "/api/") && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s: not JSON: %.80q", c.path, w.Body)
		}
	}
}

// SEC-03: no inline script, no other host, no CORS, no rebinding, nothing to change.
func TestGuard(t *testing.T) {
	h := New(newDesk(t).v, quiet())
	w := get(t, h, "/")
	csp := w.Header().Get("Content-Security-Policy")
	if !strings.Contains(csp, "script-src 'self'") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") {
		t.Errorf("policy: got %q", csp)
	}
	for _, name := range []string{"X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Cross-Origin-Resource-Policy"} {
		if w.Header().Get(name) == "" {
			t.Errorf("no %s", name)
		}
	}
	if got := w.Header().Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("Access-Control-Allow-Origin: got %q, want none", got)
	}
	for host, want := range map[string]int{"127.0.0.1:1": 200, "localhost": 200, "[::1]:80": 200, "127.8.8.8": 200,
		"evil.example": 421, "127.0.0.1.evil.example:8080": 421, "10.0.0.1": 421, "": 421} {
		r := httptest.NewRequest(http.MethodGet, "/healthz", nil)
		r.Host = host
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != want {
			t.Errorf("host %q: got %d, want %d", host, w.Code, want)
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		r := httptest.NewRequest(method, "http://localhost/api/v1/state", nil)
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s: got %d, want 405", method, w.Code)
		}
	}
}

// start serves h on a free loopback port until the test ends.
func start(t testing.TB, h http.Handler) (url string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, ln, h) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return "http://" + ln.Addr().String()
}

// panels reads events until a tick and gives the panels' ids in between.
func panels(t *testing.T, sc *bufio.Scanner) map[string]string {
	t.Helper()
	got := map[string]string{}
	name := ""
	for sc.Scan() {
		line := sc.Text()
		switch {
		case strings.HasPrefix(line, "event: "):
			name = strings.TrimPrefix(line, "event: ")
		case strings.HasPrefix(line, "data: ") && name == "panel":
			var p panel
			if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "data: ")), &p); err != nil {
				t.Fatal(err)
			}
			got[p.ID] = p.HTML
		case strings.HasPrefix(line, "data: ") && name == "tick":
			return got
		}
	}
	t.Fatalf("the stream ended: %v", sc.Err())
	return nil
}

func TestStream(t *testing.T) {
	d := newDesk(t)
	url := start(t, New(d.v, quiet()))
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/api/v1/stream?page=orders&parent=3", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Client{Transport: tr}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if got := res.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("content type: got %q", got)
	}
	sc := bufio.NewScanner(res.Body)
	sc.Buffer(nil, 4<<20)
	first := panels(t, sc)
	if len(first) != len(pageOf("orders").all)+len(pageOf("orders").own) || !strings.Contains(first["parent"], "-3</b>") {
		t.Errorf("first round: got %d panels, parent %.100q", len(first), first["parent"])
	}
	d.apply(&event.Raise{Severity: event.Page, Code: "TEST", Text: "hello"})
	next := panels(t, sc)
	if !strings.Contains(next["notices"], "hello") || next["blotter"] != "" {
		t.Errorf("second round: got %d panels; want the notices and not the blotter, which did not change", len(next))
	}
}

// A client that does not read is dropped; others do not notice, and nothing is queued for it.
func TestSlowReaderIsDropped(t *testing.T) {
	h := New(newDesk(t).v, quiet())
	w := &stuckWriter{ResponseRecorder: httptest.NewRecorder()}
	r := httptest.NewRequest(http.MethodGet, "http://localhost/api/v1/stream", nil)
	done := make(chan struct{})
	go func() { h.ServeHTTP(w, r); close(done) }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("the stream of a client that takes nothing goes on")
	}
}

// stuckWriter fails as a socket does whose write deadline passed.
type stuckWriter struct {
	*httptest.ResponseRecorder
	n int
}

func (w *stuckWriter) Write(b []byte) (int, error) {
	if w.n++; w.n > 1 {
		return 0, context.DeadlineExceeded
	}
	return len(b), nil
}

func (w *stuckWriter) SetWriteDeadline(time.Time) error { return nil }

// TestTooManyStreams: nobody takes all the open pages there are: a viewer's program kept the risk page from everybody (SEC-13).
func TestTooManyStreams(t *testing.T) {
	s := &site{}
	as := func(name string) *http.Request {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		return r.WithContext(context.WithValue(r.Context(), readerKey{}, &reader{person: &access.Person{Name: name}}))
	}
	for i := range streamsEach {
		if !s.streams.enter("ann") {
			t.Fatalf("%d open pages, want %d", i, streamsEach)
		}
	}
	w := httptest.NewRecorder()
	if s.stream(w, as("ann")); w.Code != http.StatusServiceUnavailable {
		t.Errorf("one more of one person: got %d, want 503", w.Code)
	}
	for i := streamsEach; i < streamsMost; i++ {
		if !s.streams.enter(strconv.Itoa(i)) {
			t.Fatalf("%d open pages of all", i)
		}
	}
	w = httptest.NewRecorder()
	if s.stream(w, as("bob")); w.Code != http.StatusServiceUnavailable {
		t.Errorf("one more of all: got %d, want 503", w.Code)
	}
	s.streams.leave("ann")
	if !s.streams.enter("bob") || s.streams.of["ann"] != streamsEach-1 {
		t.Error("nobody takes the place of one that was closed")
	}
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{qty(1234567), "1\u2009234\u2009567"}, {qty(-999), "−999"}, {qty(0), "0"},
		{usd(-5_000), "−0.01"}, {usd(1_234_567_890), "1\u2009234.57"}, {usd(-1_500_000), "−1.50"},
		{bps(-0.001), "0.00"}, {bps(0.001), "0.00"}, {bps(1.234), "+1.23"}, {bps(-0.5), "−0.50"}, {micros(950), "950 µs"}, {micros(1500), "1.5 ms"},
		{px(0), "–"}, {px(10_005_000), "10.005"}, {clock(0), "–"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func BenchmarkPage(b *testing.B) {
	h := New(newDesk(b).v, quiet())
	for b.Loop() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost/", nil))
	}
}
