package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/market"
)

// Report is what a comparison found. Everything in it is of a simulated market. Costs are bps of a parent's arrival value,
// means over parents, positive is a cost; intervals are 95 %.
type Report struct {
	Scenario  string              `json:"scenario"`
	About     string              `json:"about"`
	Seed      uint64              `json:"seed"`
	Seeds     int                 `json:"seeds"`
	Parents   int                 `json:"parents"` // of each seed, at most
	Over      string              `json:"intervals_over"`
	Names     []string            `json:"order"` // of the policies, in which they are listed
	Policies  map[string]*Summary `json:"policies"`
	GapBps    Interval            `json:"gap_bps"`         // static − oracle
	GapClosed map[string]Interval `json:"gap_closed"`      // (static − policy) / (static − oracle); 1 is the oracle's
	Pairs     []Pair              `json:"pairs,omitempty"` // of the learner and the models
	Change    *Around             `json:"change,omitempty"`
	Venues    []VenueName         `json:"venues"`
	Told      *Told               `json:"told,omitempty"`     // what Timeline is about
	Timeline  []Step              `json:"timeline,omitempty"` // of the learner and the first parent of the first seed
	Notes     []string            `json:"notes"`
}

// Pair is two of the learner and the models, paired by parent: what the first costs more than the second, bps.
type Pair struct {
	First  string   `json:"first"`
	Second string   `json:"second"`
	Costs  Interval `json:"costs_more_bps"`
}

// VenueName is one venue of the scenario.
type VenueName struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Summary is one policy.
type Summary struct {
	About       string             `json:"about"`
	IS          Interval           `json:"is_bps"`
	VsStatic    Interval           `json:"vs_static_bps"` // paired by parent
	Regret      Interval           `json:"regret_bps"`    // over the oracle, paired by parent
	Spread      float64            `json:"spread_bps"`
	Fees        float64            `json:"fees_bps"`
	Impact      float64            `json:"impact_bps"`
	Timing      float64            `json:"timing_bps"`
	Opportunity float64            `json:"opportunity_bps"`
	FillRate    float64            `json:"fill_rate"` // shares filled of shares asked for
	Seconds     float64            `json:"completion_s"`
	Markout     float64            `json:"markout_bps"` // at 1 s lit and 10 s dark, mean over fills, positive in our favor
	Venues      []VenueSummary     `json:"venues"`
	Curve       []CurvePoint       `json:"curve"`
	Alerts      map[string]float64 `json:"alerts_per_1000_parents,omitempty"`
}

// VenueSummary is one policy at one venue: its own truth beside what the learner thought last.
type VenueSummary struct {
	Children  int      `json:"children"`
	Share     float64  `json:"share_of_fills"` // of the policy's shares
	FillRate  float64  `json:"fill_rate"`      // shares filled of shares sent
	HitRate   float64  `json:"hit_rate"`       // children that got something of children that ended
	FeesUSD   float64  `json:"fees_usd"`
	Markout   float64  `json:"markout_bps"`
	Estimated Estimate `json:"estimated"`
}

// Estimate is the learner's latest, for the last child's style and context, mean over seeds.
type Estimate struct {
	Fill     float64 `json:"fill_probability"`
	Toxicity float64 `json:"toxicity_bps"`
}

// CurvePoint is a stretch of consecutive parents that ends at Parents.
type CurvePoint struct {
	Parents   int       `json:"parents"`
	IS        Interval  `json:"is_bps"`
	VsStatic  Interval  `json:"vs_static_bps"`
	GapClosed *Interval `json:"gap_closed,omitempty"` // nil where static and the oracle cost the same
}

// stretches is into how many points a learning curve is cut; batches into how many units a seed is, where seeds are too few
// for an interval over them.
const (
	stretches = 10
	batches   = 20
	fewSeeds  = 3
)

// results are a comparison's runs by policy and seed.
type results struct {
	config  *Config
	byName  map[string][]*Run
	batched bool
}

