package net

import (
	"context"
	"fmt"
	"math"
	"slices"

	G "gorgonia.org/gorgonia"

	"github.com/sluice-sor/sluice/models"
)

// A Map is a learned feature map (FIT-06a): its outputs are a constant 1 and the last hidden layer, centred and in units of
// its standard deviation on the rows that it was trained on.
type Map struct {
	Net   models.Network
	Curve []Epoch
	Best  int // epoch whose weights it has
}

// TrainMap trains x → Hidden → Out, ReLU, jointly with linear heads of every arm for H0 and H3 on top:
//
//	loss = mean of ln(1+e^a) − y·a over rows whose fill is known, plus of √(1+(z−ẑ)²/s²) − 1 over those with a markout
//
// s is the markouts' scale. The heads are dropped: served heads are Bayesian and fitted on the frozen map. Units that are
// the same for all rows are dropped too.
func TrainMap(ctx context.Context, s *Sample, c Config, progress func(Epoch)) (*Map, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.Out >= models.MaxDim {
		return nil, fmt.Errorf("net: a feature map of %d units: give at most %d, the constant comes beside them", c.Out, models.MaxDim-1)
	}
	if err := s.validate(); err != nil {
		return nil, err
	}
	t := newMapTask(s, &c)
	best, curve, err := t.body.run(ctx, t.loss(), &c, t.course(), progress)
	if err != nil {
		return nil, err
	}
	m := &Map{Curve: curve, Best: slices.IndexFunc(curve, func(e Epoch) bool { return e.Tail == lowest(curve) })}
	m.Net, err = t.export(best)
	return m, err
}

func lowest(curve []Epoch) float64 {
	low := math.Inf(1)
	for _, e := range curve {
		low = min(low, e.Tail)
	}
	return low
}

type mapTask struct {
	*body
	s     *Sample
	c     *Config
	arms  int
	cut   int     // rows before it train, the others are the tail
	scale float64 // of markouts
	// a batch
	xs, arm, y, seen, z, marked []float64
	nArm, nY, nSeen, nZ, nMark  *G.Node
}

func newMapTask(s *Sample, c *Config) *mapTask {
	t := &mapTask{body: newBody(s.In, c), s: s, c: c, arms: s.arms(), cut: s.Len() - int(float64(s.Len())*c.Tail)}
	t.scale = spread(s.Tox[:t.cut])
	n := c.Batch
	t.xs, t.arm = make([]float64, n*s.In), make([]float64, n*t.arms)
	t.y, t.seen, t.z, t.marked = make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	return t
}

// spread is 1.4826 times the median size of the known figures about their median; 1 if that is 0.
func spread(x []float64) float64 {
	var known []float64
	for _, v := range x {
		if !math.IsNaN(v) {
			known = append(known, v)
		}
	}
	if len(known) == 0 {
		return 1
	}
	slices.Sort(known)
	middle := known[len(known)/2]
	for i := range known {
		known[i] = math.Abs(known[i] - middle)
	}
	slices.Sort(known)
	if mad := 1.4826 * known[len(known)/2]; mad > 0 {
		return mad
	}
	return 1
}

// loss builds the heads and the joint loss.
func (t *mapTask) loss() *G.Node {
	g, n := t.graph, t.c.Batch
	t.nArm = input(g, "arm", n, t.arms)
	t.nY, t.nSeen, t.nZ, t.nMark = input(g, "y", n), input(g, "seen", n), input(g, "z", n), input(g, "marked", n)
	head := func(name string) *G.Node {
		slopes := t.zero(name+"W", t.c.Out, t.arms)
		level := t.zero(name+"B", t.arms, 1)
		own := must(G.Sum(must(G.HadamardProd(must(G.Mul(t.hidden, slopes)), t.nArm)), 1))
		return must(G.Add(own, must(G.Reshape(must(G.Mul(t.nArm, level)), []int{n}))))
	}
	a := head("fill")
	nats := must(G.Sub(must(G.Softplus(a)), must(G.HadamardProd(t.nY, a))))
	e := must(G.Sub(t.nZ, head("tox")))
	one := G.NewConstant(1.0)
	robust := must(G.Sub(must(G.Sqrt(must(G.Add(must(G.Square(e)), one)))), one))
	return must(G.Add(must(G.Mean(must(G.HadamardProd(t.nSeen, nats)))), must(G.Mean(must(G.HadamardProd(t.nMark, robust))))))
}

