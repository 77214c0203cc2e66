package loopback

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestGuard(t *testing.T) {
	h := Guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for host, want := range map[string]int{"127.0.0.1:1": 200, "localhost": 200, "localhost:80": 200, "[::1]:80": 200, "[::1]": 200, "127.8.8.8": 200,
		"evil.example": 421, "127.0.0.1.evil.example:8080": 421, "localhost.evil.example": 421, "10.0.0.1": 421, "": 421, "[": 421} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != want {
			t.Errorf("host %q: got %d, want %d", host, w.Code, want)
		}
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	open := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- Serve(ctx, ln, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(open)
			<-r.Context().Done() // as an open stream does
		}))
	}()
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		res, err := (&http.Client{Transport: tr}).Get("http://" + ln.Addr().String())
		if err == nil {
			_ = res.Body.Close()
		}
	}()
	<-open
	cancel()
	if err := <-done; err != nil {
		t.Errorf("got %v, want nil", err)
	}
	<-answered
}

func TestServeTellsAFailure(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = ln.Close()
	if err := Serve(context.Background(), ln, nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want net.ErrClosed", err)
	}
}
