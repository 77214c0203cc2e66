package bandit

// Radius is the half-width of the asymptotic confidence sequence of ABT-03 after n observations with
// sample standard deviation sd (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas 2021, arXiv 2103.06476):
//
//	sd·√( 2(nρ²+1)/(n²ρ²) · ln( √(nρ²+1)/α ) ),  ρ² = (−2 ln α + ln(−2 ln α + 1))/n*
//
// It holds at all n at once, so one may look at any time; it is narrowest near n = nStar. The interval
// is two-sided with error α; it is asymptotic, and not to be read below n = 200. Radius panics unless
// n ≥ 1, 0 < α < 1 and nStar > 0.
func Radius(sd float64, n int64, alpha, nStar float64) float64 {
	if n < 1 || !(alpha > 0 && alpha < 1) || !(nStar > 0) {
		panic("bandit: Radius needs n ≥ 1, 0 < alpha < 1 and nStar > 0")
	}
	two := float64(-2 * Log(alpha))
	rho2 := (two + Log(two+1)) / nStar
	m := float64(n)
	spread := float64(m*rho2) + 1
	return sd * sqrt(float64(2*spread)/float64(float64(m*m)*rho2)*(float64(Log(spread)/2)-Log(alpha)))
}
