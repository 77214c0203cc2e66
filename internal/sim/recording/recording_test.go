package recording

import (
	"archive/zip"
	"bytes"
	"flag"
	"io"
	"os"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/sim"
)

var update = flag.Bool("update", false, "make acme.zip anew from the synthetic market")

const (
	minutes = 20 // of the tape
	deep    = 20 // minutes of the LOBSTER files
)

// TestRecordingIsOurs makes the recording again from its seed and compares it with what is embedded.
func TestRecordingIsOurs(t *testing.T) {
	files := record(t)
	if *update {
		if err := os.WriteFile("acme.zip", pack(t, files), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	if len(z.File) != len(files) {
		t.Fatalf("%d files embedded, want %d", len(z.File), len(files))
	}
	for i, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name != files[i].name || !bytes.Equal(got, files[i].data.Bytes()) {
			t.Errorf("%s differs from what the seed gives: run go test ./internal/sim/recording -update", f.Name)
		}
	}
}

type file struct {
	name string
	data bytes.Buffer
}

func record(t *testing.T) []*file {
	t.Helper()
	files := []*file{{name: "ACME_message_5.csv"}, {name: "ACME_orderbook_5.csv"}, {name: "acme_quote.csv"}, {name: "acme_trade.csv"}}
	midnight := market.Time(0)
	start := midnight.Add(From - 5*market.Second)
	cfg, flow := sim.Balanced(20130709, start, 0)
	cfg.Symbols = cfg.Symbols[:1]
	m, err := sim.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Populate(flow); err != nil {
		t.Fatal(err)
	}
	deepPart, err := m.RecordLobster(0, Symbol, 5, midnight, &files[0].data, &files[1].data)
	if err != nil {
		t.Fatal(err)
	}
	codes := append(Codes(), sim.VenueCode{Code: 'D', Venue: 6}, sim.VenueCode{Code: 'D', Venue: 7}, sim.VenueCode{Code: 'D', Venue: 8})
	tape, err := m.RecordTape(Symbol, codes, midnight, &files[2].data, &files[3].data)
	if err != nil {
		t.Fatal(err)
	}
	m.RunUntil(start.Add(deep * market.Minute))
	if err := deepPart.Stop(); err != nil {
		t.Fatal(err)
	}
	m.RunUntil(start.Add(minutes * market.Minute))
	if err := tape.Flush(); err != nil {
		t.Fatal(err)
	}
	return files
}

func pack(t *testing.T, files []*file) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range files {
		w, err := z.Create(f.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.data.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestRecordingPlays drives the demo's venues by the embedded recording, in both its forms.
func TestRecordingPlays(t *testing.T) {
	deepPart, err := Lobster()
	if err != nil {
		t.Fatal(err)
	}
	cfg, _ := sim.Balanced(1, 0, 0)
	cfg.Symbols = cfg.Symbols[:1]
	m, err := sim.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	one, err := m.ReplayLobster(0, Symbol, deepPart, sim.ReplayOptions{From: From, Speed: 10})
	if err != nil {
		t.Fatal(err)
	}
	m.RunUntil(one.Ends())
	s := one.Stats()
	t.Logf("%+v, archive %d bytes", s, len(archive))
	if s.Corrected != 0 || s.Rows != len(deepPart.Messages) || s.Rows < 1000 {
		t.Errorf("%+v, want every row explained", s)
	}
	tape, err := Tape()
	if err != nil {
		t.Fatal(err)
	}
	var volume market.Qty
	cfg.OnTrade = func(tr *sim.Trade) { volume += tr.Qty }
	if m, err = sim.New(cfg); err != nil {
		t.Fatal(err)
	}
	all, err := m.ReplayTape(Symbol, tape, Codes(), sim.ReplayOptions{From: From, Speed: 10})
	if err != nil {
		t.Fatal(err)
	}
	_, flow := sim.Balanced(1, 0, 0)
	if err := m.PopulateDark(flow.Venues); err != nil {
		t.Fatal(err)
	}
	m.RunUntil(all.Ends())
	if q := m.NBBO(Symbol); volume < 10_000 || q.Mid() == 0 || q.Spread() < 0 {
		t.Errorf("volume %d, last quote %+v", volume, q)
	}
}
