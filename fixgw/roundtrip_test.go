package fixgw

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

var (
	anyPrice = rapid.Custom(func(t *rapid.T) market.Price { return market.Price(rapid.Int64Range(1, 1e13).Draw(t, "price")) })
	anyQty   = rapid.Custom(func(t *rapid.T) market.Qty { return market.Qty(rapid.Int64Range(1, 1e9).Draw(t, "qty")) })
	anyTime  = rapid.Custom(func(t *rapid.T) market.Time {
		return market.Time(rapid.Int64Range(1, 4e12).Draw(t, "ms") * market.Millisecond)
	})
	anyText   = rapid.StringMatching(`[A-Za-z0-9 ,;:/=|~-]{0,20}`)
	anyWord   = rapid.StringMatching(`[A-Z0-9.-]{1,12}`)
	anySide   = rapid.SampledFrom([]market.Side{market.Buy, market.Sell, market.SellShort, market.SellShortExempt})
	anyTIF    = rapid.SampledFrom([]order.TIF{order.Day, order.GTC, order.IOC, order.FOK})
	anyLetter = rapid.SampledFrom([]byte("03456789ABCDEFGHI"))
	anyLiq    = rapid.SampledFrom([]market.Liquidity{0, market.Added, market.Removed, market.RoutedOut, market.Auction, market.AddedHidden, market.AddedMid, market.RemovedMid})
	anyType   = rapid.SampledFrom([]order.Type{order.Market, order.Limit, order.Midpoint, order.Primary, order.DLimit})
)

func anyTerms(t *rapid.T, v string) order.Terms {
	o := order.Terms{Account: rapid.StringMatching(`[A-Z0-9]{0,8}`).Draw(t, "account"), Symbol: market.Symbol(anyWord.Draw(t, "symbol")),
		Side: anySide.Draw(t, "side"), Qty: anyQty.Draw(t, "qty"), Type: anyType.Draw(t, "type"), TIF: anyTIF.Draw(t, "tif"),
		Strategy: order.Strategy(rapid.IntRange(0, 3).Draw(t, "strategy")), Objective: order.Objective(rapid.IntRange(0, 3).Draw(t, "objective")),
		Urgency: order.Urgency(rapid.IntRange(0, 2).Draw(t, "urgency")), MaxPctBps: rapid.Int64Range(0, 10_000).Draw(t, "pct"),
		NoExplore: rapid.Bool().Draw(t, "explore"), HideDark: rapid.Bool().Draw(t, "hide")}
	if o.Type == order.Limit || o.Type == order.DLimit || o.Type != order.Market && rapid.Bool().Draw(t, "capped") {
		o.Limit = anyPrice.Draw(t, "limit")
	}
	if rapid.Bool().Draw(t, "timed") {
		o.Start, o.End = anyTime.Draw(t, "start"), anyTime.Draw(t, "end")
	}
	if rapid.Bool().Draw(t, "dated") {
		o.TIF, o.ExpireAt = order.GTD, anyTime.Draw(t, "expire")
	}
	if rapid.Bool().Draw(t, "special") {
		o.MinQty, o.MaxFloor = min(anyQty.Draw(t, "min"), o.Qty), anyQty.Draw(t, "floor")
		o.TargetPx, o.Directed, o.Venues = anyPrice.Draw(t, "target"), anyWord.Draw(t, "directed"), 1<<1|1<<63
	}
	capacities := "AIPWGR"
	if v == FIX42 {
		capacities = "AIPW" // 47 has no G or R
	}
	o.Capacity = rapid.SampledFrom(append([]byte{0}, capacities...)).Draw(t, "capacity")
	if o.Side == market.SellShort {
		o.LocateID = rapid.SampledFrom([]string{"", "114=N", "LOC1"}).Draw(t, "locate")
	}
	return o
}

// Terms of an EMS come out of the client session as they went in, exactly (ER-02: no floats).
func TestTermsRoundTrip(t *testing.T) {
	for _, v := range versions {
		rapid.Check(t, func(rt *rapid.T) {
			want := anyTerms(rt, v)
			id, orig := anyWord.Draw(rt, "id"), anyWord.Draw(rt, "orig")
			body, reply, reject := dialect(v).Decode("EMS", onWire(t, v, orderMessage(v, id, &want, testVenues(), at)))
			if reply != nil || reject != nil {
				rt.Fatalf("refused: %v %v", reply, reject)
			}
			if diff := cmp.Diff(&event.ParentReceived{Client: "EMS", ClOrdID: id, Terms: want}, body); diff != "" {
				rt.Fatalf("%s: want -, got +:\n%s", v, diff)
			}
			body, _, _ = dialect(v).Decode("EMS", onWire(t, v, replaceMessage(v, id, orig, &want, testVenues(), at)))
			if diff := cmp.Diff(&event.ParentReplaceRequested{Client: "EMS", ClOrdID: id, OrigClOrdID: orig, Terms: want}, body); diff != "" {
				rt.Fatalf("%s: want -, got +:\n%s", v, diff)
			}
		})
	}
}

