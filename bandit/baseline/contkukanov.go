package baseline

import (
	"errors"
	"fmt"
	"math"

	"github.com/sluice-sor/sluice/bandit"
)

// ContKukanovConfig is the cost function of Cont and Kukanov (2017, section 2), per share, and the step of its
// stochastic approximation.
type ContKukanovConfig struct {
	Half    float64   // h, half-spread a market order pays and a limit order earns
	Fee     float64   // f, of the market order
	Rebates []float64 // r_k, one a venue
	Impact  float64   // θ, per share sent
	Under   float64   // λ_u, per share not filled
	Over    float64   // λ_o, per share filled beyond the order
	Step    float64   // > 0: shares of an order moved by a gradient of 1 at the first step, then by 1/√n
	Mix     float64   // least share of each venue times their number; a venue without lots says nothing
}

// Gradient is the stochastic gradient of the cost by the market order M and the limit orders L_k of an order of S
// shares, at an outcome: full_k says that venue k filled all it got, total what filled in all.
//
//	A = M + Σ filled_k;  u = 1{A < S},  o = 1{A > S},  e_k = full_k
//	∂M = h + f + θ − (θ+λ_u)u + λ_o·o,   ∂L_k = θ − [h + r_k + (θ+λ_u)u − λ_o·o]·e_k
//
// Where one venue of distribution F is used beside the market order, the optimum has
// F(Q+L) = (2h+f+r)/(λ_u+h+r+θ).
func (c *ContKukanovConfig) Gradient(dst []float64, full []bool, total, size float64) (market float64, limits []float64) {
	dst = resize(dst, len(c.Rebates))
	short := 0.0
	switch {
	case total < size:
		short = c.Impact + c.Under
	case total > size:
		short = -c.Over
	}
	for k, r := range c.Rebates {
		dst[k] = c.Impact
		if full[k] {
			dst[k] -= c.Half + r + short
		}
	}
	return c.Half + c.Fee + c.Impact - short, dst
}

// ContKukanov divides by the sample average of the gradient of an explicit cost (Cont, Kukanov 2017, section 4):
// projected stochastic gradient descent on the shares (M, L_1 … L_K)/S, with the simplex as the feasible set, so that
// M is what the policy holds back for the market. A queue ahead is 0 in a pool.
type ContKukanov struct {
	config ContKukanovConfig
	x      []float64 // L_k/S, then M/S
	n      float64
	grad   []float64
	full   []bool
}

// NewContKukanov gives the policy with even shares and nothing held back.
func NewContKukanov(c ContKukanovConfig) (*ContKukanov, error) {
	var errs []error
	if len(c.Rebates) == 0 {
		errs = append(errs, errors.New("baseline: Cont-Kukanov: give one rebate a venue"))
	}
	if !(c.Step > 0) || !(c.Mix >= 0 && c.Mix < 1) {
		errs = append(errs, fmt.Errorf("baseline: Cont-Kukanov: Step is %v and Mix %v: give Step above 0 and Mix in [0, 1)", c.Step, c.Mix))
	}
	if !(c.Impact >= 0 && c.Under >= 0 && c.Over >= 0) {
		errs = append(errs, fmt.Errorf("baseline: Cont-Kukanov: Impact %v, Under %v, Over %v: give 0 or more", c.Impact, c.Under, c.Over))
	}
	k := len(c.Rebates)
	p := &ContKukanov{config: c, x: make([]float64, k+1), full: make([]bool, k)}
	for i := range k {
		p.x[i] = 1 / float64(k)
	}
	return p, errors.Join(errs...)
}

// Shares appends the shares of the venues and, last, what is held back; they sum to 1.
func (p *ContKukanov) Shares(dst []float64) []float64 { return append(dst, p.x...) }

// Split divides by the present shares; the market's share is not sent.
func (p *ContKukanov) Split(dst []int, lots int, caps []int, _ bandit.Key) []int {
	k := len(p.full)
	all := apportion(nil, lots, p.x, nil)
	return apportion(dst, lots-all[k], p.x[:k], caps)
}

// Learn takes one step against the gradient.
func (p *ContKukanov) Learn(lots int, sent, filled []int) {
	total := p.x[len(p.full)] * float64(lots)
	for k, v := range sent {
		p.full[k] = v > 0 && filled[k] == v
		total += float64(filled[k])
	}
	market, limits := p.config.Gradient(p.grad, p.full, total, float64(lots))
	p.grad = limits
	p.n++
	step := p.config.Step / math.Sqrt(p.n)
	for k, g := range limits {
		if sent[k] > 0 {
			p.x[k] -= step * g
		}
	}
	p.x[len(p.full)] -= step * market
	project(p.x)
	if k := float64(len(p.full)); p.config.Mix > 0 {
		for i := range p.full {
			p.x[i] = (1-p.config.Mix)*p.x[i] + p.config.Mix/k
		}
		p.x[len(p.full)] *= 1 - p.config.Mix
	}
}
