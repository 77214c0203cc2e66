package train

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/sluice-sor/sluice/features"
	"github.com/sluice-sor/sluice/models"
	"github.com/sluice-sor/sluice/train/net"
)

// assemble fits again on all rows and makes the artifact: the router drops what it learned up to the cut when it takes the
// model, so the model must have eaten all of it (SWP-03).
func (j *job) assemble(ctx context.Context, out *Result) error {
	var heads *Heads
	err := beside(ctx, func(ctx context.Context) (err error) {
		heads, err = stage(j.stages, "fitting everything", func() (*Heads, error) {
			return fitHeads(ctx, j.x, j.x.Rows, j.phi, j.heads, j.passes("fitting everything"))
		})
		return err
	}, j.cost, j.survival)
	if err != nil {
		return err
	}
	m := &models.Model{Map: j.phi.net, Arms: heads.Arms, Kinds: heads.Kinds, Cost: j.report.Cost.Net}
	schema := features.Default()
	m.Columns = schema.Columns[:]
	j.markets(m)
	j.report.arms(j.x, heads)
	m.Header = j.header()
	if err := j.probe(ctx, m); err != nil {
		return err
	}
	j.report.Published = len(j.report.Failed()) == 0
	m.Header.Metrics = j.report.metrics()
	if out.Plots, err = j.report.plots(); err != nil {
		return err
	}
	m.Header.Card = j.report.Card()
	out.Model, out.Artifact = m, m.AppendBinary(nil)
	return nil
}

// cost trains the network of costs; of the heads it needs no more than their names.
func (j *job) cost(ctx context.Context) (err error) {
	coding := new(models.Model)
	for _, k := range j.x.Arms {
		coding.Arms = append(coding.Arms, models.Arm{Venue: k.Venue, Kind: k.Kind, Takes: k.Takes})
	}
	for _, k := range j.x.Kinds {
		coding.Kinds = append(coding.Kinds, models.Arm{Kind: k.Kind, Takes: k.Takes})
	}
	j.report.Cost, err = stage(j.stages, "training the cost network", func() (*CostFit, error) {
		epoch := int64(0)
		return fitCost(ctx, j.x, coding, j.c.Seed, func(net.Epoch) { epoch++; j.progress("training the cost network", epoch) })
	})
	return err
}

func (j *job) survival(ctx context.Context) error {
	p, err := j.candidate(j.heads, j.phi.net)
	if err != nil {
		return err
	}
	j.report.Survival, err = survivalOf(ctx, j.x, j.testStart, j.x.Rows, p)
	return err
}

// markets adds what is not of a venue: impact, the transient kernel, and what venues leak.
func (j *job) markets(m *models.Model) {
	j.report.Impact = j.impact
	m.Impact = j.report.Impact.Served
	j.report.Kernel, j.report.Leaks = j.x.Kernel, j.x.Leaks
	for k, c := range j.report.Kernel.C {
		m.Kernel[k] = min(models.MostKernel, c)
	}
	for i := range m.Arms {
		for _, l := range j.report.Leaks {
			if l.Arm == j.x.Arms[i] {
				m.Arms[i].Leak = min(models.MostLeak, max(0, l.Lambda)) // a served λ is not negative
			}
		}
	}
}

func (j *job) header() models.Header {
	r := j.report
	journals := slices.Clone(j.x.Journals)
	for _, instance := range j.impact.Journals {
		journals = withJournal(journals, instance)
	}
	return models.Header{Family: r.Family, Schema: schemaHash(), Commit: r.Commit, Parent: j.c.ChampionID, DataHash: r.DataHash, From: r.From, To: r.To,
		Seed: r.Seed, Instance: r.Instance, Epoch: r.Epoch, Seq: r.Seq, Journals: journals}
}

// mostProbes is FIT-06's and MOP-12's thousand.
const mostProbes = 1000

// probe stores probes of rows spread over the window, and of every kind, and passes or fails the last gate: the model as it
// will be read must check, and its networks must be what gorgonia trained.
func (j *job) probe(ctx context.Context, m *models.Model) error {
	rows := int64(mostProbes - len(m.Kinds))
	for k := range rows {
		at := k * j.x.Rows / rows
		if err := j.x.each(ctx, at, at+1, func(_ int64, e *entry) {
			m.Probes = append(m.Probes, m.Probe(uint32(e.Arm), e.Phi))
			if k < int64(len(m.Kinds)) {
				m.Probes = append(m.Probes, m.Probe(uint32(len(m.Arms)+int(k)), e.Phi))
			}
		}); err != nil {
			return err
		}
	}
	g := Gate{Name: "probes", Verdict: Pass, Value: float64(len(m.Probes))}
	worst, err := j.parity(m)
	if err != nil {
		return err
	}
	g.Low, g.High = 0, worst
	g.Words = fmt.Sprintf("%d probes; the served networks differ from gorgonia's by %.1g relative; wanted at most 1e-06", len(m.Probes), worst)
	if err := m.Check(); err != nil {
		g.Verdict, g.Words = Fail, err.Error()
	} else if !(worst <= 1e-6) {
		g.Verdict = Fail
	}
	j.report.Gates = append(j.report.Gates, g)
	j.waive()
	return nil
}

