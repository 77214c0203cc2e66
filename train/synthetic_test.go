package train

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/features"
	"github.com/sluice-sor/sluice/internal/order"
)

// A truth is a world whose coefficients are known, to fit and to compare with. Every head's outcome is drawn from its own
// coefficients alone: the life of a resting child says nothing about whether the same row filled.
type truth struct {
	rng    *rand.Rand
	arms   []truthArm
	start  int64   // of the first row, Unix ns
	gap    int64   // between rows, ns
	shadow float64 // toxicity of what was not filled less that of what was, bps
	y      [5]float64
}

// truthArm is one venue and style.
type truthArm struct {
	venue, kind string
	style       order.Style
	fill        [features.Dim]float64 // H0
	tox         [bandit.NumHorizons][features.Dim]float64
	noise       [bandit.NumHorizons]float64 // scale of Student-t₄ noise, bps
	sizes       [bandit.NumBins]float64     // H1: hazard that liquidity ends, by bin
	life        [bandit.HazardBins]float64  // H2: logits of the bins' hazards at φ = 0
	slopes      [features.Dim]float64       // H2: of φ; the constant's is not used
	latency     float64                     // seconds
	reject      float64
}

// newTruth gives the world of a seed: two dark pools, two posts and two takes.
func newTruth(seed uint64) *truth {
	t := &truth{rng: rand.New(rand.NewPCG(seed, 1)), start: 1_772_463_600_000_000_000, gap: 50_000_000, shadow: -.4, y: [5]float64{1, .8, .6, .5, .4}}
	for i, a := range []truthArm{
		{venue: "DARKA", kind: "dark", style: order.StyleDark}, {venue: "DARKB", kind: "dark", style: order.StyleDark},
		{venue: "LITX", kind: "lit", style: order.StylePost}, {venue: "ECNY", kind: "ecn", style: order.StylePost},
		{venue: "LITX", kind: "lit", style: order.StyleTake}, {venue: "ECNY", kind: "ecn", style: order.StyleTake},
	} {
		a.latency, a.reject = .0002*float64(i+1), .01*float64(i+1)
		a.fill[0] = [...]float64{-1, -1.5, -.3, 0, 1.8, 2.2}[i]
		for h := range a.tox {
			a.tox[h][0] = .2 * float64(i%3) * float64(h+1)
			a.noise[h] = []float64{.4, 1, 3, 7}[h]
		}
		for j := 1; j < features.Dim; j++ {
			a.fill[j], a.slopes[j] = .35*t.rng.NormFloat64(), .25*t.rng.NormFloat64()
			for h := range a.tox {
				a.tox[h][j] = .15 * t.rng.NormFloat64()
			}
		}
		for b := range a.sizes {
			a.sizes[b] = min(.5, .05*float64(1+i)/float64(1+b))
		}
		for b := range a.life {
			a.life[b] = -4 + .4*float64(b) + .1*float64(i)
		}
		t.arms = append(t.arms, a)
	}
	return t
}

// context draws φ.
func (t *truth) context(phi *[features.Dim]float64) {
	phi[0] = 1
	for j := 1; j < features.Dim; j++ {
		phi[j] = min(features.Clip, max(-features.Clip, t.rng.NormFloat64()))
	}
}

func along(theta, phi *[features.Dim]float64) (sum float64) {
	for j := range theta {
		sum += theta[j] * phi[j]
	}
	return sum
}

func logistic(a float64) float64 { return 1 / (1 + math.Exp(-a)) }

// student draws t₄.
func (t *truth) student() float64 {
	chi := 0.0
	for range 4 {
		z := t.rng.NormFloat64()
		chi += z * z
	}
	return t.rng.NormFloat64() / math.Sqrt(chi/4)
}

