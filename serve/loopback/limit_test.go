package loopback

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestLimit: whoever holds connections, without a word, uses up no files of the process: over plain text and below TLS (SEC-13).
func TestLimit(t *testing.T) {
	certified := httptest.NewUnstartedServer(nil)
	certified.StartTLS()
	defer certified.Close()
	for name, wrap := range map[string]func(net.Listener) net.Listener{
		"plain": func(l net.Listener) net.Listener { return l },
		"tls":   func(l net.Listener) net.Listener { return tls.NewListener(l, certified.TLS) },
	} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		limit := Limit(ln).(*limited)
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() {
			done <- Serve(ctx, wrap(limit), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		}()
		var held []net.Conn
		count := func() int {
			limit.mu.Lock()
			defer limit.mu.Unlock()
			if limit.open["127.0.0.1"] != limit.all {
				t.Errorf("%s: %d of one address, %d of all", name, limit.open["127.0.0.1"], limit.all)
			}
			return limit.all
		}
		become := func(want int) {
			t.Helper()
			for end := time.Now().Add(10 * time.Second); count() != want; time.Sleep(time.Millisecond) {
				if time.Now().After(end) {
					t.Fatalf("%s: %d connections, want %d", name, count(), want)
				}
			}
		}
		for range eachMost {
			c, err := net.Dial("tcp", ln.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			held = append(held, c)
		}
		become(eachMost)
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := c.Read(make([]byte, 1)); err == nil || count() != eachMost {
			t.Errorf("%s: one more is let in: %v", name, err)
		}
		_ = c.Close()
		for _, c := range held {
			_ = c.Close()
		}
		become(0)
		tr := &http.Transport{TLSClientConfig: certified.Client().Transport.(*http.Transport).TLSClientConfig}
		scheme := map[string]string{"plain": "http://", "tls": "https://"}[name]
		res, err := (&http.Client{Transport: tr}).Get(scheme + ln.Addr().String())
		if err != nil {
			t.Errorf("%s: nobody is let in afterwards: %v", name, err)
		} else {
			_ = res.Body.Close()
		}
		tr.CloseIdleConnections()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestLimitOfAll(t *testing.T) {
	l := Limit(nil).(*limited)
	for i := range allMost {
		if !l.enter(string(rune('a' + i%100))) {
			t.Fatalf("%d of %d are let in", i, allMost)
		}
	}
	if l.enter("another") {
		t.Error("more than all are let in")
	}
	l.leave("a")
	if !l.enter("another") {
		t.Error("nobody takes the place of one that left")
	}
}

// deadlines remembers the read deadline that a handler's connection got.
type deadlines struct {
	*httptest.ResponseRecorder
	at time.Time
}

func (d *deadlines) SetReadDeadline(at time.Time) error { d.at = at; return nil }

// TestBodies: a body that does not come holds no connection, also where the handler never looks at it: the server reads it then (SEC-13).
func TestBodies(t *testing.T) {
	h := bodies(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, c := range []struct {
		method string
		length int64
		bound  bool
	}{{http.MethodPost, 1000, true}, {http.MethodPost, -1, true}, {http.MethodGet, 5, true}, {http.MethodGet, 0, false}, {http.MethodPost, 0, false}} {
		r := httptest.NewRequest(c.method, "/", nil)
		r.ContentLength = c.length
		w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
		h.ServeHTTP(w, r)
		if left := time.Until(w.at); c.bound != (left > 0 && left <= bodyWait) {
			t.Errorf("%s with %d bytes: %v are left", c.method, c.length, left)
		}
	}
}
