package compare

import "fmt"

// Settings are what the policies are tuned by, one value each, chosen on the tuning seeds (see Grid) and never on the seeds
// of an evaluation. The learner's are its configuration's.
type Settings struct {
	Ridge      float64 // λ of the linear models
	Discount   float64 // g of the linear models, per datum
	Epsilon    float64 // of epsilon
	Alpha      float64 // of linucb
	Gamma0     float64 // of squarecb, per bps
	KMLeast    float64 // n_min of ganchev
	KMDiscount float64 // g of ganchev, per wave
	LLPStep    float64 // c of llp
	LLPDecay   float64 // α of llp
}

// Tuned gives the settings in use.
func Tuned() Settings {
	return Settings{Ridge: 1, Discount: .9998, Epsilon: .02, Alpha: .3, Gamma0: 30, KMLeast: 3, KMDiscount: .999, LLPStep: 1, LLPDecay: .6}
}

// Of gives the settings that a policy has, as text.
func (s Settings) Of(policy string) string {
	linear := fmt.Sprintf("ridge %v, discount %v", s.Ridge, s.Discount)
	switch policy {
	case "epsilon":
		return fmt.Sprintf("%s, epsilon %v", linear, s.Epsilon)
	case "linucb":
		return fmt.Sprintf("%s, alpha %v", linear, s.Alpha)
	case "squarecb":
		return fmt.Sprintf("%s, gamma0 %v", linear, s.Gamma0)
	case "ganchev":
		return fmt.Sprintf("least %v, discount %v", s.KMLeast, s.KMDiscount)
	case "llp":
		return fmt.Sprintf("step %v, decay %v", s.LLPStep, s.LLPDecay)
	}
	return "nothing to tune"
}
