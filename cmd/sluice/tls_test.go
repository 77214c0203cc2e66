//go:build linux

package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority issues certificates for a test.
type authority struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(100 * 24 * time.Hour), KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// issue gives a certificate for a name, and its PEM texts.
func (a *authority) issue(name string) (pair tls.Certificate, cert, key []byte) {
	a.t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(100 * 24 * time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &private.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	b, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, key = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: b})
	if pair, err = tls.X509KeyPair(cert, key); err != nil {
		a.t.Fatal(err)
	}
	return pair, cert, key
}

// put writes a file of the desk, mode 0600.
func (d *desk) put(name string, b []byte) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), b, 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// secured lets a desk listen for clients with mutual TLS.
const secured = "[fix]\ntls = true\ntls_cert_file = \"router.crt\"\ntls_key_file = \"router.key\"\ntls_ca_file = \"clients.crt\"\nallow = [\"127.0.0.1\"]\n"

// TestMutualTLSOfClients is SEC-01 on the real router: the client's own certificate and password get in. No certificate, that of
// another CompID or authority, TLS 1.1, plaintext and an address that is not allowed get nowhere, and after five wrong passwords
// neither does the right one.
func TestMutualTLSOfClients(t *testing.T) {
	slow(t)
	t.Parallel()
	const password = "a horse that is correct"
	ours, strange := newAuthority(t), newAuthority(t)
	d := newDesk(t, func(s string) string {
		s = strings.Replace(s, "[fix]\n", secured, 1)
		return strings.Replace(s, "\n[[venue]]\n", "\n[[client]]\nname = \"RAW\"\ncomp_id = \"RAW\"\nversion = \"4.4\"\nallow_reset = true\nusername = \"raw\"\npassword_file = \"raw.hash\"\n\n[[venue]]\n", 1)
	})
	_, cert, key := ours.issue("router.test")
	d.put("router.crt", cert)
	d.put("router.key", key)
	d.put("clients.crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ours.cert.Raw}))
	d.hide("raw.password", password)
	hash := d.run("users", "hash", "--password-file", "raw.password")
	if code := hash.ends(generous); code != 0 {
		t.Fatalf("sluice users hash ends with %d: %s", code, hash.stderr.String())
	}
	d.put("raw.hash", []byte(hash.stdout.String()))
	router := d.startRouter()
	own, _, _ := ours.issue("RAW")
	other, _, _ := ours.issue("OTHER")
	forged, _, _ := strange.issue("RAW")
	logon := func(from string, cfg *tls.Config, password string) bool {
		t.Helper()
		raw, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).Dial("tcp", d.clients)
		if err != nil {
			t.Fatal(err)
		}
		defer raw.Close()
		_ = raw.SetDeadline(time.Now().Add(generous))
		conn := raw
		if cfg != nil {
			cfg.RootCAs, cfg.ServerName = ours.pool(), "router.test"
			secure := tls.Client(raw, cfg)
			if secure.Handshake() != nil {
				return false
			}
			conn = secure
		}
		p := &peer{t: t, conn: conn, in: bufio.NewReader(conn), sender: "RAW", target: "SLUICE"}
		_, _ = conn.Write(p.frame("A", "98=0|108=30|141=Y|553=raw|554="+password+"|")) // the router may have closed it
		m, err := p.next()
		if err == nil && m["35"] == "A" {
			_, _ = conn.Write(p.frame("5", ""))
			_, _ = p.next()
			return true
		}
		return false
	}
	with := func(c ...tls.Certificate) *tls.Config { return &tls.Config{Certificates: c} }
	eleven := with(own)
	eleven.MinVersion, eleven.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	twelve := with(own)
	twelve.MaxVersion = tls.VersionTLS12
	in := func(what string, cfg *tls.Config) {
		t.Helper()
		eventually(t, what, func() bool { return logon("127.0.0.1", cfg, password) }) // the connection before may be winding down
	}
	in("the client's own certificate gets in", with(own))
	in("TLS 1.2 gets in", twelve)
	for name, cfg := range map[string]*tls.Config{"no certificate": with(), "another CompID's certificate": with(other), "another authority's certificate": with(forged),
		"TLS 1.1": eleven, "plaintext": nil} {
		if logon("127.0.0.1", cfg, password) {
			t.Errorf("%s gets in", name)
		}
	}
	eventually(t, "another CompID's certificate is what is wrong", func() bool {
		return !logon("127.0.0.1", with(other), password) && router.count("not the one agreed for this CompID") > 0
	})
	if logon("127.0.0.2", with(own), password) {
		t.Error("an address that is not allowed gets in")
	}
	eventually(t, "the log names the rule", func() bool { return router.count("GRD-07/allow") > 0 })
	in("the client gets in again", with(own))
	for n := 1; n <= 5; n++ {
		eventually(t, fmt.Sprintf("wrong password %d is refused", n), func() bool {
			if logon("127.0.0.1", with(own), "wrong") {
				t.Fatal("a wrong password gets in")
			}
			return router.count("fix logon refused") >= n
		})
	}
	if logon("127.0.0.1", with(own), password) {
		t.Error("the right password gets in after five wrong ones")
	}
	router.stop(15 * time.Second)
}

