package serve

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/ladder"
	"github.com/sluice-sor/sluice/serve/metrics"
	"github.com/sluice-sor/sluice/serve/shard"
	"github.com/sluice-sor/sluice/serve/view"
)

// outlived is a router's shard whose journal no longer has the records of a halt and of a brake that are in force.
func outlived(t *testing.T) (*shard.Shard, *shard.Found) {
	t.Helper()
	cfg := shard.Config{Engine: bareEngine(), Snapshots: shard.Snapshots{Events: 50}, Upkeep: time.Millisecond, Retention: shard.Retention{Keep: 1},
		Journal: journal.Config{Dir: t.TempDir(), SegmentBytes: 16 << 10, Sync: journal.Fast}}
	s, _, err := shard.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.Start(shard.Outlets{Venues: mute{}, Clients: mute{}})
	if a, err := s.Ask(t.Context(), &event.Halted{Venue: "LX", Actor: "ann", Reason: "rejects everything"}); err != nil || a.Refused {
		t.Fatal(a, err)
	}
	s.Brake("bob", "the open was odd")
	reader := s.Watermark("view")
	for end := time.Now().Add(20 * time.Second); s.Journal().First() == 1 || s.Degraded().Level == 0; {
		if time.Now().After(end) {
			t.Fatal("the first records are still there, or nothing brakes")
		}
		for range 100 {
			if err := s.Submit(&event.ClientUp{Client: "DESK"}); err != nil {
				t.Fatal(err)
			}
		}
		reader.Confirm(s.Journal().Durable())
		time.Sleep(time.Millisecond)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	cfg.Upkeep = 0
	again, found, err := shard.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	again.Start(shard.Outlets{Venues: mute{}, Clients: mute{}})
	return again, found
}

// TestOlderThanTheJournal: a halt and a brake whose records were retired stand on the page, in the metrics and on the ladder after
// a start, with who asked for them and since when; and end there when the engine ends them (KILL-03, OPS-04, JRN-08).
func TestOlderThanTheJournal(t *testing.T) {
	s, found := outlived(t)
	r := &Router{file: &config.File{}, shard: s, found: found, log: slog.New(slog.DiscardHandler), view: view.New(view.Options{}), metrics: metrics.New(), ladder: ladder.New()}
	before := s.Halts()
	r.begin()
	if a, err := s.Ask(t.Context(), &event.Halted{Symbol: "ABC", Actor: "ann", Reason: "the news"}); err != nil || a.Refused {
		t.Fatal(a, err)
	}
	r.readOn(t)
	if h := r.view.Snapshot().Halts; len(h) != 2 || h[0].Venue != "LX" || h[0].Actor != "ann" || market.Time(h[0].Since) != before[0].At || h[1].Symbol != "ABC" {
		t.Errorf("halts on the page %+v, want LX by ann at %v, and ABC", h, before[0].At)
	}
	if e := r.view.Snapshot().Engine; e.Degraded != int(event.DegradedParents) || !strings.Contains(e.DegradedWhy, "the open was odd") {
		t.Errorf("the page says %d, %q of what is taken on", e.Degraded, e.DegradedWhy)
	}
	if level, why := r.ladder.Level(); level != ladder.Passive || !strings.Contains(why, "the open was odd") {
		t.Errorf("the ladder stands on %v, %q", level, why)
	}
	if n := r.gauge(t, "sluice_kill_active"); n != 2 {
		t.Errorf("sluice_kill_active is %v, want 2", n)
	}
	if a, err := s.Ask(t.Context(), &event.Resumed{Venue: "LX", Actor: "ann", Approver: "bob", Reason: "it takes orders again, said its desk"}); err != nil || a.Refused {
		t.Fatal(a, err)
	}
	r.readOn(t)
	if h := r.view.Snapshot().Halts; len(h) != 1 || h[0].Symbol != "ABC" {
		t.Errorf("after a resume: %+v", h)
	}
	if n := r.gauge(t, "sluice_kill_active"); n != 1 {
		t.Errorf("sluice_kill_active is %v after a resume, want 1", n)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// readOn lets the projections read what is durable now.
func (r *Router) readOn(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	upto := r.shard.Journal().NextSeq() - 1
	err := shard.Project(ctx, r.shard.Journal(), r.view.Seq()+1, storeBatch, func(_ context.Context, batch []shard.Record, last uint64) error {
		for _, rec := range batch {
			r.view.Apply(rec.Seq, rec.At, rec.Body)
			r.metrics.Apply(metrics.Record(rec))
			r.ladder.Apply(rec.At, rec.Body)
		}
		if last >= upto {
			stop()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

// gauge reads one metric without labels.
func (r *Router) gauge(t *testing.T, name string) float64 {
	t.Helper()
	all, err := r.metrics.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if f.GetName() == name {
			return f.GetMetric()[0].GetGauge().GetValue()
		}
	}
	t.Fatalf("no %s", name)
	return 0
}
