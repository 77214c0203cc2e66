package train

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/sluice-sor/sluice/bandit/offpolicy"
)

// Card is the model card (MOP-13), Markdown, with its plots as files beside it. It holds no time but the data's, so that the
// same training gives the same text.
func (r *Report) Card() string {
	var b strings.Builder
	w := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	w("# Model card\n\n")
	w("Priors of the router's online heads for %d venues and styles: fills, times to fill, toxicity, sizes, answer times, impact. Family **%s**. "+
		"The router learns on from here; it is no forecast of prices and no advice.\n\n", len(r.Arms), r.Family)
	r.cardData(w)
	r.cardGates(w)
	r.cardValidation(w)
	r.cardArms(w)
	r.cardMarket(w)
	w("## Limits\n\n")
	w("- Fits see what was sent: a venue that was hardly used is known by its kind.\n")
	w("- The policy's value holds the plans, sizes and shares of flow of the log; it says nothing of plans that nobody drew.\n")
	w("- Figures of simulated markets say nothing of real ones.\n")
	return b.String()
}

type words func(format string, args ...any)

func stamp(ns int64) string { return time.Unix(0, ns).UTC().Format("2006-01-02 15:04:05") }

func (r *Report) cardData(w words) {
	w("## Data\n\n")
	w("| | |\n|---|---|\n")
	w("| decisions | %s to %s UTC, %d days |\n", stamp(r.From), stamp(r.To), r.Days)
	w("| rows | %d, of which %d filled |\n", r.Rows, r.Fills)
	w("| first part, fitted | %d rows |\n", r.FitRows)
	w("| purged at the border | %d rows before %s |\n", r.Purged, stamp(r.Border))
	w("| last part, validated on | %d rows, scored %d |\n", r.TestRows, r.ScoredRows)
	if r.Epoch > 0 {
		w("| training cut | epoch %d, record %d of journal %d |\n", r.Epoch, r.Seq, r.Instance)
	} else {
		w("| training cut | none: everything up to record %d |\n", r.Seq)
	}
	w("| SHA-256 of the rows | `%s` |\n", r.DataHash)
	w("| seed, code | %d, %s |\n", r.Seed, r.Commit)
	w("| compared with | %s |\n\n", r.Champion)
	w("The figures below are of a fit to the first part on the last part. What is published was fitted again, the same way, to all rows.\n\n")
}

func (r *Report) cardGates(w words) {
	w("## Gates\n\n| gate | verdict | found |\n|---|---|---|\n")
	for _, g := range r.Gates {
		v := string(g.Verdict)
		if g.Waived != "" {
			v += ", waived by " + g.Waived
		}
		w("| %s | %s | %s |\n", g.Name, v, g.Words)
	}
	w("\n")
}

func (r *Report) cardValidation(w words) {
	v := r.Validation
	w("## On rows not seen\n\n![calibration](calibration.svg)\n\n")
	w("| head | rows | log density, nats a row | over the live model |\n|---|---|---|---|\n")
	for _, p := range []struct {
		name string
		of   *Paired
	}{{"any fill (H0)", &v.Fill}, {"toxicity (H3), at the venues' horizons", &v.Tox}, {"any fill, against the live learner as it went", &v.LiveFill}} {
		w("| %s | %d | %.4f | %s |\n", p.name, p.of.N, p.of.Mean, p.of.words())
	}
	w("\nThe live learner of the last line had learned from every row before the one it is scored on; the candidate is frozen. It is shown and decides nothing.\n\n")
	w("Toxicity of fills less the shadow toxicity of what did not fill: %s bps (adverse selection apart from drift).\n\n", figure(v.Selection, 3))
	r.cardChoice(w)
	r.cardSurvival(w)
	r.cardWalk(w)
	r.cardChallengers(w)
	r.cardPolicy(w)
	w("### Drift of the features\n\n")
	for _, p := range r.PSI {
		if p.Exempt != "" {
			w("- %s: %.3f, not counted (%s)\n", p.Feature, p.Value, p.Exempt)
		} else if p.Value > mostPSI/2 {
			w("- %s: %.3f\n", p.Feature, p.Value)
		}
	}
	w("- all others: at most %g\n\n", mostPSI/2)
}

