package control

import (
	"fmt"
	"strings"
	"time"
)

// Learning is what the hard limit around the learner says (SAF-04).
type Learning struct {
	Share     float64 `json:"share"` // of flow that follows the learner, 0 to 1
	Held      bool    `json:"held"`
	Why       string  `json:"why,omitempty"`
	SinceNs   int64   `json:"since_ns,omitempty"`
	Day       int32   `json:"day"`      // YYYYMMDD, of the market
	Outcomes  int64   `json:"outcomes"` // decisions of the day, or since the last release, whose cost is known
	LossBps   float64 `json:"loss_bps"` // what following the learner cost over static, of what those decisions filled
	LossErr   float64 `json:"loss_se_bps"`
	LossUSD   float64 `json:"loss_usd"`
	FilledUSD float64 `json:"filled_usd"`
	SumBps    float64 `json:"sum_bps"`   // the loss in bps·decisions
	LimitBps  float64 `json:"limit_bps"` // of LossBps; 0 = none
}

func learningOf(e Engine) *Learning {
	r := e.Learning()
	return &Learning{Share: r.Share, Held: r.Held, Why: r.Why, SinceNs: int64(r.Since), Day: int32(r.Date), Outcomes: r.Outcomes, LossBps: r.LossBps,
		LossErr: r.ErrorBps, LossUSD: r.Loss, FilledUSD: r.Value, SumBps: r.SumBps, LimitBps: r.LimitBps}
}

// Text says it in words; negative losses are gains.
func (l *Learning) Text(now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%.3g %% of the flow follows the learner", l.Share*100)
	if l.Held {
		fmt.Fprintf(&b, "\nHELD for %v: %s\n`sluice learning release` ends it", now.Sub(time.Unix(0, l.SinceNs)).Truncate(time.Second), l.Why)
	}
	fmt.Fprintf(&b, "\nday %d: over %d decisions it cost %+.3g ± %.2g bps against the static plan, %+.2f of %.0f dollars filled (summed %+.4g bps·decisions); ",
		l.Day, l.Outcomes, l.LossBps, l.LossErr, l.LossUSD, l.FilledUSD, l.SumBps)
	if l.LimitBps > 0 {
		fmt.Fprintf(&b, "limit %v bps", l.LimitBps)
	} else {
		b.WriteString("no limit")
	}
	return b.String()
}
