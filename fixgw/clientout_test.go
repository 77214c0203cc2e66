package fixgw

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/datadictionary"

	"github.com/sluice-sor/sluice/fixgw/dictionary"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

func report(execType, status byte, change func(*event.ReportParent)) *event.ReportParent {
	r := &event.ReportParent{Parent: 7, Client: "EMS", ExecID: 40, ClOrdID: "a1", ExecType: execType, OrdStatus: status,
		Terms: plainTerms(), Cum: 100, Leaves: 200, AvgPx: 10_000_000, At: at}
	if change != nil {
		change(r)
	}
	return r
}

// VER-01: every ExecType in every version, as the fields that differ from the common ones.
func TestReportsByVersionAndExecType(t *testing.T) {
	fill := func(r *event.ReportParent) {
		r.LastQty, r.LastPx, r.LastMkt, r.Liquidity, r.Fee = 100, 9_995_000, "XNAS", market.RemovedMid, 3_000
	}
	whole := func(r *event.ReportParent) { fill(r); r.Cum, r.Leaves = 300, 0 }
	ref := func(r *event.ReportParent) { r.RefExecID = 39 }
	const trade42 = "|12=0.003|13=3|29=1|30=XNAS|31=9.995|32=100"
	const trade44 = "|29=1|30=XNAS|31=9.995|32=100|136=1|137=0.003|138=USD|139=4|851=2"
	for _, c := range []struct {
		name           string
		r              *event.ReportParent
		want42, want44 string
	}{
		{"new", report('0', '0', nil), "20=0|39=0|150=0", "39=0|150=0"},
		{"partial fill", report('F', '1', fill), "20=0|39=1|150=1" + trade42, "39=1|150=F" + trade44},
		{"last fill", report('F', '2', whole), "20=0|39=2|150=2" + trade42, "39=2|150=F" + trade44},
		{"last fill while a cancel is pending (ER-03)", report('F', '6', whole), "20=0|39=6|150=2" + trade42, "39=6|150=F" + trade44},
		{"done for day", report('3', '3', nil), "20=0|39=3|150=3", "39=3|150=3"},
		{"canceled", report('4', '4', func(r *event.ReportParent) { r.OrigClOrdID = "a0" }), "20=0|39=4|41=a0|150=4", "39=4|41=a0|150=4"},
		{"replaced", report('5', '1', func(r *event.ReportParent) { r.OrigClOrdID = "a0" }), "20=0|39=1|41=a0|150=5", "39=1|41=a0|150=5"},
		{"pending cancel", report('6', '6', nil), "20=0|39=6|150=6", "39=6|150=6"},
		{"stopped", report('7', '7', nil), "20=0|39=7|150=7", "39=7|150=7"},
		{"rejected", report('8', '8', func(r *event.ReportParent) { r.Reason, r.Text = 6, "duplicate" }), "20=0|39=8|58=duplicate|103=6|150=8", "39=8|58=duplicate|103=6|150=8"},
		{"rejected for a reason that 4.2 does not have", report('8', '8', func(r *event.ReportParent) { r.Reason = 99 }), "20=0|39=8|103=0|150=8", "39=8|103=99|150=8"},
		{"suspended", report('9', '9', nil), "20=0|39=9|150=9", "39=9|150=9"},
		{"pending new", report('A', 'A', nil), "20=0|39=A|150=A", "39=A|150=A"},
		{"expired", report('C', 'C', nil), "20=0|39=C|150=C", "39=C|150=C"},
		{"restated", report('D', '1', nil), "20=0|39=1|150=D|378=0", "39=1|150=D|378=0"},
		{"restated for a reason that 4.2 does not have", report('D', '1', func(r *event.ReportParent) { r.RestatementReason = 8 }),
			"20=0|39=1|150=D|378=4", "39=1|150=D|378=8"},
		{"renewed for its next day (ER-01)", report('D', '1', func(r *event.ReportParent) {
			r.RestatementReason, r.DayOrderQty, r.DayCum, r.DayAvgPx = 1, 250, 50, 9_990_000
		}),
			"20=0|39=1|150=D|378=1|424=250|425=50|426=9.99", "39=1|150=D|378=1|424=250|425=50|426=9.99"},
		{"canceled by a venue's halt", report('4', '4', func(r *event.ReportParent) { r.RestatementReason = 6 }), "20=0|39=4|150=4", "39=4|150=4|378=6"},
		{"canceled for a reason that none knows", report('4', '4', func(r *event.ReportParent) { r.RestatementReason = 17 }), "20=0|39=4|150=4", "39=4|150=4|378=99"},
		{"pending replace", report('E', 'E', nil), "20=0|39=E|150=E", "39=E|150=E"},
		{"correction", report('G', '1', func(r *event.ReportParent) { fill(r); ref(r) }), "19=EIR1-13|20=2|39=1|150=1" + trade42, "19=EIR1-13|39=1|150=G" + trade44},
		{"bust", report('H', '1', ref), "19=EIR1-13|20=1|39=1|150=1", "19=EIR1-13|39=1|150=H"},
		{"status", report('I', '1', nil), "20=3|39=1|150=1", "39=1|150=I"},
	} {
		for _, v := range versions {
			t.Run(version(v)+" "+c.name, func(t *testing.T) {
				want := c.want42
				if v != FIX42 {
					want = c.want44
				}
				m := onWire(t, v, dialect(v).Report(c.r))
				got := show(m)
				common := "6=10.00|11=a1|14=100|17=EIR1-14|37=PIR1-7|38=300|40=2|44=10.005|54=1|55=AMZN|59=0|151=200"
				if c.r.Leaves == 0 {
					common = strings.NewReplacer("14=100", "14=300", "151=200", "151=0").Replace(common)
				}
				if g, w := fieldSet(got), fieldSet("35=8|"+common+"|"+want); g != w {
					t.Errorf("got  %s\nwant %s", g, w)
				}
				back, err := ReadExecutionReport(v, m)
				if err != nil || back.ExecType != c.r.ExecType || back.OrdStatus != c.r.OrdStatus || back.Fee != c.r.Fee || back.At != at {
					t.Errorf("read back as %+v, %v", back, err)
				}
			})
		}
	}
}

