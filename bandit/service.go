package bandit

import "fmt"

// A ServiceHead is H5: how fast an arm answers and how often it refuses (learning text 1.2), both
// conjugate with anchored forgetting.
//
// Latency is exponential with mean μ; 1/μ has a Gamma prior worth two answers of the prior mean, the
// text's (2, 2/mean) read as (shape, shape per mean). With n answers summing to s the posterior mean
// of μ is (2·mean + s)/(2 + n). Rejects are Bernoulli with a Beta(1, 50) prior.
type ServiceHead struct {
	memory Memory
	now    int64
	mean   float64   // prior mean latency, seconds
	data   service   // of the present epoch
	past   []service // of the epochs that ended (SWP-01)
	skip   int       // so many of them are in the prior and do not count
	out    service   // since the last delta
}

// service are sufficient statistics. They add.
type service struct{ answers, seconds, rejects, accepts float64 }

func (s *service) fields() [4]*float64 {
	return [4]*float64{&s.answers, &s.seconds, &s.rejects, &s.accepts}
}

func (s *service) addScaled(o service, g float64) {
	s.answers += float64(g * o.answers)
	s.seconds += float64(g * o.seconds)
	s.rejects += float64(g * o.rejects)
	s.accepts += float64(g * o.accepts)
}

func (s *service) decay(g float64) {
	x := [4]float64{s.answers, s.seconds, s.rejects, s.accepts}
	scale(x[:], g)
	*s = service{x[0], x[1], x[2], x[3]}
}

const (
	priorAnswers = 2
	priorRejects = 1
	priorAccepts = 50
	maxLatency   = 3600 // seconds; more is not an answer
)

// NewServiceHead gives a head that expects answers after mean seconds.
func NewServiceHead(mean float64, memory Memory) (*ServiceHead, error) {
	if !(mean > 0 && mean <= maxLatency) {
		return nil, fmt.Errorf("prior latency is %v s: give more than 0 and at most %d", mean, maxLatency)
	}
	if err := memory.validate(); err != nil {
		return nil, err
	}
	return &ServiceHead{memory: memory, mean: mean}, nil
}

// Latency is the posterior mean and standard deviation of the mean answer time, in seconds.
func (h *ServiceHead) Latency() (mean, sd float64) {
	known := h.total()
	n := priorAnswers + max(0, known.answers)
	mean = (float64(priorAnswers*h.mean) + max(0, known.seconds)) / n
	return mean, mean / sqrt(max(1, n-1)) // inverse gamma with shape n+1
}

// Reject is the posterior mean and standard deviation of the reject probability.
func (h *ServiceHead) Reject() (mean, sd float64) {
	known := h.total()
	a := priorRejects + max(0, known.rejects)
	n := a + priorAccepts + max(0, known.accepts)
	mean = a / n
	return mean, sqrt(mean * (1 - mean) / (n + 1))
}

// total is what the epochs that count know.
func (h *ServiceHead) total() service {
	known := h.data
	for _, s := range h.past[h.skip:] {
		known.addScaled(s, 1)
	}
	return known
}

// Update applies one answer of the arm: its latency in seconds and whether it was a reject.
func (h *ServiceHead) Update(seconds float64, rejected bool, bucket int64) Refusal {
	if !(seconds >= 0 && seconds <= maxLatency) {
		return Malformed
	}
	if refusal := h.memory.check(h.now, bucket); refusal != Applied {
		return refusal
	}
	one := service{answers: 1, seconds: seconds, accepts: 1}
	if rejected {
		one.accepts, one.rejects = 0, 1
	}
	weight := h.memory.weight(h.now - bucket)
	h.data.addScaled(one, weight)
	h.out.addScaled(one, weight)
	return Applied
}

// Advance ages the data to the given bucket; an earlier bucket changes nothing.
func (h *ServiceHead) Advance(bucket int64) {
	if bucket <= h.now {
		return
	}
	if h.memory.forgotten(bucket - h.now) {
		h.decay(0)
	}
	g := h.memory.weight(1)
	for n := bucket - h.now; n > 0 && g < 1 && !h.empty(); n-- {
		h.decay(g)
	}
	h.now = bucket
}

// Keep leaves the share g of what was learned.
func (h *ServiceHead) Keep(g float64) { h.decay(g) }

func (h *ServiceHead) decay(g float64) {
	h.data.decay(g)
	h.out.decay(g)
	for i := range h.past {
		h.past[i].decay(g)
	}
}

func (h *ServiceHead) empty() bool {
	for _, s := range h.past {
		if s != (service{}) {
			return false
		}
	}
	return h.data == service{} && h.out == service{}
}
