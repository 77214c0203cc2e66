package bandit

// Key names one stream of random draws. It is counter-based (PLN-06): draw i is a function of the
// key and i alone, so one decision can be replayed without the decisions before it, and no state
// has to be stored. Nothing but (seed, decision, purpose) decides.
type Key uint64

// golden64 is 2^64 divided by the golden ratio, the increment of SplitMix64.
const golden64 = 0x9E3779B97F4A7C15

// NewKey gives the stream of one purpose (sampling a plan, choosing a probe …) of one decision.
func NewKey(seed, decision, purpose uint64) Key {
	return Key(mix64(seed ^ mix64(decision^mix64(purpose))))
}

// Draw is 64 uniform bits: the output of SplitMix64 (Steele, Lea, Flood 2014) whose state was k,
// after i further steps.
func (k Key) Draw(i uint64) uint64 { return mix64(uint64(k) + (i+1)*golden64) }

// Uniform is draw i as a number in [0, 1), a multiple of 2^−53.
func (k Key) Uniform(i uint64) float64 { return float64(k.Draw(i)>>11) * 0x1p-53 }

// mix64 is the finaliser of SplitMix64, a bijection of 64 bits.
func mix64(z uint64) uint64 {
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}