// fieldSet sorts the fields of show by tag.
func fieldSet(s string) string {
	fs := strings.Split(s, "|")
	tag := func(f string) int {
		t, _, _ := strings.Cut(f, "=")
		n, _ := strconv.Atoi(t)
		return n
	}
	slices.SortStableFunc(fs, func(a, b string) int { return tag(a) - tag(b) })
	return strings.Join(fs, "|")
}

func TestReportHidesDarkVenues(t *testing.T) {
	for _, c := range []struct {
		mic  string
		hide bool
		want string
	}{
		{"DRKA", false, "30=DRKA"}, {"DRKA", true, ""}, {"XNAS", true, "30=XNAS"}, {"ELSEWHERE", true, ""},
	} {
		r := report('F', '1', func(r *event.ReportParent) { r.LastQty, r.LastPx, r.LastMkt, r.Terms.HideDark = 1, 1, c.mic, c.hide })
		got := show(dialect(FIX44).Report(r))
		if has := strings.Contains(got, "|30="); has != (c.want != "") || !strings.Contains(got, c.want) {
			t.Errorf("%s hidden %v: got %s, want %q (FIX-12)", c.mic, c.hide, got, c.want)
		}
	}
}

func TestReportEchoesTheStrategy(t *testing.T) {
	r := report('0', '0', func(r *event.ReportParent) {
		r.Terms.Strategy, r.Terms.MaxPctBps, r.Terms.Urgency, r.Resend = order.POV, 1000, order.High, true
	})
	got := onWire(t, FIX44, dialect(FIX44).Report(r))
	if s := show(got); !strings.Contains(s, "97=Y") || !strings.Contains(s, "|847=2|848=urgency=high|849=0.10") {
		t.Errorf("got %s (FIX-09)", s)
	}
	got = onWire(t, FIX50SP2, dialect(FIX50SP2).Report(r))
	if s := show(got); !strings.Contains(s, "|847=2|849=0.10|957=1|958=urgency|959=14|960=high") {
		t.Errorf("got %s (FIX-09)", s)
	}
}

// A client that keeps strictly to its version's own dictionary takes every report: one that it refuses is a fill that it
// has not booked. FIX 4.2 has no tags of strategies, so a strict client there cannot ask for one.
func TestReportsFitTheStockDictionary(t *testing.T) {
	for _, v := range versions {
		check := stockValidator(t, v)
		for s := order.Immediate; s <= order.Block; s++ {
			for _, exec := range []byte("0456ABCDEFGHI8") {
				r := report(exec, '1', func(r *event.ReportParent) {
					r.LastQty, r.LastPx, r.LastMkt, r.Liquidity, r.Fee, r.RefExecID = 100, 10_000_000, "XNAS", market.Removed, 3000, 7
					r.Reason, r.OrigClOrdID, r.Terms.End = 99, "a0", at
					if v != FIX42 {
						r.Terms.Strategy, r.Terms.MaxPctBps, r.Terms.Urgency, r.Terms.Objective, r.Terms.TargetPx = s, 1000, order.High, order.MinImpact, 1e6
					}
				})
				fits(t, check, v, dialect(v).Report(r))
			}
		}
		for _, status := range []byte("0126E") {
			fits(t, check, v, dialect(v).Reject(&event.RejectRequest{Parent: 7, Client: "EMS", ClOrdID: "a2", OrigClOrdID: "a1", OrdStatus: status,
				Reason: 99, Text: "too late", At: at}))
		}
	}
}

