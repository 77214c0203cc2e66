package bandit

import "fmt"

// A Map makes the φ of every head from the raw vector of an outcome: the frozen feature map of a model (SWP-04). Apply must
// be a function of raw, which it may not keep.
type Map struct {
	Raw   int                      // length of a raw vector
	Apply func(phi, raw []float64) // fills φ; nil: φ is raw
}

// Replay is Rebase for priors whose heads see the world through another map than l's: what l learned through its own is of no
// use to them, so the data of the epochs that count are taught anew, out of the ledger, in the order in which they came, at
// the buckets in which they came (SWP-04). Their points of linearisation are the new heads' own, as if these had been there
// from the start; data of earlier epochs are only seen through the new map, so that a bust can take them back. H1 and H5 have
// no features and keep their sums.
//
// Where l has no map its φ is raw, and all heads of an arm must have Raw coordinates. Cost a prediction, a map and an update a
// datum, of LedgerLimit at most.
func (l *Learner) Replay(arms []ArmConfig, since uint32, trust Trust, through Map) (*Learner, Rebased, error) {
	n, out, err := l.beside(arms, since, &trust)
	if err == nil {
		n.epochs.whole = 0 // the ledger knows
		n.epochs.skip, err = n.epochs.from(since)
	}
	if err != nil {
		return nil, out, err
	}
	n.epochs.whole = since
	n.config.Raw = through.Raw
	if through.Apply == nil {
		n.config.Raw = 0
	}
	if through.Raw < 1 || through.Raw > MaxDim {
		return nil, out, fmt.Errorf("bandit: a map of %d raw coordinates: give 1 to %d", through.Raw, MaxDim)
	}
	if l.config.Raw != 0 && l.config.Raw != through.Raw {
		return nil, out, fmt.Errorf("bandit: a map of %d raw coordinates, the ledger has %d", through.Raw, l.config.Raw)
	}
	for i := range n.arms {
		err := l.arms[i].keeps(&n.config.Arms[i])
		if err == nil {
			err = n.startArm(i, &trust)
		}
		if err != nil {
			return nil, out, fmt.Errorf("bandit: arm %d: %w", i, err)
		}
	}
	n.ledger = newLedger(n.config.LedgerLimit, n.config.Raw)
	if err := n.replay(l, through, &out); err != nil {
		return nil, out, err
	}
	for i := range n.arms {
		n.settleArm(i, arms[i], &l.arms[i], &trust, &out)
	}
	out.Missing = int(n.epochs.counting()) - out.Replayed
	return n, out, nil
}

// startArm builds an arm on its prior, believed as far as the first ρ says.
func (l *Learner) startArm(i int, trust *Trust) error {
	c := &l.config.Arms[i]
	for _, p := range c.priors() {
		if len(p.Mean) == 0 {
			continue
		}
		if err := p.validate(maxCoordinates); err != nil {
			return err
		}
		*p = trust.scaled(*p, nil, trust.Rho[0], 1)
	}
	return l.arms[i].build(c, &l.config)
}

// priors are those of the heads with features.
func (c *ArmConfig) priors() []*Prior {
	return []*Prior{&c.Fill, &c.Toxicity[0], &c.Toxicity[1], &c.Toxicity[2], &c.Toxicity[3], &c.Hazard}
}

// replay teaches n, whose heads know their priors only, what is in l's ledger, epoch by epoch.
func (l *Learner) replay(from *Learner, through Map, out *Rebased) (err error) {
	ended, bucket := 0, int64(-1)
	from.ledger.each(func(r *record, raw []float64) {
		if err != nil {
			return
		}
		for ended < len(l.epochs.ended) && r.epoch > l.epochs.ended[ended].last {
			l.closeEpoch(&ended)
		}
		if r.at != bucket {
			bucket = r.at
			l.age(bucket)
		}
		if from.config.Raw == 0 {
			raw = r.phi[:r.dim]
		}
		if r.dim > 0 && len(raw) != through.Raw {
			err = fmt.Errorf("bandit: a map of %d raw coordinates, the ledger has %d", through.Raw, len(raw))
			return
		}
		l.teachAgain(r, raw, through, r.epoch >= l.epochs.since, out)
	})
	for ended < len(l.epochs.ended) {
		l.closeEpoch(&ended)
	}
	l.age(from.now)
	return err
}

