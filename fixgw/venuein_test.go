package fixgw

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// own writes our ClOrdIDs: {} is the order of child 12, {n} its n-th request.
func own(text string) string {
	return strings.NewReplacer("{}", event.ClOrdID(instance, 12, 0), "{1}", event.ClOrdID(instance, 12, 1),
		"{2}", event.ClOrdID(instance, 12, 2)).Replace(text)
}

func byOrderID(id string) (order.ChildID, bool) { return 12, id == "V77" }

// reportOf fills in what every report of the tables has. state is 39, 150, and 20 in 4.2.
func reportOf(state string) string {
	return own("35=8|37=V77|17=X9|55=AMZN|54=1|38=300|14=100|151=200|6=10.005|60=20231114-22:13:20.123|" + state)
}

const fillTags = "|32=100|31=10.0049|30=XNAS|851=1|75=20231114"

func executed(change func(*event.ChildExecuted)) *event.ChildExecuted {
	e := &event.ChildExecuted{Child: 12, ExecID: "X9", VenueOrderID: "V77", Qty: 100, Px: 10_004_900, Cum: 100, Leaves: 200,
		Liquidity: market.Added, LastMkt: "XNAS", TradeDate: 20231114, At: at, Status: '1'}
	if change != nil {
		change(e)
	}
	return e
}

func done(what order.Happening, change func(*event.ChildDone)) *event.ChildDone {
	e := &event.ChildDone{Child: 12, What: what, Cum: 100, Leaves: 200, At: at}
	if what == order.WasCanceled || what == order.WasExpired {
		e.Leaves = 0
	}
	if change != nil {
		change(e)
	}
	return e
}