func report(c *Config, chosen []Policy, runs []*Run) *Report {
	r := &results{config: c, byName: map[string][]*Run{}, batched: c.Seeds < fewSeeds}
	var story []Step
	var told *Told
	for _, run := range runs {
		r.byName[run.Policy] = append(r.byName[run.Policy], run)
		if len(run.Timeline) > 0 {
			story, told = run.Timeline, &run.Told
		}
	}
	out := &Report{Scenario: c.Scenario.Name, About: c.Scenario.About, Seed: c.Seed, Seeds: c.Seeds, Parents: most(runs),
		Over: "seeds", Policies: map[string]*Summary{}, GapClosed: map[string]Interval{}, Told: told, Timeline: story, Notes: notes(c, runs)}
	if r.batched {
		out.Over = "stretches of consecutive parents"
	}
	out.Venues = venueNames(c.Scenario)
	all := span{0, out.Parents}
	out.GapBps = r.mean(r.less(Static, Oracle), all)
	if !out.GapBps.Above(0) {
		out.Notes = append(out.Notes, "Static − oracle is not above 0 with confidence: shares of that gap say nothing. Give more parents or seeds.")
	}
	for _, p := range chosen {
		out.Names = append(out.Names, p.Name)
		out.Policies[p.Name] = r.summary(p)
		if gap, ok := ratioOf(r.sums(r.less(Static, p.Name), all), r.sums(r.less(Static, Oracle), all)); ok {
			out.GapClosed[p.Name] = gap
		}
	}
	out.Pairs = r.pairs(all)
	out.Change = r.around(out.Names, out.Parents)
	return out
}

// pairs compares the learner and the models with each other, where there are models: each with those before it.
func (r *results) pairs(all span) (out []Pair) {
	var names []string
	if r.byName[Learner] != nil {
		names = append(names, Learner)
	}
	for _, m := range r.config.Models {
		if r.byName[m.ID] != nil {
			names = append(names, m.ID)
		}
	}
	for i, first := range names {
		for _, second := range names[:i] {
			out = append(out, Pair{first, second, r.mean(r.less(first, second), all)})
		}
	}
	return out
}

// notes says what the reader must know.
func notes(c *Config, runs []*Run) []string {
	out := []string{"A simulated market: figures rank policies in it, they do not predict live costs."}
	if len(c.Scenario.Recordings) > 0 {
		out = append(out, "Recorded market: others do not react to our orders; impact is only what our own takes leave displayed.")
	}
	for _, m := range c.Models {
		if names, _ := m.strange(c.Scenario); len(names) > 0 {
			out = append(out, fmt.Sprintf("Model %s does not know %s: there it begins with what it has of the venue's kind, or the built-in prior.", m, strings.Join(names, ", ")))
		}
	}
	out = append(out, demotions(runs)...)
	least, refused, blind := c.Parents, 0, 0
	for _, run := range runs {
		least, refused, blind = min(least, len(run.Parents)), refused+run.Refused, blind+run.Blind
	}
	if refused > 0 {
		out = append(out, fmt.Sprintf("The router refused %d parents over all runs, as over a limit: they count as unfilled, taken whole at the far side of their arrival.", refused))
	}
	if blind > 0 {
		out = append(out, fmt.Sprintf("%d parents over all runs arrived when nobody quoted both sides: they are measured against the fundamental, or the close before.", blind))
	}
	if c.Seeds == 1 && most(runs) == 1 {
		out = append(out, "One parent of one seed has no interval: what stands for one is its mean.")
	}
	if least < c.Parents {
		out = append(out, "The scenario's work ends before the parents asked for.")
	}
	return out
}

// most is the largest number of parents of a run.
func most(runs []*Run) (n int) {
	for _, run := range runs {
		n = max(n, len(run.Parents))
	}
	return n
}

// span is parents from to to, counted from 0.
type span struct{ from, to int }

// units cuts a span into the units of an interval for one seed.
func (r *results) units(all span) []span {
	parents := all.to - all.from
	if !r.batched || parents == 0 {
		return []span{all}
	}
	n := min(batches, max(parents/10, min(parents, 2)))
	var out []span
	for i := range n {
		out = append(out, span{all.from + parents*i/n, all.from + parents*(i+1)/n})
	}
	return out
}

// figure is a cost of one parent of the seed at an index.
type figure func(seed, parent int) float64

// sums gives the sum of a figure over the parents of each unit. A seed whose work ends earlier has less in its last ones.
func (r *results) sums(f figure, all span) (out []float64) {
	for seed, run := range r.byName[Static] {
		for _, u := range r.units(all) {
			sum := 0.0
			for i := u.from; i < min(u.to, len(run.Parents)); i++ {
				sum += f(seed, i)
			}
			out = append(out, sum)
		}
	}
	return out
}

