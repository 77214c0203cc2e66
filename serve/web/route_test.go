package web

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

// TestRoutes: what others answer is guarded like the rest; by POST comes only JSON, and only where it is asked for.
func TestRoutes(t *testing.T) {
	h := New(newDesk(t).v, quiet(),
		Route{"GET /api/v1/models", func(*http.Request) (any, int, error) { return map[string]string{"serving": "m1"}, 0, nil }},
		Route{"POST /v1/estimate", func(r *http.Request) (any, int, error) {
			b, err := io.ReadAll(r.Body)
			if err != nil || string(b) != "{}" {
				return nil, http.StatusBadRequest, errors.New("no request")
			}
			return map[string]int{"cost": 1}, http.StatusOK, nil
		}},
		Route{"GET /api/v1/broken", func(*http.Request) (any, int, error) { return nil, 0, errors.New("broken") }})
	for _, c := range []struct {
		method, url, kind, body string
		status                  int
		want                    string
	}{
		{"GET", "http://127.0.0.1:8080/api/v1/models", "", "", 200, `{"serving":"m1"}`},
		{"POST", "http://127.0.0.1:8080/v1/estimate", "application/json; charset=utf-8", "{}", 200, `{"cost":1}`},
		{"POST", "http://127.0.0.1:8080/v1/estimate", "application/json", "x", 400, `{"error":"no request"}`},
		{"POST", "http://127.0.0.1:8080/v1/estimate", "text/plain", "{}", 415, "application/json"},
		{"POST", "http://127.0.0.1:8080/v1/estimate", "", "{}", 415, "application/json"},
		{"GET", "http://127.0.0.1:8080/v1/estimate", "", "", 405, ""},
		{"POST", "http://evil.example/v1/estimate", "application/json", "{}", 421, "answers only to"},
		{"POST", "http://127.0.0.1:8080/api/v1/models", "application/json", "{}", 405, "read-only"},
		{"POST", "http://127.0.0.1:8080/", "application/json", "{}", 405, "read-only"},
		{"GET", "http://127.0.0.1:8080/api/v1/broken", "", "", 500, `{"error":"broken"}`},
	} {
		r := httptest.NewRequest(c.method, c.url, strings.NewReader(c.body))
		if c.kind != "" {
			r.Header.Set("Content-Type", c.kind)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s %s as %q: %d %s, want %d %s", c.method, c.url, c.kind, w.Code, w.Body.String(), c.status, c.want)
		}
	}
}

// TestSlowBody: whoever sends a body byte by byte, or none, is left, also where nothing looks at it (SEC-13).
func TestSlowBody(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	h := New(newDesk(t).v, quiet(), Route{"POST /v1/estimate", func(r *http.Request) (any, int, error) {
		if _, err := io.ReadAll(r.Body); err == nil {
			t.Error("99 bytes that never came are there")
		}
		return nil, http.StatusBadRequest, errors.New("no request")
	}})
	go func() { ended <- Serve(ctx, ln, h) }()
	for _, path := range []string{"/v1/estimate", "/login"} {
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "POST "+path+" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"); err != nil {
			t.Fatal(err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(30 * time.Second))
		if _, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: the body is waited for still", path)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
