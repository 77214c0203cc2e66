package router

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// posts counts the children that were posted.
func (w *world) posts() (n int) {
	for _, c := range w.sent() {
		if c.Style == order.StylePost {
			n++
		}
	}
	return n
}

// resting gives the shares of the dark children at the venues now.
func (w *world) resting() (q market.Qty) {
	for _, id := range w.ids {
		if v := w.children[id]; v.Style == order.StyleDark && !v.done {
			q += v.Leaves
		}
	}
	return q
}

// TestBlockIsPatient: a block with an hour and a half lets its dark waves rest for a minute and a half, shows nothing meanwhile, and turns to
// posts when none of the pools brought anything; then its dark waves leave room for the posts.
func TestBlockIsPatient(t *testing.T) {
	w := newWorld(t, testConfig())
	w.parent("P1", order.Terms{Side: market.Sell, Qty: 300_000, Strategy: order.Block, Objective: order.MinImpact, End: w.now.Add(90 * market.Minute)})
	w.run(85 * market.Second)
	if n, q := w.posts(), w.resting(); n > 0 || q != 15_000 {
		t.Errorf("before the first wave is over there are %d posts, and %d rest in the dark; want none and 15000", n, q)
	}
	w.run(20 * market.Second)
	if n := w.posts(); n < 3 {
		t.Errorf("after a wave without a fill there are %d posts, want a spray", n)
	}
}

// TestDarkLeavesRoomForPosts: once a block posts, its dark waves leave half of the rest to its posts.
func TestDarkLeavesRoomForPosts(t *testing.T) {
	w := newWorld(t, testConfig())
	w.parent("P1", order.Terms{Side: market.Sell, Qty: 12_000, Strategy: order.Block, Objective: order.MinImpact, End: w.now.Add(90 * market.Minute)})
	w.run(3 * market.Minute)
	if n, q := w.posts(), w.resting(); n == 0 || q > 0 {
		t.Fatalf("%d posts and %d in the dark after a wave without a fill", n, q)
	}
	waves := 0
	for range 60 {
		w.run(market.Minute)
		if q := w.resting(); q > 0 {
			if waves++; q > 6000 {
				t.Errorf("%d of 12000 rest in the dark, want half of what is not posted", q)
			}
		}
	}
	if waves == 0 {
		t.Error("no dark wave came back")
	}
}

// TestBlockWaitsForTheDark: as long as its dark waves fill a part of what they send, a block shows nothing; a lot now and then
// does not keep it from it.
func TestBlockWaitsForTheDark(t *testing.T) {
	for _, c := range []struct {
		part  market.Qty // of each dark child that is filled, one in so many
		shows bool
	}{{3, false}, {1000, true}} {
		w := newWorld(t, testConfig())
		w.parent("P1", order.Terms{Side: market.Sell, Qty: 300_000, Strategy: order.Block, Objective: order.MinImpact, End: w.now.Add(90 * market.Minute)})
		for range 5 {
			w.run(90*market.Second - 500*market.Millisecond)
			for _, id := range w.ids {
				if v := w.children[id]; v.Style == order.StyleDark && !v.done {
					w.fill(id, max(100, v.Leaves/100/c.part*100), 50*market.Dollar)
				}
			}
			w.settle()
			w.run(500 * market.Millisecond)
		}
		if n := w.posts(); n > 0 != c.shows {
			t.Errorf("%d posts although one share in %d was filled in the dark, %d in all", n, c.part, w.e.parents[1].Cum)
		}
	}
}

// TestLateBlockPosts: a block whose dark waves bring something, but not in time, does not wait for them alone.
func TestLateBlockPosts(t *testing.T) {
	w := newWorld(t, testConfig())
	w.parent("P1", order.Terms{Side: market.Sell, Qty: 300_000, Strategy: order.Block, End: w.now.Add(100 * market.Second)})
	for s := range 25 {
		w.hidden[venueDarkA] = 900 // more than an eighth of the wave each time
		w.hidden[venueDarkB], w.hidden[venueDarkC] = 900, 900
		w.run(market.Second)
		switch n := w.posts(); {
		case s < 9 && n > 0:
			t.Fatalf("%d posts after %d s, when the block cannot be late", n, s+1)
		case s == 24 && n == 0:
			t.Errorf("no post after %d s with %d filled of 300000 in 100 s", s+1, w.e.parents[1].Cum)
		}
	}
}

// TestShortRestIsNoSilence: a dark child that its wave's end withdraws soon after it was sent lowers no standing.
func TestShortRestIsNoSilence(t *testing.T) {
	w := newWorld(t, testConfig())
	w.parent("P1", order.Terms{Side: market.Sell, Qty: 300_000, Strategy: order.Block, End: w.now.Add(90 * market.Minute)})
	w.run(75 * market.Second)
	for _, id := range w.ids {
		if v := w.children[id]; v.Venue == venueDarkB && !v.done {
			w.fill(id, v.Leaves, 50*market.Dollar)
		}
	}
	w.settle()
	w.run(10 * market.Second)
	if q := w.resting(); q != 20_000 {
		t.Fatalf("%d rest in the dark, want 5000 at A and C and the double at B", q)
	}
	w.run(7 * market.Second)
	p := w.e.parents[1]
	if b, a := p.standing[venueDarkB], p.standing[venueDarkA]; b.empties != 0 || b.clip != 10_000 || b.coolUntil > w.now || a.empties != 1 {
		t.Errorf("B had a few seconds and stands at %+v; A had the whole wave and stands at %+v", b, a)
	}
}
