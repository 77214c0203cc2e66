package fixgw

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sluice-sor/sluice/fixgw/session"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// venuePair is Venues with one venue, and the VenueServer behind it, logged on.
type venuePair struct {
	venues *Venues
	server *VenueServer
	sink   *sink
	floor  *floor
	alarms *alarms
	halted atomic.Bool
}

func newVenuePair(t *testing.T, p *Profile) *venuePair {
	t.Helper()
	x := &venuePair{sink: &sink{}, floor: &floor{}, alarms: &alarms{}}
	listens, dials := pair(p.Version)
	var err error
	x.server, err = NewVenueServer(VenueServerConfig{Common: side(t, true, x.alarms), Acceptor: acceptor(), Handler: x.floor,
		Venues: []ServedVenue{{Name: "SIM", Orders: listens}}})
	must(t, err)
	t.Cleanup(x.server.Close)
	must(t, x.server.Start())
	dials.Dial.Address = x.server.Addr().String()
	x.venues, err = NewVenues(VenuesConfig{Common: side(t, false, x.alarms), Sink: x.sink,
		Venues: []VenueConfig{{Session: dials, Profile: *p}}, MayLeave: x.mayLeave})
	must(t, err)
	t.Cleanup(x.venues.Close)
	must(t, x.venues.Start())
	x.up(t)
	return x
}

func (x *venuePair) mayLeave(c order.ChildID, request uint32, v market.VenueID) error {
	if x.halted.Load() {
		return fmt.Errorf("last gate: child %d request %d to venue %d", c, request, v)
	}
	return nil
}

func (x *venuePair) up(t *testing.T) {
	t.Helper()
	await(t, x.sink, "VenueUp", func(e *event.VenueUp) bool { return e.Venue == 2 })
	eventually(t, "the venue sees its router", func() bool { x.floor.mu.Lock(); defer x.floor.mu.Unlock(); return x.floor.up })
}

func child(id order.ChildID) *event.SendChild {
	return &event.SendChild{ClOrdID: event.ClOrdID(instance, id, 0), Account: "ACC", Capacity: 'A', Child: order.Child{
		ID: id, Venue: 2, Symbol: "AMZN", Side: market.Buy, Type: order.Limit, Limit: 10_010_000, Qty: 300, TIF: order.Day, Style: order.StylePost}}
}

func cancelOf(id order.ChildID, request uint32) *event.CancelChild {
	return &event.CancelChild{Child: id, Venue: 2, Request: request, ClOrdID: event.ClOrdID(instance, id, request),
		OrigClOrdID: event.ClOrdID(instance, id, 0), Symbol: "AMZN", Side: market.Buy, Qty: 300}
}

func (x *venuePair) say(t *testing.T, r ExecutionReport) {
	t.Helper()
	r.Symbol, r.Side, r.At = "AMZN", market.Buy, at
	must(t, x.server.Report("SIM", &r))
}

// A child's whole life over two sockets, in every version.
func TestVenuesAndVenueServer(t *testing.T) {
	t.Parallel()
	for _, v := range versions {
		t.Run(version(v), func(t *testing.T) {
			t.Parallel()
			x := newVenuePair(t, profile(v))
			c := child(12)
			x.venues.Send(c)
			o := x.floor.order(t, RequestOrder, c.ClOrdID)
			if want := (VenueOrder{Kind: RequestOrder, ClOrdID: c.ClOrdID, Account: "ACC", Symbol: "AMZN", Side: market.Buy, Qty: 300,
				Type: order.Limit, Limit: 10_010_000, PostOnly: true, Capacity: 'A', At: o.At}); o != want || o.At == 0 {
				t.Errorf("got  %+v\nwant %+v", o, want)
			}
			await(t, x.sink, "the wire mark", func(e *event.ChildSent) bool { return e.Child == 12 && e.Request == 0 })
			x.say(t, ExecutionReport{OrderID: "V1", ClOrdID: c.ClOrdID, ExecID: "1", ExecType: '0', OrdStatus: '0', Qty: 300, Leaves: 300})
			await(t, x.sink, "the ack", func(e *event.ChildAccepted) bool { return e.Child == 12 && e.VenueOrderID == "V1" && e.At == at })

			x.checkReplace(t)
			x.checkCancel(t)
			x.checkStatus(t)
			x.alarms.none(t)
		})
	}
}

