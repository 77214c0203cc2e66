package doctor

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/serve/access"
	"github.com/sluice-sor/sluice/serve/audit"
	"github.com/sluice-sor/sluice/serve/control"
	"github.com/sluice-sor/sluice/serve/report"
)

// today is the clock of these tests.
var today = time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)

// desk is a directory with a configuration that is sound until a test breaks it.
type desk struct {
	t    *testing.T
	dir  string
	path string
	now  time.Time
	lim  map[int]uint64
	uses []report.Use
	lost error // what the store says when it is asked for the use of limits
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	_, addr := listen(t)
	d := &desk{t: t, dir: t.TempDir(), now: today, lim: map[int]uint64{unix.RLIMIT_NOFILE: 65536, unix.RLIMIT_CORE: 0}}
	d.path = write(t, addr, "", fmt.Sprintf("journal_dir = %q\nstore_url = %q", d.file("journal"), "sqlite:"+d.file("s.db")))
	d.edit("[[client]]", "[hours]\nzone = \"America/New_York\"\nopen = \"09:30\"\nclose = \"16:00\"\n[models]\ntrusted_keys_dir = \""+d.file("keys")+"\"\nsigning_key_file = \""+d.file("own/key")+"\"\n[[client]]")
	d.tls(time.Hour*24*365, 0o600)
	return d
}

func (d *desk) file(name string) string { return filepath.Join(d.dir, name) }

func (d *desk) edit(old, with string) {
	d.t.Helper()
	b, err := os.ReadFile(d.path)
	if err != nil || !strings.Contains(string(b), old) {
		d.t.Fatalf("%s has no %q: %v", d.path, old, err)
	}
	d.put(d.path, strings.Replace(string(b), old, with, 1), 0o600)
}

func (d *desk) put(path, text string, mode os.FileMode) {
	d.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		d.t.Fatal(err)
	}
}

// tls gives the clients' port a certificate that lasts so long from today.
func (d *desk) tls(lasts time.Duration, keyMode os.FileMode) {
	d.t.Helper()
	d.pair("cert", lasts, keyMode)
	if b, err := os.ReadFile(d.path); err == nil && !strings.Contains(string(b), "tls_cert_file") {
		d.edit("[fix]", fmt.Sprintf("[fix]\ntls = true\ntls_cert_file = %q\ntls_key_file = %q", d.file("cert.pem"), d.file("cert.key")))
	}
}

func (d *desk) pair(name string, lasts time.Duration, keyMode os.FileMode) {
	d.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		d.t.Fatal(err)
	}
	c := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: today.Add(-time.Hour), NotAfter: today.Add(lasts)}
	der, err := x509.CreateCertificate(rand.Reader, &c, &c, key.Public(), key)
	if err != nil {
		d.t.Fatal(err)
	}
	pk, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		d.t.Fatal(err)
	}
	d.put(d.file(name+".pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), 0o600)
	d.put(d.file(name+".key"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pk})), keyMode)
}

// noStore names a store that is not there.
func (d *desk) noStore() { d.edit("s.db", "none.db") }