// VER-01: what a venue says, by version and ExecType.
func TestVenueReportsByVersionAndExecType(t *testing.T) {
	accepted := &event.ChildAccepted{Child: 12, VenueOrderID: "V77", At: at}
	status := &event.ChildStatus{Child: 12, Status: '1', Cum: 100, Leaves: 200, AvgPx: 10_005_000, VenueOrderID: "V77", At: at, Qty: 300}
	bust := &event.ExecutionBusted{Child: 12, ExecID: "X9", RefExecID: "X8", At: at}
	correct := &event.ExecutionCorrected{Child: 12, ExecID: "X9", RefExecID: "X8", Qty: 100, Px: 10_004_900, At: at}
	replaced := func(request uint32, reason uint16) *event.ChildReplaced {
		return &event.ChildReplaced{Child: 12, Request: request, Qty: 300, Limit: 10_010_000, Cum: 100, Leaves: 200, At: at, VenueOrderID: "V77", Reason: reason}
	}
	for _, c := range []struct {
		name       string
		fix42, fix string // 39, 150 and the rest; fix42 with 20
		want       event.Body
	}{
		{"new", "20=0|150=0|39=0|11={}", "150=0|39=0|11={}", accepted},
		{"new, id echoed by 37 only (ER-04)", "20=0|150=0|39=0", "150=0|39=0", accepted},
		{"pending new", "20=0|150=A|39=A|11={}", "150=A|39=A|11={}", &event.ChildAccepted{Child: 12, VenueOrderID: "V77", Pending: true, At: at}},
		{"partial fill", "20=0|150=1|39=1|11={}" + fillTags, "150=F|39=1|11={}" + fillTags, executed(nil)},
		{"fill, status before (ER-15)", "20=0|150=2|39=2|11={}" + fillTags, "150=F|39=2|11={}" + fillTags, executed(func(e *event.ChildExecuted) { e.Status = '2' })},
		{"fill under the old id while a replace is pending", "20=0|150=1|39=E|11={}|41={1}" + fillTags, "150=F|39=E|11={}|41={1}" + fillTags, executed(func(e *event.ChildExecuted) { e.Status = 'E' })},
		{"canceled on request", "20=0|150=4|39=4|11={2}|41={}", "150=4|39=4|11={2}|41={}", done(order.WasCanceled, func(e *event.ChildDone) { e.Request = 2 })},
		{"canceled on request, no 41", "20=0|150=4|39=4|11={2}", "150=4|39=4|11={2}", done(order.WasCanceled, func(e *event.ChildDone) { e.Request = 2 })},
		{"canceled unasked (ER-09)", "20=0|150=4|39=4|11={}|378=4|58=halt", "150=4|39=4|11={}|378=4|58=halt", done(order.WasCanceled, func(e *event.ChildDone) { e.Reason, e.Text = 4, "halt" })},
		{"IOC remainder canceled (ER-08)", "20=0|150=4|39=4|11={}|151=0", "150=4|39=4|11={}|151=0", done(order.WasCanceled, nil)},
		{"IOC remainder expired (ER-08)", "20=0|150=C|39=C|11={}", "150=C|39=C|11={}", done(order.WasExpired, nil)},
		{"done for day", "20=0|150=3|39=3|11={}", "150=3|39=3|11={}", done(order.WasDoneForDay, nil)},
		{"calculated (ER-11)", "20=0|150=B|39=B|11={}", "150=B|39=B|11={}", done(order.WasDoneForDay, nil)},
		{"stopped", "20=0|150=7|39=7|11={}", "150=7|39=7|11={}", done(order.WasStopped, nil)},
		{"suspended", "20=0|150=9|39=9|11={}", "150=9|39=9|11={}", done(order.WasSuspended, nil)},
		{"rejected", "20=0|150=8|39=8|11={}|103=1|58=who", "150=8|39=8|11={}|103=1|58=who", &event.ChildRejected{Child: 12, Reason: 1, Text: "who", At: at}},
		{"replaced", "20=0|150=5|39=1|11={1}|41={}|44=10.01", "150=5|39=1|11={1}|41={}|44=10.01", replaced(1, 0)},
		{"restated (ER-10)", "20=0|150=D|39=1|11={1}|44=10.01|378=3", "150=D|39=1|11={1}|44=10.01|378=3", replaced(0, 3)},
		{"pending cancel", "20=0|150=6|39=6|11={1}|41={}", "150=6|39=6|11={1}|41={}", nil},
		{"pending replace", "20=0|150=E|39=E|11={1}|41={}", "150=E|39=E|11={1}|41={}", nil},
		{"status", "20=3|150=1|39=1|11={}", "150=I|39=1|11={}", status},
		{"status carries no fill, whatever 32 says (DEF-02)", "20=3|150=1|39=1|11={}" + fillTags, "150=I|39=1|11={}" + fillTags, status},
		{"bust", "20=1|150=2|39=1|11={}|19=X8" + fillTags, "150=H|39=1|11={}|19=X8" + fillTags, bust},
		{"correction", "20=2|150=2|39=1|11={}|19=X8" + fillTags, "150=G|39=1|11={}|19=X8" + fillTags, correct},
		{"acknowledgement with a price is no fill (DEF-02)", "20=0|150=0|39=0|11={}" + fillTags, "150=0|39=0|11={}" + fillTags, accepted},
	} {
		for _, v := range versions {
			t.Run(version(v)+" "+c.name, func(t *testing.T) {
				text := c.fix
				if v == FIX42 {
					text = c.fix42
				}
				got, err := profile(v).Decode(parse(t, v, reportOf(own(text))), byOrderID)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("want -, got +:\n%s", diff)
				}
			})
		}
	}
}