// TestTLSOfVenues is SEC-02 on the real router: it logs on, with its own certificate, to the venue whose certificate is of the
// pinned authority and has the name that was agreed, and says no word of FIX to one of another name or authority.
func TestTLSOfVenues(t *testing.T) {
	slow(t)
	t.Parallel()
	ours, strange := newAuthority(t), newAuthority(t)
	logons := map[string]chan error{}
	var venues strings.Builder
	for name, by := range map[string]struct {
		a    *authority
		name string
	}{"RIGHT": {ours, "venue.test"}, "NAMED": {ours, "elsewhere.test"}, "FORGED": {strange, "venue.test"}} {
		pair, _, _ := by.a.issue(by.name)
		l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ours.pool()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		heard := make(chan error, 1000)
		logons[name] = heard
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				_ = conn.SetDeadline(time.Now().Add(generous))
				b := make([]byte, 1024)
				n, err := conn.Read(b) // makes the handshake
				if err == nil && !strings.Contains(string(b[:n]), "\x0135=A\x01") {
					err = fmt.Errorf("no Logon: %q", b[:n])
				}
				heard <- err
				_ = conn.Close()
			}
		}()
		fmt.Fprintf(&venues, "[[venue]]\nname = %q\nmic = \"%.4s\"\ntype = \"dark\"\ncaps = [\"midpoint\"]\n[[venue.fees]]\nfrom = \"2020-01-01\"\nper_share_usd = { added = \"0\", removed = \"0\" }\n"+
			"[venue.orders]\naddr = %q\ntheir_comp_id = %q\nversion = \"4.4\"\ntls = true\ntls_server_name = \"venue.test\"\ntls_ca_file = \"venues.crt\"\n"+
			"tls_cert_file = \"own.crt\"\ntls_key_file = \"own.key\"\n\n", name, name, l.Addr().String(), name)
	}
	d := newDesk(t, func(s string) string {
		return strings.Replace(s, "\n[[instrument]]\n", "\n"+venues.String()+"[[instrument]]\n", 1)
	})
	_, cert, key := ours.issue("sluice")
	d.put("own.crt", cert)
	d.put("own.key", key)
	d.put("venues.crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ours.cert.Raw}))
	router := d.startRouter()
	for name, heard := range logons {
		for range 2 { // it comes back: not by chance
			select {
			case err := <-heard:
				if (err == nil) != (name == "RIGHT") {
					t.Errorf("venue %s heard a Logon: %t (%v)", name, err == nil, err)
				}
			case <-time.After(generous):
				t.Errorf("venue %s: the router does not come", name)
			}
		}
	}
	router.stop(15 * time.Second)
}
