package web

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/serve/view"
)

func ask(t testing.TB, address string) query {
	t.Helper()
	return asked(httptest.NewRequest("GET", "http://localhost"+address, nil), pageOf("orders"))
}

// orders are n parents: every third done and filled, every fifth held.
func orders(n int) []view.Parent {
	out := make([]view.Parent, n)
	for i := range out {
		p := &out[i]
		*p = view.Parent{ID: order.ParentID(n - i), OrderID: fmt.Sprintf("P%d", n-i), Client: []string{"DESK", "OMS"}[i%2], Symbol: []string{"IBM", "AIG", "AMZN"}[i%3],
			Side: "buy", Status: "new", Qty: int64(1000 + i%7), Received: view.Stamp(n - i)}
		switch {
		case i%3 == 0:
			p.Done, p.Cum, p.Status = true, p.Qty, "filled"
		case i%5 == 0:
			p.Hold = "paused"
		}
	}
	return out
}

func TestBlotterFilters(t *testing.T) {
	all := orders(300)
	for _, c := range []struct {
		address     string
		found       int
		first, last order.ParentID // of the rows
	}{
		{"/", 300, 300, 201},
		{"/?at=2", 300, 200, 101},
		{"/?at=9", 300, 100, 1}, // beyond the end is the last page
		{"/?at=-3", 300, 300, 201},
		{"/?status=working", 200, 299, 151},
		{"/?status=filled", 100, 300, 3},
		{"/?status=held", 40, 295, 5},
		{"/?status=ended", 0, 0, 0},
		{"/?status=nonsense&sort=nonsense", 300, 300, 201},
		{"/?symbol=AIG", 100, 299, 2},
		{"/?symbol=AIG&client=DESK", 50, 296, 0},
		{"/?q=oms&symbol=IBM", 50, 0, 0},
		{"/?q=p300", 1, 300, 300},
		{"/?sort=received", 300, 1, 100},
		{"/?sort=-qty", 300, 294, 0},
	} {
		b := newBlotter(all, ask(t, c.address))
		if b.Found != c.found || b.Kept != 300 || len(b.Rows) > rowsAtOnce {
			t.Errorf("%s: found %d of %d, %d rows; want %d", c.address, b.Found, b.Kept, len(b.Rows), c.found)
			continue
		}
		if c.first != 0 && b.Rows[0].ID != c.first {
			t.Errorf("%s: the first is %d, want %d", c.address, b.Rows[0].ID, c.first)
		}
		if c.last != 0 && b.Rows[len(b.Rows)-1].ID != c.last {
			t.Errorf("%s: the last is %d, want %d", c.address, b.Rows[len(b.Rows)-1].ID, c.last)
		}
	}
	b := newBlotter(all, ask(t, "/"))
	if !slices.Equal(b.Symbols, []string{"AIG", "AMZN", "IBM"}) || !slices.Equal(b.Clients, []string{"DESK", "OMS"}) || b.Statuses[1].Count != 200 {
		t.Errorf("choices %v, %v, %v", b.Symbols, b.Clients, b.Statuses)
	}
}

// TestAddresses: what is looked at stands in the address, and comes out of it again.
func TestAddresses(t *testing.T) {
	q := ask(t, "/?parent=7&decision=71&status=held&symbol=IBM&client=DESK&q=%3Cb%3E%26x&sort=-qty&at=3")
	again := ask(t, string(q.address()))
	again.Page.all, again.Page.own, q.Page.all, q.Page.own = nil, nil, nil, nil
	if fmt.Sprint(again) != fmt.Sprint(q) || q.Text != "<b>&x" {
		t.Errorf("%v came back as %v", q, again)
	}
	if got := string(q.ToSort("qty")); !strings.Contains(got, "sort=qty") || strings.Contains(got, "at=") {
		t.Errorf("sorting the other way: %s", got)
	}
	if got := string(q.ToParent(8)); !strings.Contains(got, "parent=8") || strings.Contains(got, "decision=") || !strings.Contains(got, "at=3") {
		t.Errorf("another parent: %s", got)
	}
	if got := string(ask(t, "/").address()); got != "/" {
		t.Errorf("nothing chosen: %s", got)
	}
}

// BenchmarkBlotter is a filtered and sorted page of 5,000 parents, which every reader gets four times a second.
func BenchmarkBlotter(b *testing.B) {
	all := orders(5000)
	q := ask(b, "/?q=p&sort=-slip")
	for b.Loop() {
		newBlotter(all, q)
	}
}
