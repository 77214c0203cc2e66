package bandit

// A CUSUM watches the standardized errors of one head of one arm for a change of the world (DRF-03;
// Page 1954, on |e|):
//
//	C ← max(0, C + |e| − k),  alarm when C ≥ 25, then C = 0
//
// The zero value is ready.
type CUSUM struct{ Level float64 }

const (
	cusumAlarm     = 25
	cusumFill      = 1.10 // k for H0
	cusumToxicity  = 1.05 // k for H3
	cusumClip      = 3    // |e| of H3
	cusumVariance  = 0.02 // floor of p̄(1−p̄)
	cusumRemembers = 0.1  // share of S and r kept after an alarm
)

// Fill takes one outcome of H0 and reports an alarm. e = (y − p̄)/√max(p̄(1−p̄), .02).
func (c *CUSUM) Fill(y float64, p FillPrediction) bool {
	e := (y - p.Mean) / sqrt(max(p.Mean*(1-p.Mean), cusumVariance))
	return c.step(abs(e), cusumFill)
}

// Toxicity takes one outcome of H3 and reports an alarm. e = (z − mean)/sd, clipped to ±3.
func (c *CUSUM) Toxicity(z float64, p ToxicityPrediction) bool {
	sd := max(p.SD, sqrt(minNoise))
	return c.step(min(cusumClip, abs(z-p.Mean)/sd), cusumToxicity)
}

func (c *CUSUM) step(e, k float64) bool {
	c.Level = max(0, c.Level+e-k)
	if c.Level < cusumAlarm {
		return false
	}
	c.Level = 0
	return true
}

// An Alarm tells the caller that an arm's world changed: the learner has kept a tenth of what it knew
// of the arm's fills and toxicity; the caller journals it and explores more (Exploration.Alarmed).
type Alarm struct {
	Arm  int
	Head Head // HeadFill or HeadToxicity, which raised it
}
