package fixgw

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-sor/sluice/fixgw/wire"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

const plain = "35=D|11=a1|21=1|55=AMZN|54=1|38=300|40=2|44=10.005|60=20231114-22:13:20"

func plainTerms() order.Terms {
	return order.Terms{Symbol: "AMZN", Side: market.Buy, Qty: 300, Type: order.Limit, Limit: 10_005_000}
}

func with(change func(*order.Terms)) order.Terms {
	t := plainTerms()
	change(&t)
	return t
}

func TestClientOrderIsDecoded(t *testing.T) {
	start, _ := parseTime("20231114-14:30:00")
	end, _ := parseTime("20231114-20:00:00.500")
	for _, c := range []struct {
		name, fix string
		want      order.Terms
	}{
		{"plain limit", plain, plainTerms()},
		{"whole decimals of a quantity", strings.Replace(plain, "38=300", "38=300.00", 1), plainTerms()},
		{"market", "35=D|11=a1|55=AMZN|54=5|38=300|40=1|114=N", order.Terms{Symbol: "AMZN", Side: market.SellShort, Qty: 300, Type: order.Market, LocateID: "114=N"}},
		{"midpoint with cap", plain + "|18=M", with(func(o *order.Terms) { o.Type = order.Midpoint })},
		{"pegged without cap", "35=D|11=a1|55=AMZN|54=1|38=300|40=P|18=1 R", with(func(o *order.Terms) { o.Type, o.Limit = order.Primary, 0 })},
		{"discretionary limit", plain + "|7010=Y", with(func(o *order.Terms) { o.Type = order.DLimit })},
		{"times", plain + "|59=0|168=20231114-14:30:00|126=20231114-20:00:00.500", with(func(o *order.Terms) { o.Start, o.End = start, end })},
		{"good till time", plain + "|59=6|126=20231114-20:00:00.500", with(func(o *order.Terms) { o.TIF, o.ExpireAt = order.GTD, end })},
		{"good till date", plain + "|59=6|432=20231114", with(func(o *order.Terms) { o.TIF, o.ExpireAt = order.GTD, endOfDate(20231114, nil) })},
		{"directed, minimum, reserve", plain + "|100=XNAS|110=100|111=200|1=ACC|18=5", with(func(o *order.Terms) {
			o.Directed, o.MinQty, o.MaxFloor, o.Account = "XNAS", 100, 200, "ACC"
		})},
		{"capacity of 4.2", plain + "|47=J", with(func(o *order.Terms) { o.Capacity = 'I' })},
		{"capacity of 4.4", plain + "|528=R|5701=LOC9", with(func(o *order.Terms) { o.Capacity, o.LocateID = 'R', "LOC9" })},
		{"strategy", plain + "|847=1001|849=0.125|848=free text", with(func(o *order.Terms) { o.Strategy, o.MaxPctBps = order.POV, 1250 })},
		{"FIX's own strategy", plain + "|847=1", with(func(o *order.Terms) { o.Strategy = order.VWAP })},
		{"strategy text", plain + "|847=1003|848=urgency=high; venues=DARKA,XBYX;end=20231114-20:00:00.500;", with(func(o *order.Terms) {
			o.Strategy, o.Urgency, o.Venues, o.End = order.Block, order.High, 1<<1|1<<5, end
		})},
		{"strategy group", plain + "|847=1002|957=2|958=Start|959=19|960=20231114-14:30:00|958=participation|959=11|960=0.2", with(func(o *order.Terms) {
			o.Strategy, o.Start, o.MaxPctBps = order.VWAP, start, 2000
		})},
		{"own tags", plain + "|7001=cost|7002=low|7003=INTC LITN|7004=Y|7005=Y|7006=9.99", with(func(o *order.Terms) {
			o.Objective, o.Urgency, o.Venues, o.NoExplore, o.HideDark, o.TargetPx = order.MinCost, order.Low, 1<<63|1<<2, true, true, 9_990_000
		})},
	} {
		for _, v := range versions {
			t.Run(version(v)+" "+c.name, func(t *testing.T) {
				body, reply, reject := dialect(v).Decode("EMS", parse(t, v, c.fix))
				if reply != nil || reject != nil {
					t.Fatalf("refused: %v %v", reply, reject)
				}
				want := &event.ParentReceived{Client: "EMS", ClOrdID: "a1", Terms: c.want}
				if diff := cmp.Diff(want, body); diff != "" {
					t.Errorf("want -, got +:\n%s", diff)
				}
			})
		}
	}
}

