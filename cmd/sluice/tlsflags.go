package main

import (
	"github.com/spf13/pflag"

	"github.com/sluice-sor/sluice/serve/config"
)

// tlsFlags are those of a command that logs on to a router whose file says tls = true.
func tlsFlags(l *pflag.FlagSet, t *config.TLS) {
	l.StringVar(&t.CAFile, "tls-ca-file", "", "authority of the router's certificate; default: that certificate itself")
	l.StringVar(&t.CertFile, "tls-cert-file", "", "certificate to show, where the router asks for one")
	l.StringVar(&t.KeyFile, "tls-key-file", "", "its key")
	l.StringVar(&t.ServerName, "tls-server-name", "", "name in the router's certificate; default: the host of fix.listen_addr")
}