// A G repeats the instructions of the D, and a fill under the old id finds its child by 37 alone (ER-04).
func (x *venuePair) checkReplace(t *testing.T) {
	t.Helper()
	r := &event.ReplaceChild{CancelChild: *cancelOf(12, 1), Limit: 10_020_000, Type: order.Limit, TIF: order.Day}
	r.VenueOrderID, r.Qty = "V1", 250
	x.venues.Replace(r)
	o := x.floor.order(t, RequestReplace, r.ClOrdID)
	if !o.PostOnly || o.Qty != 250 || o.Limit != 10_020_000 || o.OrigClOrdID != r.OrigClOrdID || o.VenueOrderID != "V1" || o.Account != "ACC" {
		t.Errorf("got %+v", o)
	}
	x.say(t, ExecutionReport{OrderID: "V1", ExecID: "2", ExecType: 'F', OrdStatus: 'E', Qty: 300, LastQty: 100, LastPx: 10_005_000,
		Cum: 100, Leaves: 200, Liquidity: market.AddedMid})
	await(t, x.sink, "the fill", func(e *event.ChildExecuted) bool {
		return e.Child == 12 && e.Qty == 100 && e.Px == 10_005_000 && e.Liquidity == market.AddedMid && e.Status == 'E'
	})
	x.say(t, ExecutionReport{OrderID: "V1", ClOrdID: r.ClOrdID, OrigClOrdID: r.OrigClOrdID, ExecID: "3", ExecType: '5', OrdStatus: '1',
		Type: order.Limit, Limit: 10_020_000, Qty: 250, Cum: 100, Leaves: 150})
	await(t, x.sink, "the replaced order", func(e *event.ChildReplaced) bool { return e.Child == 12 && e.Request == 1 && e.Qty == 250 })
}

func (x *venuePair) checkCancel(t *testing.T) {
	t.Helper()
	first, second := cancelOf(12, 2), cancelOf(12, 3)
	x.venues.Cancel(first)
	x.floor.order(t, RequestCancel, first.ClOrdID)
	must(t, x.server.Reject("SIM", &CancelReject{OrderID: "V1", ClOrdID: first.ClOrdID, OrigClOrdID: first.OrigClOrdID, OrdStatus: '1', Reason: 3}))
	await(t, x.sink, "the cancel reject", func(e *event.CancelRejected) bool { return e.Child == 12 && e.Request == 2 && e.Reason == 3 })
	x.venues.Cancel(second)
	x.floor.order(t, RequestCancel, second.ClOrdID)
	x.say(t, ExecutionReport{OrderID: "V1", ClOrdID: second.ClOrdID, ExecID: "4", ExecType: '4', OrdStatus: '4', Qty: 250, Cum: 100})
	await(t, x.sink, "the end", func(e *event.ChildDone) bool { return e.Child == 12 && e.Request == 3 && e.What == order.WasCanceled })
}

func (x *venuePair) checkStatus(t *testing.T) {
	t.Helper()
	x.venues.Query(&event.QueryChild{Child: 12, Venue: 2, ClOrdID: event.ClOrdID(instance, 12, 1), VenueOrderID: "V1", Symbol: "AMZN", Side: market.Buy})
	o := x.floor.order(t, RequestStatus, event.ClOrdID(instance, 12, 1))
	x.say(t, ExecutionReport{OrderID: o.VenueOrderID, ClOrdID: o.ClOrdID, ExecID: "0", ExecType: 'I', OrdStatus: '8', Reason: 5})
	await(t, x.sink, "unknown order", func(e *event.ChildStatus) bool { return e.Child == 12 && e.Unknown })
}

