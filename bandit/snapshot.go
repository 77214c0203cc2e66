package bandit

import (
	"fmt"
	"math"
)

const snapshotMagic = "SLBLRN03"

// AppendSnapshot appends the whole learner to b: configuration with the priors as they are now,
// statistics, caches to the bit, noise estimates, change detectors, ledger, tally and the keys of
// merged deltas. RestoreLearner of it continues exactly as l would (SWP-06).
func (l *Learner) AppendSnapshot(b []byte) []byte {
	e := encoder{append(b, snapshotMagic...)}
	e.config(&l.config)
	e.i64(l.now)
	e.epochs(&l.epochs)
	e.u64(uint64(l.part))
	for i := range l.arms {
		e.arm(&l.arms[i])
	}
	for _, v := range l.tally.By {
		e.u64(v)
	}
	e.u64(l.tally.Winsorised)
	e.u64(l.tally.Evicted)
	e.u64(uint64(len(l.merged)))
	for _, k := range l.merged {
		e.key(k)
	}
	e.u64(uint64(l.ledger.n))
	l.ledger.each(e.record)
	return e.seal(len(b))
}

// AppendBelief appends what predictions are made of, the heads of every arm as they are now, and the clock: for a hash that
// is computed often, because it does not grow with the data.
func (l *Learner) AppendBelief(b []byte) []byte {
	e := encoder{b}
	e.i64(l.now)
	e.epochs(&l.epochs)
	e.u64(uint64(l.ledger.n))
	for i := range l.arms {
		e.arm(&l.arms[i])
	}
	return e.b
}

// RestoreLearner reads what AppendSnapshot wrote. It refuses damaged bytes, a foreign version and
// figures out of bounds, and says which.
func RestoreLearner(data []byte) (*Learner, error) {
	d := open(data, snapshotMagic, "learner snapshot")
	config := d.config()
	if d.err != nil {
		return nil, fmt.Errorf("bandit: reading a learner snapshot: %w", d.err)
	}
	l, err := NewLearner(config)
	if err != nil {
		return nil, fmt.Errorf("bandit: reading a learner snapshot: %w", err)
	}
	l.now = d.i64()
	d.epochs(&l.epochs)
	part := d.u64()
	if l.now < 0 || part > math.MaxUint32 {
		d.fail("bucket %d or part %d is out of range", l.now, part)
	}
	l.part = uint32(part)
	for i := range l.arms {
		d.arm(&l.arms[i], l.now, &l.epochs)
	}
	for i := range l.tally.By {
		l.tally.By[i] = d.u64()
	}
	l.tally.Winsorised, l.tally.Evicted = d.u64(), d.u64()
	d.merged(l)
	d.records(l)
	if err := d.close(); err != nil {
		return nil, fmt.Errorf("bandit: reading a learner snapshot: %w", err)
	}
	return l, nil
}

func (e *encoder) config(c *Config) {
	e.u64(c.Shard)
	e.i64(c.Bucket)
	e.f64(c.Memory.Tau)
	e.i64(c.Memory.Retain)
	e.flag(c.PlainToxicity)
	e.flag(c.Unwatched)
	e.u64(uint64(c.LedgerLimit))
	e.u64(uint64(c.Raw))
	e.u64(uint64(len(c.Arms)))
	for i := range c.Arms {
		a := &c.Arms[i]
		e.prior(&a.Fill)
		for h := range a.Toxicity {
			e.prior(&a.Toxicity[h])
			e.f64(a.Noise[h])
		}
		e.u8(uint8(a.Decide))
		e.flag(a.Sizes)
		e.floats(a.Size.A[:])
		e.floats(a.Size.B[:])
		e.f64(a.Latency)
		e.prior(&a.Hazard)
	}
}

