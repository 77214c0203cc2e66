package net

import (
	"errors"
	"fmt"
	"math"
)

// A Sample is rows in the order of time. What is not known of a row is NaN.
type Sample struct {
	In   int       // features of a row
	X    []float64 // row-major
	Arm  []int     // of each row, from 0; its heads are its own
	Fill []float64 // 1 filled, 0 not
	Tox  []float64 // bps, of fills
}

// Len is the number of rows.
func (s *Sample) Len() int { return len(s.Arm) }

// arms is the number of arms.
func (s *Sample) arms() int {
	n := 0
	for _, a := range s.Arm {
		n = max(n, a+1)
	}
	return n
}

func (s *Sample) validate() error {
	n := s.Len()
	if n < leastRows {
		return fmt.Errorf("net: %d rows: give %d at least", n, leastRows)
	}
	if s.In < 1 || len(s.X) != n*s.In || len(s.Fill) != n || len(s.Tox) != n {
		return errors.New("net: a sample's columns differ in length")
	}
	for i, x := range s.X {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("net: feature %d of row %d is %v", i%s.In, i/s.In, x)
		}
	}
	return nil
}

// leastRows is how many rows a network needs: fewer do not fill a tail to stop by.
const leastRows = 500

// Config says how a network is trained.
type Config struct {
	Hidden   int     // units of the first layer
	Out      int     // units of the second; of a feature map at most 15, the constant comes beside them
	Rate     float64 // of Adam
	Batch    int     // rows of a step
	Epochs   int     // at most
	Patience int     // epochs without a lower loss on the tail, then it stops
	Tail     float64 // share of the rows, the latest, to stop by
	Seed     uint64
}

// DefaultConfig is 32 and 15 units, Adam at .003, 256 rows a step, at most 30 epochs, patience 3 on the last fifth.
func DefaultConfig(seed uint64) Config {
	return Config{Hidden: 32, Out: 15, Rate: 3e-3, Batch: 256, Epochs: 30, Patience: 3, Tail: .2, Seed: seed}
}

// Validate names every figure that is out of range.
func (c *Config) Validate() error {
	var all []error
	check := func(ok bool, what string, got any, want string) {
		if !ok {
			all = append(all, fmt.Errorf("net: %s is %v: give %s", what, got, want))
		}
	}
	check(c.Hidden >= 1 && c.Hidden <= 256, "Hidden", c.Hidden, "1 to 256")
	check(c.Out >= 1 && c.Out <= 256, "Out", c.Out, "1 to 256")
	check(c.Rate > 0 && c.Rate <= 1, "Rate", c.Rate, "more than 0, at most 1")
	check(c.Batch >= 1 && c.Batch <= 1<<16, "Batch", c.Batch, "1 to 65536")
	check(c.Epochs >= 1, "Epochs", c.Epochs, "1 or more")
	check(c.Patience >= 1, "Patience", c.Patience, "1 or more")
	check(c.Tail > 0 && c.Tail < 1, "Tail", c.Tail, "more than 0, less than 1")
	return errors.Join(all...)
}

// An Epoch is one pass over the rows: mean losses, nats of H0 plus the pseudo-Huber loss of H3 in units of its scale.
type Epoch struct{ Train, Tail float64 }
