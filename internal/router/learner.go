package router

import (
	"github.com/sluice-sor/sluice/bandit"
	"github.com/sluice-sor/sluice/features"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// Model names what serves predictions before any trained model: the built-in prior with online learning on it.
const Model = "builtin"

// learner joins the bandit's heads to venues and styles. An arm is a venue and whether the order takes there.
type learner struct {
	*slot           // that serves
	beside  *slot   // predicts beside it; nil: there is none
	canary  float64 // of the parents that arrive, the share that the one beside serves
	serials uint32  // models that had a place so far
	vigil   vigil
	explore bandit.Exploration
	schema  features.Schema
	hash    string
	trading int64 // nanoseconds the market was open since the engine began
	last    market.Time
	day     market.Day
	dayFor  int64        // hour for which day was computed
	share   float64      // of flow that follows it, without a ramp
	most    float64      // share with a ramp
	ramp    *bandit.Ramp // nil: the share is constant
	trials  trials
	loss    dayLoss
	off     bool
	free    []*prediction // of children from which nothing more can be learned
	second  []*opinion    // likewise
	late    opinion       // memory of opinionOf
	both    [2]*slot      // memory of slots
}

const armsPerVenue = 2

func armOf(v market.VenueID, style order.Style) int {
	if style.Takes() {
		return int(v)*armsPerVenue + 1
	}
	return int(v) * armsPerVenue
}

func newLearner(cfg *Config) learner {
	l := learner{off: cfg.Learning.Off}
	l.setSchema()
	l.explore.Config = bandit.DefaultExploration()
	l.explore.Config.Gamma0, l.explore.Config.Floor = cfg.Learning.Gamma0, cfg.Learning.Floor
	l.explore.Config.AlarmFloor = max(l.explore.Config.AlarmFloor, cfg.Learning.Floor) // an alarm lowers no floor
	if f := cfg.Learning.Forget; f > 0 && f < 1 {
		l.explore.Config.EffectiveN = 1 / (1 - f)
	}
	l.setShare(cfg)
	l.build(cfg)
	return l
}

// setSchema takes the feature schema of this build.
func (l *learner) setSchema() {
	l.schema = features.Default()
	l.hash = l.schema.Hash()
}

// grow follows a configuration that appended venues: what is known of the others stays, and a new venue begins at the mean of
// its type (FTR-03).
func (l *learner) grow(cfg *Config) {
	l.off = cfg.Learning.Off
	for _, slot := range l.slots() {
		slot.grow(cfg)
	}
	l.setShare(cfg)
}

// kindOf is the group in which arms are pooled: venues of a type, by whether the order takes.
func kindOf(t market.VenueType, k int) int { return int(t)*armsPerVenue + k }

func kinds(venues []market.Venue) (group []int) {
	for i := range venues {
		for k := range armsPerVenue {
			group = append(group, kindOf(venues[i].Type, k))
		}
	}
	return group
}

// build gives every arm its cold prior.
func (l *learner) build(cfg *Config) {
	l.serials = 1
	l.slot = &slot{serial: 1, name: Model, impacts: newImpacts()}
	b, err := bandit.NewLearner(bandit.Config{Shard: cfg.Seed, Arms: l.arms(cfg, cfg.Venues)})
	if err != nil {
		panic("router: " + err.Error())
	}
	l.bandit = b
}

// coldArm is what is believed of an arm before any data: the desk's fill rate as intercept, half a basis point of toxicity,
// the configured latency. k is 1 for takes; dim is the number of features.
func coldArm(cfg *Config, v *market.Venue, k, dim int) bandit.ArmConfig {
	rate := min(.98, max(.02, v.History.FillRatePct/100))
	arm := bandit.ArmConfig{
		Fill:    bandit.Isotropic(dim, bandit.Logit(rate)),
		Decide:  usualHorizon(v.Type),
		Sizes:   !v.Type.Displayed() && k == 0,
		Latency: max(1e-5, v.History.LatencyUs*1e-6),
	}
	if k == 0 {
		arm.Hazard = bandit.ColdHazard(dim, rate, cfg.Tactics.PostWait)
	}
	for h := range arm.Toxicity {
		arm.Toxicity[h] = bandit.Isotropic(dim, .5)
		arm.Noise[h] = markoutNoise(cfg.Instruments, bandit.Horizon(h))
	}
	return arm
}

// markoutNoise is the variance of the mid's move over a horizon that the instruments' usual volatility implies, bps²,
// with a floor for the bounce of a tick: variance grows with time (learning text 1.2).
func markoutNoise(instruments []market.Instrument, h bandit.Horizon) float64 {
	const day = float64(6*market.Hour + 30*market.Minute)
	sum := 0.0
	for i := range instruments {
		vol := instruments[i].DayVolBps
		sum += float64(vol * vol)
	}
	mean := sum / float64(max(1, len(instruments)))
	return min(1e4, 1+float64(mean*(float64(h.Nanos())/day)))
}

// advance counts the time in which the market was open and lets what is known age by it (DRF-01).
func (l *learner) advance(hours market.Hours, now market.Time) {
	if hour := int64(now) / market.Hour; hour != l.dayFor || l.last == 0 {
		l.day, l.dayFor = hours.Day(now), hour
		if l.day.Date != l.loss.date {
			l.loss.begin(l.day.Date)
		}
	}
	if l.last != 0 {
		from, to := max(l.last, l.day.Open), min(now, l.day.Close)
		if to > from {
			l.trading += to.Sub(from)
		}
	}
	l.last = now
	l.bandit.Advance(l.trading)
	if l.beside != nil {
		l.beside.bandit.Advance(l.trading)
	}
}

// prediction is what the learner said of one candidate at the decision. It travels with the child and comes back with
// the outcome: the frozen linearisation point (LRN-05).
type prediction struct {
	slot    uint32                // serial of the one that said it
	phi     [features.Dim]float64 // standardized; a slot with a feature map makes its own of it
	fill    bandit.FillPrediction
	tox     [bandit.NumHorizons]bandit.ToxicityPrediction
	curve   bandit.Curve
	life    bandit.HazardPrediction // of an order that rests
	by      float64                 // its P(fill by the end of its rest): shown, and not decided by, see rest.go
	trading int64
	style   order.Style
	quote   market.Quote
	decide  bandit.Horizon // whose toxicity counted in the costs
}

// usualHorizon is the horizon by which a venue is judged apart from any order: 1 s at displayed venues, 10 s in the dark
// (learning text 1.2).
func usualHorizon(t market.VenueType) bandit.Horizon {
	if t.Displayed() {
		return bandit.Horizon1s
	}
	return bandit.Horizon10s
}

// decideHorizon is the horizon whose toxicity counts in the costs of an order's decisions. A fill is toxic to an order as far
// as the same share would have been cheaper when the order would have traded it otherwise: where the price goes after that,
// it goes for both. So the horizon follows the order's patience, told by how long it lets dark orders rest: 1 s where that is
// less, 60 s for a block that waits 20 s and more, else what is usual at the venue. With 10 s for all in the dark, hasty
// orders shunned pools whose informed trade on the next ten seconds, and paid the spread for it.
func (e *Engine) decideHorizon(p *parentState, t market.VenueType) bandit.Horizon {
	const hasty, patient = market.Second, 20 * market.Second
	switch wave := e.darkWave(p); {
	case wave < hasty:
		return bandit.Horizon1s
	case wave >= patient:
		return bandit.Horizon60s
	}
	return usualHorizon(t)
}

// predict fills v for one candidate with what a slot says, and gives the standard error of its toxicity.
func (e *Engine) predict(sl *slot, v *prediction, p *parentState, venue *venueState, style order.Style, size market.Qty) (toxSE float64) {
	s, st := p.symbol, &p.standing[venue.ID]
	in := features.Input{
		Side: p.Terms.Side, Style: style, Urgency: p.Terms.Urgency, Size: size, Instrument: s.Instrument,
		Quote: s.quote, Now: e.now, Day: e.learner.day, VolRatio: s.vol.ratio(s.Instrument),
		Move1: s.moved(e.now, market.Second), Move10: s.moved(e.now, 10*market.Second), Rest: e.restIn(p, style),
	}
	if venue.Type.Displayed() && s.cons.Has[venue.ID] {
		in.Book = &s.cons.Books[venue.ID]
	}
	if int(venue.ID) < len(s.fills) {
		in.LastFill = s.fills[venue.ID]
	}
	if e.now.Sub(st.takenAt) <= market.Minute {
		in.Taken = st.taken
	}
	l := &e.learner
	l.schema.Extract(&v.phi, &in)
	arm := armOf(venue.ID, style)
	phi := sl.phi(&v.phi)
	v.fill = sl.bandit.Fill(arm).Predict(phi)
	h := e.decideHorizon(p, venue.Type)
	v.tox[h], toxSE = sl.bandit.Toxicity(arm, h).PredictSE(phi)
	// The buffer was another candidate's, and a child that is sent takes it into the snapshot: what is not asked is zero.
	if v.by, v.life = v.fill.Mean, (bandit.HazardPrediction{}); rests(style) {
		v.life = sl.bandit.Hazard(arm).Predict(phi)
		v.by = v.life.By(e.restIn(p, style))
	}
	v.curve = sl.curve(arm, e.filledWhole(st), v.fill.Mean)
	v.slot, v.trading, v.style, v.quote, v.decide = sl.serial, l.trading, style, s.quote, h
	return toxSE
}

// filledWhole is how many lots the last child at a venue filled whole within the last minute, 0 if it did not (DRK-04).
func (e *Engine) filledWhole(st *standing) int {
	if st.full > 0 && e.now.Sub(st.takenAt) <= market.Minute {
		return st.full
	}
	return 0
}

// predictMarkouts completes the prediction of a child that is sent: the horizons that no decision needs, for the learner, and
// what the other slot says.
func (e *Engine) predictMarkouts(sl *slot, c *childState) {
	l, v, arm := &e.learner, c.view, armOf(c.Venue, c.Style)
	phi := sl.phi(&v.phi)
	for h := range v.tox {
		v.tox[h] = sl.bandit.Toxicity(arm, bandit.Horizon(h)).Predict(phi)
	}
	if other := l.other(sl); other != nil {
		c.second = l.lendOpinion()
		other.opine(c.second, arm, rests(c.Style), e.filledWhole(&c.parent.standing[c.Venue]), &v.phi)
	}
}

// lots gives a quantity in lots, at least one for a quantity that is not zero.
func lots(q, lot market.Qty) int {
	if q <= 0 {
		return 0
	}
	return int(max(1, q/lot))
}

// judge tells the learner how a finished child fared and lowers or raises the venue's standing for this order.
func (e *Engine) judge(c *childState) {
	if c.ranked || c.view == nil || c.State == order.NeverSent {
		return
	}
	c.ranked = true
	e.rank(c.parent, c)
	if !c.outcome {
		e.teach(c, e.cutShort(c))
	}
}

// leftItsPlace tells the learner what a child brought at the price of its decision, or at its place in the queue there, which
// it leaves now: that was cut short. What it fills elsewhere is no outcome of that decision.
func (e *Engine) leftItsPlace(c *childState) {
	if c.placedAt = e.now; c.outcome || c.view == nil {
		return
	}
	c.moved = true
	e.teach(c, true)
	e.weigh(c)
}

// frozen is why an outcome was not learned that nothing is learned from.
const frozen = "learning is frozen"

// teach tells the learner what a child brought. One that was made smaller speaks for what was left of it: all of that
// filled means at least so much, less means exactly so much.
func (e *Engine) teach(c *childState, early bool) {
	c.outcome = true
	p, lot := c.parent, c.parent.symbol.lot()
	sent, got := lots(c.Qty, lot), min(lots(c.Qty, lot), lots(c.Cum, lot))
	out := add(&e.cmds, &e.cmds.outcomes)
	*out = event.RecordOutcome{Decision: c.Decision, Child: c.ID, Parent: p.ID, Venue: c.Venue, Style: c.Style,
		What: event.OutcomeFill, Sent: c.Qty, Got: c.Cum, Censored: c.Cum >= c.Qty || early, At: e.now,
		Early: early, Taken: int64(c.view.curve.Taken)}
	if c.State == order.Rejected {
		out.Refused = event.RefusedRejected
		return
	}
	e.endLife(out, c)
	if out.Refused = e.unheard(p); out.Refused != "" {
		return
	}
	outcome := bandit.FillOutcome{Arm: armOf(c.Venue, c.Style), Event: uint64(c.ID), Time: c.view.trading,
		Sent: sent, Filled: got, MinQty: min(sent, int(c.MinQty/lot)), Canceled: early}
	e.learned(out, c, e.tellFill(c, &outcome))
	e.teachLife(c)
	if c.Cum == 0 {
		e.watchShadow(c)
	}
}

// cutShort reports whether a child had not the time that its decision gave it: we withdrew it early, or the venue did
// for reasons that say nothing about its liquidity (ER-09).
func (e *Engine) cutShort(c *childState) bool {
	if c.canceling {
		return e.now.Sub(e.startOfRest(c)) < e.restOf(c)*9/10
	}
	return c.State == order.Canceled && (c.tookBack || c.TIF != order.IOC)
}

// lend gives a child its own copy of a candidate's prediction.
func (l *learner) lend(from *prediction) *prediction {
	var v *prediction
	if n := len(l.free); n > 0 {
		v, l.free = l.free[n-1], l.free[:n-1]
	} else {
		v = new(prediction)
	}
	*v = *from
	return v
}

// letGo takes a child's prediction back once it has ended and no markout is on its way: with it goes most of what a child
// weighs, long before the child itself is forgotten.
func (e *Engine) letGo(c *childState) {
	if c.view != nil && c.State.Done() && c.watching == 0 {
		e.learner.free = append(e.learner.free, c.view)
		c.view = nil
		if c.second != nil {
			e.learner.second = append(e.learner.second, c.second)
			c.second = nil
		}
	}
}

// learned completes an outcome's record with the learner's receipt and the venue's standing after it.
func (e *Engine) learned(out *event.RecordOutcome, c *childState, r bandit.Receipt) {
	l, sl := &e.learner, e.learner.decided(c)
	if r.Refusal != bandit.Applied {
		out.Refused = r.Refusal.String()
	}
	arm, phi := armOf(c.Venue, c.Style), sl.phi(&c.view.phi)
	out.FillProb = sl.bandit.Fill(arm).Predict(phi).Mean
	out.ToxBps = sl.bandit.Toxicity(arm, c.view.decide).Predict(phi).Mean
	if r.Alarmed && sl == l.slot {
		l.explore.Alarmed()
		e.raise(event.Warn, "DRF-03", nil, c, "the venue's behavior changed: most of what was learned there is dropped")
	}
}

// learnService takes a measured answer.
func (e *Engine) learnService(c *childState, trip int64, rejected bool) {
	unheard := e.unheard(c.parent)
	if unheard == "" {
		e.tellAnswer(c, float64(trip)/float64(market.Second), rejected)
	}
	out := add(&e.cmds, &e.cmds.outcomes)
	*out = event.RecordOutcome{Decision: c.Decision, Child: c.ID, Parent: c.Parent, Venue: c.Venue, Style: c.Style,
		What: event.OutcomeLatency, Value: float64(trip) / float64(market.Microsecond), LifeNs: trip, Refused: unheard, At: e.now}
	if rejected {
		out.What, out.Value = event.OutcomeReject, 1
	}
}

// learnRevised makes the learner forget what a bust or correction undid (DRF-07). Markouts of a child that works still may have
// been learned before what it filled is told.
func (e *Engine) learnRevised(c *childState, x *execution) {
	lot := c.parent.symbol.lot()
	got := c.Cum - c.later
	if x.Qty == 0 {
		for h := range bandit.Horizon(bandit.NumHorizons) {
			for _, sl := range e.learner.slots() {
				sl.bandit.RemoveToxicity(x.report, h)
			}
		}
	}
	out := add(&e.cmds, &e.cmds.outcomes)
	*out = event.RecordOutcome{Decision: c.Decision, Child: c.ID, Parent: c.Parent, Venue: c.Venue, Style: c.Style,
		What: event.OutcomeRevised, ExecID: x.report, Sent: c.Qty, Got: got, Value: float64(x.Qty), At: e.now}
	if !c.outcome {
		return
	}
	refusal := bandit.Applied
	for _, sl := range e.learner.slots() {
		if r := sl.bandit.ReviseFill(uint64(c.ID), min(lots(c.Qty, lot), lots(got, lot))); sl == e.learner.slot {
			refusal = r
		}
	}
	e.reviseLife(out, c)
	if refusal != bandit.Applied {
		out.Refused = refusal.String()
	}
}

// markout is one horizon of one fill, or of one send that brought nothing.
type markout struct {
	symbol  *symbolState
	child   *childState
	exec    *execution // nil = shadow
	mid     market.Price
	own     float64 // our own impact at that time, signed bps, see ownImpact
	at      market.Time
	trading int64
	horizon bandit.Horizon
}

// watchMarkouts sets the four horizons of a fill.
func (e *Engine) watchMarkouts(c *childState, x *execution) {
	if x.mid <= 0 || c.view == nil {
		x.judged = true // nothing more is heard of it
		e.weigh(c)
		return
	}
	for h := range bandit.Horizon(bandit.NumHorizons) {
		e.watchMarkout(markout{symbol: c.parent.symbol, child: c, exec: x, mid: x.mid, own: x.own, horizon: h})
	}
}

// watchShadow sets the deciding horizon of a send that brought nothing (LRN-04).
func (e *Engine) watchShadow(c *childState) {
	mid := c.view.quote.Mid()
	if mid <= 0 || c.State == order.Rejected {
		return
	}
	e.watchMarkout(markout{symbol: c.parent.symbol, child: c, mid: c.parent.symbol.quote.Mid(),
		own: e.ownImpact(c.parent.symbol), horizon: c.view.decide})
}

func (e *Engine) watchMarkout(m markout) {
	m.at, m.trading = e.now, e.learner.trading
	m.child.watching++
	e.holdSymbol(m.symbol)
	e.timers.push(timer{at: e.now.Add(m.horizon.Nanos()), kind: timerMarkout, markout: m})
}

// markoutDue measures the signed mid move: a markout is positive in our favor, toxicity its negative but for our own impact. One that comes
// too late, because the process was down, measures another horizon and is dropped.
func (e *Engine) markoutDue(m *markout) {
	e.measure(m)
	c := m.child
	decides := m.horizon == c.view.decide
	c.watching--
	e.letGo(c)
	if m.exec != nil && decides {
		m.exec.judged = true
		e.weigh(c)
	}
}

func (e *Engine) measure(m *markout) {
	e.requote(m.symbol)
	mid := m.symbol.quote.Mid()
	e.releaseSymbol(m.symbol)
	late := e.now.Sub(m.at) > m.horizon.Nanos()+max(market.Second, m.horizon.Nanos()/10)
	if mid <= 0 || m.mid <= 0 || late || (m.exec != nil && m.exec.Busted) {
		return
	}
	c := m.child
	sign := float64(c.Side.Sign())
	value := float64(sign * market.Bps(mid, m.mid))
	own := float64(sign * (e.ownImpact(m.symbol) - m.own))
	tox := own - value // net of our own impact, which is counted as such (learning text 1.2, pitfall 1)
	out := add(&e.cmds, &e.cmds.outcomes)
	*out = event.RecordOutcome{Decision: c.Decision, Child: c.ID, Parent: c.Parent, Venue: c.Venue, Style: c.Style,
		What: event.OutcomeShadow, HorizonNs: m.horizon.Nanos(), LifeNs: e.now.Sub(m.at), Value: value, OwnBps: own, At: e.now}
	if m.exec == nil {
		return
	}
	out.What, out.ExecID, out.Got = event.OutcomeMarkout, m.exec.report, m.exec.Qty
	if m.horizon == c.view.decide {
		m.exec.tox = tox
	}
	if out.Refused = e.unheard(c.parent); out.Refused != "" {
		return
	}
	e.learned(out, c, e.tellMarkout(c, m, tox))
}

// participated records our share of the market's volume at a parent's end.
func (e *Engine) participated(p *parentState) {
	out := add(&e.cmds, &e.cmds.outcomes)
	*out = event.RecordOutcome{Parent: p.ID, What: event.OutcomeParticipated, Got: p.Cum, Sent: p.Terms.Qty, At: e.now}
	if total := max(p.marketVolume, p.Cum); total > 0 {
		out.Value = float64(p.Cum) / float64(total)
	}
}
