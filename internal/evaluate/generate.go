package evaluate

import (
	"fmt"
	"math"

	"github.com/sluice-sor/sluice/bandit"
)

// Streams of a world's draws.
const (
	drawContext = 100 + iota
	drawNoise
	drawRegime
)

// draws is a stream of random numbers in order.
type draws struct {
	key bandit.Key
	n   uint64
}

func newDraws(seed uint64, row int, stream uint64) *draws {
	return &draws{key: bandit.NewKey(seed, uint64(row), stream)}
}

func (d *draws) uniform() float64 {
	d.n++
	return d.key.Uniform(d.n - 1)
}

func (d *draws) normal() float64 {
	return math.Sqrt2 * math.Erfinv(2*(d.uniform()+0x1p-54)-1)
}

// student is Student-t with 4 degrees of freedom.
func (d *draws) student() float64 {
	z := d.normal()
	chi := -2 * (math.Log(1-d.uniform()) + math.Log(1-d.uniform()))
	return z / math.Sqrt(chi/4)
}

// beta25 is Beta(2, 5): the second smallest of six uniforms.
func (d *draws) beta25() float64 {
	low, next := 1.0, 1.0
	for range 6 {
		switch u := d.uniform(); {
		case u < low:
			low, next = u, low
		case u < next:
			next = u
		}
	}
	return next
}

// A CostKind is a family of cost worlds.
type CostKind int

// The families.
const (
	Switch       CostKind = iota // all venues change half-way
	Stationary                   // nothing changes
	Misspecified                 // as Switch, with terms that linear heads cannot fit
)

// regime is the truth of a cost world in one half.
type regime struct {
	a, m       [venues]float64
	b, n       [venues][contexts]float64
	w1, w2, w3 [venues]float64 // misspecified terms
}

func newRegime(d *draws, kind CostKind) *regime {
	fill := [venues]float64{1.2, .9, .2, 0, -.6, -.9, -1.2, -2.2}
	toxic := [venues]float64{.9, 1.1, .5, .4, .1, .5, .9, 0}
	r := &regime{}
	for k := range venues {
		r.a[k], r.m[k] = fill[k]+.4*d.normal(), toxic[k]+.25*d.normal()
		for j := range contexts {
			r.b[k][j], r.n[k][j] = .5*d.normal(), .25*d.normal()
		}
		r.n[k][2] -= .4
		if k >= 4 {
			r.b[k][3] -= .5
		}
		if kind == Misspecified {
			r.w1[k], r.w2[k], r.w3[k] = .8*d.normal(), .8*d.normal(), .3*d.normal()
		}
	}
	return r
}

// truth is the fill probability and the expected toxicity of venue k.
func (g *regime) truth(s *Sight, k int, kind CostKind) (p, tox float64) {
	logit, tox := g.a[k]+1.5*(s.Q[k]-.28), g.m[k]
	for j, x := range s.X {
		logit += g.b[k][j] * x
		tox += g.n[k][j] * x
	}
	if kind == Misspecified {
		logit += math.Tanh(2*s.X[0]*s.X[2]) * g.w1[k]
		if s.X[1] > .8 {
			logit += g.w2[k]
		}
		hinge := max(0, s.X[5])
		tox += hinge * hinge * g.w3[k]
	}
	p = 1 / (1 + math.Exp(-logit))
	if kind == Misspecified {
		tox -= .6 * (p - .5)
	}
	return p, tox
}

// benchVenues are the venues of the recorded cost worlds.
func benchVenues() [venues]Venue {
	return [venues]Venue{{"lit_maker", .3, -1}, {"lit_maker", .28, -1}, {"inverted", -.18, -1}, {"inverted", -.02, -1},
		{"dark_mid", .1, 0}, {"dark_mid", .08, 0}, {"dark_mid", .12, 0}, {"block", .15, 0}}
}

