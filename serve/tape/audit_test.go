package tape

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/sim"
)

const (
	day      = market.Date(20131007)
	midnight = market.Time(1_381_104_000) * market.Time(market.Second) // of it, UTC
)

// tape has 100.00 to 100.02 from ten o'clock, and a cent more each second from then on, until it stands at 100.05.
func tape() *sim.Tape {
	t := &sim.Tape{}
	for i := int32(0); i <= 5; i++ {
		at := int32(10*3_600_000) + i*1_000
		t.Rows = append(t.Rows, sim.TapeRow{At: at, Price: 1_000_000 + i*100, Size: 100, Kind: sim.TapeBid, Code: 'N'},
			sim.TapeRow{At: at, Price: 1_000_200 + i*100, Size: 100, Kind: sim.TapeAsk, Code: 'N'},
			sim.TapeRow{At: at, Price: 1_000_100, Size: 100, Kind: sim.TapeTrade, Code: 'D'})
	}
	return t
}

// written is a journal with one decision for each pair of (ms after ten o'clock, cents of the bid above 100.00).
func written(t *testing.T, spread market.Price, symbol market.Symbol, of ...[2]int64) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "journal")
	j, _, err := journal.Open(journal.Config{Dir: dir, Router: "r", Sync: journal.Fast, SegmentBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range of {
		bid := 100*market.Dollar + market.Price(x[1])*market.Dollar/100
		d := &event.RecordDecision{Decision: uint64(i + 1), Parent: 7, Symbol: symbol, At: midnight.Add(10*market.Hour + x[0]*market.Millisecond), Quote: market.Quote{Bid: bid, Ask: bid + spread}}
		if _, err := j.Append(journal.Type(d.Kind()), event.Version, event.Append(nil, d)); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestAudit is MD-04: a snapshot that stood on the tape within a quarter of a second is fresh, one that the tape had before
// is stale with its age, one that it never had deviates.
func TestAudit(t *testing.T) {
	for _, tc := range []struct {
		name                         string
		ms, cents                    int64
		fresh, stale, off, uncharted int
		behind                       int64
	}{
		{"the quote of now", 2_100, 2, 1, 0, 0, 0, 0},
		{"just replaced, within", 2_250, 1, 1, 0, 0, 0, 0},
		{"a millisecond later", 2_251, 1, 0, 1, 0, 0, 251},
		{"it comes in a moment, within", 1_750, 2, 1, 0, 0, 0, 0},
		{"not yet by a millisecond", 1_749, 2, 0, 0, 1, 0, 0},
		{"three seconds old", 4_500, 0, 0, 1, 0, 0, 3_500},
		{"no such price", 4_500, 40, 0, 0, 1, 0, 0},
		{"before the tape", -1_000, 0, 0, 0, 0, 1, 0},
		{"long after its last change", 3_600_000, 5, 1, 0, 0, 0, 0},
	} {
		r, err := Audit(context.Background(), written(t, 20_000, "AIG", [2]int64{tc.ms, tc.cents}), tape(), Options{Symbol: "AIG", Date: day, Within: 250 * market.Millisecond, Most: 10})
		if err != nil {
			t.Fatal(err)
		}
		if r.Decisions != 1 || r.Fresh != tc.fresh || r.Stale != tc.stale || r.Deviating != tc.off || r.NotCovered != tc.uncharted || r.OldestMs != tc.behind || r.Bad() != (tc.stale+tc.off > 0) {
			t.Errorf("%s: %+v", tc.name, r)
		}
	}
}

// TestAuditReport: the worst comes first, what is of another symbol or day is not looked at, and a wrong side is enough.
func TestAuditReport(t *testing.T) {
	o := Options{Symbol: "AIG", Date: day, Within: 250 * market.Millisecond, Most: 2}
	r, err := Audit(context.Background(), written(t, 20_000, "AIG", [2]int64{4_500, 0}, [2]int64{4_500, 40}, [2]int64{4_500, 90}, [2]int64{4_600, 4}, [2]int64{86_400_000, 4}), tape(), o)
	if err != nil {
		t.Fatal(err)
	}
	text := r.Text()
	if r.Decisions != 4 || len(r.Examples) != 2 || r.Examples[0].Decision != 3 || r.Examples[1].Decision != 2 || !strings.Contains(text, "1 fresh within 250 ms, 1 stale, 2 deviating") ||
		!strings.Contains(text, "decision 3 of parent 7 at 10:00:04.500: bid 100.90, the tape 100.04") {
		t.Errorf("%+v\n%s", r, text)
	}
	if r, err := Audit(context.Background(), written(t, 20_000, "IBM", [2]int64{4_500, 0}), tape(), o); err != nil || r.Decisions != 0 || r.Bad() {
		t.Errorf("another symbol: %+v, %v", r, err)
	}
	if r, err := Audit(context.Background(), written(t, 30_000, "AIG", [2]int64{4_500, 4}), tape(), o); err != nil || !r.Bad() || r.Examples[0].Side != "ask" {
		t.Errorf("a wrong ask: %+v, %v", r, err)
	}
	if _, err := Audit(context.Background(), filepath.Join(t.TempDir(), "none"), tape(), o); err == nil || !strings.Contains(err.Error(), "journal_dir") {
		t.Errorf("no journal: %v", err)
	}
}