func (p *Paired) words() string {
	if p.N < leastScored {
		return "too few rows"
	}
	return fmt.Sprintf("%+.4f [%+.4f, %+.4f]", p.Difference, p.Difference-p.Radius, p.Difference+p.Radius)
}

func figure(x float64, digits int) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "-"
	}
	return fmt.Sprintf("%+.*f", digits, x)
}

func (r *Report) cardChoice(w words) {
	c := r.Choice
	if c == nil {
		return
	}
	w("### Feature map\n\n![learning curves](learning.svg)\n\n")
	w("A network to %d features, trained on %d rows, against the features themselves: any fill %s, toxicity %s nats a row. ", c.Units, c.Rows, c.Fill.words(), c.Tox.words())
	if c.Taken {
		w("It is taken.\n\n")
	} else {
		w("It is not taken: it must be better at one and not worse at the other.\n\n")
	}
}

func (r *Report) cardSurvival(w words) {
	s := r.Survival
	if s == nil {
		return
	}
	w("### Time to fill\n\n")
	if s.Why != "" {
		w("%s: %d resting orders, %d filled.\n\n", s.Why, s.Lives, s.Fills)
		return
	}
	w("%d resting orders, %d filled; log score %.4f nats.", s.Lives, s.Fills, s.LogScore)
	if s.Concordance > 0 {
		w(" Cox's model on the features: concordance %.3f.", s.Concordance)
	} else {
		w(" Cox's model: %s.", s.Cox)
	}
	w("\n\n| after | Kaplan-Meier | H2, mean | Brier H2 | Brier of the curve |\n|---|---|---|---|---|\n")
	for _, p := range s.At {
		brier := func(x float64) string {
			if x < 0 {
				return "-"
			}
			return fmt.Sprintf("%.4f", x)
		}
		w("| %g s | %.4f ± %.4f | %.4f | %s | %s |\n", p.Seconds, p.Observed, p.SE, p.Predicted, brier(p.Brier), brier(p.BrierKM))
	}
	w("\n")
}

func (r *Report) cardWalk(w words) {
	w("### Walk forward, by day\n\n")
	if len(r.Walk) == 0 {
		why := r.WalkWhy
		if why == "" {
			why = "no day has enough rows behind it"
		}
		w("None: %s.\n\n", why)
		return
	}
	w("| day | rows | any fill | over the live model | toxicity | over the live model | ECE | in the 90 %% interval |\n|---|---|---|---|---|---|---|---|\n")
	for _, d := range r.Walk {
		w("| %s | %d | %.4f | %+.4f | %.4f | %+.4f | %.4f | %s |\n", d.Date, d.Rows, d.Fill, d.FillGain, d.Tox, d.ToxGain, d.ECE, share(d.Inside))
	}
	w("\n")
}

func share(x float64) string {
	if x < 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*x)
}

func (r *Report) cardChallengers(w words) {
	c := r.Challengers
	if c == nil {
		return
	}
	w("### Trees against H3\n\n")
	if c.Why != "" {
		w("Not tried: %s (%d).\n\n", c.Why, c.Rows)
		return
	}
	w("Toxicity of %d fills, cross-validated on %s; classes are quintiles.\n\n", c.Rows, c.Folds)
	w("| model | macro-F1 | log loss | RMSE, bps | cheaper half, bps | log density over H3 |\n|---|---|---|---|---|---|\n")
	for _, s := range c.Scores {
		over := "-"
		if s.Name != "H3" {
			over = fmt.Sprintf("%+.4f ± %.4f", s.Density, s.Radius)
		}
		w("| %s | %.3f | %.4f | %.3f | %+.3f | %s |\n", s.Name, s.MacroF1, s.LogLoss, s.RMSE, s.Act, over)
	}
	if c.Beaten == "" {
		w("\nNo tree beats H3.\n\n")
	} else {
		w("\n**A %s beats H3**: its splits are worth having as features. It is not served.\n\n", c.Beaten)
	}
}