// GenerateCosts draws a cost world of the family by the formulas of the recorded ones (SOR-CB-8).
func GenerateCosts(kind CostKind, seed uint64, rows int) *CostWorld {
	name := [...]string{"switch", "stationary", "misspecified"}[kind]
	w := &CostWorld{Name: fmt.Sprintf("generated:%s:%d", name, seed), Venues: benchVenues(), Centre: .28, Rows: make([]CostRow, rows)}
	first := newRegime(newDraws(seed, 0, drawRegime), kind)
	second := first
	if kind != Stationary {
		second = newRegime(newDraws(seed, 1, drawRegime), kind)
	}
	for t := range w.Rows {
		g := first
		if half(t, rows) == 1 {
			g = second
		}
		r := &w.Rows[t]
		r.context(newDraws(seed, t, drawContext), t)
		r.outcome(newDraws(seed, t, drawNoise), w, g, kind)
	}
	return w
}

func (r *CostRow) context(d *draws, t int) {
	x0 := d.normal()
	r.X = [contexts]float64{x0, .8*d.normal() + .4*x0, max(-1, min(1, .5*d.normal())), math.Abs(d.normal()),
		math.Cos(2 * math.Pi * float64(t) / 2000), d.normal()}
	for k := range r.Q {
		r.Q[k] = d.beta25()
	}
	r.Half = math.Exp(.4 * x0)
	r.Opp = 1.2*r.Half + .5*math.Exp(.3*r.X[1])
}

func (r *CostRow) outcome(d *draws, w *CostWorld, g *regime, kind CostKind) {
	common, spread := d.student(), math.Exp(.25*r.X[1])
	for k := range venues {
		p, tox := g.truth(&r.Sight, k, kind)
		r.filled[k] = d.uniform() < p
		r.tox[k] = tox + .7*(common+d.student())*spread
		r.mean[k] = p*(w.Venues[k].Fee-w.Venues[k].Capture*r.Half+tox) + (1-p)*r.Opp
	}
}

// A PoolKind is a family of pool worlds.
type PoolKind int

// The families.
const (
	Shift PoolKind = iota // context, and all pools change half-way
	IID                   // neither: the world of Ganchev et al. (2009)
)

// poolRegime is the truth of a pool world in one half.
type poolRegime struct {
	logit [pools]float64
	slope [pools][poolContexts]float64
	tails [pools]tail
}

func newPoolRegime(d *draws, kind PoolKind) *poolRegime {
	z := [pools]float64{.55, .7, .8, .85, .9, .95}
	for i := range z {
		z[i] = min(.97, max(.3, z[i]+.05*d.normal()))
	}
	for i := pools - 1; i > 0; i-- { // Fisher and Yates
		j := int(d.uniform() * float64(i+1))
		z[i], z[j] = z[j], z[i]
	}
	g := &poolRegime{}
	for i := range pools {
		g.logit[i] = math.Log((1 - z[i]) / z[i])
		g.tails[i] = powerTail(.8 + d.uniform())
		for j := range poolContexts {
			if w := .9 * d.normal(); kind == Shift {
				g.slope[i][j] = w
			}
		}
	}
	return g
}

// GeneratePools draws a pool world of the family by the formulas of the recorded ones.
func GeneratePools(kind PoolKind, seed uint64, rows int) *PoolWorld {
	name := [...]string{"shift", "iid"}[kind]
	w := &PoolWorld{Name: fmt.Sprintf("generated:%s:%d", name, seed), Rows: make([]PoolRow, rows)}
	regimes := []*poolRegime{newPoolRegime(newDraws(seed, 0, drawRegime), kind)}
	regimes = append(regimes, regimes[0])
	if kind == Shift {
		regimes[1] = newPoolRegime(newDraws(seed, 1, drawRegime), kind)
	}
	for _, g := range regimes {
		w.tails = append(w.tails, g.tails)
	}
	for t := range w.Rows {
		r, d := &w.Rows[t], newDraws(seed, t, drawContext)
		r.regime = half(t, rows)
		r.X = [poolContexts]float64{d.normal(), d.normal()}
		r.Lots = int(min(100, max(4, math.Round(math.Exp(3.2+.6*d.normal())))))
		g := regimes[r.regime]
		for i := range pools {
			logit := g.logit[i] + g.slope[i][0]*r.X[0] + g.slope[i][1]*r.X[1]
			r.any[i] = 1 / (1 + math.Exp(-logit))
			hit, u := d.uniform() < r.any[i], d.uniform()
			for n := 0; hit && n < maxSize && u < g.tails[i][n+1]; n++ {
				r.liquidity[i] = n + 1
			}
		}
	}
	return w
}
