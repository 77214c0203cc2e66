//go:build linux

package main

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/pgtest"
	"github.com/sluice-sor/sluice/serve/config"
)

// planted is the secrets of a test, by what they are.
type planted map[string]string

// plant makes a secret that stands nowhere else.
func (p planted) plant(what string) string {
	p[what] = "CANARY" + rand.Text()
	return p[what]
}

// found names the secrets that a text has.
func (p planted) found(text []byte) (what []string) {
	for name, secret := range p {
		if bytes.Contains(text, []byte(secret)) {
			what = append(what, name)
		}
	}
	return what
}

// TestNoSecretIsTold is SEC-06 on a whole running router: secrets stand in every place where one can be, and are used rightly
// and wrongly over FIX, the page, the socket and the database. None of them is in what any process printed, in any answer, or in
// any file but its own: not in journal, FIX store, audit log, users file, nor in PostgreSQL's.
func TestNoSecretIsTold(t *testing.T) {
	slow(t)
	t.Parallel()
	secrets := planted{}
	cluster := pgtest.New(t, "fsync=off") // it crashes, its machine does not
	meters, pageAt := freePort(t), freePort(t)
	d := newDesk(t, func(s string) string {
		s = inPostgres(cluster)(s)
		s = strings.Replace(s, `metrics_addr = ""`, `metrics_addr = "`+meters+"\"\nstore_password_file = \"db.secret\"\nhttp_tls_cert_file = \"own.crt\"\nhttp_tls_key_file = \"key.secret\"", 1)
		s = strings.Replace(s, "\n[fix]\n", "\n[models]\nsigning_key_file = \"signing.secret\"\npoll = \"100ms\"\n\n[fix]\n", 1)
		s = strings.Replace(s, `http_addr = "127.0.0.1:0"`, `http_addr = "`+pageAt+`"`, 1)
		s = strings.Replace(s, "[fix]\n", "[fix]\ntls = true\ntls_cert_file = \"own.crt\"\ntls_key_file = \"key.secret\"\n", 1)
		s = strings.Replace(s, "their_comp_id = \"LITX\"\n", "their_comp_id = \"LITX\"\nusername = \"us\"\npassword_file = \"venue.secret\"\n", 1)
		return strings.Replace(s, "\n[[venue]]\n", "\n[[client]]\nname = \"RAW\"\ncomp_id = \"RAW\"\nversion = \"4.4\"\nallow_reset = true\nusername = \"raw\"\npassword_file = \"client.secret\"\n\n[[venue]]\n", 1)
	})
	ca := newAuthority(t)
	_, cert, key := ca.issue("127.0.0.1")
	d.put("own.crt", cert)
	d.put("key.secret", key)
	secrets["TLS key"] = strings.Split(string(key), "\n")[1]
	d.hide("db.secret", secrets.plant("database password"))
	d.hide("venue.secret", secrets.plant("venue password (554)"))
	client := secrets.plant("client password (554)")
	d.hide("client.secret", client)
	d.hide("ann.secret", secrets.plant("user's password"))
	model := d.sign(secrets)
	d.tells(0, "users", "add", "ann", "--roles", "admin,risk", "--password-file", filepath.Join(d.dir, "ann.secret"))
	token := regexp.MustCompile(`\S*_\S{20,}`).FindString(d.tells(0, "users", "token", "ann", "--roles", "risk", "--days", "1"))
	if token == "" {
		t.Fatal("no token")
	}
	secrets["token"] = token
	var ran []*process
	keep := func(p *process) *process { ran = append(ran, p); return p }
	tell := func(args ...string) { keep(d.run(append(args, "-c", d.config)...)).ends(generous) }
	sim := keep(d.startVenues())
	router := keep(d.startRouter())
	d.guessOverFIX(secrets, client)
	heard := d.guessOverHTTP(t, secrets, "https://"+pageAt, "http://"+meters)
	d.hide("wrong.secret", secrets.plant("wrong password of a user"))
	for _, who := range []string{"ann.secret", "wrong.secret"} {
		tell("halt", "--venue", "LITX", "--actor", "ann", "--reason", "the venue's desk asks for it", "--password-file", filepath.Join(d.dir, who))
	}
	d.hide("token.secret", token)
	tell("halt", "--venue", "ECNA", "--actor", "ann", "--reason", "the venue's desk asks for it", "--token-file", filepath.Join(d.dir, "token.secret"))
	for _, args := range [][]string{{"doctor"}, {"doctor", "--json"}, {"ladder"}, {"limits", "--json"}, {"audit", "list"}, {"audit", "verify"}, {"attest", "--json"}, {"users", "list", "--json"},
		{"models", "list"}, {"models", "show", model}, {"models", "verify"}, {"models", "canary", model, "--actor", "ann", "--reason", "gates passed"}, {"models", "ledger"}, {"resolve"}, {"report"}} {
		tell(args...)
	}
	cluster.Stop("immediate")
	time.Sleep(2 * time.Second) // the projection meets it
	tell("doctor")
	tell("audit", "verify")
	cluster.Start()
	router.stop(30 * time.Second)
	sim.stop(15 * time.Second)
	b, err := os.ReadFile(filepath.Join(d.dir, "journal", "audit.log"))
	if err != nil || !bytes.Contains(b, []byte(`"what":"login"`)) || router.count("fix logon refused") == 0 {
		t.Errorf("nothing was used: audit log %s, %v", b, err)
	}
	signed := false
	for _, p := range ran {
		signed = signed || strings.Contains(p.stdout.String(), "signed by key")
		if what := secrets.found([]byte(p.stdout.String() + p.stderr.String())); what != nil {
			t.Errorf("`sluice %s` prints: %v", strings.Join(p.cmd.Args[1:], " "), what)
		}
	}
	if !signed {
		t.Error("no command shows the signed model")
	}
	if what := secrets.found(heard); what != nil {
		t.Errorf("an answer over HTTP has: %v", what)
	}
	files := secrets.search(t, d.dir)
	_, at, _ := strings.Cut(cluster.DSN, "host=")
	files += secrets.search(t, at)
	if files < 20 {
		t.Errorf("%d files were searched", files)
	}
}