func (l *Learner) closeEpoch(ended *int) {
	*ended++
	for i := range l.arms {
		l.arms[i].cut(-1, min(*ended, l.epochs.skip))
	}
}

func (l *Learner) age(bucket int64) {
	for i := range l.arms {
		l.arms[i].advance(bucket)
	}
}

// teachAgain puts one datum, seen through the map, into the ledger, and if it counts into its head.
func (l *Learner) teachAgain(r *record, raw []float64, through Map, counts bool, out *Rebased) {
	n, kept, _ := l.ledger.add(r.id)
	*n = *r
	if r.dim == 0 {
		return
	}
	copy(kept, raw)
	a := &l.arms[r.arm]
	n.dim, n.phi = a.dim(r.id), [MaxDim]float64{}
	phi := n.phi[:n.dim]
	if through.Apply != nil {
		through.Apply(phi, raw)
	} else {
		copy(phi, raw)
	}
	if !clipped(phi) { // by no fault of the datum: it is seen as one of no features
		n.phi = [MaxDim]float64{1}
		counts = false
	}
	refusal := Applied
	switch r.id.head {
	case HeadFill:
		n.fill = a.fill.Predict(phi)
		if y, informative := n.size.tries(); informative && counts {
			refusal = a.fill.Update(FillDatum{Phi: phi, Prediction: n.fill, Y: y, Bucket: n.bucket})
		}
	case HeadToxicity:
		head := a.tox[r.id.horizon]
		n.tox = head.Predict(phi)
		datum := ToxicityDatum{Phi: phi, Prediction: n.tox, Z: n.z, Bucket: n.bucket}
		n.zWeight, _ = head.contribution(&datum)
		if counts && !n.gone {
			refusal = head.Update(datum)
		}
	case HeadHazard:
		n.hazard = a.hazard.Predict(phi)
		if counts {
			refusal = a.hazard.Update(HazardDatum{Phi: phi, Prediction: n.hazard, Life: n.life, Bucket: n.bucket})
		}
	}
	if counts && refusal == Applied {
		out.Replayed++
	}
}

// dim is the number of features of the head that a record is about.
func (a *arm) dim(id identity) int {
	switch id.head {
	case HeadToxicity:
		return a.tox[id.horizon].Dim()
	case HeadHazard:
		return a.hazard.Dim()
	}
	return a.fill.Dim()
}

// clipped reports whether all coordinates are figures that a head accepts.
func clipped(phi []float64) bool {
	for _, v := range phi {
		if !(v >= -maxFeature && v <= maxFeature) {
			return false
		}
	}
	return true
}

// settleArm gives an arm that was taught anew its prior, as far as the data it was taught say that it is to be believed, and the
// sums of the heads that have no features.
func (l *Learner) settleArm(i int, prior ArmConfig, was *arm, trust *Trust, out *Rebased) {
	a, c := &l.arms[i], &l.config.Arms[i]
	settle := func(p Prior, q *posterior, noise float64) Prior {
		p, taken := trust.temper(p, q, nil, noise) // which finds one: replayed data only add
		out.Heads[taken]++
		q.prior = p
		q.refactor()
		return p
	}
	c.Fill = settle(prior.Fill, a.fill.q, 1)
	for h, t := range a.tox {
		if t != nil {
			c.Toxicity[h] = settle(prior.Toxicity[h], t.q, t.noise)
		}
	}
	if a.hazard != nil {
		c.Hazard = settle(prior.Hazard, a.hazard.q, 1)
	}
	a.config = *c
	a.inherit(was, &l.epochs)
}
