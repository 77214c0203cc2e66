package config

import (
	"fmt"

	"github.com/sluice-sor/sluice/serve/syslog"
)

// Syslog is a receiver of the audit log's head (SEC-05); its zero value is none. What it gets is a number of lines and a hash, so
// that plaintext gives nothing away; TLS keeps others from sending heads of their own.
type Syslog struct {
	To  string // unix:PATH, udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT
	TLS TLS    // of tls://
}

// syslog reads the keys that begin with k.
func (s *section) syslog(k string) Syslog {
	var y Syslog
	s.Text(k, &y.To)
	if y.To != "" {
		t, err := syslog.Parse(y.To)
		if err != nil {
			s.Problem(k, fmt.Sprintf("is %q, which %v", y.To, err), `want "unix:/dev/log", "udp://HOST:514", "tcp://HOST:601" or "tls://HOST:6514"`)
		} else if t.Network != syslog.Unix {
			s.addr(k, t.Addr, false)
		}
		y.TLS.On = t.Network == syslog.TLS
	}
	s.optionalPath(k+"_tls_ca_file", &y.TLS.CAFile)
	s.optionalPath(k+"_tls_cert_file", &y.TLS.CertFile)
	s.optionalPath(k+"_tls_key_file", &y.TLS.KeyFile)
	s.Text(k+"_tls_server_name", &y.TLS.ServerName)
	switch {
	case !y.TLS.On && (y.TLS.CAFile != "" || y.TLS.CertFile != "" || y.TLS.KeyFile != "" || y.TLS.ServerName != ""):
		s.Problem(k, fmt.Sprintf("is %q although %s_tls_ keys are given", y.To, k), "give tls://HOST:PORT, or remove them")
	case (y.TLS.CertFile == "") != (y.TLS.KeyFile == ""):
		s.Problem(k+"_tls_cert_file", "and "+k+"_tls_key_file must be given together", "name both or none")
	}
	return y
}
