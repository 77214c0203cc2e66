package router

import (
	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/features"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/models"
)

// slot is one model with what was learned on it. There are two at most: the one that serves, and one beside it that predicts,
// learns every outcome from its own frozen predictions, and may serve a part of the parents (MOP-04).
type slot struct {
	serial   uint32 // counts the models that had a place; parents and predictions name theirs by it
	name     string // id of the artifact, or Model
	artifact []byte
	model    *models.Model // of the artifact; nil: the built-in prior
	bandit   *bandit.Learner
	impacts  impacts
	version  uint64 // outcomes learned so far
	barred   bool   // rolled back or demoted: it serves no parent

	leaks   []float64 // by arm, bps for each lot sent; NaN-free, see known
	known   []bool    // by arm: the model says what leaks
	psi     [bandit.MaxDim]float64
	scratch []float64
}

// phi gives the features of the slot's heads for a standardized vector. They are valid until the next call.
func (s *slot) phi(x *[features.Dim]float64) []float64 {
	if s.model == nil || s.model.Map == nil {
		return x[:]
	}
	return s.model.Phi(s.psi[:], s.scratch, x)
}

// raw is what the ledger keeps of a vector beside the features: the vector itself, where they are others.
func (s *slot) raw(x *[features.Dim]float64) []float64 {
	if s.model == nil || s.model.Map == nil {
		return nil
	}
	return x[:]
}

// dim is the number of features of the slot's heads.
func (s *slot) dim() int {
	if s.model == nil {
		return features.Dim
	}
	return s.model.Dim()
}

// leak is what a lot sent costs at an arm, bps: the model's figure, or the venue's from configuration (H6).
func (s *slot) leak(arm int, v *venueState) float64 {
	if arm < len(s.known) && s.known[arm] {
		return s.leaks[arm]
	}
	return v.Leakage
}

// arm is what the slot believes of a venue before any data: what the model has of the venue, or of its kind, or the cold prior.
// k is 1 for takes.
func (s *slot) arm(cfg *Config, v *market.Venue, k int) bandit.ArmConfig {
	arm := coldArm(cfg, v, k, s.dim())
	s.leaks, s.known = append(s.leaks, 0), append(s.known, false)
	if s.model == nil {
		return arm
	}
	a, _ := s.model.Find(v.Name, v.Type.String(), k == 1)
	if a == nil {
		return arm
	}
	s.leaks[len(s.leaks)-1], s.known[len(s.known)-1] = a.Leak, true
	arm.Fill, arm.Latency = prior(&a.Fill), a.Latency
	for h := range arm.Toxicity {
		if !a.Toxicity[h].Empty() {
			arm.Toxicity[h], arm.Noise[h] = prior(&a.Toxicity[h]), a.Noise[h]
		}
	}
	if k == 0 && !a.Hazard.Empty() {
		arm.Hazard = prior(&a.Hazard)
	}
	if arm.Sizes && len(a.SizeA) > 0 {
		copy(arm.Size.A[:], a.SizeA)
		copy(arm.Size.B[:], a.SizeB)
	}
	return arm
}

func prior(g *models.Gaussian) bandit.Prior {
	return bandit.Prior{Mean: g.Mean, Precision: g.Precision}
}

// arms are those of all venues.
func (s *slot) arms(cfg *Config, venues []market.Venue) (out []bandit.ArmConfig) {
	for i := range venues {
		for k := range armsPerVenue {
			out = append(out, s.arm(cfg, &venues[i], k))
		}
	}
	return out
}

// grow gives the slot the venues that a configuration appended. One that the model does not know begins at the mean of its type
// (FTR-03).
func (s *slot) grow(cfg *Config) {
	known := s.bandit.Arms() / armsPerVenue
	if known >= len(cfg.Venues) {
		return
	}
	pools := s.bandit.Pool(kinds(cfg.Venues[:known]))
	var more []bandit.ArmConfig
	for i := known; i < len(cfg.Venues); i++ {
		for k := range armsPerVenue {
			arm := s.arm(cfg, &cfg.Venues[i], k)
			if kind := kindOf(cfg.Venues[i].Type, k); kind < len(pools) && !s.known[len(s.known)-1] {
				arm = pools[kind].Prior(arm)
			}
			more = append(more, arm)
		}
	}
	if err := s.bandit.Append(more...); err != nil {
		panic("router: " + err.Error())
	}
}

// kernel is the transient impact in force: the model's, or the configured one (FIT-05).
func (s *slot) kernel(cfg *Config) bandit.Kernel {
	if s.model != nil && s.model.Kernel != [models.KernelTerms]float64{} {
		return bandit.Kernel{C: s.model.Kernel}
	}
	return bandit.Kernel{C: cfg.Learning.ImpactKernel}
}

// impactPrior is what the slot believes of the impact in a bucket of liquidity before any order.
func (s *slot) impactPrior(bucket int) bandit.ImpactPrior {
	p := bandit.DefaultImpactPrior()
	if s.model != nil && bucket < len(s.model.Impact.Y) {
		p.Y, p.SD = s.model.Impact.Y[bucket], s.model.Impact.SD[bucket]
	}
	return p
}

// opinion is what a slot says of one child at its decision, beside that which decided: the linearisation point that the outcome
// must carry (LRN-05).
type opinion struct {
	slot  uint32
	fill  bandit.FillPrediction
	tox   [bandit.NumHorizons]bandit.ToxicityPrediction
	curve bandit.Curve
	life  bandit.HazardPrediction
}

// opine fills o with what the slot says of an arm for a vector; full is how many lots the last child there filled whole, 0 for
// none (DRK-04).
func (s *slot) opine(o *opinion, arm int, rests bool, full int, x *[features.Dim]float64) {
	phi := s.phi(x)
	o.slot = s.serial
	o.fill = s.bandit.Fill(arm).Predict(phi)
	for h := range o.tox {
		o.tox[h] = s.bandit.Toxicity(arm, bandit.Horizon(h)).Predict(phi)
	}
	o.life = bandit.HazardPrediction{}
	if rests {
		o.life = s.bandit.Hazard(arm).Predict(phi)
	}
	o.curve = s.curve(arm, full, o.fill.Mean)
}

// curve is the survival function of liquidity at an arm.
func (s *slot) curve(arm, full int, first float64) bandit.Curve {
	size := s.bandit.Size(arm)
	switch {
	case size == nil:
		return bandit.Curve{First: first}
	case full > 0:
		return size.After(full)
	}
	return size.Curve(first)
}
