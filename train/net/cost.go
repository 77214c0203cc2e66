package net

import (
	"context"
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/sluice-sor/sluice/models"
)

// TrainCost trains x → Hidden → Out → 1 to predict a cost in bps (FIT-06b), on the pseudo-Huber loss in units of the costs'
// scale, which estimates a middle between mean and median: costs have fat tails. X is row-major, in figures a row.
func TrainCost(ctx context.Context, in int, x, cost []float64, c Config, progress func(Epoch)) (*models.Network, []Epoch, error) {
	if err := c.Validate(); err != nil {
		return nil, nil, err
	}
	nan := make([]float64, len(cost))
	for i := range nan {
		nan[i] = math.NaN()
	}
	s := &Sample{In: in, X: x, Arm: make([]int, len(cost)), Fill: nan, Tox: cost}
	if err := s.validate(); err != nil {
		return nil, nil, err
	}
	t := newMapTask(s, &c)
	mean := 0.0
	for _, v := range cost[:t.cut] {
		mean += v / float64(t.cut)
	}
	t.nZ, t.nMark = input(t.graph, "z", c.Batch), input(t.graph, "marked", c.Batch)
	out := t.param("w3", make([]float64, c.Out), c.Out, 1)
	level := t.param("b3", []float64{mean / t.scale}, 1, 1)
	e := must(G.Sub(t.nZ, must(G.Reshape(affine(t.hidden, out, level), []int{c.Batch}))))
	one := G.NewConstant(1.0)
	loss := must(G.Mean(must(G.HadamardProd(t.nMark, must(G.Sub(must(G.Sqrt(must(G.Add(must(G.Square(e)), one)))), one))))))
	k := t.course()
	k.let = func() error {
		for n, d := range map[*G.Node][]float64{t.x: t.xs, t.nZ: t.z, t.nMark: t.marked} {
			if err := G.Let(n, dense(d, n.Shape()...)); err != nil {
				return err
			}
		}
		return nil
	}
	whole := func(v [][]float64) *models.Network {
		net := t.hiddenNet(v)
		w := make([]float64, c.Out)
		for i := range w {
			w[i] = v[4][i] * t.scale
		}
		net.Layers = append(net.Layers, models.Layer{In: c.Out, Out: 1, W: w, B: []float64{v[5][0] * t.scale}})
		return net
	}
	k.tail = func(v [][]float64) float64 {
		net, sum, got := whole(v), 0.0, make([]float64, 1)
		scratch := make([]float64, net.Scratch())
		for i := t.cut; i < s.Len(); i++ {
			net.Forward(got, scratch, x[i*in:(i+1)*in])
			sum += pseudoHuber((cost[i] - got[0]) / t.scale)
		}
		return sum / float64(max(1, s.Len()-t.cut))
	}
	best, curve, err := t.run(ctx, loss, &c, k, progress)
	if err != nil {
		return nil, curve, err
	}
	return whole(best), curve, nil
}