func TestClientRequestsAreDecoded(t *testing.T) {
	for _, c := range []struct {
		fix  string
		want event.Body
	}{
		{"35=D|97=Y|" + plain[5:], &event.ParentReceived{Client: "EMS", ClOrdID: "a1", Resend: true, Terms: plainTerms()}},
		{"35=F|11=a2|41=a1|55=AMZN|54=1|38=300", &event.ParentCancelRequested{Client: "EMS", ClOrdID: "a2", OrigClOrdID: "a1"}},
		{"35=G|41=a1|" + plain[5:], &event.ParentReplaceRequested{Client: "EMS", ClOrdID: "a1", OrigClOrdID: "a1", Terms: plainTerms()}},
		{"35=H|11=a1|55=AMZN|54=1", &event.ParentStatusRequested{Client: "EMS", ClOrdID: "a1"}},
	} {
		for _, v := range versions {
			body, _, _ := dialect(v).Decode("EMS", parse(t, v, c.fix))
			if diff := cmp.Diff(c.want, body); diff != "" {
				t.Errorf("%s %s: want -, got +:\n%s", v, c.fix, diff)
			}
		}
	}
}

// Nothing that would change the order is dropped in silence, and every refusal names tag and value.
func TestClientRefusalsNameTagAndValue(t *testing.T) {
	swap := func(from, to string) string { return strings.Replace(plain, from, to, 1) }
	for _, c := range []struct{ name, fix, want42, text string }{
		{"bad price", swap("44=10.005", "44=1e3"), "20=0", "tag 44=1e3: a price is a decimal number with at most six decimals, not negative"},
		{"price beyond six decimals", swap("44=10.005", "44=1.0000001"), "103=0", "tag 44=1.0000001"},
		{"negative price", swap("44=10.005", "44=-1"), "150=8", "tag 44=-1"},
		{"no price", swap("|44=10.005", ""), "150=8", "tag 44 is missing"},
		{"price on a market order", swap("40=2", "40=1"), "150=8", "tag 44=10.005: a market order has no price"},
		{"fraction of a share", swap("38=300", "38=300.5"), "150=8", "tag 38=300.5"},
		{"no quantity", swap("|38=300", ""), "150=8", "tag 38 is missing"},
		{"too large", swap("38=300", "38=9223372036854775807"), "150=8", "tag 38=9223372036854775807"},
		{"stop", swap("40=2", "40=3"), "150=8", "tag 40=3: use 1 (market), 2 (limit) or P"},
		{"stop price", plain + "|99=9", "150=8", "tag 99=9: stop orders"},
		{"side", swap("54=1", "54=8"), "54=7", "tag 54=8"},
		{"at the close", plain + "|59=7", "150=8", "tag 59=7"},
		{"all or none", plain + "|18=G", "150=8", "tag 18=G"},
		{"two pegs", plain + "|18=M R", "150=8", "tag 18=M R"},
		{"cash", plain + "|152=1000", "150=8", "tag 152=1000"},
		{"suffix", plain + "|65=B", "150=8", "tag 65=B"},
		{"currency", plain + "|15=EUR", "150=8", "tag 15=EUR"},
		{"by hand", swap("21=1", "21=3"), "150=8", "tag 21=3"},
		{"minimum beyond the order", plain + "|110=301", "150=8", "tag 110=301"},
		{"unknown venue", plain + "|7003=NOWHERE", "150=8", `tag 7003=NOWHERE: "NOWHERE" is not a venue`},
		{"unknown objective", plain + "|7001=fun", "150=8", "tag 7001=fun"},
		{"unknown strategy", plain + "|847=1004", "150=8", "tag 847=1004"},
		{"rate above one", plain + "|849=1.5", "150=8", "tag 849=1.5"},
		{"rate too fine", plain + "|849=0.00005", "150=8", "tag 849=0.00005"},
		{"unknown parameter", plain + "|848=aggression=9", "150=8", `tag 848=aggression=9: parameter "aggression" is unknown`},
		{"short group", plain + "|957=2|958=start|960=20231114-14:30:00", "150=8", "tag 957=2"},
		{"good till nothing", plain + "|59=6", "150=8", "tag 126 is missing"},
		{"bad time", plain + "|126=tomorrow", "150=8", "tag 126=tomorrow"},
		{"bad date", plain + "|59=6|432=20231341", "150=8", "tag 432=20231341"},
		{"bad flag", plain + "|7004=yes", "150=8", "tag 7004=yes: use Y or N"},
		{"capacity", plain + "|528=Z", "150=8", "tag 528=Z"},
	} {
		for _, v := range versions {
			t.Run(version(v)+" "+c.name, func(t *testing.T) {
				body, reply, reject := dialect(v).Decode("EMS", parse(t, v, c.fix))
				if body != nil || reject != nil || reply == nil {
					t.Fatalf("got body %v, reject %v: want an 8", body, reject)
				}
				got := show(onWire(t, v, reply))
				if !strings.Contains(got, c.text) || v == FIX42 && !strings.Contains(got, c.want42) {
					t.Errorf("got %s\nwant %q and %q", got, c.text, c.want42)
				}
				if r, err := ReadExecutionReport(v, onWire(t, v, reply)); err != nil || r.ExecType != '8' || r.OrdStatus != '8' || r.ClOrdID != "a1" {
					t.Errorf("the refusal reads as %+v, %v", r, err)
				}
			})
		}
	}
}

