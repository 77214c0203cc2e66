package train

import (
	"context"
	"math"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/bandit/survival"
)

// Survival are the diagnostics of the time to fill of resting orders (FIT-03); what is served is H2.
type Survival struct {
	Lives, Fills int
	At           []SurvivalPoint
	LogScore     float64 // right-censored log-likelihood of H2, nats a life
	Concordance  float64 // of Cox's model on the features, 0 where it has none
	Cox          string  // what it said, or why there is none
	Why          string  // there are no figures
}

// SurvivalPoint compares H2 with the Kaplan-Meier estimate at a time.
type SurvivalPoint struct {
	Seconds        float64
	Observed, SE   float64 // Kaplan-Meier, Greenwood
	Predicted      float64 // mean of H2
	Brier, BrierKM float64 // IPCW-weighted, of H2 and of the curve; −1: nobody is left to score
}

// survivalTimes are those of FIT-03, seconds.
var survivalTimes = [...]float64{.1, 1, 30}

// coxRows bounds the lives that Cox's model sees: its concordance compares all pairs.
const coxRows = 1500

// survivalOf scores H2 on the lives of rows first to last.
func survivalOf(ctx context.Context, x *Extract, first, last int64, p *predictor) (*Survival, error) {
	var lives []survival.Observation
	var said []survival.Prediction
	var at [len(survivalTimes)][]float64
	var cox []survival.Row
	psi := make([]float64, len(p.arms[0].hazard.mean))
	err := x.each(ctx, first, last, func(_ int64, e *entry) {
		if !e.has(hasLife) || len(lives) >= mostLives {
			return
		}
		phi := p.phi.of(e)
		h := hazards{of: &p.arms[e.Arm].hazard, psi: psi}
		copy(psi[bandit.HazardBins:], phi[1:])
		o := survival.Observation{Time: float64(e.Life.End) / 1e9, Event: e.Life.Filled}
		lives = append(lives, o)
		said = append(said, h.prediction(&e.Life))
		for k, t := range survivalTimes {
			at[k] = append(at[k], h.survival(t*1e9))
		}
		if len(cox) < coxRows {
			cox = append(cox, survival.Row{Observation: o, X: append([]float64(nil), e.Phi[1:]...)})
		}
	})
	if err != nil {
		return nil, err
	}
	s := &Survival{Lives: len(lives)}
	for _, o := range lives {
		if o.Event {
			s.Fills++
		}
	}
	if s.Fills < 20 || s.Lives < leastScored {
		s.Why = "too few lives, or fills among them"
		return s, nil
	}
	return s, s.judge(lives, said, at, cox)
}

func (s *Survival) judge(lives []survival.Observation, said []survival.Prediction, at [len(survivalTimes)][]float64, cox []survival.Row) error {
	curve, err := survival.KaplanMeier(lives)
	if err != nil {
		return err
	}
	for k, t := range survivalTimes {
		p := SurvivalPoint{Seconds: t, Brier: -1, BrierKM: -1}
		if t > curve.Last {
			continue // nobody lasted so long under observation
		}
		p.Observed, p.SE = curve.At(t)
		flat := make([]float64, len(lives))
		for i, v := range at[k] {
			p.Predicted += v / float64(len(lives))
			flat[i] = p.Observed
		}
		if b, err := survival.BrierAt(t, lives, at[k]); err == nil {
			p.Brier = b
			if b, err = survival.BrierAt(t, lives, flat); err == nil {
				p.BrierKM = b
			}
		}
		s.At = append(s.At, p)
	}
	if s.LogScore, err = survival.LogScore(lives, said); err != nil {
		return err
	}
	fit, err := survival.Cox(varying(cox), survival.Efron)
	if err != nil {
		s.Cox = err.Error()
		return nil //nolint:nilerr // a diagnostic that says why it has nothing to say
	}
	s.Concordance, s.Cox = fit.Concordance, "fitted"
	if math.IsNaN(s.LogScore) || math.IsInf(s.LogScore, 0) {
		s.LogScore = -1e9
	}
	return nil
}

// varying leaves out covariates that do not vary.
func varying(rows []survival.Row) []survival.Row {
	if len(rows) == 0 {
		return rows
	}
	var keep []int
	for j := range rows[0].X {
		for i := range rows {
			if rows[i].X[j] != rows[0].X[j] {
				keep = append(keep, j)
				break
			}
		}
	}
	out := make([]survival.Row, len(rows))
	for i, r := range rows {
		out[i].Observation = r.Observation
		for _, j := range keep {
			out[i].X = append(out[i].X, r.X[j])
		}
	}
	return out
}

// hazards reads one life's hazards off a head.
type hazards struct {
	of  *gaussian
	psi []float64 // slopes filled in
}

func (h *hazards) bin(b int, logShare float64) float64 {
	h.psi[b] = 1
	p := h.of.probability(h.psi, logShare)
	h.psi[b] = 0
	return p
}

// prediction is what H2 said of what came: the density of the fill's bin, or of lasting so long.
func (h *hazards) prediction(l *bandit.Life) (p survival.Prediction) {
	p.Survival = 1
	for b := range bandit.HazardBins {
		y, logShare, ok := l.Bin(b)
		if !ok {
			continue
		}
		q := h.bin(b, logShare)
		if y == 1 {
			p.Density = p.Survival * q
		}
		p.Survival *= 1 - q
	}
	return p
}

// survival is the probability of lasting longer, nanoseconds.
func (h *hazards) survival(nanos float64) float64 {
	s, from := 1.0, 0.0
	for b := range bandit.HazardBins {
		to := float64(bandit.HazardEdge(b))
		if nanos <= from {
			break
		}
		share := 0.0
		if nanos < to {
			share = math.Log((nanos - from) / (to - from))
		}
		s *= 1 - h.bin(b, share)
		from = to
	}
	return s
}