// rows gives fn n children in the order of time; the row is used again.
func (t *truth) rows(n int, fn func(*Row)) {
	r := new(Row)
	for i := range n {
		a := &t.arms[t.rng.IntN(len(t.arms))]
		at := t.start + int64(i)*t.gap
		seq := uint64(i)*20 + 1
		*r = Row{Instance: 1, Seq: seq, Parent: uint64(i/8) + 1, Child: uint64(i) + 1, Decision: uint64(i) + 1, At: at, Venue: a.venue, Kind: a.kind,
			Symbol: "AMZN", Style: a.style, Takes: a.style.Takes(), Side: 1 - 2*(i/8%2), Vol: 180, ADV: 3e6, Lot: 100, Marks: r.Marks[:0],
			HasAnswer: true, Latency: a.latency * t.rng.ExpFloat64(), AnswerSeq: seq + 1, AnswerAt: at + 1e6}
		t.context(&r.Phi)
		if t.rng.Float64() < a.reject {
			r.Rejected = true
			fn(r)
			continue
		}
		t.filled(a, r)
		t.lived(a, r)
		t.marked(a, r)
		fn(r)
	}
}

func (t *truth) filled(a *truthArm, r *Row) {
	r.HasFill, r.Sent, r.FillSeq, r.FillAt = true, 1+t.rng.IntN(20), r.Seq+2, r.At+2e9
	if t.rng.Float64() < logistic(along(&a.fill, &r.Phi)) {
		for r.Got = 1; r.Got < r.Sent; r.Got++ {
			b := 0
			for edge := 1; r.Got+1 > edge && b < bandit.NumBins-1; edge *= 2 {
				b++
			}
			if t.rng.Float64() < a.sizes[b] {
				break
			}
		}
	}
	r.Early = t.rng.Float64() < .05
}

func (t *truth) lived(a *truthArm, r *Row) {
	if r.Takes {
		return
	}
	r.HasLife, r.LifeSeq = true, r.FillSeq
	rest := []int64{500_000_000, 2_000_000_000, 20_000_000_000}[t.rng.IntN(3)]
	r.Life = bandit.Life{End: rest, Rest: rest}
	slope := along(&a.slopes, &r.Phi) - a.slopes[0]
	from := int64(0)
	for b := range bandit.HazardBins {
		to := bandit.HazardEdge(b)
		if from >= rest {
			return
		}
		if t.rng.Float64() < logistic(a.life[b]+slope) {
			if at := from + 1 + t.rng.Int64N(to-from); at <= rest {
				r.Life.End, r.Life.Filled = at, true
			}
			return
		}
		from = to
	}
}

func (t *truth) marked(a *truthArm, r *Row) {
	if r.Got == 0 {
		h := bandit.Horizon10s
		if !r.Takes && a.kind != "dark" {
			h = bandit.Horizon1s
		}
		r.Marks = append(r.Marks, Mark{Horizon: h, Shadow: true, At: r.FillAt, Seq: r.Seq + 3, Bps: along(&a.tox[h], &r.Phi) + t.shadow + a.noise[h]*t.student()})
		return
	}
	for h := range bandit.Horizon(bandit.NumHorizons) {
		own := .05 * t.rng.Float64() * float64(r.Got)
		r.Marks = append(r.Marks, Mark{Horizon: h, Exec: r.Child, Qty: int64(r.Got) * r.Lot, At: r.At + 1e9, Seq: r.Seq + 3 + uint64(h),
			Bps: along(&a.tox[h], &r.Phi) + a.noise[h]*t.student(), Own: own})
	}
}