func TestClientRefusalsByMessageType(t *testing.T) {
	for _, c := range []struct {
		fix     string
		reply   string // 35 of a message sent back, empty for a session answer
		reason  int
		isJ     bool
		contain string
	}{
		{"35=D|55=AMZN", "", sessionMissing, false, "tag 11 is missing"},
		{"35=F|11=a2|55=AMZN", "", sessionMissing, false, "tag 41 is missing"},
		{"35=G|41=a1|" + strings.Replace(plain[5:], "38=300", "38=0", 1), "9", 0, false, "tag 38=0"},
		{"35=E|11=a1", "", businessUnsupported, true, "35=E is not supported here"},
	} {
		for _, v := range versions {
			body, reply, reject := dialect(v).Decode("EMS", parse(t, v, c.fix))
			if body != nil {
				t.Fatalf("%s %s: decoded as %v", v, c.fix, body)
			}
			if c.reply != "" {
				if got := show(reply); !strings.HasPrefix(got, "35="+c.reply) || !strings.Contains(got, c.contain) || !strings.Contains(got, "434=2") {
					t.Errorf("%s %s: got %s", v, c.fix, got)
				}
				continue
			}
			if reject == nil || reject.RejectReason() != c.reason || reject.IsBusinessReject() != c.isJ || !strings.Contains(reject.Error(), c.contain) {
				t.Errorf("%s %s: got %v", v, c.fix, reject)
			}
		}
	}
}

