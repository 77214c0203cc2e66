package models

import "github.com/sluice-sor/sluice/features"

// The content of the sections. The smallest sizes in bytes bound what a count may claim.
const (
	leastArm   = 2*4 + 4 + 6*4 + Horizons*8 + 2*4 + 2*8 + 8
	leastLayer = 3*4 + 2*8
	leastProbe = 4 + features.Dim*8 + 4
)

func (h *Header) visit(c *coder) {
	for _, v := range []*string{&h.Family, &h.Schema, &h.Commit, &h.Parent, &h.DataHash} {
		c.text(v, MaxName)
	}
	c.i64(&h.From)
	c.i64(&h.To)
	c.u64(&h.Seed)
	c.u32(&h.Instance)
	c.u32(&h.Epoch)
	c.u64(&h.Seq)
	each(c, &h.Metrics, MaxMetrics, 4+3*8, func(c *coder, m *Metric) {
		c.text(&m.Name, MaxName)
		c.real(&m.Value)
		c.real(&m.Low)
		c.real(&m.High)
	})
	c.text(&h.Card, MaxCard)
}

func visitColumn(c *coder, f *features.Feature) {
	c.text(&f.Name, MaxName)
	c.text(&f.Unit, MaxName)
	c.real(&f.Centre)
	c.real(&f.Scale)
}

func visitArm(c *coder, a *Arm) {
	c.text(&a.Venue, MaxName)
	c.text(&a.Kind, MaxName)
	c.flag(&a.Takes)
	a.Fill.visit(c)
	for h := range a.Toxicity {
		a.Toxicity[h].visit(c)
	}
	c.reals(a.Noise[:])
	a.Hazard.visit(c)
	c.list(&a.SizeA, SizeBins)
	c.list(&a.SizeB, SizeBins)
	c.real(&a.Latency)
	c.real(&a.Leak)
	c.i64(&a.Rows)
}

func (g *Gaussian) visit(c *coder) {
	d := c.count(len(g.Mean), MaxDim+HazardBins, 8)
	c.array(&g.Mean, d)
	c.array(&g.Precision, d*d)
}

func (i *Impact) visit(c *coder) {
	c.list(&i.Y, MaxBuckets)
	c.list(&i.SD, MaxBuckets)
}

// visitNetwork takes a network as its layers; none is no network. Shapes that do not fit each other are refused, so that what
// was read can be computed.
func visitNetwork(c *coder, v **Network) {
	var n Network
	if *v != nil {
		n = **v
	}
	each(c, &n.Layers, MaxLayers, leastLayer, visitLayer)
	for i := 1; i < len(n.Layers); i++ {
		if c.decode && c.err == nil && n.Layers[i].In != n.Layers[i-1].Out {
			c.fail("layer %d takes %d figures, the one before gives %d", i+1, n.Layers[i].In, n.Layers[i-1].Out)
		}
	}
	if c.decode && len(n.Layers) > 0 {
		*v = &n
	}
}

func visitLayer(c *coder, l *Layer) {
	in, out := uint32(l.In), uint32(l.Out)
	c.u32(&in)
	c.u32(&out)
	if c.decode {
		if c.err == nil && (in < 1 || in > MaxWidth || out < 1 || out > MaxWidth) {
			c.fail("a layer of %d×%d: give 1 to %d", out, in, MaxWidth)
		}
		if c.err != nil {
			return
		}
		l.In, l.Out = int(in), int(out)
	}
	c.flag(&l.ReLU)
	c.array(&l.W, l.In*l.Out)
	c.array(&l.B, l.Out)
}

func visitProbe(c *coder, p *Probe) {
	c.u32(&p.Arm)
	c.reals(p.X[:])
	c.list(&p.Y, MaxOutputs)
}
