//go:build linux

package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/serve/access"
)

// triggers are the ways to stop everything. Each prepares itself and gives what pulls it: the desk has nothing else that works.
var triggers = []struct {
	name string
	cut  func(string) string
	arm  func(d *desk, router *process) (pull func())
}{
	{"page", pageOnly, func(d *desk, router *process) func() {
		d.noSocket()
		return d.haltsByPage(router)
	}},
	{"control socket", crippled, func(d *desk, _ *process) func() {
		return func() { d.tells(0, "halt", "--actor", "ann", "--reason", "drill") }
	}},
	{"signal", crippled, func(d *desk, router *process) func() {
		d.noSocket()
		return func() {
			if err := router.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
				d.t.Fatal(err)
			}
		}
	}},
	{"FIX", crippled, func(d *desk, _ *process) func() {
		d.noSocket()
		p := dial(d.t, d.clients)
		p.send(p.frame("A", "98=0|108=30|141=Y|"))
		p.awaits("A")
		return func() {
			p.send(p.frame("q", "11=KILL1|530=7|60="+time.Now().UTC().Format("20060102-15:04:05")+"|"))
			p.awaits("r")
			p.send(p.frame("5", ""))
			p.closed()
		}
	}},
}

// TestKillDrill is TEST-80: each trigger of the kill switch alone, while all else is broken: the database and the registry do not
// answer, there are no metrics, no page where it is not the trigger, and no control socket where it is not. What works is
// withdrawn at every venue by the venues' own account, no new order is taken, and a restart does not forget it (KILL-01 to KILL-03).
func TestKillDrill(t *testing.T) {
	slow(t)
	t.Parallel()
	for _, c := range triggers {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, c.cut)
			sim, router := d.startVenues(), d.startRouter()
			b, books := d.connect(), newLedger(d)
			tradesOn(b)
			const resting = 12
			for i := range resting {
				b.send(far(i, ""))
			}
			eventually(t, "orders rest at venues", func() bool { books.follow(); return books.works() >= resting })
			c.arm(d, router)()
			eventually(t, "the venues have nothing of ours", func() bool { books.follow(); return books.works() == 0 })
			if !b.turnedAway() {
				t.Error("an order is taken after the kill")
			}
			router.stop(generous)
			router = d.startRouter()
			eventually(t, "the EMS is logged on again", b.up)
			if !b.turnedAway() {
				t.Error("a restart forgets the kill")
			}
			books.follow()
			if n := books.works(); n != 0 {
				t.Errorf("%d orders are at venues after the restart", n)
			}
			router.stop(generous)
			sim.stop(generous)
		})
	}
}

// far gives an order that rests a dollar below the market, at a venue if one is named.
func far(i int, venue string) order.Terms {
	s := prices[i%len(prices)]
	return order.Terms{Account: "ACC1", Symbol: s.symbol, Side: market.Buy, Qty: 1000, Type: order.Limit, TIF: order.Day,
		Limit: market.Price((s.cents - 100) * 10_000), Capacity: 'A', Directed: venue}
}

// turnedAway sends an order and reports whether it is rejected.
func (b *blotter) turnedAway() bool {
	id := b.send(order.Terms{Account: "ACC1", Symbol: "BOLT", Side: market.Buy, Type: order.Market, Qty: 100, Capacity: 'A'})
	eventually(b.t, "an answer", func() bool { b.mu.Lock(); defer b.mu.Unlock(); _, heard := b.last[id]; return heard })
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last[id].OrdStatus == '8'
}

// crippled is a desk without page and metrics, whose database and registry do not answer, and whose raw client may kill.
func crippled(s string) string {
	client := "\n[[client]]\nname = \"RAW\"\ncomp_id = \"RAW\"\nversion = \"4.4\"\nallow_reset = true\nkill_switch = true\n\n[[venue]]\n"
	s = strings.Replace(s, "\n[[venue]]\n", client, 1)
	s = strings.Replace(s, `http_addr = "127.0.0.1:0"`, `http_addr = ""`, 1)
	s = strings.Replace(s, `store_url = "sqlite:sluice.db"`, `store_url = "postgres://sluice@127.0.0.1:1/none"`, 1)
	return s + "\n[models]\nregistry = \"postgres://models@127.0.0.1:1/none\"\n"
}

// pageOnly is crippled with a page.
func pageOnly(s string) string {
	return strings.Replace(crippled(s), `http_addr = ""`, `http_addr = "127.0.0.1:0"`, 1)
}

// haltsByPage gives what stops everything as a program does that has a token of the page's API.
func (d *desk) haltsByPage(router *process) (pull func()) {
	d.t.Helper()
	var token string
	err := access.Edit(filepath.Join(d.dir, "users.json"), func(all *access.Users) error {
		x, err := access.NewUser("ann", []access.Role{access.Risk, access.Admin}, nil, "correct horse battery staple", time.Now())
		if err != nil {
			return err
		}
		if token, _, err = x.NewToken([]access.Role{access.Risk}, time.Now(), time.Hour, "drill"); err != nil {
			return err
		}
		all.Users = append(all.Users, x)
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
	m := page.FindStringSubmatch(router.stderr.String())
	if m == nil {
		d.t.Fatal("the router does not say where its page is")
	}
	r, err := http.NewRequest(http.MethodPost, m[1]+"/api/v1/actions", strings.NewReader(`{"do":"halt","reason":"drill"}`))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	return func() {
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			d.t.Fatal(err)
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			text, _ := io.ReadAll(answer.Body)
			d.t.Fatalf("the page answered %s: %s", answer.Status, text)
		}
	}
}

// noSocket takes the control socket away.
func (d *desk) noSocket() {
	d.t.Helper()
	if err := os.Remove(filepath.Join(d.dir, "journal", "control.sock")); err != nil {
		d.t.Fatal(err)
	}
}

// works counts the orders that venues work, by their own account.
func (l *ledger) works() (n int) {
	for _, o := range l.venues {
		if !o.done {
			n++
		}
	}
	return n
}
