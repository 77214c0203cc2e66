package net

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/sluice-sor/sluice/models"
)

// must makes a graph's construction readable: every error of it is a bug here, shapes being fixed.
func must(n *G.Node, err error) *G.Node {
	if err != nil {
		panic(fmt.Sprintf("net: building the graph: %v", err))
	}
	return n
}

// dense is a tensor over the given backing.
func dense(data []float64, shape ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))
}

// weights is a parameter of the graph over the given backing.
func weights(g *G.ExprGraph, name string, data []float64, shape ...int) *G.Node {
	return G.NewTensor(g, tensor.Float64, len(shape), G.WithShape(shape...), G.WithName(name), G.WithValue(dense(data, shape...)))
}

// input is a node that each step fills anew.
func input(g *G.ExprGraph, name string, shape ...int) *G.Node {
	return G.NewTensor(g, tensor.Float64, len(shape), G.WithShape(shape...), G.WithName(name))
}

// affine is x·W + b, b a row.
func affine(x, w, b *G.Node) *G.Node {
	return must(G.BroadcastAdd(must(G.Mul(x, w)), b, nil, []byte{0}))
}

// Tape computes a network's outputs for many inputs with gorgonia: what our own forward pass must agree with (FIT-06). X is
// row-major, In figures a row.
func Tape(n *models.Network, x []float64) ([]float64, error) {
	rows := len(x) / n.In()
	g := G.NewGraph()
	in := weights(g, "x", append([]float64(nil), x...), rows, n.In())
	out := in
	for i := range n.Layers {
		l := &n.Layers[i]
		w := weights(g, fmt.Sprintf("w%d", i), transposed(l), l.In, l.Out)
		b := weights(g, fmt.Sprintf("b%d", i), append([]float64(nil), l.B...), 1, l.Out)
		out = affine(out, w, b)
		if l.ReLU {
			out = must(G.Rectify(out))
		}
	}
	vm := G.NewTapeMachine(g)
	defer func() { _ = vm.Close() }()
	if err := vm.RunAll(); err != nil {
		return nil, fmt.Errorf("net: running the tape: %w", err)
	}
	return append([]float64(nil), out.Value().Data().([]float64)...), nil
}

// transposed is a layer's W as gorgonia multiplies from the right: In×Out.
func transposed(l *models.Layer) []float64 {
	out := make([]float64, len(l.W))
	for o := range l.Out {
		for i := range l.In {
			out[i*l.Out+o] = l.W[o*l.In+i]
		}
	}
	return out
}

// layer is the models layer of In×Out weights and biases.
func layer(w, b []float64, in, out int, relu bool) models.Layer {
	l := models.Layer{In: in, Out: out, W: make([]float64, in*out), B: append([]float64(nil), b...), ReLU: relu}
	for i := range in {
		for o := range out {
			l.W[o*in+i] = w[i*out+o]
		}
	}
	return l
}
