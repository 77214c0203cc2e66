package config

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/router"
)

func load(t *testing.T, text string, environ ...string) (*File, error) {
	t.Helper()
	return Parse("sluice.toml", []byte(text), environ)
}

func TestExampleLoads(t *testing.T) {
	f, err := load(t, Example())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.CheckRoute(), f.CheckVenues()); err != nil {
		t.Error(err)
	}
	got, err := f.Engine()
	if err != nil {
		t.Fatal(err)
	}
	want := router.DefaultConfig() // the example shows the defaults
	for name, pair := range map[string][2]any{
		"objectives": {got.Objectives, want.Objectives},
		"tactics":    {got.Tactics, want.Tactics},
		"learning":   {got.Learning, want.Learning},
		"limits":     {got.Limits, want.Limits},
	} {
		if d := cmp.Diff(pair[1], pair[0]); d != "" {
			t.Errorf("%s differ from the defaults (-default +example):\n%s", name, d)
		}
	}
	types := map[market.VenueType]bool{}
	for i, v := range got.Venues {
		types[v.Type] = true
		if v.ID != market.VenueID(i) {
			t.Errorf("venue %s has id %d, want %d", v.Name, v.ID, i)
		}
	}
	if len(types) != 5 {
		t.Errorf("the example has %d venue types, want all 5", len(types))
	}
}

func TestUnitsAreExact(t *testing.T) {
	hours := "\n[hours]\nzone = \"America/New_York\"\nopen = \"09:30\"\nclose = \"16:00\"\n"
	f, err := load(t, Example()+hours)
	if err != nil {
		t.Fatal(err)
	}
	lit := &f.Venues[3]
	fee := func(l market.Liquidity, p market.Price) market.Money {
		m, ok := lit.Fee(20120621, l, p, 100)
		if !ok {
			t.Fatalf("no fee for %v", l)
		}
		return m
	}
	for _, c := range []struct {
		what      string
		got, want int64
	}{
		{"rebate of 100 added", int64(fee(market.Added, 10*market.Dollar)), -200_000},
		{"100 added hidden follow added", int64(fee(market.AddedHidden, 10*market.Dollar)), -200_000},
		{"100 added at the midpoint", int64(fee(market.AddedMid, 10*market.Dollar)), -100_000},
		{"100 removed at 50 cents, 0.30 percent of $50", int64(fee(market.Removed, market.Dollar/2)), 150_000},
		{"Section 31, parts per billion", int64(f.Regulatory[0].Section31), 22_400},
		{"TAF", int64(f.Regulatory[0].TAF), 119},
		{"tick", int64(f.Instruments[0].Tick), 10_000},
		{"internal wait", f.Tactics.InternalWait, 200 * market.Millisecond},
		{"quote ttl", lit.QuoteMs, 1000},
		{"impact kernel at 10 s, thousandths", int64(1000 * f.Learning.ImpactKernel[2]), 100},
		{"order latency base", int64(f.Market.Venues[1].Order.Base), int64(275 * time.Microsecond)},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %d, want %d", c.what, c.got, c.want)
		}
	}
	if day := f.Hours.Day(market.Time(time.Date(2012, 6, 21, 15, 0, 0, 0, time.UTC).UnixNano())); day.Open.UTC().Hour() != 13 {
		t.Errorf("the session opens at %v, want 13:30Z", day.Open)
	}
}

const small = `
[[venue]]
name = "A"
mic = "AAAA"
type = "lit"
[[instrument]]
symbol = "S"
adv_shares = 1000
prior_close_usd = "10"
`

// tape is a market whose only recording has its files at path.
func tape(path string) string {
	return fmt.Sprintf("[market]\nkind = \"tape\"\nstart = \"10:00\"\n[[market.recording]]\nsymbol = \"S\"\ndate = 2013-10-07\ntrades_file = %q\nquotes_file = %q\n", path, path)
}

