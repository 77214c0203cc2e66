// Package secure makes the TLS of FIX sessions from the files that a configuration names (SEC-01, SEC-02).
package secure

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"github.com/sluice-sor/sluice/serve/config"
)

// Client is the TLS of a connection that we open; nil for plaintext (SEC-02).
func Client(t *config.TLS) (*tls.Config, error) {
	if !t.On {
		return nil, nil
	}
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if t.CAFile != "" {
		pool, err := authorities(t.CAFile)
		if err != nil {
			return nil, err
		}
		cfg.RootCAs = pool
	}
	if t.CertFile == "" {
		return cfg, nil
	}
	pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("tls_cert_file %s: %w", t.CertFile, err)
	}
	cfg.Certificates = []tls.Certificate{pair}
	return cfg, nil
}

// Server is the TLS of the clients' port; with an authority, a client must show a certificate of it (SEC-01).
func Server(t *config.TLS) (*tls.Config, error) {
	if !t.On {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("tls_cert_file %s: %w", t.CertFile, err)
	}
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}
	if t.CAFile != "" {
		if cfg.ClientCAs, err = authorities(t.CAFile); err != nil {
			return nil, err
		}
		cfg.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return cfg, nil
}

func authorities(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("tls_ca_file: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("tls_ca_file %s holds no certificate: give a PEM file", file)
	}
	return pool, nil
}

// Caller is the TLS of a command that logs on to the router of its own file. The router's certificate is what it trusts,
// unless own names an authority; own also has the certificate that it shows, where the router asks for one.
func Caller(router *config.TLS, own config.TLS) (*tls.Config, error) {
	own.On = router.On
	if own.CAFile == "" {
		own.CAFile = router.CertFile
	}
	return Client(&own)
}
