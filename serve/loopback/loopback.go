// Package loopback serves HTTP to this machine only: the check of the Host that stops a foreign page which points its
// own name at 127.0.0.1 (DNS rebinding), and a server that ends with its context. The page and the metrics use it.
package loopback

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// grace is how long answers that are being written may take when the server ends.
const grace = 3 * time.Second

// IsHost reports whether a request's Host, with or without a port, names this machine by localhost or by an address
// of the loopback interface.
func IsHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	if n := len(host); n > 1 && host[0] == '[' && host[n-1] == ']' {
		host = host[1 : n-1]
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Guard answers 421 to every request for another Host than this machine.
func Guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !IsHost(r.Host) {
			http.Error(w, "this server answers only to 127.0.0.1, ::1 and localhost", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// bodyWait is how long a request's body may take to come. It holds whether anybody reads the body or not: the server itself reads
// what a handler leaves of it before it answers, and would wait for ever.
const bodyWait = 5 * time.Second

// bodies sets that time.
func bodies(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyWait)) // a connection takes one
		}
		next.ServeHTTP(w, r)
	})
}

// Serve answers on ln until ctx ends, which also ends every request's context, then waits for what is still being
// answered, three seconds at most. It closes ln. The error is nil when ctx ended it.
func Serve(ctx context.Context, ln net.Listener, h http.Handler) error {
	srv := &http.Server{
		Handler:           bodies(h),
		ReadHeaderTimeout: 5 * time.Second, // no ReadTimeout: it would end an open stream
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    32 << 10,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := srv.Shutdown(end)
	if err != nil {
		err = srv.Close()
	}
	if serveErr := <-failed; !errors.Is(serveErr, http.ErrServerClosed) {
		err = errors.Join(err, serveErr)
	}
	return err
}
