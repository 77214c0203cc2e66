package router

import (
	"fmt"
	"math"

	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/snapshot"
)

// The newer of two models is watched against its predecessor, which predicts beside it (SWP-05, MOP-20, MOP-21).
//
// Of each outcome that both predicted, d is by how much the predecessor's log predictive density was higher, cut to ±2 nats. Two
// tests bet on it, see [bet]: one sees a model that is grossly wrong within a dozen outcomes, one any model that is worse. Of each
// a capital of 1 grows by the factor 1 + λ·x with every observation x, from −1 to 1, with a stake λ in [0, .9] that is set by what
// came before. If E[x | past] ≤ 0, the capital is a nonnegative supermartingale whatever its distribution, and ever exceeds 1/α with a
// probability of at most α (Ville 1939; Waudby-Smith, Ramdas 2024). So it may be looked at after every observation. The models
// need not be true, and may be wrong alike.
//
// What an outcome says of the past includes other outcomes of its time: they have the market's move in common, and markouts of one
// order's children correlate by a quarter. Betting on each by itself that d > 0 would prove nearly every equal model worse within a day.
//
// There are three such pairs, of fills and sizes (H0, H1), of toxicity at the deciding horizon, once for each child (H3), and of
// rejects; each test has a sixth of α.
const (
	vigilAlpha = .02
	// vigilDemotes is the log capital at which a model is demoted, ln(6/α).
	vigilDemotes = 5.703782474656201
	vigilClip    = 2   // nats: more of one outcome is an accident, less would not see a model that is sure and rarely wrong
	vigilMargin  = .25 // nats: so much worse an outcome says nothing, for what it shares with others of its time is less
	vigilBlock   = 2 * market.Second
	vigilStake   = .9  // most of the capital at stake
	vigilFloor   = -3  // log capital: what a long good time may hide of a bad one after it
	vigilKeep    = .99 // of what sets the stake
	vigilPrior   = 4   // observations that it begins with
	vigilBegan   = .1  // of which each said so much, and whose squares were as large
	vigilBad     = 3   // refused predictions in a row
	// A promoted model is proved by as much as lets a canary go on (Model operations, gate 2), whichever comes first.
	vigilProves   = 2000
	vigilProvesIn = 24 * market.Hour
)

// bet is a pair of tests. Swift bets on every outcome that d is more than a margin, a quarter of a nat: that it is for an equal model
// no outcome of the same time foretells. (For rejects the margin is in d, twice what was usual.) Calm bets on the mean of what came
// within two seconds, of children that were all decided after it had bet the last time: so no two of its observations are of one
// time. What lies between is not bet on.
type bet struct {
	n           int64   // outcomes
	total       float64 // Σ d, nats, of all outcomes, for people
	swift, calm capital

	since market.Time // children decided from here on are of calm's next observation
	first market.Time // its first outcome
	held  int64       // its outcomes
	sum   float64     // Σ d of them, cut
}

// see takes the difference of an outcome of a child that was decided at a time, and how much of it says nothing to swift; it
// reports whether the predecessor is proved better.
func (b *bet) see(d, margin float64, decided, now market.Time) bool {
	b.n++
	b.total += d
	d = min(vigilClip, max(-vigilClip, d))
	b.swift.bet((d - margin) / vigilClip)
	if decided < b.since {
		return b.proved()
	}
	if b.held == 0 {
		b.first = now
	}
	b.held++
	if b.sum += d; now >= b.first.Add(vigilBlock) {
		b.calm.bet(b.sum / float64(b.held) / vigilClip)
		b.since, b.held, b.sum = now, 0, 0
	}
	return b.proved()
}

func (b *bet) proved() bool { return max(b.swift.log, b.calm.log) >= vigilDemotes }

// capital is what a test has won.
type capital struct {
	log     float64
	sum     float64 // Σ x, fading
	squares float64
	weight  float64
}

// bet takes an observation.
func (k *capital) bet(x float64) {
	x = min(1, max(-1, x))
	mean := (float64(vigilPrior*vigilBegan) + k.sum) / (vigilPrior + k.weight)
	squares := (float64(vigilPrior*vigilBegan) + k.squares) / (vigilPrior + k.weight)
	stake := min(vigilStake, max(0, mean/squares))
	k.log = max(vigilFloor, k.log+bandit.Log(1+float64(stake*x)))
	k.sum = float64(vigilKeep*k.sum) + x
	k.squares = float64(vigilKeep*k.squares) + float64(x*x)
	k.weight = float64(vigilKeep*k.weight) + 1
}