func (t *mapTask) course() *course {
	return &course{rows: t.cut, fill: t.fill, blank: t.blank, tail: t.tailLoss, let: func() error {
		for _, p := range []struct {
			n *G.Node
			d []float64
		}{{t.x, t.xs}, {t.nArm, t.arm}, {t.nY, t.y}, {t.nSeen, t.seen}, {t.nZ, t.z}, {t.nMark, t.marked}} {
			if err := G.Let(p.n, dense(p.d, p.n.Shape()...)); err != nil {
				return err
			}
		}
		return nil
	}}
}

func (t *mapTask) fill(slot, row int) {
	copy(t.xs[slot*t.s.In:(slot+1)*t.s.In], t.s.X[row*t.s.In:(row+1)*t.s.In])
	arm := t.arm[slot*t.arms : (slot+1)*t.arms]
	clear(arm)
	arm[t.s.Arm[row]] = 1
	t.y[slot], t.seen[slot] = known(t.s.Fill[row], 1)
	t.z[slot], t.marked[slot] = known(t.s.Tox[row], t.scale)
}

func (t *mapTask) blank(slot int) {
	clear(t.xs[slot*t.s.In : (slot+1)*t.s.In])
	clear(t.arm[slot*t.arms : (slot+1)*t.arms])
	t.y[slot], t.seen[slot], t.z[slot], t.marked[slot] = 0, 0, 0, 0
}

// known is a figure in units of scale and the weight 1, or 0 and 0 of NaN.
func known(x, scale float64) (value, weight float64) {
	if math.IsNaN(x) {
		return 0, 0
	}
	return x / scale, 1
}

// tailLoss is the loss of the rows from the cut on, by our own forward pass. Parameters: w1, b1, w2, b2, then slopes and
// levels of both heads.
func (t *mapTask) tailLoss(v [][]float64) float64 {
	net := t.hiddenNet(v)
	phi, scratch := make([]float64, net.Out()), make([]float64, net.Scratch())
	sum := 0.0
	for i := t.cut; i < t.s.Len(); i++ {
		net.Forward(phi, scratch, t.s.X[i*t.s.In:(i+1)*t.s.In])
		arm := t.s.Arm[i]
		if y, ok := known(t.s.Fill[i], 1); ok == 1 {
			a := t.head(v[4], v[5], phi, arm)
			sum += softplus(a) - y*a
		}
		if z, ok := known(t.s.Tox[i], t.scale); ok == 1 {
			sum += pseudoHuber(z - t.head(v[6], v[7], phi, arm))
		}
	}
	return sum / float64(max(1, t.s.Len()-t.cut))
}

func (t *mapTask) head(slopes, level, phi []float64, arm int) float64 {
	sum := level[arm]
	for k, x := range phi {
		sum += slopes[k*t.arms+arm] * x
	}
	return sum
}

// hiddenNet is the network up to the last hidden layer.
func (t *mapTask) hiddenNet(v [][]float64) *models.Network {
	return &models.Network{Layers: []models.Layer{layer(v[0], v[1], t.s.In, t.c.Hidden, true), layer(v[2], v[3], t.c.Hidden, t.c.Out, true)}}
}

// export is the hidden network with a layer behind it that standardizes and puts the constant first.
func (t *mapTask) export(v [][]float64) (models.Network, error) {
	net := t.hiddenNet(v)
	mean, sd := make([]float64, net.Out()), make([]float64, net.Out())
	phi, scratch := make([]float64, net.Out()), make([]float64, net.Scratch())
	for i := range t.cut {
		net.Forward(phi, scratch, t.s.X[i*t.s.In:(i+1)*t.s.In])
		for k, x := range phi {
			d := x - mean[k]
			mean[k] += d / float64(i+1)
			sd[k] += d * (x - mean[k])
		}
	}
	last := models.Layer{In: net.Out(), Out: 1, W: make([]float64, net.Out()), B: []float64{1}}
	for k := range sd {
		sd[k] = math.Sqrt(sd[k] / float64(t.cut))
		if sd[k] < 1e-6 { // a unit that died tells rows apart no more
			continue
		}
		row := make([]float64, net.Out())
		row[k] = 1 / sd[k]
		last.W, last.B, last.Out = append(last.W, row...), append(last.B, -mean[k]/sd[k]), last.Out+1
	}
	if last.Out == 1 {
		return models.Network{}, fmt.Errorf("net: all %d units died: lower the rate, or take another seed", net.Out())
	}
	net.Layers = append(net.Layers, last)
	return *net, nil
}
