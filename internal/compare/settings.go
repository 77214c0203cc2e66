package compare

import "fmt"

// Settings are what the policies are tuned by, one value each, chosen on the tuning seeds (see Grid) and never on the seeds
// of an evaluation. The learner's are its configuration's.
type Settings struct {
	Ridge      float64 // λ of the linear models
	Epsilon    Linear  // ε
	LinUCB     Linear  // α
	SquareCB   Linear  // γ₀, per bps
	KMLeast    float64 // n_min of ganchev
	KMDiscount float64 // g of ganchev, per wave
	LLPStep    float64 // c of llp
	LLPDecay   float64 // α of llp
}

// Linear is what a policy with linear models explores by, and g, what a datum still counts one datum later.
type Linear struct{ Explore, Discount float64 }

// Tuned gives the settings in use: each policy's best of its grid over five random worlds, those of epsilon and ganchev by the interval,
//
//	sluice compare --tune POLICY --random 700001 --seeds 5 --parents 400     (300 for ganchev and llp)
//
// Neighbors in a grid are within noise of each other.
func Tuned() Settings {
	return Settings{Ridge: 1, Epsilon: Linear{.05, .9995}, LinUCB: Linear{1, .9998}, SquareCB: Linear{3, .9995},
		KMLeast: 3, KMDiscount: .999, LLPStep: 5, LLPDecay: .8}
}

// Of gives the settings that a policy has, as text.
func (s Settings) Of(policy string) string {
	linear := func(name string, l Linear) string {
		return fmt.Sprintf("%s %v, discount %v, ridge %v", name, l.Explore, l.Discount, s.Ridge)
	}
	switch policy {
	case "epsilon":
		return linear("epsilon", s.Epsilon)
	case "linucb":
		return linear("alpha", s.LinUCB)
	case "squarecb":
		return linear("gamma0", s.SquareCB)
	case "ganchev":
		return fmt.Sprintf("least %v, discount %v", s.KMLeast, s.KMDiscount)
	case "llp":
		return fmt.Sprintf("step %v, decay %v", s.LLPStep, s.LLPDecay)
	}
	return "nothing to tune"
}
