package report

import (
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/compare"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/tca"
)

// told is a story in one text.
func told(s *Story) string {
	var b strings.Builder
	for _, said := range s.Tell() {
		b.WriteString(said.Head + ". " + said.Text + "\n")
	}
	return b.String()
}

// step is a step of a story in which the mid is 10.00 at arrival.
func step(at int64, kind string, decision uint64, stage string, more compare.Step) compare.Step {
	more.At, more.Kind, more.Decision, more.Stage = at*market.Second, kind, decision, stage
	return more
}

// TestTellTaken: an order that was taken at once, from two venues, is told without dark pools and waves that there were not.
func TestTellTaken(t *testing.T) {
	s := &Story{TCA: tca.Report{Client: "EMS", Symbol: "ABC", Side: "buy", Qty: 300, State: "filled", Done: true, Day: 20260302, Strategy: "immediate", Objective: "speed",
		Urgency: "high", Arrival: 10 * market.Dollar, DurationNs: 40 * market.Millisecond,
		Sums:      tca.Sums{Filled: 300, Fills: 1, AvgPx: 10_010_000, ArrivalCost: 3_000_000},
		Shortfall: tca.Shortfall{Paper: 3000 * market.Dollar, Spread: 3_000_000, Fees: 900_000, Total: 3_900_000, TotalBps: tca.Ratio{Value: 13, Known: true}}},
		Steps: []compare.Step{
			step(0, compare.StepDecision, 1, "sweep", compare.Step{Shares: []compare.StepShare{{Venue: "LITX", Type: "lit", Qty: 200}, {Venue: "LITY", Type: "lit", Qty: 100}}}),
			step(0, compare.StepFill, 1, "sweep", compare.Step{Venue: "LITX", Type: "lit", Qty: 200}), step(0, compare.StepFill, 1, "sweep", compare.Step{Venue: "LITY", Type: "lit", Qty: 100}),
			step(0, compare.StepEnd, 0, "", compare.Step{Done: 300})}}
	want := `The order. EMS asked to buy 300 ABC on 2026-03-02 at 00:00:00 UTC: strategy immediate, objective speed, urgency high. The mid was 10.00 then: all costs are measured from it.
Displayed venues. From 0:00 on, displayed quotes were taken at two venues, which brought 300 shares.
The end. The order is filled after 40 ms with 300 of 300 shares, in one fill, at an average of 10.01.
What it cost. Against the arrival mid the order cost $3.90, 13.00 bps of its value, all charges with it. Losses: crossing the spread, 10.00 bps; venues' and regulators' charges less rebates, 3.00 bps.
`
	if got := told(s); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestTellNothing: an order that nobody filled and that was canceled has an end, and no average price.
func TestTellNothing(t *testing.T) {
	s := &Story{TCA: tca.Report{Symbol: "ABC", Side: "sell", Qty: 5000, State: "canceled", Reason: "canceled by the client", Day: 20260302, Strategy: "block",
		Objective: "impact", Urgency: "low", DurationNs: 65 * market.Second},
		Steps: []compare.Step{step(0, compare.StepDecision, 1, "internal", compare.Step{Shares: []compare.StepShare{{Venue: "INTL", Qty: 5000}}}),
			step(1, compare.StepDecision, 2, "dark", compare.Step{Shares: []compare.StepShare{{Venue: "DARKA", Qty: 1000}, {Venue: "DARKB", Qty: 500}}}),
			step(65, compare.StepEnd, 0, "", compare.Step{Moved: -3.25})}}
	want := `The order. A client asked to sell 5,000 ABC on 2026-03-02 at 00:00:00 UTC: strategy block, objective impact, urgency low.
The internalizer. INTL was asked once and filled nothing.
Dark pools. First, 0:01 after arrival, 1,000 shares went to DARKA and 500 to DARKB. DARKA and DARKB filled nothing. Up to 1:05, one wave filled nothing there; the mid had fallen by 3.2 bps since arrival.
The end. The order is canceled (canceled by the client) after 1 min 5 s with 0 of 5,000 shares.
`
	if got := told(s); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
