package router

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// clock is a time on a day of November 2023; the 17th is a Friday.
func clock(day, hour, minute int) market.Time {
	return market.Time(time.Date(2023, 11, day, hour, minute, 0, 0, time.UTC).UnixNano())
}

// evening is a world a minute before the close of that day, with an order to buy 1,000 at 49 of which one child rests at LX.
func evening(t *testing.T, day int, terms order.Terms, clients ...ClientPolicy) *world {
	cfg := testConfig()
	hours, err := market.NewHours("UTC", 9*time.Hour+30*time.Minute, 16*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Hours, cfg.Clients, cfg.Tactics.PostClip = hours, clients, 10_000
	for i := range cfg.Venues {
		cfg.Venues[i].Hours = hours
	}
	w := newWorld(t, cfg)
	w.autoFill = false
	w.now = clock(day, 15, 59)
	w.quote(50*market.Dollar, 50*market.Dollar+10_000)
	terms.Side, terms.Qty, terms.Type, terms.Limit, terms.Directed = market.Buy, 1000, order.Limit, 49*market.Dollar, "LX"
	w.parent("P", terms)
	w.settle()
	if len(w.ids) != 1 {
		t.Fatalf("%d children; want one that rests", len(w.ids))
	}
	w.reports = nil
	return w
}

// until lets time pass to a clock time.
func (w *world) until(at market.Time) { w.run(at.Sub(w.now)) }

// days is what the client was told, with the figures of the day: 150/39 quantity=filled+left, 424:425@426, 378.
func (w *world) days() (out []string) {
	for _, r := range w.reports {
		s := fmt.Sprintf("%c/%c %d=%d+%d %d:%d@%v", r.ExecType, r.OrdStatus, r.Terms.Qty, r.Cum, r.Leaves, r.DayOrderQty, r.DayCum, r.DayAvgPx)
		if r.RestatementReason != 0 {
			s += fmt.Sprint(" 378=", r.RestatementReason)
		}
		out = append(out, s)
	}
	return out
}

// TestDays holds the life of orders over the close and the open, and what their clients are told (ER-01, ER-20).
func TestDays(t *testing.T) {
	gtc := order.Terms{TIF: order.GTC}
	for _, c := range []struct {
		rule     string
		terms    order.Terms
		policy   ClientPolicy
		do       func(w *world)
		want     []string
		children int
	}{
		{"a GT order is done for the day, renewed and filled the next day; a bust of the first day's fill", gtc, ClientPolicy{}, func(w *world) {
			w.trade("1", 300)
			w.until(clock(16, 9, 31))
			w.fill(2, 200, 48*market.Dollar)
			w.settle()
			w.apply(&event.ExecutionBusted{Child: 1, ExecID: "B", RefExecID: "1"})
		}, []string{"F/1 1000=300+700 1000:300@49.00", "3/3 1000=300+700 1000:300@49.00", "D/1 1000=300+700 700:0@0.00 378=1",
			"F/1 1000=500+500 700:200@48.00", "H/1 1000=200+800 1000:200@48.00"}, 2},
		{"a correction of the first day's fill changes what was before, not the day", gtc, ClientPolicy{}, func(w *world) {
			w.trade("1", 300)
			w.until(clock(16, 9, 31))
			w.apply(&event.ExecutionCorrected{Child: 1, ExecID: "G", RefExecID: "1", Qty: 100, Px: 48 * market.Dollar})
		}, []string{"F/1 1000=300+700 1000:300@49.00", "3/3 1000=300+700 1000:300@49.00", "D/1 1000=300+700 700:0@0.00 378=1",
			"G/1 1000=100+900 900:0@0.00"}, 2},
		{"a fill that its venue dates on the day before", gtc, ClientPolicy{}, func(w *world) {
			w.until(clock(16, 9, 31))
			w.apply(&event.ChildExecuted{Child: 1, ExecID: "L", VenueOrderID: "V1", Qty: 100, Px: 49 * market.Dollar, TradeDate: 20231115})
		}, []string{"3/3 1000=0+1000 1000:0@0.00", "D/0 1000=0+1000 1000:0@0.00 378=1", "F/1 1000=100+900 900:0@0.00"}, 2},
		{"canceled overnight", gtc, ClientPolicy{}, func(w *world) { w.until(clock(15, 20, 0)); w.cancel("C"); w.until(clock(16, 10, 0)) },
			[]string{"3/3 1000=0+1000 1000:0@0.00", "6/6 1000=0+1000 1000:0@0.00", "4/4 1000=0+0 1000:0@0.00"}, 1},
		{"amended overnight it stays done for the day", gtc, ClientPolicy{}, func(w *world) { w.until(clock(15, 20, 0)); w.replace("R", 600); w.until(clock(16, 10, 0)) },
			[]string{"3/3 1000=0+1000 1000:0@0.00", "5/3 600=0+600 600:0@0.00", "D/0 600=0+600 600:0@0.00 378=1"}, 2},
		{"amended overnight to a day order, it is one of the next day, also after a restart", gtc, ClientPolicy{}, func(w *world) {
			w.until(clock(15, 20, 0))
			t := w.e.parents[1].Terms
			t.TIF = order.Day
			w.apply(&event.ParentReplaceRequested{Client: "EMS", ClOrdID: "R", OrigClOrdID: "P", Terms: t})
			w.configured(w.e.cfg)
			w.until(clock(16, 10, 0))
			w.trade("1", 300)
			w.until(clock(16, 17, 0))
		}, []string{"3/3 1000=0+1000 1000:0@0.00", "5/0 1000=0+1000 0:0@0.00", "F/1 1000=300+700 0:0@0.00", "C/C 1000=300+0 0:0@0.00"}, 2},
		{"a client that logs out overnight loses nothing, and gets its order worked when it is back (RACE-09)", gtc, ClientPolicy{}, func(w *world) {
			w.until(clock(15, 20, 0))
			w.apply(&event.ClientDown{Client: "EMS"})
			w.until(clock(16, 10, 0))
			if len(w.ids) != 1 {
				w.t.Error("worked without its client")
			}
			w.apply(&event.ClientUp{Client: "EMS"})
		}, []string{"3/3 1000=0+1000 1000:0@0.00", "D/0 1000=0+1000 1000:0@0.00 378=1"}, 2},
		{"a child in doubt at the close keeps its quantity, and the order its next day", gtc, ClientPolicy{}, func(w *world) {
			w.down()
			w.until(clock(16, 10, 0))
		}, []string{"D/0 1000=0+1000 1000:0@0.00 378=1"}, 1},
		{"a child that is done for the day lapses with the order's day (ER-11)", gtc, ClientPolicy{}, func(w *world) {
			w.silent[venueLitX] = true
			w.apply(&event.ChildDone{Child: 1, What: order.WasDoneForDay})
			w.until(clock(15, 15, 59) + market.Time(30*market.Second))
			if p := w.e.parents[1]; p.exposure() != 1000 {
				w.t.Errorf("%d reserved; want all of it until the day is over", p.exposure())
			}
			w.until(clock(15, 16, 1))
		}, []string{"3/3 1000=0+1000 1000:0@0.00"}, 1},
		{"Friday to Monday", order.Terms{TIF: order.GTD, ExpireAt: clock(20, 12, 0)}, ClientPolicy{}, func(w *world) {
			w.until(clock(20, 9, 29))
			if n := len(w.reports); n != 5 {
				w.t.Errorf("%d reports before Monday's open", n)
			}
			w.until(clock(20, 13, 0))
		}, []string{"3/3 1000=0+1000 1000:0@0.00", "D/0 1000=0+1000 1000:0@0.00 378=1", "3/3 1000=0+1000 1000:0@0.00", "D/0 1000=0+1000 1000:0@0.00 378=1",
			"3/3 1000=0+1000 1000:0@0.00", "D/0 1000=0+1000 1000:0@0.00 378=1", "C/C 1000=0+0 1000:0@0.00"}, 4},
		{"a router that was away over the close begins the new day at once", gtc, ClientPolicy{}, func(w *world) {
			w.now = clock(16, 11, 0)
			w.apply(&event.TimerFired{Timer: engineTimer})
			w.run(market.Second)
		}, []string{"D/0 1000=0+1000 1000:0@0.00 378=1"}, 1},
		{"expired overnight (126)", order.Terms{TIF: order.GTD, ExpireAt: clock(16, 3, 0)}, ClientPolicy{}, func(w *world) { w.until(clock(16, 12, 0)) },
			[]string{"3/3 1000=0+1000 1000:0@0.00", "C/C 1000=0+0 1000:0@0.00"}, 1},
		{"a day order expires", order.Terms{}, ClientPolicy{}, func(w *world) { w.trade("1", 300); w.until(clock(15, 17, 0)) },
			[]string{"F/1 1000=300+700 0:0@0.00", "C/C 1000=300+0 0:0@0.00"}, 1},
		{"matrix A.1.b: a day order that is done for the day; its status and a bust after it", order.Terms{}, ClientPolicy{Name: "EMS", DoneForDay: true}, func(w *world) {
			w.trade("1", 300)
			w.until(clock(15, 17, 0))
			w.apply(&event.ParentStatusRequested{Client: "EMS", ClOrdID: "P"})
			w.apply(&event.ExecutionBusted{Child: 1, ExecID: "B", RefExecID: "1"})
		}, []string{"F/1 1000=300+700 0:0@0.00", "3/3 1000=300+0 0:0@0.00", "I/3 1000=300+0 0:0@0.00", "H/3 1000=0+0 0:0@0.00"}, 1},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := evening(t, 15, c.terms, c.policy)
			c.do(w)
			if diff := cmp.Diff(c.want, w.days()); diff != "" || len(w.ids) != c.children {
				t.Errorf("%d children, want %d; the client was told (-want +got)\n%s", len(w.ids), c.children, diff)
			}
		})
	}
}

