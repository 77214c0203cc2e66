//go:build linux

package main

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/serve/audit"
)

// receiver is a syslog receiver on a machine's socket that appends what comes to a file, a line a message.
func receiver(t *testing.T, path, file string) (end func()) {
	t.Helper()
	_ = os.Remove(path)
	l, err := net.ListenPacket("unixgram", path)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 9000)
		for {
			n, _, err := l.ReadFrom(b)
			if err != nil {
				return
			}
			f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
			if err == nil {
				_, err = f.Write(append(b[:n:n], '\n'))
				_ = f.Close()
			}
			if err != nil {
				t.Error(err)
			}
		}
	}()
	return func() { _ = l.Close(); <-done }
}

// TestAuditHeadInSyslog is SEC-05 on the running router: its head goes to a syslog receiver at start and stop. One that is gone
// stops nothing, and is seen in the metrics and by the doctor. A chain that was written anew is sound by itself, and is found by
// the receiver's file.
func TestAuditHeadInSyslog(t *testing.T) {
	slow(t)
	t.Parallel()
	dir, err := os.MkdirTemp("", "sl") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket, file, meters := filepath.Join(dir, "log"), filepath.Join(dir, "auth.log"), freePort(t)
	d := newDesk(t, func(s string) string {
		return strings.Replace(s, `metrics_addr = ""`, `metrics_addr = "`+meters+"\"\naudit_syslog = \"unix:"+socket+`"`, 1)
	})
	halt := func() {
		t.Helper()
		d.tells(0, "halt", "--venue", "LITX", "--actor", "ann", "--reason", "the venue's desk asks for it")
	}
	heads := func() int {
		b, err := os.ReadFile(file)
		if err != nil {
			return 0
		}
		return strings.Count(string(b), "AUDITHEAD - audit head router="+d.router+" lines=")
	}
	failing := func() float64 { return scraped(t, meters).value("sluice_audit_head_failing", `to="syslog"`) }

	router := d.startRouter() // without a receiver
	eventually(t, "that nobody listens is in the metrics", func() bool { return failing() == 1 })
	if text := d.doctor("audit head"); !strings.Contains(text, "warn") || !strings.Contains(text, "syslog took none since the router's start") {
		t.Errorf("doctor, without a receiver: %s", text)
	}
	if text := d.doctor("audit syslog"); !strings.Contains(text, "warn") || !strings.Contains(text, socket) {
		t.Errorf("doctor, without a receiver: %s", text)
	}
	halt()
	end := receiver(t, socket, file)
	if text := d.doctor("audit syslog"); !strings.Contains(text, "ok") {
		t.Errorf("doctor, with a receiver: %s", text)
	}
	router.stop(30 * time.Second)
	eventually(t, "the head of the stop is told", func() bool { return heads() == 1 })

	router = d.startRouter()
	eventually(t, "the head of the start is told", func() bool { return heads() == 2 && failing() == 0 })
	if text := d.doctor("audit head"); !strings.Contains(text, "ok") || !strings.Contains(text, "syslog took that of") {
		t.Errorf("doctor, with a head told: %s", text)
	}
	halt()
	router.stop(30 * time.Second)
	eventually(t, "the head of the second stop is told", func() bool { return heads() == 3 })
	end()
	if text := d.tells(0, "audit", "verify", "--heads", file); !strings.Contains(text, "all 3 exported heads are in it") {
		t.Errorf("the whole log: %s", text)
	}
	if text := d.tells(1, "audit", "verify", "--heads", d.config); !strings.Contains(text, "no head of an audit log") {
		t.Errorf("a file without heads: %s", text)
	}
	d.forge(filepath.Join(d.dir, "journal", "audit.log"))
	if text := d.tells(0, "audit", "verify"); !strings.Contains(text, "none changed") {
		t.Errorf("by itself a log that was written anew is sound: %s", text)
	}
	if text := d.tells(1, "audit", "verify", "--heads", file); !strings.Contains(text, "is not in the log") || !strings.Contains(text, "written anew") {
		t.Errorf("a log that was written anew: %s", text)
	}
}

// forge writes a log anew with other reasons and sound hashes, as somebody who knows how could.
func (d *desk) forge(path string) {
	d.t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		d.t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		d.t.Fatal(err)
	}
	var at time.Time
	l, err := audit.Open(path, func() time.Time { return at })
	if err != nil {
		d.t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		var e audit.Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			d.t.Fatal(err)
		}
		at, e.Reason = e.At, strings.Replace(e.Reason, "asks", "begs", 1)
		if _, err := l.Append(e); err != nil {
			d.t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		d.t.Fatal(err)
	}
}
