package sim

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// lobsterOf makes a recording of messages "second type id size price direction" with one level of book after each.
func lobsterOf(t *testing.T, lines ...string) *Lobster {
	t.Helper()
	var messages, books strings.Builder
	for _, l := range lines {
		m, b, _ := strings.Cut(l, " | ")
		fmt.Fprintln(&messages, strings.ReplaceAll(m, " ", ","))
		fmt.Fprintln(&books, strings.ReplaceAll(b, " ", ","))
	}
	l, err := ReadLobster(src("m", messages.String()), src("b", books.String()))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestQueuePosition: an order rests behind what was recorded before it, moves up by executions and cancels ahead, and fills
// when a recorded execution reaches what came after it.
func TestQueuePosition(t *testing.T) {
	l := lobsterOf(t,
		"1 1 1 300 100000 1 | 100100 500 100000 300",
		"3 1 2 200 100000 1 | 100100 500 100000 500", // after ours
		"4 2 1 100 100000 1 | 100100 500 100000 400", // cancel ahead
		"5 4 1 150 100000 1 | 100100 500 100000 250", // execution ahead
		"6 4 2 60 100000 1 | 100100 500 100000 190",  // behind us: we were first, the taker had 60
		"7 5 0 30 99900 1 | 100100 500 100000 190",   // a hidden bid under ours traded: we were first
		"8 3 1 50 100000 1 | 100100 500 100000 140",
		"9 4 2 140 100000 1 | 100100 500 99900 100")
	var fills []string
	m := oneVenue(t, market.Lit, func(r *Report) {
		if r.Kind == Filled {
			fills = append(fills, fmt.Sprintf("%d: %d@%s", r.At/market.Time(market.Second), r.LastQty, r.LastPx))
		}
	})
	p, err := m.ReplayLobster(0, "S", l, ReplayOptions{At: 1})
	if err != nil {
		t.Fatal(err)
	}
	m.RunUntil(2 * market.Time(market.Second))
	m.Submit(0, Order{Client: "c", ClOrdID: "1", Symbol: "S", Side: market.Buy, Type: order.Limit, Qty: 200, Limit: 10 * market.Dollar})
	m.RunUntil(p.Ends())
	if got, want := strings.Join(fills, ", "), "6: 60@10.00, 7: 30@10.00, 9: 110@10.00"; got != want {
		t.Errorf("fills %s, want %s", got, want)
	}
	if s := p.Stats(); s.Corrected != 0 {
		t.Errorf("%+v", s)
	}
}

// TestUnseenShares: shares that rested before the recording began stand before ours in one piece, and executions of orders
// that were never seen take from them, not from us.
func TestUnseenShares(t *testing.T) {
	l := lobsterOf(t,
		"1 1 1 100 100000 1 | 100100 500 100000 400", // 300 were there
		"3 4 77 200 100000 1 | 100100 500 100000 200",
		"4 4 78 100 100000 1 | 100100 500 100000 100",
		"5 4 1 100 100000 1 | 100100 500 99900 100",
		"6 4 79 50 99900 1 | 100100 500 99900 50")
	var fills []string
	m := oneVenue(t, market.Lit, func(r *Report) {
		if r.Kind == Filled {
			fills = append(fills, fmt.Sprintf("%d: %d", r.At/market.Time(market.Second), r.LastQty))
		}
	})
	p, err := m.ReplayLobster(0, "S", l, ReplayOptions{At: 1})
	if err != nil {
		t.Fatal(err)
	}
	m.RunUntil(2 * market.Time(market.Second))
	m.Submit(0, Order{Client: "c", ClOrdID: "1", Symbol: "S", Side: market.Buy, Type: order.Limit, Qty: 100, Limit: 10 * market.Dollar})
	m.RunUntil(p.Ends())
	if got, want := strings.Join(fills, ", "), "6: 50"; got != want {
		t.Errorf("fills %s, want %s", got, want)
	}
	if s := p.Stats(); s.Corrected != 0 || s.Orphans != 3 {
		t.Errorf("%+v", s)
	}
}

// TestTakenStaysTaken: recorded shares that we took do not come back with the next message, only with a new order.
func TestTakenStaysTaken(t *testing.T) {
	l := lobsterOf(t,
		"1 1 1 300 100100 -1 | 100100 300 100000 100",
		"3 2 1 100 100100 -1 | 100100 200 100000 100",
		"4 1 2 50 100100 -1 | 100100 250 100000 100",
		"5 3 1 200 100100 -1 | 100100 50 100000 100")
	m := oneVenue(t, market.Lit, nil)
	if _, err := m.ReplayLobster(0, "S", l, ReplayOptions{At: 1}); err != nil {
		t.Fatal(err)
	}
	second := func(n int64) { m.RunUntil(market.Time(n*market.Second + market.Second/2)) }
	ask := func() market.Qty { b := m.Book(0, "S"); return b.BestAsk().Size }
	second(1)
	m.Submit(0, Order{Client: "c", ClOrdID: "1", Symbol: "S", Side: market.Buy, Type: order.Market, TIF: order.IOC, Qty: 150})
	for _, c := range []struct {
		at   int64
		want market.Qty
	}{{2, 150}, {3, 50}, {4, 100}, {5, 50}} {
		second(c.at)
		if got := ask(); got != c.want {
			t.Errorf("after second %d the ask shows %d, want %d", c.at, got, c.want)
		}
	}
}

// TestTapeQueue: on a tape our order rests behind the quoted size, cancels are taken from behind it, and trades reach it.
func TestTapeQueue(t *testing.T) {
	tape, err := ReadTape(src("q", "1000,100000,300,0,0,N,0,0\n1000,0,0,100200,100,N,0,0\n3000,100000,500,0,0,N,0,0\n4000,100000,250,0,0,N,0,0\n"),
		src("t", "5000,100000,200,N,0,0\n6000,100000,100,N,0,0\n7000,100100,90,N,0,0\n8000,100000,900,N,0,0\n"))
	if err != nil {
		t.Fatal(err)
	}
	var fills []string
	m := oneVenue(t, market.Lit, func(r *Report) {
		if r.Kind == Filled {
			fills = append(fills, fmt.Sprintf("%d: %d@%s", r.At/market.Time(market.Second), r.LastQty, r.LastPx))
		}
	})
	p, err := m.ReplayTape("S", tape, []VenueCode{{'N', 0}}, ReplayOptions{At: 1})
	if err != nil {
		t.Fatal(err)
	}
	m.RunUntil(2 * market.Time(market.Second))
	m.Submit(0, Order{Client: "c", ClOrdID: "1", Symbol: "S", Side: market.Buy, Type: order.Limit, Qty: 200, Limit: 10 * market.Dollar})
	m.RunUntil(p.Ends())
	// 300 ahead, 200 behind; 250 left of the quote are ahead of us (cancels come from behind, 50 from ahead); 200 trade, so 50
	// are ahead; 100 trade: 50 and 50 of ours; the trade at the midpoint has no known side; the last takes our other 150.
	if got, want := strings.Join(fills, ", "), "6: 50@10.00, 8: 150@10.00"; got != want {
		t.Errorf("fills %s, want %s", got, want)
	}
	if !strings.Contains(p.Limits(), "do not react") {
		t.Error("the replay must state what it cannot answer")
	}
}
