package config

import (
	"strings"
	"testing"
)

// TestAuditSyslog: every way is taken, and what cannot work is said with the key (SEC-05).
func TestAuditSyslog(t *testing.T) {
	with := func(lines string) (*File, error) {
		return load(t, strings.Replace(Example(), "[router]\n", "[router]\n"+lines+"\n", 1))
	}
	for _, to := range []string{"unix:/dev/log", "udp://192.0.2.1:514", "tcp://log.desk:601"} {
		f, err := with(`audit_syslog = "` + to + `"`)
		if err != nil || f.Router.AuditSyslog.To != to || f.Router.AuditSyslog.TLS.On {
			t.Errorf("%s: %v", to, err)
		}
	}
	f, err := with("audit_syslog = \"tls://log.desk:6514\"\naudit_syslog_tls_ca_file = \"ca.crt\"\naudit_syslog_tls_server_name = \"log\"")
	if err != nil {
		t.Fatal(err)
	}
	if y := f.Router.AuditSyslog.TLS; !y.On || !strings.HasSuffix(y.CAFile, "ca.crt") || y.ServerName != "log" {
		t.Errorf("got %+v", y)
	}
	for lines, want := range map[string]string{
		`audit_syslog = "log.desk"`:          "names no way",
		`audit_syslog = "unix:log"`:          "names no path",
		`audit_syslog = "udp://log.desk"`:    "has no host:port",
		`audit_syslog = "tcp://log.desk:x"`:  `the port "x"`,
		`audit_syslog_tls_ca_file = "a.crt"`: "although audit_syslog_tls_ keys are given",
		"audit_syslog = \"tls://log.desk:6514\"\naudit_syslog_tls_cert_file = \"a.crt\"": "given together",
	} {
		if _, err := with(lines); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "router.audit_syslog") {
			t.Errorf("%s: %v, want %q", lines, err, want)
		}
	}
}
