package view

import (
	"github.com/sluice-sor/sluice/internal/market"
)

// Quote is the consolidated best bid and ask of a symbol at one time.
type Quote struct {
	At  Stamp `json:"at"`
	Bid Px    `json:"bid_usd"`
	Ask Px    `json:"ask_usd"`
}

// quoteSteps are the distances of what is kept of a symbol's quotes, finest first; each is kept quotesKept times: two minutes,
// half an hour and six hours. A book in hundreds of symbols takes some 20 kB each.
var quoteSteps = [3]int64{400 * market.Millisecond, 6 * market.Second, 72 * market.Second}

const quotesKept = 300

// quoteTrace is how a symbol's best prices moved.
type quoteTrace [len(quoteSteps)]ring[Quote]

func newQuoteTrace() *quoteTrace {
	t := new(quoteTrace)
	for i := range t {
		t[i] = newRing[Quote](quotesKept)
	}
	return t
}

// see takes the quote of a time; of each step's first only is kept.
func (t *quoteTrace) see(at market.Time, bid, ask Px) {
	for i, step := range quoteSteps {
		if last, ok := t[i].last(); !ok || at.Sub(market.Time(last.At)) >= step {
			t[i].add(Quote{Stamp(at), bid, ask})
		}
	}
}

// between gives the quotes from one time to another, oldest first: the finest that reach back to its beginning, and before
// these what is kept of coarser ones.
func (t *quoteTrace) between(from, to Stamp) []Quote {
	var out []Quote
	upto := to + 1
	for i := range t {
		var part []Quote
		var before *Quote // the one in force at the beginning
		for _, q := range t[i].all() {
			switch {
			case q.At <= from:
				before = &q
			case q.At < upto:
				part = append(part, q)
			}
		}
		out = append(part, out...)
		if before != nil {
			before.At = from
			return append([]Quote{*before}, out...)
		}
		if len(out) > 0 {
			upto = out[0].At
		}
	}
	return out
}

// VenuePoint is what was thought of a venue at one time.
type VenuePoint struct {
	At       Stamp `json:"at"`
	Static   Real  `json:"static"`
	Cost     Real  `json:"expected_bps"`
	FillProb Real  `json:"fill_prob"`
	Toxicity Real  `json:"toxicity_bps"`
	P50Us    int64 `json:"latency_p50_us"`
	Reject   Real  `json:"reject_rate"` // of the children sent until then, 0 to 1
	Explored Real  `json:"explored"`    // share of the placements until then that explored, 0 to 1
}

// historyKept bounds the points of a venue: when they are used up every other one goes, so that they always reach back to
// the beginning.
const historyKept = 96

// sample adds to every venue's history, if it is time.
func (v *View) sample() {
	if v.at < v.sampleAt {
		return
	}
	if v.sampleStep == 0 {
		v.sampleStep = 2 * market.Second
	}
	v.sampleAt = v.at.Add(v.sampleStep)
	full := false
	for i := range v.venues {
		r := &v.venues[i]
		if r.FillProb == nil || r.Static == nil {
			continue // nothing is thought of it yet
		}
		p := VenuePoint{At: Stamp(v.at), Static: *r.Static, FillProb: r.FillProb.Mean, Toxicity: r.Toxicity.Mean, P50Us: r.latency.ValueAtQuantile(50)}
		if r.Cost != nil {
			p.Cost = r.Cost.Mean
		}
		if k := proportion(r.Rejects, r.Sent); k != nil {
			p.Reject = k.Mean
		}
		if k := proportion(r.tries, r.places); k != nil {
			p.Explored = k.Mean
		}
		r.history = append(r.history, p)
		full = full || len(r.history) >= historyKept
	}
	if full {
		v.thin()
	}
}

func (v *View) thin() {
	v.sampleStep *= 2
	for i := range v.venues {
		r := &v.venues[i]
		kept := r.history[:0]
		for k := 0; k < len(r.history); k += 2 {
			kept = append(kept, r.history[k])
		}
		r.history = kept
	}
}

// History gives what was thought of each venue since the journal's beginning, by venue id, oldest first.
func (v *View) History() [][]VenuePoint {
	v.mu.RLock()
	defer v.mu.RUnlock()
	out := make([][]VenuePoint, len(v.venues))
	for i := range v.venues {
		out[i] = append([]VenuePoint(nil), v.venues[i].history...)
	}
	return out
}
