package shard

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
)

// volume is a disk that says how full it is.
type volume struct {
	*disk
	percent atomic.Int64
}

func (v *volume) Space(string) (free, total int64, err error) {
	return v.percent.Load() << 20, 100 << 20, nil
}

// TestDegradesAndResumes is JRN-10 through the whole shard: a volume that fills up stops new orders, then new children; a
// cancel is taken all the same; and everything goes on by itself when there is room.
func TestDegradesAndResumes(t *testing.T) {
	v := &volume{disk: newDisk()}
	v.percent.Store(50)
	cfg := snapConfig("/j", v, nil)
	cfg.Upkeep = time.Millisecond
	s, _, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	x := newExchange(t, s)
	s.Start(Outlets{Venues: x, Clients: x})
	if err := s.Submit(&event.VenueUp{Venue: 0}); err != nil {
		t.Fatal(err)
	}
	answers := map[string]byte{}
	answered := func(id string) bool {
		x.mu.Lock()
		defer x.mu.Unlock()
		for _, r := range x.report {
			answers[r.ClOrdID] = r.OrdStatus
		}
		return answers[id] != 0
	}
	send := func(id string) byte {
		t.Helper()
		err := s.Submit(&event.ParentReceived{Client: "EMS", ClOrdID: id, Terms: order.Terms{Symbol: "ABC", Side: market.Buy, Qty: 1000,
			Type: order.Limit, Limit: 40 * market.Dollar, TIF: order.Day}})
		if err != nil {
			t.Fatal(err)
		}
		await(t, "an answer to "+id, func() bool { return answered(id) })
		return answers[id]
	}
	level := func(want uint8) {
		t.Helper()
		await(t, "the level", func() bool {
			got := make(chan uint8, 1)
			s.asks <- func(e *router.Engine) { level, _ := e.Degraded(); got <- level }
			return <-got == want
		})
	}
	if got := send("A"); got == '8' {
		t.Errorf("with room the order is %c", got)
	}
	v.percent.Store(9)
	level(event.DegradedParents)
	if got := send("B"); got != '8' {
		t.Errorf("with 9 %% free an order is %c; want it refused", got)
	}
	v.percent.Store(4)
	level(event.DegradedChildren)
	if err := s.Submit(&event.ParentCancelRequested{Client: "EMS", ClOrdID: "A1", OrigClOrdID: "A"}); err != nil {
		t.Fatal(err)
	}
	await(t, "the cancel", func() bool { return answered("A1") && answers["A1"] == '4' })
	v.percent.Store(50)
	level(event.DegradedNone)
	if got := send("C"); got == '8' {
		t.Errorf("with room again the order is %c", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	x.close()
}

// TestRetiresOldSegments is JRN-08 through the whole shard: no segment goes before every reader has confirmed it; then it is
// archived and goes, a start begins with a snapshot, the replay verifies what is left; and without a snapshot a start
// refuses and says what to do.
func TestRetiresOldSegments(t *testing.T) {
	dir, archive := t.TempDir(), t.TempDir()
	cfg := snapConfig(dir, nil, nil)
	cfg.Journal.SegmentBytes, cfg.Retention, cfg.Upkeep = 16<<10, Retention{Keep: 1, Archive: archive}, time.Millisecond
	segments := func(dir string) int {
		all, err := filepath.Glob(filepath.Join(dir, "*.seg"))
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	s, _, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	reader := s.Watermark("store")
	x := run(t, s, 0, 200)
	await(t, "the orders", func() bool { return allEnded(s, 200) })
	s.retention.retire() // it may also run by itself
	if n := segments(archive); n != 0 {
		t.Errorf("%d segments went that a reader had not confirmed", n)
	}
	reader.Confirm(s.journal.Durable())
	b := market.Book{BidDepth: 1, AskDepth: 1}
	b.Bids[0], b.Asks[0] = market.Level{Price: 50 * market.Dollar, Size: 100}, market.Level{Price: 50*market.Dollar + 10_000, Size: 100}
	more := 200
	await(t, "old segments to go", func() bool {
		if err := s.Submit(&event.ParentReceived{Client: "EMS", ClOrdID: "M" + time.Now().String(), Terms: order.Terms{Symbol: "ABC", Side: market.Buy, Qty: 1000, Type: order.Market}}); err != nil {
			t.Fatal(err)
		}
		more++
		reader.Confirm(s.journal.Durable())
		return segments(archive) > 2
	})
	await(t, "the orders", func() bool { return allEnded(s, more) })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	x.close()
	again, found, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if parents, _, _ := again.engine.Count(); parents != more || found.Journal.First == 1 || found.Snapshot.Seq == 0 {
		t.Errorf("%d parents of %d after the start; %+v", parents, more, found)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	sum, err := Summarise(context.Background(), dir, true)
	if err != nil || sum.FirstSeq == 1 || sum.Parents != more || sum.Snapshots < 1 {
		t.Errorf("replay --verify of what is left: %+v, %v", sum, err)
	}
	if c, err := Configuration(dir); err != nil || c == nil || len(c.Config) == 0 {
		t.Errorf("the configuration of the archived beginning: %+v, %v", c, err)
	}
	upgraded := cfg // by a build that reads none of the snapshots: it needs the archived segments
	upgraded.Journal.Dir = copied(t, dir)
	otherBuild(t, upgraded.Journal.Dir)
	if _, _, err := Open(upgraded); !errors.Is(err, router.ErrSnapshotVersion) || !strings.Contains(err.Error(), "put the archived segments") {
		t.Errorf("with snapshots of another build: %v; want a refusal with its remedy", err)
	}
	putBack(t, archive, upgraded.Journal.Dir)
	again, found, err = Open(upgraded)
	if err != nil {
		t.Fatalf("with the archived segments put back: %v", err)
	}
	if parents, _, _ := again.engine.Count(); parents != more || found.Journal.First != 1 || found.Refused == 0 {
		t.Errorf("with the archived segments put back: %d parents of %d; %+v", parents, more, found)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	for _, at := range snapshotFiles(t, dir) {
		damage(t, at.Path)
	}
	if _, _, err := Open(cfg); err == nil || !strings.Contains(err.Error(), "restore a snapshot") {
		t.Errorf("without a snapshot: %v; want a refusal with its remedy", err)
	}
	if _, err := journal.OpenReader(dir, nil); err != nil {
		t.Errorf("a refused start changed the journal: %v", err)
	}
}

// putBack copies archived segments into a journal's directory.
func putBack(t *testing.T, archive, dir string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(archive, "*.seg"))
	if err != nil || len(all) == 0 {
		t.Fatal("nothing is archived", err)
	}
	for _, path := range all {
		b, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, filepath.Base(path)), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
