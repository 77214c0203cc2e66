//go:build linux

package main

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// guarded is a desk with a second client that has a password and may not reset its numbers.
func guarded(t *testing.T, password string) *desk {
	t.Helper()
	d := newDesk(t, func(s string) string {
		client := "\n[[client]]\nname = \"RAW\"\ncomp_id = \"RAW\"\nversion = \"4.4\"\nusername = \"raw\"\npassword_file = \"raw.password\"\n\n[[venue]]\n"
		return strings.Replace(s, "\n[[venue]]\n", client, 1)
	})
	d.hide("raw.password", password)
	return d
}

// hide writes a secret's file.
func (d *desk) hide(name, secret string) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), []byte(secret+"\n"), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// refused reads to the end of the connection and reports a Logon that was answered.
func (p *peer) refused(what string) {
	p.t.Helper()
	for {
		m, err := p.next()
		if err != nil {
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				p.t.Errorf("%s: the connection stays open", what)
			}
			return
		}
		if m["35"] == "A" {
			p.t.Errorf("%s: the Logon is answered", what)
			return
		}
	}
}

// TestLogonAbuse is TEST-42: Logons with a wrong password, none, another CompID, a reset and wild numbers are refused, and
// the session's numbers are what they were: its owner goes on with the next one. After five of them the address is locked out.
func TestLogonAbuse(t *testing.T) {
	slow(t)
	t.Parallel()
	const password = "correct horse"
	d := guarded(t, password)
	sim := d.startVenues()
	router := d.startRouter()
	b := d.connect()
	d.ready(router)
	last := 0 // the number that RAW used last
	owner := func() {
		t.Helper()
		var p *peer
		eventually(t, "the owner is logged on", func() bool { // the connection before may still be winding down, and a session has one
			p = dial(t, d.clients)
			p.seq = last
			p.send(p.frame("A", "98=0|108=30|553=raw|554="+password+"|"))
			m, err := p.next()
			if err == nil && m["35"] != "A" {
				t.Fatalf("the owner's Logon %d is answered by %v: its numbers were touched", p.seq, m)
			}
			return err == nil
		})
		p.send(p.frame("1", "112=here|"))
		if m := p.awaits("02"); m["35"] != "0" || m["112"] != "here" {
			t.Errorf("number %d of the owner is answered by %v: its numbers were touched", last+1, m)
		}
		p.send(p.frame("5", ""))
		p.awaits("5")
		p.closed()
		last = p.seq
	}
	owner()
	for i, c := range []struct {
		name   string
		sender string
		target string
		number int
		body   string
		counts int // Logons refused for their password until then
	}{
		{"a wrong password", "RAW", "SLUICE", 0, "553=raw|554=wrong|", 1},
		{"no password", "RAW", "SLUICE", 0, "", 2},
		{"a reset with a wrong password", "RAW", "SLUICE", 1, "141=Y|553=raw|554=wrong|", 3},
		{"a wild number with a wrong password", "RAW", "SLUICE", 999_999, "553=raw|554=wrong|", 4},
		{"another sender", "NOBODY", "SLUICE", 0, "553=raw|554=" + password + "|", 4},
		{"another target", "RAW", "ELSEWHERE", 0, "553=raw|554=" + password + "|", 4},
		{"no sender", "", "SLUICE", 0, "553=raw|554=" + password + "|", 4},
	} {
		number := last
		if c.number > 0 {
			number = c.number - 1
		}
		d.attack(router, c.name, c.counts, &peer{sender: c.sender, target: c.target, seq: number}, "98=0|108=30|"+c.body)
		if i == 3 {
			owner()
			tradesOn(b)
		}
	}
	owner()
	d.attack(router, "a guess", 5, &peer{sender: "RAW", target: "SLUICE", seq: last}, "98=0|108=30|553=raw|554=guess|")
	p := dial(t, d.clients)
	p.seq = last
	p.send(p.frame("A", "98=0|108=30|553=raw|554="+password+"|"))
	p.refused("the right password after five guesses")
	tradesOn(b)
	b.finish(generous)
	for _, secret := range []string{password, "554=guess", "554=wrong"} {
		if router.count(secret) > 0 {
			t.Errorf("the log has %q", secret)
		}
	}
	d.windDown(b, router, sim, false)
}

// tradesOn waits until the EMS's session gets an order filled. On a busy machine quotes may be old when an order comes, and it is
// refused; that is the market's, not the session's.
func tradesOn(b *blotter) {
	b.t.Helper()
	eventually(b.t, "the other session trades", func() bool {
		id := b.send(order.Terms{Account: "ACC1", Symbol: "BOLT", Side: market.Buy, Type: order.Market, Qty: 100, Capacity: 'A', Venues: 1<<6 - 1})
		b.finish(generous)
		q, _ := b.filled(id)
		return q == 100
	})
}

// attack sends a Logon that must be refused, again where the connection before was still winding down, until so many were
// refused for their password.
func (d *desk) attack(router *process, name string, refusals int, as *peer, body string) {
	d.t.Helper()
	eventually(d.t, name+" is refused", func() bool {
		p := dial(d.t, d.clients)
		p.sender, p.target, p.seq = as.sender, as.target, as.seq
		p.send(p.frame("A", body))
		p.refused(name)
		for range 20 {
			if router.count("fix logon refused") >= refusals {
				return true
			}
			time.Sleep(5 * time.Millisecond)
		}
		return false
	})
	if n := router.count("fix logon refused"); n != refusals {
		d.t.Errorf("%s: %d Logons were refused for their password, want %d", name, n, refusals)
	}
}