// What a simulated venue cannot read becomes an 8 or a 9 without the simulation; what its session refuses becomes a 3.
// Both come back to the child (FIX-02).
func TestRefusalsComeBackToTheChild(t *testing.T) {
	t.Parallel()
	for _, v := range versions {
		t.Run(version(v), func(t *testing.T) {
			t.Parallel()
			x := newVenuePair(t, profile(v))
			bad := child(20)
			bad.Child.TIF = order.GTD // without an expiry
			x.venues.Send(bad)
			await(t, x.sink, "the 8", func(e *event.ChildRejected) bool { return e.Child == 20 && strings.Contains(e.Text, "126") })

			broken := child(21)
			broken.Child.Side = 77 // the dictionary refuses it
			x.venues.Send(broken)
			await(t, x.sink, "the 3", func(e *event.ChildRejected) bool { return e.Child == 21 && strings.Contains(e.Text, "tag 54") })

			c := cancelOf(22, 1)
			c.Side = 77
			x.venues.Cancel(c)
			await(t, x.sink, "the 3 of a cancel", func(e *event.CancelRejected) bool { return e.Child == 22 && e.Request == 1 })

			x.venues.Query(&event.QueryChild{Child: 23, Venue: 2, ClOrdID: "X", Symbol: "AMZN", Side: 77})
			await(t, x.sink, "the alarm of a refused status request", alarmOf(AlarmRefused))
			if e, have := first(x.sink, func(e *event.ChildStatus) bool { return true }); have {
				t.Errorf("a refused status request gave %+v: no answer is never \"not there\" (REC-04)", e)
			}
		})
	}
}

// A j by 379 finds its child after its number is forgotten.
func TestBusinessRejectByReference(t *testing.T) {
	t.Parallel()
	x := newVenuePair(t, profile(FIX44))
	m := parse(t, FIX44, own("35=j|45=9|372=F|379={1}|380=3|58=unsupported version"))
	x.venues.refused(x.venues.Session(2).ID(), session.Reject{Business: true, RefNum: 9, Code: 3, RefID: own("{1}"), Text: "unsupported version", Message: m})
	await(t, x.sink, "the refused cancel", func(e *event.CancelRejected) bool {
		return e.Child == 12 && e.Request == 1 && strings.HasPrefix(e.Text, "unsupported version")
	})
	x.venues.refused(x.venues.Session(2).ID(), session.Reject{RefNum: 9, Message: m})
	await(t, x.sink, "the alarm of a refusal that names no child", alarmOf(AlarmRefused))
}

func alarmOf(kind session.AlarmKind) func(*event.SessionAlarmed) bool {
	return func(e *event.SessionAlarmed) bool { return e.Alarm == string(kind) }
}

// ER-16, VEN-02: orphans and unknown reports are journaled as what they are, and change nothing.
func TestOrphansAndUnknownReportsAreKept(t *testing.T) {
	t.Parallel()
	x := newVenuePair(t, profile(FIX44))
	x.say(t, ExecutionReport{OrderID: "Q", ClOrdID: "not-ours", ExecID: "1", ExecType: 'F', OrdStatus: '2', Qty: 1, LastQty: 1, LastPx: 1, Cum: 1})
	orphan := await(t, x.sink, "the orphan", func(*event.ReportOrphaned) bool { return true })
	want := &event.ReportOrphaned{Venue: 2, ClOrdID: "not-ours", VenueOrderID: "Q", ExecID: "1", ExecType: 'F', Status: '2', Symbol: "AMZN",
		Side: market.Buy, Qty: 1, Px: 1, Cum: 1}
	if *orphan != *want {
		t.Errorf("got  %+v\nwant %+v", orphan, want)
	}
	x.say(t, ExecutionReport{OrderID: "V1", ClOrdID: event.ClOrdID(instance, 1, 0), ExecID: "2", ExecType: 'Z', OrdStatus: '0', Qty: 1})
	kept := await(t, x.sink, "the quarantined report", alarmOf(AlarmUnreadable))
	if kept.Venue != 2 || !strings.Contains(kept.Text, "150=Z") || !strings.Contains(kept.Text, "|37=V1|") {
		t.Errorf("the report is kept as %+v: want the tag to blame and the message as it came", kept)
	}
	x.sink.mu.Lock()
	defer x.sink.mu.Unlock()
	if n := len(x.sink.events); n != 3 { // with VenueUp
		t.Errorf("got %d events: %+v", n, x.sink.events)
	}
}