func (d *decoder) config() Config {
	c := Config{Shard: d.u64(), Bucket: d.i64()}
	c.Memory.Tau = math.Float64frombits(d.u64()) // may be +Inf
	c.Memory.Retain = d.i64()
	c.PlainToxicity = d.flag()
	c.Unwatched = d.flag()
	c.LedgerLimit = int(min(d.u64(), maxLedger+1))
	c.Raw = int(min(d.u64(), MaxDim+1))
	if c.Bucket <= 0 || c.LedgerLimit == 0 || !(c.Memory.Tau > 0) {
		d.fail("bucket, memory or ledger limit is zero")
	}
	c.Arms = make([]ArmConfig, d.count(MaxArms, 16*NumBins))
	for i := range c.Arms {
		a := &c.Arms[i]
		a.Fill = d.prior()
		for h := range a.Toxicity {
			a.Toxicity[h] = d.prior()
			a.Noise[h] = d.f64()
		}
		a.Decide = Horizon(d.u8())
		a.Sizes = d.flag()
		d.floats(a.Size.A[:])
		d.floats(a.Size.B[:])
		a.Latency = d.f64()
		a.Hazard = d.prior()
		if a.Sizes && a.Size == (SizePrior{}) {
			d.fail("arm %d: size prior is missing", i)
		}
	}
	return c
}

func (e *encoder) prior(p *Prior) {
	n := len(p.Mean)
	e.u8(uint8(n))
	e.floats(p.Mean)
	e.symmetric(p.Precision, n)
}

func (d *decoder) prior() Prior {
	n := int(d.u8())
	if n > maxCoordinates || !d.has(n*(n+3)/2, 8) {
		d.fail("a prior has %d coordinates: the limit is %d", n, maxCoordinates)
		return Prior{}
	}
	if n == 0 {
		return Prior{}
	}
	p := Prior{Mean: make([]float64, n), Precision: make([]float64, n*n)}
	d.floats(p.Mean)
	d.symmetric(p.Precision, n)
	return p
}

func (e *encoder) arm(a *arm) {
	e.posterior(a.fill.q)
	e.f64(a.fillWatch.Level)
	for _, t := range a.tox {
		if t != nil {
			e.posterior(t.q)
			e.f64(t.noise)
		}
	}
	e.f64(a.toxWatch.Level)
	if a.size != nil {
		e.counts(&a.size.data)
		e.counts(&a.size.out)
		for i := range a.size.past {
			e.counts(&a.size.past[i])
		}
	}
	e.service(&a.service.data)
	e.service(&a.service.out)
	for i := range a.service.past {
		e.service(&a.service.past[i])
	}
	if a.hazard != nil {
		e.posterior(a.hazard.q)
	}
}

func (d *decoder) arm(a *arm, now int64, of *epochs) {
	a.fill.now = now
	d.posterior(a.fill.q, of)
	a.fillWatch.Level = d.f64()
	for _, t := range a.tox {
		if t != nil {
			t.now = now
			d.posterior(t.q, of)
			t.noise = d.f64()
			if d.err == nil && !(t.noise >= minNoise && t.noise <= maxNoise) {
				d.fail("a noise estimate is %v: the range is %v to %v", t.noise, minNoise, maxNoise)
			}
		}
	}
	a.toxWatch.Level = d.f64()
	if a.size != nil {
		a.size.now = now
		d.counts(&a.size.data)
		d.counts(&a.size.out)
		a.size.past, a.size.skip = make([]counts, len(of.ended)), of.skip
		for i := range a.size.past {
			d.counts(&a.size.past[i])
		}
		a.size.refresh()
	}
	a.service.now = now
	d.service(&a.service.data)
	d.service(&a.service.out)
	a.service.past, a.service.skip = make([]service, len(of.ended)), of.skip
	for i := range a.service.past {
		d.service(&a.service.past[i])
	}
	if a.hazard != nil {
		a.hazard.now = now
		d.posterior(a.hazard.q, of)
	}
}

