package train

import (
	"context"
	"math"

	"github.com/sluice-sor/sluice/models"
	"github.com/sluice-sor/sluice/train/net"
)

// mostSample is how many rows a network is trained on: some thousand weights need no more, and ten epochs of them take half a
// minute.
const mostSample = 200_000

// MapFit is a trained feature map.
type MapFit struct {
	Net   *models.Network // nil: there is none
	Curve []net.Epoch
	Best  int
	Rows  int
	Why   string // there is none
}

// fitMap trains the feature map on every k-th row before last. Markouts are in units of their arm's noise, so that the jumpy
// ones do not drown the others.
func fitMap(ctx context.Context, x *Extract, last int64, h *Heads, seed uint64, progress func(net.Epoch)) (*MapFit, error) {
	step := max(1, (last+mostSample-1)/mostSample)
	s := &net.Sample{In: dim}
	err := x.each(ctx, 0, last, func(i int64, e *entry) {
		if i%step != 0 || !e.has(hasFill) || e.Sent < 1 || e.Taken > 0 {
			return
		}
		y := 0.0
		switch {
		case e.Got > 0:
			y = 1
		case e.has(early) || e.MinQty > 1: // it says little, and what it says is not 0
			y = math.NaN()
		}
		horizon := x.Arms[e.Arm].decide()
		z := e.Tox[horizon] / math.Sqrt(max(1e-4, h.Arms[e.Arm].Noise[horizon]))
		s.X, s.Arm, s.Fill, s.Tox = append(s.X, e.Phi[:]...), append(s.Arm, int(e.Arm)), append(s.Fill, y), append(s.Tox, z)
	})
	if err != nil {
		return nil, err
	}
	f := &MapFit{Rows: s.Len()}
	if s.Len() < leastSample {
		f.Why = "too few rows for a network"
		return f, nil
	}
	m, err := net.TrainMap(ctx, s, net.DefaultConfig(seed), progress)
	if err != nil {
		return nil, err
	}
	f.Net, f.Curve, f.Best = &m.Net, m.Curve, m.Best
	return f, nil
}

// leastSample is how many rows a network needs.
const leastSample = 2000

// CostFit is a trained pre-trade cost network.
type CostFit struct {
	Net   *models.Network
	Curve []net.Epoch
	Rows  int
	RMSE  float64 // on the latest fifth of its rows, bps
	Mean  float64 // RMSE of the mean of the others there
	Why   string  // there is none
}

// fitCost trains the cost network on every k-th row whose cost is known, with the model's own coding of venues.
func fitCost(ctx context.Context, x *Extract, m *models.Model, seed uint64, progress func(net.Epoch)) (*CostFit, error) {
	step := max(1, (x.Rows+mostSample-1)/mostSample)
	var in, cost []float64
	var room []float64
	width := 0
	err := x.each(ctx, 0, x.Rows, func(i int64, e *entry) {
		if i%step != 0 || math.IsNaN(e.Cost) {
			return
		}
		k := x.Arms[e.Arm]
		room = m.CostInput(room, k.Venue, k.Kind, k.Takes, &e.Phi)
		width = len(room)
		in, cost = append(in, room...), append(cost, winsorise(e.Cost))
	})
	if err != nil {
		return nil, err
	}
	f := &CostFit{Rows: len(cost)}
	if len(cost) < leastSample {
		f.Why = "too few rows with a known cost for a network"
		return f, nil
	}
	c := net.DefaultConfig(seed)
	if f.Net, f.Curve, err = net.TrainCost(ctx, width, in, cost, c, progress); err != nil {
		return nil, err
	}
	f.score(in, cost, width, c.Tail)
	return f, nil
}

// score compares the network's errors on the tail, by which it was stopped, with those of a constant.
func (f *CostFit) score(in, cost []float64, width int, tail float64) {
	cut := len(cost) - int(float64(len(cost))*tail)
	mean := 0.0
	for _, c := range cost[:cut] {
		mean += c / float64(cut)
	}
	got, scratch := make([]float64, 1), make([]float64, f.Net.Scratch())
	for i := cut; i < len(cost); i++ {
		f.Net.Forward(got, scratch, in[i*width:(i+1)*width])
		f.RMSE += (cost[i] - got[0]) * (cost[i] - got[0])
		f.Mean += (cost[i] - mean) * (cost[i] - mean)
	}
	n := float64(max(1, len(cost)-cut))
	f.RMSE, f.Mean = math.Sqrt(f.RMSE/n), math.Sqrt(f.Mean/n)
}