// sign makes the key that signs models, in each form in which it could be told, and signs one for the registry with it.
func (d *desk) sign(secrets planted) (model string) {
	d.t.Helper()
	file, err := config.Load(d.config)
	if err != nil {
		d.t.Fatal(err)
	}
	model = publish(d.t, file, 1)[0]
	text, err := os.ReadFile(file.Models.SigningKey)
	if err != nil {
		d.t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		d.t.Fatal(err)
	}
	seed := key.(ed25519.PrivateKey).Seed()
	secrets["model signing key"] = strings.Split(string(text), "\n")[1]
	secrets["model signing key, its bytes"] = string(seed)
	secrets["model signing key in hex"] = hex.EncodeToString(seed)
	secrets["model signing key in base64"] = strings.TrimRight(base64.StdEncoding.EncodeToString(seed), "=")
	return model
}

// search looks into every file of a directory but those of the secrets themselves.
func (p planted) search(t *testing.T, dir string) (files int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || strings.HasSuffix(path, ".secret") {
			return nil // the database removes files while it works
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		files++
		if what := p.found(b); what != nil {
			t.Errorf("%s has: %v", path, what)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return files
}

// guessOverFIX logs on with a right password and an order, wrongly with passwords, a new one and raw data, and mangled, so that a guard tells of it.
func (d *desk) guessOverFIX(secrets planted, password string) {
	d.t.Helper()
	raw := secrets.plant("raw data (96)")
	try := func(sender, body string) *peer {
		conn, err := tls.DialWithDialer(&net.Dialer{Timeout: generous}, "tcp", d.clients, &tls.Config{InsecureSkipVerify: true}) // whom it talks to does not matter here
		if err != nil {
			d.t.Fatal(err)
		}
		d.t.Cleanup(func() { _ = conn.Close() })
		p := &peer{t: d.t, conn: conn, in: bufio.NewReader(conn), sender: sender, target: "SLUICE"}
		_, _ = conn.Write(p.frame("A", "98=0|108=30|141=Y|"+body))
		return p
	}
	credentials := "553=raw|554=" + password + "|"
	try("RAW", "553=raw|554="+secrets.plant("wrong password (554)")+"|").refused("a wrong password")
	try("NOBODY", credentials).refused("another sender")
	try("RAW", credentials+"553=again|554="+password+"|").refused("a password twice")
	var p *peer
	eventually(d.t, "RAW is logged on", func() bool {
		p = try("RAW", "95=32|96="+raw+"|"+credentials+"925="+secrets.plant("new password (925)")+"|")
		m, err := p.next()
		return err == nil && m["35"] == "A"
	})
	p.send(p.frame("D", order100))
	p.awaits("8")
	p.send(p.frame("D", order100+"95=32|96="+raw+"|"))
	p.send(p.frame("B", "148=news|33=1|58=hello|95=32|96="+raw+"|"))
	p.send(p.frame("1", "112=here|"))
	p.awaits("0")
	p.send(bytes.Replace(p.frame("A", credentials+"96="+raw+"|"), []byte("\x0110="), []byte("\x0110=9"), 1)) // a checksum that is none: the guard shows the frame
	p.closed()
}

// guessOverHTTP uses the page and the metrics rightly and wrongly and gives all that they answered, the session's own cookie not
// among it.
func (d *desk) guessOverHTTP(t *testing.T, secrets planted, page, meters string) []byte {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar, Timeout: generous, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, // its own page
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	var all bytes.Buffer
	do := func(method, url, kind, body, bearer string) int {
		t.Helper()
		q, err := http.NewRequest(method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Content-Type", kind)
		q.Header.Set("Origin", page)
		if bearer != "" {
			q.Header.Set("Authorization", "Bearer "+bearer)
		}
		a, err := c.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		all.WriteString(a.Header.Get("Location"))
		if _, err := io.Copy(&all, a.Body); err != nil {
			t.Fatal(err)
		}
		return a.StatusCode
	}
	const form, js = "application/x-www-form-urlencoded", "application/json"
	do("POST", page+"/login", form, url.Values{"name": {"ann"}, "password": {secrets.plant("wrong password of the page")}}.Encode(), "")
	time.Sleep(2 * time.Second) // guesses are held back
	do("POST", page+"/login", form, url.Values{"name": {"ann"}, "password": {secrets["user's password"]}}.Encode(), "")
	at, err := url.Parse(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range jar.Cookies(at) {
		secrets["session "+cookie.Name] = cookie.Value
	}
	if len(jar.Cookies(at)) == 0 {
		t.Fatalf("ann cannot log in: %s", tail(all.String(), 500))
	}
	for _, path := range []string{"/", "/api/v1/state", "/api/v1/venues", "/api/v1/me", "/api/v1/attestation", "/api/v1/models", "/api/v1/openapi.json", "/healthz", "/nowhere"} {
		do("GET", page+path, "", "", "")
	}
	halt := `{"do":"halt","venue":"LITX","reason":"the venue's desk asks for it"}`
	do("POST", page+"/api/v1/actions", js, halt, secrets["token"])
	do("POST", page+"/api/v1/actions", js, halt, secrets["token"]+"x")
	do("POST", page+"/api/v1/actions", js, `{"do":`+secrets["token"], secrets["token"])
	for _, path := range []string{"/metrics", "/readyz", "/debug/pprof/cmdline", "/debug/pprof/goroutine?debug=2"} {
		if code := do("GET", meters+path, "", "", ""); code != http.StatusOK && path != "/readyz" {
			t.Errorf("%s answers %d", path, code)
		}
	}
	return all.Bytes()
}
