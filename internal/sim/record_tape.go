package sim

import (
	"bufio"
	"fmt"
	"io"

	"github.com/sluice-sor/sluice/internal/market"
)

// TapeRecorder writes a symbol's national best quotes and trades as tape files. Make it with RecordTape and call Flush at
// the end. One market has at most one.
type TapeRecorder struct {
	m        *Market
	sym      int
	code     [market.MaxVenues]byte
	midnight market.Time
	quotes   *bufio.Writer
	trades   *bufio.Writer
	wrote    [2]tapeBest // asks, bids
	err      error
}

type tapeBest struct {
	code  byte
	price market.Price
	size  market.Qty
}

// RecordTape starts to record a symbol; venues without a code are left out.
func (m *Market) RecordTape(s market.Symbol, codes []VenueCode, midnight market.Time, quotes, trades io.Writer) (*TapeRecorder, error) {
	r := &TapeRecorder{m: m, sym: m.symbol(s), midnight: midnight, quotes: bufio.NewWriter(quotes), trades: bufio.NewWriter(trades)}
	for _, c := range codes {
		if err := c.check(m); err != nil {
			return nil, err
		}
		r.code[c.Venue] = c.Code
	}
	m.onPrint, m.onTop = r.printed, r.changed
	return r, nil
}

// Flush writes out what is buffered and gives the first error of any write.
func (r *TapeRecorder) Flush() error {
	for _, w := range [2]*bufio.Writer{r.quotes, r.trades} {
		if err := w.Flush(); err != nil && r.err == nil {
			r.err = err
		}
	}
	return r.err
}

func (r *TapeRecorder) ms() int64 { return r.m.now.Sub(r.midnight) / market.Millisecond }

func (r *TapeRecorder) printed(f *floor, t *Trade) {
	if c := r.code[t.Venue]; f.sym == r.sym && c != 0 {
		_, err := fmt.Fprintf(r.trades, "%d,%d,%d,%c,0,0\n", r.ms(), int64(t.Price)/tenThousandth, t.Qty, c)
		r.keep(err)
	}
}

// changed writes a side's row when its best price, its size, or who holds it changed: the venue with the largest size at
// the price holds it, the first among equals.
func (r *TapeRecorder) changed(b *lob, _, _ top) {
	if b.sym != r.sym {
		return
	}
	for i := range 2 {
		best := r.best(i == 1)
		if best == r.wrote[i] || best.price == 0 {
			continue
		}
		r.wrote[i] = best
		bid, ask := best, tapeBest{}
		if i == 0 {
			bid, ask = ask, best
		}
		_, err := fmt.Fprintf(r.quotes, "%d,%d,%d,%d,%d,%c,0,0\n", r.ms(), int64(bid.price)/tenThousandth, bid.size,
			int64(ask.price)/tenThousandth, ask.size, best.code)
		r.keep(err)
	}
}

func (r *TapeRecorder) best(buy bool) (best tapeBest) {
	tops := r.m.national[r.sym].tops
	for i := range tops {
		code := r.code[r.m.venues[i].spec.ID]
		p, q := tops[i].ask, tops[i].askSize
		if buy {
			p, q = tops[i].bid, tops[i].bidSize
		}
		if code == 0 || p == 0 {
			continue
		}
		k := key(buy, p)
		if best.price == 0 || k < key(buy, best.price) || p == best.price && q > best.size {
			best = tapeBest{code, p, q}
		}
	}
	return best
}

func (r *TapeRecorder) keep(err error) {
	if err != nil && r.err == nil {
		r.err = err
	}
}