// audit writes a log of one line and gives it.
func (d *desk) audit() []byte {
	d.t.Helper()
	path := d.file("journal/audit.log")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		d.t.Fatal(err)
	}
	l, err := audit.Open(path, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	_, err = l.Append(audit.Entry{What: "halt", Actor: "ann", Outcome: audit.Done})
	if err = errors.Join(err, l.Close()); err != nil {
		d.t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}

func (d *desk) run() *Report {
	return Run(context.Background(), Options{Path: d.path, Timeout: time.Second, Now: func() time.Time { return d.now },
		OpenStore: func(context.Context, string) error { return nil },
		LimitUse: func(context.Context, string, risk.Limits, time.Time, time.Time) ([]report.Use, error) {
			return d.uses, d.lost
		},
		Limit: func(r int) (uint64, error) { return d.lim[r], nil }})
}

// document gives the desk documents of limits over a [limits] of its own.
func (d *desk) document(limits string, texts ...string) {
	d.t.Helper()
	var files []string
	for i, text := range texts {
		path := d.file(fmt.Sprintf("limits%d.toml", i+1))
		d.put(path, fmt.Sprintf("version = \"v%d\"\napproved_by = \"carol\"\n%s", i+1, text), 0o600)
		files = append(files, fmt.Sprintf("%q", path))
	}
	d.edit("[fix]", "[limits]\n"+limits+"\nfiles = ["+strings.Join(files, ", ")+"]\n[fix]")
}

// limit is one of a document.
func limit(name, value, more string) string {
	return fmt.Sprintf("[[limit]]\nname = %q\nvalue = %q\nowner = \"ann\"\nrationale = \"the rebalance\"\n%s\n", name, value, more)
}

// used makes the store open, and gives what it tells.
func (d *desk) used(uses []report.Use, err error) {
	d.put(d.file("s.db"), "", 0o600)
	d.uses, d.lost = uses, err
}

// TestFaults is one broken desk a fault: the doctor finds it, under its own name, and says what to do. The sound one shows
// that nothing of it is found where it is not.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault func(*desk)
		check string
		want  Status
		text  string
	}{
		{"sound", func(*desk) {}, "certificate fix", OK, "valid until 2027"},
		{"a certificate that has ended", func(d *desk) { d.tls(-time.Minute, 0o600) }, "certificate fix", Fail, "ended on 2026-03-02"},
		{"one that ends soon", func(d *desk) { d.tls(13*24*time.Hour, 0o600) }, "certificate fix", Warn, "ends on 2026-03-15"},
		{"one that is not valid yet", func(d *desk) { d.now = today.Add(-2 * time.Hour) }, "certificate fix", Fail, "not valid before"},
		{"another's key", func(d *desk) {
			d.pair("other", time.Hour, 0o600)
			d.edit(d.file("cert.key"), d.file("other.key"))
		}, "certificate fix", Fail, "private key does not match"},
		{"no certificate", func(d *desk) { _ = os.Remove(d.file("cert.pem")) }, "certificate fix", Fail, "no such file"},
		{"a key that others read", func(d *desk) { d.tls(365*24*time.Hour, 0o644) }, "certificate fix", Fail, "mode 0644"},
		{"few open files", func(d *desk) { d.lim[unix.RLIMIT_NOFILE] = 64 }, "open files", Fail, "64 are allowed"},
		{"rather few", func(d *desk) { d.lim[unix.RLIMIT_NOFILE] = 256 }, "open files", Warn, "256 are allowed"},
		{"core dumps", func(d *desk) { d.lim[unix.RLIMIT_CORE] = 1 << 30 }, "core dumps", Warn, "SEC-12"},
		{"a market without hours", func(d *desk) {
			d.edit("[hours]\nzone = \"America/New_York\"\nopen = \"09:30\"\nclose = \"16:00\"\n", "")
		}, "hours", Warn, "always open"},
		{"an unknown time zone", func(d *desk) { d.edit("America/New_York", "America/Newyork") }, "configuration", Fail, "America/Newyork"},
		{"an unknown key", func(d *desk) { d.edit("[router]", "[router]\nhttpaddr = \"x\"") }, "configuration", Fail, "httpaddr"},
		{"a password that others read", func(d *desk) {
			d.put(d.file("pw"), "hunter2\n", 0o640)
			d.edit("sqlite:"+d.file("s.db")+"\"", "postgres://u@127.0.0.1:1/d\"\nstore_password_file = \""+d.file("pw")+"\"")
		}, "configuration", Fail, "others can read it"},
		{"no password file", func(d *desk) {
			d.edit("sqlite:"+d.file("s.db")+"\"", "postgres://u@127.0.0.1:1/d\"\nstore_password_file = \""+d.file("pw")+"\"")
		}, "configuration", Fail, "cannot be read"},
		{"keys that others write", func(d *desk) { d.put(d.file("keys/a.pub"), "x", 0o666) }, "model keys", Fail, "mode 0666"},
		{"a signing key that others read", func(d *desk) {
			d.put(d.file("keys/a.pub"), "x", 0o644)
			d.put(d.file("own/key"), "x", 0o644)
		}, "model keys", Fail, "others can sign"},
		{"an open journal", func(d *desk) { d.put(d.file("journal/x"), "", 0o600); _ = os.Chmod(d.file("journal"), 0o755) }, "journal", Warn, "mode 0755"},
		{"a journal that is a file", func(d *desk) { d.put(d.file("journal"), "", 0o600) }, "journal", Fail, "not a directory"},
		{"a run that was killed", func(d *desk) { d.put(control.Path(d.file("journal")), "", 0o600) }, "last run", Warn, "killed or has crashed"},
		{"a run that stopped", func(d *desk) { d.put(d.file("journal/lock"), "", 0o600) }, "last run", OK, "by itself"},
		{"controls that may be off", func(*desk) {}, "controls", OK, "in limits.may_be_off: RISK-06 duplicate_window, RISK-10 require_lists"},
		{"a control that may not be off", func(d *desk) {
			d.edit("[[client]]", "[limits]\nmay_be_off = [\"RISK-06\"]\n[[client]]")
		}, "controls", Fail, "RISK-10 require_lists: has no limit"},
		{"a raise that has ended", func(d *desk) {
			d.document(`max_parent_usd = "1000"`, limit("max_parent_usd", "5000", `until = "2026-02-27"`)+limit("max_child_usd", "900", ""))
		}, "limits", Warn, "max_parent_usd = 5000 of document v1 ended on 2026-02-27"},
		{"a document that is over", func(d *desk) {
			d.document(`max_parent_usd = "1000"`, limit("max_parent_usd", "5000", `until = "2026-02-27"`)+limit("max_child_usd", "5000", `until = "2026-02-28"`))
		}, "limits", Warn, "document v1 is over: each of its 2 limits has ended"},
		{"a raise that never ends", func(d *desk) {
			d.document(`max_parent_usd = "1000"`, limit("max_parent_usd", "5000", `from = "2026-02-27"`))
		}, "limits", Warn, "max_parent_usd = 5000 of document v1 is a raise that never ends"},
		{"a client's raise that never ends", func(d *desk) {
			d.document(`max_client_usd = "1000"`, limit("max_client_usd", "5000", "client = \"DESK\"\nfrom = \"2026-03-09\""))
		}, "limits", Warn, "max_client_usd of client DESK = 5000 of document v1 is a raise that never ends"},
		{"two raises of one limit at once", func(d *desk) {
			d.document(`max_parent_usd = "1000"`, limit("max_parent_usd", "5000", "from = \"2026-03-01\"\nuntil = \"2026-03-09\"")+
				limit("max_parent_usd", "3000", "from = \"2026-03-02\"\nuntil = \"2026-03-04\""))
		}, "limits", Warn, "max_parent_usd is 5000 in document v1 and 3000 in v1 at the same time: 3000 holds"},
		{"two documents with one limit", func(d *desk) {
			d.document(`max_parent_usd = "9000"`, limit("max_parent_usd", "5000", `from = "2026-03-01"`), limit("max_parent_usd", "3000", `from = "2025-03-01"`))
		}, "limits", Warn, "max_parent_usd is 5000 in document v1 and 3000 in v2 at the same time: 3000 holds"},
		{"a list of yesterday", func(d *desk) {
			d.document("require_lists = true", "[[list]]\nname = \"restricted\"\nversion = \"r7\"\nday = \"2026-02-27\"\nsymbols = [\"ACME\"]\n")
		}, "limits", Warn, "the restricted list \"r7\" of document v1 is of 2026-02-27, the trading day is 2026-03-02: limits.require_lists refuses"},
		{"limits that are what they should be", func(d *desk) {
			d.document(`max_parent_usd = "1000"`, limit("max_parent_usd", "900", "")+limit("max_parent_usd", "700", `from = "2026-03-09"`)+
				limit("max_parent_usd", "5000", "from = \"2026-03-01\"\nuntil = \"2026-03-09\"")+limit("max_client_usd", "5000", `client = "DESK"`),
				limit("max_parent_usd", "4000", "from = \"2026-03-10\"\nuntil = \"2026-03-11\""))
		}, "limits", OK, "2 documents with 5 limits"},
		{"a limit that nobody comes near", func(d *desk) {
			d.used([]report.Use{{Limit: "max_client_usd", Of: "EMS1", Value: "5000000", Largest: "1000", Day: "2026-02-27", Times: 5000, Wide: true}}, nil)
		}, "limits in use", Warn, "max_client_usd of client EMS1 is 5000000, 5000 times its largest use of 1000 on 2026-02-27"},
		{"no limit where much is used", func(d *desk) {
			d.used([]report.Use{{Limit: "max_firm_usd", Value: "none", Largest: "1000", Day: "2026-02-27", Wide: true}}, nil)
		}, "limits in use", Warn, "there is no max_firm_usd"},
		{"a store that does not tell", func(d *desk) { d.used(nil, errors.New("relation parents is missing")) }, "limits in use", Warn, "relation parents is missing"},
		{"a store that takes too long", func(d *desk) { d.used(nil, context.DeadlineExceeded) }, "limits in use", OK, "sluice limits report"},
		{"limits that are used", func(d *desk) {
			d.used([]report.Use{{Limit: "max_firm_usd", Value: "9000", Largest: "1000", Times: 9}}, nil)
		}, "limits in use", OK, "none is beyond 20 times"},
		{"no store yet", func(d *desk) { d.noStore() }, "store", OK, "will be made: a first start"},
		{"a store that was moved away", func(d *desk) {
			d.noStore()
			d.past(false, func(*past) {})
		}, "store", OK, "will be made: from what is kept of the journal"},
		{"a store that was deleted under the router", func(d *desk) {
			d.noStore()
			d.runs(standing(0, ""))
		}, "store", Warn, "was moved or deleted under the router"},
		{"an audit log", func(d *desk) { d.audit() }, "audit log", OK, "1 line, none changed"},
		{"an audit log that a crash cut", func(d *desk) {
			b := d.audit()
			d.put(d.file("journal/audit.log"), string(b)+`{"seq":2`, 0o600)
		}, "audit log", OK, "1 line, none changed"},
		{"a byte of the audit log", func(d *desk) {
			b := d.audit()
			d.put(d.file("journal/audit.log"), strings.Replace(string(b), "ann", "amy", 1), 0o600)
		}, "audit log", Warn, "after 0 sound lines: line 1: it was changed"},
		{"an audit log that cannot be read", func(d *desk) {
			if err := os.MkdirAll(d.file("journal/audit.log"), 0o700); err != nil {
				d.t.Fatal(err)
			}
		}, "audit log", Fail, "is a directory"},
		{"an audit log that was put aside", func(d *desk) { d.put(d.file("journal/audit.log.damaged-2026"), "{}", 0o600) }, "audit log", Warn, "audit.log.damaged-2026 (SEC-05)"},
		{"a venue that was removed", func(d *desk) {
			d.past(false, func(p *past) {
				p.record(&event.Configured{Config: []byte(`{"Venues":[{"Name":"LITX"},{"Name":"DARK"}]}`), Instance: 1, Epoch: 1})
			})
		}, "journal venues", Fail, "the configuration has 1 venues, the journal 2"},
		{"a damaged journal", func(d *desk) {
			d.past(false, func(p *past) { p.record(halt, &event.AnswerPerson{}, halt, &event.AnswerPerson{}) })
			d.flip()
		}, "journal records", Fail, "damage in "},
		{"a store of numbers that another build wrote", func(d *desk) {
			d.past(false, func(p *past) {
				_, err := p.j.Append(journal.Type(event.KindFIXStore), event.Version, []byte{0x7a, 1, 1})
				p.must(err)
			})
		}, "journal records", Fail, "malformed record"},
		{"numbers that go on", func(d *desk) {
			d.past(false, func(p *past) { p.session("DESK", 41, 7) })
		}, "numbers client DESK", OK, "goes on with 8 out and 42 in; last used at 2026-03-02T14:00:00Z"},
		{"numbers after a crash", func(d *desk) {
			d.past(true, func(p *past) { p.session("DESK", 41, 7) })
		}, "numbers client DESK", OK, "goes on with 1001 out and 42 in; last used at 2026-03-02T14:00:00Z; the stop was not clean"},
		{"numbers with a hole of the peer's", func(d *desk) {
			d.past(false, func(p *past) { p.must(p.session("DESK", 41, 7).SetNextTargetMsgSeqNum(50)) })
		}, "numbers client DESK", OK, "the peer passed over 7 of its own"},
		{"numbers that began again within the day", func(d *desk) {
			d.now = today.Add(4 * time.Hour) // New York opens at 14:30 UTC
			d.past(false, func(p *past) { p.must(p.session("DESK", 41, 7).Reset()) })
		}, "numbers client DESK", Warn, "began at 1 again at 2026-03-02T18:00:00Z, within the day: 7 out and 41 in were given up"},
		{"numbers that began again before the open", func(d *desk) {
			d.past(false, func(p *past) { p.must(p.session("DESK", 41, 7).Reset()) })
		}, "numbers client DESK", OK, "goes on with 1 out and 1 in"},
		{"numbers that may begin again", func(d *desk) {
			d.now = today.Add(4 * time.Hour)
			d.edit("comp_id = \"DESK\"", "comp_id = \"DESK\"\nallow_reset = true")
			d.past(false, func(p *past) { p.must(p.session("DESK", 41, 7).Reset()) })
		}, "numbers client DESK", OK, "goes on with 1 out and 1 in"},
		{"a number in that was set back", func(d *desk) {
			d.past(false, func(p *past) { p.must(p.session("LITX", 41, 7).SetNextTargetMsgSeqNum(30)) })
		}, "numbers venue LITX orders", Warn, "the next in was set back from 42 to 30"},
		{"a number out that was set back", func(d *desk) {
			d.past(false, func(p *past) { p.must(p.session("DESK", 41, 7).SetNextSenderMsgSeqNum(3)) })
		}, "numbers client DESK", Warn, "the next out was set back from 8 to 3"},
		{"a session that was renamed here", func(d *desk) {
			d.past(false, func(p *past) { p.session("OLDDESK", 41, 7) })
		}, "numbers client DESK", Warn, "FIX.4.4:SLUICE->DESK has no numbers and begins at 1, the journal has those of FIX.4.4:SLUICE->OLDDESK (next out 8, in 42)"},
		{"a halt that the next start goes on with", func(d *desk) {
			d.past(false, func(p *past) { p.record(halt, &event.AnswerPerson{}) })
		}, "halts", Warn, "venue LITX is halted by ann since 2026-03-02T14:00:00Z: their desk asks for it; the next start goes on so"},
		{"a halt that was ended", func(d *desk) {
			d.past(false, func(p *past) {
				p.record(halt, &event.AnswerPerson{}, &event.Resumed{Venue: "LITX", Actor: "bob"}, &event.AnswerPerson{})
			})
		}, "halts", OK, "none is in force"},
		{"a halt whose end was refused", func(d *desk) {
			d.past(false, func(p *past) {
				p.record(halt, &event.AnswerPerson{}, &event.Resumed{Venue: "LITX", Actor: "ann"}, &event.AnswerPerson{Refused: true})
			})
		}, "halts", Warn, "venue LITX is halted by ann"},
		{"a brake that the next start goes on with", func(d *desk) {
			d.past(false, func(p *past) { p.record(&event.Degraded{Level: event.DegradedParents, Reason: "ann: the feed is odd"}) })
		}, "ladder", Warn, "no new orders: ann: the feed is odd; the next start goes on so"},
		{"a basket that waits over a stop", func(d *desk) {
			d.past(false, func(p *past) {
				p.record(&event.RecordBasket{Basket: 3, Client: "DESK", Orders: 2, Waiting: 2, Stand: event.BasketWaits, Since: event.Time(today.Add(-time.Minute).UnixNano())})
			})
		}, "baskets", Warn, "2 orders of basket 3 of DESK"},
		{"a halt in a router that runs", func(d *desk) {
			a := standing(0, "")
			a[control.DoHalts] = control.Answer{Halts: []control.Halt{{Client: "DESK", Actor: "ann", Reason: "their desk asks for it", SinceNs: today.UnixNano(), Total: 5, Confirmed: 3}}}
			d.runs(a)
		}, "halts", Warn, "client DESK is halted by ann since 2026-03-02T15:00:00Z: their desk asks for it; 2 of 5 orders in it are not confirmed gone"},
		{"a brake in a router that runs", func(d *desk) { d.runs(standing(3, "no new orders: ann: the feed is odd")) }, "ladder", Warn, "ann: the feed is odd"},
		{"a basket that waits in a router that runs", func(d *desk) {
			a := standing(0, "")
			a[control.DoBaskets] = control.Answer{Baskets: []control.Basket{{Basket: 3, Client: "DESK", Waiting: 2, Amount: "$1200", SinceNs: today.Add(-time.Minute).UnixNano()}}}
			d.runs(a)
		}, "baskets", Warn, "2 orders of basket 3 of DESK, $1200 in all, wait for a person since 1m0s"},
		{"a router that runs as it should", func(d *desk) { d.runs(standing(0, "")) }, "halts", OK, "none is in force"},
		{"figures that are what they say", func(*desk) {}, "figures", OK, "fees are in force at every venue"},
		{"fees that begin later", func(d *desk) { d.edit("2020-01-01", "2030-01-01") }, "figures", Warn, "venue LITX has no fees in force on 2026-03-02: what trades there counts as free"},
		{"a fraction for percent", func(d *desk) { d.edit("fill_rate_pct = 95", "fill_rate_pct = 0.95") }, "figures", Warn, "venue LITX: history.fill_rate_pct is 0.95 percent"},
		{"percent for basis points", func(d *desk) { d.edit("adv_shares", "day_vol_bps = 1.8\nadv_shares") }, "figures", Warn, "instrument ACME: day_vol_bps is 1.8, 0.018 % a day"},
		{"a spread of the whole price", func(d *desk) { d.edit("adv_shares", "spread_bps = 10000\nadv_shares") }, "figures", Warn, "spread_bps is 10000, 100 % of the price"},
		{"an order of many days' volume", func(d *desk) { d.document("max_adv_pct = 2500") }, "figures", Warn, "max_adv_pct lets one order be 25 times the average daily volume"},
		{"somebody to call", func(*desk) {}, "desks", OK, "each venue has one"},
		{"nobody to call (KILL-04)", func(d *desk) { d.edit("desk = \"5551234\"", "") }, "desks", Warn, "a halt that is not confirmed at LITX"},
		{"a clock that was never set", func(d *desk) { d.now = time.Unix(0, 0) }, "clock", Fail, "1970"},
		{"a venue that is down", func(d *desk) {
			gone, dead := listen(d.t)
			_ = gone.Close()
			d.edit("[venue.orders]\naddr = ", "[venue.orders]\naddr = \""+dead+"\"\n#")
		}, "venue LITX orders", Fail, dead()},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			c.fault(d)
			got := status(t, d.run(), c.check)
			if got.Status != c.want || !strings.Contains(got.Text, c.text) {
				t.Errorf("got %+v, want %v and %q", got, c.want, c.text)
			}
			if (got.Remedy == "") != (c.want == OK) {
				t.Errorf("remedy: got %q", got.Remedy)
			}
		})
	}
}

