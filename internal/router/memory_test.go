package router

import (
	"fmt"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestMemoryIsOfTwoDays: what the engine keeps of orders that ended is of two days at most, however many there
// were before (keepDone): after ten equal days it is what it was after three (LOAD-06, TEST-70).
func TestMemoryIsOfTwoDays(t *testing.T) {
	w := newWorld(t, testConfig())
	w.hidden[venueDarkA] = 1 << 40
	size := func() [3]int {
		return [3]int{len(w.e.AppendWorking(nil)), len(w.e.parents), len(w.e.children) + len(w.e.names)}
	}
	var after [11][3]int
	for day := 1; day <= 10; day++ {
		began := w.now
		for i := range 40 {
			terms := order.Terms{Side: market.Buy + market.Side(i%2), Qty: market.Qty(i+1) * 500, End: w.now.Add(market.Minute)}
			if i%4 == 0 {
				terms.Type, terms.Limit, terms.Side = order.Limit, 40*market.Dollar, market.Buy // it never fills
			}
			w.quote(50*market.Dollar, 50*market.Dollar+10_000)
			w.parent(fmt.Sprint("D", day, "-", i), terms)
			w.run(10 * market.Second)
		}
		w.run(began.Add(24*market.Hour).Sub(w.now) + market.Second)
		after[day] = size()
	}
	for i, what := range [...]string{"bytes of working state", "parents", "children and names"} {
		then, now := after[3][i], after[10][i]
		if then == 0 || now > then+then/20 {
			t.Errorf("%s: %d after three days, %d after ten", what, then, now)
		}
	}
}