// vigil watches the newer model.
type vigil struct {
	since               market.Time // when it began
	fills, tox, rejects bet
	bad                 int       // predictions of the newer one refused in a row
	usual               []float64 // by arm, how often it rejected before; of one that was appended since nothing is known

	fill    [2]scored // memory of one outcome, by slot
	markout [2]scored
}

type scored struct {
	ok, bad bool
	log     float64
	tox     bandit.ToxicityPrediction
}

// watched is the place in slots() of the model that had its place later.
func (l *learner) watched() int {
	if l.beside != nil && l.beside.serial > l.serial {
		return 1
	}
	return 0
}

// unproven is why no other model may take the place beside: the predecessor of the model that serves stands there, and without it
// nobody would see that the new one is worse. Nil where it may.
func (l *learner) unproven(now market.Time) error {
	v := &l.vigil
	until := v.since.Add(vigilProvesIn)
	if l.beside == nil || l.watched() != 0 || v.fills.n >= vigilProves || now >= until {
		return nil
	}
	return fmt.Errorf("model %s serves since %v and is compared with its predecessor %s, whose place this would take: ask again when %d outcomes of children are compared (%d are) or at %v, or roll %s back",
		l.name, v.since, l.beside.name, vigilProves, v.fills.n, until, l.name)
}

// mostFigure is beyond all that a venue can cost, bps, or leak, bps a lot; sums and products of it are figures still.
const mostFigure = 1e9

// figures reports whether all that candidates are judged by is a figure. A model that passed its checks says nothing else; should
// it all the same, nothing is decided by it (TEST-61).
func figures(cands []candidate) bool {
	for i := range cands {
		c := &cands[i]
		for _, x := range [...]float64{c.cost, c.leak, c.toxSE, c.view.fill.Mean, c.view.fill.SE(), c.view.by} {
			if !(x >= -mostFigure && x <= mostFigure) {
				return false
			}
		}
		if !c.view.curve.Valid() {
			return false
		}
	}
	return true
}

// blind takes everything that no figure is out of the candidates, so that the static scorer alone decides, where no model is left
// that says figures (RISK-17, SAF-03). The children's outcomes teach nothing: nothing was foretold of them.
func (e *Engine) blind(p *parentState, d *event.RecordDecision) {
	e.plans.blind = true
	for i := range e.plans.cands {
		c := &e.plans.cands[i]
		c.tox, c.toxSE, c.impact, c.leak, c.cost = 0, 0, 0, 0, c.edge+c.fee
		c.stairs, c.expectN, c.expectQ = bandit.Stairs{}, 0, 0
		v := &c.view
		v.fill, v.curve, v.life, v.by = bandit.FillPrediction{}, bandit.Curve{}, bandit.HazardPrediction{}, 0
		clear(v.tox[:])
	}
	e.fillViews(d)
	const why = "what the model says is no figure: the static scorer decides"
	d.Vetoed = "RISK-17: " + why
	e.told(p, event.Page, "RISK-17", "RISK-17", why)
}

// distrust takes the model that decides now away from all parents, and reports whether there is another.
func (e *Engine) distrust(why string) bool {
	l := &e.learner
	if l.beside == nil || l.beside.barred {
		return false
	}
	if e.plans.slot == l.slot {
		e.demote(why)
	} else {
		e.stopCanary(why)
	}
	return true
}

// lostData is why a model is demoted whose posterior was no longer one (LRN-11), empty as long as all are.
func (v *vigil) lostData(of *slot) string {
	const every = 64 // outcomes: a look costs as much as a prediction of each head
	if v.fills.n%every == 0 && of.bandit.Health().Degraded {
		return "a posterior lost its data"
	}
	return ""
}

// sawFill notes how well a slot foretold a child's fill.
func (v *vigil) sawFill(i int, own bool, refusal bandit.Refusal, o *opinion, x *bandit.FillOutcome, sizes bool) {
	v.fill[i] = scored{bad: own && refusal == bandit.Malformed}
	if !own || refusal != bandit.Applied {
		return
	}
	v.fill[i].log, v.fill[i].ok = fillDensity(o, x, sizes)
}

