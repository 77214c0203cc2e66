package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func appendText(t testing.TB, j *Journal, texts ...string) (last uint64) {
	t.Helper()
	for _, s := range texts {
		seq, err := j.Append(7, 1, []byte(s))
		if err != nil {
			t.Fatalf("append %q: %v", s, err)
		}
		last = seq
	}
	return last
}

func waitFor(t testing.TB, j *Journal, seq uint64) {
	t.Helper()
	if err := j.Wait(context.Background(), seq); err != nil {
		t.Fatalf("wait for %d: %v", seq, err)
	}
}

// commitText appends and waits for each text, so that each is a commit of its own.
func commitText(t testing.TB, j *Journal, texts ...string) {
	t.Helper()
	for _, s := range texts {
		waitFor(t, j, appendText(t, j, s))
	}
}

func texts(from, to int) []string {
	var out []string
	for i := from; i <= to; i++ {
		out = append(out, fmt.Sprintf("text %d", i))
	}
	return out
}

// readAll reads a log that is not in use, and checks that seqs are +1.
func readAll(d FS, dir string) ([]string, Recovery, error) {
	r, err := openReader(d, dir, nil)
	if err != nil {
		return nil, Recovery{}, err
	}
	defer r.Close()
	out := []string{}
	for next := r.next; ; next++ {
		rec, err := r.Next(context.Background())
		if errors.Is(err, io.EOF) {
			return out, r.Found(), nil
		}
		if err != nil {
			return out, r.Found(), err
		}
		if rec.Seq != next {
			return out, r.Found(), fmt.Errorf("seq %d, want %d", rec.Seq, next)
		}
		out = append(out, string(rec.Payload))
	}
}