// decisions gives fn n draws between plans, one plan an arm, with what each plan costs on average; both are used again. The
// first plan is the static one; the probabilities follow a noisy idea of the costs.
func (t *truth) decisions(n int, fn func(d *DecisionRow, costs []float64)) {
	d := new(DecisionRow)
	costs, guess := make([]float64, len(t.arms)), make([]float64, len(t.arms))
	for i := range n {
		at := t.start + int64(i)*t.gap
		*d = DecisionRow{Instance: 1, Seq: uint64(i) + 1, Parent: uint64(i/8) + 1, Decision: uint64(i) + 1, At: at, Symbol: "AMZN", Side: 1, Stage: "dark",
			Want: 1000, M: .9, Epsilon: .05, Gamma: 2, Model: "builtin", Venues: d.Venues[:0], Plans: d.Plans[:0], Known: true}
		var phi [features.Dim]float64
		t.context(&phi)
		best := 0
		for j := range t.arms {
			a := &t.arms[j]
			p := logistic(along(&a.fill, &phi))
			costs[j] = 5 - p*(3-along(&a.tox[bandit.Horizon1s], &phi))
			guess[j] = costs[j] + .5*t.rng.NormFloat64()
			if guess[j] < guess[best] {
				best = j
			}
			d.Venues = append(d.Venues, VenueRow{Venue: a.venue, Kind: a.kind, Style: a.style, Takes: a.style.Takes(), Phi: phi, FillProb: p, ExpectBps: guess[j], Size: d.Want})
			d.Plans = append(d.Plans, Plan{Name: a.venue, CostBps: guess[j], Shares: []Share{{Venue: a.venue, Kind: a.kind, Style: a.style, Takes: a.style.Takes(), Qty: d.Want}}})
		}
		rest := 1.0
		for j := range guess {
			if j != best {
				d.Plans[j].Prob = 1 / (float64(len(guess)) + d.Gamma*(guess[j]-guess[best]))
				rest -= d.Plans[j].Prob
			}
		}
		d.Plans[best].Prob = rest
		u := t.rng.Float64()
		for d.Chosen = 0; d.Chosen < len(d.Plans)-1; d.Chosen++ {
			if u -= d.Plans[d.Chosen].Prob; u < 0 {
				break
			}
		}
		d.Realized = costs[d.Chosen] + 4*t.student()
		fn(d, costs)
	}
}

// parents gives fn n finished orders of the square-root law with t.y by bucket.
func (t *truth) parents(n int, fn func(*ParentRow)) {
	for i := range n {
		p := ParentRow{Instance: 1, Seq: uint64(i) + 1, Parent: uint64(i) + 1, At: t.start + int64(i)*t.gap, Symbol: "AMZN", Side: 1 - 2*(i%2), Bucket: i % 5,
			Vol: 120 + 100*t.rng.Float64(), Share: math.Exp(-9 + 6*t.rng.Float64()), Days: math.Exp(-6 + 5*t.rng.Float64()), Bounce: 1}
		p.Excess = t.y[p.Bucket]*p.Vol*math.Sqrt(p.Share) + p.Vol*math.Sqrt(p.Days/3)*t.rng.NormFloat64() + p.Bounce*t.rng.NormFloat64()
		p.Z = p.Excess / (p.Vol * math.Sqrt(p.Share))
		fn(&p)
	}
}

// TestTruth: what a truth gives has the rates that it says, so that a fit that misses them is wrong.
func TestTruth(t *testing.T) {
	w := newTruth(1)
	var want, got, sd float64
	last := int64(0)
	w.rows(20_000, func(r *Row) {
		if r.At <= last {
			t.Fatalf("row %d comes before the one before it", r.Child)
		}
		last = r.At
		if !r.HasFill {
			return
		}
		for i := range w.arms {
			if a := &w.arms[i]; a.venue == r.Venue && a.style == r.Style {
				p := logistic(along(&a.fill, &r.Phi))
				want, sd = want+p, sd+p*(1-p)
			}
		}
		if r.Got > 0 {
			got++
		}
	})
	if math.Abs(got-want) > 4*math.Sqrt(sd) {
		t.Errorf("%v filled, want %v ± %v", got, want, math.Sqrt(sd))
	}
	w.decisions(1000, func(d *DecisionRow, costs []float64) {
		sum := 0.0
		for i := range d.Plans {
			sum += d.Plans[i].Prob
		}
		if math.Abs(sum-1) > 1e-12 || !d.Draw() || len(costs) != len(d.Plans) {
			t.Fatalf("probabilities sum to %v, draw %v", sum, d.Draw())
		}
	})
}
