package syslog

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// form is the header of RFC 5424, section 6, with the characters and lengths that its grammar permits, no structured data, and
// the text.
var form = regexp.MustCompile(`^<([0-9]{1,3})>1 ([0-9-]{10}T[0-9:]{8}\.[0-9]{1,6}Z) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) - ([ -~]+)$`)

var message = Message{At: time.Date(2026, 3, 2, 12, 0, 0, 123_456_789, time.FixedZone("", 3600)), App: "sluice", ID: "AUDITHEAD", Text: "audit head router=R1 lines=3 hash=ab"}

func TestMessage(t *testing.T) {
	m := message
	m.Host, m.PID = "trade1.desk", 42
	if got, want := m.String(), "<85>1 2026-03-02T11:00:00.123456Z trade1.desk sluice 42 AUDITHEAD - audit head router=R1 lines=3 hash=ab"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, m := range []Message{{Text: "x"}, {Host: "a b\nc", App: strings.Repeat("é ", 99), ID: "\x00", Text: "line\nend\x7f"}, {Host: strings.Repeat("h", 999), Text: "x"}} {
		if !form.MatchString(m.String()) {
			t.Errorf("%+v is no message of RFC 5424: %q", m, m.String())
		}
	}
}

func TestParse(t *testing.T) {
	for s, want := range map[string]string{"unix:/dev/log": "unix /dev/log", "unix:///dev/log": "unix /dev/log", "udp://192.0.2.1:514": "udp 192.0.2.1:514",
		"tcp://log.desk:601": "tcp log.desk:601", "tls://[::1]:6514": "tls [::1]:6514",
		"": "", "unix:": "", "unix:log": "", "/dev/log": "", "udp://": "", "udp://log": "", "tcp://:601": "", "http://log:80": "", "tls:log:6514": ""} {
		got, err := Parse(s)
		if err == nil && got.Network+" "+got.Addr != want || (err == nil) != (want != "") {
			t.Errorf("%q is %+v, %v; want %q", s, got, err, want)
		}
		if again, err := Parse(got.String()); want != "" && (err != nil || again.Addr != got.Addr || again.Network != got.Network) {
			t.Errorf("%q is written as %q, which is %+v, %v", s, got.String(), again, err)
		}
	}
}

// received checks that what came is one message of RFC 5424 with our text.
func received(t *testing.T, way, got string) {
	t.Helper()
	m := form.FindStringSubmatch(got)
	if m == nil || m[1] != "85" || m[4] != "sluice" || m[6] != "AUDITHEAD" || m[7] != message.Text {
		t.Errorf("%s brought %q", way, got)
	}
}

// TestDatagrams sends to real sockets of datagrams.
func TestDatagrams(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	local, err := net.ListenPacket("unixgram", path)
	if err != nil {
		t.Fatal(err)
	}
	remote, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	for way, l := range map[string]net.PacketConn{"unix:" + path: local, "udp://" + remote.LocalAddr().String(): remote} {
		to, err := Parse(way)
		if err != nil {
			t.Fatal(err)
		}
		if err := to.Check(t.Context()); err != nil {
			t.Errorf("%s: %v", way, err)
		}
		if err := to.Send(t.Context(), &message); err != nil {
			t.Fatalf("%s: %v", way, err)
		}
		b := make([]byte, 9000)
		if err := l.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, _, err := l.ReadFrom(b)
		if err != nil {
			t.Fatalf("%s: %v", way, err)
		}
		received(t, way, string(b[:n]))
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if err := to.Send(t.Context(), &message); err == nil {
			t.Errorf("%s: nobody listens any more, and nothing is said", way)
		}
	}
}

// stream answers on a listener as a syslog receiver does: it reads counted messages until the end, and tells each.
func stream(t *testing.T, l net.Listener) <-chan string {
	t.Helper()
	got := make(chan string, 8)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			in := bufio.NewReader(conn)
			for {
				count, err := in.ReadString(' ')
				if err != nil {
					break
				}
				n, err := strconv.Atoi(strings.TrimSpace(count))
				b := make([]byte, max(0, min(n, 9000)))
				if _, short := io.ReadFull(in, b); err != nil || short != nil {
					got <- fmt.Sprintf("count %q: %v, %v", count, err, short)
					break
				}
				got <- string(b)
			}
			_ = conn.Close()
		}
	}()
	return got
}

func TestTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got := stream(t, l)
	to := Target{Network: TCP, Addr: l.Addr().String()}
	for range 2 {
		if err := to.Send(t.Context(), &message); err != nil {
			t.Fatal(err)
		}
		received(t, "tcp", <-got)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if to.Send(t.Context(), &message) == nil || to.Check(t.Context()) == nil {
		t.Error("nobody listens any more, and nothing is said")
	}
}

// TestRefused: a receiver that takes the connection and ends it without reading has not taken the message; one that never
// answers holds nobody up for longer than its context.
func TestRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.(*net.TCPConn).SetLinger(0) // its close is a reset
			_, _ = conn.Read(make([]byte, 1))
			_ = conn.Close()
		}
	}()
	to := Target{Network: TCP, Addr: l.Addr().String()}
	if err := to.Send(t.Context(), &message); err == nil {
		t.Error("a reset is not noticed")
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	to = Target{Network: TLS, Addr: silent.Addr().String(), TLS: &tls.Config{ServerName: "log.desk", MinVersion: tls.VersionTLS12}}
	if err := to.Send(ctx, &message); err == nil || time.Since(began) > 3*time.Second {
		t.Errorf("a silent receiver: %v after %v", err, time.Since(began))
	}
}

// TestTLS: the receiver's certificate is checked, and a receiver that wants one of ours refuses us without it, which TLS 1.3
// says only after our first octets.
func TestTLS(t *testing.T) {
	pair, pool := certificate(t)
	listen := func(cfg *tls.Config) (string, <-chan string) {
		l, err := tls.Listen("tcp", "127.0.0.1:0", cfg)
		if err != nil {
			t.Fatal(err)
		}
		return l.Addr().String(), stream(t, l)
	}
	addr, got := listen(&tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12})
	to := Target{Network: TLS, Addr: addr, TLS: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	if err := to.Send(t.Context(), &message); err != nil {
		t.Fatal(err)
	}
	received(t, "tls", <-got)
	if err := to.Check(t.Context()); err != nil {
		t.Error(err)
	}
	strange := Target{Network: TLS, Addr: addr, TLS: &tls.Config{MinVersion: tls.VersionTLS12}}
	if strange.Send(t.Context(), &message) == nil {
		t.Error("a certificate of nobody's is taken")
	}
	to.Addr, _ = listen(&tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS13})
	if to.Send(t.Context(), &message) == nil {
		t.Error("a receiver that refused us is believed to have taken the message")
	}
	to.TLS.Certificates = []tls.Certificate{pair}
	if err := to.Send(t.Context(), &message); err != nil {
		t.Errorf("with a certificate: %v", err)
	}
}

// certificate makes one of its own authority for 127.0.0.1.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}