// dead is what every system says of a port where nobody listens.
func dead() string { return "connection refused" }

// TestSoundDesk: on a sound desk nothing is to be mended, and nothing to look at but what this machine is.
func TestSoundDesk(t *testing.T) {
	for _, r := range newDesk(t).run().Results {
		if r.Status != OK && r.Check != "clock" && r.Check != "journal space" {
			t.Errorf("%+v", r)
		}
	}
}

// A router that runs but does not answer is told of; its journal's lock says that it runs.
func TestLadderOfARouterThatDoesNotAnswer(t *testing.T) {
	d := newDesk(t)
	j, _, err := journal.Open(journal.Config{Dir: d.file("journal"), Router: "R1"})
	if err != nil {
		t.Fatal(err)
	}
	got := status(t, d.run(), "ladder")
	if err := j.Close(); err != nil {
		t.Error(err)
	}
	if got.Status != Warn || got.Remedy == "" || !strings.Contains(got.Text, "does not answer") {
		t.Errorf("got %+v", got)
	}
}

// TestWhatEndsAStand: the remedy is the command that ends what stands: a resume as this router takes it, with a named second person or
// with one who logs in, and no lift of what a slow disk or a halt causes (KILL-03, OPS-04).
func TestWhatEndsAStand(t *testing.T) {
	users := func(d *desk) {
		err := access.Edit(d.file("users.json"), func(u *access.Users) error {
			u.Users = append(u.Users, access.User{Name: "ann", Roles: []access.Role{access.Admin}})
			return nil
		})
		if err != nil {
			d.t.Fatal(err)
		}
		d.edit("[router]", fmt.Sprintf("[router]\nusers_file = %q", d.file("users.json")))
	}
	halted := func() map[string]control.Answer {
		a := standing(4, "halted by ann: odd fills")
		a[control.DoHalts] = control.Answer{Halts: []control.Halt{{Venue: "LITX", Actor: "ann", Flat: true}}}
		return a
	}
	for _, c := range []struct {
		name, check, want, not string
		stand                  func(d *desk)
	}{
		{"a halt", "halts", "`sluice resume --venue LITX --actor … --second … --reason … -c ", "approve", func(d *desk) { d.runs(halted()) }},
		{"with users", "halts", "`, then somebody else `sluice approve`", "--second", func(d *desk) { users(d); d.runs(halted()) }},
		{"by one", "halts", "--actor … --reason …", "--second", func(d *desk) { d.document("two_persons = false"); d.runs(halted()) }},
		{"everything", "ladder", "`sluice resume --actor … --second … --reason … -c ", "lift", func(d *desk) { d.runs(halted()) }},
		{"a slow disk", "ladder", "a full or slow disk and a difference from the fleet's manifest end by themselves", "resume",
			func(d *desk) { d.runs(standing(3, "no new orders: 1 of 100 commits takes longer than 230ms")) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			c.stand(d)
			if got := status(t, d.run(), c.check).Remedy; !strings.Contains(got, c.want) || strings.Contains(got, c.not) {
				t.Errorf("got %q, want %q and not %q", got, c.want, c.not)
			}
		})
	}
}
