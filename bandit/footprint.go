package bandit

import "fmt"

// KernelTerms is the number of exponentials of a transient impact kernel (FIT-05).
const KernelTerms = 4

// kernelTau are their time constants in nanoseconds: .1, 1, 10 and 100 s.
var kernelTau = [KernelTerms]float64{1e8, 1e9, 1e10, 1e11}

// A Kernel says how much our own trades move the mid, and how that decays:
//
//	own impact = σ_D · Σ_j C_j·b_j,    b_j ← b_j·e^(−Δ/τ_j) + s·√(v/V) at each trade of v shares,    τ = .1, 1, 10, 100 s
//
// C has no unit, like the factor Y of the square-root law: ΣC_j is the Y that one trade has at once, so that a symbol without
// a fit has a sensible kernel by its daily volatility σ_D and volume V alone.
type Kernel struct{ C [KernelTerms]float64 }

// mostKernel bounds a coefficient: more than six times the largest Y is no impact.
const mostKernel = 20

// Validate names the coefficient that is out of range.
func (k Kernel) Validate() error {
	for j, c := range k.C {
		if !(c >= 0 && c <= mostKernel) {
			return fmt.Errorf("bandit: kernel coefficient %d is %v: give 0 to %d", j+1, c, mostKernel)
		}
	}
	return nil
}

// Of is the impact of a footprint in units of σ_D.
func (k *Kernel) Of(b *[KernelTerms]float64) float64 {
	sum := 0.0
	for j, c := range k.C {
		sum += float64(c * b[j])
	}
	return sum
}

// A Footprint is the memory of our own trades in one symbol, before any kernel: the b_j of [Kernel]. The zero value has
// traded nothing, and a kernel's Of it is exactly 0. Times are in nanoseconds of any clock that goes on; one that goes back
// counts as standing still. One goroutine owns it.
type Footprint struct {
	Last int64
	B    [KernelTerms]float64
}

// At gives the b_j at a time.
func (f *Footprint) At(now int64) (b [KernelTerms]float64) {
	if f.B == b || now <= f.Last {
		return f.B
	}
	age := float64(now - f.Last)
	for j, v := range f.B {
		if x := float64(v * Exp(-age/kernelTau[j])); x > negligible || x < -negligible {
			b[j] = x
		}
	}
	return b
}

// Trade adds a trade of the given share v/V of a day's volume; side is +1 for a buy, −1 for a sell. A share that is no
// positive number changes nothing.
func (f *Footprint) Trade(now int64, side, share float64) {
	if !(share > 0) || !finite(share) || !finite(side) {
		return
	}
	f.B, f.Last = f.At(now), max(now, f.Last)
	step := float64(side * sqrt(share))
	for j := range f.B {
		f.B[j] += step
	}
}
