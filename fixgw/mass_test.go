package fixgw

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// later are the versions that have q, r and AF.
var later = []string{FIX44, FIX50SP2}

func TestMassRequestsOfClients(t *testing.T) {
	for _, c := range []struct {
		name, fix string
		want      event.Body
		refused   string // in the answer, where it is refused
	}{
		{"cancel all", "35=q|11=m1|530=7|60=20231114-22:13:20", &event.ParentMassCancelRequested{Client: "EMS", ClOrdID: "m1", Scope: '7'}, ""},
		{"cancel all, the symbol does not count", "35=q|11=m1|530=7|55=IBM", &event.ParentMassCancelRequested{Client: "EMS", ClOrdID: "m1", Scope: '7'}, ""},
		{"cancel a symbol's sells", "35=q|11=m1|530=1|55=IBM|54=2", &event.ParentMassCancelRequested{Client: "EMS", ClOrdID: "m1", Scope: '1', Symbol: "IBM", Side: market.Sell}, ""},
		{"cancel a product", "35=q|11=m1|530=3", nil, "35=r|11=m1|37=NONE|58=tag 530=3: use 1 (orders of a symbol) or 7 (all orders)|530=3|531=0|532=0"},
		{"cancel a symbol without one", "35=q|11=m1|530=1", nil, "35=r|11=m1|37=NONE|58=tag 55 is missing: it is required here|530=1|531=0|532=1"},
		{"status of all", "35=AF|584=s1|585=7", &event.ParentMassStatusRequested{Client: "EMS", ReqID: "s1", Scope: '7'}, ""},
		{"status of a symbol", "35=AF|584=s1|585=1|55=IBM|54=1", &event.ParentMassStatusRequested{Client: "EMS", ReqID: "s1", Scope: '1', Symbol: "IBM", Side: market.Buy}, ""},
		{"status of a party", "35=AF|584=s1|585=8", nil, "tag 585=8"},
		{"status with an id", "35=H|11=a1|54=1|55=IBM|790=q7", &event.ParentStatusRequested{Client: "EMS", ClOrdID: "a1", ReqID: "q7"}, ""},
		{"a trade that it does not know", "35=Q|37=PIR1-7|17=EIR1-14|127=D|55=IBM|54=1|38=300|32=100|31=10.5|58=not ours", &event.TradeQuestioned{Client: "EMS",
			Parent: 7, ExecID: 40, Reason: 'D', Symbol: "IBM", Side: market.Buy, Qty: 100, Px: 10_500_000, Text: "not ours"}, ""},
		{"a trade that nobody knows", "35=Q|37=O9|17=X9|127=Z|55=IBM|54=1|38=300", &event.TradeQuestioned{Client: "EMS", Reason: 'Z', Symbol: "IBM",
			Side: market.Buy, Text: "37=O9 17=X9"}, ""},
		{"a DK for no reason", "35=Q|37=O9|17=X9|55=IBM|54=1", nil, "tag 127 is missing"},
	} {
		for _, v := range later {
			t.Run(version(v)+" "+c.name, func(t *testing.T) {
				body, reply, reject := dialect(v).Decode("EMS", parse(t, v, c.fix))
				if diff := cmp.Diff(c.want, body); diff != "" {
					t.Errorf("want -, got +:\n%s", diff)
				}
				switch {
				case c.refused == "":
				case reply != nil:
					if got := strings.Replace(show(reply), "|1369=NONE", "", 1); got != c.refused {
						t.Errorf("got  %s\nwant %s", got, c.refused)
					}
					fits(t, stockValidator(t, v), v, reply)
				case reject == nil || !strings.Contains(reject.Error(), c.refused) || reject.BusinessRejectRefID() == "":
					t.Errorf("refused by %v, want a j with its reference that says %q", reject, c.refused)
				}
			})
		}
	}
}

