package router

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// nights is a world over several days: orders of every time in force, fills, revisions, links and clients that come and
// go, amendments and restarts from a snapshot, at any hour.
type nights struct {
	*world
	seed    uint64
	rng     *rand.Rand
	clOrdID []string // the last of each chain
	ids     int
	told    int
	asleep  map[order.ParentID]bool // done for the day
	today   map[order.ParentID]market.Qty
	filled  map[uint64]market.Qty // by the report of an execution of today
}

// TestNights holds, over random days and nights: no child is sent for an order that is done for the day; 150=3 and 150=D
// take turns; the figures of the day add up to what the client was told since the day began, and with what was before to
// the order (ER-01, ER-20); and an engine restored from a snapshot goes on the same.
func TestNights(t *testing.T) {
	renewed, slept := 0, 0
	for seed := uint64(1); seed <= 15; seed++ {
		w := evening(t, 15, order.Terms{TIF: order.GTC})
		n := nights{world: w, seed: seed, rng: rand.New(rand.NewPCG(seed, 3)), clOrdID: []string{"P"}, asleep: map[order.ParentID]bool{},
			today: map[order.ParentID]market.Qty{}, filled: map[uint64]market.Qty{}}
		for range 60 + n.rng.IntN(60) {
			n.happen()
			r, s := n.follow()
			renewed, slept = renewed+r, slept+s
		}
	}
	if renewed == 0 || slept == 0 {
		t.Errorf("%d renewals after %d days: the generator does not go there", renewed, slept)
	}
}

func (n *nights) happen() {
	switch n.rng.IntN(12) {
	case 0, 1, 2:
		n.run(n.rng.Int64N(20 * market.Hour / int64(1+n.rng.IntN(200))))
	case 3, 4, 5:
		n.tradeAny()
	case 6:
		n.reviseAny()
	case 7:
		n.order()
	case 8:
		n.request()
	case 9:
		v := market.VenueID(n.rng.IntN(len(n.e.venues)))
		n.apply(&event.VenueDown{Venue: v, Reason: "test"})
		n.run(n.rng.Int64N(market.Minute))
		n.apply(&event.VenueUp{Venue: v})
	case 10:
		n.apply(&event.ClientDown{Client: "EMS"})
		n.run(n.rng.Int64N(14 * market.Hour))
		n.apply(&event.ClientUp{Client: "EMS"})
	case 11:
		n.e = restored(n.t, n.e)
		n.quote(50*market.Dollar, 50*market.Dollar+10_000)
	}
	n.settle()
}

func (n *nights) id() string {
	n.ids++
	return fmt.Sprint("N", n.ids)
}

func (n *nights) order() {
	t := order.Terms{Side: market.Buy, Qty: market.Qty(100 * (1 + n.rng.IntN(40))), Type: order.Limit, Limit: 49 * market.Dollar, Directed: "LX",
		TIF: [...]order.TIF{order.Day, order.GTC, order.GTC, order.GTD}[n.rng.IntN(4)]}
	if t.TIF == order.GTD {
		t.ExpireAt = n.now.Add(n.rng.Int64N(60 * market.Hour))
	}
	id := n.id()
	n.parent(id, t)
	n.clOrdID = append(n.clOrdID, id)
}

func (n *nights) request() {
	i := n.rng.IntN(len(n.clOrdID))
	p := n.e.parents[n.e.names[clientOrder{"EMS", n.clOrdID[i]}]]
	if p == nil {
		return
	}
	id := n.id()
	if n.rng.IntN(3) == 0 {
		n.apply(&event.ParentCancelRequested{Client: "EMS", ClOrdID: id, OrigClOrdID: n.clOrdID[i]})
	} else {
		t := p.Terms
		t.Qty = max(1, t.Qty*market.Qty(40+n.rng.IntN(120))/100)
		n.apply(&event.ParentReplaceRequested{Client: "EMS", ClOrdID: id, OrigClOrdID: n.clOrdID[i], Terms: t})
	}
	n.clOrdID[i] = id
}

