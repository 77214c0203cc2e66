package sim

import (
	"bufio"
	"fmt"
	"io"

	"github.com/sluice-sor/sluice/internal/market"
)

// LobsterRecorder writes what happens in one book as LOBSTER message and order book files. Only events within the recorded
// depth are written. Make it with RecordLobster and call Stop at the end.
type LobsterRecorder struct {
	b        *lob
	depth    int
	midnight market.Time
	messages *bufio.Writer
	books    *bufio.Writer
	err      error
}

// RecordLobster starts to record a displayed venue's book of one symbol; midnight is the instant that times count from.
func (m *Market) RecordLobster(v market.VenueID, s market.Symbol, depth int, midnight market.Time, messages, books io.Writer) (*LobsterRecorder, error) {
	b, ok := m.venue(v).books[m.symbol(s)].(*lob)
	if !ok || depth < 1 || depth > market.MaxDepth {
		return nil, fmt.Errorf("sim: record: venue %d must be displayed, and depth %d from 1 to %d", v, depth, market.MaxDepth)
	}
	r := &LobsterRecorder{b: b, depth: depth, midnight: midnight, messages: bufio.NewWriter(messages), books: bufio.NewWriter(books)}
	b.tap = r
	return r, nil
}

// Stop ends the recording, writes out what is buffered and gives the first error of any write.
func (r *LobsterRecorder) Stop() error {
	r.b.tap = nil
	for _, w := range [2]*bufio.Writer{r.messages, r.books} {
		if err := w.Flush(); err != nil && r.err == nil {
			r.err = err
		}
	}
	return r.err
}

func (r *LobsterRecorder) added(o *ord) {
	if r.within(o.buy, o.price) {
		r.write(LobsterSubmit, o.id, o.shown, o.price, o.buy)
	}
}

func (r *LobsterRecorder) reduced(o *ord, q market.Qty) {
	if r.within(o.buy, o.price) {
		r.write(LobsterReduce, o.id, q, o.price, o.buy)
	}
}

// removed is called while the order still stands: the row shows the book without it.
func (r *LobsterRecorder) removed(o *ord, q market.Qty) {
	if !r.within(o.buy, o.price) {
		return
	}
	lv := o.lvl
	lv.shown -= q
	r.write(LobsterDelete, o.id, q, o.price, o.buy)
	lv.shown += q
}

func (r *LobsterRecorder) executed(o *ord, q market.Qty, p market.Price) {
	switch {
	case o.hidden:
		r.write(LobsterHidden, 0, q, p, o.buy)
	case r.within(o.buy, p):
		r.write(LobsterExecute, o.id, q, p, o.buy)
	}
}

// within reports whether a price lies in the recorded depth: fewer than depth displayed levels are better.
func (r *LobsterRecorder) within(buy bool, p market.Price) bool {
	better := 0
	for lv := r.b.ladder(buy).best(); lv != nil && lv.key < key(buy, p) && better < r.depth; lv = lv.next[0] {
		if lv.shown > 0 {
			better++
		}
	}
	return better < r.depth
}

func (r *LobsterRecorder) write(kind uint8, id uint64, q market.Qty, p market.Price, buy bool) {
	at, dir := r.b.m.now.Sub(r.midnight), -1
	if buy {
		dir = 1
	}
	_, err := fmt.Fprintf(r.messages, "%d.%09d,%d,%d,%d,%d,%d\n", at/market.Second, at%market.Second, kind, id, q, int64(p)/tenThousandth, dir)
	r.keep(err)
	var sides [2][market.MaxDepth]market.Level
	n := [2]uint8{r.b.levels(false, &sides[0]), r.b.levels(true, &sides[1])}
	for d := range r.depth {
		for i, none := range [2]int64{9999999999, -9999999999} {
			px, size := none, int64(0)
			if d < int(n[i]) {
				px, size = int64(sides[i][d].Price)/tenThousandth, int64(sides[i][d].Size)
			}
			end := ","
			if d == r.depth-1 && i == 1 {
				end = "\n"
			}
			_, err := fmt.Fprintf(r.books, "%d,%d%s", px, size, end)
			r.keep(err)
		}
	}
}

func (r *LobsterRecorder) keep(err error) {
	if err != nil && r.err == nil {
		r.err = err
	}
}
