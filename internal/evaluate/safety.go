package evaluate

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/sluice-sor/sluice/bandit"
)

// A SafetyReport is one learner in one safety world, beside the static venue. Excess is in bps·orders: how far the sum of
// expected costs was above what the static venue's would have been. Costs are expected over outcomes and, but for Drawn, over
// the venue drawn.
type SafetyReport struct {
	Kind   string  `json:"kind"`
	Gate   string  `json:"gate"` // none, ramp
	Seed   uint64  `json:"seed"`
	Worst  float64 `json:"worst_excess_bps_orders"`       // of the sum since the start
	Drawn  float64 `json:"worst_excess_drawn_bps_orders"` // of the venues drawn, where Worst is expected over the draw
	Rise   float64 `json:"worst_rise_bps_orders"`         // of the sum since any moment
	Final  float64 `json:"final_difference_bps"`          // mean over all orders, negative is good
	Falls  int     `json:"falls"`                         // of the ramp
	Share  float64 `json:"final_share"`                   // of flow that follows the learner at the end
	Orders int     `json:"orders"`
}

// SafetyGates names the gates of the table.
func SafetyGates() []string { return []string{"none", "ramp"} }

// Safety runs a learner through a world of the kind, drawn from the seed, behind the gate.
func Safety(kind SafetyKind, gate string, seed uint64, orders int) (SafetyReport, error) {
	return newSafetyWorld(kind, seed, orders).measure(gate, seed)
}

func (w *safetyWorld) measure(gate string, seed uint64) (SafetyReport, error) {
	report := SafetyReport{Kind: w.kind.String(), Gate: gate, Seed: seed, Share: 1, Orders: len(w.Rows)}
	var ramp *bandit.Ramp
	switch gate {
	case "none":
	case "ramp":
		ramp = bandit.NewRamp()
	default:
		return report, fmt.Errorf("safety: there is no gate %q: give none or ramp", gate)
	}
	l, err := newSafeLearner(w, seed, ramp)
	if err != nil {
		return report, err
	}
	var account, drawn running
	for t := range w.Rows {
		k, err := l.decide(t, bandit.NewKey(seed, uint64(t), purpose))
		if err != nil {
			return report, err
		}
		drawn.add(w.excess(t, k))
		expected := 0.0
		for j, p := range l.dist.P {
			expected += p * w.excess(t, j)
		}
		account.add(expected)
	}
	if ramp != nil {
		report.Share = ramp.Share()
	}
	report.Worst, report.Rise, report.Drawn, report.Falls = account.worst, account.rise, drawn.worst, l.falls
	report.Final = account.sum / float64(len(w.Rows))
	return report, nil
}

// SafetySummary is one gate in worlds of one kind.
type SafetySummary struct {
	Mean, Max           float64 // of the worst running excess, bps·orders
	DrawnMean, DrawnMax float64
	RiseMean, RiseMax   float64
	Final               float64 // bps
	Falls, Share        float64
}

// Summarize joins reports of one kind and gate.
func Summarize(reports []SafetyReport) SafetySummary {
	var s SafetySummary
	n := float64(len(reports))
	for _, r := range reports {
		s.Mean += r.Worst / n
		s.DrawnMean += r.Drawn / n
		s.RiseMean += r.Rise / n
		s.Final += r.Final / n
		s.Falls += float64(r.Falls) / n
		s.Share += r.Share / n
		s.Max, s.DrawnMax, s.RiseMax = max(s.Max, r.Worst), max(s.DrawnMax, r.Drawn), max(s.RiseMax, r.Rise)
	}
	return s
}

// SafetyTable measures every gate in worlds of every kind, drawn from seed onwards, and writes the table of section 6
// of the learning text: a row a kind and gate, each over all worlds.
func SafetyTable(ctx context.Context, out io.Writer, worlds int, seed uint64, orders int) error {
	if worlds < 1 || orders < 2 {
		return fmt.Errorf("safety: %d worlds of %d orders: give at least 1 world and 2 orders", worlds, orders)
	}
	if _, err := fmt.Fprintf(out, "excess of expected cost over the static venue; %d worlds of %d orders, seeds %d to %d\n", worlds, orders, seed, seed+uint64(worlds)-1); err != nil {
		return err
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "start\tgate\tworst since the start, bps·orders\tof the venues drawn\tworst rise, bps·orders\tfinal, bps\tfalls\tshare at the end\t\n")
	for _, kind := range SafetyKinds() {
		for _, gate := range SafetyGates() {
			var reports []SafetyReport
			for i := range worlds {
				if err := context.Cause(ctx); err != nil {
					return err
				}
				r, err := Safety(kind, gate, seed+uint64(i), orders)
				if err != nil {
					return err
				}
				reports = append(reports, r)
			}
			s := Summarize(reports)
			fmt.Fprintf(t, "%v\t%s\t%.1f (%.1f)\t%.1f (%.1f)\t%.1f (%.1f)\t%+.4f\t%.1f\t%.2f\t\n", kind, gate, s.Mean, s.Max, s.DrawnMean, s.DrawnMax, s.RiseMean, s.RiseMax, s.Final, s.Falls, s.Share)
		}
	}
	return t.Flush()
}