// fillDensity is the log probability of what a child filled; false where that says nothing.
func fillDensity(o *opinion, x *bandit.FillOutcome, sizes bool) (float64, bool) {
	const least = 1e-9
	p, c, m := 0.0, &o.curve, max(1, x.MinQty)
	switch {
	case x.Canceled && x.Filled == 0 || c.Taken > 0 && !sizes:
		return 0, false
	case x.Filled == 0 && !sizes:
		p = 1 - o.fill.Mean
	case !sizes:
		p = o.fill.Mean
	case x.Filled == 0:
		p = 1 - c.At(m)
	case x.Canceled || x.Filled >= x.Sent:
		p = c.At(max(m, x.Filled))
	default:
		p = c.At(max(m, x.Filled)) - c.At(x.Filled+1)
	}
	return bandit.Log(max(least, p)), true
}

func (v *vigil) sawMarkout(i int, own bool, refusal bandit.Refusal, p *bandit.ToxicityPrediction) {
	v.markout[i] = scored{ok: own && refusal == bandit.Applied, bad: own && refusal == bandit.Malformed, tox: *p}
}

// scoreFill compares what both foretold of a child's fill, and says why the one in place newer is to go; empty: it is not.
func (v *vigil) scoreFill(newer int, c *childState, now market.Time) string {
	n, o := &v.fill[newer], &v.fill[1-newer]
	if why := v.refused(n); why != "" || !n.ok || !o.ok {
		return why
	}
	if v.fills.see(o.log-n.log, vigilMargin, c.DecidedAt, now) {
		return v.fills.why("fills")
	}
	return ""
}

// scoreMarkout compares what both foretold of a markout. Both get the older one's noise: one that has met an outlier and one that
// has not would differ in the width of it alone.
func (v *vigil) scoreMarkout(newer int, c *childState, z float64, now market.Time) string {
	n, o := &v.markout[newer], &v.markout[1-newer]
	if why := v.refused(n); why != "" || !n.ok || !o.ok || c.scored {
		return why
	}
	c.scored = true // the fills of one child have the market's move in common
	mine := n.tox
	mine.SD = float64(mine.SD * math.Sqrt(o.tox.Noise/mine.Noise))
	if v.tox.see(o.tox.LogDensity(z)-mine.LogDensity(z), vigilMargin, c.DecidedAt, now) {
		return v.tox.why("toxicity")
	}
	return ""
}

// scoreAnswer compares how often an arm rejects what the newer one decided with twice what it did before.
func (v *vigil) scoreAnswer(arm int, rejected bool, c *childState, now market.Time) string {
	const least = .05
	d := -least
	if arm < len(v.usual) {
		d = -max(least, 2*v.usual[arm])
	}
	if rejected {
		d++
	}
	if v.rejects.see(float64(vigilClip*d), 0, c.DecidedAt, now) {
		return fmt.Sprintf("venues reject what it sends: %d answers", v.rejects.n)
	}
	return ""
}

// refused counts predictions that the learner could not take.
func (v *vigil) refused(n *scored) string {
	if !n.bad {
		if n.ok {
			v.bad = 0
		}
		return ""
	}
	if v.bad++; v.bad < vigilBad {
		return ""
	}
	return "its predictions are no figures"
}

func (b *bet) why(of string) string {
	return fmt.Sprintf("its predecessor foretells %s better: by %.3g nats an outcome over %d of them, a capital of e^%.2f", of, b.total/float64(b.n), b.n, max(b.swift.log, b.calm.log))
}

// begin forgets all outcomes: another model is watched, or the same from another place. Of is what was learned of rejects.
func (v *vigil) begin(of *bandit.Learner, now market.Time) {
	v.since = now
	v.fills, v.tox, v.rejects, v.bad = bet{}, bet{}, bet{}, 0
	v.usual = v.usual[:0]
	for arm := range of.Arms() {
		reject, _ := of.Service(arm).Reject()
		v.usual = append(v.usual, reject)
	}
}

func (v *vigil) visit(c *snapshot.Coder) {
	snapshot.Int(c, &v.since)
	for _, b := range []*bet{&v.fills, &v.tox, &v.rejects} {
		snapshot.Int(c, &b.n)
		snapshot.Real(c, &b.total)
		for _, k := range []*capital{&b.swift, &b.calm} {
			snapshot.Real(c, &k.log)
			snapshot.Real(c, &k.sum)
			snapshot.Real(c, &k.squares)
			snapshot.Real(c, &k.weight)
		}
		snapshot.Int(c, &b.since)
		snapshot.Int(c, &b.first)
		snapshot.Int(c, &b.held)
		snapshot.Real(c, &b.sum)
	}
	snapshot.Int(c, &v.bad)
	snapshot.List(c, &v.usual, func(x *float64, c *snapshot.Coder) { snapshot.Real(c, x) })
}