// What the engine says of a mass request, and of a status request, fits the stock dictionary and is read back.
func TestMassAnswersToClients(t *testing.T) {
	for _, v := range later {
		stock := stockValidator(t, v)
		done := &event.ReportMassCancel{Client: "EMS", ReportID: 40, ClOrdID: "m1", Scope: '7', Response: '7', Affected: 2,
			Orders: []event.AffectedOrder{{Parent: 7, ClOrdID: "a1"}, {Parent: 8, ClOrdID: "a2"}}, At: at}
		m := dialect(v).MassCanceled(done)
		want := "35=r|11=m1|37=EIR1-14|41=a1|41=a2|530=7|531=7|533=2|534=2|535=PIR1-7|535=PIR1-8"
		if v == FIX50SP2 {
			want += "|1369=EIR1-14"
		}
		if got := show(m); got != want {
			t.Errorf("%s: got  %s\nwant %s", v, got, want)
		}
		fits(t, stock, v, m)
		refused := &event.ReportMassCancel{Client: "EMS", ReportID: 41, ClOrdID: "m2", Scope: '1', Response: event.MassRefused, RejectReason: 1, Symbol: "IBM",
			Side: market.Sell, Text: "no", At: at}
		m = dialect(v).MassCanceled(refused)
		fits(t, stock, v, m)
		if back := readMassCancelReport(onWire(t, v, m)); back != (MassCancelReport{ClOrdID: "m2", Scope: '1', Response: '0', Reason: 1, Text: "no", At: at}) {
			t.Errorf("%s: read back as %+v", v, back)
		}
		r := report('I', '1', func(r *event.ReportParent) {
			r.MassReqID, r.ReqID, r.Total, r.Last, r.DayOrderQty, r.DayCum, r.DayAvgPx = "s1", "q7", 3, true, 300, 50, 10_000_000
		})
		fits(t, stock, v, dialect(v).Report(r))
		back, err := ReadExecutionReport(v, onWire(t, v, dialect(v).Report(r)))
		if err != nil || back.MassReqID != "s1" || back.ReqID != "q7" || back.Total != 3 || !back.Last || back.DayOrderQty != 300 || back.DayCum != 50 || back.DayAvgPx != 10_000_000 {
			t.Errorf("%s: read back as %+v, %v", v, back, err)
		}
	}
	r := report('I', '1', func(r *event.ReportParent) { r.MassReqID, r.ReqID, r.Total, r.DayOrderQty = "s1", "q7", 3, 300 })
	if got := show(dialect(FIX42).Report(r)); strings.Contains(got, "584=") || strings.Contains(got, "790=") || strings.Contains(got, "911=") || !strings.Contains(got, "424=300") {
		t.Errorf("4.2 got %s: it knows 424 and none of the others", got)
	}
}

