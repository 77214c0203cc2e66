package fixgw

import (
	"strings"
	"testing"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// A translation is one ExecType on its way: what a venue says, how that reaches the engine, and what the engine says of
// it to the client.
type translation struct {
	name     string
	execType byte
	status   byte
	heard    func(event.Body) bool // the event is the right one, with the right figures
	tags42   string                // 20 and 150 on a FIX 4.2 line, whichever end
}

func is[T event.Body](ok func(T) bool) func(event.Body) bool {
	return func(b event.Body) bool { e, is := b.(T); return is && (ok == nil || ok(e)) }
}

func ended(what order.Happening) func(event.Body) bool {
	return is(func(e *event.ChildDone) bool { return e.Child == 12 && e.What == what && e.Cum == 100 })
}

func silent(b event.Body) bool { return b == nil }

func translations() []translation {
	fill := func(e *event.ChildExecuted) bool {
		return e.ExecID == "X9" && e.Qty == 100 && e.Px == 10_004_900 && e.Cum == 100 && e.Leaves == 200 && e.LastMkt == "XNAS" && e.Liquidity == market.Removed
	}
	return []translation{
		{"new", '0', '0', is(func(e *event.ChildAccepted) bool { return !e.Pending && e.VenueOrderID == "V77" }), "20=0|150=0"},
		{"done for day", '3', '3', ended(order.WasDoneForDay), "20=0|150=3"},
		{"canceled", '4', '4', ended(order.WasCanceled), "20=0|150=4"},
		{"replaced", '5', '1', is(func(e *event.ChildReplaced) bool { return e.Qty == 300 && e.Limit == 10_010_000 && e.Leaves == 200 }), "20=0|150=5"},
		{"pending cancel", '6', '6', silent, "20=0|150=6"},
		{"stopped", '7', '7', ended(order.WasStopped), "20=0|150=7"},
		{"rejected", '8', '8', is(func(e *event.ChildRejected) bool { return e.Reason == 3 }), "20=0|150=8"},
		{"suspended", '9', '9', ended(order.WasSuspended), "20=0|150=9"},
		{"pending new", 'A', 'A', is(func(e *event.ChildAccepted) bool { return e.Pending }), "20=0|150=A"},
		{"calculated", 'B', 'B', ended(order.WasDoneForDay), "20=0|150=B"},
		{"expired", 'C', 'C', ended(order.WasExpired), "20=0|150=C"},
		{"restated", 'D', '1', is(func(e *event.ChildReplaced) bool { return e.Request == 0 && e.Qty == 300 }), "20=0|150=D"},
		{"pending replace", 'E', 'E', silent, "20=0|150=E"},
		{"trade", 'F', '1', is(fill), "20=0|150=1"},
		{"last trade", 'F', '2', is(func(e *event.ChildExecuted) bool { return e.Qty == 100 && e.Cum == 300 && e.Leaves == 0 }), "20=0|150=2"},
		{"correction", 'G', '1', is(func(e *event.ExecutionCorrected) bool {
			return e.ExecID == "X9" && e.RefExecID == "X8" && e.Qty == 100 && e.Px == 10_004_900
		}), "20=2|150=1"},
		{"bust", 'H', '1', is(func(e *event.ExecutionBusted) bool { return e.ExecID == "X9" && e.RefExecID == "X8" }), "20=1|150=1"},
		{"bust of the last trade (DEF-04)", 'H', '2', is(func(e *event.ExecutionBusted) bool { return e.RefExecID == "X8" }), "20=1|150=2"},
		{"status", 'I', '1', is(func(e *event.ChildStatus) bool { return e.Status == '1' && e.Cum == 100 && e.Leaves == 200 }), "20=3|150=1"},
	}
}

// VER-01: each pair of a client's and a venue's version, and every ExecType: the venue's 8 fits its version's stock
// dictionary and becomes the right event; the client's 8 for it fits the client's, and is read back as what was said.
func TestEveryExecTypeInEveryPairOfVersions(t *testing.T) {
	stock := map[string]quickfix.Validator{}
	for _, v := range versions {
		stock[v] = stockValidator(t, v)
	}
	for _, client := range versions {
		for _, venue := range versions {
			for _, c := range translations() {
				t.Run(version(client)+" client "+version(venue)+" venue "+c.name, func(t *testing.T) {
					said := c.says()
					m := said.Message(venue)
					c.checkTags(t, venue, show(m))
					plain := said.Message(venue)
					plain.Body.Remove(TagLiquidity) // our own tag, which a stock dictionary does not have
					fits(t, stock[venue], venue, plain)
					got, err := profile(venue).Decode(onWire(t, venue, m), byOrderID)
					if err != nil || !c.heard(got) {
						t.Fatalf("%s became %+v, %v", show(m), got, err)
					}
					told := dialect(client).Report(c.tells())
					c.checkTags(t, client, show(told))
					fits(t, stock[client], client, dialect(client).Report(c.tells()))
					back, err := ReadExecutionReport(client, onWire(t, client, told))
					if err != nil || back.ExecType != c.execType || back.OrdStatus != c.status || back.Cum != said.Cum || back.Leaves != said.Leaves ||
						back.LastQty != said.LastQty || back.LastPx != said.LastPx || back.Restatement != said.Restatement {
						t.Errorf("the client reads %+v, %v\nfrom %s", back, err, show(told))
					}
				})
			}
		}
	}
}

// says is the venue's report, in plain words.
func (c *translation) says() *ExecutionReport {
	r := &ExecutionReport{OrderID: "V77", ClOrdID: event.ClOrdID(instance, 12, 0), ExecID: "X9", ExecType: c.execType, OrdStatus: c.status,
		Symbol: "AMZN", Side: market.Buy, Qty: 300, Type: order.Limit, Limit: 10_010_000, TIF: order.Day, Cum: 100, Leaves: 200, AvgPx: 10_004_900, At: at}
	switch c.execType {
	case execTrade, execCorrect:
		r.LastQty, r.LastPx, r.LastMkt, r.Liquidity = 100, 10_004_900, "XNAS", market.Removed
	case execRejected:
		r.Reason = 3
	case execRestated:
		r.Restatement = 3
	}
	if c.execType == execCorrect || c.execType == execBust {
		r.RefExecID = "X8"
	}
	if c.status == '2' {
		r.Cum, r.Leaves = 300, 0
	}
	return r
}

// tells is the engine's report of the same.
func (c *translation) tells() *event.ReportParent {
	said := c.says()
	r := report(c.execType, c.status, func(r *event.ReportParent) {
		r.Cum, r.Leaves, r.AvgPx, r.LastQty, r.LastPx, r.LastMkt, r.Liquidity = said.Cum, said.Leaves, said.AvgPx, said.LastQty, said.LastPx, said.LastMkt, said.Liquidity
		r.Reason, r.RestatementReason = said.Reason, said.Restatement
	})
	if said.RefExecID != "" {
		r.RefExecID = 39
	}
	return r
}

// checkTags holds 20 and 150 to the version map of section 5.
func (c *translation) checkTags(t *testing.T, v, text string) {
	t.Helper()
	want := "20=|150=" + string(rune(c.execType))
	if v == FIX42 {
		want = c.tags42
	}
	if got := "20=" + valueIn(text, "20") + "|150=" + valueIn(text, "150"); got != want {
		t.Errorf("%s: got %s, want %s in %s", v, got, want, text)
	}
}

// VER-01, the other way: an order, its replace, cancel and status request of a client in each version reach a venue in
// each, as they were meant.
func TestOrdersInEveryPairOfVersions(t *testing.T) {
	terms := plainTerms()
	terms.Qty, terms.MinQty, terms.MaxFloor, terms.Capacity, terms.Account = 300, 100, 200, 'A', "ACC"
	for _, client := range versions {
		for _, venue := range versions {
			t.Run(version(client)+" client "+version(venue)+" venue", func(t *testing.T) {
				body, reply, reject := dialect(client).Decode("EMS", onWire(t, client, orderMessage(client, "a1", &terms, testVenues(), at)))
				got, is := body.(*event.ParentReceived)
				if !is || got.Terms != terms {
					t.Fatalf("got %+v, %v, %v", body, reply, reject)
				}
				sent := child(12)
				sent.Account, sent.Capacity = got.Terms.Account, got.Terms.Capacity
				sent.Child.Qty, sent.Child.MinQty, sent.Child.Display = got.Terms.Qty, got.Terms.MinQty, got.Terms.MaxFloor
				p, stock := profile(venue), stockValidator(t, venue)
				order := reaches(t, p, stock, RequestOrder, p.Send(sent, at))
				if order.Qty != 300 || order.MinQty != 100 || order.Display != 200 || order.Capacity != 'A' || order.Account != "ACC" || !order.PostOnly {
					t.Errorf("the venue got %+v", order)
				}
				f := cancelOf(12, 1)
				if c := reaches(t, p, stock, RequestCancel, p.Cancel(f, at)); c.ClOrdID != f.ClOrdID || c.OrigClOrdID != f.OrigClOrdID {
					t.Errorf("the venue got %+v", c)
				}
				g := &event.ReplaceChild{CancelChild: *f, Limit: 10_020_000, Type: sent.Child.Type, TIF: sent.Child.TIF}
				g.Qty = 250
				if c := reaches(t, p, stock, RequestReplace, p.Replace(g, sent, at)); c.Qty != 250 || c.Limit != 10_020_000 || c.MinQty != 100 || c.Display != 200 {
					t.Errorf("the venue got %+v", c)
				}
				h, err := p.Query(&event.QueryChild{Child: 12, Venue: 2, ClOrdID: f.OrigClOrdID, Symbol: "AMZN", Side: market.Buy})
				must(t, err)
				reaches(t, p, stock, RequestStatus, h)
			})
		}
	}
}

// reaches holds a message to the stock dictionary of the venue's version, and reads it as a venue does.
func reaches(t *testing.T, p *Profile, stock quickfix.Validator, kind RequestKind, m *quickfix.Message) *VenueOrder {
	t.Helper()
	fits(t, stock, p.Version, m)
	o, reply, reject := ReadVenueOrder(p.Version, onWire(t, p.Version, m))
	if o == nil || o.Kind != kind {
		t.Fatalf("%s was refused: %v, %v", show(m), reply, reject)
	}
	return o
}

// valueIn gives the value of a tag in the text of show, empty if it is not there.
func valueIn(text, tag string) string {
	_, rest, _ := strings.Cut(text, "|"+tag+"=")
	v, _, _ := strings.Cut(rest, "|")
	return v
}