func stockValidator(t *testing.T, version string) quickfix.Validator {
	t.Helper()
	b, err := dictionary.Bytes(version)
	must(t, err)
	dict, err := datadictionary.ParseSrc(bytes.NewReader(b))
	must(t, err)
	var transport *datadictionary.DataDictionary
	if version == FIX50SP2 {
		transport, err = datadictionary.ParseSrc(bytes.NewReader(dictionary.Transport()))
		must(t, err)
	}
	return quickfix.NewValidator(quickfix.ValidatorSettings{CheckFieldsOutOfOrder: true, CheckUserDefinedFields: true,
		CheckFieldsHaveValues: true, RejectInvalidMessage: true}, dict, transport)
}

func fits(t *testing.T, check quickfix.Validator, version string, m *quickfix.Message) {
	t.Helper()
	m.Header.SetString(34, "1").SetString(49, "SLUICE").SetString(56, "EMS").SetString(52, "20231114-14:30:00")
	if reject := check.Validate(onWire(t, version, m)); reject != nil {
		t.Errorf("%s: %s: %v, tag %v", version, show(m), reject, reject.RefTagID())
	}
}

func TestValuesBeyondTheDictionaryNeedExtended(t *testing.T) {
	for _, c := range []struct {
		version  string
		extended bool
		l        market.Liquidity
		want     string
	}{
		{FIX42, false, market.Added, ""}, {FIX42, true, market.Added, "851=1"},
		{FIX44, false, market.Auction, ""}, {FIX44, true, market.Auction, "851=4"}, {FIX50SP2, false, market.Auction, "851=4"}, {FIX44, false, market.RoutedOut, "851=3"},
	} {
		d := dialect(c.version)
		d.Extended = c.extended
		got := show(d.Report(report('F', '1', func(r *event.ReportParent) { r.LastQty, r.LastPx, r.Liquidity = 1, 1, c.l })))
		if strings.Contains(got, "851=") != (c.want != "") || !strings.Contains(got, c.want) {
			t.Errorf("%s extended %v: got %s, want %q", c.version, c.extended, got, c.want)
		}
	}
}

func TestRequestRejects(t *testing.T) {
	for _, c := range []struct {
		r              event.RejectRequest
		want42, want44 string
	}{
		{event.RejectRequest{Parent: 7, ClOrdID: "a2", OrigClOrdID: "a1", OrdStatus: '2', Reason: 0, Text: "too late", At: at},
			"35=9|11=a2|37=PIR1-7|39=2|41=a1|58=too late|102=0|434=1", "35=9|11=a2|37=PIR1-7|39=2|41=a1|58=too late|102=0|434=1"},
		{event.RejectRequest{ClOrdID: "a2", Replace: true, Reason: 6, At: at},
			"35=9|11=a2|37=NONE|39=8|41=NONE|102=2|434=2", "35=9|11=a2|37=NONE|39=8|41=NONE|102=6|434=2"},
	} {
		for _, v := range versions {
			want := c.want42
			if v != FIX42 {
				want = c.want44
			}
			m := onWire(t, v, dialect(v).Reject(&c.r))
			if got := show(m); got != want {
				t.Errorf("%s: got %s\nwant %s", v, got, want)
			}
			if back, err := ReadCancelReject(m); err != nil || back.ClOrdID != "a2" || back.Replace != c.r.Replace {
				t.Errorf("read back as %+v, %v", back, err)
			}
		}
	}
}

// A text that carries a SOH must not become a field.
func TestControlCharactersDoNotEndAField(t *testing.T) {
	r := report('8', '8', func(r *event.ReportParent) { r.Text = "bad\x0132=900\nline" })
	if got := show(onWire(t, FIX44, dialect(FIX44).Report(r))); !strings.Contains(got, "58=bad 32=900 line") {
		t.Errorf("got %s", got)
	}
}
