package models

// A Layer is y = W·x + B, negative figures cut to 0 if ReLU.
type Layer struct {
	In, Out int
	W       []float64 // Out×In, row-major
	B       []float64 // Out
	ReLU    bool
}

// A Network is layers one behind the other, at least one.
type Network struct{ Layers []Layer }

// In is the length of the input.
func (n *Network) In() int { return n.Layers[0].In }

// Out is the length of the output.
func (n *Network) Out() int { return n.Layers[len(n.Layers)-1].Out }

// Scratch is how long the scratch of Forward must be.
func (n *Network) Scratch() int {
	widest := 0
	for i := range n.Layers {
		widest = max(widest, n.Layers[i].Out)
	}
	return 2 * widest
}

// Forward fills dst with the output for x. It needs dst of Out, x of In and scratch of at least Scratch, and panics on less.
// Sums run from the left and no product is fused, so the bits are the same on every machine (LRN-12). No allocation.
func (n *Network) Forward(dst, scratch, x []float64) {
	half := len(scratch) / 2
	here, there := scratch[:half], scratch[half:]
	last := len(n.Layers) - 1
	for i := range n.Layers[:last] {
		l := &n.Layers[i]
		l.forward(here[:l.Out], x)
		x, here, there = here[:l.Out], there, here
	}
	n.Layers[last].forward(dst[:n.Layers[last].Out], x)
}

// forward computes four rows side by side: each is a chain of dependent sums, and a machine can do four such at once.
func (l *Layer) forward(dst, x []float64) {
	x = x[:l.In]
	o := 0
	for ; o+4 <= l.Out; o += 4 {
		w := l.W[o*l.In : (o+4)*l.In]
		r0, r1, r2, r3 := w[:len(x)], w[l.In:][:len(x)], w[2*l.In:][:len(x)], w[3*l.In:][:len(x)]
		s0, s1, s2, s3 := l.B[o], l.B[o+1], l.B[o+2], l.B[o+3]
		for i, v := range x {
			s0 += float64(r0[i] * v)
			s1 += float64(r1[i] * v)
			s2 += float64(r2[i] * v)
			s3 += float64(r3[i] * v)
		}
		dst[o], dst[o+1], dst[o+2], dst[o+3] = s0, s1, s2, s3
	}
	for ; o < l.Out; o++ {
		s := l.B[o]
		for i, v := range x {
			s += float64(l.W[o*l.In+i] * v)
		}
		dst[o] = s
	}
	if l.ReLU {
		for i, v := range dst {
			dst[i] = max(0, v)
		}
	}
}
