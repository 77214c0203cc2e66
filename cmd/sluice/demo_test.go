//go:build linux

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
)

// TestDemo runs a small demo to its end: its figures agree, and its journal replays to the byte, until one bit of one
// command is another.
func TestDemo(t *testing.T) {
	slow(t)
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	p := launch(t, dir, nil, "demo", "--parents", "20", "--json", "--dir", data, "--http", "127.0.0.1:0")
	if code := p.ends(2 * generous); code != 0 {
		t.Fatalf("exit status %d: %s", code, p.stderr.String())
	}
	var rep struct {
		Parents      int
		StillWorking int   `json:"still_working"`
		VenueShares  int64 `json:"venue_shares"`
		OurShares    int64 `json:"our_shares"`
		Decisions    int
		Journal      string
	}
	if err := json.Unmarshal([]byte(p.stdout.String()), &rep); err != nil {
		t.Fatalf("the report is no JSON: %v", err)
	}
	if rep.Parents != 20 || rep.StillWorking != 0 || rep.OurShares == 0 || rep.OurShares != rep.VenueShares || rep.Decisions < 20 {
		t.Errorf("%+v", rep)
	}
	t.Logf("%+v", rep)
	verify := launch(t, dir, nil, "replay", rep.Journal, "--verify")
	if code := verify.ends(generous); code != 0 || !strings.Contains(verify.stdout.String(), "verified: all ") {
		t.Errorf("replay --verify: status %d: %s%s", code, verify.stdout.String(), verify.stderr.String())
	}
	damaged := copyJournal(t, rep.Journal, filepath.Join(dir, "damaged"))
	flipCommand(t, damaged)
	bad := launch(t, dir, nil, "replay", damaged, "--verify")
	if code := bad.ends(generous); code != 1 || strings.Contains(bad.stdout.String(), "verified") {
		t.Errorf("a flipped bit is not found: status %d: %s%s", code, bad.stdout.String(), bad.stderr.String())
	}
	if said := bad.stderr.String(); !strings.HasPrefix(said, "sluice: journal: ") || !strings.Contains(said, ".seg") {
		t.Errorf("the damage is not named: %s", said)
	}
	t.Logf("with one bit flipped: %s", bad.stderr.String())
}

func copyJournal(t *testing.T, from, to string) string {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// flipCommand flips one bit in the payload of a recorded decision in the middle of the journal.
func flipCommand(t *testing.T, dir string) {
	t.Helper()
	in, err := journal.OpenReader(dir, func(typ journal.Type, v uint8) bool { return event.Known(typ, v) })
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var payload []byte
	for {
		rec, err := in.Next(t.Context())
		if err != nil {
			break
		}
		if event.Kind(rec.Type) == event.KindRecordDecision && len(rec.Payload) > 64 {
			if payload = append([]byte(nil), rec.Payload...); rec.Seq > 500 {
				break
			}
		}
	}
	segments, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil || len(segments) == 0 || payload == nil {
		t.Fatalf("no decision to damage in %v: %v", segments, err)
	}
	for _, path := range segments {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if at := strings.Index(string(b), string(payload)); at >= 0 {
			b[at+len(payload)/2] ^= 1
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatal("the decision's bytes are in no segment")
}
