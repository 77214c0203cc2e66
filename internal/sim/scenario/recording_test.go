package scenario

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/sim"
	"github.com/sluice-sor/sluice/internal/table"
)

// TestRecordingNeedsItsData: without the variable, and without the data, the error says what to do.
func TestRecordingNeedsItsData(t *testing.T) {
	s := named(t, "recorded-amzn")
	_, err := s.Recordings[0].Path(s, func(string) (string, bool) { return "", false })
	var p table.Problem
	if !errors.As(err, &p) || p.Key != "market.recording[AMZN].archive_file" || !strings.Contains(p.Remedy, "set SLUICE_DATA to the folder that has lobster/LOBSTER_") {
		t.Errorf("Path without the variable = %v", err)
	}
	m, err := sim.New(s.Config(1, s.Start(1)))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Populate(m, 1); err == nil || !strings.Contains(err.Error(), "market.recording") {
		t.Errorf("Populate without data = %v", err)
	}
}

// TestRecordingPlays runs the recorded day for ten minutes: its quotes are there, and the pools trade beside it.
func TestRecordingPlays(t *testing.T) {
	s := named(t, "recorded-amzn")
	name, err := s.Recordings[0].Path(s, func(name string) (string, bool) {
		if v, ok := os.LookupEnv(name); ok {
			return v, true
		}
		return "../../../../shared/data", true
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.FromSlash(name))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("no recordings: set SLUICE_DATA")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	day, err := sim.LobsterFromZip(name, f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	trades := map[market.VenueID]int{}
	m, start := runs(t, s, 1, func(cfg *sim.Config) { cfg.OnTrade = func(tr *sim.Trade) { trades[tr.Venue]++ } }, day)
	m.RunUntil(start.Add(10 * market.Minute))
	q := m.NBBO("AMZN")
	if q.Bid < 200*market.Dollar || q.Ask <= q.Bid || trades[0] < 50 || trades[1]+trades[2] == 0 {
		t.Errorf("quote %v %v, trades by venue %v", q.Bid, q.Ask, trades)
	}
}
