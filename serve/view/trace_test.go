package view

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// TestQuotesBetween: a parent of any age has the market beside it from its first moment on, and memory has an end.
func TestQuotesBetween(t *testing.T) {
	q := newQuoteTrace()
	for i := range int64(4 * 3600 * 10) { // four hours, ten quotes a second
		q.see(market.Time(i*100*market.Millisecond), Px(10_000_000+i), Px(10_010_000+i))
	}
	end := Stamp(4 * 3600 * market.Second)
	for _, ago := range []int64{1, 60, 600, 3600, 3 * 3600} {
		from := end - Stamp(ago*market.Second)
		got := q.between(from, end)
		if len(got) < 2 || got[0].At != from {
			t.Fatalf("%d s: %d quotes, want one at the beginning", ago, len(got))
		}
		for i := 1; i < len(got); i++ {
			if got[i].At <= got[i-1].At {
				t.Fatalf("%d s: quote %d at %d comes after %d", ago, i, got[i].At, got[i-1].At)
			}
		}
		if last := end - got[len(got)-1].At; last > Stamp(market.Second) {
			t.Errorf("%d s: the last quote is %d ns old", ago, last)
		}
		if most := len(quoteSteps)*quotesKept + 1; len(got) > most {
			t.Errorf("%d s: %d quotes, want at most %d", ago, len(got), most)
		}
	}
	if got := q.between(end+1, end+2); len(got) != 1 {
		t.Errorf("after the last quote: %d, want the one in force", len(got))
	}
}

// TestHistory: the venues' histories reach back to the beginning, however long it was, in a bounded number of points.
func TestHistory(t *testing.T) {
	f := newFeed(t, Options{})
	d := decision(7)
	d.Venues[0].Size, d.Venues[0].ExpectBps = 100, 1.5
	for range 3000 {
		f.seq += 5_000 // five seconds pass
		f.apply(d)
	}
	h := f.v.History()
	if n := len(h[0]); n < historyKept/2-1 || n >= historyKept {
		t.Errorf("%d points, want %d to %d", n, historyKept/2, historyKept)
	}
	if got := market.Time(h[0][0].At); got > market.Time(10*market.Second) {
		t.Errorf("the first point is at %v, want the beginning", got)
	}
	if p := h[0][0]; p.Cost != 1.5 || p.FillProb != 0.6 {
		t.Errorf("first point %+v", p)
	}
	if len(h[1]) != 0 {
		t.Errorf("a venue that was never weighed has %d points", len(h[1]))
	}
}

// TestRows: a parent whose children are dropped keeps its row.
func TestRows(t *testing.T) {
	f := newFeed(t, Options{DoneParents: 2, DoneRows: 4})
	for id := order.ParentID(2); id < 12; id++ {
		f.apply(parent(id, order.New, 0, 0))
		s := child(order.ChildID(id), 0, 10)
		s.Child.Parent = id
		f.apply(s, parent(id, order.Canceled, 0, 0))
	}
	var done []order.ParentID
	for _, p := range f.v.Snapshot().Parents {
		if p.Done {
			done = append(done, p.ID)
		}
	}
	if len(done) != 4 || done[0] != 11 || done[3] != 8 {
		t.Errorf("rows of parents that are done: %v, want 11 to 8", done)
	}
	if d := f.detail(8); len(d.Timeline) != 0 || d.Dropped != 1 || d.Children != 1 {
		t.Errorf("parent 8 has %d children kept, %d dropped of %d", len(d.Timeline), d.Dropped, d.Children)
	}
	if d := f.detail(11); len(d.Timeline) != 1 {
		t.Errorf("parent 11 has %d children kept, want 1", len(d.Timeline))
	}
}

// TestRejectRate: Wilson's interval at its textbook figures and at its edges.
func TestRejectRate(t *testing.T) {
	if proportion(0, 0) != nil {
		t.Error("none of none has a rate")
	}
	if e := proportion(0, 10); e.Mean != 0 || e.Lo != 0 || e.Hi < .20 || e.Hi > .22 { // z²/(n+z²) = 0.213
		t.Errorf("0 of 10: %+v", e)
	}
	if e := proportion(5, 10); e.Mean != .5 || e.Lo < .26 || e.Lo > .28 || e.Hi < .72 || e.Hi > .74 {
		t.Errorf("5 of 10: %+v", e)
	}
	f := newFeed(t, Options{})
	f.apply(child(1, 0, 10), child(2, 0, 10), &event.ChildRejected{Child: 1})
	if e := f.v.Snapshot().Venues[0].RejectRate; e == nil || e.Mean != .5 {
		t.Errorf("reject rate %+v, want 0.5", e)
	}
}