// parity is the largest relative difference between our own forward pass and gorgonia's over all probes.
func (j *job) parity(m *models.Model) (worst float64, err error) {
	compare := func(n *models.Network, in func(p *models.Probe) []float64) error {
		if n == nil {
			return nil
		}
		var x []float64
		for i := range m.Probes {
			x = append(x, in(&m.Probes[i])...)
		}
		want, err := net.Tape(n, x)
		if err != nil {
			return err
		}
		got, scratch := make([]float64, n.Out()), make([]float64, n.Scratch())
		for i := range m.Probes {
			n.Forward(got, scratch, x[i*n.In():(i+1)*n.In()])
			for k, v := range got {
				w := want[i*n.Out()+k]
				worst = max(worst, math.Abs(v-w)/max(1, math.Abs(w)))
			}
		}
		return nil
	}
	err = compare(m.Map, func(p *models.Probe) []float64 { return p.X[:] })
	if err != nil {
		return 0, err
	}
	all := append(append([]models.Arm(nil), m.Arms...), m.Kinds...)
	return worst, compare(m.Cost, func(p *models.Probe) []float64 {
		a := &all[p.Arm]
		return m.CostInput(nil, a.Venue, a.Kind, a.Takes, &p.X)
	})
}

// metrics are the figures that the artifact's header carries.
func (r *Report) metrics() []models.Metric {
	var out []models.Metric
	add := func(name string, value, low, high float64) {
		for _, v := range [3]float64{value, low, high} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return
			}
		}
		out = append(out, models.Metric{Name: name, Value: value, Low: low, High: high})
	}
	for _, g := range r.Gates {
		add(g.Name, g.Value, g.Low, g.High)
	}
	v := r.Validation
	add("fill-log-density", v.Fill.Mean, v.Fill.Mean, v.Fill.Mean)
	add("toxicity-log-density", v.Tox.Mean, v.Tox.Mean, v.Tox.Mean)
	add("fill-brier", v.FillBins.Brier, v.FillBins.Brier, v.FillBins.Brier)
	add("fill-density-over-live-learner", v.LiveFill.Difference, v.LiveFill.Difference-v.LiveFill.Radius, v.LiveFill.Difference+v.LiveFill.Radius)
	add("toxicity-selection-bps", v.Selection, v.Selection, v.Selection)
	if i := r.Impact; i != nil && i.Orders > 0 && i.All.Rows > 0 {
		add("impact-y", i.All.Y, i.All.Y-1.96*i.All.SD, i.All.Y+1.96*i.All.SD)
		add("impact-exponent", i.All.Delta, i.All.Delta-1.96*i.All.DeltaSD, i.All.Delta+1.96*i.All.DeltaSD)
	}
	return out
}

// arms fills what the card says of arms and kinds.
func (r *Report) arms(x *Extract, h *Heads) {
	for i, k := range x.Arms {
		f, a := &h.Fits[i], &h.Arms[i]
		out := ArmReport{Arm: k.String(), Rows: f.Rows, FillRate: f.Rate, LevelShrunk: a.Fill.Mean[0], Latency: a.Latency, Leak: a.Leak, Fill: a.Fill.Mean,
			Converged: f.Fill.Converged}
		if len(f.Fill.Theta) > 0 {
			out.Level = f.Fill.Theta[0]
		}
		d := len(a.Fill.Mean)
		if g, err := newGaussian(&a.Fill); err == nil {
			for c := range d {
				out.FillSE = append(out.FillSE, math.Sqrt(g.cov[c*d+c]))
			}
			out.SE = out.FillSE[0]
		}
		if t := &a.Toxicity[k.decide()]; !t.Empty() {
			out.Toxicity, out.Noise = t.Mean[0], math.Sqrt(a.Noise[k.decide()])
		}
		r.Arms = append(r.Arms, out)
	}
	sort.SliceStable(r.Arms, func(a, b int) bool { return r.Arms[a].Arm < r.Arms[b].Arm })
	for k, key := range x.Kinds {
		out := KindReport{Kind: key.String(), FillTau: h.Spread[k].Fill.Tau, ToxicityTau: h.Spread[k].Toxicity.Tau}
		for _, of := range x.Of {
			if of == k {
				out.Venues++
			}
		}
		if m := h.Spread[k].Fill.Mean; len(m) > 0 {
			out.FillMean = m[0]
		}
		if m := h.Spread[k].Toxicity.Mean; len(m) > 0 {
			out.ToxMean = m[0]
		}
		r.Spread = append(r.Spread, out)
	}
	sort.SliceStable(r.Spread, func(a, b int) bool { return r.Spread[a].Kind < r.Spread[b].Kind })
}