// What ended on a Friday is known through Monday's session, in which its venue may still revise it, and then forgotten.
func TestOrderIsKeptThroughTheNextSession(t *testing.T) {
	w := evening(t, 17, order.Terms{})
	w.trade("1", 300)
	w.until(clock(20, 15, 0))
	w.apply(&event.ExecutionBusted{Child: 1, ExecID: "B", RefExecID: "1"})
	if got := w.last(); got.ExecType != 'H' || got.OrdStatus != 'C' {
		t.Errorf("a bust on Monday gives %+v", got)
	}
	w.until(clock(21, 17, 0))
	w.apply(&event.ClientUp{Client: "nobody"})
	if len(w.e.parents)+len(w.e.children)+len(w.e.names) != 0 {
		t.Errorf("%d parents, %d children, %d names are kept", len(w.e.parents), len(w.e.children), len(w.e.names))
	}
}

// TestCancelWhileTheDayEnds: between the close and the withdrawal of the last child an order is still to be canceled, by
// its client's mass cancel and by a person; it does not work again the next morning.
func TestCancelWhileTheDayEnds(t *testing.T) {
	for name, ask := range map[string]event.Body{
		"mass cancel": &event.ParentMassCancelRequested{Client: "EMS", ClOrdID: "Q", Scope: event.CancelAll},
		"a person":    &event.ParentSteered{Parent: 1, Steer: event.SteerCancel, Actor: "ann"},
	} {
		w := evening(t, 15, order.Terms{TIF: order.GTC})
		w.silent[venueLitX] = true
		w.until(clock(15, 16, 1))
		if p := w.e.parents[1]; p.ask.kind != dayRequest || p.exposure() != 1000 {
			t.Fatalf("%s: request %d, %d reserved; want the end of the day to wait for its child", name, p.ask.kind, p.exposure())
		}
		w.apply(ask)
		w.apply(&event.ChildDone{Child: 1, What: order.WasCanceled})
		if w.until(clock(16, 10, 0)); w.last().OrdStatus != '4' || w.last().Leaves != 0 || len(w.ids) != 1 {
			t.Errorf("%s: %d children, last report %+v; want it canceled", name, len(w.ids), w.last())
		}
	}
}

// TestFrozenOrderSleepsPastItsEnd: an order that is frozen when its time is over is left alone until a person decides, and
// costs nothing meanwhile; resumed, it expires.
func TestFrozenOrderSleepsPastItsEnd(t *testing.T) {
	w := evening(t, 15, order.Terms{TIF: order.GTD, ExpireAt: clock(15, 16, 30)})
	w.apply(&event.TradeQuestioned{Client: "EMS", Parent: 1, ExecID: 1, Symbol: "ABC", Side: market.Buy, Qty: 1, Px: market.Dollar})
	w.until(clock(15, 16, 31))
	before := w.seq
	w.until(clock(16, 9, 0))
	if woken := w.seq - before; woken > 10 {
		t.Errorf("%d events for one frozen order over a night", woken)
	}
	w.apply(&event.ParentSteered{Parent: 1, Steer: event.SteerResume, Actor: "ann", Approver: "bob", Reason: "both looked at its books"})
	w.run(market.Minute)
	if r := w.last(); r.ExecType != 'C' {
		t.Errorf("resumed past its end it was told %c", r.ExecType)
	}
}
