package doctor

import (
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/secure"
	"github.com/sluice-sor/sluice/serve/words"
)

// renewBefore is how long before its end a certificate is spoken of: two weeks, of which a desk works in ten days.
const renewBefore = 14 * 24 * time.Hour

// a line is a session's TLS, with the name that people know it by.
type line struct {
	name string
	tls  *config.TLS
	ours bool // we listen
}

// certificates looks at what every TLS session will show and trust (SEC-01, SEC-02).
func (d *doctor) certificates() {
	lines := []line{{"fix", &d.file.FIX.TLS, true}}
	for i := range d.file.Venues {
		v := &d.file.Venues[i]
		lines = append(lines, line{"venue " + v.Name + " orders", &v.Orders.TLS, false}, line{"venue " + v.Name + " market data", &v.MarketData.TLS, false})
	}
	lines = append(lines, line{"audit syslog", &d.file.Router.AuditSyslog.TLS, false})
	for _, l := range lines {
		if l.tls.On {
			d.certificate("certificate "+l.name, &l)
		}
	}
}

// certificate looks at one session's files: a key that others can read, a pair that does not fit, an end that is near.
func (d *doctor) certificate(check string, l *line) {
	if l.tls.KeyFile != "" {
		if info, err := os.Stat(l.tls.KeyFile); err == nil && info.Mode().Perm()&0o077 != 0 {
			d.report.add(check, Fail, "chmod 600 "+l.tls.KeyFile, "%s has mode %04o, so others can read the key (SEC-06)", l.tls.KeyFile, info.Mode().Perm())
		}
	}
	load := secure.Client
	if l.ours {
		load = secure.Server
	}
	cfg, err := load(l.tls)
	if err != nil {
		d.report.add(check, Fail, "name a certificate, its own key and the authority's file, all PEM", "%v", err)
		return
	}
	if len(cfg.Certificates) == 0 {
		d.report.add(check, OK, "", "none of our own is shown; the other side's is checked")
		return
	}
	leaf, err := x509.ParseCertificate(cfg.Certificates[0].Certificate[0])
	if err != nil {
		d.report.add(check, Fail, "make the certificate again", "%s: %v", l.tls.CertFile, err)
		return
	}
	now, until := d.Now(), leaf.NotAfter.UTC().Format(time.DateOnly)
	const remedy = "put a new certificate and key in place, then restart the router: it reads them at its start"
	switch {
	case now.After(leaf.NotAfter):
		d.report.add(check, Fail, remedy, "%s ended on %s", l.tls.CertFile, until)
	case now.Before(leaf.NotBefore):
		d.report.add(check, Fail, "set the clock, or wait: "+remedy, "%s is not valid before %s", l.tls.CertFile, leaf.NotBefore.UTC().Format(time.RFC3339))
	case leaf.NotAfter.Sub(now) < renewBefore:
		d.report.add(check, Warn, remedy, "%s ends on %s", l.tls.CertFile, until)
	default:
		d.report.add(check, OK, "", "%s is valid until %s", l.tls.CertFile, until)
	}
}

// trusted looks at the keys whose models the router would serve (MOP-11).
func (d *doctor) trusted() {
	dir := d.file.Models.TrustedDir
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		d.report.add("model keys", OK, "", "%s is not there: no trained model is trusted yet", dir)
		return
	}
	if err != nil {
		d.report.add("model keys", Fail, "let the router's user read "+dir, "%v", err)
		return
	}
	for _, path := range append([]string{dir}, names(dir, entries)...) {
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o022 != 0 {
			d.report.add("model keys", Fail, "chmod go-w "+path, "%s has mode %04o: whoever writes there decides which models trade (MOP-11)", path, info.Mode().Perm())
		}
	}
	if key := d.file.Models.SigningKey; key != "" {
		if info, err := os.Stat(key); err == nil && info.Mode().Perm()&0o077 != 0 {
			d.report.add("model keys", Fail, "chmod 600 "+key, "%s has mode %04o, so others can sign models (MOP-11)", key, info.Mode().Perm())
		}
	}
	d.report.add("model keys", OK, "", "%s: %s trusted", dir, words.Count(len(entries), "key is", "keys are"))
}

func names(dir string, entries []os.DirEntry) (paths []string) {
	for _, e := range entries {
		paths = append(paths, filepath.Join(dir, e.Name()))
	}
	return paths
}

// hours says when the market is open, in its own time and in UTC: a wrong zone is seen at once.
func (d *doctor) hours() {
	h := &d.file.Hours
	if h.AlwaysOpen() {
		d.report.add("hours", Warn, "give [hours] zone, open and close, unless the market never closes", "the market is always open: day orders never end by its close")
		return
	}
	day := h.Session(marketTime(d.Now()))
	var own []string
	for i := range d.file.Venues {
		if v := &d.file.Venues[i]; v.Hours.Session(marketTime(d.Now())) != day {
			own = append(own, v.Name)
		}
	}
	text := fmt.Sprintf("the session is %s to %s", day.Open.UTC().Format("2006-01-02 15:04"), day.Close.UTC().Format("15:04 MST"))
	if len(own) > 0 {
		text += "; others at " + strings.Join(own, ", ")
	}
	d.report.add("hours", OK, "", "%s", text)
}