// tradeAny fills part of an order that rests at its venue.
func (n *nights) tradeAny() {
	for _, id := range n.world.ids {
		if v := n.children[id]; !v.done && n.e.venues[v.Venue].up && n.rng.IntN(2) == 0 {
			n.fill(id, 1+market.Qty(n.rng.Int64N(int64(v.Qty-v.Cum))), 49*market.Dollar-market.Price(n.rng.IntN(50))*10_000)
			return
		}
	}
}

// reviseAny busts or corrects an execution of any day.
func (n *nights) reviseAny() {
	for _, id := range n.world.ids {
		c := n.e.children[id]
		if c == nil || len(c.execs) == 0 || n.rng.IntN(3) > 0 {
			continue
		}
		x := c.execs[n.rng.IntN(len(c.execs))]
		if v := n.children[id]; x.Busted || c.State == order.Filled || v.Cum != c.Cum {
			continue
		}
		n.execs++
		rev := fmt.Sprint("R", n.execs)
		if n.rng.IntN(2) == 0 {
			n.children[id].Cum -= x.Qty
			n.apply(&event.ExecutionBusted{Child: id, ExecID: rev, RefExecID: x.Key.ExecID})
		} else {
			q := 1 + market.Qty(n.rng.Int64N(int64(x.Qty)))
			n.children[id].Cum += q - x.Qty
			n.apply(&event.ExecutionCorrected{Child: id, ExecID: rev, RefExecID: x.Key.ExecID, Qty: q, Px: 48 * market.Dollar})
		}
		n.children[id].Leaves = n.children[id].Qty - n.children[id].Cum
		return
	}
}

// follow reads what the client was told since it last looked, and what was sent since.
func (n *nights) follow() (renewed, slept int) {
	for ; n.told < len(n.reports); n.told++ {
		r := &n.reports[n.told]
		switch r.ExecType {
		case '3':
			if n.asleep[r.Parent] {
				n.fails("parent %d is done for the day twice", r.Parent)
			}
			n.asleep[r.Parent] = true
			slept++
		case 'D':
			n.asleep[r.Parent], n.today[r.Parent] = false, 0
			n.filled = n.without(r.Parent)
			renewed++
		case 'F':
			n.today[r.Parent] += r.LastQty
			n.filled[r.ExecID] = r.LastQty
		case 'H', 'G':
			if was, today := n.filled[r.RefExecID]; today {
				n.today[r.Parent] -= was
				if r.ExecType == 'G' {
					n.today[r.Parent] += r.LastQty
					n.filled[r.RefExecID] = r.LastQty
				}
			}
		}
		if r.DayOrderQty == 0 && r.DayCum == 0 {
			continue
		}
		if r.DayCum != n.today[r.Parent] || r.DayOrderQty+r.Cum-r.DayCum != r.Terms.Qty {
			n.fails("150=%c of parent %d: %d ordered, %d filled, 424=%d 425=%d; the client was told of %d today", r.ExecType, r.Parent,
				r.Terms.Qty, r.Cum, r.DayOrderQty, r.DayCum, n.today[r.Parent])
		}
	}
	for _, p := range n.e.live {
		if p.State == order.DoneForDay && len(p.children) > 0 {
			n.fails("parent %d is done for the day and has %d children", p.ID, len(p.children))
		}
	}
	return renewed, slept
}

// without gives the executions of today but for those of a parent whose day is over.
func (n *nights) without(id order.ParentID) map[uint64]market.Qty {
	left := map[uint64]market.Qty{}
	for i := range n.told {
		if r := &n.reports[i]; r.Parent != id && n.filled[r.ExecID] > 0 {
			left[r.ExecID] = n.filled[r.ExecID]
		}
	}
	return left
}

func (n *nights) fails(format string, args ...any) {
	n.t.Helper()
	n.t.Fatalf("seed %d, %v: %s", n.seed, n.now, fmt.Sprintf(format, args...))
}
