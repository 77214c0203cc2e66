package net

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/sluice-sor/sluice/models"
)

// curved is a world of two arms whose fills and toxicity bend: no linear head sees |x₁| or x₂·x₃.
func curved(n int, seed uint64) *Sample {
	rnd := rand.New(rand.NewPCG(seed, 9))
	s := &Sample{In: 16}
	for i := range n {
		x := make([]float64, 16)
		x[0] = 1
		for j := 1; j < 16; j++ {
			x[j] = min(4, max(-4, rnd.NormFloat64()))
		}
		arm := i % 2
		a := -1 + float64(arm) + 2*math.Abs(x[1]) - 1.5 + x[2]*x[3]
		fill, tox := 0.0, math.NaN()
		if rnd.Float64() < 1/(1+math.Exp(-a)) {
			fill, tox = 1, .5*x[2]*x[3]+math.Abs(x[4])+.5*rnd.NormFloat64()
		}
		s.X, s.Arm, s.Fill, s.Tox = append(s.X, x...), append(s.Arm, arm), append(s.Fill, fill), append(s.Tox, tox)
	}
	return s
}

func quick(seed uint64) Config {
	c := DefaultConfig(seed)
	c.Epochs, c.Batch = 8, 128
	return c
}

// FIT-06: the exported map agrees with gorgonia within 1e-6 relative on 1,000 probes, and what it gives is fit to be φ.
func TestMapParity(t *testing.T) {
	s := curved(6000, 1)
	m, err := TrainMap(context.Background(), s, quick(3), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Curve[m.Best].Tail; !(got < m.Curve[0].Tail) || !(got < 1) {
		t.Errorf("the tail's loss went from %v to %v: it learned nothing", m.Curve[0].Tail, got)
	}
	const probes = 1000
	checkParity(t, &m.Net, s.X[:probes*s.In])
	phi, scratch := make([]float64, m.Net.Out()), make([]float64, m.Net.Scratch())
	sum := make([]float64, m.Net.Out())
	for i := range s.Len() {
		m.Net.Forward(phi, scratch, s.X[i*s.In:(i+1)*s.In])
		for k, v := range phi {
			sum[k] += v / float64(s.Len())
		}
		if phi[0] != 1 {
			t.Fatalf("the first output is %v, want the constant 1", phi[0])
		}
	}
	for k, v := range sum[1:] {
		if math.Abs(v) > .1 {
			t.Errorf("output %d has mean %v, want about 0", k+1, v)
		}
	}
}

func checkParity(t *testing.T, n *models.Network, x []float64) {
	t.Helper()
	want, err := Tape(n, x)
	if err != nil {
		t.Fatal(err)
	}
	got, scratch := make([]float64, n.Out()), make([]float64, n.Scratch())
	worst := 0.0
	for i := range len(x) / n.In() {
		n.Forward(got, scratch, x[i*n.In():(i+1)*n.In()])
		for k, v := range got {
			w := want[i*n.Out()+k]
			worst = max(worst, math.Abs(v-w)/max(1, math.Abs(w)))
		}
	}
	t.Logf("own forward pass against gorgonia: %.2g relative at most", worst)
	if worst > 1e-6 {
		t.Errorf("own forward pass differs from gorgonia by %v, want at most 1e-6", worst)
	}
}

// FIT-09: the same sample and seed give the same bits; another seed other ones.
func TestTrainingRepeats(t *testing.T) {
	s := curved(2000, 2)
	train := func(seed uint64) []float64 {
		c := quick(seed)
		c.Epochs = 3
		m, err := TrainMap(context.Background(), s, c, nil)
		if err != nil {
			t.Fatal(err)
		}
		return m.Net.Layers[1].W
	}
	a, b, other := train(1), train(1), train(2)
	same := true
	for i := range a {
		if math.Float64bits(a[i]) != math.Float64bits(b[i]) {
			t.Fatalf("weight %d is %v and %v of the same sample and seed", i, a[i], b[i])
		}
		same = same && a[i] == other[i]
	}
	if same {
		t.Error("the seed changes nothing")
	}
}

func TestCost(t *testing.T) {
	s := curved(6000, 4)
	cost := make([]float64, s.Len())
	rnd := rand.New(rand.NewPCG(1, 1))
	before, after := 0.0, 0.0
	for i := range cost {
		x := s.X[i*s.In:]
		cost[i] = 3 + 2*math.Abs(x[1]) - x[2]*x[3] + rnd.NormFloat64()
	}
	n, curve, err := TrainCost(context.Background(), s.In, s.X, cost, quick(1), nil)
	if err != nil {
		t.Fatal(err)
	}
	got, scratch := make([]float64, 1), make([]float64, n.Scratch())
	for i := range cost {
		n.Forward(got, scratch, s.X[i*s.In:(i+1)*s.In])
		before += (cost[i] - 4.6) * (cost[i] - 4.6)
		after += (cost[i] - got[0]) * (cost[i] - got[0])
	}
	if r2 := 1 - after/before; r2 < .5 { // .7 is all there is: noise has variance 1 of 3.5
		t.Errorf("the cost network explains %.2f of the variance after %d epochs, want .5 at least", r2, len(curve))
	}
	checkParity(t, n, s.X[:1000*s.In])
}

func TestRefusals(t *testing.T) {
	c := DefaultConfig(1)
	c.Batch, c.Rate = 0, -1
	if err := c.Validate(); err == nil {
		t.Error("no rows a step are taken")
	}
	s := curved(100, 1)
	if _, err := TrainMap(context.Background(), s, DefaultConfig(1), nil); err == nil {
		t.Error("100 rows are enough")
	}
	s = curved(1000, 1)
	s.X[5] = math.NaN()
	if _, err := TrainMap(context.Background(), s, DefaultConfig(1), nil); err == nil {
		t.Error("a feature that is no number is taken")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := TrainMap(ctx, curved(1000, 1), DefaultConfig(1), nil); err == nil {
		t.Error("a cancelled training goes on")
	}
}
