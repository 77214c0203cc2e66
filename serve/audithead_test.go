package serve

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sluice-sor/sluice/serve/audit"
)

// TestTellHead is SEC-05 over three hours: each keeper gets the head at the start, every hour and at the stop, the newest of each
// time; one that does not take it gets it again every minute until it does, and is seen as failing as long.
func TestTellHead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, err := audit.Open(filepath.Join(t.TempDir(), audit.FileName), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer log.Close()
		r := &Router{audit: log, log: slog.New(slog.DiscardHandler)}
		began := time.Now()
		type told struct {
			at    time.Duration
			lines uint64
		}
		var sound, broken []told
		keep := func(name string, into *[]told, away func(time.Duration) bool) {
			r.heads.keepers = append(r.heads.keepers, &keeper{name: name, tell: func(_ context.Context, h audit.Head) error {
				at := time.Since(began)
				if away(at) {
					return errors.New("it is away")
				}
				*into = append(*into, told{at.Round(time.Minute), h.Seq})
				return nil
			}})
		}
		keep("store", &sound, func(time.Duration) bool { return false })
		keep("syslog", &broken, func(at time.Duration) bool {
			return at < 90*time.Second || at > 110*time.Minute && at < 125*time.Minute
		})
		failing := func() bool { return r.heads.stats()[1].Failing }
		add := func() {
			if _, err := log.Append(audit.Entry{What: "halt", Outcome: audit.Done}); err != nil {
				t.Error(err)
			}
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); r.tellHead(ctx) }()
		synctest.Wait()
		if !failing() || r.heads.stats()[0].Failing || r.heads.Told()[1].Failed != "it is away" || !r.heads.Told()[1].At.IsZero() {
			t.Errorf("at the start: %+v", r.heads.Told())
		}
		add()
		time.Sleep(122 * time.Minute)
		if !failing() || r.heads.Told()[1].Lines != 1 {
			t.Errorf("while it is away again: %+v", r.heads.Told())
		}
		add()
		time.Sleep(23*time.Minute + 30*time.Second)
		add()
		stop()
		<-done
		wantSound := []told{{0, 0}, {60 * time.Minute, 1}, {120 * time.Minute, 1}, {146 * time.Minute, 3}}
		wantBroken := []told{{2 * time.Minute, 1}, {60 * time.Minute, 1}, {125 * time.Minute, 2}, {146 * time.Minute, 3}}
		if !slices.Equal(sound, wantSound) || !slices.Equal(broken, wantBroken) {
			t.Errorf("told %v, want %v\nthe other %v, want %v", sound, wantSound, broken, wantBroken)
		}
		if s := r.heads.stats()[1]; s.Failing || s.Failures != 2+5 {
			t.Errorf("failures %+v, want 2 at the start and 5 after two hours", s)
		}
	})
}
