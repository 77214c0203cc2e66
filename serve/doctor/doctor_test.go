package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sluice-sor/sluice/internal/journal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// listen takes a free loopback port.
func listen(t *testing.T) (net.Listener, string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return ln, ln.Addr().String()
}

// write makes a configuration whose venue is at addr and whose page listens on page.
func write(t *testing.T, addr, page, more string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sluice.toml")
	text := fmt.Sprintf(`
[router]
http_addr = %q
metrics_addr = ""
%s
[fix]
listen_addr = "127.0.0.1:0"
[[client]]
comp_id = "DESK"
[[venue]]
name = "LITX"
mic = "LITX"
type = "lit"
desk = "5551234"
history = { fill_rate_pct = 95 }
[[venue.fees]]
from = "2020-01-01"
per_share_usd = { removed = "0.0030" }
[venue.orders]
addr = %q
their_comp_id = "LITX"
[venue.market_data]
addr = %q
their_comp_id = "LITXMD"
[[instrument]]
symbol = "ACME"
adv_shares = 1000000
prior_close_usd = "10"
`, page, more, addr, addr)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func status(t *testing.T, r *Report, check string) Result {
	t.Helper()
	var found Result
	for _, c := range r.Results {
		if c.Check == check && c.Status > found.Status {
			found = c
		}
	}
	if found.Check == "" {
		t.Errorf("no check %q in %+v", check, r.Results)
	}
	return found
}

func TestHealthy(t *testing.T) {
	_, addr := listen(t)
	opened := ""
	db := filepath.Join(t.TempDir(), "s.db")
	if err := os.WriteFile(db, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r := Run(context.Background(), Options{Path: write(t, addr, "", fmt.Sprintf("store_url = %q", "sqlite:"+db)), OpenStore: func(_ context.Context, target string) error { opened = target; return nil }})
	for _, c := range r.Results {
		if c.Status == Fail && c.Check != "journal space" { // the machine of the test may be full
			t.Errorf("%+v", c)
		}
	}
	for _, check := range []string{"configuration", "journal", "port fix.listen_addr", "venue LITX profile", "venue LITX orders", "venue LITX market data", "store", "models", "clock", "plaintext"} {
		status(t, r, check)
	}
	if !strings.HasPrefix(opened, "sqlite:") {
		t.Errorf("the store was opened at %q", opened)
	}
	var text strings.Builder
	if err := r.Text(&text); err != nil || !strings.Contains(text.String(), " to mend\n") {
		t.Errorf("text: %v\n%s", err, text.String())
	}
	b, err := json.Marshal(r)
	if err != nil || !strings.Contains(string(b), `{"check":"configuration","status":"ok"`) {
		t.Errorf("JSON: %v %s", err, b)
	}
}

func TestEachFailureHasItsRemedy(t *testing.T) {
	_, taken := listen(t)
	gone, dead := listen(t)
	_ = gone.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	path := write(t, dead, taken, fmt.Sprintf("journal_dir = %q\nstore_url = \"postgres://u@h/d\"\nstore_password_file = %q", file, secret))
	r := Run(context.Background(), Options{Path: path, Timeout: time.Second,
		OpenStore: func(_ context.Context, target string) error { return errors.New("no route to " + target) },
		Now:       func() time.Time { return time.Unix(0, 0) }})
	for _, check := range []string{"journal", "port router.http_addr", "venue LITX orders", "store", "clock"} {
		c := status(t, r, check)
		if c.Status != Fail || c.Remedy == "" {
			t.Errorf("%s: got %+v, want a failure with its remedy", check, c)
		}
	}
	if !r.Failed() {
		t.Error("Failed: got false")
	}
	if text := fmt.Sprint(r.Results); strings.Contains(text, "hunter2") {
		t.Errorf("SEC-06: the password is shown: %s", text)
	}
}

// A SQLite file is not made by the doctor, whoever that is: it says whether the router could.
func TestNewSQLiteFile(t *testing.T) {
	_, addr := listen(t)
	dir := t.TempDir()
	open := func(context.Context, string) error { t.Error("the store was opened"); return nil }
	for _, c := range []struct {
		name, journal, store string
		want                 Status
	}{
		{"its folder is there", filepath.Join(dir, "j"), filepath.Join(dir, "s.db"), OK},
		{"its folder comes with the journal", filepath.Join(dir, "data", "j"), filepath.Join(dir, "data", "s.db"), OK},
		{"its folder is not there", filepath.Join(dir, "j"), filepath.Join(dir, "data", "s.db"), Fail},
		{"the journal is beside its folder", filepath.Join(dir, "data2", "j"), filepath.Join(dir, "data", "s.db"), Fail},
	} {
		more := fmt.Sprintf("journal_dir = %q\nstore_url = %q", c.journal, "sqlite:"+c.store)
		r := Run(context.Background(), Options{Path: write(t, addr, "", more), OpenStore: open})
		if got := status(t, r, "store"); got.Status != c.want || (c.want == Fail) != (got.Remedy != "") {
			t.Errorf("%s: got %+v, want %v", c.name, got, c.want)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestRemedyOnce(t *testing.T) {
	var r Report
	r.add("a", Fail, "mend it", "one")
	r.add("b", Fail, "mend it", "two\nlines")
	var b strings.Builder
	if err := r.Text(&b); err != nil {
		t.Fatal(err)
	}
	want := "fail  a  one\nfail  b  two\n         lines\n         -> mend it\n0 ok, 0 to look at, 2 to mend\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

func TestBadConfigurationEndsIt(t *testing.T) {
	r := Run(context.Background(), Options{Path: filepath.Join(t.TempDir(), "none.toml")})
	if c := status(t, r, "configuration"); c.Status != Fail || !strings.Contains(c.Remedy, "--example") {
		t.Errorf("got %+v", c)
	}
	if len(r.Results) != 2 {
		t.Errorf("got %d results, want the configuration and the clock", len(r.Results))
	}
}

// A running router holds its journal and ports: the doctor warns and does not fail.
func TestBesideARunningRouter(t *testing.T) {
	_, addr := listen(t)
	_, page := listen(t)
	dir := filepath.Join(t.TempDir(), "journal")
	j, _, err := journal.Open(journal.Config{Dir: dir, Router: "R1"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}()
	r := Run(context.Background(), Options{Path: write(t, addr, page, fmt.Sprintf("journal_dir = %q", dir))})
	if c := status(t, r, "journal"); c.Status != Warn || !strings.Contains(c.Text, "in use by") {
		t.Errorf("journal: got %+v", c)
	}
	if c := status(t, r, "port router.http_addr"); c.Status != Warn {
		t.Errorf("port: got %+v", c)
	}
}

// VEN-01: which profile is in force is said, and that somebody must book busts where the venue does not tell of them on its
// session.
func TestProfiles(t *testing.T) {
	_, addr := listen(t)
	for _, c := range []struct {
		path, text string
		want       Status
	}{
		{"session", "litx 2026-11-02 (", OK},
		{"drop-copy", "on a drop copy only", Warn},
		{"next-day", "the next day", Warn},
	} {
		path := write(t, addr, "", "")
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(string(b), "[venue.market_data]", "profile = \"litx.toml\"\n[venue.market_data]", 1)
		profile := fmt.Sprintf("name = \"litx\"\nversion = \"2026-11-02\"\nbust_path = %q\n", c.path)
		for name, text := range map[string]string{path: text, filepath.Join(filepath.Dir(path), "litx.toml"): profile} {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got := status(t, Run(context.Background(), Options{Path: path}), "venue LITX profile")
		if got.Status != c.want || !strings.Contains(got.Text, c.text) || (got.Remedy == "") != (c.want == OK) {
			t.Errorf("bust_path %s: got %+v, want %v and %q", c.path, got, c.want, c.text)
		}
	}
}

// SEC-05: a receiver of the audit log's head that does not answer is a warning, because the router runs without it; a
// certificate that cannot be read ends its start.
func TestAuditSyslog(t *testing.T) {
	_, addr := listen(t)
	gone, dead := listen(t)
	_ = gone.Close()
	for _, c := range []struct {
		more string
		want Status
	}{
		{"", OK},
		{fmt.Sprintf("audit_syslog = %q", "tcp://"+addr), OK},
		{fmt.Sprintf("audit_syslog = %q", "udp://"+dead), OK}, // nobody can tell
		{fmt.Sprintf("audit_syslog = %q", "tcp://"+dead), Warn},
		{`audit_syslog = "unix:/nobody/listens"`, Warn},
		{fmt.Sprintf("audit_syslog = %q\naudit_syslog_tls_ca_file = \"none.crt\"", "tls://"+addr), Fail},
	} {
		got := status(t, Run(context.Background(), Options{Path: write(t, addr, "", c.more), Timeout: time.Second}), "audit syslog")
		if got.Status != c.want || (got.Remedy == "") != (c.want == OK) {
			t.Errorf("%s: got %+v, want %v", c.more, got, c.want)
		}
	}
}