func TestVariableInARecordingsPath(t *testing.T) {
	f, err := load(t, small+tape("${DAYS}/s.zip"), "DAYS=/days")
	if err != nil {
		t.Fatal(err)
	}
	if r := f.Market.Recordings[0]; r.Trades != "/days/s.zip" || r.Quotes != "/days/s.zip" || f.Market.Start != 10*time.Hour {
		t.Errorf("trades %q, quotes %q from %v; want /days/s.zip from 10h", r.Trades, r.Quotes, f.Market.Start)
	}
	f, err = load(t, small+tape("${DAYS}/s.zip")) // the router does not read recordings
	if err != nil {
		t.Fatal(err)
	}
	want := "trades_file: needs the variable DAYS, which is not set; set DAYS to the folder that has s.zip"
	if err := f.CheckVenues(); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v\nwant it to contain %q", err, want)
	}
}

// withSessions is small with an order and a market-data session.
func withSessions(orders, quotes string) string {
	return strings.Replace(small, `type = "lit"`, fmt.Sprintf("type = \"lit\"\norders = { addr = \"127.0.0.1:1\", their_comp_id = %q }\n"+
		"market_data = { addr = \"127.0.0.1:1\", their_comp_id = %q }", orders, quotes), 1)
}

func TestProblems(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown key", small + "[tactics]\ndark_wav = \"2s\"", `tactics.dark_wav: is an unknown key; did you mean dark_wave?`},
		{"unknown section", small + "[paint]\nx = 1", `paint: is an unknown key`},
		{"syntax", "[router\nname", `line 1, column`},
		{"no address", small + "[fix]\nallow = [\"10.1.2.3/16\"]", `fix.allow: has "10.1.2.3/16"; want addresses and networks`},
		{"nobody may connect", small + "[fix]\nallow = []", `fix.allow: is empty`},
		{"no venue", "[router]\nseed = 2", `venue: is missing`},
		{"wrong kind", small + "[router]\nseed = \"one\"", `router.seed: is "one"; want a whole number`},
		{"out of range", small + "[learning]\nforget = 1.5", `learning.forget: is 1.5; want a number from 0.5 to 1`},
		{"three kernel numbers", small + "[learning]\nimpact_kernel = [0, 0.1, 0.2]", `learning.impact_kernel: has 3 numbers; give four`},
		{"negative kernel", small + "[learning]\nimpact_kernel = [0, 0, -0.1, 0]", `learning.impact_kernel[3]: is -0.1; want a number from 0 to 20`},
		{"day loss", small + "[learning]\nday_loss_bps = \"1 bp\"", `learning.day_loss_bps: is "1 bp"; want a number`},
		{"day loss without a ramp", small + "[learning]\nramp = false\nday_loss_bps = 2", `learning.day_loss_bps: is set, but ramp = false`},
		{"exploration budget", small + "[learning]\nexplore_budget_bps = -0.1", `learning.explore_budget_bps: is -0.1; want a number from 0 to 10000`},
		{"not a number", small + "[learning]\nforget = nan", `learning.forget: is NaN`},
		{"duration without unit", small + "[tactics]\npost_wait = 2", `tactics.post_wait: is 2; want a duration`},
		{"public page", small + "[router]\nhttp_addr = \"0.0.0.0:80\"", `router.http_addr: is "0.0.0.0:80", which other machines can reach`},
		{"bad port", small + "[fix]\nlisten_addr = \"127.0.0.1:99999\"", `fix.listen_addr: has the port "99999"`},
		{"no port", small + "[fix]\nlisten_addr = \"127.0.0.1\"", `fix.listen_addr: is "127.0.0.1"; want host:port`},
		{"same port", small + "[router]\nmetrics_addr = \"127.0.0.1:8080\"", `router.metrics_addr: is the same as http_addr`},
		{"plaintext beyond loopback", small + "[fix]\nlisten_addr = \"10.0.0.1:9878\"", `plaintext_waiver = true`},
		{"password of a key in the URL", small + "[router]\nstore_url = \"postgres://u@h/d?sslkey=k&sslpassword=hunter2\"", `router.store_url: has a password in it`},
		{"password in the URL", small + "[router]\nstore_url = \"postgres://u:hunter2@h/d\"", `router.store_url: has a password in it`},
		{"store scheme", small + "[router]\nstore_url = \"mysql:x\"", `has the scheme "mysql"`},
		{"too exact", small + "[[regulatory]]\nfrom = \"2012-01-01\"\ntaf_usd_per_share = \"0.0000001\"", `more than six decimals`},
		{"date", small + "[[regulatory]]\nfrom = \"01/02/2012\"", `want a date such as`},
		{"duplicate venue", small + strings.Split(small, "[[instrument]]")[0], `venue: has "A" twice`},
		{"duplicate client", small + "[[client]]\ncomp_id = \"X\"\n[[client]]\ncomp_id = \"X\"", `client: has "X" twice`},
		{"one session for two clients", small + "[[client]]\ncomp_id = \"X\"\n[[client]]\nname = \"Y\"\ncomp_id = \"X\"", `client[Y]: has the FIX session FIX.4.4:SLUICE->X, which client[X] has too`},
		{"one session for orders and quotes", withSessions("A", "A"), `venue[A].market_data: has the FIX session FIX.4.4:SLUICE->A, which venue[A].orders has too`},
		{"one session for a client and a venue", withSessions("A", "B") + "[[client]]\ncomp_id = \"A\"", `venue[A].orders: has the FIX session FIX.4.4:SLUICE->A, which client[A] has too`},
		{"client version", small + "[[client]]\ncomp_id = \"X\"\nversion = \"5.0\"", `client[1].version: is "5.0"; want "4.2", "4.4" or "5.0SP2"`},
		{"a kill switch that no message moves (KILL-02)", small + "[[client]]\ncomp_id = \"X\"\nversion = \"4.2\"\nkill_switch = true", `client[1].kill_switch: is true, and FIX 4.2 has no mass cancel`},
		{"unknown restricted symbol", small + "[limits]\nrestricted = [\"ZZZ\"]", `limits.restricted: has the symbol "ZZZ"`},
		{"unknown venue", small + "[market]\nkind = \"synthetic\"\n[[market.venue]]\nname = \"B\"", `is "B", which no [[venue]] has`},
		{"unknown recorded symbol", small + "[market]\nkind = \"tape\"\n[[market.recording]]\nsymbol = \"Q\"\ndate = 2013-10-07\ntrades_file = \"t\"\nquotes_file = \"q\"", `is "Q", which no [[instrument]] has`},
		{"start without a recording", small + "[market]\nkind = \"synthetic\"\nstart = \"10:00\"", `market.start: belongs to a recorded day`},
		{"start", small + "[market]\nkind = \"lobster\"\nstart = \"noon\"", `market.start: is "noon"; want a time of day`},
		{"open variable", small + tape("${DATA/x"), `trades_file: is "${DATA/x"; want at most one variable`},
		{"recording's files", small + "[market]\nkind = \"lobster\"\n[[market.recording]]\nsymbol = \"S\"\ndate = 2013-10-07", `messages_file: is missing`},
		{"leakage", strings.Replace(small, `type = "lit"`, "type = \"lit\"\nleakage_bps_per_lot = -1", 1), `venue[A].leakage_bps_per_lot: is -1; want a number from 0 to 100`},
		{"curve", small + "curve = [0.5, 0.1]", `instrument[S].curve: sums to 0.6000`},
		{"caps", strings.Replace(small, `type = "lit"`, "type = \"lit\"\ncaps = [\"teleport\"]", 1), `has "teleport", which is no order feature`},
		{"status or not", strings.Replace(small, `type = "lit"`, "type = \"lit\"\ncaps = [\"status\"]\norders = { addr = \"127.0.0.1:1\", their_comp_id = \"A\", profile = { status_requests = false } }", 1), `venue[A].caps: has "status" although`},
		{"venue type", strings.Replace(small, `"lit"`, `"litt"`, 1), `venue[A].type: is "litt"; want lit, ecn`},
		{"two fee schedules a day", strings.Replace(small, `type = "lit"`, "type = \"lit\"\n[[venue.fees]]\nfrom = 2012-01-01\nper_share_usd = {}\n[[venue.fees]]\nfrom = 2012-01-01\nper_share_usd = {}", 1), `two schedules from 2012-01-01`},
		{"secret file missing", small + "[router]\nstore_password_file = \"nowhere/secret\"", `router.store_password_file: cannot be read`},
		{"secret variable missing", small + "[router]\nstore_password_env = \"NO_SUCH\"", `has no variable NO_SUCH`},
		{"time zone", small + "[hours]\nzone = \"Mars/Olympus\"", `time zone "Mars/Olympus" is unknown`},
		{"weights", small + "[objective.speed]\nspeed = 0\nfill = 0\nfee = 0\nimpact = 0", `objective.speed: has no weight above zero`},
		{"scalar for a section", "router = 1\n" + small, `want a table`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := load(t, c.text)
			var ps Problems
			if !errors.As(err, &ps) || len(ps) == 0 {
				t.Fatalf("got %v, want Problems", err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %q\nwant it to contain %q", err, c.want)
			}
			for _, p := range ps {
				if p.File != "sluice.toml" || p.Remedy == "" {
					t.Errorf("problem without file or remedy: %+v", p)
				}
			}
		})
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	_, err := load(t, small+"[router]\nseed = -1\nnaem = \"x\"\n[learning]\noff = 3\n")
	var ps Problems
	if !errors.As(err, &ps) || len(ps) != 3 {
		t.Fatalf("got %v, want 3 problems", err)
	}
}

