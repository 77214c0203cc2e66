package bandit

import "math"

// A FillOutcome is how a child order ended: the datum of H0 and H1. Event is unique to the child;
// everything up to Curve is as it was at the decision.
type FillOutcome struct {
	Arm        int
	Event      uint64
	Time       int64 // of the decision, trading nanoseconds
	Phi        []float64
	Raw        []float64 // what φ was made of, where Config.Raw says that it is kept
	Prediction FillPrediction
	Curve      Curve // of SizeHead.Curve or After; needed when the arm learns sizes or MinQty > 1
	Sent       int   // lots
	MinQty     int   // lots; ≤ 1 none
	Filled     int   // lots
	Canceled   bool  // by us, before the venue's matching had run: liquidity is censored at Filled
}

// A ToxicityOutcome is a matured markout of one fill. Event is unique to the fill.
type ToxicityOutcome struct {
	Arm        int
	Event      uint64
	Horizon    Horizon
	Time       int64 // of the fill, trading nanoseconds
	Phi        []float64
	Raw        []float64          // as in FillOutcome
	Prediction ToxicityPrediction // of the decision
	Z          float64            // toxicity in bps, positive is adverse
}

// A Receipt says what became of an outcome and whether it raised an alarm.
type Receipt struct {
	Refusal Refusal
	Alarmed bool
	Alarm   Alarm // meaningful when Alarmed
}

// ObserveFill learns from a finished child order. Refused outcomes change nothing but the tally.
// No allocation once the ledger has its size.
func (l *Learner) ObserveFill(o FillOutcome) Receipt {
	id := identity{event: o.Event, head: HeadFill}
	if refusal := l.admit(o.Arm, id); refusal != Applied {
		return Receipt{Refusal: l.tally.count(refusal)}
	}
	a := &l.arms[o.Arm]
	size := SizeDatum{Curve: o.Curve, Sent: o.Sent, Filled: o.Filled, MinQty: o.MinQty, Canceled: o.Canceled, Bucket: l.BucketOf(o.Time)}
	y, informative := size.tries()
	datum := FillDatum{Phi: o.Phi, Prediction: o.Prediction, Y: y, Bucket: size.Bucket}
	refusal := size.check()
	if refusal == Applied {
		refusal = a.fill.check(&datum)
	}
	if refusal == Applied {
		refusal = l.checkRaw(o.Raw)
	}
	if refusal == Applied && (size.silent() || !informative && a.size == nil) {
		refusal = Uninformative
	}
	if refusal != Applied {
		return Receipt{Refusal: l.tally.count(refusal)}
	}
	if a.size != nil {
		a.size.Update(size)
	}
	receipt := Receipt{}
	if informative {
		a.fill.Update(datum)
		receipt.Alarmed = !l.config.Unwatched && a.fillWatch.Fill(y, o.Prediction)
	}
	r := l.record(id, o.Arm, size.Bucket, o.Phi, o.Raw)
	r.fill, r.size = o.Prediction, size
	l.tally.count(Applied)
	return l.alarm(receipt, o.Arm, HeadFill)
}

// ObserveToxicity learns from a matured markout.
func (l *Learner) ObserveToxicity(o ToxicityOutcome) Receipt {
	id := identity{event: o.Event, head: HeadToxicity, horizon: o.Horizon}
	refusal := l.admit(o.Arm, id)
	if refusal == Applied && (o.Horizon >= NumHorizons || l.arms[o.Arm].tox[o.Horizon] == nil) {
		refusal = Unknown
	}
	if refusal == Applied {
		refusal = l.checkRaw(o.Raw)
	}
	if refusal != Applied {
		return Receipt{Refusal: l.tally.count(refusal)}
	}
	a, head := &l.arms[o.Arm], l.arms[o.Arm].tox[o.Horizon]
	datum := ToxicityDatum{Phi: o.Phi, Prediction: o.Prediction, Z: o.Z, Bucket: l.BucketOf(o.Time)}
	if refusal := head.Update(datum); refusal != Applied {
		return Receipt{Refusal: l.tally.count(refusal)}
	}
	if winsorise(o.Z) != o.Z {
		l.tally.Winsorised++
	}
	receipt := Receipt{}
	if o.Horizon == a.config.Decide && !l.config.Unwatched {
		receipt.Alarmed = a.toxWatch.Toxicity(o.Z, o.Prediction)
	}
	r := l.record(id, o.Arm, datum.Bucket, o.Phi, o.Raw)
	r.tox, r.z = o.Prediction, o.Z
	r.zWeight, _ = head.contribution(&datum)
	l.tally.count(Applied)
	return l.alarm(receipt, o.Arm, HeadToxicity)
}