// q, AF and Q to a venue, and its r, over two sockets (FIX-02, DEF-15).
func TestMassRequestsToVenues(t *testing.T) {
	t.Parallel()
	for _, v := range later {
		t.Run(version(v), func(t *testing.T) {
			t.Parallel()
			x := newVenuePair(t, profile(v))
			x.venues.MassCancel(&event.CancelVenue{Venue: 2, Request: 7, ClOrdID: event.ClOrdID(instance, 0, 7), Scope: event.CancelSymbol, Symbol: "AMZN"})
			q := x.floor.order(t, RequestCancelAll, event.ClOrdID(instance, 0, 7))
			if q.Symbol != "AMZN" || q.Side != 0 {
				t.Errorf("the venue got %+v", q)
			}
			must(t, x.server.MassReport("SIM", &MassCancelReport{ClOrdID: q.ClOrdID, Scope: '1', Response: '1', Affected: 4, At: at}))
			await(t, x.sink, "the r", func(e *event.VenueMassCanceled) bool {
				return e.Venue == 2 && e.Request == 7 && e.Response == '1' && e.Affected == 4 && e.At == at
			})
			x.venues.MassStatus(&event.QueryVenue{Venue: 2, ReqID: "AF1"})
			x.floor.order(t, RequestMassStatus, "AF1")
			x.say(t, ExecutionReport{OrderID: "V1", ClOrdID: event.ClOrdID(instance, 12, 0), ExecID: "0", ExecType: 'I', OrdStatus: '0', Qty: 300, Leaves: 300,
				MassReqID: "AF1", Total: 1, Last: true})
			await(t, x.sink, "the status", func(e *event.ChildStatus) bool { return e.Child == 12 && e.Leaves == 300 && !e.Unknown })
			x.venues.Question(&event.QuestionTrade{Venue: 2, VenueOrderID: "V9", ExecID: "X9", Reason: 'D', Symbol: "AMZN", Side: market.Buy, Qty: 100, Px: 10_000_000})
			if o := x.floor.order(t, RequestQuestion, ""); o.VenueOrderID != "V9" || o.ExecID != "X9" {
				t.Errorf("the venue got %+v", o)
			}
			x.alarms.none(t)
			x.server.Session("SIM").Stop("test")
			await(t, x.sink, "VenueDown", func(e *event.VenueDown) bool { return e.Venue == 2 })
			x.venues.Question(&event.QuestionTrade{Venue: 2, VenueOrderID: "V9", ExecID: "X9", Reason: 'D', Symbol: "AMZN", Side: market.Buy, Qty: 100, Px: 10_000_000})
			await(t, x.sink, "word of the DK that was not sent", alarmOf(AlarmRefused))
		})
	}
}

// TestSweptOrders: the cancel of an order that the venue's mass cancel withdrew does not leave, that of one which it left does
// (KILL-01, DEF-15).
func TestSweptOrders(t *testing.T) {
	t.Parallel()
	x := newVenuePair(t, profile(FIX44))
	for _, id := range []order.ChildID{12, 13} {
		x.venues.Send(child(id))
		x.floor.order(t, RequestOrder, child(id).ClOrdID)
	}
	x.venues.MassCancel(&event.CancelVenue{Venue: 2, Request: 7, ClOrdID: event.ClOrdID(instance, 0, 7), Scope: event.CancelAll})
	gone, left := cancelOf(12, 1), cancelOf(13, 1)
	x.venues.Cancel(gone)
	x.venues.Cancel(left)
	q := x.floor.order(t, RequestCancelAll, event.ClOrdID(instance, 0, 7))
	x.say(t, ExecutionReport{OrderID: "V12", ClOrdID: child(12).ClOrdID, ExecID: "E12", ExecType: '4', OrdStatus: '4', Qty: 300})
	must(t, x.server.MassReport("SIM", &MassCancelReport{ClOrdID: q.ClOrdID, Scope: '7', Response: '7', Affected: 2, At: at}))
	x.floor.order(t, RequestCancel, left.ClOrdID)
	await(t, x.sink, "word of the cancel that did not leave", func(e *event.ChildDenied) bool {
		return e.Child == 12 && e.Request == 1 && e.Reason == errGone.Error()
	})
	await(t, x.sink, "the other's wire mark", func(e *event.ChildSent) bool { return e.Child == 13 && e.Request == 1 })
}