func (e *encoder) posterior(q *posterior) {
	n := q.dim()
	e.symmetric(q.s, n)
	e.floats(q.r)
	for _, past := range q.past {
		if e.flag(past.s != nil); past.s != nil {
			e.symmetric(past.s, n)
			e.floats(past.r)
		}
	}
	e.symmetric(q.out.s, n)
	e.floats(q.out.r)
	e.symmetric(q.p, n)
	e.floats(q.theta)
	e.u64(uint64(q.since))
	e.f64(q.drift)
	e.flag(q.degraded)
}

func (d *decoder) posterior(q *posterior, of *epochs) {
	n := q.dim()
	d.symmetric(q.s, n)
	d.floats(q.r)
	q.past, q.skip = make([]stats, len(of.ended)), of.skip
	for i := range q.past {
		if d.flag() {
			q.past[i] = stats{make([]float64, n*n), make([]float64, n)}
			d.symmetric(q.past[i].s, n)
			d.floats(q.past[i].r)
		}
	}
	d.symmetric(q.out.s, n)
	d.floats(q.out.r)
	d.symmetric(q.p, n)
	d.floats(q.theta)
	since := d.u64()
	if since >= rebuildEvery {
		d.fail("%d updates since the last factorisation: the limit is %d", since, rebuildEvery)
	}
	q.since = int(min(since, rebuildEvery))
	q.drift = d.f64()
	q.degraded = d.flag()
}

func (e *encoder) epochs(x *epochs) {
	e.u64(uint64(x.now))
	e.u64(uint64(x.since))
	e.u64(uint64(x.whole))
	e.u64(x.data)
	e.u64(uint64(len(x.ended)))
	for _, s := range x.ended {
		e.u64(uint64(s.first))
		e.u64(uint64(s.last))
		e.u64(s.data)
	}
	e.u64(uint64(x.skip))
}

func (d *decoder) epochs(x *epochs) {
	x.now, x.since, x.whole, x.data = d.u32(), d.u32(), d.u32(), d.u64()
	x.ended = make([]span, d.count(keptEpochs, 24))
	next := uint32(0)
	for i := range x.ended {
		s := span{d.u32(), d.u32(), d.u64()}
		if s.first < next || s.last < s.first || s.last >= x.now {
			d.fail("epochs %d to %d are out of order", s.first, s.last)
		}
		x.ended[i], next = s, s.last+1
	}
	skip := d.u64()
	if d.err != nil {
		return
	}
	x.skip = int(min(skip, keptEpochs+1))
	if want, err := x.from(x.since); err != nil || want != x.skip {
		d.fail("%d past epochs do not count, since epoch %d", skip, x.since)
		x.skip = 0
	}
}

func (d *decoder) merged(l *Learner) {
	n := d.count(maxMerged, 32)
	for range n {
		k := d.key()
		if m := len(l.merged); m > 0 && l.merged[m-1].compare(k) >= 0 {
			d.fail("keys of merged deltas are out of order")
		}
		l.merged = append(l.merged, k)
	}
}

func (e *encoder) record(r *record, raw []float64) {
	e.u64(r.id.event)
	e.u8(uint8(r.id.head))
	e.u8(uint8(r.id.horizon))
	e.u64(uint64(r.arm))
	e.flag(r.gone)
	e.u64(uint64(r.epoch))
	e.i64(r.bucket)
	e.i64(r.at)
	e.u8(uint8(r.dim))
	e.floats(r.phi[:r.dim])
	if r.dim > 0 {
		e.floats(raw)
	}
	switch r.id.head {
	case HeadFill:
		e.floats([]float64{r.fill.A, r.fill.P, r.fill.W, r.fill.Mean, r.fill.SD, r.size.Curve.First})
		e.floats(r.size.Curve.LogQ[:])
		for _, v := range [4]int{r.size.Curve.Taken, r.size.Sent, r.size.Filled, r.size.MinQty} {
			e.i64(int64(v))
		}
		e.flag(r.size.Canceled)
	case HeadHazard:
		e.floats(r.hazard.A[:])
		e.floats(r.hazard.SD[:])
		e.i64(r.life.End)
		e.i64(r.life.Rest)
		e.flag(r.life.Filled)
	case HeadToxicity:
		e.floats([]float64{r.tox.Mean, r.tox.SD, r.tox.Noise, r.z, r.zWeight})
	}
}

