package bandit

// A LifeOutcome is what became of a resting order: the data of H2. Event is unique to the order.
type LifeOutcome struct {
	Arm        int
	Event      uint64
	Time       int64 // of the decision, trading nanoseconds
	Phi        []float64
	Raw        []float64        // as in FillOutcome
	Prediction HazardPrediction // of the decision
	Life       Life
}

// ObserveLife learns when a resting order filled first, or that it did not while it rested: all its bins at once, at its end
// (DRF-05). Its data belong to the bucket of that end. Refused outcomes change nothing but the tally.
func (l *Learner) ObserveLife(o LifeOutcome) Refusal {
	id := identity{event: o.Event, head: HeadHazard}
	refusal := l.admit(o.Arm, id)
	switch {
	case refusal != Applied:
	case l.arms[o.Arm].hazard == nil:
		refusal = Unknown
	case !o.Life.valid():
		refusal = Malformed
	case !o.Life.Filled && o.Life.End == 0:
		refusal = Uninformative
	}
	if refusal == Applied {
		refusal = l.checkRaw(o.Raw)
	}
	if refusal != Applied {
		return l.tally.count(refusal)
	}
	datum := HazardDatum{Phi: o.Phi, Prediction: o.Prediction, Life: o.Life, Bucket: l.BucketOf(o.Time + min(o.Life.End, hazardEdges[HazardBins-1]))}
	if refusal := l.arms[o.Arm].hazard.Update(datum); refusal != Applied {
		return l.tally.count(refusal)
	}
	r := l.record(id, o.Arm, datum.Bucket, o.Phi, o.Raw)
	r.hazard, r.life = o.Prediction, o.Life
	return l.tally.count(Applied)
}

// ReviseLife replaces a life observed before, after a bust of its first fill or a fill that came late: the posterior is what
// it would have been (DRF-07).
func (l *Learner) ReviseLife(event uint64, life Life) Refusal {
	id := identity{event: event, head: HeadHazard}
	r := l.ledger.seek(id)
	if r == nil {
		return l.tally.count(Unknown)
	}
	datum := HazardDatum{Phi: r.phi[:r.dim], Prediction: r.hazard, Life: r.life, Bucket: r.bucket}
	refusal := l.arms[r.arm].hazard.Revise(datum, life)
	if refusal == Applied {
		l.ledger.revise(id).life = life
	}
	return l.tally.count(refusal)
}