// PACE-01: while the session is down a command is denied, and nothing waits for the reconnect; reports that the venue
// made meanwhile come afterwards.
func TestVenueDownAndUp(t *testing.T) {
	t.Parallel()
	for _, v := range versions {
		t.Run(version(v), func(t *testing.T) {
			t.Parallel()
			x := newVenuePair(t, profile(v))
			c := child(12)
			x.venues.Send(c)
			x.floor.order(t, RequestOrder, c.ClOrdID)
			x.server.Session("SIM").Stop("test")
			await(t, x.sink, "VenueDown", func(e *event.VenueDown) bool { return e.Venue == 2 })
			x.venues.Send(child(13))
			x.venues.Cancel(cancelOf(12, 1))
			await(t, x.sink, "the denied order", func(e *event.ChildDenied) bool { return e.Child == 13 && e.Request == 0 && e.Reason != "" })
			await(t, x.sink, "the denied cancel", func(e *event.ChildDenied) bool { return e.Child == 12 && e.Request == 1 })
			x.say(t, ExecutionReport{OrderID: "V1", ClOrdID: c.ClOrdID, ExecID: "1", ExecType: 'F', OrdStatus: '2', Qty: 300, LastQty: 300, LastPx: 10_000_000, Cum: 300})
			x.server.Session("SIM").Resume()
			await(t, x.sink, "the fill made while the link was down", func(e *event.ChildExecuted) bool { return e.Child == 12 && e.Qty == 300 })
			eventually(t, "VenueUp again", func() bool {
				x.sink.mu.Lock()
				defer x.sink.mu.Unlock()
				n := 0
				for _, e := range x.sink.events {
					if _, is := e.(*event.VenueUp); is {
						n++
					}
				}
				return n == 2
			})
			x.floor.mu.Lock()
			defer x.floor.mu.Unlock()
			if slices.ContainsFunc(x.floor.orders, func(o VenueOrder) bool { return o.ClOrdID == child(13).ClOrdID }) {
				t.Error("an order waited for the reconnect")
			}
		})
	}
}

// JRN-05: a journal that has failed takes no report, and the connection stays up under the reports that come all the
// same: the cancels of the kill path leave on it.
func TestCancelsLeaveAfterTheJournalFailed(t *testing.T) {
	t.Parallel()
	x := newVenuePair(t, profile(FIX44))
	c := child(12)
	x.venues.Send(c)
	x.floor.order(t, RequestOrder, c.ClOrdID)
	x.sink.mu.Lock()
	x.sink.answer = func(event.Body) error { return fmt.Errorf("sync: %w", journal.ErrFailed) }
	x.sink.mu.Unlock()
	for i := range 5 {
		x.say(t, ExecutionReport{OrderID: "V1", ClOrdID: c.ClOrdID, ExecID: fmt.Sprint(i), ExecType: 'F', OrdStatus: '1', Qty: 300, LastQty: 10, LastPx: 10_000_000, Cum: market.Qty(10 * (i + 1)), Leaves: 300 - market.Qty(10*(i+1))})
	}
	await(t, x.sink, "the last fill", func(e *event.ChildExecuted) bool { return e.ExecID == "4" })
	cancel := cancelOf(12, 1)
	x.venues.Cancel(cancel)
	x.floor.order(t, RequestCancel, cancel.ClOrdID)
	if n := x.venues.Session(2).Stats().Connections; n != 1 {
		t.Errorf("%d connections, want the first", n)
	}
}

func TestCommandsWithoutAVenueAreDenied(t *testing.T) {
	t.Parallel()
	x := newVenuePair(t, profile(FIX44))
	c := child(30)
	c.Child.Venue = 9
	x.venues.Send(c)
	far := cancelOf(31, 1)
	far.Venue = 200
	x.venues.Cancel(far)
	x.venues.Replace(&event.ReplaceChild{CancelChild: *cancelOf(32, 1)}) // never sent here
	for id, request := range map[order.ChildID]uint32{30: 0, 31: 1, 32: 1} {
		await(t, x.sink, fmt.Sprintf("the denial of %d", id), func(e *event.ChildDenied) bool { return e.Child == id && e.Request == request })
	}
	x.venues.Restore(child(32))
	x.venues.Replace(&event.ReplaceChild{CancelChild: *cancelOf(32, 2), Limit: 1_000_000, Type: order.Limit})
	if o := x.floor.order(t, RequestReplace, event.ClOrdID(instance, 32, 2)); !o.PostOnly {
		t.Errorf("got %+v: the restored order was post-only", o)
	}
}

