//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/pgtest"
)

// TestAuditHeadInPostgres is SEC-05 and OPS-08: the running router exports the head of its audit log to PostgreSQL; while the
// database is down it stands on the ladder's first rung and takes what people decide. A log whose last lines were cut off is
// sound by itself, and found by the heads, also after a start that went on from the cut.
func TestAuditHeadInPostgres(t *testing.T) {
	slow(t)
	t.Parallel()
	cluster := pgtest.New(t)
	d := newDesk(t, inPostgres(cluster))
	router := d.startRouter()
	rung := func(when string) {
		t.Helper()
		var a struct {
			Ladder struct {
				Level int
				Name  string
			}
		}
		text := d.tells(0, "ladder", "--json")
		if err := json.Unmarshal([]byte(text), &a); err != nil || a.Ladder.Level != 0 || a.Ladder.Name != "learned" {
			t.Errorf("%s: the ladder says %s, %v", when, text, err)
		}
	}
	halt := func() {
		d.tells(0, "halt", "--venue", "LITX", "--actor", "ann", "--reason", "the venue's desk asks for it")
	}
	halt()
	rung("with a database")
	cluster.Stop("immediate")
	time.Sleep(3 * time.Second) // the projection and its retries meet it
	rung("without one")
	halt()
	cluster.Start()
	rung("with one again")
	router.stop(30 * time.Second)
	if text := d.tells(0, "audit", "verify"); !strings.Contains(text, "exported heads are in it") {
		t.Fatalf("the whole log: %s", text)
	}
	path := filepath.Join(d.dir, "journal", "audit.log")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	put := func(b []byte) {
		t.Helper()
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cut := whole[:bytes.LastIndexByte(whole[:len(whole)-1], '\n')+1]
	put(cut)
	if text := d.tells(0, "audit", "verify", "--offline"); !strings.Contains(text, "none changed") {
		t.Errorf("by itself a log that was cut is sound: %s", text)
	}
	if text := d.tells(1, "audit", "verify"); !strings.Contains(text, "is not in the log") {
		t.Errorf("a log that was cut: %s", text)
	}
	router = d.startRouter()
	halt()
	router.stop(30 * time.Second)
	if text := d.tells(1, "audit", "verify"); !strings.Contains(text, "is not in the log") {
		t.Errorf("a log that was cut, and went on: %s", text)
	}
	edited := bytes.Replace(whole, []byte("asks"), []byte("begs"), 1)
	put(edited)
	d.tells(1, "audit", "verify", "--offline")
	put(whole)
	cluster.Stop("fast")
	if text := d.tells(1, "audit", "verify"); !strings.Contains(text, "--offline") {
		t.Errorf("without a database: %s", text)
	}
}
