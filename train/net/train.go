package net

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	G "gorgonia.org/gorgonia"
)

// A body is the two hidden layers that both networks have, with gorgonia's nodes over them.
type body struct {
	graph  *G.ExprGraph
	x      *G.Node
	hidden *G.Node // batch×out, the last hidden layer
	params []*G.Node
	rnd    *rand.Rand
	batch  int
}

func newBody(in int, c *Config) *body {
	b := &body{graph: G.NewGraph(), rnd: rand.New(rand.NewPCG(c.Seed, 0x6e6574)), batch: c.Batch}
	b.x = input(b.graph, "x", c.Batch, in)
	one := must(G.Rectify(affine(b.x, b.he("w1", in, c.Hidden), b.zero("b1", 1, c.Hidden))))
	b.hidden = must(G.Rectify(affine(one, b.he("w2", c.Hidden, c.Out), b.zero("b2", 1, c.Out))))
	return b
}

// he is a parameter drawn as He and others (2015) start layers before a ReLU: N(0, 2/in).
func (b *body) he(name string, in, out int) *G.Node {
	w := make([]float64, in*out)
	for i := range w {
		w[i] = b.rnd.NormFloat64() * math.Sqrt(2/float64(in))
	}
	return b.param(name, w, in, out)
}

func (b *body) zero(name string, shape ...int) *G.Node {
	n := 1
	for _, s := range shape {
		n *= s
	}
	return b.param(name, make([]float64, n), shape...)
}

func (b *body) param(name string, data []float64, shape ...int) *G.Node {
	n := weights(b.graph, name, data, shape...)
	b.params = append(b.params, n)
	return n
}

// values reads the parameters, in their order.
func (b *body) values() [][]float64 {
	out := make([][]float64, len(b.params))
	for i, p := range b.params {
		out[i] = append([]float64(nil), p.Value().Data().([]float64)...)
	}
	return out
}

// A course is one training: how a batch is filled, and what the tail's loss is under given parameters.
type course struct {
	rows  int // to train on, from 0
	fill  func(slot, row int)
	blank func(slot int) // an unused place of the last batch
	let   func() error
	tail  func(values [][]float64) float64
}

// run trains until the tail's loss has not fallen for c.Patience epochs and gives the parameters of the best epoch.
func (b *body) run(ctx context.Context, loss *G.Node, c *Config, k *course, progress func(Epoch)) (best [][]float64, curve []Epoch, err error) {
	if _, err := G.Grad(loss, b.params...); err != nil {
		return nil, nil, fmt.Errorf("net: differentiating the loss: %w", err)
	}
	vm := G.NewTapeMachine(b.graph, G.BindDualValues(b.params...))
	defer func() { _ = vm.Close() }()
	solver := G.NewAdamSolver(G.WithLearnRate(c.Rate))
	order := make([]int, k.rows)
	for i := range order {
		order[i] = i
	}
	lowest, since := math.Inf(1), 0
	for range c.Epochs {
		b.rnd.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		sum := 0.0
		for from := 0; from < len(order); from += b.batch {
			if err := context.Cause(ctx); err != nil {
				return nil, nil, err
			}
			used := min(b.batch, len(order)-from)
			for slot := range b.batch {
				if slot < used {
					k.fill(slot, order[from+slot])
				} else {
					k.blank(slot)
				}
			}
			if err := k.let(); err != nil {
				return nil, nil, fmt.Errorf("net: filling a batch: %w", err)
			}
			if err := vm.RunAll(); err != nil {
				return nil, nil, fmt.Errorf("net: a step: %w", err)
			}
			sum += loss.Value().Data().(float64) * float64(b.batch)
			if err := solver.Step(G.NodesToValueGrads(b.params)); err != nil {
				return nil, nil, fmt.Errorf("net: Adam: %w", err)
			}
			vm.Reset()
		}
		values := b.values()
		e := Epoch{Train: sum / float64(len(order)), Tail: k.tail(values)}
		if math.IsNaN(e.Tail) || math.IsInf(e.Tail, 0) {
			return nil, curve, fmt.Errorf("net: the loss is %v after %d epochs: lower the rate", e.Tail, len(curve)+1)
		}
		curve = append(curve, e)
		if progress != nil {
			progress(e)
		}
		if since++; e.Tail < lowest {
			best, lowest, since = values, e.Tail, 0
		}
		if since >= c.Patience {
			break
		}
	}
	return best, curve, nil
}

// pseudoHuber is √(1+e²) − 1: squares near 0, sizes far off.
func pseudoHuber(e float64) float64 { return math.Sqrt(1+e*e) - 1 }

func softplus(a float64) float64 { return max(a, 0) + math.Log1p(math.Exp(-math.Abs(a))) }