// mean gives the mean of a figure over all parents: units have unequal numbers of them, so it is a ratio.
func (r *results) mean(f figure, all span) Interval {
	i, _ := ratioOf(r.sums(f, all), r.sums(func(int, int) float64 { return 1 }, all))
	return i
}

// cost is a policy's shortfall.
func (r *results) cost(policy string) figure {
	runs := r.byName[policy]
	return func(seed, i int) float64 { return runs[seed].Parents[i].Total() }
}

// less is by how much b's shortfall is below a's, paired by parent.
func (r *results) less(a, b string) figure {
	x, y := r.byName[a], r.byName[b]
	return func(seed, i int) float64 { return x[seed].Parents[i].Total() - y[seed].Parents[i].Total() }
}

func (r *results) summary(p Policy) *Summary {
	runs := r.byName[p.Name]
	n := most(runs)
	all := span{0, n}
	s := &Summary{About: p.About, IS: r.mean(r.cost(p.Name), all), VsStatic: r.mean(r.less(p.Name, Static), all),
		Regret: r.mean(r.less(p.Name, Oracle), all), Alerts: map[string]float64{}}
	var filled, asked market.Qty
	marks, markSum, parents := 0, 0.0, 0.0
	for _, run := range runs {
		for i := range run.Parents {
			o := &run.Parents[i]
			s.Spread, s.Fees, s.Impact = s.Spread+o.Spread, s.Fees+o.Fees, s.Impact+o.Impact
			s.Timing, s.Opportunity = s.Timing+o.Timing, s.Opportunity+o.Opportunity
			s.Seconds += float64(o.Took) / float64(market.Second)
			filled, asked, parents = filled+o.Filled, asked+o.Qty, parents+1
		}
		marks, markSum = marks+run.Markouts, markSum+run.MarkSum
	}
	for _, x := range [...]*float64{&s.Spread, &s.Fees, &s.Impact, &s.Timing, &s.Opportunity, &s.Seconds} {
		*x /= max(1, parents)
	}
	s.FillRate, s.Markout = float64(filled)/float64(max(1, asked)), markSum/float64(max(1, marks))
	for _, run := range runs {
		for code, k := range run.Alerts {
			s.Alerts[code] += float64(k) * 1000 / max(1, parents)
		}
	}
	s.Venues = venuesOf(runs)
	for k, of := 0, min(stretches, n); k < of; k++ {
		s.Curve = append(s.Curve, r.point(p.Name, span{n * k / of, n * (k + 1) / of}))
	}
	return s
}

func (r *results) point(policy string, at span) CurvePoint {
	p := CurvePoint{Parents: at.to, IS: r.mean(r.cost(policy), at), VsStatic: r.mean(r.less(policy, Static), at)}
	if gap, ok := ratioOf(r.sums(r.less(Static, policy), at), r.sums(r.less(Static, Oracle), at)); ok {
		p.GapClosed = &gap
	}
	return p
}

func venuesOf(runs []*Run) []VenueSummary {
	total := make([]VenueTally, len(runs[0].Venues))
	var shares market.Qty
	for _, run := range runs {
		for v := range run.Venues {
			t, x := &total[v], &run.Venues[v]
			t.Children, t.Fills, t.Sent, t.Filled = t.Children+x.Children, t.Fills+x.Fills, t.Sent+x.Sent, t.Filled+x.Filled
			t.Judged, t.Hit = t.Judged+x.Judged, t.Hit+x.Hit
			t.Fees, t.Markouts, t.MarkoutSum = t.Fees+x.Fees, t.Markouts+x.Markouts, t.MarkoutSum+x.MarkoutSum
			t.FillProb, t.ToxBps = t.FillProb+x.FillProb/float64(len(runs)), t.ToxBps+x.ToxBps/float64(len(runs))
			shares += x.Filled
		}
	}
	var out []VenueSummary
	for i := range total {
		t := &total[i]
		out = append(out, VenueSummary{Children: t.Children, Share: float64(t.Filled) / float64(max(1, shares)),
			FillRate: float64(t.Filled) / float64(max(1, t.Sent)), HitRate: float64(t.Hit) / float64(max(1, t.Judged)), FeesUSD: float64(t.Fees) / 1e6,
			Markout: t.MarkoutSum / float64(max(1, t.Markouts)), Estimated: Estimate{t.FillProb, t.ToxBps}})
	}
	return out
}

// Has reports whether the report is about a policy.
func (r *Report) Has(policy string) bool { return slices.Contains(r.Names, policy) }
