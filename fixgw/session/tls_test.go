package session

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/fixgw/wire"
)

// authority issues certificates for a test.
type authority struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true,
		BasicConstraintsValid: true, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &authority{t, key, cert, pool}
}

func (a *authority) issue(name string) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(2), DNSNames: []string{name}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// SEC-01: mutual TLS with the certificate bound to the CompID, 1.3 by default.
func TestMutualTLSBindsTheCertificate(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	cfg := client("TLSCLIENT")
	cfg.Certificates = []string{"client.test"}
	h, book := new(recorder), new(logBook)
	a, err := NewAcceptor(AcceptorConfig{Address: "127.0.0.1:0", Sessions: []Config{cfg}, TLS: &tls.Config{
		Certificates: []tls.Certificate{ca.issue("router.test")}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.pool,
	}}, Env{Handler: h, Store: new(memory).stores(t, true), Log: book.logger()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	if err := a.Start(); err != nil {
		t.Fatal(err)
	}
	connect := func(name string, most uint16) (*far, error) {
		c, err := tls.Dial("tcp", a.Addr().String(), &tls.Config{RootCAs: ca.pool, ServerName: "router.test",
			Certificates: []tls.Certificate{ca.issue(name)}, MaxVersion: most})
		if err != nil {
			return nil, err
		}
		return newFar(t, c, "TLSCLIENT", "SLUICE"), nil
	}
	other, err := connect("other.test", 0)
	if err != nil {
		t.Fatal(err)
	}
	other.send("A", "98=0|108=30|")
	other.closed()
	p, err := connect("client.test", 0)
	if err != nil {
		t.Fatal(err)
	}
	p.logon("")
	p.alive()
	if _, err := connect("client.test", tls.VersionTLS12); err == nil {
		t.Error("TLS 1.2 was taken without being allowed")
	}
	if _, err := tlsFloor(&tls.Config{MinVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 may be configured")
	}
}

// SEC-02, GRD-09: TLS in the relay, with the server's name checked.
func TestVenueOverTLS(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	v := newVenue(t, "TLSVENUE")
	cfg := venueCfg("TLSVENUE", v.l.Addr().String())
	cfg.Dial.TLS = &tls.Config{RootCAs: ca.pool, ServerName: "elsewhere.test"}
	cfg.Dial.Handshake = generous
	failed := make(chan error, 1000)
	cfg.Dial.Failed = func(err error, _ time.Duration) { failed <- err }
	cfg.Limits = wire.Limits{PreLogon: generous}
	server := tls.NewListener(v.l, &tls.Config{Certificates: []tls.Certificate{ca.issue("venue.test")}})
	served := make(chan net.Conn, 1000)
	go func() {
		for {
			c, err := server.Accept()
			if err != nil {
				return
			}
			go func() {
				if c.(*tls.Conn).Handshake() != nil {
					_ = c.Close()
					return
				}
				served <- c
			}()
		}
	}()
	wrong := initiatorFor(t, new(recorder), new(logBook), new(memory).stores(t, false), cfg)
	if err := <-failed; err == nil {
		t.Error("a server of another name was taken")
	}
	wrong.Close()
	for len(served) > 0 {
		_ = (<-served).Close()
	}
	cfg.Dial.TLS = &tls.Config{RootCAs: ca.pool, ServerName: "venue.test"}
	i := initiatorFor(t, new(recorder), new(logBook), new(memory).stores(t, false), cfg)
	for i.Session().State() != LoggedOn {
		select {
		case c := <-served:
			p := newFar(t, c, "TLSVENUE", "SLUICE")
			if _, err := p.reader.Next(); err != nil {
				continue // of the initiator that gave up
			}
			p.send("A", "98=0|108=30|")
			eventually(t, "logged on", logged(i.Session()))
			p.alive()
		case <-time.After(generous):
			t.Fatal("no connection")
		}
	}
}
