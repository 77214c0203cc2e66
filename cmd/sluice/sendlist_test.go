//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/serve/control"
)

// TestSendList sends lists as an EMS does (RISK-20): one that warns waits for one decision, under the name that it was given; the
// command says by which number each order is asked about next; a list that lacks an order is not worked.
func TestSendList(t *testing.T) {
	slow(t)
	t.Parallel()
	d := newDesk(t, func(s string) string {
		return s + "\n[limits]\nversion = \"soft\"\nsoft_parent_usd = \"1000\"\n"
	})
	sim := d.startVenues()
	router := d.startRouter()
	d.ready(router)
	baskets := func() []control.Basket {
		var a control.Answer
		if err := json.Unmarshal([]byte(d.tells(0, "basket", "--json")), &a); err != nil {
			t.Fatal(err)
		}
		return a.Baskets
	}

	send := d.run("send", "-c", d.config, "--symbol", "ACME,BOLT", "--side", "buy", "--qty", "300,200", "--basket", "rebalance")
	eventually(t, "the list waits for a person", func() bool { b := baskets(); return len(b) == 1 && b[0].Waiting == 2 })
	if b := baskets()[0]; b.List != "rebalance" || b.Of != 2 {
		t.Errorf("basket %+v, want rebalance of 2", b)
	}
	d.tells(0, "basket", "confirm", fmt.Sprint(baskets()[0].Basket), "--actor", "ann", "--reason", "the client confirms it by telephone")
	if code := send.ends(generous); code != 0 {
		t.Errorf("send ends with status %d: %s%s", code, send.stdout.String(), send.stderr.String())
	}
	numbers := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\S+ parent ([0-9]+), P[0-9A-Z]+-[0-9A-Z]+, (ACME|BOLT) 150=`).FindAllStringSubmatch(send.stdout.String(), -1) {
		numbers[m[1]+" "+m[2]] = true
	}
	if len(numbers) != 2 {
		t.Fatalf("numbers %v of two orders in: %s", numbers, send.stdout.String())
	}
	for n := range numbers {
		id, symbol, _ := strings.Cut(n, " ")
		eventually(t, "the store has the order", func() bool {
			p := d.run("report", id, "-c", d.config)
			return p.ends(generous) == 0 && strings.Contains(p.stdout.String(), symbol)
		})
	}

	short := d.run("send", "-c", d.config, "--symbol", "ACME", "--side", "buy", "--qty", "10", "--basket", "torn", "--basket-of", "2", "--wait", "2s", "--json")
	if code := short.ends(generous); code != 1 || !strings.Contains(short.stderr.String(), "is not done after --wait") {
		t.Errorf("a list that lacks an order: status %d, %s", code, short.stderr.String())
	}
	var r struct {
		Parent uint64
		Symbol string
	}
	line, _, _ := strings.Cut(short.stdout.String(), "\n")
	if err := json.Unmarshal([]byte(line), &r); err != nil || r.Parent != 3 || r.Symbol != "ACME" {
		t.Errorf("--json says %+v, %v of %s; want parent 3", r, err, line)
	}
	if strings.Contains(short.stdout.String(), `"exec_type":"F"`) {
		t.Errorf("a list that lacks an order is worked: %s", short.stdout.String())
	}
	for args, want := range map[string]string{
		"--symbol ACME,BOLT --qty 1,2,3":                        "3 quantities for 2 symbols",
		"--symbol ACME --qty 1 --basket-of 2":                   "--basket",
		"--symbol ACME,BOLT --qty 1 --basket x --basket-of 1":   "2 orders are sent here",
		"--symbol ACME,BOLT --qty 5,0":                          "positive --qty",
		"--symbol ACME,BOLT --qty 1 --basket x --basket-of -12": "2 orders are sent here",
	} {
		p := d.run(append([]string{"send", "-c", d.config, "--side", "buy"}, strings.Fields(args)...)...)
		d.failed(p, 2, []string{want})
	}
	router.stop(15 * time.Second)
	sim.stop(15 * time.Second)
}