// ObserveAnswer learns from an arm's answer to a new order: seconds from send to acknowledgement or
// reject, at the trading time it came.
func (l *Learner) ObserveAnswer(arm int, event uint64, time int64, seconds float64, rejected bool) Refusal {
	id := identity{event: event, head: HeadService}
	refusal := l.admit(arm, id)
	if refusal == Applied {
		refusal = l.arms[arm].service.Update(seconds, rejected, l.BucketOf(time))
	}
	if refusal == Applied {
		l.record(id, arm, l.BucketOf(time), nil, nil)
	}
	return l.tally.count(refusal)
}

// ReviseFill replaces the filled lots of a child order observed before: a bust (fewer, often 0) or a
// correction. Old and new contribution differ in the bucket of the decision, so the posterior is what
// it would have been (DRF-07); in the present epoch, so that one of a datum that was cut off before takes
// away what the training set has too much (SWP-02). The change detector and alarms are not revised.
func (l *Learner) ReviseFill(event uint64, filled int) Refusal {
	id := identity{event: event, head: HeadFill}
	r := l.ledger.seek(id)
	if r == nil || r.gone {
		return l.tally.count(Unknown)
	}
	a, revised := &l.arms[r.arm], r.size
	revised.Filled = filled
	refusal := revised.check()
	if refusal == Applied {
		refusal = l.config.Memory.check(l.now, r.bucket)
	}
	if refusal != Applied {
		return l.tally.count(refusal)
	}
	before, had := r.size.tries()
	after, has := revised.tries()
	datum := FillDatum{Phi: r.phi[:r.dim], Prediction: r.fill, Y: before, Bucket: r.bucket}
	switch {
	case had && has:
		refusal = a.fill.Revise(datum, after)
	case had:
		refusal = a.fill.Revise(datum, math.NaN())
	case has:
		datum.Y = after
		refusal = a.fill.Update(datum)
	}
	if refusal != Applied {
		return l.tally.count(refusal)
	}
	if a.size != nil {
		a.size.Revise(r.size, filled)
	}
	l.ledger.revise(id).size = revised
	return l.tally.count(Applied)
}

// ReviseToxicity gives a markout observed before a new value, after a corrected price (DRF-07).
func (l *Learner) ReviseToxicity(event uint64, h Horizon, z float64) Refusal {
	if !finite(z) {
		return l.tally.count(Malformed)
	}
	return l.reviseToxicity(event, h, z)
}

// RemoveToxicity takes a markout out again, because its fill was busted (DRF-07). The event stays
// taken: the same markout is refused as a duplicate afterwards.
func (l *Learner) RemoveToxicity(event uint64, h Horizon) Refusal {
	return l.reviseToxicity(event, h, math.NaN())
}

func (l *Learner) reviseToxicity(event uint64, h Horizon, z float64) Refusal {
	id := identity{event: event, head: HeadToxicity, horizon: h}
	r := l.ledger.seek(id)
	if r == nil || r.gone {
		return l.tally.count(Unknown)
	}
	refusal := l.config.Memory.check(l.now, r.bucket)
	if refusal == Applied {
		refusal = l.arms[r.arm].tox[h].revise(r.phi[:r.dim], r.bucket, r.zWeight, r.z, z)
	}
	if refusal == Applied {
		if r = l.ledger.revise(id); z == z {
			r.z = z
		} else {
			r.gone = true
		}
	}
	return l.tally.count(refusal)
}

// admit checks the arm and that the identity is new.
func (l *Learner) admit(arm int, id identity) Refusal {
	switch {
	case arm < 0 || arm >= len(l.arms):
		return Unknown
	case l.ledger.find(id) >= 0:
		return Duplicate
	}
	return Applied
}

// checkRaw reports whether an outcome has the raw vector that this learner keeps.
func (l *Learner) checkRaw(raw []float64) Refusal {
	if l.config.Raw == 0 {
		return Applied
	}
	if len(raw) != l.config.Raw {
		return Malformed
	}
	for _, v := range raw {
		if !(v >= -maxFeature && v <= maxFeature) {
			return Malformed
		}
	}
	return Applied
}

func (l *Learner) record(id identity, arm int, bucket int64, phi, raw []float64) *record {
	r, kept, evicted := l.ledger.add(id)
	if evicted {
		l.tally.Evicted++
	}
	r.arm, r.bucket, r.dim = int32(arm), bucket, copy(r.phi[:], phi)
	r.epoch, r.at = l.epochs.now, l.now
	if r.dim > 0 {
		l.epochs.data++
	}
	clear(kept[copy(kept, raw):])
	return r
}

// alarm answers a change detector: a tenth of the arm's fills and toxicity stays (DRF-03).
func (l *Learner) alarm(r Receipt, arm int, head Head) Receipt {
	if r.Alarmed {
		r.Alarm = Alarm{Arm: arm, Head: head}
		l.Shrink(arm, cusumRemembers)
	}
	return r
}
