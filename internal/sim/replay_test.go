package sim

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// dataDir gives the folder of recorded markets, or skips.
func dataDir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("SLUICE_DATA")
	if dir == "" {
		dir = "../../../shared/data"
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no recorded markets: set SLUICE_DATA to their folder")
	}
	return dir
}

func readFile(t testing.TB, path string) *bytes.Reader {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Skip(err)
	}
	return bytes.NewReader(b)
}

func amzn(t testing.TB, levels string) *Lobster {
	name := filepath.Join(dataDir(t), "lobster", "LOBSTER_SampleFile_AMZN_2012-06-21_"+levels+".zip")
	r := readFile(t, name)
	l, err := LobsterFromZip(name, r, r.Size())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestRebuildAmazon rebuilds the recorded day from its messages: every row must come out as recorded, from messages alone
// or with levels that came into view from beyond the recorded depth.
func TestRebuildAmazon(t *testing.T) {
	for _, levels := range []string{"1", "5"} {
		l := amzn(t, levels)
		m := oneVenue(t, market.Lit, nil)
		p, err := m.ReplayLobster(0, "S", l, ReplayOptions{From: 0, At: 1})
		if err != nil {
			t.Fatal(err)
		}
		b := m.venues[0].books[0].(*lob)
		for i := range l.Messages {
			m.RunUntil(p.opt.at(l.Messages[i].At))
			if i%97 == 0 && p.next == i+1 {
				var got market.Book
				b.depth(&got)
				compareRow(t, i, l.row(i), &got)
			}
		}
		checkBook(t, b)
		s := p.Stats()
		t.Logf("%s levels: %+v", levels, s)
		if s.Rows != len(l.Messages) || s.Corrected > 0 {
			t.Errorf("%s levels: %+v, want every row explained", levels, s)
		}
	}
}

func compareRow(t *testing.T, i int, row []market.Level, got *market.Book) {
	t.Helper()
	for d := range len(row) / 2 {
		if row[2*d] != got.Asks[d] || row[2*d+1] != got.Bids[d] {
			t.Fatalf("row %d level %d: driven book %v %v, recorded %v %v", i, d+1, got.Asks[d], got.Bids[d], row[2*d], row[2*d+1])
		}
	}
}

func TestAmazonOrders(t *testing.T) {
	l := amzn(t, "5")
	cum := map[string]market.Qty{}
	m := oneVenue(t, market.Lit, func(r *Report) { cum[r.ClOrdID] = r.Cum })
	p, err := m.ReplayLobster(0, "S", l, ReplayOptions{From: 36000 * market.Second, At: 1, Speed: 2})
	if err != nil {
		t.Fatal(err)
	}
	b := m.Book(0, "S")
	at := b.BestBid()
	m.Submit(0, Order{Client: "c", ClOrdID: "rest", Symbol: "S", Side: market.Buy, Type: order.Limit, Qty: 100, Limit: at.Price})
	far := b.BestAsk()
	m.Submit(0, Order{Client: "c", ClOrdID: "take", Symbol: "S", Side: market.Buy, Type: order.Limit, TIF: order.IOC, Qty: far.Size + 100, Limit: far.Price})
	m.RunUntil(m.Now() + 1)
	if cum["take"] != far.Size {
		t.Errorf("took %d, want the displayed %d", cum["take"], far.Size)
	}
	after := m.Book(0, "S")
	if got := after.BestAsk(); got.Price <= far.Price {
		t.Errorf("best ask %v after taking all of %v: it must stay taken", got, far)
	}
	m.RunUntil(p.Ends())
	if cum["rest"] == 0 {
		t.Error("a bid at the recorded best never filled in hours")
	}
	checkBook(t, m.venues[0].books[0].(*lob))
}

func TestTapeReplay(t *testing.T) {
	dir := filepath.Join(dataDir(t), "us-ticks")
	q, tr := readFile(t, filepath.Join(dir, "ibm_20131007_quote.zip")), readFile(t, filepath.Join(dir, "ibm_20131007_trade.zip"))
	tape, err := TapeFromZips("quote.zip", q, q.Size(), "trade.zip", tr, tr.Size())
	if err != nil {
		t.Fatal(err)
	}
	var fills, shares int
	cfg := Config{Start: 1, Symbols: []market.Instrument{{Symbol: "IBM", Tick: 10_000, Lot: 100, PriorClose: 180 * market.Dollar}},
		OnReport: func(r *Report) {
			if r.Kind == Filled {
				fills++
				shares += int(r.LastQty)
			}
		}}
	var codes []VenueCode
	for i, c := range tape.Codes() {
		v := VenueSpec{}
		v.ID, v.Name, v.Type, v.Caps = market.VenueID(i), string(c), market.Lit, allCaps
		if c == 'D' {
			v.Type = market.Dark
		}
		cfg.Venues = append(cfg.Venues, v)
		codes = append(codes, VenueCode{c, v.ID})
	}
	var volume market.Qty
	cfg.OnTrade = func(t *Trade) { volume += t.Qty }
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	p, err := m.ReplayTape("IBM", tape, codes, ReplayOptions{From: 10 * 3600 * market.Second, Speed: 100})
	if err != nil {
		t.Fatal(err)
	}
	nyse := market.VenueID(bytes.IndexByte(tape.Codes(), 'N'))
	crossed, n := 0, 0
	for i := 0; m.Now() < p.opt.at(16*3600*market.Second); i++ {
		m.RunUntil(m.Now().Add(market.Second / 10))
		nb := m.NBBO("IBM")
		if n++; nb.Spread() < 0 {
			crossed++
		}
		if i%20 == 0 && nb.Bid > 0 {
			m.Submit(nyse, Order{Client: "c", ClOrdID: string(rune('A'+i%26)) + itoa(i), Symbol: "IBM", Side: market.Buy, Type: order.Limit, Qty: 100, Limit: nb.Bid})
		}
	}
	t.Logf("%d fills, %d shares; %d of %d looks crossed; volume %d; stats %+v", fills, shares, crossed, n, volume, m.Stats())
	if fills == 0 || crossed*100 > n {
		t.Errorf("%d fills, %d of %d looks crossed", fills, crossed, n)
	}
	for i := range m.venues {
		if b, ok := m.venues[i].books[0].(*lob); ok {
			checkBook(t, b)
		}
	}
}
