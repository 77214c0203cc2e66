package train

import (
	"fmt"
	"strings"
)

// Verdict is what a gate says. Only a pass lets through.
type Verdict string

// The verdicts.
const (
	Pass         Verdict = "pass"
	Fail         Verdict = "fail"
	NotEvaluable Verdict = "not evaluable"
)

// A Gate is one acceptance test of a candidate (FIT-02).
type Gate struct {
	Name    string  `json:"name"`
	Verdict Verdict `json:"verdict"`
	Value   float64 `json:"value"`
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
	Words   string  `json:"words"` // what was found against what is wanted, and by how much it missed
	Waived  string  `json:"waived,omitempty"`
}

// passed reports whether the gate lets the candidate through.
func (g *Gate) passed() bool { return g.Verdict == Pass || g.Waived != "" }

// GateNames are the gates that a person may waive, in the order in which they are tried.
func GateNames() []string {
	return []string{"fill-density", "toxicity-density", "fill-calibration", "hazard-calibration", "toxicity-coverage", "policy", "drift", "rows", "probes"}
}

// Limits of the gates (FIT-02).
const (
	leastDensity = -.001 // nats a row, the paired lower bound
	mostECE      = .02
	leastCover   = .87
	mostCover    = .93
	mostPolicy   = .2 // bps, the upper bound of the cost difference
	mostPSI      = .25
	leastScored  = 200 // rows or draws for a verdict
)

func densityGate(name string, p *Paired) Gate {
	g := Gate{Name: name, Value: p.Difference, Low: p.Difference - p.Radius, High: p.Difference + p.Radius}
	found := fmt.Sprintf("%+.5f nats a row over the live model on %d rows, 95 %% interval [%+.5f, %+.5f]; wanted a lower bound above %g", p.Difference, p.N, g.Low, g.High, leastDensity)
	switch {
	case p.N < leastScored:
		g.Verdict, g.Low, g.High = NotEvaluable, 0, 0
		g.Words = fmt.Sprintf("%d rows to compare on: %d are needed", p.N, leastScored)
	case g.Low > leastDensity:
		g.Verdict, g.Words = Pass, found
	default:
		g.Verdict, g.Words = Fail, fmt.Sprintf("%s: missed by %.5f", found, leastDensity-g.Low)
	}
	return g
}

func calibrationGate(name string, c *Calibration) Gate {
	g := Gate{Name: name, Value: c.ECE, Low: c.Excess(), High: c.ECE}
	found := fmt.Sprintf("expected calibration error %.4f on %d, luck alone gives up to %.4f; wanted at most %g beyond that", c.ECE, c.N, c.Luck, mostECE)
	switch {
	case c.N < leastScored:
		g.Verdict, g.Words = NotEvaluable, fmt.Sprintf("%d outcomes to calibrate on: %d are needed", c.N, leastScored)
	case c.Excess() <= mostECE:
		g.Verdict, g.Words = Pass, found
	default:
		g.Verdict, g.Words = Fail, fmt.Sprintf("%s: missed by %.4f", found, c.Excess()-mostECE)
	}
	return g
}

// coverageGate passes if the coverage is within bounds, or if so few rows cannot say that it is not.
func coverageGate(c *Coverage) Gate {
	rate, low, high := c.Share()
	g := Gate{Name: "toxicity-coverage", Value: rate, Low: low, High: high}
	found := fmt.Sprintf("the 90 %% interval held %.1f %% of %d markouts, 95 %% interval [%.1f, %.1f] %%; wanted %g to %g %%", 100*rate, c.N, 100*low, 100*high, 100*leastCover, 100*mostCover)
	switch {
	case c.N < leastScored:
		g.Verdict, g.Value, g.Words = NotEvaluable, 0, fmt.Sprintf("%d markouts to count: %d are needed", c.N, leastScored)
	case high >= leastCover && low <= mostCover:
		g.Verdict, g.Words = Pass, found
	default:
		g.Verdict, g.Words = Fail, fmt.Sprintf("%s: missed by %.1f points", found, 100*max(leastCover-high, low-mostCover))
	}
	return g
}

func driftGate(psi []PSI) Gate {
	worst := PSI{}
	var over []string
	for _, p := range psi {
		if p.Exempt != "" {
			continue
		}
		if p.Value > worst.Value {
			worst = p
		}
		if p.Value > mostPSI {
			over = append(over, fmt.Sprintf("%s by %.3f", p.Feature, p.Value-mostPSI))
		}
	}
	g := Gate{Name: "drift", Verdict: Pass, Value: worst.Value, Low: worst.Value, High: worst.Value,
		Words: fmt.Sprintf("the largest stability index is %.3f, of %s; wanted at most %g", worst.Value, worst.Feature, mostPSI)}
	if len(over) > 0 {
		g.Verdict, g.Words = Fail, g.Words+": missed for "+strings.Join(over, ", ")
	}
	return g
}

// rowsGate holds that what was read is what there is, but for what no reader can use.
func rowsGate(read, told, blind int64) Gate {
	g := Gate{Name: "rows", Verdict: Pass, Value: float64(read), Low: float64(told - blind), High: float64(told),
		Words: fmt.Sprintf("%d rows with a known fill were read, the store counts %d", read, told)}
	if blind > 0 {
		g.Words += fmt.Sprintf(", of which up to %d are of another feature schema or have none", blind)
	}
	if read > told || read < told-blind {
		g.Verdict, g.Words = Fail, g.Words+fmt.Sprintf(": %d differ; rebuild the store from the journal", max(read-told, told-blind-read))
	}
	return g
}