// What acceptors that are not ours do.
func TestVenueQuirks(t *testing.T) {
	for _, c := range []struct {
		name, version, fix string
		want               event.Body
	}{
		{"150=F in 4.2", FIX42, "35=8|37=V77|17=X9|20=0|150=F|39=1|11={}|38=300|14=100|151=200|32=100|31=10", &event.ChildExecuted{
			Child: 12, ExecID: "X9", VenueOrderID: "V77", Qty: 100, Px: 10_000_000, Cum: 100, Leaves: 200, Status: '1'}},
		{"no 20 in 4.2", FIX42, "35=8|37=V77|17=X9|150=1|39=1|11={}|14=100|151=200|32=100|31=10", &event.ChildExecuted{
			Child: 12, ExecID: "X9", VenueOrderID: "V77", Qty: 100, Px: 10_000_000, Cum: 100, Leaves: 200, Status: '1'}},
		{"no 151", FIX44, "35=8|37=V77|17=X9|150=F|39=1|11={}|38=300|14=100|32=100|31=10", &event.ChildExecuted{
			Child: 12, ExecID: "X9", VenueOrderID: "V77", Qty: 100, Px: 10_000_000, Cum: 100, Leaves: 200, Status: '1'}},
		{"no 14", FIX44, "35=8|37=V77|17=X9|150=F|39=1|11={}|38=300|151=200|32=100|31=10", &event.ChildExecuted{
			Child: 12, ExecID: "X9", VenueOrderID: "V77", Qty: 100, Px: 10_000_000, Cum: 100, Leaves: 200, Status: '1'}},
		{"neither 14 nor 151", FIX44, "35=8|37=V77|17=X9|150=F|39=1|11={}|32=100|31=10", &event.ChildExecuted{
			Child: 12, ExecID: "X9", VenueOrderID: "V77", Qty: 100, Px: 10_000_000, Status: '1'}},
		{"AvgPx 0.00 and one with ten decimals", FIX44, "35=8|37=V77|17=0|150=I|39=1|11={}|14=3|151=0|6=10.0033333333", &event.ChildStatus{
			Child: 12, Status: '1', Cum: 3, AvgPx: 10_003_333, VenueOrderID: "V77"}},
		{"rejected status request of an unknown order, as an 8", FIX44, "35=8|37=NONE|17=0|150=8|39=8|103=5|11={}|14=0|151=0", &event.ChildStatus{
			Child: 12, Unknown: true, Status: '8'}},
		{"the same as a status", FIX42, "35=8|37=NONE|17=0|20=3|150=8|39=8|103=5|11={}|14=0|151=0", &event.ChildStatus{
			Child: 12, Unknown: true, Status: '8'}},
		{"only 41 is ours", FIX44, "35=8|37=Q|17=0|150=3|39=3|11=theirs|41={1}|14=0|151=0", &event.ChildDone{Child: 12, What: order.WasDoneForDay}},
		{"11 of another journal, 37 known", FIX44, "35=8|37=V77|17=0|150=3|39=3|11=1-C|14=0|151=0", &event.ChildDone{Child: 12, What: order.WasDoneForDay}},
		{"replaced without a quantity", FIX44, "35=8|37=V77|17=1|150=5|39=0|11={1}|14=1|151=4", &event.ChildReplaced{Child: 12, Request: 1, Qty: 5, Cum: 1, Leaves: 4, VenueOrderID: "V77"}},
		{"a status that says which request and which terms hold", FIX44, "35=8|37=V77|17=0|150=I|39=1|11={2}|38=300|44=10.01|14=100|151=200", &event.ChildStatus{
			Child: 12, Status: '1', Cum: 100, Leaves: 200, VenueOrderID: "V77", Request: 2, Qty: 300, Limit: 10_010_000}},
		{"our own liquidity words", FIX42, "35=8|37=V77|17=X9|20=0|150=1|39=1|11={}|14=1|151=0|32=1|31=10|7011=removed midpoint|851=1", &event.ChildExecuted{
			Child: 12, ExecID: "X9", VenueOrderID: "V77", Qty: 1, Px: 10_000_000, Cum: 1, Liquidity: market.RemovedMid, Status: '1'}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := profile(c.version).Decode(parse(t, c.version, own(c.fix)), byOrderID)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

func TestVenueCancelRejects(t *testing.T) {
	for _, v := range versions {
		for _, c := range []struct {
			fix  string
			want *event.CancelRejected
		}{
			{"35=9|11={1}|41={}|37=V77|39=2|434=1|102=0|58=late", &event.CancelRejected{Child: 12, Request: 1, Status: '2', Text: "late"}},
			{"35=9|11={2}|41={1}|37=NONE|39=8|434=2|102=1", &event.CancelRejected{Child: 12, Request: 2, Status: '8', Reason: 1, Unknown: true}},
			{"35=9|11={1}|37=V77|434=1", &event.CancelRejected{Child: 12, Request: 1}},
		} {
			got, err := profile(v).Decode(parse(t, v, own(c.fix)), byOrderID)
			if diff := cmp.Diff(event.Body(c.want), got); diff != "" || err != nil {
				t.Errorf("%s %s: %v: want -, got +:\n%s", v, c.fix, err, diff)
			}
		}
	}
}

// VEN-02, ER-16: what is not known becomes an error, never something that looks like it.
func TestVenueReportsThatArePutAside(t *testing.T) {
	for _, c := range []struct {
		name, version, fix string
		want               error
		text               string
	}{
		{"unknown ExecType", FIX44, "35=8|37=V77|17=1|150=Z|39=0|11={}", ErrUnreadable, "150=Z"},
		{"150=1 in 4.4", FIX44, "35=8|37=V77|17=1|150=1|39=1|11={}|32=1|31=1", ErrUnreadable, "150=1"},
		{"unknown OrdStatus", FIX44, "35=8|37=V77|17=1|150=0|39=Z|11={}", ErrUnreadable, "39=Z"},
		{"no OrdStatus", FIX44, "35=8|37=V77|17=1|150=0|11={}", ErrUnreadable, "tag 39 is missing"},
		{"unknown ExecTransType", FIX42, "35=8|37=V77|17=1|20=7|150=1|39=1|11={}", ErrUnreadable, "20=7"},
		{"trade without a quantity", FIX44, "35=8|37=V77|17=1|150=F|39=1|11={}|31=10", ErrUnreadable, "tag 32 is missing"},
		{"trade at no price", FIX44, "35=8|37=V77|17=1|150=F|39=1|11={}|32=1|31=0", ErrUnreadable, "31=0"},
		{"trade without an id", FIX44, "35=8|37=V77|150=F|39=1|11={}|32=1|31=1", ErrUnreadable, "tag 17 is missing"},
		{"bust of nothing", FIX44, "35=8|37=V77|17=1|150=H|39=1|11={}", ErrUnreadable, "tag 19 is missing"},
		{"cancel reject of nothing", FIX44, "35=9|11=Q|39=8", ErrOrphan, `11="Q"`},
		{"not a report", FIX44, "35=B|148=hello", ErrUnreadable, "35=B"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := profile(c.version).Decode(parse(t, c.version, own(c.fix)), byOrderID)
			if got != nil || !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("got %v, %v: want %v with %q", got, err, c.want, c.text)
			}
		})
	}
}

// ER-16, RACE-11: a report of an order that is not ours, or of another journal's, is kept with all that it says.
func TestOrphans(t *testing.T) {
	for _, c := range []struct {
		name, fix string
		want      event.Body
	}{
		{"a fill", "35=8|37=Q|17=1|150=F|39=1|11=XYZ|55=IBM|54=2|38=300|14=100|151=200|32=100|31=10|58=who", &event.ReportOrphaned{Venue: 2, ClOrdID: "XYZ",
			VenueOrderID: "Q", ExecID: "1", ExecType: 'F', Status: '1', Symbol: "IBM", Side: market.Sell, Qty: 100, Px: 10_000_000, Cum: 100, Leaves: 200, Text: "who"}},
		{"an order of another journal", "35=8|37=Q|17=1|150=0|39=0|11=1-C|55=IBM|54=1|38=300|44=9|14=0|151=300", &event.ReportOrphaned{Venue: 2, ClOrdID: "1-C",
			VenueOrderID: "Q", ExecID: "1", ExecType: '0', Status: '0', Symbol: "IBM", Side: market.Buy, Qty: 300, Px: 9_000_000, Leaves: 300}},
		{"no orders, as the answer to an AF", "35=8|37=NONE|17=0|150=I|39=8|584=M1|911=0|912=Y|55=[N/A]|54=7|14=0|151=0", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := profile(FIX44).Decode(parse(t, FIX44, c.fix), byOrderID)
			if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
				t.Errorf("%v: want -, got +:\n%s", err, diff)
			}
		})
	}
}

// TestVenuesWords: what a venue says in Text (58) reaches people's terminals and pages, and clients: as words, and not for ever.
func TestVenuesWords(t *testing.T) {
	for _, c := range []struct{ said, want string }{
		{"too late", "too late"},
		{"\x1b[2J\x1b]0;pwned\x07gone", " [2J ]0;pwned gone"},
		{"\u202egnp.exe", " gnp.exe"},
		{"caf\xe9", "caf\ufffd"},
		{strings.Repeat("x", 60_000), strings.Repeat("x", valueMax)},
	} {
		m := parse(t, FIX44, "35=9|11=a|41=b|37=o|39=0|434=1|102=0|58="+c.said)
		if got := bodyOf(m).text(tagText); got != c.want {
			t.Errorf("%.40q reads as %.60q, want %.60q", c.said, got, c.want)
		}
	}
}