// A report of the engine is read by the EMS with every figure as it was.
func TestReportRoundTrip(t *testing.T) {
	for _, v := range versions {
		d := dialect(v)
		d.Extended = true
		rapid.Check(t, func(rt *rapid.T) {
			r := &event.ReportParent{Parent: 3, ExecID: rapid.Uint64Range(1, 1e12).Draw(rt, "exec"), ClOrdID: anyWord.Draw(rt, "id"),
				ExecType: anyLetter.Draw(rt, "type"), OrdStatus: rapid.SampledFrom([]byte("0123467")).Draw(rt, "status"), Terms: anyTerms(rt, v),
				AvgPx: anyPrice.Draw(rt, "avg"), Text: anyText.Draw(rt, "text"), At: anyTime.Draw(rt, "at")}
			r.Cum = min(r.Terms.Qty, anyQty.Draw(rt, "cum"))
			r.Leaves = r.Terms.Qty - r.Cum
			r.Terms.HideDark = false
			if r.ExecType == execTrade || r.ExecType == execCorrect {
				r.LastQty, r.LastPx, r.LastMkt = anyQty.Draw(rt, "last"), anyPrice.Draw(rt, "px"), anyWord.Draw(rt, "mkt")
				r.Fee = market.Money(rapid.Int64Range(-1e12, 1e12).Draw(rt, "fee"))
			}
			got, err := ReadExecutionReport(v, onWire(t, v, d.Report(r)))
			if err != nil {
				rt.Fatal(err)
			}
			want := ExecutionReport{OrderID: event.OrderID(instance, 3), ClOrdID: r.ClOrdID, ExecID: event.ExecID(instance, r.ExecID),
				ExecType: r.ExecType, OrdStatus: r.OrdStatus, Symbol: r.Terms.Symbol, Side: r.Terms.Side, Qty: r.Terms.Qty, Type: r.Terms.Type,
				Limit: r.Terms.Limit, TIF: r.Terms.TIF, LastQty: r.LastQty, LastPx: r.LastPx, LastMkt: r.LastMkt, Cum: r.Cum, Leaves: r.Leaves,
				AvgPx: r.AvgPx, Fee: r.Fee, Text: r.Text, At: r.At}
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Fatalf("%s: want -, got +:\n%s", v, diff)
			}
		})
	}
}

// command -> FIX -> a simulated venue's words, and its answer -> FIX -> event.
func TestVenueRoundTrip(t *testing.T) {
	for _, v := range versions {
		rapid.Check(t, func(rt *rapid.T) {
			p := profile(v)
			p.Pegs = PegForm(rapid.IntRange(0, 1).Draw(rt, "pegs"))
			c := child(order.ChildID(rapid.Uint64Range(1, 1e12).Draw(rt, "child")))
			c.Child.Side, c.Child.Qty, c.Child.TIF = anySide.Draw(rt, "side"), anyQty.Draw(rt, "qty"), anyTIF.Draw(rt, "tif")
			c.Child.Type, c.Child.Style = anyType.Draw(rt, "type"), order.Style(rapid.IntRange(1, 6).Draw(rt, "style"))
			c.Child.MinQty = market.Qty(rapid.Int64Range(0, int64(c.Child.Qty)).Draw(rt, "min"))
			c.Child.Display = market.Qty(rapid.Int64Range(0, int64(c.Child.Qty)).Draw(rt, "display"))
			if c.Child.Limit = anyPrice.Draw(rt, "limit"); c.Child.Type == order.Market {
				c.Child.Limit = 0
			}
			o, reply, reject := ReadVenueOrder(v, onWire(t, v, p.Send(c, at)))
			if reply != nil || reject != nil {
				rt.Fatalf("refused: %v %v", reply, reject)
			}
			want := VenueOrder{Kind: RequestOrder, ClOrdID: event.ClOrdID(instance, c.Child.ID, 0), Account: "ACC", Symbol: "AMZN",
				Side: c.Child.Side, Qty: c.Child.Qty, Type: c.Child.Type, Limit: c.Child.Limit, TIF: c.Child.TIF, MinQty: c.Child.MinQty,
				Display: c.Child.Display, Capacity: 'A', At: at}
			want.PostOnly = c.Child.Style.Displayed() && c.Child.TIF != order.IOC && c.Child.TIF != order.FOK
			if diff := cmp.Diff(want, *o); diff != "" {
				rt.Fatalf("%s: want -, got +:\n%s", v, diff)
			}
			checkAnswer(rt, t, p, o)
		})
	}
}

func checkAnswer(rt *rapid.T, t *testing.T, p *Profile, o *VenueOrder) {
	_, id, _, _ := event.ParseClOrdID(o.ClOrdID)
	r := ExecutionReport{OrderID: "V9", ClOrdID: o.ClOrdID, ExecID: "X1", ExecType: execTrade, OrdStatus: '1', Symbol: o.Symbol, Side: o.Side,
		Qty: o.Qty, LastQty: min(o.Qty, anyQty.Draw(rt, "last")), LastPx: anyPrice.Draw(rt, "px"), LastMkt: "XSIM", Liquidity: anyLiq.Draw(rt, "liq"),
		TradeDate: 20231114, At: at}
	r.Cum = r.LastQty
	r.Leaves = r.Qty - r.Cum
	got, err := p.Decode(onWire(t, p.Version, r.Message(p.Version)), nil)
	want := &event.ChildExecuted{Child: id, ExecID: "X1", VenueOrderID: "V9", Qty: r.LastQty, Px: r.LastPx, Cum: r.Cum, Leaves: r.Leaves,
		Liquidity: r.Liquidity, LastMkt: "XSIM", TradeDate: 20231114, At: at, Status: '1'}
	if diff := cmp.Diff(event.Body(want), got); diff != "" || err != nil {
		rt.Fatalf("%s: %v: want -, got +:\n%s", p.Version, err, diff)
	}
	r.ExecType, r.RefExecID, r.ExecID = execBust, "X1", "X2"
	got, err = p.Decode(onWire(t, p.Version, r.Message(p.Version)), nil)
	if diff := cmp.Diff(event.Body(&event.ExecutionBusted{Child: id, ExecID: "X2", RefExecID: "X1", At: at}), got); diff != "" || err != nil {
		rt.Fatalf("%s: %v: want -, got +:\n%s", p.Version, err, diff)
	}
}