// What a client writes goes on into reports, drop copies, venues' sessions and terminals: an order with 22,500 bytes above 127 in its
// account closed every venue that it went to, by our own guard, and one in its ClOrdID the drop copy, at every logon (SEC-13, GRD-02).
func TestClientTextsAreBounded(t *testing.T) {
	long, odd := strings.Repeat("A", handedMax+1), strings.Repeat("\xff", 22_500)
	for _, fix := range []string{
		"35=D|11=" + long + plain[10:], "35=D|11=" + odd + plain[10:], "35=D|11=a\x1b[2J" + plain[10:], "35=D|11=a\x00" + plain[10:], "35=D|11=a\u202e" + plain[10:],
		plain + "|1=" + long, plain + "|1=" + odd, plain + "|100=" + odd, plain + "|5701=" + odd, plain + "|7007=" + long + "|7008=2", plain + "|66=" + long,
		strings.Replace(plain, "AMZN", odd, 1), "35=G|41=" + odd + plain[4:], "35=F|11=a2|41=" + long + "|55=AMZN|54=1", "35=H|11=a1|790=" + odd + "|55=AMZN|54=1",
		"35=AF|584=" + odd + "|585=7", "35=Q|37=" + odd + "|17=x|127=A|55=AMZN|54=1", "35=E|11=" + odd,
	} {
		for _, v := range versions {
			body, reply, reject := dialect(v).Decode("EMS", parse(t, v, fix))
			if body != nil || reply != nil || reject == nil || reject.RejectReason() != sessionFormat || len(reject.Error()) > 300 {
				t.Errorf("%s %.60q: body %T, reply %v, reject %v", v, fix, body, reply, reject)
			}
		}
	}
	most := strings.Repeat("A", handedMax)
	if body, _, _ := dialect(FIX44).Decode("EMS", parse(t, FIX44, "35=D|11="+most+plain[10:]+"|1="+most)); body == nil {
		t.Error("a text of the most that is possible is refused")
	}
	for _, v := range versions { // whatever else is long comes back cut
		for _, fix := range []string{plain + "|7003=" + odd, plain + "|7001=" + odd, plain + "|957=1|958=" + odd + "|959=14|960=1", plain + "|847=" + odd} {
			_, reply, reject := dialect(v).Decode("EMS", parse(t, v, fix))
			if reply == nil || len(onWire(t, v, reply).Bytes()) > 1000 {
				t.Errorf("%s %.60q: reply %.300v, reject %v", v, fix, reply, reject)
			}
		}
	}
}

// A venue's words go to clients too, and a mass cancel's report lists 500 orders.
func TestValuesThatLeaveAreBounded(t *testing.T) {
	r := &event.ReportMassCancel{ClOrdID: "q", Scope: '7', Response: '7', Affected: 501}
	for i := range 500 {
		r.Orders = append(r.Orders, event.AffectedOrder{Parent: order.ParentID(1<<40 + i), ClOrdID: strings.Repeat("A", handedMax)})
	}
	for _, v := range versions {
		if n := len(onWire(t, v, dialect(v).MassCanceled(r)).Bytes()); n > wire.MaxFrame-1000 {
			t.Errorf("%s: the report of a mass cancel has %d bytes (GRD-02)", v, n)
		}
	}
	m := message(msgReport)
	put(m, tagText, strings.Repeat("\xff", 60_000))
	if got, _ := m.Body.GetString(tagText); len(got) > 3*valueMax {
		t.Errorf("a text of %d bytes leaves (GRD-02)", len(got))
	}
}

// A client names no account of another's: its trades would be allocated there.
func TestClientAccounts(t *testing.T) {
	for _, v := range versions {
		d := dialect(v)
		d.Terms.Accounts = []string{"ACC1", "ACC2"}
		for _, fix := range []string{plain, plain + "|1=ACC2"} {
			if body, reply, reject := d.Decode("EMS", parse(t, v, fix)); body == nil {
				t.Errorf("%s %s: %v, %v", v, fix, reply, reject)
			}
		}
		_, reply, _ := d.Decode("EMS", parse(t, v, plain+"|1=OTHER"))
		if reply == nil || !strings.Contains(show(reply), "tag 1=OTHER: this is no account of this client's") || v != FIX42 && !strings.Contains(show(reply), "103=15") {
			t.Errorf("%s: an order for another's account: %v", v, reply)
		}
		if _, reply, _ = d.Decode("EMS", parse(t, v, "35=G|41=a0|"+plain[5:]+"|1=OTHER")); reply == nil || !strings.HasPrefix(show(reply), "35=9") {
			t.Errorf("%s: a replace to another's account: %v", v, reply)
		}
	}
}