func TestEnvironmentOverrides(t *testing.T) {
	f, err := load(t, small, "SLUICE_ROUTER__HTTP_ADDR=127.0.0.1:9000", "SLUICE_LEARNING__OFF=true", "SLUICE_DATA=/x",
		"SLUICE_OBJECTIVE__SPEED__FEE=0.5", "SLUICE_LIMITS__MAX_CHILD_USD=1000.5", "SLUICE_TACTICS__DARK_WAVE=3s", "SLUICE_ROUTER__SEED=7")
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintln(f.Router.HTTPAddr, f.Learning.Off, f.Objectives[1].Fee, f.Limits.MaxChildMoney, f.Tactics.DarkWave, f.Router.Seed)
	if want := fmt.Sprintln("127.0.0.1:9000", true, 0.5, "1000.50", 3*market.Second, 7); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, bad := range []string{"SLUICE_VENUE__A__MIC=X", "SLUICE_ROUTER__SEDE=1", "SLUICE___X=1", "SLUICE_ROUTER__SEED=x"} {
		if _, err := load(t, small, bad); err == nil {
			t.Errorf("%s: got no error", bad)
		}
	}
}

func TestLoadReportsFiles(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ path, want string }{
		{filepath.Join(dir, "none.toml"), "there is no such file"},
		{dir, "is a directory"},
		{"/dev/zero", "has no end"}, // as a file of limits it took all memory there is
	} {
		if _, err := Load(c.path); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) {
			t.Errorf("Load(%s) gave %v, want it to name the file and say %q", c.path, err, c.want)
		}
	}
}

func TestPathsStartAtTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sluice.toml")
	if err := os.WriteFile(path, []byte(small), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(filepath.Dir(path), "data", "journal"); f.Router.JournalDir != want {
		t.Errorf("journal dir: got %s, want %s", f.Router.JournalDir, want)
	}
	if want := "sqlite:" + filepath.Join(filepath.Dir(path), "data", "sluice.db"); f.Router.StoreURL != want {
		t.Errorf("store url: got %s, want %s", f.Router.StoreURL, want)
	}
}

// TestReadSecret: what is wrong with a file of a command line names it once, and the remedy (SEC-06).
func TestReadSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pw")
	if _, err := ReadSecret(path); err == nil || err.Error() != path+": cannot be read: no such file or directory; create "+path+" with the secret on its first line and mode 0600" {
		t.Errorf("a file that is not there: %v", err)
	}
	if err := os.WriteFile(path, []byte("tr0ub4dor\nmore"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadSecret(path); err == nil || err.Error() != path+": has mode 0644, so others can read it; chmod 600 "+path {
		t.Errorf("a file that others can read: %v", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if secret, err := ReadSecret(path); secret != "tr0ub4dor" || err != nil {
		t.Errorf("%q, %v", secret, err)
	}
}

// SEC-06: a secret comes from a file of mode 0600 or the environment, and no output shows it.
func TestSecrets(t *testing.T) {
	const canary = "canary-5f1c"
	dir := t.TempDir()
	file := filepath.Join(dir, "secret")
	text := small + "[router]\nstore_password_file = \"" + file + "\"\n"
	if err := os.WriteFile(file, []byte(canary+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := load(t, text); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a readable secret: got %v, want the remedy chmod 600", err)
	}
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := load(t, text)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Router.StorePassword.Reveal(); got != canary {
		t.Errorf("Reveal: got %q, want %q", got, canary)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "file", f, "secret", f.Router.StorePassword)
	outputs := log.String() + fmt.Sprintf("%v %+v %#v %s %q %x", f.Router, f.Router, f.Router, f.Router.StorePassword, f.Router.StorePassword, f.Router.StorePassword)
	if strings.Contains(outputs, canary) {
		t.Errorf("the secret is shown: %s", outputs)
	}
	f, err = load(t, small+"[router]\nstore_password_env = \"PW\"", "PW="+canary)
	if err != nil || f.Router.StorePassword.Reveal() != canary {
		t.Errorf("from the environment: got %v, %v", f, err)
	}
}

// FuzzParse: whatever the bytes are, the answer is a File whose engine configuration builds, or Problems with remedies.
func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(Example()))
	f.Add([]byte(floor("lit", "4.2", "[venue.orders.profile]"+everyKey, "")))
	f.Add([]byte("\"a.b\" = 1\n[a]\nb = 2"))
	f.Add([]byte("[[venue]]\n[[venue.fees]]\nper_share_usd = {added = 1e300}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := Parse("fuzz.toml", b, nil)
		if err != nil {
			var ps Problems
			if !errors.As(err, &ps) {
				t.Fatalf("error is %T, want Problems", err)
			}
			for _, p := range ps {
				if p.Wrong == "" || p.Remedy == "" {
					t.Fatalf("no remedy: %+v", p)
				}
			}
			return
		}
		if _, err := file.Engine(); err != nil {
			t.Fatalf("a file that loads has no engine: %v", err)
		}
	})
}

// TestWhoLogsOnIsKnown: a session that other machines reach has a certificate, a password or a list of addresses by which its owner is
// known, and half of a name and password is none (SEC-01).
func TestWhoLogsOnIsKnown(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("correct horse battery\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := fmt.Sprintf("password_file = %q\n", secret)
	far := "[fix]\nlisten_addr = \"0.0.0.0:9878\"\ntls = true\ntls_cert_file = \"c\"\ntls_key_file = \"k\"\n"
	client := "[[client]]\ncomp_id = \"DESK\"\n"
	for _, c := range []struct{ name, toml, want string }{
		{"on this machine", client, ""},
		{"nothing", far + client, "anybody who reaches 0.0.0.0:9878 could log on as DESK"},
		{"without TLS", "[fix]\nlisten_addr = \"0.0.0.0:9878\"\nplaintext_waiver = true\n" + client, "could log on as DESK"},
		{"a drop copy", far + "[[fix.drop_copy]]\ncomp_id = \"COPY\"\n", "could log on as COPY"},
		{"certificates", far + "tls_ca_file = \"ca\"\n" + client, ""},
		{"addresses", far + "allow = [\"192.0.2.7\"]\n" + client, ""},
		{"a password", far + client + "username = \"u\"\n" + file, ""},
		{"a password that nobody asks for", client + file, "client[1].username: is left out beside a password"},
		{"a name alone", client + "username = \"u\"\n", "client[1].password_file: is left out beside username"},
		{"no accounts", client + "accounts = []\n", "client[1].accounts: is empty"},
		{"a drop copy's name alone", "[[fix.drop_copy]]\ncomp_id = \"COPY\"\nusername = \"u\"\n", "password_file: is left out beside username"},
	} {
		if _, err := load(t, small+c.toml); c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}