func TestProfilesAreChecked(t *testing.T) {
	listens, dials := pair(FIX44)
	_ = listens
	for _, c := range []struct {
		p    Profile
		want string
	}{
		{Profile{Venue: 64}, "too large"}, {Profile{Pegs: 9}, "peg form 9"}, {Profile{LiquidityTag: -1}, "negative"},
	} {
		_, err := NewVenues(VenuesConfig{Common: side(t, false, &alarms{}), Sink: &sink{}, Venues: []VenueConfig{{Session: dials, Profile: c.p}}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: got %v, want %q", c.p, err, c.want)
		}
	}
	p := Profile{Version: "FIX.5.0"}
	if err := p.Check(); err == nil {
		t.Error("FIX.5.0 was taken")
	}
}

// The kill path numbers its cancels from 2^20 on, plus the journal's starts (JRN-05): they must leave like any other.
func TestKillPathCancelLeaves(t *testing.T) {
	t.Parallel()
	x := newVenuePair(t, profile(FIX44))
	x.venues.Send(child(12))
	x.floor.order(t, RequestOrder, child(12).ClOrdID)
	c := cancelOf(12, 1<<20+7)
	x.venues.Cancel(c)
	if o := x.floor.order(t, RequestCancel, c.ClOrdID); o.OrigClOrdID != c.OrigClOrdID {
		t.Errorf("got 41=%q, want %q", o.OrigClOrdID, c.OrigClOrdID)
	}
	await(t, x.sink, "the wire mark", func(e *event.ChildSent) bool { return e.Child == 12 && e.Request == c.Request })
}

// What was halted while it waited in the session's queue does not leave; cancels do (KILL-01, PACE-05).
func TestHaltedInTheQueue(t *testing.T) {
	t.Parallel()
	x := newVenuePair(t, profile(FIX44))
	x.venues.Send(child(12))
	x.floor.order(t, RequestOrder, child(12).ClOrdID)
	x.halted.Store(true)
	x.venues.Send(child(13))
	await(t, x.sink, "the denied order", func(e *event.ChildDenied) bool {
		return e.Child == 13 && e.Reason == "last gate: child 13 request 0 to venue 2"
	})
	c := cancelOf(12, 1)
	x.venues.Cancel(c)
	x.floor.order(t, RequestCancel, c.ClOrdID)
}

func TestTokens(t *testing.T) {
	for _, want := range []token{{child: 1}, {child: 1<<42 - 1, request: 1<<21 - 1, query: true}, {child: 12, request: 3}} {
		n, err := want.pack()
		if got := unpackToken(n); got != want || err != nil {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
	for _, bad := range []token{{child: 1 << 42}, {child: 1, request: 1 << 21}} {
		if _, err := bad.pack(); err == nil {
			t.Errorf("%+v was packed", bad)
		}
	}
}

// A late fill that carries only 37 finds its child; the oldest ended children are forgotten.
func TestRoutesForgetTheOldest(t *testing.T) {
	r := newRoutes()
	for n := order.ChildID(1); n <= doneMax+5; n++ {
		c := child(n)
		r.add(c)
		r.learn(&event.ChildAccepted{Child: n, VenueOrderID: fmt.Sprint("V", n)})
		r.learn(&event.ChildRejected{Child: n})
	}
	if _, ok := r.byOrderID("V5"); ok || len(r.children) != doneMax {
		t.Errorf("%d children are kept, V5 %v", len(r.children), ok)
	}
	if got, ok := r.byOrderID("V6"); !ok || got != 6 {
		t.Errorf("V6 is %d, %v", got, ok)
	}
	r.learn(&event.ChildAccepted{Child: 7, VenueOrderID: "V6"})
	if got, _ := r.byOrderID("V6"); got != 6 {
		t.Errorf("V6 moved to %d", got)
	}
}