func (d *decoder) records(l *Learner) {
	n := d.count(l.config.LedgerLimit, 44)
	for range n {
		id := identity{event: d.u64(), head: Head(d.u8()), horizon: Horizon(d.u8())}
		if d.err == nil && l.ledger.find(id) >= 0 {
			d.fail("the ledger holds event %d twice", id.event)
		}
		if d.err != nil {
			return
		}
		r, raw, _ := l.ledger.add(id)
		d.record(r, raw, l)
	}
}

// record reads and checks one ledger record: a revision indexes arms and heads with it.
func (d *decoder) record(r *record, raw []float64, l *Learner) {
	which := d.u64()
	r.gone, r.epoch, r.bucket, r.at, r.dim = d.flag(), d.u32(), d.i64(), d.i64(), int(d.u8())
	if which >= uint64(len(l.arms)) || r.dim > MaxDim {
		d.fail("a ledger record names arm %d and %d coordinates", which, r.dim)
		r.dim = 0
		return
	}
	r.arm = int32(which)
	if r.epoch > l.epochs.now || r.at < r.bucket || r.at > l.now {
		d.fail("a ledger record of bucket %d was applied in bucket %d of epoch %d", r.bucket, r.at, r.epoch)
	}
	a, want := &l.arms[which], 0
	d.floats(r.phi[:r.dim])
	if r.dim > 0 {
		d.floats(raw)
	}
	switch r.id.head {
	case HeadFill:
		want = a.fill.Dim()
		d.fillRecord(r)
	case HeadToxicity:
		if r.id.horizon >= NumHorizons || a.tox[r.id.horizon] == nil {
			d.fail("a ledger record names horizon %d, which arm %d has not", r.id.horizon, which)
			return
		}
		want = a.tox[r.id.horizon].Dim()
		var x [5]float64
		d.floats(x[:])
		r.tox = ToxicityPrediction{Mean: x[0], SD: x[1], Noise: x[2]}
		r.z, r.zWeight = x[3], x[4]
	case HeadHazard:
		if a.hazard == nil {
			d.fail("a ledger record is about a resting order, which arm %d has not", which)
			return
		}
		want = a.hazard.Dim()
		d.floats(r.hazard.A[:])
		d.floats(r.hazard.SD[:])
		r.life = Life{End: d.i64(), Rest: d.i64(), Filled: d.flag()}
		if !r.life.valid() {
			d.fail("a ledger record has a life of %d ns", r.life.End)
		}
	case HeadService:
	default:
		d.fail("a ledger record is about head %d", r.id.head)
	}
	if r.dim != want {
		d.fail("a ledger record has %d coordinates, its head %d", r.dim, want)
	}
}

func (d *decoder) fillRecord(r *record) {
	var x [6]float64
	d.floats(x[:])
	r.fill = FillPrediction{A: x[0], P: x[1], W: x[2], Mean: x[3], SD: x[4]}
	r.size.Curve.First = x[5]
	d.floats(r.size.Curve.LogQ[:])
	var n [4]int64
	for i := range n {
		n[i] = d.i64()
		if n[i] < 0 || n[i] > MaxLots {
			d.fail("a ledger record counts %d lots", n[i])
			n[i] = 0
		}
	}
	r.size.Curve.Taken, r.size.Sent, r.size.Filled, r.size.MinQty = int(n[0]), int(n[1]), int(n[2]), int(n[3])
	r.size.Canceled, r.size.Bucket = d.flag(), r.bucket
}
