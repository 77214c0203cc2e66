package journal

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// killDir is the environment variable that makes the test binary the process that TestKillNine kills.
const killDir = "SLUICE_JOURNAL_KILL_DIR"

// TestKillNine kills a real process on the real disk while it writes: what it reported as durable is there, the lock
// is free and the epoch goes on (TEST-21).
func TestKillNine(t *testing.T) {
	if dir := os.Getenv(killDir); dir != "" {
		appendForEver(dir)
	}
	dir := t.TempDir()
	var last uint64
	for epoch := uint32(1); epoch <= 4; epoch += 2 {
		durable := killAfter(t, dir, 200)
		j, rec, err := Open(Config{Dir: dir, Router: "killed", SegmentBytes: 64 << 10})
		if err != nil {
			t.Fatal(err)
		}
		if rec.Last < durable || durable <= last || rec.Epoch != epoch+1 || rec.Clean {
			t.Errorf("%+v after record %d was durable", *rec, durable)
		}
		for seq := last + 1; seq <= rec.Last; seq++ {
			if got, err := j.At(seq); err != nil || string(got.Payload) != fmt.Sprint("payload of ", seq) {
				t.Fatalf("record %d: %q, %v", seq, got.Payload, err)
			}
		}
		last = rec.Last
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// killAfter runs the test binary as a writer, and kills it when it has reported some records. It gives the last
// seq that it reported.
func killAfter(t *testing.T, dir string, reports int) (durable uint64) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKillNine$")
	cmd.Env = append(os.Environ(), killDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		if n == reports {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		if seq, err := strconv.ParseUint(lines.Text(), 10, 64); err == nil {
			durable = seq
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the writer ended by itself")
	}
	return durable
}

// appendForEver appends and reports durable records until it is killed.
func appendForEver(dir string) {
	j, rec, err := Open(Config{Dir: dir, Router: "killed", SegmentBytes: 64 << 10})
	for seq := uint64(0); err == nil; {
		if seq, err = j.Append(7, 1, fmt.Append(nil, "payload of ", j.NextSeq())); err == nil && seq%8 == 0 {
			if err = j.Wait(context.Background(), seq); err == nil {
				_, err = fmt.Println(seq)
			}
		}
	}
	fmt.Fprintln(os.Stderr, rec, err)
	os.Exit(1)
}