func (r *Report) cardPolicy(w words) {
	p := r.Policy
	if p == nil {
		return
	}
	w("### The policy's value on logged draws\n\n")
	if p.Problem != "" {
		w("None: %s.\n\n", p.Problem)
		return
	}
	w("%d draws of %d orders, effective sample %.0f, largest weight %.2f %%, %d support holes.\n\n", p.Target.Rows, p.Target.Parents, p.Target.ESS, 100*p.Target.Largest, p.Target.Holes)
	w("| estimator | value, bps | against what was done |\n|---|---|---|\n")
	for k := range p.Difference {
		e, d := p.Target.By[k], p.Difference[k]
		w("| %v | %+.3f ± %.3f | %+.3f [%+.3f, %+.3f] |\n", offpolicy.Estimator(k), e.Value, e.Radius, d.Value, d.Value-d.Radius, d.Value+d.Radius)
	}
	for _, why := range p.Target.Refusals {
		w("\nNot evaluable: %s.\n", why)
	}
	w("\n")
}

func (r *Report) cardArms(w words) {
	if len(r.Arms) == 0 {
		return
	}
	w("## Venues and styles\n\n![coefficients](coefficients.svg)\n\n")
	w("| venue | rows | fill rate | H0 intercept | shrunk | toxicity, bps | noise, bps | answer, ms | leak, bps a lot |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, a := range r.Arms {
		w("| %s | %d | %.3f | %+.3f | %+.3f ± %.3f | %+.3f | %.2f | %.3f | %.4f |\n", a.Arm, a.Rows, a.FillRate, a.Level, a.LevelShrunk, a.SE, a.Toxicity, a.Noise, 1e3*a.Latency, a.Leak)
	}
	w("\n| kind | venues | H0 mean | they differ by | H3 mean, bps | they differ by |\n|---|---|---|---|---|---|\n")
	for _, k := range r.Spread {
		w("| %s | %d | %+.3f | %.3f | %+.3f | %.3f |\n", k.Kind, k.Venues, k.FillMean, k.FillTau, k.ToxMean, k.ToxicityTau)
	}
	w("\n")
}

func (r *Report) cardMarket(w words) {
	if i := r.Impact; i != nil {
		w("## Impact\n\n")
		if i.All.Rows == 0 {
			w("%d finished orders: too few. The router's own factor stays.\n\n", i.Orders)
		} else {
			if len(i.Curve) > 1 {
				w("![impact](impact.svg)\n\n")
			}
			w("I = Y·σ_D·√(Q/V) on %d finished orders: Y = %.3f ± %.3f, which explains %.1f %% of the weighted squares. With a free exponent it is %.3f ± %.3f (served: ½).\n\n",
				i.Orders, i.All.Y, i.All.SD, 100*i.All.R2, i.All.Delta, i.All.DeltaSD)
			w("| bucket of liquidity | orders | Y fitted | Y served |\n|---|---|---|---|\n")
			for b := range i.Buckets {
				w("| %d | %d | %.3f ± %.3f | %.3f ± %.3f |\n", b, i.Buckets[b].Rows, i.Buckets[b].Y, i.Buckets[b].SD, i.Served.Y[b], i.Served.SD[b])
			}
			w("\n")
		}
	}
	if k := r.Kernel; k != nil {
		w("## Transient kernel\n\n")
		if k.Moves < leastMoves {
			w("%d looks at the mid: too few. None is served.\n\n", k.Moves)
		} else {
			w("C at .1, 1, 10, 100 s: %.3f, %.3f, %.3f, %.3f on %d moves, of which it explains %.2f %%.\n\n", k.C[0], k.C[1], k.C[2], k.C[3], k.Moves, 100*k.Explained)
		}
	}
	if c := r.Cost; c != nil {
		w("## Cost network\n\n")
		if c.Net == nil {
			w("None: %s (%d).\n\n", c.Why, c.Rows)
		} else {
			if r.Choice == nil {
				w("![learning curves](learning.svg)\n\n")
			}
			w("Trained on %d children; error on the latest fifth, by which it was stopped, %.2f bps, of a constant %.2f.\n\n", c.Rows, c.RMSE, c.Mean)
		}
	}
	if len(r.Leaks) > 0 {
		w("## Leakage\n\n| venue | λ, bps a lot | shrunk | exposed | idle | |\n|---|---|---|---|---|---|\n")
		for _, l := range r.Leaks {
			w("| %v | %+.4f ± %.4f | %+.4f | %d | %d | %s |\n", l.Arm, l.Raw, l.SE, l.Lambda, l.Exposed, l.Idle, l.Refused)
		}
		w("\n")
	}
}
