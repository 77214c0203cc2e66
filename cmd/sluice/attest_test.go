//go:build linux

package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/fixgw"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// refusal sends an order and gives the text with which it is refused, "" if it is taken.
func (b *blotter) refusal(t order.Terms) string {
	b.t.Helper()
	id := b.send(t)
	var last fixgw.ExecutionReport
	eventually(b.t, "the order is answered", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		var known bool
		last, known = b.last[id]
		return known
	})
	if last.OrdStatus != '8' {
		return ""
	}
	return last.Text
}

// TestINC01OtherBuild is INC-01: the node whose build is not the one that its fleet deployed is not ready and takes no
// order, whatever a person lifts, also after a restart; the moment the manifest has its build it takes them.
func TestINC01OtherBuild(t *testing.T) {
	slow(t)
	t.Parallel()
	meters := freePort(t)
	d := newDesk(t, func(s string) string {
		return strings.Replace(s, `metrics_addr = ""`, `metrics_addr = "`+meters+"\"\n[attest]\nmanifest_file = \"fleet.toml\"", 1)
	})
	manifest := filepath.Join(d.dir, "fleet.toml")
	p := d.run("attest", "-c", d.config)
	if code := p.ends(generous); code != 0 {
		t.Fatalf("sluice attest ends with %d: %s", code, p.stderr.String())
	}
	right := p.stdout.String()
	put := func(text string) {
		if err := os.WriteFile(manifest, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	own := regexp.MustCompile(`(?m)^build .*$`)
	put(own.ReplaceAllString(right, `build = ["`+strings.Repeat("0123456789abcdef", 4)+`"]`))
	ready := func() (int, string) {
		r, err := http.Get("http://" + meters + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r.StatusCode, string(b)
	}
	terms := order.Terms{Account: "ACC1", Symbol: "ACME", Side: market.Buy, Qty: 100, Type: order.Limit, Limit: 47 * market.Dollar, Capacity: 'A'}
	var router *process
	var b *blotter
	for _, start := range []string{"first", "second"} {
		router = d.run("route", "-c", d.config)
		router.says("router up, and not ready")
		if b == nil {
			b = d.connect()
		} else {
			eventually(t, "the EMS is logged on", b.up)
		}
		if text := b.refusal(terms); !strings.HasPrefix(text, "OPS-01: ") || !strings.Contains(text, "the manifest has 0123456789ab") {
			t.Errorf("%s start: an order is refused with %q, want OPS-01 and the build that is wanted", start, text)
		}
		if code, text := ready(); code != http.StatusServiceUnavailable || !strings.Contains(text, "OPS-01: build is ") {
			t.Errorf("%s start: /readyz %d: %s", start, code, text)
		}
		d.tells(1, "ladder", "lift", "--actor", "ann", "--reason", "I want it to trade")
		if text := b.refusal(terms); !strings.HasPrefix(text, "OPS-01: ") {
			t.Errorf("%s start: after a lift an order is refused with %q", start, text)
		}
		if start == "first" {
			router.kill()
		}
	}
	if text := d.doctor("attestation"); !strings.Contains(text, "fail") || !strings.Contains(text, "0123456789ab") {
		t.Errorf("the doctor says %s", text)
	}
	put(right)
	eventually(t, "the router is ready", func() bool { code, _ := ready(); return code == http.StatusOK })
	eventually(t, "orders are taken", func() bool { return b.refusal(terms) == "" })
	put("build = [")
	eventually(t, "a manifest that cannot be read is no manifest", func() bool { code, _ := ready(); return code != http.StatusOK })
	router.stop(15 * time.Second)
}

// doctor gives the lines of a check.
func (d *desk) doctor(check string) string {
	d.t.Helper()
	p := d.run("doctor", "-c", d.config)
	p.ends(generous)
	var out []string
	for line := range strings.Lines(p.stdout.String()) {
		if strings.Contains(line, check) {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}
