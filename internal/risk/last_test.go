package risk

import (
	"fmt"
	"math"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// lastGate gives a gate over venues V0 and V1 that knows parent 1: client C, 1,000 AMZN at 100.00.
func lastGate() *LastGate {
	g := NewLastGate([]market.Venue{{ID: 0, Name: "V0"}, {ID: 1, Name: "V1"}})
	g.Observe(&event.ParentReceived{Client: "C", ClOrdID: "1", Terms: *terms()})
	g.Observe(&event.ReportParent{Parent: 1, Client: "C", ClOrdID: "1", ExecType: '0'})
	return g
}

func send(id order.ChildID, q market.Qty) *event.SendChild {
	return &event.SendChild{Child: order.Child{ID: id, Parent: 1, Symbol: "AMZN", Side: market.Buy, Qty: q, Limit: 100 * market.Dollar}}
}

// TestLastGateLimits is TEST-10 for the last gate.
func TestLastGateLimits(t *testing.T) {
	for _, tc := range []struct {
		name string
		q    market.Qty
		want string
	}{
		{"limit −1", 999, ""}, {"limit", 1_000, ""}, {"limit +1", 1_001, "RISK-01"}, {"zero", 0, "RISK-01"},
		{"negative", -1, "RISK-01"}, {"largest", math.MaxInt64, "RISK-01"}, {"least", math.MinInt64, "RISK-01"},
	} {
		g := lastGate()
		expect(t, tc.name, g.Check(send(1, tc.q)), tc.want)
		if stopped := tc.want != ""; g.Stopped(1) != stopped {
			t.Errorf("%s: stopped %v, want %v", tc.name, g.Stopped(1), stopped)
		}
	}
}

// TestLastGateKnight is INC-01: the engine forgets every fill and sends the order again and again. Not one share over.
func TestLastGateKnight(t *testing.T) {
	g := lastGate()
	var sent market.Qty
	for id := order.ChildID(1); id <= 1_000; id++ {
		if g.Check(send(id, 100)).Passed() {
			sent += 100
			g.Observe(&event.ChildExecuted{Child: id, ExecID: fmt.Sprint(id), Qty: 100, Cum: 100})
		}
	}
	if sent != 1_000 {
		t.Errorf("%d shares on the wire of 1000 ordered", sent)
	}
	if !g.Stopped(1) {
		t.Error("the parent is not latched (RISK-01)")
	}
	if !g.Rearm(1) || g.Rearm(1) || g.Stopped(1) {
		t.Error("Rearm does not lift the latch once")
	}
	expect(t, "after Rearm there is still no room", g.Check(send(2_000, 1)), "RISK-01")
}

func TestLastGateRefuses(t *testing.T) {
	with := func(change func(*event.SendChild)) *event.SendChild {
		s := send(1, 100)
		change(s)
		return s
	}
	for _, tc := range []struct {
		name  string
		s     *event.SendChild
		first []event.Body
		want  string
	}{
		{"unknown parent", with(func(s *event.SendChild) { s.Child.Parent = 2 }), nil, "RISK-01"},
		{"an id twice", send(1, 100), []event.Body{send(1, 100)}, "RISK-06"},
		{"other side", with(func(s *event.SendChild) { s.Child.Side = market.SellShort }), nil, "INV-07"},
		{"other symbol", with(func(s *event.SendChild) { s.Child.Symbol = "RSTR" }), nil, "INV-07"},
		{"worse limit", with(func(s *event.SendChild) { s.Child.Limit += 10_000 }), nil, "INV-07"},
		{"no limit", with(func(s *event.SendChild) { s.Child.Limit = 0 }), nil, "INV-07"},
		{"parent done", send(1, 100), []event.Body{&event.RecordParent{Parent: order.Parent{ID: 1, State: order.Canceled}}}, "INV-10"},
		{"works again after a bust", send(1, 100), []event.Body{&event.RecordParent{Parent: order.Parent{ID: 1, State: order.Filled}}, &event.RecordParent{Parent: order.Parent{ID: 1, State: order.New}}}, ""},
		{"all halted", send(1, 100), []event.Body{&event.Halted{}}, "KILL-01"},
		{"client halted", send(1, 100), []event.Body{&event.Halted{Client: "C"}}, "KILL-01"},
		{"other client halted", send(1, 100), []event.Body{&event.Halted{Client: "D"}}, ""},
		{"symbol halted", send(1, 100), []event.Body{&event.Halted{Symbol: "AMZN"}}, "KILL-01"},
		{"venue halted", send(1, 100), []event.Body{&event.Halted{Venue: "V0"}}, "KILL-01"},
		{"other venue halted", send(1, 100), []event.Body{&event.Halted{Venue: "V1"}}, ""},
		{"resumed", send(1, 100), []event.Body{&event.Halted{Venue: "V0"}, &event.Resumed{Venue: "V0"}, &event.AnswerPerson{}}, ""},
		{"resumed by one alone", send(1, 100), []event.Body{&event.Halted{Venue: "V0"}, &event.Resumed{Venue: "V0"}, &event.AnswerPerson{Refused: true}}, "KILL-01"},
		{"resumed too wide", send(1, 100), []event.Body{&event.Halted{Venue: "V0"}, &event.Resumed{}, &event.AnswerPerson{}}, "KILL-01"},
		{"algorithm halted", send(1, 100), []event.Body{&event.Halted{Algorithm: "immediate"}}, "KILL-01"},
		{"other algorithm halted", send(1, 100), []event.Body{&event.Halted{Algorithm: "block"}}, ""},
		{"no such venue", with(func(s *event.SendChild) { s.Child.Venue = 2 }), nil, "KILL-01"},
	} {
		g := lastGate()
		for _, b := range tc.first {
			g.Observe(b)
		}
		expect(t, tc.name, g.Check(tc.s), tc.want)
	}
}

// TestLastGateCounts: what a child takes, report by report. Every case begins with child 1 of 600 shares sent.
func TestLastGateCounts(t *testing.T) {
	fill := func(id string, q, cum market.Qty) event.Body {
		return &event.ChildExecuted{Child: 1, ExecID: id, Qty: q, Cum: cum}
	}
	done := func(h order.Happening, cum market.Qty) event.Body {
		return &event.ChildDone{Child: 1, What: h, Cum: cum}
	}
	replace := func(n uint32, q market.Qty) event.Body {
		return &event.ReplaceChild{CancelChild: event.CancelChild{Child: 1, Request: n, Qty: q}}
	}
	for _, tc := range []struct {
		name  string
		after []event.Body
		want  market.Qty
	}{
		{"sent", nil, 600},
		{"sent, seen again in the journal", []event.Body{send(1, 600)}, 600},
		{"accepted", []event.Body{&event.ChildAccepted{Child: 1}}, 600},
		{"a fill changes nothing while the rest may fill", []event.Body{fill("a", 200, 200)}, 600},
		{"canceled", []event.Body{fill("a", 200, 200), done(order.WasCanceled, 200)}, 200},
		{"expired", []event.Body{done(order.WasExpired, 0)}, 0},
		{"done for day may fill tomorrow", []event.Body{done(order.WasDoneForDay, 0)}, 600},
		{"stopped is guaranteed", []event.Body{done(order.WasStopped, 0)}, 600},
		{"rejected", []event.Body{&event.ChildRejected{Child: 1}}, 0},
		{"denied", []event.Body{&event.ChildDenied{Child: 1}}, 0},
		{"canceled with fills still under way", []event.Body{done(order.WasCanceled, 300)}, 300},
		{"and then they come", []event.Body{done(order.WasCanceled, 300), fill("a", 200, 200), fill("b", 100, 300)}, 300},
		{"a fill after the end (RACE-02)", []event.Body{done(order.WasCanceled, 0), fill("a", 200, 0)}, 200},
		{"a fill sent twice", []event.Body{fill("a", 200, 200), fill("a", 200, 200), done(order.WasCanceled, 200)}, 200},
		{"fills without ids are all counted", []event.Body{fill("", 100, 0), fill("", 100, 0), done(order.WasCanceled, 0)}, 200},
		{"a fill of nothing", []event.Body{fill("a", 0, 0), fill("b", -5, 0), done(order.WasCanceled, 0)}, 0},
		{"filled beyond its quantity", []event.Body{fill("a", 700, 700)}, 700},
		{"busted", []event.Body{fill("a", 200, 200), done(order.WasCanceled, 200), &event.ExecutionBusted{Child: 1, ExecID: "x", RefExecID: "a"}}, 0},
		{"busted twice", []event.Body{fill("a", 200, 200), fill("b", 50, 250), done(order.WasCanceled, 250), &event.ExecutionBusted{Child: 1, ExecID: "x", RefExecID: "a"}, &event.ExecutionBusted{Child: 1, ExecID: "x", RefExecID: "a"}}, 50},
		{"busted before it came", []event.Body{&event.ExecutionBusted{Child: 1, ExecID: "x", RefExecID: "a"}, fill("a", 200, 0), done(order.WasCanceled, 0)}, 0},
		{"corrected up", []event.Body{fill("a", 200, 200), done(order.WasCanceled, 200), &event.ExecutionCorrected{Child: 1, ExecID: "x", RefExecID: "a", Qty: 250}}, 250},
		{"corrected, then by the new id", []event.Body{fill("a", 200, 200), done(order.WasCanceled, 200), &event.ExecutionCorrected{Child: 1, ExecID: "x", RefExecID: "a", Qty: 250}, &event.ExecutionBusted{Child: 1, ExecID: "y", RefExecID: "x"}}, 0},
		{"replace up under way (RACE-04)", []event.Body{replace(1, 900)}, 900},
		{"replace down under way", []event.Body{replace(1, 300)}, 600},
		{"replaced", []event.Body{replace(1, 300), &event.ChildReplaced{Child: 1, Request: 1, Qty: 300}}, 300},
		{"replace refused", []event.Body{replace(1, 900), &event.CancelRejected{Child: 1, Request: 1}}, 600},
		{"replace denied", []event.Body{replace(1, 900), &event.ChildDenied{Child: 1, Request: 1}}, 600},
		{"another request refused", []event.Body{replace(1, 900), &event.CancelRejected{Child: 1, Request: 2}}, 900},
		{"two replaces, the second refused", []event.Body{replace(1, 900), replace(2, 300), &event.CancelRejected{Child: 1, Request: 2}}, 900},
		{"two replaces, the second in force", []event.Body{replace(1, 900), replace(2, 300), &event.ChildReplaced{Child: 1, Request: 2, Qty: 300}}, 300},
		{"restated", []event.Body{&event.ChildReplaced{Child: 1, Qty: 500}}, 500},
		{"restated while a replace is under way", []event.Body{replace(1, 900), &event.ChildReplaced{Child: 1, Qty: 500}}, 900},
		{"status says canceled", []event.Body{&event.ChildStatus{Child: 1, Status: '4', Cum: 100}}, 100},
		{"status says working", []event.Body{&event.ChildStatus{Child: 1, Status: '0'}}, 600},
		{"unknown once is not gone (REC-04)", []event.Body{&event.ChildStatus{Child: 1, Unknown: true}}, 600},
		{"unknown twice", []event.Body{&event.ChildStatus{Child: 1, Unknown: true}, &event.ChildStatus{Child: 1, Unknown: true}}, 0},
		{"unknown, known and unknown again is not twice", []event.Body{&event.ChildStatus{Child: 1, Unknown: true}, &event.ChildStatus{Child: 1, Status: '0', Leaves: 600}, &event.ChildStatus{Child: 1, Unknown: true}}, 600},
		{"a part fills of what was unknown twice", []event.Body{&event.ChildStatus{Child: 1, Unknown: true}, &event.ChildStatus{Child: 1, Unknown: true}, &event.ChildExecuted{Child: 1, ExecID: "1", Qty: 100, Cum: 100, Leaves: 500}}, 600},
		{"a part fills late of what was unknown twice and then canceled (RACE-02)", []event.Body{&event.ChildStatus{Child: 1, Unknown: true}, &event.ChildStatus{Child: 1, Unknown: true}, done(order.WasCanceled, 0), &event.ChildExecuted{Child: 1, ExecID: "1", Qty: 100, Cum: 100, Leaves: 500}}, 100},
		{"a part fills late of what was canceled and then unknown twice (RACE-02)", []event.Body{done(order.WasCanceled, 0), &event.ChildStatus{Child: 1, Unknown: true}, &event.ChildStatus{Child: 1, Unknown: true}, &event.ChildExecuted{Child: 1, ExecID: "1", Qty: 100, Cum: 100, Leaves: 500}}, 100},
		{"venue down frees nothing (RACE-10)", []event.Body{&event.VenueDown{Venue: 0}}, 600},
		{"recovered, not sent (CRASH-04)", []event.Body{&event.Recovered{NotSent: event.PackChildren([]order.ChildID{1, 9})}}, 0},
		{"recovered, in doubt", []event.Body{&event.Recovered{}}, 600},
		{"reports of strangers", []event.Body{&event.ChildExecuted{Child: 77, Qty: 5}, &event.ChildRejected{Child: 77}}, 600},
	} {
		g := lastGate()
		expect(t, tc.name, g.Check(send(1, 600)), "")
		for _, b := range tc.after {
			g.Observe(b)
		}
		if got, asked := g.Taken(1); got != tc.want || asked != 1_000 {
			t.Errorf("%s: taken %d of %d, want %d of 1000", tc.name, got, asked, tc.want)
		}
	}
}

// TestLastGateTerms: what counts is what the client sent, not what the engine says of it.
func TestLastGateTerms(t *testing.T) {
	g := lastGate()
	big := *terms(qty(9_000))
	g.Observe(&event.RecordParent{Parent: order.Parent{ID: 1, Client: "C", Terms: big, State: order.New}})
	g.Observe(&event.ReportParent{Parent: 1, Client: "C", ClOrdID: "1", ExecType: '0', Terms: big})
	g.Observe(&event.ReportParent{Parent: 1, Client: "C", ClOrdID: "1", ExecType: '5', Terms: big})
	if _, asked := g.Taken(1); asked != 1_000 {
		t.Fatalf("the engine talked the gate into %d shares", asked)
	}
	up := &event.ParentReplaceRequested{Client: "C", ClOrdID: "2", OrigClOrdID: "1", Terms: *terms(qty(1_500))}
	g.Observe(up)
	g.Observe(&event.ReportParent{Parent: 1, Client: "C", ClOrdID: "2", OrigClOrdID: "1", ExecType: 'E'})
	if _, asked := g.Taken(1); asked != 1_000 {
		t.Fatalf("a pending replace is in force: %d", asked)
	}
	g.Observe(&event.ReportParent{Parent: 1, Client: "C", ClOrdID: "2", OrigClOrdID: "1", ExecType: '5', Terms: big})
	if _, asked := g.Taken(1); asked != 1_500 {
		t.Fatalf("after the replace %d, want what the client asked for, 1500", asked)
	}
	g.Observe(&event.ParentReplaceRequested{Client: "C", ClOrdID: "3", OrigClOrdID: "2", Terms: big})
	g.Observe(&event.RejectRequest{Parent: 1, Client: "C", ClOrdID: "3", Replace: true})
	g.Observe(&event.ReportParent{Parent: 1, Client: "C", ClOrdID: "3", ExecType: '5'})
	if _, asked := g.Taken(1); asked != 1_500 {
		t.Fatalf("a refused replace is in force: %d", asked)
	}
	g.Observe(&event.ParentReceived{Client: "C", ClOrdID: "1", Resend: true, Terms: big}) // a repeat, answered with the status
	g.Observe(&event.ReportParent{Parent: 1, Client: "C", ClOrdID: "1", ExecType: 'I', Resend: true})
	if len(g.asked) != 0 {
		t.Errorf("%d requests are kept though all are answered", len(g.asked))
	}
}

func TestLastGateReplace(t *testing.T) {
	ask := func(q market.Qty, limit market.Price) *event.ReplaceChild {
		return &event.ReplaceChild{CancelChild: event.CancelChild{Child: 1, Request: 1, Symbol: "AMZN", Qty: q}, Limit: limit}
	}
	top := market.Price(100 * market.Dollar)
	for _, tc := range []struct {
		name  string
		r     *event.ReplaceChild
		first []event.Body
		want  string
	}{
		{"room −1", ask(999, top), nil, ""},
		{"room", ask(1_000, top), nil, ""},
		{"room +1", ask(1_001, top), nil, "RISK-01"},
		{"zero", ask(0, top), nil, "RISK-01"},
		{"largest", ask(math.MaxInt64, top), nil, "RISK-01"},
		{"worse limit", ask(600, top+1), nil, "INV-07"},
		{"down under a halt (RISK-22)", ask(500, top), []event.Body{&event.Halted{}}, ""},
		{"up under a halt", ask(700, top), []event.Body{&event.Halted{}}, "KILL-01"},
		{"ended", ask(700, top), []event.Body{&event.ChildRejected{Child: 1}}, "INV-10"},
		{"up when the parent is done", ask(700, top), []event.Body{&event.RecordParent{Parent: order.Parent{ID: 1, State: order.Expired}}}, "RISK-01"},
	} {
		g := lastGate()
		expect(t, tc.name, g.Check(send(1, 600)), "")
		for _, b := range tc.first {
			g.Observe(b)
		}
		expect(t, tc.name, g.CheckReplace(tc.r), tc.want)
	}
	r := ask(1, top)
	r.Child = 9
	expect(t, "unknown child", lastGate().CheckReplace(r), "RISK-01")
}

func TestLastGateForgets(t *testing.T) {
	g := lastGate()
	g.keepDone = 2
	for id := order.ParentID(1); id <= 5; id++ {
		name := fmt.Sprint(id)
		g.Observe(&event.ParentReceived{Client: "C", ClOrdID: name, Terms: *terms()})
		g.Observe(&event.ReportParent{Parent: id, Client: "C", ClOrdID: name, ExecType: '0'})
		s := send(order.ChildID(id), 100)
		s.Child.Parent = id
		expect(t, "child", g.Check(s), "")
		g.Observe(&event.RecordParent{Parent: order.Parent{ID: id, State: order.Filled}})
		g.Observe(&event.RecordParent{Parent: order.Parent{ID: id, State: order.Filled}})
	}
	if len(g.parents) != 2 || len(g.children) != 2 || len(g.done) != 2 {
		t.Errorf("keeps %d parents, %d children, %d done, want 2 of each", len(g.parents), len(g.children), len(g.done))
	}
	late := send(100, 1)
	expect(t, "a forgotten parent gets nothing", g.Check(late), "RISK-01")
}

// An immediate order that was filled whole is over: what a bust takes back of it is at no venue, and free (ER-22).
func TestLastGateBustOfAnImmediateOrder(t *testing.T) {
	for tif, want := range map[order.TIF]market.Qty{order.IOC: 0, order.Day: 600} {
		g := lastGate()
		s := send(1, 600)
		s.Child.TIF = tif
		expect(t, "sent", g.Check(s), "")
		g.Observe(&event.ChildExecuted{Child: 1, ExecID: "a", Qty: 600, Cum: 600})
		g.Observe(&event.ExecutionBusted{Child: 1, ExecID: "x", RefExecID: "a"})
		if taken, _ := g.Taken(1); taken != want {
			t.Errorf("%v: %d taken after the bust, want %d", tif, taken, want)
		}
	}
}

// TestLastGateRepeatedNames: the answer to a request that took a name again is not the answer to the first (FIX-03,
// ER-18), and no name keeps what was asked for under it longer than until its answer.
func TestLastGateRepeatedNames(t *testing.T) {
	g := lastGate()
	more := *terms()
	more.Qty = 1_500
	replace := &event.ParentReplaceRequested{Client: "C", ClOrdID: "2", OrigClOrdID: "1", Terms: more}
	reject := func(replace bool) *event.RejectRequest {
		return &event.RejectRequest{Parent: 1, Client: "C", ClOrdID: "2", OrigClOrdID: "1", Replace: replace, Reason: 6}
	}
	g.Observe(replace)
	g.Observe(&event.ReportParent{Parent: 1, Client: "C", ClOrdID: "2", ExecType: 'E'})
	g.Observe(replace)
	g.Observe(reject(true))
	g.Observe(reject(false)) // of a cancel under that name
	g.Observe(&event.ParentReceived{Client: "C", ClOrdID: "2", Terms: *terms()})
	g.Observe(&event.ReportParent{Client: "C", ClOrdID: "2", ExecType: '8'})
	g.Observe(&event.ReportParent{Parent: 1, Client: "C", ClOrdID: "2", ExecType: '5'})
	if _, asked := g.Taken(1); asked != 1_500 {
		t.Errorf("the replace that is in force asked for 1500, the gate has %d", asked)
	}
	g.Observe(&event.ParentReceived{Client: "C", ClOrdID: "1", Terms: *terms(), Resend: true})
	g.Observe(&event.ReportParent{Parent: 1, Client: "C", ClOrdID: "2", ExecType: 'I', Resend: true})
	if len(g.asked) != 0 {
		t.Errorf("%d names are kept after everything was answered", len(g.asked))
	}
}