// TestCancelsBehindAMassCancel: those of orders that live leave: of one that may be replaced when the venue reports its old id gone, and
// of one that the venue took up again; at once where the mass cancel was of another symbol, or where nobody will ask again (JRN-05).
func TestCancelsBehindAMassCancel(t *testing.T) {
	t.Parallel()
	all := &event.CancelVenue{Venue: 2, Request: 7, ClOrdID: event.ClOrdID(instance, 0, 7), Scope: event.CancelAll}
	symbol := &event.CancelVenue{Venue: 2, Request: 7, ClOrdID: event.ClOrdID(instance, 0, 7), Scope: event.CancelSymbol, Symbol: "MSFT"}
	gone := ExecutionReport{OrderID: "V12", ClOrdID: child(12).ClOrdID, ExecID: "E12", ExecType: '4', OrdStatus: '4', Qty: 300}
	replace := &event.ReplaceChild{CancelChild: *cancelOf(12, 1), Limit: 10_000_000, Type: order.Limit, TIF: order.Day}
	for _, c := range []struct {
		name    string
		before  func(*testing.T, *venuePair)
		mass    *event.CancelVenue
		after   []ExecutionReport
		request uint32
		soon    bool // it waits for nothing
	}{
		{"a replaced order's old id is gone", func(t *testing.T, x *venuePair) {
			x.venues.Replace(replace)
			x.floor.order(t, RequestReplace, replace.ClOrdID)
		}, all, []ExecutionReport{gone}, 2, false},
		{"taken up again", nil, all, []ExecutionReport{gone, {OrderID: "V12", ClOrdID: child(12).ClOrdID, ExecID: "E13", ExecType: 'D', OrdStatus: '0', Qty: 300,
			Leaves: 300, Limit: 10_000_000, Type: order.Limit}}, 1, false},
		{"another symbol", nil, symbol, nil, 1, true},
		{"the kill path", nil, all, nil, event.KillRequest + 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			x := newVenuePair(t, profile(FIX44))
			x.venues.Send(child(12))
			x.floor.order(t, RequestOrder, child(12).ClOrdID)
			if c.before != nil {
				c.before(t, x)
			}
			x.venues.MassCancel(c.mass)
			q := x.floor.order(t, RequestCancelAll, c.mass.ClOrdID)
			for _, r := range c.after {
				x.say(t, r)
			}
			must(t, x.server.MassReport("SIM", &MassCancelReport{ClOrdID: q.ClOrdID, Scope: '7', Response: '7', Affected: 1, At: at}))
			await(t, x.sink, "the r", func(e *event.VenueMassCanceled) bool { return e.Request == 7 })
			x.venues.Cancel(cancelOf(12, c.request))
			if c.soon && x.venues.Session(2).Sweeping() {
				t.Error("it waits for the mass cancel")
			}
			x.floor.order(t, RequestCancel, cancelOf(12, c.request).ClOrdID)
		})
	}
}

// q, AF and Q of a client, and the answers, over two sockets.
func TestMassRequestsOverSockets(t *testing.T) {
	t.Parallel()
	for _, v := range later {
		t.Run(version(v), func(t *testing.T) {
			t.Parallel()
			p := newClientPair(t, v, true)
			id, err := p.ems.CancelAll("AMZN")
			must(t, err)
			await(t, p.sink, "the q", func(e *event.ParentMassCancelRequested) bool {
				return e.ClOrdID == id && e.Scope == '1' && e.Symbol == "AMZN"
			})
			must(t, p.clients.MassCanceled(p.seq.Add(1), &event.ReportMassCancel{Client: p.name, ReportID: 1, ClOrdID: id, Scope: '1', Response: '1', Affected: 3, At: at}))
			eventually(t, "the r", p.desk.has(func(d *desk) bool {
				return len(d.masses) == 1 && d.masses[0].ClOrdID == id && d.masses[0].Affected == 3
			}))
			asked, err := p.ems.StatusAll("")
			must(t, err)
			await(t, p.sink, "the AF", func(e *event.ParentMassStatusRequested) bool { return e.ReqID == asked && e.Scope == '7' })
			must(t, p.ems.DontKnow(&ExecutionReport{OrderID: event.OrderID(instance, 7), ExecID: event.ExecID(instance, 9), Symbol: "AMZN", Side: market.Buy,
				LastQty: 100, LastPx: 10_000_000}, 'B', "wrong side"))
			await(t, p.sink, "the Q", func(e *event.TradeQuestioned) bool {
				return e.Parent == 7 && e.ExecID == 9 && e.Reason == 'B' && e.Text == "wrong side"
			})
			p.alarms.none(t)
		})
	}
}
