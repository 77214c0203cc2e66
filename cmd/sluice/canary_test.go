//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSecretsAreInNoOutput is SEC-06: a secret of every kind is planted, each session, store and registry uses its own, a
// client sends some in fields that FIX has for them, and then all that the router and its commands wrote and answered is
// searched: logs, journal, metrics, pages, the configuration's echo.
func TestSecretsAreInNoOutput(t *testing.T) {
	slow(t)
	t.Parallel()
	canary := func(of string) string { return "cAnArY-" + of + "-7f3a" }
	kinds := []string{"client", "venue", "store", "registry", "wrong", "new", "raw"}
	meters := freePort(t)
	d := newDesk(t, func(s string) string {
		client := "\n[[client]]\nname = \"RAW\"\ncomp_id = \"RAW\"\nversion = \"4.4\"\nallow_reset = true\nusername = \"raw\"\npassword_file = \"client.password\"\n\n[[venue]]\n"
		s = strings.Replace(s, "\n[[venue]]\n", client, 1)
		s = strings.Replace(s, "their_comp_id = \"LITX\"\n", "their_comp_id = \"LITX\"\nusername = \"us\"\npassword_file = \"venue.password\"\n", 1)
		s = strings.Replace(s, `store_url = "sqlite:sluice.db"`, "store_url = \"postgres://sluice@127.0.0.1:1/none\"\nstore_password_file = \"store.password\"", 1)
		s = strings.Replace(s, `metrics_addr = ""`, fmt.Sprintf("metrics_addr = %q", meters), 1)
		return s + "\n[models]\nregistry = \"postgres://models@127.0.0.1:1/none\"\nregistry_password_file = \"registry.password\"\n"
	})
	for _, of := range kinds[:4] {
		d.hide(of+".password", canary(of))
	}
	sim := d.startVenues()
	router := d.startRouter()
	b := d.connect()
	d.ready(router)
	tradeOne(b)
	wrong := dial(t, d.clients)
	wrong.send(wrong.frame("A", "98=0|108=30|141=Y|553=raw|554="+canary("wrong")+"|"))
	wrong.refused("a wrong password")
	right := dial(t, d.clients)
	raw := canary("raw")
	right.send(right.frame("A", fmt.Sprintf("98=0|108=30|141=Y|553=raw|554=%s|925=%s|95=%d|96=%s|", canary("client"), canary("new"), len(raw), raw)))
	right.awaits("A")
	right.send(right.frame("1", "112=here|"))
	right.awaits("0")
	bad := right.frame("D", order100+"95=12|96=a|38=900|b|554="+canary("client")+"|") // closes the connection; its frame is logged (GRD-11)
	right.send(bad)
	right.closed()
	b.finish(generous)

	seen := map[string]string{"doctor": d.says("doctor", "-c", d.config), "doctor --json": d.says("doctor", "-c", d.config, "--json"),
		"ladder": d.says("ladder", "-c", d.config), "resolve": d.says("resolve", "-c", d.config, "--json")}
	for _, url := range []string{"http://" + meters + "/metrics", "http://" + meters + "/debug/pprof/cmdline", "http://" + meters + "/debug/pprof/goroutine?debug=2",
		page.FindStringSubmatch(router.stderr.String())[1] + "/", page.FindStringSubmatch(router.stderr.String())[1] + "/api/v1/venues",
		page.FindStringSubmatch(router.stderr.String())[1] + "/api/v1/sessions"} {
		seen[url] = fetched(t, url)
	}
	router.stop(generous)
	sim.stop(generous)
	seen["replay"] = d.says("replay", "journal", "--verify")
	seen["the router's log"], seen["the venues' log"] = router.stdout.String()+router.stderr.String(), sim.stdout.String()+sim.stderr.String()
	err := filepath.WalkDir(d.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || strings.HasSuffix(path, ".password") {
			return err
		}
		text, err := os.ReadFile(path)
		seen[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(seen["the router's log"], "postgres://sluice@127.0.0.1:1/none") || len(seen) < 12 {
		t.Errorf("the log does not tell of the store that is down, or little was looked at: %d", len(seen))
	}
	for where, text := range seen {
		for _, of := range kinds {
			if at := strings.Index(text, canary(of)); at >= 0 {
				t.Errorf("the %s secret is in %s: …%q…", of, where, text[max(0, at-60):at])
			}
		}
	}
}

// says runs a command to its end, whatever its status, and gives all that it wrote.
func (d *desk) says(args ...string) string {
	d.t.Helper()
	p := d.run(args...)
	p.ends(generous)
	return p.stdout.String() + p.stderr.String()
}

func fetched(t *testing.T, url string) string {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var b bytes.Buffer
	if _, err := io.Copy(&b, r.Body); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
